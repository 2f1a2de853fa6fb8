//! What summing up needs to know of a plan, worked out once for all replications.

use patchbench_model::world::Plan;

use crate::patch_metrics::Reach;

/// A plan with what is asked of it for every replication.
pub(crate) struct PlanFacts<'p> {
    pub(crate) plan: &'p Plan<'p>,
    pub(crate) reach: Reach,
}

impl<'p> PlanFacts<'p> {
    pub(crate) fn new(plan: &'p Plan<'p>) -> Self {
        Self {
            plan,
            reach: Reach::of(plan),
        }
    }
}
