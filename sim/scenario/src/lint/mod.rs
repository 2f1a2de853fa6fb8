//! What is valid but would surprise, and what makes a run pointless or too large.

mod baselines;
mod faults;
mod policies;
mod sizes;
mod study;
mod task_overrides;
mod windows;

use patchbench_kernel::Streams;
use patchbench_model::catalog::{Patch, ReleaseStream};
use patchbench_model::config::ModelConfig;
use patchbench_model::world::Plan;

use crate::codes;
use crate::problem::Problem;
use crate::read::{FaultPlaces, NodeNames, Place, Problems, WindowPlaces};
use crate::scenario::{Assertion, Limits};

/// Where things stand that lints speak of.
pub(crate) struct Placed<'a> {
    pub(crate) baselines: &'a [Place],
    /// Of the baselines that changes bring, which come last: the changes.
    pub(crate) edited: &'a [Place],
    pub(crate) changes: &'a [Place],
    pub(crate) releases: &'a [Place],
    pub(crate) pools: &'a [Place],
    pub(crate) windows: &'a [WindowPlaces],
    /// Of the scenario's own behaviours, which come first.
    pub(crate) behaviors: &'a [Place],
    pub(crate) outcomes: &'a [Place],
    pub(crate) faults: &'a FaultPlaces,
    pub(crate) assertions: &'a [(Assertion, Place)],
    pub(crate) replications: (u64, Place),
    pub(crate) nodes: &'a NodeNames,
}

impl<'a> Placed<'a> {
    /// Where a baseline stands: AWS's own stand nowhere, and an edited one where it is edited.
    fn baseline(&self, config: &ModelConfig, baseline: usize) -> Option<&'a Place> {
        let edited_from = config.baselines.len() - self.edited.len();
        let edited = || {
            baseline
                .checked_sub(edited_from)
                .and_then(|edited| self.edited.get(edited))
        };
        self.baselines.get(baseline).or_else(edited)
    }
}

/// At most this many problems of one kind are told; the rest is counted.
const MOST: usize = 20;

/// Looks a readable scenario over. Returns how many replications of it the limits allow.
pub(crate) fn lint(problems: &Problems, config: &ModelConfig, placed: &Placed<'_>, limits: &Limits) -> u64 {
    // What would be too large is refused before it is built.
    let Some(size) = sizes::before_the_plan(problems, config, placed, limits) else {
        return 0;
    };
    let plan = Plan::new(config);
    let drawn = match plan.shared_catalog {
        Some(_) => None,
        None => Some(plan.catalog(&Streams::new(0, 0))),
    };
    if something_targeted(&plan) {
        windows::targets(problems, &plan, placed);
    } else {
        windows::nothing_targeted(problems, &plan, placed);
    }
    windows::windows(problems, &plan, placed);
    task_overrides::overrides(problems, &plan, placed);
    policies::policies(problems, &plan, placed);
    let meant = baselines::patch_groups(problems, config, placed);
    baselines::unused(problems, &plan, placed, &meant);
    baselines::sources(problems, &plan, placed);
    if let Some(catalog) = drawn.as_ref().or(plan.shared_catalog.as_ref()) {
        baselines::baselines(problems, &plan, placed, catalog);
        sizes::bad_patches(problems, &plan, catalog, placed, limits);
    }
    // Where no stream draws, every replication has the same patches, though some may turn out bad.
    let same = !config.releases.iter().any(ReleaseStream::is_random);
    let released = drawn.as_ref().or(plan.shared_catalog.as_ref()).filter(|_| same);
    let released = released.map(|catalog| catalog.patches.as_slice());
    nothing_released(problems, config, placed, released);
    unused_behaviors(problems, config, placed);
    unused_reboots(problems, config, placed);
    faults::faults(problems, config, placed);
    study::assertions(problems, config, placed, released);
    study::outcomes(problems, &plan, placed);
    sizes::replications(problems, &plan, &size, placed, limits)
}

fn something_targeted(plan: &Plan<'_>) -> bool {
    let versions = plan.versions.iter().flatten();
    let mut sets = versions.flat_map(|known| &known.targets).flatten();
    sets.any(|set| !set.is_empty())
}

fn nothing_released(
    problems: &Problems,
    config: &ModelConfig,
    placed: &Placed<'_>,
    patches: Option<&[Patch]>,
) {
    let horizon = config.horizon;
    let released = patches.is_none_or(|patches| patches.iter().any(|patch| patch.visible_from() <= horizon));
    if !released {
        let message = format!("no patch is released before the horizon {horizon}");
        let place = placed.releases.first().cloned().unwrap_or((0, 0..0));
        let problem = Problem::error(codes::NOTHING_RELEASED, message).at(place);
        problems.push(problem.help("add a [releases.…] stream, or move start and horizon to its dates"));
    }
}

/// A last reboot that no setting asks for.
fn unused_reboots(problems: &Problems, config: &ModelConfig, placed: &Placed<'_>) {
    if config.settings.external_pending_reboot {
        return;
    }
    let told = config.pools.iter().zip(placed.pools);
    for (pool, place) in told
        .filter(|(pool, _)| pool.rebooted_through.is_some())
        .take(MOST)
    {
        let message = format!("the last reboot of pool \"{}\" changes nothing", pool.name);
        let problem = Problem::warning(codes::UNUSED, message).at(place.clone());
        problems.push(problem.help("write external_pending_reboot = true below [settings]"));
    }
}

fn unused_behaviors(problems: &Problems, config: &ModelConfig, placed: &Placed<'_>) {
    let mut used = vec![false; config.behaviors.len()];
    for pool in &config.pools {
        used[pool.behavior] = true;
    }
    let unused = config.behaviors.iter().zip(placed.behaviors).zip(used);
    for ((behavior, place), _) in unused.filter(|(_, used)| !used).take(MOST) {
        let message = format!("no node uses behavior \"{}\"", behavior.name);
        let problem = Problem::warning(codes::UNUSED, message).at(place.clone());
        problems.push(problem.help(format!("name it in a pool: behavior = \"{}\"", behavior.name)));
    }
}
