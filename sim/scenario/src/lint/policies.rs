//! Nodes of patch policies that something else patches, too.

use patchbench_model::config::Surface;
use patchbench_model::ssm::baseline_for;
use patchbench_model::world::Plan;

use super::{MOST, Placed};
use crate::codes;
use crate::problem::Problem;
use crate::read::Problems;

/// A node has one baseline: where a window or command would patch nodes of a patch policy by another
/// one, nothing true could be said of them.
pub(super) fn policies(problems: &Problems, plan: &Plan<'_>, placed: &Placed<'_>) {
    let config = plan.config;
    if config.pools.iter().all(|pool| pool.policy_baseline.is_none()) {
        return;
    }
    let others = config.windows.iter().enumerate();
    let others = others.filter(|(_, window)| window.surface != Surface::PatchPolicy);
    let mut told = 0;
    for (index, window) in others {
        let reached = plan.window_nodes(index);
        let differing = config.pools.iter().enumerate().find(|(pool, known)| {
            let nodes = &plan.pool_nodes[*pool];
            let own = |policy: usize| {
                let mut own = own_baselines(plan, *pool);
                own.any(|own| own != Some(policy))
            };
            let here = reached
                .ranges()
                .iter()
                .any(|range| range.start < nodes.end && nodes.start < range.end);
            here && known.policy_baseline.is_some_and(own)
        });
        if let Some((pool, known)) = differing.filter(|_| told < MOST) {
            told += 1;
            let message = format!(
                "{} \"{}\" patches nodes of pool \"{}\", which is in a patch policy with another baseline",
                window.surface.noun(),
                window.name,
                known.name
            );
            problems.push(
                Problem::error(codes::TWO_BASELINES, message)
                    .at(placed.windows[index].window.clone())
                    .at(placed.pools[pool].clone())
                    .help("name the same baseline in the policy, or leave these nodes to one of the two"),
            );
        }
    }
}

/// The baselines that a pool would have without its policy, at the start and from each change on.
fn own_baselines(plan: &Plan<'_>, pool: usize) -> impl Iterator<Item = Option<usize>> {
    let config = plan.config;
    let known = &config.pools[pool];
    (0..=config.changes.len()).map(move |changes| {
        let at = changes.checked_sub(1).map(|last| config.changes[last].at);
        let group = at.map_or(known.patch_group.as_deref(), |at| plan.tags_at(pool, at).0);
        baseline_for(config, changes, known.operating_system, group)
    })
}
