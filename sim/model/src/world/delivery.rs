//! Invocations that wait for nodes that cannot be reached.
//!
//! AWS keeps such an invocation pending until the node is back or the delivery timeout has passed
//! (Semantics, sections 5 and 6.7). It holds its slot, unless the setting `offline_holds_slot` says no:
//! then it takes the next free slot once the node is back.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::SimTime;

use super::cause::Cause;
use super::command::Command;
use super::draws::NodeLuck;
use super::invocation::Job;
use super::observe::{Fact, Observer, observer_fact};
use super::site::Site;
use crate::ssm::InvocationStatus;

/// Invocations of a command that have not reached their nodes.
#[derive(Debug, Default)]
pub(super) struct Undelivered {
    /// Each by its slot: the how-manieth to wait, its pool and luck.
    waiting: BTreeMap<u32, (u32, usize, NodeLuck)>,
    /// How many have waited.
    waited: u32,
    /// Those whose nodes are back and that wait for their turn: since when, the how-manieth, and the slot.
    back: BTreeSet<(SimTime, u32, u32)>,
    /// How many hold no slot.
    beside: u32,
}

impl Undelivered {
    /// How many hold no slot.
    pub(super) const fn beside(&self) -> u32 {
        self.beside
    }

    /// The slot of the next one whose node is back: of those that are back since the same instant, the
    /// one that was sent first.
    pub(super) fn next_back(&mut self) -> Option<u32> {
        let (_, _, slot) = self.back.pop_first()?;
        Some(slot)
    }
}

impl<'p> Command<'p> {
    /// The node of a slot cannot be reached: it will be from an instant on, unless the deadline comes
    /// first.
    pub(super) fn hold_back(
        &mut self,
        site: &Site<'p>,
        slot: u32,
        (pool, luck): (usize, NodeLuck),
        (from, deadline): (SimTime, SimTime),
        observer: &mut impl Observer,
    ) {
        let (command, Job { node, sent, .. }) = (self.record.id, self.job(slot));
        observer_fact(observer, sent, || Fact::Unreachable { command, node });
        self.await_node(slot, (from, deadline));
        let number = self.undelivered.waited;
        self.undelivered.waited += 1;
        self.undelivered.waiting.insert(slot, (number, pool, luck));
        self.undelivered.beside += u32::from(!site.plan.config.settings.offline_holds_slot);
    }

    /// The invocation of a slot waits until its node can be reached, or until the deadline.
    fn await_node(&mut self, slot: u32, (from, deadline): (SimTime, SimTime)) {
        let mut job = self.job(slot);
        if from < deadline {
            job.status = InvocationStatus::Pending;
        } else {
            job.status = InvocationStatus::DeliveryTimedOut;
            job.cause = Some(Cause::Unreachable);
        }
        self.set_job(slot, job);
        let until = from.min(deadline);
        self.slots.set(slot, (until - self.base()).millis() as u64);
    }

    /// The node of a slot is back: its invocation begins, at once if it holds a slot. It goes on waiting
    /// if a bad patch has broken the node in the meantime.
    pub(super) fn reached(
        &mut self,
        site: &mut Site<'p>,
        slot: u32,
        at: SimTime,
        observer: &mut impl Observer,
    ) {
        let Job { node, sent, .. } = self.job(slot);
        let deadline = self.deadline(sent);
        let behavior = site.behavior(site.plan.pool_of(node));
        let from = site.health.reachable_from(node, behavior, at, deadline);
        if from > at {
            self.await_node(slot, (from, deadline));
        } else if site.plan.config.settings.offline_holds_slot {
            self.begin_delivered(site, slot, at, observer);
        } else {
            self.slots.clear(slot);
            let number = self
                .undelivered
                .waiting
                .get(&slot)
                .map_or(0, |(number, ..)| *number);
            self.undelivered.back.insert((at, number, slot));
        }
    }

    /// The invocation of a slot reaches its node.
    pub(super) fn begin_delivered(
        &mut self,
        site: &mut Site<'p>,
        slot: u32,
        at: SimTime,
        observer: &mut impl Observer,
    ) {
        if let Some(who) = self.forget_undelivered(site, slot) {
            self.send_late(site, slot, who, at, observer);
        }
    }

    /// A slot waits for its node no longer.
    pub(super) fn forget_undelivered(&mut self, site: &Site<'p>, slot: u32) -> Option<(usize, NodeLuck)> {
        let (_, pool, luck) = self.undelivered.waiting.remove(&slot)?;
        self.undelivered.beside -= u32::from(!site.plan.config.settings.offline_holds_slot);
        Some((pool, luck))
    }

    /// A cancelled command gives up on nodes that it has not reached.
    pub(super) fn cancel_undelivered(
        &mut self,
        site: &mut Site<'p>,
        at: SimTime,
        observer: &mut impl Observer,
    ) {
        self.undelivered.back.clear();
        let slots: Vec<u32> = self.undelivered.waiting.keys().copied().collect();
        for slot in slots {
            self.forget_undelivered(site, slot);
            self.end_cancelled(site, slot, at, observer);
        }
    }
}
