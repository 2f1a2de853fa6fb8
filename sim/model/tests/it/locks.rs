//! P07 and P08: one patch command at a time on a node.

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::config::{ModelConfig, NodeLock, Operation, ScriptedResult, Task};
use patchbench_model::ssm::{InvocationStatus, OperatingSystem};
use patchbench_model::world::Cause;

use super::world::{
    History, Told, at, baseline, behavior, play, schedule, scripted, seed_rule, task, utc, windows_patch,
    windows_world, world,
};

/// When invocations ended, how and why.
fn ends(history: &History) -> Vec<(SimTime, InvocationStatus, Option<Cause>)> {
    let ended = history.told.iter().filter_map(|(at, told)| match told {
        Told::Ended { status, cause, .. } => Some((*at, *status, *cause)),
        _ => None,
    });
    ended.collect()
}

fn success(time: &str) -> (SimTime, InvocationStatus, Option<Cause>) {
    (at(time), InvocationStatus::Success, None)
}

fn locked(ended: SimTime) -> (SimTime, InvocationStatus, Option<Cause>) {
    (ended, InvocationStatus::Failed, Some(Cause::NodeLocked))
}

/// Two scans of one node, 30 minutes each, in one window at 16:00.
fn two_tasks(lock: NodeLock) -> ModelConfig {
    let scan = task(Operation::Scan, 1, 0);
    let mut config = windows_world(1, vec![scan.clone(), scan]);
    config.settings.node_lock = lock;
    config
}

/// One more window with this task, at an hour and minute.
fn then(config: &mut ModelConfig, hour: u32, minute: u32, task: Task) {
    let mut later = config.windows[0].clone();
    later.schedule = schedule(&format!("cron({minute} {hour} 9 1 ? 2024)"));
    later.tasks = vec![task];
    config.windows.push(later);
}

#[test]
fn p07_a_second_patch_command_on_a_node_fails_at_once() {
    let history = play(&two_tasks(NodeLock::On));
    let at_once = at("16:00") + SimDuration::from_millis(1);
    assert_eq!(ends(&history), [locked(at_once), success("16:30")]);
    assert_eq!(Cause::NodeLocked.exit_code(), Some(4));
    let second = history.command(1);
    assert_eq!((second.counts.errors(), second.stopped), (1, Some(at_once)));
    assert_eq!(history.reports().len(), 1, "it reports nothing");
}

#[test]
fn p07_without_the_lock_both_run() {
    let both = [success("16:30"), success("16:30")];
    assert_eq!(ends(&play(&two_tasks(NodeLock::Off))), both);
    // Before November 2025 there was none.
    assert_eq!(ends(&play(&two_tasks(NodeLock::Since2025))), both);
}

#[test]
fn p07_the_lock_came_in_november_2025() {
    for (day, failing) in [("31 10", 0), ("1 11", 1), ("1 12", 1)] {
        let mut config = two_tasks(NodeLock::Since2025);
        config.start = utc("2025-10-01T00:00:00Z");
        config.horizon = utc("2025-12-31T00:00:00Z");
        config.windows[0].schedule = schedule(&format!("cron(0 16 {day} ? 2025)"));
        let history = play(&config);
        let failed = ends(&history)
            .iter()
            .filter(|(.., cause)| *cause == Some(Cause::NodeLocked))
            .count();
        assert_eq!((ends(&history).len(), failed), (2, failing), "{day}");
    }
}

#[test]
fn p07_other_nodes_and_later_commands_are_free() {
    let mut config = two_tasks(NodeLock::On);
    config.pools[0].count = 2;
    config.windows[0].tasks[0].max_concurrency = patchbench_model::units::RateLimit::Count(2);
    then(&mut config, 16, 30, task(Operation::Scan, 2, 0));
    let failed = ends(&play(&config))
        .iter()
        .filter(|(.., cause)| *cause == Some(Cause::NodeLocked))
        .count();
    // The second task stops on its first node; the window at 16:30 finds nobody there.
    assert_eq!(failed, 1);
}

#[test]
fn p08_the_lock_of_a_dead_command_is_taken_over_after_five_minutes() {
    for result in [ScriptedResult::ExecutionTimedOut, ScriptedResult::Failed] {
        let mut config = windows_world(1, vec![task(Operation::Scan, 1, 1)]);
        config.settings.node_lock = NodeLock::On;
        config.windows[0].tasks[0].step_timeout_seconds = 3_600;
        config.outcomes = scripted(&[1], result);
        config.outcomes[0].window = Some(0);
        then(&mut config, 21, 0, task(Operation::Scan, 1, 0));
        then(&mut config, 22, 0, task(Operation::Scan, 1, 0));
        let history = play(&config);
        // A run that fails removes its lock, one whose time is over does not.
        let second = if result == ScriptedResult::Failed {
            "21:30"
        } else {
            "21:35"
        };
        assert_eq!(
            ends(&history)[1..],
            [success(second), success("22:30")],
            "{result:?}"
        );
        config.settings.node_lock = NodeLock::Off;
        assert_eq!(ends(&play(&config))[1..], [success("21:30"), success("22:30")]);
    }
}

#[test]
fn p08_what_never_ran_on_the_node_leaves_no_lock() {
    let mut config = windows_world(1, vec![task(Operation::Scan, 1, 1)]);
    config.settings.node_lock = NodeLock::On;
    config.outcomes = scripted(&[1], ScriptedResult::DeliveryTimedOut);
    config.outcomes[0].window = Some(0);
    then(&mut config, 16, 30, task(Operation::Scan, 1, 0));
    assert_eq!(
        ends(&play(&config))[0],
        (
            success("17:00").0,
            InvocationStatus::DeliveryTimedOut,
            Some(Cause::Scripted)
        )
    );
    assert_eq!(ends(&play(&config))[1], success("17:00"));
}

/// An install of an hour on one node from 16:00, with a reboot of so many minutes; a scan of 30 minutes
/// by another window at so many minutes past 17.
fn during_a_reboot(reboot: i64, minute: u32) -> Vec<(SimTime, InvocationStatus, Option<Cause>)> {
    let known = baseline("seed", OperatingSystem::Windows, vec![seed_rule()]);
    let patch = windows_patch("P", "CriticalUpdates", "Critical", "2024-01-02T00:00:00Z");
    let mut config = world(1, known, vec![patch], vec![task(Operation::Install, 1, 0)]);
    config.behaviors[0] = behavior(30, 30, reboot);
    config.settings.node_lock = NodeLock::On;
    then(&mut config, 17, minute, task(Operation::Scan, 1, 0));
    ends(&play(&config))
}

#[test]
fn a_command_that_meets_a_reboot_waits_and_fails_if_the_first_comes_back() {
    // The install reboots from 17:00 on.
    assert_eq!(during_a_reboot(4, 1), [success("17:04"), locked(at("17:04"))]);
    assert_eq!(
        during_a_reboot(5, 0),
        [success("17:05"), success("17:35")],
        "at the end of its patience"
    );
    assert_eq!(
        during_a_reboot(10, 1),
        [success("17:10"), success("17:36")],
        "taken over at 17:06"
    );
    assert_eq!(during_a_reboot(10, 6), [success("17:10"), locked(at("17:10"))]);
    assert_eq!(
        during_a_reboot(10, 10),
        [success("17:10"), success("17:40")],
        "over"
    );
}

#[test]
fn a_waiting_command_takes_the_lock_before_the_next_one_that_waits() {
    let mut config = windows_world(1, vec![task(Operation::Scan, 1, 1)]);
    config.settings.node_lock = NodeLock::On;
    config.windows[0].tasks[0].step_timeout_seconds = 3_600;
    config.outcomes = scripted(&[1], ScriptedResult::ExecutionTimedOut);
    config.outcomes[0].window = Some(0);
    then(&mut config, 21, 0, task(Operation::Scan, 1, 0));
    then(&mut config, 21, 3, task(Operation::Scan, 1, 0));
    let history = play(&config);
    assert_eq!(ends(&history)[1..], [locked(at("21:05")), success("21:35")]);
}
