//! The loop.

use std::ops::ControlFlow;

use crate::{Agenda, Fingerprint, Handle, Phased, SimTime};

/// A simulated system: state, and what each event does to it.
pub trait Model {
    /// The events.
    type Event: Phased;

    /// Handles an event; `Break` ends the run.
    fn handle(&mut self, event: Self::Event, context: &mut Context<'_, Self::Event>) -> ControlFlow<()>;
}

/// What a handler may do besides changing the model.
pub struct Context<'a, E> {
    now: SimTime,
    agenda: &'a mut Agenda<E>,
}

impl<E: Phased> Context<'_, E> {
    /// The current simulated time.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Schedules an event. Panics if it lies in the past, which is a bug.
    pub fn schedule(&mut self, at: SimTime, event: E) -> Handle {
        assert!(
            at >= self.now,
            "an event at {at} was scheduled at {}: this is a bug",
            self.now
        );
        self.agenda.push(at, event)
    }

    /// Cancels an event; false if it was due or cancelled already.
    pub fn cancel(&mut self, handle: Handle) -> bool {
        self.agenda.cancel(handle)
    }
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The next event lies beyond the horizon.
    Horizon,
    /// No event is left.
    Empty,
    /// The model ended it.
    Model,
}

/// A model, its agenda and its clock.
#[derive(Debug)]
pub struct Simulator<M: Model> {
    /// The model.
    pub model: M,
    /// Pending events.
    pub agenda: Agenda<M::Event>,
    now: SimTime,
    fingerprint: Fingerprint,
}

impl<M: Model> Simulator<M> {
    /// A model at `start`, with nothing scheduled.
    pub fn new(model: M, start: SimTime) -> Self {
        Self {
            model,
            agenda: Agenda::new(),
            now: start,
            fingerprint: Fingerprint::new(),
        }
    }

    /// The current simulated time.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Hash of all events so far.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint.value()
    }

    /// Handles events in order, up to and including those at the horizon.
    pub fn run_until(&mut self, horizon: SimTime) -> StopReason {
        while let Some(at) = self.agenda.peek_time() {
            if at > horizon {
                return StopReason::Horizon;
            }
            let Some(next) = self.agenda.pop() else { break };
            self.now = next.at;
            self.fingerprint.absorb(&next);
            let mut context = Context {
                now: self.now,
                agenda: &mut self.agenda,
            };
            if self.model.handle(next.event, &mut context).is_break() {
                return StopReason::Model;
            }
        }
        StopReason::Empty
    }
}
