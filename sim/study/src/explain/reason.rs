//! Why a node has not got a patch.

use patchbench_model::ssm::InvocationStatus;
use patchbench_model::world::{Cause, WithdrawnBy};

use super::basis::{self, Basis};

/// The first gate that a patch has not passed on its way to a node, or, where it had its opportunities,
/// how the last of them went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It is for other systems, products or applications.
    NotApplicable,
    /// It has not been released yet.
    NotReleased,
    /// No baseline is there for the node.
    NoBaseline,
    /// It is for another operating system than the baseline.
    OtherOperatingSystem,
    /// The baseline rejects it.
    Rejected,
    /// The baseline's global filter drops it.
    GlobalFilter,
    /// No rule of the baseline approves it.
    NoRule,
    /// A successor replaced it before it was approved.
    SupersededBeforeApproval,
    /// The vendor withdrew it before a window that installs on the node opened.
    Withdrawn,
    /// An alarm of the monitoring rejected it before a window that installs on the node opened.
    RejectedByAlarm,
    /// Its approval is still to come.
    AwaitingApproval,
    /// No task is sent to the node.
    NotTargeted,
    /// Tasks that are sent to the node scan only.
    OnlyScanned,
    /// Tasks that install on the node do so by lists or other baselines that leave it out.
    LeftOut,
    /// No window that installs on the node has opened since the approval.
    NoOpening,
    /// A change took its approval away before a window that installs on the node opened.
    ApprovalEnded,
    /// The last opening was skipped: the execution before it was still in progress.
    SkippedOverlapping,
    /// The cutoff came before the task started.
    NeverStarted,
    /// The error threshold stopped the task before the node's turn.
    StoppedByErrors,
    /// The cutoff cancelled the task before the node's turn.
    CutOff,
    /// The node's turn has not come yet.
    WaitingForTurn,
    /// An alarm about a bad patch cancelled the task before the node was done.
    CancelledByAlarm,
    /// The node cannot be reached, and the install waits for it.
    Unreachable,
    /// The cutoff cancelled the task while the install waited for the node.
    CancelledUnreached,
    /// The install is under way.
    InProgress,
    /// The install failed.
    Failed,
    /// The node is sick, and every install fails on it.
    Sick,
    /// Every attempt of the install met a transient failure.
    TransientFailure,
    /// A bad patch made the install fail on the node.
    BrokenByPatch,
    /// The install took longer than the step timeout.
    ExecutionTimedOut,
    /// The node did not answer within the delivery timeout.
    DeliveryTimedOut,
    /// The command could not be delivered to the node.
    Undeliverable,
    /// The node's platform does not fit the document.
    InvalidPlatform,
    /// The node refused the command.
    AccessDenied,
    /// The cutoff cancelled the install on the node.
    Killed,
}

impl Reason {
    /// Every reason, in the order of the gates.
    pub const ALL: [Self; 35] = [
        Self::NotApplicable,
        Self::NotReleased,
        Self::NoBaseline,
        Self::OtherOperatingSystem,
        Self::Rejected,
        Self::GlobalFilter,
        Self::NoRule,
        Self::SupersededBeforeApproval,
        Self::Withdrawn,
        Self::RejectedByAlarm,
        Self::AwaitingApproval,
        Self::NotTargeted,
        Self::OnlyScanned,
        Self::LeftOut,
        Self::NoOpening,
        Self::ApprovalEnded,
        Self::SkippedOverlapping,
        Self::NeverStarted,
        Self::StoppedByErrors,
        Self::CutOff,
        Self::WaitingForTurn,
        Self::CancelledByAlarm,
        Self::Unreachable,
        Self::CancelledUnreached,
        Self::InProgress,
        Self::Failed,
        Self::Sick,
        Self::TransientFailure,
        Self::BrokenByPatch,
        Self::ExecutionTimedOut,
        Self::DeliveryTimedOut,
        Self::Undeliverable,
        Self::InvalidPlatform,
        Self::AccessDenied,
        Self::Killed,
    ];

    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotApplicable => "not_applicable",
            Self::NotReleased => "not_released",
            Self::NoBaseline => "no_baseline",
            Self::OtherOperatingSystem => "other_operating_system",
            Self::Rejected => "rejected",
            Self::GlobalFilter => "global_filter",
            Self::NoRule => "no_rule",
            Self::SupersededBeforeApproval => "superseded_before_approval",
            Self::Withdrawn => "withdrawn",
            Self::RejectedByAlarm => "rejected_by_alarm",
            Self::AwaitingApproval => "awaiting_approval",
            Self::NotTargeted => "not_targeted",
            Self::OnlyScanned => "only_scanned",
            Self::LeftOut => "left_out_by_overrides",
            Self::NoOpening => "no_opening",
            Self::ApprovalEnded => "approval_ended",
            Self::SkippedOverlapping => "skipped_overlapping",
            Self::NeverStarted => "never_started",
            Self::StoppedByErrors => "stopped_by_errors",
            Self::CutOff => "cut_off",
            Self::WaitingForTurn => "waiting_for_turn",
            Self::CancelledByAlarm => "cancelled_by_alarm",
            Self::Unreachable => "unreachable",
            Self::CancelledUnreached => "cancelled_unreached",
            Self::InProgress => "in_progress",
            Self::Failed => "failed",
            Self::Sick => "sick_node",
            Self::TransientFailure => "transient_failure",
            Self::BrokenByPatch => "broken_by_bad_patch",
            Self::ExecutionTimedOut => "execution_timed_out",
            Self::DeliveryTimedOut => "delivery_timed_out",
            Self::Undeliverable => "undeliverable",
            Self::InvalidPlatform => "invalid_platform",
            Self::AccessDenied => "access_denied",
            Self::Killed => "killed_at_cutoff",
        }
    }

    /// The rule that it rests on.
    pub const fn basis(self) -> Basis {
        match self {
            Self::NotApplicable | Self::Withdrawn => basis::APPLICABLE,
            Self::NotReleased => basis::RELEASE_DATE,
            Self::NoBaseline => basis::PATCH_GROUP,
            Self::OtherOperatingSystem | Self::NoRule => basis::MATCHING,
            Self::Rejected | Self::GlobalFilter | Self::ApprovalEnded | Self::RejectedByAlarm => basis::LISTS,
            Self::SupersededBeforeApproval => basis::SUPERSEDENCE,
            Self::AwaitingApproval => basis::DELAY,
            Self::NotTargeted => basis::TARGETS,
            Self::OnlyScanned
            | Self::Failed
            | Self::InProgress
            | Self::Sick
            | Self::TransientFailure
            | Self::BrokenByPatch => basis::OPERATION,
            Self::Unreachable => basis::OFFLINE,
            Self::LeftOut => basis::SNAPSHOT,
            Self::NoOpening => basis::SCHEDULE,
            Self::SkippedOverlapping => basis::OVERLAP,
            Self::NeverStarted | Self::CutOff | Self::CancelledByAlarm | Self::CancelledUnreached => {
                basis::CUTOFF
            }
            Self::StoppedByErrors => basis::STOP,
            Self::WaitingForTurn => basis::ORDER,
            Self::ExecutionTimedOut | Self::DeliveryTimedOut => basis::TIMEOUT,
            Self::Undeliverable | Self::InvalidPlatform | Self::AccessDenied => basis::STATUS,
            Self::Killed => basis::KILLED,
        }
    }

    /// Whether it tells how an opportunity went, rather than that there was none.
    pub const fn is_of_opportunity(self) -> bool {
        self as u8 >= Self::SkippedOverlapping as u8
    }

    /// What it means that a patch was taken back.
    pub(super) const fn of_withdrawal(by: WithdrawnBy) -> Self {
        match by {
            WithdrawnBy::Vendor => Self::Withdrawn,
            WithdrawnBy::Monitoring => Self::RejectedByAlarm,
        }
    }

    /// What the end of an invocation without an install means.
    pub(super) const fn of_end(status: InvocationStatus, cause: Option<Cause>) -> Self {
        match cause {
            Some(Cause::Sick) => Self::Sick,
            Some(Cause::TransientFailure) => Self::TransientFailure,
            Some(Cause::BadPatch) => Self::BrokenByPatch,
            _ => Self::of_status(status),
        }
    }

    /// What a status without an install means.
    pub(super) const fn of_status(status: InvocationStatus) -> Self {
        match status {
            InvocationStatus::Terminated => Self::StoppedByErrors,
            InvocationStatus::Cancelled => Self::CutOff,
            InvocationStatus::Pending => Self::WaitingForTurn,
            InvocationStatus::InProgress | InvocationStatus::Success => Self::InProgress,
            InvocationStatus::Failed => Self::Failed,
            InvocationStatus::ExecutionTimedOut => Self::ExecutionTimedOut,
            InvocationStatus::DeliveryTimedOut => Self::DeliveryTimedOut,
            InvocationStatus::Undeliverable => Self::Undeliverable,
            InvocationStatus::InvalidPlatform => Self::InvalidPlatform,
            InvocationStatus::AccessDenied => Self::AccessDenied,
        }
    }
}
