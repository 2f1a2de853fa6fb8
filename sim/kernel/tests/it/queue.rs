//! A queue with known answers, built from the kernel's own parts: customers arrive at random, wait
//! for one of `c` servers and are served for an exponential time (M/M/c). Erlang (1917) knows the
//! probability of waiting and the mean wait.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use patchbench_kernel::{
    Context, Distribution, Model, Phased, SimDuration, SimTime, Simulator, StopReason, StreamKey, Streams,
    Tally, TimeWeighted,
};

use crate::statistics::{assert_near, mean_and_error};

const ARRIVAL: u32 = 1;
const SERVICE: u32 = 2;

#[derive(Clone, Copy, Debug)]
enum Event {
    Departs,
    Arrives { customer: u64 },
}

impl Phased for Event {
    /// Who arrives as somebody leaves finds the server free.
    fn phase(&self) -> u8 {
        match self {
            Self::Departs => 0,
            Self::Arrives { .. } => 1,
        }
    }

    fn kind(&self) -> u8 {
        self.phase()
    }
}

struct Queue {
    streams: Streams,
    between_arrivals: Distribution,
    service: Distribution,
    idle: u32,
    line: VecDeque<(u64, SimTime)>,
    /// Customers before this one only warm the queue up.
    first_counted: u64,
    customers: u64,
    waits: Tally,
    waited: Tally,
    length: Option<TimeWeighted>,
    /// Every event as it was handled.
    log: Vec<u8>,
}

impl Queue {
    fn draw(&self, purpose: u32, customer: u64, time: &Distribution) -> SimDuration {
        let key = StreamKey {
            purpose,
            entity: customer,
            attempt: 0,
        };
        time.sample(&mut self.streams.generator(key))
    }

    fn serve(&mut self, customer: u64, arrived: SimTime, context: &mut Context<'_, Event>) {
        let now = context.now();
        if customer >= self.first_counted {
            self.waits.observe((now - arrived).millis());
            self.waited.observe(i64::from(now > arrived));
        }
        self.idle -= 1;
        let service = self.draw(SERVICE, customer, &self.service);
        context.schedule(now + service, Event::Departs);
    }

    fn note_length(&mut self, now: SimTime) {
        let length = self.line.len() as i64;
        if let Some(average) = &mut self.length {
            average.set(now, length);
        }
    }
}

impl Model for Queue {
    type Event = Event;

    fn handle(&mut self, event: Event, context: &mut Context<'_, Event>) -> ControlFlow<()> {
        let now = context.now();
        self.log.extend(now.millis().to_le_bytes());
        match event {
            Event::Arrives { customer } if customer == self.customers => return ControlFlow::Break(()),
            Event::Arrives { customer } => {
                if customer == self.first_counted {
                    self.length = Some(TimeWeighted::new(now, self.line.len() as i64));
                }
                let next = self.draw(ARRIVAL, customer + 1, &self.between_arrivals);
                context.schedule(
                    now + next,
                    Event::Arrives {
                        customer: customer + 1,
                    },
                );
                if self.idle > 0 {
                    self.serve(customer, now, context);
                } else {
                    self.line.push_back((customer, now));
                }
            }
            Event::Departs => {
                self.idle += 1;
                if let Some((customer, arrived)) = self.line.pop_front() {
                    self.serve(customer, arrived, context);
                }
            }
        }
        self.note_length(now);
        ControlFlow::Continue(())
    }
}

const SERVICE_SECONDS: i64 = 600;

fn simulate(servers: u32, load: f64, seed: u64, replication: u64, customers: u64) -> Simulator<Queue> {
    let service = SimDuration::from_secs(SERVICE_SECONDS);
    let between = service.millis() as f64 / (f64::from(servers) * load);
    let queue = Queue {
        streams: Streams::new(seed, replication),
        between_arrivals: Distribution::exponential(SimDuration::from_millis(between.round() as i64))
            .unwrap(),
        service: Distribution::exponential(service).unwrap(),
        idle: servers,
        line: VecDeque::new(),
        first_counted: customers / 10,
        customers,
        waits: Tally::default(),
        waited: Tally::default(),
        length: None,
        log: Vec::new(),
    };
    let mut simulator = Simulator::new(queue, SimTime::from_millis(0));
    simulator
        .agenda
        .push(SimTime::from_millis(0), Event::Arrives { customer: 0 });
    assert_eq!(simulator.run_until(SimTime::MAX), StopReason::Model);
    simulator
}

/// Erlang's C formula: the probability that all of `servers` are busy at `load` of their capacity.
fn probability_of_waiting(servers: u32, load: f64) -> f64 {
    let offered = f64::from(servers) * load;
    let blocked = (1..=servers).fold(1.0, |blocked, busy| {
        offered * blocked / (f64::from(busy) + offered * blocked)
    });
    blocked / (1.0 - load * (1.0 - blocked))
}

#[test]
fn the_formula_gives_textbook_values() {
    assert!((probability_of_waiting(1, 0.7) - 0.7).abs() < 1e-12);
    assert!((probability_of_waiting(2, 0.5) - 1.0 / 3.0).abs() < 1e-12);
    // Ten servers and an offered load of eight.
    assert!((probability_of_waiting(10, 0.8) - 0.409_180).abs() < 1e-6);
}

/// 32 replications: with 31 degrees of freedom, Student's t lies beyond 4 with probability 0.0004.
#[test]
fn waits_in_a_queue_follow_erlang() {
    const REPLICATIONS: u64 = 32;
    for (servers, load) in [(1, 0.5), (1, 0.8), (3, 0.7), (10, 0.9)] {
        let known_share = probability_of_waiting(servers, load);
        let rate = f64::from(servers) / (1000.0 * SERVICE_SECONDS as f64);
        let known_wait = known_share / (rate * (1.0 - load));
        let (mut waits, mut shares, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
        for replication in 0..REPLICATIONS {
            let done = simulate(servers, load, 42, replication, 12_000);
            waits.push(done.model.waits.mean().unwrap());
            shares.push(done.model.waited.mean().unwrap());
            lengths.push(done.model.length.unwrap().average(done.now()).unwrap());
        }
        // Little's law turns the known wait into the known length of the line.
        for (what, values, known) in [
            ("mean wait", waits, known_wait),
            ("share that waits", shares, known_share),
            ("mean length", lengths, known_wait * load * rate),
        ] {
            let name = format!("{what}, {servers} servers at {load}");
            let (mean, error) = mean_and_error(&values);
            assert!(
                error < 0.05 * known,
                "{name}: a standard error of {error} proves little"
            );
            assert_near(&name, mean, error, known);
        }
    }
}

#[test]
fn two_runs_are_equal_to_the_last_byte() {
    let run = |seed, replication| {
        let done = simulate(3, 0.8, seed, replication, 500);
        (done.fingerprint(), done.model.log, done.model.waits)
    };
    let first = run(1, 1);
    assert!(first.1.len() > 8 * 900, "hardly anything happened");
    assert_eq!(run(1, 1), first);
    for (seed, replication) in [(2, 1), (1, 2)] {
        let other = run(seed, replication);
        assert_ne!(other.0, first.0);
        assert_ne!(other.1, first.1);
    }
}
