//! Recorded release streams.

use std::collections::BTreeMap;

use patchbench_kernel::SimTime;
use patchbench_model::catalog::{Patch, PatchSet};
use patchbench_model::clock::from_utc;
use patchbench_model::ssm::{Family, OperatingSystem};

use super::node_csv::operating_system;
use super::values::parse_instant;
use crate::codes;
use crate::csv_file::{Columns, CsvFile, Row, RowProblems};
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

const SEVERITIES: [&str; 7] = [
    "Critical",
    "Important",
    "Moderate",
    "Medium",
    "Low",
    "None",
    "Unspecified",
];

/// Reads a release stream; bad rows are left out and reported.
pub(crate) fn read_releases(name: &str, text: &str, sources: &mut Sources) -> (Vec<Patch>, Vec<Problem>) {
    let mut problems = RowProblems::new(codes::RELEASE_FILE);
    let mut patches: Vec<Patch> = Vec::new();
    if let Some(file) = CsvFile::read(name, text, &COLUMNS, sources, &mut problems) {
        let mut first: BTreeMap<String, u64> = BTreeMap::new();
        for row in &file.rows {
            if let Some(patch) = patch(&file, row, &mut problems) {
                if let Some(line) = first.insert(patch.id.clone(), row.line) {
                    let place = file
                        .field(row, "id")
                        .map_or_else(|| file.place(row), |(_, place)| place);
                    problems.error(
                        format!("id \"{}\" stands twice, first in line {line}", patch.id),
                        place,
                        None,
                    );
                    continue;
                }
                patches.push(patch);
            }
        }
        for row in &file.rows {
            unknown_successors(&file, row, &first, &mut problems);
        }
    }
    (patches, problems.into_vec())
}

fn unknown_successors(
    file: &CsvFile<'_>,
    row: &Row,
    known: &BTreeMap<String, u64>,
    problems: &mut RowProblems,
) {
    let Some((ids, place)) = file.field(row, "supersedes") else {
        return;
    };
    for id in ids.split_whitespace().filter(|id| !known.contains_key(*id)) {
        let message = format!("it supersedes \"{id}\", which this file does not have");
        problems.push(Problem::warning(codes::RELEASE_FILE, message).at(place.clone()));
    }
}

fn patch(file: &CsvFile<'_>, row: &Row, problems: &mut RowProblems) -> Option<Patch> {
    let Some((id, _)) = file.field(row, "id") else {
        problems.error("a patch without an id", file.place(row), None);
        return None;
    };
    let os = operating_system(file, row, problems)?;
    let text = |column: &str| file.field(row, column).map(|(text, _)| text.to_owned());
    let patch_set = patch_set(file, row, problems)?;
    let released_at = time(file, row, "released_at", problems)?;
    let built_at = time(file, row, "built_at", problems)?;
    if released_at.is_none() && built_at.is_none() && !undated_allowed(os, patch_set) {
        problems.error(
            format!("patch \"{id}\" has no release date"),
            file.place(row),
            Some("give released_at; only Windows applications and rpm packages may go without".to_owned()),
        );
        return None;
    }
    severity(file, row, problems);
    let list = |column: &str| -> Vec<String> {
        text(column).map_or_else(Vec::new, |text| {
            text.split_whitespace().map(str::to_owned).collect()
        })
    };
    Some(Patch {
        id: id.to_owned(),
        kb: text("kb"),
        title: text("title").unwrap_or_else(|| id.to_owned()),
        released_at,
        available_at: time(file, row, "available_at", problems)?,
        updated_at: time(file, row, "updated_at", problems)?,
        built_at,
        operating_system: os,
        product: text("product"),
        product_family: text("product_family"),
        classification: text("classification"),
        severity: text("severity"),
        priority: text("priority"),
        section: text("section"),
        patch_set,
        security_source: security_source(file, row, problems)?,
        cve_ids: list("cve_ids"),
        supersedes: list("supersedes"),
    })
}

/// Semantics, section 2.5: these families have rules of their own for patches without a date.
fn undated_allowed(os: OperatingSystem, patch_set: PatchSet) -> bool {
    patch_set == PatchSet::Application || os.family() == Family::Rpm
}

/// `Some(None)` when the cell is empty, `None` when it cannot be read.
fn time(file: &CsvFile<'_>, row: &Row, column: &str, problems: &mut RowProblems) -> Option<Option<SimTime>> {
    let Some((text, place)) = file.field(row, column) else {
        return Some(None);
    };
    let parsed = parse_instant(text);
    if parsed.is_none() {
        let message = if text.contains('/') || text.contains('.') {
            format!("`{text}` in {column} is not a date this reader can tell apart")
        } else {
            format!("`{text}` in {column} is no date")
        };
        problems.error(
            message,
            place,
            Some("write 2026-11-10T18:00:00Z, or 2026-11-10 for midnight UTC".to_owned()),
        );
    }
    parsed.map(|at| Some(from_utc(at)))
}

fn patch_set(file: &CsvFile<'_>, row: &Row, problems: &mut RowProblems) -> Option<PatchSet> {
    match file.field(row, "patch_set") {
        None => Some(PatchSet::Os),
        Some(("OS", _)) => Some(PatchSet::Os),
        Some(("APPLICATION", _)) => Some(PatchSet::Application),
        Some((other, place)) => {
            problems.error(
                format!("`{other}` is no patch set"),
                place,
                Some("OS or APPLICATION".to_owned()),
            );
            None
        }
    }
}

fn security_source(file: &CsvFile<'_>, row: &Row, problems: &mut RowProblems) -> Option<bool> {
    match file.field(row, "security_source") {
        None | Some(("true", _)) => Some(true),
        Some(("false", _)) => Some(false),
        Some((other, place)) => {
            problems.error(format!("`{other}` is neither true nor false"), place, None);
            None
        }
    }
}

/// A severity that is nearly a known one is probably misspelt.
fn severity(file: &CsvFile<'_>, row: &Row, problems: &mut RowProblems) {
    let Some((text, place)) = file.field(row, "severity") else {
        return;
    };
    if SEVERITIES.iter().any(|known| known.eq_ignore_ascii_case(text)) {
        return;
    }
    let meant =
        nearest(text, SEVERITIES).or_else(|| SEVERITIES.into_iter().find(|known| known.starts_with(text)));
    problems.error(
        format!("`{text}` is no severity"),
        place,
        Some(meant.map_or_else(|| SEVERITIES.join(", "), |name| format!("did you mean `{name}`?"))),
    );
}
