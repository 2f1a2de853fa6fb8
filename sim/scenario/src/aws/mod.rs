//! Configurations of AWS, read into scenarios.
//!
//! Three stages. A notation (command lines with shorthand, JSON) is read into a tree of values, each
//! with its place (`words`, `shorthand`, `json`); its members are checked against what AWS's
//! operations have (`shape`, `api`) and make an [`account::Account`]; that is written as a scenario,
//! with the source behind every value (`fleet`, `streams`, `write`). A further importer needs the first
//! stage alone.

mod account;
mod api;
mod bare;
mod baseline;
mod cloudformation;
mod commands;
mod cursor;
mod export;
mod fleet;
mod folder;
mod history;
mod json;
mod lines;
mod names;
mod node;
mod parsed;
mod passage;
mod patching;
mod places;
pub(crate) mod reference;
mod request;
mod saved;
mod service;
mod shape;
mod shorthand;
mod streams;
mod terraform;
mod timestamp;
mod toml;
mod window;
mod words;
mod write;
mod write_nodes;
mod write_windows;
mod yaml_tree;

pub use cloudformation::{import_cloudformation, import_cloudformation_text};
pub use commands::{import_commands, import_commands_text};
pub use export::{AwsExport, AwsRequest, export_aws};
pub use history::{ImportedHistory, import_history, import_history_texts};
pub use parsed::{ParsedShorthand, parse_shorthand};
pub use saved::{COLLECTING_SCRIPT, import_answers_texts, import_aws_cli};
pub use terraform::{
    RuleBoth, TerraformChange, import_terraform, import_terraform_change, import_terraform_change_text,
    import_terraform_text, terraform_baseline,
};

use self::lines::Written;
use crate::files::Unread;
use crate::problem::{Problem, Sources};
use crate::read::{Place, Problems, load_text};
use crate::{Limits, NoFiles, Severity, codes};

/// What an import gave.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The texts that problems point into.
    pub sources: Sources,
    /// All problems, errors first.
    pub problems: Vec<Problem>,
    /// What was read, where it came in several files.
    pub read: Vec<String>,
    /// What was left out, each with its line, in the order of the file.
    pub dropped: Vec<String>,
    /// The scenario, unless there was an error.
    pub scenario: Option<String>,
}

/// Larger files are refused: 16 MiB.
const LARGEST: u64 = 16 << 20;

/// An import under way.
struct Importer<'t> {
    sources: Sources,
    source: usize,
    text: &'t str,
    problems: Problems,
    dropped: Vec<(Place, String)>,
    read: Vec<String>,
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
            read: Vec::new(),
        }
    }

    /// The end of an import whose file is not read.
    fn unread(name: &str, error: &Unread) -> Imported {
        let message = format!("{name} cannot be read: {error}");
        Importer::refused(name, error, Problem::error(codes::FILE, message))
    }

    fn refused(name: &str, error: &Unread, problem: Problem) -> Imported {
        let importer = Importer::new(name, &error.read);
        importer.problems.push(problem.at((importer.source, error.at())));
        importer.finish(None)
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
        let mut lines = LineCount::new(&self.sources);
        let line = |(place, text): (Place, String)| {
            let line = lines.up_to(&place);
            format!("{}:{line}: {text}", self.sources.name(place.0))
        };
        let dropped = dropped.into_iter().map(line).collect();
        Imported {
            read: self.read,
            dropped,
            sources: self.sources,
            problems,
            scenario: written.filter(|_| !failed),
        }
    }
}

/// The lines of places that come in order: every text is gone through once.
struct LineCount<'s> {
    sources: &'s Sources,
    at: (usize, usize),
    line: usize,
}

impl<'s> LineCount<'s> {
    const fn new(sources: &'s Sources) -> Self {
        Self {
            sources,
            at: (0, 0),
            line: 1,
        }
    }

    /// The line of a place that is not before the last one.
    fn up_to(&mut self, (source, span): &Place) -> usize {
        if self.at.0 != *source {
            (self.at, self.line) = ((*source, 0), 1);
        }
        let passed = self.sources.text(*source).as_bytes().get(self.at.1..span.start);
        let passed = passed.unwrap_or_default();
        self.line += passed.split(|byte| *byte == b'\n').skip(1).count();
        self.at.1 += passed.len();
        self.line
    }
}

impl Importer<'_> {
    /// Ends an import: the account as a scenario, which must be one.
    fn scenario(self, account: &account::Account, name: &str, origin: &str) -> Imported {
        self.scenario_assuming(account, account, name, origin)
    }

    /// Ends an import like [`Self::scenario`]; what the account does not say is assumed as for another.
    fn scenario_assuming(
        mut self,
        account: &account::Account,
        assumed: &account::Account,
        name: &str,
        origin: &str,
    ) -> Imported {
        if self.problems.has_errors() {
            return self.finish(None);
        }
        self.told_of_assumed_window(account);
        let written = write::scenario((account, assumed), &self.sources, name, origin);
        self.check_written(&written);
        self.finish(Some(written.text))
    }

    /// Where there are windows and none of them patches, what patches is assumed.
    fn told_of_assumed_window(&self, account: &account::Account) {
        let patches = account.windows.iter().any(|window| !window.tasks.is_empty());
        if account.windows.is_empty() || patches || !account.commands.is_empty() {
            return;
        }
        let message = "none of its windows has a task that patches: a window that does is assumed";
        let severity = if self.dropped.is_empty() {
            Severity::Note
        } else {
            Severity::Warning
        };
        let problem = Problem::new(codes::IMPORT, severity, message).at((self.source, 0..0));
        self.problems
            .push(problem.help("replace it in the scenario, or import the task, too"));
    }

    /// What AWS would refuse only as a whole is found by reading the scenario. Problems are told where the
    /// lines that they are about come from.
    fn check_written(&mut self, written: &Written) {
        let name = "the scenario made of it";
        let loaded = load_text(name, &written.text, &NoFiles, &[], &Limits::default());
        let errors = loaded
            .problems
            .into_iter()
            .filter(|problem| problem.severity == Severity::Error);
        let mut shown = None;
        for mut problem in errors {
            for label in &mut problem.labels {
                if let Some(place) = written.source_of(&label.span, &self.sources) {
                    (label.source, label.span) = place;
                } else {
                    let sources = &mut self.sources;
                    label.source = *shown.get_or_insert_with(|| sources.add(name, written.text.as_str()));
                }
            }
            self.problems.push(problem);
        }
    }
}
