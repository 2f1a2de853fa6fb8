//! `patchbench windows`: the interface that other programs read.

use serde_json::Value;

use crate::binary::answer;

fn opens(words: &[&str]) -> Vec<String> {
    let done = answer(["windows", "--format", "json"].iter().chain(words));
    assert_eq!(done.code, 0, "{}", done.err);
    let answer: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(answer["format_version"], 1);
    let occurrences = answer["occurrences"].as_array().unwrap();
    occurrences
        .iter()
        .map(|one| one["opens"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn occurrences_come_strictly_after_from() {
    let words = [
        "--schedule",
        "cron(0 16 ? * TUE *)",
        "--from",
        "2024-01-02T16:00:00Z",
        "--count",
        "2",
    ];
    assert_eq!(opens(&words), ["2024-01-09T16:00:00Z", "2024-01-16T16:00:00Z"]);
}

#[test]
fn zone_offset_and_dates_apply() {
    let words = [
        "--schedule",
        "cron(30 23 ? * TUE#3 *)",
        "--offset",
        "2",
        "--from",
        "2024-01-01T00:00:00Z",
        "--count",
        "3",
    ];
    assert_eq!(
        opens(&words),
        [
            "2024-01-18T23:30:00Z",
            "2024-02-22T23:30:00Z",
            "2024-03-21T23:30:00Z"
        ]
    );
    let words = [
        "--schedule",
        "cron(0 9 ? * TUE *)",
        "--timezone",
        "America/Los_Angeles",
        "--from",
        "2024-03-01T00:00:00Z",
        "--end",
        "2024-03-12T16:00:01Z",
        "--count",
        "9",
    ];
    assert_eq!(opens(&words), ["2024-03-05T17:00:00Z", "2024-03-12T16:00:00Z"]);
}

#[test]
fn a_schedule_that_never_opens_has_no_occurrence() {
    let words = [
        "--schedule",
        "cron(0 0 30 2 ? *)",
        "--from",
        "2024-01-01T00:00:00Z",
    ];
    assert_eq!(opens(&words), Vec::<String>::new());
    let words = [
        "--schedule",
        "cron(0 0 29 2 ? 2101-2199)",
        "--from",
        "2024-01-01T00:00:00Z",
        "--count",
        "1",
    ];
    assert_eq!(opens(&words), ["2104-02-29T00:00:00Z"]);
}

#[test]
fn invalid_expressions_exit_with_3() {
    for expression in [
        "cron(0 16 ? * TUE)",
        "cron(0 16 1 * TUE *)",
        "rate(1 hours)",
        "rate(2 minutes)",
        "at(soon)",
        "",
    ] {
        let done = answer([
            "windows",
            "--schedule",
            expression,
            "--from",
            "2024-01-01T00:00:00Z",
            "--format",
            "json",
        ]);
        assert_eq!(done.code, 3, "{expression}");
        assert!(done.err.starts_with("error[PB020]: "), "{}", done.err);
        assert_eq!(done.out, "");
    }
}

#[test]
fn clock_changes_are_told() {
    let words = [
        "windows",
        "--schedule",
        "cron(30 2 ? * * *)",
        "--timezone",
        "America/New_York",
        "--from",
        "2024-03-09T00:00:00Z",
        "--count",
        "2",
    ];
    let done = answer(words);
    assert!(
        done.err
            .contains("2024-03-10 02:30 does not exist in America/New_York"),
        "{}",
        done.err
    );
}

#[test]
fn a_date_alone_is_its_midnight() {
    let schedule = ["--schedule", "cron(0 16 ? * TUE *)", "--count", "2"];
    let opens_from = |from: &str| {
        let words = ["windows", "--from", from];
        answer(words.into_iter().chain(schedule)).out
    };
    assert!(opens_from("2026-01-01").contains("Tue 2026-01-06 16:00"));
    assert_eq!(opens_from("2026-01-01"), opens_from("2026-01-01T00:00:00Z"));
}

#[test]
fn a_list_that_is_cut_off_says_so() {
    let file = "scenarios/front-end-servers.toml";
    let cut = answer(["windows", file, "--count", "25"]);
    assert!(cut.err.starts_with("note: the first 25;"), "{}", cut.err);
}
