//! Every setting of what AWS does not document (semantics, section 10): it is there with its default, and
//! another value changes an outcome of some small scenario.

use patchbench_model::world::{Nobody, Plan, simulate};
use patchbench_scenario::{Limits, Loaded, Severity, load_text};

use crate::stage::Releases;

/// A scenario with places where more can be put in, and below it the release file.
const BASE: &str = r#"
format = 1
start = 2024-01-01T00:00:00Z
horizon = "20d"
[releases.file]
kind = "file"
path = "releases.csv"
[baseline.all]
patch_groups = ["all"]
#BASELINE
[[baseline.all.rule]]
approve_after_days = 1
#RULE
[nodes.web]
count = 4
tags = { "Patch Group" = "all", Env = "a" }
behavior = "fixed"
#NODES
[behavior.fixed]
scan_time = "10m"
install_time = "50m"
reboot_time = "0s"
failure = 0
[window.weekly]
schedule = "cron(0 16 ? * TUE *)"
duration = 4
cutoff = 1
#WINDOW
[window.weekly.target.a]
"tag:Env" = ["a"]
[window.weekly.target.b]
"tag:Env" = ["a"]
[[window.weekly.task]]
name = "first"
targets = ["a"]
operation = "Install"
max_concurrency = "2"
max_errors = "1"
#TASK
#MORE
[settings]
#SETTINGS
=====
id,released_at,operating_system,classification,severity,supersedes
p1,2024-01-01T16:00:00Z,WINDOWS,SecurityUpdates,Critical,
"#;

/// Texts of the scenario with what takes their places.
type Changes = &'static [(&'static str, &'static str)];

fn load(changes: Changes, setting: &str) -> Loaded {
    let mut text = BASE.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from} is not in the scenario");
        text = text.replacen(from, to, 1);
    }
    let text = text.replace("#SETTINGS", setting);
    let (scenario, releases) = text.split_once("=====").unwrap();
    load_text(
        "settings.toml",
        scenario,
        &Releases(releases.trim_start().to_owned()),
        &[],
        &Limits::default(),
    )
}

/// All that a scenario comes to: its errors, or what a replication leaves.
fn outcome(changes: Changes, setting: &str) -> String {
    let loaded = load(changes, setting);
    let Some(scenario) = &loaded.scenario else {
        let errors = loaded
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error);
        return errors
            .map(|problem| problem.render_plain(&loaded.sources))
            .collect();
    };
    let record = simulate(&Plan::new(&scenario.config), 42, 0, &mut Nobody);
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}",
        record.commands, record.windows, record.coverage, record.compliance
    )
}

const SECOND: (&str, &str) = (
    "#MORE",
    "[[window.weekly.task]]\nname = \"second\"\ntargets = [\"b\"]\noperation = \"Scan\"\nmax_concurrency = \"2\"\nmax_errors = \"1\"\n#SECOND",
);
const AFTERWARDS: (&str, &str) = ("#SECOND", "priority = 2");
const LONG: (&str, &str) = ("install_time = \"50m\"", "install_time = \"4h\"");
const ALL_FAIL: (&str, &str) = ("failure = 0", "failure = 1");
const FIRST_NODE_FAILS: (&str, &str) = ("#MORE", "[[outcome]]\nnode = \"web-1\"\nresult = \"Failed\"");

/// Each setting with its default, its section, and another value that changes what a scenario comes to.
const SETTINGS: [(&str, &str, &str, &str, Changes); 32] = [
    ("approval_boundary", "inclusive", "2.4", "\"strict\"", &[]),
    (
        "approved_list_bypasses_global",
        "true",
        "2.6",
        "false",
        &[(
            "#BASELINE",
            "approved_patches = [\"p1\"]\nglobal_filter = { CLASSIFICATION = [\"Drivers\"] }",
        )],
    ),
    (
        "supersedence",
        "drop",
        "2.6",
        "\"keep\"",
        &[(
            "Critical,\n",
            "Critical,\np2,2024-01-01T20:00:00Z,WINDOWS,SecurityUpdates,Critical,p1\n",
        )],
    ),
    // Four nodes, two at a time, an hour each: the first task is through at 18:00.
    (
        "cutoff_inclusive",
        "false",
        "4.5",
        "true",
        &[("cutoff = 1", "cutoff = 2"), SECOND, AFTERWARDS],
    ),
    (
        "multi_target_task",
        "sequential",
        "4.5",
        "\"merged\"",
        &[("targets = [\"a\"]", "targets = [\"a\", \"b\"]")],
    ),
    (
        "cancel_kills_running",
        "false",
        "4.5",
        "0.9",
        &[
            LONG,
            (
                "#TASK",
                "cutoff_behavior = \"CANCEL_TASK\"\nstep_timeout = \"10h\"",
            ),
        ],
    ),
    (
        "unstarted_task_status",
        "TIMED_OUT",
        "4.5",
        "\"FAILED\"",
        &[LONG, SECOND, AFTERWARDS],
    ),
    (
        "no_target_task_status",
        "FAILED",
        "4.6",
        "\"SUCCESS\"",
        &[
            SECOND,
            (
                "target.b]\n\"tag:Env\" = [\"a\"]",
                "target.b]\n\"tag:Env\" = [\"nowhere\"]",
            ),
        ],
    ),
    (
        "percent_rounding",
        "floor",
        "6.3",
        "\"ceil\"",
        &[("max_concurrency = \"2\"", "max_concurrency = \"30%\"")],
    ),
    ("ramp", "ack", "6.5", "\"complete\"", &[]),
    ("ack_delay", "0s", "6.5", "\"15m\"", &[]),
    // The node that fails is the last one by number, and the first one in the list.
    (
        "target_order",
        "id",
        "6.5",
        "\"listed\"",
        &[
            (
                "\"tag:Env\" = [\"a\"]",
                "InstanceIds = [\"web-4\", \"web-1\", \"web-2\", \"web-3\"]",
            ),
            (
                "max_concurrency = \"2\"\nmax_errors = \"1\"",
                "max_concurrency = \"1\"\nmax_errors = \"0\"",
            ),
            ("#MORE", "[[outcome]]\nnode = \"web-4\"\nresult = \"Failed\""),
        ],
    ),
    (
        "tie_order",
        "completions_first",
        "6.4",
        "\"sends_first\"",
        &[ALL_FAIL],
    ),
    (
        "command_status_rule",
        "strict_exceed",
        "6.6",
        "\"literal\"",
        &[FIRST_NODE_FAILS],
    ),
    ("node_lock", "since_2025_11", "7.5", "\"on\"", &[SECOND]),
    (
        "external_pending_reboot",
        "false",
        "8.3",
        "true",
        &[
            ("p1,2024-01-01T16", "p1,2023-12-01T16"),
            ("#NODES", "rebooted_through = 2023-11-01"),
            ("\"Install\"", "\"Scan\""),
        ],
    ),
    (
        "cron_require_question_mark",
        "true",
        "4.2",
        "false",
        &[("cron(0 16 ? * TUE *)", "cron(0 16 * * TUE *)")],
    ),
    (
        "cron_legacy",
        "reject",
        "4.2",
        "\"accept\"",
        &[("cron(0 16 ? * TUE *)", "cron(0 0 16 ? * TUE)")],
    ),
    (
        "rate_first_tick",
        "after_interval",
        "4.3",
        "\"immediate\"",
        &[("cron(0 16 ? * TUE *)", "rate(7 days)")],
    ),
    (
        "at_timezone",
        "window_or_utc",
        "4.3",
        "\"utc\"",
        &[
            ("cron(0 16 ? * TUE *)", "at(2024-01-02T18:00:00)"),
            ("#WINDOW", "schedule_timezone = \"Europe/Berlin\""),
        ],
    ),
    (
        "end_date_inclusive",
        "false",
        "4.4",
        "true",
        &[("#WINDOW", "end_date = 2024-01-09T16:00:00Z")],
    ),
    (
        "dst_gap",
        "skip",
        "4.4",
        "\"shift_forward\"",
        &[
            ("start = 2024-01-01", "start = 2024-03-01"),
            ("cron(0 16 ? * TUE *)", "cron(30 2 ? * SUN *)"),
            ("#WINDOW", "schedule_timezone = \"America/New_York\""),
        ],
    ),
    (
        "dst_fold",
        "first",
        "4.4",
        "\"second\"",
        &[
            ("start = 2024-01-01", "start = 2024-10-28"),
            ("cron(0 16 ? * TUE *)", "cron(30 1 ? * SUN *)"),
            ("#WINDOW", "schedule_timezone = \"America/New_York\""),
        ],
    ),
    (
        "allow_faster_than_five_minutes",
        "false",
        "4.2",
        "true",
        &[
            ("cron(0 16 ? * TUE *)", "rate(2 minutes)"),
            ("horizon = \"20d\"", "horizon = \"2d\""),
        ],
    ),
    (
        "rule_both",
        "error",
        "2.1",
        "\"date_wins\"",
        &[("#RULE", "approve_until_date = 2024-02-01")],
    ),
    (
        "rule_neither",
        "error",
        "2.1",
        "\"zero\"",
        &[("approve_after_days = 1", "compliance_level = \"HIGH\"")],
    ),
    (
        "unknown_filter_key",
        "error",
        "2.2",
        "\"warn\"",
        &[("#RULE", "filter = { CVE_ID = [\"CVE-2024-1\"] }")],
    ),
    (
        "duplicate_filter_key",
        "error",
        "2.3",
        "\"last\"",
        &[(
            "#RULE",
            "filter = [{ MSRC_SEVERITY = [\"Low\"] }, { MSRC_SEVERITY = [\"Critical\"] }]",
        )],
    ),
    (
        "offline_holds_slot",
        "true",
        "5",
        "false",
        &[(
            "failure = 0",
            "failure = 0\noffline = { share = 0.5, time = \"3h\" }",
        )],
    ),
    (
        "both_patch_group_tags",
        "error",
        "3",
        "\"prefer_spaced\"",
        &[("Env = \"a\" }", "Env = \"a\", PatchGroup = \"other\" }")],
    ),
    (
        "default_priority",
        "1",
        "4.5",
        "5",
        &[SECOND, ("#SECOND", "priority = 3")],
    ),
    (
        "baseline_vintage",
        "latest",
        "1.2",
        "2025-01-01",
        &[
            ("count = 4", "count = 4\noperating_system = \"ORACLE_LINUX\""),
            ("WINDOWS,SecurityUpdates", "ORACLE_LINUX,Security"),
            ("\"Patch Group\" = \"all\", ", ""),
        ],
    ),
];

/// What a report lists as chosen: name, value and whether it is the default.
fn choice(loaded: &Loaded, name: &str) -> (String, &'static str, bool) {
    let scenario = loaded.scenario.as_ref().unwrap();
    let mut choices = scenario.settings.iter();
    let choice = choices.find(|choice| choice.name == name).unwrap();
    (choice.value.clone(), choice.section, choice.is_default)
}

#[test]
fn every_setting_is_listed_with_its_default() {
    let loaded = load(&[], "");
    let mut listed: Vec<&str> = Vec::new();
    listed.extend(
        loaded
            .scenario
            .as_ref()
            .unwrap()
            .settings
            .iter()
            .map(|choice| choice.name),
    );
    let mut known = SETTINGS.map(|(name, ..)| name).to_vec();
    listed.sort_unstable();
    known.sort_unstable();
    assert_eq!(listed, known);
    for (name, default, section, ..) in SETTINGS {
        assert_eq!(
            choice(&loaded, name),
            (default.to_owned(), section, true),
            "{name}"
        );
    }
}

#[test]
fn every_setting_changes_some_outcome_and_is_named_when_it_is_not_the_default() {
    for (name, _, _, value, changes) in SETTINGS {
        let setting = format!("{name} = {value}");
        assert_ne!(outcome(changes, &setting), outcome(changes, ""), "{setting}");
        let loaded = load(changes, &setting);
        let (told, _, is_default) = choice(&loaded, name);
        assert!(!is_default, "{name}");
        assert_eq!(told, value.trim_matches('"'));
    }
}
