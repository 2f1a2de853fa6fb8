//! Small random worlds: a few nodes, patches that replace each other, rules that miss, windows that
//! overlap, installs that fail.

use std::collections::BTreeMap;

use patchbench_calendar::{Schedule, ScheduleOptions};
use patchbench_kernel::{Distribution, SimDuration, SimTime};
use patchbench_model::catalog::{Patch, PatchSet, ReleaseStream};
use patchbench_model::config::{
    ApprovalBoundary, CutoffBehavior, FaultModel, MaintenanceWindow, ModelConfig, MultiTargetTask, NodeLock,
    Operation, Overrides, PercentRounding, Ramp, RebootOption, Registration, ScriptedOutcome, ScriptedResult,
    Settings, Supersedence, Surface, TargetOrder, Task, TaskTarget, TieOrder, WindowTarget,
};
use patchbench_model::fleet::{Behavior, NodePool, Transient};
use patchbench_model::measures::Measures;
use patchbench_model::ssm::{
    Approval, ApprovalRule, ComplianceLevel, FilterGroup, FilterKey, OperatingSystem, PatchBaseline,
    PatchFilter, Target, TargetKey,
};
use patchbench_model::units::RateLimit;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::changes::{edit, make};
use crate::faults::{fail, failures};

/// 2024-01-01.
pub(crate) const START: SimTime = SimTime::from_millis(1_704_067_200_000);
const DAYS: i64 = 20;
const WINDOWS: OperatingSystem = OperatingSystem::Windows;
const LINUX: OperatingSystem = OperatingSystem::AmazonLinux2;

/// A world to be asked, at an instant.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) config: ModelConfig,
    pub(crate) seed: u64,
    pub(crate) at: SimTime,
}

pub(crate) fn asked() -> impl Strategy<Value = Asked> {
    let times = (any::<u64>(), 0..=DAYS * 24);
    (config(), times).prop_map(|(config, (seed, hours))| Asked {
        config,
        seed,
        at: START + SimDuration::from_hours(hours),
    })
}

fn config() -> impl Strategy<Value = ModelConfig> {
    let plain = (vec(pool(), 1..4), vec(patch(), 2..7), vec(baseline(), 4));
    let played = (
        vec(behavior(), 1..3),
        vec(window(), 1..3),
        vec(outcome(), 0..7),
        settings(),
    );
    let edits = vec(edit(DAYS * 24, baseline(), window()), 1..4);
    let edits = prop::option::weighted(0.5, edits).prop_map(Option::unwrap_or_default);
    (plain, played, any::<bool>(), edits, failures()).prop_map(
        |(plain, played, linux_default, edits, failures)| {
            let (pools, patches, baselines) = plain;
            let (behaviors, windows, outcomes, settings) = played;
            let mut config = ModelConfig {
                name: "random".to_owned(),
                start: START,
                horizon: START + SimDuration::from_days(DAYS),
                releases: vec![ReleaseStream::Recorded {
                    name: "recorded".to_owned(),
                    patches: named(patches),
                }],
                baselines: kinds(baselines),
                registrations: vec![registration("A", 0), registration("A", 2), registration("B", 1)],
                default_baselines: vec![(WINDOWS, 1)],
                pools: pools_named(pools, behaviors.len()),
                behaviors,
                windows: windows_named(windows),
                freezes: Vec::new(),
                changes: Vec::new(),
                outcomes: Vec::new(),
                measures: Measures::default(),
                faults: FaultModel::default(),
                settings,
            };
            if linux_default {
                config.default_baselines.push((LINUX, 3));
            }
            let nodes: u32 = config.pools.iter().map(|pool| pool.count).sum();
            config.outcomes = outcomes
                .into_iter()
                .map(|outcome| ScriptedOutcome {
                    node: outcome.node % nodes,
                    window: outcome.window.map(|window| window % config.windows.len()),
                    ..outcome
                })
                .collect();
            fail(&mut config, failures);
            make(&mut config, edits);
            config
        },
    )
}

fn registration(patch_group: &str, baseline: usize) -> Registration {
    Registration {
        patch_group: patch_group.to_owned(),
        baseline,
    }
}

/// Two baselines for Windows, two for Linux.
fn kinds(mut baselines: Vec<PatchBaseline>) -> Vec<PatchBaseline> {
    for (index, baseline) in baselines.iter_mut().enumerate() {
        baseline.name = format!("baseline-{index}");
        baseline.operating_system = if index < 2 { WINDOWS } else { LINUX };
    }
    baselines
}

fn pool() -> impl Strategy<Value = NodePool> {
    let group = select(vec![Some("A"), Some("B"), Some("C"), None]);
    let product = select(vec![Some("Product1"), Some("Product2"), None]);
    let applications = select(vec![vec![], vec!["Office".to_owned()]]);
    let system = select(vec![WINDOWS, WINDOWS, LINUX]);
    (1u32..4, system, product, group, applications, any::<bool>()).prop_map(
        |(count, operating_system, product, group, applications, patched)| NodePool {
            name: String::new(),
            count,
            names: None,
            operating_system,
            product: product.map(str::to_owned),
            applications,
            tags: group
                .map(|group| BTreeMap::from([("Patch Group".to_owned(), group.to_owned())]))
                .unwrap_or_default(),
            patch_group: group.map(str::to_owned),
            policy_baseline: None,
            behavior: count as usize,
            patched_through: if patched { START } else { SimTime::MIN },
            rebooted_through: None,
        },
    )
}

fn pools_named(mut pools: Vec<NodePool>, behaviors: usize) -> Vec<NodePool> {
    for (index, pool) in pools.iter_mut().enumerate() {
        pool.name = format!("pool{index}");
        pool.behavior %= behaviors;
    }
    pools
}

fn patch() -> impl Strategy<Value = (Patch, Vec<prop::sample::Index>)> {
    let system = select(vec![WINDOWS, WINDOWS, LINUX]);
    let product = select(vec![None, None, Some("Product1"), Some("Office")]);
    let kinds = (
        select(vec![None, Some("SecurityUpdates"), Some("Updates")]),
        select(vec![None, Some("Critical"), Some("Low")]),
    );
    let dates = (-100..DAYS * 24, select(vec![None, Some(0), Some(30)]));
    let replaces = vec(any::<prop::sample::Index>(), 0..3);
    (system, product, kinds, dates, any::<bool>(), replaces).prop_map(
        |(operating_system, product, (classification, severity), (hours, late), security, replaces)| {
            let released = START + SimDuration::from_hours(hours);
            let application = product == Some("Office") && operating_system == WINDOWS;
            let patch = Patch {
                id: String::new(),
                kb: None,
                title: String::new(),
                released_at: Some(released),
                available_at: late.map(|hours| released + SimDuration::from_hours(hours)),
                updated_at: None,
                built_at: None,
                operating_system,
                product: product.map(str::to_owned),
                product_family: None,
                classification: classification.map(str::to_owned),
                severity: severity.map(str::to_owned),
                priority: None,
                section: None,
                patch_set: if application {
                    PatchSet::Application
                } else {
                    PatchSet::Os
                },
                security_source: security,
                cve_ids: Vec::new(),
                supersedes: Vec::new(),
            };
            (patch, replaces)
        },
    )
}

/// Each patch replaces some of those before it.
fn named(patches: Vec<(Patch, Vec<prop::sample::Index>)>) -> Vec<Patch> {
    let number = |index: usize| format!("P{index}");
    let name = |(index, (patch, replaces)): (usize, (Patch, Vec<prop::sample::Index>))| Patch {
        id: number(index),
        kb: (index % 2 == 0).then(|| format!("KB{index}")),
        supersedes: replaces
            .iter()
            .filter(|_| index > 0)
            .map(|earlier| number(earlier.index(index)))
            .collect(),
        ..patch
    };
    patches.into_iter().enumerate().map(name).collect()
}

fn baseline() -> impl Strategy<Value = PatchBaseline> {
    let lists = (vec(0usize..7, 0..2), vec(0usize..7, 0..2));
    (vec(rule(), 0..3), lists, 0u8..4).prop_map(|(rules, (approved, rejected), global)| {
        let names = |list: Vec<usize>| list.iter().map(|index| format!("P{index}")).collect();
        let mut baseline = PatchBaseline::custom("", WINDOWS);
        baseline.rules = rules;
        baseline.approved_patches = names(approved);
        baseline.rejected_patches = names(rejected);
        if global == 0 {
            baseline.global_filter = FilterGroup {
                filters: vec![filter(FilterKey::Classification, "SecurityUpdates")],
            };
        }
        baseline
    })
}

fn filter(key: FilterKey, value: &str) -> PatchFilter {
    PatchFilter {
        key,
        values: vec![value.to_owned()],
    }
}

fn rule() -> impl Strategy<Value = ApprovalRule> {
    let asks = (0u8..4, any::<bool>(), any::<bool>());
    (asks, 0u16..8, 0u32..20).prop_map(|((kind, dated, open), days, date)| {
        let filters = match kind {
            0 => vec![filter(FilterKey::Classification, "SecurityUpdates")],
            1 => vec![
                filter(FilterKey::MsrcSeverity, "Critical"),
                filter(FilterKey::Classification, "*"),
            ],
            _ => Vec::new(),
        };
        let last = chrono::NaiveDate::from_ymd_opt(2024, 1, date + 1).unwrap();
        ApprovalRule {
            filter: FilterGroup { filters },
            approval: if dated && days == 0 {
                Approval::UntilDate(last)
            } else {
                Approval::AfterDays(days)
            },
            compliance_level: ComplianceLevel::High,
            enable_non_security: open,
        }
    })
}

fn behavior() -> impl Strategy<Value = Behavior> {
    let time = |minutes: i64| Distribution::Constant(SimDuration::from_minutes(minutes));
    (
        1i64..90,
        1i64..400,
        select(vec![0.0, 0.3, 0.8]),
        select(vec![0.0, 1.0]),
    )
        .prop_map(move |(scan, install, failure, reboot_probability)| Behavior {
            name: "behavior".to_owned(),
            scan_time: time(scan),
            install_time: time(install),
            install_time_per_patch: SimDuration::ZERO,
            reboot_time: time(10),
            reboot_probability,
            reboot_rounds: 1,
            failure,
            scan_failure: failure / 4.0,
            transient: Transient::default(),
            outages: None,
            sickness: None,
            repair_time: Distribution::Constant(SimDuration::from_days(1)),
        })
}

fn window() -> impl Strategy<Value = MaintenanceWindow> {
    let schedule = select(vec![
        "rate(30 hours)",
        "rate(5 hours)",
        "cron(0 3 ? * * *)",
        "cron(0 3 ? * TUE *)",
    ]);
    let targets = vec(target(), 1..3);
    (schedule, 2u8..6, 0u8..2, vec(task(), 1..3), targets, 0u8..12).prop_map(
        |(schedule, duration_hours, cutoff_hours, tasks, targets, disabled)| MaintenanceWindow {
            name: String::new(),
            surface: Surface::default(),
            schedule: Schedule::parse(schedule, ScheduleOptions::default()).unwrap(),
            duration_hours,
            cutoff_hours,
            enabled: disabled > 0,
            allow_unassociated_targets: true,
            tasks: tasks
                .into_iter()
                .enumerate()
                .map(|(index, (task, both))| Task {
                    name: format!("task-{index}"),
                    targets: (0..targets.len())
                        .filter(|target| both || *target == index % targets.len())
                        .map(TaskTarget::Window)
                        .collect(),
                    ..task
                })
                .collect(),
            targets,
        },
    )
}

fn windows_named(mut windows: Vec<MaintenanceWindow>) -> Vec<MaintenanceWindow> {
    for (index, window) in windows.iter_mut().enumerate() {
        window.name = format!("window-{index}");
    }
    windows
}

fn target() -> impl Strategy<Value = WindowTarget> {
    let by_group = select(vec![vec!["A"], vec!["B"], vec!["A", "B", "C"]]).prop_map(|values| Target {
        key: TargetKey::Tag("Patch Group".to_owned()),
        values: values.into_iter().map(str::to_owned).collect(),
    });
    let ids = ["pool0-2", "pool0-1", "pool1-1", "pool2-3", "pool2-1"].map(str::to_owned);
    let by_id = proptest::sample::subsequence(ids.to_vec(), 1..4).prop_map(|values| Target {
        key: TargetKey::InstanceIds,
        values,
    });
    prop_oneof![by_group, by_id].prop_map(|target| WindowTarget {
        name: "target".to_owned(),
        targets: vec![target],
    })
}

fn task() -> impl Strategy<Value = (Task, bool)> {
    let operation = select(vec![Operation::Install, Operation::Install, Operation::Scan]);
    let reboot = select(vec![RebootOption::RebootIfNeeded, RebootOption::NoReboot]);
    let limits = (
        select(vec![
            RateLimit::Count(1),
            RateLimit::Count(2),
            RateLimit::Percent(50),
        ]),
        select(vec![
            RateLimit::Count(0),
            RateLimit::Count(1),
            RateLimit::Percent(20),
        ]),
    );
    let cutoff = select(vec![CutoffBehavior::ContinueTask, CutoffBehavior::CancelTask]);
    (
        operation,
        overrides(),
        reboot,
        0u32..2,
        limits,
        cutoff,
        any::<bool>(),
    )
        .prop_map(
            |(
                operation,
                overrides,
                reboot_option,
                priority,
                (max_concurrency, max_errors),
                cutoff_behavior,
                both,
            )| {
                let task = Task {
                    name: String::new(),
                    targets: Vec::new(),
                    operation,
                    overrides,
                    reboot_option,
                    priority,
                    max_concurrency,
                    max_errors,
                    cutoff_behavior,
                    timeout_seconds: 7200,
                    step_timeout_seconds: 14_400,
                };
                (task, both)
            },
        )
}

/// Seldom a list, another baseline, or both.
fn overrides() -> impl Strategy<Value = Overrides> {
    let list = select(vec![vec!["p0", "p1"], vec!["p2"], vec!["p3", "p4"]]);
    let list = list.prop_map(|ids| ids.into_iter().map(str::to_owned).collect());
    (0u32..12, list, select(vec![vec![0], vec![1], vec![0, 2]])).prop_map(|(kind, list, baselines)| {
        Overrides {
            install_list: (kind < 3).then_some(list),
            baselines: if (2..4).contains(&kind) {
                baselines
            } else {
                Vec::new()
            },
        }
    })
}

fn outcome() -> impl Strategy<Value = ScriptedOutcome> {
    let result = select(vec![
        ScriptedResult::Success,
        ScriptedResult::Failed,
        ScriptedResult::ExecutionTimedOut,
        ScriptedResult::DeliveryTimedOut,
        ScriptedResult::Undeliverable,
        ScriptedResult::AccessDenied,
        ScriptedResult::InvalidPlatform,
    ]);
    (0u32..12, prop::option::of(0usize..2), result).prop_map(|(node, window, result)| ScriptedOutcome {
        node,
        window,
        task: None,
        on: None,
        result,
    })
}

fn settings() -> impl Strategy<Value = Settings> {
    let order = select(vec![TargetOrder::Id, TargetOrder::Listed, TargetOrder::Shuffled]);
    let ramp = select(vec![Ramp::Ack, Ramp::Complete]);
    let rounding = select(vec![PercentRounding::Floor, PercentRounding::Ceil]);
    let flags = (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    );
    (order, ramp, rounding, flags).prop_map(
        |(target_order, ramp, percent_rounding, (kills, keep, strict, merged, sends_first))| Settings {
            target_order,
            ramp,
            node_lock: if sends_first { NodeLock::On } else { NodeLock::Off },
            percent_rounding,
            cancel_kills_running: if kills { 0.5 } else { 0.0 },
            ack_delay: SimDuration::from_minutes(if merged { 5 } else { 0 }),
            supersedence: if keep {
                Supersedence::Keep
            } else {
                Supersedence::Drop
            },
            approval_boundary: if strict {
                ApprovalBoundary::Strict
            } else {
                ApprovalBoundary::Inclusive
            },
            multi_target_task: if merged {
                MultiTargetTask::Merged
            } else {
                MultiTargetTask::Sequential
            },
            tie_order: if sends_first {
                TieOrder::SendsFirst
            } else {
                TieOrder::CompletionsFirst
            },
            ..Settings::default()
        },
    )
}
