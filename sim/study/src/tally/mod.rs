//! A sample that is summed up as it comes, and merges exactly: whatever order its observations come in,
//! and however they were split over threads and machines, the same observations give the same tally.
//!
//! Sums are integers of fixed point; values are counted one by one as long as few of them differ, and in
//! log-linear classes from then on, so that a tally has a largest size.

mod classes;
mod fixed;

use serde::{Deserialize, Serialize};

use crate::estimate::{CONFIDENCE, quantile_ranks};
use classes::Classes;
use fixed::Moments;

/// Observations of a figure, some of them perhaps censored (never reached within the horizon): these
/// count as larger than every other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Censored observations.
    censored: u64,
    moments: Moments,
    extremes: Option<(f64, f64)>,
    values: Classes,
}

impl Tally {
    /// Adds an observation; `None` is a censored one, and so is a figure that is not finite.
    pub fn observe(&mut self, value: Option<f64>) {
        self.observe_many(value, 1);
    }

    /// Adds as many equal observations.
    pub fn observe_many(&mut self, value: Option<f64>, times: u64) {
        let finite = value.filter(|value| value.is_finite());
        let Some(value) = finite.filter(|_| times > 0) else {
            self.censored += times;
            return;
        };
        // Zero has one sign here: the order in which zeros come must not show.
        let value = value + 0.0;
        self.moments.add(value, times);
        self.values.add(value, times);
        let (low, high) = self.extremes.unwrap_or((value, value));
        self.extremes = Some((low.min(value), high.max(value)));
    }

    /// Adds the observations of another tally.
    pub fn merge(&mut self, other: &Self) {
        self.censored += other.censored;
        self.moments.merge(&other.moments);
        self.values.merge(&other.values);
        self.extremes = match (self.extremes, other.extremes) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, two) => one.or(two),
        };
    }

    /// Observations, censored ones included.
    pub fn count(&self) -> u64 {
        self.censored + self.moments.count()
    }

    /// What estimates need of it, read off.
    pub fn read(&self) -> Reading {
        let (n, values) = (self.count(), self.values.sorted());
        let place = |rank: u64| {
            let (low, high) = self.extremes?;
            values.at_rank(rank).map(|value| value.clamp(low, high))
        };
        let quantile = |p: f64| place((p * n as f64 - 1e-9).ceil().max(1.0) as u64);
        let statistic = |rank: u64| match place(rank) {
            Some(value) => OrderStatistic::Value(value),
            None => OrderStatistic::Censored,
        };
        let around = |p: f64| {
            let (low, high) = quantile_ranks(n, p, CONFIDENCE)?;
            let there = low >= 1 && high <= n;
            there.then(|| (statistic(low), statistic(high)))
        };
        Reading {
            n,
            censored: self.censored,
            above_half: self.censored + values.above(0.5),
            moments: self.moments,
            extremes: self.extremes,
            quantiles: QUANTILES.map(quantile),
            around_median: around(0.5),
            around_p95: around(0.95),
        }
    }
}

/// Quantiles that are read off a tally.
const QUANTILES: [f64; 3] = [0.05, 0.5, 0.95];

/// A figure of a rank.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum OrderStatistic {
    /// It was not reached within the horizon.
    Censored,
    /// This one.
    Value(f64),
}

/// What estimates need of a sample: counts, exact sums, and the figures of some ranks. Unlike a tally it is
/// small, and cannot be merged. Every machine reads the same bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Observations, censored ones included.
    pub(crate) n: u64,
    /// Censored observations.
    pub(crate) censored: u64,
    /// Observations above one half, censored ones included.
    pub(crate) above_half: u64,
    moments: Moments,
    pub(crate) extremes: Option<(f64, f64)>,
    /// The smallest figures with at least this share of the sample at or below them; absent among the
    /// censored.
    pub(crate) quantiles: [Option<f64>; QUANTILES.len()],
    /// Order statistics that enclose the median with 95 % confidence; absent where the sample is too small.
    pub(crate) around_median: Option<(OrderStatistic, OrderStatistic)>,
    /// The same of the 95th percentile.
    pub(crate) around_p95: Option<(OrderStatistic, OrderStatistic)>,
}

impl Reading {
    /// Mean and standard deviation of what is not censored; the latter from two observations on. Absent
    /// where the sums do not fit.
    pub(crate) fn mean_and_deviation(&self) -> (Option<f64>, Option<f64>) {
        let within = self.moments.mean().zip(self.extremes);
        let mean = within.map(|(mean, (low, high))| mean.clamp(low, high));
        (mean, self.moments.variance().map(f64::sqrt))
    }
}

impl FromIterator<Option<f64>> for Tally {
    fn from_iter<I: IntoIterator<Item = Option<f64>>>(values: I) -> Self {
        let mut tally = Self::default();
        values.into_iter().for_each(|value| tally.observe(value));
        tally
    }
}
