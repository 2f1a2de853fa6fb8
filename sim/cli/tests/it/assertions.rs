//! Assertions through the command: shares of replications and estimates, their three outcomes, and JUnit.

use crate::binary::{answer, root};

const ASSERTIONS: &str = "assert=[\
    { name = \"mean exposure\", metric = \"exposure\", estimate = \"mean\", at_most = 1e6 },\
    { name = \"95 % within a week\", metric = \"time_to_coverage\", coverage = 0.95, estimate = \"p95\", at_most = \"7d\" },\
    { name = \"rare <stops>\", metric = \"stop\", at_most = 0.05 },\
    { name = \"nodes left\", metric = \"nodes_left\", estimate = \"median\", at_least = 0, where = { window = \"Patch_Front-End-Servers\" } },\
    { name = \"half of the replications\", metric = \"exposure\", at_most = 2940, in = 0.5 }]";

fn run(more: &[&str]) -> (crate::binary::Answer, String) {
    let folder = tempfile::tempdir().unwrap();
    let [out, junit] = ["result", "junit.xml"].map(|name| folder.path().join(name));
    let scenario = root().join("scenarios/front-end-servers-install.toml");
    let words = [
        "run",
        scenario.to_str().unwrap(),
        "--reps",
        "100",
        "--quiet",
        "--set",
        ASSERTIONS,
        "--out",
        out.to_str().unwrap(),
        "--junit",
        junit.to_str().unwrap(),
    ];
    let done = answer(words.iter().chain(more));
    let junit = std::fs::read_to_string(junit).unwrap();
    (done, junit)
}

#[test]
fn assertions_on_estimates_and_shares_pass_fail_and_stay_open() {
    let (done, junit) = run(&[]);
    assert_eq!((done.code, done.err.as_str()), (4, ""));
    let told = done.out.lines().filter(|line| {
        ["PASS", "FAIL", "INCONCLUSIVE"]
            .iter()
            .any(|mark| line.starts_with(mark))
    });
    insta::assert_snapshot!("assertions-told", told.collect::<Vec<_>>().join("\n"));
    insta::assert_snapshot!("assertions-junit", junit);
}

#[test]
fn an_inconclusive_assertion_fails_where_that_is_wanted() {
    let (_, junit) = run(&["--inconclusive=fail"]);
    assert!(
        junit.contains("type=\"inconclusive\"") && !junit.contains("<skipped"),
        "{junit}"
    );
}
