//! Scenarios as texts, and files that exist in memory alone.

use std::collections::BTreeMap;

use patchbench_scenario::{FileReader, Limits, Loaded, Override, load_text};

/// A small valid scenario.
pub(crate) const BASE: &str = r#"format = 1
name = "Web servers"
start = 2024-01-01T00:00:00Z
horizon = "90d"

[study]
replications = 100

[releases.windows]
kind = "patch_tuesday"
products = ["WindowsServer2019"]

[baseline.Prod-7Day]
patch_groups = ["Web"]
[[baseline.Prod-7Day.rule]]
filter = { CLASSIFICATION = ["SecurityUpdates"] }
approve_after_days = 7

[nodes.web]
count = 60
product = "WindowsServer2019"
tags = { "Patch Group" = "Web" }

[window.Patch-Web]
schedule = "cron(0 2 ? * WED *)"
duration = 4
cutoff = 1
[window.Patch-Web.target.web]
"tag:Patch Group" = ["Web"]
[[window.Patch-Web.task]]
name = "patch"
targets = ["web"]
operation = "Install"
max_concurrency = "10%"
max_errors = "5%"
"#;

/// Lines of [`BASE`] that other text may take the place of.
pub(crate) const STREAM: &str = "kind = \"patch_tuesday\"\nproducts = [\"WindowsServer2019\"]";
pub(crate) const POOL: &str =
    "[nodes.web]\ncount = 60\nproduct = \"WindowsServer2019\"\ntags = { \"Patch Group\" = \"Web\" }\n";

/// The base with some of its text replaced; each must be there.
pub(crate) fn base_with(replacements: &[(&str, &str)]) -> String {
    let mut text = BASE.to_owned();
    for (from, to) in replacements {
        assert!(text.contains(from), "{from} is not in the base");
        text = text.replacen(from, to, 1);
    }
    text
}

/// Files by name.
#[derive(Default)]
pub(crate) struct Files(BTreeMap<String, String>);

impl Files {
    pub(crate) fn with(mut self, name: &str, text: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), text.into());
        self
    }
}

impl FileReader for Files {
    fn read(&self, path: &str) -> Result<String, String> {
        self.0
            .get(path)
            .cloned()
            .ok_or_else(|| "there is no such file".to_owned())
    }
}

/// Reads a text with the default limits.
pub(crate) fn read(text: &str, files: &Files) -> Loaded {
    read_with(text, files, &[], &Limits::default())
}

pub(crate) fn read_with(text: &str, files: &Files, overrides: &[Override], limits: &Limits) -> Loaded {
    load_text("scenario.toml", text, files, overrides, limits)
}

/// All problems as a planner reads them.
pub(crate) fn rendered(loaded: &Loaded) -> String {
    let problems = loaded.problems.iter();
    let texts: Vec<String> = problems
        .map(|problem| problem.render_plain(&loaded.sources))
        .collect();
    texts.join("\n")
}
