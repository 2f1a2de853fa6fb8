//! The shipped scenarios: valid, answered on one screen, each with its lesson.

use std::path::{Path, PathBuf};

use crate::binary::{answer, files_below, root};

fn shipped() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(root().join("scenarios"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    assert!(files.len() >= 12);
    files
}

fn stem(file: &std::path::Path) -> String {
    file.file_stem().unwrap().to_string_lossy().into_owned()
}

/// The warnings that a scenario is there to show, by their codes.
fn expected_warnings(file: &std::path::Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("# Warns:"));
    let codes = line.unwrap_or_default().split_whitespace();
    codes.map(str::to_owned).collect()
}

#[test]
fn every_scenario_is_valid_and_warns_only_of_what_it_shows() {
    for file in shipped() {
        let done = answer(["check", file.to_str().unwrap()]);
        assert_eq!(done.code, 0, "{}", done.err);
        let warned: Vec<String> = done
            .err
            .split("warning[")
            .skip(1)
            .map(|rest| rest[..5].to_owned())
            .collect();
        assert_eq!(warned, expected_warnings(&file), "{}", done.err);
    }
}

#[test]
fn every_scenario_says_its_question_and_its_lesson() {
    for file in shipped() {
        let text = std::fs::read_to_string(&file).unwrap();
        let head: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
        let head = head.join("\n");
        assert!(
            head.contains("# Question: ") && head.contains("# Lesson:   "),
            "{}",
            file.display()
        );
    }
}

#[test]
fn every_scenario_answers_on_one_screen() {
    for file in shipped() {
        let out = tempfile::tempdir().unwrap();
        let folder = out.path().join("result");
        let done = answer([
            "run",
            file.to_str().unwrap(),
            "--quiet",
            "--out",
            folder.to_str().unwrap(),
        ]);
        assert!(done.code == 0 || done.code == 4, "{}", done.err);
        assert!(done.out.lines().count() <= 40, "{}", done.out);
        insta::assert_snapshot!(format!("run-{}", stem(&file)), done.out);
        let summary = std::fs::read(folder.join("summary.md")).unwrap();
        assert!(
            summary.len() <= 60_000,
            "{}: {} bytes",
            file.display(),
            summary.len()
        );
    }
}

/// Every metric of a result is explained in `reports/README.md`.
#[test]
fn every_metric_is_in_the_dictionary() {
    let text = std::fs::read_to_string(root().join("reports/README.md")).unwrap();
    let section = text
        .split("### ")
        .find(|part| part.starts_with("Metrics"))
        .unwrap();
    for scenario in ["front-end-servers-install", "canary-catches-bad-patch"] {
        let out = tempfile::tempdir().unwrap();
        let folder = out.path().join("result");
        let file = root().join(format!("scenarios/{scenario}.toml"));
        let words = ["run", file.to_str().unwrap(), "--quiet", "--out"];
        answer(words.into_iter().chain([folder.to_str().unwrap()]));
        let metrics = std::fs::read_to_string(folder.join("metrics.csv")).unwrap();
        for line in metrics.lines().skip(1) {
            let name = line.split(',').next().unwrap();
            // Shares and starting points of coverage are listed once.
            let name = match name.strip_prefix("time_to_coverage_") {
                Some(rest) => rest
                    .split_once('_')
                    .map_or("time_to_coverage_50", |(_, from)| from),
                None => name,
            };
            assert!(section.contains(name), "{name} is not explained");
        }
    }
}

/// What the gallery keeps of a result: its summary, and the hashes of its page and plots.
fn kept(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = files_below(folder);
    files.sort();
    let is_drawn = |name: &str| name == "report.html" || name.starts_with("plots/");
    let drawn = files.iter().filter(|(name, _)| is_drawn(name));
    let lines = drawn.map(|(name, bytes)| format!("{}  {name}\n", patchbench_report::sha256(bytes)));
    let hashes = lines.collect::<Vec<_>>().concat();
    let summary = files.into_iter().find(|(name, _)| name == "summary.md").unwrap();
    vec![("hashes.txt".to_owned(), hashes.into_bytes()), summary]
}

/// `UPDATE_GALLERY=1 cargo test -p patchbench gallery` writes it anew; `.ci/browser/gallery` takes the pictures
/// of the pages, beside which it notes the hash of what it saw.
#[test]
fn the_rendered_gallery_is_fresh() {
    let gallery = root().join("reports/gallery");
    for file in shipped() {
        let out = tempfile::tempdir().unwrap();
        let folder = out.path().join("result");
        let shown = file.strip_prefix(root()).unwrap();
        let words = ["run", shown.to_str().unwrap(), "--quiet", "--out"];
        answer(words.into_iter().chain([folder.to_str().unwrap()]));
        let place = gallery.join(stem(&file));
        let drawn = kept(&folder);
        if std::env::var_os("UPDATE_GALLERY").is_some() {
            std::fs::create_dir_all(&place).unwrap();
            for (name, bytes) in &drawn {
                std::fs::write(place.join(name), bytes).unwrap();
            }
            continue;
        }
        for (name, new) in &drawn {
            let old = std::fs::read(place.join(name)).unwrap_or_default();
            assert!(
                old == *new,
                "{}/{name} is not what the scenario gives now",
                place.display()
            );
        }
        let hashes = String::from_utf8(drawn[0].1.clone()).unwrap();
        let page = hashes
            .lines()
            .find(|line| line.ends_with("  report.html"))
            .unwrap();
        let pictured = std::fs::read_to_string(place.join("report.png.sha256")).unwrap_or_default();
        assert!(
            pictured.trim() == page && place.join("report.png").is_file(),
            "{}/report.png shows another page than the scenario gives now: run .ci/browser/gallery",
            place.display()
        );
    }
}

#[test]
fn every_scenario_has_its_approvals() {
    for file in shipped() {
        let done = answer(["approvals", file.to_str().unwrap(), "--quiet"]);
        assert_eq!(done.code, 0, "{}", done.err);
        insta::assert_snapshot!(format!("approvals-{}", stem(&file)), done.out);
    }
}

#[test]
fn what_init_writes_is_valid_and_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    assert_eq!(answer(["init", file.to_str().unwrap()]).code, 0);
    let done = answer(["check", "--strict", file.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{}", done.err);
    let again = answer(["init", file.to_str().unwrap()]);
    assert_eq!(again.code, 1, "an existing file is never overwritten");
    let out = folder.path().join("result");
    let words = [
        "run",
        file.to_str().unwrap(),
        "--reps",
        "20",
        "--out",
        out.to_str().unwrap(),
    ];
    let done = answer(words);
    assert!(done.code == 0 || done.code == 4, "{}", done.err);
}
