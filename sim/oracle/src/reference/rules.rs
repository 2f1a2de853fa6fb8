//! The rules of targets, limits, commands, tasks and windows, each as plain as it can be said.

use std::collections::BTreeMap;

use patchbench_model::config::{CommandStatusRule, PercentRounding, TaskStatus};
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
