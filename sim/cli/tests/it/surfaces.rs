//! Commands, Patch now and patch policies as a user meets them: by their own names, without the hours
//! of a window.

use crate::binary::{answer, play, scenario};

#[test]
fn commands_and_policies_are_shown_by_their_own_names() {
    let file = scenario("surfaces.toml");
    let file = file.to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("result");
    let out = out.to_str().unwrap();
    let run = answer(["run", file, "--quiet", "--out", out]);
    assert_eq!(run.code, 0, "{}", run.err);
    insta::assert_snapshot!("surfaces-run", run.out);
    let rows = std::fs::read_to_string(format!("{out}/windows.csv")).unwrap();
    insta::assert_snapshot!("surfaces-windows", rows);
}

#[test]
fn their_outcomes_are_explained_without_the_hours_of_a_window() {
    let file = scenario("surfaces.toml");
    let file = file.to_str().unwrap();
    let patch = "2024-01-cumulative:WindowsServer2019";
    let told: Vec<String> = [
        &["--node", "web-60", "--patch", patch][..],
        &["--node", "db-3", "--patch", patch],
        &["--window", "urgent"],
        &["--window", "quick install"],
        &["--window", "Idle"],
    ]
    .iter()
    .map(|words| {
        let done = answer(["explain", file].iter().chain(*words));
        assert_eq!(done.code, 0, "{}", done.err);
        done.out
    })
    .collect();
    insta::assert_snapshot!("surfaces-explain", told.join("\n\n"));
}

#[test]
fn w17_a_window_without_tasks_succeeds_and_says_so() {
    let (trace, _) = play("surfaces.toml");
    let ended: Vec<(String, String)> = trace
        .iter()
        .filter(|fact| fact["fact"] == "window_ended" && fact["window"] == "Idle")
        .map(|fact| (fact["status"].to_string(), fact["details"].to_string()))
        .collect();
    let expected = ("\"SUCCESS\"".to_owned(), "\"No tasks to execute.\"".to_owned());
    assert_eq!(ended, [expected.clone(), expected]);
}

#[test]
fn a_node_without_a_source_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sources.toml");
    let text = std::fs::read_to_string(scenario(
        "../../../scenario/tests/corpus/lints/sources-without-the-product.toml",
    ));
    std::fs::write(&file, text.unwrap()).unwrap();
    let releases = answer(["releases", file.to_str().unwrap()]).out;
    let first = releases
        .lines()
        .nth(1)
        .unwrap()
        .split(',')
        .next()
        .unwrap()
        .to_owned();
    let words = [
        "explain",
        file.to_str().unwrap(),
        "--node",
        "web-1",
        "--patch",
        &first,
    ];
    insta::assert_snapshot!("sources-explain", answer(words).out);
}
