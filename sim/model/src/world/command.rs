//! One command: AWS-RunPatchBaseline sent to the nodes of one target under rate control.
//!
//! A command has slots, as many as MaxConcurrency, and one event per invocation: the slot frees.
//! What happens on the node in between (scan, install, reboot) is worked out when the invocation is
//! sent. Semantics, sections 6.3 to 6.7, 7.2 and 7.3.

use std::collections::BTreeSet;

use patchbench_kernel::{SimDuration, SimTime, SlotQueue};

use super::delivery::Undelivered;
use super::draws::Draws;
use super::foresight::Foresight;
use super::invocation::Job;
use super::observe::{CommandId, Fact, Observer, observer_fact, observer_listens};
use super::occupancy::Occupancy;
use super::ramp::RampUp;
use super::record::CommandRecord;
use super::runs::Runs;
use super::send_order::SendOrder;
use super::sending::Alike;
use super::site::Site;
use super::snapshot::Snapshot;
use crate::config::{Task, TieOrder};
use crate::ssm::{CommandStatus, InvocationStatus, NodeSet, RateControl, command_status};

/// A command in progress.
pub(super) struct Command<'p> {
    pub(super) task: &'p Task,
    /// Its overrides, by place among those of the plan.
    pub(super) overrides: Option<usize>,
    pub(super) order: SendOrder<'p>,
    pub(super) draws: Draws,
    pub(super) foresight: Foresight,
    /// What came of it. While it runs, invocations in progress count as pending ones.
    pub(super) record: CommandRecord,
    /// When it started.
    base: SimTime,
    pub(super) cutoff: SimTime,
    /// What is known of each class at the window's opening: the snapshot all its nodes share.
    pub(super) snapshots: Vec<Snapshot>,
    /// The pool of the node that came last.
    pub(super) alike: Option<Alike<'p>>,
    pub(super) slots: SlotQueue,
    /// What goes on in each slot.
    pub(super) runs: Runs,
    pub(super) free: Vec<u32>,
    /// Invocations that have not reached their nodes.
    pub(super) undelivered: Undelivered,
    pub(super) ramp: RampUp,
    pub(super) outstanding: u32,
    /// Errors among the outstanding invocations, known since they were sent.
    pub(super) errors_ahead: u32,
    /// Errors that happened at this instant and are not counted yet.
    pub(super) errors_new: u32,
    pub(super) errors: u32,
    /// Why nothing more is sent.
    pub(super) closed: Option<Closed>,
    /// Patches (indices into the catalogue) that may break nodes or raise an alarm, and that it installs.
    pub(super) suspects: BTreeSet<usize>,
    pub(super) occupancy: Occupancy,
}

/// Why a command sends nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// Errors exceeded MaxErrors.
    Stopped,
    /// The window's cutoff cancelled it.
    Cancelled,
}

impl<'p> Command<'p> {
    /// Starts a command on the nodes of `targets`; nothing is sent yet.
    pub(super) fn start(
        site: &mut Site<'p>,
        id: CommandId,
        targets: &'p NodeSet,
        at: SimTime,
        observer: &mut impl Observer,
    ) -> Self {
        let config = site.plan.config;
        let task = site.plan.task(id);
        let opening = site.plan.openings[id.window][id.opening];
        let count = targets.len();
        let control = RateControl::resolve(
            task.max_concurrency,
            task.max_errors,
            count,
            config.settings.percent_rounding,
        );
        let concurrency = control.max_concurrency.min(count);
        // Invocations that hold no slot while they wait are kept like the others.
        let slots = if site.may_wait_beside_slots() {
            count
        } else {
            concurrency
        };
        let profiled = site.plan.profiled[id.window] == id.opening;
        observer_fact(observer, at, || Fact::CommandStarted {
            command: id,
            targets: count,
            max_concurrency: control.max_concurrency,
            max_errors: control.max_errors,
        });
        let order = SendOrder::new(site, id, task, targets);
        let rising = order.is_rising();
        Self {
            task,
            overrides: site.plan.overrides_of(task),
            order,
            draws: Draws::new(&site.luck, id, rising),
            foresight: Foresight::default(),
            record: CommandRecord::new(id, opening.opens, Some(at), control, count),
            base: at,
            cutoff: opening.cutoff,
            snapshots: (0..site.catalog.classes.len())
                .map(|class| site.catalog.snapshot(class, opening.opens, opening.opens))
                .collect(),
            alike: None,
            slots: SlotQueue::new(slots),
            runs: Runs::new(slots),
            free: (0..slots).rev().collect(),
            undelivered: Undelivered::default(),
            ramp: RampUp::new(&config.settings, concurrency, at),
            outstanding: 0,
            errors_ahead: 0,
            errors_new: 0,
            errors: 0,
            closed: None,
            suspects: BTreeSet::new(),
            occupancy: Occupancy::new(opening.opens, profiled),
        }
    }

    /// When the next slot frees, or is opened by the ramp.
    pub(super) fn next_completion(&self) -> Option<SimTime> {
        // More slots are for nodes that were not sent to, and for those that are back and hold none.
        let waits = self.closed.is_none() && !self.order.is_empty();
        let waits = waits || self.undelivered.beside() > 0;
        let step = self.ramp.next_step().filter(|_| waits);
        match (self.next_end(), step) {
            (Some(end), Some(step)) => Some(end.min(step)),
            (end, step) => end.or(step),
        }
    }

    /// When the next invocation ends.
    fn next_end(&self) -> Option<SimTime> {
        self.slots.peek().map(|(_, key)| self.instant_of(key))
    }

    #[inline]
    pub(super) fn instant_of(&self, key: u64) -> SimTime {
        self.base() + SimDuration::from_millis(key as i64)
    }

    /// Whether all invocations are terminal.
    pub(super) fn is_finished(&self) -> bool {
        self.outstanding == 0 && (self.closed.is_some() || self.order.is_empty())
    }

    /// When the last invocation ended so far.
    pub(super) fn last_end(&self) -> SimTime {
        self.record.ended.unwrap_or(self.base())
    }

    /// Whether it has sent a patch about which an alarm may rise.
    pub(super) fn installs_suspect(&self, patch: usize) -> bool {
        self.suspects.contains(&patch)
    }

    /// When it started: keys of the slot queue are milliseconds since.
    pub(super) fn base(&self) -> SimTime {
        self.base
    }

    /// Invocations in progress, and when they end.
    pub(super) fn on_nodes(&self) -> impl Iterator<Item = (Job, SimTime)> {
        (0..self.slots.capacity()).filter_map(|slot| {
            let key = self.slots.key(slot)?;
            Some((self.job(slot), self.instant_of(key)))
        })
    }

    /// The invocation of a slot.
    pub(super) fn job(&self, slot: u32) -> Job {
        let ends = self.slots.key(slot).map(|key| self.instant_of(key));
        self.runs.job(slot, ends.unwrap_or(self.base()))
    }

    pub(super) fn set_job(&mut self, slot: u32, job: Job) {
        self.runs.set_job(slot, job);
    }

    /// Lets the command run on its own until just before `limit`.
    pub(super) fn advance(&mut self, site: &mut Site<'p>, limit: SimTime, observer: &mut impl Observer) {
        if !observer_listens(observer) {
            self.run_steadily(site, limit);
        }
        while let Some(at) = self.next_completion()
            && at < limit
            && site.planned.is_empty()
        {
            if self.cannot_stop_now() {
                let Some((slot, key)) = self.slots.peek() else {
                    return;
                };
                self.complete(site, slot, at, observer);
                self.count_errors(site, at, observer);
                self.send_allowed(site, at, observer);
                self.clear_unless_taken(slot, key);
                if !observer_listens(observer) {
                    self.run_steadily(site, limit);
                }
            } else {
                self.complete_at(site, at, observer);
                self.dispatch(site, at, observer);
            }
        }
    }

    /// No error that is under way can make the errors exceed the limit, and no nodes that are back want
    /// slots: then the order of completions and sends within an instant changes nothing.
    pub(super) fn cannot_stop_now(&self) -> bool {
        self.ramp.is_over()
            && self.undelivered.beside() == 0
            && !self
                .record
                .control
                .stops_at(self.errors.saturating_add(self.errors_ahead))
    }

    /// All completions of an instant.
    pub(super) fn complete_at(&mut self, site: &mut Site<'p>, at: SimTime, observer: &mut impl Observer) {
        while let Some((slot, key)) = self.slots.peek()
            && self.instant_of(key) == at
        {
            self.complete(site, slot, at, observer);
            self.clear_unless_taken(slot, key);
        }
        self.ramp.acknowledge(at);
    }

    /// What follows the completions of an instant: the stop decision and the sends, in the order
    /// that the settings ask for. Semantics, section 6.4.
    pub(super) fn dispatch(&mut self, site: &mut Site<'p>, at: SimTime, observer: &mut impl Observer) {
        match site.plan.config.settings.tie_order {
            TieOrder::CompletionsFirst => {
                self.count_errors(site, at, observer);
                self.send_allowed(site, at, observer);
            }
            TieOrder::SendsFirst => {
                self.send_allowed(site, at, observer);
                self.count_errors(site, at, observer);
            }
        }
    }

    /// The window's cutoff, or an alarm, cancels the command: nothing more is sent, and running invocations end
    /// as they would, unless the setting kills them. Returns whether anything was unfinished.
    pub(super) fn cancel(&mut self, site: &mut Site<'p>, at: SimTime, observer: &mut impl Observer) -> bool {
        if self.is_finished() {
            return false;
        }
        if self.closed.is_none() {
            self.close(Closed::Cancelled, site, at, observer);
        }
        self.cancel_undelivered(site, at, observer);
        self.kill_running(site, at, observer);
        true
    }

    pub(super) fn count_errors(&mut self, site: &mut Site<'p>, at: SimTime, observer: &mut impl Observer) {
        if self.errors_new == 0 {
            return;
        }
        self.errors += std::mem::take(&mut self.errors_new);
        if self.record.control.stops_at(self.errors) && self.record.stopped.is_none() {
            self.record.stopped = Some(at);
            self.record.errors_at_stop = self.errors;
            observer_fact(observer, at, || Fact::Stopped {
                command: self.record.id,
                errors: self.errors,
                left: self.order.left(),
            });
            if self.closed.is_none() {
                self.close(Closed::Stopped, site, at, observer);
            }
        }
    }

    /// Nothing more is sent: what is left gets its final status.
    fn close(&mut self, why: Closed, site: &mut Site<'p>, at: SimTime, observer: &mut impl Observer) {
        self.closed = Some(why);
        let status = match why {
            Closed::Stopped => InvocationStatus::Terminated,
            Closed::Cancelled => InvocationStatus::Cancelled,
        };
        let left = self.order.left();
        self.record.counts.remove(InvocationStatus::Pending, left);
        self.record.counts.add(status, left);
        if observer_listens(observer) {
            self.tell_not_sent(status, site, at, observer);
        }
    }

    fn tell_not_sent(
        &mut self,
        status: InvocationStatus,
        site: &Site<'p>,
        at: SimTime,
        observer: &mut impl Observer,
    ) {
        let command = self.record.id;
        while let Some(node) = self.order.next(site) {
            observer.fact(
                at,
                Fact::NotSent {
                    command,
                    node,
                    status,
                },
            );
        }
    }

    /// Takes the command apart when it has finished, or at the horizon.
    pub(super) fn finish(mut self, site: &Site<'p>, at: SimTime, observer: &mut impl Observer) -> Finished {
        if observer_listens(observer) && self.closed.is_none() {
            self.tell_not_sent(InvocationStatus::Pending, site, at, observer);
        }
        self.record
            .counts
            .remove(InvocationStatus::Pending, self.outstanding);
        self.record
            .counts
            .add(InvocationStatus::InProgress, self.outstanding);
        let rule = site.plan.config.settings.command_status_rule;
        let cancelled = self.closed == Some(Closed::Cancelled);
        self.record.status = command_status(
            &self.record.counts,
            self.record.control.max_errors,
            cancelled,
            rule,
        );
        if self.outstanding > 0 {
            self.record.ended = None;
            self.record.status = CommandStatus::InProgress;
        } else {
            self.record.ended = Some(self.record.ended.unwrap_or(at));
        }
        let record = self.record;
        observer_fact(observer, at, || Fact::CommandEnded {
            command: record.id,
            status: record.status,
            counts: &record.counts,
        });
        Finished {
            record,
            occupancy: self.occupancy.into_changes(),
        }
    }
}

/// What a finished command leaves.
pub(super) struct Finished {
    pub(super) record: CommandRecord,
    /// Changes of the number of invocations in progress, by recording step.
    pub(super) occupancy: Vec<i32>,
}
