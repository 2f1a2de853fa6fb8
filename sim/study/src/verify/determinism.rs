//! The same study gives the same events: twice, and on any number of threads.

use patchbench_model::world::Plan;

use super::stage::{Law, Stage, install, installs, pool};
use crate::{Replications, Response, Silent, responses, run_replications};

/// A study that was played more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepeatResult {
    /// How it was repeated.
    pub what: String,
    /// The first replication that differs, if one does.
    pub first_difference: Option<u64>,
}

/// Plays a study on one thread twice, and on two and more threads.
///
/// # Errors
/// What is wrong with the scenario, or threads that cannot be started.
pub fn repeats(seed: u64, replications: u64) -> Result<Vec<RepeatResult>, String> {
    let behavior = installs(&Law::Exponential.of(900), 0.05);
    let stage = Stage {
        fleet: pool("web", 120, &behavior),
        task: install("7", "CONTINUE_TASK"),
        ..Stage::default()
    };
    let config = stage.config()?;
    let plan = Plan::new(&config);
    let play = |threads: usize| -> Result<(Replications, Vec<Response>), String> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|error| error.to_string())?;
        let played = pool.install(|| run_replications(&plan, seed, replications, &Silent));
        let responses = responses(&plan, &played.records);
        Ok((played, responses))
    };
    let (first, said) = play(1)?;
    let again = |what: &str, threads: usize| -> Result<RepeatResult, String> {
        let (other, other_said) = play(threads)?;
        let both = first.records.iter().zip(&other.records);
        let differs = both
            .map(|(first, other)| first.fingerprint == other.fingerprint)
            .position(|same| !same);
        let first_difference = differs.or_else(|| (said != other_said).then_some(0));
        Ok(RepeatResult {
            what: what.to_owned(),
            first_difference: first_difference.map(|number| number as u64),
        })
    };
    Ok(vec![
        again("1 thread, twice", 1)?,
        again("1 and 2 threads", 2)?,
        again("1 and 5 threads", 5)?,
    ])
}
