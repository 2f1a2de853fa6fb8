//! W15 to W19 and W22: what happens inside a window.

use patchbench_calendar::{CalendarSettings, RateFirstTick, Schedule, ScheduleOptions};
use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::config::{
    ChangeFreeze, CutoffBehavior, ModelConfig, MultiTargetTask, Operation, ScriptedResult, Task, TaskStatus,
    TaskTarget,
};
use patchbench_model::fleet::Behavior;
use patchbench_model::ssm::{CommandStatus, InvocationStatus, OperatingSystem};

use super::world::{
    History, Told, at, behavior, play, pool, pool_target, schedule, scripted, task, utc, windows_world,
};

const WINDOWS: OperatingSystem = OperatingSystem::Windows;

/// Pools of one node each, with scans of this many minutes; window target `i` is pool `i`.
fn pools(times: &[i64], tasks: Vec<Task>) -> ModelConfig {
    let mut config = windows_world(1, tasks);
    config.pools.clear();
    config.behaviors.clear();
    config.windows[0].targets.clear();
    for (index, minutes) in times.iter().enumerate() {
        let name = format!("pool-{index}");
        let mut nodes = pool(&name, 1, WINDOWS);
        nodes.behavior = index;
        config.pools.push(nodes);
        config.behaviors.push(Behavior {
            name: name.clone(),
            ..behavior(*minutes, 0, 0)
        });
        config.windows[0].targets.push(pool_target(&name));
    }
    config
}

/// A task with one node at a time on one window target.
fn on(target: usize, priority: u32) -> Task {
    Task {
        name: format!("task on {target}"),
        targets: vec![TaskTarget::Window(target)],
        priority,
        ..task(Operation::Scan, 1, 0)
    }
}

fn statuses(history: &History) -> (&[TaskStatus], TaskStatus) {
    let window = &history.record.windows[0];
    (&window.tasks, window.status)
}

fn started(history: &History, task: usize) -> Option<SimTime> {
    history.command(task).started
}

#[test]
fn w15_a_task_that_is_ready_at_the_cutoff_does_not_start() {
    for (minutes, cutoff_inclusive, starts) in [
        (119, false, Some(at("16:59"))),
        (120, false, None),
        (120, true, Some(at("17:00"))),
        (121, true, None),
    ] {
        let mut config = pools(&[minutes, 10], vec![on(0, 1), on(1, 2)]);
        config.windows[0].schedule = schedule("cron(0 15 9 1 ? 2024)");
        config.windows[0].duration_hours = 3;
        config.settings.cutoff_inclusive = cutoff_inclusive;
        let history = play(&config);
        assert_eq!(
            started(&history, 1),
            starts,
            "{minutes} minutes, inclusive {cutoff_inclusive}"
        );
        let second = if starts.is_some() {
            TaskStatus::Success
        } else {
            TaskStatus::TimedOut
        };
        assert_eq!(statuses(&history), (&[TaskStatus::Success, second][..], second));
    }
}

#[test]
fn a_task_that_never_starts_has_the_status_of_the_setting() {
    let mut config = pools(&[180, 10], vec![on(0, 1), on(1, 2)]);
    config.settings.unstarted_task_status = TaskStatus::Failed;
    let expected = [TaskStatus::Success, TaskStatus::Failed];
    assert_eq!(statuses(&play(&config)), (&expected[..], TaskStatus::Failed));
}

#[test]
fn w16_equal_priorities_run_in_parallel_and_the_next_waits_for_all_of_them() {
    let mut config = pools(&[10, 25, 5], vec![on(0, 1), on(1, 1), on(2, 5)]);
    config.outcomes = scripted(&[1], ScriptedResult::Failed);
    let history = play(&config);
    let starts: Vec<_> = (0..3).map(|task| started(&history, task)).collect();
    assert_eq!(starts, [Some(at("16:00")), Some(at("16:00")), Some(at("16:25"))]);
    let expected = [TaskStatus::Failed, TaskStatus::Success, TaskStatus::Success];
    assert_eq!(statuses(&history), (&expected[..], TaskStatus::Failed));
}

#[test]
fn priority_0_is_the_highest_wherever_it_stands() {
    let config = pools(&[10, 10], vec![on(0, 1), on(1, 0)]);
    let history = play(&config);
    assert_eq!(
        [started(&history, 0), started(&history, 1)],
        [Some(at("16:10")), Some(at("16:00"))]
    );
}

#[test]
fn w17_a_window_without_tasks_succeeds_at_once() {
    let history = play(&windows_world(1, Vec::new()));
    let window = &history.record.windows[0];
    assert_eq!(
        (window.status, window.ended, window.tasks.len()),
        (TaskStatus::Success, Some(at("16:00")), 0)
    );
}

/// A window every five minutes from 16:00 to 16:20, two hours long.
fn every_five_minutes(task_minutes: i64) -> ModelConfig {
    let mut config = pools(&[task_minutes], vec![on(0, 1)]);
    let options = ScheduleOptions {
        start: Some("2024-01-09T16:00:00Z".parse().unwrap()),
        end: Some("2024-01-09T16:20:00Z".parse().unwrap()),
        ..ScheduleOptions::default()
    };
    config.windows[0].schedule = Schedule::parse("rate(5 minutes)", options).unwrap();
    config.windows[0].duration_hours = 2;
    config
}

fn openings(history: &History) -> (Vec<SimTime>, Vec<SimTime>) {
    let opened = history.times(|told| matches!(told, Told::Opened { .. }));
    (opened, history.times(|told| matches!(told, Told::Skipped { .. })))
}

#[test]
fn w18_a_tick_during_an_execution_is_skipped() {
    let history = play(&every_five_minutes(12));
    assert_eq!(
        openings(&history),
        (vec![at("16:00"), at("16:15")], vec![at("16:05"), at("16:10")])
    );
    let mut windows = history.record.windows.clone();
    windows.sort_by_key(|window| window.opening);
    let found: Vec<TaskStatus> = windows.iter().map(|window| window.status).collect();
    let (skipped, success) = (TaskStatus::SkippedOverlapping, TaskStatus::Success);
    assert_eq!(found, [success, skipped, skipped, success]);
}

/// Completions come first at an instant: an execution that ends there is in nobody's way.
#[test]
fn w18_an_execution_that_ends_at_a_tick_does_not_overlap_it() {
    let history = play(&every_five_minutes(10));
    assert_eq!(
        openings(&history),
        (vec![at("16:00"), at("16:10")], vec![at("16:05"), at("16:15")])
    );
    let stopped = ModelConfig {
        outcomes: scripted(&[1], ScriptedResult::Failed),
        ..every_five_minutes(10)
    };
    assert_eq!(openings(&play(&stopped)).0, [at("16:00"), at("16:10")]);
    let quick = play(&every_five_minutes(5));
    assert_eq!(openings(&quick).0.len(), 4);
}

#[test]
fn w18_the_next_task_of_an_execution_keeps_its_window_busy() {
    let mut config = every_five_minutes(5);
    config.windows[0].tasks = vec![on(0, 1), on(0, 2)];
    assert_eq!(
        openings(&play(&config)),
        (vec![at("16:00"), at("16:10")], vec![at("16:05"), at("16:15")])
    );
}

#[test]
fn a_rate_may_tick_when_it_is_created() {
    let mut config = pools(&[1], vec![on(0, 1)]);
    let settings = CalendarSettings {
        rate_first_tick: RateFirstTick::Immediate,
        ..CalendarSettings::default()
    };
    let options = ScheduleOptions {
        settings,
        ..ScheduleOptions::default()
    };
    config.windows[0].schedule = Schedule::parse("rate(7 days)", options).unwrap();
    let (opened, _) = openings(&play(&config));
    assert_eq!(opened, [utc("2024-01-01T00:00:00Z"), utc("2024-01-08T00:00:00Z")]);
}

/// Section 4.5's example: eight nodes, two at a time, an hour each.
fn example(cutoff_behavior: CutoffBehavior) -> ModelConfig {
    let first = Task {
        cutoff_behavior,
        ..task(Operation::Scan, 2, 0)
    };
    let second = Task {
        priority: 2,
        ..task(Operation::Scan, 2, 0)
    };
    let mut config = windows_world(8, vec![first, second]);
    config.behaviors[0] = behavior(60, 0, 0);
    config
}

#[test]
fn w19_continue_task_goes_on_after_the_cutoff() {
    let history = play(&example(CutoffBehavior::ContinueTask));
    let first = history.command(0);
    assert_eq!(
        (
            first.status,
            first.counts.get(InvocationStatus::Success),
            first.ended
        ),
        (CommandStatus::Success, 8, Some(at("20:00")))
    );
    assert_eq!(first.sent_before_cutoff, 6);
    assert_eq!(history.sends()[7], (at("19:00"), 8));
    assert_eq!(started(&history, 1), None);
    assert_eq!(history.command(1).counts.sent(), 0);
    assert_eq!(
        statuses(&history),
        (
            &[TaskStatus::Success, TaskStatus::TimedOut][..],
            TaskStatus::TimedOut
        )
    );
}

#[test]
fn w19_cancel_task_wins_over_the_completion_at_its_instant() {
    let history = play(&example(CutoffBehavior::CancelTask));
    let first = history.command(0);
    let count = |status| first.counts.get(status);
    assert_eq!(
        (
            first.status,
            count(InvocationStatus::Success),
            count(InvocationStatus::Cancelled),
            first.ended
        ),
        (CommandStatus::Cancelled, 6, 2, Some(at("19:00")))
    );
    assert_eq!(started(&history, 1), None);
    let late = TaskStatus::TimedOut;
    assert_eq!(statuses(&history), (&[late, late][..], late));
    assert_eq!(history.record.windows[0].ended, Some(at("19:00")));
}

#[test]
fn w19_an_inclusive_cutoff_lets_the_last_pair_start() {
    let mut config = example(CutoffBehavior::CancelTask);
    config.settings.cutoff_inclusive = true;
    let history = play(&config);
    assert_eq!(history.sends()[7], (at("19:00"), 8));
    assert_eq!(history.command(0).ended, Some(at("20:00")));
}

#[test]
fn cancel_task_leaves_a_finished_task_alone() {
    let mut config = example(CutoffBehavior::CancelTask);
    config.pools[0].count = 6;
    let history = play(&config);
    assert_eq!(history.record.windows[0].tasks[0], TaskStatus::Success);
    assert_eq!(history.command(0).ended, Some(at("19:00")));
}

/// Two targets of half an hour each in one task.
fn two_targets(multi_target_task: MultiTargetTask) -> ModelConfig {
    let both = Task {
        targets: vec![TaskTarget::Window(0), TaskTarget::Window(1)],
        ..task(Operation::Scan, 10, 0)
    };
    let mut config = pools(&[30, 30], vec![both]);
    config.pools.iter_mut().for_each(|pool| pool.count = 3);
    config.settings.multi_target_task = multi_target_task;
    config
}

#[test]
fn w22_targets_of_one_task_run_one_after_the_other() {
    let history = play(&two_targets(MultiTargetTask::Sequential));
    let found: Vec<_> = history
        .record
        .commands
        .iter()
        .map(|command| (command.started, command.ended, command.counts.targets()))
        .collect();
    assert_eq!(
        found,
        [
            (Some(at("16:00")), Some(at("16:30")), 3),
            (Some(at("16:30")), Some(at("17:00")), 3)
        ]
    );
    assert_eq!(history.record.windows[0].ended, Some(at("17:00")));
}

#[test]
fn w22_merged_targets_run_as_one_command() {
    let history = play(&two_targets(MultiTargetTask::Merged));
    assert_eq!(history.record.commands.len(), 1);
    assert_eq!(history.command(0).counts.targets(), 6);
    assert_eq!(history.record.windows[0].ended, Some(at("16:30")));
}

#[test]
fn w22_each_target_has_error_counters_of_its_own() {
    let mut config = two_targets(MultiTargetTask::Sequential);
    config.outcomes = scripted(&[1], ScriptedResult::Failed);
    let history = play(&config);
    let found: Vec<CommandStatus> = history
        .record
        .commands
        .iter()
        .map(|command| command.status)
        .collect();
    assert_eq!(found, [CommandStatus::Failed, CommandStatus::Success]);
    assert_eq!(history.record.windows[0].tasks, [TaskStatus::Failed]);
}

/// The first target's command is under way at the cutoff, or has just ended.
#[test]
fn cancel_task_keeps_the_next_target_from_starting() {
    for minutes in [180, 200] {
        for (behavior, second) in [
            (
                CutoffBehavior::ContinueTask,
                Some(at("16:00") + SimDuration::from_minutes(minutes)),
            ),
            (CutoffBehavior::CancelTask, None),
        ] {
            let mut config = pools(
                &[minutes, 30],
                two_targets(MultiTargetTask::Sequential).windows[0].tasks.clone(),
            );
            config.windows[0].tasks[0].cutoff_behavior = behavior;
            let history = play(&config);
            let part = history
                .record
                .commands
                .iter()
                .find(|command| command.id.part == 1)
                .unwrap();
            assert_eq!(part.started, second, "{minutes} minutes, {behavior:?}");
            let status = match behavior {
                CutoffBehavior::ContinueTask => TaskStatus::Success,
                CutoffBehavior::CancelTask => TaskStatus::TimedOut,
            };
            assert_eq!(history.record.windows[0].tasks, [status]);
        }
    }
}

/// A node in two targets gets an invocation from each; merged it gets one.
#[test]
fn a_node_in_two_targets_is_sent_to_twice_unless_they_are_merged() {
    for (setting, sends) in [(MultiTargetTask::Sequential, 2), (MultiTargetTask::Merged, 1)] {
        let mut twice = on(0, 1);
        twice.targets = vec![TaskTarget::Window(0), TaskTarget::Window(0)];
        let mut config = pools(&[10], vec![twice]);
        config.settings.multi_target_task = setting;
        assert_eq!(play(&config).sends().len(), sends, "{setting:?}");
    }
}

/// Different windows never block each other.
#[test]
fn executions_of_different_windows_overlap() {
    let mut config = pools(&[90], vec![on(0, 1)]);
    let mut other = config.windows[0].clone();
    other.schedule = schedule("cron(0 17 9 1 ? 2024)");
    config.windows.push(other);
    let (opened, skipped) = openings(&play(&config));
    assert_eq!((opened, skipped), (vec![at("16:00"), at("17:00")], Vec::new()));
}

/// The order within an instant: completions, cutoff, stop decisions and sends, openings.
#[test]
fn w19_a_window_that_opens_at_the_cutoff_changes_nothing_about_it() {
    let mut config = example(CutoffBehavior::CancelTask);
    let mut other = config.windows[0].clone();
    other.schedule = schedule("cron(0 19 9 1 ? 2024)");
    config.windows.push(other);
    let history = play(&config);
    let first = history.command(0);
    assert_eq!(
        (first.id.window, first.counts.sent(), first.ended),
        (0, 6, Some(at("19:00")))
    );
    let sent_at_cutoff = history
        .sends()
        .iter()
        .filter(|(sent, _)| *sent == at("19:00"))
        .count();
    assert_eq!(sent_at_cutoff, 2, "those of the second window");
}

#[test]
fn a_disabled_window_never_opens() {
    let mut config = pools(&[10], vec![on(0, 1)]);
    config.windows[0].enabled = false;
    let (opened, skipped) = openings(&play(&config));
    assert_eq!((opened, skipped), (Vec::new(), Vec::new()));
}

/// Opens at 16:00, 16:05, … 16:15; the freeze holds from 16:05 on, until before 16:10.
#[test]
fn a_change_freeze_holds_windows_back_and_lets_what_has_opened_go_on() {
    let freeze = |windows| ChangeFreeze {
        name: "board".to_owned(),
        from: at("16:05"),
        until: at("16:10"),
        windows,
    };
    for (minutes, windows, opened) in [
        (3, None, vec!["16:00", "16:10", "16:15"]),
        (3, Some(vec![0]), vec!["16:00", "16:10", "16:15"]),
        (3, Some(Vec::new()), vec!["16:00", "16:05", "16:10", "16:15"]),
        (7, None, vec!["16:00", "16:10"]),
    ] {
        let mut config = every_five_minutes(minutes);
        config.freezes = vec![freeze(windows)];
        let history = play(&config);
        let times: Vec<SimTime> = opened.into_iter().map(at).collect();
        assert_eq!(openings(&history).0, times);
        let ended = history.record.commands[0].ended;
        assert_eq!(ended, Some(at("16:00") + SimDuration::from_minutes(minutes)));
    }
}
