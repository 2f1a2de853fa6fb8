//! Behaviours, outcomes, targets, tasks and settings at random.

use chrono::NaiveDate;
use patchbench_kernel::{Distribution, SimDuration};
use patchbench_model::config::{
    ApprovalBoundary, CommandStatusRule, CutoffBehavior, MultiTargetTask, NodeLock, Operation, Overrides,
    PercentRounding, Ramp, RebootOption, ScriptedOutcome, ScriptedResult, Settings, Supersedence,
    TargetOrder, Task, TaskStatus, TaskTarget, TieOrder,
};
use patchbench_model::fleet::{Behavior, Transient};
use patchbench_model::measures::{Measures, SLA_PRESETS, Sla};
use patchbench_model::ssm::{Target, TargetKey};
use patchbench_model::units::RateLimit;
use proptest::prelude::*;
use proptest::sample::select;

/// Names that targets may list: some exist in some worlds.
const NAMES: [&str; 7] = ["x-1", "x-2", "x-3", "y-1", "y-2", "z-1", "z-4"];

/// Every published deadline, and the published curve.
pub(crate) fn all_presets() -> Measures {
    let sla = |preset: &patchbench_model::measures::SlaPreset| Sla {
        name: preset.name.to_owned(),
        within: preset.within(),
    };
    Measures {
        slas: SLA_PRESETS.iter().map(sla).collect(),
        ..Measures::default()
    }
}

pub(crate) fn minutes(minutes: i64) -> SimDuration {
    SimDuration::from_minutes(minutes)
}

pub(crate) fn constant_behavior() -> impl Strategy<Value = Behavior> {
    let seldom = |often: usize| {
        let mut chances = vec![0.0; often];
        chances.push(1.0);
        select(chances)
    };
    (
        select(vec![0, 5, 10, 20]),
        select(vec![0, 10, 20, 30, 60]),
        select(vec![0, 5]),
        select(vec![0, 10, 30]),
        select(vec![(0.0, 1), (1.0, 1), (1.0, 3), (1.0, 5), (1.0, 6), (1.0, 7)]),
        seldom(3),
        seldom(5),
    )
        .prop_map(
            |(scan, install, per_patch, reboot, (reboots, rounds), failure, scan_failure)| Behavior {
                name: "constant".to_owned(),
                scan_time: Distribution::Constant(minutes(scan)),
                install_time: Distribution::Constant(minutes(install)),
                install_time_per_patch: minutes(per_patch),
                reboot_time: Distribution::Constant(minutes(reboot)),
                reboot_probability: reboots,
                reboot_rounds: rounds,
                failure,
                scan_failure,
                transient: Transient::default(),
                outages: None,
                sickness: None,
                repair_time: Distribution::Constant(SimDuration::from_days(1)),
            },
        )
}

fn drawn_time() -> impl Strategy<Value = Distribution> {
    let median = select(vec![5, 20, 40]).prop_map(minutes);
    (0usize..4, median).prop_map(|(kind, median)| match kind {
        0 => Distribution::lognormal(median, 0.5).unwrap(),
        1 => Distribution::exponential(median).unwrap(),
        2 => Distribution::uniform(SimDuration::ZERO, median).unwrap(),
        _ => Distribution::empirical(&[minutes(10), median], None).unwrap(),
    })
}

pub(crate) fn drawn_behavior() -> impl Strategy<Value = Behavior> {
    let chance = || select(vec![0.0, 0.2, 0.5]);
    (
        drawn_time(),
        drawn_time(),
        drawn_time(),
        (chance(), select(vec![1, 1, 2, 7])),
        chance(),
        chance(),
    )
        .prop_map(
            |(
                scan_time,
                install_time,
                reboot_time,
                (reboot_probability, reboot_rounds),
                failure,
                scan_failure,
            )| Behavior {
                name: "drawn".to_owned(),
                scan_time,
                install_time,
                install_time_per_patch: minutes(2),
                reboot_time,
                reboot_probability,
                reboot_rounds,
                failure,
                scan_failure,
                transient: Transient::default(),
                outages: None,
                sickness: None,
                repair_time: Distribution::Constant(SimDuration::from_days(1)),
            },
        )
}

pub(crate) fn outcome() -> impl Strategy<Value = ScriptedOutcome> {
    let results = [
        ScriptedResult::Success,
        ScriptedResult::Failed,
        ScriptedResult::Failed,
        ScriptedResult::ExecutionTimedOut,
        ScriptedResult::DeliveryTimedOut,
        ScriptedResult::Undeliverable,
        ScriptedResult::InvalidPlatform,
        ScriptedResult::AccessDenied,
    ];
    let day = |day| NaiveDate::from_ymd_opt(2024, 1, day);
    let sometimes = |most: usize| prop::option::weighted(0.3, 0..most);
    let on = select(vec![None, None, None, day(9), day(10)]);
    (0u32..6, sometimes(2), sometimes(3), on, select(results.to_vec())).prop_map(
        |(node, window, task, on, result)| ScriptedOutcome {
            node,
            window,
            task,
            on,
            result,
        },
    )
}

pub(crate) fn target() -> impl Strategy<Value = Vec<Target>> {
    let entry = |key, values: &[&str]| Target {
        key,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let role = |values: &[&str]| entry(TargetKey::Tag("Role".to_owned()), values);
    let by_tag = prop_oneof![
        3 => Just(role(&["a"])),
        2 => Just(role(&["a", "b"])),
        2 => Just(entry(TargetKey::TagKey, &["Role"])),
        1 => select(vec![role(&["b"]), role(&["nobody"])]),
    ];
    let by_id = prop::sample::subsequence(NAMES.to_vec(), 2..=7)
        .prop_shuffle()
        .prop_map(move |names| entry(TargetKey::InstanceIds, &names));
    let entry = prop_oneof![2 => by_tag, 1 => by_id].boxed();
    prop_oneof![
        5 => prop::collection::vec(entry.clone(), 1),
        1 => prop::collection::vec(entry, 2),
    ]
}

fn limit(counts: std::ops::RangeInclusive<u32>, percents: Vec<u8>) -> impl Strategy<Value = RateLimit> {
    prop_oneof![
        3 => counts.prop_map(RateLimit::Count),
        1 => select(percents).prop_map(RateLimit::Percent),
    ]
}

pub(crate) fn task(targets: usize) -> impl Strategy<Value = Task> {
    let target = prop_oneof![
        3 => (0..targets).prop_map(TaskTarget::Window),
        1 => target().prop_map(TaskTarget::Direct),
    ];
    let limits = (
        limit(1..=4, vec![1, 10, 25, 50, 100]),
        limit(0..=2, vec![0, 10, 34, 50, 100]),
    );
    let timeouts = (select(vec![30, 600, 3600]), select(vec![900, 1800, 10_800]));
    (
        prop::collection::vec(target, 1..=2),
        select(vec![Operation::Scan, Operation::Install, Operation::Install]),
        overrides(),
        select(vec![RebootOption::RebootIfNeeded, RebootOption::NoReboot]),
        0u32..3,
        limits,
        select(vec![CutoffBehavior::ContinueTask, CutoffBehavior::CancelTask]),
        timeouts,
    )
        .prop_map(
            |(targets, operation, overrides, reboot_option, priority, limits, cutoff_behavior, timeouts)| {
                Task {
                    name: "task".to_owned(),
                    targets,
                    operation,
                    overrides,
                    reboot_option,
                    priority,
                    max_concurrency: limits.0,
                    max_errors: limits.1,
                    cutoff_behavior,
                    timeout_seconds: timeouts.0,
                    step_timeout_seconds: timeouts.1,
                }
            },
        )
}

/// Seldom a list, a baseline for each system or one of them, or both kinds together.
fn overrides() -> impl Strategy<Value = Overrides> {
    let lists = [vec!["p0"], vec!["p1", "p2"], vec!["p3", "p0"], vec!["unknown"]];
    let list = select(lists.to_vec()).prop_map(|ids| ids.into_iter().map(str::to_owned).collect());
    let baselines = select(vec![vec![2, 3], vec![2, 3], vec![2], vec![3]]);
    let kinds = select(
        vec![(false, false); 6]
            .into_iter()
            .chain([(true, false); 3])
            .chain([(false, true); 2])
            .chain([(true, true)])
            .collect::<Vec<_>>(),
    );
    (kinds, list, baselines).prop_map(|((listed, judged), list, baselines)| Overrides {
        install_list: listed.then_some(list),
        baselines: if judged { baselines } else { Vec::new() },
    })
}

pub(crate) fn settings() -> impl Strategy<Value = Settings> {
    let send = (
        select(vec![
            PercentRounding::Floor,
            PercentRounding::Ceil,
            PercentRounding::Nearest,
        ]),
        select(vec![
            (Ramp::Ack, SimDuration::ZERO, NodeLock::On),
            (Ramp::Ack, minutes(10), NodeLock::Off),
            (Ramp::Ack, minutes(30), NodeLock::On),
            (Ramp::Off, minutes(10), NodeLock::On),
            (Ramp::Off, minutes(10), NodeLock::Since2025),
            (Ramp::Complete, SimDuration::ZERO, NodeLock::On),
            (Ramp::Complete, SimDuration::ZERO, NodeLock::Off),
        ]),
        select(vec![TargetOrder::Id, TargetOrder::Listed, TargetOrder::Shuffled]),
        select(vec![TieOrder::CompletionsFirst, TieOrder::SendsFirst]),
        select(vec![CommandStatusRule::StrictExceed, CommandStatusRule::Literal]),
        any::<bool>(),
    );
    let window = (
        any::<bool>(),
        any::<bool>(),
        select(vec![MultiTargetTask::Sequential, MultiTargetTask::Merged]),
        select(vec![
            TaskStatus::TimedOut,
            TaskStatus::Failed,
            TaskStatus::Cancelled,
        ]),
        select(vec![TaskStatus::Failed, TaskStatus::Success]),
        select(vec![Supersedence::Drop, Supersedence::Keep]),
    );
    (send, window).prop_map(|(send, window)| Settings {
        offline_holds_slot: send.5,
        approval_boundary: ApprovalBoundary::Inclusive,
        approved_list_bypasses_global: true,
        supersedence: window.5,
        cutoff_inclusive: window.0,
        multi_target_task: window.2,
        cancel_kills_running: f64::from(u8::from(window.1)),
        unstarted_task_status: window.3,
        no_target_task_status: window.4,
        percent_rounding: send.0,
        ramp: send.1.0,
        ack_delay: send.1.1,
        target_order: send.2,
        tie_order: send.3,
        command_status_rule: send.4,
        external_pending_reboot: window.0,
        node_lock: send.1.2,
    })
}
