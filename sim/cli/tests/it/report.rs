//! Results that are drawn again: the same bytes from the same figures, and otherwise nothing.

use std::fs;
use std::path::Path;

use crate::binary::{Answer, answer, files_below, patchbench, root};

const SCENARIO: &str = "scenarios/front-end-servers-install.toml";
const CONCURRENCY: &str = "window.Patch_Front-End-Servers.task.0.max_concurrency";

fn report(folder: &Path, more: &[&str]) -> Answer {
    answer(["report", folder.to_str().unwrap()].iter().chain(more))
}

/// Makes a result with a command of few replications.
fn make(command: &[&str], out: &Path) {
    let more = ["--reps", "10", "--quiet", "--out", out.to_str().unwrap()];
    let done = answer(command.iter().chain(&more));
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
}

/// A run of a copy of the scenario beside its result.
fn make_run(desk: &Path) -> (String, std::path::PathBuf) {
    let (file, out) = (desk.join("mine.toml"), desk.join("out"));
    fs::copy(root().join(SCENARIO), &file).unwrap();
    let file = file.to_str().unwrap().to_owned();
    make(&["run", &file], &out);
    (file, out)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The first plot of a result, by path.
fn plot(files: &[(String, Vec<u8>)]) -> &str {
    let plot = files
        .iter()
        .find(|(name, _)| Path::new(name).starts_with("plots"));
    &plot.unwrap().0
}

#[test]
fn runs_comparisons_and_sweeps_are_drawn_again_byte_for_byte() {
    let desk = tempfile::tempdir().unwrap();
    let (set, vary) = (format!("{CONCURRENCY}=4"), format!("{CONCURRENCY}=2,4"));
    let commands: [&[&str]; 3] = [
        &["run", SCENARIO, "--trace"],
        &["compare", SCENARIO, "--variant", "four", "--set", &set],
        &["sweep", SCENARIO, "--vary", &vary],
    ];
    let mut told = Vec::new();
    for command in commands {
        let out = desk.path().join(command[0]);
        make(command, &out);
        let whole = files_below(&out);
        fs::remove_file(out.join("report.html")).unwrap();
        fs::write(out.join(plot(&whole)), "altered").unwrap();
        let done = report(&out, &[]);
        assert_eq!(done.code, 0, "{}{}", done.out, done.err);
        assert!(
            files_below(&out) == whole,
            "{} is not as it was",
            names(&out).join(" ")
        );
        told.push(format!("{}\n{}", done.err, done.out).replace(desk.path().to_str().unwrap(), "DESK"));
    }
    assert_eq!(names(desk.path()), ["compare", "run", "sweep"]);
    insta::assert_snapshot!("report-told", told.join("\n"));
}

#[test]
fn a_folder_with_a_changed_table_is_refused_and_stays() {
    let desk = tempfile::tempdir().unwrap();
    let (_, out) = make_run(desk.path());
    let table = out.join("metrics.csv");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&table, text.replacen("exposure", "exposures", 1)).unwrap();
    fs::remove_file(out.join("report.html")).unwrap();
    let before = files_below(desk.path());
    let page = desk.path().join("page.html");
    for more in [&[][..], &["--out", page.to_str().unwrap()]] {
        let done = report(&out, more);
        assert_eq!(done.code, 4, "{}", done.err);
        assert!(
            done.err
                .contains("metrics.csv is not what its manifest says: one of them was edited"),
            "{}",
            done.err
        );
        assert!(files_below(desk.path()) == before);
    }
    // As another engine might have made it: the manifest says the same as the table.
    let [old, new] = [text.as_bytes(), &fs::read(&table).unwrap()].map(patchbench_report::sha256);
    let manifest = out.join("manifest.json");
    let says = fs::read_to_string(&manifest).unwrap().replace(&old, &new);
    fs::write(&manifest, says.replace(env!("CARGO_PKG_VERSION"), "0.0.7")).unwrap();
    let before = files_below(desk.path());
    let done = report(&out, &[]);
    assert_eq!(done.code, 4, "{}", done.err);
    assert!(files_below(desk.path()) == before);
    let desk = desk.path().to_str().unwrap();
    insta::assert_snapshot!("report-refused", done.err.replace(desk, "DESK"));
}

#[test]
fn a_changed_scenario_is_named_and_a_sweep_by_another_version_is_played_again() {
    let desk = tempfile::tempdir().unwrap();
    let (file, out) = make_run(desk.path());
    let text = fs::read_to_string(&file).unwrap();
    let swept = desk.path().join("swept");
    make(&["sweep", &file, "--vary", &format!("{CONCURRENCY}=2,4")], &swept);
    let whole = files_below(&swept);
    // Designs that are not known by their keys, as those of another version are not.
    fs::write(swept.join("designs.jsonl"), "").unwrap();
    assert_eq!(report(&swept, &[]).code, 0);
    assert!(files_below(&swept) == whole);

    fs::write(&file, text.replace("failure = 0.02", "failure = 0.03")).unwrap();
    let before = files_below(desk.path());
    for folder in [&out, &swept] {
        let done = report(folder, &[]);
        assert_eq!(done.code, 4, "{}", done.err);
        assert!(
            done.err.contains("the scenario or one of its inputs has changed"),
            "{}",
            done.err
        );
    }
    assert!(files_below(desk.path()) == before);
}

#[test]
fn the_page_alone_leaves_the_folder_as_it_is() {
    let desk = tempfile::tempdir().unwrap();
    let (_, out) = make_run(desk.path());
    let page = fs::read(out.join("report.html")).unwrap();
    fs::write(out.join("report.html"), "old").unwrap();
    let before = files_below(&out);
    let file = desk.path().join("board/page.html");
    let done = report(&out, &["--out", file.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(fs::read(file).unwrap() == page);
    assert!(files_below(&out) == before);
    for within in ["report.html", "plots"] {
        let done = report(&out, &["--out", out.join(within).to_str().unwrap()]);
        assert_eq!(done.code, 2, "{}", done.err);
    }
    assert!(files_below(&out) == before);
    assert_eq!(names(desk.path()), ["board", "mine.toml", "out"]);
}

#[test]
fn files_that_are_no_part_of_the_result_stay_and_what_is_gone_comes_back() {
    let desk = tempfile::tempdir().unwrap();
    let (_, out) = make_run(desk.path());
    fs::create_dir(out.join("minutes")).unwrap();
    fs::write(out.join("minutes/board.txt"), "approved").unwrap();
    let whole = files_below(&out);
    fs::remove_file(out.join("metrics.csv")).unwrap();
    // From within, too: what was typed need not name the folder.
    let done = patchbench()
        .current_dir(&out)
        .args(["report", "."])
        .output()
        .unwrap();
    assert_eq!(
        done.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(files_below(&out) == whole);
}

#[test]
fn a_run_whose_scenario_is_gone_is_drawn_from_the_one_that_it_keeps() {
    let desk = tempfile::tempdir().unwrap();
    let (file, out) = make_run(desk.path());
    let table = fs::read(out.join("metrics.csv")).unwrap();
    fs::remove_file(&file).unwrap();
    fs::remove_file(out.join("report.html")).unwrap();
    let done = report(&out, &[]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains("mine.toml is gone"), "{}", done.err);
    assert!(out.join("report.html").is_file());
    assert!(fs::read(out.join("metrics.csv")).unwrap() == table);
    // The manifest names what it was drawn from.
    let again = answer(["run", "--again", out.to_str().unwrap()]);
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);
    fs::remove_file(out.join("scenario.toml")).unwrap();
    let done = report(&out, &[]);
    assert_eq!(done.code, 3, "{}", done.err);
    assert!(done.err.contains("does not keep it"), "{}", done.err);
}

#[test]
fn what_is_no_folder_of_results_is_told_with_a_hint() {
    let desk = tempfile::tempdir().unwrap();
    let (_, out) = make_run(desk.path());
    let manifest = out.join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let mut told = Vec::new();
    let mut tell = |folder: &Path| {
        let done = report(folder, &[]);
        told.push(format!("exit {}\n{}", done.code, done.err));
    };
    tell(&desk.path().join("nowhere"));
    tell(&desk.path().join("mine.toml"));
    tell(desk.path());
    fs::write(&manifest, &text[..40]).unwrap();
    tell(&out);
    fs::write(&manifest, text.replacen("\"run\"", "\"fly\"", 1)).unwrap();
    tell(&out);
    let input = r#""inputs": [{ "path": "data/x.csv", "sha256": "" }]"#;
    let gone = text.replace("mine.toml", "gone.toml");
    fs::write(&manifest, gone.replace("\"inputs\": []", input)).unwrap();
    tell(&out);
    assert_eq!(names(desk.path()), ["mine.toml", "out"]);
    insta::assert_snapshot!(
        "report-no-results",
        told.concat().replace(desk.path().to_str().unwrap(), "DESK")
    );
}
