//! Which of the rules that AWS does not document can matter to a scenario.

use patchbench_model::config::{ModelConfig, Task};
use patchbench_model::units::RateLimit;

/// A rule: its setting, when it can matter, and to what.
type Rule = (&'static str, fn(&ModelConfig) -> bool, &'static str);

/// The rules, as the semantics' section 10 lists them.
const RULES: &[Rule] = &[
    (
        "approval_boundary",
        |config| !config.baselines.is_empty(),
        "whether a patch is approved at the very instant at which its waiting days end",
    ),
    (
        "supersedence",
        |config| !config.releases.is_empty(),
        "whether a superseded patch stays a candidate",
    ),
    (
        "percent_rounding",
        |config| tasks(config).any(|task| is_percent(task.max_concurrency) || is_percent(task.max_errors)),
        "how percentages of MaxConcurrency and MaxErrors become numbers of nodes",
    ),
    (
        "ramp",
        |config| tasks(config).next().is_some(),
        "how fast the first nodes are sent to",
    ),
    (
        "target_order",
        |config| tasks(config).next().is_some(),
        "which nodes come first, and so which are left when the threshold stops a task",
    ),
    (
        "tie_order",
        |config| tasks(config).next().is_some(),
        "whether a node is sent to when an error comes at the same instant",
    ),
    (
        "cutoff_inclusive",
        |config| config.windows.iter().any(|window| window.cutoff_hours > 0),
        "whether a node is sent to at the very instant of the cutoff",
    ),
    (
        "node_lock",
        |config| config.windows.len() > 1,
        "whether two tasks can run on one node at once",
    ),
    (
        "multi_target_task",
        |config| tasks(config).any(|task| task.targets.len() > 1),
        "whether a task's targets share its limits",
    ),
];

fn tasks(config: &ModelConfig) -> impl Iterator<Item = &Task> {
    config.windows.iter().flat_map(|window| &window.tasks)
}

fn is_percent(limit: RateLimit) -> bool {
    matches!(limit, RateLimit::Percent(_))
}

/// What a setting decides in a scenario, if it can decide anything there.
pub(super) fn decides(setting: &str, config: &ModelConfig) -> Option<&'static str> {
    let rule = RULES.iter().find(|(name, ..)| *name == setting)?;
    (rule.1)(config).then_some(rule.2)
}
