//! The agenda against a sorted vector.

use patchbench_kernel::{Agenda, Entry, Handle, Phased, SimTime};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Event {
    phase: u8,
    name: usize,
}

impl Phased for Event {
    fn phase(&self) -> u8 {
        self.phase
    }

    fn kind(&self) -> u8 {
        0
    }
}

/// What one does with an agenda.
#[derive(Clone, Debug)]
enum Step {
    Push {
        at: i64,
        phase: u8,
    },
    Pop,
    /// Cancels an event that was pushed before, pending or not.
    Cancel {
        pushed: usize,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    // Few distinct times and phases, so that ties are the rule.
    let step = prop_oneof![
        4 => (-3i64..4, 0u8..4).prop_map(|(at, phase)| Step::Push { at, phase }),
        2 => Just(Step::Pop),
        1 => (0usize..200).prop_map(|pushed| Step::Cancel { pushed }),
    ];
    prop::collection::vec(step, 0..200)
}

/// The plain model: a vector sorted before every look.
#[derive(Default)]
struct Sorted {
    pending: Vec<Entry<Event>>,
}

impl Sorted {
    fn pop(&mut self) -> Option<Entry<Event>> {
        self.pending
            .sort_by_key(|entry| (entry.at, entry.phase, entry.sequence));
        (!self.pending.is_empty()).then(|| self.pending.remove(0))
    }

    fn cancel(&mut self, sequence: u64) -> bool {
        let before = self.pending.len();
        self.pending.retain(|entry| entry.sequence != sequence);
        self.pending.len() < before
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn events_come_by_time_then_phase_then_order_of_scheduling(steps in steps()) {
        let (mut agenda, mut sorted) = (Agenda::new(), Sorted::default());
        let mut handles: Vec<Handle> = Vec::new();
        for step in steps {
            match step {
                Step::Push { at, phase } => {
                    let (at, event) = (SimTime::from_millis(at), Event { phase, name: handles.len() });
                    sorted.pending.push(Entry { at, phase, sequence: handles.len() as u64, event });
                    handles.push(agenda.push(at, event));
                }
                Step::Pop => prop_assert_eq!(agenda.pop(), sorted.pop()),
                Step::Cancel { pushed } => {
                    if let Some(handle) = handles.get(pushed) {
                        prop_assert_eq!(agenda.cancel(*handle), sorted.cancel(pushed as u64));
                    }
                }
            }
            prop_assert_eq!(agenda.len(), sorted.pending.len());
            prop_assert_eq!(agenda.is_empty(), sorted.pending.is_empty());
            prop_assert_eq!(agenda.peek_time(), sorted.pending.iter().map(|entry| entry.at).min());
        }
        while let Some(entry) = agenda.pop() {
            prop_assert_eq!(Some(entry), sorted.pop());
        }
        prop_assert_eq!(sorted.pop(), None);
    }
}

#[test]
fn an_event_is_cancelled_once_and_not_after_it_was_due() {
    let mut agenda = Agenda::new();
    let event = Event { phase: 0, name: 0 };
    let first = agenda.push(SimTime::from_millis(1), event);
    let second = agenda.push(SimTime::from_millis(1), event);
    assert!(agenda.cancel(second));
    assert!(!agenda.cancel(second));
    assert_eq!(agenda.pop().map(|entry| entry.sequence), Some(0));
    assert!(!agenda.cancel(first));
    assert!(agenda.is_empty());
}
