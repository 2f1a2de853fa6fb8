//! Recorded release streams.

use std::collections::BTreeMap;

use patchbench_kernel::SimTime;
use patchbench_model::catalog::{Patch, PatchSet};
use patchbench_model::clock::from_utc;
use patchbench_model::ssm::{Family, FilterKey, OperatingSystem};

use super::filter_values::{SEVERITIES, beginning, listed_values};
use super::node_csv::operating_system;
use super::section::{Place, Refused};
use super::values::parse_instant;
use crate::codes;
use crate::csv_file::{Columns, CsvFile, Row, RowProblems};
use crate::numbers::counted;
use crate::problem::{Problem, Sources};
use crate::suggest::nearest;

const COLUMNS: Columns<'_> = Columns {
    required: &["id", "released_at", "operating_system"],
    optional: &[
        "kb",
        "title",
        "available_at",
        "product",
        "product_family",
        "classification",
        "severity",
        "cve_ids",
        "supersedes",
        "patch_set",
        "priority",
        "section",
        "updated_at",
        "built_at",
        "security_source",
    ],
    ignored: &["source_row"],
};

/// A stream while it is read.
#[derive(Default)]
struct Stream {
    patches: Vec<Patch>,
    /// Row of each id: its place, and its patch unless the row has a problem.
    ids: BTreeMap<String, (Place, Option<usize>)>,
    /// Where each patch says what it supersedes.
    supersedes: Vec<(usize, Place)>,
}

/// Reads a release stream; bad rows are left out and reported.
pub(crate) fn read_releases(
    (name, named): (&str, &Place),
    text: &str,
    most: u64,
    sources: &mut Sources,
) -> (Vec<Patch>, Vec<Problem>) {
    let mut problems = RowProblems::new(codes::RELEASE_FILE);
    let mut stream = Stream::default();
    if let Some(file) = CsvFile::open((name, named), text, &COLUMNS, most, sources, &mut problems) {
        let rows = file.rows(&mut problems, |row, problems| stream.row(&file, row, problems));
        if rows == 0 {
            problems.error(format!("{name} lists no patch"), (file.source, 0..0), None);
        }
        stream.unknown_predecessors(&mut problems);
        stream.circles(&mut problems);
    }
    (stream.patches, problems.into_vec())
}

impl Stream {
    fn row(&mut self, file: &CsvFile<'_>, row: &Row, problems: &mut RowProblems) {
        let patch = patch(file, row, problems);
        let Some(id) = file.text(row, "id") else { return };
        if let Some((first, _)) = self.ids.get(id) {
            let problem = Problem::error(codes::RELEASE_FILE, format!("id \"{id}\" stands twice"))
                .at(file.place(row, "id"))
                .at(first.clone())
                .saying("first here");
            problems.push(problem);
            return;
        }
        let number = patch.as_ref().map(|_| self.patches.len());
        self.ids.insert(id.to_owned(), (file.place(row, "id"), number));
        if let Some(patch) = patch {
            if !patch.supersedes.is_empty() {
                self.supersedes
                    .push((self.patches.len(), file.place(row, "supersedes")));
            }
            self.patches.push(patch);
        }
    }

    /// Patches that supersede something that is not here: told once, with the first of them.
    fn unknown_predecessors(&self, problems: &mut RowProblems) {
        let unknown = self.supersedes.iter().filter_map(|(patch, place)| {
            let mut ids = self.patches[*patch].supersedes.iter();
            let strange = ids.find(|id| !self.ids.contains_key(*id))?;
            Some((strange, place))
        });
        let found: Vec<(&String, &Place)> = unknown.collect();
        let Some((id, place)) = found.first() else { return };
        let message = match found.len() {
            1 => format!("it supersedes \"{id}\", which this file does not have"),
            count => format!(
                "{} supersede what this file does not have; the first is \"{id}\"",
                counted(count as u64, "row")
            ),
        };
        let problem = Problem::warning(codes::RELEASE_FILE, message).at((*place).clone());
        problems.push(problem.note("`supersedes` holds ids of the same file, separated by blanks"));
    }

    /// Patches that replace each other in a circle, or themselves. Each patch is looked at once.
    fn circles(&self, problems: &mut RowProblems) {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            Open,
            Done,
        }
        let next = |patch: usize| -> Vec<usize> {
            let ids = self.patches[patch].supersedes.iter();
            ids.filter_map(|id| self.ids.get(id)?.1).collect()
        };
        let mut marks = vec![Mark::New; self.patches.len()];
        for (start, _) in &self.supersedes {
            if marks[*start] != Mark::New {
                continue;
            }
            let mut path = vec![(*start, next(*start))];
            marks[*start] = Mark::Open;
            while let Some((patch, left)) = path.last_mut() {
                let (patch, below) = (*patch, left.pop());
                match below {
                    None => {
                        marks[patch] = Mark::Done;
                        path.pop();
                    }
                    Some(below) if marks[below] == Mark::Open => self.circle(patch, below, problems),
                    Some(below) if marks[below] == Mark::New => {
                        marks[below] = Mark::Open;
                        path.push((below, next(below)));
                    }
                    Some(_) => {}
                }
            }
        }
    }

    fn circle(&self, patch: usize, below: usize, problems: &mut RowProblems) {
        let (id, other) = (&self.patches[patch].id, &self.patches[below].id);
        let message = if patch == below {
            format!("patch \"{id}\" supersedes itself")
        } else {
            format!("patch \"{id}\" supersedes \"{other}\", which in the end supersedes it")
        };
        let place = self.supersedes.binary_search_by_key(&patch, |(patch, _)| *patch);
        let place = place.map_or((0, 0..0), |at| self.supersedes[at].1.clone());
        let problem = Problem::error(codes::RELEASE_FILE, message).at(place);
        problems.push(match self.ids.get(other) {
            Some((first, _)) if patch != below => problem.at(first.clone()).saying("the circle closes here"),
            _ => problem,
        });
    }
}

/// Reads a row; all its problems are told.
fn patch(file: &CsvFile<'_>, row: &Row, problems: &mut RowProblems) -> Option<Patch> {
    let text = |column: &str| file.text(row, column).map(str::to_owned);
    let list = |column: &str| -> Vec<String> {
        let words = file.text(row, column).unwrap_or("").split_whitespace();
        words.map(str::to_owned).collect()
    };
    let id = text("id");
    if id.is_none() {
        problems.error("a patch without an id", file.row_place(row), None);
    }
    let os = operating_system(file, row, problems);
    let set = patch_set(file, row, os, problems);
    let times = ["released_at", "available_at", "updated_at", "built_at"]
        .map(|column| time(file, row, column, problems));
    let source = security_source(file, row, problems);
    let known = severity(file, row, os, problems);
    let [released_at, available_at, updated_at, built_at] = times;
    let (released_at, built_at, os, set) = (released_at.ok()?, built_at.ok()?, os?, set?);
    if released_at.is_none() && built_at.is_none() && !undated_allowed(os, set) {
        let help = "give released_at; only Windows applications and rpm packages may go without".to_owned();
        let message = format!("patch \"{}\" has no release date", id.as_deref().unwrap_or("?"));
        problems.error(message, file.row_place(row), Some(help));
        return None;
    }
    known?;
    let id = id?;
    Some(Patch {
        kb: text("kb"),
        title: text("title").unwrap_or_else(|| id.clone()),
        id,
        released_at,
        available_at: available_at.ok()?,
        updated_at: updated_at.ok()?,
        built_at,
        operating_system: os,
        product: text("product"),
        product_family: text("product_family"),
        classification: text("classification"),
        severity: text("severity"),
        priority: text("priority"),
        section: text("section"),
        patch_set: set,
        security_source: source?,
        cve_ids: list("cve_ids"),
        supersedes: list("supersedes"),
    })
}

/// Semantics, section 2.5: these families have rules of their own for patches without a date.
fn undated_allowed(os: OperatingSystem, patch_set: PatchSet) -> bool {
    patch_set == PatchSet::Application || os.family() == Family::Rpm
}

/// The instant in a cell; `None` when it is empty.
fn time(
    file: &CsvFile<'_>,
    row: &Row,
    column: &str,
    problems: &mut RowProblems,
) -> Result<Option<SimTime>, Refused> {
    let Some(text) = file.text(row, column) else {
        return Ok(None);
    };
    parse_instant(text).map(|at| Some(from_utc(at))).map_err(|error| {
        let message = format!("{column}: {}", error.message(text));
        problems.error(message, file.place(row, column), Some(error.help(text)));
        Refused
    })
}

/// Without a word in the row, what belongs to another family than Windows is an application.
fn patch_set(
    file: &CsvFile<'_>,
    row: &Row,
    os: Option<OperatingSystem>,
    problems: &mut RowProblems,
) -> Option<PatchSet> {
    let family = file.text(row, "product_family");
    match file.text(row, "patch_set") {
        None if os == Some(OperatingSystem::Windows) && family.is_some_and(|family| family != "Windows") => {
            Some(PatchSet::Application)
        }
        None | Some("OS") => Some(PatchSet::Os),
        Some("APPLICATION") => Some(PatchSet::Application),
        Some(other) => {
            let help = "write OS or APPLICATION".to_owned();
            let message = format!("`{other}` is no patch set");
            problems.error(message, file.place(row, "patch_set"), Some(help));
            None
        }
    }
}

fn security_source(file: &CsvFile<'_>, row: &Row, problems: &mut RowProblems) -> Option<bool> {
    match file.text(row, "security_source") {
        None | Some("true") => Some(true),
        Some("false") => Some(false),
        Some(other) => {
            let help = "write true or false".to_owned();
            let message = format!("`{other}` is neither true nor false");
            problems.error(message, file.place(row, "security_source"), Some(help));
            None
        }
    }
}

/// A severity that no system has is refused, a classification that AWS does not list told.
fn severity(
    file: &CsvFile<'_>,
    row: &Row,
    os: Option<OperatingSystem>,
    problems: &mut RowProblems,
) -> Option<()> {
    let is_in = |text: &str, listed: &[&str]| listed.iter().any(|known| known.eq_ignore_ascii_case(text));
    let meant = |text: &str, listed: &[&'static str]| {
        nearest(text, listed.iter().copied()).or_else(|| beginning(text, listed))
    };
    if let (Some(text), Some(os)) = (file.text(row, "classification"), os)
        && let Some(listed) = listed_values(os.family(), FilterKey::Classification)
        && !is_in(text, listed)
    {
        let message = format!("AWS lists no classification \"{text}\" for {os}");
        let problem = Problem::warning(codes::FILTER_VALUE, message).at(file.place(row, "classification"));
        problems.push(problem.meant(meant(text, listed)));
    }
    // Where severities filter nothing, they may be called whatever the vendor likes.
    let filters = os.is_some_and(|os| FilterKey::MsrcSeverity.fits(os) || FilterKey::Severity.fits(os));
    let strange = |text: &&str| filters && !is_in(text, SEVERITIES);
    let Some(text) = file.text(row, "severity").filter(strange) else {
        return Some(());
    };
    let help = meant(text, SEVERITIES).map_or_else(
        || format!("write one of {}, or nothing", SEVERITIES.join(", ")),
        |name| format!("did you mean `{name}`?"),
    );
    problems.error(
        format!("`{text}` is no severity"),
        file.place(row, "severity"),
        Some(help),
    );
    None
}
