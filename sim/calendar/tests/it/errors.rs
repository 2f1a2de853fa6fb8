//! Each refusal names the place and what to write instead.

use patchbench_calendar::{Field, Schedule, ScheduleErrorKind as Kind, ScheduleOptions, timezone};

#[test]
fn refusals_name_the_place() {
    for (expression, kind, at, field) in [
        ("every tuesday", Kind::UnknownForm, "every tuesday", None),
        ("cron(0 16 ? * TUE)", Kind::FieldCount, "0 16 ? * TUE", None),
        (
            "cron(75 16 ? * TUE *)",
            Kind::OutOfRange,
            "75",
            Some(Field::Minutes),
        ),
        (
            "cron(0 16 ? * TUES *)",
            Kind::UnknownValue,
            "TUES",
            Some(Field::DayOfWeek),
        ),
        (
            "cron(0 16 ? * * 2300)",
            Kind::OutOfRange,
            "2300",
            Some(Field::Year),
        ),
        ("cron(0 16,,18 ? * * *)", Kind::EmptyItem, "", Some(Field::Hours)),
        ("cron(0/0 16 ? * * *)", Kind::Step, "0/0", Some(Field::Minutes)),
        (
            "cron(0 16 ? * TUE#6 *)",
            Kind::Nth,
            "TUE#6",
            Some(Field::DayOfWeek),
        ),
        (
            "cron(0 16 L-2 * ? *)",
            Kind::Special,
            "L-2",
            Some(Field::DayOfMonth),
        ),
        (
            "cron(0 16 15,L * ? *)",
            Kind::Special,
            "L",
            Some(Field::DayOfMonth),
        ),
        (
            "cron(0 16 * * TUE *)",
            Kind::QuestionMark,
            "*",
            Some(Field::DayOfMonth),
        ),
        (
            "cron(? 16 ? * TUE *)",
            Kind::MisplacedQuestionMark,
            "?",
            Some(Field::Minutes),
        ),
        ("cron(0/2 * ? * * *)", Kind::TooFast, "0/2 * ? * * *", None),
        ("rate(7 weeks)", Kind::RateUnit, "7 weeks", None),
        ("at(tomorrow)", Kind::AtTimestamp, "tomorrow", None),
    ] {
        let error = Schedule::parse(expression, ScheduleOptions::default()).unwrap_err();
        assert_eq!((error.kind, error.field), (kind, field), "{expression}: {error}");
        assert_eq!(&expression[error.span.clone()], at, "{expression}");
    }
}

#[test]
fn hints_say_what_to_write() {
    let hint = |expression: &str| {
        Schedule::parse(expression, ScheduleOptions::default())
            .unwrap_err()
            .hint
            .unwrap()
    };
    assert_eq!(hint("cron(0 16 ? * TUE)"), "add a year: cron(0 16 ? * TUE *)");
    assert_eq!(
        hint("cron(0 16 15 * TUE *)"),
        "for TUE write cron(0 16 ? * TUE *); for day 15 write cron(0 16 15 * ? *)"
    );
    assert_eq!(hint("rate(1 hours)"), "write rate(1 hour)");
}

#[test]
fn misspelt_zones_are_recognised() {
    for (name, meant) in [
        ("Europe/Berln", "Europe/Berlin"),
        ("america/new_york", "America/New_York"),
    ] {
        assert_eq!(timezone(name).unwrap_err().suggestion, Some(meant), "{name}");
    }
    assert_eq!(timezone("Mars/Olympus_Mons").unwrap_err().suggestion, None);
}
