//! What is known of one level.

use statrs::distribution::{Beta, ContinuousCDF};

use crate::{Interval, Proportion, Verdict};

/// A level that was played.
#[derive(Clone, Debug, PartialEq)]
pub struct PlayedLevel {
    /// Its number in the list of levels.
    pub level: usize,
    /// Replications that were played.
    pub replications: u64,
    /// What they say of each criterion.
    pub criteria: Vec<CriterionOutcome>,
    /// All criteria together: it passes when all pass, and fails when one fails.
    pub verdict: Verdict,
}

/// How a criterion fares at a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CriterionOutcome {
    /// Replications in which it holds, among those that say anything; the interval is that of the search.
    pub holds: Proportion,
    /// The share that is wanted.
    pub required: f64,
    /// Where the interval lies.
    pub verdict: Verdict,
}

impl CriterionOutcome {
    /// By how much the share exceeds what is wanted; negative where it falls short.
    pub fn margin(&self) -> f64 {
        self.holds.share - self.required
    }

    /// Judges a share. Certainty cannot be estimated: it takes as many replications as the scenario asks
    /// for, and not one that contradicts.
    pub(super) fn judge(holds: Proportion, required: f64, enough: u64) -> Self {
        let verdict = match () {
            () if holds.of == 0 => Verdict::Inconclusive,
            () if required >= 1.0 && holds.count < holds.of => Verdict::Fail,
            () if required >= 1.0 && holds.of < enough => Verdict::Inconclusive,
            () if required >= 1.0 || holds.interval.low >= required => Verdict::Pass,
            () if holds.interval.high < required => Verdict::Fail,
            () => Verdict::Inconclusive,
        };
        Self {
            holds,
            required,
            verdict,
        }
    }
}

impl PlayedLevel {
    /// The criterion that the level meets least, by its number.
    pub fn tightest(&self) -> usize {
        let margins = self.criteria.iter().map(CriterionOutcome::margin).enumerate();
        let least = margins.min_by(|a, b| a.1.total_cmp(&b.1));
        least.map_or(0, |(criterion, _)| criterion)
    }

    /// By how much the criterion that is met least is met.
    pub fn margin(&self) -> f64 {
        self.criteria
            .get(self.tightest())
            .map_or(0.0, CriterionOutcome::margin)
    }
}

/// A share with its exact interval (Clopper and Pearson 1934): each end errs with half of what the confidence
/// leaves, at most. Wilson's interval would be narrower, but close to 0 and 1 it errs more often on one side,
/// and a verdict rests on one side.
pub(super) fn exact_share(count: u64, of: u64, confidence: f64) -> Proportion {
    let tail = (1.0 - confidence) / 2.0;
    let quantile = |successes: u64, failures: u64, p: f64, edge: f64| {
        let law = Beta::new(successes as f64, failures as f64);
        law.map_or(edge, |law| law.inverse_cdf(p).clamp(0.0, 1.0))
    };
    let mut exact = Proportion::new(count, of);
    if of > 0 {
        // At the edges one of the parameters is zero, and the end is the edge itself.
        exact.interval = Interval {
            low: quantile(count, of - count + 1, tail, 0.0),
            high: quantile(count + 1, of - count, 1.0 - tail, 1.0),
        };
    }
    exact
}

/// Verdicts together.
pub(super) fn all_of(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    verdicts.fold(Verdict::Pass, |all, one| match (all, one) {
        (Verdict::Fail, _) | (_, Verdict::Fail) => Verdict::Fail,
        (Verdict::Inconclusive, _) | (_, Verdict::Inconclusive) => Verdict::Inconclusive,
        _ => Verdict::Pass,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_intervals_of_published_examples() {
        // Clopper and Pearson at 95 %: 8 of 10 gives 0.4439 to 0.9748; 0 of 20 gives 0 to 0.1684.
        let some = exact_share(8, 10, 0.95).interval;
        assert!(
            (some.low - 0.4439).abs() < 5e-5 && (some.high - 0.9748).abs() < 5e-5,
            "{some:?}"
        );
        let none = exact_share(0, 20, 0.95).interval;
        assert!(none.low == 0.0 && (none.high - 0.1684).abs() < 5e-5, "{none:?}");
        let all = exact_share(16_000, 16_000, 0.99).interval;
        assert!(
            all.high == 1.0 && (all.low - 0.005f64.powf(1.0 / 16_000.0)).abs() < 1e-7,
            "{all:?}"
        );
    }
}
