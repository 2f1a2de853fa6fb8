//! Override lists and baseline overrides that do nothing, or make runs fail.

use std::collections::BTreeMap;

use patchbench_model::config::{Operation, Task};
use patchbench_model::ssm::{NodeSet, OperatingSystem, lists};
use patchbench_model::world::{Plan, WindowVersion};

use super::{MOST, Placed};
use crate::codes;
use crate::numbers::counted;
use crate::problem::Problem;
use crate::read::{Place, Problems};

/// Looks at the overrides of every task.
pub(super) fn overrides(problems: &Problems, plan: &Plan<'_>, placed: &Placed<'_>) {
    for (versions, places) in plan.versions.iter().zip(placed.windows) {
        let mut before: Option<&WindowVersion<'_>> = None;
        for version in versions {
            for (index, task) in version.window.tasks.iter().enumerate() {
                let earlier = before.and_then(|known| known.window.tasks.get(index));
                if earlier.is_some_and(|earlier| earlier.overrides == task.overrides) {
                    continue;
                }
                let place = places.tasks.get(index).map_or(&places.window, |(place, _)| place);
                systems(problems, plan, (task, &version.targets[index]), place);
                listed(problems, plan, task, place);
            }
            before = Some(version);
        }
    }
}

/// Systems among the targets for which a baseline override has no baseline.
fn systems(problems: &Problems, plan: &Plan<'_>, (task, parts): (&Task, &[NodeSet]), place: &Place) {
    // A task with both kinds is told of while it is read.
    if task.overrides.baselines.is_empty() || task.overrides.install_list.is_some() {
        return;
    }
    let mut failing: BTreeMap<OperatingSystem, u64> = BTreeMap::new();
    for nodes in parts.iter().flat_map(NodeSet::ranges) {
        let pools = plan.pool_of(nodes.start)..=plan.pool_of(nodes.end - 1);
        for pool in pools {
            let class = plan.pool_class[pool];
            let of_pool = &plan.pool_nodes[pool];
            let met = nodes.end.min(of_pool.end) - nodes.start.max(of_pool.start);
            if plan.refusal(task, class, plan.config.start).is_some() {
                *failing.entry(plan.classes[class].operating_system).or_default() += u64::from(met);
            }
        }
    }
    for (os, nodes) in failing {
        let message = format!(
            "the baseline override of task \"{}\" has no baseline for {os}: it fails on {}",
            task.name,
            counted(nodes, "node")
        );
        let problem = Problem::warning(codes::OVERRIDES, message).at(place.clone());
        problems.push(problem.help(format!("add a baseline with operating_system = \"{os}\" to it")));
    }
}

/// Lists that nobody reads, and entries that name nothing.
fn listed(problems: &Problems, plan: &Plan<'_>, task: &Task, place: &Place) {
    let Some(list) = &task.overrides.install_list else {
        return;
    };
    if task.operation == Operation::Scan {
        let message = format!(
            "task \"{}\" scans: its install override list changes nothing",
            task.name
        );
        problems.push(Problem::warning(codes::UNUSED, message).at(place.clone()));
        return;
    }
    let Some(catalog) = &plan.shared_catalog else {
        return;
    };
    let unknown = list
        .iter()
        .filter(|entry| !catalog.patches.iter().any(|patch| lists(entry, patch)));
    for entry in unknown.take(MOST) {
        let message = format!(
            "no released patch is called \"{entry}\", which the install override list of task \"{}\" names",
            task.name
        );
        problems.push(
            Problem::warning(codes::UNUSED, message)
                .at(place.clone())
                .note("entries name patches by id, knowledge base number, CVE id or package name"),
        );
    }
}
