//! Run Command, Patch now and patch policies through the engine: C11, C13, and snapshots without a
//! window.

use patchbench_kernel::SimTime;
use patchbench_model::config::{ModelConfig, Operation, PercentRounding, ScriptedResult, Surface};
use patchbench_model::ssm::{CommandStatus, OperatingSystem, SEND_COMMAND_DEFAULTS, predefined_baselines};
use patchbench_model::units::RateLimit;
use patchbench_model::world::Plan;

use super::world::{
    Told, at, baseline, behavior, play, predefined, rule, schedule, scripted, task, windows_patch,
    windows_world, world,
};

/// The usual window as another surface.
fn as_surface(mut config: ModelConfig, surface: Surface) -> ModelConfig {
    let window = &mut config.windows[0];
    window.surface = surface;
    window.schedule = schedule("at(2024-01-09T16:00:00)");
    (window.duration_hours, window.cutoff_hours) = (24, 0);
    config
}

#[test]
fn c11_send_command_has_50_outstanding_and_stops_at_the_first_error() {
    let mut config = as_surface(
        windows_world(60, vec![task(Operation::Scan, 1, 0)]),
        Surface::RunCommand,
    );
    config.behaviors[0] = behavior(10, 0, 0);
    let command = &mut config.windows[0].tasks[0];
    command.max_concurrency = SEND_COMMAND_DEFAULTS.max_concurrency;
    command.max_errors = SEND_COMMAND_DEFAULTS.max_errors;
    config.outcomes = scripted(&[3], ScriptedResult::Failed);
    let history = play(&config);
    assert_eq!(history.sends().len(), 50);
    assert!(history.sends().iter().all(|(sent, _)| *sent == at("16:00")));
    let command = history.command(0);
    assert_eq!(command.status, CommandStatus::Failed);
    assert_eq!(command.stopped, Some(at("16:10")));
    assert_eq!(command.ended, Some(at("16:10")));
}

#[test]
fn c13_patch_now_chooses_its_limits_by_the_number_of_nodes() {
    for (nodes, concurrency, errors) in [
        (24, 1, 1),
        (25, 1, 5),
        (100, 5, 5),
        (101, 8, 10),
        (1000, 80, 10),
        (1001, 100, 10),
    ] {
        let mut config = as_surface(
            windows_world(nodes, vec![task(Operation::Install, 1, 0)]),
            Surface::PatchNow,
        );
        let command = &mut config.windows[0].tasks[0];
        command.max_concurrency = RateLimit::PatchNow;
        command.max_errors = RateLimit::PatchNow;
        let control = play(&config).command(0).control;
        assert_eq!(
            (control.max_concurrency, control.max_errors),
            (concurrency, errors),
            "{nodes} nodes"
        );
    }
}

#[test]
fn c13_percentages_of_patch_now_round_by_the_setting() {
    for (rounding, concurrency) in [
        (PercentRounding::Floor, 1),
        (PercentRounding::Ceil, 2),
        (PercentRounding::Nearest, 2),
    ] {
        let mut config = as_surface(
            windows_world(30, vec![task(Operation::Install, 1, 0)]),
            Surface::PatchNow,
        );
        config.settings.percent_rounding = rounding;
        let command = &mut config.windows[0].tasks[0];
        command.max_concurrency = RateLimit::PatchNow;
        command.max_errors = RateLimit::PatchNow;
        let history = play(&config);
        let control = history.command(0).control;
        assert_eq!((control.max_concurrency, control.max_errors), (concurrency, 5));
        let first = history.sends()[0].0;
        let together = history.sends().iter().filter(|(sent, _)| *sent == first).count();
        assert_eq!(together, concurrency as usize, "{rounding:?}");
    }
}

/// Two nodes one after the other, half an hour each; the patch is approved in between.
fn approved_in_between(surface: Surface) -> Vec<(SimTime, usize)> {
    let known = baseline("daily", OperatingSystem::Windows, vec![rule(&[], 0)]);
    let patch = windows_patch("P", "SecurityUpdates", "Critical", "2024-01-09T16:15:00Z");
    let mut config = world(2, known, vec![patch], vec![task(Operation::Scan, 1, 0)]);
    config.behaviors[0] = behavior(30, 0, 0);
    let history = play(&as_surface(config, surface));
    let reports = history.told.iter().filter_map(|(when, told)| match told {
        Told::Ended {
            report: Some(report), ..
        } => Some((*when, report.missing as usize)),
        _ => None,
    });
    reports.collect()
}

#[test]
fn without_a_window_every_node_has_a_snapshot_of_its_own() {
    let ends = [at("16:30"), at("17:00")];
    assert_eq!(
        approved_in_between(Surface::MaintenanceWindow),
        [(ends[0], 0), (ends[1], 0)]
    );
    for surface in [Surface::RunCommand, Surface::PatchNow, Surface::PatchPolicy] {
        assert_eq!(
            approved_in_between(surface),
            [(ends[0], 0), (ends[1], 1)],
            "{surface:?}"
        );
    }
}

#[test]
fn a_command_ends_with_its_last_node_however_late() {
    let mut config = as_surface(
        windows_world(30, vec![task(Operation::Scan, 1, 0)]),
        Surface::RunCommand,
    );
    config.behaviors[0] = behavior(60, 0, 0);
    config.windows[0].tasks[0].max_concurrency = RateLimit::Count(1);
    let history = play(&config);
    assert_eq!(history.sends().len(), 30);
    let command = history.command(0);
    assert_eq!(command.status, CommandStatus::Success);
    assert_eq!(
        command.ended,
        Some(
            "2024-01-10T22:00:00Z"
                .parse::<chrono::DateTime<chrono::Utc>>()
                .map(patchbench_model::clock::from_utc)
                .unwrap()
        )
    );
}

#[test]
fn a_patch_policy_decides_the_baseline_whatever_the_group_and_the_defaults() {
    let mut config = windows_world(3, vec![task(Operation::Scan, 1, 0)]);
    let own = predefined("AWS-WindowsPredefinedPatchBaseline-OS");
    assert!(predefined_baselines(patchbench_model::ssm::BaselineVintage::Latest).len() > 1);
    config.baselines.push(own);
    let last = config.baselines.len() - 1;
    let registered = Plan::new(&config).classes[0].baseline;
    assert_ne!(registered, Some(last));
    config.pools[0].policy_baseline = Some(last);
    let plan = Plan::new(&config);
    assert_eq!(plan.classes[0].baseline, Some(last));
    assert!(plan.classes[0].by_policy);
}
