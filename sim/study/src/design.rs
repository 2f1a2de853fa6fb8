//! One design of an experiment: a scenario, played, with what its replications say.

use patchbench_model::world::{Plan, RunRecord};
use patchbench_scenario::Scenario;

use crate::metrics::responses_of;
use crate::{AssertionResult, Replications, Response, assess};

/// What playing a design gave. It keeps no records: only what is compared between designs.
#[derive(Clone, Debug)]
pub struct DesignOutcome {
    /// Seed of all draws.
    pub seed: u64,
    /// Replications played.
    pub replications: u64,
    /// Responses, replication by replication.
    pub responses: Vec<Response>,
    /// Assertions of the scenario.
    pub assertions: Vec<AssertionResult>,
    /// What the rate control of each task means in numbers.
    pub limits: Vec<TaskLimits>,
}

/// Rate control of a task, resolved (semantics, 6.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskLimits {
    /// Window.
    pub window: String,
    /// Task.
    pub task: String,
    /// Nodes that it is sent to in the window's recorded opening.
    pub targets: u32,
    /// MaxConcurrency as a number.
    pub max_concurrency: u32,
    /// MaxErrors as a number: the error after it stops the task.
    pub max_errors: u32,
}

impl DesignOutcome {
    /// What the replications of a scenario say; of patches, what they say of one alone, if one is named.
    pub(crate) fn new(
        (scenario, plan): (&Scenario, &Plan<'_>),
        played: &Replications,
        only: Option<&str>,
    ) -> Self {
        Self {
            seed: scenario.study.seed,
            replications: played.count(),
            responses: responses_of(plan, &played.records, only),
            assertions: assess(plan, &played.records, &scenario.assertions),
            limits: limits(plan, &played.records),
        }
    }
}

/// From the first replication: rate control does not depend on luck.
fn limits(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<TaskLimits> {
    let commands = records.first().map_or(&[][..], |record| &record.commands);
    let profiled = commands
        .iter()
        .filter(|command| command.id.part == 0 && command.id.opening == plan.profiled[command.id.window]);
    profiled
        .map(|command| TaskLimits {
            window: plan.config.windows[command.id.window].name.clone(),
            task: plan.task(command.id).name.clone(),
            targets: command.counts.targets(),
            max_concurrency: command.control.max_concurrency,
            max_errors: command.control.max_errors,
        })
        .collect()
}
