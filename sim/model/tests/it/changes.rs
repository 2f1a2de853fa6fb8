//! Dated changes: what each kind of edit alters, from which opening on, and what it leaves alone.

use std::collections::BTreeMap;

use patchbench_kernel::SimTime;
use patchbench_model::catalog::ReleaseStream;
use patchbench_model::config::{Change, ModelConfig, Operation, PoolChange, Registration, WindowChange};
use patchbench_model::ssm::{OperatingSystem, PatchBaseline};
use patchbench_model::units::RateLimit;
use patchbench_model::world::Plan;

use super::world::{
    History, Told, at, baseline, minutes, play, pool, rule, schedule, seed_rule, tagged, task, utc,
    windows_patch, world,
};

const WINDOWS: OperatingSystem = OperatingSystem::Windows;
const LINUX: OperatingSystem = OperatingSystem::AmazonLinux2;

/// A change that alters nothing yet.
pub(crate) fn change(config: &ModelConfig, at: SimTime) -> Change {
    Change {
        at,
        name: None,
        edits: Vec::new(),
        registrations: config.registrations.clone(),
        default_baselines: config.default_baselines.clone(),
        pools: Vec::new(),
        windows: Vec::new(),
    }
}

/// From an instant on the group's baseline is another one.
pub(crate) fn edit_baseline(config: &mut ModelConfig, at: SimTime, edited: PatchBaseline) {
    config.baselines.push(edited);
    let registrations = vec![Registration {
        patch_group: "Front-End Servers".to_owned(),
        baseline: config.baselines.len() - 1,
    }];
    let edit = Change {
        registrations,
        ..change(config, at)
    };
    config.changes.push(edit);
}

/// From an instant on the first window is another one.
pub(crate) fn edit_window(
    config: &mut ModelConfig,
    at: SimTime,
    edit: impl FnOnce(&mut patchbench_model::config::MaintenanceWindow),
) {
    let mut to = config.windows[0].clone();
    edit(&mut to);
    let edit = Change {
        windows: vec![WindowChange {
            window: 0,
            created: false,
            to,
        }],
        ..change(config, at)
    };
    config.changes.push(edit);
}

/// From an instant on a pool has another `Pool` tag and patch group.
pub(crate) fn retag(config: &mut ModelConfig, at: SimTime, pool: usize, tag: &str, group: Option<&str>) {
    let named = [("Pool", Some(tag)), ("Patch Group", group)];
    let tags: BTreeMap<String, String> = named
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())))
        .collect();
    let edit = Change {
        pools: vec![PoolChange {
            pool,
            tags,
            patch_group: group.map(str::to_owned),
        }],
        ..change(config, at)
    };
    config.changes.push(edit);
}

/// A baseline that approves nothing but these.
pub(crate) fn by_hand(os: OperatingSystem, approved: &[&str]) -> PatchBaseline {
    PatchBaseline {
        approved_patches: approved.iter().map(|id| (*id).to_owned()).collect(),
        ..baseline("critical-5-day", os, vec![seed_rule()])
    }
}

/// Four nodes, two at a time, in daily windows from 2024-01-09 at 16:00; `KB1` is released on the 8th and
/// its delay ends after the horizon.
pub(crate) fn daily(os: OperatingSystem) -> ModelConfig {
    let mut zero_day = windows_patch("KB1", "CriticalUpdates", "Critical", "2024-01-08T00:00:00Z");
    zero_day.operating_system = os;
    let known = by_hand(os, &[]);
    let mut config = world(4, known, vec![zero_day], vec![task(Operation::Install, 2, 0)]);
    config.windows[0].schedule = schedule("cron(0 16 9-31 1 ? 2024)");
    config.horizon = utc("2024-01-11T12:00:00Z");
    config
}

/// When nodes were sent to with something missing.
pub(crate) fn installs(history: &History) -> Vec<(SimTime, u32)> {
    let sent = history.told.iter().filter_map(|(at, told)| match told {
        Told::Sent { node, missing: 1.. } => Some((*at, *node)),
        _ => None,
    });
    sent.collect()
}

fn opened(history: &History, window: usize) -> Vec<SimTime> {
    history.times(|told| *told == Told::Opened { window })
}

#[test]
fn p06_a_baseline_edited_between_two_batches_counts_from_the_next_opening() {
    for os in [WINDOWS, LINUX] {
        let mut config = daily(os);
        // The first batch of two scans until 16:30.
        edit_baseline(&mut config, at("16:10"), by_hand(os, &["KB1"]));
        let history = play(&config);
        let none: Vec<_> = history
            .sends()
            .into_iter()
            .filter(|(sent, _)| *sent < at("20:00"))
            .collect();
        let second_batch = [(at("16:30"), 3), (at("16:30"), 4)];
        assert_eq!(none[2..], second_batch, "{os}");
        let tomorrow = |time: &str| utc(&format!("2024-01-10T{time}:00Z"));
        let expected = [
            (tomorrow("16:00"), 1),
            (tomorrow("16:00"), 2),
            (tomorrow("18:00"), 3),
            (tomorrow("18:00"), 4),
        ];
        assert_eq!(
            installs(&history),
            expected,
            "{os}: nothing before the next opening"
        );
        // The same edit a moment before the window opens counts in it.
        let mut config = daily(os);
        edit_baseline(&mut config, at("16:00"), by_hand(os, &["KB1"]));
        assert_eq!(installs(&play(&config))[0], (at("16:00"), 1), "{os}");
    }
}

#[test]
fn p06_a_patch_that_is_rejected_between_two_batches_is_still_installed_by_the_second() {
    for os in [WINDOWS, LINUX] {
        let mut config = daily(os);
        config.baselines[0] = by_hand(os, &["KB1"]);
        let rejecting = PatchBaseline {
            rejected_patches: vec!["KB1".to_owned()],
            ..by_hand(os, &["KB1"])
        };
        edit_baseline(&mut config, at("16:10"), rejecting);
        let history = play(&config);
        let expected = [
            (at("16:00"), 1),
            (at("16:00"), 2),
            (at("18:00"), 3),
            (at("18:00"), 4),
        ];
        assert_eq!(installs(&history), expected, "{os}");
        assert_eq!(
            history.times(|told| *told == Told::ApprovalEnded { patch: 0 }),
            [at("16:10")]
        );
    }
}

#[test]
fn linux_nodes_of_an_execution_keep_the_old_rules_and_their_own_clock() {
    let mut config = daily(LINUX);
    // Three hours after its release: in the middle of the first execution.
    let ReleaseStream::Recorded { patches, .. } = &mut config.releases[0] else {
        panic!("recorded");
    };
    patches[0].released_at = Some(at("16:20"));
    config.baselines[0] = baseline("at-once", LINUX, vec![rule(&[], 0)]);
    let never = baseline("at-once", LINUX, Vec::new());
    edit_baseline(&mut config, at("16:10"), never);
    let expected = [(at("16:30"), 3), (at("16:30"), 4)];
    assert_eq!(installs(&play(&config)), expected);
}

#[test]
fn a_shorter_delay_approves_from_the_change_on() {
    let mut config = daily(WINDOWS);
    let ReleaseStream::Recorded { patches, .. } = &mut config.releases[0] else {
        panic!("recorded");
    };
    patches[0].released_at = Some(utc("2024-01-05T00:00:00Z"));
    let two_days = baseline("critical-5-day", WINDOWS, vec![rule(&[], 2)]);
    edit_baseline(&mut config, at("12:00"), two_days);
    let history = play(&config);
    assert_eq!(history.times(|told| *told == Told::Changed), [at("12:00")]);
    // By the old delay it would have been 2024-01-10, by the new one 2024-01-07.
    assert_eq!(
        history.times(|told| *told == Told::Approved { patch: 0 }),
        [at("12:00")]
    );
    assert_eq!(history.record.coverage[0].approved, Some(at("12:00")));
    assert_eq!(installs(&history)[0], (at("16:00"), 1));
}

#[test]
fn an_approval_that_is_taken_back_in_time_installs_nothing_and_leaves_a_record() {
    let mut config = daily(WINDOWS);
    config.baselines[0] = by_hand(WINDOWS, &["KB1"]);
    edit_baseline(&mut config, at("12:00"), by_hand(WINDOWS, &[]));
    config.horizon = at("23:00");
    let history = play(&config);
    assert_eq!(installs(&history), []);
    let cell = history.record.coverage[0];
    assert_eq!((cell.covered, cell.candidate_until), (0, at("12:00")));
}

#[test]
fn a_window_is_disabled_enabled_rescheduled_and_extended_at_a_date() {
    let day = |day: u32, hour: u32| utc(&format!("2024-01-{day:02}T{hour:02}:00:00Z"));
    let mut config = daily(WINDOWS);
    config.horizon = day(20, 0);
    edit_window(&mut config, day(11, 16), |window| window.enabled = false);
    edit_window(&mut config, day(13, 16), |window| {
        window.schedule = schedule("cron(0 6 ? * * 2024)");
        window.duration_hours = 9;
    });
    edit_window(&mut config, day(16, 3), |window| window.enabled = false);
    config.changes[2].windows[0].to.duration_hours = 9;
    let plan = Plan::new(&config);
    let opens: Vec<_> = plan.openings[0].iter().map(|open| open.opens).collect();
    // A change at the instant of an opening comes first.
    assert_eq!(opens, [day(9, 16), day(10, 16), day(14, 6), day(15, 6)]);
    assert_eq!(plan.openings[0][2].closes, day(14, 15));
}

#[test]
fn a_rate_schedule_keeps_its_anchor_unless_it_is_changed_itself() {
    let day = |day: u32, hour: u32| utc(&format!("2024-01-{day:02}T{hour:02}:00:00Z"));
    let openings = |config: &ModelConfig| -> Vec<SimTime> {
        let plan = Plan::new(config);
        plan.openings[0].iter().map(|open| open.opens).collect()
    };
    let mut config = daily(WINDOWS);
    config.windows[0].schedule = schedule("rate(2 days)");
    edit_window(&mut config, day(4, 12), |window| window.cutoff_hours = 2);
    edit_window(&mut config, day(6, 12), |window| window.enabled = false);
    edit_window(&mut config, day(8, 12), |_| ());
    config.horizon = day(12, 0);
    let anchored = [day(3, 0), day(5, 0), day(9, 0), day(11, 0)];
    assert_eq!(openings(&config), anchored);
    edit_window(&mut config, day(8, 12), |window| {
        window.schedule = schedule("rate(1 day)");
    });
    let anew = [day(3, 0), day(5, 0), day(9, 12), day(10, 12), day(11, 12)];
    assert_eq!(openings(&config), anew);
}

#[test]
fn an_extra_window_exists_from_its_change_on() {
    let mut config = daily(WINDOWS);
    config.baselines[0] = by_hand(WINDOWS, &["KB1"]);
    let mut extra = config.windows[0].clone();
    extra.name = "extra".to_owned();
    extra.schedule = schedule("rate(1 hour)");
    config.windows.push(patchbench_model::config::MaintenanceWindow {
        enabled: false,
        ..extra.clone()
    });
    let created = Change {
        windows: vec![WindowChange {
            window: 1,
            created: true,
            to: extra,
        }],
        ..change(&config, at("06:30"))
    };
    config.changes.push(created);
    let history = play(&config);
    // The rate counts from the creation; the execution of 07:30 lasts until 11:30.
    assert_eq!(opened(&history, 1)[..2], [at("07:30"), at("11:30")]);
    assert_eq!(installs(&history)[0], (at("07:30"), 1));
}

#[test]
fn another_rate_control_counts_from_the_next_opening() {
    let mut config = daily(WINDOWS);
    edit_window(&mut config, at("16:10"), |window| {
        window.tasks[0].max_concurrency = RateLimit::Percent(100);
        window.tasks[0].priority = 7;
    });
    let history = play(&config);
    let limits = history.record.commands.iter();
    let limits: Vec<_> = limits.map(|command| command.control.max_concurrency).collect();
    assert_eq!(limits, [2, 4]);
    assert_eq!(history.sends()[2], (at("16:30"), 3));
}

#[test]
fn a_window_that_changes_during_its_execution_is_still_the_same_window() {
    let mut config = daily(WINDOWS);
    config.behaviors[0].scan_time = minutes(9 * 60);
    config.windows[0].tasks[0].max_concurrency = RateLimit::Count(1);
    edit_window(&mut config, at("16:10"), |window| window.duration_hours = 5);
    let history = play(&config);
    // Four scans of nine hours: the opening of the next day meets them.
    let skipped = history.times(|told| *told == Told::Skipped { window: 0 });
    assert_eq!(skipped, [utc("2024-01-10T16:00:00Z")]);
}

#[test]
fn tasks_that_a_change_adds_run_from_the_next_opening_on() {
    let mut config = daily(WINDOWS);
    edit_window(&mut config, at("16:10"), |window| {
        let more = task(Operation::Scan, 4, 0);
        window.tasks.push(more);
    });
    let history = play(&config);
    let tasks: Vec<_> = history
        .record
        .windows
        .iter()
        .map(|window| window.tasks.len())
        .collect();
    assert_eq!(tasks, [1, 2]);
    assert_eq!(Plan::new(&config).tasks(0).len(), 2);
}

#[test]
fn retagged_nodes_leave_one_target_and_enter_another_at_the_next_opening() {
    let mut config = daily(WINDOWS);
    config.pools.push(pool("db", 2, WINDOWS));
    config.windows[0].targets[0].targets = vec![tagged("Pool", &["web"])];
    // While the first execution is in progress.
    retag(&mut config, at("16:10"), 0, "retired", Some("Front-End Servers"));
    retag(&mut config, at("16:10"), 1, "web", Some("Front-End Servers"));
    let history = play(&config);
    let nodes: Vec<u32> = history.sends().iter().map(|(_, node)| *node).collect();
    assert_eq!(nodes, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_retagged_node_has_another_baseline_from_the_next_opening_on_and_keeps_what_it_has() {
    for os in [WINDOWS, LINUX] {
        let mut config = daily(os);
        let ReleaseStream::Recorded { patches, .. } = &mut config.releases[0] else {
            panic!("recorded");
        };
        let mut second = patches[0].clone();
        (second.id, second.title) = ("KB2".to_owned(), "KB2".to_owned());
        patches.push(second);
        config.baselines[0] = by_hand(os, &["KB1"]);
        config.baselines.push(by_hand(os, &["KB1", "KB2"]));
        config.registrations.push(Registration {
            patch_group: "urgent".to_owned(),
            baseline: 1,
        });
        retag(&mut config, at("16:10"), 0, "web", Some("urgent"));
        let history = play(&config);
        let installed = history.told.iter().filter_map(|(at, told)| match told {
            Told::Ended {
                node: 4, installed, ..
            } => Some((*at, *installed)),
            _ => None,
        });
        let expected = [(at("20:00"), 1), (utc("2024-01-10T20:00:00Z"), 1)];
        assert_eq!(installed.collect::<Vec<_>>(), expected, "{os}");
        // The nodes stay in the report of the group that they began with.
        let plan = Plan::new(&config);
        let groups: Vec<_> = plan.groups.iter().map(|group| group.name.as_str()).collect();
        assert_eq!(groups, ["Front-End Servers"]);
        assert_eq!(history.record.coverage.len(), 2);
        assert!(history.record.coverage.iter().all(|cell| cell.covered == 4));
    }
}

#[test]
fn a_group_that_loses_its_registration_falls_back_to_the_default() {
    let mut config = daily(WINDOWS);
    config.baselines.push(by_hand(WINDOWS, &["KB1"]));
    config.default_baselines = vec![(WINDOWS, 1)];
    let fallen = Change {
        registrations: Vec::new(),
        ..change(&config, at("15:59"))
    };
    config.changes.push(fallen);
    assert_eq!(installs(&play(&config))[0], (at("16:00"), 1));
}

#[test]
fn changes_of_one_instant_take_effect_in_their_order() {
    let plain = daily(WINDOWS);
    let mut config = plain.clone();
    edit_baseline(&mut config, at("12:00"), by_hand(WINDOWS, &["KB1"]));
    edit_baseline(&mut config, at("12:00"), by_hand(WINDOWS, &[]));
    let history = play(&config);
    assert_eq!(installs(&history), []);
    assert_eq!(history.record.coverage, play(&plain).record.coverage);
    assert_eq!(history.record.coverage[0].approved, None);
}

#[test]
fn a_change_that_alters_nothing_changes_no_event() {
    let plain = daily(WINDOWS);
    let mut config = plain.clone();
    let nothing = change(&config, at("16:10"));
    config.changes.push(nothing);
    let (before, after) = (play(&plain), play(&config));
    assert_eq!(before.record.fingerprint, after.record.fingerprint);
    assert_eq!(before.record.coverage, after.record.coverage);
}
