//! Why a node has a patch or has it not, how far a patch came in the fleet, and what one opening of a
//! window did and left: told from the facts of one replication.
//!
//! Nothing here decides anything anew. What approves a patch comes from the verdicts of the catalogue,
//! what happened from the facts that the simulation tells (`watch`); the modules beside it put both
//! in order.

mod approach;
mod basis;
mod chain;
mod conditions;
mod funnel;
mod history;
mod lookup;
mod names;
mod opening;
mod opportunity;
mod raw;
mod reason;
mod steps;
mod tell;
mod trouble;
mod watch;

use std::borrow::Cow;

use patchbench_kernel::Streams;
use patchbench_model::world::{Catalog, Nobody, Plan, simulate};

pub use approach::{BaselineChoice, Filter, Mismatch, RuleOutcome};
pub use basis::Basis;
pub use chain::{Had, HadHow, NodeExplanation, Step, Verdict, What};
pub use funnel::{Funnel, FunnelGroup, Left};
pub use lookup::Unknown;
pub use names::{NodeNames, PatchName};
pub use opening::{CommandLeft, OpeningExplanation, TaskLeft};
pub use opportunity::{Away, Broken, Execution, Fate, Invocation, NodeReport, Opportunity, Stop};
pub use reason::Reason;
pub use trouble::Trouble;

/// One replication of a plan, to be asked why.
#[derive(Debug)]
pub struct Explainer<'p> {
    plan: &'p Plan<'p>,
    seed: u64,
    replication: u64,
    catalog: Cow<'p, Catalog>,
}

impl<'p> Explainer<'p> {
    /// Prepares a replication; it is played when a question is asked.
    pub fn new(plan: &'p Plan<'p>, seed: u64, replication: u64) -> Self {
        let drawn = || plan.catalog(&Streams::new(seed, replication));
        let catalog = match &plan.shared_catalog {
            Some(shared) => Cow::Borrowed(shared),
            // Alarms take patches back in the middle of a run: what is known at its end tells when.
            None if plan.config.faults.monitoring.is_some() => {
                let record = simulate(plan, seed, replication, &mut Nobody);
                Cow::Owned(record.catalog.unwrap_or_else(drawn))
            }
            None => Cow::Owned(drawn()),
        };
        Self {
            plan,
            seed,
            replication,
            catalog,
        }
    }

    /// The patches of the replication.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }
}
