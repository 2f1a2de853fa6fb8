//! The history of one replication: every fact with its cause.

use std::borrow::Cow;
use std::collections::BTreeMap;

use patchbench_kernel::SimTime;
use patchbench_model::config::TaskStatus;
use patchbench_model::ssm::{CommandCounts, InstancePatchState, InvocationStatus};
use patchbench_model::world::{Catalog, Cause, CommandId, Fact, Observer, Plan, RunRecord, simulate};
use serde::Serialize;

use crate::collect::{catalog_of, operation_name};

/// One fact of a history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TraceRecord {
    /// Its number, rising.
    pub id: u64,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// What, such as `invocation_ended`.
    pub fact: &'static str,
    /// Number of the fact that caused it.
    pub cause: Option<u64>,
    /// Why, with the section of the semantics behind it.
    pub because: Cow<'static, str>,
    /// What it is about.
    #[serde(flatten)]
    pub about: BTreeMap<&'static str, TraceValue>,
}

/// A value in a trace.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum TraceValue {
    /// A text.
    Text(String),
    /// A number.
    Number(u64),
    /// Yes or no.
    Flag(bool),
    /// Several texts.
    List(Vec<String>),
    /// Named counts.
    Counts(BTreeMap<&'static str, u32>),
}

/// Plays one replication and writes down what happens.
pub fn trace_replication(plan: &Plan<'_>, seed: u64, replication: u64) -> (RunRecord, Vec<TraceRecord>) {
    let drawn = plan
        .shared_catalog
        .is_none()
        .then(|| plan.catalog(&patchbench_kernel::Streams::new(seed, replication)));
    let Some(catalog) = plan.shared_catalog.as_ref().or(drawn.as_ref()) else {
        return (
            simulate(plan, seed, replication, &mut patchbench_model::world::Nobody),
            Vec::new(),
        );
    };
    let mut scribe = Scribe {
        plan,
        catalog,
        records: Vec::new(),
        causes: Causes::default(),
    };
    let record = simulate(plan, seed, replication, &mut scribe);
    let records = scribe.records;
    debug_assert!(catalog_of(plan, &record).is_some());
    (record, records)
}

/// Numbers of facts that later facts go back to.
#[derive(Default)]
pub(crate) struct Causes {
    pub(crate) changes: BTreeMap<usize, u64>,
    pub(crate) releases: BTreeMap<usize, u64>,
    openings: BTreeMap<(usize, usize), u64>,
    cutoffs: BTreeMap<(usize, usize), u64>,
    commands: BTreeMap<CommandId, u64>,
    pub(crate) sends: BTreeMap<(CommandId, u32), u64>,
    /// Latest end of an invocation of a command: what freed the slot for the next send.
    ends: BTreeMap<CommandId, u64>,
    stops: BTreeMap<CommandId, u64>,
    /// Latest end of an invocation on a node.
    pub(crate) last_ends: BTreeMap<u32, u64>,
    /// First symptom of a bad patch.
    pub(crate) symptoms: BTreeMap<usize, u64>,
    last: Option<u64>,
}

pub(crate) struct Scribe<'p> {
    pub(crate) plan: &'p Plan<'p>,
    catalog: &'p Catalog,
    records: Vec<TraceRecord>,
    pub(crate) causes: Causes,
}

pub(crate) type About = BTreeMap<&'static str, TraceValue>;

impl Observer for Scribe<'_> {
    const LISTENS: bool = true;

    fn fact(&mut self, at: SimTime, fact: Fact<'_>) {
        let id = self.records.len() as u64;
        let (name, cause, because, about) = match fact {
            Fact::Changed { change } => self.change(id, change),
            Fact::Released { .. }
            | Fact::Approved { .. }
            | Fact::ApprovalEnded { .. }
            | Fact::Superseded { .. } => self.catalog_fact(id, at, fact),
            Fact::Sent { .. } | Fact::Ended { .. } | Fact::NotSent { .. } => self.invocation_fact(id, fact),
            Fact::CommandStarted { .. } | Fact::Stopped { .. } | Fact::CommandEnded { .. } => {
                self.command_fact(id, fact)
            }
            Fact::Unreachable { .. }
            | Fact::Delivered { .. }
            | Fact::Symptom { .. }
            | Fact::Alarm { .. }
            | Fact::Withdrawn { .. } => self.fault_fact(id, fact),
            _ => self.window_fact(id, fact),
        };
        let because = match fact {
            Fact::Ended {
                status,
                cause: Some(cause),
                ..
            } => ended_without_success(status, cause),
            _ => because.into(),
        };
        self.causes.last = Some(id);
        self.records.push(TraceRecord {
            id,
            at: at.to_string(),
            fact: name,
            cause,
            because,
            about,
        });
    }
}

const NOT_SENT: &str = "sending ended before its turn (semantics 4.5, 6.4)";

pub(crate) type Entry = (&'static str, Option<u64>, &'static str, About);

impl Scribe<'_> {
    fn catalog_fact(&mut self, id: u64, at: SimTime, fact: Fact<'_>) -> Entry {
        match fact {
            Fact::Released { patch } => {
                self.causes.releases.insert(patch, id);
                ("released", None, "the release stream", self.patch(patch))
            }
            Fact::Approved { patch, class } => {
                let about = self.patch_in(patch, class, at);
                if let Some(cause) = self.changed(class, at) {
                    let because = "a change of its baseline or of the nodes' tags (semantics 2.6, 3)";
                    return ("approved", Some(cause), because, about);
                }
                let cause = self.causes.releases.get(&patch).copied();
                (
                    "approved",
                    cause,
                    "its approval rule (semantics 2.4) and availability (2.5)",
                    about,
                )
            }
            Fact::ApprovalEnded { patch, class } => {
                let cause = self.changed(class, at);
                let because = "a change of its baseline or of the nodes' tags (semantics 2.6, 3)";
                ("approval_ended", cause, because, self.patch_in(patch, class, at))
            }
            Fact::Superseded { patch, class } => {
                let about = self.patch_in(patch, class, at);
                (
                    "superseded",
                    self.causes.last,
                    "a successor took its place (semantics 2.6)",
                    about,
                )
            }
            _ => ("unknown", None, "", About::new()),
        }
    }

    /// A window with the status of its execution, and what AWS says beside it.
    fn window_status(&self, window: usize, opening: usize, status: TaskStatus) -> About {
        let mut about = self.window(window, opening);
        about.insert("status", text(status.as_str()));
        if let Some(details) = self.plan.config.windows[window].status_details() {
            about.insert("details", text(details));
        }
        about
    }

    fn window_fact(&mut self, id: u64, fact: Fact<'_>) -> Entry {
        match fact {
            Fact::WindowOpened { window, opening } => {
                self.causes.openings.insert((window, opening), id);
                (
                    "window_opened",
                    None,
                    "its schedule (semantics 4.2 to 4.4)",
                    self.window(window, opening),
                )
            }
            Fact::WindowSkipped { window, opening } => {
                let cause = opening
                    .checked_sub(1)
                    .and_then(|last| self.causes.openings.get(&(window, last)).copied());
                (
                    "window_skipped_overlapping",
                    cause,
                    "its last execution is in progress (semantics 4.6)",
                    self.window(window, opening),
                )
            }
            Fact::WindowFrozen { window, freeze } => {
                let config = self.plan.config;
                let mut about = About::new();
                about.insert("window", text(&config.windows[window].name));
                about.insert("freeze", text(&config.freezes[freeze].name));
                ("window_frozen", None, "a change freeze holds", about)
            }
            Fact::Cutoff { window, opening } => {
                self.causes.cutoffs.insert((window, opening), id);
                let cause = self.causes.openings.get(&(window, opening)).copied();
                (
                    "cutoff",
                    cause,
                    "no task starts from now on (semantics 4.5)",
                    self.window(window, opening),
                )
            }
            Fact::TaskEnded {
                window,
                opening,
                task,
                status,
            } => {
                let mut about = self.window(window, opening);
                about.insert("task", text(&self.plan.window(window, opening).tasks[task].name));
                about.insert("status", text(status.as_str()));
                (
                    "task_ended",
                    self.causes.last,
                    "its commands ended, or the cutoff came first (semantics 4.6)",
                    about,
                )
            }
            Fact::WindowEnded {
                window,
                opening,
                status,
            } => {
                let about = self.window_status(window, opening, status);
                let why = "all its tasks are terminal (semantics 4.6)";
                ("window_ended", self.causes.last, why, about)
            }
            _ => ("unknown", None, "", About::new()),
        }
    }

    fn command_fact(&mut self, id: u64, fact: Fact<'_>) -> Entry {
        match fact {
            Fact::CommandStarted {
                command,
                targets,
                max_concurrency,
                max_errors,
            } => {
                self.causes.commands.insert(command, id);
                let mut about = self.command(command);
                about.insert("targets", number(targets));
                about.insert("max_concurrency", number(max_concurrency));
                about.insert("max_errors", number(max_errors));
                let opened = self
                    .causes
                    .openings
                    .get(&(command.window, command.opening))
                    .copied();
                let first = self.plan.task(command).priority;
                let tasks = &self.plan.window(command.window, command.opening).tasks;
                let waited = tasks.iter().any(|task| task.priority < first);
                let cause = if waited || command.part > 0 {
                    self.causes.last
                } else {
                    opened
                };
                (
                    "command_started",
                    cause,
                    "priority and targets of the task (semantics 4.5, 6.3)",
                    about,
                )
            }
            Fact::Stopped {
                command,
                errors,
                left,
            } => {
                self.causes.stops.insert(command, id);
                let mut about = self.command(command);
                about.insert("errors", number(errors));
                about.insert("nodes_left", number(left));
                let cause = self.causes.ends.get(&command).copied();
                (
                    "error_threshold_passed",
                    cause,
                    "errors exceed MaxErrors (semantics 6.4)",
                    about,
                )
            }
            Fact::CommandEnded {
                command,
                status,
                counts,
            } => {
                let mut about = self.command(command);
                about.insert("status", text(status.as_str()));
                about.insert("invocations", count_values(counts));
                (
                    "command_ended",
                    self.causes.last,
                    "all its invocations are terminal (semantics 6.6)",
                    about,
                )
            }
            _ => ("unknown", None, "", About::new()),
        }
    }

    fn invocation_fact(&mut self, id: u64, fact: Fact<'_>) -> Entry {
        match fact {
            Fact::Sent {
                command,
                node,
                missing,
            } => {
                self.causes.sends.insert((command, node), id);
                let mut about = self.command(command);
                about.insert("node", text(&self.plan.node_name(node)));
                about.insert("missing", self.patches_of(node, missing));
                let freed = self
                    .causes
                    .ends
                    .get(&command)
                    .or_else(|| self.causes.commands.get(&command))
                    .copied();
                (
                    "invocation_sent",
                    freed,
                    "a slot is free and sending is open (semantics 6.5)",
                    about,
                )
            }
            Fact::Ended {
                command,
                node,
                sent,
                status,
                installed,
                cause,
                rebooted,
                report,
            } => {
                self.causes.ends.insert(command, id);
                self.causes.last_ends.insert(node, id);
                let mut about = self.command(command);
                about.insert("node", text(&self.plan.node_name(node)));
                about.insert("sent", text(&sent.to_string()));
                about.insert("status", text(status.as_str()));
                if let Some(cause) = cause {
                    about.insert("ended_by", text(cause.as_str()));
                    about.extend(cause.exit_code().map(|code| ("exit_code", number(code))));
                }
                about.insert("installed", self.patches_of(node, installed));
                about.insert("rebooted", TraceValue::Flag(rebooted));
                if let Some(report) = report {
                    about.insert("report", report_values(report));
                    about.insert("compliant", TraceValue::Flag(report.compliant()));
                }
                let sent = self.causes.sends.get(&(command, node)).copied();
                ("invocation_ended", sent, ended_because(status), about)
            }
            Fact::NotSent {
                command,
                node,
                status,
            } => {
                let mut about = self.command(command);
                about.insert("node", text(&self.plan.node_name(node)));
                about.insert("status", text(status.as_str()));
                let place = (command.window, command.opening);
                let (cause, because) = match status {
                    InvocationStatus::Pending => (None, "the simulated period ended before its turn"),
                    InvocationStatus::Terminated => (self.causes.stops.get(&command).copied(), NOT_SENT),
                    _ => (self.causes.cutoffs.get(&place).copied(), NOT_SENT),
                };
                ("invocation_not_sent", cause, because, about)
            }
            _ => ("unknown", None, "", About::new()),
        }
    }

    pub(crate) fn patch(&self, patch: usize) -> About {
        let known = &self.catalog.patches[patch];
        let mut about = About::from([("patch", text(&known.id))]);
        about.extend(known.kb.as_ref().map(|kb| ("kb", text(kb))));
        about
    }

    /// A patch as a class of node meets it at an instant.
    fn patch_in(&self, patch: usize, class: usize, at: SimTime) -> About {
        let known = &self.plan.classes[class];
        let mut about = self.patch(patch);
        about.insert("group", text(&self.plan.groups[known.group].name));
        let era = self.catalog.era_at(class, at);
        if let Some(baseline) = known.baseline_in(era) {
            about.insert("baseline", text(&self.plan.config.baselines[baseline].name));
        }
        about
    }

    /// The change of this instant that brought a class another baseline.
    fn changed(&self, class: usize, at: SimTime) -> Option<u64> {
        let mut later = self.plan.classes[class].later.iter();
        let change = later.rfind(|known| known.from == at)?.change;
        self.causes.changes.get(&change).copied()
    }

    fn change(&mut self, id: u64, change: usize) -> Entry {
        self.causes.changes.insert(change, id);
        let known = &self.plan.config.changes[change];
        let mut about = About::new();
        about.extend(known.name.as_ref().map(|name| ("change", text(name))));
        let edits = known.edits.iter();
        let edits = edits.map(|edit| format!("{} = {}", edit.path, edit.value));
        about.insert("set", TraceValue::List(edits.collect()));
        ("changed", None, "a dated change of the scenario", about)
    }

    fn window(&self, window: usize, opening: usize) -> About {
        let opens = self.plan.openings[window][opening].opens;
        About::from([
            ("window", text(&self.plan.config.windows[window].name)),
            ("opened", text(&opens.to_string())),
        ])
    }

    pub(crate) fn command(&self, command: CommandId) -> About {
        let mut about = self.window(command.window, command.opening);
        let task = self.plan.task(command);
        about.insert("task", text(&task.name));
        about.insert("operation", text(operation_name(task.operation)));
        about
    }

    pub(crate) fn patches_of(&self, node: u32, patches: &[u32]) -> TraceValue {
        let class = &self.catalog.classes[self.plan.pool_class[self.plan.pool_of(node)]];
        let id = |patch: &u32| {
            self.catalog.patches[class.patches[*patch as usize].patch]
                .id
                .clone()
        };
        TraceValue::List(patches.iter().map(id).collect())
    }
}

pub(crate) fn text(value: &str) -> TraceValue {
    TraceValue::Text(value.to_owned())
}

fn number(value: u32) -> TraceValue {
    TraceValue::Number(u64::from(value))
}

fn count_values(counts: &CommandCounts) -> TraceValue {
    let present = InvocationStatus::ALL
        .iter()
        .filter(|status| counts.get(**status) > 0);
    TraceValue::Counts(
        present
            .map(|status| (status.as_str(), counts.get(*status)))
            .collect(),
    )
}

fn report_values(report: &InstancePatchState) -> TraceValue {
    let values = [
        ("InstalledCount", report.installed),
        ("InstalledOtherCount", report.installed_other),
        ("InstalledPendingRebootCount", report.installed_pending_reboot),
        ("InstalledRejectedCount", report.installed_rejected),
        ("MissingCount", report.missing),
        ("FailedCount", report.failed),
        ("AvailableSecurityUpdateCount", report.available_security_update),
        ("CriticalNonCompliantCount", report.critical_non_compliant),
        ("SecurityNonCompliantCount", report.security_non_compliant),
        ("OtherNonCompliantCount", report.other_non_compliant),
    ];
    TraceValue::Counts(values.into_iter().collect())
}

/// Why an invocation was no success. What a scenario scripts is told by its status.
fn ended_without_success(status: InvocationStatus, cause: Cause) -> Cow<'static, str> {
    if cause == Cause::Scripted {
        return ended_because(status).into();
    }
    let (words, section) = (cause.words(), cause.section());
    let told = if status.is_error() {
        format!("{words}: an error (semantics 6.4, {section})")
    } else {
        format!("{words} (semantics {section})")
    };
    told.into()
}

const fn ended_because(status: InvocationStatus) -> &'static str {
    match status {
        InvocationStatus::Success => "scan, install and reboot went through (semantics 7.2, 7.3)",
        InvocationStatus::Failed => "the operation failed on the node: an error (semantics 6.4)",
        InvocationStatus::ExecutionTimedOut => "the step timeout passed: an error (semantics 6.7)",
        InvocationStatus::DeliveryTimedOut => {
            "the delivery timeout passed: not an error (semantics 6.4, 6.7)"
        }
        InvocationStatus::Cancelled => "the command was cancelled (semantics 4.5)",
        _ => "it could not be delivered: not an error (semantics 6.4)",
    }
}
