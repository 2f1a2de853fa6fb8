//! Curves over time, from sums over replications that merge exactly: their size does not grow with the
//! number of replications once these show nothing new, and the order of merging does not matter.

use patchbench_model::world::{Measure, Plan, RunRecord};
use serde::{Deserialize, Serialize};

use crate::compliance::compliance_curves;
use crate::occupancy::OccupancySums;
use crate::shares::ShareSums;
use crate::{ComplianceCurve, ComplianceSums, OccupancyCurve, ShareCurve};

/// What replications of a plan say of its curves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurveSums {
    /// By group and measure, as `Measure::ALL`.
    shares: Vec<ShareSums>,
    compliance: ComplianceSums,
    /// By window.
    occupancy: Vec<OccupancySums>,
}

impl CurveSums {
    /// Adds a replication, with its samples of compliance if it has any.
    pub fn push(&mut self, plan: &Plan<'_>, replication: u64, record: &RunRecord) {
        let curves = shares_of(plan);
        grow(&mut self.shares, curves.len());
        for (sums, of) in self.shares.iter_mut().zip(curves) {
            sums.push(replication, record, of);
        }
        self.compliance.add(&record.compliance);
        grow(&mut self.occupancy, record.occupancy.len());
        for (sums, recorded) in self.occupancy.iter_mut().zip(&record.occupancy) {
            sums.push(recorded);
        }
    }

    /// Adds other replications of the same plan.
    pub fn merge(&mut self, later: Self) {
        grow(&mut self.shares, later.shares.len());
        for (sums, more) in self.shares.iter_mut().zip(&later.shares) {
            sums.merge(more);
        }
        self.compliance.merge(later.compliance);
        grow(&mut self.occupancy, later.occupancy.len());
        for (sums, more) in self.occupancy.iter_mut().zip(&later.occupancy) {
            sums.merge(more);
        }
    }

    /// The curves of all groups, each measure of each.
    pub fn share_curves(&self, plan: &Plan<'_>) -> Vec<ShareCurve> {
        let nothing = ShareSums::default();
        let curves = shares_of(plan).into_iter().enumerate();
        curves
            .map(|(place, of)| self.shares.get(place).unwrap_or(&nothing).curve(plan, of))
            .collect()
    }

    /// The curves of all groups, both views of each; means are over so many replications.
    pub fn compliance_curves(&self, plan: &Plan<'_>, replications: u64) -> Vec<ComplianceCurve> {
        let nothing = ShareSums::default();
        let shares = |group: usize, measure: Measure| {
            let place = group * Measure::ALL.len() + measure as usize;
            self.shares.get(place).unwrap_or(&nothing).standing()
        };
        compliance_curves(plan, &self.compliance, replications, shares)
    }

    /// The curves of the windows of which anything was recorded. `limits` tells how many invocations a
    /// window may have in progress at once.
    pub fn occupancy_curves(&self, plan: &Plan<'_>, limits: impl Fn(usize) -> u32) -> Vec<OccupancyCurve> {
        let windows = self.occupancy.iter().enumerate();
        windows
            .filter_map(|(window, sums)| sums.curve(plan, window, &limits))
            .collect()
    }
}

/// The shares that there are curves of: each measure of each group.
fn shares_of(plan: &Plan<'_>) -> Vec<(usize, Measure)> {
    (0..plan.groups.len())
        .flat_map(|group| Measure::ALL.map(|measure| (group, measure)))
        .collect()
}

/// Makes room for so many.
fn grow<T: Clone + Default>(sums: &mut Vec<T>, length: usize) {
    sums.resize(sums.len().max(length), T::default());
}
