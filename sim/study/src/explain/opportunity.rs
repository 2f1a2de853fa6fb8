//! An opportunity of a node with the names of everything that decided it.

use std::collections::BTreeMap;

use patchbench_kernel::SimTime;
use patchbench_model::config::{CutoffBehavior, Operation, RebootOption, Surface, TaskStatus};
use patchbench_model::ssm::InvocationStatus;
use patchbench_model::units::RateLimit;
use patchbench_model::world::{Catalog, Cause, CommandId, Plan, Spell};

use super::conditions::Conditions;
use super::names::PatchName;
use super::raw::{RawEnd, RawFate, RawOpportunity, RawReport};
use super::reason::Reason;
use super::watch::{CommandLog, RawStop};
use super::{basis, basis::Basis, history};

/// One command that was to be sent to a node in one opening of a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Opportunity {
    /// Name of the window.
    pub window: String,
    /// What AWS calls it.
    pub surface: Surface,
    /// When it opened.
    pub opened: SimTime,
    /// From when no task starts.
    pub cutoff: SimTime,
    /// When it closes.
    pub closes: SimTime,
    /// Name of the task.
    pub task: String,
    /// Scan or Install.
    pub operation: Operation,
    /// Whether it installs a list, or by another baseline than the node's.
    pub by_overrides: bool,
    /// What happens at the cutoff.
    pub cutoff_behavior: CutoffBehavior,
    /// Which of its targets, from 1, and of how many.
    pub target: (usize, usize),
    /// How the command was sent, if it was.
    pub execution: Option<Execution>,
    /// The node's place in the order of sending, from 1.
    pub position: Option<u32>,
    /// What became of it.
    pub fate: Fate,
    /// Why that left the node without the patch; `None` where it brought it, or says nothing about it.
    pub reason: Option<Reason>,
}

/// A command under its rate control.
#[derive(Clone, Debug, PartialEq)]
pub struct Execution {
    /// When it started.
    pub started: SimTime,
    /// Number of nodes.
    pub targets: u32,
    /// MaxConcurrency as a number, and as it was given.
    pub max_concurrency: (u32, RateLimit),
    /// MaxErrors as a number, and as it was given.
    pub max_errors: (u32, RateLimit),
    /// The error threshold at work, if it stopped the sending by then.
    pub stop: Option<Stop>,
}

/// A stop by the error threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// When.
    pub at: SimTime,
    /// Errors at that moment.
    pub errors: u32,
    /// The nodes that had them, in order of time; only the first of many.
    pub nodes: Vec<String>,
    /// Nodes that were not sent to.
    pub left: u32,
}

/// What became of an opportunity.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// The window was skipped: its execution of this opening was still in progress.
    Skipped {
        /// When that one had opened.
        running_since: Option<SimTime>,
    },
    /// The task did not start.
    NeverStarted {
        /// When that was settled.
        at: SimTime,
        /// The status that the task got.
        status: TaskStatus,
        /// The patch about which an alarm had cancelled the task; `None`: the cutoff came first.
        alarm: Option<PatchName>,
    },
    /// The node's turn had not come.
    Waiting,
    /// Sending ended before the node's turn.
    NotSent {
        /// When.
        at: SimTime,
        /// `Terminated` or `Cancelled`.
        status: InvocationStatus,
        /// The patch about which an alarm cancelled the task; `None`: the cutoff did, if anything.
        alarm: Option<PatchName>,
    },
    /// The node was sent to.
    Sent(Box<Invocation>),
}

/// An invocation on the node.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// When it was sent.
    pub sent: SimTime,
    /// What it found missing that brings the patch: itself or a successor. `None`: nothing that does
    /// was approved when the window opened (Linux: when it was sent).
    pub found: Option<PatchName>,
    /// What kept the node out of reach then, if something did.
    pub away: Option<Away>,
    /// When it reached the node, where that was out of reach at first.
    pub delivered: Option<SimTime>,
    /// When it ended, with which status.
    pub ended: Option<(SimTime, InvocationStatus)>,
    /// The bad patch that made the install fail, or that took the node.
    pub broken_by: Option<Box<Broken>>,
    /// The patch about which an alarm cancelled it.
    pub alarm: Option<PatchName>,
    /// Why it was no success.
    pub cause: Option<Cause>,
    /// The sickness that made it fail.
    pub sick: Option<Spell>,
    /// Whether it installed the patch.
    pub installed: bool,
    /// Whether the node rebooted.
    pub rebooted: bool,
    /// Whether what it installed waits for a reboot.
    pub pending_reboot: bool,
    /// What the node reported at the end.
    pub report: Option<NodeReport>,
}

/// What a bad patch did to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The bad patch.
    pub patch: PatchName,
    /// Until when the node cannot be reached; `None`: it still can.
    pub until: Option<SimTime>,
}

/// What keeps a node out of reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Away {
    /// Since when.
    pub since: SimTime,
    /// When it can be reached again, as far as the horizon tells.
    pub back: SimTime,
    /// The bad patch that took it; `None`: it is offline.
    pub patch: Option<PatchName>,
}

/// What a node reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeReport {
    /// Whether the node is compliant.
    pub compliant: bool,
    /// Patches reported as MISSING.
    pub missing: u32,
    /// Patches reported as FAILED.
    pub failed: u32,
    /// Patches reported as INSTALLED_PENDING_REBOOT.
    pub pending_reboot: u32,
}

/// Gives names to raw opportunities.
pub(super) struct Namer<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) catalog: &'a Catalog,
    pub(super) logs: &'a BTreeMap<CommandId, CommandLog>,
    /// Class of the node.
    pub(super) class: usize,
    /// What was the matter with the node.
    pub(super) conditions: Conditions<'a>,
    /// The instant up to which things are known.
    pub(super) at: SimTime,
}

impl Namer<'_> {
    /// The opportunity with its names; `counts` says whether it could have brought the patch.
    pub(super) fn opportunity(&self, raw: &RawOpportunity, counts: bool) -> Opportunity {
        let id = raw.command;
        let window = self.plan.window(id.window, id.opening);
        let task = &window.tasks[id.task];
        let opening = self.plan.openings[id.window][id.opening];
        Opportunity {
            window: window.name.clone(),
            surface: window.surface,
            opened: opening.opens,
            cutoff: opening.cutoff,
            closes: opening.closes,
            task: task.name.clone(),
            operation: task.operation,
            by_overrides: self.plan.overrides_of(task).is_some(),
            cutoff_behavior: task.cutoff_behavior,
            target: (id.part + 1, self.plan.parts(id.window, id.opening, id.task)),
            execution: self.execution(id),
            position: raw.position,
            fate: self.fate(raw),
            reason: (counts && history::brought(raw).is_none()).then(|| history::reason_of(raw)),
        }
    }

    fn execution(&self, id: CommandId) -> Option<Execution> {
        let log = self.logs.get(&id)?;
        let started = log.started.filter(|started| *started <= self.at)?;
        let task = self.plan.task(id);
        let stop = log
            .stopped
            .as_ref()
            .filter(|stop| stop.at <= self.at && stop.left > 0);
        Some(Execution {
            started,
            targets: log.targets,
            max_concurrency: (log.max_concurrency, task.max_concurrency),
            max_errors: (log.max_errors, task.max_errors),
            stop: stop.map(|stop| stop_of(self.plan, stop)),
        })
    }

    fn fate(&self, raw: &RawOpportunity) -> Fate {
        let id = raw.command;
        let named = |patch: usize| PatchName::of(&self.catalog.patches[patch]);
        match raw.fate {
            RawFate::Waiting => Fate::Waiting,
            RawFate::Skipped => Fate::Skipped {
                running_since: self.running_before(id),
            },
            RawFate::NeverStarted { at, alarm } => Fate::NeverStarted {
                at,
                alarm: alarm.map(named),
                status: self.plan.config.settings.unstarted_task_status,
            },
            RawFate::NotSent { at, status, alarm } => Fate::NotSent {
                at,
                status,
                alarm: alarm.map(named),
            },
            RawFate::Sent {
                at,
                away,
                delivered,
                end,
                ..
            } => Fate::Sent(Box::new(Invocation {
                sent: at,
                found: raw.carrier().map(|place| self.patch(place)),
                away: away.then(|| self.away(at)).flatten(),
                delivered: delivered.map(|(at, _)| at),
                ended: end.map(|end| (end.at, end.status)),
                broken_by: end.and_then(|end| end.broken_by).map(|(patch, until)| {
                    let patch = named(patch);
                    Box::new(Broken { patch, until })
                }),
                alarm: end.and_then(|end| end.alarm).map(named),
                cause: end.and_then(|end| end.cause),
                sick: end.and_then(|end| self.sick(&end, delivered.map_or(at, |(at, _)| at))),
                installed: end.is_some_and(|end| end.installed),
                rebooted: end.is_some_and(|end| end.rebooted),
                pending_reboot: end.is_some_and(|end| self.pending(id, &end)),
                report: end.and_then(|end| end.report).map(NodeReport::from),
            })),
        }
    }

    fn away(&self, at: SimTime) -> Option<Away> {
        let away = self.conditions.away(at)?;
        Some(Away {
            since: away.spell.since,
            back: away.spell.until,
            patch: away
                .patch
                .map(|patch| PatchName::of(&self.catalog.patches[patch])),
        })
    }

    /// The sickness that an invocation met when it reached the node.
    fn sick(&self, end: &RawEnd, reached: SimTime) -> Option<Spell> {
        (end.cause == Some(Cause::Sick))
            .then(|| self.conditions.sick(reached))
            .flatten()
    }

    fn pending(&self, id: CommandId, end: &RawEnd) -> bool {
        let task = self.plan.task(id);
        end.installed && !end.rebooted && task.reboot_option == RebootOption::NoReboot
    }

    fn patch(&self, place: u32) -> PatchName {
        let index = self.catalog.classes[self.class].patches[place as usize].patch;
        PatchName::of(&self.catalog.patches[index])
    }

    /// The opening whose execution was in progress when this one was skipped: the last one that
    /// was not skipped itself.
    fn running_before(&self, id: CommandId) -> Option<SimTime> {
        let earlier = self.logs.keys().rev();
        let opening = earlier
            .filter(|known| known.window == id.window && known.opening < id.opening)
            .map(|known| known.opening)
            .next()?;
        Some(self.plan.openings[id.window][opening].opens)
    }
}

pub(super) fn stop_of(plan: &Plan<'_>, stop: &RawStop) -> Stop {
    Stop {
        at: stop.at,
        errors: stop.errors,
        nodes: stop.nodes.iter().map(|node| plan.node_name(*node)).collect(),
        left: stop.left,
    }
}

impl From<RawReport> for NodeReport {
    fn from(report: RawReport) -> Self {
        Self {
            compliant: report.compliant,
            missing: report.missing,
            failed: report.failed,
            pending_reboot: report.pending_reboot,
        }
    }
}

impl Opportunity {
    /// Whether the window did not open.
    pub const fn is_skipped(&self) -> bool {
        matches!(self.fate, Fate::Skipped { .. })
    }

    /// The rules that it rests on.
    pub(super) fn basis(&self) -> Vec<Basis> {
        let mut rules = vec![basis::SCHEDULE];
        if self.target.1 > 1 {
            rules.push(basis::PARTS);
        }
        let percent = |execution: &Execution| {
            [execution.max_concurrency.1, execution.max_errors.1]
                .iter()
                .any(|limit| !matches!(limit, RateLimit::Count(_)))
        };
        if self.execution.as_ref().is_some_and(percent) {
            rules.push(basis::PERCENT);
        }
        match &self.fate {
            Fate::Skipped { .. } => return vec![basis::OVERLAP],
            Fate::NeverStarted { .. } => rules.push(basis::CUTOFF),
            Fate::Waiting => rules.push(basis::ORDER),
            Fate::NotSent { status, .. } => {
                rules.push(basis::ORDER);
                if *status == InvocationStatus::Terminated {
                    rules.push(basis::STOP);
                } else {
                    rules.push(basis::CUTOFF);
                }
            }
            Fate::Sent(invocation) => {
                rules.push(basis::ORDER);
                rules.extend(invocation_basis(invocation));
            }
        }
        rules
    }
}

fn invocation_basis(invocation: &Invocation) -> Vec<Basis> {
    use InvocationStatus as Status;
    let mut rules = Vec::new();
    if invocation.found.is_none() {
        rules.push(basis::SNAPSHOT);
    }
    if invocation.away.is_some() {
        rules.push(basis::OFFLINE);
    }
    match invocation.ended.map(|(_, status)| status) {
        None => {}
        Some(Status::Success | Status::Failed) => rules.push(basis::OPERATION),
        Some(Status::ExecutionTimedOut | Status::DeliveryTimedOut) => rules.push(basis::TIMEOUT),
        Some(Status::Cancelled) if invocation.away.is_some() && invocation.delivered.is_none() => {
            rules.push(basis::CUTOFF);
        }
        Some(Status::Cancelled) => rules.push(basis::KILLED),
        Some(_) => rules.push(basis::STATUS),
    }
    if invocation.installed {
        rules.push(basis::REBOOT);
    }
    if invocation.report.is_some() {
        rules.push(basis::COMPLIANCE);
    }
    rules
}
