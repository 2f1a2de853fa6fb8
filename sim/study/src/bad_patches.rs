//! How each bad patch fares over the replications in which it is bad.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::SimTime;
use patchbench_model::catalog::Patch;
use patchbench_model::world::{Plan, RunRecord};
use serde::{Deserialize, Serialize};

use crate::collect::catalog_of;
use crate::fault_metrics::{BadPatch, bad_patches};
use crate::sums::{instant, merge_by_key, merge_by_place, since};
use crate::{Proportion, Summary, Tally};

/// A patch that is bad in some replications. Its figures are over those.
#[derive(Clone, Debug)]
pub struct BadPatchResult {
    /// Id of the patch.
    pub patch: String,
    /// Knowledge base number.
    pub kb: Option<String>,
    /// Title.
    pub title: String,
    /// The `[bad_patches.…]` tables that make it bad.
    pub processes: Vec<String>,
    /// Release (in the first replication that has it).
    pub released: SimTime,
    /// Replications in which it is bad.
    pub replications: u64,
    /// Those in which it is offered to nodes before it is withdrawn or replaced.
    pub escaped: Proportion,
    /// Nodes that it could break.
    pub breakable: Summary,
    /// Nodes that installed it or tried to.
    pub reached: Summary,
    /// Nodes that installed it.
    pub installed: Summary,
    /// Nodes that it broke.
    pub broken: Summary,
    /// The same as a share of all nodes.
    pub share_of_fleet: Summary,
    /// And of the nodes that it could break.
    pub share_of_class: Summary,
    /// Days from release to the first symptom, over the replications in which it reached a node;
    /// censored where it never showed.
    pub symptom_days: Summary,
    /// Nodes that it had reached by then, where it showed.
    pub reached_at_symptom: Summary,
    /// Days from release to the alarm, over the replications in which it reached a node; censored where
    /// there was none.
    pub alarm_days: Summary,
    /// Nodes that it had reached by the alarm, where there was one.
    pub reached_at_alarm: Summary,
    /// Nodes that it had broken by the alarm, where there was one.
    pub broken_at_alarm: Summary,
}

/// The bad patches of some replications, by id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct BadPatchSums(BTreeMap<String, OneBadPatch>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct OneBadPatch {
    /// Replication, KB number, title, and release in milliseconds since the epoch, as the first of the
    /// replications has them.
    first: (u64, Option<String>, String, i64),
    processes: BTreeSet<usize>,
    replications: u64,
    escaped: u64,
    figures: Vec<Tally>,
}

/// Figures of a replication, each with whether it says anything: times, of patches that reached a node;
/// what was so by a symptom or an alarm, where there was one.
fn figures(bad: &BadPatch<'_>) -> [(bool, Option<f64>); 11] {
    let record = bad.record;
    let nodes = |count: u32| (true, Some(f64::from(count)));
    let by = |happened: bool, count: u32| (happened, Some(f64::from(count)));
    let reached = record.reached > 0;
    let (showed, alarmed) = (record.first_symptom.is_some(), record.alarm.is_some());
    [
        nodes(record.breakable),
        nodes(record.reached),
        nodes(record.installed),
        nodes(record.broken),
        (true, Some(bad.share_of_fleet())),
        (true, Some(bad.share_of_class())),
        (reached, bad.days_to_symptom()),
        by(showed, record.reached_at_symptom),
        (reached, bad.days_to_alarm()),
        by(alarmed, record.reached_at_alarm),
        by(alarmed, record.broken_at_alarm),
    ]
}

impl BadPatchSums {
    pub(crate) fn push(&mut self, plan: &Plan<'_>, replication: u64, record: &RunRecord) {
        let Some(catalog) = catalog_of(plan, record) else {
            return;
        };
        for bad in bad_patches(plan, record, None) {
            let patch = &catalog.patches[bad.record.patch];
            let known = self.0.entry(patch.id.clone());
            let known = known.or_insert_with(|| OneBadPatch::new(replication, patch));
            let flaws = catalog.flaws_of(bad.record.patch).iter();
            known.processes.extend(flaws.map(|flaw| flaw.process));
            known.push(&bad);
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        merge_by_key(&mut self.0, other.0, OneBadPatch::merge);
    }

    /// In order of release.
    pub(crate) fn finish(self, plan: &Plan<'_>) -> Vec<BadPatchResult> {
        let known = self.0.into_iter();
        let mut results: Vec<BadPatchResult> = known.map(|(id, sums)| sums.result(plan, id)).collect();
        results.sort_by(|a, b| (a.released, &a.patch).cmp(&(b.released, &b.patch)));
        results
    }
}

impl OneBadPatch {
    fn new(replication: u64, patch: &Patch) -> Self {
        let released = since(patch.visible_from());
        Self {
            first: (replication, patch.kb.clone(), patch.title.clone(), released),
            processes: BTreeSet::new(),
            replications: 0,
            escaped: 0,
            figures: vec![Tally::default(); 11],
        }
    }

    fn push(&mut self, bad: &BadPatch<'_>) {
        self.replications += 1;
        self.escaped += u64::from(bad.record.approved.is_some());
        for (tally, (said, value)) in self.figures.iter_mut().zip(figures(bad)) {
            if said {
                tally.observe(value);
            }
        }
    }

    fn merge(&mut self, other: Self) {
        if other.first.0 < self.first.0 {
            self.first = other.first;
        }
        self.processes.extend(other.processes);
        self.replications += other.replications;
        self.escaped += other.escaped;
        merge_by_place(&mut self.figures, other.figures);
    }

    fn result(self, plan: &Plan<'_>, patch: String) -> BadPatchResult {
        let (_, kb, title, released) = self.first;
        let process = |process: &usize| plan.config.faults.bad_patches[*process].name.clone();
        let figure = |place: usize| Summary::from(&self.figures[place]);
        BadPatchResult {
            patch,
            kb,
            title,
            processes: self.processes.iter().map(process).collect(),
            released: instant(released),
            replications: self.replications,
            escaped: Proportion::new(self.escaped, self.replications),
            breakable: figure(0),
            reached: figure(1),
            installed: figure(2),
            broken: figure(3),
            share_of_fleet: figure(4),
            share_of_class: figure(5),
            symptom_days: figure(6),
            reached_at_symptom: figure(7),
            alarm_days: figure(8),
            reached_at_alarm: figure(9),
            broken_at_alarm: figure(10),
        }
    }
}
