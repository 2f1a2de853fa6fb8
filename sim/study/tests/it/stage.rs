//! Small scenarios: a fleet, one task, one patch.

use patchbench_model::config::ModelConfig;
use patchbench_model::world::{Nobody, Plan, RunRecord, simulate};
use patchbench_scenario::{FileReader, Limits, Scenario, load_text};
use rayon::prelude::*;

/// Seed of every run.
pub(crate) const SEED: u64 = 42;

/// A scenario in parts, each as it stands in the file.
pub(crate) struct Stage {
    pub(crate) schedule: &'static str,
    pub(crate) horizon: &'static str,
    /// Keys of the baseline's only rule.
    pub(crate) rule: String,
    /// Keys of the window.
    pub(crate) hours: String,
    /// `[nodes.…]` and `[behavior.…]` tables.
    pub(crate) fleet: String,
    /// Keys of the task.
    pub(crate) task: String,
    pub(crate) settings: &'static str,
    /// `[[outcome]]` tables.
    pub(crate) outcomes: String,
    /// Rows of the release file: id, release instant and, if it has any, the id that it supersedes.
    pub(crate) releases: String,
    /// Tables that other stages do without.
    pub(crate) more: String,
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            schedule: "at(2024-01-02T00:00:00)",
            horizon: "3d",
            rule: "approve_after_days = 0".to_owned(),
            hours: "duration = 24\ncutoff = 0".to_owned(),
            fleet: String::new(),
            task: String::new(),
            settings: "",
            outcomes: String::new(),
            releases: "patch,2024-01-01T12:00:00Z".to_owned(),
            more: String::new(),
        }
    }
}

/// The only file beside a scenario: `releases.csv`.
pub(crate) struct Releases(pub(crate) String);

impl FileReader for Releases {
    fn read(&self, path: &str) -> Result<String, String> {
        match path {
            "releases.csv" => Ok(self.0.clone()),
            other => Err(format!("there is no {other}")),
        }
    }
}

/// The release file of a stage.
fn release_file(rows: &str) -> Releases {
    let rows = rows.lines().map(|row| {
        let comma = if row.matches(',').count() == 1 { "," } else { "" };
        format!("{row}{comma},WINDOWS,Critical\n")
    });
    let head = "id,released_at,supersedes,operating_system,severity\n";
    Releases(format!("{head}{}", rows.collect::<String>()))
}

impl Stage {
    pub(crate) fn config(&self) -> ModelConfig {
        self.scenario().config
    }

    pub(crate) fn scenario(&self) -> Scenario {
        let Self {
            schedule,
            horizon,
            rule,
            hours,
            fleet,
            task,
            settings,
            outcomes,
            releases,
            more,
        } = self;
        let text = format!(
            r#"
format = 1
start = 2024-01-01T00:00:00Z
horizon = "{horizon}"
[releases.file]
kind = "file"
path = "releases.csv"
[baseline.all]
operating_system = "WINDOWS"
patch_groups = ["all"]
[[baseline.all.rule]]
{rule}
{fleet}
[window.window]
schedule = "{schedule}"
{hours}
[window.window.target.all]
"tag:Patch Group" = "all"
[[window.window.task]]
targets = ["all"]
step_timeout = "10h"
{task}
{outcomes}
[settings]
{settings}
{more}
"#
        );
        let loaded = load_text(
            "stage.toml",
            &text,
            &release_file(releases),
            &[],
            &Limits::default(),
        );
        let problems = loaded
            .problems
            .iter()
            .map(|problem| problem.render_plain(&loaded.sources));
        let problems: String = problems.collect();
        loaded.scenario.unwrap_or_else(|| panic!("{problems}\n{text}"))
    }
}

/// A pool of nodes with a behaviour of its own, given by its keys.
pub(crate) fn pool(name: &str, count: u64, behavior: &str) -> String {
    format!(
        r#"
[nodes.{name}]
count = {count}
operating_system = "WINDOWS"
tags = {{ "Patch Group" = "all" }}
behavior = "{name}"
[behavior.{name}]
{behavior}
"#
    )
}

/// A figure of each replication.
pub(crate) fn sample(
    config: &ModelConfig,
    replications: u64,
    figure: impl Fn(&RunRecord) -> f64 + Sync,
) -> Vec<f64> {
    let plan = Plan::new(config);
    (0..replications)
        .into_par_iter()
        .map(|replication| figure(&simulate(&plan, SEED, replication, &mut Nobody)))
        .collect()
}

/// The mean of a figure over replications.
pub(crate) fn mean(
    config: &ModelConfig,
    replications: u64,
    figure: impl Fn(&RunRecord) -> f64 + Sync,
) -> f64 {
    let values = sample(config, replications, figure);
    values.iter().sum::<f64>() / values.len() as f64
}

/// The mean lies within four standard errors of what it should be.
pub(crate) fn assert_mean(what: &str, values: &[f64], expected: f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let error = (squares / (n - 1.0) / n).sqrt();
    assert!(
        (mean - expected).abs() <= 4.0 * error + 1e-9 * expected.abs(),
        "{what}: {mean} instead of {expected}, standard error {error}"
    );
}
