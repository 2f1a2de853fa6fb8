//! Facts of a run, told as they happen to whoever listens.

use patchbench_kernel::SimTime;

use super::cause::Cause;
use crate::config::TaskStatus;
use crate::ssm::{CommandCounts, CommandStatus, InstancePatchState, InvocationStatus};

/// Names one command: one part of a task in one opening of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommandId {
    /// Index into [`crate::config::ModelConfig::windows`].
    pub window: usize,
    /// Index into [`super::Plan::openings`] of the window.
    pub opening: usize,
    /// Index of the task.
    pub task: usize,
    /// Index of the task's target.
    pub part: usize,
}

impl CommandId {
    /// The entity of its random streams; the opening is their attempt.
    pub(super) const fn stream_entity(self) -> u64 {
        (self.window as u64) << 40 | (self.task as u64) << 20 | self.part as u64
    }
}

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fact<'a> {
    /// A dated change took effect.
    Changed {
        /// Index into [`crate::config::ModelConfig::changes`].
        change: usize,
    },
    /// A patch came into the catalogue.
    Released {
        /// Index into the catalogue.
        patch: usize,
    },
    /// A patch became a candidate for a class of node.
    Approved {
        /// Index into the catalogue.
        patch: usize,
        /// Index into [`super::Plan::classes`].
        class: usize,
    },
    /// A patch stopped being a candidate, or was replaced before it became one.
    Superseded {
        /// Index into the catalogue.
        patch: usize,
        /// Index into [`super::Plan::classes`].
        class: usize,
    },
    /// A change took the approval of a patch away from a class of node.
    ApprovalEnded {
        /// Index into the catalogue.
        patch: usize,
        /// Index into [`super::Plan::classes`].
        class: usize,
    },
    /// A window opened.
    WindowOpened {
        /// Index of the window.
        window: usize,
        /// Index of the opening.
        opening: usize,
    },
    /// A window did not open since its last execution was still in progress.
    WindowSkipped {
        /// Index of the window.
        window: usize,
        /// Index of the opening.
        opening: usize,
    },
    /// A window did not open since a change freeze holds.
    WindowFrozen {
        /// Index of the window.
        window: usize,
        /// Index into [`crate::config::ModelConfig::freezes`].
        freeze: usize,
    },
    /// The cutoff of a window was reached.
    Cutoff {
        /// Index of the window.
        window: usize,
        /// Index of the opening.
        opening: usize,
    },
    /// A command started.
    CommandStarted {
        /// The command.
        command: CommandId,
        /// Number of targets.
        targets: u32,
        /// MaxConcurrency as a number.
        max_concurrency: u32,
        /// MaxErrors as a number.
        max_errors: u32,
    },
    /// An invocation was sent to a node.
    Sent {
        /// The command.
        command: CommandId,
        /// The node.
        node: u32,
        /// What is missing on it, by index into the catalogue of its class.
        missing: &'a [u32],
    },
    /// The node of an invocation that was just sent cannot be reached.
    Unreachable {
        /// The command.
        command: CommandId,
        /// The node.
        node: u32,
    },
    /// An invocation reached a node that could not be reached before.
    Delivered {
        /// The command.
        command: CommandId,
        /// The node.
        node: u32,
        /// What is missing on it now, by index into the catalogue of its class.
        missing: &'a [u32],
    },
    /// The fault of a bad patch showed on a node.
    Symptom {
        /// The node.
        node: u32,
        /// Index of the patch in the catalogue.
        patch: usize,
        /// Until when the node cannot be reached; `None` where the install failed and it still can.
        until: Option<SimTime>,
    },
    /// The monitoring raised an alarm: every baseline rejects the patch from now on.
    Alarm {
        /// Index of the patch in the catalogue.
        patch: usize,
    },
    /// The vendor withdrew a patch.
    Withdrawn {
        /// Index of the patch in the catalogue.
        patch: usize,
    },
    /// An invocation reached its final status.
    Ended {
        /// The command.
        command: CommandId,
        /// The node.
        node: u32,
        /// When it had been sent.
        sent: SimTime,
        /// Its status.
        status: InvocationStatus,
        /// Why it was no success; `None` for a success.
        cause: Option<Cause>,
        /// Patches installed by it, by index into the catalogue of its class.
        installed: &'a [u32],
        /// Whether the node rebooted.
        rebooted: bool,
        /// What the node reported; `None` when it reported nothing.
        report: Option<&'a InstancePatchState>,
    },
    /// Errors exceeded MaxErrors: nothing more is sent.
    Stopped {
        /// The command.
        command: CommandId,
        /// Errors so far.
        errors: u32,
        /// Nodes not sent to.
        left: u32,
    },
    /// A node was not sent to, and never will be by this command.
    NotSent {
        /// The command.
        command: CommandId,
        /// The node.
        node: u32,
        /// `Terminated`, `Cancelled` or `Pending`.
        status: InvocationStatus,
    },
    /// A command ended.
    CommandEnded {
        /// The command.
        command: CommandId,
        /// Its status.
        status: CommandStatus,
        /// How its invocations ended.
        counts: &'a CommandCounts,
    },
    /// A task ended, or will never start.
    TaskEnded {
        /// Index of the window.
        window: usize,
        /// Index of the opening.
        opening: usize,
        /// Index of the task.
        task: usize,
        /// Its status.
        status: TaskStatus,
    },
    /// All tasks of a window execution are terminal.
    WindowEnded {
        /// Index of the window.
        window: usize,
        /// Index of the opening.
        opening: usize,
        /// Its status.
        status: TaskStatus,
    },
}

/// Listens to a run.
pub trait Observer {
    /// Whether facts are wanted at all; a run that nobody listens to does not compose them.
    const LISTENS: bool;

    /// Takes a fact.
    fn fact(&mut self, at: SimTime, fact: Fact<'_>);
}

/// Nobody listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Observer for Nobody {
    const LISTENS: bool = false;

    fn fact(&mut self, _at: SimTime, _fact: Fact<'_>) {}
}

/// Whether anybody listens.
pub(super) fn observer_listens<O: Observer>(_: &O) -> bool {
    O::LISTENS
}

/// Tells a fact that is composed only if somebody listens.
pub(super) fn observer_fact<'f, O: Observer>(observer: &mut O, at: SimTime, fact: impl FnOnce() -> Fact<'f>) {
    if O::LISTENS {
        observer.fact(at, fact());
    }
}
