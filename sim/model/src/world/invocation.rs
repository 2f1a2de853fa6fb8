//! One invocation: what happens on the node, how long it takes and how it ends.
//! Semantics, sections 6.6, 6.7, 7.2 and 7.3.

use patchbench_kernel::SimTime;

use super::cause::Cause;
use super::draws::{NodeLuck, happens};
use super::faults::Fault;
use super::locks::Meeting;
use super::reboots::Reboots;
use crate::catalog::Symptom;
use crate::config::{Operation, RebootOption, ScriptedResult, Task};
use crate::fleet::Behavior;
use crate::ssm::InvocationStatus;

/// One invocation on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    pub(super) node: u32,
    pub(super) class: u32,
    pub(super) transition: u32,
    pub(super) sent: SimTime,
    pub(super) status: InvocationStatus,
    /// Why it is no success.
    pub(super) cause: Option<Cause>,
    /// Something is missing and gets installed.
    pub(super) installs: bool,
    pub(super) reboots: bool,
    /// What a bad patch does to the node with this install.
    pub(super) fault: Option<Fault>,
    /// The node does not come back from its reboot.
    pub(super) strands: bool,
    /// When the document started on the node.
    pub(super) began: SimTime,
    /// The document runs on the node, and does more than find another one there.
    pub(super) runs_on_node: bool,
    /// How long it waits for the lock of its node, and how long its node reboots at its end.
    pub(super) lock_wait_ms: i64,
    pub(super) reboot_ms: i64,
}

impl Job {
    pub(super) const IDLE: Self = Self {
        node: 0,
        class: 0,
        transition: 0,
        sent: SimTime::MIN,
        status: InvocationStatus::Pending,
        cause: None,
        installs: false,
        reboots: false,
        fault: None,
        strands: false,
        began: SimTime::MIN,
        runs_on_node: false,
        lock_wait_ms: 0,
        reboot_ms: 0,
    };
}

impl Job {
    /// The document fails at a start, before it does anything.
    const fn refused(cause: Cause) -> Self {
        Self {
            status: InvocationStatus::Failed,
            cause: Some(cause),
            ..Self::IDLE
        }
    }
}

/// Why a document fails before it does anything, and after how many milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    pub(super) cause: Cause,
    pub(super) after_ms: i64,
}

/// What decides how an invocation goes.
pub(super) struct Work<'a> {
    pub(super) behavior: &'a Behavior,
    pub(super) luck: NodeLuck,
    pub(super) missing: usize,
    pub(super) pending: bool,
    pub(super) scripted: Option<ScriptedResult>,
    /// What the document meets on the node.
    pub(super) lock: Meeting,
    /// Why the document fails as soon as it starts.
    pub(super) refused: Option<Refusal>,
    /// Attempts to install that fail for transient reasons.
    pub(super) failed_attempts: u32,
    pub(super) sick: bool,
    pub(super) fault: Option<Fault>,
}

impl<'a> Work<'a> {
    /// On a node where nothing but its luck decides.
    #[inline]
    pub(super) fn usual(behavior: &'a Behavior, luck: NodeLuck, missing: usize, pending: bool) -> Self {
        Self {
            behavior,
            luck,
            missing,
            pending,
            scripted: None,
            lock: Meeting::Free,
            refused: None,
            failed_attempts: 0,
            sick: false,
            fault: None,
        }
    }
}

/// What happens on the node, and for how many milliseconds the slot is held (at least one, so
/// that nothing ends at the instant at which it was sent).
pub(super) fn work_out(task: &Task, work: &Work<'_>) -> (Job, i64) {
    let Work { behavior, luck, .. } = *work;
    let wait = work.lock.wait_ms();
    if let Some(refused) = refused_at_start(work, wait) {
        return refused;
    }
    let installing = task.operation == Operation::Install && work.missing > 0;
    let drawn = if work.scripted.is_some() {
        None
    } else {
        drawn_failure(work, installing)
    };
    let status = status_of(work.scripted, drawn.is_some());
    let reboot_allowed = task.operation == Operation::Install
        && task.reboot_option == RebootOption::RebootIfNeeded
        && status == InvocationStatus::Success;
    let reboots = reboot_allowed
        && (work.pending || (installing && happens(luck.reboots, behavior.reboot_probability)));
    let fault = work.fault.filter(|_| work.scripted.is_none());
    let mut busy = luck.scan_ms;
    if installing {
        let attempts = (work.failed_attempts + 1).min(behavior.transient.retries + 1);
        busy += install_ms(behavior, work.missing) * luck.install_factor * f64::from(attempts);
    }
    // A run that its step timeout ends before the reboot does not come to it.
    let in_time = patchbench_kernel::round_ms(busy) + wait <= step_ms(task);
    let strands = reboots && in_time && fault.is_some_and(|fault| fault.symptom == Symptom::Reboot);
    let rounds = Reboots::of(behavior, installing);
    if reboots {
        busy += luck.reboot_ms * f64::from(rounds.count);
    }
    let ended = if strands {
        InvocationStatus::ExecutionTimedOut
    } else {
        status
    };
    let (status, busy) = time_out(task, ended, patchbench_kernel::round_ms(busy) + wait);
    let reboots = reboots && status == InvocationStatus::Success;
    let reboot_ms = if reboots {
        patchbench_kernel::round_ms(luck.reboot_ms * f64::from(rounds.count))
    } else {
        0
    };
    if reboots && rounds.too_many {
        let failed = Job::refused(Cause::TooManyReboots);
        let job = Job {
            reboots,
            lock_wait_ms: wait,
            reboot_ms,
            ..failed
        };
        return (job, busy.max(1));
    }
    let job = Job {
        status,
        cause: if strands {
            Some(Cause::LostAtReboot)
        } else {
            cause_of(status, work.scripted, drawn)
        },
        installs: installing,
        reboots,
        fault,
        strands,
        lock_wait_ms: wait,
        reboot_ms,
        ..Job::IDLE
    };
    (job, busy.max(1))
}

/// A document that fails before it does anything, after it has waited for the lock of its node.
#[inline]
fn refused_at_start(work: &Work<'_>, wait: i64) -> Option<(Job, i64)> {
    let Refusal { cause, after_ms } = work
        .lock
        .refusal()
        .or(work.refused)
        .filter(|_| status_of(work.scripted, false).reaches_node())?;
    let job = Job {
        lock_wait_ms: wait,
        ..Job::refused(cause)
    };
    Some((job, (wait + after_ms).max(1)))
}

/// How long an install takes in milliseconds for a factor of 1.
pub(super) fn install_ms(behavior: &Behavior, missing: usize) -> f64 {
    let per_patch = behavior.install_time_per_patch.millis() as f64 * missing as f64;
    behavior.install_time.scale_ms() + per_patch
}

/// Why the run fails, if it does: the node is sick, a bad patch breaks the install, it fails by itself, or
/// every attempt met a transient failure.
#[inline]
fn drawn_failure(work: &Work<'_>, installing: bool) -> Option<Cause> {
    let Work { behavior, luck, .. } = work;
    if !installing {
        return happens(luck.scan_fails, behavior.scan_failure).then_some(Cause::ScanFailed);
    }
    if work.sick {
        Some(Cause::Sick)
    } else if work.fault.is_some_and(|fault| fault.symptom == Symptom::Install) {
        Some(Cause::BadPatch)
    } else if happens(luck.fails, behavior.failure) {
        Some(Cause::InstallFailed)
    } else {
        let exhausted = work.failed_attempts > behavior.transient.retries;
        exhausted.then_some(Cause::TransientFailure)
    }
}

fn step_ms(task: &Task) -> i64 {
    i64::from(task.step_timeout_seconds) * 1000
}

/// Timeouts of delivery and execution. Semantics, section 6.7.
#[inline]
fn time_out(task: &Task, status: InvocationStatus, busy: i64) -> (InvocationStatus, i64) {
    let step = step_ms(task);
    match status {
        InvocationStatus::Success | InvocationStatus::Failed if busy > step => {
            (InvocationStatus::ExecutionTimedOut, step)
        }
        InvocationStatus::Success | InvocationStatus::Failed => (status, busy),
        InvocationStatus::ExecutionTimedOut => (status, step),
        InvocationStatus::DeliveryTimedOut => (status, i64::from(task.timeout_seconds) * 1000),
        _ => (status, 0),
    }
}

/// Why an invocation of this status is no success, given why it would have failed.
#[inline]
fn cause_of(
    status: InvocationStatus,
    scripted: Option<ScriptedResult>,
    drawn: Option<Cause>,
) -> Option<Cause> {
    match status {
        InvocationStatus::Success => None,
        // A scripted success or failure can take too long, too.
        InvocationStatus::ExecutionTimedOut if scripted != Some(ScriptedResult::ExecutionTimedOut) => {
            Some(Cause::StepTimeout)
        }
        _ if scripted.is_some() => Some(Cause::Scripted),
        _ => drawn,
    }
}

#[inline]
fn status_of(scripted: Option<ScriptedResult>, drawn_failure: bool) -> InvocationStatus {
    match scripted {
        None if drawn_failure => InvocationStatus::Failed,
        None | Some(ScriptedResult::Success) => InvocationStatus::Success,
        Some(ScriptedResult::Failed) => InvocationStatus::Failed,
        Some(ScriptedResult::ExecutionTimedOut) => InvocationStatus::ExecutionTimedOut,
        Some(ScriptedResult::DeliveryTimedOut) => InvocationStatus::DeliveryTimedOut,
        Some(ScriptedResult::Undeliverable) => InvocationStatus::Undeliverable,
        Some(ScriptedResult::InvalidPlatform) => InvocationStatus::InvalidPlatform,
        Some(ScriptedResult::AccessDenied) => InvocationStatus::AccessDenied,
    }
}
