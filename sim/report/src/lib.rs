//! From results to bytes: tables, CSV, JSON, Markdown, the console's summary, plots.
//!
//! Values in, bytes out: nothing here prints or opens files. One table schema ([`table`]) feeds
//! every tabular format, so that a column is named, typed and described in one place.

mod announced_text;
mod approvals_text;
mod bounded;
mod calendar;
mod changes_text;
mod chart;
mod compare;
mod console;
mod csv_table;
mod dates;
mod explain_json;
mod explain_text;
mod faults_text;
mod fit;
mod html;
mod json;
mod junit;
mod launch;
mod manifest;
mod markdown;
mod parquet;
mod part;
mod plot;
mod precision_text;
mod presets_text;
mod schema;
mod sweep;
pub mod table;
mod tables;
mod text;
mod verify;
mod words;

use patchbench_model::world::Plan;
use patchbench_scenario::Scenario;
use patchbench_study::{Comparison, StudyResults, TraceRecord};

pub use announced_text::announced_text;
pub use approvals_text::approvals_text;
pub use calendar::{
    CALENDAR_PRODUCER, Calendar, CalendarEntry, CalendarOpening, CalendarSpan, clock_note, run_calendar,
};
pub use compare::{
    ComparedInput, ComparisonManifest, ComparisonReport, change_text, comparison_files, comparison_json,
    comparison_markdown, comparison_text,
};
pub use console::run_text;
pub use csv_table::to_csv;
pub use dates::{short_date, weekday_date_time};
pub use explain_json::{funnel_json, node_json, opening_json};
pub use explain_text::{funnel_text, node_text, opening_text};
pub use fit::{
    ContestReport, FitManifest, FitOrigin, FitReport, contest_files, contest_json, contest_markdown,
    contest_text, fit_files, fit_json, fit_markdown, fit_text,
};
pub use json::{approvals_json, releases_json, summary_json};
pub use junit::{JunitSuite, junit_xml};
pub use launch::{
    BatchOptions, KubernetesOptions, Launch, batch_documents, batch_script, kubernetes_documents,
    kubernetes_script, slurm_script,
};
pub use manifest::{Manifest, Origin, OutputFile, sha256};
pub use markdown::summary_markdown;
pub use parquet::{
    PARQUET, ParquetColumn, ParquetError, ParquetTable, SweptTable, comparison_parquet, contest_parquet,
    fit_parquet, result_parquet,
};
pub use part::{PART_FORMAT, PartHeader, PartName, PartProblem, part_file, read_part, short_plan};
pub use patchbench_model::clock::date_time;
pub use plot::PlotError;
pub use presets_text::{preset_text, presets_text};
pub use schema::summary_schema;
pub use sweep::{
    Figure, Hashed, Shown, SweepManifest, SweepReport, SweptDesign, VariedFactor, csv_line, design_columns,
    design_key, design_row, headline_metrics, metric_columns, metric_rows, sweep_csv, sweep_json,
    sweep_markdown, sweep_pictures, sweep_text, text_hash,
};
pub use tables::{approvals_table, column_dictionary, releases_table, result_tables};

pub use verify::{
    VerificationReport, WorldsResult, verification_json, verification_markdown, verification_text,
};
pub use words::command_text;

/// What a report is about.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its plan.
    pub plan: &'a Plan<'a>,
    /// Its results.
    pub results: &'a StudyResults,
}

/// A file of a result folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    /// Path below the folder, with `/`.
    pub path: String,
    /// Contents.
    pub bytes: Vec<u8>,
}

impl ReportFile {
    /// A file with its contents.
    pub fn new(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            bytes: bytes.into(),
        }
    }
}

/// All files of a result folder but the manifest.
///
/// # Errors
/// When a plot cannot be drawn.
pub fn report_files(
    report: Report<'_>,
    origin: Origin<'_>,
    trace: Option<&[TraceRecord]>,
) -> Result<Vec<ReportFile>, PlotError> {
    let tables = result_tables(report);
    let mut files = vec![
        ReportFile::new("summary.json", json::pretty(&json::summary_of(report, &tables))),
        ReportFile::new("summary.md", summary_markdown(report)),
    ];
    for table in &tables {
        files.push(ReportFile::new(format!("{}.csv", table.name), to_csv(table)));
    }
    files.push(ReportFile::new("calendar.ics", run_calendar(report).to_ics()));
    if let Some(records) = trace {
        files.push(ReportFile::new("trace.jsonl", json::lines(records)));
    }
    let charts = chart::run_charts(report);
    let studied = (report.results.seed, report.results.replications);
    let command = manifest::arguments(origin, studied, trace.is_some());
    files.push(ReportFile::new(
        "report.html",
        html::run_page(report, &tables, &command, &charts),
    ));
    files.extend(plot::plots(charts.iter().map(|(_, chart)| chart))?);
    Ok(files)
}

/// The charts of a result alone, as the SVG and PNG files of its folder.
///
/// # Errors
/// When one cannot be drawn.
pub fn run_plots(report: Report<'_>) -> Result<Vec<ReportFile>, PlotError> {
    let charts = chart::run_charts(report);
    plot::plots(charts.iter().map(|(_, chart)| chart))
}
