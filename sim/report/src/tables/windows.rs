//! Openings of the windows.

use super::column;
use crate::Report;
use crate::table::{Cell, Column, Kind, Table};

pub(super) const DESCRIPTION: &str = "one row per opening of a window";

pub(super) const COLUMNS: &[Column] = &[
    column("window", Kind::Text, "", "name of the window"),
    column(
        "surface",
        Kind::Text,
        "",
        "what AWS calls it: window, command, Patch now, patch policy",
    ),
    column("opens", Kind::Instant, "", "when it opens"),
    column("local", Kind::Text, "", "the same in the zone of its schedule"),
    column("timezone", Kind::Text, "", "zone of its schedule"),
    column(
        "cutoff",
        Kind::Instant,
        "",
        "from when no task starts; empty: never, as it is no window",
    ),
    column(
        "closes",
        Kind::Instant,
        "",
        "when it closes; empty: never, as it is no window",
    ),
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
    column(
        "details",
        Kind::Text,
        "",
        "what AWS says beside the status; empty: nothing",
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
        let surface = window.surface;
        vec![
            window.window.as_str().into(),
            surface.noun().into(),
            window.opens.into(),
            window.local.as_str().into(),
            window.zone.as_str().into(),
            Some(window.cutoff).filter(|_| surface.closes()).into(),
            Some(window.closes).filter(|_| surface.closes()).into(),
            window.frozen_by.as_deref().into(),
            count("SUCCESS"),
            count("FAILED"),
            count("TIMED_OUT"),
            count("SKIPPED_OVERLAPPING"),
            count("IN_PROGRESS"),
            window.details.into(),
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
