//! The manifest of a sweep.

use std::io::{self, Write};

use patchbench_scenario::{Scenario, Sweep};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::manifest::{OutputFile, hexadecimal};

/// `manifest.json` of a sweep's result folder: what is needed to repeat it, written last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepManifest {
    /// Version of its layout.
    pub format_version: u32,
    /// `sweep`
    pub kind: String,
    /// Version of the program.
    pub version: String,
    /// The scenario file as given on the command line.
    pub scenario: String,
    /// SHA-256 over the canonical form of the scenario that is varied, and its inputs.
    pub scenario_hash: String,
    /// Overrides for all designs, `path=value`.
    pub overrides: Vec<String>,
    /// Files that the scenario names.
    pub inputs: Vec<OutputFile>,
    /// What is varied.
    pub factors: Vec<VariedFactor>,
    /// Which combinations are kept.
    #[serde(rename = "where")]
    pub condition: Option<String>,
    /// Number of designs.
    pub designs: u64,
    /// Seed of all draws.
    pub seed: u64,
    /// Settings at other than their default, `name = value`.
    pub settings_not_default: Vec<String>,
    /// Words of the command line that repeats the result, without the program's name.
    pub arguments: Vec<String>,
    /// The files of the folder.
    pub outputs: Vec<OutputFile>,
}

/// A factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariedFactor {
    /// Its path.
    pub path: String,
    /// How many levels it has.
    pub count: u64,
    /// SHA-256 over its levels, one a line: files of levels are no part of the command.
    pub levels_sha256: String,
}

impl SweepManifest {
    /// The manifest of a sweep of a scenario, without the files yet.
    pub fn new(file: &str, scenario: &Scenario, sweep: &Sweep, designs: u64, arguments: Vec<String>) -> Self {
        let factor = |factor: &patchbench_scenario::Factor| VariedFactor {
            path: factor.path.clone(),
            count: factor.levels.len() as u64,
            levels_sha256: hexadecimal(&Sha256::digest(factor.levels.join("\n"))),
        };
        let input = |input: &patchbench_scenario::InputFile| OutputFile {
            path: input.name.clone(),
            sha256: input.sha256.clone(),
        };
        let settings = scenario.settings.iter().filter(|setting| !setting.is_default);
        Self {
            format_version: 1,
            kind: "sweep".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: file.to_owned(),
            scenario_hash: scenario.hash.clone(),
            overrides: Vec::new(),
            inputs: scenario.inputs.iter().map(input).collect(),
            factors: sweep.factors().map(factor).collect(),
            condition: sweep.condition().map(str::to_owned),
            designs,
            seed: scenario.study.seed,
            settings_not_default: settings
                .map(|setting| format!("{} = {}", setting.name, setting.value))
                .collect(),
            arguments,
            outputs: Vec::new(),
        }
    }

    /// The manifest as text.
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads the manifest of a sweep; `None` when the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text)
            .ok()
            .filter(|manifest: &Self| manifest.kind == "sweep")
    }
}

/// Writes on, and knows the hash of what it wrote.
#[derive(Debug)]
pub struct Hashed<W> {
    inner: W,
    hash: Sha256,
}

impl<W: Write> Hashed<W> {
    /// Nothing is written yet.
    pub fn new(inner: W) -> Self {
        Self {
            inner,
            hash: Sha256::new(),
        }
    }

    /// Ends writing: the file by this name with its hash.
    ///
    /// # Errors
    /// When what is left cannot be written.
    pub fn finish(mut self, path: &str) -> io::Result<OutputFile> {
        self.inner.flush()?;
        Ok(OutputFile {
            path: path.to_owned(),
            sha256: hexadecimal(&self.hash.finalize()),
        })
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// SHA-256 of a text, in hexadecimal.
pub fn text_hash(text: &str) -> String {
    hexadecimal(&Sha256::digest(text))
}
