//! Properties of openings, for schedules and zones at random.

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use patchbench_calendar::{Schedule, ScheduleOptions, timezone};
use proptest::prelude::*;

const ZONES: [&str; 5] = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
];

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (0i64..2_500_000_000).prop_map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn openings_rise_and_match_and_continue(
        minute in 0u32..60, hour in 0u32..24, weekday in 1u32..8, zone in 0usize..ZONES.len(), from in instant()
    ) {
        let zone = timezone(ZONES[zone]).unwrap();
        let expression = format!("cron({minute} {hour} ? * {weekday} *)");
        let options = ScheduleOptions { timezone: Some(zone), ..Default::default() };
        let schedule = Schedule::parse(&expression, options).unwrap();
        let found: Vec<DateTime<Utc>> = schedule.openings(from, from).take(60).map(|opening| opening.at).collect();
        prop_assert!(found[0] > from);
        for pair in found.windows(2) {
            prop_assert!(pair[0] < pair[1]);
            let again = schedule.openings(pair[0], pair[0]).next().unwrap().at;
            prop_assert_eq!(again, pair[1]);
            // At most one Tuesday a year is lost to a clock change.
            prop_assert!(pair[1] - pair[0] <= TimeDelta::days(14) + TimeDelta::hours(1));
        }
        for at in found {
            let local = at.with_timezone(&zone);
            prop_assert_eq!((local.minute(), local.hour()), (minute, hour));
            prop_assert_eq!(local.weekday().number_from_sunday(), weekday);
        }
    }

    #[test]
    fn no_text_panics(text in "(cron|rate|at)\\([0-9A-Z?*#/, LW:-]{0,40}\\)?") {
        let _ = Schedule::parse(&text, ScheduleOptions::default());
    }
}
