//! How each bad patch fares over the replications in which it is bad.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::SimTime;
use patchbench_model::catalog::Patch;
use patchbench_model::world::{BadPatchRecord, Plan, RunRecord};

use crate::collect::catalog_of;
use crate::fault_metrics::{BadPatch, bad_patches};
use crate::{Proportion, Summary};

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

/// The bad patches of all replications, in order of release.
pub(crate) fn bad_patch_results(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<BadPatchResult> {
    let mut by_id: BTreeMap<&str, Known<'_>> = BTreeMap::new();
    for record in records {
        let Some(catalog) = catalog_of(plan, record) else {
            continue;
        };
        for bad in bad_patches(plan, record, None) {
            let patch = &catalog.patches[bad.record.patch];
            let known = by_id.entry(patch.id.as_str()).or_insert_with(|| Known {
                patch,
                processes: BTreeSet::new(),
                own: Vec::new(),
            });
            let flaws = catalog.flaws_of(bad.record.patch).iter();
            known.processes.extend(flaws.map(|flaw| flaw.process));
            known.own.push(bad);
        }
    }
    let mut results: Vec<BadPatchResult> = by_id.values().map(|known| known.result(plan)).collect();
    results.sort_by(|a, b| (a.released, &a.patch).cmp(&(b.released, &b.patch)));
    results
}

struct Known<'a> {
    patch: &'a Patch,
    processes: BTreeSet<usize>,
    own: Vec<BadPatch<'a>>,
}

impl Known<'_> {
    fn result(&self, plan: &Plan<'_>) -> BadPatchResult {
        let (patch, own) = (self.patch, &self.own);
        let each = |value: &dyn Fn(&BadPatch<'_>) -> f64| Summary::of(own.iter().map(|bad| Some(value(bad))));
        let nodes = |value: fn(&BadPatchRecord) -> u32| each(&|bad| f64::from(value(bad.record)));
        let reached = || own.iter().filter(|bad| bad.record.reached > 0);
        let at_symptom = own.iter().filter(|bad| bad.record.first_symptom.is_some());
        let at_alarm = || own.iter().filter(|bad| bad.record.alarm.is_some());
        let escaped = own.iter().filter(|bad| bad.record.approved.is_some()).count();
        let process = |process: &usize| plan.config.faults.bad_patches[*process].name.clone();
        BadPatchResult {
            patch: patch.id.clone(),
            kb: patch.kb.clone(),
            title: patch.title.clone(),
            processes: self.processes.iter().map(process).collect(),
            released: patch.visible_from(),
            replications: own.len() as u64,
            escaped: Proportion::new(escaped as u64, own.len() as u64),
            breakable: nodes(|bad| bad.breakable),
            reached: nodes(|bad| bad.reached),
            installed: nodes(|bad| bad.installed),
            broken: nodes(|bad| bad.broken),
            share_of_fleet: each(&|bad| bad.share_of_fleet()),
            share_of_class: each(&|bad| bad.share_of_class()),
            symptom_days: Summary::of(reached().map(BadPatch::days_to_symptom)),
            reached_at_symptom: counts(at_symptom, |bad| bad.reached_at_symptom),
            alarm_days: Summary::of(reached().map(BadPatch::days_to_alarm)),
            reached_at_alarm: counts(at_alarm(), |bad| bad.reached_at_alarm),
            broken_at_alarm: counts(at_alarm(), |bad| bad.broken_at_alarm),
        }
    }
}

fn counts<'a>(
    own: impl Iterator<Item = &'a BadPatch<'a>>,
    value: impl Fn(&BadPatchRecord) -> u32,
) -> Summary {
    Summary::of(own.map(|bad| Some(f64::from(value(bad.record)))))
}
