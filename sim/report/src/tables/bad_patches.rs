//! What each bad patch did.

use patchbench_study::BadPatchResult;

use super::column;
use super::patches::censored_share;
use crate::Report;
use crate::table::{Cell, Column, Kind, Table};

pub(super) const DESCRIPTION: &str =
    "one row per patch that is bad in any replication; written where a scenario has `[bad_patches.…]`";

pub(super) const COLUMNS: &[Column] = &[
    column("patch", Kind::Text, "", "id of the patch"),
    column("kb", Kind::Text, "", "knowledge base number"),
    column("title", Kind::Text, "", "title"),
    column(
        "bad_patches",
        Kind::Text,
        "",
        "the [bad_patches.…] tables that make it bad",
    ),
    column(
        "released",
        Kind::Instant,
        "",
        "release, in the first replication that has it",
    ),
    column(
        "replications",
        Kind::Integer,
        "replications",
        "replications in which it is bad; all figures are over these",
    ),
    column(
        "escaped",
        Kind::Number,
        "share",
        "of these, those in which it is offered to nodes before it is withdrawn or replaced",
    ),
    column(
        "escaped_low",
        Kind::Number,
        "probability",
        "lower end of its 95 % interval",
    ),
    column(
        "escaped_high",
        Kind::Number,
        "probability",
        "upper end of its 95 % interval",
    ),
    column(
        "breakable_mean",
        Kind::Number,
        "nodes",
        "nodes that it applies to in the configuration classes that it breaks: mean",
    ),
    column(
        "reached_mean",
        Kind::Number,
        "nodes",
        "blast radius: nodes that installed it or tried to: mean",
    ),
    column("reached_p50", Kind::Number, "nodes", "the same: median"),
    column("reached_p95", Kind::Number, "nodes", "the same: 95th percentile"),
    column(
        "installed_mean",
        Kind::Number,
        "nodes",
        "nodes that installed it: mean",
    ),
    column(
        "broken_mean",
        Kind::Number,
        "nodes",
        "nodes on which its fault showed: mean",
    ),
    column("broken_p50", Kind::Number, "nodes", "the same: median"),
    column("broken_p95", Kind::Number, "nodes", "the same: 95th percentile"),
    column(
        "broken_share_of_fleet",
        Kind::Number,
        "share",
        "nodes that it broke, of all nodes: mean",
    ),
    column(
        "broken_share_of_class",
        Kind::Number,
        "share",
        "nodes that it broke, of those that it could break: mean",
    ),
    column(
        "reached_nodes",
        Kind::Integer,
        "replications",
        "replications in which any node installed it or tried to; times are over these",
    ),
    column(
        "days_to_symptom_p50",
        Kind::Number,
        "days",
        "from release to the first symptom: median",
    ),
    column(
        "days_to_symptom_p95",
        Kind::Number,
        "days",
        "the same: 95th percentile",
    ),
    column(
        "never_showed",
        Kind::Number,
        "share",
        "replications without a symptom within the horizon",
    ),
    column(
        "reached_at_symptom_p50",
        Kind::Number,
        "nodes",
        "nodes that it had reached by the first symptom, that one included: median",
    ),
    column(
        "days_to_alarm_p50",
        Kind::Number,
        "days",
        "from release to the alarm of the monitoring: median",
    ),
    column(
        "days_to_alarm_p95",
        Kind::Number,
        "days",
        "the same: 95th percentile",
    ),
    column(
        "never_detected",
        Kind::Number,
        "share",
        "replications without an alarm within the horizon",
    ),
    column(
        "reached_at_alarm_p50",
        Kind::Number,
        "nodes",
        "nodes that it had reached by the alarm: median",
    ),
    column(
        "broken_at_alarm_p50",
        Kind::Number,
        "nodes",
        "nodes that it had broken by the alarm: median",
    ),
];

/// Name, unit and meaning of the metrics of bad patches.
pub(super) const DICTIONARY: &[(&str, &str, &str)] = &[
    (
        "bad_patches",
        "patches",
        "bad patches that come out within the simulated period, or are offered to nodes in it",
    ),
    (
        "escapes",
        "patches",
        "of these, offered to nodes before the vendor withdraws or a successor replaces them",
    ),
    (
        "blast_radius",
        "nodes",
        "that installed the widest bad patch of the replication or tried to; 0 without one",
    ),
    (
        "bad_installs",
        "nodes",
        "that installed a bad patch, summed over the bad patches",
    ),
    (
        "nodes_broken",
        "nodes",
        "on which the fault of the worst bad patch showed; 0 without one",
    ),
    ("broken_share_of_fleet", "share", "the same, of all nodes"),
    (
        "broken_share_of_class",
        "share",
        "largest share that a bad patch broke of the nodes that it could: those it applies to in the configuration classes that it breaks",
    ),
    (
        "reached_at_first_symptom",
        "nodes",
        "that a bad patch had reached when its fault showed first, that node included; the most of any bad patch; over replications in which one showed",
    ),
    (
        "reached_at_alarm",
        "nodes",
        "the same when the monitoring raised its alarm",
    ),
    (
        "broken_at_alarm",
        "nodes",
        "on which the fault had shown when the monitoring raised its alarm; likewise",
    ),
    (
        "time_to_first_symptom",
        "days",
        "from release until the fault shows first: the median of the bad patches that reached a node; never counts as the longest",
    ),
    (
        "time_to_detection",
        "days",
        "from release until the monitoring raises its alarm; likewise",
    ),
    (
        "true_stop",
        "probability",
        "in replications in which the task meets a bad patch, that the error threshold leaves nodes unsent in such an opening",
    ),
    (
        "missed_stop",
        "probability",
        "that it does not: one less the probability of a true stop",
    ),
    (
        "false_stop",
        "probability",
        "in replications in which the task starts in an opening without a bad patch, that the error threshold leaves nodes unsent in such an opening",
    ),
];

pub(crate) fn table(report: Report<'_>) -> Table {
    Table {
        name: "bad_patches",
        description: DESCRIPTION,
        columns: COLUMNS,
        rows: report.results.bad_patches.iter().map(row).collect(),
    }
}

fn row(bad: &BadPatchResult) -> Vec<Cell> {
    let mut row: Vec<Cell> = vec![
        bad.patch.as_str().into(),
        bad.kb.as_deref().into(),
        bad.title.as_str().into(),
        bad.processes.join(" ").as_str().into(),
        bad.released.into(),
        bad.replications.into(),
        bad.escaped.share.into(),
        bad.escaped.interval.low.into(),
        bad.escaped.interval.high.into(),
        bad.breakable.mean.into(),
        bad.reached.mean.into(),
        bad.reached.p50.into(),
        bad.reached.p95.into(),
        bad.installed.mean.into(),
        bad.broken.mean.into(),
        bad.broken.p50.into(),
        bad.broken.p95.into(),
        bad.share_of_fleet.mean.into(),
        bad.share_of_class.mean.into(),
        bad.symptom_days.n.into(),
    ];
    for (days, nodes) in [
        (&bad.symptom_days, vec![&bad.reached_at_symptom]),
        (&bad.alarm_days, vec![&bad.reached_at_alarm, &bad.broken_at_alarm]),
    ] {
        row.push(days.p50.into());
        row.push(days.p95.into());
        row.push((days.n > 0).then(|| censored_share(days)).into());
        row.extend(nodes.into_iter().map(|nodes| Cell::from(nodes.p50)));
    }
    row
}
