//! What the tree promises about itself: who may use whom, who prints, how long a file is.

use std::path::{Path, PathBuf};

use crate::binary::root;

/// The crates of the workspace and what each may use of the others: arrows point down only.
const ARROWS: [(&str, &[&str]); 8] = [
    ("kernel", &[]),
    ("calendar", &[]),
    ("model", &["calendar", "kernel"]),
    ("oracle", &["calendar", "kernel", "model"]),
    ("scenario", &["calendar", "kernel", "model"]),
    ("study", &["calendar", "kernel", "model", "scenario"]),
    ("report", &["calendar", "kernel", "model", "scenario", "study"]),
    (
        "cli",
        &[
            "calendar", "kernel", "model", "oracle", "report", "scenario", "study",
        ],
    ),
];

/// Longer files have more than one subject.
const LONGEST_FILE: usize = 600;

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}

#[test]
fn arrows_between_crates_point_one_way() {
    for (name, allowed) in ARROWS {
        let manifest = std::fs::read_to_string(root().join(format!("sim/{name}/Cargo.toml"))).unwrap();
        // The tests of the model call its judge.
        let tests_too = name != "model";
        let used: Vec<&str> = manifest
            .lines()
            .take_while(|line| tests_too || *line != "[dev-dependencies]")
            .filter_map(|line| line.strip_prefix("patchbench-")?.split('.').next())
            .collect();
        for one in used {
            assert!(allowed.contains(&one), "sim/{name} must not use sim/{one}");
        }
    }
}

#[test]
fn there_is_no_crate_without_a_reason() {
    let mut folders: Vec<String> = std::fs::read_dir(root().join("sim"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let mut known: Vec<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    known.sort_unstable();
    assert_eq!(folders, known);
}

#[test]
fn files_have_one_subject_and_no_leftovers() {
    let marks = ["to", "do!("];
    let leftovers = [
        marks.concat(),
        "unimplemented".to_owned() + "!(",
        "FIX".to_owned() + "ME",
    ];
    for (path, text) in sources(&root().join("sim")) {
        let lines = text.lines().count();
        assert!(lines <= LONGEST_FILE, "{} has {lines} lines", path.display());
        for leftover in &leftovers {
            assert!(!text.contains(leftover), "{} holds {leftover}", path.display());
        }
    }
}

#[test]
fn nothing_below_the_command_line_prints() {
    for (name, _) in ARROWS.iter().filter(|(name, _)| *name != "cli") {
        for (path, text) in sources(&root().join(format!("sim/{name}/src"))) {
            for print in ["println!(", "print!("] {
                assert!(!text.contains(print), "{} prints", path.display());
            }
        }
    }
}
