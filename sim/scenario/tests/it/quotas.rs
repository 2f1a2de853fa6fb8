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

/// Windows that are open together, next to the usual one.
fn overlapping(count: usize) -> String {
    repeated(count, |number| {
        format!(
            "[window.O-{number}]\nschedule = \"at(2024-01-10T0{number}:00:00)\"\nduration = 20\ncutoff = 0"
        )
    })
}

/// The usual scenario with something more in its baseline.
fn in_baseline(text: &str) -> String {
    toml(&WEB).replace(
        "[[baseline.custom.rule]]",
        &format!("{text}\n[[baseline.custom.rule]]"),
    )
}

fn rules(count: usize) -> String {
    in_baseline(&"[[baseline.custom.rule]]\napprove_after_days = 1\n".repeat(count - 1))
}

fn quoted(count: usize, one: impl Fn(usize) -> String) -> String {
    let all: Vec<String> = (1..=count).map(|number| format!("\"{}\"", one(number))).collect();
    all.join(", ")
}

fn patches(list: &str, count: usize) -> String {
    let all = quoted(count, |number| format!("KB{number}"));
    in_baseline(&format!("{list} = [{all}]"))
}

fn values_of_a_tag(count: usize) -> String {
    let values = quoted(count - 1, |number| format!("other-{number}"));
    let own = "\"tag:Patch Group\" = \"Web\"";
    toml(&WEB).replace(own, &format!("\"tag:Patch Group\" = [\"Web\", {values}]"))
}

/// A filter with so many keys.
fn filters(count: usize) -> String {
    let keys = [
        "PATCH_SET = [\"*\"]",
        "CLASSIFICATION = [\"*\"]",
        "MSRC_SEVERITY = [\"*\"]",
        "PRODUCT = [\"*\"]",
        "PRODUCT_FAMILY = [\"*\"]",
    ];
    let filter = format!(
        "filter = {{ {} }}\napprove_after_days = 5",
        keys[..count].join(", ")
    );
    toml(&WEB).replace("approve_after_days = 5", &filter)
}

/// A scenario with so many of something.
type Text<'a> = &'a dyn Fn(usize) -> String;

/// Such a scenario, the limit, and what is said of one more.
type Row<'a> = (Text<'a>, usize, Severity, &'a str);

fn told_beyond_their_limit_alone(rows: &[Row<'_>]) {
    for (text, limit, severity, message) in rows {
        assert_eq!(said(&text(*limit)), [], "{}", rendered(&load(&text(*limit))));
        assert_eq!(said(&text(limit + 1)), [(*severity, (*message).to_owned())]);
    }
}

#[test]
fn quotas_of_windows_and_targets_are_told_beyond_their_limit_alone() {
    let rows: [Row<'_>; 7] = [
        (
            &|count| repeated(count - 1, window),
            50,
            Severity::Warning,
            "51 maintenance windows; the AWS quota is 50",
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
        (
            &values_of_a_tag,
            50,
            Severity::Error,
            "51 values of tag:Patch Group; AWS allows 50 in one target",
        ),
        (
            &overlapping,
            5,
            Severity::Warning,
            "6 windows are open at once on 2024-01-10T06:00:00Z; the AWS quota is 5 concurrent window executions",
        ),
    ];
    told_beyond_their_limit_alone(&rows);
}

#[test]
fn quotas_of_baselines_are_told_beyond_their_limit_alone() {
    let rows: [Row<'_>; 6] = [
        (
            &|count| repeated(count - 1, baseline),
            50,
            Severity::Warning,
            "51 patch baselines; the AWS quota is 50",
        ),
        (&sources, 20, Severity::Error, "21 sources; AWS allows 20"),
        (
            &rules,
            10,
            Severity::Error,
            "baseline \"custom\" has 11 rules; AWS allows 10",
        ),
        (
            &filters,
            4,
            Severity::Warning,
            "5 filters in one group; the AWS API takes 4 (CloudFormation 5)",
        ),
        (
            &|count| patches("approved_patches", count),
            50,
            Severity::Error,
            "`approved_patches` has 51 entries; AWS allows 50",
        ),
        (
            &|count| patches("rejected_patches", count),
            50,
            Severity::Error,
            "`rejected_patches` has 51 entries; AWS allows 50",
        ),
    ];
    told_beyond_their_limit_alone(&rows);
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

/// The codes of the errors of a scenario.
fn errors(text: &str) -> Vec<&'static str> {
    let problems = load(text).problems.into_iter();
    let errors = problems.filter(|problem| problem.severity == Severity::Error);
    errors.map(|problem| problem.code).collect()
}

#[test]
fn lists_and_texts_of_a_baseline_have_the_lengths_that_aws_takes() {
    let filter = |values: &str| {
        let rule = format!("filter = {{ PRODUCT = [{values}] }}\napprove_after_days = 5");
        toml(&WEB).replace("approve_after_days = 5", &rule)
    };
    let source = |name: &str, products: &str, configuration: &str| {
        in_baseline(&format!(
            "[[baseline.custom.source]]\nname = \"{name}\"\nproducts = [{products}]\nconfiguration = \"{configuration}\""
        ))
    };
    let letters = |count: usize| "x".repeat(count);
    let product = |number: usize| format!("Product{number}");
    let rows: [(Text<'_>, usize, usize, &str); 9] = [
        (&|count| filter(&quoted(count, product)), 1, 20, codes::RANGE),
        (
            &|count| filter(&quoted(1, |_| letters(count))),
            1,
            64,
            codes::RANGE,
        ),
        (
            &|count| in_baseline(&format!("approved_patches = [\"{}\"]", letters(count))),
            1,
            100,
            codes::RANGE,
        ),
        (
            &|count| in_baseline(&format!("rejected_patches = [\"{}\"]", letters(count))),
            1,
            100,
            codes::RANGE,
        ),
        (
            &|count| in_baseline(&format!("description = \"{}\"", letters(count))),
            1,
            1024,
            codes::RANGE,
        ),
        (&|count| source(&letters(count), "\"*\"", "x"), 3, 50, codes::NAME),
        (
            &|count| source("mirror", &quoted(count, product), "x"),
            1,
            20,
            codes::RANGE,
        ),
        (
            &|count| source("mirror", &quoted(1, |_| letters(count)), "x"),
            1,
            128,
            codes::RANGE,
        ),
        (
            &|count| source("mirror", "\"*\"", &letters(count)),
            1,
            1024,
            codes::RANGE,
        ),
    ];
    for (number, (text, least, most, code)) in rows.into_iter().enumerate() {
        for fits in [least, most] {
            assert_eq!(errors(&text(fits)), [""; 0], "row {number}, {fits}");
        }
        for beyond in [least - 1, most + 1] {
            assert_eq!(errors(&text(beyond)), [code], "row {number}, {beyond}");
        }
    }
}
