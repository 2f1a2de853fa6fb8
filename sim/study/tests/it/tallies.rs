//! Tallies: the same observations give the same tally, however they were split and merged.

use patchbench_study::{Summary, Tally, from_bytes, to_bytes};
use proptest::prelude::*;

/// Figures as they occur: counts, times, shares, large sums, zeros of both signs, and what is censored.
fn figure() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        4 => (0u32..50).prop_map(|count| Some(f64::from(count))),
        4 => (0.0..400.0f64).prop_map(Some),
        2 => (-1e9..1e9f64).prop_map(Some),
        1 => (-1e-9..1e-9f64).prop_map(Some),
        1 => Just(Some(-0.0)),
        1 => Just(None),
    ]
}

fn tally(values: &[Option<f64>]) -> Tally {
    values.iter().copied().collect()
}

/// Merges tallies two at a time, as chance has it.
fn merged(mut parts: Vec<Tally>, mut choice: u64) -> Tally {
    while parts.len() > 1 {
        choice = choice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let one = parts.swap_remove((choice >> 33) as usize % parts.len());
        let place = (choice >> 13) as usize % parts.len();
        parts[place].merge(&one);
    }
    parts.pop().unwrap_or_default()
}

proptest! {
    #[test]
    fn any_split_and_any_order_of_merging_give_the_same_bytes(
        values in prop::collection::vec(figure(), 0..400),
        cuts in prop::collection::vec(0usize..400, 0..8),
        choice: u64,
    ) {
        let whole = tally(&values);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(values.len())).collect();
        cuts.extend([0, values.len()]);
        cuts.sort_unstable();
        let parts = cuts.windows(2).map(|cut| tally(&values[cut[0]..cut[1]])).collect();
        let merged = merged(parts, choice);
        prop_assert_eq!(&merged, &whole);
        let bytes = to_bytes(&whole).unwrap();
        prop_assert_eq!(&bytes, &to_bytes(&merged).unwrap());
        prop_assert_eq!(from_bytes::<Tally>(&bytes).unwrap(), whole);
    }

    #[test]
    fn a_summary_is_that_of_the_sorted_values(values in prop::collection::vec(-1e6..1e6f64, 1..300)) {
        let summary = Summary::of(values.iter().copied().map(Some));
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        let rank = |p: f64| sorted[((p * n as f64 - 1e-9).ceil() as usize).max(1) - 1];
        prop_assert_eq!([summary.p05, summary.p50, summary.p95], [0.05, 0.5, 0.95].map(|p| Some(rank(p))));
        prop_assert_eq!((summary.min, summary.max), (Some(sorted[0]), Some(sorted[n - 1])));
        let mean = sorted.iter().sum::<f64>() / n as f64;
        prop_assert!((summary.mean.unwrap() - mean).abs() <= 1e-9);
        let squares: f64 = sorted.iter().map(|value| (value - mean) * (value - mean)).sum();
        if n > 1 {
            let deviation = (squares / (n - 1) as f64).sqrt();
            prop_assert!((summary.standard_deviation.unwrap() - deviation).abs() <= 1e-9 * (1.0 + deviation));
        }
    }
}

/// More different values than are counted one by one.
fn many(from: u32, until: u32) -> Vec<Option<f64>> {
    let value = |number: u32| (f64::from(number) * 0.618_033_988_75).fract() * 300.0 - 20.0;
    (from..until).map(|number| Some(value(number))).collect()
}

#[test]
fn beyond_the_values_that_are_counted_one_by_one_classes_are_the_same_in_any_order() {
    let whole = tally(&many(0, 20_000));
    for cuts in [
        vec![0, 20_000],
        vec![0, 10, 4_100, 9_000, 20_000],
        vec![0, 4_096, 8_192, 20_000],
    ] {
        for choice in [1, 7, 99] {
            let parts = cuts.windows(2).map(|cut| tally(&many(cut[0], cut[1]))).collect();
            assert_eq!(merged(parts, choice), whole, "{cuts:?} {choice}");
        }
    }
    let exactly = tally(&many(0, 4_096));
    assert_ne!(exactly, tally(&many(0, 4_097)));
}

#[test]
fn classes_are_as_narrow_as_they_say_and_a_tally_has_a_largest_size() {
    let values = many(0, 100_000);
    let summary = Summary::of(values.iter().copied());
    let mut sorted: Vec<f64> = values.into_iter().flatten().collect();
    sorted.sort_by(f64::total_cmp);
    for (found, p) in [(summary.p05, 0.05), (summary.p50, 0.5), (summary.p95, 0.95)] {
        let exact = sorted[(p * 100_000.0) as usize - 1];
        assert!((found.unwrap() - exact).abs() <= exact.abs() / 2048.0, "{p}");
    }
    // Mean and extremes stay exact.
    let mean = sorted.iter().sum::<f64>() / 100_000.0;
    assert!((summary.mean.unwrap() - mean).abs() < 1e-9);
    assert_eq!(
        (summary.min, summary.max),
        (Some(sorted[0]), Some(sorted[99_999]))
    );
    let size = |values: u32| to_bytes(&tally(&many(0, values))).unwrap().len();
    assert!(size(400_000) < 4 * size(20_000));
}

#[test]
fn sums_that_do_not_fit_are_lost_and_nothing_else_is() {
    let summary = Summary::of([Some(1e300), Some(2e300), Some(3e300)]);
    assert_eq!((summary.mean, summary.standard_deviation), (None, None));
    assert_eq!((summary.p50, summary.max), (Some(2e300), Some(3e300)));
    let mut small = tally(&[Some(1.0)]);
    small.merge(&tally(&[Some(1e300)]));
    let mut large = tally(&[Some(1e300)]);
    large.merge(&tally(&[Some(1.0)]));
    assert_eq!(small, large);
}

#[test]
fn equal_values_have_no_deviation_and_their_own_mean() {
    for value in [0.1, 1.0 / 3.0, 1e9 + 0.7, -2.5e-7] {
        let summary = Summary::of(std::iter::repeat_n(Some(value), 1000));
        assert_eq!(
            (summary.mean, summary.standard_deviation),
            (Some(value), Some(0.0))
        );
    }
}

#[test]
fn many_equal_observations_are_as_many_single_ones() {
    let mut at_once = Tally::default();
    at_once.observe_many(Some(2.5), 3);
    at_once.observe_many(None, 2);
    at_once.observe_many(Some(7.0), 0);
    let one_by_one = tally(&[Some(2.5), None, Some(2.5), None, Some(2.5)]);
    assert_eq!(at_once, one_by_one);
}
