//! Small scenarios: a fleet, one task, one patch.

use patchbench_model::config::ModelConfig;
use patchbench_model::world::{Nobody, Plan, RunRecord, simulate};
pub(crate) use patchbench_study::verify::stage::{Law, Releases, Stage, install, installs, pool, scans};
use rayon::prelude::*;

/// Seed of every run.
pub(crate) const SEED: u64 = 42;

/// A figure of each replication.
pub(crate) fn sample(
    config: &ModelConfig,
    replications: u64,
    figure: impl Fn(&RunRecord) -> f64 + Sync,
) -> Vec<f64> {
    let plan = Plan::new(config);
    (0..replications)
        .into_par_iter()
        .map(|replication| figure(&simulate(&plan, SEED, replication, &mut Nobody)))
        .collect()
}
