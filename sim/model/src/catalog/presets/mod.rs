//! Release streams with a vendor's figures, by name.
//!
//! A preset is data on top of one of the general processes: [`super::PatchTuesday`],
//! [`super::CompoundStream`], [`super::RenewalStream`], [`super::BatchStream`]. Every figure says
//! where it comes from: counted in a public source (*patch data* is the project's collection of
//! them, cited by section), published, or judgement.

mod al2023;
mod apt;
mod el9;
mod windows;

use patchbench_kernel::SimTime;

use super::{AdvisoryTemplate, ReleaseStream, WeightedName};
use crate::ssm::OperatingSystem;

/// A release stream with a vendor's figures.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Its name in a scenario.
    pub name: &'static str,
    /// What it releases, in one line.
    pub summary: &'static str,
    /// Operating system of its patches.
    pub operating_system: OperatingSystem,
    /// Products it releases for unless told otherwise; empty: one patch for all products.
    pub products: &'static [&'static str],
    /// Years whose figures are known, rising; empty when they are the same in every year.
    pub years: &'static [i32],
    /// Its figures with their sources.
    pub figures: &'static [Figure],
    build: fn(PresetOptions) -> ReleaseStream,
}

/// A figure of a preset, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What it is about.
    pub what: &'static str,
    /// Its value.
    pub value: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

/// What a scenario may say about a preset.
#[derive(Clone, Debug, PartialEq)]
pub struct PresetOptions {
    /// Name of the stream.
    pub name: String,
    /// Products; `None`: those of the preset.
    pub products: Option<Vec<String>>,
    /// Use the figures of this year throughout.
    pub year: Option<i32>,
    /// First instant of the stream.
    pub from: SimTime,
    /// End of the stream, exclusive.
    pub until: SimTime,
}

impl Preset {
    /// Every preset.
    pub const ALL: &'static [Self] = &[
        windows::SERVER_2016,
        windows::SERVER_2019,
        windows::SERVER_2022,
        windows::SERVER_2025,
        el9::EL9,
        el9::KERNEL,
        al2023::AL2023,
        apt::UBUNTU,
        apt::DEBIAN,
    ];

    /// The preset of this name, compared exactly.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|preset| preset.name == name)
    }

    /// The stream that it describes.
    pub fn stream(&self, mut options: PresetOptions) -> ReleaseStream {
        let own = || self.products.iter().map(|name| (*name).to_owned()).collect();
        options.products.get_or_insert_with(own);
        (self.build)(options)
    }
}

const fn figure(what: &'static str, value: &'static str, source: &'static str) -> Figure {
    Figure { what, value, source }
}

fn weighted(names: &[(&str, f64)]) -> Vec<WeightedName> {
    let one = |(name, weight): &(&str, f64)| WeightedName {
        name: (*name).to_owned(),
        weight: *weight,
    };
    names.iter().map(one).collect()
}

/// What the advisories of an rpm distribution have in common.
fn rpm_advisories(operating_system: OperatingSystem, products: Option<Vec<String>>) -> AdvisoryTemplate {
    AdvisoryTemplate {
        operating_system,
        products: products.unwrap_or_default(),
        classification: Some("Security".to_owned()),
        priority: Vec::new(),
    }
}
