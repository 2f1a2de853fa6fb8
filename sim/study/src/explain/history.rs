//! The opportunities of one node up to an instant: did one of them bring the patch, and if not, how did the
//! last one go?

use patchbench_kernel::SimTime;
use patchbench_model::config::Operation;
use patchbench_model::ssm::{Family, InvocationStatus};
use patchbench_model::world::Plan;

use super::approach::Approach;
use super::raw::{RawEnd, RawFate, RawOpportunity};
use super::reason::Reason;

/// What became of a node's opportunities.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct History {
    /// The opportunity that brought the patch.
    pub(super) had: Option<RawOpportunity>,
    /// The last opportunity that did not: an unsettled one, else the one settled last.
    pub(super) last: Option<RawOpportunity>,
    /// Whether the patch was ever sent.
    pub(super) sent: bool,
    /// Number of opportunities.
    pub(super) opportunities: u32,
}

impl History {
    /// Takes one more opportunity, as it was known at `at`; false if it says nothing about the patch.
    pub(super) fn take(
        &mut self,
        approach: &Approach<'_>,
        plan: &Plan<'_>,
        opportunity: RawOpportunity,
        at: SimTime,
    ) -> bool {
        if !counts(approach, plan, &opportunity, at) {
            return false;
        }
        self.opportunities += 1;
        self.sent |= matches!(opportunity.fate, RawFate::Sent { .. });
        if brought(&opportunity).is_some() {
            let earlier = |known: RawOpportunity| known.settled(plan) <= opportunity.settled(plan);
            if !self.had.is_some_and(earlier) {
                self.had = Some(opportunity);
            }
        } else {
            let order = |opportunity: &RawOpportunity| {
                (
                    opportunity.settled(plan),
                    opportunity.opens(plan),
                    opportunity.command,
                )
            };
            if self.last.is_none_or(|last| order(&last) < order(&opportunity)) {
                self.last = Some(opportunity);
            }
        }
        true
    }
}

/// Whether an opportunity could have brought the patch: it installs, and something that brings the patch was
/// a candidate when the node's turn came (on Windows: when the window opened) by the rules of the
/// opening.
pub(super) fn counts(
    approach: &Approach<'_>,
    plan: &Plan<'_>,
    opportunity: &RawOpportunity,
    at: SimTime,
) -> bool {
    if !opportunity.installs(plan) {
        return false;
    }
    let opens = opportunity.opens(plan);
    let id = opportunity.command;
    let surface = plan.window(id.window, id.opening).surface;
    let windows = approach.class().operating_system.family() == Family::Windows;
    let snapshot = windows && surface.shares_snapshot();
    let task = plan.task(id);
    match opportunity.fate {
        RawFate::Sent { .. } => opportunity.carrier().is_some(),
        RawFate::Skipped => approach.offered_by(task, opens, opens),
        _ if snapshot => approach.offered_by(task, opens, opens),
        RawFate::Waiting => approach.offered_by(task, opens, at),
        RawFate::NeverStarted { at, .. } | RawFate::NotSent { at, .. } => {
            approach.offered_by(task, opens, at)
        }
    }
}

/// The end of the invocation that brought the patch.
pub(super) fn brought(opportunity: &RawOpportunity) -> Option<RawEnd> {
    match opportunity.fate {
        RawFate::Sent { end: Some(end), .. } if end.installed => Some(end),
        _ => None,
    }
}

/// What an opportunity that did not bring the patch means.
pub(super) fn reason_of(opportunity: &RawOpportunity) -> Reason {
    match opportunity.fate {
        RawFate::Waiting => Reason::WaitingForTurn,
        RawFate::Skipped => Reason::SkippedOverlapping,
        RawFate::NeverStarted { alarm: Some(_), .. } | RawFate::NotSent { alarm: Some(_), .. } => {
            Reason::CancelledByAlarm
        }
        RawFate::NeverStarted { .. } => Reason::NeverStarted,
        RawFate::NotSent { status, .. } => Reason::of_status(status),
        RawFate::Sent {
            away: true,
            delivered: None,
            end: None,
            ..
        } => Reason::Unreachable,
        RawFate::Sent { end: None, .. } => Reason::InProgress,
        RawFate::Sent { end: Some(end), .. } if end.alarm.is_some() => Reason::CancelledByAlarm,
        RawFate::Sent {
            away: true,
            delivered: None,
            end: Some(end),
            ..
        } if end.status == InvocationStatus::Cancelled => Reason::CancelledUnreached,
        RawFate::Sent { end: Some(end), .. } if end.status == InvocationStatus::Cancelled => Reason::Killed,
        RawFate::Sent { end: Some(end), .. } => Reason::of_end(end.status, end.cause),
    }
}

/// Commands that are sent to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Targeted {
    /// By a task that installs.
    Installs,
    /// By tasks that install, all of them by lists or other baselines that leave the patch out.
    LeftOut,
    /// By tasks that scan only.
    Scans,
    /// By none.
    No,
}

/// What is sent to a node in the forms that windows have by an instant.
pub(super) fn targeted(approach: &Approach<'_>, plan: &Plan<'_>, node: u32, at: SimTime) -> Targeted {
    let mut found = Targeted::No;
    for version in plan.versions.iter().flatten().filter(|known| known.from <= at) {
        for (task, parts) in version.window.tasks.iter().zip(&version.targets) {
            if !parts.iter().any(|targets| targets.contains(node)) {
                continue;
            }
            found = match task.operation {
                Operation::Install if !approach.left_out_by(task) => return Targeted::Installs,
                Operation::Install => Targeted::LeftOut,
                Operation::Scan if found == Targeted::LeftOut => found,
                Operation::Scan => Targeted::Scans,
            };
        }
    }
    found
}

/// Why a node has not got the patch by an instant, from the gates and its history up to it.
pub(super) fn reason(approach: &Approach<'_>, history: &History, targeted: Targeted, at: SimTime) -> Reason {
    // An execution goes on by the rules of its opening, whatever a change has made of them since.
    if let Some(last) = &history.last {
        return reason_of(last);
    }
    if let Some(blocked) = approach.blocked(at) {
        return blocked;
    }
    match targeted {
        Targeted::No => Reason::NotTargeted,
        Targeted::Scans => Reason::OnlyScanned,
        Targeted::LeftOut => Reason::LeftOut,
        Targeted::Installs if approach.offered_at(at) => Reason::NoOpening,
        Targeted::Installs => match approach.withdrawn(at).map(|withdrawal| withdrawal.by) {
            Some(by) => Reason::of_withdrawal(by),
            None => Reason::ApprovalEnded,
        },
    }
}
