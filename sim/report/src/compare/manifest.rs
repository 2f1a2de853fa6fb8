//! The manifest of a comparison.

use serde::{Deserialize, Serialize};

use crate::manifest::{OutputFile, sha256};
use crate::{Comparison, ReportFile};

/// `manifest.json` of a comparison's result folder: what is needed to repeat it, written last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparisonManifest {
    /// Version of its layout.
    pub format_version: u32,
    /// `compare`
    pub kind: String,
    /// Version of the program.
    pub version: String,
    /// The designs, the base first.
    pub designs: Vec<ComparedInput>,
    /// Seed of all draws.
    pub seed: u64,
    /// Number of replications.
    pub replications: u64,
    /// Words of the command line that repeats the result, without the program's name.
    pub arguments: Vec<String>,
    /// The files of the folder.
    pub outputs: Vec<OutputFile>,
}

/// Where a design came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedInput {
    /// What it is called.
    pub name: String,
    /// The scenario file as given on the command line.
    pub scenario: String,
    /// Overrides, `path=value`.
    pub overrides: Vec<String>,
    /// SHA-256 over the scenario's canonical form and its inputs.
    pub scenario_hash: String,
}

impl ComparisonManifest {
    /// The manifest of a comparison; names and hashes of the inputs are those of its designs.
    pub fn new(
        comparison: &Comparison,
        inputs: Vec<(String, Vec<String>)>,
        arguments: Vec<String>,
        files: &[ReportFile],
    ) -> Self {
        let first = &comparison.designs[0].outcome;
        let designs = comparison.designs.iter().zip(inputs);
        let designs = designs.map(|(design, (scenario, overrides))| ComparedInput {
            name: design.name.clone(),
            scenario,
            overrides,
            scenario_hash: design.scenario_hash.clone(),
        });
        let outputs = files.iter().map(|file| OutputFile {
            path: file.path.clone(),
            sha256: sha256(&file.bytes),
        });
        Self {
            format_version: 1,
            kind: "compare".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            designs: designs.collect(),
            seed: first.seed,
            replications: first.replications,
            arguments,
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
