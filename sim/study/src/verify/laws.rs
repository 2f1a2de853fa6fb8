//! Probabilities that closed forms are made of.

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::ssm::InvocationStatus;
use patchbench_model::world::{CommandRecord, RunRecord};
use statrs::distribution::{DiscreteCDF, Hypergeometric, Poisson};

use crate::binomial_exceeds;

/// P(Bin(n, p) <= e)
pub(super) fn at_most(n: u64, p: f64, e: u64) -> f64 {
    1.0 - binomial_exceeds(n as u32, p, e as u32)
}

/// P(Hyp(population, marked, drawn) <= e)
pub(super) fn few_drawn(population: u64, marked: u64, drawn: u64, e: u64) -> f64 {
    Hypergeometric::new(population, marked, drawn).map_or(f64::NAN, |law| law.cdf(e))
}

/// P(Poisson(mean) >= k)
pub(super) fn poisson_at_least(mean: f64, k: u64) -> f64 {
    let below = |k| Poisson::new(mean).map_or(f64::NAN, |law| law.cdf(k));
    k.checked_sub(1).map_or(1.0, |k| 1.0 - below(k))
}

/// 1 + 1/2 + … + 1/n
pub(super) fn harmonic(n: u64) -> f64 {
    (1..=n).map(|k| 1.0 / k as f64).sum()
}

/// The only command of a replication; what cannot be measured is no number, and never right.
pub(super) fn first<T>(record: &RunRecord, figure: impl Fn(&CommandRecord) -> T) -> Option<T> {
    record.commands.first().map(figure)
}

/// Invocations that were sent.
pub(super) fn sent(record: &RunRecord) -> f64 {
    first(record, |command| f64::from(command.counts.sent())).unwrap_or(f64::NAN)
}

/// Invocations that failed.
pub(super) fn failed(record: &RunRecord) -> f64 {
    first(record, |command| {
        f64::from(command.counts.get(InvocationStatus::Failed))
    })
    .unwrap_or(f64::NAN)
}

/// Errors exceeded the limit.
pub(super) fn passed(record: &RunRecord) -> bool {
    first(record, |command| command.stopped.is_some()).unwrap_or(false)
}

/// Nodes were not sent to because of that.
pub(super) fn withheld(record: &RunRecord) -> bool {
    first(record, |command| {
        command.counts.get(InvocationStatus::Terminated) > 0
    })
    .unwrap_or(false)
}

/// Seconds from the opening until something, if it happened.
pub(super) fn seconds_after_opening(
    record: &RunRecord,
    at: impl Fn(&CommandRecord) -> Option<SimTime>,
) -> f64 {
    let span = first(record, |command| at(command).map(|at| at - command.opened));
    span.flatten().map_or(f64::NAN, seconds)
}

pub(super) fn seconds(span: SimDuration) -> f64 {
    span.millis() as f64 / 1000.0
}
