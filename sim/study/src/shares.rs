//! Shares of the nodes over time, over all replications.

use patchbench_kernel::SimTime;
use patchbench_model::world::{Course, Measure, Plan, RunRecord, Standing, Swing};
use serde::{Deserialize, Serialize};

use crate::counts_over_time::{CountsOverTime, share_key, value_of};
use crate::share_examples::{FIRST_SPAN, ShareExamples};

/// A share of the nodes of a group over time. Between two instants it is not one value, but what it
/// went through: from the lowest to the highest, so that nothing is too short to be seen.
#[derive(Clone, Debug)]
pub struct ShareCurve {
    /// Index into [`crate::StudyResults::groups`].
    pub group: usize,
    /// What the share is of.
    pub measure: Measure,
    /// Instants, rising: the bounds of the spans.
    pub at: Vec<SimTime>,
    /// What the share went through from each instant to the next; `None` while no node counts.
    pub spans: Vec<Option<ShareSpan>>,
    /// Mean over all instants and replications; absent when no node ever counts.
    pub overall: Option<f64>,
}

/// What a share went through between two instants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShareSpan {
    /// 5th percentile over the replications of the lowest.
    pub p05: f64,
    /// Medians of the lowest and of the highest.
    pub p50: [f64; 2],
    /// 95th percentile of the highest.
    pub p95: f64,
    /// Mean over the replications, at the end of the span.
    pub mean: f64,
    /// Lowest and highest in the first replication in which any node counts.
    pub example: [f64; 2],
}

/// A share of the nodes of a group, summed over replications. Pushing one costs what changes in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShareSums {
    /// The share at each sample; replications in which no node counts then are not in it.
    standing: CountsOverTime,
    /// How the lowest share from the sample before to this one differs from that at the sample before; for
    /// this sample alone.
    lowest: CountsOverTime,
    /// The same of the highest.
    highest: CountsOverTime,
    examples: ShareExamples,
    /// Nodes out of others, summed over all samples.
    overall: [u128; 2],
}

impl ShareSums {
    /// Adds a replication.
    pub(crate) fn push(&mut self, replication: u64, record: &RunRecord, (group, measure): (usize, Measure)) {
        let mut history = History::new(record, group, measure);
        let mut examples = ShareExamples::default();
        self.standing.replace(0, None, history.now);
        examples.begin(FIRST_SPAN, replication, history.now.map(|now| [now; 2]));
        while let Some(sample) = history.next_change() {
            let before = history.now;
            let range = history.range(sample);
            self.standing.replace(sample, before, history.now);
            self.lowest.replace(sample, before, range.map(|range| range[0]));
            self.highest.replace(sample, before, range.map(|range| range[1]));
            examples.begin(sample, replication, range);
            examples.begin(sample + 1, replication, history.now.map(|now| [now; 2]));
        }
        if !self.examples.precede(replication) {
            self.examples.merge(&examples);
        }
        self.add_overall(&record.standings[group], measure);
    }

    fn add_overall(&mut self, course: &Course, measure: Measure) {
        for (standing, samples) in course.stretches() {
            let share = standing.share(measure).map(u128::from);
            for (sum, nodes) in self.overall.iter_mut().zip(share) {
                *sum += nodes * samples as u128;
            }
        }
    }

    /// Adds other replications.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.standing.merge(&other.standing);
        self.lowest.merge(&other.lowest);
        self.highest.merge(&other.highest);
        self.examples.merge(&other.examples);
        for (sum, more) in self.overall.iter_mut().zip(other.overall) {
            *sum += more;
        }
    }

    /// The share at each sample.
    pub(crate) fn standing(&self) -> &CountsOverTime {
        &self.standing
    }

    /// What they say.
    pub(crate) fn curve(&self, plan: &Plan<'_>, (group, measure): (usize, Measure)) -> ShareCurve {
        let [part, of] = self.overall;
        ShareCurve {
            group,
            measure,
            at: plan.samples.clone(),
            spans: self.spans(plan.samples.len() as u32),
            overall: (of > 0).then(|| part as f64 / of as f64),
        }
    }

    fn spans(&self, samples: u32) -> Vec<Option<ShareSpan>> {
        let mut standing = self.standing.running();
        standing.go_on(0);
        let span = |sample: u32| {
            let lowest = standing.corrected(&self.lowest, sample);
            let highest = standing.corrected(&self.highest, sample);
            standing.go_on(sample);
            let (lowest, highest) = (lowest?.band, highest?.band);
            Some(ShareSpan {
                p05: lowest[0],
                p50: [lowest[1], highest[1]],
                p95: highest[2],
                mean: standing.spread().map_or(0.0, |end| end.mean),
                example: self.examples.range(sample)?.map(value_of),
            })
        };
        (FIRST_SPAN..samples).map(span).collect()
    }
}

/// A share in one replication, read from change to change. Shares are keys.
struct History<'r> {
    /// Standings of later samples than the last one that was read.
    changes: &'r [(u16, Standing)],
    /// Swings of all measures, likewise.
    swings: &'r [Swing],
    measure: Measure,
    /// The share at the last sample that was read, if any node counts.
    now: Option<u64>,
}

impl<'r> History<'r> {
    fn new(record: &'r RunRecord, group: usize, measure: Measure) -> Self {
        let mut history = Self {
            changes: record.standings[group].changes(),
            swings: &record.swings[group],
            measure,
            now: None,
        };
        history.read(0);
        history
    }

    /// The next sample until which something happens.
    fn next_change(&self) -> Option<u32> {
        let change = self.changes.first().map(|(since, _)| *since);
        let swing = self.swings.first().map(|swing| swing.sample);
        let next = change.into_iter().chain(swing).min();
        next.map(|sample| u32::from(sample).max(FIRST_SPAN))
    }

    /// Goes on to a sample.
    fn read(&mut self, sample: u32) {
        while let Some(((_, standing), later)) = self
            .changes
            .split_first()
            .filter(|((since, _), _)| u32::from(*since) <= sample)
        {
            let share = standing.share(self.measure);
            self.now = (share[1] > 0).then(|| share_key(share));
            self.changes = later;
        }
    }

    /// Lowest and highest up to this sample, from the one before, at which the share is still that which
    /// was read last.
    fn range(&mut self, sample: u32) -> Option<[u64; 2]> {
        let before = self.now;
        self.read(sample);
        let due = |swing: &&Swing| u32::from(swing.sample) <= sample;
        let until = self.swings.iter().take_while(due).count();
        let (own, later) = self.swings.split_at(until);
        self.swings = later;
        let own = own.iter().filter(|swing| swing.measure == self.measure);
        let between = own.flat_map(|swing| [share_key(swing.low), share_key(swing.high)]);
        let seen = [before, self.now].into_iter().flatten().chain(between);
        seen.fold(None, |range: Option<[u64; 2]>, share| {
            let [low, high] = range.unwrap_or([share; 2]);
            Some([low.min(share), high.max(share)])
        })
    }
}
