//! How concurrency rises at the start of a command. Semantics, section 6.5.

use patchbench_kernel::{SimDuration, SimTime};

use crate::config::{Ramp, Settings};

/// The slots that may be in use.
#[derive(Clone, Copy, Debug)]
pub(super) struct RampUp {
    kind: Kind,
    /// How many by now.
    allowed: u32,
    /// MaxConcurrency, at most the number of nodes.
    most: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    AtOnce,
    /// Steps follow each other as they are acknowledged: slot `j` (from 0) starts after
    /// `delay × floor(log2(j + 1))`.
    Acknowledged {
        next: SimTime,
        delay: SimDuration,
    },
    /// A step twice as large follows a step that is through.
    Completed,
}

impl RampUp {
    pub(super) fn new(settings: &Settings, most: u32, start: SimTime) -> Self {
        let delay = settings.ack_delay;
        let kind = match settings.ramp {
            Ramp::Ack if delay > SimDuration::ZERO => Kind::Acknowledged {
                next: start.saturating_add(delay),
                delay,
            },
            Ramp::Complete => Kind::Completed,
            Ramp::Ack | Ramp::Off => Kind::AtOnce,
        };
        let allowed = if kind == Kind::AtOnce { most } else { 1.min(most) };
        Self { kind, allowed, most }
    }

    /// Whether all slots may be in use.
    pub(super) const fn is_over(&self) -> bool {
        self.allowed == self.most
    }

    /// When the next step is acknowledged, if more slots come with it.
    pub(super) const fn next_step(&self) -> Option<SimTime> {
        match self.kind {
            Kind::Acknowledged { next, .. } if !self.is_over() => Some(next),
            _ => None,
        }
    }

    /// A step has been acknowledged at this instant: twice as many slots come with it.
    pub(super) fn acknowledge(&mut self, at: SimTime) {
        if let Kind::Acknowledged { next, delay } = &mut self.kind
            && *next == at
        {
            *next = at.saturating_add(*delay);
            self.allowed = self.allowed.saturating_mul(2).saturating_add(1).min(self.most);
        }
    }

    /// How many slots may be in use by now.
    pub(super) const fn allowed(&self) -> u32 {
        self.allowed
    }

    /// Whether more may be sent when so many are in progress; `begun` says that something was sent before.
    pub(super) fn admits(&mut self, outstanding: u32, begun: bool) -> bool {
        if self.kind == Kind::Completed && !self.is_over() {
            if outstanding > 0 {
                return false;
            }
            if begun {
                // The whole step has finished: the next one is twice as large.
                self.allowed = self.allowed.saturating_mul(2).min(self.most);
            }
        }
        true
    }
}
