//! E01 to E04 of the semantics as scenario files, through the command.

use serde_json::Value;

use crate::binary::play;

/// Facts of one kind in the opening of a day.
fn facts<'t>(trace: &'t [Value], fact: &str, day: &str) -> Vec<&'t Value> {
    let opened = format!("{day}T16:00:00Z");
    trace
        .iter()
        .filter(|line| line["fact"] == fact && line["opened"] == opened.as_str())
        .collect()
}

fn times(facts: &[&Value]) -> Vec<String> {
    facts
        .iter()
        .map(|fact| fact["at"].as_str().unwrap().to_owned())
        .collect()
}

fn status(trace: &[Value], fact: &str, day: &str) -> String {
    let found = facts(trace, fact, day);
    assert_eq!(found.len(), 1, "{fact} on {day}");
    found[0]["status"].as_str().unwrap().to_owned()
}

fn with_status<'t>(facts: &[&'t Value], status: &str) -> Vec<&'t Value> {
    facts
        .iter()
        .copied()
        .filter(|fact| fact["status"] == status)
        .collect()
}

#[test]
fn e01_the_scan_after_the_approval_reports_the_patch_missing() {
    let (trace, summary) = play("e01.toml");
    let approved: Vec<&Value> = trace.iter().filter(|line| line["fact"] == "approved").collect();
    assert_eq!(times(&approved), ["2024-01-06T00:00:00Z"]);
    assert_eq!(summary["patches"][0]["approved"], "2024-01-06T00:00:00Z");

    let missing = |day: &str| -> Vec<u64> {
        facts(&trace, "invocation_ended", day)
            .iter()
            .map(|fact| fact["report"]["MissingCount"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(missing("2024-01-02"), [0; 10]);
    assert_eq!(missing("2024-01-09"), [1; 10]);
    let ends = times(&facts(&trace, "invocation_ended", "2024-01-09"));
    assert_eq!(ends.last().unwrap(), "2024-01-09T18:30:00Z");
    assert_eq!(status(&trace, "window_ended", "2024-01-09"), "SUCCESS");
}

#[test]
fn e02_failed_scans_stop_the_task() {
    let (trace, summary) = play("e02.toml");
    let day = "2024-01-09";
    assert_eq!(facts(&trace, "invocation_sent", day).len(), 6);
    let ended = facts(&trace, "invocation_ended", day);
    assert_eq!(with_status(&ended, "Success").len(), 4);
    assert_eq!(with_status(&ended, "Failed").len(), 2);
    assert_eq!(
        times(&facts(&trace, "error_threshold_passed", day)),
        ["2024-01-09T17:30:00Z"]
    );
    let unsent = facts(&trace, "invocation_not_sent", day);
    assert_eq!(with_status(&unsent, "Terminated").len(), 4);
    assert_eq!(status(&trace, "task_ended", day), "FAILED");
    assert_eq!(status(&trace, "window_ended", day), "FAILED");

    let tasks = summary["tasks"].as_array().unwrap();
    let task = tasks
        .iter()
        .find(|row| row["opened"] == "2024-01-09T16:00:00Z")
        .unwrap();
    assert_eq!(
        (&task["stopped"], &task["left_at_stop_p50"]),
        (&1.0.into(), &4.0.into())
    );
}

#[test]
fn e03_continue_task_runs_beyond_the_window() {
    let (trace, _) = play("e03.toml");
    let day = "2024-01-09";
    let pairs = |hours: [&str; 5]| -> Vec<String> {
        hours
            .iter()
            .flat_map(|at| [format!("2024-01-{at}:00:00Z"), format!("2024-01-{at}:00:00Z")])
            .collect()
    };
    let sent = times(&facts(&trace, "invocation_sent", day));
    assert_eq!(sent, pairs(["09T16", "09T18", "09T20", "09T22", "10T00"]));
    let ended = times(&facts(&trace, "invocation_ended", day));
    assert_eq!(ended, pairs(["09T18", "09T20", "09T22", "10T00", "10T02"]));
    assert_eq!(status(&trace, "task_ended", day), "SUCCESS");
}

#[test]
fn e04_cancel_task_sends_nothing_after_the_cutoff() {
    let (trace, _) = play("e04.toml");
    let day = "2024-01-09";
    assert_eq!(facts(&trace, "invocation_sent", day).len(), 4);
    assert_eq!(times(&facts(&trace, "cutoff", day)), ["2024-01-09T19:00:00Z"]);
    let ended = times(&facts(&trace, "invocation_ended", day));
    let [early, late] = ["2024-01-09T18:00:00Z", "2024-01-09T20:00:00Z"];
    assert_eq!(ended, [early, early, late, late]);
    assert_eq!(
        with_status(&facts(&trace, "invocation_not_sent", day), "Cancelled").len(),
        6
    );
    assert_eq!(status(&trace, "task_ended", day), "TIMED_OUT");
}
