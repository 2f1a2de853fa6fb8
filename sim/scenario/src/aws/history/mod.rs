//! What a team's own operations took and how they ended, as behaviours: `patchbench import history`.
//!
//! Answers of AWS (`answers`) become operations, each once (`observations`); these are fitted
//! (`fit`) and written (`write`), on their own or into a scenario (`place`).

mod answers;
mod elapsed;
mod fit;

mod left;
mod observations;
mod outcome;
mod place;
mod scenario;
mod write;

use std::path::Path;

use serde_json::json;

use self::answers::Reader;
use self::fit::{ENOUGH, From, Observed};
use self::left::Left;
use self::observations::{Group, Groups, observe};
use self::scenario::Target;
use self::write::{Behavior, title};
use super::json::json_values;
use super::names::{Names, words};
use super::passage::Passage;
use super::{Imported, Importer};
use crate::codes;
use crate::numbers::{counted, grouped};
use crate::problem::{Problem, Sources};
use crate::read::Problems;
use crate::read::behaviors::{PRESETS, preset};
use crate::{Limits, load, load_text};

/// What an import of a history gave.
#[derive(Clone, Debug)]
pub struct ImportedHistory {
    /// Problems and what was left out; the scenario is the given one with the behaviours in it, or the
    /// behaviours alone, as TOML tables to paste into one.
    pub imported: Imported,
    /// What was fitted, as JSON: numbers of operations, means, quantiles, failures and intervals.
    pub json: Option<String>,
}

/// More patch groups are refused.
const MOST_GROUPS: usize = 1_000;

/// Fits behaviours to the answers of AWS saved below a folder, in files that end in .json; with a
/// scenario, into a copy of it. With `all_installs` an Install that took no longer than Scans counts, too;
/// without, it is taken for one that found nothing to install. Which answers are read: Semantics, sections 6.6, 8.4 and 9.
pub fn import_history(folder: &Path, scenario: Option<&Path>, all_installs: bool) -> ImportedHistory {
    let target = scenario.map(|path| {
        let files = crate::Directory::new(path.parent().unwrap_or(Path::new(".")));
        Target::new(load(path, &[], &Limits::default()), Box::new(files))
    });
    let (mut sources, problems) = (Sources::default(), Problems::default());
    let files = super::folder::read(folder, &mut sources, &problems);
    if files.is_empty() && !problems.has_errors() {
        let source = sources.add(folder.display().to_string(), "");
        let message = format!("no file below {} ends in .json", folder.display());
        problems.push(
            Problem::error(codes::FILE, message)
                .at((source, 0..0))
                .help(WHAT_TO_SAVE),
        );
    }
    run((sources, problems), &files, target, all_installs)
}

/// Fits behaviours to answers of AWS as [`import_history`] does: files by name and text. The scenario is a
/// name and a text, too.
pub fn import_history_texts(
    files: &[(&str, &str)],
    scenario: Option<(&str, &str)>,
    all_installs: bool,
) -> ImportedHistory {
    let target = scenario.map(|(name, text)| {
        let loaded = load_text(name, text, &crate::NoFiles, &[], &Limits::default());
        Target::new(loaded, Box::new(crate::NoFiles))
    });
    let mut sources = Sources::default();
    let files: Vec<usize> = files
        .iter()
        .map(|(name, text)| sources.add(*name, *text))
        .collect();
    run((sources, Problems::default()), &files, target, all_installs)
}

const WHAT_TO_SAVE: &str = "save what `aws ssm list-command-invocations --details`, `aws ssm list-commands` and `aws ssm describe-instance-patch-states` answer";

fn run(
    (sources, problems): (Sources, Problems),
    files: &[usize],
    target: Option<Target>,
    all_installs: bool,
) -> ImportedHistory {
    if let Some(imported) = target.as_ref().and_then(Target::refused) {
        return ImportedHistory { imported, json: None };
    }
    let mut reader = Reader::new(&problems);
    for file in files {
        read(&mut reader, &sources, *file);
    }
    let (answers, mut left) = (reader.answers, reader.left);
    let groups = observe(&answers, &mut left, all_installs);
    if !problems.has_errors() {
        problems.extend(unfit(&groups, files));
    }
    if problems.has_errors() {
        return finish((sources, problems, left), None);
    }
    let fitted = behaviors(&groups, target.as_ref(), &problems, &mut left);
    let tables: Vec<String> = fitted.iter().map(|known| known.table(&sources)).collect();
    let tables = head() + &tables.join("\n");
    let written = match &target {
        None => Ok(tables),
        Some(target) => target.with(&fitted, &tables, &mut left),
    };
    let checked = written.and_then(|text| scenario::checked(text, target.as_ref()));
    let groups: Vec<_> = fitted.iter().map(|known| known.json(&sources)).collect();
    let json = json!({ "format": 1, "groups": groups });
    match checked {
        Ok(text) => finish((sources, problems, left), Some((text, format!("{json:#}\n")))),
        Err(problem) => {
            problems.push(problem.at((files.first().copied().unwrap_or(0), 0..0)));
            finish((sources, problems, left), None)
        }
    }
}

fn finish(
    (sources, problems, left): (Sources, Problems, Left),
    made: Option<(String, String)>,
) -> ImportedHistory {
    let importer = Importer {
        sources,
        source: 0,
        text: "",
        problems,
        dropped: left.into_told(),
        read: Vec::new(),
    };
    let (text, json) = made.unzip();
    ImportedHistory {
        imported: importer.finish(text),
        json,
    }
}

/// Reads one file: an answer, or several one after the other.
fn read(reader: &mut Reader<'_>, sources: &Sources, file: usize) {
    let text = sources.text(file);
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut passage = Passage::at(file, start);
    passage.push(&text[start..], start);
    if text[start..].trim().is_empty() {
        reader.left.say(&(file, 0..0), "passed over: it is empty");
        return;
    }
    reader.file(sources.name(file));
    match json_values(&passage) {
        Ok(nodes) => nodes.iter().for_each(|node| reader.answer(node)),
        Err(mistake) => reader.problems.push(mistake.problem(&passage, "no JSON")),
    }
}

/// Why no behaviour follows from the operations.
fn unfit(groups: &Groups, files: &[usize]) -> Vec<Problem> {
    let at = (files.first().copied().unwrap_or(0), 0..0);
    let all = Group::all(groups);
    let observed = all.scans.times.len() + all.installs.times.len();
    let error = |message: String| vec![Problem::error(codes::HISTORY, message).at(at.clone())];
    if groups.len() > MOST_GROUPS {
        let most = grouped(MOST_GROUPS as u64);
        return error(format!(
            "{} patch groups; at most {most} are fitted",
            grouped(groups.len() as u64)
        ));
    }
    if observed > 0 {
        return Vec::new();
    }
    let message = format!(
        "in {} there is no Scan or Install with its time",
        counted(files.len() as u64, "file")
    );
    let problem = Problem::error(codes::HISTORY, message).at(at);
    vec![problem.help(WHAT_TO_SAVE)]
}

fn head() -> String {
    "# Fitted to the history of operations by `patchbench import history`. A whole operation on a node, from its\n\
     # start to its end and with its reboots, was observed. Nothing tells an Install that found something to\n\
     # install from one that did not, except that the latter takes no longer than a Scan.\n"
        .to_owned()
}

/// The behaviour of each group; with a scenario, of those that its nodes are in.
fn behaviors<'g>(
    groups: &'g Groups,
    target: Option<&Target>,
    problems: &Problems,
    left: &mut Left,
) -> Vec<Behavior<'g>> {
    let mut names = Names::default();
    let taken = target.into_iter().flat_map(Target::behaviors);
    for name in PRESETS.into_iter().chain(taken) {
        names.take(name);
    }
    let all = Observed::new(&Group::all(groups), From::All);
    let mut fitted = Vec::new();
    for (name, group) in groups {
        let name = name.as_deref();
        let file = group.files.first().copied().unwrap_or(0);
        if target.is_some_and(|target| !target.has(name)) {
            let reason = format!("{}: no node of the scenario is in it", title(name));
            left.say(&(file, 0..0), reason);
            continue;
        }
        if let Some(problem) = few(name, group, groups.len() > 1, file) {
            problems.push(problem);
        }
        let preset = preset_of(name, group, target);
        fitted.push(Behavior {
            name: names.take(&behavior_name(name)),
            group: name,
            observed: group,
            fitted: Observed::new(group, From::Group).fit(&all, usual_scan(preset.0)),
            preset,
        });
    }
    fitted
}

fn behavior_name(group: Option<&str>) -> String {
    let name = group.map_or_else(|| "without-patch-group".to_owned(), words);
    match name.as_str() {
        "" => "measured".to_owned(),
        name => format!("measured-{name}"),
    }
}

/// The scan time of a preset, in milliseconds.
fn usual_scan(name: &str) -> i64 {
    preset(name).map_or(0, |preset| preset.scan_time.scale_ms() as i64)
}

/// A warning about a group with few operations.
fn few(name: Option<&str>, group: &Group, others: bool, file: usize) -> Option<Problem> {
    let counts = [
        (group.scans.times.len(), "Scan"),
        (group.installs.times.len(), "Install"),
    ];
    let few: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count < ENOUGH)
        .map(|(count, what)| counted(*count as u64, what))
        .collect();
    if few.is_empty() {
        return None;
    }
    let message = format!("{}: only {}", title(name), few.join(" and "));
    let help = if others {
        "the operations of all groups together stand for them"
    } else {
        "the intervals are wide: collect more, or use the times with care"
    };
    let problem = Problem::warning(codes::HISTORY, message).at((file, 0..0));
    Some(problem.help(help))
}

/// The preset for what was not observed, by the system of the nodes.
fn preset_of(name: Option<&str>, group: &Group, target: Option<&Target>) -> (&'static str, &'static str) {
    let [windows, linux] = PRESETS;
    let (of_windows, of_others) = (group.windows.len(), group.others.len());
    match (of_windows, of_others) {
        (0, 0) => match target.and_then(|target| target.runs_windows(name)) {
            Some(true) => (windows, "for what is not below, by the system of the pool"),
            Some(false) => (linux, "for what is not below, by the system of the pool"),
            None => (windows, "assumed: no answer tells the system of the nodes"),
        },
        (_, 0) => (windows, "for what is not below, by the system of the nodes"),
        (0, _) => (linux, "for what is not below, by the system of the nodes"),
        _ if of_windows >= of_others => (windows, "assumed: by the system of most nodes"),
        _ => (linux, "assumed: by the system of most nodes"),
    }
}
