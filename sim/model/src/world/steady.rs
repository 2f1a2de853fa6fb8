//! The steady state of a command: each slot that frees takes the next node, and nothing but the luck of
//! the nodes decides how it goes.
//!
//! This is where a run spends its time. It does what [`Command::complete`] and [`Command::send_allowed`] do,
//! for usual invocations and without asking what cannot happen meanwhile; whatever else comes up is left
//! to them. All results would be the same without it.

use patchbench_kernel::SimTime;

use super::cohorts::Effect;
use super::command::Command;
use super::observe::Nobody;
use super::runs::{FAILS, Kind};
use super::site::Site;
use crate::ssm::InvocationStatus;

/// The steady state is settled at the latest after so long: ten days.
const LONGEST_MS: u64 = 864_000_000;

impl<'p> Command<'p> {
    /// Runs until just before `limit`, or until something else than usual comes up.
    pub(super) fn run_steadily(&mut self, site: &mut Site<'p>, limit: SimTime) {
        let Some((_, first)) = self.slots.peek() else {
            return;
        };
        if !self.is_steady(site, self.instant_of(first)) {
            return;
        }
        // The cutoff is a limit: all that is sent comes before it, or nothing does.
        let before_cutoff = u32::from(limit <= self.cutoff);
        let limit = (limit - self.base()).millis().max(0) as u64;
        let limit = limit.min(first.saturating_add(LONGEST_MS));
        let mut last = None;
        while let Some((slot, key)) = self.slots.peek()
            && key < limit
            && self.end_usual(site, slot, (key - first) as u32)
        {
            let at = self.instant_of(key);
            last = Some(at);
            self.occupancy.note(at, 0);
            let ahead = self.errors_ahead;
            let next = match self.closed {
                None => self.take_next(site, slot, at),
                Some(_) => None,
            };
            if let Some(busy_ms) = next {
                self.slots.set(slot, key + busy_ms);
                self.record.sent_before_cutoff += before_cutoff;
                self.record.last_sent = Some(at);
            } else if !self.vacate(site, (slot, key), at) {
                break;
            }
            if self.errors_ahead > ahead && !self.cannot_stop_now() {
                break;
            }
        }
        if let Some(last) = last {
            self.settle_ended(site, self.instant_of(first), last);
        }
    }

    /// From an instant on slots are full, or nothing is sent any more, and neither an error nor anything
    /// about nodes and their locks can get in the way.
    fn is_steady(&self, site: &Site<'p>, at: SimTime) -> bool {
        let stopped = self.record.stopped.is_some();
        let full = self.holding() == self.ramp.allowed();
        self.errors_new == 0
            && self.ramp.is_over()
            && self.undelivered.beside() == 0
            && (stopped || self.cannot_stop_now())
            && (full || self.closed.is_some() || self.order.is_empty())
            && site.is_undisturbed(at)
            && site.planned.is_empty()
    }

    /// What happens when a usual invocation ends, but for what is settled for many at once: its node has
    /// changed. False, and nothing has happened, if it is not usual, or if another command changed the node
    /// meanwhile.
    #[inline]
    fn end_usual(&mut self, site: &mut Site<'p>, slot: u32, after_ms: u32) -> bool {
        let run = self.runs.get(slot);
        let Some(mut kind) = self.runs.kind(run).copied() else {
            return false;
        };
        if !kind.effect.is_known() {
            kind.effect = self.first_end(site, run.kind, &kind);
        }
        let node = &mut site.nodes[run.node as usize];
        if *node != kind.meets.cohort {
            return false;
        }
        *node = kind.effect.cohort;
        if kind.fails {
            self.errors += 1;
            self.errors_ahead -= 1;
        }
        self.runs.end(run, after_ms);
        true
    }

    /// The first of a kind of run ends: what follows from it.
    #[inline(never)]
    fn first_end(&mut self, site: &mut Site<'p>, number: u32, kind: &Kind) -> Effect {
        let effect = site.foreseen(kind.meets.class as usize, kind.report());
        self.runs.set_effect(number, effect);
        effect
    }

    /// The next node takes a slot, if what happens there is foreseen: for how many milliseconds. The slot
    /// queue is for the caller.
    #[inline]
    pub(super) fn take_next(&mut self, site: &mut Site<'p>, slot: u32, at: SimTime) -> Option<u64> {
        let Some((run, marks)) = self.foresight.next(&site.nodes, at) else {
            return self.take_next_slowly(site, slot, at);
        };
        self.errors_ahead += marks & FAILS;
        self.runs.set(slot, run);
        Some(u64::from(run.busy_ms))
    }

    #[inline(never)]
    fn take_next_slowly(&mut self, site: &mut Site<'p>, slot: u32, at: SimTime) -> Option<u64> {
        self.order.go_on_from(&mut self.foresight.ahead);
        let foreseen = self.look_ahead(site, at);
        foreseen.then(|| self.take_next(site, slot, at)).flatten()
    }

    /// A slot becomes idle, or takes a node of which more must be asked. False if a node is awaited beside
    /// the slots now.
    #[inline(never)]
    fn vacate(&mut self, site: &mut Site<'p>, (slot, key): (u32, u64), at: SimTime) -> bool {
        self.free.push(slot);
        self.outstanding -= 1;
        self.occupancy.note(at, -1);
        self.send_allowed(site, at, &mut Nobody);
        self.clear_unless_taken(slot, key);
        self.undelivered.beside() == 0
    }

    /// What the ends of usual invocations bring about for the command and for the cohorts of their nodes.
    fn settle_ended(&mut self, site: &mut Site<'p>, since: SimTime, last: SimTime) {
        // The books are closed before the first of the logs or after the last: they cover the same time.
        site.make_room(last);
        let record = &mut self.record;
        while let Some(kind) = self.runs.next_ended() {
            let status = if kind.fails {
                InvocationStatus::Failed
            } else {
                InvocationStatus::Success
            };
            record.counts.remove(InvocationStatus::Pending, kind.ended);
            record.counts.add(status, kind.ended);
            let effect = kind.effect;
            let times = |flag: bool| if flag { kind.ended } else { 0 };
            record.rebooted += times(kind.reboots);
            record.compliant += times(effect.compliant);
            record.non_compliant += times(!effect.compliant);
            record.reported_missing += u64::from(kind.ended) * u64::from(effect.reported_missing);
            record.installed += u64::from(kind.ended) * u64::from(effect.installed);
            let cohorts = &mut site.cohorts[kind.meets.class as usize];
            cohorts.go(kind.meets.cohort, effect.cohort, kind.ended);
            let made = (kind.meets.class as usize, kind.meets.transition);
            site.enter_many(made, since, self.runs.log(&kind));
        }
        record.ended = Some(last);
        self.order.go_on_from(&mut self.foresight.ahead);
    }
}
