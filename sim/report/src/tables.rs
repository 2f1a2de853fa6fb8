//! The tables of a result folder.

use patchbench_study::{ApprovalRow, Proportion, Summary};

use crate::Report;
use crate::table::{Cell, Column, Kind, Table};

const fn column(name: &'static str, kind: Kind, unit: &'static str, description: &'static str) -> Column {
    Column {
        name,
        kind,
        unit,
        description,
    }
}

/// The tables that a result folder holds as CSV.
pub fn result_tables(report: Report<'_>) -> Vec<Table> {
    vec![
        metrics(report),
        patches(report),
        windows(report),
        tasks(report),
        replications(report),
    ]
}

const METRICS: &[Column] = &[
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
        "window and task; empty: not about one task",
    ),
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

fn metrics(report: Report<'_>) -> Table {
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
        description: "one row per metric, group and severity, or task",
        columns: METRICS,
        rows,
    }
}

const PATCHES: &[Column] = &[
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
        "release, or availability if that is later",
    ),
    column("approved", Kind::Instant, "", "approval for this group"),
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

fn patches(report: Report<'_>) -> Table {
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
        for reached in &patch.reached {
            row.push(reached.days.p50.into());
            row.push(reached.days.p95.into());
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
        description: "one row per patch group and approved patch",
        columns: PATCHES,
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

const WINDOWS: &[Column] = &[
    column("window", Kind::Text, "", "name of the window"),
    column("opens", Kind::Instant, "", "when it opens"),
    column("local", Kind::Text, "", "the same in the zone of its schedule"),
    column("timezone", Kind::Text, "", "zone of its schedule"),
    column("cutoff", Kind::Instant, "", "from when no task starts"),
    column("closes", Kind::Instant, "", "when it closes"),
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

fn windows(report: Report<'_>) -> Table {
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
        description: "one row per opening of a window",
        columns: WINDOWS,
        rows,
    }
}

const TASKS: &[Column] = &[
    column("window", Kind::Text, "", "name of the window"),
    column("opened", Kind::Instant, "", "when the window opened"),
    column("task", Kind::Text, "", "name of the task"),
    column("target", Kind::Integer, "", "number of the task's target, from 1"),
    column("operation", Kind::Text, "", "Scan or Install"),
    column(
        "cutoff_behavior",
        Kind::Text,
        "",
        "CONTINUE_TASK or CANCEL_TASK: what happens to nodes not yet sent to at the cutoff",
    ),
    column("targets", Kind::Integer, "nodes", "number of targets"),
    column(
        "max_concurrency",
        Kind::Integer,
        "nodes",
        "MaxConcurrency as a number",
    ),
    column(
        "max_errors",
        Kind::Integer,
        "errors",
        "MaxErrors as a number; one more stops the sending",
    ),
    column(
        "started",
        Kind::Number,
        "share",
        "replications in which the task started",
    ),
    column(
        "sent_p05",
        Kind::Number,
        "nodes",
        "invocations sent: 5th percentile",
    ),
    column("sent_p50", Kind::Number, "nodes", "invocations sent: median"),
    column(
        "sent_before_cutoff_p05",
        Kind::Number,
        "nodes",
        "sent before the cutoff: 5th percentile",
    ),
    column(
        "sent_before_cutoff_p50",
        Kind::Number,
        "nodes",
        "sent before the cutoff: median",
    ),
    column(
        "all_before_cutoff",
        Kind::Number,
        "share",
        "replications in which all targets were sent to before the cutoff",
    ),
    column(
        "succeeded_mean",
        Kind::Number,
        "nodes",
        "invocations that succeeded: mean",
    ),
    column(
        "errors_mean",
        Kind::Number,
        "errors",
        "Failed and ExecutionTimedOut: mean",
    ),
    column(
        "threshold_passed",
        Kind::Number,
        "share",
        "replications in which errors exceeded max_errors",
    ),
    column(
        "threshold_closed_form",
        Kind::Number,
        "probability",
        "the same by the binomial distribution, where it applies",
    ),
    column(
        "stopped",
        Kind::Number,
        "share",
        "replications in which that left nodes unsent",
    ),
    column(
        "stopped_low",
        Kind::Number,
        "probability",
        "lower end of its 95 % interval",
    ),
    column(
        "stopped_high",
        Kind::Number,
        "probability",
        "upper end of its 95 % interval",
    ),
    column(
        "stop_hours_p50",
        Kind::Number,
        "hours",
        "opening to stop, where it stopped: median",
    ),
    column(
        "left_at_stop_p50",
        Kind::Number,
        "nodes",
        "nodes not sent to, where it stopped: median",
    ),
    column(
        "left_at_stop_p95",
        Kind::Number,
        "nodes",
        "the same: 95th percentile",
    ),
    column(
        "end_hours_p50",
        Kind::Number,
        "hours",
        "opening to the end of the last invocation: median",
    ),
    column(
        "end_hours_p95",
        Kind::Number,
        "hours",
        "the same: 95th percentile",
    ),
    column(
        "overran",
        Kind::Number,
        "share",
        "replications that ended after the window closed",
    ),
    column(
        "installed_mean",
        Kind::Number,
        "patches",
        "patches installed, summed over nodes: mean",
    ),
    column(
        "reported_missing_mean",
        Kind::Number,
        "patches",
        "patches reported MISSING or FAILED, summed over nodes: mean",
    ),
    column(
        "non_compliant_mean",
        Kind::Number,
        "nodes",
        "nodes that reported themselves non-compliant: mean",
    ),
];

fn tasks(report: Report<'_>) -> Table {
    let row = |command: &patchbench_study::CommandResult| {
        let share = |share: &Proportion| -> Cell { share.share.into() };
        vec![
            command.window_name.as_str().into(),
            command.opened.into(),
            command.task.as_str().into(),
            (command.part as u64 + 1).into(),
            command.operation.into(),
            if command.continues {
                "CONTINUE_TASK"
            } else {
                "CANCEL_TASK"
            }
            .into(),
            command.targets.into(),
            command.max_concurrency.into(),
            command.max_errors.into(),
            share(&command.started),
            command.sent.p05.into(),
            command.sent.p50.into(),
            command.sent_before_cutoff.p05.into(),
            command.sent_before_cutoff.p50.into(),
            share(&command.all_before_cutoff),
            command.succeeded.mean.into(),
            command.errors.mean.into(),
            share(&command.threshold_passed),
            command.threshold_closed_form.into(),
            share(&command.stopped),
            command.stopped.interval.low.into(),
            command.stopped.interval.high.into(),
            command.stop_hours.p50.into(),
            command.left_at_stop.p50.into(),
            command.left_at_stop.p95.into(),
            command.end_hours.p50.into(),
            command.end_hours.p95.into(),
            share(&command.overran),
            command.installed.mean.into(),
            command.reported_missing.mean.into(),
            command.non_compliant.mean.into(),
        ]
    };
    let rows = report.results.commands.iter().map(row).collect();
    Table {
        name: "tasks",
        description: "one row per opening, task and target",
        columns: TASKS,
        rows,
    }
}

const REPLICATIONS: &[Column] = &[
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

fn replications(report: Report<'_>) -> Table {
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
        description: "one row per replication",
        columns: REPLICATIONS,
        rows,
    }
}

const APPROVALS: &[Column] = &[
    column("group", Kind::Text, "", "patch group"),
    column("baseline", Kind::Text, "", "patch baseline of the group"),
    column("patch", Kind::Text, "", "id of the patch"),
    column("kb", Kind::Text, "", "knowledge base number"),
    column("classification", Kind::Text, "", "classification"),
    column("severity", Kind::Text, "", "vendor severity"),
    column(
        "released",
        Kind::Instant,
        "",
        "release, or availability if that is later",
    ),
    column("approved", Kind::Instant, "", "approval; empty: never"),
    column(
        "reason",
        Kind::Text,
        "",
        "the rule that approves it, or what keeps it from approval",
    ),
    column("superseded", Kind::Instant, "", "when a successor took its place"),
    column(
        "first_window",
        Kind::Instant,
        "",
        "first opening that installs it on the group",
    ),
];

/// The table of `patchbench approvals`.
pub fn approvals_table(rows: &[ApprovalRow]) -> Table {
    let row = |row: &ApprovalRow| {
        vec![
            row.group.as_str().into(),
            row.baseline.as_str().into(),
            row.patch.as_str().into(),
            row.kb.as_deref().into(),
            row.classification.as_deref().into(),
            row.severity.as_deref().into(),
            row.released.into(),
            row.approved.into(),
            row.reason.as_str().into(),
            row.superseded.into(),
            row.first_window.into(),
        ]
    };
    let rows = rows.iter().map(row).collect();
    Table {
        name: "approvals",
        description: "one row per patch group and patch",
        columns: APPROVALS,
        rows,
    }
}

/// The column dictionary of all tables, as Markdown.
pub fn column_dictionary() -> String {
    use std::fmt::Write as _;
    let tables: [(&str, &str, &[Column]); 6] = [
        (
            "metrics.csv",
            "one row per metric, group and severity, or task",
            METRICS,
        ),
        (
            "patches.csv",
            "one row per patch group and approved patch",
            PATCHES,
        ),
        ("windows.csv", "one row per opening of a window", WINDOWS),
        ("tasks.csv", "one row per opening, task and target", TASKS),
        ("replications.csv", "one row per replication", REPLICATIONS),
        (
            "`patchbench approvals --format csv`",
            "one row per patch group and patch",
            APPROVALS,
        ),
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
    }
    text
}
