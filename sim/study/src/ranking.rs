//! Which of several designs is best, with multiplicity taken into account.

use serde::Serialize;

use crate::{Better, Change, PairedDifference, Response};

/// Designs ranked by one response. All pairs are compared by paired differences whose intervals have
/// confidence 1 - 0.05 / pairs each (Bonferroni), so that all statements hold together with 95 %
/// confidence, whatever their number and however they depend on each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ranking {
    /// Designs by their number, the best estimate first.
    pub order: Vec<usize>,
    /// By number of the design: those that are better, with confidence.
    pub beaten_by: Vec<Vec<usize>>,
    /// Confidence of the interval of each pair.
    pub confidence: f64,
    /// Differences up to this count as none (the indifference zone), in the unit of the response.
    pub least_effect: f64,
}

impl Ranking {
    /// Ranks designs by their responses, which are in the order of the designs.
    pub fn of(responses: &[&Response], better: Better, least_effect: f64) -> Self {
        let designs = responses.len();
        let pairs = designs * designs.saturating_sub(1) / 2;
        let confidence = bonferroni(pairs);
        let mut beaten_by = vec![Vec::new(); designs];
        for second in 0..designs {
            for first in 0..second {
                let found = PairedDifference::between(responses[first], responses[second], confidence, false);
                match found.change(better, least_effect) {
                    Change::Worse => beaten_by[second].push(first),
                    Change::Better => beaten_by[first].push(second),
                    Change::Same | Change::Unclear => {}
                }
            }
        }
        let mut order: Vec<usize> = (0..designs).collect();
        let level: Vec<f64> = responses.iter().map(|response| level(response, better)).collect();
        order.sort_by(|a, b| level[*a].total_cmp(&level[*b]));
        Self {
            order,
            beaten_by,
            confidence,
            least_effect,
        }
    }

    /// Designs that no other beats, in order of rank: the best one is among them with 95 % confidence.
    pub fn among_the_best(&self) -> Vec<usize> {
        let unbeaten = |design: &&usize| self.beaten_by[**design].is_empty();
        self.order.iter().filter(unbeaten).copied().collect()
    }
}

/// Confidence of each of several intervals that are to hold together with 95 % confidence.
pub fn bonferroni(intervals: usize) -> f64 {
    1.0 - 0.05 / intervals.max(1) as f64
}

/// Where a design stands among others, small values first: by its mean, or by its median where values
/// are censored; last where even that lies beyond the horizon.
fn level(response: &Response, better: Better) -> f64 {
    let summary = response.summary();
    match (summary.mean.or(summary.p50), better) {
        (Some(level), Better::Lower) => level,
        (Some(level), Better::Higher) => -level,
        (None, _) => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Observation, ResponseKey};

    /// Luck that is common to all in each replication, and a little of the design's own.
    fn response(mean: f64, luck: i32) -> Response {
        let said = (0..100).map(|number| {
            let own = f64::from((number * luck) % 11) / 10.0;
            Observation::Value(mean + f64::from(number % 20) + own)
        });
        Response::amount(ResponseKey::overall("exposure"), "node-days", said.collect())
    }

    #[test]
    fn designs_are_ranked_and_those_that_cannot_be_told_apart_share_the_lead() {
        let designs = [
            response(5.0, 3),
            response(1.0, 4),
            response(1.05, 5),
            response(30.0, 7),
        ];
        let all: Vec<&Response> = designs.iter().collect();
        let lower = Ranking::of(&all, Better::Lower, 0.0);
        assert_eq!(lower.order, [1, 2, 0, 3]);
        assert_eq!(lower.among_the_best(), [1, 2]);
        assert_eq!(lower.beaten_by[3], [0, 1, 2]);
        assert!((lower.confidence - (1.0 - 0.05 / 6.0)).abs() < 1e-12);
        let higher = Ranking::of(&all, Better::Higher, 0.0);
        assert_eq!((higher.order[0], higher.among_the_best()), (3, vec![3]));
        assert_eq!(Ranking::of(&all, Better::Lower, 10.0).among_the_best(), [1, 2, 0]);
    }
}
