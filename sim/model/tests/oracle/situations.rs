//! Guards of the other tests: the random worlds do meet the situations that matter, a rollout too
//! large for them is counted right, and luck belongs to the node.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::{SimDuration, SimTime, Streams};
use patchbench_model::config::{FaultModel, NodeLock, Operation, RebootOption, TargetOrder};
use patchbench_model::fleet::{Behavior, Transient};
use patchbench_model::ssm::{CommandStatus, InvocationStatus};
use patchbench_model::units::RateLimit;
use patchbench_model::world::{Cause, CommandId, Plan, RunRecord, simulate};
use patchbench_oracle::{
    History, Invocation, REPLICATION, SEED, SmallWorld, Watch, constant_worlds, drawn_worlds, faulty_worlds,
    recount, seeded,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::misfortunes::{self, misfortunes};

fn some_worlds<S: Strategy<Value = SmallWorld>>(strategy: &S, number: usize) -> Vec<SmallWorld> {
    let mut runner = TestRunner::new(seeded(1));
    let mut next = || strategy.new_tree(&mut runner).unwrap().current();
    (0..number).map(|_| next()).collect()
}

fn watched(plan: &Plan<'_>) -> (RunRecord, History) {
    let (record, history, _) = watched_with_causes(plan);
    (record, history)
}

fn watched_with_causes(plan: &Plan<'_>) -> (RunRecord, History, BTreeSet<Cause>) {
    let catalog = plan.catalog(&Streams::new(SEED, REPLICATION));
    let mut watch = Watch::new(plan, &catalog);
    let record = simulate(plan, SEED, REPLICATION, &mut watch);
    watch.finish(&record);
    (record, watch.history, watch.causes)
}

/// Names of the situations that a run met.
fn situations(plan: &Plan<'_>, history: &History) -> BTreeSet<String> {
    let mut met = BTreeSet::new();
    for known in history.invocations.values() {
        met.insert(format!("invocation {:?}", known.status));
        if known.sent.is_some() && known.status == InvocationStatus::Cancelled {
            met.insert("invocation killed".to_owned());
        }
        if known.rebooted && known.installed.is_empty() {
            met.insert("pending reboot settled".to_owned());
        }
    }
    met.extend(misfortunes(plan, history));
    for ((id, node), dead) in &history.invocations {
        let timed_out = dead.status == InvocationStatus::ExecutionTimedOut;
        let comes_after = |((other, on), known): (&(CommandId, u32), &Invocation)| {
            on == node && other != id && known.sent.zip(dead.ended).is_some_and(|(sent, end)| sent >= end)
        };
        let locks = plan.config.settings.node_lock == NodeLock::On;
        if locks && timed_out && history.invocations.iter().any(comes_after) {
            met.insert("a lock that a dead command left".to_owned());
        }
    }
    for command in history.commands.values() {
        met.insert(format!("command {:?}", command.status));
        let left = command.counts.contains_key(&InvocationStatus::Terminated);
        if left && command.counts[&InvocationStatus::Terminated] < command.counts.values().sum() {
            met.insert("stopped with nodes left".to_owned());
        }
    }
    for window in history.windows.values() {
        met.insert(format!("window {:?}", window.status));
    }
    for ((window, opening), known) in &history.windows {
        let opened = plan.openings[*window][*opening];
        if opened.version > 0 {
            met.insert("a window opens in another form".to_owned());
        }
        if plan.config.changes.iter().any(|change| change.at == opened.opens) {
            met.insert("a change at an opening".to_owned());
        }
        let during = |at: SimTime| opened.opens < at && known.ended.is_none_or(|ended| at < ended);
        let sent_after = |at: SimTime| {
            let own = history.invocations.iter();
            let mut own = own.filter(|((id, _), _)| (id.window, id.opening) == (*window, *opening));
            own.any(|(_, known)| known.sent.is_some_and(|sent| sent > at))
        };
        let mut later = plan.classes.iter().flat_map(|class| &class.later);
        if later.any(|change| during(change.from) && sent_after(change.from)) {
            met.insert("rules change during an execution".to_owned());
        }
    }
    let ends: Vec<(SimTime, CommandId)> = history
        .invocations
        .iter()
        .filter_map(|((id, _), known)| Some((known.ended?, *id)))
        .collect();
    for (at, id) in &ends {
        let opening = plan.openings[id.window][id.opening];
        if *at == opening.cutoff {
            met.insert("an end at the cutoff".to_owned());
        }
        if plan.openings[id.window].iter().any(|other| other.opens == *at) {
            met.insert("an end at an opening".to_owned());
        }
        if ends.iter().any(|(end, other)| end == at && other != id) {
            met.insert("two commands end something at once".to_owned());
        }
    }
    met
}

#[test]
fn the_small_worlds_meet_what_matters() {
    let mut met: BTreeMap<String, u32> = BTreeMap::new();
    let worlds = some_worlds(&constant_worlds(1..=2), 1_500).into_iter();
    for world in worlds.chain(some_worlds(&faulty_worlds(), 2_500)) {
        let plan = Plan::new(&world.config);
        let (_, history, causes) = watched_with_causes(&plan);
        let causes = causes.iter().map(|cause| format!("cause {cause:?}"));
        for situation in situations(&plan, &history).into_iter().chain(causes) {
            *met.entry(situation).or_default() += 1;
        }
    }
    let wanted = what_matters().into_iter().map(|name| (name, 15));
    let seldom = misfortunes::SELDOM.map(|name| (name.to_owned(), 5));
    for (situation, enough) in wanted.chain(seldom) {
        let worlds = met.get(&situation).copied().unwrap_or(0);
        assert!(
            worlds >= enough,
            "{situation}: in {worlds} of 4000 worlds only; {met:?}"
        );
    }
}

/// Situations that must be met often.
fn what_matters() -> Vec<String> {
    let statuses = InvocationStatus::ALL.map(|status| format!("invocation {status:?}"));
    let commands = [
        CommandStatus::Success,
        CommandStatus::Failed,
        CommandStatus::DeliveryTimedOut,
        CommandStatus::Incomplete,
        CommandStatus::Cancelled,
        CommandStatus::NoInstancesInTag,
        CommandStatus::InProgress,
    ]
    .map(|status| format!("command {status:?}"));
    let windows = [
        "Success",
        "Failed",
        "TimedOut",
        "SkippedOverlapping",
        "InProgress",
    ]
    .map(|status| format!("window {status}"));
    let causes = Cause::ALL.map(|cause| format!("cause {cause:?}"));
    let others = [
        "a lock that a dead command left",
        "invocation killed",
        "pending reboot settled",
        "stopped with nodes left",
        "an end at the cutoff",
        "an end at an opening",
        "two commands end something at once",
        "a window opens in another form",
        "a change at an opening",
        "rules change during an execution",
    ]
    .map(str::to_owned);
    let often = misfortunes::OFTEN.map(str::to_owned);
    let all = statuses.into_iter().chain(causes).chain(commands).chain(windows);
    all.chain(others).chain(often).collect()
}

fn keep_well(behavior: &mut Behavior) {
    (behavior.outages, behavior.sickness) = (None, None);
    behavior.transient = Transient::default();
}

/// Bookings are worked off in batches of 2^18 installs; this rollout needs two.
#[test]
fn a_rollout_of_many_nodes_is_covered_to_the_millisecond() {
    let installs = |world: &SmallWorld| {
        let task = |task: &patchbench_model::config::Task| task.operation == Operation::Install;
        world
            .config
            .windows
            .iter()
            .flat_map(|window| &window.tasks)
            .any(task)
    };
    let mut world = some_worlds(&patchbench_oracle::crowded_worlds(), 50)
        .into_iter()
        .find(|world| installs(world) && world.patches().len() > 2)
        .unwrap();
    world.config.changes.clear();
    world.config.faults = FaultModel::default();
    world.config.pools.truncate(1);
    world.config.pools[0].count = 300_000;
    world.config.windows.truncate(1);
    world.config.windows[0].tasks.truncate(1);
    world.config.windows[0].tasks[0].reboot_option = RebootOption::NoReboot;
    for behavior in &mut world.config.behaviors {
        (behavior.failure, behavior.scan_failure) = (0.0, 0.0);
        keep_well(behavior);
    }
    world.config.horizon = world.config.start + SimDuration::from_days(480);
    let plan = Plan::new(&world.config);
    let (record, history) = watched(&plan);
    let installed: usize = history
        .invocations
        .values()
        .map(|known| known.installed.len())
        .sum();
    assert!(installed > 1 << 18, "{installed} installs");
    let catalog = recount::catalog_of(&plan, &record);
    let since = recount::had_since(&plan, catalog, &history);
    recount::coverage((&plan, catalog), &record, &since).unwrap();
}

/// How long each invocation of the first opening took: what was drawn for it.
fn luck(world: &SmallWorld) -> BTreeMap<(CommandId, u32), (SimDuration, InvocationStatus)> {
    let plan = Plan::new(&world.config);
    let (_, history) = watched(&plan);
    let first = history.invocations.iter().filter(|((id, _), _)| id.opening == 0);
    let took = first.filter_map(|(key, known)| {
        let span = known.ended? - known.sent?;
        Some((*key, (span, known.status)))
    });
    took.collect()
}

#[test]
fn a_node_meets_the_same_luck_whatever_the_order_and_concurrency() {
    let mut compared = 0;
    for mut world in some_worlds(&drawn_worlds(), 200) {
        // Without patches all that is drawn is the scan, whenever it takes place.
        world.config.releases = vec![patchbench_model::catalog::ReleaseStream::Recorded {
            name: "nothing".to_owned(),
            patches: Vec::new(),
        }];
        let task = |world: &mut SmallWorld, limit| {
            for task in world
                .config
                .windows
                .iter_mut()
                .flat_map(|window| &mut window.tasks)
            {
                task.max_concurrency = limit;
            }
        };
        // Whether a node is well depends on the time.
        world.config.behaviors.iter_mut().for_each(keep_well);
        world.config.settings.node_lock = NodeLock::Off;
        world.config.settings.target_order = TargetOrder::Id;
        task(&mut world, RateLimit::Count(1));
        let one_by_one = luck(&world);
        world.config.settings.target_order = TargetOrder::Shuffled;
        task(&mut world, RateLimit::Percent(100));
        for (key, at_once) in luck(&world) {
            if let Some(known) = one_by_one.get(&key) {
                let killed = [known.1, at_once.1].contains(&InvocationStatus::Cancelled);
                assert!(
                    killed || *known == at_once,
                    "{key:?}: {known:?} against {at_once:?}"
                );
                compared += usize::from(!killed);
            }
        }
    }
    assert!(compared > 200, "only {compared} invocations could be compared");
}
