//! Schedules with agreed answers.

use std::path::PathBuf;

use chrono::{DateTime, TimeZone, Utc};
use patchbench_calendar::{Schedule, ScheduleOptions, timezone};

#[expect(clippy::print_stderr, reason = "a skipped test says so aloud")]
fn shared(name: &str) -> Option<csv::Reader<std::fs::File>> {
    let path = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/conformance"
    ))
    .join(name);
    if path.exists() {
        return Some(csv::Reader::from_path(path).unwrap());
    }
    eprintln!("skipped: {} not found", path.display());
    None
}

fn utc(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn next_five(expression: &str, zone: &str, from: &str) -> Vec<DateTime<Utc>> {
    let options = ScheduleOptions {
        timezone: Some(timezone(zone).unwrap()),
        ..Default::default()
    };
    let schedule =
        Schedule::parse(expression, options).unwrap_or_else(|error| panic!("{expression}: {error}"));
    let from = utc(from);
    // A rate without a start date counts from its creation, which the cases do not give.
    schedule
        .openings(from, from)
        .take(5)
        .map(|opening| opening.at)
        .collect()
}

fn check(row: &csv::StringRecord) {
    let expected: Vec<DateTime<Utc>> = (4..9)
        .map(|at| &row[at])
        .filter(|text| !text.is_empty())
        .map(utc)
        .collect();
    assert_eq!(
        next_five(&row[1], &row[2], &row[3]),
        expected,
        "{}: {} in {} from {}",
        &row[0],
        &row[1],
        &row[2],
        &row[3]
    );
}

#[test]
fn agreed_cases_are_met_in_full() {
    let Some(mut cases) = shared("cron_cases.csv") else {
        return;
    };
    let rows: Vec<csv::StringRecord> = cases.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 50);
    rows.iter().for_each(check);
}

#[test]
fn invalid_expressions_are_refused_in_full() {
    let Some(mut cases) = shared("cron_invalid.csv") else {
        return;
    };
    for row in cases.records() {
        let row = row.unwrap();
        let refused = Schedule::parse(&row[1], ScheduleOptions::default());
        assert!(refused.is_err(), "{}: {} was accepted", &row[0], &row[1]);
    }
}

#[test]
fn disputed_cases_follow_the_proposal() {
    let Some(mut cases) = shared("cron_disputed.csv") else {
        return;
    };
    for row in cases.records() {
        let row = row.unwrap();
        let topic = row.iter().next_back().unwrap_or_default();
        if topic.contains("L-minus") || topic.contains("list-with-special") {
            let refused = Schedule::parse(&row[1], ScheduleOptions::default());
            assert!(refused.is_err(), "{}: {} was accepted", &row[0], &row[1]);
        } else {
            check(&row);
        }
    }
}

#[test]
fn a_schedule_that_never_fires_answers_at_once() {
    let from = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap();
    for expression in ["cron(0 0 30 2 ? *)", "cron(0 0 31 4 ? *)", "cron(0 0 1 1 ? 1999)"] {
        let schedule = Schedule::parse(expression, ScheduleOptions::default()).unwrap();
        assert_eq!(schedule.openings(from, from).next(), None, "{expression}");
    }
    let rare = Schedule::parse("cron(0 0 29 2 ? 2096)", ScheduleOptions::default()).unwrap();
    assert_eq!(rare.openings(from, from).count(), 1);
}

#[test]
fn years_run_to_2199() {
    let from = Utc.with_ymd_and_hms(2198, 6, 1, 0, 0, 0).unwrap();
    let yearly = Schedule::parse("cron(0 0 1 1 ? *)", ScheduleOptions::default()).unwrap();
    let found: Vec<_> = yearly
        .openings(from, from)
        .map(|opening| opening.at.to_rfc3339())
        .collect();
    assert_eq!(found, ["2199-01-01T00:00:00+00:00"]);
}
