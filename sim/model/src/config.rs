//! The validated input of a run: plain data, names bound, nothing left to check.

use chrono::NaiveDate;
use patchbench_calendar::Schedule;
use patchbench_kernel::{SimDuration, SimTime};

use crate::catalog::{BadPatches, ReleaseStream};
pub use crate::change::{Change, Edit, PoolChange, WindowChange, WindowPeriod, window_periods};
use crate::fleet::{Behavior, ConfigurationClass, Monitoring, NodePool};
use crate::measures::Measures;
use crate::ssm::{NO_TASKS, OperatingSystem, PatchBaseline, Target};
use crate::units::RateLimit;

/// Everything the simulated world needs to know.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelConfig {
    /// Name of the scenario.
    pub name: String,
    /// When the simulation begins.
    pub start: SimTime,
    /// When it ends.
    pub horizon: SimTime,
    /// Where patches come from.
    pub releases: Vec<ReleaseStream>,
    /// All baselines that are in use: custom ones first, then AWS-owned ones.
    pub baselines: Vec<PatchBaseline>,
    /// `RegisterPatchBaselineForPatchGroup`: at most one per group and operating system.
    pub registrations: Vec<Registration>,
    /// The default baseline of each operating system.
    pub default_baselines: Vec<(OperatingSystem, usize)>,
    /// The nodes.
    pub pools: Vec<NodePool>,
    /// How installs behave.
    pub behaviors: Vec<Behavior>,
    /// The maintenance windows.
    pub windows: Vec<MaintenanceWindow>,
    /// Periods in which windows do not open.
    pub freezes: Vec<ChangeFreeze>,
    /// Outcomes that are given instead of drawn.
    pub outcomes: Vec<ScriptedOutcome>,
    /// What is changed while time goes on, by time.
    pub changes: Vec<Change>,
    /// What the run is measured by.
    pub measures: Measures,
    /// Bad patches, whom they break and who notices.
    pub faults: FaultModel,
    /// The rules that AWS does not document.
    pub settings: Settings,
}

/// Patches that break nodes. With its default no patch is bad.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultModel {
    /// Nodes that are configured alike, for what bad patches break.
    pub configuration_classes: Vec<ConfigurationClass>,
    /// How patches turn out bad.
    pub bad_patches: Vec<BadPatches>,
    /// Who watches for the symptoms of bad patches.
    pub monitoring: Option<Monitoring>,
}

/// A patch group bound to a baseline. Semantics, section 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Value of the patch group tag.
    pub patch_group: String,
    /// Index into [`ModelConfig::baselines`].
    pub baseline: usize,
}

/// The part of AWS that runs a patching document on many nodes. Semantics, sections 6.2 and 7.6.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Surface {
    /// A maintenance window.
    #[default]
    MaintenanceWindow,
    /// `SendCommand`, once.
    RunCommand,
    /// Patch now, once.
    PatchNow,
    /// A patch policy of Quick Setup.
    PatchPolicy,
}

impl Surface {
    /// A word for what a user set up there.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::MaintenanceWindow => "window",
            Self::RunCommand => "command",
            Self::PatchNow => "Patch now",
            Self::PatchPolicy => "patch policy",
        }
    }

    /// Whether all nodes of an execution see the rules as they were when it began: windows fill in a
    /// snapshot id; without one every node has a snapshot of its own. Semantics, section 7.4.
    pub const fn shares_snapshot(self) -> bool {
        matches!(self, Self::MaintenanceWindow)
    }

    /// Whether it has a cutoff and an end.
    pub const fn closes(self) -> bool {
        matches!(self, Self::MaintenanceWindow)
    }
}

/// A maintenance window, or another surface that is played as one: it opens when its commands are
/// sent and stays open for a day without a cutoff, so that nothing ends them but themselves.
/// Semantics, section 4.
#[derive(Clone, Debug, PartialEq)]
pub struct MaintenanceWindow {
    /// Its name.
    pub name: String,
    /// What AWS calls it.
    pub surface: Surface,
    /// When it opens.
    pub schedule: Schedule,
    /// Hours it lasts, 1 to 24.
    pub duration_hours: u8,
    /// Hours before its end from which no task starts; less than the duration.
    pub cutoff_hours: u8,
    /// A disabled window never opens.
    pub enabled: bool,
    /// `AllowUnassociatedTargets`.
    pub allow_unassociated_targets: bool,
    /// Registered targets.
    pub targets: Vec<WindowTarget>,
    /// Registered tasks.
    pub tasks: Vec<Task>,
}

impl MaintenanceWindow {
    /// Whether any of its tasks installs.
    pub fn installs(&self) -> bool {
        self.tasks.iter().any(|task| task.operation == Operation::Install)
    }

    /// What AWS says beside the status of its executions.
    pub fn status_details(&self) -> Option<&'static str> {
        self.tasks.is_empty().then_some(NO_TASKS)
    }
}

/// A calendar period with no changes: windows do not open in it. What has opened before goes on.
/// AWS has no such thing for windows; teams disable them for the time, which comes to the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeFreeze {
    /// Its name.
    pub name: String,
    /// From when.
    pub from: SimTime,
    /// Until when, exclusive.
    pub until: SimTime,
    /// Windows that it holds for (indices); `None`: all.
    pub windows: Option<Vec<usize>>,
}

impl ChangeFreeze {
    /// Whether it keeps this window from opening at this instant.
    pub fn holds(&self, window: usize, at: SimTime) -> bool {
        let concerned = self
            .windows
            .as_ref()
            .is_none_or(|windows| windows.contains(&window));
        concerned && (self.from..self.until).contains(&at)
    }
}

/// A target registered with a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowTarget {
    /// Its name.
    pub name: String,
    /// Entries that must all hold.
    pub targets: Vec<Target>,
}

/// What a task is sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskTarget {
    /// `WindowTargetIds`: index into [`MaintenanceWindow::targets`].
    Window(usize),
    /// Entries on the task itself that must all hold.
    Direct(Vec<Target>),
}

/// `Operation` of AWS-RunPatchBaseline. Semantics, section 7.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Determine states, install nothing.
    Scan,
    /// Install what is approved and missing.
    Install,
}

/// `RebootOption` of AWS-RunPatchBaseline. Semantics, section 7.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RebootOption {
    /// `RebootIfNeeded`
    #[default]
    RebootIfNeeded,
    /// `NoReboot`
    NoReboot,
}

/// `CutoffBehavior` of a window task. Semantics, section 4.5.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CutoffBehavior {
    /// `CONTINUE_TASK`
    #[default]
    ContinueTask,
    /// `CANCEL_TASK`
    CancelTask,
}

/// `InstallOverrideList` and `BaselineOverride` of AWS-RunPatchBaseline. Semantics, section 7.4.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Entries of the list: what an Install installs instead of what is approved; a Scan ignores it.
    /// Each names a patch as an entry of an approved list does.
    pub install_list: Option<Vec<String>>,
    /// Baselines (indices into [`ModelConfig::baselines`]), at most one for each operating system: used
    /// instead of those that groups and defaults give. Nodes then do not report compliance.
    pub baselines: Vec<usize>,
}

impl Overrides {
    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.install_list.is_none() && self.baselines.is_empty()
    }
}

/// A task of a window: AWS-RunPatchBaseline by Run Command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// What it is sent to, one after the other.
    pub targets: Vec<TaskTarget>,
    /// Scan or Install.
    pub operation: Operation,
    /// What is used instead of the baseline.
    pub overrides: Overrides,
    /// Whether nodes may reboot.
    pub reboot_option: RebootOption,
    /// 0 is the highest.
    pub priority: u32,
    /// How many nodes run it at once.
    pub max_concurrency: RateLimit,
    /// How many errors are allowed.
    pub max_errors: RateLimit,
    /// What happens at the window's cutoff.
    pub cutoff_behavior: CutoffBehavior,
    /// `TimeoutSeconds`, for delivery: 30 to 2,592,000.
    pub timeout_seconds: u32,
    /// `StepTimeoutSeconds` of the document: an invocation that runs longer is ExecutionTimedOut.
    pub step_timeout_seconds: u32,
}

/// An outcome that is given instead of drawn: for worked examples and post-mortems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptedOutcome {
    /// Node number, counted through the pools.
    pub node: u32,
    /// Only in this window (index), or in all.
    pub window: Option<usize>,
    /// Only for this task of the window (index), or for all.
    pub task: Option<usize>,
    /// Only when the window opens on this day (in the window's zone), or always.
    pub on: Option<NaiveDate>,
    /// What happens.
    pub result: ScriptedResult,
}

/// Results that can be scripted. Semantics, section 6.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScriptedResult {
    /// Success, whatever would have been drawn.
    Success,
    /// Failed: counts as an error.
    Failed,
    /// ExecutionTimedOut: counts as an error.
    ExecutionTimedOut,
    /// DeliveryTimedOut: not an error; holds its slot for the delivery timeout.
    DeliveryTimedOut,
    /// Undeliverable: not an error, at once.
    Undeliverable,
    /// InvalidPlatform: not an error, at once.
    InvalidPlatform,
    /// AccessDenied: not an error, at once.
    AccessDenied,
}

/// The rules that AWS does not document, each with the default that the semantics recommend
/// (Semantics, section 10). Settings of schedules are part of each [`Schedule`], and settings about
/// reading files act before this point.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Whether a patch is approved at the very instant its delay ends. Section 2.4.
    pub approval_boundary: ApprovalBoundary,
    /// Approved patches are approved even outside the global filter. Section 2.6.
    pub approved_list_bypasses_global: bool,
    /// Whether superseded patches stop being candidates. Section 2.6.
    pub supersedence: Supersedence,
    /// Whether a task may start at the cutoff itself. Section 4.5.
    pub cutoff_inclusive: bool,
    /// Several targets of one task: one after the other, or as one. Section 4.5.
    pub multi_target_task: MultiTargetTask,
    /// Probability that CANCEL_TASK stops an invocation that is on its node. Section 4.5.
    pub cancel_kills_running: f64,
    /// Status of tasks that never started. Section 4.5.
    pub unstarted_task_status: TaskStatus,
    /// Status of tasks without a matching node. Section 4.6.
    pub no_target_task_status: TaskStatus,
    /// Whether an invocation that waits for its node holds a slot. Section 5.
    pub offline_holds_slot: bool,
    /// How percentages become numbers. Section 6.3.
    pub percent_rounding: PercentRounding,
    /// How concurrency rises at the start of a command. Section 6.5.
    pub ramp: Ramp,
    /// Time until a sent invocation is acknowledged, which `ramp = "ack"` waits for. Section 6.5.
    pub ack_delay: SimDuration,
    /// In which order nodes are sent to. Section 6.5.
    pub target_order: TargetOrder,
    /// Order of completions and sends at one instant. Section 6.4.
    pub tie_order: TieOrder,
    /// When a command counts as Failed. Section 6.6.
    pub command_status_rule: CommandStatusRule,
    /// Whether patch commands lock their node. Section 7.5.
    pub node_lock: NodeLock,
    /// Whether patches that came from outside can be INSTALLED_PENDING_REBOOT. Section 8.3.
    pub external_pending_reboot: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            approval_boundary: ApprovalBoundary::Inclusive,
            approved_list_bypasses_global: true,
            supersedence: Supersedence::Drop,
            cutoff_inclusive: false,
            multi_target_task: MultiTargetTask::Sequential,
            cancel_kills_running: 0.0,
            unstarted_task_status: TaskStatus::TimedOut,
            no_target_task_status: TaskStatus::Failed,
            offline_holds_slot: true,
            percent_rounding: PercentRounding::Floor,
            ramp: Ramp::Ack,
            ack_delay: SimDuration::ZERO,
            target_order: TargetOrder::Id,
            tie_order: TieOrder::CompletionsFirst,
            command_status_rule: CommandStatusRule::StrictExceed,
            node_lock: NodeLock::Since2025,
            external_pending_reboot: false,
        }
    }
}

/// `approval_boundary`: at the instant itself, or only after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApprovalBoundary {
    /// Approved from the instant on.
    Inclusive,
    /// Approved one millisecond later.
    Strict,
}

/// `supersedence`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supersedence {
    /// A superseded patch is no candidate: on Windows from its successor's release, elsewhere from
    /// its successor's approval.
    Drop,
    /// It stays a candidate.
    Keep,
}

/// `multi_target_task`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MultiTargetTask {
    /// One command per window target, one after the other.
    Sequential,
    /// One command for the nodes of all targets together.
    Merged,
}

/// `percent_rounding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PercentRounding {
    /// Down.
    Floor,
    /// Up.
    Ceil,
    /// To the nearest whole number, halves up.
    Nearest,
}

/// `ramp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ramp {
    /// One node, then two more, then four more, each time the last step has been acknowledged; with a
    /// delay of zero as `Off`.
    Ack,
    /// All slots from the start.
    Off,
    /// One node, then two, doubling each time a whole step has finished.
    Complete,
}

/// `target_order`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetOrder {
    /// By node number.
    Id,
    /// As `InstanceIds` lists them, then by node number.
    Listed,
    /// A shuffle drawn anew for each command.
    Shuffled,
}

/// `tie_order`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TieOrder {
    /// All completions of an instant, then the stop decision, then sends.
    CompletionsFirst,
    /// Slots that free at an instant are refilled before its errors are counted.
    SendsFirst,
}

/// `command_status_rule`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandStatusRule {
    /// Failed when errors exceed the limit.
    StrictExceed,
    /// Failed when errors reach the limit (at least one).
    Literal,
}

/// `node_lock`: whether a patch command that finds another one on its node fails or waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeLock {
    /// From 2025-11-01 on, when AWS introduced it.
    Since2025,
    /// Always.
    On,
    /// Never: both run.
    Off,
}

impl NodeLock {
    /// 2025-11-01T00:00:00Z. The documents with the lock came out in that month.
    const INTRODUCED: SimTime = SimTime::from_millis(1_761_955_200_000);

    /// Whether a command that starts at this instant heeds and takes the lock.
    pub fn holds_at(self, at: SimTime) -> bool {
        match self {
            Self::Since2025 => at >= Self::INTRODUCED,
            Self::On => true,
            Self::Off => false,
        }
    }
}

/// Status of a window execution, task execution or task invocation. Semantics, section 4.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskStatus {
    /// `PENDING`
    Pending,
    /// `IN_PROGRESS`
    InProgress,
    /// `SUCCESS`
    Success,
    /// `FAILED`
    Failed,
    /// `TIMED_OUT`
    TimedOut,
    /// `CANCELLED`
    Cancelled,
    /// `SKIPPED_OVERLAPPING`
    SkippedOverlapping,
}

impl TaskStatus {
    /// The API's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::InProgress => "IN_PROGRESS",
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Cancelled => "CANCELLED",
            Self::SkippedOverlapping => "SKIPPED_OVERLAPPING",
        }
    }
}
