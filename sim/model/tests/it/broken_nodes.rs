//! What bad patches do to nodes when several things come together.

use patchbench_kernel::{Distribution, SimDuration};
use patchbench_model::catalog::{BadPatches, ReleaseStream, WhichAreBad};
use patchbench_model::config::{ModelConfig, NodeLock, Operation, Ramp, RebootOption, Task};
use patchbench_model::fleet::{ClassMembers, ConfigurationClass};
use patchbench_model::ssm::{InvocationStatus, OperatingSystem};
use patchbench_model::world::Cause;

use super::changes::retag;
use super::faults::{AT_INSTALL, AT_REBOOT, LATER, bad, install, nodes, statuses, then};
use super::world::{
    History, Told, at, baseline, behavior, patch, play, pool, rule, schedule, tagged, task, utc,
    windows_patch, world,
};

fn hours(hours: i64) -> Distribution {
    Distribution::Constant(SimDuration::from_hours(hours))
}

fn patient(hours: u32, concurrency: u32) -> Task {
    Task {
        timeout_seconds: hours * 3_600,
        ..task(Operation::Scan, concurrency, 0)
    }
}

fn delivered(history: &History) -> Vec<patchbench_kernel::SimTime> {
    history.times(|told| matches!(told, Told::Delivered { .. }))
}

#[test]
fn a_run_that_times_out_before_its_reboot_loses_no_node() {
    let mut config = nodes(1, vec![install(1, 0)], bad(AT_REBOOT));
    // Scan and install take 90 minutes.
    config.windows[0].tasks[0].step_timeout_seconds = 3_600;
    let history = play(&config);
    let ends = history.times(|told| {
        matches!(
            told,
            Told::Ended {
                cause: Some(Cause::StepTimeout),
                installed: 0,
                ..
            }
        )
    });
    assert_eq!(ends, [at("17:00")]);
    assert_eq!(history.record.bad_patches[0].reached, 0);
    config.windows[0].tasks[0].step_timeout_seconds = 5_400;
    assert_eq!(
        play(&config).record.bad_patches[0].broken,
        1,
        "it comes to its reboot"
    );
}

#[test]
fn a_node_that_was_lost_waits_for_no_reboot_after_its_repair() {
    let quiet = Task {
        reboot_option: RebootOption::NoReboot,
        ..install(1, 0)
    };
    let mut config = nodes(1, vec![quiet], bad(AT_REBOOT));
    // Lost at 09:00, repaired an hour later.
    config.behaviors[0].repair_time = hours(1);
    then(&mut config, 6, install(1, 0));
    then(&mut config, 11, install(1, 0));
    let history = play(&config);
    let [success, lost] = [InvocationStatus::Success, InvocationStatus::ExecutionTimedOut];
    assert_eq!(statuses(&history), [success, lost, success]);
    assert_eq!(history.record.bad_patches[0].broken, 1);
}

#[test]
fn what_two_commands_install_breaks_a_node_once() {
    let mut config = nodes(1, vec![install(1, 0)], bad(LATER));
    config.settings.node_lock = NodeLock::Off;
    let mut second = config.windows[0].clone();
    second.schedule = schedule("cron(30 16 9 1 ? 2024)");
    config.windows.push(second);
    let history = play(&config);
    assert_eq!(
        history
            .record
            .commands
            .iter()
            .map(|known| known.installed)
            .sum::<u64>(),
        2
    );
    let shows = history.times(|told| matches!(told, Told::Symptom { .. }));
    assert_eq!(shows, [at("22:00")], "four hours after the first");
}

#[test]
fn a_node_that_breaks_again_while_it_is_waited_for_is_reached_after_both_repairs() {
    let mut config = nodes(1, vec![install(1, 0)], bad(LATER));
    let second = windows_patch("Q", "CriticalUpdates", "Critical", "2024-01-02T00:00:00Z");
    let ReleaseStream::Recorded { patches, .. } = &mut config.releases[0] else {
        unreachable!("the stream is recorded")
    };
    patches.push(second);
    config.faults.bad_patches.push(BadPatches {
        which: WhichAreBad::Named(vec!["Q".to_owned()]),
        latent_after: hours(12),
        ..bad(LATER)
    });
    // Down from 22:00 for a day, and from 06:00 for another.
    then(&mut config, 0, patient(48, 1));
    let history = play(&config);
    assert_eq!(delivered(&history), [utc("2024-01-11T06:00:00Z")]);
    config.windows[1].tasks[0].timeout_seconds = 86_400;
    let [success, late] = [InvocationStatus::Success, InvocationStatus::DeliveryTimedOut];
    assert_eq!(statuses(&play(&config)), [success, late]);
}

#[test]
fn slots_that_the_ramp_opens_are_for_nodes_that_are_back_too() {
    let mut config = nodes(4, vec![install(4, 0)], bad(LATER));
    config.settings.offline_holds_slot = false;
    (config.settings.ramp, config.settings.ack_delay) = (Ramp::Ack, SimDuration::from_minutes(45));
    then(&mut config, 21, patient(10, 3));
    // They install from 16:00, two from 16:45 and one from 17:30, and are back a day and six hours later. By
    // then the second command has sent to all of them, and two more slots are open since 21:45.
    let back = ["22:00", "22:45", "22:45", "23:30"].map(|time| utc(&format!("2024-01-10T{time}:00Z")));
    assert_eq!(delivered(&play(&config)), back);
}

#[test]
fn of_nodes_that_are_back_at_once_the_one_that_was_sent_to_first_takes_the_slot() {
    let mut config = nodes(1, vec![install(2, 0)], bad(LATER));
    for name in ["b", "c", "d"] {
        config.pools.push(pool(name, 1, OperatingSystem::Windows));
    }
    config.pools[2].behavior = 1;
    config.behaviors.push(behavior(90, 60, 30));
    config.settings.offline_holds_slot = false;
    config.windows[0].targets[0].targets = vec![tagged("Pool", &["b", "d"])];
    // "b" and "d" are down until 22:00. The scan of "web" ends at 21:30, and "d" is sent to in its place.
    then(&mut config, 21, patient(10, 2));
    config.windows[1].targets[0].targets = vec![tagged("Patch Group", &["Front-End Servers"])];
    let history = play(&config);
    let reached = history.told.iter().filter_map(|(at, told)| match told {
        Told::Delivered { node, .. } => Some((*at, *node)),
        _ => None,
    });
    let half_hours = ["22:00", "22:30"].map(|time| utc(&format!("2024-01-10T{time}:00Z")));
    assert_eq!(
        reached.collect::<Vec<_>>(),
        [(half_hours[0], 2), (half_hours[1], 4)]
    );
}

#[test]
fn what_happens_at_the_instant_of_the_first_symptom_has_happened_by_then() {
    let history = play(&nodes(3, vec![install(3, 9)], bad(AT_INSTALL)));
    let known = history.record.bad_patches[0];
    assert_eq!(
        (known.first_symptom, known.reached_at_symptom),
        (Some(at("17:30")), 3)
    );
}

/// One node, and a class that breaks, of nodes in another pool.
fn with_class() -> ModelConfig {
    let mut config = nodes(1, vec![install(2, 9)], bad(AT_INSTALL));
    config.faults.configuration_classes = vec![ConfigurationClass {
        name: "retired".to_owned(),
        members: ClassMembers::Targets(vec![tagged("Pool", &["retired"])]),
    }];
    config.faults.bad_patches[0].affects[0].class = Some(0);
    config
}

#[test]
fn a_change_that_is_in_force_at_the_start_decides_who_belongs_to_a_class() {
    for (from, breakable) in [
        ("2023-12-01T00:00:00Z", 1),
        ("2024-01-01T00:00:00Z", 1),
        ("2024-01-01T00:01:00Z", 0),
    ] {
        let mut config = with_class();
        retag(&mut config, utc(from), 0, "retired", Some("Front-End Servers"));
        assert_eq!(play(&config).record.bad_patches[0].breakable, breakable, "{from}");
    }
}

#[test]
fn behind_a_version_that_was_taken_back_the_installed_one_is_reported() {
    let linux = OperatingSystem::AmazonLinux2;
    let version = |id: &str, released: &str| patch(id, linux, "Security", "Critical", released);
    let mut newer = version("P", "2024-01-03T00:00:00Z");
    newer.supersedes = vec!["O".to_owned()];
    let patches = vec![version("O", "2024-01-02T00:00:00Z"), newer];
    let mut quiet = Task {
        reboot_option: RebootOption::NoReboot,
        ..install(1, 0)
    };
    quiet.overrides.install_list = Some(vec!["O".to_owned()]);
    let known = baseline("all", linux, vec![rule(&[], 0)]);
    let mut config = world(1, known, patches, vec![quiet]);
    let report = |config: &ModelConfig| play(config).reports()[0].1;
    let outdated = report(&config);
    assert_eq!((outdated.installed_pending_reboot, outdated.missing), (0, 1));
    config.faults.bad_patches = vec![BadPatches {
        withdrawn_after: Some(hours(24)),
        ..bad(LATER)
    }];
    let newest = report(&config);
    assert_eq!((newest.installed_pending_reboot, newest.missing), (1, 0));
}
