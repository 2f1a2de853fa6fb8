//! Exact sums, whatever the parts.

use patchbench_kernel::{SimTime, Tally, TimeWeighted};
use proptest::prelude::*;

fn tally(values: &[i64]) -> Tally {
    let mut tally = Tally::default();
    for value in values {
        tally.observe(*value);
    }
    tally
}

/// Values small and large; ten years of milliseconds have 39 bits.
fn values() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(prop_oneof![-10i64..10, -(1i64 << 40)..(1i64 << 40)], 0..50)
}

proptest! {
    #[test]
    fn parts_merge_to_exactly_the_whole_in_any_order(parts in prop::collection::vec(values(), 1..6)) {
        let whole = tally(&parts.concat());
        let merged = |parts: &mut dyn Iterator<Item = &Vec<i64>>| {
            let mut sum = Tally::default();
            parts.for_each(|part| sum.merge(&tally(part)));
            sum
        };
        prop_assert_eq!(merged(&mut parts.iter()), whole);
        prop_assert_eq!(merged(&mut parts.iter().rev()), whole);
    }

    #[test]
    fn a_tally_says_what_two_passes_say(values in values()) {
        let (known, n) = (tally(&values), values.len() as f64);
        prop_assert_eq!(known.count(), values.len() as u64);
        prop_assert_eq!(known.sum(), values.iter().map(|value| i128::from(*value)).sum::<i128>());
        let extremes = values.iter().min().zip(values.iter().max());
        prop_assert_eq!(known.extremes(), extremes.map(|(low, high)| (*low, *high)));
        prop_assert_eq!(known.mean().is_some(), !values.is_empty());
        prop_assert_eq!(known.variance().is_some(), values.len() > 1);
        if let (Some(mean), Some(variance)) = (known.mean(), known.variance()) {
            let squares = values.iter().map(|value| (*value as f64 - mean) * (*value as f64 - mean));
            let expected = squares.sum::<f64>() / (n - 1.0);
            prop_assert!((variance - expected).abs() <= 1e-9 * expected.max(1.0), "{variance} {expected}");
        }
    }

    #[test]
    fn an_average_over_time_is_the_integral_by_the_span(
        since in -1000i64..1000, level in -50i64..50, changes in prop::collection::vec((0i64..20, -50i64..50), 0..30),
        open in 1i64..30
    ) {
        let mut known = TimeWeighted::new(SimTime::from_millis(since), level);
        // The plain way: the level of every millisecond, summed.
        let (mut now, mut current, mut sum) = (since, level, 0i64);
        for (wait, next) in changes {
            sum += wait * current;
            (now, current) = (now + wait, next);
            known.set(SimTime::from_millis(now), next);
            prop_assert_eq!(known.level(), next);
        }
        let end = now + open;
        let expected = (sum + open * current) as f64 / (end - since) as f64;
        prop_assert_eq!(known.average(SimTime::from_millis(end)), Some(expected));
    }
}

#[test]
fn no_time_has_no_average() {
    let level = TimeWeighted::new(SimTime::from_millis(5), 3);
    assert_eq!(level.average(SimTime::from_millis(5)), None);
    assert_eq!(level.average(SimTime::from_millis(6)), Some(3.0));
}

#[test]
#[should_panic(expected = "backwards in time")]
fn a_level_does_not_change_in_the_past() {
    let mut level = TimeWeighted::new(SimTime::from_millis(5), 3);
    level.set(SimTime::from_millis(4), 1);
}

#[test]
#[should_panic(expected = "backwards in time")]
fn an_average_does_not_end_before_the_last_change() {
    let mut level = TimeWeighted::new(SimTime::from_millis(0), 3);
    level.set(SimTime::from_millis(10), 1);
    let _ = level.average(SimTime::from_millis(9));
}
