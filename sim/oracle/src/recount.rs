//! Coverage and occupancy counted again, one (node, patch) pair at a time.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::measures::PUBLISHED_CURVE;
use patchbench_model::world::{
    COVERAGE_PERCENTS, Catalog, CommandId, CoverageRecord, OCCUPANCY_STEP_MINUTES, Plan, RunRecord,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::history::{History, Invocation};

/// The patches of a run, as alarms left them.
pub fn catalog_of<'a>(plan: &'a Plan<'_>, record: &'a RunRecord) -> &'a Catalog {
    plan.shared_catalog.as_ref().or(record.catalog.as_ref()).unwrap()
}

/// The patch itself and everything that it replaces among the patches of a class, directly or
/// through others; by index into the catalogue.
pub(crate) fn replaced_by(catalog: &Catalog, class: usize, patch: usize) -> BTreeSet<usize> {
    let mut all = BTreeSet::from([patch]);
    let mut next = vec![patch];
    while let Some(patch) = next.pop() {
        for id in &catalog.patches[patch].supersedes {
            let known = catalog.classes[class]
                .patches
                .iter()
                .map(|known| known.patch)
                .find(|older| catalog.patches[*older].id == *id);
            next.extend(known.filter(|older| all.insert(*older)));
        }
    }
    all
}

/// When each node got each patch, or a successor of it: by node.
pub type Since = [BTreeMap<usize, SimTime>];

/// Counts that from the invocations.
pub fn had_since(plan: &Plan<'_>, catalog: &Catalog, history: &History) -> Vec<BTreeMap<usize, SimTime>> {
    let mut since: Vec<BTreeMap<usize, SimTime>> = Vec::new();
    for (pool, nodes) in plan.pool_nodes.iter().enumerate() {
        let class = plan.pool_class[pool];
        let mut initial = BTreeMap::new();
        let through = plan.config.pools[pool].patched_through;
        for known in &catalog.classes[class].patches {
            if known.candidate.is_some_and(|(from, _)| from <= through) {
                let all = replaced_by(catalog, class, known.patch);
                initial.extend(all.into_iter().map(|patch| (patch, SimTime::MIN)));
            }
        }
        since.resize(nodes.end as usize, initial);
    }
    let mut installs: Vec<(SimTime, u32, &[usize])> = history
        .invocations
        .iter()
        .filter_map(|((_, node), known)| Some((known.ended?, *node, known.installed.as_slice())))
        .collect();
    installs.sort_unstable();
    for (at, node, patches) in installs {
        let class = plan.pool_class[plan.pool_of(node)];
        for patch in patches
            .iter()
            .flat_map(|patch| replaced_by(catalog, class, *patch))
        {
            since[node as usize].entry(patch).or_insert(at);
        }
    }
    since
}

/// Every coverage record says what a count over all its nodes says. Which nodes are offered a patch is
/// judged by the catalogue as it was released: an alarm moves nobody to another record.
///
/// # Errors
/// The first figure that is another.
pub fn coverage(
    (plan, catalog): (&Plan<'_>, &Catalog),
    record: &RunRecord,
    since: &Since,
) -> Result<(), TestCaseError> {
    let mut cells = BTreeSet::new();
    for cell in &record.coverage {
        let key = (cell.group, cell.patch, cell.approved.is_some());
        prop_assert!(cells.insert(key), "{cell:?} is there twice");
        let nodes = nodes_of(plan, catalog, key);
        let mut times: Vec<SimTime> = nodes
            .iter()
            .filter_map(|node| since[*node as usize].get(&cell.patch))
            .map(|at| (*at).max(cell.released))
            .collect();
        times.sort_unstable();
        let visible = catalog.patches[cell.patch].visible_from();
        prop_assert_eq!(cell.released, visible.max(plan.config.start));
        prop_assert_eq!(cell.nodes as usize, nodes.len());
        prop_assert_eq!(cell.covered as usize, times.len(), "{:?}", cell);
        for (reached, percent) in cell.reached.iter().zip(COVERAGE_PERCENTS) {
            let enough = (1..=nodes.len()).find(|count| count * 100 >= nodes.len() * percent as usize);
            let expected = enough.and_then(|count| times.get(count - 1)).copied();
            prop_assert_eq!(*reached, expected, "{} percent of {:?}", percent, cell);
        }
        let open = nodes.len() - times.len();
        let waits = times.iter().map(|at| *at - cell.released);
        let unpatched = (plan.config.horizon - cell.released).max(SimDuration::ZERO);
        let exposure: i128 = waits
            .chain(std::iter::repeat_n(unpatched, open))
            .map(|wait| i128::from(wait.millis()))
            .sum();
        prop_assert_eq!(cell.exposure_ms, exposure, "{:?}", cell);
        let ages = times
            .iter()
            .map(|at| (*at - cell.released).millis())
            .chain(std::iter::repeat_n(unpatched.millis(), open));
        exploitation(cell, ages)?;
        for (sla, in_time) in plan.config.measures.slas.iter().zip(cell.in_time) {
            let due = sla.deadline(&catalog.patches[cell.patch]);
            let got = nodes
                .iter()
                .filter_map(|node| since[*node as usize].get(&cell.patch));
            let count = got.filter(|at| due.is_some_and(|due| **at <= due)).count();
            prop_assert_eq!(in_time as usize, count, "{}: {:?}", sla.name, cell);
        }
    }
    for key in all_cells(plan, catalog) {
        prop_assert!(cells.contains(&key), "no record of {key:?}");
    }
    Ok(())
}

/// The curve's share and its integral, node by node; records cut off a fraction for each piece.
fn exploitation(cell: &CoverageRecord, ages: impl Iterator<Item = i64>) -> Result<(), TestCaseError> {
    let day = 86_400_000.0;
    let (mut weighted, mut before, mut nodes) = (0.0, 0.0, 0.0);
    for age in ages {
        let (mut from, mut low) = (0.0, 0.0);
        let (mut share, mut area) = (0.0, 0.0);
        for (days, millionths) in PUBLISHED_CURVE {
            let (until, high) = (days as f64 * day, f64::from(millionths));
            let reached = (age as f64).clamp(from, until) - from;
            let there = low + (high - low) * reached / (until - from);
            area += f64::midpoint(low, there) * reached;
            share = if reached > 0.0 { there } else { share };
            (from, low) = (until, high);
        }
        area += low * (age as f64 - from).max(0.0);
        weighted += 2.0 * area;
        before += share;
        nodes += 1.0;
    }
    let near = |counted: i128, summed: f64| (counted as f64 - summed).abs() <= 8.0 + 1e-9 * (summed + nodes);
    prop_assert!(near(cell.exploitable, weighted), "{weighted}: {cell:?}");
    prop_assert!(near(cell.exploited_before, before), "{before}: {cell:?}");
    Ok(())
}

/// Whether a class's patch (by place) is reported, and then whether as one that is offered: by the
/// baselines that hold in the time simulated, each for its time.
fn is_reported(plan: &Plan<'_>, catalog: &Catalog, class: usize, place: usize) -> Option<bool> {
    let (start, horizon) = (plan.config.start, plan.config.horizon);
    let (mut reported, mut offered) = (false, false);
    // Of changes at one instant the last one counts.
    let simulated = catalog
        .eras(class)
        .filter(|now| now.from < now.until && now.from <= horizon && now.until > start);
    for now in simulated {
        let known = &now.class.patches[place];
        let visible = catalog.patches[known.patch].visible_from();
        let seen = visible <= horizon && visible < now.until;
        let newest = known.superseded_at.is_none_or(|at| at > start.max(now.from));
        reported |= known.verdict.approval.is_ok() && newest && seen;
        offered |= known.candidate.is_some_and(|(from, until)| {
            let (from, until) = (from.max(now.from), until.min(now.until));
            from <= horizon && from < until
        });
    }
    reported.then_some(offered)
}

/// Nodes that a record is about.
pub(crate) fn nodes_of(plan: &Plan<'_>, catalog: &Catalog, (group, patch, offered): Key) -> Vec<u32> {
    let pools = (0..plan.pool_nodes.len()).filter(|pool| {
        let class = plan.pool_class[*pool];
        let known = &catalog.classes[class].patches;
        let place = known.iter().position(|known| known.patch == patch);
        plan.classes[class].group == group
            && place.is_some_and(|place| is_reported(plan, catalog, class, place) == Some(offered))
    });
    pools.flat_map(|pool| plan.pool_nodes[pool].clone()).collect()
}

/// Group, patch, and whether it is offered to these nodes.
type Key = (usize, usize, bool);

fn all_cells(plan: &Plan<'_>, catalog: &Catalog) -> BTreeSet<Key> {
    let mut cells = BTreeSet::new();
    for (number, class) in plan.classes.iter().enumerate() {
        for (place, known) in catalog.classes[number].patches.iter().enumerate() {
            if let Some(offered) = is_reported(plan, catalog, number, place) {
                cells.insert((class.group, known.patch, offered));
            }
        }
    }
    cells
}

/// Nodes that have every candidate of an instant, at each sample instant.
pub(crate) fn fully_patched(plan: &Plan<'_>, record: &RunRecord, since: &Since) -> Result<(), TestCaseError> {
    let catalog = catalog_of(plan, record);
    let lacks_nothing = |node: u32, class: usize, at: SimTime| {
        let era = catalog.era_at(class, at);
        let candidates = catalog.in_era(class, era).patches.iter().filter(|known| {
            known
                .candidate
                .is_some_and(|(from, until)| from <= at && at < until)
        });
        let own = &since[node as usize];
        let has = |patch: usize| own.get(&patch).is_some_and(|got| *got <= at);
        candidates.map(|known| known.patch).all(has)
    };
    for (sample, at) in plan.samples.iter().enumerate() {
        let mut full = vec![0; plan.groups.len()];
        for (pool, nodes) in plan.pool_nodes.iter().enumerate() {
            let class = plan.pool_class[pool];
            let count = nodes
                .clone()
                .filter(|node| lacks_nothing(*node, class, *at))
                .count();
            full[plan.classes[class].group] += count as u32;
        }
        let recorded: Vec<u32> = record
            .standings
            .iter()
            .map(|group| group.at(sample).unwrap().fully_patched)
            .collect();
        prop_assert_eq!(recorded, full, "at {}", at);
    }
    Ok(())
}

/// Invocations in progress at each recording step of each window's profiled opening.
pub(crate) fn occupancy(plan: &Plan<'_>, record: &RunRecord, history: &History) -> Result<(), TestCaseError> {
    for (window, levels) in record.occupancy.iter().enumerate() {
        let Some(opening) = plan.openings[window].get(plan.profiled[window]) else {
            prop_assert!(levels.is_empty());
            continue;
        };
        let profiled = |id: &CommandId| id.window == window && id.opening == plan.profiled[window];
        let own: Vec<&Invocation> = history
            .invocations
            .iter()
            .filter(|((command, _), _)| profiled(command))
            .map(|(_, known)| known)
            .collect();
        for (step, level) in levels.iter().enumerate() {
            let at = opening.opens + SimDuration::from_minutes(OCCUPANCY_STEP_MINUTES * step as i64);
            let in_progress = own.iter().filter(|known| {
                known.sent.is_some_and(|sent| sent <= at) && known.ended.is_none_or(|ended| ended > at)
            });
            prop_assert_eq!(
                *level as usize,
                in_progress.count(),
                "window {} at {}",
                window,
                at
            );
        }
    }
    Ok(())
}
