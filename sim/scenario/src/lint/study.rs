//! Assertions that no replication can answer, outcomes that never happen.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use patchbench_model::catalog::Patch;
use patchbench_model::config::ModelConfig;
use patchbench_model::ssm::NodeSet;
use patchbench_model::world::{Plan, WindowVersion};

use super::{MOST, Placed};
use crate::codes;
use crate::problem::Problem;
use crate::read::Problems;
use crate::scenario::{Bound, Quantity};
use crate::suggest::nearest;

/// Looks at every assertion.
pub(super) fn assertions(
    problems: &Problems,
    config: &ModelConfig,
    placed: &Placed<'_>,
    released: Option<&[Patch]>,
) {
    let period = config.horizon - config.start;
    for (assertion, place) in placed.assertions {
        let (Bound::AtMost(bound) | Bound::AtLeast(bound)) = assertion.bound;
        if let Quantity::Duration(limit) = bound
            && limit > period
        {
            let message = format!(
                "\"{}\" cannot be answered: {limit} are more than the simulated {period}",
                assertion.name
            );
            let problem = Problem::warning(codes::ASSERTION, message).at(place.clone());
            problems.push(problem.help("move the horizon further away, or lower the bound"));
        }
        let (Some(wanted), Some(patches)) = (&assertion.patch, released) else {
            continue;
        };
        let names = || {
            patches
                .iter()
                .flat_map(|patch| patch.kb.as_deref().into_iter().chain([patch.id.as_str()]))
        };
        if !names().any(|name| name == wanted) {
            let message = format!(
                "\"{}\" is about a patch that is never released: \"{wanted}\"",
                assertion.name
            );
            let problem = Problem::error(codes::REFERENCE, message).at(place.clone());
            problems.push(problem.meant(nearest(wanted, names())));
        }
    }
}

/// Scripted outcomes that no command meets.
pub(super) fn outcomes(problems: &Problems, plan: &Plan<'_>, placed: &Placed<'_>) {
    if plan.config.outcomes.is_empty() {
        return;
    }
    let days: Vec<BTreeSet<NaiveDate>> = plan
        .openings
        .iter()
        .map(|openings| openings.iter().map(|opening| opening.day).collect())
        .collect();
    let reached = |versions: &Vec<WindowVersion<'_>>| {
        NodeSet::union_of(versions.iter().flat_map(|known| &known.targets).flatten())
    };
    let nodes: Vec<NodeSet> = plan.versions.iter().map(reached).collect();
    let (all_days, all_nodes) = (
        days.iter().flatten().copied().collect(),
        NodeSet::union_of(nodes.iter()),
    );
    let mut told = 0;
    for (outcome, place) in plan.config.outcomes.iter().zip(placed.outcomes) {
        let window = outcome.window;
        let days: &BTreeSet<NaiveDate> = window.map_or(&all_days, |window| &days[window]);
        let task = outcome.window.zip(outcome.task);
        let task = task.map(|(window, task)| plan.reach(window, task));
        let nodes = task
            .as_ref()
            .unwrap_or(window.map_or(&all_nodes, |window| &nodes[window]));
        let whose = window.map_or("no window".to_owned(), |window| {
            format!("window \"{}\"", plan.config.windows[window].name)
        });
        let problem = match outcome.on {
            _ if !nodes.contains(outcome.node) => {
                let node = plan.node_name(outcome.node);
                never(format!("no such task is sent to \"{node}\""))
            }
            Some(day) if !days.contains(&day) => {
                let verb = if window.is_some() {
                    "does not open"
                } else {
                    "opens"
                };
                let problem = never(format!("{whose} {verb} on {day}"));
                match days.range(day..).next().or(days.last()) {
                    Some(near) => problem.note(format!("a window opens on {near}")),
                    None => problem,
                }
            }
            _ => continue,
        };
        problems.push(problem.at(place.clone()));
        told += 1;
        if told == MOST {
            break;
        }
    }
}

fn never(why: String) -> Problem {
    Problem::warning(codes::UNUSED, format!("this outcome never happens: {why}"))
}
