//! Compliance over time: as AWS shows it, which is as of each node's last report, and as it truly is.
//!
//! A node's last report is one number, and equal reports are counted together. Semantics,
//! sections 7.2 (each operation replaces what the node reported before) and 8.

use super::levels::{Levels, NodeReport, Outcome};
use super::record::{ComplianceCounts, Standing};

/// The last reports of the nodes of a replication.
#[derive(Debug, Default)]
pub(super) struct Reports {
    /// The last report of each node; 0 for none.
    last: Vec<u32>,
    /// Nodes by class and report.
    counts: Vec<Vec<u32>>,
    /// Reports of each class that some node may have.
    open: Vec<Vec<u32>>,
    /// Whether any node of each class has reported other than before since somebody looked.
    pub(super) changed: Vec<bool>,
}

impl Reports {
    pub(super) fn new(nodes: u32, classes: usize) -> Self {
        Self {
            last: vec![0; nodes as usize],
            counts: vec![Vec::new(); classes],
            open: vec![Vec::new(); classes],
            changed: vec![false; classes],
        }
    }

    /// A node reports what its transition says for an outcome.
    #[inline]
    pub(super) fn note(&mut self, node: u32, class: usize, transition: u32, outcome: Outcome) {
        let report = transition * Outcome::ALL.len() as u32 + outcome as u32 + 1;
        let last = std::mem::replace(&mut self.last[node as usize], report);
        if last == report {
            return;
        }
        self.changed[class] = true;
        let counts = &mut self.counts[class];
        if counts.len() <= report as usize {
            counts.resize(report as usize + 1, 0);
        }
        if last > 0 {
            counts[last as usize] -= 1;
        }
        if counts[report as usize] == 0 {
            self.open[class].push(report);
        }
        counts[report as usize] += 1;
    }

    /// Adds up the last reports of the nodes of a class.
    pub(super) fn add_up(&mut self, class: usize, levels: &Levels, sum: &mut ComplianceCounts) {
        self.each(class, levels, |report, nodes| add(sum, report, nodes));
    }

    /// Counts the nodes of a class that have reported, and those that are compliant by it.
    pub(super) fn count(&mut self, class: usize, levels: &Levels, sum: &mut Standing) {
        self.each(class, levels, |report, nodes| {
            sum.reported += nodes;
            sum.reported_compliant += u32::from(report.state.compliant()) * nodes;
        });
    }

    /// Each report that is the last one of some nodes of a class.
    fn each(&mut self, class: usize, levels: &Levels, mut found: impl FnMut(&NodeReport, u32)) {
        let counts = &self.counts[class];
        self.open[class].sort_unstable();
        self.open[class].dedup();
        self.open[class].retain(|report| counts[*report as usize] > 0);
        for report in &self.open[class] {
            let (transition, outcome) = ((report - 1) / 4, (report - 1) % 4);
            let change = levels.transition(transition);
            if let Some(reported) = change.reported(Outcome::ALL[outcome as usize]) {
                found(reported, counts[*report as usize]);
            }
        }
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
