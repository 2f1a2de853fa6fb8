//! The future event list.

use std::collections::BTreeMap;

use crate::SimTime;

/// What the agenda needs to know of an event.
pub trait Phased {
    /// Order among the events of one instant, lowest first.
    fn phase(&self) -> u8;

    /// A small number that names the kind of event, for fingerprints.
    fn kind(&self) -> u8;
}

/// Names a scheduled event, to cancel it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle {
    key: Key,
}

/// Order of events: time, then phase, then the order in which they were scheduled.
type Key = (SimTime, u8, u64);

/// An event that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<E> {
    /// When.
    pub at: SimTime,
    /// Its phase.
    pub phase: u8,
    /// The how-manieth event it was to be scheduled.
    pub sequence: u64,
    /// The event.
    pub event: E,
}

/// Pending events in order of time, phase and scheduling. Meant for coarse events, thousands a run:
/// written for clarity.
#[derive(Clone, Debug)]
pub struct Agenda<E> {
    pending: BTreeMap<Key, E>,
    sequence: u64,
}

impl<E: Phased> Agenda<E> {
    /// An empty agenda.
    pub fn new() -> Self {
        Self {
            pending: BTreeMap::new(),
            sequence: 0,
        }
    }

    /// Schedules an event.
    pub fn push(&mut self, at: SimTime, event: E) -> Handle {
        let key = (at, event.phase(), self.sequence);
        self.sequence += 1;
        self.pending.insert(key, event);
        Handle { key }
    }

    /// Takes an event off; false if it was due or cancelled already.
    pub fn cancel(&mut self, handle: Handle) -> bool {
        self.pending.remove(&handle.key).is_some()
    }

    /// When the next event is due.
    pub fn peek_time(&self) -> Option<SimTime> {
        self.pending.first_key_value().map(|((at, _, _), _)| *at)
    }

    /// Takes the next event.
    pub fn pop(&mut self) -> Option<Entry<E>> {
        let ((at, phase, sequence), event) = self.pending.pop_first()?;
        Some(Entry {
            at,
            phase,
            sequence,
            event,
        })
    }

    /// Number of pending events.
    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }
}

impl<E: Phased> Default for Agenda<E> {
    fn default() -> Self {
        Self::new()
    }
}
