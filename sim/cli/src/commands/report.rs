//! `patchbench report`: what is drawn of a result, drawn again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use indicatif::HumanCount;
use patchbench_report::{OutputFile, sha256};
use serde_json::Value;

use super::again::{Kept, first_difference, input_changes, read, repeat};
use super::run::SCENARIO;
use super::sweep::DESIGNS;
use crate::args::Report;
use crate::exit::Exit;
use crate::folder::{self, Workshop};
use crate::terminal::Terminal;

const MANIFEST: &str = "manifest.json";
const PAGE: &str = "report.html";

pub(super) fn report(arguments: &Report, terminal: &mut Terminal) -> Exit {
    done(arguments, terminal).unwrap_or_else(|exit| exit)
}

fn done(arguments: &Report, terminal: &mut Terminal) -> Result<Exit, Exit> {
    let could_not = |problem: String| told(&format!("error: {problem}"), Exit::CouldNotFinish, terminal);
    folder::recover(&arguments.folder);
    let mut old = opened(&arguments.folder, terminal)?;
    check_out(arguments, &old.folder, terminal)?;
    unedited(&arguments.folder, &old, terminal)?;
    let others = match arguments.out {
        Some(_) => Vec::new(),
        None => others(&old).map_err(could_not)?,
    };
    find_scenario(&arguments.folder, &mut old, terminal)?;
    let target = match arguments.out {
        Some(_) => std::env::temp_dir().join("patchbench-report"),
        None => old.folder.clone(),
    };
    let workshop = Workshop::open(&target).map_err(could_not)?;
    let result = workshop.result();
    terminal.note(&what_is_done(&old));
    if old.manifest.kind == "sweep" {
        reuse_designs(&old, &result).map_err(could_not)?;
    }
    repeat(&old, &result, terminal)?;
    let new = read(&result).map_err(could_not)?;
    let mut answer = compared(&arguments.folder, &old, &new, terminal)?;
    if let Some(file) = &arguments.out {
        write_page(&result, file, terminal)?;
    } else {
        answer.push_str(&drawn(&old, &new));
        keep(&others, &old.folder, &result).map_err(could_not)?;
        workshop.deliver(&old.folder).map_err(could_not)?;
        terminal.note(&format!("results in {}", arguments.folder.display()));
    }
    answer.push_str(&versions(&old, &new));
    terminal.answer(answer);
    Ok(Exit::Fine)
}

fn told(problem: &str, exit: Exit, terminal: &Terminal) -> Exit {
    terminal.problem(problem);
    exit
}

/// The manifest of a folder of results, with the folder's place in full: it can be told from what is beside it
/// then, whatever was typed.
fn opened(folder: &Path, terminal: &Terminal) -> Result<Kept, Exit> {
    let shown = folder.display();
    if !folder.join(MANIFEST).is_file() {
        let problem = if folder.is_dir() {
            format!("{shown} is no folder of results: it has no {MANIFEST}")
        } else {
            format!("{shown} is no folder")
        };
        let help = "name the folder that `patchbench run`, `compare`, `sweep` or `fit` wrote";
        return Err(told(
            &format!("error: {problem}\n   = help: {help}"),
            Exit::Invalid,
            terminal,
        ));
    }
    let whole = fs::canonicalize(folder).map_err(|error| error.to_string());
    whole.and_then(|folder| read(&folder)).map_err(|error| {
        let problem = format!(
            "error: {} is no manifest: {error}",
            folder.join(MANIFEST).display()
        );
        told(&problem, Exit::Invalid, terminal)
    })
}

/// Refuses a file for the page that would change the folder, or is one.
fn check_out(arguments: &Report, folder: &Path, terminal: &Terminal) -> Result<(), Exit> {
    let Some(out) = &arguments.out else {
        return Ok(());
    };
    let shown = out.display();
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = fs::canonicalize(parent.unwrap_or(Path::new("."))).unwrap_or_default();
    let problem = if out.is_dir() {
        format!("error: {shown} is a folder; --out names a file")
    } else if parent.starts_with(folder) {
        format!("error: {shown} is within the folder of results, which --out leaves as it is")
    } else {
        return Ok(());
    };
    Err(told(&problem, Exit::WrongCommandLine, terminal))
}

/// Whether a file follows from others, and from the version: pages, plots, and copies of tables in other forms.
fn is_drawn(path: &str) -> bool {
    let known = [PAGE, "summary.md", "calendar.ics", DESIGNS];
    known.contains(&path) || path.starts_with("plots/") || path.ends_with(".parquet")
}

/// The other files: figures, and what they were made of.
fn figures(kept: &Kept) -> impl Iterator<Item = &OutputFile> {
    kept.manifest.outputs.iter().filter(|file| !is_drawn(&file.path))
}

/// Refuses figures that were edited. What is gone is made again with the rest.
fn unedited(shown: &Path, old: &Kept, terminal: &Terminal) -> Result<(), Exit> {
    for file in figures(old) {
        match fs::read(old.folder.join(&file.path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Ok(bytes) if sha256(&bytes) == file.sha256 => {}
            Ok(_) => {
                let difference = format!(
                    "{} is not what its manifest says: one of them was edited",
                    file.path
                );
                return Err(refused(shown, &difference, terminal));
            }
            Err(error) => {
                let problem = format!(
                    "error: {} cannot be read: {error}",
                    shown.join(&file.path).display()
                );
                return Err(told(&problem, Exit::CouldNotFinish, terminal));
            }
        }
    }
    Ok(())
}

fn refused(shown: &Path, difference: &str, terminal: &Terminal) -> Exit {
    let folder = shown.display();
    let problem = format!(
        "error: {folder} stays as it is: its figures are not those that its command gives now\n{}\n   \
         = help: `patchbench run --again {folder}` tells what is the same and what is not",
        difference.trim_end()
    );
    told(&problem, Exit::AssertionFailed, terminal)
}

/// Files in the folder that are no part of the result.
fn others(old: &Kept) -> Result<Vec<PathBuf>, String> {
    let (mut found, mut open) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(below) = open.pop() {
        let tell =
            |error: io::Error| format!("{} cannot be read: {error}", old.folder.join(&below).display());
        for entry in fs::read_dir(old.folder.join(&below)).map_err(tell)? {
            let entry = entry.map_err(tell)?;
            let path = below.join(entry.file_name());
            let words: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
            let name = words.join("/");
            if name == MANIFEST || old.manifest.outputs.iter().any(|file| file.path == name) {
                continue;
            }
            let kind = entry.file_type().map_err(tell)?;
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file() {
                found.push(path);
            } else {
                // A link or a device would not be the same in another folder.
                return Err(format!(
                    "{} is neither a file nor a folder, and no part of the result: move it away first",
                    entry.path().display()
                ));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Copies files that are no part of the result into the new one.
fn keep(others: &[PathBuf], old: &Path, new: &Path) -> Result<(), String> {
    for other in others {
        let (from, to) = (old.join(other), new.join(other));
        if !to.exists() {
            let ready = to.parent().map_or(Ok(()), fs::create_dir_all);
            let copied = ready.and_then(|()| fs::copy(&from, &to));
            copied.map_err(|error| format!("{} cannot be kept: {error}", from.display()))?;
        }
    }
    Ok(())
}

/// Takes the scenario that a run keeps if its file is gone and nothing else was read.
fn find_scenario(shown: &Path, old: &mut Kept, terminal: &Terminal) -> Result<(), Exit> {
    let manifest = &mut old.manifest;
    let Some(file) = manifest.scenario.clone().filter(|file| !Path::new(file).exists()) else {
        return Ok(());
    };
    let kept = shown.join(SCENARIO);
    let named = manifest.arguments.get_mut(1).filter(|word| **word == file);
    let problem = match named {
        Some(word) if manifest.inputs.is_empty() && kept.is_file() => {
            *word = kept.display().to_string();
            terminal.note(&format!(
                "{file} is gone: {} is read in its place",
                kept.display()
            ));
            return Ok(());
        }
        _ if manifest.inputs.is_empty() => {
            format!("{file} is gone, and {} does not keep it", shown.display())
        }
        _ => format!(
            "{file} is gone, and what is kept of it reads {}",
            manifest.inputs[0].path
        ),
    };
    let help = "start it in the folder that the result was made from";
    Err(told(
        &format!("error: {problem}\n   = help: {help}"),
        Exit::Invalid,
        terminal,
    ))
}

/// What takes time, in words.
fn what_is_done(old: &Kept) -> String {
    let manifest = &old.manifest;
    let replications = HumanCount(manifest.replications.unwrap_or(0));
    match (manifest.kind.as_str(), &manifest.designs) {
        ("run", _) => format!("playing {replications} replications again to draw them"),
        ("compare", Value::Array(designs)) => {
            format!(
                "playing {} designs, {replications} replications each, again to draw them",
                designs.len()
            )
        }
        ("sweep", designs) => format!(
            "drawing {} designs; only those that another version played are played again",
            HumanCount(designs.as_u64().unwrap_or(0))
        ),
        _ => "making the result again to draw it".to_owned(),
    }
}

/// Leaves the designs of a sweep where the next one looks for them. Its manifest goes along, for a folder
/// without one is not replaced; it names no files, so that it is not taken for one of a result.
fn reuse_designs(old: &Kept, result: &Path) -> Result<(), String> {
    let designs = old.folder.join(DESIGNS);
    if !designs.is_file() {
        return Ok(());
    }
    let text = fs::read_to_string(old.folder.join(MANIFEST)).map_err(|error| error.to_string())?;
    let mut manifest: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    manifest["outputs"] = Value::Array(Vec::new());
    let put = fs::create_dir(result)
        .and_then(|()| fs::copy(designs, result.join(DESIGNS)))
        .and_then(|_| fs::write(result.join(MANIFEST), manifest.to_string()));
    put.map_err(|error| format!("{} cannot be written: {error}", result.display()))
}

/// That the figures are the same, in words; or refuses.
fn compared(shown: &Path, old: &Kept, new: &Kept, terminal: &Terminal) -> Result<String, Exit> {
    let differing: Vec<&OutputFile> = figures(old)
        .filter(|file| !new.manifest.outputs.contains(file))
        .collect();
    if differing.is_empty() {
        let count = figures(old).count();
        return Ok(format!(
            "same figures: all {count} files of them are repeated byte for byte\n"
        ));
    }
    let mut text = first_difference(old, new, &differing, &[]);
    text.push('\n');
    input_changes(old, new, &mut text);
    if old.manifest.version != new.manifest.version {
        text.push_str(&versions(old, new));
    }
    Err(refused(shown, &text, terminal))
}

fn versions(old: &Kept, new: &Kept) -> String {
    format!(
        "version {} there, {} here\n",
        old.manifest.version, new.manifest.version
    )
}

/// How much is drawn again, and how much of it is not as it was.
fn drawn(old: &Kept, new: &Kept) -> String {
    let drawn = || new.manifest.outputs.iter().filter(|file| is_drawn(&file.path));
    let as_it_was = |file: &&OutputFile| {
        fs::read(old.folder.join(&file.path)).is_ok_and(|bytes| sha256(&bytes) == file.sha256)
    };
    let (all, same) = (drawn().count(), drawn().filter(as_it_was).count());
    format!(
        "drawn again: {all} files, {} of them other than before\n",
        all - same
    )
}

fn write_page(result: &Path, file: &Path, terminal: &Terminal) -> Result<(), Exit> {
    let Ok(page) = fs::read(result.join(PAGE)) else {
        let problem = "error: such a result has no page; without --out its summary is written again";
        return Err(told(problem, Exit::Invalid, terminal));
    };
    folder::write_file(file, &page)
        .map_err(|error| told(&format!("error: {error}"), Exit::CouldNotFinish, terminal))?;
    terminal.note(&format!("page in {}", file.display()));
    Ok(())
}
