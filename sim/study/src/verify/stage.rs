//! Small scenarios: a fleet, one window with one task, one patch.

use patchbench_model::config::ModelConfig;
use patchbench_scenario::{FileReader, Limits, Scenario, load_text};

/// A scenario in parts, each as it stands in the file.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Schedule of the window.
    pub schedule: &'static str,
    /// End of the simulated period, from its start on 2024-01-01.
    pub horizon: &'static str,
    /// Keys of the baseline's only rule.
    pub rule: String,
    /// Keys of the window.
    pub hours: String,
    /// `[nodes.…]` and `[behavior.…]` tables.
    pub fleet: String,
    /// Keys of the task.
    pub task: String,
    /// Keys of `[settings]`.
    pub settings: &'static str,
    /// `[[outcome]]` tables.
    pub outcomes: String,
    /// Rows of the release file: id, release instant and, if it has any, the id that it supersedes;
    /// without rows there is no such file.
    pub releases: String,
    /// Tables that other stages do without.
    pub more: String,
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

/// The only file beside a scenario: [`RELEASE_FILE`].
#[derive(Clone, Debug)]
pub struct Releases(pub String);

/// What the release file of a stage is called.
pub const RELEASE_FILE: &str = "releases.csv";

impl FileReader for Releases {
    fn read(&self, path: &str) -> Result<String, String> {
        if path == RELEASE_FILE {
            Ok(self.0.clone())
        } else {
            Err(format!("there is no {path}"))
        }
    }
}

impl Stage {
    /// The release file.
    pub fn release_file(&self) -> String {
        let rows = self.releases.lines().map(|row| {
            let comma = if row.matches(',').count() == 1 { "," } else { "" };
            format!("{row}{comma},WINDOWS,Critical\n")
        });
        let head = "id,released_at,supersedes,operating_system,severity\n";
        format!("{head}{}", rows.collect::<String>())
    }

    /// The scenario file.
    pub fn text(&self) -> String {
        let file = if self.releases.is_empty() {
            ""
        } else {
            "[releases.file]\nkind = \"file\"\npath = \"releases.csv\""
        };
        let Self {
            schedule,
            horizon,
            rule,
            hours,
            fleet,
            task,
            settings,
            outcomes,
            more,
            releases: _,
        } = self;
        format!(
            r#"
format = 1
start = 2024-01-01T00:00:00Z
horizon = "{horizon}"
{file}
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
        )
    }

    /// Reads it.
    ///
    /// # Errors
    /// What is wrong with it, and the scenario.
    pub fn config(&self) -> Result<ModelConfig, String> {
        self.scenario().map(|scenario| scenario.config)
    }

    /// Reads it, with what is studied.
    ///
    /// # Errors
    /// What is wrong with it, and the scenario.
    pub fn scenario(&self) -> Result<Scenario, String> {
        let text = self.text();
        let files = Releases(self.release_file());
        let loaded = load_text("stage.toml", &text, &files, &[], &Limits::default());
        let problems = loaded
            .problems
            .iter()
            .map(|problem| problem.render_plain(&loaded.sources));
        let problems: String = problems.collect();
        loaded.scenario.ok_or_else(|| format!("{problems}\n{text}"))
    }
}

/// A pool of nodes with a behaviour of its own, given by its keys.
pub fn pool(name: &str, count: u64, behavior: &str) -> String {
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

/// Keys of a behaviour that scans.
pub fn scans(time: Law, seconds: i64, failure: f64) -> String {
    format!("scan_time = {}\nscan_failure = {failure:?}", time.of(seconds))
}

/// Keys of a behaviour that installs, without scan and reboot.
pub fn installs(time: &str, failure: f64) -> String {
    format!("scan_time = \"0s\"\ninstall_time = {time}\nreboot_time = \"0s\"\nfailure = {failure:?}")
}

/// Keys of a task that installs without an error threshold.
pub fn install(concurrency: &str, cutoff_behavior: &str) -> String {
    format!(
        "operation = \"Install\"\nmax_concurrency = \"{concurrency}\"\nmax_errors = \"100%\"\n\
         cutoff_behavior = \"{cutoff_behavior}\""
    )
}

/// A law of durations with one parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// All the same.
    Fixed,
    /// Exponential with this mean.
    Exponential,
}

impl Law {
    /// As a scenario says it.
    pub fn of(self, seconds: i64) -> String {
        match self {
            Self::Fixed => format!("\"{seconds}s\""),
            Self::Exponential => format!("{{ exponential = {{ mean = \"{seconds}s\" }} }}"),
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fixed => "equal",
            Self::Exponential => "exponential",
        }
    }
}
