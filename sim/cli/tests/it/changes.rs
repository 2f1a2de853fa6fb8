//! Dated changes as a planner meets them: the zero-day of the shipped scenario.

use serde_json::Value;

use crate::binary::{answer, trace};

const ZERO_DAY: &str = "scenarios/zero-day-extra-window.toml";

/// Puts the change of this number off until after the simulation.
fn without(change: usize) -> String {
    format!("change.{change}.at=2024-04-30")
}

/// Runs the scenario with some changes put off; the exit code and the summary.
fn run(put_off: &[usize]) -> (i32, Value) {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("result");
    let mut words: Vec<String> = [
        "run", ZERO_DAY, "--quiet", "--reps", "200", "--format", "json", "--out",
    ]
    .map(str::to_owned)
    .to_vec();
    words.push(folder.to_str().unwrap().to_owned());
    for change in put_off {
        words.extend(["--set".to_owned(), without(*change)]);
    }
    let done = answer(words);
    (done.code, serde_json::from_str(&done.out).unwrap())
}

/// Median days until 95 % of the servers have an update.
fn days(summary: &Value, kb: &str) -> Option<f64> {
    let patches = summary["patches"].as_array().unwrap();
    let patch = patches.iter().find(|patch| patch["kb"] == kb)?;
    patch["days_to_95_p50"].as_f64()
}

#[test]
fn the_lesson_of_the_zero_day_holds() {
    let (code, both) = run(&[]);
    let together = days(&both, "KB5035857").unwrap();
    assert!(code == 0 && together < 2.5, "{code}, {together} days");
    let (code, approval) = run(&[1]);
    let alone = days(&approval, "KB5035857").unwrap();
    assert!(code == 4 && (4.0..5.0).contains(&alone), "{code}, {alone} days");
    // Without the approval the update never is one: its successor comes on 7 April.
    let (_, window) = run(&[0]);
    assert_eq!(days(&window, "KB5035857"), None);
    let after = days(&window, "KB5037422").unwrap();
    assert!((16.0..16.5).contains(&after), "{after} days after 22 March");
}

#[test]
fn approvals_name_what_was_approved_by_hand() {
    let done = answer(["approvals", ZERO_DAY]);
    let row = done.out.lines().find(|line| line.contains("KB5035857")).unwrap();
    assert!(row.ends_with("approved by hand on 2024-03-13 09:40Z"), "{row}");
    let others = done.out.lines().filter(|line| line.contains("by hand")).count();
    assert_eq!(others, 1, "{}", done.out);
}

#[test]
fn windows_tells_openings_as_the_changes_leave_them() {
    let done = answer(["windows", ZERO_DAY, "--count", "4", "--format", "csv"]);
    let opens: Vec<&str> = done
        .out
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(1))
        .collect();
    let expected = [
        "2024-03-14T21:00:00Z",
        "2024-03-17T00:00:00Z",
        "2024-04-06T23:00:00Z",
        "2024-04-13T23:00:00Z",
    ];
    assert_eq!(opens, expected, "{}", done.out);
}

#[test]
fn the_trace_tells_changes_and_what_they_cause() {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("result");
    let words = ["run", ZERO_DAY, "--quiet", "--reps", "1", "--trace", "--out"];
    answer(words.into_iter().chain([folder.to_str().unwrap()]));
    let records = trace(&folder);
    let changes: Vec<&Value> = records
        .iter()
        .filter(|record| record["fact"] == "changed")
        .collect();
    assert_eq!(changes.len(), 4);
    assert_eq!(changes[0]["change"], "approve by hand");
    assert_eq!(
        changes[0]["set"][0],
        "baseline.prod-14-days.approved_patches = [\"KB5035857\"]"
    );
    let is_approval = |record: &&Value| record["fact"] == "approved" && record["kb"] == "KB5035857";
    let approval = records.iter().find(is_approval).unwrap();
    assert_eq!(approval["cause"], changes[0]["id"]);
    assert_eq!(approval["at"], "2024-03-13T09:40:00Z");
}

#[test]
fn explanations_tell_the_changes_that_concern_a_node() {
    let words = ["explain", ZERO_DAY, "--node", "web-7", "--patch", "KB5035857"];
    let done = answer(words);
    assert_eq!(done.code, 0, "{}", done.err);
    insta::assert_snapshot!("explain-zero-day", done.out);
    let json = answer(words.into_iter().chain(["--format", "json"]));
    let told: Value = serde_json::from_str(&json.out).unwrap();
    let steps = told["chain"].as_array().unwrap();
    let change = steps.iter().find(|step| step["step"] == "changed").unwrap();
    assert_eq!(change["change"], "approve by hand");
    assert_eq!(change["set"][0]["path"], "baseline.prod-14-days.approved_patches");
    let at = ["--at", "2024-03-13T08:00:00Z"];
    let before = answer(words.into_iter().chain(at));
    insta::assert_snapshot!("explain-zero-day-before", before.out);
}
