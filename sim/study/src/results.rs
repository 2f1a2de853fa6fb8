//! What a study says: one value that consoles, files and plots read.

use patchbench_kernel::SimTime;
use patchbench_model::config::Surface;
use patchbench_model::world::{COVERAGE_PERCENTS, Measure};
use serde::{Deserialize, Serialize};

use crate::{
    AssertionResult, BadPatchResult, ComplianceCurve, PrecisionReached, Proportion, ShareCurve, Summary, View,
};

/// The results of a study of one scenario.
#[derive(Clone, Debug)]
pub struct StudyResults {
    /// Seed of all draws.
    pub seed: u64,
    /// Replications played.
    pub replications: u64,
    /// How narrow the intervals became, where a precision was asked for.
    pub precision: Vec<PrecisionReached>,
    /// Patch groups.
    pub groups: Vec<GroupResult>,
    /// Patches by group, in order of group and approval, never offered ones last.
    pub patches: Vec<PatchResult>,
    /// Bad patches, in order of release.
    pub bad_patches: Vec<BadPatchResult>,
    /// Commands by window, opening, task and part, in order of opening.
    pub commands: Vec<CommandResult>,
    /// Openings of the windows.
    pub windows: Vec<WindowResult>,
    /// Response metrics by group and severity.
    pub metrics: Vec<MetricRow>,
    /// Assertions.
    pub assertions: Vec<AssertionResult>,
    /// One row a replication, of the first [`crate::MOST_ROWS`].
    pub rows: Vec<ReplicationRow>,
    /// Shares of the nodes over time, by group and measure.
    pub shares: Vec<ShareCurve>,
    /// Compliance over time, by group and view.
    pub compliance: Vec<ComplianceCurve>,
    /// Occupancy of each window's recorded opening.
    pub occupancy: Vec<OccupancyCurve>,
}

/// A patch group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupResult {
    /// Its name; empty for nodes without a patch group.
    pub name: String,
    /// Number of nodes.
    pub nodes: u32,
    /// Baselines in use, by operating system.
    pub baselines: Vec<String>,
    /// Whether any task installs on its nodes.
    pub installs: bool,
    /// Whether any task is sent to its nodes at all.
    pub targeted: bool,
}

impl GroupResult {
    /// A name to show.
    pub fn label(&self) -> &str {
        group_label(&self.name)
    }
}

/// What the group of a name is called: nodes without a patch group have none.
pub(crate) fn group_label(name: &str) -> &str {
    if name.is_empty() { "(no patch group)" } else { name }
}

/// How one patch fares in one patch group.
#[derive(Clone, Debug)]
pub struct PatchResult {
    /// Index into [`StudyResults::groups`].
    pub group: usize,
    /// Id of the patch.
    pub patch: String,
    /// Knowledge base number.
    pub kb: Option<String>,
    /// Title.
    pub title: String,
    /// Classification.
    pub classification: Option<String>,
    /// Severity.
    pub severity: Option<String>,
    /// Nodes it applies to.
    pub nodes: u32,
    /// Replications in which it appears.
    pub replications: u64,
    /// Release (in the first replication that has it).
    pub released: SimTime,
    /// Whether its release differs between replications, since a process draws the date: then dates of
    /// one replication mean little, and days after the release are what can be told.
    pub drawn: bool,
    /// Approval (likewise); `None`: never offered to these nodes, since a successor came before its
    /// approval, or its approval comes after the horizon.
    pub approved: Option<SimTime>,
    /// When it stopped being a candidate, if it did.
    pub superseded: Option<SimTime>,
    /// First opening after the approval of a window that installs on its nodes.
    pub first_window: Option<SimTime>,
    /// Days from release until each share of the nodes had it; empty when it is never offered.
    pub reached: Vec<Reached>,
    /// Nodes that had it at the horizon.
    pub covered: Summary,
    /// Exposure in node-days.
    pub exposure: Summary,
}

/// Time until a share of the nodes had a patch.
#[derive(Clone, Debug, PartialEq)]
pub struct Reached {
    /// The share in percent, one of [`COVERAGE_PERCENTS`].
    pub percent: u32,
    /// Days from release; censored where the horizon came first.
    pub days: Summary,
}

/// How one command fares.
#[derive(Clone, Debug)]
pub struct CommandResult {
    /// Index of the window.
    pub window: usize,
    /// Name of the window.
    pub window_name: String,
    /// Name of the task.
    pub task: String,
    /// Scan or Install.
    pub operation: &'static str,
    /// Whether it keeps sending after the cutoff (CONTINUE_TASK).
    pub continues: bool,
    /// Index of the target of the task.
    pub part: usize,
    /// Index of the opening.
    pub opening: usize,
    /// When the window opened.
    pub opened: SimTime,
    /// Cutoff of the window.
    pub cutoff: SimTime,
    /// End of the window.
    pub closes: SimTime,
    /// Number of targets.
    pub targets: u32,
    /// MaxConcurrency as a number.
    pub max_concurrency: u32,
    /// MaxErrors as a number.
    pub max_errors: u32,
    /// Replications in which it started.
    pub started: Proportion,
    /// Invocations sent.
    pub sent: Summary,
    /// Invocations sent before the cutoff.
    pub sent_before_cutoff: Summary,
    /// Replications in which all targets were sent to before the cutoff.
    pub all_before_cutoff: Proportion,
    /// Invocations that succeeded.
    pub succeeded: Summary,
    /// Errors (Failed and ExecutionTimedOut).
    pub errors: Summary,
    /// Replications in which errors exceeded MaxErrors.
    pub threshold_passed: Proportion,
    /// Replications in which that left nodes unsent: the error threshold stopped the task.
    pub stopped: Proportion,
    /// Hours from the opening to the stop, over the replications that stopped.
    pub stop_hours: Summary,
    /// Nodes not sent to, over the replications that stopped.
    pub left_at_stop: Summary,
    /// Nodes that did not end in Success, over all replications.
    pub not_succeeded: Summary,
    /// Hours from the opening to the end of the last invocation.
    pub end_hours: Summary,
    /// Replications whose last invocation ended after the window closed.
    pub overran: Proportion,
    /// Patches installed, summed over the nodes.
    pub installed: Summary,
    /// Patches reported missing, summed over the nodes.
    pub reported_missing: Summary,
    /// Nodes that reported themselves non-compliant.
    pub non_compliant: Summary,
    /// Closed form of `threshold_passed`, where one exists: all targets fail independently with one
    /// probability.
    pub threshold_closed_form: Option<f64>,
}

/// How one opening of a window fares.
#[derive(Clone, Debug)]
pub struct WindowResult {
    /// Name of the window.
    pub window: String,
    /// What AWS calls it.
    pub surface: Surface,
    /// When it opens.
    pub opens: SimTime,
    /// From when no task starts.
    pub cutoff: SimTime,
    /// When it closes.
    pub closes: SimTime,
    /// Name of its time zone.
    pub zone: String,
    /// Opening in local time, such as `2024-01-09 16:00`.
    pub local: String,
    /// The change freeze that keeps it from opening, if one does.
    pub frozen_by: Option<String>,
    /// Replications by final status.
    pub statuses: Vec<(&'static str, u64)>,
    /// What AWS says beside the status; nothing of an opening that a freeze holds back.
    pub details: Option<&'static str>,
}

/// One response metric.
#[derive(Clone, Debug)]
pub struct MetricRow {
    /// Its name.
    pub metric: &'static str,
    /// Group, by its label; empty for all.
    pub group: String,
    /// Severity; empty for all.
    pub severity: String,
    /// Window and task, for metrics of a task; the window, for those of a window.
    pub task: String,
    /// The deadline, for metrics of one.
    pub sla: String,
    /// Unit.
    pub unit: &'static str,
    /// Its distribution over the replications.
    pub summary: Summary,
    /// For probabilities: the proportion.
    pub proportion: Option<Proportion>,
}

/// One replication.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplicationRow {
    /// Its number.
    pub replication: u64,
    /// Invocations sent.
    pub sent: u64,
    /// Invocations that succeeded.
    pub succeeded: u64,
    /// Errors.
    pub errors: u64,
    /// Patches installed, summed over nodes.
    pub installed: u64,
    /// Reboots.
    pub reboots: u64,
    /// Commands stopped by the error threshold.
    pub stops: u64,
    /// Exposure in node-days.
    pub exposure: f64,
    /// Hash of the events.
    pub fingerprint: u64,
}

/// Invocations in progress after a window opened.
#[derive(Clone, Debug)]
pub struct OccupancyCurve {
    /// Name of the window.
    pub window: String,
    /// When it opened.
    pub opens: SimTime,
    /// Its cutoff.
    pub cutoff: SimTime,
    /// Its end.
    pub closes: SimTime,
    /// Concurrency limits of the tasks together.
    pub max_concurrency: u32,
    /// Whether any of its tasks keeps sending after the cutoff (CONTINUE_TASK).
    pub continues: bool,
    /// Minutes between two values.
    pub step_minutes: i64,
    /// 5th percentile over the replications.
    pub p05: Vec<f64>,
    /// Median.
    pub p50: Vec<f64>,
    /// 95th percentile.
    pub p95: Vec<f64>,
}

impl StudyResults {
    /// A share of the nodes of a group over time.
    pub fn shares_of(&self, group: usize, measure: Measure) -> Option<&ShareCurve> {
        let mut curves = self.shares.iter();
        curves.find(|curve| curve.group == group && curve.measure == measure)
    }

    /// Compliant share of the nodes of a group over all instants and replications; absent when no node
    /// is ever counted.
    pub fn mean_compliance(&self, group: usize, view: View) -> Option<f64> {
        self.shares_of(group, view.measure())?.overall
    }

    /// Patches that are offered to nodes of a group (`None`: of any), in order of approval.
    pub fn offered(&self, group: Option<usize>) -> impl Iterator<Item = (&PatchResult, SimTime)> {
        self.patches
            .iter()
            .filter(move |patch| group.is_none_or(|wanted| patch.group == wanted))
            .filter_map(|patch| Some((patch, patch.approved?)))
    }
}

impl PatchResult {
    /// The time until a share of the nodes had it.
    pub fn reached(&self, percent: u32) -> Option<&Summary> {
        self.reached
            .iter()
            .find(|reached| reached.percent == percent)
            .map(|reached| &reached.days)
    }
}

/// The shares of nodes that results speak of.
pub const SHARES: [u32; 4] = COVERAGE_PERCENTS;
