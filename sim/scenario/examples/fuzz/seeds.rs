//! What fuzzing begins with: every scenario, runbook, template and answer that is at hand.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::targets::{Input, Target};

/// Texts with the names of their files, in order.
pub(crate) struct Seeds(Vec<(String, String)>);

/// Folders of texts, from the folder of this crate.
const FOLDERS: [&str; 8] = [
    "../../scenarios",
    "tests/corpus",
    "tests/templates",
    "tests/shorthand",
    "tests/terraform",
    "../cli/tests/runbooks",
    "../cli/tests/scenarios",
    "../cli/tests/journeys",
];

/// Answers and templates of AWS, which are not always at hand; `FUZZ_SAMPLES` names another folder of them.
const SAMPLES: &str = "../../../shared/aws";

/// Folders with one of kept inputs for each target.
const KEPT: [&str; 2] = ["examples/fuzz/seeds", "tests/corpus/found"];

/// Tests, whose texts stand in them.
const TESTS: [&str; 2] = ["tests/it", "../cli/tests/it"];

/// Longer texts would only slow things down.
const LONGEST: usize = 200_000;

impl Seeds {
    /// Reads all that there is; what is missing is told by the caller.
    pub(crate) fn gather(missing: &mut Vec<String>) -> Self {
        let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut texts = Vec::new();
        let samples = std::env::var("FUZZ_SAMPLES").unwrap_or_else(|_| SAMPLES.to_owned());
        for folder in FOLDERS.into_iter().chain([samples.as_str()]) {
            let files = files_below(&crate_folder.join(folder));
            if files.is_empty() {
                missing.push(folder.to_owned());
            }
            texts.extend(files.iter().filter_map(|path| text_of(path)));
        }
        for folder in TESTS {
            for (name, text) in files_below(&crate_folder.join(folder))
                .iter()
                .filter_map(|path| text_of(path))
            {
                texts.extend(raw_texts(&text).map(|raw| (format!("{name} in a test"), raw)));
            }
        }
        let shorthand: Vec<(String, String)> = texts
            .iter()
            .filter(|(name, _)| name == "recorded.jsonl")
            .flat_map(|(_, text)| text.lines().filter_map(recorded))
            .collect();
        texts.extend(shorthand);
        Self(texts)
    }

    /// The inputs that a target begins with.
    pub(crate) fn of(&self, target: &Target) -> Vec<Input> {
        let taken = self.0.iter().filter(|(_, text)| (target.takes)(text));
        let kept = KEPT.iter().flat_map(|folder| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join(folder)
                .join(target.name);
            files_below(&folder)
        });
        let kept = kept.filter_map(|path| Some(Input::decode(&text_of(&path)?.1)));
        taken.map(|file| self.with_named(file)).chain(kept).collect()
    }

    /// A text, and the files that it names.
    fn with_named(&self, (name, text): &(String, String)) -> Input {
        let named = self
            .0
            .iter()
            .filter(|(other, _)| other != name && !other.contains(' ') && text.contains(other.as_str()));
        Input {
            files: [(name.clone(), text.clone())]
                .into_iter()
                .chain(named.take(4).cloned())
                .collect(),
        }
    }

    /// Every word of the texts once: keys, members and values as AWS and scenarios spell them.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = BTreeSet::new();
        for (_, text) in &self.0 {
            let apart = |c: char| !(c.is_alphanumeric() || "-_:./%".contains(c));
            words.extend(text.split(apart).filter(|word| (1..60).contains(&word.len())));
            words.extend(text.split('"').filter(|word| (1..60).contains(&word.len())));
        }
        words.into_iter().map(str::to_owned).collect()
    }
}

/// All files below a folder, in order of their names.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn text_of(path: &Path) -> Option<(String, String)> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let bytes = std::fs::read(path).ok()?;
    (bytes.len() <= LONGEST).then(|| (name, String::from_utf8_lossy(&bytes).into_owned()))
}

/// The raw strings in a file of Rust.
fn raw_texts(code: &str) -> impl Iterator<Item = String> {
    let after = code.split("r#\"").skip(1);
    after
        .filter_map(|text| Some(text.split_once("\"#")?.0.trim_start().to_owned()))
        .filter(|text| !text.is_empty())
}

/// The text in a line of recorded shorthand.
fn recorded(line: &str) -> Option<(String, String)> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    Some((
        "shorthand of a test".to_owned(),
        line.get("text")?.as_str()?.to_owned(),
    ))
}
