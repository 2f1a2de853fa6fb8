//! `designs.csv` and `metrics.csv` of a sweep, line by line.

use patchbench_scenario::Sweep;
use patchbench_study::DesignPoint;

use super::{SweepReport, SweptDesign, labels};
use crate::table::{Column, Kind, number_text};
use crate::tables::{METRIC_COLUMNS, column};

pub(crate) const DESIGN_DESCRIPTION: &str =
    "one row per design; between the number and the replications one column per factor, with its level";

pub(crate) const DESIGN_COLUMNS: &[Column] = &[
    column("design", Kind::Integer, "", "number of the design, from 0"),
    column("replications", Kind::Integer, "", "replications that were played"),
    column(
        "scenario_hash",
        Kind::Text,
        "",
        "SHA-256 over the canonical form of the design's scenario and its inputs",
    ),
];

/// One line of CSV.
pub fn csv_line<T: AsRef<[u8]>>(cells: impl IntoIterator<Item = T>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = writer.write_record(cells);
    writer.into_inner().unwrap_or_default()
}

/// Columns of `designs.csv`.
pub fn design_columns(sweep: &Sweep) -> Vec<String> {
    let mut columns = vec!["design".to_owned()];
    let own = |name: &str| DESIGN_COLUMNS.iter().any(|column| column.name == name);
    // A factor that is called like a column of the table is told by its path.
    columns.extend(sweep.factors().map(|factor| {
        if own(&factor.name) {
            &factor.path
        } else {
            &factor.name
        }
        .clone()
    }));
    columns.extend(["replications", "scenario_hash"].map(str::to_owned));
    columns
}

/// A row of `designs.csv`.
pub fn design_row(sweep: &Sweep, number: u64, point: &DesignPoint, design: &SweptDesign) -> Vec<String> {
    let mut row = vec![number.to_string()];
    row.extend(labels(sweep, point).into_iter().map(str::to_owned));
    row.extend([design.replications.to_string(), design.scenario_hash.clone()]);
    row
}

/// Columns of `metrics.csv` of a sweep.
pub fn metric_columns() -> Vec<&'static str> {
    let own = METRIC_COLUMNS.iter().map(|column| column.name);
    std::iter::once("design").chain(own).collect()
}

/// Rows of `metrics.csv` of a design.
pub fn metric_rows(number: u64, design: &SweptDesign) -> impl Iterator<Item = Vec<String>> {
    let rows = design.metrics.iter();
    rows.map(move |row| {
        std::iter::once(number.to_string())
            .chain(row.iter().cloned())
            .collect()
    })
}

/// The responses that are shown, a row for each of a design: what `--format csv` prints.
pub fn sweep_csv(report: SweepReport<'_>) -> Vec<u8> {
    let mut head = vec!["design".to_owned()];
    head.extend(report.sweep.factors().map(|factor| factor.name.clone()));
    let figures = [
        "response", "unit", "n", "censored", "estimate", "low", "high", "p05", "p50", "p95",
    ];
    head.extend(figures.map(str::to_owned));
    let mut text = csv_line(&head);
    for number in 0..report.designs.len() {
        let point = report.designs.point(number);
        for shown in report.shown {
            let figure = &shown.figures[number as usize];
            let mut row = vec![number.to_string()];
            row.extend(labels(report.sweep, &point).into_iter().map(str::to_owned));
            row.extend([shown.selector.to_string(), shown.unit.clone()]);
            row.extend([figure.n, figure.censored].map(|count| count.to_string()));
            row.extend((0..6).map(|place| figure.value(place).map_or_else(String::new, number_text)));
            text.extend(csv_line(&row));
        }
    }
    text
}
