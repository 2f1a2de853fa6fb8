//! Generated years, and what is counted in them.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use patchbench_kernel::{SimTime, Streams};
use patchbench_model::catalog::presets::{Preset, PresetOptions};
use patchbench_model::catalog::{Patch, ReleaseStream, release_patches};
use patchbench_model::clock::{from_utc, to_utc};

/// Replications of two years in most samples.
pub(crate) const REPLICATIONS: u64 = 250;

pub(crate) fn at(text: &str) -> SimTime {
    from_utc(text.parse::<DateTime<Utc>>().unwrap())
}

/// A preset as a stream from the beginning of one year to that of another.
pub(crate) fn stream(name: &str, year: Option<i32>, from: i32, until: i32) -> ReleaseStream {
    let begin = |year: i32| at(&format!("{year}-01-01T00:00:00Z"));
    let options = PresetOptions {
        name: name.to_owned(),
        products: None,
        year,
        from: begin(from),
        until: begin(until),
    };
    Preset::named(name).unwrap().stream(options)
}

/// The patches of some streams in one replication.
pub(crate) fn patches(streams: &[ReleaseStream], replication: u64) -> Vec<Patch> {
    release_patches(streams, &Streams::new(42, replication))
}

/// The day a patch is released, in UTC.
pub(crate) fn day(patch: &Patch) -> NaiveDate {
    to_utc(patch.released_at.unwrap()).date_naive()
}

/// Counts by whole weeks from the first day of a period on.
pub(crate) fn weekly(days: &[NaiveDate], first: NaiveDate, until: NaiveDate) -> Vec<f64> {
    let mut counts = vec![0.0; ((until - first).num_days() / 7) as usize];
    for day in days {
        let week = (*day - first).num_days().div_euclid(7);
        if let Some(count) = usize::try_from(week).ok().and_then(|week| counts.get_mut(week)) {
            *count += 1.0;
        }
    }
    counts
}

/// Mean and variance.
pub(crate) fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, squares / (n - 1.0))
}

/// The mean lies within four standard errors of what is expected. The values are independent.
pub(crate) fn assert_mean(values: &[f64], expected: f64, what: &str) {
    let (mean, variance) = moments(values);
    let error = (variance / values.len() as f64).sqrt();
    assert!(
        (mean - expected).abs() <= 4.0 * error,
        "{what}: {mean} ± {error}, expected {expected}"
    );
}

/// A share of a count lies within four standard errors of what is expected.
pub(crate) fn assert_share(hits: usize, of: usize, expected: f64, what: &str) {
    let share = hits as f64 / of as f64;
    let error = (expected * (1.0 - expected) / of as f64).sqrt();
    assert!(
        (share - expected).abs() <= 4.0 * error,
        "{what}: {share} of {of}, expected {expected} ± {error}"
    );
}

pub(crate) fn assert_near(value: f64, expected: f64, tolerance: f64, what: &str) {
    assert!(
        (value - expected).abs() <= tolerance,
        "{what}: {value}, expected {expected} ± {tolerance}"
    );
}

/// Names with their weights: shares of the patches by an attribute.
pub(crate) fn assert_mix<'a>(
    drawn: impl Iterator<Item = Option<&'a str>>,
    expected: &[(&str, f64)],
    what: &str,
) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in drawn {
        *counts.entry(name.unwrap_or("none")).or_default() += 1;
    }
    let all: usize = counts.values().sum();
    let total: f64 = expected.iter().map(|(_, weight)| weight).sum();
    for (name, weight) in expected {
        let count = counts.remove(name).unwrap_or(0);
        assert_share(count, all, weight / total, &format!("{what} {name}"));
    }
    assert!(counts.is_empty(), "{what}: {counts:?} are not expected");
}
