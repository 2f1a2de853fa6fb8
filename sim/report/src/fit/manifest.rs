//! The manifest of a search.

use patchbench_scenario::Scenario;
use serde::{Deserialize, Serialize};

use crate::ReportFile;
use crate::manifest::{OutputFile, sha256};

/// `manifest.json` of a search's result folder: what is needed to repeat it, written last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FitManifest {
    /// Version of its layout.
    pub format_version: u32,
    /// `fit`
    pub kind: String,
    /// Version of the program.
    pub version: String,
    /// The scenario file as given on the command line.
    pub scenario: String,
    /// SHA-256 over the scenario's canonical form and its inputs, without the levels that are varied.
    pub scenario_hash: String,
    /// Overrides, `path=value`, that all levels share.
    pub overrides: Vec<String>,
    /// Seed of all draws.
    pub seed: u64,
    /// Replications of all levels together.
    pub replications: u64,
    /// Words of the command line that repeats the result, without the program's name.
    pub arguments: Vec<String>,
    /// The files of the folder.
    pub outputs: Vec<OutputFile>,
}

/// Where a search comes from.
#[derive(Clone, Debug)]
pub struct FitOrigin<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its file as given on the command line.
    pub file: String,
    /// Overrides that all levels share.
    pub overrides: Vec<String>,
    /// Words of the command line that repeats the result.
    pub arguments: Vec<String>,
    /// Replications of all levels together.
    pub replications: u64,
}

impl FitManifest {
    /// The manifest of a search that left these files.
    pub fn new(origin: FitOrigin<'_>, files: &[ReportFile]) -> Self {
        let outputs = files.iter().map(|file| OutputFile {
            path: file.path.clone(),
            sha256: sha256(&file.bytes),
        });
        Self {
            format_version: 1,
            kind: "fit".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: origin.file,
            scenario_hash: origin.scenario.hash.clone(),
            overrides: origin.overrides,
            seed: origin.scenario.study.seed,
            replications: origin.replications,
            arguments: origin.arguments,
            outputs: outputs.collect(),
        }
    }

    /// The manifest as a file.
    pub fn to_file(&self) -> ReportFile {
        ReportFile::new(
            "manifest.json",
            serde_json::to_string_pretty(self).unwrap_or_default() + "\n",
        )
    }
}
