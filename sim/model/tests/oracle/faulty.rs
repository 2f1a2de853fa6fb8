//! Bad patches, alarms and withdrawals in worlds that change: what is offered to whom goes as the
//! reference says. It is told when patches were taken back, and who failed.

use std::collections::BTreeMap;

use patchbench_kernel::{Distribution, SimDuration, SimTime, Streams};
use patchbench_model::catalog::{Affected, BadPatches, SymptomWeights, WhichAreBad};
use patchbench_model::config::Operation;
use patchbench_model::fleet::{AlarmAction, Monitoring};
use patchbench_model::ssm::{Target, TargetKey};
use patchbench_model::units::RateLimit;
use patchbench_model::world::{Catalog, Plan, RunRecord, simulate};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::exact::{REPLICATION, SEED, agree, nobody_sees_the_same, nodes_agree, seeded};
use crate::history::Watch;
use crate::recount;
use crate::reference::{Given, Reference, TakenBack};
use crate::worlds::{SmallWorld, drawn_worlds};

/// Drawn worlds in which half of the installs of some patches fail, with somebody who notices or a
/// vendor who does.
fn faulty_worlds() -> impl Strategy<Value = SmallWorld> {
    let withdrawn = prop::option::weighted(0.3, select(vec![30i64, 90, 100, 150, 1500]));
    let watched = prop::option::weighted(0.9, prop::bool::weighted(0.3));
    (drawn_worlds(), withdrawn, watched, 0i64..3).prop_map(|(mut world, withdrawn, watched, delay)| {
        // What begins with nothing to install raises no alarm.
        for task in world
            .config
            .windows
            .iter_mut()
            .flat_map(|window| &mut window.tasks)
        {
            task.operation = Operation::Install;
            task.max_errors = RateLimit::Percent(100);
            // A list may install what a successor replaced that was taken back since: the engine counts
            // that as outdated all the same.
            task.overrides.install_list = None;
        }
        let faults = &mut world.config.faults;
        let after = |minutes| Distribution::Constant(SimDuration::from_minutes(minutes));
        faults.bad_patches = vec![BadPatches {
            name: "bad".to_owned(),
            stream: None,
            which: WhichAreBad::Named(["p0", "p2", "p3"].map(str::to_owned).to_vec()),
            symptom: SymptomWeights {
                install: 1.0,
                reboot: 0.0,
                latent: 0.0,
            },
            latent_after: after(1),
            withdrawn_after: withdrawn.map(after),
            reaction: SimDuration::ZERO,
            affects: vec![Affected {
                class: None,
                probability: 1.0,
                penetrance: 0.5,
            }],
        }];
        let canary = || Target {
            key: TargetKey::Tag("Role".to_owned()),
            values: vec!["a".to_owned()],
        };
        faults.monitoring = watched.map(|some| Monitoring {
            nodes: some.then(|| vec![canary()]),
            detection: 1.0,
            false_alarm: 0.5,
            delay: SimDuration::from_minutes(delay * 15),
            action: AlarmAction::Reject,
        });
        world
    })
}

/// When patches were taken back: the vendor's dates are the catalogue's, the alarms the engine's.
fn taken_back(catalog: &Catalog, alarms: &BTreeMap<usize, SimTime>) -> Vec<TakenBack> {
    let vendor = |patch: usize| {
        let flaws = catalog.flaws_of(patch).iter();
        flaws.filter_map(|flaw| flaw.withdrawn_at).min()
    };
    let one = |patch: usize| TakenBack {
        withdrawn: vendor(patch),
        // Nobody rejects what the vendor has withdrawn already.
        rejected: alarms
            .get(&patch)
            .copied()
            .filter(|alarm| vendor(patch).is_none_or(|withdrawn| *alarm < withdrawn)),
    };
    (0..catalog.patches.len()).map(one).collect()
}

struct Played {
    record: RunRecord,
    alarms: BTreeMap<usize, SimTime>,
}

fn compare(world: &SmallWorld) -> Result<Played, TestCaseError> {
    let plan = Plan::new(&world.config);
    let catalog = plan.catalog(&Streams::new(SEED, REPLICATION));
    let mut watch = Watch::new(&plan, &catalog);
    let record = simulate(&plan, SEED, REPLICATION, &mut watch);
    watch.finish(&record);
    let taken_back = taken_back(&catalog, &watch.alarms);
    let mut reference = Reference::new(Given {
        config: &world.config,
        patches: world.patches(),
        taken_back: &taken_back,
        ticks: &world.ticks,
        shuffled: &watch.order,
        drawn: Some((&watch.history, &watch.locked_out)),
    });
    reference.run();
    agree(&watch.history, &reference.history)?;
    nodes_agree((&plan, &catalog), &record, &reference)?;
    let since = recount::had_since(&plan, &catalog, &watch.history);
    recount::fully_patched(&plan, &record, &since)?;
    recount::occupancy(&plan, &record, &watch.history)?;
    nobody_sees_the_same(&plan, &record)?;
    Ok(Played {
        record,
        alarms: watch.alarms,
    })
}

proptest! {
    #![proptest_config(seeded(3_000))]

    #[test]
    fn what_was_taken_back_is_offered_by_no_baseline(world in faulty_worlds()) {
        compare(&world)?;
    }
}

/// Guards the test before: its worlds do raise alarms between changes.
#[test]
fn faulty_worlds_change_before_and_after_alarms() {
    let mut runner = TestRunner::new(seeded(1));
    let strategy = faulty_worlds();
    let (mut before, mut after, mut broken) = (0, 0, 0);
    for _ in 0..1_000 {
        let world = strategy.new_tree(&mut runner).unwrap().current();
        let played = compare(&world).unwrap();
        let Some(alarm) = played.alarms.values().min() else {
            continue;
        };
        let changed =
            |holds: &dyn Fn(SimTime) -> bool| world.config.changes.iter().any(|change| holds(change.at));
        before += u32::from(changed(&|at| at > world.config.start && at <= *alarm));
        after += u32::from(changed(&|at| at > *alarm && at < world.config.horizon));
        broken += played
            .record
            .bad_patches
            .iter()
            .map(|known| known.broken)
            .sum::<u32>();
    }
    assert!(
        before >= 20 && after >= 20 && broken >= 100,
        "{before} {after} {broken}"
    );
}
