//! Whether what holds at a level holds at every later one: checked on common luck, replication by
//! replication, and never assumed.

use crate::fit::search::Tried;
use crate::{Better, Change, Observation, PairedDifference, Response, ResponseKey, bonferroni};

/// What the levels that were played say of "what holds at a level holds at all levels beyond it".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Monotonicity {
    /// Replications that were played at two levels at least.
    pub checked: u64,
    /// Those in which a condition that holds at a level does not hold at one beyond, in the direction in
    /// which it comes to hold.
    pub contradicting: u64,
    /// Whether the shares themselves fall somewhere, by more than chance explains.
    pub violated: bool,
}

/// Which way a criterion goes along the positions of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    /// It comes to hold.
    Rising,
    /// It ceases to hold.
    Falling,
}

impl Sense {
    /// From what replications say at both ends.
    pub(super) fn between(first: &[Option<bool>], last: &[Option<bool>]) -> Self {
        let pairs = || first.iter().zip(last);
        let up = pairs()
            .filter(|pair| *pair == (&Some(false), &Some(true)))
            .count();
        let down = pairs()
            .filter(|pair| *pair == (&Some(true), &Some(false)))
            .count();
        if down > up { Self::Falling } else { Self::Rising }
    }

    /// What a replication says when it goes against the sense, from a position to a later one.
    const fn contradiction(self) -> (Option<bool>, Option<bool>) {
        match self {
            Self::Rising => (Some(true), Some(false)),
            Self::Falling => (Some(false), Some(true)),
        }
    }
}

/// Checks positions that were played, in their order, against the sense of each criterion.
pub(super) fn check(played: &[&Tried], senses: &[Sense]) -> Monotonicity {
    // A replication is checked where two levels have it: those of the second longest level.
    let mut lengths: Vec<u64> = played.iter().map(|tried| tried.replications).collect();
    lengths.sort_unstable();
    let checked = lengths.iter().rev().nth(1).copied().unwrap_or(0);
    let replications = 0..usize::try_from(checked).unwrap_or(0);
    let contradicts = |replication: &usize| {
        senses.iter().enumerate().any(|(criterion, sense)| {
            let said = played
                .iter()
                .filter_map(|tried| *tried.holds[criterion].get(*replication)?);
            let said: Vec<bool> = said.collect();
            said.windows(2)
                .any(|two| (Some(two[0]), Some(two[1])) == sense.contradiction())
        })
    };
    let comparisons = senses.len() * played.len().saturating_sub(1);
    let violated = senses.iter().enumerate().any(|(criterion, sense)| {
        let mut pairs = played.windows(2);
        pairs.any(|two| falls((two[0], two[1]), criterion, *sense, bonferroni(comparisons)))
    });
    Monotonicity {
        checked,
        contradicting: replications.filter(contradicts).count() as u64,
        violated,
    }
}

/// Whether the share of a criterion goes against its sense with this confidence.
fn falls((first, second): (&Tried, &Tried), criterion: usize, sense: Sense, confidence: f64) -> bool {
    let response = |tried: &Tried| {
        let said = tried.holds[criterion].iter();
        let said = said.map(|holds| holds.map_or(Observation::Nothing, Observation::from));
        Response::chance(ResponseKey::overall("holds"), said.collect())
    };
    let better = match sense {
        Sense::Rising => Better::Higher,
        Sense::Falling => Better::Lower,
    };
    let found = PairedDifference::between(&response(first), &response(second), confidence, false);
    found.change(better, 0.0) == Change::Worse
}
