//! The workloads on an event loop written by hand.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::Sampler;
use crate::w1::{self, FAILURE, INSTALL_TIME, REBOOT, REBOOT_TIME, Rollout, W1};
use crate::w2::{self, W2, Year};

/// Pending events: the earliest first, the one scheduled first among equals.
struct Agenda<E> {
    heap: BinaryHeap<Pending<E>>,
    scheduled: u64,
}

struct Pending<E> {
    at: f64,
    number: u64,
    event: E,
}

impl<E> PartialEq for Pending<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<E> Eq for Pending<E> {}

impl<E> PartialOrd for Pending<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Pending<E> {
    /// The heap gives its greatest entry first, so the earliest counts as the greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        let by_time = other.at.total_cmp(&self.at);
        by_time.then(other.number.cmp(&self.number))
    }
}

impl<E> Agenda<E> {
    fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            scheduled: 0,
        }
    }

    fn schedule(&mut self, at: f64, event: E) {
        self.scheduled += 1;
        self.heap.push(Pending {
            at,
            number: self.scheduled,
            event,
        });
    }

    fn next(&mut self) -> Option<(f64, E)> {
        self.heap.pop().map(|pending| (pending.at, pending.event))
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Waiting,
    Installing,
    Rebooting,
    Installed,
    Failed,
}

/// What happens next to a node.
enum Event {
    InstallEnds(usize),
    RebootEnds(usize),
}

struct Window {
    rollout: Rollout,
    sampler: Sampler,
    agenda: Agenda<Event>,
    states: Vec<State>,
}

impl Window {
    /// Gives a free slot to the next node.
    fn start(&mut self, now: f64) {
        if let Some(node) = self.rollout.start(now) {
            let node = node as usize;
            self.states[node] = State::Installing;
            let time = self.sampler.lognormal(INSTALL_TIME.0, INSTALL_TIME.1);
            self.agenda.schedule(now + time, Event::InstallEnds(node));
        }
    }

    fn install_ends(&mut self, node: usize, now: f64) {
        if self.sampler.happens(FAILURE) {
            self.states[node] = State::Failed;
            self.rollout.failed(now);
            self.start(now);
        } else if self.sampler.happens(REBOOT) {
            self.states[node] = State::Rebooting;
            let time = self.sampler.lognormal(REBOOT_TIME.0, REBOOT_TIME.1);
            self.agenda.schedule(now + time, Event::RebootEnds(node));
        } else {
            self.complete(node, now);
        }
    }

    fn complete(&mut self, node: usize, now: f64) {
        self.states[node] = State::Installed;
        self.rollout.completed(now);
        self.start(now);
    }
}

/// W1, one replication.
pub fn rollout(w1: &W1, seed: u64) -> w1::Outcome {
    let mut window = Window {
        rollout: Rollout::new(w1),
        sampler: Sampler::new(seed),
        agenda: Agenda::new(),
        states: vec![State::Waiting; w1.nodes as usize],
    };
    for _ in 0..w1.slots {
        window.start(0.0);
    }
    while let Some((now, event)) = window.agenda.next() {
        match event {
            Event::InstallEnds(node) => window.install_ends(node, now),
            Event::RebootEnds(node) => window.complete(node, now),
        }
    }
    let outcome = window.rollout.finish();
    let waiting = window
        .states
        .iter()
        .filter(|state| **state == State::Waiting)
        .count();
    assert_eq!(waiting, outcome.never as usize, "a node is waiting or has ended");
    outcome
}

/// W2, one replication.
pub fn year(w2: &W2, seed: u64) -> w2::Outcome {
    let mut year = Year::new(w2, seed);
    let mut agenda = Agenda::new();
    for (at, event) in year.openings() {
        agenda.schedule(at, event);
    }
    while let Some((now, event)) = agenda.next() {
        year.handle(now, event, &mut |seconds, event| {
            agenda.schedule(now + seconds, event);
        });
    }
    year.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_starts_after_the_last_start() {
        let w1 = W1 {
            slots: 10,
            last_start: 0.0,
            ..W1::unlimited(100)
        };
        let outcome = rollout(&w1, 1);
        assert_eq!((outcome.completed + outcome.failed, outcome.never), (10, 90));
        assert_eq!((outcome.stopped, outcome.stop), (false, 0.0));
    }

    #[test]
    fn one_failure_too_many_ends_the_starting() {
        let w1 = W1 {
            slots: 1,
            tolerated: 2,
            ..W1::unlimited(10_000)
        };
        let outcome = rollout(&w1, 1);
        assert_eq!((outcome.stopped, outcome.failed), (true, 3));
        assert_eq!(outcome.stop, outcome.makespan);
    }

    #[test]
    fn a_year_installs_what_every_ring_has_approved_on_most_nodes() {
        let w2 = W2::new(100);
        let outcome = year(&w2, 1);
        assert!(
            (95_000..100_000).contains(&outcome.installed),
            "{}",
            outcome.installed
        );
        let repeated = year(&w2, 1);
        assert_eq!(outcome.rings[2].days, repeated.rings[2].days);
    }
}
