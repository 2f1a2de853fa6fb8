//! Searches over levels, and contests of designs: text, Markdown, JSON and tables.

mod json;
mod manifest;
mod markdown;
mod tables;
mod text;
mod words;

use patchbench_scenario::Scenario;
use patchbench_study::fit::{Contest, ContestRules, Criterion, Fit, FitAsked};
use patchbench_study::{Better, Response};

pub use json::{contest_json, fit_json};
pub use manifest::{FitManifest, FitOrigin};
pub use markdown::{contest_markdown, fit_markdown};
pub use text::{contest_text, fit_text};

pub(crate) use tables::{DESIGN_COLUMNS, DESIGN_DESCRIPTION, LEVEL_COLUMNS, LEVEL_DESCRIPTION};

use crate::{ReportFile, json::pretty, table::Table, to_csv};

/// A search for the least or largest level that fits.
#[derive(Clone, Copy, Debug)]
pub struct FitReport<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Path of the factor.
    pub path: &'a str,
    /// Its levels as overrides have them, in ascending order.
    pub levels: &'a [String],
    /// What was to hold.
    pub criteria: &'a [Criterion],
    /// What was asked.
    pub asked: &'a FitAsked,
    /// What was found.
    pub fit: &'a Fit,
}

/// A contest of designs: the best level by one response, or the settings that no other dominates.
#[derive(Clone, Copy, Debug)]
pub struct ContestReport<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Paths of the factors.
    pub paths: &'a [String],
    /// By design, the level of each factor.
    pub designs: &'a [Vec<String>],
    /// The responses, with which figures are better.
    pub responses: &'a [(Response, Better)],
    /// What was asked.
    pub rules: &'a ContestRules,
    /// What was found.
    pub contest: &'a Contest,
}

/// The tables of a search.
pub(crate) fn fit_tables(report: FitReport<'_>) -> Vec<Table> {
    vec![tables::levels(report)]
}

/// The tables of a contest.
pub(crate) fn contest_tables(report: ContestReport<'_>) -> Vec<Table> {
    vec![tables::designs(report)]
}

/// All files of a search's result folder but the manifest.
pub fn fit_files(report: FitReport<'_>) -> Vec<ReportFile> {
    vec![
        ReportFile::new("summary.json", pretty(&fit_json(report))),
        ReportFile::new("summary.md", fit_markdown(report)),
        ReportFile::new("levels.csv", to_csv(&tables::levels(report))),
    ]
}

/// All files of a contest's result folder but the manifest.
pub fn contest_files(report: ContestReport<'_>) -> Vec<ReportFile> {
    vec![
        ReportFile::new("summary.json", pretty(&contest_json(report))),
        ReportFile::new("summary.md", contest_markdown(report)),
        ReportFile::new("designs.csv", to_csv(&tables::designs(report))),
    ]
}
