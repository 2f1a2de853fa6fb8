//! What nodes report in the course of a world: states from what is on them and what is approved.

use patchbench_model::catalog::{Patch, ReleaseStream};
use patchbench_model::config::{ModelConfig, Operation, ScriptedOutcome, ScriptedResult, Supersedence};
use patchbench_model::ssm::{
    ApprovalRule, ComplianceLevel, InstancePatchState, OperatingSystem, PatchBaseline, PatchState,
    RejectedPatchesAction, UpdatesComplianceStatus, VendorSeverity,
};
use patchbench_model::world::{ComplianceSample, Plan};

use super::world::{baseline, patch, play, rule, schedule, task, utc, world};

const WINDOWS: OperatingSystem = OperatingSystem::Windows;
const AMAZON: OperatingSystem = OperatingSystem::AmazonLinux2;

/// One node, a window every day at 16:00 from the start to `until`.
fn daily(known: PatchBaseline, patches: Vec<Patch>, operation: Operation, until: &str) -> ModelConfig {
    let mut config = world(1, known, patches, vec![task(operation, 1, 0)]);
    config.windows[0].schedule = schedule("cron(0 16 ? * * *)");
    config.horizon = utc(until);
    config
}

/// The report of each day, with its day.
fn reports(config: &ModelConfig) -> Vec<(String, InstancePatchState)> {
    let reports = play(config).reports();
    let one = |(at, report): (patchbench_kernel::SimTime, InstancePatchState)| {
        (at.to_string()[5..10].to_owned(), report)
    };
    reports.into_iter().map(one).collect()
}

fn on(config: &ModelConfig, day: &str) -> InstancePatchState {
    let reports = reports(config);
    let found = reports.iter().find(|(known, _)| known == day);
    found
        .unwrap_or_else(|| panic!("no report on {day}: {reports:?}"))
        .1
}

/// An update and its replacement three weeks later.
fn two_updates(os: OperatingSystem) -> Vec<Patch> {
    let class = if os == WINDOWS {
        "SecurityUpdates"
    } else {
        "Security"
    };
    let first = patch("first", os, class, "Critical", "2024-01-02T00:00:00Z");
    let second = Patch {
        supersedes: vec!["first".to_owned()],
        ..patch("second", os, class, "Critical", "2024-01-23T00:00:00Z")
    };
    vec![first, second]
}

fn after(os: OperatingSystem, days: u16) -> PatchBaseline {
    let level = ApprovalRule {
        compliance_level: ComplianceLevel::Critical,
        ..rule(&[], days)
    };
    baseline("custom", os, vec![level])
}

#[test]
fn k02_k03_an_update_inside_its_delay_makes_a_windows_node_non_compliant_if_so_configured() {
    for (status, compliant, security) in [
        (Some(UpdatesComplianceStatus::NonCompliant), false, 1),
        (Some(UpdatesComplianceStatus::Compliant), true, 0),
        (None, true, 0),
    ] {
        let known = PatchBaseline {
            available_security_updates: status,
            ..after(WINDOWS, 7)
        };
        let config = daily(
            known,
            two_updates(WINDOWS),
            Operation::Scan,
            "2024-01-12T00:00:00Z",
        );
        let before = on(&config, "01-01");
        assert_eq!(before, InstancePatchState::default(), "not released yet");
        let inside = on(&config, "01-05");
        assert_eq!(
            (
                inside.available_security_update,
                inside.missing,
                inside.critical_non_compliant
            ),
            (1, 0, 0)
        );
        assert_eq!(
            (inside.compliant(), inside.security_non_compliant),
            (compliant, security)
        );
        let approved = on(&config, "01-09");
        assert_eq!((approved.available_security_update, approved.missing), (0, 1));
        assert_eq!(approved.severity, ComplianceLevel::Critical);
        assert_eq!(
            (
                approved.critical_non_compliant,
                approved.security_non_compliant,
                approved.other_non_compliant
            ),
            (1, 1, 0),
            "critical and security at once"
        );
    }
}

#[test]
fn k05_a_linux_node_is_compliant_during_the_delay() {
    let config = daily(
        after(AMAZON, 7),
        two_updates(AMAZON),
        Operation::Scan,
        "2024-01-12T00:00:00Z",
    );
    assert_eq!(on(&config, "01-05"), InstancePatchState::default());
    assert_eq!(on(&config, "01-09").missing, 1);
}

/// Each report stands for itself: nothing of an earlier one is left in it.
#[test]
fn k06_a_report_replaces_the_one_before() {
    let mut config = daily(
        after(WINDOWS, 7),
        two_updates(WINDOWS),
        Operation::Scan,
        "2024-01-10T00:00:00Z",
    );
    let mut later = config.windows[0].clone();
    later.schedule = schedule("cron(0 20 ? * * *)");
    config.windows.push(later);
    let reports: Vec<_> = reports(&config)
        .into_iter()
        .filter(|(day, _)| day == "01-09")
        .collect();
    assert_eq!(reports.len(), 2);
    assert_eq!(reports[0].1, reports[1].1);
    assert_eq!(reports[1].1.missing, 1);
}

#[test]
fn a_failed_install_reports_failed_and_the_next_scan_missing() {
    let mut config = daily(
        after(WINDOWS, 0),
        two_updates(WINDOWS),
        Operation::Install,
        "2024-01-05T00:00:00Z",
    );
    config.outcomes = vec![ScriptedOutcome {
        node: 0,
        window: None,
        task: None,
        on: chrono::NaiveDate::from_ymd_opt(2024, 1, 2),
        result: ScriptedResult::Failed,
    }];
    let failed = on(&config, "01-02");
    assert_eq!((failed.failed, failed.missing, failed.installed), (1, 0, 0));
    assert_eq!(failed.severity, ComplianceLevel::Critical);
    let repaired = on(&config, "01-03");
    assert_eq!(
        (repaired.failed, repaired.installed, repaired.compliant()),
        (0, 1, true)
    );
    config.windows[0].tasks[0].operation = Operation::Scan;
    assert_eq!(
        reports(&config)
            .iter()
            .map(|(day, _)| day.as_str())
            .collect::<Vec<_>>(),
        ["01-01", "01-03", "01-04"],
        "a failed scan reports nothing"
    );
    assert_eq!(on(&config, "01-03").missing, 1);
}

#[test]
fn a_superseded_update_is_dropped_on_windows_and_its_successor_waits_anew() {
    let config = daily(
        after(WINDOWS, 7),
        two_updates(WINDOWS),
        Operation::Scan,
        "2024-02-05T00:00:00Z",
    );
    assert_eq!(on(&config, "01-22").missing, 1);
    let between = on(&config, "01-25");
    assert_eq!((between.missing, between.available_security_update), (0, 1));
    assert_eq!(on(&config, "01-30").missing, 1);
}

#[test]
fn a_superseded_update_stays_missing_on_linux_until_its_successor_is_approved() {
    let config = daily(
        after(AMAZON, 7),
        two_updates(AMAZON),
        Operation::Scan,
        "2024-02-05T00:00:00Z",
    );
    for day in ["01-22", "01-25", "01-30"] {
        assert_eq!(on(&config, day).missing, 1, "{day}");
    }
}

#[test]
fn superseded_updates_that_are_kept_are_missing_too() {
    let mut config = daily(
        after(WINDOWS, 7),
        two_updates(WINDOWS),
        Operation::Scan,
        "2024-02-05T00:00:00Z",
    );
    config.settings.supersedence = Supersedence::Keep;
    assert_eq!(on(&config, "01-25").missing, 1);
    assert_eq!(on(&config, "01-30").missing, 2);
}

/// What an installed update replaces was never on the node: it is in no count.
#[test]
fn an_update_that_was_never_installed_is_not_reported_as_installed() {
    for os in [WINDOWS, AMAZON] {
        let updates = two_updates(os);
        let mut config = daily(after(os, 7), updates, Operation::Install, "2024-02-05T00:00:00Z");
        config.windows[0].schedule = schedule("cron(0 16 1-2 2 ? 2024)");
        let expected = InstancePatchState {
            installed: 1,
            ..InstancePatchState::default()
        };
        for day in ["02-01", "02-02"] {
            assert_eq!(on(&config, day), expected, "{os}, {day}");
        }
    }
}

/// One version of a package is on a node: it is either up to date or behind.
#[test]
fn an_outdated_package_is_missing_and_not_installed_on_linux() {
    let mut config = daily(
        after(AMAZON, 7),
        two_updates(AMAZON),
        Operation::Scan,
        "2024-02-05T00:00:00Z",
    );
    config.pools[0].patched_through = utc("2024-01-15T00:00:00Z");
    for (day, installed, missing) in [("01-25", 1, 0), ("01-30", 0, 1)] {
        let report = on(&config, day);
        assert_eq!((report.installed, report.missing), (installed, missing), "{day}");
    }
}

#[test]
fn a_replaced_package_is_no_longer_on_a_linux_node() {
    let config = daily(
        after(AMAZON, 7),
        two_updates(AMAZON),
        Operation::Install,
        "2024-02-05T00:00:00Z",
    );
    assert_eq!(on(&config, "01-10").installed, 1);
    assert_eq!(on(&config, "02-01").installed, 1);
}

/// A rejected update that a later one contains is not on the node.
#[test]
fn a_rejected_update_does_not_come_in_with_its_successor() {
    for action in [
        RejectedPatchesAction::Block,
        RejectedPatchesAction::AllowAsDependency,
    ] {
        let known = PatchBaseline {
            rejected_patches: vec!["first".to_owned()],
            rejected_patches_action: action,
            ..after(WINDOWS, 7)
        };
        let config = daily(
            known,
            two_updates(WINDOWS),
            Operation::Install,
            "2024-02-05T00:00:00Z",
        );
        let report = on(&config, "02-01");
        assert!(report.compliant(), "{action:?}: {report:?}");
        assert_eq!(
            (
                report.installed,
                report.installed_rejected,
                report.installed_other
            ),
            (1, 0, 0)
        );
    }
}

/// With superseded updates kept in the list, one that a later installed update contains is listed
/// as not applicable on Windows.
#[test]
fn what_a_later_installed_update_contains_is_not_applicable() {
    let mut config = daily(
        after(WINDOWS, 7),
        two_updates(WINDOWS),
        Operation::Install,
        "2024-02-05T00:00:00Z",
    );
    config.settings.supersedence = Supersedence::Keep;
    config.windows[0].schedule = schedule("cron(0 16 1-2 2 ? 2024)");
    for day in ["02-01", "02-02"] {
        let report = on(&config, day);
        assert_eq!(
            (report.installed, report.missing, report.not_applicable),
            (1, 0, 1),
            "{day}"
        );
    }
    let ReleaseStream::Recorded { patches, .. } = &mut config.releases[0] else {
        panic!("a recorded stream");
    };
    patches[0].released_at = Some(utc("2024-01-29T00:00:00Z"));
    let report = on(&config, "02-01");
    assert_eq!(
        (report.installed, report.available_security_update),
        (1, 0),
        "not even while it waits for its approval"
    );
}

/// Ten nodes are scanned on Tuesdays at 16:00 for half an hour; a patch of the 3rd is approved on
/// the 6th.
#[test]
fn compliance_as_aws_shows_it_is_that_of_the_last_report() {
    let update = patch(
        "late",
        WINDOWS,
        "SecurityUpdates",
        "Critical",
        "2024-01-03T00:00:00Z",
    );
    let mut config = world(
        10,
        after(WINDOWS, 3),
        vec![update],
        vec![task(Operation::Scan, 10, 0)],
    );
    config.windows[0].schedule = schedule("cron(0 16 ? * TUE *)");
    let plan = Plan::new(&config);
    let samples = play(&config).record.compliance;
    for (at, sample) in plan.compliance_samples().zip(&samples) {
        let ComplianceSample { reported, actual } = sample[0];
        let missing = PatchState::Missing as usize;
        let (approved, scanned, rescanned) = (
            at >= utc("2024-01-06T00:00:00Z"),
            at >= utc("2024-01-02T16:30:00Z"),
            at >= utc("2024-01-09T16:30:00Z"),
        );
        let truth = if approved { 10 } else { 0 };
        assert_eq!((actual.nodes, actual.compliant), (10, 10 - truth), "{at}");
        assert_eq!(actual.patches[missing], u64::from(truth), "{at}");
        let told = if rescanned { 10 } else { 0 };
        assert_eq!(reported.nodes, if scanned { 10 } else { 0 }, "{at}");
        assert_eq!(reported.compliant, reported.nodes - told, "{at}");
        let critical = VendorSeverity::Critical as usize;
        assert_eq!(
            reported.non_compliant_by_severity[critical],
            u64::from(told),
            "{at}"
        );
        let level = ComplianceLevel::Critical as usize;
        assert_eq!(reported.non_compliant_by_level[level], told, "{at}");
    }
    assert_eq!(samples.len(), 121);
}

/// The level of a missing patch rises with each rule that is satisfied.
#[test]
fn r07_reports_follow_the_level_of_the_day() {
    let level = |compliance_level, days| ApprovalRule {
        compliance_level,
        ..rule(&[], days)
    };
    for os in [WINDOWS, AMAZON] {
        let rules = vec![level(ComplianceLevel::High, 14), level(ComplianceLevel::Low, 3)];
        let known = baseline("two-rules", os, rules);
        let first = two_updates(os).remove(0);
        let config = daily(known, vec![first], Operation::Scan, "2024-01-20T00:00:00Z");
        for (day, missing, severity) in [
            ("01-04", 0, ComplianceLevel::Unspecified),
            ("01-05", 1, ComplianceLevel::Low),
            ("01-15", 1, ComplianceLevel::Low),
            ("01-16", 1, ComplianceLevel::High),
        ] {
            let report = on(&config, day);
            assert_eq!(
                (report.missing, report.severity),
                (missing, severity),
                "{os}, {day}"
            );
        }
    }
}

/// What was put on from outside and has not seen a reboot is told only where the setting says so.
#[test]
fn patches_from_outside_wait_for_a_reboot_where_the_setting_lets_them() {
    let mut config = daily(
        after(WINDOWS, 0),
        two_updates(WINDOWS),
        Operation::Scan,
        "2024-01-26T00:00:00Z",
    );
    config.pools[0].patched_through = utc("2024-01-08T00:00:00Z");
    config.pools[0].rebooted_through = Some(utc("2024-01-01T00:00:00Z"));
    let told = |config: &ModelConfig, day| {
        let report = on(config, day);
        (
            report.installed,
            report.installed_pending_reboot,
            report.compliant(),
        )
    };
    assert_eq!(told(&config, "01-09"), (1, 0, true));
    config.settings.external_pending_reboot = true;
    assert_eq!(told(&config, "01-09"), (0, 1, false), "a scan does not reboot");
    config.windows[0].tasks[0].operation = Operation::Install;
    assert_eq!(
        told(&config, "01-09"),
        (1, 0, true),
        "an install does, on the first day"
    );
    config.pools[0].rebooted_through = Some(utc("2024-01-03T00:00:00Z"));
    config.windows[0].tasks[0].operation = Operation::Scan;
    assert_eq!(told(&config, "01-09"), (1, 0, true), "rebooted since");
}
