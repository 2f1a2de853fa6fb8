//! Differences between two designs on common random numbers: replication r of both meets the same luck,
//! so that their difference replication by replication has little noise of its own.

use serde::Serialize;

use crate::Response;
use crate::estimate::{Interval, normal_quantile, quantile, quantile_ranks, student_quantile};

/// How one response of a design differs from that of another, the base: design minus base.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PairedDifference {
    /// Replications in which both say something.
    pub replications: u64,
    /// What is estimated.
    pub of: DifferenceOf,
    /// The estimate; absent without replications, or where it lies beyond the horizon.
    pub estimate: Option<f64>,
    /// Its interval; an end may be infinite where values are censored. Absent where there are too few
    /// replications.
    pub interval: Option<Interval>,
    /// Replications in which the design has the smaller figure.
    pub smaller: u64,
    /// Replications in which it has the larger one.
    pub larger: u64,
    /// What pairing bought; absent where there is no variance to speak of, or values are censored.
    pub gain: Option<PairingGain>,
}

/// What the estimate of a difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceOf {
    /// Difference of the means, with Student's interval of the paired differences.
    Means,
    /// Difference of two probabilities, with the adjusted Wald interval for paired proportions (Bonett
    /// and Price 2012).
    Probabilities,
    /// Median of the paired differences, by order statistics: some values are censored, so that there is
    /// no mean. Where both are censored the difference may be anything.
    Median,
}

impl DifferenceOf {
    /// A word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Means => "means",
            Self::Probabilities => "probabilities",
            Self::Median => "median",
        }
    }
}

/// The variance of a difference with independent luck, and with common luck.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PairingGain {
    /// Sum of both variances: what independent seeds would give.
    pub independent: f64,
    /// Variance of the paired differences.
    pub paired: f64,
}

impl PairingGain {
    /// How many replications with independent seeds are worth one with common luck; infinite when the
    /// difference is the same in every replication. Below 1 common luck does harm.
    pub fn factor(&self) -> f64 {
        self.independent / self.paired
    }
}

impl PairedDifference {
    /// The difference of a response from that of the base, with an interval of this confidence, such as
    /// 0.95. Designs that differ in nothing differ by exactly zero.
    pub fn between(base: &Response, design: &Response, confidence: f64, identical: bool) -> Self {
        let pairs: Vec<(f64, f64)> = base
            .observations
            .iter()
            .zip(&design.observations)
            .filter_map(|(base, design)| base.or_beyond().zip(design.or_beyond()))
            .collect();
        let censored = pairs
            .iter()
            .any(|(base, design)| !(base.is_finite() && design.is_finite()));
        let of = match (base.probability && design.probability, censored) {
            (true, _) => DifferenceOf::Probabilities,
            (false, false) => DifferenceOf::Means,
            (false, true) => DifferenceOf::Median,
        };
        let (estimate, interval) = match of {
            _ if pairs.is_empty() => (None, None),
            _ if identical => (Some(0.0), Some(Interval { low: 0.0, high: 0.0 })),
            DifferenceOf::Means => means(&pairs, confidence),
            DifferenceOf::Probabilities => probabilities(&pairs, confidence),
            DifferenceOf::Median => median(&pairs, confidence),
        };
        let count = |holds: fn(f64, f64) -> bool| {
            pairs
                .iter()
                .filter(|(base, design)| holds(*base, *design))
                .count() as u64
        };
        Self {
            replications: pairs.len() as u64,
            of,
            estimate,
            interval,
            smaller: count(|base, design| design < base),
            larger: count(|base, design| design > base),
            gain: gain(&pairs).filter(|_| !censored),
        }
    }

    /// What the difference amounts to, where smaller figures are better or larger ones, and differences
    /// up to `least` count as none.
    pub fn change(&self, better: Better, least: f64) -> Change {
        let Some(interval) = self.interval else {
            return Change::Unclear;
        };
        let (low, high) = match better {
            Better::Lower => (interval.low, interval.high),
            Better::Higher => (-interval.high, -interval.low),
        };
        match () {
            () if low >= -least && high <= least => Change::Same,
            () if low > least => Change::Worse,
            () if high < -least => Change::Better,
            () => Change::Unclear,
        }
    }
}

/// Which figures of a response are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Small ones.
    Lower,
    /// Large ones.
    Higher,
}

impl Better {
    /// What is better of a metric; `None` of those that are neither good nor bad by themselves.
    pub fn of(metric: &str) -> Option<Self> {
        match metric {
            "sla_attainment" | "started_before_cutoff" | "fit" | "true_stop" => Some(Self::Higher),
            "openings_used" | "openings_installing" | "peak_in_progress" | "bad_patches" => None,
            _ => Some(Self::Lower),
        }
    }
}

/// What a difference amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Better, by more than the least effect, with confidence.
    Better,
    /// Worse, likewise.
    Worse,
    /// The same: the interval lies within the least effect of zero.
    Same,
    /// The interval does not tell.
    Unclear,
}

impl Change {
    /// A word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Same => "same",
            Self::Unclear => "unclear",
        }
    }
}

fn variance(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (values.len() > 1).then_some(squares / (n - 1.0))
}

fn differences(pairs: &[(f64, f64)]) -> Vec<f64> {
    pairs.iter().map(|(base, design)| design - base).collect()
}

fn means(pairs: &[(f64, f64)], confidence: f64) -> (Option<f64>, Option<Interval>) {
    let differences = differences(pairs);
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let interval = variance(&differences).map(|variance| {
        // Luck that is the same everywhere has no variance; infinity times zero is none.
        let half = if variance > 0.0 {
            student_quantile(differences.len() as u64, confidence) * (variance / n).sqrt()
        } else {
            0.0
        };
        Interval {
            low: mean - half,
            high: mean + half,
        }
    });
    (Some(mean), interval)
}

/// Adjusted Wald: one replication of each discordant kind is added, which keeps the interval honest where
/// hardly any replication differs.
fn probabilities(pairs: &[(f64, f64)], confidence: f64) -> (Option<f64>, Option<Interval>) {
    let count = |holds: fn(f64, f64) -> bool| {
        pairs
            .iter()
            .filter(|(base, design)| holds(*base, *design))
            .count() as f64
    };
    let (more, fewer) = (
        count(|base, design| design > base),
        count(|base, design| design < base),
    );
    let n = pairs.len() as f64;
    let (up, down) = ((more + 1.0) / (n + 2.0), (fewer + 1.0) / (n + 2.0));
    let centre = up - down;
    let error = ((up + down - centre * centre) / (n + 2.0)).sqrt();
    let half = normal_quantile(confidence) * error;
    let interval = Interval {
        low: (centre - half).max(-1.0),
        high: (centre + half).min(1.0),
    };
    (Some((more - fewer) / n), Some(interval))
}

/// Where both are beyond the horizon nothing is known of the difference: it is taken as the least for the
/// lower end, and as the largest for the upper one.
fn median(pairs: &[(f64, f64)], confidence: f64) -> (Option<f64>, Option<Interval>) {
    let sorted = |unknown: f64| {
        let known = pairs.iter().map(|(base, design)| {
            let difference = design - base;
            if difference.is_nan() { unknown } else { difference }
        });
        let mut sorted: Vec<f64> = known.collect();
        sorted.sort_by(f64::total_cmp);
        sorted
    };
    let (least, most) = (sorted(f64::NEG_INFINITY), sorted(f64::INFINITY));
    let n = pairs.len() as u64;
    let middle = |sorted: &[f64]| quantile(sorted, n, 0.5);
    let estimate = middle(&least).filter(|value| value.is_finite() && middle(&most) == Some(*value));
    let interval = quantile_ranks(n, 0.5, confidence).and_then(|(low, high)| {
        let at = |sorted: &[f64], rank: u64| sorted.get(usize::try_from(rank.checked_sub(1)?).ok()?).copied();
        Some(Interval {
            low: at(&least, low)?,
            high: at(&most, high)?,
        })
    });
    (estimate, interval)
}

fn gain(pairs: &[(f64, f64)]) -> Option<PairingGain> {
    let of = |side: fn(&(f64, f64)) -> f64| variance(&pairs.iter().map(side).collect::<Vec<_>>());
    let independent = of(|pair| pair.0)? + of(|pair| pair.1)?;
    let paired = variance(&differences(pairs))?;
    (independent > 0.0).then_some(PairingGain { independent, paired })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Observation, ResponseKey};

    fn response(values: &[Option<f64>]) -> Response {
        let said = values.iter().map(|value| Observation::from(*value)).collect();
        Response::amount(ResponseKey::overall("exposure"), "node-days", said)
    }

    fn some(values: &[f64]) -> Response {
        response(&values.iter().copied().map(Some).collect::<Vec<_>>())
    }

    #[test]
    fn paired_students_interval() {
        // Differences 1, 2, 3, 4: mean 2.5, deviation 1.29099, t(0.975, 3) = 3.18245.
        let found = PairedDifference::between(&some(&[0.0; 4]), &some(&[1.0, 2.0, 3.0, 4.0]), 0.95, false);
        let interval = found.interval.unwrap();
        assert_eq!((found.estimate, found.smaller, found.larger), (Some(2.5), 0, 4));
        assert!((interval.high - 2.5 - 3.182_45 * 1.290_994 / 2.0).abs() < 1e-4);
        assert_eq!(found.change(Better::Lower, 0.0), Change::Worse);
        assert_eq!(found.change(Better::Higher, 0.0), Change::Better);
        assert_eq!(found.change(Better::Lower, 1.0), Change::Unclear);
        assert_eq!(found.change(Better::Lower, 5.0), Change::Same);
    }

    #[test]
    fn common_luck_is_worth_what_the_variances_say() {
        let base = some(&[1.0, 5.0, 9.0, 13.0]);
        let shifted = some(&[2.0, 6.0, 10.0, 14.0]);
        let found = PairedDifference::between(&base, &shifted, 0.95, false);
        assert_eq!(found.interval, Some(Interval { low: 1.0, high: 1.0 }));
        assert!(found.gain.unwrap().factor().is_infinite());
        let opposed = some(&[13.0, 9.0, 5.0, 1.0]);
        let found = PairedDifference::between(&base, &opposed, 0.95, false);
        assert!((found.gain.unwrap().factor() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn identical_designs_differ_by_exactly_zero() {
        let base = response(&[Some(0.1), None, Some(0.3)]);
        let found = PairedDifference::between(&base, &base, 0.95, true);
        let zero = Interval { low: 0.0, high: 0.0 };
        assert_eq!((found.estimate, found.interval), (Some(0.0), Some(zero)));
        assert_eq!(found.change(Better::Lower, 0.0), Change::Same);
    }

    #[test]
    fn paired_proportions_by_bonett_and_price() {
        // 40 pairs, 8 against 2 discordant: p = 9/42 and 3/42, difference 6/42, standard error
        // sqrt((12/42 - 36/1764) / 42) = 0.079_482.
        let said = |ones: std::ops::Range<usize>| {
            let said = (0..40)
                .map(|number| Observation::from(ones.contains(&number)))
                .collect();
            Response::chance(ResponseKey::overall("stop"), said)
        };
        let found = PairedDifference::between(&said(8..10), &said(0..8), 0.95, false);
        let interval = found.interval.unwrap();
        assert_eq!(found.estimate, Some(0.15));
        assert!(
            (interval.low - (6.0 / 42.0 - 1.959_964 * 0.079_482)).abs() < 1e-4,
            "{interval:?}"
        );
        assert!((interval.high - (6.0 / 42.0 + 1.959_964 * 0.079_482)).abs() < 1e-4);
    }

    #[test]
    fn censored_pairs_are_kept_and_may_leave_the_interval_open() {
        let mut base = vec![None; 4];
        base.extend([Some(10.0); 16]);
        let mut design = vec![None; 2];
        design.extend([Some(7.0); 18]);
        let found = PairedDifference::between(&response(&base), &response(&design), 0.95, false);
        assert_eq!((found.of, found.estimate), (DifferenceOf::Median, Some(-3.0)));
        assert_eq!((found.replications, found.smaller, found.larger), (20, 18, 0));
        assert_eq!(found.change(Better::Lower, 0.0), Change::Better);
        let never = response(&[None; 20]);
        let found = PairedDifference::between(&never, &never, 0.95, false);
        assert_eq!(found.change(Better::Lower, 0.0), Change::Unclear);
    }
}
