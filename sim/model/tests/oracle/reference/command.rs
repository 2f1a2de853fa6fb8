//! One command of the reference: sent to its nodes one by one under rate control.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::config::{
    CommandStatusRule, NodeLock, Operation, Ramp, RebootOption, Settings, Task, TieOrder,
};
use patchbench_model::ssm::{CommandStatus, InvocationStatus};
use patchbench_model::world::CommandId;

use super::{Execution, Hold, Reference, rules};
use crate::history::{CommandHistory, History, Invocation};

pub(crate) struct Command {
    pub(crate) id: CommandId,
    /// The how-manieth command it is.
    pub(crate) number: usize,
    task: Task,
    opens: SimTime,
    cutoff: SimTime,
    started: Option<SimTime>,
    ended: Option<SimTime>,
    max_concurrency: u32,
    max_errors: u32,
    /// Nodes not sent to yet, the next one first.
    waiting: Vec<u32>,
    /// Invocations in progress, and what becomes of them.
    running: BTreeMap<u32, InvocationStatus>,
    reboots: BTreeMap<u32, bool>,
    /// Nodes that had a reboot pending when they were sent to.
    met_pending: BTreeSet<u32>,
    /// Nodes that have one if all that they miss is installed without a reboot.
    would_leave_pending: BTreeSet<u32>,
    /// Locks that it has on nodes, or waits for.
    pub(super) holds: BTreeMap<u32, Hold>,
    /// Patches that each node's own baseline finds missing when it is sent to.
    approved: BTreeMap<u32, Vec<usize>>,
    /// Nodes on which it found another command.
    locked_out: BTreeSet<u32>,
    invocations: BTreeMap<u32, Invocation>,
    /// How many may be in progress now.
    step: u32,
    /// Steps that have been acknowledged.
    acknowledged: u32,
    errors: u32,
    /// Errors of this instant.
    uncounted: u32,
    stopped: Option<(SimTime, u32)>,
    cancelled: bool,
    compliant: u32,
    non_compliant: u32,
    reported_missing: u64,
}

impl Command {
    pub(super) fn new(
        world: &Reference<'_>,
        id: CommandId,
        execution: &Execution,
        task: &Task,
        order: Vec<u32>,
        started: Option<SimTime>,
    ) -> Self {
        let settings = &world.given.config.settings;
        let number = |limit| rules::number(limit, order.len(), settings.percent_rounding);
        let max_concurrency = number(task.max_concurrency).max(1);
        Self {
            id,
            number: world.started,
            task: task.clone(),
            opens: execution.opens,
            cutoff: execution.cutoff,
            started,
            ended: None,
            max_concurrency,
            max_errors: number(task.max_errors),
            waiting: order,
            running: BTreeMap::new(),
            reboots: BTreeMap::new(),
            met_pending: BTreeSet::new(),
            would_leave_pending: BTreeSet::new(),
            holds: BTreeMap::new(),
            locked_out: BTreeSet::new(),
            approved: BTreeMap::new(),
            invocations: BTreeMap::new(),
            step: match settings.ramp {
                Ramp::Complete => 1,
                Ramp::Ack if settings.ack_delay > SimDuration::ZERO => 1,
                _ => max_concurrency,
            },
            acknowledged: 0,
            errors: 0,
            uncounted: 0,
            stopped: None,
            cancelled: false,
            compliant: 0,
            non_compliant: 0,
            reported_missing: 0,
        }
    }

    /// Whether every invocation is terminal.
    pub(super) fn is_through(&self) -> bool {
        self.running.is_empty() && self.waiting.is_empty()
    }

    /// The stop decision and the sends of an instant (section 6.4).
    pub(super) fn stop_and_send(&mut self, world: &mut Reference<'_>, at: SimTime) {
        if self.waiting.is_empty() && self.invocations.is_empty() {
            self.ended = Some(at);
        }
        match world.given.config.settings.tie_order {
            TieOrder::CompletionsFirst => {
                self.decide(at);
                self.send(world, at);
            }
            TieOrder::SendsFirst => {
                self.send(world, at);
                self.decide(at);
            }
        }
    }

    /// Sending stops when errors exceed MaxErrors; who was not sent to is Terminated.
    fn decide(&mut self, at: SimTime) {
        self.errors += std::mem::take(&mut self.uncounted);
        if self.errors > self.max_errors && self.stopped.is_none() {
            self.stopped = Some((at, self.errors));
            self.pass_over(InvocationStatus::Terminated);
        }
    }

    fn pass_over(&mut self, status: InvocationStatus) {
        for node in self.waiting.drain(..) {
            self.invocations.insert(node, Invocation::unsent(status));
        }
    }

    /// When the next step is acknowledged, while somebody waits for that.
    pub(super) fn next_acknowledgement(&self, delay: SimDuration) -> Option<SimTime> {
        let waits = self.step < self.max_concurrency && !self.waiting.is_empty();
        let after = SimDuration::from_millis(delay.millis() * i64::from(self.acknowledged + 1));
        (delay > SimDuration::ZERO && waits).then_some(self.started? + after)
    }

    /// At most MaxConcurrency in progress. While concurrency ramps up, a step must be over before the
    /// next one, twice as large, is sent; or, where acknowledgements are waited for, a step of twice as
    /// many more follows an acknowledged one (section 6.5).
    fn send(&mut self, world: &mut Reference<'_>, at: SimTime) {
        let Settings { ramp, ack_delay, .. } = world.given.config.settings;
        if ramp == Ramp::Ack && self.next_acknowledgement(ack_delay) == Some(at) {
            self.acknowledged += 1;
            self.step = (2 * self.step + 1).min(self.max_concurrency);
        }
        if ramp == Ramp::Complete && self.step < self.max_concurrency {
            if !self.running.is_empty() {
                return;
            }
            if !self.invocations.is_empty() {
                self.step = (2 * self.step).min(self.max_concurrency);
            }
        }
        while !self.waiting.is_empty() && (self.running.len() as u32) < self.step {
            let node = self.waiting.remove(0);
            self.send_to(world, node, at);
        }
    }

    fn send_to(&mut self, world: &mut Reference<'_>, node: u32, at: SimTime) {
        let judged = world.judged_at(node, self.id.window, self.opens, at);
        let missing = world.to_install(&self.task, node, (judged, self.opens));
        self.approved
            .insert(node, world.missing(node, judged, self.opens));
        let lock = world.lock(node, at);
        let fate = world.fate(self.id, node, missing.len(), lock);
        let sent = Invocation {
            sent: Some(at),
            missing,
            ..Invocation::unsent(InvocationStatus::InProgress)
        };
        self.invocations.insert(node, sent);
        self.running.insert(node, fate.status);
        self.reboots.insert(node, fate.reboots);
        let rules = (judged, self.opens);
        if world.reports_pending(node, &[], rules) {
            self.met_pending.insert(node);
        }
        if world.reports_pending(node, &self.invocations[&node].missing, rules) {
            self.would_leave_pending.insert(node);
        }
        if fate.locked_out {
            self.locked_out.insert(node);
        }
        let end = at.saturating_add(SimDuration::from_millis(fate.busy));
        if rules::runs_on_node(fate.status) && !fate.locked_out && world.given.drawn.is_none() {
            let hold = Hold {
                from: at + SimDuration::from_millis(fate.waits),
                reboots_from: end - SimDuration::from_millis(fate.rebooting),
                ends: end,
            };
            self.holds.insert(node, hold);
        }
        world.ends.push((end, self.number, node));
        world.ends.sort_unstable();
    }

    /// An invocation reaches its final status.
    pub(super) fn end(&mut self, world: &mut Reference<'_>, node: u32, at: SimTime) {
        let status = self.running.remove(&node).unwrap();
        let invocation = self.invocations.get_mut(&node).unwrap();
        invocation.status = status;
        invocation.ended = Some(at);
        self.ended = Some(at);
        self.uncounted += u32::from(rules::is_error(status));
        // Who is through removes the lock; who dies leaves it (section 7.5).
        if let Some(hold) = self.holds.remove(&node)
            && hold.from <= at
            && world.given.config.settings.node_lock == NodeLock::On
        {
            match status {
                InvocationStatus::ExecutionTimedOut | InvocationStatus::Cancelled => world.stale.insert(node),
                _ => world.stale.remove(&node),
            };
        }
        let installing = self.task.operation == Operation::Install && !invocation.missing.is_empty();
        let success = status == InvocationStatus::Success;
        // A run that fails after too many reboots has rebooted, too.
        if success || status == InvocationStatus::Failed {
            invocation.rebooted = self.reboots[&node];
        }
        if success && installing {
            invocation.installed.clone_from(&invocation.missing);
            let patches = invocation.missing.iter();
            let repaired: Vec<usize> = patches.flat_map(|patch| world.replaces(*patch)).collect();
            world.nodes[node as usize].installed.extend(repaired);
        }
        // A reboot settles what was pending; an install that was told not to reboot leaves it pending.
        let state = &mut world.nodes[node as usize];
        if invocation.rebooted {
            state.pending.clear();
        } else if self.task.reboot_option == RebootOption::NoReboot {
            state.pending.extend(&invocation.installed);
        }
        self.report(world, node, status);
    }

    /// What the node says of itself at the end (sections 7.2 and 8): what was found when the invocation
    /// was sent, and what it did about it. A failed install says what it could not install, a failed
    /// scan says nothing.
    fn report(&mut self, world: &Reference<'_>, node: u32, status: InvocationStatus) {
        let invocation = &self.invocations[&node];
        let success = status == InvocationStatus::Success;
        let installing = self.task.operation == Operation::Install && !invocation.missing.is_empty();
        let failed_install = installing && status == InvocationStatus::Failed && !invocation.rebooted;
        // Who did not get at the node has found nothing out.
        let failed_install = failed_install && !self.locked_out.contains(&node);
        // Under a baseline override nothing is uploaded (section 7.4).
        if !(success || failed_install) || !self.task.overrides.baselines.is_empty() {
            return;
        }
        let installed = success && installing;
        let patches = invocation.installed.iter();
        let repaired: BTreeSet<usize> = patches.flat_map(|patch| world.replaces(*patch)).collect();
        let still_missing = self.approved[&node]
            .iter()
            .filter(|patch| !repaired.contains(patch))
            .count() as u64;
        let unrebooted = installed && self.task.reboot_option == RebootOption::NoReboot;
        let waiting = if unrebooted {
            &self.would_leave_pending
        } else {
            &self.met_pending
        };
        let pending = !invocation.rebooted && waiting.contains(&node);
        let compliant = still_missing == 0 && !pending;
        self.reported_missing += still_missing;
        self.compliant += u32::from(compliant);
        self.non_compliant += u32::from(!compliant);
    }

    /// The cutoff cancels the command (section 4.5).
    pub(super) fn cancel(&mut self, world: &mut Reference<'_>, at: SimTime) {
        if self.stopped.is_none() {
            self.cancelled = true;
            self.pass_over(InvocationStatus::Cancelled);
        }
        let probability = world.given.config.settings.cancel_kills_running;
        if probability > 0.0 {
            let drawn = |node: &u32| {
                let known = world
                    .given
                    .drawn
                    .map(|(drawn, _)| &drawn.invocations[&(self.id, *node)]);
                known.is_none_or(|known| known.status == InvocationStatus::Cancelled)
            };
            let killed: Vec<u32> = self.running.keys().copied().filter(drawn).collect();
            world
                .ends
                .retain(|(_, number, node)| *number != self.number || !killed.contains(node));
            for node in killed {
                self.running.insert(node, InvocationStatus::Cancelled);
                self.end(world, node, at);
            }
        }
    }

    /// Writes the command down; returns its status.
    pub(super) fn settle(mut self, history: &mut History, rule: CommandStatusRule) -> CommandStatus {
        let in_progress = !self.is_through();
        self.pass_over(InvocationStatus::Pending);
        let mut counts = BTreeMap::new();
        for invocation in self.invocations.values() {
            *counts.entry(invocation.status).or_insert(0) += 1;
        }
        let status = if in_progress {
            CommandStatus::InProgress
        } else {
            rules::command_status(&counts, self.cancelled, self.max_errors, rule)
        };
        let ended = self.ended.filter(|_| !in_progress);
        self.write(history, status, ended, counts);
        status
    }

    /// A command that the cutoff keeps from starting.
    pub(super) fn never_start(mut self, history: &mut History) {
        let targets = self.waiting.drain(..).count() as u32;
        let counts = (targets > 0).then_some((InvocationStatus::Cancelled, targets));
        self.write(
            history,
            CommandStatus::Cancelled,
            None,
            counts.into_iter().collect(),
        );
    }

    fn write(
        self,
        history: &mut History,
        status: CommandStatus,
        ended: Option<SimTime>,
        counts: BTreeMap<InvocationStatus, u32>,
    ) {
        let sent: Vec<SimTime> = self.invocations.values().filter_map(|known| known.sent).collect();
        let installed = self
            .invocations
            .values()
            .map(|known| known.installed.len() as u64)
            .sum();
        let rebooted = self.invocations.values().filter(|known| known.rebooted).count() as u32;
        let command = CommandHistory {
            opened: self.opens,
            started: self.started,
            ended,
            max_concurrency: self.max_concurrency,
            max_errors: self.max_errors,
            stopped: self.stopped,
            last_sent: sent.iter().max().copied(),
            sent: sent.len() as u32,
            sent_before_cutoff: sent.iter().filter(|at| **at < self.cutoff).count() as u32,
            compliant: self.compliant,
            non_compliant: self.non_compliant,
            reported_missing: self.reported_missing,
            installed,
            rebooted,
            status,
            counts,
        };
        history.commands.insert(self.id, command);
        for (node, invocation) in self.invocations {
            history.invocations.insert((self.id, node), invocation);
        }
    }
}
