//! The rules of one invocation, command, task and window, each as plain as it can be said.

use std::collections::BTreeMap;

use patchbench_kernel::Distribution;
use patchbench_model::config::{
    CommandStatusRule, Operation, PercentRounding, RebootOption, ScriptedResult, Task, TaskStatus,
};
use patchbench_model::fleet::Behavior;
use patchbench_model::ssm::{CommandStatus, InvocationStatus, Target, TargetKey};
use patchbench_model::units::RateLimit;

use super::Node;

/// Nodes for which every entry holds, rising; none for an empty list (section 5).
pub(crate) fn matching(entries: &[Target], nodes: &[Node]) -> Vec<u32> {
    let all_hold = |node: &Node| !entries.is_empty() && entries.iter().all(|entry| holds(entry, node));
    (0..nodes.len() as u32)
        .filter(|number| all_hold(&nodes[*number as usize]))
        .collect()
}

fn holds(entry: &Target, node: &Node) -> bool {
    match &entry.key {
        TargetKey::InstanceIds => entry.values.contains(&node.name),
        TargetKey::Tag(key) => node
            .tags
            .get(key)
            .is_some_and(|value| entry.values.contains(value)),
        TargetKey::TagKey => entry.values.iter().all(|key| node.tags.contains_key(key)),
    }
}

/// A limit as a number of targets (section 6.3).
pub(crate) fn number(limit: RateLimit, targets: usize, rounding: PercentRounding) -> u32 {
    let share = match limit {
        RateLimit::Count(count) => return count,
        RateLimit::PatchNow => panic!("the worlds of this test give every limit"),
        RateLimit::Percent(percent) => f64::from(percent) * targets as f64 / 100.0,
    };
    (match rounding {
        PercentRounding::Floor => share.floor(),
        PercentRounding::Ceil => share.ceil(),
        PercentRounding::Nearest => (share + 0.5).floor(),
    }) as u32
}

/// What decides how an invocation goes.
pub(crate) struct Asked<'a> {
    pub(crate) task: &'a Task,
    pub(crate) behavior: &'a Behavior,
    /// Number of patches that are missing on the node.
    pub(crate) missing: usize,
    pub(crate) reboot_pending: bool,
    pub(crate) scripted: Option<ScriptedResult>,
    /// Its overrides make it fail as soon as it begins.
    pub(crate) refused: bool,
    /// The lock that it finds on the node.
    pub(crate) lock: Lock,
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
    pub(crate) status: InvocationStatus,
    /// Milliseconds until its final status.
    pub(crate) busy: i64,
    pub(crate) reboots: bool,
    /// Milliseconds that it waits for a lock before it begins.
    pub(crate) waits: i64,
    /// Milliseconds at the end in which the node reboots.
    pub(crate) rebooting: i64,
    /// It found another command on the node.
    pub(crate) locked_out: bool,
}

/// The fate of an invocation on a node whose times are constants and whose probabilities are 0 or 1
/// (sections 6.6, 6.7, 7.2 and 7.3).
pub(crate) fn fate(asked: &Asked<'_>) -> Fate {
    let Asked { task, behavior, .. } = asked;
    let installs = task.operation == Operation::Install && asked.missing > 0;
    let fails = if installs {
        behavior.failure == 1.0
    } else {
        behavior.scan_failure == 1.0
    };
    let status = asked.scripted.map_or(
        if fails {
            InvocationStatus::Failed
        } else {
            InvocationStatus::Success
        },
        scripted,
    );
    let reaches_node = [
        InvocationStatus::Success,
        InvocationStatus::Failed,
        InvocationStatus::ExecutionTimedOut,
    ];
    let at_once = |busy: i64, waits: i64, locked_out: bool| Fate {
        status: InvocationStatus::Failed,
        busy: busy.max(1),
        reboots: false,
        waits,
        rebooting: 0,
        locked_out,
    };
    let waits = if asked.lock == Lock::TakenOver { 300_000 } else { 0 };
    if reaches_node.contains(&status) {
        if let Lock::Held(after) = asked.lock {
            return at_once(after, 0, true);
        }
        if asked.refused {
            return at_once(waits, waits, false);
        }
    }
    let may_reboot = task.operation == Operation::Install
        && task.reboot_option == RebootOption::RebootIfNeeded
        && status == InvocationStatus::Success;
    let wants_reboot = asked.reboot_pending || (installs && behavior.reboot_probability == 1.0);
    let reboots = may_reboot && wants_reboot;
    let mut work = waits + constant(&behavior.scan_time);
    if installs {
        work += constant(&behavior.install_time);
        work += behavior.install_time_per_patch.millis() * asked.missing as i64;
    }
    let rounds = if installs { behavior.reboot_rounds } else { 1 };
    let mut rebooting = 0;
    if reboots {
        // Five reboots are survived; the start after the sixth fails (section 7.3).
        rebooting = constant(&behavior.reboot_time) * i64::from(rounds.min(6));
    }
    let fate = timed(status, work + rebooting, reboots, task);
    let fate = Fate {
        waits,
        rebooting: if fate.reboots { rebooting } else { 0 },
        ..fate
    };
    if fate.reboots && rounds > 5 {
        return Fate {
            status: InvocationStatus::Failed,
            ..fate
        };
    }
    fate
}

/// Timeouts of execution and delivery; an invocation takes at least a millisecond.
fn timed(status: InvocationStatus, work: i64, reboots: bool, task: &Task) -> Fate {
    let longest = i64::from(task.step_timeout_seconds) * 1000;
    let reaches_node = matches!(status, InvocationStatus::Success | InvocationStatus::Failed);
    let (status, busy) = match status {
        _ if reaches_node && work > longest => (InvocationStatus::ExecutionTimedOut, longest),
        _ if reaches_node => (status, work),
        InvocationStatus::ExecutionTimedOut => (status, longest),
        InvocationStatus::DeliveryTimedOut => (status, i64::from(task.timeout_seconds) * 1000),
        _ => (status, 0),
    };
    Fate {
        status,
        busy: busy.max(1),
        waits: 0,
        rebooting: 0,
        locked_out: false,
        reboots: reboots && status == InvocationStatus::Success,
    }
}

fn constant(time: &Distribution) -> i64 {
    match time {
        Distribution::Constant(span) => span.millis(),
        drawn => panic!("{drawn:?} is not known beforehand"),
    }
}

fn scripted(result: ScriptedResult) -> InvocationStatus {
    match result {
        ScriptedResult::Success => InvocationStatus::Success,
        ScriptedResult::Failed => InvocationStatus::Failed,
        ScriptedResult::ExecutionTimedOut => InvocationStatus::ExecutionTimedOut,
        ScriptedResult::DeliveryTimedOut => InvocationStatus::DeliveryTimedOut,
        ScriptedResult::Undeliverable => InvocationStatus::Undeliverable,
        ScriptedResult::InvalidPlatform => InvocationStatus::InvalidPlatform,
        ScriptedResult::AccessDenied => InvocationStatus::AccessDenied,
    }
}

/// Whether the document runs on the node of an invocation that ends so.
pub(crate) fn runs_on_node(status: InvocationStatus) -> bool {
    use InvocationStatus as Status;
    [Status::Success, Status::Failed, Status::ExecutionTimedOut].contains(&status)
}

/// Whether an invocation counts against MaxErrors (section 6.4).
pub(crate) fn is_error(status: InvocationStatus) -> bool {
    status == InvocationStatus::Failed || status == InvocationStatus::ExecutionTimedOut
}

/// The status of a command all of whose invocations are terminal (section 6.6).
pub(crate) fn command_status(
    counts: &BTreeMap<InvocationStatus, u32>,
    cancelled: bool,
    max_errors: u32,
    rule: CommandStatusRule,
) -> CommandStatus {
    let of = |status| counts.get(&status).copied().unwrap_or(0);
    let targets: u32 = counts.values().sum();
    let errors = of(InvocationStatus::Failed) + of(InvocationStatus::ExecutionTimedOut);
    let undelivered = of(InvocationStatus::DeliveryTimedOut);
    let failed = match rule {
        CommandStatusRule::StrictExceed => errors > max_errors,
        CommandStatusRule::Literal => errors >= max_errors.max(1),
    };
    if cancelled {
        return CommandStatus::Cancelled;
    }
    if targets == 0 {
        return CommandStatus::NoInstancesInTag;
    }
    if failed {
        return CommandStatus::Failed;
    }
    if of(InvocationStatus::Success) == 0 && errors == 0 && undelivered == targets {
        return CommandStatus::DeliveryTimedOut;
    }
    if of(InvocationStatus::Success) == 0 && errors == 0 {
        return CommandStatus::Failed;
    }
    if undelivered > max_errors {
        return CommandStatus::DeliveryTimedOut;
    }
    if errors + undelivered > 0 {
        return CommandStatus::Incomplete;
    }
    CommandStatus::Success
}

/// The status of a task (section 4.6, point 2).
pub(crate) fn task_status(commands: &[CommandStatus], cut_off: bool, no_target: TaskStatus) -> TaskStatus {
    if cut_off {
        return TaskStatus::TimedOut;
    }
    let statuses: Vec<TaskStatus> = commands
        .iter()
        .map(|command| match command {
            CommandStatus::Success => TaskStatus::Success,
            CommandStatus::NoInstancesInTag => no_target,
            CommandStatus::Cancelled => TaskStatus::Cancelled,
            _ => TaskStatus::Failed,
        })
        .collect();
    window_status(&statuses)
}

/// The status of a window execution whose tasks are all terminal (section 4.6, point 3).
pub(crate) fn window_status(tasks: &[TaskStatus]) -> TaskStatus {
    [TaskStatus::Failed, TaskStatus::TimedOut, TaskStatus::Cancelled]
        .into_iter()
        .find(|status| tasks.contains(status))
        .unwrap_or(TaskStatus::Success)
}
