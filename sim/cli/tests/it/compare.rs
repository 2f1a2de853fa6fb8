//! Comparisons through the command: what a planner sees, exit codes, and the same bytes again.

use std::path::Path;

use crate::binary::{answer, files_below};

const INSTALL: &str = "scenarios/front-end-servers-install.toml";
const TASK: &str = "window.Patch_Front-End-Servers.task.0";

/// Runs a comparison into a folder.
fn compare(folder: &Path, words: &[&str]) -> crate::binary::Answer {
    let out = folder.join("result");
    let fixed = ["compare", "--quiet", "--out", out.to_str().unwrap(), "--force"];
    answer(fixed.iter().chain(words))
}

#[test]
fn variants_are_compared_with_the_file_on_the_same_luck() {
    let folder = tempfile::tempdir().unwrap();
    let concurrency = format!("{TASK}.max_concurrency=10%");
    let errors = format!("{TASK}.max_errors=10%");
    let words = [
        INSTALL,
        "--reps",
        "100",
        "--variant",
        "wider",
        "--set",
        &concurrency,
        "--variant",
        "tolerant",
        "--set",
        &concurrency,
        "--set",
        &errors,
    ];
    let done = compare(folder.path(), &words);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    insta::assert_snapshot!("compare-variants", done.out);
    let report = std::fs::read_to_string(folder.path().join("result/summary.md")).unwrap();
    insta::assert_snapshot!(
        "compare-variants-markdown",
        &report[..report.find("<details>").unwrap()]
    );
    assert!(report.len() < 60_000, "{}", report.len());
}

#[test]
fn scenarios_that_differ_in_nothing_differ_by_exactly_zero() {
    let folder = tempfile::tempdir().unwrap();
    let words = [INSTALL, "--variant", "same", "--reps", "40"];
    let done = compare(folder.path(), &words);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("same: differs in nothing"), "{}", done.out);
    let table = std::fs::read(folder.path().join("result/comparison.csv")).unwrap();
    let mut table = csv::Reader::from_reader(table.as_slice());
    let names = table.headers().unwrap().clone();
    let column = |wanted: &str| names.iter().position(|name| name == wanted).unwrap();
    let [design, pairs, difference, low, high] = ["design", "pairs", "difference", "low", "high"].map(column);
    let mut seen = 0;
    for row in table
        .records()
        .map(Result::unwrap)
        .filter(|row| &row[design] == "same")
    {
        if &row[pairs] != "0" {
            assert_eq!(
                (&row[difference], &row[low], &row[high]),
                ("0", "0", "0"),
                "{row:?}"
            );
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn a_worse_design_fails_the_check_unless_the_effect_is_too_small() {
    let folder = tempfile::tempdir().unwrap();
    let slower = format!("{TASK}.max_concurrency=1");
    let words = [INSTALL, "--variant", "slower", "--set", &slower, "--reps", "60"];
    let check = |more: &[&str]| compare(folder.path(), &[&words[..], more].concat()).code;
    assert_eq!(check(&[]), 0);
    assert_eq!(check(&["--fail-if-worse"]), 5);
    let exposure = ["--fail-if-worse", "--metric", "exposure"];
    assert_eq!(check(&exposure), 5);
    assert_eq!(check(&[&exposure[..], &["--min-effect", "1000000"]].concat()), 0);
}

#[test]
fn what_cannot_be_compared_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let told = |words: &[&str]| {
        let done = compare(folder.path(), words);
        format!("exit {}\n{}", done.code, done.err)
    };
    let wrong = format!("{TASK}.max_concurency=4");
    let problems = [
        told(&[INSTALL]),
        told(&[INSTALL, "--variant", "a", "--variant", "a"]),
        told(&[INSTALL, "--variant", "a", "--set", &wrong]),
        told(&[INSTALL, "--variant", "a", "--reps", "4", "--metric", "exposre"]),
        told(&[
            INSTALL,
            "--variant",
            "a",
            "--reps",
            "4",
            "--metric",
            "exposure",
            "--min-effect",
            "exposure=2d",
        ]),
        told(&[INSTALL, "--variant", "a", "--precision", "narrow"]),
        told(&[INSTALL, "--variant", "a", "--reps", "4", "--only", "KB1"]),
    ];
    insta::assert_snapshot!("compare-refusals", problems.join("\n"));
    assert!(!folder.path().join("result").exists());
}

#[test]
fn one_thread_and_two_compare_alike_and_add_the_same_replications() {
    let folder = tempfile::tempdir().unwrap();
    let faster = format!("{TASK}.max_concurrency=20");
    let words = [
        INSTALL,
        "--variant",
        "faster",
        "--set",
        &faster,
        "--precision",
        "exposure=2%",
    ];
    let mut results = Vec::new();
    for threads in ["1", "2"] {
        let done = compare(folder.path(), &[&words[..], &["--threads", threads]].concat());
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(done.out.contains("as precise as wanted"), "{}", done.out);
        results.push(files_below(&folder.path().join("result")));
    }
    assert!(results[0] == results[1]);
}
