//! What one replication leaves behind: integers, exactly mergeable.

use patchbench_kernel::SimTime;

use super::catalog::Catalog;
use super::course::Course;
use super::observe::CommandId;
use crate::config::TaskStatus;
use crate::measures::MAX_SLAS;
use crate::ssm::{
    CommandCounts, CommandStatus, ComplianceLevel, InvocationStatus, PatchState, RateControl, VendorSeverity,
};

/// Shares of the nodes whose times are recorded, in percent.
pub const COVERAGE_PERCENTS: [u32; 4] = [50, 90, 95, 100];

/// The outcome of one replication.
#[derive(Clone, Debug, Default)]
pub struct RunRecord {
    /// The catalogue, where the replication drew its own.
    pub catalog: Option<Catalog>,
    /// Coverage of each patch in each patch group whose baseline approves it, now or later.
    pub coverage: Vec<CoverageRecord>,
    /// Every command, in order of its end (never started ones when that was settled); those in progress
    /// at the horizon come last.
    pub commands: Vec<CommandRecord>,
    /// Every window execution, in order of its end.
    pub windows: Vec<WindowRecord>,
    /// How each group stands at the instants of [`super::Plan::samples`].
    pub standings: Vec<Course>,
    /// What lay below or above the samples on both sides, by group.
    pub swings: Vec<Vec<Swing>>,
    /// Compliance by [`super::Plan::compliance_samples`] and group.
    pub compliance: Vec<Vec<ComplianceSample>>,
    /// Invocations in progress at each recording step of each window's profiled opening.
    pub occupancy: Vec<Vec<u32>>,
    /// What became of each bad patch, in the order of the catalogue.
    pub bad_patches: Vec<BadPatchRecord>,
    /// Hash of every event's time, phase, sequence and kind.
    pub fingerprint: u64,
}

/// How the nodes of a patch group stand at an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// All of them.
    pub nodes: u32,
    /// Those that have everything approved.
    pub fully_patched: u32,
    /// Those that are compliant in truth.
    pub compliant: u32,
    /// Those that have ever reported.
    pub reported: u32,
    /// Those of them whose last report is compliant.
    pub reported_compliant: u32,
}

/// What a share of the nodes is measured of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Nodes that have everything approved, of all.
    FullyPatched,
    /// Nodes that are compliant in truth, of all.
    Compliant,
    /// Nodes whose last report is compliant, of those that ever reported.
    ReportedCompliant,
}

impl Measure {
    /// All measures.
    pub const ALL: [Self; 3] = [Self::FullyPatched, Self::Compliant, Self::ReportedCompliant];
}

impl Standing {
    /// A share as nodes out of others, which may be none.
    pub fn share(&self, measure: Measure) -> [u32; 2] {
        match measure {
            Measure::FullyPatched => [self.fully_patched, self.nodes],
            Measure::Compliant => [self.compliant, self.nodes],
            Measure::ReportedCompliant => [self.reported_compliant, self.reported],
        }
    }
}

/// The lowest and the highest share between two samples, where one of them lies beyond both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swing {
    /// The later sample.
    pub sample: u16,
    /// What the shares are of.
    pub measure: Measure,
    /// The lowest share that was seen, as nodes out of others.
    pub low: [u32; 2],
    /// The highest.
    pub high: [u32; 2],
}

/// Compliance of the nodes of a patch group at an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ComplianceSample {
    /// As AWS shows it: as of each node's last report. Nodes that never reported are not in it.
    pub reported: ComplianceCounts,
    /// As it truly is.
    pub actual: ComplianceCounts,
}

/// Sums over nodes. Semantics, section 8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ComplianceCounts {
    /// Nodes that are counted.
    pub nodes: u32,
    /// Compliant ones among them.
    pub compliant: u32,
    /// Non-compliant nodes by their highest compliance level, in the order of `ComplianceLevel::ALL`.
    pub non_compliant_by_level: [u32; ComplianceLevel::ALL.len()],
    /// Patches by state, summed over the nodes, in the order of `PatchState::ALL`.
    pub patches: [u64; PatchState::ALL.len()],
    /// Non-compliant patches by vendor severity, summed over the nodes, in the order of
    /// `VendorSeverity::ALL`.
    pub non_compliant_by_severity: [u64; VendorSeverity::ALL.len()],
}

/// How a patch spread through a patch group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoverageRecord {
    /// Index into [`super::Plan::groups`].
    pub group: usize,
    /// Index into the catalogue.
    pub patch: usize,
    /// Nodes of the group that it applies to.
    pub nodes: u32,
    /// When exposure begins: its release, or the start of the simulation if that is later.
    pub released: SimTime,
    /// When it was approved for the group (the earliest of its classes); `None`: never offered to
    /// these nodes, since a successor came before its approval, or its approval comes after the
    /// horizon. Nodes to which a patch is offered and others have records of their own, as baselines
    /// foresee it: an alarm before the approval does not change that.
    pub approved: Option<SimTime>,
    /// When a successor took its place; [`SimTime::MAX`] when none has.
    pub candidate_until: SimTime,
    /// Nodes that had it (or a successor) at the end.
    pub covered: u32,
    /// Those of them that had the patch itself installed, not only a successor.
    pub installs: u32,
    /// Nodes that had it by the deadline of each of [`crate::measures::Measures::slas`]; 0 where the
    /// rule does not cover it.
    pub in_time: [u32; MAX_SLAS],
    /// When it reached each of [`COVERAGE_PERCENTS`] of the nodes; `None`: not within the horizon.
    pub reached: [Option<SimTime>; COVERAGE_PERCENTS.len()],
    /// Node-milliseconds from release to install (or the horizon), summed over the nodes.
    pub exposure_ms: i128,
    /// The same weighted by the share of flaws that are exploited by then, without zero-days, in half
    /// millionths; fractions are cut off once for each piece of the curve.
    pub exploitable: i128,
    /// That share at the install (or the horizon), summed over the nodes, in millionths; likewise.
    pub exploited_before: i128,
}

/// What a bad patch did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPatchRecord {
    /// Index into the catalogue.
    pub patch: usize,
    /// Nodes that it could break: those that it applies to, in the configuration classes that it
    /// breaks.
    pub breakable: u32,
    /// Since when it has been offered to any nodes; `None`: it was withdrawn or replaced before its
    /// approval, or before the start, or its approval comes after the horizon.
    pub approved: Option<SimTime>,
    /// Nodes that installed it.
    pub installed: u32,
    /// Nodes on which its fault showed; those where the install failed are not among the installed.
    pub broken: u32,
    /// Nodes that installed it, or whose install it made fail: its blast radius.
    pub reached: u32,
    /// When its fault showed first.
    pub first_symptom: Option<SimTime>,
    /// Nodes that it had reached by then, the one where it showed among them; 0 if it never did.
    pub reached_at_symptom: u32,
    /// When the monitoring raised an alarm.
    pub alarm: Option<SimTime>,
    /// Nodes that it had reached by the alarm; 0 without one.
    pub reached_at_alarm: u32,
    /// Nodes on which its fault had shown by the alarm; 0 without one.
    pub broken_at_alarm: u32,
}

/// How a command went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandRecord {
    /// Which command.
    pub id: CommandId,
    /// When its window opened.
    pub opened: SimTime,
    /// When it started; `None` if it never did.
    pub started: Option<SimTime>,
    /// When its last invocation ended; `None` if it never started or was still running at the horizon.
    pub ended: Option<SimTime>,
    /// Its resolved limits.
    pub control: RateControl,
    /// How its invocations ended.
    pub counts: CommandCounts,
    /// When errors exceeded MaxErrors, if they did.
    pub stopped: Option<SimTime>,
    /// Errors counted at that moment.
    pub errors_at_stop: u32,
    /// Invocations sent before the window's cutoff.
    pub sent_before_cutoff: u32,
    /// When the last invocation was sent.
    pub last_sent: Option<SimTime>,
    /// Nodes that reported themselves compliant at the end of their invocation.
    pub compliant: u32,
    /// Nodes that reported themselves non-compliant.
    pub non_compliant: u32,
    /// Patches reported MISSING, summed over the nodes.
    pub reported_missing: u64,
    /// Patches installed, summed over the nodes.
    pub installed: u64,
    /// Nodes that rebooted.
    pub rebooted: u32,
    /// A bad patch was among what its invocations were to install.
    pub met_bad_patch: bool,
    /// Its status.
    pub status: CommandStatus,
}

/// How a window execution went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowRecord {
    /// Index of the window.
    pub window: usize,
    /// Index of the opening.
    pub opening: usize,
    /// When its last task became terminal; `None` if that was not within the horizon.
    pub ended: Option<SimTime>,
    /// Its status.
    pub status: TaskStatus,
    /// Statuses of its tasks.
    pub tasks: Vec<TaskStatus>,
}

/// The smallest number of nodes that is at least `percent` of `nodes`.
pub fn nodes_at(percent: u32, nodes: u32) -> u32 {
    (u64::from(nodes) * u64::from(percent)).div_ceil(100) as u32
}

impl CommandRecord {
    /// A command of which nothing has been sent yet.
    pub(super) fn new(
        id: CommandId,
        opened: SimTime,
        started: Option<SimTime>,
        control: RateControl,
        targets: u32,
    ) -> Self {
        let mut counts = CommandCounts::default();
        counts.add(InvocationStatus::Pending, targets);
        Self {
            id,
            opened,
            started,
            ended: None,
            control,
            counts,
            stopped: None,
            errors_at_stop: 0,
            sent_before_cutoff: 0,
            last_sent: None,
            compliant: 0,
            non_compliant: 0,
            reported_missing: 0,
            installed: 0,
            rebooted: 0,
            met_bad_patch: false,
            status: CommandStatus::InProgress,
        }
    }
}
