//! Playing replications into sums.

use std::ops::Range;

use patchbench_model::world::{Nobody, Plan, RunRecord, simulate};
use patchbench_scenario::Assertion;
use rayon::prelude::*;

use super::PlanFacts;
use crate::{CHUNK, Look, Precision, PrecisionReached, Progress, TalliedResponse, Unselected};

/// A plan that is played: the seed of all draws, and what is asked of every replication.
pub struct Study<'p> {
    pub(crate) facts: PlanFacts<'p>,
    pub(crate) seed: u64,
    pub(crate) assertions: &'p [Assertion],
}

/// What replications are summed up to. Two sums of the same replications are equal, however these were
/// split and whatever order the parts were merged in.
pub trait Sums: Default + Send {
    /// Adds replications, numbered from `first` on.
    fn push(&mut self, study: &Study<'_>, first: u64, records: Vec<RunRecord>);

    /// Adds the replications of another sum.
    fn merge(&mut self, other: Self);

    /// Replications that are in.
    fn replications(&self) -> u64;

    /// What they say of all responses.
    fn responses(&self, study: &Study<'_>) -> Vec<TalliedResponse>;
}

impl<'p> Study<'p> {
    /// A study of a plan, with the assertions that are to be judged.
    pub fn new(plan: &'p Plan<'p>, seed: u64, assertions: &'p [Assertion]) -> Self {
        Self {
            facts: PlanFacts::new(plan),
            seed,
            assertions,
        }
    }

    /// Plays the replications of these numbers: what each one is depends on its number alone.
    pub fn play<S: Sums>(&self, numbers: Range<u64>, progress: &dyn Progress) -> S {
        let count = numbers.end.saturating_sub(numbers.start).div_ceil(CHUNK);
        let chunk = |number: u64| {
            let from = numbers.start + number * CHUNK;
            from..(from + CHUNK).min(numbers.end)
        };
        let play_chunk = |mut sums: S, chunk: Range<u64>| {
            let (first, count) = (chunk.start, chunk.end - chunk.start);
            let records = chunk.map(|number| simulate(self.facts.plan, self.seed, number, &mut Nobody));
            sums.push(self, first, records.collect());
            progress.done(count);
            sums
        };
        (0..count)
            .into_par_iter()
            .map(chunk)
            .fold(S::default, play_chunk)
            .reduce(S::default, merged)
    }

    /// Plays replications until every wanted width is reached, or the most that are allowed. How many there
    /// are depends on the results of the replications alone, never on threads.
    ///
    /// # Errors
    /// When a target names no response, or a time for one that is not a time.
    pub fn play_until_precise<S: Sums>(
        &self,
        precision: &Precision,
        progress: &dyn Progress,
    ) -> Result<(S, Vec<PrecisionReached>), Unselected> {
        let mut sums: S = self.play(0..precision.first_count(), progress);
        loop {
            let played = sums.replications();
            let Look { needed, reached } = precision.look(&sums.responses(self), played)?;
            let Some(needed) = needed else {
                return Ok((sums, reached));
            };
            sums.merge(self.play(played..needed, progress));
        }
    }
}

fn merged<S: Sums>(mut sums: S, other: S) -> S {
    sums.merge(other);
    sums
}
