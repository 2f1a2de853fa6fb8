//! Small worlds for tests, and everything that an observer is told about them.

use std::collections::BTreeMap;

use chrono::DateTime;
use patchbench_calendar::{Schedule, ScheduleOptions};
use patchbench_kernel::{Distribution, SimDuration, SimTime};
use patchbench_model::catalog::{Patch, PatchSet, ReleaseStream};
use patchbench_model::clock::from_utc;
use patchbench_model::config::{
    CutoffBehavior, FaultModel, MaintenanceWindow, ModelConfig, Operation, Overrides, RebootOption,
    Registration, ScriptedOutcome, ScriptedResult, Settings, Surface, Task, TaskStatus, TaskTarget,
    WindowTarget,
};
use patchbench_model::fleet::{Behavior, NodePool, Transient};
use patchbench_model::measures::Measures;
use patchbench_model::ssm::{
    Approval, ApprovalRule, BaselineVintage, CommandStatus, ComplianceLevel, FilterGroup, FilterKey,
    InstancePatchState, InvocationStatus, OperatingSystem, PatchBaseline, PatchFilter, Target, TargetKey,
    predefined_baselines,
};
use patchbench_model::units::RateLimit;
use patchbench_model::world::{Cause, CommandId, CommandRecord, Fact, Observer, Plan, RunRecord, simulate};

/// An instant.
pub(crate) fn utc(text: &str) -> SimTime {
    from_utc(DateTime::parse_from_rfc3339(text).unwrap().to_utc())
}

/// An hour and minute on the day of most worlds, Tuesday 2024-01-09.
pub(crate) fn at(time: &str) -> SimTime {
    utc(&format!("2024-01-09T{time}:00Z"))
}

pub(crate) fn minutes(minutes: i64) -> Distribution {
    Distribution::Constant(SimDuration::from_minutes(minutes))
}

/// A patch that says nothing of itself.
pub(crate) fn bare_patch(id: &str, os: OperatingSystem) -> Patch {
    Patch {
        id: id.to_owned(),
        kb: None,
        title: id.to_owned(),
        released_at: None,
        available_at: None,
        updated_at: None,
        built_at: None,
        operating_system: os,
        product: None,
        product_family: None,
        classification: None,
        severity: None,
        priority: None,
        section: None,
        patch_set: PatchSet::Os,
        security_source: true,
        cve_ids: Vec::new(),
        supersedes: Vec::new(),
    }
}

/// A patch with a classification, a severity and a release.
pub(crate) fn patch(id: &str, os: OperatingSystem, class: &str, severity: &str, released: &str) -> Patch {
    Patch {
        classification: Some(class.to_owned()),
        severity: Some(severity.to_owned()),
        released_at: Some(utc(released)),
        ..bare_patch(id, os)
    }
}

pub(crate) fn windows_patch(id: &str, class: &str, severity: &str, released: &str) -> Patch {
    patch(id, OperatingSystem::Windows, class, severity, released)
}

/// Keys with their alternatives.
pub(crate) type Filters<'a> = &'a [(FilterKey, &'a [&'a str])];

/// A group of filters that must all match.
pub(crate) fn filters(filters: Filters<'_>) -> FilterGroup {
    let filter = |(key, values): &(FilterKey, &[&str])| PatchFilter {
        key: *key,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    FilterGroup {
        filters: filters.iter().map(filter).collect(),
    }
}

/// A rule with a delay.
pub(crate) fn rule(wanted: Filters<'_>, days: u16) -> ApprovalRule {
    ApprovalRule {
        filter: filters(wanted),
        approval: Approval::AfterDays(days),
        compliance_level: ComplianceLevel::Unspecified,
        enable_non_security: false,
    }
}

/// A custom baseline with these rules.
pub(crate) fn baseline(name: &str, os: OperatingSystem, rules: Vec<ApprovalRule>) -> PatchBaseline {
    PatchBaseline {
        rules,
        ..PatchBaseline::custom(name, os)
    }
}

/// An AWS-owned baseline of the newest vintage.
pub(crate) fn predefined(name: &str) -> PatchBaseline {
    predefined_of(name, BaselineVintage::Latest)
}

pub(crate) fn predefined_of(name: &str, vintage: BaselineVintage) -> PatchBaseline {
    let mut known = predefined_baselines(vintage)
        .into_iter()
        .map(|known| known.baseline);
    known.find(|known| known.name == name).unwrap()
}

/// The blog post's rule: critical CriticalUpdates after five days.
pub(crate) fn seed_rule() -> ApprovalRule {
    rule(
        &[
            (FilterKey::MsrcSeverity, &["Critical"]),
            (FilterKey::Classification, &["CriticalUpdates"]),
        ],
        5,
    )
}

/// Constant times, no failures, a reboot after every install.
pub(crate) fn behavior(scan: i64, install: i64, reboot: i64) -> Behavior {
    Behavior {
        name: "constant".to_owned(),
        scan_time: minutes(scan),
        install_time: minutes(install),
        install_time_per_patch: SimDuration::ZERO,
        reboot_time: minutes(reboot),
        reboot_probability: 1.0,
        reboot_rounds: 1,
        failure: 0.0,
        scan_failure: 0.0,
        transient: Transient::default(),
        outages: None,
        sickness: None,
        repair_time: Distribution::Constant(SimDuration::from_days(1)),
    }
}

/// A pool of nodes with a patch group and a tag `Pool` that bears its name.
pub(crate) fn pool(name: &str, count: u32, os: OperatingSystem) -> NodePool {
    let group = "Front-End Servers".to_owned();
    NodePool {
        name: name.to_owned(),
        count,
        names: None,
        operating_system: os,
        product: None,
        applications: Vec::new(),
        tags: BTreeMap::from([
            ("Patch Group".to_owned(), group.clone()),
            ("Pool".to_owned(), name.to_owned()),
        ]),
        patch_group: Some(group),
        policy_baseline: None,
        behavior: 0,
        patched_through: utc("2024-01-01T00:00:00Z"),
        rebooted_through: None,
    }
}

/// A target entry `tag:<key>`.
pub(crate) fn tagged(key: &str, values: &[&str]) -> Target {
    Target {
        key: TargetKey::Tag(key.to_owned()),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

/// A window target for one pool.
pub(crate) fn pool_target(name: &str) -> WindowTarget {
    WindowTarget {
        name: name.to_owned(),
        targets: vec![tagged("Pool", &[name])],
    }
}

/// A task on the window's first target.
pub(crate) fn task(operation: Operation, concurrency: u32, errors: u32) -> Task {
    Task {
        name: "patch".to_owned(),
        targets: vec![TaskTarget::Window(0)],
        operation,
        overrides: Overrides::default(),
        reboot_option: RebootOption::RebootIfNeeded,
        priority: 1,
        max_concurrency: RateLimit::Count(concurrency),
        max_errors: RateLimit::Count(errors),
        cutoff_behavior: CutoffBehavior::ContinueTask,
        timeout_seconds: 3_600,
        step_timeout_seconds: 36_000,
    }
}

pub(crate) fn schedule(expression: &str) -> Schedule {
    Schedule::parse(expression, ScheduleOptions::default()).unwrap()
}

/// A window with one target, the pool `web`.
pub(crate) fn window(expression: &str, duration: u8, cutoff: u8, tasks: Vec<Task>) -> MaintenanceWindow {
    MaintenanceWindow {
        name: "Patch_Front-End-Servers".to_owned(),
        surface: Surface::MaintenanceWindow,
        schedule: schedule(expression),
        duration_hours: duration,
        cutoff_hours: cutoff,
        enabled: true,
        allow_unassociated_targets: false,
        targets: vec![pool_target("web")],
        tasks,
    }
}

/// A world of one pool `web` with one baseline for its group, one window on Tuesday 2024-01-09 at
/// 16:00, and the given patches; it ends two days later.
pub(crate) fn world(nodes: u32, known: PatchBaseline, patches: Vec<Patch>, tasks: Vec<Task>) -> ModelConfig {
    let os = known.operating_system;
    ModelConfig {
        name: "test".to_owned(),
        start: utc("2024-01-01T00:00:00Z"),
        horizon: utc("2024-01-11T16:00:00Z"),
        releases: vec![ReleaseStream::Recorded {
            name: "stream".to_owned(),
            patches,
        }],
        baselines: vec![known],
        registrations: vec![Registration {
            patch_group: "Front-End Servers".to_owned(),
            baseline: 0,
        }],
        default_baselines: Vec::new(),
        pools: vec![pool("web", nodes, os)],
        behaviors: vec![behavior(30, 60, 30)],
        windows: vec![window("cron(0 16 9 1 ? 2024)", 4, 1, tasks)],
        freezes: Vec::new(),
        changes: Vec::new(),
        outcomes: Vec::new(),
        measures: Measures::default(),
        faults: FaultModel::default(),
        settings: Settings::default(),
    }
}

/// A world of Windows nodes whose baseline is the blog post's, without patches.
pub(crate) fn windows_world(nodes: u32, tasks: Vec<Task>) -> ModelConfig {
    let known = baseline("critical-5-day", OperatingSystem::Windows, vec![seed_rule()]);
    world(nodes, known, Vec::new(), tasks)
}

/// The same result for some nodes (from 1), always.
pub(crate) fn scripted(nodes: &[u32], result: ScriptedResult) -> Vec<ScriptedOutcome> {
    let one = |node: &u32| ScriptedOutcome {
        node: node - 1,
        window: None,
        task: None,
        on: None,
        result,
    };
    nodes.iter().map(one).collect()
}

/// What an observer is told, kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Told {
    Approved {
        patch: usize,
    },
    ApprovalEnded {
        patch: usize,
    },
    Changed,
    Opened {
        window: usize,
    },
    Skipped {
        window: usize,
    },
    Cutoff,
    Started {
        targets: u32,
        max_concurrency: u32,
        max_errors: u32,
    },
    Sent {
        node: u32,
        missing: usize,
    },
    Ended {
        node: u32,
        status: InvocationStatus,
        cause: Option<Cause>,
        installed: usize,
        rebooted: bool,
        report: Option<InstancePatchState>,
    },
    Stopped {
        errors: u32,
        left: u32,
    },
    NotSent {
        node: u32,
        status: InvocationStatus,
    },
    CommandEnded {
        command: CommandId,
        status: CommandStatus,
    },
    TaskEnded {
        task: usize,
        status: TaskStatus,
    },
    WindowEnded {
        window: usize,
        status: TaskStatus,
    },
    Unreachable {
        node: u32,
    },
    Delivered {
        node: u32,
        missing: usize,
    },
    Symptom {
        node: u32,
        patch: usize,
        until: Option<SimTime>,
    },
    Alarm {
        patch: usize,
    },
}

/// One replication with all that was told of it.
pub(crate) struct History {
    pub(crate) record: RunRecord,
    pub(crate) told: Vec<(SimTime, Told)>,
}

impl Observer for History {
    const LISTENS: bool = true;

    fn fact(&mut self, at: SimTime, fact: Fact<'_>) {
        self.told.extend(told(fact).map(|told| (at, told)));
    }
}

fn told(fact: Fact<'_>) -> Option<Told> {
    Some(match fact {
        Fact::Approved { patch, .. } => Told::Approved { patch },
        Fact::ApprovalEnded { patch, .. } => Told::ApprovalEnded { patch },
        Fact::Changed { .. } => Told::Changed,
        Fact::WindowOpened { window, .. } => Told::Opened { window },
        Fact::WindowSkipped { window, .. } => Told::Skipped { window },
        Fact::Cutoff { .. } => Told::Cutoff,
        Fact::CommandStarted {
            targets,
            max_concurrency,
            max_errors,
            ..
        } => Told::Started {
            targets,
            max_concurrency,
            max_errors,
        },
        // Nodes are counted from 1, as in the worked examples.
        Fact::Sent { node, missing, .. } => Told::Sent {
            node: node + 1,
            missing: missing.len(),
        },
        Fact::Ended {
            node,
            status,
            cause,
            installed,
            rebooted,
            report,
            ..
        } => Told::Ended {
            node: node + 1,
            status,
            cause,
            installed: installed.len(),
            rebooted,
            report: report.copied(),
        },
        Fact::Stopped { errors, left, .. } => Told::Stopped { errors, left },
        Fact::NotSent { node, status, .. } => Told::NotSent {
            node: node + 1,
            status,
        },
        Fact::CommandEnded { command, status, .. } => Told::CommandEnded { command, status },
        Fact::TaskEnded { task, status, .. } => Told::TaskEnded { task, status },
        Fact::WindowEnded { window, status, .. } => Told::WindowEnded { window, status },
        Fact::Unreachable { node, .. } => Told::Unreachable { node: node + 1 },
        Fact::Delivered { node, missing, .. } => Told::Delivered {
            node: node + 1,
            missing: missing.len(),
        },
        Fact::Symptom { node, patch, until } => Told::Symptom {
            node: node + 1,
            patch,
            until,
        },
        Fact::Alarm { patch } => Told::Alarm { patch },
        _ => return None,
    })
}

/// Plays a world once.
pub(crate) fn play(config: &ModelConfig) -> History {
    let plan = Plan::new(config);
    let mut history = History {
        record: RunRecord::default(),
        told: Vec::new(),
    };
    history.record = simulate(&plan, 42, 0, &mut history);
    history
}

impl History {
    /// When something was told.
    pub(crate) fn times(&self, wanted: impl Fn(&Told) -> bool) -> Vec<SimTime> {
        let told = self.told.iter().filter(|(_, told)| wanted(told));
        told.map(|(at, _)| *at).collect()
    }

    /// When and to which node (from 1) invocations were sent.
    pub(crate) fn sends(&self) -> Vec<(SimTime, u32)> {
        let sent = self.told.iter().filter_map(|(at, told)| match told {
            Told::Sent { node, .. } => Some((*at, *node)),
            _ => None,
        });
        sent.collect()
    }

    /// When invocations ended, of which node (from 1), and how.
    pub(crate) fn ends(&self) -> Vec<(SimTime, u32, InvocationStatus)> {
        let ended = self.told.iter().filter_map(|(at, told)| match told {
            Told::Ended { node, status, .. } => Some((*at, *node, *status)),
            _ => None,
        });
        ended.collect()
    }

    /// What nodes reported, in the order of the reports.
    pub(crate) fn reports(&self) -> Vec<(SimTime, InstancePatchState)> {
        let reports = self.told.iter().filter_map(|(at, told)| match told {
            Told::Ended {
                report: Some(report), ..
            } => Some((*at, *report)),
            _ => None,
        });
        reports.collect()
    }

    /// The command of a task.
    pub(crate) fn command(&self, task: usize) -> &CommandRecord {
        let mut commands = self.record.commands.iter();
        commands.find(|command| command.id.task == task).unwrap()
    }
}
