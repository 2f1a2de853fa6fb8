//! `summary.md` fits a comment on a pull request, whatever it is about.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::binary::answer;

/// Many patch groups with long names, each with a window, and many patches with long names.
fn world(folder: &Path, groups: usize, patches: usize) -> PathBuf {
    let mut releases =
        String::from("id,kb,title,released_at,operating_system,product,classification,severity\n");
    for patch in 0..patches {
        let (name, day) = ("ü<|".repeat(400), patch % 28 + 1);
        let _ = writeln!(
            releases,
            "p{patch},{name}{patch},{name},2024-01-{day:02}T00:00:00Z,WINDOWS,P,SecurityUpdates,Critical"
        );
    }
    std::fs::write(folder.join("releases.csv"), releases).unwrap();
    let mut text = format!(
        "format = 1\nname = \"{}\"\nstart = 2024-01-01T00:00:00Z\nhorizon = \"40d\"\n\
         [releases.all]\nkind = \"file\"\npath = \"releases.csv\"\n",
        "😀|<details>".repeat(3_000)
    );
    for group in 0..groups {
        let name = format!("{group} {}", "ö".repeat(200));
        let _ = write!(
            text,
            "[baseline.b{group:03}]\npatch_groups = [\"{name}\"]\n[[baseline.b{group:03}.rule]]\napprove_after_days = 0\n\
             [nodes.n{group}]\ncount = 1\nproduct = \"P\"\ntags = {{ \"Patch Group\" = \"{name}\" }}\n\
             [window.w{group:0>120}]\nschedule = \"cron(0 2 ? * SUN *)\"\nduration = 2\ncutoff = 1\n\
             [window.w{group:0>120}.target.t]\n\"tag:Patch Group\" = [\"{name}\"]\n\
             [[window.w{group:0>120}.task]]\nname = \"patch\"\ntargets = [\"t\"]\noperation = \"Install\"\nmax_concurrency = \"1\"\nmax_errors = \"0\"\n"
        );
    }
    for number in 0..100 {
        let _ = write!(
            text,
            "[[assert]]\nname = \"{number} {}\"\nmetric = \"exposure\"\nat_most = {}\nin = 0.9\n",
            "ß".repeat(500),
            number * 1_000
        );
    }
    let file = folder.join("world.toml");
    std::fs::write(&file, text).unwrap();
    file
}

/// Runs a command with a folder for its result, and gives the summary.
fn summary(words: &[&str], out: &Path) -> String {
    let more = ["--quiet", "--force", "--out", out.to_str().unwrap()];
    let done = answer(words.iter().chain(&more));
    assert!(
        done.code == 0 || done.code == 4,
        "{}",
        done.err.chars().take(2_000).collect::<String>()
    );
    let text = std::fs::read_to_string(out.join("summary.md")).unwrap();
    assert!(text.len() <= 60_000, "{} bytes", text.len());
    let count = |part: &str| text.matches(part).count();
    assert_eq!(count("<details>"), count("</details>"));
    assert_eq!(count("```") % 2, 0);
    text
}

#[test]
fn the_summary_of_many_groups_and_patches_with_long_names_fits() {
    let folder = tempfile::tempdir().unwrap();
    let file = world(folder.path(), 60, 60);
    let text = summary(
        &["run", "--reps", "2", file.to_str().unwrap()],
        &folder.path().join("out"),
    );
    assert!(
        text.contains("**Cut off here, so that this summary fits a comment: everything is in `summary.json`")
    );
    // What is printed is the same.
    let words = [
        "run", "--reps", "2", "--format", "markdown", "--quiet", "--force", "--out",
    ];
    let again = folder.path().join("again");
    let done = answer(
        words
            .iter()
            .chain(&[again.to_str().unwrap(), file.to_str().unwrap()]),
    );
    assert!(done.out == text);
}

#[test]
fn long_tables_are_folded_and_say_how_many_rows_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let file = world(folder.path(), 3, 30);
    let text = std::fs::read_to_string(&file).unwrap();
    let short = text.replace(&"ö".repeat(200), "ö").replace(&"ß".repeat(500), "ß");
    std::fs::write(&file, short).unwrap();
    let text = summary(
        &["run", "--reps", "2", file.to_str().unwrap()],
        &folder.path().join("out"),
    );
    assert!(
        text.contains("<details><summary>90 approvals</summary>\n\n| group |"),
        "{text}"
    );
    assert!(
        text.contains("\n30 more rows in `patches.csv`.\n\n</details>\n"),
        "{text}"
    );
    assert!(text.contains("\n40 more rows in `summary.json`.\n"), "{text}");
    // Of a hundred assertions those that fail are among the written ones.
    assert!(text.contains("| ❌ fail | 0 ß"), "{text}");
    assert!(!text.contains("Cut off here"), "{text}");
}

#[test]
fn summaries_of_many_designs_with_long_names_fit() {
    let folder = tempfile::tempdir().unwrap();
    let file = world(folder.path(), 3, 3);
    let [file, out] = [file, folder.path().join("out")];
    let file = file.to_str().unwrap();
    let mut words = vec![
        "compare".to_owned(),
        file.to_owned(),
        "--reps".to_owned(),
        "2".to_owned(),
    ];
    for design in 0..12 {
        words.push("--variant".to_owned());
        words.push(format!("{design}{}", "é<".repeat(3_000)));
        words.push("--set".to_owned());
        words.push(format!("nodes.n1.count={}", design + 2));
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let text = summary(&words, &out);
    assert!(text.contains("# Comparison"));
    let swept = summary(
        &[
            "sweep",
            file,
            "--reps",
            "1",
            "--vary",
            "nodes.n0.count=1..20",
            "--vary",
            "nodes.n1.count=1..20",
            "--metric",
            "exposure",
        ],
        &out,
    );
    assert!(swept.contains("400 designs"), "{swept}");
    let path = "nodes.n0.count=1..200";
    summary(
        &[
            "fit",
            file,
            "--reps",
            "2",
            "--max-reps",
            "4",
            "--least",
            path,
            "--assert",
            &format!("99 {}", "ß".repeat(500)),
        ],
        &out,
    );
}
