//! What an account has of patching, as far as an import found it: what every importer builds, and
//! what becomes a scenario.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::node::Node;
use super::places::Places;
use crate::read::Place;

/// Baselines, windows, commands and instances, in the order in which they were created.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    pub(crate) baselines: Vec<Baseline>,
    pub(crate) windows: Vec<Window>,
    pub(crate) commands: Vec<SentCommand>,
    pub(crate) instances: Vec<Instance>,
    /// All nodes and their tags are known: there are no others.
    pub(crate) whole_fleet: bool,
}

/// A patch baseline. Texts are AWS's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Baseline {
    pub(crate) name: String,
    pub(crate) operating_system: String,
    pub(crate) description: Option<String>,
    pub(crate) global_filters: Vec<Filter>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) approved_patches: Vec<String>,
    pub(crate) approved_level: Option<String>,
    pub(crate) approved_non_security: bool,
    pub(crate) rejected_patches: Vec<String>,
    pub(crate) rejected_action: Option<String>,
    pub(crate) updates_status: Option<String>,
    pub(crate) sources: Vec<Source>,
    pub(crate) patch_groups: Vec<String>,
    pub(crate) is_default: bool,
    pub(crate) places: Places,
}

/// `PatchFilter`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

/// `PatchRule`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) filters: Vec<Filter>,
    pub(crate) approval: Approval,
    pub(crate) level: Option<String>,
    pub(crate) non_security: bool,
    pub(crate) places: Places,
}

/// `ApproveAfterDays` or `ApproveUntilDate`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Approval {
    AfterDays(i64),
    /// `YYYY-MM-DD`
    UntilDate(String),
}

/// `PatchSource`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) products: Vec<String>,
    pub(crate) configuration: String,
    pub(crate) places: Places,
}

/// A maintenance window with its targets and tasks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) schedule: String,
    pub(crate) timezone: Option<String>,
    pub(crate) offset: Option<i64>,
    pub(crate) start_date: Option<String>,
    pub(crate) end_date: Option<String>,
    pub(crate) opens: Opens,
    pub(crate) duration: i64,
    pub(crate) cutoff: i64,
    /// `None`: not said, which the AWS CLI refuses.
    pub(crate) allow_unassociated_targets: Option<bool>,
    /// `None`: not said, which is true.
    pub(crate) enabled: Option<bool>,
    pub(crate) targets: Vec<WindowTarget>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) places: Places,
}

/// When a window with a rate opens, once.
#[derive(Clone, Debug, Default)]
pub(crate) enum Opens {
    /// As its dates and its schedule say.
    #[default]
    AsScheduled,
    /// At this instant, which stands there.
    At(DateTime<Utc>, Place),
    /// Whole periods after it was created at this instant, as far as is known.
    SinceCreation(DateTime<Utc>, Place),
    /// Nothing says it.
    Unknown,
}

/// A target that is registered with a window.
#[derive(Clone, Debug)]
pub(crate) struct WindowTarget {
    /// Its name in the scenario.
    pub(crate) name: String,
    pub(crate) entries: Vec<Target>,
    pub(crate) places: Places,
}

/// One entry of `Targets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
    pub(crate) places: Places,
}

/// What a task is sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TaskTarget {
    /// Index into [`Window::targets`].
    Window(usize),
    Direct(Vec<Target>),
}

/// AWS-RunPatchBaseline as a task of a window.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) name: String,
    pub(crate) targets: Vec<TaskTarget>,
    pub(crate) patching: Patching,
    pub(crate) priority: Option<i64>,
    pub(crate) max_concurrency: String,
    pub(crate) max_errors: String,
    pub(crate) cutoff_behavior: Option<String>,
    pub(crate) places: Places,
}

/// AWS-RunPatchBaseline sent at once.
#[derive(Clone, Debug)]
pub(crate) struct SentCommand {
    pub(crate) targets: Vec<Target>,
    pub(crate) patching: Patching,
    pub(crate) max_concurrency: Option<String>,
    pub(crate) max_errors: Option<String>,
    pub(crate) places: Places,
}

/// The parameters of AWS-RunPatchBaseline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Patching {
    pub(crate) operation: String,
    pub(crate) reboot_option: Option<String>,
    /// Seconds.
    pub(crate) timeout: Option<i64>,
    /// Seconds.
    pub(crate) step_timeout: Option<i64>,
    pub(crate) places: Places,
}

/// A node that something names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instance {
    pub(crate) id: String,
    /// Where it is named first.
    pub(crate) named: Option<Place>,
    pub(crate) tags: Vec<(String, String)>,
    /// Where the value of each tag is said.
    pub(crate) tagged: BTreeMap<String, Place>,
    /// `None`: nothing says it.
    pub(crate) platform: Option<Platform>,
    /// Where it is said that it runs some Linux, if nothing says which.
    pub(crate) some_linux: Option<Place>,
}

/// What a node runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Platform {
    pub(crate) operating_system: String,
    /// A Windows product.
    pub(crate) product: Option<String>,
    /// Where it is said.
    pub(crate) place: Option<Place>,
}

/// Where a member stands, for problems about it.
pub(crate) fn place_of(body: &Node, member: &str) -> Place {
    body.pair(member)
        .map_or_else(|| body.place.clone(), |pair| pair.node.place.clone())
}
