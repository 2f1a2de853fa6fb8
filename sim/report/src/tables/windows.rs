//! Openings of the windows.

use super::column;
use crate::Report;
use crate::table::{Cell, Column, Kind, Table};

pub(super) const DESCRIPTION: &str = "one row per opening of a window";

pub(super) const COLUMNS: &[Column] = &[
    column("window", Kind::Text, "", "name of the window"),
    column("opens", Kind::Instant, "", "when it opens"),
    column("local", Kind::Text, "", "the same in the zone of its schedule"),
    column("timezone", Kind::Text, "", "zone of its schedule"),
    column("cutoff", Kind::Instant, "", "from when no task starts"),
    column("closes", Kind::Instant, "", "when it closes"),
    column(
        "frozen_by",
        Kind::Text,
        "",
        "change freeze that keeps it from opening; empty: none",
    ),
    column(
        "success",
        Kind::Integer,
        "replications",
        "executions that ended in SUCCESS",
    ),
    column(
        "failed",
        Kind::Integer,
        "replications",
        "executions that ended in FAILED",
    ),
    column(
        "timed_out",
        Kind::Integer,
        "replications",
        "executions that ended in TIMED_OUT",
    ),
    column(
        "skipped_overlapping",
        Kind::Integer,
        "replications",
        "openings skipped since the last execution was in progress",
    ),
    column(
        "in_progress",
        Kind::Integer,
        "replications",
        "executions in progress at the horizon",
    ),
];

pub(super) fn table(report: Report<'_>) -> Table {
    let row = |window: &patchbench_study::WindowResult| {
        let count = |status: &str| -> Cell {
            window
                .statuses
                .iter()
                .find(|(known, _)| *known == status)
                .map_or(0, |(_, count)| *count)
                .into()
        };
        vec![
            window.window.as_str().into(),
            window.opens.into(),
            window.local.as_str().into(),
            window.zone.as_str().into(),
            window.cutoff.into(),
            window.closes.into(),
            window.frozen_by.as_deref().into(),
            count("SUCCESS"),
            count("FAILED"),
            count("TIMED_OUT"),
            count("SKIPPED_OVERLAPPING"),
            count("IN_PROGRESS"),
        ]
    };
    let rows = report.results.windows.iter().map(row).collect();
    Table {
        name: "windows",
        description: DESCRIPTION,
        columns: COLUMNS,
        rows,
    }
}
