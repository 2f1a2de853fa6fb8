//! Configurations of AWS, read into scenarios.
//!
//! Three stages. A notation (command lines with shorthand, JSON) is read into a tree of values, each
//! with its place (`words`, `shorthand`, `json`); its members are checked against what AWS's
//! operations have (`shape`, `api`) and make an [`account::Account`]; that is written as a scenario,
//! with a comment for every guess (`fleet`, `streams`, `write`). A further importer needs the first
//! stage alone.

mod account;
mod api;
mod baseline;
mod cursor;
mod fleet;
mod json;
mod names;
mod node;
mod passage;
mod patching;
mod request;
mod runbook;
mod shape;
mod shorthand;
mod streams;
mod terraform;
mod toml;
mod window;
mod words;
mod write;

use std::path::Path;

pub use terraform::{RuleBoth, terraform_baseline};

use crate::files::read_file;
use crate::numbers::{counted, grouped};
use crate::problem::{Problem, Sources};
use crate::read::{Place, Problems, load_text};
use crate::{Directory, FileReader, Limits, NoFiles, Severity, codes};
use request::{Reader, Reading};
use runbook::Runbook;
use words::Said;

/// What an import gave.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The texts that problems point into.
    pub sources: Sources,
    /// All problems, errors first.
    pub problems: Vec<Problem>,
    /// What was left out, each with its line, in the order of the file.
    pub dropped: Vec<String>,
    /// The scenario, unless there was an error.
    pub scenario: Option<String>,
}

/// Larger files are refused: 16 MiB.
const LARGEST: u64 = 16 << 20;

/// More commands in one file are refused.
const MOST_COMMANDS: usize = 5_000;

/// An import under way.
struct Importer<'t> {
    sources: Sources,
    source: usize,
    text: &'t str,
    problems: Problems,
    dropped: Vec<(Place, String)>,
}

impl<'t> Importer<'t> {
    fn new(name: &str, text: &'t str) -> Self {
        let mut sources = Sources::default();
        let source = sources.add(name, text);
        Self {
            sources,
            source,
            text,
            problems: Problems::default(),
            dropped: Vec::new(),
        }
    }

    /// Ends an import that wrote something, unless it had an error.
    fn finish(self, written: Option<String>) -> Imported {
        let failed = self.problems.has_errors();
        let mut problems = self.problems.into_vec();
        problems.sort_by_key(Problem::rank);
        for problem in &mut problems {
            self.sources.fit(problem);
        }
        let mut dropped = self.dropped;
        dropped.sort_by_key(|(place, _)| (place.0, place.1.start));
        let line = |(place, text): (Place, String)| {
            let (line, _) = self.sources.line_column(place.0, place.1.start);
            format!("{}:{line}: {text}", self.sources.name(place.0))
        };
        Imported {
            dropped: dropped.into_iter().map(line).collect(),
            sources: self.sources,
            problems,
            scenario: written.filter(|_| !failed),
        }
    }
}

/// Imports a file of `aws` commands; files that they name are relative to its folder.
pub fn import_commands(path: &Path) -> Imported {
    let name = path.display().to_string();
    match read_file(path, LARGEST) {
        Ok(text) => {
            let folder = path.parent().unwrap_or(Path::new("."));
            import_commands_text(&name, &text, &Directory::new(folder))
        }
        Err(error) => {
            let importer = Importer::new(&name, "");
            let message = format!("{name} cannot be read: {error}");
            importer
                .problems
                .push(Problem::error(codes::FILE, message).at((0, 0..0)));
            importer.finish(None)
        }
    }
}

/// Imports a text of `aws` commands, such as a runbook, a shell script or a page that shows them.
pub fn import_commands_text(name: &str, text: &str, files: &dyn FileReader) -> Imported {
    let mut importer = Importer::new(name, text);
    let script = words::script(&importer.problems, importer.source, text);
    let mut reader = Reader {
        problems: &importer.problems,
        sources: &mut importer.sources,
        files,
        dropped: Vec::new(),
    };
    let mut runbook = Runbook::new(&importer.problems);
    let (mut commands, mut read) = (0, 0);
    for said in &script.said {
        let line = match said {
            Said::Answer { member, id } => {
                runbook.answer(member, id);
                continue;
            }
            Said::Command(line) => line,
        };
        commands += 1;
        if commands > MOST_COMMANDS {
            importer.problems.push(too_many(line.place.clone()));
            break;
        }
        match reader.request(line) {
            Reading::Request(request) => {
                read += 1;
                runbook.run(&request, line.variable.as_deref());
            }
            Reading::Dropped(why) => reader.dropped.push((line.place.clone(), why)),
            Reading::Refused => {}
        }
    }
    let mut dropped = reader.dropped;
    dropped.extend(runbook.dropped);
    let account = runbook.account;
    importer.dropped = dropped;
    if read == 0 && !importer.problems.has_errors() {
        importer.problems.push(nothing(commands, importer.source));
    }
    if importer.problems.has_errors() {
        return importer.finish(None);
    }
    let file = Path::new(name)
        .file_name()
        .map_or(name.into(), |file| file.to_string_lossy());
    let origin = format!("Imported from {file} by `patchbench import aws-commands`.");
    let written = write::scenario(&account, &format!("imported from {file}"), &origin);
    importer.check_written(&written);
    if script.passed_over > 0 {
        let at = (importer.source, text.len()..text.len());
        let lines = counted(script.passed_over as u64, "line");
        importer
            .dropped
            .push((at, format!("{lines} without an aws command passed over")));
    }
    importer.finish(Some(written))
}

fn too_many(place: Place) -> Problem {
    let message = format!("more than {} commands in one file", grouped(MOST_COMMANDS as u64));
    Problem::error(codes::SIZE, message).at(place)
}

fn nothing(commands: usize, source: usize) -> Problem {
    let message = match commands {
        0 => "there is no `aws` command in it".to_owned(),
        _ => "none of its commands says anything about patching".to_owned(),
    };
    let problem = Problem::error(codes::IMPORT, message).at((source, 0..0));
    problem.help("commands begin with `aws ssm` or `aws ec2 create-tags` at the start of a line")
}

impl Importer<'_> {
    /// What AWS would refuse only as a whole is found by reading the scenario.
    fn check_written(&mut self, written: &str) {
        let loaded = load_text(
            "the scenario made of it",
            written,
            &NoFiles,
            &[],
            &Limits::default(),
        );
        let errors = loaded
            .problems
            .into_iter()
            .filter(|problem| problem.severity == Severity::Error);
        let mut errors: Vec<Problem> = errors.collect();
        if errors.is_empty() {
            return;
        }
        let source = self.sources.add("the scenario made of it", written);
        for problem in &mut errors {
            problem.labels.iter_mut().for_each(|label| label.source += source);
        }
        self.problems.extend(errors);
    }
}
