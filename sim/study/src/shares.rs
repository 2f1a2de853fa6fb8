//! Shares of the nodes over time, over all replications.

use patchbench_kernel::SimTime;
use patchbench_model::world::{Measure, Plan, RunRecord, Standing, Swing};

use crate::collect::band;

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

/// The curves of all groups, each measure of each.
pub(crate) fn share_curves(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<ShareCurve> {
    let of_group = |group: usize| Measure::ALL.map(|measure| share_curve(plan, records, (group, measure)));
    (0..plan.groups.len()).flat_map(of_group).collect()
}

fn share_curve(plan: &Plan<'_>, records: &[RunRecord], (group, measure): (usize, Measure)) -> ShareCurve {
    let history = |record| History::new(record, group, measure);
    let mut histories: Vec<History<'_>> = records.iter().map(history).collect();
    // Mostly nothing happens in any replication: one span after the other is the same.
    let mut still = None;
    let mut spans = Vec::with_capacity(plan.samples.len());
    for sample in 1..plan.samples.len() {
        if histories.iter().all(|history| history.is_still(sample)) {
            spans.push(*still.get_or_insert_with(|| span(&mut histories, sample)));
        } else {
            still = None;
            spans.push(span(&mut histories, sample));
        }
    }
    ShareCurve {
        group,
        measure,
        at: plan.samples.clone(),
        spans,
        overall: overall(records, (group, measure)),
    }
}

fn overall(records: &[RunRecord], (group, measure): (usize, Measure)) -> Option<f64> {
    let stretches = records
        .iter()
        .flat_map(|record| record.standings[group].stretches());
    let (mut part, mut of) = (0u64, 0u64);
    for (standing, samples) in stretches {
        let [own, all] = standing.share(measure).map(u64::from);
        part += own * samples as u64;
        of += all * samples as u64;
    }
    (of > 0).then(|| part as f64 / of as f64)
}

/// A share in one replication, read span by span.
struct History<'r> {
    /// Standings of later samples than the last one that was read.
    changes: &'r [(u16, Standing)],
    /// Swings of all measures, likewise.
    swings: &'r [Swing],
    measure: Measure,
    /// The share at the last sample that was read, if any node counts.
    now: Option<f64>,
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

    /// Whether nothing happens until a sample after the last one that was read.
    fn is_still(&self, sample: usize) -> bool {
        let changes = self
            .changes
            .first()
            .is_some_and(|(since, _)| usize::from(*since) <= sample);
        let swings = self
            .swings
            .first()
            .is_some_and(|swing| usize::from(swing.sample) <= sample);
        !(changes || swings)
    }

    /// Goes on to a sample.
    fn read(&mut self, sample: usize) {
        while let Some(((_, standing), later)) = self
            .changes
            .split_first()
            .filter(|((since, _), _)| usize::from(*since) <= sample)
        {
            let share = standing.share(self.measure);
            self.now = (share[1] > 0).then(|| ratio(share));
            self.changes = later;
        }
    }

    /// Lowest and highest from the sample before, which was read last, to this one.
    fn range(&mut self, sample: usize) -> Option<[f64; 2]> {
        let before = self.now;
        self.read(sample);
        let due = |swing: &&Swing| usize::from(swing.sample) <= sample;
        let until = self.swings.iter().take_while(due).count();
        let (own, later) = self.swings.split_at(until);
        self.swings = later;
        let own = own.iter().filter(|swing| swing.measure == self.measure);
        let between = own.flat_map(|swing| [ratio(swing.low), ratio(swing.high)]);
        let seen = [before, self.now].into_iter().flatten().chain(between);
        seen.fold(None, |range: Option<[f64; 2]>, share| {
            let [low, high] = range.unwrap_or([share; 2]);
            Some([low.min(share), high.max(share)])
        })
    }
}

fn ratio([part, of]: [u32; 2]) -> f64 {
    f64::from(part) / f64::from(of.max(1))
}

fn span(histories: &mut [History<'_>], sample: usize) -> Option<ShareSpan> {
    let ranges: Vec<[f64; 2]> = histories.iter_mut().filter_map(|own| own.range(sample)).collect();
    let example = *ranges.first()?;
    let lows = band(ranges.iter().map(|range| range[0]).collect());
    let highs = band(ranges.iter().map(|range| range[1]).collect());
    let ends: Vec<f64> = histories.iter().filter_map(|own| own.now).collect();
    Some(ShareSpan {
        p05: lows[0],
        p50: [lows[1], highs[1]],
        p95: highs[2],
        mean: ends.iter().sum::<f64>() / ends.len().max(1) as f64,
        example,
    })
}
