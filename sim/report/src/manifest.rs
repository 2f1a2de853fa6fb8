//! The manifest: what is needed to repeat a result, written last.

use patchbench_study::{Precision, PrecisionTarget};
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
    /// Widths of intervals that were asked for, where the number of replications follows from them.
    #[serde(default)]
    pub precision: Vec<String>,
    /// The first and the largest number of replications, likewise.
    #[serde(default)]
    pub precision_bounds: Option<(u64, u64)>,
    /// Whether the history of the first replication was written.
    pub trace: bool,
    /// Settings at other than their default, `name = value`.
    pub settings_not_default: Vec<String>,
    /// The command that repeats the result.
    pub command: String,
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
            precision: origin.precision.map_or_else(Vec::new, |wanted| {
                wanted.targets.iter().map(ToString::to_string).collect()
            }),
            precision_bounds: origin.precision.map(|wanted| (wanted.first, wanted.most)),
            trace,
            settings_not_default: settings
                .map(|setting| format!("{} = {}", setting.name, setting.value))
                .collect(),
            command: command(origin, (results.seed, results.replications), trace),
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

    /// The precision that was asked for.
    ///
    /// # Errors
    /// When one of its texts is none.
    pub fn precision(&self) -> Result<Option<Precision>, String> {
        let Some((first, most)) = self.precision_bounds else {
            return Ok(None);
        };
        let targets = self.precision.iter().map(|text| PrecisionTarget::parse(text));
        let targets = targets.collect::<Result<_, _>>()?;
        Ok(Some(Precision { targets, first, most }))
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

fn command(origin: Origin<'_>, (seed, replications): (u64, u64), trace: bool) -> String {
    let mut words = vec!["patchbench run".to_owned(), quoted(origin.scenario)];
    for change in origin.overrides {
        words.push(format!("--set {}", quoted(change)));
    }
    words.push(format!("--seed {seed}"));
    match origin.precision {
        None => words.push(format!("--reps {replications}")),
        Some(wanted) => {
            let targets = wanted.targets.iter();
            words.extend(targets.map(|target| format!("--precision {}", quoted(&target.to_string()))));
            words.push(format!("--reps {} --max-reps {}", wanted.first, wanted.most));
        }
    }
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

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
