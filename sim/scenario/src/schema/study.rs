//! `[study]`, `[[assert]]`, `[sla.…]` and `[exploitation]`.

use patchbench_model::measures::{MAX_SLAS, SLA_PRESETS};
use serde_json::{Map, Value, json};

use super::Definitions;
use super::build::{Table, by_default, choice, integer_from, list, one_of, reference, text};
use crate::read::filter_values::SEVERITIES;
use crate::read::measures::MOST_POINTS;
use crate::read::study::{COVERAGES, DEFAULT_REPLICATIONS, DEFAULT_SEED, Measure, slices};
use crate::scenario::{Estimate, Limits, Metric};

pub(super) fn sections(root: Table) -> Table {
    let most = Limits::default().max_replications as i64;
    let study = Table::new("How the scenario is studied.")
        .optional(
            "seed",
            "Seed of all draws.",
            by_default(integer_from(0), DEFAULT_SEED),
        )
        .optional(
            "replications",
            "How often it is played.",
            by_default(super::build::integer(1, most), DEFAULT_REPLICATIONS),
        );
    root.optional("study", "", study.build())
        .optional("assert", "What must hold.", list(reference("assert")))
        .optional(
            "sla",
            "Deadlines from the release to the install, by name.",
            json!({
                "type": "object",
                "additionalProperties": reference("sla"),
                "maxProperties": MAX_SLAS,
            }),
        )
        .optional("exploitation", "", exploitation())
}

pub(super) fn definitions() -> Definitions {
    vec![("assert", assertion()), ("sla", sla())]
}

fn assertion() -> Value {
    let bound = || json!({ "anyOf": [reference("duration"), reference("amount")] });
    Table::new(
        "Something that must hold: a bound of a metric, in a share of the replications or for an estimate.",
    )
    .optional("name", "What it is called in results.", text())
    .required(
        "metric",
        "What is bounded.",
        choice(Metric::ALL.map(Metric::as_str)),
    )
    .optional("where", "", slice())
    .optional(
        "coverage",
        "Of time_to_coverage: the share of the nodes that has the patch.",
        json!({ "enum": COVERAGES }),
    )
    .optional("sla", "Of sla_attainment: the deadline by name.", text())
    .optional(
        "in",
        "In which share of the replications it must hold.",
        by_default(reference("probability"), 0.95),
    )
    .optional(
        "estimate",
        "Instead of a share of the replications: what of their distribution is bounded.",
        choice(Estimate::ALL.map(Estimate::as_str)),
    )
    .optional(
        "at_most",
        "The upper bound: a time, a share or a number, as the metric is.",
        bound(),
    )
    .optional("at_least", "The lower bound.", bound())
    .rule("oneOf", one_of(&["at_most", "at_least"]))
    .rule("not", json!({ "required": ["estimate", "in"] }))
    .rule("allOf", rules())
    .build()
}

fn slice() -> Value {
    Table::new("Only a part of what the metric counts; which keys there are depends on it.")
        .optional("group", "Only this patch group.", text())
        .optional("window", "Only this window.", text())
        .optional("severity", "Only patches of this severity.", text())
        .optional(
            "patch",
            "Only this patch, by id or knowledge base number.",
            text(),
        )
        .build()
}

/// What depends on the metric.
fn rules() -> Value {
    let mut rules = Vec::new();
    let of = |wanted: &dyn Fn(Metric) -> bool| -> Vec<&str> {
        let metrics = Metric::ALL.into_iter().filter(|metric| wanted(*metric));
        metrics.map(Metric::as_str).collect()
    };
    let mut when = |metrics: Vec<&str>, then: Value| {
        let is = json!({ "required": ["metric"], "properties": { "metric": { "enum": metrics } } });
        rules.push(json!({ "if": is, "then": then }));
    };
    for (measure, value) in [
        (Measure::Duration, "duration"),
        (Measure::Share, "probability"),
        (Measure::Amount, "amount"),
    ] {
        let bounds = json!({ "at_most": reference(value), "at_least": reference(value) });
        when(
            of(&|metric| Measure::of(metric) == measure),
            json!({ "properties": bounds }),
        );
    }
    for (key, metric) in [
        ("coverage", Metric::TimeToCoverage),
        ("sla", Metric::SlaAttainment),
    ] {
        let refused: Map<String, Value> = [(key.to_owned(), Value::Bool(false))].into_iter().collect();
        when(vec![metric.as_str()], json!({ "required": [key] }));
        when(of(&|other| other != metric), json!({ "properties": refused }));
    }
    when(
        of(&|metric| metric.is_probability()),
        json!({ "properties": { "estimate": false } }),
    );
    for key in ["group", "window", "severity", "patch"] {
        let refused: Map<String, Value> = [(key.to_owned(), Value::Bool(false))].into_iter().collect();
        when(
            of(&|metric| !slices(metric).contains(&key)),
            json!({ "properties": { "where": { "properties": refused } } }),
        );
    }
    Value::Array(rules)
}

fn sla() -> Value {
    let presets = SLA_PRESETS.iter().map(|preset| preset.name);
    let words = SEVERITIES.iter().copied().chain(["High", "Unrated"]);
    let times: Map<String, Value> = words
        .clone()
        .map(|word| (word.to_owned(), reference("duration")))
        .collect();
    let pattern = format!("^({})$", words.map(any_case).collect::<Vec<_>>().join("|"));
    let each = json!({
        "description": "One time for each severity, in any vendor's words; patches of others are none of its business.",
        "type": "object",
        "properties": times,
        "patternProperties": { pattern: reference("duration") },
        "additionalProperties": false,
        "minProperties": 1,
    });
    Table::new("A deadline: within which time from its release a patch is to be installed.")
        .optional("preset", "A published one.", choice(presets))
        .optional(
            "within",
            "One of your own: a time for all patches, or one for each severity.",
            json!({ "anyOf": [reference("duration"), each] }),
        )
        .rule("oneOf", one_of(&["preset", "within"]))
        .build()
}

/// A pattern for a word in large or small letters.
fn any_case(word: &str) -> String {
    let letter = |letter: char| format!("[{}{}]", letter.to_ascii_uppercase(), letter.to_ascii_lowercase());
    word.chars().map(letter).collect()
}

fn exploitation() -> Value {
    let point = Table::new("A point of the curve, each later than the last and no share below it.")
        .required(
            "after",
            "Time from the release, longer than 0.",
            reference("duration"),
        )
        .required(
            "share",
            "Share of the flaws that are exploited by then.",
            reference("probability"),
        )
        .build();
    Table::new("When flaws are exploited; a published curve when absent.")
        .optional(
            "zero_day_share",
            "Share of the flaws that are exploited before there is a patch; the curve is for the others.",
            by_default(reference("probability"), 0),
        )
        .optional(
            "curve",
            "The share of flaws that are exploited, over the time from the release.",
            json!({ "type": "array", "items": point, "minItems": 1, "maxItems": MOST_POINTS }),
        )
        .build()
}
