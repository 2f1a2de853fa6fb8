//! One command of the reference: sent to its nodes one by one under rate control.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::config::{
    CommandStatusRule, NodeLock, Operation, Ramp, RebootOption, Settings, Task, TieOrder,
};
use patchbench_model::ssm::{CommandStatus, InvocationStatus};
use patchbench_model::world::{Cause, CommandId};

use super::fate::Fate;
use super::luck::happens;
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
    /// Invocations in progress on their nodes, and what becomes of them.
    running: BTreeMap<u32, Fate>,
    /// Invocations whose nodes cannot be reached, and until when they wait for them.
    undelivered: BTreeMap<u32, SimTime>,
    /// Those whose nodes are back and that wait for a slot: since when, the how-manieth it was sent to, and
    /// the node.
    back: BTreeSet<(SimTime, usize, u32)>,
    /// Nodes in the order in which it was sent to them.
    sent_to: Vec<u32>,
    /// Nodes that had a reboot pending when they were sent to.
    met_pending: BTreeSet<u32>,
    /// Nodes that have one if all that they miss is installed without a reboot.
    would_leave_pending: BTreeSet<u32>,
    /// Locks that it has on nodes, or waits for.
    pub(super) holds: BTreeMap<u32, Hold>,
    /// Patches that each node's own baseline finds missing when it is sent to.
    approved: BTreeMap<u32, Vec<usize>>,
    /// Patches that it has begun to install somewhere.
    begun: BTreeSet<usize>,
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
    /// A bad patch was among what it began to install.
    met_bad_patch: bool,
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
            undelivered: BTreeMap::new(),
            back: BTreeSet::new(),
            sent_to: Vec::new(),
            met_pending: BTreeSet::new(),
            would_leave_pending: BTreeSet::new(),
            holds: BTreeMap::new(),
            begun: BTreeSet::new(),
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
            met_bad_patch: false,
        }
    }

    /// Whether every invocation is terminal.
    pub(super) fn is_through(&self) -> bool {
        self.in_progress() == 0 && self.waiting.is_empty()
    }

    fn in_progress(&self) -> usize {
        self.running.len() + self.undelivered.len() + self.back.len()
    }

    /// Whether it has begun to install a patch.
    pub(super) fn installs(&self, patch: usize) -> bool {
        self.begun.contains(&patch)
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

    /// When the next step is acknowledged, until all slots are open.
    pub(super) fn next_acknowledgement(&self, delay: SimDuration) -> Option<SimTime> {
        let waits = self.step < self.max_concurrency && !self.is_through();
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
        // Who waited for a node that is back is served first, by an open command or not.
        while self.slots_in_use(world) < self.step
            && let Some((_, _, node)) = self.back.pop_first()
        {
            self.begin(world, node, at);
        }
        if ramp == Ramp::Complete && self.step < self.max_concurrency && !self.waiting.is_empty() {
            if self.in_progress() > 0 {
                return;
            }
            if !self.invocations.is_empty() {
                self.step = (2 * self.step).min(self.max_concurrency);
            }
        }
        while !self.waiting.is_empty() && self.slots_in_use(world) < self.step {
            let node = self.waiting.remove(0);
            self.send_to(world, node, at);
        }
    }

    /// What waits for its node holds a slot or does not, as the setting says (section 5).
    fn slots_in_use(&self, world: &Reference<'_>) -> u32 {
        let holds = world.given.config.settings.offline_holds_slot;
        let undelivered = if holds { self.undelivered.len() } else { 0 };
        (self.running.len() + undelivered) as u32
    }

    fn send_to(&mut self, world: &mut Reference<'_>, node: u32, at: SimTime) {
        let judged = world.judged_at(node, self.id.window, self.opens, at);
        let sent = Invocation {
            sent: Some(at),
            missing: world.to_install(&self.task, node, (judged, self.opens)),
            ..Invocation::unsent(InvocationStatus::InProgress)
        };
        self.invocations.insert(node, sent);
        self.sent_to.push(node);
        let until = world.unreachable_until(node, at);
        match until.filter(|_| world.scripted(self.id, node).is_none()) {
            Some(until) => {
                let timeout = SimDuration::from_secs(i64::from(self.task.timeout_seconds));
                self.undelivered.insert(node, at.saturating_add(timeout));
                self.wait_for(world, node, until);
            }
            None => self.begin(world, node, at),
        }
    }

    /// It looks again when the node is expected back, but not after the time for its delivery.
    fn wait_for(&self, world: &mut Reference<'_>, node: u32, until: SimTime) {
        let look = until.min(self.undelivered[&node]);
        world.looks.push((look, self.number, node));
        world.looks.sort_unstable();
    }

    /// The time for delivery is over, or the node is back, or something else keeps it away (sections 5
    /// and 6.7).
    pub(super) fn look_again(&mut self, world: &mut Reference<'_>, node: u32, at: SimTime) {
        if at >= self.undelivered[&node] {
            self.undelivered.remove(&node);
            self.give_up(node, InvocationStatus::DeliveryTimedOut, Cause::Unreachable, at);
        } else if let Some(until) = world.unreachable_until(node, at) {
            self.wait_for(world, node, until);
        } else {
            self.undelivered.remove(&node);
            if world.given.config.settings.offline_holds_slot {
                self.begin(world, node, at);
            } else {
                let number = self.sent_to.iter().position(|known| *known == node).unwrap();
                self.back.insert((at, number, node));
            }
        }
    }

    /// An invocation ends that has not reached its node.
    fn give_up(&mut self, node: u32, status: InvocationStatus, cause: Cause, at: SimTime) {
        let invocation = self.invocations.get_mut(&node).unwrap();
        invocation.status = status;
        invocation.cause = Some(cause);
        invocation.ended = Some(at);
        self.ended = Some(at);
    }

    /// The document starts on a node: what is missing there and what becomes of it is settled now.
    fn begin(&mut self, world: &mut Reference<'_>, node: u32, at: SimTime) {
        let judged = world.judged_at(node, self.id.window, self.opens, at);
        let rules = (judged, self.opens);
        let missing = world.to_install(&self.task, node, rules);
        self.approved
            .insert(node, world.missing(node, judged, self.opens));
        if self.task.operation == Operation::Install {
            self.begun.extend(&missing);
            self.met_bad_patch |= missing.iter().any(|patch| world.is_bad(*patch));
        }
        let lock = world.lock(node, at);
        let fate = world.fate(self.id, node, &missing, (lock, at));
        if world.reports_pending(node, &[], rules) {
            self.met_pending.insert(node);
        }
        if world.reports_pending(node, &missing, rules) {
            self.would_leave_pending.insert(node);
        }
        let invocation = self.invocations.get_mut(&node).unwrap();
        invocation.missing = missing;
        invocation.began = Some(at);
        let end = at.saturating_add(SimDuration::from_millis(fate.busy));
        if rules::runs_on_node(fate.status) && fate.cause != Some(Cause::NodeLocked) {
            let hold = Hold {
                from: at + SimDuration::from_millis(fate.waits),
                reboots_from: end - SimDuration::from_millis(fate.rebooting),
                ends: end,
            };
            self.holds.insert(node, hold);
        }
        self.running.insert(node, fate);
        world.ends.push((end, self.number, node));
        world.ends.sort_unstable();
    }

    /// An invocation reaches its final status.
    pub(super) fn end(&mut self, world: &mut Reference<'_>, node: u32, at: SimTime) {
        let fate = self.running.remove(&node).unwrap();
        let status = fate.status;
        let invocation = self.invocations.get_mut(&node).unwrap();
        invocation.status = status;
        invocation.cause = fate.cause;
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
        invocation.rebooted = fate.reboots;
        // A node that is lost at its reboot has installed everything.
        if (success || fate.lost) && installing {
            invocation.installed.clone_from(&invocation.missing);
            let patches = invocation.missing.iter();
            let repaired: Vec<usize> = patches.flat_map(|patch| world.replaces(*patch)).collect();
            world.nodes[node as usize].installed.extend(repaired);
        }
        // A reboot settles what was pending, and so does the repair of a lost node; an install that was
        // told not to reboot leaves it pending.
        let state = &mut world.nodes[node as usize];
        if invocation.rebooted || fate.lost {
            state.pending.clear();
        } else if self.task.reboot_option == RebootOption::NoReboot {
            state.pending.extend(&invocation.installed);
        }
        let installed = invocation.installed.clone();
        self.report(world, node, &fate);
        world.has_installed(node, &installed, at);
        if let Some(patch) = fate.shows {
            world.shows(node, patch, fate.lost, at);
        }
    }

    /// What the node says of itself at the end (sections 7.2 and 8): what was found when the invocation
    /// was sent, and what it did about it. A failed install says what it could not install, a failed
    /// scan says nothing.
    fn report(&mut self, world: &Reference<'_>, node: u32, fate: &Fate) {
        let invocation = &self.invocations[&node];
        let success = fate.status == InvocationStatus::Success;
        let installing = self.task.operation == Operation::Install && !invocation.missing.is_empty();
        // Who did not get at the node, was refused or failed at a start has found nothing out.
        let found_nothing = [
            Cause::NodeLocked,
            Cause::BothOverrides,
            Cause::NoOverrideBaseline,
            Cause::NoSource,
            Cause::TooManyReboots,
        ];
        let failed_install = installing
            && fate.status == InvocationStatus::Failed
            && fate.cause.is_none_or(|cause| !found_nothing.contains(&cause));
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
        // What has not reached its node is given up; what is on it may be stopped.
        let back = self.back.iter().map(|(.., node)| *node);
        let waited: Vec<u32> = self.undelivered.keys().copied().chain(back).collect();
        self.undelivered.clear();
        self.back.clear();
        world.looks.retain(|(_, number, _)| *number != self.number);
        for node in waited {
            self.give_up(node, InvocationStatus::Cancelled, Cause::CutOff, at);
        }
        let probability = world.given.config.settings.cancel_kills_running;
        let running: Vec<u32> = self.running.keys().copied().collect();
        for node in running {
            if happens(world.luck_of(self.id, node).killed, probability) {
                let killed = Fate::ends(InvocationStatus::Cancelled, Some(Cause::CutOff), 0);
                self.running.insert(node, killed);
                let own = (self.number, node);
                world.ends.retain(|(_, number, node)| (*number, *node) != own);
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
            met_bad_patch: self.met_bad_patch,
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
