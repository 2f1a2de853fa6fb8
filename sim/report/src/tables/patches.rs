//! How each patch fares in each patch group.

use patchbench_study::{SHARES, Summary};

use super::column;
use crate::Report;
use crate::table::{Cell, Column, Kind, Table};

pub(super) const DESCRIPTION: &str =
    "one row per patch group and patch that its baseline approves, also those that never come to be offered";

pub(super) const COLUMNS: &[Column] = &[
    column("group", Kind::Text, "", "patch group"),
    column("patch", Kind::Text, "", "id of the patch"),
    column("kb", Kind::Text, "", "knowledge base number"),
    column("title", Kind::Text, "", "title"),
    column("classification", Kind::Text, "", "classification"),
    column("severity", Kind::Text, "", "vendor severity"),
    column(
        "nodes",
        Kind::Integer,
        "nodes",
        "nodes of the group that it applies to",
    ),
    column(
        "replications",
        Kind::Integer,
        "replications",
        "replications in which it appears",
    ),
    column(
        "released",
        Kind::Instant,
        "",
        "release, or availability if that is later; where dates are drawn, those of the first replication in which it appears",
    ),
    column(
        "approved",
        Kind::Instant,
        "",
        "approval for this group; empty: never offered, since a successor or the horizon comes first",
    ),
    column("superseded", Kind::Instant, "", "when a successor took its place"),
    column(
        "first_window",
        Kind::Instant,
        "",
        "first opening after the approval that installs on the group",
    ),
    column(
        "days_to_50_p50",
        Kind::Number,
        "days",
        "release to 50 % of the nodes: median over replications",
    ),
    column(
        "days_to_50_p95",
        Kind::Number,
        "days",
        "the same: 95th percentile",
    ),
    column(
        "days_to_90_p50",
        Kind::Number,
        "days",
        "release to 90 % of the nodes: median",
    ),
    column(
        "days_to_90_p95",
        Kind::Number,
        "days",
        "the same: 95th percentile",
    ),
    column(
        "days_to_95_p50",
        Kind::Number,
        "days",
        "release to 95 % of the nodes: median",
    ),
    column(
        "days_to_95_p95",
        Kind::Number,
        "days",
        "the same: 95th percentile",
    ),
    column(
        "days_to_100_p50",
        Kind::Number,
        "days",
        "release to all nodes: median",
    ),
    column(
        "days_to_100_p95",
        Kind::Number,
        "days",
        "the same: 95th percentile",
    ),
    column(
        "not_reached_95",
        Kind::Number,
        "share",
        "replications in which 95 % was not reached within the horizon",
    ),
    column(
        "not_reached_100",
        Kind::Number,
        "share",
        "replications in which 100 % was not reached within the horizon",
    ),
    column(
        "covered_mean",
        Kind::Number,
        "nodes",
        "nodes that had it or a successor at the horizon: mean",
    ),
    column(
        "exposure_mean",
        Kind::Number,
        "node-days",
        "node-days from release to install, or to the horizon: mean",
    ),
    column(
        "exposure_low",
        Kind::Number,
        "node-days",
        "lower end of its 95 % interval",
    ),
    column(
        "exposure_high",
        Kind::Number,
        "node-days",
        "upper end of its 95 % interval",
    ),
];

pub(super) fn table(report: Report<'_>) -> Table {
    let results = report.results;
    let row = |patch: &patchbench_study::PatchResult| {
        let mut row: Vec<Cell> = vec![
            results.groups[patch.group].name.as_str().into(),
            patch.patch.as_str().into(),
            patch.kb.as_deref().into(),
            patch.title.as_str().into(),
            patch.classification.as_deref().into(),
            patch.severity.as_deref().into(),
            patch.nodes.into(),
            patch.replications.into(),
            patch.released.into(),
            patch.approved.into(),
            patch.superseded.into(),
            patch.first_window.into(),
        ];
        for share in SHARES {
            let days = patch.reached(share);
            row.push(days.and_then(|days| days.p50).into());
            row.push(days.and_then(|days| days.p95).into());
        }
        for percent in [95, 100] {
            row.push(patch.reached(percent).map(censored_share).into());
        }
        row.push(patch.covered.mean.into());
        row.push(patch.exposure.mean.into());
        row.push(patch.exposure.mean_interval.map(|interval| interval.low).into());
        row.push(patch.exposure.mean_interval.map(|interval| interval.high).into());
        row
    };
    let rows = results.patches.iter().map(row).collect();
    Table {
        name: "patches",
        description: DESCRIPTION,
        columns: COLUMNS,
        rows,
    }
}

pub(crate) fn censored_share(summary: &Summary) -> f64 {
    if summary.n == 0 {
        0.0
    } else {
        summary.censored as f64 / summary.n as f64
    }
}
