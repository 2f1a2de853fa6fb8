//! How each task fares in each opening.

use patchbench_study::Proportion;

use super::column;
use crate::Report;
use crate::table::{Cell, Column, Kind, Table};

pub(super) const DESCRIPTION: &str = "one row per opening, task and target";

pub(super) const COLUMNS: &[Column] = &[
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

pub(super) fn table(report: Report<'_>) -> Table {
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
        description: DESCRIPTION,
        columns: COLUMNS,
        rows,
    }
}
