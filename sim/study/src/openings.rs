//! How far a task got in its openings: one figure a replication, that of the worst opening, for metrics
//! and assertions alike.

use std::collections::BTreeMap;

use patchbench_model::ssm::InvocationStatus;
use patchbench_model::world::RunRecord;

use crate::metrics::own;

/// What became of a task in an opening, all its targets together.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    targets: u32,
    sent_before_cutoff: u32,
    succeeded: u32,
}

/// Most nodes that did not end in Success in an opening; `None` when the task has no opening.
pub(crate) fn nodes_left(record: &RunRecord, window: usize, task: usize) -> Option<f64> {
    let left = tallies(record, window, task).map(|tally| f64::from(tally.targets - tally.succeeded));
    left.max_by(f64::total_cmp)
}

/// Least share of the targets that were sent to before the cutoff of an opening; likewise.
pub(crate) fn started_before_cutoff(record: &RunRecord, window: usize, task: usize) -> Option<f64> {
    let share = |tally: Tally| f64::from(tally.sent_before_cutoff) / f64::from(tally.targets.max(1));
    tallies(record, window, task).map(share).min_by(f64::total_cmp)
}

fn tallies(record: &RunRecord, window: usize, task: usize) -> impl Iterator<Item = Tally> {
    let mut openings: BTreeMap<usize, Tally> = BTreeMap::new();
    for command in own(record, window, task) {
        let tally = openings.entry(command.id.opening).or_default();
        tally.targets += command.counts.targets();
        tally.sent_before_cutoff += command.sent_before_cutoff;
        tally.succeeded += command.counts.get(InvocationStatus::Success);
    }
    openings.into_values()
}
