//! The engine and the reference agree in everything.

use std::collections::BTreeMap;

use patchbench_kernel::Streams;
use patchbench_model::world::{Catalog, CommandId, Nobody, Plan, RunRecord, simulate};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, RngSeed, TestCaseError};

use crate::history::{History, Watch};
use crate::recount;
use crate::reference::{Given, Reference};
use crate::toll;
use crate::worlds::SmallWorld;

/// Seed of every run.
pub const SEED: u64 = 7;
/// Replication of every run.
pub const REPLICATION: u64 = 3;

/// So many random worlds, the same everywhere.
pub fn seeded(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(20_240_109),
        rng_algorithm: RngAlgorithm::ChaCha,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Plays a world with the engine and with the reference, and compares all that happened and all that was
/// counted.
///
/// # Errors
/// The first difference.
pub fn compare(world: &SmallWorld) -> Result<(), TestCaseError> {
    let plan = Plan::new(&world.config);
    let catalog = &plan.catalog(&Streams::new(SEED, REPLICATION));
    let mut watch = Watch::new(&plan, catalog);
    let record = simulate(&plan, SEED, REPLICATION, &mut watch);
    watch.finish(&record);
    let engine = &watch.history;
    for (window, ticks) in world.ticks.iter().enumerate() {
        let opens: Vec<_> = plan.openings[window]
            .iter()
            .map(|opening| opening.opens)
            .collect();
        prop_assert_eq!(&opens, ticks);
    }

    let mut reference = Reference::new(Given {
        config: &world.config,
        patches: world.patches(),
        ticks: &world.ticks,
        shuffled: &watch.order,
        luck: Streams::new(SEED, REPLICATION),
    });
    reference.run();
    agree(engine, &reference.history)?;
    nodes_agree((&plan, catalog), &record, &reference)?;
    let since = recount::had_since(&plan, catalog, engine);
    recount::coverage((&plan, catalog), &record, &since)?;
    recount::fully_patched(&plan, &record, &since)?;
    recount::occupancy(&plan, &record, engine)?;
    toll::bad_patches((&plan, &reference.flaws), &record, engine, &reference.members)?;
    nobody_sees_the_same(&plan, &record)
}

/// Item by item, so that a difference is named and not buried.
pub(crate) fn agree(engine: &History, reference: &History) -> Result<(), TestCaseError> {
    // The first difference in time, from which others follow.
    let keys = engine.invocations.keys().chain(reference.invocations.keys());
    let differs = |key: &&(CommandId, u32)| engine.invocations.get(key) != reference.invocations.get(key);
    let when = |key: &&(CommandId, u32)| {
        let both = [engine, reference].map(|history| history.invocations.get(key));
        let times = both
            .into_iter()
            .flatten()
            .filter_map(|known| known.ended.or(known.sent));
        times.min()
    };
    if let Some(key) = keys.filter(differs).min_by_key(when) {
        let both = [engine, reference].map(|history| history.invocations.get(key));
        prop_assert_eq!(both[0], both[1], "{:?}: engine against reference", key);
    }
    same(&engine.tasks, &reference.tasks)?;
    same(&engine.commands, &reference.commands)?;
    same(&engine.symptoms, &reference.symptoms)?;
    same(&engine.alarms, &reference.alarms)?;
    same(&engine.windows, &reference.windows)
}

fn same<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(
    engine: &BTreeMap<K, V>,
    reference: &BTreeMap<K, V>,
) -> Result<(), TestCaseError> {
    for key in engine.keys().chain(reference.keys()) {
        prop_assert_eq!(
            engine.get(key),
            reference.get(key),
            "{:?}: engine against reference",
            key
        );
    }
    Ok(())
}

/// Every patch is on as many of the nodes that each record is about as in the reference.
pub(crate) fn nodes_agree(
    (plan, catalog): (&Plan<'_>, &Catalog),
    record: &RunRecord,
    reference: &Reference<'_>,
) -> Result<(), TestCaseError> {
    for cell in &record.coverage {
        let key = (cell.group, cell.patch, cell.approved.is_some());
        let nodes = recount::nodes_of(plan, catalog, key).into_iter();
        let has = |node: &u32| reference.nodes[*node as usize].installed.contains(&cell.patch);
        prop_assert_eq!(cell.covered as usize, nodes.filter(has).count());
    }
    Ok(())
}

/// A run that nobody listens to leaves the same record.
pub(crate) fn nobody_sees_the_same(plan: &Plan<'_>, record: &RunRecord) -> Result<(), TestCaseError> {
    let alone = simulate(plan, SEED, REPLICATION, &mut Nobody);
    prop_assert_eq!(&alone.commands, &record.commands);
    prop_assert_eq!(&alone.windows, &record.windows);
    prop_assert_eq!(&alone.coverage, &record.coverage);
    prop_assert_eq!(&alone.standings, &record.standings);
    prop_assert_eq!(&alone.swings, &record.swings);
    prop_assert_eq!(&alone.compliance, &record.compliance);
    prop_assert_eq!(&alone.bad_patches, &record.bad_patches);
    prop_assert_eq!(&alone.occupancy, &record.occupancy);
    prop_assert_eq!(alone.fingerprint, record.fingerprint);
    Ok(())
}
