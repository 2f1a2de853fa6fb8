//! P04, P05 and K04: install override lists and baseline overrides.

use patchbench_model::catalog::Patch;
use patchbench_model::config::{ModelConfig, Operation, Overrides, RebootOption, ScriptedResult, Task};
use patchbench_model::ssm::{
    FilterKey, InstancePatchState, InvocationStatus, OperatingSystem, RejectedPatchesAction,
};
use patchbench_model::world::Cause;

use super::world::{
    History, Told, at, baseline, patch, play, pool, rule, schedule, scripted, task, utc, windows_patch, world,
};

const RELEASED: &str = "2024-01-02T00:00:00Z";

/// One node whose baseline approves critical patches: `p1` is approved and missing, `p9` is not approved.
fn one_node(tasks: Vec<Task>) -> ModelConfig {
    let critical = rule(&[(FilterKey::MsrcSeverity, &["Critical"])], 0);
    let known = baseline("critical", OperatingSystem::Windows, vec![critical]);
    let patches = vec![
        windows_patch("p1", "CriticalUpdates", "Critical", RELEASED),
        Patch {
            kb: Some("KB9".to_owned()),
            ..windows_patch("p9", "Updates", "Low", RELEASED)
        },
    ];
    world(1, known, patches, tasks)
}

fn with_list(operation: Operation, list: &[&str]) -> Task {
    Task {
        overrides: Overrides {
            install_list: Some(list.iter().map(|id| (*id).to_owned()).collect()),
            baselines: Vec::new(),
        },
        ..task(operation, 1, 0)
    }
}

fn with_baselines(operation: Operation, baselines: &[usize]) -> Task {
    Task {
        overrides: Overrides {
            install_list: None,
            baselines: baselines.to_vec(),
        },
        ..task(operation, 1, 0)
    }
}

/// A baseline that approves patches of low severity at once, for overrides.
fn add_low_baseline(config: &mut ModelConfig, os: OperatingSystem) -> usize {
    let low = rule(&[(FilterKey::MsrcSeverity, &["Low"])], 0);
    config.baselines.push(baseline("low", os, vec![low]));
    config.baselines.len() - 1
}

/// A second window, an hour after the first one's end.
fn then(config: &mut ModelConfig, task: Task) {
    let mut later = config.windows[0].clone();
    later.schedule = schedule("cron(0 21 9 1 ? 2024)");
    later.tasks = vec![task];
    config.windows.push(later);
}

/// How invocations ended, why, and how many patches they installed.
fn ends(history: &History) -> Vec<(InvocationStatus, Option<Cause>, usize)> {
    let ended = history.told.iter().filter_map(|(_, told)| match told {
        Told::Ended {
            status,
            cause,
            installed,
            ..
        } => Some((*status, *cause, *installed)),
        _ => None,
    });
    ended.collect()
}

fn report(history: &History) -> InstancePatchState {
    history.reports().last().unwrap().1
}

/// When a patch reached all nodes.
fn covered(history: &History, patch: usize) -> Option<patchbench_kernel::SimTime> {
    let mut cells = history.record.coverage.iter();
    cells.find(|cell| cell.patch == patch).unwrap().reached[3]
}

#[test]
fn p04_a_list_installs_what_it_names_and_compliance_stays_the_baselines() {
    for entry in ["p9", "KB9", "kb9"] {
        let history = play(&one_node(vec![with_list(Operation::Install, &[entry])]));
        assert_eq!(ends(&history), [(InvocationStatus::Success, None, 1)]);
        let report = report(&history);
        assert_eq!(
            (report.installed_other, report.missing, report.installed),
            (1, 1, 0)
        );
        assert!(!report.compliant());
        assert_eq!(covered(&history, 0), None, "the approved one was not listed");
        assert!(
            history.record.coverage.iter().all(|cell| cell.patch != 1),
            "nothing is counted for a patch that no baseline approves"
        );
    }
}

#[test]
fn p04_a_listed_patch_that_is_approved_counts_as_installed() {
    let history = play(&one_node(vec![with_list(Operation::Install, &["p1", "p9"])]));
    let report = report(&history);
    assert_eq!(
        (report.installed, report.installed_other, report.missing),
        (1, 1, 0)
    );
    assert!(report.compliant());
    assert_eq!(covered(&history, 0), Some(at("18:00")));
}

#[test]
fn p04_what_is_there_already_or_not_yet_is_not_installed() {
    let mut config = one_node(vec![with_list(Operation::Install, &["p9"])]);
    then(&mut config, with_list(Operation::Install, &["p9", "later"]));
    let later = windows_patch("later", "Updates", "Low", "2024-01-09T22:00:00Z");
    let patchbench_model::catalog::ReleaseStream::Recorded { patches, .. } = &mut config.releases[0] else {
        panic!("the stream is recorded");
    };
    patches.push(later);
    let history = play(&config);
    let installed: Vec<usize> = ends(&history).iter().map(|(.., installed)| *installed).collect();
    assert_eq!(installed, [1, 0]);
}

#[test]
fn p04_a_scan_ignores_the_list() {
    let history = play(&one_node(vec![with_list(Operation::Scan, &["p9"])]));
    assert_eq!(ends(&history), [(InvocationStatus::Success, None, 0)]);
    assert_eq!(
        (report(&history).missing, report(&history).installed_other),
        (1, 0)
    );
}

#[test]
fn p04_a_failed_install_of_a_list_leaves_the_approved_ones_missing() {
    let mut config = one_node(vec![with_list(Operation::Install, &["p9"])]);
    config.outcomes = scripted(&[1], ScriptedResult::Failed);
    let report = report(&play(&config));
    assert_eq!((report.missing, report.failed, report.installed_other), (1, 0, 0));
}

#[test]
fn p04_without_a_reboot_listed_patches_wait_for_one() {
    let mut config = one_node(vec![Task {
        reboot_option: RebootOption::NoReboot,
        ..with_list(Operation::Install, &["p9"])
    }]);
    then(&mut config, task(Operation::Install, 1, 0));
    let history = play(&config);
    let reports: Vec<_> = history.reports().iter().map(|(_, report)| *report).collect();
    assert_eq!((reports[0].installed_pending_reboot, reports[0].missing), (1, 1));
    assert_eq!((reports[1].installed, reports[1].installed_other), (1, 1));
}

#[test]
fn p05_a_list_and_a_baseline_override_together_fail_the_run() {
    for operation in [Operation::Install, Operation::Scan] {
        let mut config = one_node(Vec::new());
        let low = add_low_baseline(&mut config, OperatingSystem::Windows);
        let both = Overrides {
            install_list: Some(vec!["p9".to_owned()]),
            baselines: vec![low],
        };
        config.windows[0].tasks = vec![Task {
            overrides: both,
            ..task(operation, 1, 0)
        }];
        let history = play(&config);
        let failed = (InvocationStatus::Failed, Some(Cause::BothOverrides), 0);
        assert_eq!(ends(&history), [failed]);
        assert_eq!(Cause::BothOverrides.exit_code(), Some(167));
        assert!(history.reports().is_empty(), "nothing is reported");
        let command = history.command(0);
        assert_eq!(command.counts.errors(), 1);
        assert!(command.ended.unwrap() < at("16:01"), "it fails at once");

        config.outcomes = scripted(&[1], ScriptedResult::Success);
        assert_eq!(ends(&play(&config)), [failed], "whatever would have come of it");
        config.outcomes = scripted(&[1], ScriptedResult::Undeliverable);
        let unreached = (InvocationStatus::Undeliverable, Some(Cause::Scripted), 0);
        assert_eq!(
            ends(&play(&config)),
            [unreached],
            "unless it does not reach the node"
        );
    }
}

#[test]
fn a_baseline_override_decides_what_is_installed_and_nothing_is_uploaded() {
    let mut config = one_node(Vec::new());
    let low = add_low_baseline(&mut config, OperatingSystem::Windows);
    config.windows[0].tasks = vec![task(Operation::Scan, 1, 0)];
    then(&mut config, with_baselines(Operation::Install, &[low]));
    let history = play(&config);
    let installed: Vec<usize> = ends(&history).iter().map(|(.., installed)| *installed).collect();
    assert_eq!(installed, [0, 1], "p9, which the other baseline approves");
    assert_eq!(history.reports().len(), 1, "the scan's");
    let last = history.record.compliance.last().unwrap()[0];
    // INSTALLED_OTHER in truth; what the node reported does not know of it.
    let other = patchbench_model::ssm::PatchState::InstalledOther as usize;
    assert_eq!((last.reported.patches[other], last.actual.patches[other]), (0, 1));
}

#[test]
fn a_baseline_override_without_one_for_the_nodes_system_fails_there() {
    let mut config = one_node(Vec::new());
    config.pools.push(pool("linux", 1, OperatingSystem::AmazonLinux2));
    let low = add_low_baseline(&mut config, OperatingSystem::Windows);
    config.windows[0].targets[0].targets = vec![super::world::tagged("Pool", &["web", "linux"])];
    config.windows[0].tasks = vec![Task {
        max_concurrency: patchbench_model::units::RateLimit::Count(2),
        ..with_baselines(Operation::Install, &[low])
    }];
    assert_eq!(
        ends(&play(&config)),
        [
            (InvocationStatus::Failed, Some(Cause::NoOverrideBaseline), 0),
            (InvocationStatus::Success, None, 1)
        ]
    );
}

#[test]
fn k04_what_is_rejected_and_installed_is_reported_as_the_action_says() {
    for (action, rejected, other) in [
        (RejectedPatchesAction::Block, 1, 0),
        (RejectedPatchesAction::AllowAsDependency, 0, 1),
    ] {
        let mut config = one_node(vec![with_list(Operation::Install, &["p1"])]);
        config.baselines[0].rejected_patches = vec!["p1".to_owned()];
        config.baselines[0].rejected_patches_action = action;
        then(&mut config, task(Operation::Scan, 1, 0));
        let history = play(&config);
        for (_, report) in history.reports() {
            assert_eq!(
                (report.installed_rejected, report.installed_other),
                (rejected, other)
            );
            assert_eq!((report.installed, report.missing), (0, 0));
            assert_eq!(report.compliant(), rejected == 0);
        }
        assert_eq!(history.reports().len(), 2);
    }
}

#[test]
fn k06_of_two_scans_of_a_day_by_different_rules_the_seconds_report_counts() {
    // On Linux the rules are asked with the node's clock: at 16:00 nothing is approved, at 21:00 `p` is.
    let os = OperatingSystem::AmazonLinux2;
    let security = rule(&[(FilterKey::Classification, &["Security"])], 7);
    let known = baseline("security", os, vec![security]);
    let released = vec![patch("p", os, "Security", "Critical", "2024-01-02T18:00:00Z")];
    let mut config = world(1, known, released, vec![task(Operation::Scan, 1, 0)]);
    config.pools[0].patched_through = utc("2024-01-01T00:00:00Z");
    then(&mut config, task(Operation::Scan, 1, 0));
    let history = play(&config);
    let missing: Vec<u32> = history
        .reports()
        .iter()
        .map(|(_, report)| report.missing)
        .collect();
    assert_eq!(missing, [0, 1]);
    let last = history.record.compliance.last().unwrap()[0].reported;
    assert_eq!((last.nodes, last.compliant), (1, 0), "one report, the second");
}
