//! An observer that keeps what matters to some nodes and one patch: their opportunities, one for each
//! command that was to be sent to them.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::SimTime;
use patchbench_model::config::Operation;
use patchbench_model::ssm::{InstancePatchState, InvocationStatus, NodeSet};
use patchbench_model::world::{Catalog, Cause, CommandId, Fact, Observer, Plan};

/// Errors of a command that are remembered by name.
const NAMED_ERRORS: usize = 12;

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
    NeverStarted { at: SimTime },
    /// Sending ended before its turn.
    NotSent { at: SimTime, status: InvocationStatus },
    /// It was sent.
    Sent {
        at: SimTime,
        /// The patch (by position in the catalogue of the class) that was missing and would bring
        /// the one in question.
        carrier: Option<u32>,
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
    const fn of(report: &InstancePatchState) -> Self {
        Self {
            compliant: report.compliant(),
            missing: report.missing,
            failed: report.failed,
            pending_reboot: report.installed_pending_reboot,
        }
    }
}

/// What is remembered of a command.
#[derive(Clone, Debug, Default)]
pub(super) struct CommandLog {
    pub(super) started: Option<SimTime>,
    pub(super) targets: u32,
    pub(super) max_concurrency: u32,
    pub(super) max_errors: u32,
    pub(super) stopped: Option<RawStop>,
    /// Places given out so far.
    turn: u32,
    errors: Vec<u32>,
}

/// The error threshold at work.
#[derive(Clone, Debug)]
pub(super) struct RawStop {
    pub(super) at: SimTime,
    pub(super) errors: u32,
    pub(super) left: u32,
    /// The first nodes that had an error.
    pub(super) nodes: Vec<u32>,
}

/// Takes the opportunities of the watched nodes when their window execution is over.
pub(super) trait Keep {
    /// A node's opportunity has become final, or the simulation has ended.
    fn keep(&mut self, node: u32, opportunity: RawOpportunity);
}

impl Keep for Vec<RawOpportunity> {
    fn keep(&mut self, _node: u32, opportunity: RawOpportunity) {
        self.push(opportunity);
    }
}

/// The observer.
pub(super) struct Watch<'p, K> {
    plan: &'p Plan<'p>,
    catalog: &'p Catalog,
    nodes: NodeSet,
    /// By class: the patches (by position, rising) that bring the one in question.
    carriers: Vec<Vec<u32>>,
    open: BTreeMap<CommandId, Vec<(u32, RawOpportunity)>>,
    /// Watched nodes that have the patch by now.
    have: BTreeSet<u32>,
    pub(super) logs: BTreeMap<CommandId, CommandLog>,
    pub(super) kept: K,
}

impl<'p, K: Keep> Watch<'p, K> {
    pub(super) fn new(
        plan: &'p Plan<'p>,
        catalog: &'p Catalog,
        nodes: NodeSet,
        carriers: Vec<Vec<u32>>,
        kept: K,
    ) -> Self {
        Self {
            plan,
            catalog,
            nodes,
            carriers,
            open: BTreeMap::new(),
            have: BTreeSet::new(),
            logs: BTreeMap::new(),
            kept,
        }
    }

    /// Lets go of what the horizon found unfinished.
    pub(super) fn finish(mut self) -> (K, BTreeMap<CommandId, CommandLog>) {
        for (_, opportunities) in std::mem::take(&mut self.open) {
            for (node, opportunity) in opportunities {
                self.kept.keep(node, opportunity);
            }
        }
        (self.kept, self.logs)
    }

    /// The watched nodes of each command of an opening.
    fn commands(&self, window: usize, opening: usize) -> Vec<(CommandId, NodeSet)> {
        let tasks = self.plan.version(window, opening).targets.iter().enumerate();
        let parts = tasks.flat_map(|(task, parts)| {
            parts.iter().enumerate().map(move |(part, targets)| {
                let id = CommandId {
                    window,
                    opening,
                    task,
                    part,
                };
                (id, targets)
            })
        });
        parts
            .map(|(id, targets)| (id, targets.intersection(&self.nodes)))
            .filter(|(_, watched)| !watched.is_empty())
            .collect()
    }

    fn opened(&mut self, window: usize, opening: usize) {
        for (command, watched) in self.commands(window, opening) {
            let waiting = RawOpportunity {
                command,
                position: None,
                fate: RawFate::Waiting,
            };
            self.open
                .insert(command, watched.iter().map(|node| (node, waiting)).collect());
            self.logs.insert(command, CommandLog::default());
        }
    }

    fn skipped(&mut self, window: usize, opening: usize) {
        for (command, watched) in self.commands(window, opening) {
            let skipped = RawOpportunity {
                command,
                position: None,
                fate: RawFate::Skipped,
            };
            watched.iter().for_each(|node| self.kept.keep(node, skipped));
        }
    }

    fn opportunity(&mut self, command: CommandId, node: u32) -> Option<&mut RawOpportunity> {
        let opportunities = self.open.get_mut(&command)?;
        let place = opportunities
            .binary_search_by_key(&node, |(known, _)| *known)
            .ok()?;
        Some(&mut opportunities[place].1)
    }

    fn next_turn(&mut self, command: CommandId) -> Option<u32> {
        let log = self.logs.get_mut(&command)?;
        log.turn += 1;
        Some(log.turn)
    }

    /// The first of these patches that brings the one in question to a watched node that has it not
    /// yet; itself before its successors.
    fn carrier(&self, node: u32, patches: &[u32]) -> Option<u32> {
        if !self.nodes.contains(node) || self.have.contains(&node) {
            return None;
        }
        let class = self.plan.pool_class[self.plan.pool_of(node)];
        let carriers = &self.carriers[class];
        let bring = patches.iter().filter(|patch| carriers.contains(patch));
        let resolves = |patch: &u32| {
            self.catalog.classes[class].patches[*patch as usize]
                .resolves
                .len()
        };
        bring.copied().min_by_key(resolves)
    }

    fn task_ended(&mut self, at: SimTime, place: (usize, usize, usize)) {
        for (command, opportunities) in &mut self.open {
            let started = self.logs.get(command).is_some_and(|log| log.started.is_some());
            if (command.window, command.opening, command.task) == place && !started {
                for (_, opportunity) in opportunities {
                    opportunity.fate = RawFate::NeverStarted { at };
                }
            }
        }
    }

    fn window_ended(&mut self, window: usize, opening: usize) {
        let over: Vec<CommandId> = self
            .open
            .keys()
            .copied()
            .filter(|id| (id.window, id.opening) == (window, opening))
            .collect();
        for command in over {
            for (node, opportunity) in self.open.remove(&command).unwrap_or_default() {
                self.kept.keep(node, opportunity);
            }
        }
    }

    fn invocation(&mut self, at: SimTime, fact: Fact<'_>) {
        match fact {
            Fact::Sent {
                command,
                node,
                missing,
            } => {
                let position = self.next_turn(command);
                let carrier = self.carrier(node, missing);
                if let Some(opportunity) = self.opportunity(command, node) {
                    let fate = RawFate::Sent {
                        at,
                        carrier,
                        end: None,
                    };
                    (opportunity.position, opportunity.fate) = (position, fate);
                }
            }
            Fact::NotSent {
                command,
                node,
                status,
            } => {
                let position = self.next_turn(command);
                if let Some(opportunity) = self.opportunity(command, node) {
                    opportunity.position = position;
                    // At the horizon a node that was not sent to is still waiting.
                    if status != InvocationStatus::Pending {
                        opportunity.fate = RawFate::NotSent { at, status };
                    }
                }
            }
            Fact::Ended {
                command,
                node,
                status,
                cause,
                installed,
                rebooted,
                report,
                ..
            } => {
                if status.is_error()
                    && let Some(log) = self.logs.get_mut(&command)
                    && log.errors.len() < NAMED_ERRORS
                {
                    log.errors.push(node);
                }
                let installs = self.carrier(node, installed).is_some();
                if installs {
                    self.have.insert(node);
                }
                let ended = RawEnd {
                    at,
                    status,
                    cause,
                    installed: installs,
                    rebooted,
                    report: report.map(RawReport::of),
                };
                if let Some(opportunity) = self.opportunity(command, node)
                    && let RawFate::Sent { end, .. } = &mut opportunity.fate
                {
                    *end = Some(ended);
                }
            }
            _ => {}
        }
    }
}

impl<K: Keep> Observer for Watch<'_, K> {
    const LISTENS: bool = true;

    fn fact(&mut self, at: SimTime, fact: Fact<'_>) {
        match fact {
            Fact::WindowOpened { window, opening } => self.opened(window, opening),
            Fact::WindowSkipped { window, opening } => self.skipped(window, opening),
            Fact::WindowEnded { window, opening, .. } => self.window_ended(window, opening),
            Fact::TaskEnded {
                window,
                opening,
                task,
                ..
            } => self.task_ended(at, (window, opening, task)),
            Fact::CommandStarted {
                command,
                targets,
                max_concurrency,
                max_errors,
            } => {
                if let Some(log) = self.logs.get_mut(&command) {
                    log.started = Some(at);
                    (log.targets, log.max_concurrency, log.max_errors) =
                        (targets, max_concurrency, max_errors);
                }
            }
            Fact::Stopped {
                command,
                errors,
                left,
            } => {
                if let Some(log) = self.logs.get_mut(&command) {
                    log.stopped = Some(RawStop {
                        at,
                        errors,
                        left,
                        nodes: std::mem::take(&mut log.errors),
                    });
                }
            }
            _ => self.invocation(at, fact),
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
            RawFate::NeverStarted { at: since }
            | RawFate::NotSent { at: since, .. }
            | RawFate::Sent { at: since, .. }
                if *since > at =>
            {
                self.fate = RawFate::Waiting;
            }
            RawFate::Sent { end, .. } if end.is_some_and(|end| end.at > at) => *end = None,
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
            RawFate::NeverStarted { at } | RawFate::NotSent { at, .. } => at,
            RawFate::Sent { end: Some(end), .. } => end.at,
            RawFate::Waiting | RawFate::Sent { end: None, .. } => SimTime::MAX,
        }
    }

    /// What was missing that would bring the patch.
    pub(super) const fn carrier(&self) -> Option<u32> {
        match self.fate {
            RawFate::Sent { carrier, .. } => carrier,
            _ => None,
        }
    }

    /// Whether it belongs to a task that installs.
    pub(super) fn installs(&self, plan: &Plan<'_>) -> bool {
        let task = plan.task(self.command);
        task.operation == Operation::Install
    }
}
