//! The lock of a node: one patch command at a time. Semantics, section 7.5.
//!
//! Who holds which node is kept only while several commands are in progress; locks that dead commands
//! left are kept as long as they are there. Otherwise nothing is asked and nothing kept.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::{SimDuration, SimTime};

use super::cause::Cause;
use super::command::Command;
use super::invocation::{Job, Refusal};
use super::observe::CommandId;
use crate::config::NodeLock;
use crate::ssm::InvocationStatus;

/// How long a command looks for the process behind a lock before it takes the lock over: ten looks,
/// 30 seconds apart.
const PATIENCE: SimDuration = SimDuration::from_secs(300);

/// The locks of all nodes.
#[derive(Debug)]
pub(super) struct Locks {
    rule: NodeLock,
    /// Several commands are in progress.
    shared: bool,
    /// Commands on nodes while several are in progress.
    holds: BTreeMap<(u32, CommandId), Hold>,
    /// Nodes with the lock of a dead command.
    stale: BTreeSet<u32>,
}

/// A command on a node.
#[derive(Clone, Copy, Debug)]
struct Hold {
    /// From when it has the lock: later than its start if it waits for a lock first.
    from: SimTime,
    /// Until when its process is there; from then on its node is in the reboot that ends it.
    seen_until: SimTime,
    ends: SimTime,
}

impl Hold {
    /// From when on its process can be seen by a command that looks from an instant on.
    fn seen_from(&self, at: SimTime) -> SimTime {
        if self.from > at {
            self.from
        } else if self.seen_until > at {
            at
        } else {
            self.ends
        }
    }
}

/// What a command meets on its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meeting {
    /// No lock.
    Free,
    /// A lock behind which nothing is seen: it is taken over late.
    TakesOver,
    /// The process of another command, now or after so many milliseconds of waiting.
    Held { after_ms: i64 },
}

impl Meeting {
    /// How long the command waits before it begins.
    pub(super) fn wait_ms(self) -> i64 {
        if self == Self::TakesOver {
            PATIENCE.millis()
        } else {
            0
        }
    }

    /// Why the command fails, and when.
    pub(super) fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Held { after_ms } => Some(Refusal {
                cause: Cause::NodeLocked,
                after_ms,
            }),
            _ => None,
        }
    }
}

impl Locks {
    pub(super) const fn new(rule: NodeLock) -> Self {
        Self {
            rule,
            shared: false,
            holds: BTreeMap::new(),
            stale: BTreeSet::new(),
        }
    }

    /// No node can be locked by another command.
    #[inline]
    pub(super) fn are_free(&self) -> bool {
        !self.shared && self.stale.is_empty()
    }

    /// What a command that starts on a node now meets there.
    #[inline]
    pub(super) fn meet(&self, node: u32, at: SimTime) -> Meeting {
        if self.are_free() {
            return Meeting::Free;
        }
        self.look(node, at)
    }

    fn look(&self, node: u32, at: SimTime) -> Meeting {
        if !self.rule.holds_at(at) {
            return Meeting::Free;
        }
        // A process that is there already, else the first that comes (back) while the command looks.
        match self.on(node).map(|(_, hold)| hold.seen_from(at)).min() {
            Some(seen) if seen < at.saturating_add(PATIENCE) => Meeting::Held {
                after_ms: (seen - at).millis(),
            },
            Some(_) => Meeting::TakesOver,
            None if self.stale.contains(&node) => Meeting::TakesOver,
            None => Meeting::Free,
        }
    }

    fn on(&self, node: u32) -> impl Iterator<Item = (&(u32, CommandId), &Hold)> {
        let first = CommandId {
            window: 0,
            opening: 0,
            task: 0,
            part: 0,
        };
        self.holds
            .range((node, first)..)
            .take_while(move |((of, _), _)| *of == node)
    }

    /// A command starts on a node and holds its slot until an instant.
    #[inline]
    pub(super) fn take(&mut self, command: CommandId, job: &Job, ends: SimTime) {
        if self.shared && job.runs_on_node {
            let hold = Hold {
                from: job.began + SimDuration::from_millis(job.lock_wait_ms),
                seen_until: ends - SimDuration::from_millis(job.reboot_ms),
                ends,
            };
            self.holds.insert((job.node, command), hold);
        }
    }

    /// An invocation has ended: it removes the lock, unless it was killed before it could.
    #[inline]
    pub(super) fn release(&mut self, command: CommandId, job: &Job, at: SimTime) {
        let dies = matches!(
            job.status,
            InvocationStatus::ExecutionTimedOut | InvocationStatus::Cancelled
        );
        if dies || self.shared || !self.stale.is_empty() {
            self.let_go(command, job, at, dies);
        }
    }

    fn let_go(&mut self, command: CommandId, job: &Job, at: SimTime, dies: bool) {
        self.holds.remove(&(job.node, command));
        let has_lock = at >= job.began + SimDuration::from_millis(job.lock_wait_ms);
        let heeded = self.rule.holds_at(job.began);
        if !(has_lock && heeded && job.runs_on_node) {
            return;
        }
        if dies {
            self.stale.insert(job.node);
        } else {
            self.stale.remove(&job.node);
        }
    }

    /// A command starts beside others: who is on which node matters from now on.
    pub(super) fn share(&mut self, running: &[(CommandId, Command<'_>)]) {
        if self.shared || running.is_empty() || self.rule == NodeLock::Off {
            return;
        }
        self.shared = true;
        for (id, command) in running {
            for (job, ends) in command.on_nodes() {
                self.take(*id, &job, ends);
            }
        }
    }

    /// So many commands are left in progress.
    pub(super) fn left(&mut self, commands: usize) {
        if self.shared && commands < 2 {
            self.shared = false;
            self.holds.clear();
        }
    }
}
