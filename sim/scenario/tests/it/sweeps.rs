//! Factors of sweeps: what the command line and `[sweep]` mean, and what is wrong with them.

use patchbench_scenario::{
    DesignKind, FactorOption, FileReader, Limits, Loaded, NoFiles, ReadSweep, SweepRequest, load_text,
    read_sweep,
};
use proptest::prelude::*;

/// Files of levels.
struct Files;

impl FileReader for Files {
    fn read(&self, path: &str) -> Result<String, String> {
        match path {
            "days.txt" => Ok("# two days\ncron(0 16 ? * TUE *)\n\ncron(0 16 ? * SAT,SUN *)\n".to_owned()),
            "empty.txt" => Ok("# nothing\n".to_owned()),
            _ => Err("there is no such file".to_owned()),
        }
    }
}

const SCENARIO: &str = r#"
format = 1
name = "Sweeps"
start = 2024-01-01T00:00:00Z
horizon = "60d"
[releases.windows]
kind = "patch_tuesday"
operating_system = "WINDOWS"
products = ["WindowsServer2016"]
[[releases.windows.update]]
name = "cumulative"
classification = "SecurityUpdates"
severity = "Critical"
cumulative = true
[baseline.prod]
operating_system = "WINDOWS"
patch_groups = ["Web"]
[[baseline.prod.rule]]
approve_after_days = 5
[nodes.web]
count = 60
operating_system = "WINDOWS"
product = "WindowsServer2016"
tags = { "Patch Group" = "Web" }
behavior = "server"
[behavior.server]
install_time = { lognormal = { median = "22m", sigma = 0.5 } }
failure = 0.02
[window.Prod]
schedule = "cron(0 16 ? * TUE *)"
duration = 4
cutoff = 1
[window.Prod.target.web]
"tag:Patch Group" = ["Web"]
[[window.Prod.task]]
name = "patch"
targets = ["web"]
operation = "Install"
max_concurrency = "2"
max_errors = "1"
"#;

fn load(more: &str) -> Loaded {
    load_text(
        "s.toml",
        &format!("{SCENARIO}{more}"),
        &Files,
        &[],
        &Limits::default(),
    )
}

fn read(factors: &[(&str, &str)], condition: Option<&str>) -> ReadSweep {
    let factors = factors.iter().map(|(option, text)| match *option {
        "--zip" => FactorOption::Zip((*text).to_owned()),
        _ => FactorOption::Vary((*text).to_owned()),
    });
    let request = SweepRequest {
        factors: factors.collect(),
        condition: condition.map(str::to_owned),
        kind: None,
    };
    read_sweep(&load(""), &request, &Files)
}

fn told(read: &ReadSweep) -> String {
    let rendered = read
        .problems
        .iter()
        .map(|problem| problem.render_plain(&read.sources));
    rendered.collect::<Vec<_>>().join("\n")
}

/// Name, value in the scenario, and levels of each factor.
fn factors(read: &ReadSweep) -> Vec<String> {
    let sweep = read.sweep.as_ref().unwrap_or_else(|| panic!("{}", told(read)));
    let one = |factor: &patchbench_scenario::Factor| {
        let now = factor.now.as_deref().unwrap_or("-");
        format!("{} [{now}] {}", factor.name, factor.levels.join(" | "))
    };
    sweep.factors().map(one).collect()
}

#[test]
fn levels_keep_the_type_that_the_scenario_has_at_their_place() {
    for (text, expected) in [
        ("window.Prod.duration=2..4", "duration [4] 2 | 3 | 4"),
        ("window.Prod.duration=\"2\",'3'", "duration [4] 2 | 3"),
        (
            "window.Prod.task.0.max_concurrency=2,10%",
            "max_concurrency [\"2\"] \"2\" | 10%",
        ),
        ("behavior.server.failure=1%,0.05", "failure [0.02] 0.01 | 0.05"),
        (
            "behavior.server.failure=1%..2%:0.5%",
            "failure [0.02] 0.01 | 0.015 | 0.02",
        ),
        ("horizon=30d..60d:30d", "horizon [\"60d\"] 30d | 60d"),
        ("window.Prod.cutoff=0,1", "cutoff [1] 0 | 1"),
        (
            "window.Prod.schedule=@days.txt",
            "schedule [\"cron(0 16 ? * TUE *)\"] cron(0 16 ? * TUE *) | cron(0 16 ? * SAT,SUN *)",
        ),
        (
            "window.Prod.cutoff_behavior=CANCEL_TASK",
            "cutoff_behavior [-] CANCEL_TASK",
        ),
    ] {
        assert_eq!(factors(&read(&[("--vary", text)], None)), [expected], "{text}");
    }
}

#[test]
fn zipped_factors_go_along_with_the_one_before() {
    let read = read(
        &[
            ("--vary", "window.Prod.duration=4,6"),
            ("--zip", "window.Prod.cutoff=1,2"),
            ("--vary", "nodes.web.count=10,20,30"),
        ],
        Some("cutoff < 2 or count == 10"),
    );
    let sweep = read.sweep.as_ref().unwrap();
    let axes: Vec<usize> = sweep.axes.iter().map(|axis| axis.factors.len()).collect();
    assert_eq!(
        (axes, sweep.axes[0].now(), sweep.axes[1].now()),
        (vec![2, 1], Some(0), None)
    );
    let keeps = |one, two| sweep.keeps(&[Some(one), Some(two)]).unwrap();
    assert!(keeps(0, 2) && keeps(1, 0) && !keeps(1, 1));
    let overrides = sweep.overrides(&[Some(1), None]);
    let overrides: Vec<String> = overrides
        .iter()
        .map(|one| format!("{}={}", one.path, one.value))
        .collect();
    assert_eq!(overrides, ["window.Prod.duration=6", "window.Prod.cutoff=2"]);
}

#[test]
fn everything_that_is_wrong_with_options_is_told_with_a_caret() {
    let read = read(
        &[
            ("--vary", "window.Prod.duratio=2"),
            ("--vary", "window.Test.duration=2,,3"),
            ("--vary", "nodes.web.count=10..5"),
            ("--zip", "window.Prod.cutoff=1,2"),
            ("--vary", "window.Prod.cutoff=1"),
            ("--vary", "window.Prod.task.7.priority=1"),
            ("--vary", "nonsense"),
            ("--vary", "window..x=1"),
            ("--vary", "window.Prod.schedule=@nothing.txt"),
            ("--vary", "window.Prod.enabled=@empty.txt"),
            ("--vary", "behavior.server.failure=0.1..0.5"),
        ],
        None,
    );
    assert!(read.sweep.is_none());
    insta::assert_snapshot!("sweep-options", told(&read));
}

#[test]
fn what_goes_along_needs_a_factor_with_as_many_levels() {
    let alone = read(&[("--zip", "window.Prod.cutoff=1,2")], None);
    let uneven = read(
        &[
            ("--vary", "window.Prod.duration=4"),
            ("--zip", "window.Prod.cutoff=1,2"),
        ],
        None,
    );
    insta::assert_snapshot!("sweep-zip", format!("{}\n{}", told(&alone), told(&uneven)));
}

#[test]
fn conditions_point_into_their_own_text() {
    let vary = [
        ("--vary", "window.Prod.duration=2..4"),
        ("--vary", "window.Prod.cutoff=0,1"),
    ];
    let mut all = String::new();
    for condition in [
        "cutof < duration and x > 2",
        "cutoff = 1",
        "cutoff + 1",
        "(cutoff < 1",
    ] {
        all.push_str(&told(&read(&vary, Some(condition))));
    }
    let at_levels = read(&vary, Some("cutoff < 2h"));
    let sweep = at_levels.sweep.as_ref().unwrap();
    let problem = sweep.keeps(&[Some(0), Some(1)]).unwrap_err();
    all.push_str(&problem.render_plain(&at_levels.sources));
    insta::assert_snapshot!("sweep-conditions", all);
}

#[test]
fn factors_that_end_alike_are_named_by_their_paths() {
    let read = read(
        &[
            ("--vary", "window.Prod.duration=2..4"),
            ("--vary", "nodes.web.count=1,2"),
            ("--vary", "study.duration=1"),
            ("--vary", "settings.node_lock=on,off"),
        ],
        Some("`window.Prod.duration` > 2 and count < 2"),
    );
    assert_eq!(factors(&read)[0], "window.Prod.duration [4] 2 | 3 | 4");
    assert!(
        read.sweep
            .unwrap()
            .keeps(&[Some(1), Some(0), Some(0), Some(1)])
            .unwrap()
    );
}

const TABLE: &str = r#"
[sweep]
design = "latin_hypercube"
points = 12
where = "cutoff < duration"
[[sweep.factor]]
path = "window.Prod.duration"
levels = [4, 6]
[[sweep.factor.zip]]
path = "window.Prod.cutoff"
levels = [1, 2]
[[sweep.factor]]
path = "behavior.server.failure"
from = 0.01
to = 0.05
step = 0.02
[[sweep.factor]]
path = "window.Prod.task.0.max_concurrency"
levels = ["2", "10%"]
[[sweep.factor]]
path = "window.Prod.schedule"
file = "days.txt"
"#;

#[test]
fn the_table_says_the_same_as_options_and_changes_no_hash() {
    let loaded = load(TABLE);
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    let without = load("").scenario.unwrap();
    assert_eq!(loaded.scenario.as_ref().unwrap().hash, without.hash);
    let read = read_sweep(&loaded, &SweepRequest::default(), &NoFiles);
    assert_eq!(
        factors(&read),
        [
            "duration [4] 4 | 6",
            "cutoff [1] 1 | 2",
            "failure [0.02] 0.01 | 0.03 | 0.05",
            "max_concurrency [\"2\"] \"2\" | \"10%\"",
            "schedule [\"cron(0 16 ? * TUE *)\"] cron(0 16 ? * TUE *) | cron(0 16 ? * SAT,SUN *)",
        ]
    );
    let sweep = read.sweep.unwrap();
    assert_eq!(sweep.kind, DesignKind::LatinHypercube { points: 12 });
    assert_eq!(sweep.condition(), Some("cutoff < duration"));
}

#[test]
fn a_table_without_factors_is_one_problem() {
    let empty = load("\n[sweep]\n");
    assert_eq!(empty.problems.len(), 1, "{:?}", empty.problems);
}

#[test]
fn nothing_to_vary_is_said() {
    let read = read(&[], None);
    assert!(told(&read).contains("nothing is varied"), "{}", told(&read));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_of_levels_makes_reading_panic(text in "[-0-9a-zA-Z.,:%@'\"()\\[\\]{} é=]{0,40}") {
        let option = format!("nodes.web.count={text}");
        let read = read(&[("--vary", &option)], None);
        prop_assert_eq!(read.sweep.is_some(), read.problems.is_empty());
        let _ = told(&read);
    }

    #[test]
    fn no_condition_makes_reading_panic(text in "[-0-9a-z.%'\"()<>=!+*/ é]{0,40}|(count|4h|10%| and | or |not |<|==|\\(|\\)|\\+|/|2|'x'){0,12}") {
        let read = read(&[("--vary", "nodes.web.count=1,2")], Some(&text));
        let _ = told(&read);
        if let Some(sweep) = &read.sweep {
            let _ = sweep.keeps(&[Some(1)]);
        }
    }

    #[test]
    fn a_range_has_equal_steps_and_ends_within_one_step(from in -1000i64..1000, count in 0i64..200, step in 1i64..50, more in 0i64..50) {
        let to = from + count * step + more.min(step - 1);
        let option = format!("nodes.web.count={}..{}:{}", hundredths(from), hundredths(to), hundredths(step));
        let read = read(&[("--vary", &option)], None);
        let sweep = read.sweep.unwrap();
        let levels = &sweep.axes[0].factors[0].levels;
        let expected: Vec<String> = (0..=count).map(|index| hundredths(from + index * step)).collect();
        prop_assert_eq!(levels, &expected);
    }
}

/// Hundredths as a decimal.
fn hundredths(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let (whole, part) = (number.abs() / 100, number.abs() % 100);
    let text = format!("{sign}{whole}.{part:02}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
