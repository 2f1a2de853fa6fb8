//! One row per replication.

use super::column;
use crate::Report;
use crate::table::{Column, Kind, Table};

pub(super) const DESCRIPTION: &str = "one row per replication, of the first 100,000";

pub(super) const COLUMNS: &[Column] = &[
    column(
        "replication",
        Kind::Integer,
        "",
        "number of the replication, from 0",
    ),
    column("sent", Kind::Integer, "invocations", "invocations sent"),
    column(
        "succeeded",
        Kind::Integer,
        "invocations",
        "invocations that succeeded",
    ),
    column(
        "errors",
        Kind::Integer,
        "invocations",
        "Failed and ExecutionTimedOut",
    ),
    column(
        "installed",
        Kind::Integer,
        "patches",
        "patches installed, summed over nodes",
    ),
    column(
        "reboots",
        Kind::Integer,
        "reboots",
        "nodes rebooted, summed over executions",
    ),
    column(
        "stops",
        Kind::Integer,
        "tasks",
        "tasks stopped by their error threshold",
    ),
    column(
        "exposure",
        Kind::Number,
        "node-days",
        "node-days from release to install, or to the horizon",
    ),
    column("fingerprint", Kind::Text, "", "hash of the replication's events"),
];

pub(super) fn table(report: Report<'_>) -> Table {
    let row = |row: &patchbench_study::ReplicationRow| {
        vec![
            row.replication.into(),
            row.sent.into(),
            row.succeeded.into(),
            row.errors.into(),
            row.installed.into(),
            row.reboots.into(),
            row.stops.into(),
            row.exposure.into(),
            format!("{:016x}", row.fingerprint).into(),
        ]
    };
    let rows = report.results.rows.iter().map(row).collect();
    Table {
        name: "replications",
        description: DESCRIPTION,
        columns: COLUMNS,
        rows,
    }
}
