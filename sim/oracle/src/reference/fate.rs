//! How one invocation goes once its document starts on the node (Semantics, sections 6.6, 6.7, 7.2, 7.3
//! and 7.5; Patch data, section 4).

use patchbench_kernel::round_ms;
use patchbench_model::config::{Operation, RebootOption, ScriptedResult, Task};
use patchbench_model::fleet::Behavior;
use patchbench_model::ssm::InvocationStatus as Status;
use patchbench_model::world::Cause;

use super::luck::{NodeLuck, happens};

/// What decides how an invocation goes.
pub(crate) struct Asked<'a> {
    pub(crate) task: &'a Task,
    pub(crate) behavior: &'a Behavior,
    pub(crate) luck: NodeLuck,
    /// Number of patches that are missing on the node.
    pub(crate) missing: usize,
    pub(crate) reboot_pending: bool,
    pub(crate) scripted: Option<ScriptedResult>,
    /// Why it fails as soon as it begins.
    pub(crate) refused: Option<Cause>,
    /// The lock that it finds on the node.
    pub(crate) lock: Lock,
    pub(crate) sick: bool,
    /// A missing patch that breaks the install on this node.
    pub(crate) breaks_install: Option<usize>,
    /// A missing patch, or one that waits for a reboot, from whose reboot this node does not come back.
    pub(crate) breaks_reboot: Option<usize>,
}

/// What a patch command finds on its node (section 7.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Nothing.
    Free,
    /// A lock that nobody comes back to within five minutes: it is taken over then.
    TakenOver,
    /// The process of another command, after so many milliseconds: it fails.
    Held(i64),
}

/// How an invocation goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fate {
    pub(crate) status: Status,
    /// Why it is no success.
    pub(crate) cause: Option<Cause>,
    /// Milliseconds until its final status.
    pub(crate) busy: i64,
    pub(crate) reboots: bool,
    /// Milliseconds that it waits for a lock before it begins.
    pub(crate) waits: i64,
    /// Milliseconds at the end in which the node reboots.
    pub(crate) rebooting: i64,
    /// The bad patch that shows on the node when it ends.
    pub(crate) shows: Option<usize>,
    /// The node does not come back from its reboot.
    pub(crate) lost: bool,
}

impl Fate {
    /// Nothing else happens than that it ends so.
    pub(crate) fn ends(status: Status, cause: Option<Cause>, busy: i64) -> Self {
        Self {
            status,
            cause,
            // Nothing ends at the instant at which it was sent.
            busy: busy.max(1),
            reboots: false,
            waits: 0,
            rebooting: 0,
            shows: None,
            lost: false,
        }
    }
}

pub(crate) fn fate(asked: &Asked<'_>) -> Fate {
    match asked.scripted {
        Some(ScriptedResult::DeliveryTimedOut) => {
            let timeout = i64::from(asked.task.timeout_seconds) * 1000;
            Fate::ends(Status::DeliveryTimedOut, Some(Cause::Scripted), timeout)
        }
        Some(ScriptedResult::Undeliverable) => Fate::ends(Status::Undeliverable, Some(Cause::Scripted), 0),
        Some(ScriptedResult::InvalidPlatform) => {
            Fate::ends(Status::InvalidPlatform, Some(Cause::Scripted), 0)
        }
        Some(ScriptedResult::AccessDenied) => Fate::ends(Status::AccessDenied, Some(Cause::Scripted), 0),
        _ => on_node(asked),
    }
}

/// The document starts: it fails at a lock, or waits for one that is stale.
fn on_node(asked: &Asked<'_>) -> Fate {
    let waits = match asked.lock {
        Lock::Held(after) => return Fate::ends(Status::Failed, Some(Cause::NodeLocked), after),
        Lock::TakenOver => 300_000,
        Lock::Free => 0,
    };
    let fate = match asked.refused {
        Some(cause) => Fate::ends(Status::Failed, Some(cause), waits),
        None => work(asked, waits),
    };
    Fate { waits, ..fate }
}

/// Scan, attempts to install, reboots. A run that takes longer than its step may is dead, and nothing of
/// it counts, unless its node had gone into a reboot from which it does not come back.
fn work(asked: &Asked<'_>, waits: i64) -> Fate {
    let Asked {
        task, behavior, luck, ..
    } = asked;
    let longest = i64::from(task.step_timeout_seconds) * 1000;
    let installs = task.operation == Operation::Install && asked.missing > 0;
    let mut ms = luck.scan_ms;
    let failure = if installs {
        let attempts = attempts(asked);
        let per_patch = behavior.install_time_per_patch.millis() as f64 * asked.missing as f64;
        ms += (behavior.install_time.scale_ms() + per_patch) * luck.install_factor * f64::from(attempts);
        install_failure(asked)
    } else {
        happens(luck.scan_fails, behavior.scan_failure).then_some(Cause::ScanFailed)
    };
    let failure = match asked.scripted {
        None => failure,
        Some(ScriptedResult::Success) => None,
        Some(_) => Some(Cause::Scripted),
    };
    let before_reboot = waits + round_ms(ms);
    if asked.scripted == Some(ScriptedResult::ExecutionTimedOut) {
        return Fate::ends(Status::ExecutionTimedOut, failure, longest);
    }
    if failure.is_some() && before_reboot <= longest {
        let shows = asked.breaks_install.filter(|_| failure == Some(Cause::BadPatch));
        return Fate {
            shows,
            ..Fate::ends(Status::Failed, failure, before_reboot)
        };
    }
    let reboots = failure.is_none() && wants_reboot(asked, installs);
    if before_reboot > longest || !reboots {
        return done(before_reboot, longest);
    }
    if asked.breaks_reboot.is_some() && asked.scripted.is_none() {
        return Fate {
            shows: asked.breaks_reboot,
            lost: true,
            ..Fate::ends(Status::ExecutionTimedOut, Some(Cause::LostAtReboot), longest)
        };
    }
    // What only waits for a reboot needs one. Five reboots are survived; the start after the sixth fails.
    let rounds = if installs { behavior.reboot_rounds } else { 1 };
    let reboot = luck.reboot_ms * f64::from(rounds.min(6));
    let whole = waits + round_ms(ms + reboot);
    if whole > longest {
        return done(whole, longest);
    }
    let too_many = (rounds > 5).then_some(Cause::TooManyReboots);
    let status = if too_many.is_some() {
        Status::Failed
    } else {
        Status::Success
    };
    Fate {
        reboots: true,
        rebooting: round_ms(reboot),
        ..Fate::ends(status, too_many, whole)
    }
}

/// A success, unless it takes too long.
fn done(busy: i64, longest: i64) -> Fate {
    if busy > longest {
        Fate::ends(Status::ExecutionTimedOut, Some(Cause::StepTimeout), longest)
    } else {
        Fate::ends(Status::Success, None, busy)
    }
}

/// How often it tries to install: again after a transient failure, as long as there are retries left.
fn attempts(asked: &Asked<'_>) -> u32 {
    let mut attempts = 1;
    while meets_transient(asked, attempts) && attempts <= asked.behavior.transient.retries {
        attempts += 1;
    }
    attempts
}

/// Whether so many attempts all meet a transient failure: each does so independently.
fn meets_transient(asked: &Asked<'_>, attempts: u32) -> bool {
    let one = asked.behavior.transient.probability;
    happens(asked.luck.transient, (0..attempts).map(|_| one).product())
}

/// Sickness comes before a bad patch, that before a failure of the node's own, and that before transient
/// ones.
fn install_failure(asked: &Asked<'_>) -> Option<Cause> {
    if asked.sick {
        return Some(Cause::Sick);
    }
    if asked.breaks_install.is_some() {
        return Some(Cause::BadPatch);
    }
    if happens(asked.luck.install_fails, asked.behavior.failure) {
        return Some(Cause::InstallFailed);
    }
    meets_transient(asked, asked.behavior.transient.retries + 1).then_some(Cause::TransientFailure)
}

/// After something was installed, or if something waits for a reboot (section 7.3).
fn wants_reboot(asked: &Asked<'_>, installs: bool) -> bool {
    let allowed = asked.task.operation == Operation::Install
        && asked.task.reboot_option == RebootOption::RebootIfNeeded;
    let drawn = happens(asked.luck.reboots, asked.behavior.reboot_probability);
    allowed && (asked.reboot_pending || (installs && drawn))
}
