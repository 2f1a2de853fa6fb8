//! An observer that keeps what matters to some nodes and one patch: their opportunities, one for each
//! command that was to be sent to them.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::SimTime;
use patchbench_model::ssm::{InvocationStatus, NodeSet};
use patchbench_model::world::{Catalog, Cause, CommandId, Fact, Observer, Plan};

use super::raw::{RawEnd, RawFate, RawOpportunity, RawReport, RawSymptom};

/// Errors of a command that are remembered by name.
const NAMED_ERRORS: usize = 12;

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
    symptoms: Vec<RawSymptom>,
    /// The last alarm (when, and about which patch), until a cutoff comes after it: what is cancelled now is
    /// cancelled by it.
    alarm: Option<(SimTime, usize)>,
    /// The patch of the last alarm.
    last_alarm: Option<usize>,
    /// Tasks that an alarm cancelled, with the patch.
    alarmed: BTreeMap<TaskPlace, usize>,
}

/// Window, opening and task.
type TaskPlace = (usize, usize, usize);

const fn task_of(command: CommandId) -> TaskPlace {
    (command.window, command.opening, command.task)
}

/// What the observer has when the simulation has ended.
pub(super) struct Watched<K> {
    pub(super) kept: K,
    pub(super) logs: BTreeMap<CommandId, CommandLog>,
    /// In order of time.
    pub(super) symptoms: Vec<RawSymptom>,
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
            symptoms: Vec::new(),
            alarm: None,
            last_alarm: None,
            alarmed: BTreeMap::new(),
        }
    }

    /// Lets go of what the horizon found unfinished.
    pub(super) fn finish(mut self) -> Watched<K> {
        for (_, opportunities) in std::mem::take(&mut self.open) {
            for (node, opportunity) in opportunities {
                self.kept.keep(node, opportunity);
            }
        }
        Watched {
            kept: self.kept,
            logs: self.logs,
            symptoms: self.symptoms,
        }
    }

    /// The patch about which an alarm cancels a command at this instant, if one does.
    fn cancels(&mut self, at: SimTime, command: CommandId, status: InvocationStatus) -> Option<usize> {
        let (since, patch) = self.alarm?;
        if since != at || status != InvocationStatus::Cancelled {
            return None;
        }
        self.alarmed.insert(task_of(command), patch);
        Some(patch)
    }

    /// A fault shows on a watched node: by the install that has just ended there, or later.
    fn symptom(&mut self, mut symptom: RawSymptom) {
        if !self.nodes.contains(symptom.node) {
            return;
        }
        let opportunities = self.open.values_mut();
        let own = opportunities.filter_map(|list| {
            let place = list.binary_search_by_key(&symptom.node, |(node, _)| *node).ok()?;
            Some(&mut list[place].1)
        });
        for opportunity in own {
            if let RawFate::Sent { end: Some(end), .. } = &mut opportunity.fate
                && end.at == symptom.at
                && matches!(end.cause, Some(Cause::BadPatch | Cause::LostAtReboot))
            {
                end.broken_by = Some((symptom.patch, symptom.until));
                symptom.at_install = true;
            }
        }
        self.symptoms.push(symptom);
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

    fn task_ended(&mut self, at: SimTime, place: TaskPlace) {
        let (window, opening, _) = place;
        let early = at < self.plan.openings[window][opening].cutoff;
        let alarmed = self.alarmed.get(&place).copied();
        // Only an alarm ends a task before the cutoff that has not started all its commands.
        let alarm = alarmed.or(self.last_alarm.filter(|_| early));
        for (command, opportunities) in &mut self.open {
            let started = self.logs.get(command).is_some_and(|log| log.started.is_some());
            if task_of(*command) == place && !started {
                for (_, opportunity) in opportunities {
                    opportunity.fate = RawFate::NeverStarted { at, alarm };
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
                        away: false,
                        delivered: None,
                        end: None,
                    };
                    (opportunity.position, opportunity.fate) = (position, fate);
                }
            }
            Fact::Unreachable { command, node } => {
                if let Some(opportunity) = self.opportunity(command, node)
                    && let RawFate::Sent { away, .. } = &mut opportunity.fate
                {
                    *away = true;
                }
            }
            Fact::Delivered {
                command,
                node,
                missing,
            } => {
                let carrier = self.carrier(node, missing);
                if let Some(opportunity) = self.opportunity(command, node)
                    && let RawFate::Sent { delivered, .. } = &mut opportunity.fate
                {
                    *delivered = Some((at, carrier));
                }
            }
            Fact::NotSent {
                command,
                node,
                status,
            } => {
                let position = self.next_turn(command);
                let alarm = self.cancels(at, command, status);
                if let Some(opportunity) = self.opportunity(command, node) {
                    opportunity.position = position;
                    // At the horizon a node that was not sent to is still waiting.
                    if status != InvocationStatus::Pending {
                        opportunity.fate = RawFate::NotSent { at, status, alarm };
                    }
                }
            }
            Fact::Ended { .. } => self.ended(at, fact),
            _ => {}
        }
    }

    /// An invocation ends.
    fn ended(&mut self, at: SimTime, fact: Fact<'_>) {
        let Fact::Ended {
            command,
            node,
            status,
            cause,
            installed,
            rebooted,
            report,
            ..
        } = fact
        else {
            return;
        };

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
            broken_by: None,
            alarm: self.cancels(at, command, status),
        };
        if let Some(opportunity) = self.opportunity(command, node)
            && let RawFate::Sent { end, .. } = &mut opportunity.fate
        {
            *end = Some(ended);
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
            Fact::Alarm { patch } => {
                self.alarm = Some((at, patch));
                self.last_alarm = Some(patch);
            }
            Fact::Cutoff { .. } => self.alarm = None,
            Fact::Symptom { node, patch, until } => self.symptom(RawSymptom {
                at,
                node,
                patch,
                until,
                at_install: false,
            }),
            _ => self.invocation(at, fact),
        }
    }
}
