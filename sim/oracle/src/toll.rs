//! What bad patches did, counted again from the invocations and symptoms of every node.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::SimTime;
use patchbench_model::catalog::Flaw;
use patchbench_model::world::{BadPatchRecord, Catalog, Plan, RunRecord};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::history::History;
use crate::recount::catalog_of;

/// Nodes, and when each of them was met first.
type Met = BTreeMap<u32, SimTime>;

/// Every bad patch has a record that says what this count says. What happens at an instant counts as
/// having happened by then. `members` are the nodes of each configuration class.
pub(crate) fn bad_patches(
    (plan, flaws): (&Plan<'_>, &[Flaw]),
    record: &RunRecord,
    history: &History,
    members: &[BTreeSet<u32>],
) -> Result<(), TestCaseError> {
    let catalog = catalog_of(plan, record);
    prop_assert_eq!(&catalog.flaws, flaws);
    let bad: BTreeSet<usize> = flaws.iter().map(|flaw| flaw.patch).collect();
    let expected: Vec<BadPatchRecord> = bad
        .into_iter()
        .map(|patch| {
            let own = flaws.iter().filter(|flaw| flaw.patch == patch);
            let classes: BTreeSet<Option<usize>> = own
                .flat_map(|flaw| flaw.breaks.iter().map(|(class, _)| *class))
                .collect();
            let breaks = |node: &u32| {
                let mut classes = classes.iter();
                classes.any(|class| class.is_none_or(|class| members[class].contains(node)))
            };
            let breakable = nodes_with(plan, catalog, patch).into_iter().filter(breaks);
            count(plan, catalog, patch, history, breakable.count())
        })
        .collect();
    prop_assert_eq!(&record.bad_patches, &expected);
    Ok(())
}

/// Nodes that a patch applies to.
fn nodes_with(plan: &Plan<'_>, catalog: &Catalog, patch: usize) -> Vec<u32> {
    let pools = plan.pool_nodes.iter().zip(&plan.pool_class);
    let applies = pools.filter(|(_, class)| {
        let mut patches = catalog.classes[**class].patches.iter();
        patches.any(|known| known.patch == patch)
    });
    applies.flat_map(|(nodes, _)| nodes.clone()).collect()
}

/// Since when baselines have offered a patch, if they do at a time that is simulated.
fn first_offered(plan: &Plan<'_>, catalog: &Catalog, patch: usize) -> Option<SimTime> {
    let (start, horizon) = (plan.config.start, plan.config.horizon);
    let mut first = None;
    for class in 0..catalog.classes.len() {
        let mut since: Option<(SimTime, SimTime)> = None;
        for now in catalog.eras(class) {
            let mut known = now.class.patches.iter();
            let known = known.find(|known| known.patch == patch);
            let period = known.and_then(|known| known.candidate);
            let offered = period.map(|(from, until)| (from.max(now.from), until.min(now.until)));
            let Some((from, until)) = offered.filter(|(from, until)| from < until) else {
                continue;
            };
            // A baseline that goes on offering it changes nothing.
            let from = since
                .filter(|known| known.1 == from)
                .map_or(from, |known| known.0);
            since = Some((from, until));
            if from <= horizon && until > start {
                first = first.into_iter().chain([from]).min();
            }
        }
    }
    first
}

fn count(
    plan: &Plan<'_>,
    catalog: &Catalog,
    patch: usize,
    history: &History,
    breakable: usize,
) -> BadPatchRecord {
    let (mut installed, mut broken, mut reached) = (Met::new(), Met::new(), Met::new());
    let meet = |met: &mut Met, node: u32, at: SimTime| {
        let known = met.entry(node).or_insert(at);
        *known = at.min(*known);
    };
    for ((_, node), known) in &history.invocations {
        if known.installed.contains(&patch) {
            let at = known.ended.unwrap();
            meet(&mut installed, *node, at);
            meet(&mut reached, *node, at);
        }
    }
    for (at, node, _) in history.symptoms.keys().filter(|(.., shown)| *shown == patch) {
        meet(&mut broken, *node, *at);
        meet(&mut reached, *node, *at);
    }
    let by = |met: &Met, at: Option<SimTime>| {
        let in_time = |met: &&SimTime| at.is_some_and(|at| **met <= at);
        met.values().filter(in_time).count() as u32
    };
    let first_symptom = broken.values().min().copied();
    let alarm = history.alarms.get(&patch).copied();
    BadPatchRecord {
        patch,
        breakable: breakable as u32,
        approved: first_offered(plan, catalog, patch),
        installed: installed.len() as u32,
        broken: broken.len() as u32,
        reached: reached.len() as u32,
        first_symptom,
        reached_at_symptom: by(&reached, first_symptom),
        alarm,
        reached_at_alarm: by(&reached, alarm),
        broken_at_alarm: by(&broken, alarm),
    }
}
