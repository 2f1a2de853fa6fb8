//! Opportunities of nodes as the observer keeps them: indices instead of names.

use patchbench_kernel::SimTime;
use patchbench_model::config::Operation;
use patchbench_model::ssm::{InstancePatchState, InvocationStatus};
use patchbench_model::world::{Cause, CommandId, Plan};

/// What a command was to be for one node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RawOpportunity {
    pub(super) command: CommandId,
    /// The node's place in the order in which the command sends, from 1; unknown for a command that
    /// never came so far.
    pub(super) position: Option<u32>,
    pub(super) fate: RawFate,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum RawFate {
    /// Its turn has not come.
    Waiting,
    /// The window did not open.
    Skipped,
    /// The task did not start.
    NeverStarted {
        at: SimTime,
        /// The patch (index into the catalogue) about which an alarm had cancelled the task.
        alarm: Option<usize>,
    },
    /// Sending ended before its turn.
    NotSent {
        at: SimTime,
        status: InvocationStatus,
        /// The patch (index into the catalogue) about which an alarm cancelled the command.
        alarm: Option<usize>,
    },
    /// It was sent.
    Sent {
        at: SimTime,
        /// The patch (by position in the catalogue of the class) that was missing and would bring
        /// the one in question.
        carrier: Option<u32>,
        /// The node could not be reached then.
        away: bool,
        /// When it could be reached again, and what was missing by then.
        delivered: Option<(SimTime, Option<u32>)>,
        end: Option<RawEnd>,
    },
}

/// The end of an invocation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RawEnd {
    pub(super) at: SimTime,
    pub(super) status: InvocationStatus,
    /// Why it is no success.
    pub(super) cause: Option<Cause>,
    /// The patch in question is on the node now.
    pub(super) installed: bool,
    pub(super) rebooted: bool,
    pub(super) report: Option<RawReport>,
    /// The bad patch (index into the catalogue) that made the install fail, or took the node until an
    /// instant.
    pub(super) broken_by: Option<(usize, Option<SimTime>)>,
    /// The patch (likewise) about which an alarm cancelled the command.
    pub(super) alarm: Option<usize>,
}

/// The fault of a bad patch shows on a watched node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RawSymptom {
    pub(super) at: SimTime,
    pub(super) node: u32,
    /// Index into the catalogue.
    pub(super) patch: usize,
    /// Until when the node cannot be reached.
    pub(super) until: Option<SimTime>,
    /// It shows at the end of an install, rather than later.
    pub(super) at_install: bool,
}

/// What the node reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RawReport {
    pub(super) compliant: bool,
    pub(super) missing: u32,
    pub(super) failed: u32,
    pub(super) pending_reboot: u32,
}

impl RawReport {
    pub(super) const fn of(report: &InstancePatchState) -> Self {
        Self {
            compliant: report.compliant(),
            missing: report.missing,
            failed: report.failed,
            pending_reboot: report.installed_pending_reboot,
        }
    }
}

impl RawOpportunity {
    /// What was known of the opportunity at an instant; `None` before the window's opening.
    pub(super) fn as_of(mut self, plan: &Plan<'_>, at: SimTime) -> Option<Self> {
        if self.opens(plan) > at {
            return None;
        }
        match &mut self.fate {
            RawFate::NeverStarted { at: since, .. }
            | RawFate::NotSent { at: since, .. }
            | RawFate::Sent { at: since, .. }
                if *since > at =>
            {
                self.fate = RawFate::Waiting;
            }
            RawFate::Sent { delivered, end, .. } => {
                *delivered = delivered.filter(|(since, _)| *since <= at);
                *end = end.filter(|end| end.at <= at);
            }
            _ => {}
        }
        Some(self)
    }

    /// When its window opened.
    pub(super) fn opens(&self, plan: &Plan<'_>) -> SimTime {
        plan.openings[self.command.window][self.command.opening].opens
    }

    /// When it was settled; the end of time while it is not.
    pub(super) fn settled(&self, plan: &Plan<'_>) -> SimTime {
        match self.fate {
            RawFate::Skipped => self.opens(plan),
            RawFate::NeverStarted { at, .. } | RawFate::NotSent { at, .. } => at,
            RawFate::Sent { end: Some(end), .. } => end.at,
            RawFate::Waiting | RawFate::Sent { end: None, .. } => SimTime::MAX,
        }
    }

    /// What was missing that would bring the patch.
    pub(super) const fn carrier(&self) -> Option<u32> {
        match self.fate {
            RawFate::Sent {
                delivered: Some((_, carrier)),
                ..
            }
            | RawFate::Sent { carrier, .. } => carrier,
            _ => None,
        }
    }

    /// Whether it belongs to a task that installs.
    pub(super) fn installs(&self, plan: &Plan<'_>) -> bool {
        let task = plan.task(self.command);
        task.operation == Operation::Install
    }
}
