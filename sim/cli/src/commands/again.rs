//! `patchbench run --again`: a result made once more, and the first difference by name.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{CommandFactory as _, FromArgMatches as _};
use patchbench_report::{OutputFile, change_text, sha256};
use patchbench_scenario::{Override, differences, text_leaves};
use serde::Deserialize;

use super::run::SCENARIO;
use super::{difference, dispatch};
use crate::args::Arguments;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// What every manifest says.
#[derive(Debug, Deserialize)]
pub(super) struct AnyManifest {
    pub(super) kind: String,
    pub(super) version: String,
    pub(super) arguments: Vec<String>,
    pub(super) outputs: Vec<OutputFile>,
    /// Of a single scenario: its file.
    #[serde(default)]
    pub(super) scenario: Option<String>,
    #[serde(default)]
    scenario_hash: Option<String>,
    #[serde(default)]
    overrides: Vec<String>,
    #[serde(default)]
    pub(super) inputs: Vec<OutputFile>,
    /// Of a comparison; their number of a sweep.
    #[serde(default)]
    pub(super) designs: serde_json::Value,
    /// Of each design.
    #[serde(default)]
    pub(super) replications: Option<u64>,
}

/// A manifest with the folder that it lies in.
pub(super) struct Kept {
    pub(super) manifest: AnyManifest,
    pub(super) folder: PathBuf,
}

/// Changes of the input that are shown.
const CHANGES: usize = 20;

pub(super) fn again(path: &Path, terminal: &mut Terminal) -> Exit {
    let old = match read(path) {
        Ok(old) => old,
        Err(error) => {
            terminal.problem(&format!("error: {} is no manifest: {error}", path.display()));
            return Exit::Invalid;
        }
    };
    let beside = std::env::temp_dir().join(format!("patchbench-again-{}", std::process::id()));
    let answer = repeat(&old, &beside, terminal).and_then(|()| {
        let new = read(&beside).map_err(|error| {
            terminal.problem(&format!("error: the result made now has no manifest: {error}"));
            Exit::CouldNotFinish
        })?;
        Ok(compare(&old, &new))
    });
    let _ = std::fs::remove_dir_all(&beside);
    match answer {
        Err(exit) => exit,
        Ok((text, same)) => {
            terminal.answer(text);
            if same { Exit::Fine } else { Exit::AssertionFailed }
        }
    }
}

/// A manifest by its path, or that of its folder.
pub(super) fn read(path: &Path) -> Result<Kept, String> {
    let file = if path.is_dir() {
        path.join("manifest.json")
    } else {
        path.to_owned()
    };
    let text = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
    let manifest = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let folder = file.parent().unwrap_or(Path::new(".")).to_owned();
    Ok(Kept { manifest, folder })
}

/// Runs the command of a manifest once more into another folder.
pub(super) fn repeat(old: &Kept, beside: &Path, terminal: &Terminal) -> Result<(), Exit> {
    let manifest = &old.manifest;
    // A manifest from elsewhere is only asked for its result: it does not choose where files are written.
    let writes = ["--out", "--force", "--junit", "--markdown"];
    let refused = manifest.arguments.iter().any(|word| {
        let name = word.split('=').next().unwrap_or_default();
        writes.contains(&name)
    });
    let kinds = ["run", "compare", "sweep", "fit"];
    let known = kinds.contains(&manifest.kind.as_str()) && manifest.arguments.first() == Some(&manifest.kind);
    if refused || !known {
        terminal.problem("error: the manifest holds no command that can be repeated");
        return Err(Exit::Invalid);
    }
    let mut words = vec!["patchbench".to_owned()];
    words.extend(manifest.arguments.iter().cloned());
    words.extend([
        "--quiet".to_owned(),
        "--out".to_owned(),
        beside.display().to_string(),
    ]);
    let parsed = Arguments::command().try_get_matches_from(words);
    let parsed = parsed.and_then(|matches| Ok((Arguments::from_arg_matches(&matches)?, matches)));
    let (arguments, matches) = parsed.map_err(|error| {
        terminal.problem(&format!(
            "error: the command of the manifest cannot be read\n{error}"
        ));
        Exit::Invalid
    })?;
    match dispatch(arguments, &matches, &mut terminal.muted()) {
        Exit::Fine | Exit::AssertionFailed | Exit::Worse => Ok(()),
        failed => Err(failed),
    }
}

/// What is the same and what is not, in words; and whether everything is the same.
fn compare(old: &Kept, new: &Kept) -> (String, bool) {
    let (there, here) = (&old.manifest, &new.manifest);
    let other_version = there.version != here.version;
    let differing: Vec<&OutputFile> = there
        .outputs
        .iter()
        .filter(|file| !here.outputs.contains(file))
        .collect();
    let is_new = |file: &&OutputFile| there.outputs.iter().all(|known| known.path != file.path);
    let more: Vec<&OutputFile> = here.outputs.iter().filter(is_new).collect();
    let same = differing.is_empty() && more.is_empty();
    let mut text = if same {
        format!(
            "same: all {} files of the result are repeated byte for byte\n",
            there.outputs.len()
        )
    } else {
        format!("differs: {}\n", first_difference(old, new, &differing, &more))
    };
    if !same {
        input_changes(old, new, &mut text);
    }
    let _ = writeln!(text, "version {} there, {} here", there.version, here.version);
    if same {
        fingerprints(new, &mut text);
    } else if other_version {
        let equal = there.outputs.iter().filter(|file| here.outputs.contains(file));
        list("equal", equal.map(|file| file.path.as_str()), &mut text);
        list(
            "different",
            differing.iter().map(|file| file.path.as_str()),
            &mut text,
        );
    }
    (text, same)
}

fn list<'a>(word: &str, files: impl Iterator<Item = &'a str>, text: &mut String) {
    let files: Vec<&str> = files.collect();
    let names = if files.is_empty() {
        "none".to_owned()
    } else {
        files.join(", ")
    };
    let _ = writeln!(text, "{word}: {names}");
}

/// The first thing that differs, by name: the input, a file that was edited, an event, a replication, a
/// figure.
pub(super) fn first_difference(
    old: &Kept,
    new: &Kept,
    differing: &[&OutputFile],
    more: &[&OutputFile],
) -> String {
    let (there, here) = (&old.manifest, &new.manifest);
    if there.scenario_hash != here.scenario_hash {
        return "the scenario or one of its inputs has changed".to_owned();
    }
    if let Some(name) = changed_design(&there.designs, &here.designs) {
        return format!("the scenario of design {name} or one of its inputs has changed");
    }
    let Some(first) = first_of(differing) else {
        return more
            .first()
            .map_or_else(String::new, |file| format!("{} is new", file.path));
    };
    let path = &first.path;
    if here.outputs.iter().all(|file| file.path != *path) {
        return format!("{path} is not written any more");
    }
    let bytes = |kept: &Kept| std::fs::read(kept.folder.join(path)).ok();
    let (Some(bytes_there), Some(bytes_here)) = (bytes(old), bytes(new)) else {
        return format!("{path} (by its hash: the file itself is not beside the manifest)");
    };
    if sha256(&bytes_there) != first.sha256 {
        let also = if bytes_there == bytes_here {
            ", and made once more it is as it is now"
        } else {
            ""
        };
        return format!("{path} is not what its manifest says: one of them was edited{also}");
    }
    difference::named(path, &bytes_there, &bytes_here)
}

/// The file that tells most about a difference: the trace, the fingerprints of the replications, figures.
fn first_of<'f>(differing: &[&'f OutputFile]) -> Option<&'f OutputFile> {
    let rank = |file: &&&OutputFile| match file.path.as_str() {
        "trace.jsonl" => 0,
        "replications.csv" => 1,
        path if difference::extension(path) == "csv" => 2,
        SCENARIO => 4,
        _ => 3,
    };
    differing.iter().min_by_key(rank).copied()
}

fn changed_design(there: &serde_json::Value, here: &serde_json::Value) -> Option<String> {
    let (there, here) = (there.as_array()?, here.as_array()?);
    let changed = there
        .iter()
        .zip(here)
        .find(|(there, here)| there["scenario_hash"] != here["scenario_hash"]);
    changed.map(|(there, _)| there["name"].as_str().unwrap_or_default().to_owned())
}

/// What changed in the scenario and its input files.
pub(super) fn input_changes(old: &Kept, new: &Kept, text: &mut String) {
    for input in &old.manifest.inputs {
        if !new.manifest.inputs.contains(input) {
            let _ = writeln!(text, "  ~ {} (other contents, or no longer read)", input.path);
        }
    }
    let overrides: Vec<Override> = old
        .manifest
        .overrides
        .iter()
        .filter_map(|text| Override::parse(text))
        .collect();
    let leaves = |kept: &Kept| {
        let text = std::fs::read_to_string(kept.folder.join(SCENARIO)).ok()?;
        Some(text_leaves(&text, &overrides))
    };
    let Some((there, here)) = leaves(old).zip(leaves(new)) else {
        return;
    };
    let changes = differences(&there, &here);
    for change in changes.iter().take(CHANGES) {
        let _ = writeln!(text, "  {}", change_text(change));
    }
    if changes.len() > CHANGES {
        let _ = writeln!(text, "  … and {} more changes", changes.len() - CHANGES);
    }
}

/// Fingerprints of the events of the first replications, for a reader who compares by eye.
fn fingerprints(new: &Kept, text: &mut String) {
    let found = std::fs::read(new.folder.join("replications.csv")).unwrap_or_default();
    let mut table = csv::Reader::from_reader(found.as_slice());
    let column = table
        .headers()
        .ok()
        .and_then(|names| names.iter().position(|name| name == "fingerprint"));
    let Some(column) = column else { return };
    let rows = table.records().take(3).flatten();
    let shown: Vec<String> = rows
        .filter_map(|row| row.get(column).map(str::to_owned))
        .collect();
    let _ = writeln!(text, "events of the first replications: {}", shown.join(" "));
}
