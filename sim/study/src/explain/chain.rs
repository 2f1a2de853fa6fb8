//! Why one node has a patch or has it not: a verdict, and the dated chain of causes behind it.

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::config::Surface;
use patchbench_model::ssm::{ComplianceLevel, OperatingSystem};
use patchbench_model::world::{NotApplicable, WithdrawnBy};

use super::approach::{BaselineChoice, Filter, Mismatch, RuleOutcome};
use super::basis::Basis;
use super::names::PatchName;
use super::opportunity::{Broken, Opportunity};
use super::reason::Reason;

/// Why a node has a patch or not.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeExplanation {
    /// Name of the node.
    pub node: String,
    /// Its patch group; empty without one.
    pub group: String,
    /// Its tags, each as `key = value`.
    pub tags: Vec<String>,
    /// The patch.
    pub patch: PatchName,
    /// The instant that was asked about.
    pub at: SimTime,
    /// When the simulation ends.
    pub horizon: SimTime,
    /// Seed of all draws.
    pub seed: u64,
    /// The replication that was played.
    pub replication: u64,
    /// The answer.
    pub verdict: Verdict,
    /// What led to it, in order.
    pub chain: Vec<Step>,
    /// When the node gets the patch after the instant that was asked about.
    pub later: Option<Had>,
    /// When the next window that installs on the node opens after that instant.
    pub next_opening: Option<(String, SimTime)>,
    /// Whether another replication might answer otherwise.
    pub by_chance: bool,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The node has it.
    Has(Had),
    /// It has not.
    HasNot {
        /// Why.
        reason: Reason,
        /// The opportunity that the reason speaks of.
        last: Option<Box<Opportunity>>,
        /// How the other opportunities went.
        others: Vec<(Reason, u32)>,
    },
}

/// Since when a node has a patch.
#[derive(Clone, Debug, PartialEq)]
pub struct Had {
    /// Since when.
    pub since: SimTime,
    /// How it came.
    pub how: HadHow,
    /// Opportunities before that had not brought it.
    pub before: Vec<(Reason, u32)>,
}

/// How a patch came to a node.
#[derive(Clone, Debug, PartialEq)]
pub enum HadHow {
    /// It was there at the start.
    AtStart {
        /// The pool is patched through this instant.
        patched_through: SimTime,
    },
    /// An invocation installed it.
    Installed {
        /// Name of the window.
        window: String,
        /// What AWS calls it.
        surface: Surface,
        /// When it had opened.
        opened: SimTime,
        /// Name of the task.
        task: String,
        /// What was installed, if that was a successor that replaces the patch.
        inside: Option<PatchName>,
        /// Whether the node rebooted.
        rebooted: bool,
        /// Whether it still waits for its reboot.
        pending_reboot: bool,
        /// The bad patch that kept the node from coming back from that reboot.
        lost: Option<Box<Broken>>,
    },
}

/// A step of the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When, for what has a date.
    pub at: Option<SimTime>,
    /// What.
    pub what: What,
    /// The rules that it rests on.
    pub basis: Vec<Basis>,
}

/// What a step says.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// The patch is released, or available if that is later.
    Released {
        /// What the approval delay counts from, where it is another instant.
        delay_from: Option<SimTime>,
    },
    /// It applies to the node.
    Applies {
        /// Operating system of both.
        operating_system: OperatingSystem,
        /// Product, or application, of the patch; `None`: it fits every product.
        product: Option<String>,
    },
    /// It does not apply to the node.
    DoesNotApply {
        /// Why.
        why: NotApplicable,
        /// What the patch is for.
        patch: String,
        /// What the node has.
        node: String,
    },
    /// The baseline that decides.
    Baseline {
        /// Its name.
        name: String,
        /// Why this one.
        choice: BaselineChoice,
        /// When a change made it what it is, or the one that decides.
        since: Option<SimTime>,
    },
    /// The baseline has sources, and none for the node's product: every run on it fails.
    NoSource {
        /// The node's product.
        product: String,
        /// The products that its sources are for.
        sources: Vec<String>,
    },
    /// No baseline is there.
    NoBaseline,
    /// It is for another operating system than the baseline.
    OtherOperatingSystem,
    /// The patch is on the approved list.
    ApprovedList {
        /// The entry that names it.
        entry: String,
        /// A global filter would have dropped it.
        dropped: bool,
    },
    /// The patch is on the rejected list.
    RejectedList {
        /// The entry that names it.
        entry: String,
    },
    /// A global filter drops it.
    GlobalFilter(Mismatch),
    /// A rule of the baseline.
    Rule {
        /// Its number, from 1.
        number: usize,
        /// What it asks for.
        filters: Vec<Filter>,
        /// What it says.
        outcome: RuleOutcome,
    },
    /// The baseline has no rules.
    NoRules,
    /// The patch, or a successor that replaces it, is approved.
    Approved {
        /// The successor.
        successor: Option<PatchName>,
        /// By the rule of this number; `None`: by the approved list.
        rule: Option<usize>,
        /// Compliance level at that instant.
        level: ComplianceLevel,
    },
    /// A change takes its approval away.
    ApprovalEnded,
    /// A dated change of the scenario that concerns the node.
    Changed {
        /// What it is called, if it has a name.
        name: Option<String>,
        /// What it sets: paths and values.
        edits: Vec<(String, String)>,
    },
    /// Further successors are approved in between.
    MoreSuccessors {
        /// How many.
        count: usize,
    },
    /// A successor takes its place.
    Superseded {
        /// The successor.
        by: Option<PatchName>,
        /// Time left to its own approval, if that never came.
        before_approval: Option<SimDuration>,
    },
    /// It, or a successor that replaces it, is taken back.
    Withdrawn {
        /// The successor.
        successor: Option<PatchName>,
        /// By whom.
        by: WithdrawnBy,
        /// Whether there was nothing wrong with it.
        false_alarm: bool,
    },
    /// The fault of a bad patch shows on the node some time after its install.
    Symptom {
        /// The bad patch.
        patch: PatchName,
        /// Until when the node cannot be reached.
        until: Option<SimTime>,
    },
    /// It was there at the start.
    ThereAtStart {
        /// The pool is patched through this instant.
        patched_through: SimTime,
    },
    /// No task is sent to the node.
    NotTargeted,
    /// A window that installs on the node does not open since a change freeze holds.
    Frozen {
        /// Name of the window.
        window: String,
        /// Name of the freeze.
        freeze: String,
    },
    /// A command that was to be sent to the node.
    Opportunity(Box<Opportunity>),
    /// A later reboot settles the install.
    Rebooted,
}
