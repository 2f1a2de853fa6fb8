//! AWS's quotas: at the limit nothing is said, and beyond it the number and the limit. Semantics,
//! sections 2.1, 4.7 and 5.

use std::fmt::Write as _;

use patchbench_scenario::{Limits, Loaded, Severity, codes, load_text};

use crate::acceptance::{Releases, WEB, rendered, toml};

fn load(text: &str) -> Loaded {
    load_text("test.toml", text, &Releases, &[], &Limits::default())
}

/// What is said about quotas of the usual scenario with something more in it.
fn said(text: &str) -> Vec<(Severity, String)> {
    let loaded = load(text);
    let quotas = loaded
        .problems
        .into_iter()
        .filter(|problem| problem.code == codes::QUOTA);
    quotas
        .map(|problem| (problem.severity, problem.message))
        .collect()
}

fn repeated(count: usize, one: impl Fn(usize) -> String) -> String {
    let mut text = toml(&WEB);
    for number in 1..=count {
        let _ = writeln!(text, "{}", one(number));
    }
    text
}

/// Two windows a week that are never open together with another one.
fn window(number: usize) -> String {
    format!(
        "[window.W-{number}]\nschedule = \"cron(0 0 {} {} ? *)\"\nduration = 1\ncutoff = 0",
        number % 28 + 1,
        number / 28 + 3
    )
}

fn baseline(number: usize) -> String {
    format!("[baseline.B-{number}]\n[[baseline.B-{number}.rule]]\napprove_after_days = 1")
}

fn target(number: usize) -> String {
    format!("[window.Tuesday.target.t-{number}]\n\"tag:Patch Group\" = \"Web\"")
}

fn task(number: usize) -> String {
    format!(
        "[[window.Tuesday.task]]\nname = \"t-{number}\"\ntargets = [\"nodes\"]\noperation = \"Scan\"\nmax_concurrency = 1\nmax_errors = 1"
    )
}

fn targets_of_a_task(count: usize) -> String {
    let names = vec!["\"nodes\""; count].join(", ");
    toml(&WEB).replace("targets = [\"nodes\"]", &format!("targets = [{names}]"))
}

fn keys_of_a_target(count: usize) -> String {
    let keys: Vec<String> = (1..count)
        .map(|number| format!("\"tag:K{number}\" = \"v\""))
        .collect();
    let keys = keys.join("\n");
    let own = "\"tag:Patch Group\" = \"Web\"";
    toml(&WEB).replace(own, &format!("{own}\n{keys}"))
}

fn sources(count: usize) -> String {
    let one = "[[baseline.custom.source]]\nname = \"mirror\"\nproducts = [\"*\"]\nconfiguration = \"x\"\n";
    toml(&WEB).replace(
        "[[baseline.custom.rule]]",
        &format!("{}[[baseline.custom.rule]]", one.repeat(count)),
    )
}

#[test]
fn quotas_are_told_beyond_their_limit_alone() {
    type Text<'a> = &'a dyn Fn(usize) -> String;
    let rows: [(Text<'_>, usize, Severity, &str); 7] = [
        (
            &|count| repeated(count - 1, window),
            50,
            Severity::Warning,
            "51 maintenance windows; the AWS quota is 50",
        ),
        (
            &|count| repeated(count - 1, baseline),
            50,
            Severity::Warning,
            "51 patch baselines; the AWS quota is 50",
        ),
        (
            &|count| repeated(count - 1, target),
            100,
            Severity::Warning,
            "101 targets in one window; the AWS quota is 100",
        ),
        (
            &|count| repeated(count - 1, task),
            20,
            Severity::Warning,
            "21 tasks in one window; the AWS quota is 20",
        ),
        (
            &targets_of_a_task,
            10,
            Severity::Warning,
            "11 targets of one task; the AWS quota is 10",
        ),
        (
            &keys_of_a_target,
            5,
            Severity::Error,
            "[window.Tuesday.target.nodes] has 6 keys; AWS allows 5",
        ),
        (&sources, 20, Severity::Error, "21 sources; AWS allows 20"),
    ];
    for (text, limit, severity, message) in rows {
        assert_eq!(said(&text(limit)), [], "{}", rendered(&load(&text(limit))));
        assert_eq!(said(&text(limit + 1)), [(severity, message.to_owned())]);
    }
}

#[test]
fn commands_and_patch_policies_are_no_windows() {
    let command = |number: usize| {
        format!(
            "[command.c-{number}]\nat = 2024-01-20T18:00:00Z\ntargets = {{ \"tag:Patch Group\" = \"Web\" }}\noperation = \"Scan\""
        )
    };
    assert_eq!(said(&repeated(60, command)), []);
}
