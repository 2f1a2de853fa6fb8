//! Running the command.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

/// The command, in the root of the workspace.
pub(crate) fn patchbench() -> Command {
    let mut command = Command::cargo_bin("patchbench").unwrap();
    command.current_dir(root());
    command
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// A scenario of these tests.
pub(crate) fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/scenarios")
        .join(name)
}

/// What the command answers, and how it exits.
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the command with these words.
pub(crate) fn answer<I: AsRef<std::ffi::OsStr>>(words: impl IntoIterator<Item = I>) -> Answer {
    let output = patchbench().args(words).output().unwrap();
    Answer {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Every file below a folder with its bytes, by path.
pub(crate) fn files_below(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                files.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// The lines of `trace.jsonl`.
pub(crate) fn trace(folder: &Path) -> Vec<Value> {
    std::fs::read_to_string(folder.join("trace.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Plays a scenario once and gives its trace and its summary.
pub(crate) fn play(name: &str) -> (Vec<Value>, Value) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("result");
    let file = scenario(name);
    let words = [
        "run",
        file.to_str().unwrap(),
        "--reps",
        "1",
        "--trace",
        "--format",
        "json",
    ];
    let done = answer(words.into_iter().chain(["--out", out.to_str().unwrap()]));
    assert_eq!(done.code, 0, "{}", done.err);
    (trace(&out), serde_json::from_str(&done.out).unwrap())
}
