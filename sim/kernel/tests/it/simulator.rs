//! The loop: horizon, order, fingerprints.

use std::ops::ControlFlow;

use patchbench_kernel::{
    Context, Entry, Fingerprint, Handle, Model, Phased, SimDuration, SimTime, Simulator, StopReason,
};

/// A model that writes down what happens, and reschedules, cancels or stops as its events say.
#[derive(Default)]
struct Diary {
    lines: Vec<String>,
    handle: Option<Handle>,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    /// Something with a name.
    Note(#[expect(dead_code, reason = "it is read by Debug")] u32),
    /// Schedules a note after a while, and keeps the handle.
    Later(i64),
    /// Cancels the note that was scheduled last.
    Cancel,
    Stop,
}

impl Phased for Event {
    fn phase(&self) -> u8 {
        match self {
            Self::Cancel => 0,
            _ => 1,
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Note(_) => 0,
            Self::Later(_) => 1,
            Self::Cancel => 2,
            Self::Stop => 3,
        }
    }
}

impl Model for Diary {
    type Event = Event;

    fn handle(&mut self, event: Event, context: &mut Context<'_, Event>) -> ControlFlow<()> {
        self.lines.push(format!("{} {event:?}", context.now().millis()));
        match event {
            Event::Note(_) => {}
            Event::Later(wait) => {
                let at = context.now() + SimDuration::from_millis(wait);
                self.handle = Some(context.schedule(at, Event::Note(99)));
            }
            Event::Cancel => {
                let cancelled = self.handle.take().is_some_and(|handle| context.cancel(handle));
                self.lines.push(format!("cancelled: {cancelled}"));
            }
            Event::Stop => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    }
}

const fn at(millis: i64) -> SimTime {
    SimTime::from_millis(millis)
}

fn simulator(events: &[(i64, Event)]) -> Simulator<Diary> {
    let mut simulator = Simulator::new(Diary::default(), at(0));
    for (time, event) in events {
        simulator.agenda.push(at(*time), *event);
    }
    simulator
}

#[test]
fn a_run_ends_after_the_events_at_its_horizon_and_can_go_on() {
    let mut simulator = simulator(&[(7, Event::Note(3)), (5, Event::Note(2)), (1, Event::Note(1))]);
    assert_eq!(simulator.run_until(at(5)), StopReason::Horizon);
    assert_eq!(simulator.model.lines, ["1 Note(1)", "5 Note(2)"]);
    assert_eq!(simulator.now(), at(5));
    assert_eq!(simulator.run_until(SimTime::MAX), StopReason::Empty);
    assert_eq!(simulator.model.lines.last().unwrap(), "7 Note(3)");
    assert_eq!(simulator.run_until(SimTime::MAX), StopReason::Empty);
}

#[test]
fn a_model_may_end_its_run() {
    let mut simulator = simulator(&[(1, Event::Stop), (2, Event::Note(1))]);
    assert_eq!(simulator.run_until(SimTime::MAX), StopReason::Model);
    assert_eq!((simulator.now(), simulator.agenda.len()), (at(1), 1));
}

#[test]
fn handlers_schedule_and_cancel() {
    let events = [
        (1, Event::Later(4)),
        (5, Event::Cancel),
        (6, Event::Cancel),
        (7, Event::Later(0)),
    ];
    let mut simulator = simulator(&events);
    simulator.run_until(SimTime::MAX);
    // The cancel at 5 has the lower phase, so it comes before the note at the same instant.
    let expected = [
        "1 Later(4)",
        "5 Cancel",
        "cancelled: true",
        "6 Cancel",
        "cancelled: false",
        "7 Later(0)",
        "7 Note(99)",
    ];
    assert_eq!(simulator.model.lines, expected);
}

#[test]
#[should_panic(expected = "this is a bug")]
fn nothing_is_scheduled_in_the_past() {
    simulator(&[(5, Event::Later(-1))]).run_until(SimTime::MAX);
}

#[test]
fn each_part_of_an_event_changes_the_fingerprint() {
    let fingerprint = |at: i64, phase: u8, sequence: u64, event: Event| {
        let mut fingerprint = Fingerprint::new();
        fingerprint.absorb(&Entry {
            at: SimTime::from_millis(at),
            phase,
            sequence,
            event,
        });
        fingerprint.value()
    };
    let base = fingerprint(1, 1, 1, Event::Stop);
    assert_eq!(fingerprint(1, 1, 1, Event::Stop), base);
    assert_ne!(fingerprint(2, 1, 1, Event::Stop), base);
    assert_ne!(fingerprint(1, 2, 1, Event::Stop), base);
    assert_ne!(fingerprint(1, 1, 2, Event::Stop), base);
    assert_ne!(fingerprint(1, 1, 1, Event::Cancel), base);
    assert_ne!(Fingerprint::new().value(), base);
}

#[test]
fn a_changed_moved_missing_or_swapped_event_changes_the_fingerprint_of_a_run() {
    let fingerprint = |events: &[(i64, Event)]| {
        let mut simulator = simulator(events);
        simulator.run_until(SimTime::MAX);
        simulator.fingerprint()
    };
    let (note, cancel) = (Event::Note(1), Event::Cancel);
    let base = fingerprint(&[(1, note), (2, cancel), (3, note)]);
    assert_eq!(base, fingerprint(&[(1, note), (2, cancel), (3, note)]));
    let changed = [
        fingerprint(&[(1, note), (2, note), (3, note)]),
        fingerprint(&[(1, note), (2, cancel), (4, note)]),
        fingerprint(&[(1, note), (2, cancel)]),
        fingerprint(&[(1, cancel), (2, note), (3, note)]),
        fingerprint(&[(2, cancel), (1, note), (3, note)]),
    ];
    let mut all = changed.to_vec();
    all.push(base);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), changed.len() + 1);
}

#[test]
fn the_order_of_words_matters_to_a_fingerprint() {
    let of = |words: &[u64]| {
        let mut fingerprint = Fingerprint::default();
        for word in words {
            fingerprint.absorb_word(*word);
        }
        fingerprint.value()
    };
    let mut seen = std::collections::BTreeSet::new();
    for words in [&[][..], &[0], &[0, 0], &[1, 2], &[2, 1], &[1, 2, 0], &[u64::MAX]] {
        assert!(seen.insert(of(words)), "{words:?}");
    }
}
