//! P01 to P03, P06 and P09: reboots and snapshots.

use patchbench_kernel::SimTime;
use patchbench_model::catalog::{Patch, ReleaseStream};
use patchbench_model::config::{MaintenanceWindow, ModelConfig, Operation, RebootOption, Task};
use patchbench_model::ssm::{InstancePatchState, InvocationStatus, OperatingSystem};
use patchbench_model::world::Cause;

use super::world::{
    History, Told, at, baseline, patch, play, rule, schedule, seed_rule, task, utc, windows_patch, world,
};

fn missing_patch() -> Patch {
    windows_patch("P", "CriticalUpdates", "Critical", "2024-01-02T00:00:00Z")
}

/// One node with one approved and missing patch.
fn one_node(tasks: Vec<Task>) -> ModelConfig {
    let known = baseline("seed", OperatingSystem::Windows, vec![seed_rule()]);
    world(1, known, vec![missing_patch()], tasks)
}

fn install(reboot_option: RebootOption) -> Task {
    Task {
        reboot_option,
        ..task(Operation::Install, 1, 0)
    }
}

/// A second window, an hour after the first one's end.
fn then(config: &mut ModelConfig, task: Task) {
    let mut later = config.windows[0].clone();
    later.schedule = schedule("cron(0 21 9 1 ? 2024)");
    later.tasks = vec![task];
    config.windows.push(later);
}

/// Whether each invocation rebooted its node, and what it reported.
fn operations(history: &History) -> Vec<(bool, InstancePatchState)> {
    let ended = history.told.iter().filter_map(|(_, told)| match told {
        Told::Ended {
            rebooted,
            report: Some(report),
            ..
        } => Some((*rebooted, *report)),
        _ => None,
    });
    ended.collect()
}

fn installed() -> InstancePatchState {
    InstancePatchState {
        installed: 1,
        ..InstancePatchState::default()
    }
}

fn is_pending(report: &InstancePatchState) -> bool {
    (
        report.installed_pending_reboot,
        report.installed,
        report.compliant(),
    ) == (1, 0, false)
}

#[test]
fn p01_an_install_reboots_once_whether_its_patches_need_it_or_not() {
    let history = play(&one_node(vec![install(RebootOption::RebootIfNeeded)]));
    assert_eq!(operations(&history), [(true, installed())]);
    let command = history.command(0);
    assert_eq!(
        (command.installed, command.rebooted, command.compliant),
        (1, 1, 1)
    );
    assert_eq!(command.ended, Some(at("18:00")), "scan, install and reboot");
}

#[test]
fn p01_nothing_missing_and_nothing_pending_means_no_reboot() {
    let mut config = one_node(vec![install(RebootOption::RebootIfNeeded)]);
    config.releases.clear();
    let history = play(&config);
    assert_eq!(operations(&history), [(false, InstancePatchState::default())]);
    assert_eq!(history.command(0).ended, Some(at("16:30")), "a scan only");
}

#[test]
fn p02_no_reboot_leaves_the_patch_pending_and_the_node_non_compliant() {
    let history = play(&one_node(vec![install(RebootOption::NoReboot)]));
    let [(rebooted, report)] = operations(&history)[..] else {
        panic!("one operation");
    };
    assert!(!rebooted && is_pending(&report), "{report:?}");
    let command = history.command(0);
    assert_eq!(
        (command.installed, command.rebooted, command.non_compliant),
        (1, 0, 1)
    );
}

#[test]
fn p03_a_scan_never_reboots_and_still_reports_what_is_pending() {
    let mut config = one_node(vec![install(RebootOption::NoReboot)]);
    then(&mut config, task(Operation::Scan, 1, 0));
    let found = operations(&play(&config));
    assert_eq!(found.len(), 2);
    assert!(!found[1].0 && is_pending(&found[1].1), "{found:?}");
}

#[test]
fn pending_patches_make_the_next_install_reboot_though_nothing_is_missing() {
    for (reboot_option, rebooted) in [
        (RebootOption::RebootIfNeeded, true),
        (RebootOption::NoReboot, false),
    ] {
        let mut config = one_node(vec![install(RebootOption::NoReboot)]);
        then(&mut config, install(reboot_option));
        let found = operations(&play(&config));
        assert_eq!(found[1].0, rebooted);
        assert_eq!(is_pending(&found[1].1), !rebooted, "{:?}", found[1].1);
        assert_eq!(found[1].1 == installed(), rebooted);
    }
}

/// Only the patches of installs without a reboot are pending.
#[test]
fn earlier_installed_patches_do_not_turn_pending() {
    let mut config = one_node(vec![install(RebootOption::RebootIfNeeded)]);
    let later = windows_patch("Q", "CriticalUpdates", "Critical", "2024-01-04T20:30:00Z");
    let patchbench_model::catalog::ReleaseStream::Recorded { patches, .. } = &mut config.releases[0] else {
        panic!("a recorded stream");
    };
    patches.push(later);
    then(&mut config, install(RebootOption::NoReboot));
    let found = operations(&play(&config));
    let report = found[1].1;
    assert_eq!((report.installed, report.installed_pending_reboot), (1, 1));
}

/// Four nodes in two batches; the patch is approved between the batches.
fn approved_in_between(os: OperatingSystem) -> ModelConfig {
    let known = baseline("five-days", os, vec![rule(&[], 5)]);
    let late = patch("P", os, "SecurityUpdates", "Critical", "2024-01-04T16:15:00Z");
    world(4, known, vec![late], vec![task(Operation::Install, 2, 0)])
}

#[test]
fn p06_windows_nodes_of_one_execution_share_the_snapshot_of_its_opening() {
    let missing = |os| -> Vec<(SimTime, usize)> {
        let history = play(&approved_in_between(os));
        let sent = history.told.iter().filter_map(|(at, told)| match told {
            Told::Sent { missing, .. } => Some((*at, *missing)),
            _ => None,
        });
        sent.collect()
    };
    let (first, second) = (at("16:00"), at("16:30"));
    assert_eq!(
        missing(OperatingSystem::Windows),
        [(first, 0), (first, 0), (second, 0), (second, 0)]
    );
    // On Linux the rules are frozen, but "now" is the node's own.
    assert_eq!(
        missing(OperatingSystem::AmazonLinux2),
        [(first, 0), (first, 0), (second, 1), (second, 1)]
    );
}

#[test]
fn approvals_within_the_simulation_are_for_the_next_window() {
    let mut config = approved_in_between(OperatingSystem::Windows);
    then(&mut config, task(Operation::Install, 4, 0));
    config.horizon = utc("2024-01-10T12:00:00Z");
    let history = play(&config);
    let installed: u64 = history
        .record
        .commands
        .iter()
        .map(|command| command.installed)
        .sum();
    assert_eq!(installed, 4);
}

/// An install that needs this many rounds of reboot and rerun.
fn in_rounds(rounds: u32, reboot_option: RebootOption) -> ModelConfig {
    let mut config = one_node(vec![install(reboot_option)]);
    config.behaviors[0].reboot_rounds = rounds;
    config
}

#[test]
fn p09_five_reboots_are_survived_and_the_start_after_the_sixth_fails() {
    for rounds in 1..=5 {
        let history = play(&in_rounds(rounds, RebootOption::RebootIfNeeded));
        assert_eq!(operations(&history), [(true, installed())]);
        let minutes = 30 + 60 + 30 * i64::from(rounds);
        let expected = at("16:00") + patchbench_kernel::SimDuration::from_minutes(minutes);
        assert_eq!(history.command(0).ended, Some(expected), "{rounds} rounds");
    }
    for rounds in [6, 7, 100] {
        let history = play(&in_rounds(rounds, RebootOption::RebootIfNeeded));
        let ended = history.told.iter().find_map(|(at, told)| match told {
            Told::Ended {
                status,
                cause,
                installed,
                rebooted,
                report,
                ..
            } => Some((*at, *status, *cause, *installed, *rebooted, *report)),
            _ => None,
        });
        let (status, cause) = (InvocationStatus::Failed, Some(Cause::TooManyReboots));
        // Scan and install, and six reboots.
        assert_eq!(ended, Some((at("20:30"), status, cause, 0, true, None)));
        assert_eq!(Cause::TooManyReboots.exit_code(), Some(3));
        assert_eq!(history.command(0).counts.errors(), 1);
    }
}

#[test]
fn p09_without_reboots_there_are_no_rounds() {
    let history = play(&in_rounds(6, RebootOption::NoReboot));
    let found = operations(&history);
    assert!(matches!(found.as_slice(), [(false, report)] if is_pending(report)));
}

#[test]
fn p09_what_waited_for_a_reboot_has_had_one_after_too_many() {
    let mut config = in_rounds(6, RebootOption::NoReboot);
    then(&mut config, install(RebootOption::RebootIfNeeded));
    let ReleaseStream::Recorded { patches, .. } = &mut config.releases[0] else {
        panic!("the stream is recorded");
    };
    let mut second = missing_patch();
    second.id = "Q".to_owned();
    second.released_at = Some(utc("2024-01-04T18:00:00Z"));
    patches.push(second);
    config.windows.push(MaintenanceWindow {
        schedule: schedule("cron(0 12 10 1 ? 2024)"),
        tasks: vec![task(Operation::Scan, 1, 0)],
        ..config.windows[0].clone()
    });
    let reports: Vec<_> = operations(&play(&config))
        .into_iter()
        .map(|(_, report)| report)
        .collect();
    assert_eq!(reports.len(), 2, "the run after the sixth reboot reports nothing");
    assert_eq!((reports[0].installed_pending_reboot, reports[0].missing), (1, 0));
    assert_eq!((reports[1].installed, reports[1].missing), (1, 1));
}
