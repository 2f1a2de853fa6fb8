//! Comparisons of designs: text, Markdown, JSON and tables.

mod json;
mod manifest;
mod markdown;
mod tables;
mod text;
mod words;

use patchbench_study::Comparison;

pub use json::comparison_json;
pub use manifest::{ComparedInput, ComparisonManifest};
pub use markdown::comparison_markdown;
pub use text::comparison_text;
pub use words::change_text;
pub(crate) use words::figure;

pub(crate) use tables::{
    COMPARISON_COLUMNS, COMPARISON_DESCRIPTION, OBSERVATION_COLUMNS, OBSERVATION_DESCRIPTION,
};

use crate::{ReportFile, json::pretty, to_csv};

/// What is said about a comparison beside its figures.
#[derive(Clone, Copy, Debug)]
pub struct ComparisonReport<'a> {
    /// The figures.
    pub comparison: &'a Comparison,
    /// The one patch that is looked at.
    pub only: Option<&'a str>,
}

/// All files of a comparison's result folder but the manifest.
pub fn comparison_files(report: ComparisonReport<'_>) -> Vec<ReportFile> {
    let tables = [tables::comparison(report), tables::observations(report)];
    let mut files = vec![
        ReportFile::new("summary.json", pretty(&comparison_json(report))),
        ReportFile::new("summary.md", comparison_markdown(report)),
    ];
    let csv = tables
        .iter()
        .map(|table| ReportFile::new(format!("{}.csv", table.name), to_csv(table)));
    files.extend(csv);
    files
}
