//! Acceptance cases of schedules, by their ids in the semantics.

use chrono::{DateTime, Utc};
use patchbench_calendar::{
    CalendarSettings, CronLegacy, DstFold, DstGap, RateFirstTick, Schedule, ScheduleErrorKind as Kind,
    ScheduleOptions, timezone,
};

fn utc(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn in_zone(zone: &str) -> ScheduleOptions {
    ScheduleOptions {
        timezone: Some(timezone(zone).unwrap()),
        ..Default::default()
    }
}

/// Openings after `from`, of a schedule created then.
fn openings(expression: &str, options: ScheduleOptions, from: &str, count: usize) -> Vec<String> {
    let schedule = Schedule::parse(expression, options).unwrap();
    let from = utc(from);
    let found = schedule.openings(from, from).take(count);
    found
        .map(|opening| opening.at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
        .collect()
}

fn refused(expression: &str) -> Kind {
    Schedule::parse(expression, ScheduleOptions::default())
        .unwrap_err()
        .kind
}

#[test]
fn w01_tuesdays_at_16() {
    let found = openings(
        "cron(0 16 ? * TUE *)",
        ScheduleOptions::default(),
        "2024-01-03T00:00:00Z",
        1,
    );
    assert_eq!(found, ["2024-01-09T16:00:00Z"]);
}

#[test]
fn w02_w03_offset_counts_from_a_base_after_activation() {
    let options = ScheduleOptions {
        offset_days: Some(2),
        ..Default::default()
    };
    for (from, first) in [
        ("2024-01-01T00:00:00Z", "2024-01-18T23:30:00Z"),
        ("2024-01-17T00:00:00Z", "2024-02-22T23:30:00Z"),
    ] {
        assert_eq!(
            openings("cron(30 23 ? * TUE#3 *)", options.clone(), from, 1),
            [first]
        );
    }
}

#[test]
fn w04_start_date_with_an_offset_of_its_own() {
    let options = ScheduleOptions {
        start: Some(utc("2021-01-01T00:00:00-08:00")),
        ..in_zone("America/Los_Angeles")
    };
    let found = openings("cron(0 09 ? * WED *)", options, "2020-12-01T00:00:00Z", 1);
    assert_eq!(found, ["2021-01-06T17:00:00Z"]);
}

#[test]
fn w05_rate_between_start_and_end() {
    let options = ScheduleOptions {
        start: Some(utc("2019-01-01T00:03:15+09:00")),
        end: Some(utc("2019-06-30T00:06:15+09:00")),
        ..Default::default()
    };
    let found = openings("rate(7 days)", options, "2018-12-01T00:00:00Z", 100);
    assert_eq!(found.len(), 26);
    assert_eq!(found[25], "2019-06-24T15:03:15Z");
}

#[test]
fn w06_w07_w08_invalid_expressions() {
    for (expression, kind) in [
        ("cron(0 16 1 * TUE *)", Kind::BothDayFields),
        ("cron(0 16 ? * TUE)", Kind::FieldCount),
        ("rate(1 hours)", Kind::RateUnit),
        ("rate(5 hour)", Kind::RateUnit),
        ("rate(0 days)", Kind::RateValue),
        ("rate(2 minutes)", Kind::TooFast),
    ] {
        assert_eq!(refused(expression), kind, "{expression}");
    }
}

#[test]
fn w09_w10_w11_seconds_last_friday_nearest_weekday() {
    let plain = ScheduleOptions::default;
    let daily = openings("cron(24 30 09 ? * * *)", plain(), "2024-01-01T00:00:00Z", 2);
    assert_eq!(daily, ["2024-01-01T09:30:24Z", "2024-01-02T09:30:24Z"]);
    let friday = openings("cron(0 0 ? * 6L *)", plain(), "2024-01-01T00:00:00Z", 1);
    assert_eq!(friday, ["2024-01-26T00:00:00Z"]);
    let near = openings("cron(0 0 15W * ? *)", plain(), "2024-06-01T00:00:00Z", 4);
    assert_eq!(
        (near[0].as_str(), near[3].as_str()),
        ("2024-06-14T00:00:00Z", "2024-09-16T00:00:00Z")
    );
}

#[test]
fn w12_w13_clock_changes_with_every_setting() {
    let with = |dst_gap, dst_fold| ScheduleOptions {
        settings: CalendarSettings {
            dst_gap,
            dst_fold,
            ..Default::default()
        },
        ..in_zone("America/New_York")
    };
    let gap = |options| openings("cron(30 2 ? * * *)", options, "2024-03-09T00:00:00Z", 3);
    assert_eq!(
        gap(with(DstGap::Skip, DstFold::First)),
        [
            "2024-03-09T07:30:00Z",
            "2024-03-11T06:30:00Z",
            "2024-03-12T06:30:00Z"
        ]
    );
    assert_eq!(
        gap(with(DstGap::ShiftForward, DstFold::First))[1],
        "2024-03-10T07:30:00Z"
    );
    let fold = |options| openings("cron(30 1 ? * * *)", options, "2024-11-03T00:00:00Z", 3);
    assert_eq!(
        fold(with(DstGap::Skip, DstFold::First))[..2],
        ["2024-11-03T05:30:00Z", "2024-11-04T06:30:00Z"]
    );
    assert_eq!(
        fold(with(DstGap::Skip, DstFold::Second))[..2],
        ["2024-11-03T06:30:00Z", "2024-11-04T06:30:00Z"]
    );
    assert_eq!(
        fold(with(DstGap::Skip, DstFold::Both)),
        [
            "2024-11-03T05:30:00Z",
            "2024-11-03T06:30:00Z",
            "2024-11-04T06:30:00Z"
        ]
    );
    let half_hourly = openings(
        "cron(0/30 * ? * * *)",
        with(DstGap::Skip, DstFold::Both),
        "2024-11-03T04:45:00Z",
        6,
    );
    assert!(half_hourly.is_sorted(), "both passes in order: {half_hourly:?}");
    assert_eq!(half_hourly[5], "2024-11-03T07:30:00Z");
}

#[test]
fn w20_offsets_that_are_refused() {
    let with = |expression: &str, days| {
        let options = ScheduleOptions {
            offset_days: Some(days),
            ..Default::default()
        };
        Schedule::parse(expression, options).unwrap_err().kind
    };
    assert_eq!(with("cron(0 16 ? * TUE *)", 7), Kind::OffsetRange);
    assert_eq!(with("rate(7 days)", 2), Kind::OffsetWithoutCron);
}

#[test]
fn w21_the_form_of_2017() {
    let error = Schedule::parse("cron(0 15 10 ? * *)", ScheduleOptions::default()).unwrap_err();
    assert_eq!(
        (error.kind, error.hint.as_deref()),
        (Kind::LegacyCron, Some("write cron(15 10 ? * * *)"))
    );
    let settings = CalendarSettings {
        cron_legacy: CronLegacy::Accept,
        ..Default::default()
    };
    let options = ScheduleOptions {
        settings,
        ..Default::default()
    };
    let found = openings("cron(0 15 10 ? * *)", options, "2024-01-01T00:00:00Z", 2);
    assert_eq!(found, ["2024-01-01T10:15:00Z", "2024-01-02T10:15:00Z"]);
}

#[test]
fn rate_and_at_follow_their_settings() {
    let immediate = CalendarSettings {
        rate_first_tick: RateFirstTick::Immediate,
        ..Default::default()
    };
    let activation = utc("2024-01-01T00:00:00Z");
    let first = |settings| {
        let schedule = Schedule::parse(
            "rate(7 days)",
            ScheduleOptions {
                settings,
                ..Default::default()
            },
        )
        .unwrap();
        schedule
            .openings(activation, activation - chrono::TimeDelta::milliseconds(1))
            .next()
            .unwrap()
            .at
    };
    assert_eq!(first(immediate), activation);
    assert_eq!(first(CalendarSettings::default()), utc("2024-01-08T00:00:00Z"));
    let once = openings(
        "at(2024-01-09T16:00:00)",
        in_zone("Europe/Berlin"),
        "2024-01-01T00:00:00Z",
        9,
    );
    assert_eq!(once, ["2024-01-09T15:00:00Z"]);
}
