//! Compliance over time, from the samples of all replications: sums that merge exactly.

use patchbench_kernel::SimTime;
use patchbench_model::ssm::{ComplianceLevel, PatchState, VendorSeverity};
use patchbench_model::world::{COMPLIANCE_EVERY, ComplianceCounts, ComplianceSample, Measure, Plan};
use serde::{Deserialize, Serialize};

use crate::counts_over_time::CountsOverTime;

/// Sums over replications of one group at one instant in one view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sums {
    nodes: u64,
    by_level: [u64; ComplianceLevel::ALL.len()],
    patches: [u64; PatchState::ALL.len()],
    by_severity: [u64; VendorSeverity::ALL.len()],
}

impl Sums {
    fn add(&mut self, counts: &ComplianceCounts) {
        self.nodes += u64::from(counts.nodes);
        let levels = counts.non_compliant_by_level.map(u64::from);
        plus(&mut self.by_level, &levels);
        plus(&mut self.patches, &counts.patches);
        plus(&mut self.by_severity, &counts.non_compliant_by_severity);
    }

    fn merge(&mut self, other: &Self) {
        self.nodes += other.nodes;
        plus(&mut self.by_level, &other.by_level);
        plus(&mut self.patches, &other.patches);
        plus(&mut self.by_severity, &other.by_severity);
    }
}

fn plus(sums: &mut [u64], more: &[u64]) {
    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}

/// The view that is taken of compliance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// As AWS shows it: as of each node's last report.
    Reported,
    /// As it truly is.
    Actual,
}

impl View {
    /// Both views.
    pub const ALL: [Self; 2] = [Self::Reported, Self::Actual];

    /// A word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Actual => "actual",
        }
    }

    /// What the compliant share is of.
    pub const fn measure(self) -> Measure {
        match self {
            Self::Reported => Measure::ReportedCompliant,
            Self::Actual => Measure::Compliant,
        }
    }

    const fn of(self, sample: &ComplianceSample) -> &ComplianceCounts {
        match self {
            Self::Reported => &sample.reported,
            Self::Actual => &sample.actual,
        }
    }
}

/// Compliance in some replications.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComplianceSums {
    /// By sample, group and view.
    sums: Vec<Sums>,
}

impl ComplianceSums {
    /// Adds a replication; nothing where it comes without samples.
    pub(crate) fn add(&mut self, samples: &[Vec<ComplianceSample>]) {
        let counts: Vec<&ComplianceCounts> = samples
            .iter()
            .flatten()
            .flat_map(|sample| View::ALL.map(|view| view.of(sample)))
            .collect();
        self.sums
            .resize(self.sums.len().max(counts.len()), Sums::default());
        for (sums, counts) in self.sums.iter_mut().zip(&counts) {
            sums.add(counts);
        }
    }

    /// Adds other replications.
    pub(crate) fn merge(&mut self, later: Self) {
        self.sums
            .resize(self.sums.len().max(later.sums.len()), Sums::default());
        for (sums, more) in self.sums.iter_mut().zip(&later.sums) {
            sums.merge(more);
        }
    }
}

/// Compliance of a group over time in one view.
#[derive(Clone, Debug)]
pub struct ComplianceCurve {
    /// Index into [`crate::StudyResults::groups`].
    pub group: usize,
    /// Whose view.
    pub view: View,
    /// The samples, rising in time.
    pub points: Vec<CompliancePoint>,
}

/// Compliance of a group at an instant.
#[derive(Clone, Debug)]
pub struct CompliancePoint {
    /// When.
    pub at: SimTime,
    /// Nodes that are counted, mean over the replications.
    pub nodes: f64,
    /// Share of them that is compliant: 5th percentile, median and 95th percentile over the
    /// replications in which any node is counted; absent when there is none.
    pub compliant: Option<[f64; 3]>,
    /// Non-compliant nodes by their highest compliance level: means, as `ComplianceLevel::ALL`.
    pub non_compliant_by_level: [f64; ComplianceLevel::ALL.len()],
    /// Patches by state, summed over the nodes: means, as `PatchState::ALL`.
    pub patches: [f64; PatchState::ALL.len()],
    /// Non-compliant patches by vendor severity: means, as `VendorSeverity::ALL`.
    pub non_compliant_by_severity: [f64; VendorSeverity::ALL.len()],
}

/// The curves of all groups, both views of each. The shares at each sample are asked for by group and
/// measure.
pub(crate) fn compliance_curves<'s>(
    plan: &Plan<'_>,
    compliance: &ComplianceSums,
    replications: u64,
    shares: impl Fn(usize, Measure) -> &'s CountsOverTime,
) -> Vec<ComplianceCurve> {
    let groups = plan.groups.len();
    let curve = |group: usize, view: View| {
        let mut shares = shares(group, view.measure()).running();
        let at = plan.compliance_samples().enumerate();
        let points = at.filter_map(|(sample, at)| {
            let place = (sample * groups + group) * View::ALL.len() + view as usize;
            let sums = compliance.sums.get(place)?;
            shares.go_on((sample * COMPLIANCE_EVERY) as u32);
            let compliant = shares.spread().map(|share| share.band);
            Some(point(at, sums, replications, compliant))
        });
        ComplianceCurve {
            group,
            view,
            points: points.collect(),
        }
    };
    (0..groups)
        .flat_map(|group| View::ALL.map(|view| curve(group, view)))
        .collect()
}

fn point(at: SimTime, sums: &Sums, replications: u64, compliant: Option<[f64; 3]>) -> CompliancePoint {
    let mean = |sum: u64| sum as f64 / replications.max(1) as f64;
    CompliancePoint {
        at,
        nodes: mean(sums.nodes),
        compliant,
        non_compliant_by_level: sums.by_level.map(mean),
        patches: sums.patches.map(mean),
        non_compliant_by_severity: sums.by_severity.map(mean),
    }
}
