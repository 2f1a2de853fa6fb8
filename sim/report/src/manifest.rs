//! The manifest: what is needed to repeat a result, written last.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Report, ReportFile};

/// `manifest.json` of a result folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of its layout.
    pub format_version: u32,
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
    /// Whether the history of the first replication was written.
    pub trace: bool,
    /// Settings at other than their default, `name = value`.
    pub settings_not_default: Vec<String>,
    /// The command that repeats the result.
    pub command: String,
    /// The files of the folder.
    pub outputs: Vec<OutputFile>,
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
    pub fn new(report: Report<'_>, origin: (&str, &[String]), trace: bool, files: &[ReportFile]) -> Self {
        let Report {
            scenario, results, ..
        } = report;
        let (path, overrides) = origin;
        let settings = scenario.settings.iter().filter(|setting| !setting.is_default);
        Self {
            format_version: 1,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: path.to_owned(),
            scenario_hash: scenario.hash.clone(),
            overrides: overrides.to_vec(),
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
            trace,
            settings_not_default: settings
                .map(|setting| format!("{} = {}", setting.name, setting.value))
                .collect(),
            command: command(path, overrides, results.seed, results.replications, trace),
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

    /// Reads a manifest.
    ///
    /// # Errors
    /// When the text is no manifest.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The first difference between the files of this manifest and those of another result.
    pub fn first_difference(&self, other: &Self) -> Option<String> {
        if self.scenario_hash != other.scenario_hash {
            return Some("the scenario or one of its inputs has changed".to_owned());
        }
        for file in &self.outputs {
            match other.outputs.iter().find(|known| known.path == file.path) {
                None => return Some(format!("{} is missing", file.path)),
                Some(known) if known.sha256 != file.sha256 => return Some(format!("{} differs", file.path)),
                Some(_) => {}
            }
        }
        let known = |path: &String| self.outputs.iter().any(|file| file.path == *path);
        other
            .outputs
            .iter()
            .find(|file| !known(&file.path))
            .map(|file| format!("{} is new", file.path))
    }
}

fn command(path: &str, overrides: &[String], seed: u64, replications: u64, trace: bool) -> String {
    let mut words = vec!["patchbench run".to_owned(), quoted(path)];
    for change in overrides {
        words.push(format!("--set {}", quoted(change)));
    }
    words.push(format!("--seed {seed} --reps {replications}"));
    if trace {
        words.push("--trace".to_owned());
    }
    words.join(" ")
}

/// A word for a Unix shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+".contains(c);
    if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
