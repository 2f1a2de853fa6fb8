//! What goes on in the slots of a command.
//!
//! Usual invocations are of few kinds, so a slot holds hardly more than its node and the number of its kind:
//! what the ends of many of them bring about is counted by kind and settled once. Any other invocation is
//! written out as a [`Job`].

use std::collections::BTreeMap;

use patchbench_kernel::{SimDuration, SimTime};

use super::cause::Cause;
use super::cohorts::Effect;
use super::invocation::Job;
use super::levels::{Outcome, ReportId};
use crate::ssm::InvocationStatus;

/// Of a usual invocation: the install fails.
pub(super) const FAILS: u32 = 1;
/// The node reboots.
pub(super) const REBOOTS: u32 = 2;
/// Kinds that differ in these marks alone.
const MARKS: u32 = 4;

/// A usual invocation in progress.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) node: u32,
    pub(super) kind: u32,
    /// How long it holds its slot, and how much of that its node reboots at the end.
    pub(super) busy_ms: u32,
    pub(super) reboot_ms: u32,
}

/// The kind of a slot whose invocation is written out.
const WRITTEN_OUT: Run = Run {
    node: u32::MAX,
    kind: u32::MAX,
    busy_ms: 0,
    reboot_ms: 0,
};

/// What usual invocations of nodes of one cohort meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Meets {
    pub(super) class: u32,
    pub(super) cohort: u32,
    pub(super) transition: u32,
}

/// Usual invocations whose ends bring about the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) meets: Meets,
    /// Something is missing: it gets installed, or that fails.
    pub(super) installs: bool,
    pub(super) fails: bool,
    pub(super) reboots: bool,
    /// What follows, once one has ended.
    pub(super) effect: Effect,
    /// How many have ended since that was settled last.
    pub(super) ended: u32,
    /// Where their ends are noted.
    log: u32,
}

impl Kind {
    const fn new(meets: Meets, installs: bool, marks: u32, log: u32) -> Self {
        Self {
            meets,
            installs,
            fails: marks & FAILS != 0,
            reboots: marks & REBOOTS != 0,
            effect: Effect::UNKNOWN,
            ended: 0,
            log,
        }
    }

    /// What the nodes report.
    pub(super) const fn report(&self) -> ReportId {
        let outcome = match (self.installs, self.fails) {
            (false, _) => Outcome::Scanned,
            (true, false) => Outcome::Installed,
            (true, true) => Outcome::Failed,
        };
        ReportId::new(self.meets.transition, outcome)
    }
}

/// What goes on in each slot.
#[derive(Debug)]
pub(super) struct Runs {
    usual: Vec<Run>,
    /// By slot; empty as long as all are usual.
    written_out: Vec<Job>,
    kinds: Vec<Kind>,
    known: BTreeMap<Meets, u32>,
    /// When usual invocations ended, in milliseconds since the steady state began, rising.
    logs: Vec<Vec<u32>>,
    /// The log of each class and transition.
    log_at: BTreeMap<(u32, u32), u32>,
    /// Kinds of which some have ended.
    touched: Vec<u32>,
}

impl Runs {
    pub(super) fn new(slots: u32) -> Self {
        Self {
            usual: vec![WRITTEN_OUT; slots as usize],
            written_out: Vec::new(),
            kinds: Vec::new(),
            known: BTreeMap::new(),
            logs: Vec::new(),
            log_at: BTreeMap::new(),
            touched: Vec::new(),
        }
    }

    /// The run of a slot.
    #[inline]
    pub(super) fn get(&self, slot: u32) -> Run {
        self.usual[slot as usize]
    }

    #[inline]
    pub(super) fn set(&mut self, slot: u32, run: Run) {
        self.usual[slot as usize] = run;
    }

    /// The kind of a usual run.
    #[inline]
    pub(super) fn kind(&self, run: Run) -> Option<&Kind> {
        self.kinds.get(run.kind as usize)
    }

    /// What follows from the end of a kind of run is known from now on.
    pub(super) fn set_effect(&mut self, kind: u32, effect: Effect) {
        self.kinds[kind as usize].effect = effect;
    }

    /// A run of a kind has ended, so many milliseconds after the steady state began.
    #[inline]
    pub(super) fn end(&mut self, run: Run, after_ms: u32) {
        let kind = &mut self.kinds[run.kind as usize];
        if kind.ended == 0 {
            self.touched.push(run.kind);
        }
        kind.ended += 1;
        if kind.installs && !kind.fails {
            self.logs[kind.log as usize].push(after_ms);
        }
    }

    /// When invocations ended that took their nodes through the transition of a kind.
    pub(super) fn log(&mut self, kind: &Kind) -> &mut Vec<u32> {
        &mut self.logs[kind.log as usize]
    }

    /// Some kind of which some have ended, to be settled.
    pub(super) fn next_ended(&mut self) -> Option<Kind> {
        let kind = &mut self.kinds[self.touched.pop()? as usize];
        let settled = *kind;
        kind.ended = 0;
        Some(settled)
    }

    /// The first of the kinds that differ in [`FAILS`] and [`REBOOTS`]: the marks are added to it.
    pub(super) fn kinds_of(&mut self, meets: Meets, installs: bool) -> u32 {
        if let Some(known) = self.known.get(&meets) {
            return *known;
        }
        let (first, log) = (self.kinds.len() as u32, self.log_of(&meets));
        self.kinds
            .extend((0..MARKS).map(|marks| Kind::new(meets, installs, marks, log)));
        self.known.insert(meets, first);
        first
    }

    fn log_of(&mut self, meets: &Meets) -> u32 {
        let logs = &mut self.logs;
        *self
            .log_at
            .entry((meets.class, meets.transition))
            .or_insert_with(|| {
                logs.push(Vec::new());
                logs.len() as u32 - 1
            })
    }

    /// The invocation of a slot that ends at an instant, written out.
    pub(super) fn job(&self, slot: u32, ends: SimTime) -> Job {
        let run = self.get(slot);
        let Some(kind) = self.kind(run) else {
            let known = self.written_out.get(slot as usize);
            return known.copied().unwrap_or(Job::IDLE);
        };
        let sent = ends - SimDuration::from_millis(i64::from(run.busy_ms));
        Job {
            node: run.node,
            class: kind.meets.class,
            transition: kind.meets.transition,
            sent,
            status: if kind.fails {
                InvocationStatus::Failed
            } else {
                InvocationStatus::Success
            },
            cause: kind.fails.then_some(Cause::InstallFailed),
            installs: kind.installs,
            reboots: kind.reboots,
            began: sent,
            runs_on_node: true,
            reboot_ms: i64::from(run.reboot_ms),
            ..Job::IDLE
        }
    }

    /// Writes an invocation out.
    pub(super) fn set_job(&mut self, slot: u32, job: Job) {
        if self.written_out.is_empty() {
            self.written_out = vec![Job::IDLE; self.usual.len()];
        }
        self.written_out[slot as usize] = job;
        self.usual[slot as usize] = WRITTEN_OUT;
    }
}
