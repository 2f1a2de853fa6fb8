//! Estimates from replications, each with its uncertainty.

use std::cell::Cell;

use serde::Serialize;
use statrs::distribution::{Binomial, ContinuousCDF, DiscreteCDF, Normal, StudentsT};

/// Confidence of the intervals.
const CONFIDENCE: f64 = 0.95;

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
        let mut n = 0u64;
        let mut known: Vec<f64> = Vec::new();
        for value in values {
            n += 1;
            known.extend(value);
        }
        known.sort_by(f64::total_cmp);
        let censored = n - known.len() as u64;
        let complete = censored == 0 && n > 0;
        let mean = complete.then(|| known.iter().sum::<f64>() / n as f64);
        let deviation = mean.filter(|_| n > 1).map(|mean| {
            let squares: f64 = known.iter().map(|value| (value - mean) * (value - mean)).sum();
            (squares / (n - 1) as f64).sqrt()
        });
        let laws = SizeLaws::of(n);
        Self {
            n,
            censored,
            mean,
            mean_interval: mean
                .zip(deviation)
                .map(|(mean, deviation)| laws.mean_interval(mean, deviation)),
            standard_deviation: deviation,
            min: known.first().copied(),
            p05: quantile(&known, n, 0.05),
            p50: quantile(&known, n, 0.5),
            p50_interval: order_statistics(&known, laws.ranks[0]),
            p95: quantile(&known, n, 0.95),
            p95_interval: order_statistics(&known, laws.ranks[1]),
            max: known.last().copied().filter(|_| complete),
        }
    }
}

/// What depends on the size of a sample alone. It takes long to work out, and thousands of samples of one
/// study have the same size.
#[derive(Clone, Copy)]
struct SizeLaws {
    n: u64,
    /// Quantile of Student's t that half the tail lies above.
    t: f64,
    /// Ranks of the order statistics that enclose the median, and the 95th percentile.
    ranks: [Option<(u64, u64)>; 2],
}

impl SizeLaws {
    fn of(n: u64) -> Self {
        thread_local! {
            static LAST: Cell<Option<SizeLaws>> = const { Cell::new(None) };
        }
        if let Some(known) = LAST.get().filter(|known| known.n == n) {
            return known;
        }
        let laws = Self {
            n,
            t: student_quantile(n, CONFIDENCE),
            ranks: [0.5, 0.95].map(|p| quantile_ranks(n, p, CONFIDENCE)),
        };
        LAST.set(Some(laws));
        laws
    }

    fn mean_interval(&self, mean: f64, deviation: f64) -> Interval {
        let half = self.t * deviation / (self.n as f64).sqrt();
        Interval {
            low: mean - half,
            high: mean + half,
        }
    }
}

/// The smallest value with at least a share `p` of the sample at or below it; censored values count
/// as larger than all of `known`.
pub(crate) fn quantile(known: &[f64], n: u64, p: f64) -> Option<f64> {
    let rank = (p * n as f64 - 1e-9).ceil().max(1.0) as usize;
    known.get(rank - 1).copied()
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
/// distribution; the sample may be too small for them.
pub(crate) fn quantile_ranks(n: u64, p: f64, confidence: f64) -> Option<(u64, u64)> {
    let law = Binomial::new(p, n).ok().filter(|_| n > 1)?;
    let tail = (1.0 - confidence) / 2.0;
    Some((law.inverse_cdf(tail), law.inverse_cdf(1.0 - tail) + 1))
}

/// The order statistics of these ranks; absent where the sample is too small or censored there.
fn order_statistics(known: &[f64], ranks: Option<(u64, u64)>) -> Option<Interval> {
    let at = |rank: u64| known.get(usize::try_from(rank.checked_sub(1)?).ok()?).copied();
    let (low, high) = ranks?;
    Some(Interval {
        low: at(low)?,
        high: at(high)?,
    })
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
    fn wilson_interval_of_published_examples() {
        // Newcombe 1998, method 3: 81/263 gives 0.2553 to 0.3662; 0/20 gives 0 to 0.1611.
        let some = Proportion::new(81, 263).interval;
        assert!((some.low - 0.2553).abs() < 5e-5 && (some.high - 0.3662).abs() < 5e-5);
        let none = Proportion::new(0, 20).interval;
        assert!(none.low == 0.0 && (none.high - 0.1611).abs() < 5e-5);
    }
}
