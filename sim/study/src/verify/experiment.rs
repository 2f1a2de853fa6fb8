//! A scenario that is small enough for its figures to be known exactly, and the figures as simulated.

use patchbench_model::world::{Nobody, Plan, RunRecord, simulate};
use rayon::prelude::*;

use super::Model;
use super::stage::Stage;
use crate::Progress;

type Measure = Box<dyn Fn(&Plan<'_>, &RunRecord) -> f64 + Send + Sync>;

/// A figure of every replication, whose mean is known.
pub struct Figure {
    /// Its case, where it is one of the published ones.
    pub case: Option<&'static str>,
    /// What is measured, with its unit.
    pub what: &'static str,
    /// The exact mean.
    pub exact: f64,
    /// Whether it is a probability, so that the standard error is known too.
    pub probability: bool,
    measure: Measure,
}

impl Figure {
    /// A figure with this mean.
    pub fn mean(
        what: &'static str,
        exact: f64,
        measure: impl Fn(&Plan<'_>, &RunRecord) -> f64 + Send + Sync + 'static,
    ) -> Self {
        Self {
            case: None,
            what,
            exact,
            probability: false,
            measure: Box::new(measure),
        }
    }

    /// Something that happens with this probability.
    pub fn chance(
        what: &'static str,
        exact: f64,
        happens: impl Fn(&RunRecord) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self {
            probability: true,
            ..Self::mean(what, exact, move |_, record| f64::from(u8::from(happens(record))))
        }
    }

    /// What one replication says.
    pub fn of(&self, plan: &Plan<'_>, record: &RunRecord) -> f64 {
        (self.measure)(plan, record)
    }
}

/// Where the scenario of a replication comes from.
enum Scenery {
    Same(Stage),
    /// By the number of the replication.
    Drawn(Box<dyn Fn(u64) -> Stage + Send + Sync>),
}

/// A model at one setting.
pub struct Experiment {
    /// The model.
    pub model: Model,
    /// The setting, in words.
    pub setting: String,
    /// Replications that are enough for a usual look; 1 where nothing is random.
    pub replications: u64,
    /// Figures.
    pub figures: Vec<Figure>,
    scenery: Scenery,
}

impl Experiment {
    /// One scenario in all replications.
    pub fn new(model: Model, setting: String, stage: Stage, figures: Vec<Figure>) -> Self {
        Self {
            model,
            setting,
            replications: 2_000,
            figures,
            scenery: Scenery::Same(stage),
        }
    }

    /// Every replication has a scenario of its own.
    pub fn drawn(
        model: Model,
        setting: String,
        stage: impl Fn(u64) -> Stage + Send + Sync + 'static,
        figures: Vec<Figure>,
    ) -> Self {
        Self {
            model,
            setting,
            replications: 100,
            figures,
            scenery: Scenery::Drawn(Box::new(stage)),
        }
    }

    /// With another usual number of replications.
    pub fn times(self, replications: u64) -> Self {
        Self { replications, ..self }
    }

    /// Names the figures that are published cases, in their order.
    pub fn published(mut self, cases: &[&'static str]) -> Self {
        for (figure, case) in self.figures.iter_mut().zip(cases) {
            figure.case = Some(case);
        }
        self
    }

    /// The scenario of a replication.
    pub fn stage(&self, replication: u64) -> Stage {
        match &self.scenery {
            Scenery::Same(stage) => stage.clone(),
            Scenery::Drawn(stage) => stage(replication),
        }
    }

    /// Whether chance has no part in it.
    pub const fn is_exact(&self) -> bool {
        self.replications == 1
    }

    /// Plays it, once if nothing is random.
    ///
    /// # Errors
    /// What is wrong with its scenario.
    pub fn play(
        &self,
        seed: u64,
        replications: u64,
        progress: &dyn Progress,
    ) -> Result<Vec<FigureResult>, String> {
        let replications = if self.is_exact() { 1 } else { replications };
        let shared = match &self.scenery {
            Scenery::Same(stage) => Some(stage.config()?),
            Scenery::Drawn(_) => None,
        };
        let plan = shared.as_ref().map(Plan::new);
        let one = |plan: &Plan<'_>, replication: u64| -> Vec<f64> {
            let record = simulate(plan, seed, replication, &mut Nobody);
            let figures = self.figures.iter();
            figures.map(|figure| figure.of(plan, &record)).collect()
        };
        let played: Result<Vec<Vec<f64>>, String> = (0..replications)
            .into_par_iter()
            .map(|replication| {
                let values = match &plan {
                    Some(plan) => one(plan, replication),
                    None => one(&Plan::new(&self.stage(replication).config()?), replication),
                };
                progress.done(1);
                Ok(values)
            })
            .collect();
        let played = played?;
        let of = |(number, figure)| {
            let values: Vec<f64> = played.iter().map(|values| values[number]).collect();
            self.result(figure, &values)
        };
        Ok(self.figures.iter().enumerate().map(of).collect())
    }

    fn result(&self, figure: &Figure, values: &[f64]) -> FigureResult {
        let n = values.len() as f64;
        let simulated = values.iter().sum::<f64>() / n;
        let off = simulated - figure.exact;
        let squares: f64 = values.iter().map(|value| (value - simulated).powi(2)).sum();
        let variance = if figure.probability {
            figure.exact * (1.0 - figure.exact)
        } else {
            squares / (n - 1.0)
        };
        let error = (variance / n).sqrt();
        let standard_error = Some(error).filter(|error| !self.is_exact() && *error > 0.0);
        let z = standard_error.map(|error| off / error);
        // Where all replications say the same although chance has a part, what is rare has not happened yet:
        // it is missed so often with a probability of one in ten thousand.
        let rare = if self.is_exact() { 0.0 } else { RARE / n };
        let exactly = off.abs() <= (EQUAL + rare) * figure.exact.abs();
        FigureResult {
            model: self.model,
            case: figure.case,
            setting: self.setting.clone(),
            what: figure.what,
            exact: figure.exact,
            simulated,
            standard_error,
            z,
            replications: values.len() as u64,
            holds: z.map_or(exactly, |z| z.abs() < MOST_ERRORS),
        }
    }
}

/// Figures that nothing random enters are equal up to this share: rounding of floating point.
const EQUAL: f64 = 1e-9;

/// What happens in a share of `RARE / n` of the replications happens in none of n with a probability of
/// exp(-RARE).
const RARE: f64 = 9.2;

/// A correct program is further from the exact figure once in 16,000 figures.
pub const MOST_ERRORS: f64 = 4.0;

/// A figure beside its exact value.
#[derive(Clone, Debug, PartialEq)]
pub struct FigureResult {
    /// The model.
    pub model: Model,
    /// The published case, if it is one.
    pub case: Option<&'static str>,
    /// The setting, in words.
    pub setting: String,
    /// What is measured, with its unit.
    pub what: &'static str,
    /// The exact value.
    pub exact: f64,
    /// The mean over the replications.
    pub simulated: f64,
    /// Its standard error; none where nothing is random, or all replications say the same.
    pub standard_error: Option<f64>,
    /// How many standard errors it is off.
    pub z: Option<f64>,
    /// Replications.
    pub replications: u64,
    /// Whether it is less than four standard errors off, or equal where nothing is random; where all
    /// replications say the same, as near as what has not happened in any of them allows.
    pub holds: bool,
}
