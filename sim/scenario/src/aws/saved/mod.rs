//! A team's own configuration, as saved answers of `describe`, `get` and `list` commands:
//! `patchbench import aws-cli`.
//!
//! Answers (`answers`) become the requests that would have set it all up (`requests`), and nodes
//! (`nodes`); what a scenario needs and no answer says is an error, or with `allow_partial` a warning.

mod answers;
mod holds;
mod missing;
mod nodes;
mod opens;
mod requests;

use std::collections::BTreeMap;
use std::path::Path;

use self::answers::Answers;
use self::requests::Player;
use super::json::json_values;
use super::passage::Passage;
use super::{Imported, Importer};
use crate::codes;
use crate::numbers::counted;
use crate::problem::{Problem, Severity, Sources};
use crate::read::{Place, Problems};

/// A shell script that saves the answers which [`import_aws_cli`] reads, by the AWS CLI; it only reads.
pub const COLLECTING_SCRIPT: &str = include_str!("collect.sh");

/// Imports the answers saved below a folder, in files that end in .json. What is missing is an error,
/// or with `allow_partial` a warning. Semantics, section 9.1.
pub fn import_aws_cli(folder: &Path, allow_partial: bool) -> Imported {
    let (mut sources, problems) = (Sources::default(), Problems::default());
    let files = super::folder::read(folder, &mut sources, &problems);
    let name = folder.file_name().map_or_else(
        || folder.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    );
    if files.is_empty() && !problems.has_errors() {
        let source = sources.add(folder.display().to_string(), "");
        let message = format!("no file below {} ends in .json", folder.display());
        let problem = Problem::error(codes::FILE, message).at((source, 0..0));
        problems.push(
            problem
                .help("`patchbench import aws-cli --print-script` writes a script that saves what is read"),
        );
    }
    run((sources, problems), &files, &name, allow_partial)
}

/// Imports answers as [`import_aws_cli`] does: files by name and text.
pub fn import_answers_texts(files: &[(&str, &str)], allow_partial: bool) -> Imported {
    let mut sources = Sources::default();
    let files: Vec<usize> = files
        .iter()
        .map(|(name, text)| sources.add(*name, *text))
        .collect();
    run(
        (sources, Problems::default()),
        &files,
        "saved answers",
        allow_partial,
    )
}

fn run(
    (sources, problems): (Sources, Problems),
    files: &[usize],
    name: &str,
    allow_partial: bool,
) -> Imported {
    let mut answers = Answers::default();
    let gaps = Gaps {
        problems: &problems,
        allow_partial,
    };
    for file in files {
        read(&mut answers, &sources, &gaps, *file);
    }
    let nothing = answers.read.is_empty() && !problems.has_errors();
    if nothing {
        let message = format!(
            "in {} there is no answer about how patching is set up",
            counted(files.len() as u64, "file")
        );
        let problem = Problem::error(codes::IMPORT, message).at((files.first().copied().unwrap_or(0), 0..0));
        problems.push(
            problem
                .help("`patchbench import aws-cli --print-script` writes a script that saves what is read"),
        );
    }
    if problems.has_errors() {
        // What a file that cannot be read would have said is not missing.
        let read = told(&answers.read);
        let dropped = answers.dropped;
        return importer((sources, problems), dropped, read).finish(None);
    }
    for (command, place) in answers.unfinished() {
        gaps.tell(
            format!("{command}: this page is not the last one, and no other file has the rest"),
            place.clone(),
            "save the answer again without --max-items and --no-paginate",
            "what other pages say is left out",
        );
    }
    let read = told(&answers.read);
    let mut player = Player::new(&problems, &gaps);
    player.play(&answers);
    let (account, mut dropped) = player.finish();
    dropped.append(&mut answers.dropped);
    let origin = format!("Imported from {name} by `patchbench import aws-cli`.");
    let importer = importer((sources, problems), dropped, read);
    importer.scenario(&account, &format!("imported from {name}"), &origin)
}

fn importer(
    (sources, problems): (Sources, Problems),
    dropped: Vec<(Place, String)>,
    read: Vec<String>,
) -> Importer<'static> {
    Importer {
        sources,
        source: 0,
        text: "",
        problems,
        dropped,
        read,
    }
}

/// What a scenario needs and no answer says.
struct Gaps<'p> {
    problems: &'p Problems,
    allow_partial: bool,
}

impl Gaps<'_> {
    /// A gap, the command that fills it, and what is assumed without.
    fn tell(&self, message: String, place: Place, help: &str, assumed: &str) {
        let severity = if self.allow_partial {
            Severity::Warning
        } else {
            Severity::Error
        };
        let problem = Problem::new(codes::INCOMPLETE, severity, message).at(place);
        self.problems.push(if self.allow_partial {
            problem
                .note(format!("without it: {assumed}"))
                .help(help.to_owned())
        } else {
            problem.help(format!("{help}; or add --allow-partial to go on without"))
        });
    }
}

/// Reads one file: an answer, or several one after the other.
fn read(answers: &mut Answers, sources: &Sources, gaps: &Gaps<'_>, file: usize) {
    let text = sources.text(file);
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut passage = Passage::at(file, start);
    passage.push(&text[start..], start);
    if text[start..].trim().is_empty() {
        answers
            .dropped
            .push(((file, 0..0), "passed over: it is empty".to_owned()));
        return;
    }
    answers.file(sources.name(file));
    match json_values(&passage) {
        Ok(nodes) => nodes.iter().for_each(|node| answers.answer(gaps, node)),
        Err(mistake) => gaps.problems.push(mistake.problem(&passage, "no JSON")),
    }
}

/// The commands whose answers were read, with their numbers.
fn told(read: &BTreeMap<&'static str, usize>) -> Vec<String> {
    let one = |(command, count): (&&str, &usize)| match count {
        1 => (*command).to_owned(),
        count => format!("{command} ({count})"),
    };
    read.iter().map(one).collect()
}
