//! What is fuzzed: each reader of texts with what must hold of everything that it reads.

use std::collections::BTreeSet;

use patchbench_scenario::{
    FileReader, Imported, Limits, NoFiles, Problem, RuleBoth, Severity, Sources, export_aws,
    import_answers_texts, import_cloudformation_text, import_commands_text, import_history_texts,
    import_terraform_change_text, import_terraform_text, load_text, parse_shorthand, terraform_baseline,
};

/// Files by name; the first one is what is read, others are those that it may name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Input {
    pub(crate) files: Vec<(String, String)>,
}

/// Begins each file of an input that is kept as one text.
const FILE: &str = "%%%% ";

impl Input {
    /// An input as it is kept: every file begins with its name in a line of its own.
    pub(crate) fn decode(kept: &str) -> Self {
        let files = kept.split(FILE).skip(1).filter_map(|file| {
            let (name, text) = file.split_once('\n')?;
            Some((name.to_owned(), text.to_owned()))
        });
        Self {
            files: files.collect(),
        }
    }

    /// The input as one text. What looks like the beginning of a file loses a sign.
    pub(crate) fn encode(&self) -> String {
        let mut kept = String::new();
        for (name, text) in &self.files {
            kept.extend([FILE, name, "\n", &text.replace(FILE, "%%% ")]);
        }
        kept
    }

    /// Bytes of all its texts.
    pub(crate) fn len(&self) -> usize {
        self.files.iter().map(|(_, text)| text.len()).sum()
    }

    fn first(&self) -> (&str, &str) {
        self.files.first().map_or(("", ""), |(name, text)| (name, text))
    }

    fn named(&self) -> Vec<(&str, &str)> {
        let files = self.files.iter();
        files.map(|(name, text)| (name.as_str(), text.as_str())).collect()
    }
}

/// A file is found by its name alone, whatever folder is named.
impl FileReader for Input {
    fn read(&self, path: &str) -> Result<String, String> {
        let wanted = path.rsplit('/').next();
        let found = self.files.iter().find(|(name, _)| Some(name.as_str()) == wanted);
        found
            .map(|(_, text)| text.clone())
            .ok_or_else(|| "there is no such file".to_owned())
    }
}

/// What was said of an input: each kind of problem, without the names and numbers in it.
pub(crate) struct Said {
    pub(crate) kinds: BTreeSet<String>,
    pub(crate) accepted: bool,
}

/// A reader of texts.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// Whether a text is one to begin with.
    pub(crate) takes: fn(&str) -> bool,
    /// Whether it reads several texts as one.
    pub(crate) several: bool,
    /// Reads an input; what must hold and does not is an error.
    pub(crate) run: fn(&Input) -> Result<Said, String>,
}

pub(crate) const TARGETS: [Target; 9] = [
    target("scenario", |text| text.contains("format = 1"), false, scenario),
    target("commands", |text| text.contains("aws ssm"), false, commands),
    target(
        "cloudformation",
        |text| text.contains("Resources"),
        false,
        cloudformation,
    ),
    target("terraform", is_terraform, false, terraform),
    target("terraform-change", is_terraform, false, terraform_change),
    target("terraform-baseline", is_baseline, false, one_baseline),
    target("history", is_json, true, history),
    target("answers", is_json, true, answers),
    target("shorthand", is_shorthand, false, shorthand),
];

const fn target(
    name: &'static str,
    takes: fn(&str) -> bool,
    several: bool,
    run: fn(&Input) -> Result<Said, String>,
) -> Target {
    Target {
        name,
        takes,
        several,
        run,
    }
}

fn is_terraform(text: &str) -> bool {
    text.contains("terraform_version")
}

fn is_baseline(text: &str) -> bool {
    is_json(text) && text.contains("approval_rule") && !is_terraform(text)
}

fn is_json(text: &str) -> bool {
    text.starts_with('{')
}

fn is_shorthand(text: &str) -> bool {
    text.contains('=') && text.len() < 1_000 && !text.contains('\n')
}

/// Loaded, written as requests of AWS, and taken apart into its values.
fn scenario(input: &Input) -> Result<Said, String> {
    let (name, text) = input.first();
    // Catalogs of patches may be as large as they are let to be: here they stay small.
    let limits = Limits {
        max_catalog_bytes: 256 << 20,
        ..Limits::default()
    };
    let loaded = load_text(name, text, input, &[], &limits);
    let accepted = loaded.scenario.is_some();
    let mut said = judged(&loaded.problems, &loaded.sources, accepted)?;
    loaded.leaves();
    if let Some(export) = export_aws(&loaded) {
        export.as_json();
        export.files();
        placed(&export.problems, &loaded.sources)?;
        said.kinds.extend(kinds(&export.problems));
    }
    Ok(said)
}

fn commands(input: &Input) -> Result<Said, String> {
    let (name, text) = input.first();
    imported(&import_commands_text(name, text, input), "")
}

/// A file called `parameters` gives those, one a line.
fn cloudformation(input: &Input) -> Result<Said, String> {
    let (name, text) = input.first();
    let given = FileReader::read(input, "parameters").unwrap_or_default();
    let given = given.lines().filter_map(|line| line.split_once('='));
    let parameters: Vec<(String, String)> = given
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    imported(&import_cloudformation_text(name, text, &parameters), "")
}

fn terraform(input: &Input) -> Result<Said, String> {
    let (name, text) = input.first();
    imported(&import_terraform_text(name, text, RuleBoth::Error), "")?;
    imported(&import_terraform_text(name, text, RuleBoth::DateWins), "")
}

/// What there was before a plan need not be a scenario, which is no error.
fn terraform_change(input: &Input) -> Result<Said, String> {
    let (name, text) = input.first();
    let change = import_terraform_change_text(name, text, RuleBoth::DateWins);
    if change.before.scenario.is_some() {
        imported(&change.before, "")?;
    }
    placed(&change.before.problems, &change.before.sources)?;
    imported(&change.after, "")
}

/// One baseline is written as tables, whose rules AWS may still refuse: it is not held to be a scenario.
fn one_baseline(input: &Input) -> Result<Said, String> {
    let (name, text) = input.first();
    let baseline = terraform_baseline(name, text, RuleBoth::Error);
    judged(&baseline.problems, &baseline.sources, baseline.scenario.is_some())?;
    let baseline = terraform_baseline(name, text, RuleBoth::DateWins);
    judged(&baseline.problems, &baseline.sources, baseline.scenario.is_some())
}

/// A file that is a scenario is the one that the behaviours go into.
fn history(input: &Input) -> Result<Said, String> {
    let (scenarios, files): (Vec<_>, Vec<_>) = input
        .named()
        .into_iter()
        .partition(|(_, text)| text.contains("format = 1"));
    let all_installs = input.len().is_multiple_of(2);
    let scenario = scenarios.first().copied();
    let history = import_history_texts(&files, scenario, all_installs);
    imported(&history.imported, if scenario.is_none() { BARE } else { "" })
}

fn answers(input: &Input) -> Result<Said, String> {
    imported(&import_answers_texts(&input.named(), false), "")?;
    imported(&import_answers_texts(&input.named(), true), "")
}

fn shorthand(input: &Input) -> Result<Said, String> {
    let read = parse_shorthand(input.first().1, input);
    judged(&read.problems, &read.sources, read.value.is_some())
}

/// A scenario that tables may be put behind.
const BARE: &str = r#"format = 1
start = 2024-01-01
horizon = "30d"
[releases.windows]
kind = "patch_tuesday"
products = ["WindowsServer2019"]
[nodes.web]
count = 3
tags = { Env = "prod" }
[window.Patch-It]
schedule = "cron(0 16 ? * TUE *)"
duration = 4
cutoff = 1
[window.Patch-It.target.web]
"tag:Env" = ["prod"]
[[window.Patch-It.task]]
targets = ["web"]
operation = "Install"
max_concurrency = 1
max_errors = 1
"#;

/// What an import wrote, behind `before`, is a scenario without errors.
fn imported(imported: &Imported, before: &str) -> Result<Said, String> {
    let mut said = judged(&imported.problems, &imported.sources, imported.scenario.is_some())?;
    said.kinds.extend(imported.dropped.iter().map(|line| kind(line)));
    let Some(written) = &imported.scenario else {
        return Ok(said);
    };
    let loaded = load_text(
        "written.toml",
        &format!("{before}{written}"),
        &NoFiles,
        &[],
        &Limits::default(),
    );
    match loaded.problems.iter().find(|problem| is_error(problem)) {
        Some(problem) => Err(format!(
            "what was written is no scenario: {}",
            problem.render_plain(&loaded.sources)
        )),
        None => Ok(said),
    }
}

/// Problems that are shown to a user; the rest is counted.
const SHOWN: usize = 100;

/// Refused with an error, and otherwise accepted; every problem has its places, and can be shown.
fn judged(problems: &[Problem], sources: &Sources, accepted: bool) -> Result<Said, String> {
    placed(problems, sources)?;
    for problem in problems.iter().take(SHOWN) {
        problem.render_plain(sources);
    }
    if problems.iter().any(is_error) == accepted {
        return Err("an input is refused just when it has an error, and this is not so".to_owned());
    }
    Ok(Said {
        kinds: kinds(problems),
        accepted,
    })
}

fn is_error(problem: &Problem) -> bool {
    problem.severity == Severity::Error
}

/// Every problem has a place, and every place is one of its source.
fn placed(problems: &[Problem], sources: &Sources) -> Result<(), String> {
    for problem in problems {
        if problem.labels.is_empty() {
            return Err(format!("a problem without a place: {}", problem.message));
        }
        for label in &problem.labels {
            let inside = sources.text(label.source).get(label.span.clone()).is_some();
            if sources.name(label.source).is_empty() || !inside {
                return Err(format!("{label:?} is outside its source: {}", problem.message));
            }
        }
    }
    Ok(())
}

fn kinds(problems: &[Problem]) -> BTreeSet<String> {
    let kinds = problems.iter();
    kinds
        .map(|problem| format!("{} {}", problem.code, kind(&problem.message)))
        .collect()
}

/// Without what is quoted, and without numbers.
fn kind(message: &str) -> String {
    let outside = message.split('`').step_by(2);
    let words = outside.flat_map(str::split_whitespace);
    let plain = words.filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == ','));
    plain.take(6).collect::<Vec<_>>().join(" ")
}
