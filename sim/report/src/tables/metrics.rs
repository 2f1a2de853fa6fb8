//! Response metrics.

use patchbench_study::MetricRow;

use super::column;
use crate::Report;
use crate::table::{Cell, Column, Kind, Table};

pub(crate) const DESCRIPTION: &str = "one row per metric, group, severity and deadline, or task";

pub(crate) const COLUMNS: &[Column] = &[
    column("metric", Kind::Text, "", "name of the response metric"),
    column(
        "group",
        Kind::Text,
        "",
        "patch group; empty: all together, or not about groups",
    ),
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
        "window and task, or window; empty: all together, or not about one",
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

/// Name, unit and meaning of each metric. By group and severity: the median over the patches that are
/// offered (times and openings), or all patches that the baseline approves together.
pub(super) const DICTIONARY: &[(&str, &str, &str)] = &[
    (
        "time_to_coverage_50, _90, _95, _100",
        "days",
        "from release until the share of the nodes has the patch or a successor: the median patch of those that are offered",
    ),
    (
        "time_to_coverage_…_from_approval",
        "days",
        "the same, counted from the approval",
    ),
    (
        "time_to_coverage_…_from_first_send",
        "days",
        "the same, counted from the first install that is sent to the group after the approval",
    ),
    (
        "openings_to_coverage_100",
        "openings",
        "of windows that install on the group, from the approval until all nodes have the patch: the median patch",
    ),
    (
        "exposure",
        "node-days",
        "from release (or the start) until the node has the patch or a successor, or the horizon; also for patches that a successor replaces before their approval, and for those approved after the horizon",
    ),
    (
        "exploitable_exposure",
        "node-days",
        "the same, each instant weighted by the chance that the flaw is exploited by then, if it ever is (`[exploitation]`)",
    ),
    (
        "unpatched_at_exploit",
        "share",
        "of nodes and patches that the first exploit finds unpatched, if there is one; exploits after the horizon count as in time",
    ),
    (
        "sla_attainment",
        "share",
        "of nodes and patches patched by the deadline (`[sla.NAME]`), among patches that it covers and whose deadline lies within the simulated period; never reached counts as missed",
    ),
    (
        "backlog",
        "patches per node",
        "released and not installed, averaged over the simulated time",
    ),
    (
        "superseded_unseen",
        "patches",
        "whose place a successor took before any node of the group had installed them",
    ),
    (
        "stop",
        "probability",
        "the error threshold leaves nodes of the task unsent in at least one opening",
    ),
    (
        "threshold_passed",
        "probability",
        "errors exceed MaxErrors, whether or not nodes are left",
    ),
    (
        "fit",
        "probability",
        "all targets of the task are sent to before the cutoff, in every opening",
    ),
    (
        "started_before_cutoff",
        "share of targets",
        "that are sent to before the cutoff, in the worst opening of a replication; an assertion of this name judges the same",
    ),
    (
        "nodes_left",
        "nodes",
        "that did not end in Success (by the horizon), in the worst opening of a replication; an assertion of this name judges the same",
    ),
    (
        "window_makespan",
        "hours",
        "from the first opening that finds something approved until the last invocation ends",
    ),
    (
        "openings_used",
        "openings",
        "in which the task is sent to at least one node",
    ),
    (
        "openings_installing",
        "openings",
        "in which the task installs something on at least one node",
    ),
    (
        "peak_in_progress",
        "nodes",
        "most invocations at once in the window's recorded opening, at every second minute",
    ),
    (
        "openings_skipped",
        "openings",
        "since the execution before was still in progress (SKIPPED_OVERLAPPING)",
    ),
    (
        "reboots_per_node_year",
        "reboots",
        "by the tasks of a window, or of all, a node and 365 days",
    ),
];

/// The row of a response.
pub(crate) fn cells(row: &MetricRow) -> Vec<Cell> {
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
}

pub(super) fn table(report: Report<'_>) -> Table {
    let rows = report.results.metrics.iter().map(cells).collect();
    Table {
        name: "metrics",
        description: DESCRIPTION,
        columns: COLUMNS,
        rows,
    }
}
