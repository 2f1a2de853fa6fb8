//! What every peer program has in common: arguments of the form `key=value`, and one line of JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::str::FromStr;

use crate::w1::{self, W1};
use crate::w2::{self, SHARES, W2};

/// Figures of one replication by name.
type Figures = Vec<(String, f64)>;

const KEYS: [&str; 7] = ["w", "n", "c", "e", "last_start", "seed", "reps"];

/// Runs the workload that the arguments name and describes its outcome as a line of JSON: installs or
/// sessions in total, and mean and deviation of every figure over the replications.
///
/// `w=w1` (or `w2`) is the workload, `n` its nodes; `c`, `e` and `last_start` are the slots and
/// limits of W1; replications `reps` have the seeds `seed`, `seed + 1` and so on.
///
/// # Errors
/// What is wrong with the arguments.
pub fn run(
    name: &str,
    arguments: impl Iterator<Item = String>,
    rollout: impl Fn(&W1, u64) -> w1::Outcome,
    year: impl Fn(&W2, u64) -> w2::Outcome,
) -> Result<String, String> {
    let arguments = Arguments::read(arguments)?;
    let nodes: u32 = arguments.value("n", 10_000)?;
    let seed: u64 = arguments.value("seed", 1)?;
    let seeds = (seed..).take(arguments.value("reps", 1)?);
    match arguments.value("w", "w1".to_owned())?.as_str() {
        "w1" => {
            let unlimited = W1::unlimited(nodes);
            let w1 = W1 {
                nodes,
                slots: arguments.value("c", unlimited.slots)?,
                tolerated: arguments.value("e", unlimited.tolerated)?,
                last_start: arguments.value("last_start", unlimited.last_start)?,
            };
            let outcomes: Vec<_> = seeds.map(|seed| rollout(&w1, seed)).collect();
            let installs = outcomes
                .iter()
                .map(|out| u64::from(out.completed + out.failed))
                .sum();
            let figures: Vec<_> = outcomes.iter().map(of_rollout).collect();
            Ok(line(name, "w1", nodes, installs, &figures))
        }
        "w2" => {
            let w2 = W2::new(nodes);
            let outcomes: Vec<_> = seeds.map(|seed| year(&w2, seed)).collect();
            let sessions = outcomes.iter().map(|out| out.sessions).sum();
            let figures: Vec<_> = outcomes.iter().map(|out| of_year(out, w2.nodes)).collect();
            Ok(line(name, "w2", w2.nodes, sessions, &figures))
        }
        other => Err(format!("w={other}: w1 and w2 are the workloads")),
    }
}

struct Arguments(BTreeMap<String, String>);

impl Arguments {
    fn read(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let pair = |argument: String| match argument.split_once('=') {
            Some((key, value)) if KEYS.contains(&key) => Ok((key.to_owned(), value.to_owned())),
            _ => Err(format!(
                "{argument}: expected key=value with one of {}",
                KEYS.join(", ")
            )),
        };
        arguments.map(pair).collect::<Result<_, _>>().map(Self)
    }

    fn value<T: FromStr>(&self, key: &str, default: T) -> Result<T, String> {
        let Some(text) = self.0.get(key) else {
            return Ok(default);
        };
        text.parse()
            .map_err(|_| format!("{key}={text} is not a number of its kind"))
    }
}

fn of_rollout(outcome: &w1::Outcome) -> Figures {
    let figures = [
        ("completed", f64::from(outcome.completed)),
        ("failed", f64::from(outcome.failed)),
        ("never", f64::from(outcome.never)),
        ("stopped", f64::from(u8::from(outcome.stopped))),
        ("makespan", outcome.makespan),
        ("stop", outcome.stop),
    ];
    figures.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

fn of_year(outcome: &w2::Outcome, nodes: u32) -> Figures {
    let exposure: f64 = outcome.rings.iter().map(|ring| ring.exposure).sum();
    let mut figures = vec![
        ("failed".to_owned(), outcome.failed as f64),
        ("reboots".to_owned(), outcome.reboots as f64),
        ("installed".to_owned(), outcome.installed as f64),
        (
            "exposed_days_per_instance".to_owned(),
            exposure / f64::from(nodes),
        ),
    ];
    for ring in &outcome.rings {
        figures.push((format!("exposure_{}", ring.name), ring.exposure));
        let days = SHARES.iter().zip(ring.days);
        figures.extend(days.map(|(share, days)| (format!("days{share}_{}", ring.name), days)));
    }
    figures
}

fn line(name: &str, workload: &str, nodes: u32, units: u64, figures: &[Figures]) -> String {
    let reps = figures.len();
    let mut line =
        format!(r#"{{"impl":"{name}","w":"{workload}","n":{nodes},"reps":{reps},"installs":{units}"#);
    for (column, (figure, _)) in figures
        .iter()
        .flatten()
        .enumerate()
        .take(figures.first().map_or(0, Vec::len))
    {
        let values: Vec<f64> = figures.iter().map(|row| row[column].1).collect();
        let mean = values.iter().sum::<f64>() / reps as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (squares / (reps as f64 - 1.0).max(1.0)).sqrt();
        // JSON has no infinity: a share that some replication does not reach has no mean.
        if mean.is_finite() {
            write!(line, r#","{figure}":{{"mean":{mean},"sd":{deviation}}}"#)
                .expect("memory does not refuse");
        }
    }
    line + "}"
}
