//! The reference workloads on nexosim: a window, or a year, is one model that schedules its own events.
//!
//! Rules and chance are those of the plain loop, so equal seeds give equal outcomes, but for
//! nexosim's whole nanoseconds.

use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nexosim::model::{Context, Model, schedulable};
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use patchbench_peer_plain::w1::{self, FAILURE, INSTALL_TIME, REBOOT, REBOOT_TIME, Rollout, W1};
use patchbench_peer_plain::w2::{self, Event, Session, W2};
use patchbench_peer_plain::{Sampler, program};
use serde::{Deserialize, Serialize};

/// Where a model leaves its outcome when the simulation ends.
type Left<T> = Arc<Mutex<Option<T>>>;

/// Runs a model to its end.
fn run<M: Model<Env: Default> + 'static>(model: M, name: &str) {
    let simulation = SimInit::with_num_threads(1).add_model(model, Mailbox::new(), name);
    let mut simulation = simulation
        .init(MonotonicTime::EPOCH)
        .expect("a model to begin with");
    simulation.run().expect("a model without faults");
}

fn taken<T>(left: &Left<T>) -> T {
    let mut left = left.lock().expect("one thread");
    left.take().expect("the model has left its outcome")
}

/// Seconds since the simulation began.
fn now<M: Model>(context: &Context<M>) -> f64 {
    context.time().duration_since(MonotonicTime::EPOCH).as_secs_f64()
}

/// A window of W1. Its state cannot be saved, so it stays out of serde.
#[derive(Serialize, Deserialize)]
struct Window {
    #[serde(skip)]
    state: Option<(Rollout, Sampler)>,
    #[serde(skip)]
    outcome: Left<w1::Outcome>,
}

#[Model]
impl Window {
    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>) {
        for _ in 0..self.state().0.slots() {
            self.start(context);
        }
    }

    fn state(&mut self) -> &mut (Rollout, Sampler) {
        self.state.as_mut().expect("a state until the end")
    }

    fn start(&mut self, context: &Context<Self>) {
        let (rollout, sampler) = self.state();
        if let Some(node) = rollout.start(now(context)) {
            let time = Duration::from_secs_f64(sampler.lognormal(INSTALL_TIME.0, INSTALL_TIME.1));
            let scheduled = context.schedule_event(time, schedulable!(Self::install_ends), node);
            scheduled.expect("a time to come");
        }
    }

    #[nexosim(schedulable)]
    fn install_ends(&mut self, node: u32, context: &Context<Self>) {
        let (rollout, sampler) = self.state();
        if sampler.happens(FAILURE) {
            rollout.failed(now(context));
        } else if sampler.happens(REBOOT) {
            let time = Duration::from_secs_f64(sampler.lognormal(REBOOT_TIME.0, REBOOT_TIME.1));
            let scheduled = context.schedule_event(time, schedulable!(Self::reboot_ends), node);
            scheduled.expect("a time to come");
            return;
        } else {
            rollout.completed(now(context));
        }
        self.start(context);
    }

    #[nexosim(schedulable)]
    fn reboot_ends(&mut self, _node: u32, context: &Context<Self>) {
        self.state().0.completed(now(context));
        self.start(context);
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let outcome = self.state.take().map(|(rollout, _)| rollout.finish());
        *self.outcome.lock().expect("one thread") = outcome;
    }
}

fn rollout(w1: &W1, seed: u64) -> w1::Outcome {
    let outcome = Left::default();
    let window = Window {
        state: Some((Rollout::new(w1), Sampler::new(seed))),
        outcome: Arc::clone(&outcome),
    };
    run(window, "window");
    taken(&outcome)
}

/// Ring, node and what it will have, as the events carry them.
type Words = (u8, u32, u32);

fn words(session: Session) -> Words {
    (session.ring, session.node, session.until)
}

fn session((ring, node, until): Words) -> Session {
    Session { ring, node, until }
}

/// The year of W2.
#[derive(Serialize, Deserialize)]
struct Year {
    #[serde(skip)]
    state: Option<w2::Year>,
    #[serde(skip)]
    outcome: Left<w2::Outcome>,
}

#[Model]
impl Year {
    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>) {
        for (at, event) in self.state.as_ref().expect("a state until the end").openings() {
            schedule(context, at, event);
        }
    }

    fn handle(&mut self, event: Event, context: &Context<Self>) {
        let state = self.state.as_mut().expect("a state until the end");
        state.handle(now(context), event, &mut |seconds, event| {
            schedule(context, seconds, event);
        });
    }

    #[nexosim(schedulable)]
    fn opens(&mut self, ring: u8, context: &Context<Self>) {
        self.handle(Event::Opens(ring), context);
    }

    #[nexosim(schedulable)]
    fn install_ends(&mut self, words: Words, context: &Context<Self>) {
        self.handle(Event::InstallEnds(session(words)), context);
    }

    #[nexosim(schedulable)]
    fn reboot_ends(&mut self, words: Words, context: &Context<Self>) {
        self.handle(Event::RebootEnds(session(words)), context);
    }
}

fn schedule(context: &Context<Year>, seconds: f64, event: Event) {
    let time = Duration::from_secs_f64(seconds);
    let scheduled = match event {
        Event::Opens(ring) => context.schedule_event(time, schedulable!(Year::opens), ring),
        Event::InstallEnds(session) => {
            context.schedule_event(time, schedulable!(Year::install_ends), words(session))
        }
        Event::RebootEnds(session) => {
            context.schedule_event(time, schedulable!(Year::reboot_ends), words(session))
        }
    };
    scheduled.expect("a time to come");
}

impl Drop for Year {
    fn drop(&mut self) {
        let outcome = self.state.take().map(w2::Year::finish);
        *self.outcome.lock().expect("one thread") = outcome;
    }
}

fn year(w2: &W2, seed: u64) -> w2::Outcome {
    let outcome = Left::default();
    let year = Year {
        state: Some(w2::Year::new(w2, seed)),
        outcome: Arc::clone(&outcome),
    };
    run(year, "year");
    taken(&outcome)
}

fn main() -> ExitCode {
    match program::run("nexosim", std::env::args().skip(1), rollout, year) {
        Ok(line) => println!("{line}"),
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
