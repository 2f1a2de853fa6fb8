//! The manifest: what is needed to repeat a result, written last.

use patchbench_study::Precision;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Report, ReportFile};

/// `manifest.json` of a result folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of its layout.
    pub format_version: u32,
    /// `run`
    pub kind: String,
    /// Version of the program.
    pub version: String,
    /// The scenario file as given on the command line.
    pub scenario: String,
    /// SHA-256 over the scenario's canonical form, without seed and replications, and its inputs.
    pub scenario_hash: String,
    /// Overrides, `path=value`.
    pub overrides: Vec<String>,
    /// Files that the scenario names.
    pub inputs: Vec<OutputFile>,
    /// Seed of all draws.
    pub seed: u64,
    /// Number of replications.
    pub replications: u64,
    /// Settings at other than their default, `name = value`.
    pub settings_not_default: Vec<String>,
    /// Words of the command line that repeats the result, without the program's name.
    pub arguments: Vec<String>,
    /// The files of the folder.
    pub outputs: Vec<OutputFile>,
}

/// Where a result comes from.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The scenario file as given on the command line.
    pub scenario: &'a str,
    /// Overrides, `path=value`.
    pub overrides: &'a [String],
    /// The precision that was asked for.
    pub precision: Option<&'a Precision>,
    /// Whether the tables are there as Parquet, too.
    pub parquet: bool,
}

/// A file with its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    /// Its path.
    pub path: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// The manifest of a result.
    pub fn new(report: Report<'_>, origin: Origin<'_>, trace: bool, files: &[ReportFile]) -> Self {
        let Report {
            scenario, results, ..
        } = report;
        let settings = scenario.settings.iter().filter(|setting| !setting.is_default);
        Self {
            format_version: 1,
            kind: "run".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: origin.scenario.to_owned(),
            scenario_hash: scenario.hash.clone(),
            overrides: origin.overrides.to_vec(),
            inputs: scenario
                .inputs
                .iter()
                .map(|input| OutputFile {
                    path: input.name.clone(),
                    sha256: input.sha256.clone(),
                })
                .collect(),
            seed: results.seed,
            replications: results.replications,
            settings_not_default: settings
                .map(|setting| format!("{} = {}", setting.name, setting.value))
                .collect(),
            arguments: arguments(origin, (results.seed, results.replications), trace),
            outputs: files
                .iter()
                .map(|file| OutputFile {
                    path: file.path.clone(),
                    sha256: sha256(&file.bytes),
                })
                .collect(),
        }
    }

    /// The manifest as a file.
    pub fn to_file(&self) -> ReportFile {
        let text = serde_json::to_string_pretty(self).unwrap_or_default() + "\n";
        ReportFile {
            path: "manifest.json".to_owned(),
            bytes: text.into_bytes(),
        }
    }
}

/// Words of the command line that repeats a result.
pub(crate) fn arguments(origin: Origin<'_>, (seed, replications): (u64, u64), trace: bool) -> Vec<String> {
    let mut words = vec!["run".to_owned(), origin.scenario.to_owned()];
    let mut option = |name: &str, value: String| words.extend([format!("--{name}"), value]);
    for change in origin.overrides {
        option("set", change.clone());
    }
    option("seed", seed.to_string());
    match origin.precision {
        None => option("reps", replications.to_string()),
        Some(wanted) => {
            for target in &wanted.targets {
                option("precision", target.to_string());
            }
            option("reps", wanted.first.to_string());
            option("max-reps", wanted.most.to_string());
        }
    }
    if trace {
        words.push("--trace".to_owned());
    }
    if origin.parquet {
        words.push("--parquet".to_owned());
    }
    words
}

/// SHA-256 of some bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
