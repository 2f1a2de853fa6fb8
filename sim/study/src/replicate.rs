//! Many replications on many threads, with the same answer on any number of them.

use patchbench_model::world::{Nobody, Plan, RunRecord, simulate};
use rayon::prelude::*;

/// Replications worked off together. Chunks belong to the study, not to the threads, so that
/// results never depend on how many threads there are.
pub const CHUNK: u64 = 16;

/// Listens to how far a study has come.
pub trait Progress: Sync {
    /// More replications are done.
    fn done(&self, replications: u64);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn done(&self, _replications: u64) {}
}

/// Replications with all their records, for what pairs them one by one. Memory grows with their number;
/// see [`crate::StudySums`] for what does not.
#[derive(Clone, Debug, Default)]
pub struct Replications {
    /// Their records, in order; without their samples of compliance, which nobody asks them for.
    pub records: Vec<RunRecord>,
}

impl Replications {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.records.len() as u64
    }

    /// Plays more replications of the same plan and seed, until there are `until` of them; which they
    /// are depends on their numbers alone.
    pub fn play_until(&mut self, plan: &Plan<'_>, seed: u64, until: u64, progress: &dyn Progress) {
        self.merge(Self::of_range(plan, seed, (self.count(), until), progress));
    }

    /// Plays the replications from one number up to another, without those before.
    pub fn of_range(plan: &Plan<'_>, seed: u64, (from, until): (u64, u64), progress: &dyn Progress) -> Self {
        let chunks: Vec<(u64, u64)> = (from..until)
            .step_by(CHUNK as usize)
            .map(|from| (from, (from + CHUNK).min(until)))
            .collect();
        let parts: Vec<Self> = chunks
            .into_par_iter()
            .map(|(from, until)| {
                let mut chunk = Self::default();
                for replication in from..until {
                    chunk.push(simulate(plan, seed, replication, &mut Nobody));
                }
                progress.done(until - from);
                chunk
            })
            .collect();
        let mut played = Self::default();
        for part in parts {
            played.merge(part);
        }
        played
    }

    fn push(&mut self, mut record: RunRecord) {
        record.compliance = Vec::new();
        self.records.push(record);
    }

    fn merge(&mut self, later: Self) {
        self.records.extend(later.records);
    }
}

/// Plays replications 0 to `replications` - 1 of a plan; the records come in that order.
pub fn run_replications(
    plan: &Plan<'_>,
    seed: u64,
    replications: u64,
    progress: &dyn Progress,
) -> Replications {
    let mut played = Replications::default();
    played.play_until(plan, seed, replications, progress);
    played
}
