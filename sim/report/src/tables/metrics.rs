//! Response metrics.

use super::column;
use crate::Report;
use crate::table::{Column, Kind, Table};

pub(super) const DESCRIPTION: &str = "one row per metric, group, severity and deadline, or task";

pub(super) const COLUMNS: &[Column] = &[
    column("metric", Kind::Text, "", "name of the response metric"),
    column("group", Kind::Text, "", "patch group; empty: not about one group"),
    column(
        "severity",
        Kind::Text,
        "",
        "vendor severity of the patches; empty: all",
    ),
    column(
        "task",
        Kind::Text,
        "",
        "window and task, or window; empty: not about one",
    ),
    column("sla", Kind::Text, "", "deadline ([sla.…]); empty: not about one"),
    column("unit", Kind::Text, "", "unit of the values"),
    column(
        "n",
        Kind::Integer,
        "replications",
        "replications that say anything",
    ),
    column(
        "censored",
        Kind::Integer,
        "replications",
        "of these, not reached within the horizon",
    ),
    column(
        "estimate",
        Kind::Number,
        "",
        "mean (probability: share); empty when anything is censored",
    ),
    column(
        "low",
        Kind::Number,
        "",
        "lower end of the 95 % interval of the estimate",
    ),
    column(
        "high",
        Kind::Number,
        "",
        "upper end of the 95 % interval of the estimate",
    ),
    column("standard_deviation", Kind::Number, "", "over replications"),
    column("p05", Kind::Number, "", "5th percentile over replications"),
    column("p50", Kind::Number, "", "median over replications"),
    column(
        "p50_low",
        Kind::Number,
        "",
        "lower end of the 95 % interval of the median",
    ),
    column(
        "p50_high",
        Kind::Number,
        "",
        "upper end of the 95 % interval of the median",
    ),
    column(
        "p95",
        Kind::Number,
        "",
        "95th percentile over replications; empty when it is censored",
    ),
];

pub(super) fn table(report: Report<'_>) -> Table {
    let row = |row: &patchbench_study::MetricRow| {
        let summary = &row.summary;
        let interval = row
            .proportion
            .map(|share| share.interval)
            .or(summary.mean_interval);
        vec![
            row.metric.into(),
            row.group.as_str().into(),
            row.severity.as_str().into(),
            row.task.as_str().into(),
            row.sla.as_str().into(),
            row.unit.into(),
            summary.n.into(),
            summary.censored.into(),
            summary.mean.into(),
            interval.map(|interval| interval.low).into(),
            interval.map(|interval| interval.high).into(),
            summary.standard_deviation.into(),
            summary.p05.into(),
            summary.p50.into(),
            summary.p50_interval.map(|interval| interval.low).into(),
            summary.p50_interval.map(|interval| interval.high).into(),
            summary.p95.into(),
        ]
    };
    let rows = report.results.metrics.iter().map(row).collect();
    Table {
        name: "metrics",
        description: DESCRIPTION,
        columns: COLUMNS,
        rows,
    }
}
