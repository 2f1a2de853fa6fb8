//! Statuses of invocations, commands, tasks and windows. Semantics, sections 4.6 and 6.6.

use crate::config::{CommandStatusRule, TaskStatus};

/// `StatusDetails` of a command invocation, as far as the simulation reaches them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InvocationStatus {
    /// Still on the node when the simulation ended.
    InProgress,
    /// `Success`
    Success,
    /// `Failed`: an error.
    Failed,
    /// `ExecutionTimedOut`: an error.
    ExecutionTimedOut,
    /// `DeliveryTimedOut`: not an error.
    DeliveryTimedOut,
    /// `Undeliverable`: not an error.
    Undeliverable,
    /// `InvalidPlatform`: not an error.
    InvalidPlatform,
    /// `AccessDenied`: not an error.
    AccessDenied,
    /// `Terminated`: not sent, since the error threshold had been passed.
    Terminated,
    /// `Cancelled`: not sent or stopped, since the cutoff cancelled the command.
    Cancelled,
    /// Not sent when the simulation ended.
    Pending,
}

impl InvocationStatus {
    /// Every status.
    pub const ALL: [Self; 11] = [
        Self::InProgress,
        Self::Success,
        Self::Failed,
        Self::ExecutionTimedOut,
        Self::DeliveryTimedOut,
        Self::Undeliverable,
        Self::InvalidPlatform,
        Self::AccessDenied,
        Self::Terminated,
        Self::Cancelled,
        Self::Pending,
    ];

    /// Whether the document had started on the node.
    pub const fn reaches_node(self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::ExecutionTimedOut)
    }

    /// Whether it counts against MaxErrors (Semantics, section 6.4).
    pub const fn is_error(self) -> bool {
        matches!(self, Self::Failed | Self::ExecutionTimedOut)
    }

    /// The API's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Success => "Success",
            Self::Failed => "Failed",
            Self::ExecutionTimedOut => "ExecutionTimedOut",
            Self::DeliveryTimedOut => "DeliveryTimedOut",
            Self::Undeliverable => "Undeliverable",
            Self::InvalidPlatform => "InvalidPlatform",
            Self::AccessDenied => "AccessDenied",
            Self::Terminated => "Terminated",
            Self::Cancelled => "Cancelled",
            Self::Pending => "Pending",
        }
    }
}

/// How many invocations of a command ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommandCounts {
    counts: [u32; InvocationStatus::ALL.len()],
    /// Those of the `Cancelled` ones that had been sent.
    killed: u32,
}

impl CommandCounts {
    /// Counts `number` more invocations with this status.
    pub const fn add(&mut self, status: InvocationStatus, number: u32) {
        self.counts[status as usize] += number;
    }

    /// Counts one more invocation that was cancelled while it was on its node.
    pub const fn add_killed(&mut self) {
        self.add(InvocationStatus::Cancelled, 1);
        self.killed += 1;
    }

    /// Takes `number` invocations with this status back.
    pub const fn remove(&mut self, status: InvocationStatus, number: u32) {
        self.counts[status as usize] -= number;
    }

    /// Invocations with this status.
    pub const fn get(&self, status: InvocationStatus) -> u32 {
        self.counts[status as usize]
    }

    /// `TargetCount`
    pub fn targets(&self) -> u32 {
        self.counts.iter().sum()
    }

    /// `ErrorCount`: Failed and ExecutionTimedOut.
    pub const fn errors(&self) -> u32 {
        self.get(InvocationStatus::Failed) + self.get(InvocationStatus::ExecutionTimedOut)
    }

    /// Invocations that were sent to a node.
    pub fn sent(&self) -> u32 {
        let unsent = [
            InvocationStatus::Terminated,
            InvocationStatus::Cancelled,
            InvocationStatus::Pending,
        ];
        self.targets() + self.killed - unsent.iter().map(|status| self.get(*status)).sum::<u32>()
    }
}

/// `StatusDetails` of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandStatus {
    /// `InProgress`
    InProgress,
    /// `Success`
    Success,
    /// `Failed`
    Failed,
    /// `DeliveryTimedOut`
    DeliveryTimedOut,
    /// `Incomplete`
    Incomplete,
    /// `Cancelled`
    Cancelled,
    /// `NoInstancesInTag`
    NoInstancesInTag,
}

impl CommandStatus {
    /// The API's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Success => "Success",
            Self::Failed => "Failed",
            Self::DeliveryTimedOut => "DeliveryTimedOut",
            Self::Incomplete => "Incomplete",
            Self::Cancelled => "Cancelled",
            Self::NoInstancesInTag => "NoInstancesInTag",
        }
    }
}

/// The status of a command whose invocations ended like this, in the recommended order of
/// evaluation (Semantics, section 6.6). `cancelled` says that the cutoff cancelled it.
pub fn command_status(
    counts: &CommandCounts,
    max_errors: u32,
    cancelled: bool,
    rule: CommandStatusRule,
) -> CommandStatus {
    use InvocationStatus as Status;
    let failed_from = match rule {
        CommandStatusRule::StrictExceed => max_errors.saturating_add(1),
        CommandStatusRule::Literal => max_errors.max(1),
    };
    let (targets, errors) = (counts.targets(), counts.errors());
    let timed_out = counts.get(Status::DeliveryTimedOut);
    if cancelled {
        CommandStatus::Cancelled
    } else if targets == 0 {
        CommandStatus::NoInstancesInTag
    } else if errors >= failed_from {
        CommandStatus::Failed
    } else if counts.get(Status::InProgress) + counts.get(Status::Pending) > 0 {
        CommandStatus::InProgress
    } else if counts.get(Status::Success) == 0 && errors == 0 {
        if timed_out == targets {
            CommandStatus::DeliveryTimedOut
        } else {
            CommandStatus::Failed
        }
    } else if timed_out > max_errors {
        CommandStatus::DeliveryTimedOut
    } else if errors + timed_out > 0 {
        CommandStatus::Incomplete
    } else {
        CommandStatus::Success
    }
}

/// The status of a task from those of its commands: cut off wins, then failure; a command that was
/// cancelled otherwise was cancelled by somebody (Semantics, section 4.6, point 2).
pub fn task_status(commands: &[CommandStatus], cut_off: bool, no_target: TaskStatus) -> TaskStatus {
    let one = |command: &CommandStatus| match command {
        CommandStatus::InProgress => TaskStatus::InProgress,
        CommandStatus::Success => TaskStatus::Success,
        CommandStatus::Cancelled => TaskStatus::Cancelled,
        CommandStatus::NoInstancesInTag => no_target,
        CommandStatus::Failed | CommandStatus::DeliveryTimedOut | CommandStatus::Incomplete => {
            TaskStatus::Failed
        }
    };
    if cut_off {
        return TaskStatus::TimedOut;
    }
    worst(commands.iter().map(one))
}

/// What AWS says beside the status of an execution of a window without tasks (Semantics, section 4.6,
/// point 1).
pub const NO_TASKS: &str = "No tasks to execute.";

/// The status of a window execution from those of its tasks (Semantics, section 4.6, point 3).
pub fn window_status(tasks: &[TaskStatus]) -> TaskStatus {
    worst(tasks.iter().copied())
}

fn worst(statuses: impl Iterator<Item = TaskStatus>) -> TaskStatus {
    let rank = |status: &TaskStatus| match status {
        TaskStatus::InProgress | TaskStatus::Pending => 4,
        TaskStatus::Failed => 3,
        TaskStatus::TimedOut => 2,
        TaskStatus::Cancelled => 1,
        TaskStatus::Success | TaskStatus::SkippedOverlapping => 0,
    };
    statuses.max_by_key(rank).unwrap_or(TaskStatus::Success)
}
