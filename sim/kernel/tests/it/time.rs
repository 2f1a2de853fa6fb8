//! Integer time: what it reads like, and what it does at its ends.

use std::panic::catch_unwind;

use patchbench_kernel::{SimDuration, SimTime};
use proptest::prelude::*;

const fn at(millis: i64) -> SimTime {
    SimTime::from_millis(millis)
}

const fn span(millis: i64) -> SimDuration {
    SimDuration::from_millis(millis)
}

#[test]
fn instants_read_as_dates_of_the_gregorian_calendar() {
    for (millis, text) in [
        (-62_135_596_800_000, "0001-01-01T00:00:00Z"),
        (-2_203_891_200_001, "1900-02-28T23:59:59.999Z"),
        (-2_203_891_200_000, "1900-03-01T00:00:00Z"),
        (951_868_800_000, "2000-03-01T00:00:00Z"),
        (1_709_164_800_000, "2024-02-29T00:00:00Z"),
        (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00Z"),
        (7_258_118_399_001, "2199-12-31T23:59:59.001Z"),
    ] {
        assert_eq!(at(millis).to_string(), text);
    }
}

#[test]
fn the_ends_of_time_can_be_written_down() {
    assert_eq!(SimTime::MAX.to_string(), "292278994-08-17T07:12:55.807Z");
    assert_eq!(SimTime::MIN.to_string(), "-292275055-05-16T16:47:04.192Z");
    assert_eq!(span(i64::MAX).to_string(), "106751991167 d 7 h");
    assert_eq!(span(i64::MIN).to_string(), "-106751991167 d 7 h");
}

#[test]
fn spans_read_in_at_most_two_neighbouring_units() {
    for (time, text) in [
        (span(1), "1 ms"),
        (span(999), "999 ms"),
        (span(1_500), "1 s 500 ms"),
        (span(59_999), "59 s 999 ms"),
        (span(60_000), "1 min"),
        (span(3_600_000 + 59_000), "1 h"),
        (SimDuration::from_hours(24), "1 d"),
        (SimDuration::from_days(3_652), "3652 d"),
        (-SimDuration::from_minutes(1), "-1 min"),
    ] {
        assert_eq!(time.to_string(), text);
    }
}

#[test]
fn units_are_multiples_of_a_millisecond() {
    assert_eq!(SimDuration::from_secs(1), span(1_000));
    assert_eq!(SimDuration::from_minutes(1), span(60_000));
    assert_eq!(SimDuration::from_hours(1), span(3_600_000));
    assert_eq!(SimDuration::from_days(1), span(86_400_000));
    assert_eq!(SimDuration::from_minutes(90).as_hours_f64(), 1.5);
    assert_eq!(SimDuration::from_hours(-36).as_days_f64(), -1.5);
}

#[test]
fn arithmetic_that_leaves_the_range_panics_and_never_wraps() {
    fn panics<T>(name: &str, run: fn() -> T) {
        assert!(catch_unwind(run).is_err(), "{name} did not panic");
    }
    panics("instant + span", || SimTime::MAX + span(1));
    panics("instant - span", || SimTime::MIN - span(1));
    panics("instant - instant", || SimTime::MAX - SimTime::MIN);
    panics("since", || at(1).since(SimTime::MIN));
    panics("span + span", || span(i64::MAX) + span(1));
    panics("span - span", || span(i64::MIN) - span(1));
    panics("- span", || -span(i64::MIN));
    panics("span * times", || span(i64::MAX / 2 + 1) * 2);
    panics("days", || SimDuration::from_days(std::hint::black_box(i64::MAX)));
}

#[test]
fn checked_and_saturating_arithmetic_stop_at_the_ends() {
    assert_eq!(SimTime::MAX.checked_add(span(1)), None);
    assert_eq!(SimTime::MIN.checked_add(span(-1)), None);
    assert_eq!(at(1).checked_add(span(2)), Some(at(3)));
    assert_eq!(SimTime::MAX.saturating_add(span(1)), SimTime::MAX);
    assert_eq!(SimTime::MIN.saturating_sub(span(1)), SimTime::MIN);
    assert_eq!(SimTime::MIN.saturating_add(span(-1)), SimTime::MIN);
    assert_eq!(SimTime::MAX.saturating_sub(span(-1)), SimTime::MAX);
    assert_eq!(span(i64::MAX).checked_mul(2), None);
    assert_eq!(span(21).checked_mul(-2), Some(span(-42)));
}

/// Days since 1970-01-01, counted year by year and month by month.
fn days_from_civil(year: i64, month: usize, day: i64) -> i64 {
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let of_year = |year: i64| if leap(year) { 366 } else { 365 };
    let years: i64 = if year >= 1970 {
        (1970..year).map(of_year).sum()
    } else {
        -(year..1970).map(of_year).sum::<i64>()
    };
    let february = if leap(year) { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    years + months[..month - 1].iter().sum::<i64>() + day - 1
}

proptest! {
    #[test]
    fn what_is_read_is_what_was_counted(
        year in 1i64..3000, month in 1usize..13, day in 1i64..29, hour in 0i64..24, minute in 0i64..60,
        second in 0i64..60
    ) {
        let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
        let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
        prop_assert_eq!(at(seconds * 1000).to_string(), text);
    }

    #[test]
    fn adding_a_difference_gives_the_other_instant(a in -(1i64 << 60)..(1i64 << 60), b in -(1i64 << 60)..(1i64 << 60)) {
        let difference = at(b) - at(a);
        prop_assert_eq!(at(a) + difference, at(b));
        prop_assert_eq!(at(b) - difference, at(a));
        prop_assert_eq!(at(b).since(at(a)), difference);
        prop_assert_eq!(-difference, at(a) - at(b));
        prop_assert_eq!(at(a) < at(b), difference > SimDuration::ZERO);
    }
}
