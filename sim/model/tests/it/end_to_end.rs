//! E01 to E04: the blog post's set-up from release to result.

use patchbench_kernel::SimTime;
use patchbench_model::config::{
    CutoffBehavior, ModelConfig, Operation, ScriptedOutcome, ScriptedResult, TaskStatus,
};
use patchbench_model::ssm::{CommandStatus, InstancePatchState, InvocationStatus, OperatingSystem};

use super::world::{
    History, Told, at, baseline, behavior, play, schedule, seed_rule, task, utc, windows_patch, world,
};

/// Ten Front-End Servers, two at a time, one error allowed, Tuesdays at 16:00 for four hours with a
/// cutoff of one; the patch is released on Monday 2024-01-01.
fn set_up(operation: Operation, cutoff_behavior: CutoffBehavior) -> ModelConfig {
    let known = baseline(
        "Prod-WindowsServer2016-Critical-5Day",
        OperatingSystem::Windows,
        vec![seed_rule()],
    );
    let patch = windows_patch("P", "CriticalUpdates", "Critical", "2024-01-01T00:00:00Z");
    let mut config = world(10, known, vec![patch], vec![task(operation, 2, 1)]);
    config.windows[0].schedule = schedule("cron(0 16 ? * TUE *)");
    config.windows[0].tasks[0].cutoff_behavior = cutoff_behavior;
    config.behaviors[0] = match operation {
        Operation::Scan => behavior(30, 0, 0),
        Operation::Install => behavior(0, 120, 0),
    };
    config
}

/// Sends of Tuesday 01-09, each with its node.
fn sends(history: &History) -> Vec<(SimTime, u32)> {
    let mut sends = history.sends();
    sends.retain(|(sent, _)| *sent >= at("00:00"));
    sends
}

/// Nodes in pairs, one pair at each of these times.
fn pairs(times: &[SimTime]) -> Vec<(SimTime, u32)> {
    let pair = |(index, time): (usize, &SimTime)| {
        let first = 2 * index as u32 + 1;
        [(*time, first), (*time, first + 1)]
    };
    times.iter().enumerate().flat_map(pair).collect()
}

fn second_tuesday(history: &History) -> &patchbench_model::world::CommandRecord {
    let mut commands = history.record.commands.iter();
    commands.find(|command| command.id.opening == 1).unwrap()
}

fn statuses(history: &History) -> (TaskStatus, TaskStatus) {
    let window = history
        .record
        .windows
        .iter()
        .find(|window| window.opening == 1)
        .unwrap();
    (window.tasks[0], window.status)
}

#[test]
fn e01_the_second_tuesdays_scan_reports_the_patch_missing_on_all_nodes() {
    let history = play(&set_up(Operation::Scan, CutoffBehavior::ContinueTask));
    let approved = history.times(|told| matches!(told, Told::Approved { .. }));
    assert_eq!(approved, [utc("2024-01-06T00:00:00Z")]);
    let opened = history.times(|told| matches!(told, Told::Opened { .. }));
    assert_eq!(opened, [utc("2024-01-02T16:00:00Z"), at("16:00")]);
    let reports = history.reports();
    let (first, second) = reports.split_at(10);
    assert!(
        first
            .iter()
            .all(|(_, report)| *report == InstancePatchState::default())
    );
    assert_eq!(second.len(), 10);
    for (_, report) in second {
        assert_eq!((report.missing, report.compliant()), (1, false));
        assert_eq!(
            report.other_non_compliant, 1,
            "CriticalUpdates are no security class"
        );
    }
    let times = ["16:00", "16:30", "17:00", "17:30", "18:00"].map(at);
    assert_eq!(sends(&history), pairs(&times));
    let command = second_tuesday(&history);
    assert_eq!(
        (
            command.ended,
            command.status,
            command.reported_missing,
            command.installed
        ),
        (Some(at("18:30")), CommandStatus::Success, 10, 0)
    );
    assert_eq!(statuses(&history), (TaskStatus::Success, TaskStatus::Success));
}

#[test]
fn e02_failing_scans_stop_the_second_tuesday() {
    let mut config = set_up(Operation::Scan, CutoffBehavior::ContinueTask);
    let failed = |node: u32| ScriptedOutcome {
        node: node - 1,
        window: Some(0),
        task: Some(0),
        on: chrono::NaiveDate::from_ymd_opt(2024, 1, 9),
        result: ScriptedResult::Failed,
    };
    config.outcomes = [3, 6, 8].map(failed).to_vec();
    let history = play(&config);
    let first = history
        .record
        .commands
        .iter()
        .find(|command| command.id.opening == 0)
        .unwrap();
    assert_eq!(
        first.status,
        CommandStatus::Success,
        "outcomes are for 01-09 only"
    );
    let command = second_tuesday(&history);
    let count = |status| command.counts.get(status);
    assert_eq!(command.counts.sent(), 6);
    assert_eq!(
        (
            count(InvocationStatus::Success),
            count(InvocationStatus::Failed),
            count(InvocationStatus::Terminated)
        ),
        (4, 2, 4)
    );
    assert_eq!(
        (command.stopped, command.ended),
        (Some(at("17:30")), Some(at("17:30")))
    );
    assert_eq!(statuses(&history), (TaskStatus::Failed, TaskStatus::Failed));
    let told = history.times(|told| *told == Told::Stopped { errors: 2, left: 4 });
    assert_eq!(told, [at("17:30")]);
    let terminated = |told: &Told| {
        matches!(
            told,
            Told::NotSent {
                status: InvocationStatus::Terminated,
                ..
            }
        )
    };
    assert_eq!(history.times(terminated), [at("17:30"); 4]);
    assert_eq!(
        command.reported_missing, 4,
        "a scan that failed has determined no states"
    );
}

#[test]
fn e03_continue_task_installs_beyond_the_windows_end() {
    let history = play(&set_up(Operation::Install, CutoffBehavior::ContinueTask));
    let midnight = utc("2024-01-10T00:00:00Z");
    let times = [at("16:00"), at("18:00"), at("20:00"), at("22:00"), midnight];
    assert_eq!(sends(&history), pairs(&times));
    let command = second_tuesday(&history);
    assert_eq!(
        (command.ended, command.installed, command.sent_before_cutoff),
        (Some(utc("2024-01-10T02:00:00Z")), 10, 4)
    );
    assert_eq!(statuses(&history), (TaskStatus::Success, TaskStatus::Success));
    let window = history
        .record
        .windows
        .iter()
        .find(|window| window.opening == 1)
        .unwrap();
    assert_eq!(window.ended, Some(utc("2024-01-10T02:00:00Z")));
}

#[test]
fn e04_cancel_task_leaves_running_nodes_to_finish() {
    let history = play(&set_up(Operation::Install, CutoffBehavior::CancelTask));
    assert_eq!(sends(&history), pairs(&[at("16:00"), at("18:00")]));
    let ends: Vec<(SimTime, u32, InvocationStatus)> = history
        .ends()
        .into_iter()
        .filter(|(ended, ..)| *ended >= at("00:00"))
        .collect();
    let success = InvocationStatus::Success;
    assert_eq!(
        ends,
        [
            (at("18:00"), 1, success),
            (at("18:00"), 2, success),
            (at("20:00"), 3, success),
            (at("20:00"), 4, success)
        ]
    );
    let command = second_tuesday(&history);
    assert_eq!(
        (
            command.counts.get(InvocationStatus::Cancelled),
            command.counts.sent(),
            command.installed
        ),
        (6, 4, 4)
    );
    let late = TaskStatus::TimedOut;
    assert_eq!(statuses(&history), (late, late));
    let cutoffs = history.times(|told| matches!(told, Told::Cutoff));
    assert_eq!(cutoffs.last(), Some(&at("19:00")));
}

#[test]
fn e04_a_cancel_may_stop_running_nodes_by_the_setting() {
    let mut config = set_up(Operation::Install, CutoffBehavior::CancelTask);
    config.settings.cancel_kills_running = 1.0;
    let history = play(&config);
    let command = second_tuesday(&history);
    assert_eq!(command.ended, Some(at("19:00")));
    assert_eq!(
        (
            command.counts.get(InvocationStatus::Cancelled),
            command.counts.sent(),
            command.installed
        ),
        (8, 4, 2)
    );
    let late = TaskStatus::TimedOut;
    assert_eq!(statuses(&history), (late, late));
}
