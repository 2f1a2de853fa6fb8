//! Small scenarios: a fleet, one task, one patch.

use patchbench_model::config::ModelConfig;
use patchbench_model::world::{Nobody, Plan, RunRecord, simulate};
pub(crate) use patchbench_study::verify::stage::{Law, Releases, Stage, install, installs, pool, scans};
use patchbench_study::{Silent, Study, StudyResults, StudySums};
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

/// The results of a study without assertions.
pub(crate) fn results(plan: &Plan<'_>, replications: u64) -> StudyResults {
    let study = Study::new(plan, SEED, &[]);
    let sums: StudySums = study.play(0..replications, &Silent);
    sums.finish(&study, Vec::new())
}
