//! What a user can check on his own machine: closed forms, the slow simulation, determinism, and how often
//! intervals contain the truth.

mod coverage;
mod determinism;
mod experiment;
mod failures;
mod laws;
mod models;
pub mod rate_control;
pub mod stage;
pub mod streams;
pub mod times;

pub use coverage::{CoverageResult, coverage};
pub use determinism::{RepeatResult, repeats};
pub use experiment::{Experiment, Figure, FigureResult, MOST_ERRORS};
pub use models::{MODELS, Model};

/// All experiments, by model.
pub fn experiments() -> Vec<Experiment> {
    let mut all = rate_control::all();
    all.extend(times::all());
    all.extend(streams::all());
    all.extend(failures::all());
    let place = |one: &Experiment| MODELS.iter().position(|model| *model == one.model);
    all.sort_by_key(place);
    all
}
