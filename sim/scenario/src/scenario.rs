//! A scenario as the rest of the program sees it.

use std::path::Path;

use patchbench_kernel::SimDuration;
use patchbench_model::config::ModelConfig;

use crate::codes;
use crate::document::Item;
use crate::files::{Directory, read_file};
use crate::leaves::{Leaf, leaves};
use crate::overrides::Override;
use crate::problem::{Problem, Sources};
use crate::read::load_text;
use crate::sweep::Sweep;

/// A validated scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// What the model plays.
    pub config: ModelConfig,
    /// How it is studied.
    pub study: StudySettings,
    /// What must hold.
    pub assertions: Vec<Assertion>,
    /// Every setting with its value.
    pub settings: Vec<SettingChoice>,
    /// Files it was read from.
    pub inputs: Vec<InputFile>,
    /// SHA-256 over its canonical form, without seed and number of replications, and its inputs.
    pub hash: String,
    /// How many replications the limits of memory and time allow.
    pub most_replications: u64,
    /// What `[sweep]` varies.
    pub sweep: Option<Sweep>,
}

/// `[study]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StudySettings {
    /// Seed of all draws.
    pub seed: u64,
    /// Number of replications.
    pub replications: u64,
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingChoice {
    /// Name, as in `[settings]`.
    pub name: &'static str,
    /// Value in force.
    pub value: String,
    /// Section of the semantics that explains it.
    pub section: &'static str,
    /// Whether it is the default.
    pub is_default: bool,
}

/// A file that a scenario was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// Its name as the scenario gives it.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// What an assertion is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Time from release until a share of the nodes has a patch.
    TimeToCoverage,
    /// Probability that the error threshold stops a task.
    Stop,
    /// Nodes that did not end in Success, in the worst opening.
    NodesLeft,
    /// Share of the targets sent to before the cutoff, in the worst opening.
    StartedBeforeCutoff,
    /// Node-days from release to install.
    Exposure,
    /// The same, weighted by the share of flaws that are exploited by then.
    ExploitableExposure,
    /// Share of the nodes and patches that an exploit finds unpatched.
    UnpatchedAtExploit,
    /// Share of the nodes and patches that were patched by a deadline.
    SlaAttainment,
    /// Patches that are released and not installed, a node, averaged over time.
    Backlog,
    /// Patches that a successor replaced before any node had installed them.
    SupersededUnseen,
    /// Reboots a node and year.
    RebootsPerNodeYear,
    /// Most invocations in progress at once.
    PeakInProgress,
    /// Openings skipped since the execution before was still in progress.
    OpeningsSkipped,
    /// Bad patches that come out.
    BadPatches,
    /// Those of them that are offered to nodes before they are withdrawn or replaced.
    Escapes,
    /// Nodes that the widest bad patch reached: they installed it or tried to.
    BlastRadius,
    /// Nodes that installed a bad patch, summed over the bad patches.
    BadInstalls,
    /// Nodes that the worst bad patch broke.
    NodesBroken,
    /// The same as a share of all nodes.
    BrokenShareOfFleet,
    /// Largest share that a bad patch broke of the nodes that it could.
    BrokenShareOfClass,
    /// Nodes that a bad patch had reached when it showed first.
    ReachedAtFirstSymptom,
    /// Nodes that a bad patch had reached when the monitoring raised its alarm.
    ReachedAtAlarm,
    /// Nodes that a bad patch had broken when the monitoring raised its alarm.
    BrokenAtAlarm,
    /// Time from release until a bad patch shows first.
    TimeToFirstSymptom,
    /// Time from release until the monitoring raises its alarm about a bad patch.
    TimeToDetection,
    /// Probability that the error threshold stops a task that meets a bad patch.
    TrueStop,
    /// Probability that it does not.
    MissedStop,
    /// Probability that the error threshold stops a task in an opening without a bad patch.
    FalseStop,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 28] = [
        Self::TimeToCoverage,
        Self::Stop,
        Self::NodesLeft,
        Self::StartedBeforeCutoff,
        Self::Exposure,
        Self::ExploitableExposure,
        Self::UnpatchedAtExploit,
        Self::SlaAttainment,
        Self::Backlog,
        Self::SupersededUnseen,
        Self::RebootsPerNodeYear,
        Self::PeakInProgress,
        Self::OpeningsSkipped,
        Self::BadPatches,
        Self::Escapes,
        Self::BlastRadius,
        Self::BadInstalls,
        Self::NodesBroken,
        Self::BrokenShareOfFleet,
        Self::BrokenShareOfClass,
        Self::ReachedAtFirstSymptom,
        Self::ReachedAtAlarm,
        Self::BrokenAtAlarm,
        Self::TimeToFirstSymptom,
        Self::TimeToDetection,
        Self::TrueStop,
        Self::MissedStop,
        Self::FalseStop,
    ];

    /// Those about bad patches, which take a `[bad_patches.…]` table.
    pub const OF_BAD_PATCHES: [Self; 12] = [
        Self::BadPatches,
        Self::Escapes,
        Self::BlastRadius,
        Self::BadInstalls,
        Self::NodesBroken,
        Self::BrokenShareOfFleet,
        Self::BrokenShareOfClass,
        Self::ReachedAtFirstSymptom,
        Self::ReachedAtAlarm,
        Self::BrokenAtAlarm,
        Self::TimeToFirstSymptom,
        Self::TimeToDetection,
    ];

    /// Whether it is a probability, which is bounded itself.
    pub const fn is_probability(self) -> bool {
        matches!(
            self,
            Self::Stop | Self::TrueStop | Self::MissedStop | Self::FalseStop
        )
    }

    /// Its name in a scenario.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TimeToCoverage => "time_to_coverage",
            Self::Stop => "stop",
            Self::NodesLeft => "nodes_left",
            Self::StartedBeforeCutoff => "started_before_cutoff",
            Self::Exposure => "exposure",
            Self::ExploitableExposure => "exploitable_exposure",
            Self::UnpatchedAtExploit => "unpatched_at_exploit",
            Self::SlaAttainment => "sla_attainment",
            Self::Backlog => "backlog",
            Self::SupersededUnseen => "superseded_unseen",
            Self::RebootsPerNodeYear => "reboots_per_node_year",
            Self::PeakInProgress => "peak_in_progress",
            Self::OpeningsSkipped => "openings_skipped",
            Self::BadPatches => "bad_patches",
            Self::Escapes => "escapes",
            Self::BlastRadius => "blast_radius",
            Self::BadInstalls => "bad_installs",
            Self::NodesBroken => "nodes_broken",
            Self::BrokenShareOfFleet => "broken_share_of_fleet",
            Self::BrokenShareOfClass => "broken_share_of_class",
            Self::ReachedAtFirstSymptom => "reached_at_first_symptom",
            Self::ReachedAtAlarm => "reached_at_alarm",
            Self::BrokenAtAlarm => "broken_at_alarm",
            Self::TimeToFirstSymptom => "time_to_first_symptom",
            Self::TimeToDetection => "time_to_detection",
            Self::TrueStop => "true_stop",
            Self::MissedStop => "missed_stop",
            Self::FalseStop => "false_stop",
        }
    }
}

/// A bound with its direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// `at_most`
    AtMost(Quantity),
    /// `at_least`
    AtLeast(Quantity),
}

/// A number or a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantity {
    /// A time.
    Duration(SimDuration),
    /// A number.
    Number(f64),
}

/// `[[assert]]`
#[derive(Clone, Debug, PartialEq)]
pub struct Assertion {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub metric: Metric,
    /// Only this patch group.
    pub group: Option<String>,
    /// Only patches of this severity.
    pub severity: Option<String>,
    /// Only this patch, by id or knowledge base number.
    pub patch: Option<String>,
    /// Only this window.
    pub window: Option<String>,
    /// Share of the nodes, for [`Metric::TimeToCoverage`].
    pub coverage: Option<f64>,
    /// Index into the deadlines of the scenario, for [`Metric::SlaAttainment`].
    pub sla: Option<usize>,
    /// What must hold.
    pub bound: Bound,
    /// In which share of the replications.
    pub in_share: f64,
    /// The estimate over the replications that is bounded instead, if one is.
    pub estimate: Option<Estimate>,
}

/// What of the distribution over replications an assertion bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Estimate {
    /// The mean.
    Mean,
    /// The median.
    Median,
    /// The 95th percentile.
    P95,
}

impl Estimate {
    /// All estimates.
    pub const ALL: [Self; 3] = [Self::Mean, Self::Median, Self::P95];

    /// Its name in a scenario.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Median => "median",
            Self::P95 => "p95",
        }
    }
}

/// Sizes beyond which a scenario is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nodes of the fleet.
    pub max_nodes: u64,
    /// Nodes listed one by one, and pools of unlike nodes.
    pub max_listed_nodes: u64,
    /// Replications of a study.
    pub max_replications: u64,
    /// Openings of all windows.
    pub max_openings: u64,
    /// Patches of all streams.
    pub max_patches: u64,
    /// Bytes that the patches need as every kind of node meets them.
    pub max_catalog_bytes: u64,
    /// Bytes that the records of replications may need together.
    pub max_record_bytes: u64,
    /// How many of them there are at a time, at most: what summing up needs grows no further.
    pub records_kept: u64,
    /// Invocations of all replications: at 60 ns each, a million million take 17 hours of one core.
    pub max_invocations: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_nodes: 50_000_000,
            max_listed_nodes: 1_000_000,
            max_replications: 1_000_000_000,
            max_openings: 200_000,
            max_patches: 100_000,
            max_catalog_bytes: 2 << 30,
            max_record_bytes: 8 << 30,
            records_kept: 1024,
            max_invocations: 1_000_000_000_000,
        }
    }
}

impl Limits {
    /// Of what pairs replications one by one, and keeps them all.
    pub fn pairing() -> Self {
        Self {
            records_kept: u64::MAX,
            ..Self::default()
        }
    }

    /// Of what is shared out to many machines: none of time.
    pub fn sharded() -> Self {
        Self {
            max_invocations: u64::MAX,
            ..Self::default()
        }
    }
}

/// What reading a scenario gave.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The texts that problems point into.
    pub sources: Sources,
    /// All problems, errors first.
    pub problems: Vec<Problem>,
    /// The scenario, unless there was an error.
    pub scenario: Option<Scenario>,
    /// What it was read from, overrides applied.
    pub(crate) document: Option<Item>,
}

impl Loaded {
    /// All values of the scenario with their paths, overrides applied, in the order of the file.
    pub fn leaves(&self) -> Vec<Leaf> {
        self.document.as_ref().map_or_else(Vec::new, leaves)
    }
}

/// Larger scenario files are refused: 32 MiB. Lists of nodes and releases have files of their own.
const LARGEST_SCENARIO: u64 = 32 << 20;

/// Reads a scenario file; paths in it are relative to its folder.
pub fn load(path: &Path, overrides: &[Override], limits: &Limits) -> Loaded {
    let name = path.display().to_string();
    match read_file(path, LARGEST_SCENARIO) {
        Ok(text) => {
            let folder = path.parent().unwrap_or(Path::new("."));
            load_text(&name, &text, &Directory::new(folder), overrides, limits)
        }
        Err(error) => {
            let mut sources = Sources::default();
            let source = sources.add(&name, error.read.as_str());
            let message = format!("{name} cannot be read: {error}");
            let problem = Problem::error(codes::FILE, message).at((source, error.at()));
            Loaded {
                sources,
                problems: vec![problem],
                scenario: None,
                document: None,
            }
        }
    }
}

/// A commented scenario to start from.
pub fn template() -> &'static str {
    include_str!("template.toml")
}
