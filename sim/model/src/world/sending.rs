//! Sending: to whom, what the document meets on the node, and how it goes.
//! Semantics, sections 6.3, 6.5 and 7.2 to 7.5.

use std::ops::Range;

use patchbench_kernel::{SimDuration, SimTime};

use super::cause::Cause;
use super::command::Command;
use super::draws::NodeLuck;
use super::faults::Fault;
use super::invocation::{Job, Refusal, Work, work_out};
use super::observe::{Fact, Observer, observer_fact, observer_listens};
use super::site::Site;
use super::snapshot::Snapshot;
use crate::config::Operation;
use crate::fleet::Behavior;
use crate::ssm::Family;

/// What the nodes of a pool have in common while a command runs.
#[derive(Clone, Copy)]
pub(super) struct Alike<'p> {
    pub(super) pool: usize,
    pub(super) class: usize,
    pub(super) nodes: &'p Range<u32>,
    pub(super) behavior: &'p Behavior,
    /// The snapshot of the window's opening, if it holds for them all along.
    pub(super) snapshot: Option<Snapshot>,
    /// Why the document fails as soon as it starts.
    refused: Option<Cause>,
    /// Nothing but the luck of the command decides how it goes: no outcome of the scenario, no outage,
    /// no sickness, no transient failure.
    pub(super) usual: bool,
}

impl<'p> Command<'p> {
    /// What the nodes of a pool have in common; remembered for the next node.
    #[inline]
    pub(super) fn alike(&mut self, site: &Site<'p>, pool: usize) -> Alike<'p> {
        match self.alike {
            Some(alike) if alike.pool == pool => alike,
            _ => {
                let alike = self.look_at_pool(site, pool);
                self.alike = Some(alike);
                alike
            }
        }
    }

    #[inline(never)]
    fn look_at_pool(&self, site: &Site<'p>, pool: usize) -> Alike<'p> {
        let (plan, id) = (site.plan, self.record.id);
        let (class, behavior) = (plan.pool_class[pool], site.behavior(pool));
        let windows = plan.classes[class].operating_system.family() == Family::Windows;
        let shares = windows && plan.window(id.window, id.opening).surface.shares_snapshot();
        let refused = plan.refusal(self.task, class, self.record.opened);
        let usual = plan.outcomes.is_empty()
            && refused.is_none()
            && behavior.outages.is_none()
            && behavior.sickness.is_none()
            && behavior.transient.probability <= 0.0;
        Alike {
            pool,
            class,
            nodes: site.pool_nodes(pool),
            behavior,
            snapshot: shares.then_some(self.snapshots[class]),
            refused,
            usual,
        }
    }

    /// Invocations that hold a slot.
    pub(super) fn holding(&self) -> u32 {
        self.outstanding - self.undelivered.beside()
    }

    /// Sends as much as the slots allow; invocations whose nodes are back come first.
    #[inline]
    pub(super) fn send_allowed(&mut self, site: &mut Site<'p>, at: SimTime, observer: &mut impl Observer) {
        while self.holding() < self.ramp.allowed()
            && let Some(slot) = self.undelivered.next_back()
        {
            self.begin_delivered(site, slot, at, observer);
        }
        if self.closed.is_some() {
            return;
        }
        if !self
            .ramp
            .admits(self.outstanding, self.record.last_sent.is_some())
        {
            return;
        }
        let foresees = !observer_listens(observer) && site.is_undisturbed(at);
        while self.holding() < self.ramp.allowed() {
            if foresees && self.send_foreseen(site, at) {
                continue;
            }
            self.order.go_on_from(&mut self.foresight.ahead);
            let Some(node) = self.order.next(site) else { break };
            self.send(site, node, at, observer);
        }
        self.order.go_on_from(&mut self.foresight.ahead);
    }

    /// Sends to the next node, if what happens there is foreseen.
    fn send_foreseen(&mut self, site: &mut Site<'p>, at: SimTime) -> bool {
        let Some(slot) = self.free.last().copied() else {
            return false;
        };
        let Some(busy_ms) = self.take_next(site, slot, at) else {
            return false;
        };
        self.slots.set(slot, (at - self.base()).millis() as u64 + busy_ms);
        self.free.pop();
        self.note_sent(at);
        true
    }

    fn note_sent(&mut self, at: SimTime) {
        self.outstanding += 1;
        self.record.sent_before_cutoff += u32::from(at < self.cutoff);
        self.record.last_sent = Some(at);
        self.occupancy.note(at, 1);
    }

    #[inline]
    fn send(&mut self, site: &mut Site<'p>, node: u32, at: SimTime, observer: &mut impl Observer) {
        let alike = self.alike(site, self.order.pool);
        let luck = self.draws.of(node, alike.nodes, alike.behavior);
        let transition = self.meets(site, node, alike, at);
        observer_fact(observer, at, || Fact::Sent {
            command: self.record.id,
            node,
            missing: &site.transition(alike.class, transition).missing,
        });
        let Some(slot) = self.free.pop() else { return };
        self.note_sent(at);
        let sent = Job {
            node,
            class: alike.class as u32,
            transition,
            sent: at,
            ..Job::IDLE
        };
        let deadline = self.deadline(at);
        let from = site.health.reachable_from(node, alike.behavior, at, deadline);
        if from > at && site.scripted(node, self.record.id).is_none() {
            self.set_job(slot, sent);
            self.hold_back(site, slot, (alike.pool, luck), (from, deadline), observer);
        } else {
            self.begin(site, slot, (sent, alike, luck), at);
        }
    }

    /// Until when an invocation that was sent at an instant waits for its node.
    pub(super) fn deadline(&self, sent: SimTime) -> SimTime {
        sent + SimDuration::from_secs(i64::from(self.task.timeout_seconds))
    }

    /// The invocation of a slot reaches its node late.
    #[inline(never)]
    pub(super) fn send_late(
        &mut self,
        site: &mut Site<'p>,
        slot: u32,
        (pool, luck): (usize, NodeLuck),
        at: SimTime,
        observer: &mut impl Observer,
    ) {
        let alike = self.alike(site, pool);
        let sent = self.job(slot);
        let transition = self.meets(site, sent.node, alike, at);
        let command = self.record.id;
        observer_fact(observer, at, || Fact::Delivered {
            command,
            node: sent.node,
            missing: &site.transition(alike.class, transition).missing,
        });
        self.begin(site, slot, (Job { transition, ..sent }, alike, luck), at);
    }

    /// What an operation would meet on a node now.
    #[inline]
    fn meets(&self, site: &mut Site<'p>, node: u32, alike: Alike<'p>, at: SimTime) -> u32 {
        let class = alike.class;
        // Linux nodes evaluate the rules of the opening with their own clock (Semantics,
        // sections 2.6 and 7.4).
        let own = || site.catalog.snapshot(class, self.record.opened, at);
        let snapshot = alike.snapshot.unwrap_or_else(own);
        match self.overrides {
            None => site.transition_at(node, class, snapshot),
            Some(overrides) => {
                let judged = if alike.snapshot.is_some() {
                    self.record.opened
                } else {
                    at
                };
                site.transition_under(overrides, (node, class), (snapshot, judged))
            }
        }
    }

    /// The document starts on the node of a slot.
    fn begin(
        &mut self,
        site: &mut Site<'p>,
        slot: u32,
        (sent, alike, luck): (Job, Alike<'p>, NodeLuck),
        at: SimTime,
    ) {
        let change = site.transition(alike.class, sent.transition);
        let work = Work::usual(alike.behavior, luck, change.missing.len(), change.waits);
        let (job, busy_ms) = if alike.usual && !change.is_suspect() && site.locks.are_free() {
            work_out(self.task, &work)
        } else {
            self.work_out_in_full(site, &sent, (alike, work), at)
        };
        let job = Job {
            node: sent.node,
            class: sent.class,
            transition: sent.transition,
            sent: sent.sent,
            began: at,
            runs_on_node: job.status.reaches_node() && job.cause != Some(Cause::NodeLocked),
            ..job
        };
        site.locks
            .take(self.record.id, &job, at + SimDuration::from_millis(busy_ms));
        self.errors_ahead += u32::from(job.status.is_error());
        self.slots
            .set(slot, ((at - self.base()).millis() + busy_ms) as u64);
        self.set_job(slot, job);
    }

    /// What happens on a node with everything that may decide it.
    #[inline(never)]
    fn work_out_in_full(
        &mut self,
        site: &mut Site<'p>,
        sent: &Job,
        (alike, work): (Alike<'p>, Work<'p>),
        at: SimTime,
    ) -> (Job, i64) {
        let node = sent.node;
        let refused = alike.refused.map(|cause| Refusal { cause, after_ms: 0 });
        let work = Work {
            scripted: site.scripted(node, self.record.id),
            lock: site.locks.meet(node, at),
            refused,
            failed_attempts: self.draws.failed_attempts(node, alike.behavior),
            sick: site.health.is_sick(node, alike.behavior, at),
            fault: self.meet_suspects(site, sent),
            ..work
        };
        work_out(self.task, &work)
    }

    /// What the bad patches among those that a node is to install, or that wait for its reboot, do to it.
    fn meet_suspects(&mut self, site: &Site<'p>, sent: &Job) -> Option<Fault> {
        let class = sent.class as usize;
        let change = site.transition(class, sent.transition);
        if self.task.operation == Operation::Scan || !change.is_suspect() {
            return None;
        }
        for patch in site.patches_of(class, &change.suspects) {
            self.record.met_bad_patch |= !site.catalog.flaws_of(patch).is_empty();
            self.suspects.insert(patch);
        }
        site.fault_of((sent.node, class), &change.suspects, &change.suspects_pending)
    }
}
