//! Streams of patch releases: recorded ones, and generators of plausible ones.

use std::collections::BTreeSet;

use patchbench_kernel::SimTime;

use super::{AdvisoryTemplate, BatchStream, CompoundStream, Patch, PatchTuesday, RenewalStream};
use crate::ssm::OperatingSystem;

/// A source of patches over time.
#[derive(Clone, Debug, PartialEq)]
pub enum ReleaseStream {
    /// Patches read from a file, in file order.
    Recorded {
        /// Name of the stream in the scenario.
        name: String,
        /// The patches.
        patches: Vec<Patch>,
    },
    /// Microsoft's monthly rhythm.
    PatchTuesday(PatchTuesday),
    /// Releases at a constant rate.
    Poisson(PoissonStream),
    /// Advisories in clumps, and bulk releases.
    Compound(CompoundStream),
    /// Advisories at gamma-distributed intervals.
    Renewal(RenewalStream),
    /// Advisories that become installable in batches.
    Batches(BatchStream),
}

/// A name with a relative weight; a list of them is a discrete distribution.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedName {
    /// The value, such as `Critical`.
    pub name: String,
    /// Its weight, positive and finite; only ratios matter.
    pub weight: f64,
}

/// One kind of update that a stream releases.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateTemplate {
    /// Short name, part of the patch id, such as `cumulative`.
    pub name: String,
    /// Its classification, such as `SecurityUpdates`.
    pub classification: String,
    /// Severities with their weights; one entry means always that one.
    pub severity: Vec<WeightedName>,
    /// Probability that a month has this update, in [0, 1].
    pub probability: f64,
    /// Whether each release replaces the one before (of the same product).
    pub cumulative: bool,
}

/// Releases at a constant rate, weighted by weekday.
#[derive(Clone, Debug, PartialEq)]
pub struct PoissonStream {
    /// Name of the stream in the scenario.
    pub name: String,
    /// Operating system of the patches.
    pub operating_system: OperatingSystem,
    /// Products; each release is for one of them, by turns.
    pub products: Vec<String>,
    /// Mean number of releases in 30 days, positive.
    pub per_month: f64,
    /// Relative weight of Monday to Sunday; not all zero.
    pub weekdays: [f64; 7],
    /// Classifications with weights.
    pub classification: Vec<WeightedName>,
    /// Severities with weights.
    pub severity: Vec<WeightedName>,
    /// First instant of the stream.
    pub from: SimTime,
    /// End of the stream, exclusive.
    pub until: SimTime,
}

impl ReleaseStream {
    /// What the advisories of the stream have in common, where it releases advisories.
    pub fn advisories(&self) -> Option<&AdvisoryTemplate> {
        match self {
            Self::Compound(stream) => Some(&stream.advisories),
            Self::Renewal(stream) => Some(&stream.advisories),
            Self::Batches(stream) => Some(&stream.advisories),
            Self::Recorded { .. } | Self::PatchTuesday(_) | Self::Poisson(_) => None,
        }
    }

    /// Severities that its patches may have.
    pub fn severities(&self) -> BTreeSet<&str> {
        fn names(weighted: &[WeightedName]) -> impl Iterator<Item = &str> {
            weighted.iter().map(|one| one.name.as_str())
        }
        match self {
            Self::Recorded { patches, .. } => patches
                .iter()
                .filter_map(|patch| patch.severity.as_deref())
                .collect(),
            Self::PatchTuesday(stream) => {
                let updates = stream.updates.iter();
                updates.flat_map(|update| names(&update.severity)).collect()
            }
            Self::Poisson(stream) => names(&stream.severity).collect(),
            Self::Compound(stream) => {
                let figures = stream.figures.all();
                figures.flat_map(|figures| names(&figures.severity)).collect()
            }
            Self::Renewal(stream) => {
                let figures = stream.figures.all();
                figures.flat_map(|figures| names(&figures.severity)).collect()
            }
            Self::Batches(stream) => {
                let figures = stream.figures.all();
                figures.flat_map(|figures| names(&figures.severity)).collect()
            }
        }
    }

    /// Name of the stream in the scenario.
    pub fn name(&self) -> &str {
        match self {
            Self::Recorded { name, .. } => name,
            Self::PatchTuesday(stream) => &stream.name,
            Self::Poisson(stream) => &stream.name,
            Self::Compound(stream) => &stream.name,
            Self::Renewal(stream) => &stream.name,
            Self::Batches(stream) => &stream.name,
        }
    }
}
