//! How each patch fares in each patch group, summed up.

use std::collections::BTreeMap;

use patchbench_kernel::SimTime;
use patchbench_model::catalog::Patch;
use patchbench_model::world::{CoverageRecord, Plan, RunRecord};
use serde::{Deserialize, Serialize};

use super::{PlanFacts, instant, merge_by_key, since};
use crate::collect::{catalog_of, days_to, node_days};
use crate::first_openings::FirstOpenings;
use crate::results::{PatchResult, Reached, SHARES};
use crate::{Summary, Tally};

/// A patch in a group: the group, whether it was ever approved, and its id.
type PatchKey = (usize, bool, String);

/// All patches of some replications.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PatchSums(BTreeMap<PatchKey, OnePatch>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct OnePatch {
    /// As the first of the replications has it.
    first: First,
    replications: u64,
    /// Earliest and latest release.
    released: (i64, i64),
    reached: [Tally; SHARES.len()],
    covered: Tally,
    exposure: Tally,
}

/// What is told of a patch once. Instants are milliseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct First {
    replication: u64,
    kb: Option<String>,
    title: String,
    classification: Option<String>,
    severity: Option<String>,
    nodes: u32,
    visible: i64,
    approved: Option<i64>,
    candidate_until: i64,
}

impl First {
    fn new(replication: u64, patch: &Patch, cell: &CoverageRecord) -> Self {
        Self {
            replication,
            kb: patch.kb.clone(),
            title: patch.title.clone(),
            classification: patch.classification.clone(),
            severity: patch.severity.clone(),
            nodes: cell.nodes,
            visible: since(patch.visible_from()),
            approved: cell.approved.map(since),
            candidate_until: since(cell.candidate_until),
        }
    }
}

impl OnePatch {
    fn new(first: First, released: i64) -> Self {
        Self {
            first,
            replications: 0,
            released: (released, released),
            reached: Default::default(),
            covered: Tally::default(),
            exposure: Tally::default(),
        }
    }

    fn push(&mut self, cell: &CoverageRecord) {
        let released = since(cell.released);
        self.replications += 1;
        self.released = (self.released.0.min(released), self.released.1.max(released));
        if cell.approved.is_some() {
            for (index, tally) in self.reached.iter_mut().enumerate() {
                tally.observe(days_to(cell, index));
            }
        }
        self.covered.observe(Some(f64::from(cell.covered)));
        self.exposure.observe(Some(node_days(cell)));
    }

    fn merge(&mut self, other: Self) {
        if other.first.replication < self.first.replication {
            self.first = other.first;
        }
        self.replications += other.replications;
        let (low, high) = other.released;
        self.released = (self.released.0.min(low), self.released.1.max(high));
        for (own, more) in self.reached.iter_mut().zip(&other.reached) {
            own.merge(more);
        }
        self.covered.merge(&other.covered);
        self.exposure.merge(&other.exposure);
    }
}

impl PatchSums {
    pub(crate) fn push(&mut self, plan: &Plan<'_>, replication: u64, record: &RunRecord) {
        let Some(catalog) = catalog_of(plan, record) else {
            return;
        };
        for cell in &record.coverage {
            let patch = &catalog.patches[cell.patch];
            let key = (cell.group, cell.approved.is_some(), patch.id.clone());
            let known = self
                .0
                .entry(key)
                .or_insert_with(|| OnePatch::new(First::new(replication, patch, cell), since(cell.released)));
            known.push(cell);
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        merge_by_key(&mut self.0, other.0, OnePatch::merge);
    }

    /// In order of group, approval and release.
    pub(crate) fn finish(self, facts: &PlanFacts<'_>) -> Vec<PatchResult> {
        let openings = FirstOpenings::new(facts.plan);
        let patches = self.0.into_iter();
        let mut results: Vec<PatchResult> = patches
            .map(|((group, approved, id), sums)| {
                result(facts.plan, (group, &openings), (id, approved, &sums))
            })
            .collect();
        let order = |patch: &PatchResult| {
            let approved = patch.approved.unwrap_or(SimTime::MAX);
            (patch.group, approved, patch.released)
        };
        results.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.patch.cmp(&b.patch)));
        results
    }
}

fn result(
    plan: &Plan<'_>,
    (group, openings): (usize, &FirstOpenings<'_>),
    (id, offered, sums): (String, bool, &OnePatch),
) -> PatchResult {
    let first = &sums.first;
    let shares = SHARES.iter().zip(&sums.reached).filter(|_| offered);
    let reached = shares.map(|(percent, days)| Reached {
        percent: *percent,
        days: Summary::from(days),
    });
    let approved = first.approved.map(instant);
    let until = instant(first.candidate_until);
    PatchResult {
        group,
        patch: id,
        kb: first.kb.clone(),
        title: first.title.clone(),
        classification: first.classification.clone(),
        severity: first.severity.clone(),
        nodes: first.nodes,
        replications: sums.replications,
        released: instant(first.visible),
        drawn: sums.released.0 != sums.released.1,
        approved,
        superseded: (until <= plan.config.horizon).then_some(until),
        first_window: approved.and_then(|at| openings.from(group, at)),
        reached: reached.collect(),
        covered: Summary::from(&sums.covered),
        exposure: Summary::from(&sums.exposure),
    }
}
