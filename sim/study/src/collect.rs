//! What records of replications and plans say by themselves.

use patchbench_kernel::SimDuration;
use patchbench_model::config::Operation;
use patchbench_model::fleet::Behavior;
use patchbench_model::ssm::{InvocationStatus, RateControl};
use patchbench_model::world::{Catalog, CommandId, CommandRecord, CoverageRecord, Plan, RunRecord};

use crate::closed_form::binomial_exceeds;
use crate::results::GroupResult;

/// Node-milliseconds in a node-day.
pub(crate) const NODE_DAY: f64 = 86_400_000.0;

/// The catalogue that a record's indices speak of.
pub(crate) fn catalog_of<'a>(plan: &'a Plan<'_>, record: &'a RunRecord) -> Option<&'a Catalog> {
    plan.shared_catalog.as_ref().or(record.catalog.as_ref())
}

pub(crate) fn days(span: SimDuration) -> f64 {
    span.as_days_f64()
}

/// Exposure in node-days.
pub(crate) fn node_days(cell: &CoverageRecord) -> f64 {
    cell.exposure_ms as f64 / NODE_DAY
}

/// Days from release until the `index`-th share of the nodes had a patch.
pub(crate) fn days_to(cell: &CoverageRecord, index: usize) -> Option<f64> {
    cell.reached[index].map(|at| days(at - cell.released))
}

/// The patch groups.
pub(crate) fn groups(plan: &Plan<'_>) -> Vec<GroupResult> {
    let mut groups: Vec<GroupResult> = plan
        .groups
        .iter()
        .map(|group| GroupResult {
            name: group.name.clone(),
            nodes: group.nodes,
            baselines: Vec::new(),
            installs: false,
            targeted: false,
        })
        .collect();
    for class in &plan.classes {
        for baseline in class.baselines() {
            let name = plan.config.baselines[baseline].name.clone();
            let known = &mut groups[class.group].baselines;
            known.extend((!known.contains(&name)).then_some(name));
        }
    }
    for window in 0..plan.versions.len() {
        let installs = plan.installs(window);
        for class in plan.window_classes(window) {
            let group = &mut groups[plan.classes[class].group];
            group.targeted = true;
            group.installs |= installs;
        }
    }
    groups
}

/// API name of an operation.
pub(crate) const fn operation_name(operation: Operation) -> &'static str {
    match operation {
        Operation::Scan => "Scan",
        Operation::Install => "Install",
    }
}

/// The error threshold stopped the command: nodes were left unsent.
pub(crate) fn stopped(record: &CommandRecord) -> bool {
    left(record) > 0
}

/// Nodes that a stop left unsent.
pub(crate) fn left(record: &CommandRecord) -> u32 {
    record.counts.get(InvocationStatus::Terminated)
}

/// Errors are binomial when every target fails with the same probability whatever else happens: one
/// behaviour, nothing scripted, something to install on every node, and time for all.
pub(crate) fn closed_form(plan: &Plan<'_>, id: CommandId, control: RateControl, targets: u32) -> Option<f64> {
    failure_of_each(plan, id).map(|failure| binomial_exceeds(targets, failure, control.max_errors))
}

/// The probability with which each target of a command fails, whatever else happens, if there is one; asked
/// of the window's profiled opening only.
pub(crate) fn failure_of_each(plan: &Plan<'_>, id: CommandId) -> Option<f64> {
    let task = plan.task(id);
    let given = !plan.config.outcomes.is_empty() || !plan.config.faults.bad_patches.is_empty();
    if given || id.opening != plan.profiled[id.window] {
        return None;
    }
    let nodes = plan.targets(id);
    let mut pools: Vec<usize> = nodes
        .ranges()
        .iter()
        .flat_map(|range| [plan.pool_of(range.start), plan.pool_of(range.end - 1)])
        .collect();
    pools.sort_unstable();
    let between = pools
        .first()
        .zip(pools.last())
        .map(|(first, last)| *first..*last + 1)?;
    let behaviors = between.map(|pool| &plan.config.behaviors[plan.config.pools[pool].behavior]);
    if behaviors.clone().any(has_other_failures) {
        return None;
    }
    let failures: Vec<f64> = behaviors
        .map(|behavior| match task.operation {
            Operation::Scan => behavior.scan_failure,
            Operation::Install => behavior.failure,
        })
        .collect();
    let same = failures.windows(2).all(|pair| pair[0] == pair[1]);
    same.then(|| failures[0])
}

/// Whether nodes fail, or are missed, for other reasons than by themselves.
fn has_other_failures(behavior: &Behavior) -> bool {
    behavior.outages.is_some() || behavior.sickness.is_some() || behavior.transient.probability > 0.0
}
