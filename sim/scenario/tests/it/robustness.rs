//! No input makes the reader panic, and whatever it accepts can be planned and played.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use patchbench_model::world::{Nobody, Plan, simulate};
use patchbench_scenario::{FileReader, Limits, Loaded, Override, Scenario, Severity, load_text, template};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::mutations::{Mutation, mutated, mutation};
use crate::texts::{BASE, POOL, STREAM, base_with};

/// Texts to begin with: the shipped scenarios, the template, and the corpus of bad ones.
static SEEDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut seeds = vec![BASE.to_owned(), template().to_owned()];
    let shipped = texts_below(Path::new("../../scenarios"), "toml");
    assert!(!shipped.is_empty());
    // Shipped scenarios are the deepest: they come in more often.
    (0..8).for_each(|_| seeds.extend(shipped.values().cloned()));
    seeds.extend(texts_below(Path::new("tests/corpus"), "toml").into_values());
    seeds
});

/// The CSV and YAML files of the corpus by name.
static TABLES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let mut texts = texts_below(Path::new("tests/corpus"), "csv");
    texts.extend(texts_below(Path::new("tests/corpus"), "yaml"));
    texts
});

fn texts_below(folder: &Path, extension: &str) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                texts.insert(path.file_name().unwrap().to_str().unwrap().to_owned(), text);
            }
        }
    }
    texts
}

/// Tables of the corpus, each changed in the same way.
struct Tables(Vec<Mutation>);

impl FileReader for Tables {
    fn read(&self, path: &str) -> Result<String, String> {
        let text = TABLES.get(path).ok_or("there is no such file")?;
        Ok(mutated(text, &self.0))
    }
}

/// Limits under which everything can be played in no time.
fn small() -> Limits {
    Limits {
        max_nodes: 20_000,
        max_listed_nodes: 20_000,
        max_openings: 3_000,
        max_patches: 3_000,
        ..Limits::default()
    }
}

/// Reads, shows every problem, and plays what is small enough.
fn survives(text: &str, files: &dyn FileReader, overrides: &[Override]) -> Loaded {
    let loaded = load_text("scenario.toml", text, files, overrides, &small());
    for problem in &loaded.problems {
        assert!(
            problem
                .render_plain(&loaded.sources)
                .starts_with(problem.severity.as_str())
        );
        assert!(!problem.labels.is_empty(), "{}", problem.message);
        for label in &problem.labels {
            let marked = loaded.sources.text(label.source).get(label.span.clone());
            assert!(marked.is_some(), "{}: {label:?}", problem.message);
        }
    }
    let failed = loaded
        .problems
        .iter()
        .any(|problem| problem.severity == Severity::Error);
    assert_eq!(failed, loaded.scenario.is_none());
    if let Some(scenario) = &loaded.scenario {
        play(scenario);
    }
    loaded
}

/// Plays one replication, unless it would take long. Returns whether something was sent.
fn play(scenario: &Scenario) -> bool {
    let plan = Plan::new(&scenario.config);
    let mut sent = 0u64;
    for (versions, openings) in plan.versions.iter().zip(&plan.openings) {
        for opening in openings {
            let sets = versions[opening.version].targets.iter().flatten();
            sent += sets.map(|set| u64::from(set.len())).sum::<u64>();
        }
    }
    if sent > 100_000 {
        return false;
    }
    let record = simulate(&plan, scenario.study.seed, 0, &mut Nobody);
    let openings: usize = plan.openings.iter().map(Vec::len).sum();
    assert!(record.windows.len() <= openings);
    for command in &record.commands {
        assert!(command.counts.sent() <= command.counts.targets());
    }
    record.commands.iter().any(|command| command.counts.sent() > 0)
}

/// Paths of [`BASE`] and of what could be added to it.
const PATHS: [&str; 47] = [
    "format",
    "name",
    "start",
    "horizon",
    "study.seed",
    "study.replications",
    "releases.windows.kind",
    "releases.windows.products",
    "releases.windows.from",
    "releases.windows.until",
    "releases.windows.operating_system",
    "releases.windows.update",
    "releases.windows.out_of_band",
    "releases.windows.per_month",
    "releases.windows.path",
    "baseline.Prod-7Day.operating_system",
    "baseline.Prod-7Day.rule.0.filter",
    "baseline.Prod-7Day.rule.0.approve_after_days",
    "baseline.Prod-7Day.rule.0.approve_until_date",
    "baseline.Prod-7Day.default",
    "baseline.Prod-7Day.patch_groups",
    "baseline.Prod-7Day.rejected_patches",
    "nodes.web",
    "nodes.web.count",
    "nodes.web.product",
    "nodes.web.operating_system",
    "nodes.web.tags",
    "nodes.web.patched_through",
    "nodes.web.behavior",
    "window.Patch-Web.schedule",
    "window.Patch-Web.schedule_timezone",
    "window.Patch-Web.schedule_offset",
    "window.Patch-Web.start_date",
    "window.Patch-Web.duration",
    "window.Patch-Web.cutoff",
    "window.Patch-Web.target.web",
    "window.Patch-Web.task.0.targets",
    "window.Patch-Web.task.0.operation",
    "window.Patch-Web.task.0.max_concurrency",
    "window.Patch-Web.task.0.max_errors",
    "window.Patch-Web.task.0.cutoff_behavior",
    "window.Patch-Web.task.0.step_timeout",
    "settings.ramp",
    "settings.target_order",
    "settings.percent_rounding",
    "behavior",
    "outcome",
];

/// Values, good and bad, for any path.
const VALUES: [&str; 58] = [
    "0",
    "1",
    "3",
    "5",
    "23",
    "24",
    "60",
    "1000",
    "10000",
    "-1",
    "0.5",
    "1e3",
    "nan",
    "true",
    "false",
    "x",
    "",
    "\"\"",
    "2024-01-01",
    "2024-01-02T02:00:00+01:00",
    "1970-01-01",
    "2024-03-31T00:00:00Z",
    "2199-12-31",
    "1d",
    "90d",
    "3650d",
    "0s",
    "1ms",
    "30s",
    "10h",
    "1%",
    "10%",
    "100%",
    "101%",
    "file",
    "poisson",
    "patch_tuesday",
    "WINDOWS",
    "AMAZON_LINUX_2023",
    "UBUNTU",
    "MACOS",
    "complete",
    "off",
    "shuffled",
    "listed",
    "ceil",
    "Scan",
    "CANCEL_TASK",
    "cron(0 2 ? * TUE#2 *)",
    "cron(30 2 ? * * *)",
    "cron(30 1 29 2 ? *)",
    "rate(1 day)",
    "at(2024-03-10T02:30:00)",
    "America/New_York",
    "Australia/Lord_Howe",
    "[]",
    "[{}]",
    "{}",
];

/// Whole tables for some paths, so that deeper parts are reached.
const CHANGES: [(&str, &str); 12] = [
    (
        "behavior",
        "{ a = { install_time = { empirical = { values = [\"0s\", \"1h\"], weights = [1, 3] } }, failure = 1 } }",
    ),
    (
        "behavior",
        "{ a = { scan_time = \"0s\", install_time = \"0s\", reboot_time = \"0s\" } }",
    ),
    (
        "behavior",
        "{ a = { install_time = { gamma = { mean = \"10m\", shape = 0.01 } }, scan_failure = 0.5 } }",
    ),
    (
        "behavior",
        "{ a = { install_time = { lognormal = { median = \"3650d\", sigma = 10 } } } }",
    ),
    ("nodes.web.behavior", "a"),
    (
        "releases.windows.out_of_band",
        "{ probability = 1, delay = { uniform = { low = \"0s\", high = \"3650d\" } } }",
    ),
    (
        "releases.windows.update",
        "[{ name = \"a\", classification = \"SecurityUpdates\", cumulative = true, probability = 0.5 }]",
    ),
    (
        "releases.windows",
        "{ kind = \"poisson\", products = [\"WindowsServer2019\"], per_month = 40, weekdays = { TUE = 1, MON = 0 } }",
    ),
    (
        "outcome",
        "[{ node = \"web-3\", window = \"Patch-Web\", result = \"DeliveryTimedOut\" }]",
    ),
    (
        "window.Patch-Web.task.0.targets",
        "[\"web\", { InstanceIds = [\"web-1\", \"web-60\"] }]",
    ),
    ("window.Patch-Web.target.web", "{ tag-key = [\"Patch Group\"] }"),
    (
        "assert",
        "[{ metric = \"time_to_coverage\", coverage = 0.5, at_most = \"1d\" }]",
    ),
];

fn change() -> impl Strategy<Value = (&'static str, &'static str)> {
    let path = proptest::sample::select(PATHS.as_slice());
    let value = proptest::sample::select(VALUES.as_slice());
    prop_oneof![
        3 => (path, value),
        1 => proptest::sample::select(CHANGES.as_slice()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn changed_scenarios_do_not_panic(
        seed in any::<Index>(),
        mutations in prop::collection::vec(mutation(), 1..6),
    ) {
        let text = mutated(&SEEDS[seed.index(SEEDS.len())], &mutations);
        survives(&text, &Tables(Vec::new()), &[]);
    }

    #[test]
    fn changed_tables_do_not_panic(
        table in any::<Index>(),
        releases in any::<bool>(),
        mutations in prop::collection::vec(mutation(), 0..5),
    ) {
        let names: Vec<&String> = TABLES.keys().collect();
        let name = table.get(&names);
        let text = if releases {
            base_with(&[(STREAM, &format!("kind = \"file\"\npath = \"{name}\""))])
        } else {
            base_with(&[(POOL, &format!("[nodes.web]\npath = \"{name}\"\n"))])
        };
        survives(&text, &Tables(mutations), &[]);
    }

    #[test]
    fn overrides_do_not_panic(changes in prop::collection::vec(change(), 1..6)) {
        let set = |(path, value): &(&str, &str)| Override { option: "--set", path: (*path).to_owned(), value: (*value).to_owned() };
        let overrides: Vec<Override> = changes.iter().map(set).collect();
        survives(BASE, &Tables(Vec::new()), &overrides);
    }

    #[test]
    fn strange_overrides_do_not_panic(text in "[a-zA-Z0-9.\"'=\\[\\]{} \\n\u{0}é-]{0,40}") {
        if let Some(change) = Override::parse(&text) {
            survives(BASE, &Tables(Vec::new()), &[change]);
        }
    }

    #[test]
    fn any_text_at_all_does_not_panic(text in any::<String>()) {
        survives(&text, &Tables(Vec::new()), &[]);
    }
}

#[test]
fn every_single_change_of_a_value_is_played_or_refused() {
    let (mut played, mut refused) = (0, 0);
    let pairs = PATHS
        .iter()
        .flat_map(|path| VALUES.iter().map(move |value| (*path, *value)));
    for (path, value) in pairs.chain(CHANGES) {
        let change = Override {
            option: "--set",
            path: path.to_owned(),
            value: value.to_owned(),
        };
        match survives(BASE, &Tables(Vec::new()), &[change]).scenario {
            Some(scenario) => played += u32::from(play(&scenario)),
            None => refused += 1,
        }
    }
    // Most values fit most keys badly; enough of them fit to play all over the world.
    assert!(
        played > 250 && refused > 1_500,
        "{played} played, {refused} refused"
    );
}

#[test]
fn reading_twice_says_the_same() {
    for text in SEEDS.iter() {
        let (first, second) = (
            survives(text, &Tables(Vec::new()), &[]),
            survives(text, &Tables(Vec::new()), &[]),
        );
        assert_eq!(first.problems, second.problems);
        assert_eq!(
            first.scenario.map(|scenario| scenario.hash),
            second.scenario.map(|scenario| scenario.hash)
        );
    }
}

#[test]
fn the_shipped_scenarios_have_no_problem() {
    let folder = Path::new("../../scenarios");
    for (name, _) in texts_below(folder, "toml") {
        let loaded = patchbench_scenario::load(&folder.join(&name), &[], &Limits::default());
        assert!(loaded.scenario.is_some(), "{name}");
    }
}
