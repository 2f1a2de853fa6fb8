//! Estimates from replications, each with its uncertainty.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::Tally;
use crate::tally::{OrderStatistic, Reading};

/// Confidence of the intervals.
pub(crate) const CONFIDENCE: f64 = 0.95;

/// An interval that covers the true value with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A probability estimated from replications, with its Wilson score interval (Wilson 1927).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Proportion {
    /// Replications in which it happened.
    pub count: u64,
    /// Replications.
    pub of: u64,
    /// The share, in [0, 1]; 0 when there are no replications.
    pub share: f64,
    /// 95 % interval.
    pub interval: Interval,
}

impl Proportion {
    /// `count` out of `of`.
    pub fn new(count: u64, of: u64) -> Self {
        let n = of as f64;
        if of == 0 {
            return Self {
                count,
                of,
                share: 0.0,
                interval: Interval { low: 0.0, high: 1.0 },
            };
        }
        let (share, z) = (count as f64 / n, 1.959_963_984_540_054);
        let z2 = z * z / n;
        let centre = (share + z2 / 2.0) / (1.0 + z2);
        let half = z / (1.0 + z2) * (share * (1.0 - share) / n + z2 / (4.0 * n)).sqrt();
        // At the edges the formula gives the edge itself up to rounding.
        let low = if count == 0 { 0.0 } else { (centre - half).max(0.0) };
        let high = if count == of {
            1.0
        } else {
            (centre + half).min(1.0)
        };
        Self {
            count,
            of,
            share,
            interval: Interval { low, high },
        }
    }
}

/// What a sample of one response says. Values that were never reached within the horizon are
/// censored: they count as larger than every other and are never dropped.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Observations, censored ones included.
    pub n: u64,
    /// Censored observations.
    pub censored: u64,
    /// Mean; absent when anything is censored, or without observations.
    pub mean: Option<f64>,
    /// 95 % interval of the mean, by Student's t; absent below two observations.
    pub mean_interval: Option<Interval>,
    /// Standard deviation; absent below two observations or when anything is censored.
    pub standard_deviation: Option<f64>,
    /// Smallest value.
    pub min: Option<f64>,
    /// 5th percentile; absent where it falls among the censored.
    pub p05: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// 95 % interval of the median, by order statistics.
    pub p50_interval: Option<Interval>,
    /// 95th percentile.
    pub p95: Option<f64>,
    /// 95 % interval of the 95th percentile, by order statistics.
    pub p95_interval: Option<Interval>,
    /// Largest value; absent when anything is censored.
    pub max: Option<f64>,
}

impl Summary {
    /// Summarises values; `None` is a censored one.
    pub fn of(values: impl IntoIterator<Item = Option<f64>>) -> Self {
        Self::from(&values.into_iter().collect::<Tally>())
    }
}

impl From<&Tally> for Summary {
    fn from(tally: &Tally) -> Self {
        Self::from(&tally.read())
    }
}

impl From<&Reading> for Summary {
    fn from(reading: &Reading) -> Self {
        let (n, censored) = (reading.n, reading.censored);
        let complete = censored == 0 && n > 0;
        let (mean, deviation) = reading.mean_and_deviation();
        let (mean, deviation) = (mean.filter(|_| complete), deviation.filter(|_| complete));
        let [p05, p50, p95] = reading.quantiles;
        let extremes = reading.extremes;
        Self {
            n,
            censored,
            mean,
            mean_interval: mean
                .zip(deviation)
                .map(|(mean, deviation)| mean_interval(n, mean, deviation)),
            standard_deviation: deviation,
            min: extremes.map(|(low, _)| low),
            p05,
            p50,
            p50_interval: reading.around_median.and_then(figures),
            p95,
            p95_interval: reading.around_p95.and_then(figures),
            max: extremes.map(|(_, high)| high).filter(|_| complete),
        }
    }
}

/// The interval between two figures; absent where one of them is censored.
fn figures(between: (OrderStatistic, OrderStatistic)) -> Option<Interval> {
    match between {
        (OrderStatistic::Value(low), OrderStatistic::Value(high)) => Some(Interval { low, high }),
        _ => None,
    }
}

/// Student's interval. Its quantile takes long to work out, and thousands of samples of one study have the
/// same size.
fn mean_interval(n: u64, mean: f64, deviation: f64) -> Interval {
    thread_local! {
        static LAST: Cell<(u64, f64)> = const { Cell::new((0, 0.0)) };
    }
    let (known, quantile) = LAST.get();
    let quantile = if known == n {
        quantile
    } else {
        student_quantile(n, CONFIDENCE)
    };
    LAST.set((n, quantile));
    let half = quantile * deviation / (n as f64).sqrt();
    Interval {
        low: mean - half,
        high: mean + half,
    }
}

/// The smallest value with at least a share `p` of the sample at or below it; censored values count
/// as larger than all of `known`.
pub(crate) fn quantile(known: &[f64], n: u64, p: f64) -> Option<f64> {
    known.get(quantile_rank(n, p) as usize - 1).copied()
}

/// The rank of that value in a sample of `n`; the smallest has rank 1.
pub(crate) fn quantile_rank(n: u64, p: f64) -> u64 {
    (p * n as f64 - 1e-9).ceil().max(1.0) as u64
}

/// Student's quantile for the mean of `n` values: how many standard errors the interval of this
/// confidence reaches to each side; infinite for a single value.
pub(crate) fn student_quantile(n: u64, confidence: f64) -> f64 {
    let law = StudentsT::new(0.0, 1.0, n.saturating_sub(1) as f64);
    law.map_or(f64::INFINITY, |law| {
        law.inverse_cdf(f64::midpoint(1.0, confidence))
    })
}

/// The same of the normal law.
pub(crate) fn normal_quantile(confidence: f64) -> f64 {
    let law = Normal::new(0.0, 1.0);
    law.map_or(f64::INFINITY, |law| {
        law.inverse_cdf(f64::midpoint(1.0, confidence))
    })
}

/// Ranks of the order statistics that enclose the quantile with at least this confidence, whatever the
/// distribution; the sample may be too small for them: then one of them is 0, or beyond `n`.
pub(crate) fn quantile_ranks(n: u64, p: f64, confidence: f64) -> Option<(u64, u64)> {
    thread_local! {
        static KNOWN: RefCell<VecDeque<(RanksOf, (u64, u64))>> = const { RefCell::new(VecDeque::new()) };
    }
    let of = (n, p.to_bits(), confidence.to_bits());
    if n < 2 {
        return None;
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some((_, ranks)) = known.iter().find(|(other, _)| *other == of) {
            return Some(*ranks);
        }
        let tail = (1.0 - confidence) / 2.0;
        let (low, high) = binomial_quantiles(n, p, (tail, 1.0 - tail));
        known.truncate(7);
        known.push_front((of, (low, high + 1)));
        Some((low, high + 1))
    })
}

/// What ranks depend on: size of the sample, quantile and confidence.
type RanksOf = (u64, u64, u64);

/// The smallest counts that a binomial count stays at or below with at least these probabilities. Worked out
/// from ratios of neighbouring probabilities with additions, multiplications and divisions alone: machines
/// whose logarithms differ must not read different ranks.
fn binomial_quantiles(n: u64, p: f64, (low, high): (f64, f64)) -> (u64, u64) {
    let odds = p / (1.0 - p);
    let mode = (((n + 1) as f64 * p) as u64).min(n);
    // Relative to the most probable count, as far as they matter.
    let mut below = Vec::new();
    let (mut weight, mut count) = (1.0, mode);
    while count > 0 && weight > 1e-30 {
        weight *= count as f64 / ((n - count + 1) as f64 * odds);
        count -= 1;
        below.push(weight);
    }
    let first = count;
    let mut weights: Vec<f64> = below.into_iter().rev().collect();
    (weight, count) = (1.0, mode);
    weights.push(weight);
    while count < n && weight > 1e-30 {
        weight *= (n - count) as f64 * odds / (count + 1) as f64;
        count += 1;
        weights.push(weight);
    }
    let total: f64 = weights.iter().sum();
    let quantile = |probability: f64| {
        let mut sum = 0.0;
        let reached = weights.iter().position(|weight| {
            sum += weight;
            sum >= probability * total
        });
        first + reached.unwrap_or(weights.len() - 1) as u64
    };
    (quantile(low), quantile(high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_interval_of_ten_values() {
        let summary = Summary::of((1..=10).map(|value| Some(f64::from(value))));
        let interval = summary.mean_interval.unwrap();
        // t(0.975, 9) = 2.262157; the standard deviation of 1..10 is 3.027650.
        assert!((interval.high - 5.5 - 2.262_157 * 3.027_650 / 10f64.sqrt()).abs() < 1e-5);
        assert_eq!(
            (summary.p50, summary.p95, summary.max),
            (Some(5.0), Some(10.0), Some(10.0))
        );
    }

    #[test]
    fn censored_values_are_the_largest() {
        let values = (1..=9).map(|value| Some(f64::from(value))).chain([None]);
        let summary = Summary::of(values);
        assert_eq!(
            (summary.n, summary.censored, summary.mean, summary.max),
            (10, 1, None, None)
        );
        assert_eq!((summary.p50, summary.p95), (Some(5.0), None));
    }

    #[test]
    fn ranks_are_those_of_the_binomial_law() {
        use statrs::distribution::{Binomial, DiscreteCDF};
        for n in (2..300).chain([1_000, 4_096, 99_999, 1_000_000]) {
            for p in [0.5, 0.95] {
                let law = Binomial::new(p, n).unwrap();
                let expected = (law.inverse_cdf(0.025), law.inverse_cdf(0.975) + 1);
                assert_eq!(quantile_ranks(n, p, 0.95), Some(expected), "{n} {p}");
            }
        }
    }

    #[test]
    fn wilson_interval_of_published_examples() {
        // Newcombe 1998, method 3: 81/263 gives 0.2553 to 0.3662; 0/20 gives 0 to 0.1611.
        let some = Proportion::new(81, 263).interval;
        assert!((some.low - 0.2553).abs() < 5e-5 && (some.high - 0.3662).abs() < 5e-5);
        let none = Proportion::new(0, 20).interval;
        assert!(none.low == 0.0 && (none.high - 0.1611).abs() < 5e-5);
    }
}
