//! `[command.…]` and `[patch_policy.…]`: patching that no maintenance window does.

use patchbench_kernel::SimTime;
use patchbench_model::config::Surface;
use patchbench_model::units::RateLimit;
use patchbench_model::world::Plan;
use patchbench_scenario::{Limits, Loaded, Severity, codes, load_text};

use crate::acceptance::{Releases, WEB, instance_ids, rendered, toml};

/// The configuration of the usual scenario with more tables.
fn with_tables(tables: &str) -> Loaded {
    let text = format!("{}\n{tables}", toml(&WEB));
    load_text("test.toml", &text, &Releases, &[], &Limits::default())
}

/// A Run Command on the nodes of the usual scenario.
fn command(keys: &str) -> String {
    format!(
        "[command.once]\nat = 2024-01-20T18:00:00Z\ntargets = {{ \"tag:Patch Group\" = \"Web\" }}\noperation = \"Install\"\n{keys}\n"
    )
}

#[test]
fn c11_a_run_command_assumes_50_at_once_and_no_error() {
    for (keys, concurrency, errors) in [
        ("", RateLimit::Count(50), RateLimit::Count(0)),
        (
            "kind = \"run_command\"",
            RateLimit::Count(50),
            RateLimit::Count(0),
        ),
        (
            "max_errors = \"10%\"",
            RateLimit::Count(50),
            RateLimit::Percent(10),
        ),
        ("max_concurrency = 3", RateLimit::Count(3), RateLimit::Count(0)),
    ] {
        let loaded = with_tables(&command(keys));
        assert_eq!(rendered(&loaded), "");
        let config = loaded.scenario.unwrap().config;
        let window = &config.windows[1];
        assert_eq!(
            (window.name.as_str(), window.surface),
            ("once", Surface::RunCommand)
        );
        let task = &window.tasks[0];
        assert_eq!(
            (task.max_concurrency, task.max_errors),
            (concurrency, errors),
            "{keys}"
        );
        let plan = Plan::new(&config);
        let at: SimTime = plan.openings[1][0].opens;
        assert_eq!(at.to_string(), "2024-01-20T18:00:00Z");
        assert_eq!(plan.openings[1].len(), 1);
    }
}

#[test]
fn t02_t04_the_nodes_of_a_command() {
    for (ids, expected) in [
        (instance_ids(1..=50), &[][..]),
        (instance_ids(1..=51), &[codes::QUOTA]),
        (instance_ids([1, 2, 1].into_iter()), &[codes::DUPLICATE]),
    ] {
        let text = command("").replace("\"tag:Patch Group\" = \"Web\"", &ids);
        let loaded = with_tables(&text);
        let errors: Vec<&str> = loaded.problems.iter().map(|problem| problem.code).collect();
        assert_eq!(errors, expected);
    }
}

#[test]
fn patch_now_chooses_its_limits_itself() {
    for (operation, concurrency) in [("Install", RateLimit::PatchNow), ("Scan", RateLimit::Count(1000))] {
        let text = command("kind = \"patch_now\"").replace("Install", operation);
        let config = with_tables(&text).scenario.unwrap().config;
        let window = &config.windows[1];
        assert_eq!(window.surface, Surface::PatchNow);
        let task = &window.tasks[0];
        assert_eq!(
            (task.max_concurrency, task.max_errors),
            (concurrency, concurrency)
        );
    }
    let loaded = with_tables(&command("kind = \"patch_now\"\nmax_errors = 1"));
    assert!(
        rendered(&loaded).contains("Patch now chooses it"),
        "{}",
        rendered(&loaded)
    );
}

#[test]
fn commands_that_cannot_be() {
    for (text, code) in [
        (command("").replace("once", "Tuesday"), codes::DUPLICATE),
        (command("kind = \"patch_later\""), codes::CHOICE),
        (command("priority = 1"), codes::UNKNOWN_KEY),
        (
            command("").replace("at = 2024-01-20T18:00:00Z\n", ""),
            codes::MISSING,
        ),
        (command("").replace("operation = \"Install\"", ""), codes::MISSING),
    ] {
        let loaded = with_tables(&text);
        let found: Vec<&str> = loaded.problems.iter().map(|problem| problem.code).collect();
        assert_eq!(found, [code], "{text}");
    }
    let late = with_tables(&command("").replace("2024-01-20", "2025-01-20"));
    assert!(
        rendered(&late).contains("command \"once\" never runs"),
        "{}",
        rendered(&late)
    );
}

/// A patch policy, and the usual window without its target.
fn policy(keys: &str) -> Loaded {
    let text = toml(&WEB).replace("tag:Patch Group", "tag:Other");
    let text =
        format!("{text}\n[patch_policy.quick]\nmax_concurrency = \"10%\"\nmax_errors = \"2%\"\n{keys}\n");
    load_text("test.toml", &text, &Releases, &[], &Limits::default())
}

#[test]
fn a_patch_policy_scans_daily_installs_on_sundays_and_ignores_patch_groups() {
    let config = policy("").scenario.unwrap().config;
    let windows: Vec<(&str, &str, Surface)> = config
        .windows
        .iter()
        .map(|window| (window.name.as_str(), window.schedule.expression(), window.surface))
        .collect();
    assert_eq!(
        windows[1..],
        [
            ("quick scan", "cron(0 1 ? * * *)", Surface::PatchPolicy),
            ("quick install", "cron(0 2 ? * SUN *)", Surface::PatchPolicy),
        ]
    );
    let plan = Plan::new(&config);
    let baseline = |plan: &Plan<'_>| {
        plan.config.baselines[plan.classes[0].baseline.unwrap()]
            .name
            .clone()
    };
    assert_eq!(baseline(&plan), "AWS-DefaultPatchBaseline");
    assert_eq!(plan.versions[2][0].targets[0][0].len(), 60);

    let named = policy(
        "baselines = [\"custom\"]\ntargets = { \"tag:Patch Group\" = \"Web\" }\nscan_schedule = \"rate(12 hours)\"",
    );
    let config = named.scenario.unwrap().config;
    assert_eq!(config.windows[1].schedule.expression(), "rate(12 hours)");
    assert_eq!(baseline(&Plan::new(&config)), "custom");
    let scans = policy("operation = \"Scan\"").scenario.unwrap().config;
    assert_eq!(scans.windows.len(), 2);
}

#[test]
fn patch_policies_that_cannot_be() {
    for (keys, code) in [
        ("baselines = [\"costum\"]", codes::REFERENCE),
        (
            "baselines = [\"custom\", \"AWS-DefaultPatchBaseline\"]",
            codes::DUPLICATE,
        ),
        ("targets = { InstanceIds = [\"web-1\"] }", codes::REFERENCE),
        ("install_schedule = \"cron(0 2 ? * SUN)\"", codes::SCHEDULE),
        ("schedule_timezone = \"Berlin\"", codes::ZONE),
        ("duration = 4", codes::UNKNOWN_KEY),
        (
            "[patch_policy.other]\nmax_concurrency = 1\nmax_errors = 1\nbaselines = [\"custom\"]",
            codes::TWO_BASELINES,
        ),
    ] {
        let loaded = policy(keys);
        let errors = loaded
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error);
        let found: Vec<&str> = errors.map(|problem| problem.code).collect();
        assert_eq!(found, [code], "{keys}: {}", rendered(&loaded));
    }
    let both = with_tables("[patch_policy.quick]\nmax_concurrency = 1\nmax_errors = 1");
    assert!(rendered(&both).contains("PB057"), "{}", rendered(&both));
    let same =
        with_tables("[patch_policy.quick]\nmax_concurrency = 1\nmax_errors = 1\nbaselines = [\"custom\"]");
    assert!(same.scenario.is_some(), "{}", rendered(&same));
}
