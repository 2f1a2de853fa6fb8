//! Nodes that are out of reach, sick, or broken by bad patches; monitoring and withdrawal.

use patchbench_kernel::{Distribution, SimDuration};
use patchbench_model::catalog::{Affected, BadPatches, SymptomWeights, WhichAreBad};
use patchbench_model::config::{ModelConfig, Operation, RebootOption, Task, TaskStatus};
use patchbench_model::fleet::{
    AlarmAction, ClassMembers, ConfigurationClass, Monitoring, Transient, TwoState, TwoStateError,
};
use patchbench_model::ssm::{CommandStatus, InvocationStatus, OperatingSystem};

use super::world::{
    History, Told, at, baseline, play, pool, pool_target, schedule, seed_rule, tagged, task, utc,
    windows_patch, world,
};

const NEVER: SymptomWeights = SymptomWeights {
    install: 0.0,
    reboot: 0.0,
    latent: 0.0,
};
pub(crate) const AT_INSTALL: SymptomWeights = SymptomWeights {
    install: 1.0,
    ..NEVER
};
pub(crate) const AT_REBOOT: SymptomWeights = SymptomWeights { reboot: 1.0, ..NEVER };
pub(crate) const LATER: SymptomWeights = SymptomWeights { latent: 1.0, ..NEVER };

/// The patch "P" breaks every node so; what is latent shows after four hours.
pub(crate) fn bad(symptom: SymptomWeights) -> BadPatches {
    BadPatches {
        name: "bad".to_owned(),
        stream: None,
        which: WhichAreBad::Named(vec!["P".to_owned()]),
        symptom,
        latent_after: Distribution::Constant(SimDuration::from_hours(4)),
        withdrawn_after: None,
        reaction: SimDuration::ZERO,
        affects: vec![Affected {
            class: None,
            probability: 1.0,
            penetrance: 1.0,
        }],
    }
}

/// Nodes with one approved and missing patch "P"; installs take two hours with their reboot.
pub(crate) fn nodes(count: u32, tasks: Vec<Task>, bad_patches: BadPatches) -> ModelConfig {
    let known = baseline("seed", OperatingSystem::Windows, vec![seed_rule()]);
    let patch = windows_patch("P", "CriticalUpdates", "Critical", "2024-01-02T00:00:00Z");
    let mut config = world(count, known, vec![patch], tasks);
    config.faults.bad_patches = vec![bad_patches];
    config
}

pub(crate) fn install(concurrency: u32, errors: u32) -> Task {
    Task {
        step_timeout_seconds: 10_800,
        ..task(Operation::Install, concurrency, errors)
    }
}

/// A second window that opens at an hour of 2024-01-10, with the same target.
pub(crate) fn then(config: &mut ModelConfig, hour: u8, task: Task) {
    let mut later = config.windows[0].clone();
    later.schedule = schedule(&format!("cron(0 {hour} 10 1 ? 2024)"));
    later.tasks = vec![task];
    config.windows.push(later);
}

pub(crate) fn watch(action: AlarmAction) -> Monitoring {
    Monitoring {
        nodes: None,
        detection: 1.0,
        false_alarm: 0.0,
        delay: SimDuration::from_minutes(30),
        action,
    }
}

/// A condition that holds nearly always.
fn always() -> Option<TwoState> {
    TwoState::new(1.0 - 1e-9, Distribution::Constant(SimDuration::from_days(900))).ok()
}

pub(crate) fn statuses(history: &History) -> Vec<InvocationStatus> {
    history.ends().into_iter().map(|(_, _, status)| status).collect()
}

#[test]
fn a_failing_install_is_an_error_on_every_node_until_the_threshold_stops_it() {
    let history = play(&nodes(10, vec![install(2, 1)], bad(AT_INSTALL)));
    let command = history.command(0);
    assert_eq!(
        (
            command.counts.errors(),
            command.counts.get(InvocationStatus::Terminated)
        ),
        (2, 8)
    );
    assert!(command.met_bad_patch && command.stopped.is_some());
    let known = history.record.bad_patches[0];
    assert_eq!((known.installed, known.broken, known.reached), (0, 2, 2));
    assert_eq!(known.first_symptom, Some(at("17:30")), "scan and install");
}

#[test]
fn a_node_that_does_not_come_back_holds_its_slot_until_the_step_times_out() {
    let history = play(&nodes(2, vec![install(1, 0)], bad(AT_REBOOT)));
    assert_eq!(
        history.ends(),
        [(at("19:00"), 1, InvocationStatus::ExecutionTimedOut)]
    );
    let until = Some(utc("2024-01-10T19:00:00Z"));
    let shows =
        history.times(|told| matches!(told, Told::Symptom { node: 1, patch: 0, until: u } if *u == until));
    assert_eq!(shows, [at("19:00")]);
    let known = history.record.bad_patches[0];
    assert_eq!((known.installed, known.broken, known.reached), (1, 1, 1));
    // The patch is on the node all the same.
    assert_eq!(history.record.coverage[0].covered, 1);
}

#[test]
fn without_a_reboot_the_fault_waits_for_the_next_one() {
    let quiet = Task {
        reboot_option: RebootOption::NoReboot,
        ..install(1, 0)
    };
    let mut config = nodes(1, vec![quiet], bad(AT_REBOOT));
    then(&mut config, 6, install(1, 0));
    let history = play(&config);
    assert_eq!(
        statuses(&history),
        [InvocationStatus::Success, InvocationStatus::ExecutionTimedOut]
    );
}

#[test]
fn a_latent_fault_does_not_hide_one_that_waits_for_the_reboot() {
    let quiet = Task {
        reboot_option: RebootOption::NoReboot,
        ..install(1, 0)
    };
    let mut config = nodes(1, vec![quiet], bad(AT_REBOOT));
    // "Q" comes out and is approved after the first window, and breaks the node later.
    let later = windows_patch("Q", "CriticalUpdates", "Critical", "2024-01-05T01:00:00Z");
    let patchbench_model::catalog::ReleaseStream::Recorded { patches, .. } = &mut config.releases[0] else {
        unreachable!("the stream is recorded")
    };
    patches.push(later);
    config.faults.bad_patches.push(BadPatches {
        which: WhichAreBad::Named(vec!["Q".to_owned()]),
        ..bad(LATER)
    });
    then(&mut config, 6, install(1, 0));
    let history = play(&config);
    assert_eq!(
        statuses(&history),
        [InvocationStatus::Success, InvocationStatus::ExecutionTimedOut]
    );
    let shown = history.record.bad_patches.iter().map(|known| known.broken);
    assert_eq!(shown.collect::<Vec<_>>(), [1, 1], "and \"Q\" four hours later");
}

#[test]
fn an_install_that_fails_by_itself_says_nothing_of_a_bad_patch() {
    for symptom in [AT_INSTALL, AT_REBOOT, LATER] {
        let mut config = nodes(1, vec![install(1, 0)], bad(symptom));
        config.behaviors[0].failure = 1.0;
        config.behaviors[0].sickness = always();
        let history = play(&config);
        assert_eq!(statuses(&history), [InvocationStatus::Failed]);
        let known = history.record.bad_patches[0];
        assert_eq!((known.broken, known.first_symptom), (0, None), "{symptom:?}");
    }
}

#[test]
fn a_bad_patch_is_followed_from_its_approval_to_the_alarm() {
    let mut config = nodes(6, vec![install(2, 9)], bad(AT_REBOOT));
    config.windows[0].tasks[0].max_concurrency = patchbench_model::units::RateLimit::Count(2);
    config.faults.monitoring = Some(watch(AlarmAction::RejectAndCancel));
    config.faults.configuration_classes = vec![ConfigurationClass {
        name: "two of them".to_owned(),
        members: ClassMembers::Targets(vec![patchbench_model::ssm::Target {
            key: patchbench_model::ssm::TargetKey::InstanceIds,
            values: vec!["web-2".to_owned(), "web-3".to_owned()],
        }]),
    }];
    config.faults.bad_patches[0].affects[0].class = Some(0);
    let history = play(&config);
    let known = history.record.bad_patches[0];
    assert_eq!(known.approved, Some(utc("2024-01-07T00:00:00Z")));
    assert_eq!(known.breakable, 2);
    // Node 2 is lost at 19:00, where the step times out, when node 1 has had the patch for an hour. After
    // the alarm half an hour later nodes 3 and 4 end what they began.
    assert_eq!(known.first_symptom, Some(at("19:00")));
    assert_eq!((known.reached_at_symptom, known.reached_at_alarm), (2, 2));
    assert_eq!((known.broken_at_alarm, known.broken), (1, 2));
    assert_eq!((known.installed, known.reached), (4, 4));
    assert_eq!(known.alarm, Some(at("19:30")));
}

#[test]
fn the_nodes_of_a_drawn_class_are_counted_as_they_are_drawn() {
    let mut config = nodes(900, vec![install(900, 900)], bad(AT_INSTALL));
    config.pools.push(pool("more", 300, OperatingSystem::Windows));
    config
        .pools
        .push(pool("others", 300, OperatingSystem::AmazonLinux2023));
    config.faults.configuration_classes = vec![ConfigurationClass {
        name: "one in four".to_owned(),
        members: ClassMembers::Share(0.25),
    }];
    config.faults.bad_patches[0].affects[0].class = Some(0);
    config.windows[0].targets.push(pool_target("more"));
    config.windows[0].tasks[0]
        .targets
        .push(patchbench_model::config::TaskTarget::Window(1));
    let known = play(&config).record.bad_patches[0];
    assert_eq!(known.breakable, known.broken, "all of them, and no other, broke");
    assert!((240..360).contains(&known.breakable), "{}", known.breakable);
}

#[test]
fn a_latent_fault_is_no_error_and_takes_the_node_down_later() {
    let mut config = nodes(1, vec![install(1, 0)], bad(LATER));
    // Installed at 18:00, broken at 22:00 until 22:00 of the next day.
    let patient = Task {
        timeout_seconds: 7_200,
        ..install(1, 0)
    };
    then(&mut config, 21, patient);
    let history = play(&config);
    let shows = history.times(|told| matches!(told, Told::Symptom { .. }));
    assert_eq!(shows, [at("22:00")]);
    let delivered = history.times(|told| matches!(told, Told::Delivered { .. }));
    assert_eq!(
        delivered,
        [utc("2024-01-10T22:00:00Z")],
        "an hour late, just in time"
    );
    assert_eq!(history.command(0).counts.errors(), 0);
}

#[test]
fn a_node_that_is_not_back_in_time_is_delivery_timed_out() {
    let mut config = nodes(2, vec![install(2, 0)], bad(LATER));
    then(&mut config, 6, task(Operation::Scan, 1, 0));
    let history = play(&config);
    let late: Vec<_> = history.ends().into_iter().skip(2).collect();
    assert_eq!(
        late,
        [
            (utc("2024-01-10T07:00:00Z"), 1, InvocationStatus::DeliveryTimedOut),
            (utc("2024-01-10T08:00:00Z"), 2, InvocationStatus::DeliveryTimedOut),
        ],
        "each holds the slot for an hour"
    );
    // Without slots to hold, both wait at once.
    config.settings.offline_holds_slot = false;
    let history = play(&config);
    let late: Vec<_> = history.ends().into_iter().skip(2).collect();
    assert!(
        late.iter()
            .all(|(ended, _, _)| *ended == utc("2024-01-10T07:00:00Z")),
        "{late:?}"
    );
}

#[test]
fn nodes_that_come_back_beside_the_slots_take_the_next_free_one() {
    let mut config = nodes(3, vec![install(3, 0)], bad(LATER));
    let patient = Task {
        timeout_seconds: 7_200,
        ..task(Operation::Scan, 1, 0)
    };
    then(&mut config, 21, patient);
    config.settings.offline_holds_slot = false;
    let history = play(&config);
    let late: Vec<_> = history
        .ends()
        .into_iter()
        .skip(3)
        .map(|(ended, node, _)| (ended, node))
        .collect();
    let half_past = |hour: &str| utc(&format!("2024-01-10T{hour}:00Z"));
    // All are back at 22:00; scans take half an hour, one after the other.
    assert_eq!(
        late,
        [
            (half_past("22:30"), 1),
            (half_past("23:00"), 2),
            (half_past("23:30"), 3)
        ]
    );
}

#[test]
fn a_cancelled_command_gives_up_on_nodes_out_of_reach() {
    let mut config = nodes(2, vec![install(2, 0)], bad(LATER));
    let cancelling = Task {
        cutoff_behavior: patchbench_model::config::CutoffBehavior::CancelTask,
        timeout_seconds: 86_400,
        ..task(Operation::Scan, 1, 0)
    };
    then(&mut config, 6, cancelling);
    let history = play(&config);
    let late: Vec<_> = history.ends().into_iter().skip(2).collect();
    assert_eq!(
        late,
        [(utc("2024-01-10T09:00:00Z"), 1, InvocationStatus::Cancelled)],
        "the cutoff comes before the node is back"
    );
}

#[test]
fn a_successor_that_is_installed_in_time_repairs_a_latent_fault() {
    let mut config = nodes(1, vec![install(1, 0)], bad(LATER));
    let mut repair = windows_patch("Q", "CriticalUpdates", "Critical", "2024-01-05T01:00:00Z");
    repair.supersedes = vec!["P".to_owned()];
    let patchbench_model::catalog::ReleaseStream::Recorded { patches, .. } = &mut config.releases[0] else {
        unreachable!("the stream is recorded")
    };
    patches.push(repair);
    config.settings.supersedence = patchbench_model::config::Supersedence::Keep;
    config.faults.bad_patches[0].latent_after = Distribution::Constant(SimDuration::from_hours(24));
    then(&mut config, 6, install(1, 0));
    let history = play(&config);
    assert_eq!(history.record.bad_patches[0].installed, 1);
    assert_eq!(history.record.bad_patches[0].broken, 0);
}

#[test]
fn a_withdrawn_patch_is_no_longer_offered() {
    let mut process = bad(LATER);
    process.withdrawn_after = Some(Distribution::Constant(SimDuration::from_days(6)));
    process.reaction = SimDuration::from_days(1);
    // Released on 2 January, approved on the 7th, gone on the 9th at midnight.
    let history = play(&nodes(1, vec![install(1, 0)], process.clone()));
    assert_eq!(history.command(0).installed, 0);
    process.reaction = SimDuration::from_days(2);
    let history = play(&nodes(1, vec![install(1, 0)], process));
    assert_eq!(history.command(0).installed, 1, "it went after the window");
}

#[test]
fn an_alarm_rejects_the_patch_for_what_opens_later() {
    let mut config = nodes(4, vec![install(1, 9)], bad(AT_INSTALL));
    config.faults.monitoring = Some(watch(AlarmAction::Reject));
    then(&mut config, 6, install(1, 9));
    let history = play(&config);
    let alarms = history.times(|told| matches!(told, Told::Alarm { patch: 0 }));
    assert_eq!(alarms, [at("18:00")], "half an hour after the first failure");
    let (first, second) = (&history.record.commands[0], &history.record.commands[1]);
    assert_eq!(
        first.counts.errors(),
        4,
        "what had begun goes on by the rules of its opening"
    );
    assert_eq!(
        (second.counts.errors(), second.compliant),
        (0, 4),
        "nothing is missing any more"
    );
    assert_eq!(history.record.bad_patches[0].alarm, Some(at("18:00")));
}

#[test]
fn an_alarm_may_cancel_what_is_under_way() {
    let mut config = nodes(4, vec![install(1, 9)], bad(AT_INSTALL));
    config.faults.monitoring = Some(watch(AlarmAction::RejectAndCancel));
    let history = play(&config);
    let command = history.command(0);
    assert_eq!(
        command.counts.errors(),
        2,
        "17:30, and the one that was under way at 18:00"
    );
    assert_eq!(command.counts.get(InvocationStatus::Cancelled), 2);
    assert_eq!(command.status, CommandStatus::Cancelled);
    assert_eq!(history.record.windows[0].status, TaskStatus::Cancelled);
}

#[test]
fn only_watched_nodes_raise_an_alarm() {
    let mut config = nodes(2, vec![install(1, 9)], bad(AT_INSTALL));
    let mut monitoring = watch(AlarmAction::Reject);
    monitoring.nodes = Some(vec![tagged("Pool", &["canary"])]);
    config.faults.monitoring = Some(monitoring);
    assert_eq!(play(&config).record.bad_patches[0].alarm, None);
    config.pools.push(pool("canary", 1, OperatingSystem::Windows));
    config.windows[0].targets.push(pool_target("canary"));
    config.windows[0].tasks[0].targets = vec![
        patchbench_model::config::TaskTarget::Window(1),
        patchbench_model::config::TaskTarget::Window(0),
    ];
    assert_eq!(play(&config).record.bad_patches[0].alarm, Some(at("18:00")));
}

#[test]
fn a_good_patch_may_raise_a_false_alarm() {
    let mut config = nodes(1, vec![install(1, 0)], bad(LATER));
    config.faults.bad_patches.clear();
    let mut monitoring = watch(AlarmAction::Reject);
    monitoring.false_alarm = 1.0;
    config.faults.monitoring = Some(monitoring);
    let history = play(&config);
    let alarms = history.times(|told| matches!(told, Told::Alarm { patch: 0 }));
    assert_eq!(alarms, [at("18:30")]);
    assert!(history.record.bad_patches.is_empty());
}

#[test]
fn a_class_breaks_together_and_others_are_spared() {
    let mut config = nodes(2, vec![install(9, 9)], bad(AT_INSTALL));
    let mut controllers = pool("dc", 3, OperatingSystem::Windows);
    controllers.tags.insert("Role".to_owned(), "dc".to_owned());
    config.pools.push(controllers);
    config.windows[0].targets.push(pool_target("dc"));
    config.windows[0].tasks[0]
        .targets
        .push(patchbench_model::config::TaskTarget::Window(1));
    config.faults.configuration_classes = vec![ConfigurationClass {
        name: "domain-controllers".to_owned(),
        members: ClassMembers::Targets(vec![tagged("Role", &["dc"])]),
    }];
    config.faults.bad_patches[0].affects[0].class = Some(0);
    let errors = |history: &History| -> Vec<u32> {
        let commands = history.record.commands.iter();
        commands.map(|command| command.counts.errors()).collect()
    };
    assert_eq!(errors(&play(&config)), [0, 3]);
}

#[test]
fn the_same_nodes_belong_to_a_drawn_class_whatever_the_patch() {
    let mut config = nodes(400, vec![install(400, 400)], bad(AT_INSTALL));
    config.faults.configuration_classes = vec![ConfigurationClass {
        name: "one in four".to_owned(),
        members: ClassMembers::Share(0.25),
    }];
    config.faults.bad_patches[0].affects[0].class = Some(0);
    let failing = |config: &ModelConfig| -> Vec<u32> {
        let ends = play(config).ends();
        let failed = ends
            .into_iter()
            .filter(|(_, _, status)| *status == InvocationStatus::Failed);
        failed.map(|(_, node, _)| node).collect()
    };
    let first = failing(&config);
    assert!((60..140).contains(&first.len()), "{}", first.len());
    let patchbench_model::catalog::ReleaseStream::Recorded { patches, .. } = &mut config.releases[0] else {
        unreachable!("the stream is recorded")
    };
    patches[0].id = "Q".to_owned();
    config.faults.bad_patches[0].which = WhichAreBad::Probability(1.0);
    assert_eq!(failing(&config), first);
}

#[test]
fn transient_failures_are_tried_again_and_each_attempt_takes_its_time() {
    let mut config = nodes(1, vec![install(1, 0)], bad(LATER));
    config.faults.bad_patches.clear();
    config.behaviors[0].transient = Transient {
        probability: 1.0,
        retries: 2,
    };
    let history = play(&config);
    // Half an hour of scan, and three attempts of an hour: more than the step may take.
    assert_eq!(
        history.ends(),
        [(at("19:00"), 1, InvocationStatus::ExecutionTimedOut)]
    );
    config.windows[0].tasks[0].step_timeout_seconds = 36_000;
    assert_eq!(play(&config).ends(), [(at("19:30"), 1, InvocationStatus::Failed)]);
}

#[test]
fn failed_attempts_are_geometric() {
    let transient = Transient {
        probability: 0.25,
        retries: 3,
    };
    for (share, attempts) in [
        (0.9, 0),
        (0.26, 0),
        (0.24, 1),
        (0.06, 2),
        (0.015, 3),
        (0.0039, 4),
        (0.0, 4),
    ] {
        let word = (share * 4_294_967_296.0) as u32;
        assert_eq!(transient.failed_attempts(word), attempts, "{share}");
    }
    assert_eq!(Transient::default().failed_attempts(0), 0);
}

#[test]
fn sick_nodes_fail_every_install_and_scan_all_the_same() {
    let mut config = nodes(2, vec![install(2, 9)], bad(LATER));
    config.behaviors[0].sickness = always();
    config.faults.bad_patches.clear();
    then(&mut config, 6, task(Operation::Scan, 2, 0));
    let history = play(&config);
    let [failed, success] = [InvocationStatus::Failed, InvocationStatus::Success];
    assert_eq!(statuses(&history), [failed, failed, success, success]);
}

#[test]
fn as_many_nodes_are_out_of_reach_as_the_share_says_at_any_time() {
    for (share, time) in [
        (
            0.3,
            Distribution::Exponential {
                mean: SimDuration::from_days(2),
            },
        ),
        (0.3, Distribution::Constant(SimDuration::from_days(2))),
        (
            0.3,
            Distribution::Lognormal {
                median: SimDuration::from_days(1),
                sigma: 1.0,
            },
        ),
    ] {
        let mut config = nodes(4_000, vec![install(4_000, 0)], bad(LATER));
        config.faults.bad_patches.clear();
        config.behaviors[0].outages = TwoState::new(share, time.clone()).ok();
        config.windows[0].tasks[0].timeout_seconds = 30;
        then(
            &mut config,
            20,
            Task {
                timeout_seconds: 30,
                ..task(Operation::Scan, 4_000, 0)
            },
        );
        let history = play(&config);
        for command in &history.record.commands {
            let lost = f64::from(command.counts.get(InvocationStatus::DeliveryTimedOut));
            // Four standard deviations of a binomial.
            let spread = 4.0 * (4_000.0 * share * (1.0 - share)).sqrt();
            assert!((lost - 4_000.0 * share).abs() < spread + 1.0, "{time:?}: {lost}");
        }
    }
}

#[test]
fn a_condition_needs_a_share_and_a_time_of_a_known_kind() {
    let day = SimDuration::from_days(1);
    let constant = || Distribution::Constant(day);
    let uniform = Distribution::Uniform { low: day, high: day };
    for (law, error) in [
        (TwoState::new(0.0, constant()), TwoStateError::Share),
        (TwoState::new(1.0, constant()), TwoStateError::Share),
        (TwoState::new(f64::NAN, constant()), TwoStateError::Share),
        (TwoState::new(0.5, uniform), TwoStateError::Kind),
        (
            TwoState::new(0.5, Distribution::Constant(SimDuration::ZERO)),
            TwoStateError::Time,
        ),
    ] {
        assert_eq!(law, Err(error));
    }
}
