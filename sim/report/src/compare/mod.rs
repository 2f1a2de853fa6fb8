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
pub(crate) use tables::comparison as comparison_table;
pub use text::comparison_text;
pub use words::change_text;
pub(crate) use words::{
    assertion_lines, change_lines, figure, is_share, pairing_lines, ranking_lines, signed, verdict_line,
};

pub(crate) use tables::{
    COMPARISON_COLUMNS, COMPARISON_DESCRIPTION, OBSERVATION_COLUMNS, OBSERVATION_DESCRIPTION,
};

use crate::chart::comparison_charts;
use crate::html::comparison_page;
use crate::plot::plots;
use crate::{PlotError, ReportFile, json::pretty, table::Table, to_csv};

/// What is said about a comparison beside its figures.
#[derive(Clone, Copy, Debug)]
pub struct ComparisonReport<'a> {
    /// The figures.
    pub comparison: &'a Comparison,
    /// The one patch that is looked at.
    pub only: Option<&'a str>,
}

/// The tables of a comparison.
pub(crate) fn tables_of(report: ComparisonReport<'_>) -> Vec<Table> {
    vec![tables::comparison(report), tables::observations(report)]
}

/// All files of a comparison's result folder but the manifest; `command` repeats it.
///
/// # Errors
/// When a plot cannot be drawn.
pub fn comparison_files(
    report: ComparisonReport<'_>,
    command: &[String],
) -> Result<Vec<ReportFile>, PlotError> {
    let mut files = vec![
        ReportFile::new("summary.json", pretty(&comparison_json(report))),
        ReportFile::new("summary.md", comparison_markdown(report)),
    ];
    let csv = tables_of(report)
        .into_iter()
        .map(|table| ReportFile::new(format!("{}.csv", table.name), to_csv(&table)));
    files.extend(csv);
    let charts = comparison_charts(report.comparison);
    files.push(ReportFile::new(
        "report.html",
        comparison_page(report, command, &charts),
    ));
    files.extend(plots(&charts)?);
    Ok(files)
}
