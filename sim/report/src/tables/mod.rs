//! The tables of a result folder, one file each: columns with their meaning, and the rows.

mod approvals;
mod bad_patches;
mod compliance;
mod metrics;
mod patches;
mod releases;
mod replications;
mod tasks;
mod windows;

pub use approvals::approvals_table;
pub(crate) use bad_patches::table as bad_patches_table;
pub(crate) use compliance::rows_of as compliance_rows;
pub(crate) use metrics::{
    COLUMNS as METRIC_COLUMNS, DESCRIPTION as METRIC_DESCRIPTION, cells as metric_cells,
};
pub(crate) use patches::censored_share;
pub use releases::releases_table;

use std::fmt::Write as _;

use patchbench_model::measures::SLA_PRESETS;

use crate::Report;
use crate::compare::{
    COMPARISON_COLUMNS, COMPARISON_DESCRIPTION, OBSERVATION_COLUMNS, OBSERVATION_DESCRIPTION,
};
use crate::fit::{DESIGN_COLUMNS, DESIGN_DESCRIPTION, LEVEL_COLUMNS, LEVEL_DESCRIPTION};
use crate::sweep::{DESIGN_COLUMNS as SWEPT_COLUMNS, DESIGN_DESCRIPTION as SWEPT_DESCRIPTION};
use crate::table::{Column, Kind, Table};

pub(crate) const fn column(
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    description: &'static str,
) -> Column {
    Column {
        name,
        kind,
        unit,
        description,
    }
}

/// The tables that a result folder holds as CSV.
pub fn result_tables(report: Report<'_>) -> Vec<Table> {
    let mut tables = vec![
        metrics::table(report),
        patches::table(report),
        windows::table(report),
        tasks::table(report),
        compliance::table(report),
        replications::table(report),
    ];
    if !report.plan.config.faults.bad_patches.is_empty() {
        tables.push(bad_patches::table(report));
    }
    tables
}

/// The tables that `summary.json` holds, by name: what one row is, and the columns.
pub(crate) const SUMMARY_TABLES: [(&str, &str, &[Column]); 5] = [
    ("patches", patches::DESCRIPTION, patches::COLUMNS),
    ("bad_patches", bad_patches::DESCRIPTION, bad_patches::COLUMNS),
    ("windows", windows::DESCRIPTION, windows::COLUMNS),
    ("tasks", tasks::DESCRIPTION, tasks::COLUMNS),
    ("compliance", compliance::DESCRIPTION, compliance::COLUMNS),
];

/// The column dictionary of all tables, as Markdown.
pub fn column_dictionary() -> String {
    let tables: [(&str, &str, &[Column]); 14] = [
        ("metrics.csv", metrics::DESCRIPTION, metrics::COLUMNS),
        ("patches.csv", patches::DESCRIPTION, patches::COLUMNS),
        ("bad_patches.csv", bad_patches::DESCRIPTION, bad_patches::COLUMNS),
        ("windows.csv", windows::DESCRIPTION, windows::COLUMNS),
        ("tasks.csv", tasks::DESCRIPTION, tasks::COLUMNS),
        ("compliance.csv", compliance::DESCRIPTION, compliance::COLUMNS),
        (
            "replications.csv",
            replications::DESCRIPTION,
            replications::COLUMNS,
        ),
        (
            "`patchbench approvals --format csv`",
            approvals::DESCRIPTION,
            approvals::COLUMNS,
        ),
        ("comparison.csv", COMPARISON_DESCRIPTION, COMPARISON_COLUMNS),
        (
            "replications.csv of a comparison",
            OBSERVATION_DESCRIPTION,
            OBSERVATION_COLUMNS,
        ),
        ("levels.csv", LEVEL_DESCRIPTION, LEVEL_COLUMNS),
        ("designs.csv", DESIGN_DESCRIPTION, DESIGN_COLUMNS),
        ("designs.csv of a sweep", SWEPT_DESCRIPTION, SWEPT_COLUMNS),
        ("`patchbench releases`", releases::DESCRIPTION, releases::COLUMNS),
    ];
    let mut text = String::new();
    for (name, description, columns) in tables {
        let _ = write!(
            text,
            "## {name}\n\n{description}\n\n| column | type | unit | meaning |\n|---|---|---|---|\n"
        );
        for known in columns {
            let _ = writeln!(
                text,
                "| `{}` | {} | {} | {} |",
                known.name,
                known.kind.as_str(),
                known.unit,
                known.description
            );
        }
        text.push('\n');
        if name == "metrics.csv" {
            yardsticks(&mut text);
        }
    }
    text
}

/// The metrics that `metrics.csv` names, and the deadlines that come with a name.
fn yardsticks(text: &mut String) {
    text.push_str("### Metrics\n\n| metric | unit | meaning |\n|---|---|---|\n");
    for (name, unit, meaning) in metrics::DICTIONARY.iter().chain(bad_patches::DICTIONARY) {
        let _ = writeln!(text, "| `{name}` | {unit} | {meaning} |");
    }
    text.push_str("\n### Presets of `[sla.NAME]`\n\n| preset | source |\n|---|---|\n");
    for preset in SLA_PRESETS {
        let _ = writeln!(text, "| `{}` | {} |", preset.name, preset.source);
    }
    text.push('\n');
}
