//! Dated changes together with bad patches, monitoring, nodes out of reach and overrides of tasks.

use patchbench_kernel::{Distribution, SimDuration, SimTime};
use patchbench_model::catalog::{BadPatches, ReleaseStream, SymptomWeights, WhichAreBad};
use patchbench_model::config::{ModelConfig, Overrides, RebootOption};
use patchbench_model::fleet::{AlarmAction, ClassMembers, ConfigurationClass};
use patchbench_model::ssm::{InvocationStatus, OperatingSystem, PatchBaseline, PatchSource};
use patchbench_model::units::RateLimit;

use super::changes::{by_hand, daily, edit_baseline, edit_window, installs, retag};
use super::faults::{AT_INSTALL, LATER, bad, watch};
use super::world::{History, Told, at, play, schedule, tagged, utc, windows_patch};

const BOTH: [OperatingSystem; 2] = [OperatingSystem::Windows, OperatingSystem::AmazonLinux2];

/// `KB1` breaks every node.
fn bad_kb1(symptom: SymptomWeights) -> BadPatches {
    BadPatches {
        which: WhichAreBad::Named(vec!["KB1".to_owned()]),
        ..bad(symptom)
    }
}

/// The daily windows with all errors allowed, a baseline that approves `KB1` by hand, and its fault.
fn approved_and_bad(os: OperatingSystem, symptom: SymptomWeights) -> ModelConfig {
    let mut config = daily(os);
    config.baselines[0] = by_hand(os, &["KB1"]);
    config.faults.bad_patches = vec![bad_kb1(symptom)];
    let task = &mut config.windows[0].tasks[0];
    task.max_errors = RateLimit::Percent(100);
    task.step_timeout_seconds = 36_000;
    // Whatever pool they are in.
    config.windows[0].targets[0].targets = vec![tagged("Patch Group", &["Front-End Servers"])];
    config
}

fn tomorrow(time: &str) -> SimTime {
    utc(&format!("2024-01-10T{time}:00Z"))
}

fn failed(history: &History, day: std::ops::Range<SimTime>) -> Vec<u32> {
    let ends = history.ends().into_iter();
    let failed = ends.filter(|(ended, _, status)| day.contains(ended) && *status == InvocationStatus::Failed);
    let mut nodes: Vec<u32> = failed.map(|(_, node, _)| node).collect();
    nodes.sort_unstable();
    nodes
}

/// Times at which an approval begins or ends.
fn approvals(history: &History) -> Vec<SimTime> {
    history.times(|told| matches!(told, Told::Approved { .. } | Told::ApprovalEnded { .. }))
}

#[test]
fn a_patch_that_the_vendor_withdrew_is_not_offered_by_a_later_approval() {
    for os in BOTH {
        let mut config = approved_and_bad(os, LATER);
        config.baselines[0] = by_hand(os, &[]);
        // Released on the 8th.
        let withdrawn = |days: i64| Some(Distribution::Constant(SimDuration::from_days(days)));
        config.faults.bad_patches[0].withdrawn_after = withdrawn(2);
        edit_baseline(&mut config, tomorrow("12:00"), by_hand(os, &["KB1"]));
        let history = play(&config);
        assert_eq!(installs(&history), [], "{os}");
        assert_eq!(approvals(&history), [], "{os}");
        config.faults.bad_patches[0].withdrawn_after = withdrawn(3);
        let history = play(&config);
        assert_eq!(installs(&history)[0], (tomorrow("16:00"), 1), "{os}");
        assert_eq!(approvals(&history), [tomorrow("12:00")], "{os}");
    }
}

#[test]
fn a_patch_that_an_alarm_rejected_stays_rejected_under_baselines_that_approve_it() {
    for os in BOTH {
        let mut config = approved_and_bad(os, AT_INSTALL);
        config.faults.monitoring = Some(watch(AlarmAction::Reject));
        edit_baseline(&mut config, at("23:00"), by_hand(os, &[]));
        edit_baseline(&mut config, tomorrow("12:00"), by_hand(os, &["KB1"]));
        let history = play(&config);
        let alarms = history.times(|told| matches!(told, Told::Alarm { patch: 0 }));
        assert_eq!(alarms, [at("18:00")], "{os}");
        let last = installs(&history).last().unwrap().0;
        assert!(last < at("18:00"), "{os}: {last}");
        assert!(
            approvals(&history).iter().all(|told| *told < at("18:00")),
            "{os}: nothing of what had been foreseen comes true"
        );
        assert_eq!(history.record.bad_patches[0].broken, 4, "{os}");
        // Without an alarm all four would have been tried again.
        config.faults.monitoring = None;
        let again = failed(&play(&config), tomorrow("12:00")..config.horizon);
        assert_eq!(again, [1, 2, 3, 4], "{os}");
    }
}

#[test]
fn an_alarm_in_a_later_era_holds_for_an_execution_of_an_earlier_one() {
    // Two at a time until 17:30, then 3 and 4; the alarm comes at 17:31, after the change.
    let mut config = approved_and_bad(OperatingSystem::AmazonLinux2, AT_INSTALL);
    config.pools[0].count = 6;
    let mut monitoring = watch(AlarmAction::Reject);
    monitoring.delay = SimDuration::from_minutes(1);
    config.faults.monitoring = Some(monitoring);
    let other = by_hand(OperatingSystem::AmazonLinux2, &["KB1", "KB9"]);
    edit_baseline(&mut config, at("17:00"), other);
    let tried: Vec<u32> = installs(&play(&config)).iter().map(|(_, node)| *node).collect();
    assert_eq!(tried, [1, 2, 3, 4], "the last two ask after the alarm");
}

#[test]
fn the_same_nodes_break_before_and_after_an_edit_of_the_baseline() {
    for os in BOTH {
        let mut config = approved_and_bad(os, AT_INSTALL);
        config.pools[0].count = 40;
        config.windows[0].tasks[0].max_concurrency = RateLimit::Percent(100);
        config.faults.bad_patches[0].affects[0].penetrance = 0.5;
        edit_baseline(&mut config, tomorrow("12:00"), by_hand(os, &["KB1", "KB9"]));
        let history = play(&config);
        let first = failed(&history, at("16:00")..tomorrow("12:00"));
        assert!((8..32).contains(&first.len()), "{os}: {first:?}");
        assert_eq!(failed(&history, tomorrow("12:00")..config.horizon), first, "{os}");
    }
}

#[test]
fn nodes_are_watched_while_they_have_the_tags() {
    let alarm = |retagged: SimTime, from: &str, to: &str| {
        let mut config = approved_and_bad(OperatingSystem::Windows, AT_INSTALL);
        let mut monitoring = watch(AlarmAction::Reject);
        monitoring.nodes = Some(vec![tagged("Pool", &["canary"])]);
        config.faults.monitoring = Some(monitoring);
        config.pools[0].tags.insert("Pool".to_owned(), from.to_owned());
        retag(&mut config, retagged, 0, to, Some("Front-End Servers"));
        play(&config).record.bad_patches[0].alarm
    };
    // Installs fail at 17:30 on both days.
    assert_eq!(alarm(at("20:00"), "web", "canary"), Some(tomorrow("18:00")));
    assert_eq!(alarm(at("17:30"), "web", "canary"), Some(at("18:00")));
    assert_eq!(alarm(at("17:30"), "canary", "web"), None);
    assert_eq!(alarm(at("17:31"), "canary", "web"), Some(at("18:00")));
}

#[test]
fn what_a_configuration_class_has_installed_is_not_retagged_away() {
    let mut config = approved_and_bad(OperatingSystem::Windows, AT_INSTALL);
    config.pools[0]
        .tags
        .insert("Pool".to_owned(), "driver".to_owned());
    config.faults.configuration_classes = vec![ConfigurationClass {
        name: "old-driver".to_owned(),
        members: ClassMembers::Targets(vec![tagged("Pool", &["driver"])]),
    }];
    config.faults.bad_patches[0].affects[0].class = Some(0);
    retag(&mut config, at("12:00"), 0, "web", Some("Front-End Servers"));
    assert_eq!(
        failed(&play(&config), at("16:00")..tomorrow("12:00")),
        [1, 2, 3, 4]
    );
}

/// One node that a latent fault keeps out of reach until 22:00, when a command of 21:00 waits for it; a
/// baseline that is edited at a time approves `KB2`, too. When that is sent.
fn late_delivery(os: OperatingSystem, edited: SimTime) -> Vec<SimTime> {
    let mut config = approved_and_bad(os, LATER);
    config.pools[0].count = 1;
    config.windows[0].schedule = schedule("cron(0 16 9 1 ? 2024)");
    let ReleaseStream::Recorded { patches, .. } = &mut config.releases[0] else {
        unreachable!("the stream is recorded")
    };
    let mut other = windows_patch("KB2", "Updates", "Low", "2024-01-08T00:00:00Z");
    other.operating_system = os;
    patches.push(other);
    let mut later = config.windows[0].clone();
    later.schedule = schedule("cron(0 21 10 1 ? 2024)");
    later.tasks[0].timeout_seconds = 7_200;
    config.windows.push(later);
    edit_baseline(&mut config, edited, by_hand(os, &["KB1", "KB2"]));
    let history = play(&config);
    let delivered = history.times(|told| matches!(told, Told::Delivered { .. }));
    assert_eq!(delivered, [tomorrow("22:00")], "{os}");
    let covered = history.record.coverage.iter().find(|cell| cell.patch == 1);
    let reached = covered.and_then(|cell| cell.reached[3]);
    reached.into_iter().collect()
}

#[test]
fn a_node_that_comes_back_late_gets_what_the_rules_of_the_opening_approve() {
    for os in BOTH {
        assert_eq!(late_delivery(os, tomorrow("21:30")), [], "{os}");
        assert_eq!(late_delivery(os, tomorrow("21:00")).len(), 1, "{os}");
    }
}

#[test]
fn a_change_gives_a_task_a_list_and_takes_it_back() {
    for os in BOTH {
        let mut config = daily(os);
        config.horizon = utc("2024-01-12T12:00:00Z");
        let with = |list: Option<Vec<String>>| Overrides {
            install_list: list,
            baselines: Vec::new(),
        };
        let urgent = with(Some(vec!["KB1".to_owned()]));
        edit_window(&mut config, at("17:00"), |window| {
            window.tasks[0].overrides = urgent.clone();
        });
        edit_window(&mut config, tomorrow("16:10"), |window| {
            window.tasks[0].overrides = with(None);
        });
        let installed: Vec<u32> = installs(&play(&config)).iter().map(|(_, node)| *node).collect();
        assert_eq!(
            installed,
            [1, 2, 3, 4],
            "{os}: in the execution of the 10th, to its end"
        );
        assert!(
            installs(&play(&config))
                .iter()
                .all(|(sent, _)| *sent >= tomorrow("16:00"))
        );
    }
}

#[test]
fn a_baseline_override_does_not_mind_edits_of_the_nodes_baseline() {
    for os in BOTH {
        let mut config = daily(os);
        config.baselines.push(by_hand(os, &["KB1"]));
        config.windows[0].tasks[0].overrides.baselines = vec![config.baselines.len() - 1];
        let rejecting = PatchBaseline {
            rejected_patches: vec!["KB1".to_owned()],
            ..by_hand(os, &[])
        };
        edit_baseline(&mut config, at("12:00"), rejecting);
        let history = play(&config);
        assert_eq!(installs(&history).len(), 4, "{os}");
        assert_eq!(installs(&history)[0], (at("16:00"), 1), "{os}");
    }
}

#[test]
fn a_package_that_the_vendor_withdrew_still_waits_for_its_reboot() {
    for os in BOTH {
        let mut config = approved_and_bad(os, LATER);
        config.faults.bad_patches[0].affects[0].penetrance = 0.0;
        config.faults.bad_patches[0].withdrawn_after =
            Some(Distribution::Constant(SimDuration::from_days(2)));
        config.windows[0].tasks[0].reboot_option = RebootOption::NoReboot;
        let history = play(&config);
        let reports = history.reports();
        let (first, last) = (reports[0].1, reports[reports.len() - 1].1);
        assert_eq!(first.installed_pending_reboot, 1, "{os}");
        assert_eq!(
            last.installed_pending_reboot, 1,
            "{os}: also when it is gone from the repository"
        );
    }
}

#[test]
fn sources_that_a_change_takes_away_fail_runs_from_the_next_opening_on() {
    let mut config = approved_and_bad(OperatingSystem::AmazonLinux2, LATER);
    config.faults.bad_patches.clear();
    config.pools[0].product = Some("AmazonLinux2.0".to_owned());
    let elsewhere = PatchBaseline {
        sources: vec![PatchSource {
            name: "mirror".to_owned(),
            products: vec!["AmazonLinux2018.03".to_owned()],
        }],
        ..by_hand(OperatingSystem::AmazonLinux2, &["KB1"])
    };
    edit_baseline(&mut config, at("16:10"), elsewhere);
    let history = play(&config);
    assert!(failed(&history, at("16:00")..tomorrow("12:00")).is_empty());
    assert_eq!(failed(&history, tomorrow("12:00")..config.horizon), [1, 2, 3, 4]);
}

#[test]
fn a_patch_policy_keeps_its_copy_of_a_baseline_whatever_is_edited_or_re_tagged() {
    let mut config = approved_and_bad(OperatingSystem::Windows, LATER);
    config.faults.bad_patches.clear();
    config.pools[0].policy_baseline = Some(0);
    edit_baseline(&mut config, at("12:00"), by_hand(OperatingSystem::Windows, &[]));
    retag(&mut config, at("13:00"), 0, "web", Some("Front-End Servers"));
    let installed: Vec<u32> = installs(&play(&config)).iter().map(|(_, node)| *node).collect();
    assert_eq!(installed, [1, 2, 3, 4]);
}
