//! What the nodes of a class have and what they last said of it, without a list for each node.
//!
//! Nodes with the same patches and the same last report are one cohort, and a node is one number: its
//! cohort. Standing and compliance are sums over cohorts. Semantics, sections 7.2 (each operation replaces
//! what the node reported before) and 8.

use std::collections::BTreeMap;

use super::class_view::NodeReport;
use super::levels::ReportId;
use super::record::ComplianceCounts;

/// What the nodes of a cohort have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cohort {
    /// What they have installed.
    pub(super) level: u32,
    /// What they last reported, if they ever did.
    pub(super) report: Option<ReportId>,
}

/// What follows from a report of an operation that went as usual.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effect {
    /// The cohort that the nodes belong to afterwards.
    pub(super) cohort: u32,
    /// Patches that each of them installed.
    pub(super) installed: u32,
    /// Patches that each of them reports as missing or failed.
    pub(super) reported_missing: u32,
    /// Whether they report themselves compliant.
    pub(super) compliant: bool,
}

impl Effect {
    pub(super) const UNKNOWN: Self = Self {
        cohort: u32::MAX,
        installed: 0,
        reported_missing: 0,
        compliant: false,
    };

    #[inline]
    pub(super) const fn is_known(&self) -> bool {
        self.cohort != Self::UNKNOWN.cohort
    }
}

/// The cohorts of one class.
#[derive(Debug, Default)]
pub(super) struct Cohorts {
    kinds: Vec<Cohort>,
    index: BTreeMap<Cohort, u32>,
    /// Nodes in each.
    nodes: Vec<u32>,
    /// Those that may have nodes.
    open: Vec<u32>,
    /// By report.
    effects: Vec<Effect>,
    /// Whether any node has reported other than before since somebody looked.
    pub(super) changed: bool,
    /// Whether any node has come or gone since the last sample.
    pub(super) moved: bool,
}

impl Cohorts {
    /// The number of a cohort.
    pub(super) fn number(&mut self, cohort: Cohort) -> u32 {
        if let Some(known) = self.index.get(&cohort) {
            return *known;
        }
        let number = self.kinds.len() as u32;
        self.kinds.push(cohort);
        self.nodes.push(0);
        self.index.insert(cohort, number);
        number
    }

    /// A number of nodes begin in a cohort.
    pub(super) fn begin(&mut self, cohort: u32, nodes: u32) {
        self.nodes[cohort as usize] += nodes;
        self.open.push(cohort);
    }

    #[inline]
    pub(super) fn get(&self, cohort: u32) -> Cohort {
        self.kinds[cohort as usize]
    }

    /// What follows from a report, once that is known.
    #[inline]
    pub(super) fn effect(&self, report: ReportId) -> Option<Effect> {
        let effect = self.effects.get(report.index())?;
        effect.is_known().then_some(*effect)
    }

    /// Keeps what follows from a report.
    pub(super) fn keep(&mut self, report: ReportId, effect: Effect) {
        if self.effects.len() <= report.index() {
            self.effects.resize(report.index() + 1, Effect::UNKNOWN);
        }
        self.effects[report.index()] = effect;
    }

    /// A number of nodes go from one cohort to another.
    pub(super) fn go(&mut self, from: u32, to: u32, nodes: u32) {
        if from == to {
            return;
        }
        self.changed |= self.get(from).report != self.get(to).report;
        self.moved = true;
        self.nodes[from as usize] -= nodes;
        let there = &mut self.nodes[to as usize];
        if *there == 0 {
            self.open.push(to);
        }
        *there += nodes;
    }

    /// The cohorts that have nodes, each with their number.
    pub(super) fn populated(&mut self) -> Vec<(Cohort, u32)> {
        self.open.sort_unstable();
        self.open.dedup();
        let Self {
            kinds, nodes, open, ..
        } = self;
        open.retain(|cohort| nodes[*cohort as usize] > 0);
        let cohorts = open.iter().map(|cohort| *cohort as usize);
        cohorts.map(|cohort| (kinds[cohort], nodes[cohort])).collect()
    }
}

/// Adds nodes that report the same.
pub(super) fn add(sum: &mut ComplianceCounts, report: &NodeReport, nodes: u32) {
    let times = u64::from(nodes);
    sum.nodes += nodes;
    if report.state.compliant() {
        sum.compliant += nodes;
    } else {
        sum.non_compliant_by_level[report.state.severity as usize] += nodes;
    }
    for (total, state) in sum.patches.iter_mut().zip(crate::ssm::PatchState::ALL) {
        *total += u64::from(report.state.count(state)) * times;
    }
    for (total, count) in sum.non_compliant_by_severity.iter_mut().zip(report.by_severity) {
        *total += u64::from(count) * times;
    }
}
