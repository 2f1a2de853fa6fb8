//! How often intervals contain the truth: many independent studies of figures that are known exactly.

use patchbench_model::world::{Plan, RunRecord};
use rayon::prelude::*;

use super::laws::{failed, first, passed};
use super::stage::{Law, Stage, install, installs, pool};
use crate::{
    DesignSums, Interval, Observation, Precision, PrecisionTarget, Progress, Proportion, Replications,
    Response, ResponseKey, Selector, Silent, Study, Sums, binomial_exceeds,
};

/// Replications of each study: with so many, order statistics of the median and of the 95th percentile cover
/// 95.5 and 95.7 % by the binomial law; other numbers may give up to 97 %.
const REPLICATIONS: u64 = 420;

/// Coverage that is close enough to 95 % over a thousand studies.
const BAND: Interval = Interval {
    low: 0.935,
    high: 0.965,
};

/// How often the interval of an estimate contained the true value.
#[derive(Clone, Debug, PartialEq)]
pub struct CoverageResult {
    /// The interval.
    pub interval: &'static str,
    /// What is estimated.
    pub what: &'static str,
    /// The true value.
    pub truth: f64,
    /// Studies whose interval contained it, among all.
    pub covered: Proportion,
    /// Whether the share is to lie between 93.5 and 96.5 %; otherwise it is told and not judged: skewed
    /// figures, and samples whose size follows from what they show.
    pub judged: bool,
}

impl CoverageResult {
    /// Whether it is what a 95 % interval promises, as far as this many studies can tell.
    pub fn holds(&self) -> bool {
        let interval = self.covered.interval;
        !self.judged || (interval.low <= BAND.high && interval.high >= BAND.low)
    }
}

/// A figure with its true value and the interval of a study's sample.
struct Known {
    interval: &'static str,
    what: &'static str,
    truth: f64,
    judged: bool,
    figure: fn(&RunRecord) -> f64,
    estimate: fn(&Response) -> Option<Interval>,
}

/// Nodes, and the share of installs that fails, of the world with failures.
const NODES: u32 = 40;
const FAILURE: f64 = 0.1;
const ERRORS: u32 = 4;
/// Minutes of the world with one node.
const MINUTES: i64 = 20;

fn with_failures() -> Stage {
    Stage {
        fleet: pool("web", u64::from(NODES), &installs("\"1m\"", FAILURE)),
        task: format!("operation = \"Install\"\nmax_concurrency = \"{NODES}\"\nmax_errors = \"{ERRORS}\""),
        ..Stage::default()
    }
}

fn one_node(time: &str) -> Stage {
    Stage {
        fleet: pool("web", 1, &installs(time, 0.0)),
        task: install("1", "CONTINUE_TASK"),
        ..Stage::default()
    }
}

fn minutes(record: &RunRecord) -> f64 {
    let span = first(record, |command| command.ended.map(|at| at - command.opened));
    span.flatten().map_or(f64::NAN, |span| span.as_hours_f64() * 60.0)
}

/// The worlds, each with what is known of it.
fn worlds() -> Vec<(Stage, Vec<Known>)> {
    let mean = |response: &Response| response.summary().mean_interval;
    let failures = vec![
        Known {
            interval: "Student, mean",
            what: "errors of 40 nodes that fail with 10 %",
            truth: f64::from(NODES) * FAILURE,
            judged: true,
            figure: failed,
            estimate: mean,
        },
        Known {
            interval: "Wilson, probability",
            what: "more than 4 errors of 40",
            truth: binomial_exceeds(NODES, FAILURE, ERRORS),
            judged: true,
            figure: |record| f64::from(u8::from(passed(record))),
            estimate: |response| response.proportion().map(|share| share.interval),
        },
    ];
    let lognormal = format!("{{ lognormal = {{ median = \"{MINUTES}m\", sigma = 0.5 }} }}");
    // The 95th percentile of the normal law is 1.644 854.
    let p95 = MINUTES as f64 * (0.5 * 1.644_853_627_f64).exp();
    let quantiles = vec![
        Known {
            interval: "order statistics, median",
            what: "minutes of a lognormal install",
            truth: MINUTES as f64,
            judged: true,
            figure: minutes,
            estimate: |response| response.summary().p50_interval,
        },
        Known {
            interval: "order statistics, 95th percentile",
            what: "minutes of a lognormal install",
            truth: p95,
            judged: true,
            figure: minutes,
            estimate: |response| response.summary().p95_interval,
        },
    ];
    let skewed = vec![Known {
        interval: "Student, mean",
        what: "minutes of an exponential install (skewed)",
        truth: MINUTES as f64,
        judged: false,
        figure: minutes,
        estimate: mean,
    }];
    vec![
        (with_failures(), failures),
        (one_node(&lognormal), quantiles),
        (one_node(&Law::Exponential.of(MINUTES * 60)), skewed),
    ]
}

/// Plays so many independent studies of each world, and one more set whose number of replications follows
/// from a precision.
///
/// # Errors
/// What is wrong with a world.
pub fn coverage(seed: u64, studies: u64, progress: &dyn Progress) -> Result<Vec<CoverageResult>, String> {
    let mut results = Vec::new();
    for (stage, known) in worlds() {
        let config = stage.config()?;
        let plan = Plan::new(&config);
        // Studies are independent: each has replications of its own.
        let hits: Vec<Vec<bool>> = (0..studies)
            .into_par_iter()
            .map(|study| {
                let range = (study * REPLICATIONS, (study + 1) * REPLICATIONS);
                let records = Replications::of_range(&plan, seed, range, &Silent).records;
                progress.done(1);
                known.iter().map(|known| contains(known, &records)).collect()
            })
            .collect();
        for (number, known) in known.iter().enumerate() {
            let count = hits.iter().filter(|hits| hits[number]).count() as u64;
            results.push(CoverageResult {
                interval: known.interval,
                what: known.what,
                truth: known.truth,
                covered: Proportion::new(count, studies),
                judged: known.judged,
            });
        }
    }
    results.push(sequential(seed, studies, progress)?);
    Ok(results)
}

fn contains(known: &Known, records: &[RunRecord]) -> bool {
    let said = records
        .iter()
        .map(|record| Observation::Value((known.figure)(record)));
    let key = ResponseKey::overall("known");
    let mut response = Response::amount(key, "", said.collect());
    response.probability = known.interval.starts_with("Wilson");
    (known.estimate)(&response).is_some_and(|interval| holds(interval, known.truth))
}

fn holds(interval: Interval, truth: f64) -> bool {
    interval.low <= truth && truth <= interval.high
}

/// Studies that stop when the interval of their mean is within 10 %: each has a seed of its own.
fn sequential(seed: u64, studies: u64, progress: &dyn Progress) -> Result<CoverageResult, String> {
    let config = one_node(&Law::Exponential.of(MINUTES * 60)).config()?;
    let plan = Plan::new(&config);
    let selector = Selector::of("window_makespan");
    let precision = Precision {
        targets: vec![PrecisionTarget::parse("window_makespan=10%")?],
        first: crate::FIRST,
        most: crate::MOST,
    };
    let truth = MINUTES as f64 / 60.0;
    let study = |study: u64| -> Result<bool, String> {
        let seed = seed.wrapping_add(1 + study);
        let study = Study::new(&plan, seed, &[]);
        let played = study.play_until_precise::<DesignSums>(&precision, &Silent);
        let (played, _) = played.map_err(|error| error.to_string())?;
        progress.done(1);
        let responses = played.responses(&study);
        let response = selector.select(&responses).map_err(|error| error.to_string())?;
        Ok(response
            .summary()
            .mean_interval
            .is_some_and(|interval| holds(interval, truth)))
    };
    let hits: Result<Vec<bool>, String> = (0..studies).into_par_iter().map(study).collect();
    let count = hits?.iter().filter(|hit| **hit).count() as u64;
    Ok(CoverageResult {
        interval: "Student, mean, until ± 10 %",
        what: "hours of an exponential install (sequential, skewed)",
        truth,
        covered: Proportion::new(count, studies),
        judged: false,
    })
}
