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

/// Plays replications 0 to `replications` - 1 of a plan; the records come in that order.
pub fn run_replications(
    plan: &Plan<'_>,
    seed: u64,
    replications: u64,
    progress: &dyn Progress,
) -> Vec<RunRecord> {
    let chunks: Vec<(u64, u64)> = (0..replications)
        .step_by(CHUNK as usize)
        .map(|from| (from, (from + CHUNK).min(replications)))
        .collect();
    let records: Vec<Vec<RunRecord>> = chunks
        .into_par_iter()
        .map(|(from, until)| {
            let chunk = (from..until)
                .map(|replication| simulate(plan, seed, replication, &mut Nobody))
                .collect();
            progress.done(until - from);
            chunk
        })
        .collect();
    records.into_iter().flatten().collect()
}
