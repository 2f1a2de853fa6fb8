//! Searches over the levels of a factor: the least or largest level at which the assertions of a scenario
//! hold ([`search`]), the best level by a response, and the settings of several factors that no other
//! setting dominates ([`contest`]).
//!
//! All levels meet the same luck. Replications are added where levels are hard to judge, so that the data
//! are looked at several times; the intervals are widened for that (Bonferroni over all looks), so that
//! they hold together with 95 % confidence whenever a search stops.

mod contest;
mod estimated;
mod guess;
mod level;
mod monotone;
mod search;
mod simulated;

pub use contest::{Contest, ContestRules, Contestant, MOST_DESIGNS, Objective, PlayDesigns, contest};
pub use estimated::Estimated;
pub use guess::first_by_formula;
pub use level::{CriterionOutcome, PlayedLevel};
pub use monotone::Monotonicity;
pub use search::{Extreme, Fit, FitAsked, MOST_LEVELS, PlayLevels, PlayedAll, search};
pub use simulated::{Criterion, SimulatedDesigns, SimulatedLevels, criteria};

/// Replications of every level before anything is said of it.
pub const PILOT: u64 = 64;

/// A level gets at most so many times the replications of the scenario.
pub const MOST_TIMES: u64 = 16;

/// The next number of replications of a level that is not clear yet.
fn doubled(replications: u64, most: u64) -> u64 {
    replications.saturating_mul(2).min(most)
}

/// How many times a level may be looked at: after the pilot, and whenever its replications are doubled.
fn looks(most: u64) -> usize {
    let mut replications = PILOT.min(most);
    let mut looks = 1;
    while replications < most {
        replications = doubled(replications, most);
        looks += 1;
    }
    looks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_the_pilot_and_every_doubling() {
        for (most, expected) in [(10, 1), (64, 1), (65, 2), (128, 2), (16_000, 9)] {
            assert_eq!(looks(most), expected, "{most}");
        }
    }
}
