//! Values of single keys: times, shares, texts, distributions.

use serde_json::{Value, json};

use super::Definitions;
use super::build::{Table, list, reference};

pub(super) fn definitions() -> Definitions {
    vec![
        ("duration", duration()),
        ("instant", instant()),
        ("date", date()),
        ("probability", probability()),
        ("amount", amount()),
        ("texts", texts()),
        ("distribution", distribution()),
    ]
}

fn duration() -> Value {
    json!({
        "description": "A time from 0 to ten years: numbers with units ms, s, m, h, d, w, such as 22m or 1h30m.",
        "type": "string",
        "pattern": r"^((\d+\.?\d*|\.\d+)(ms|s|m|h|d|w))+$",
        "examples": ["22m", "1h30m", "5d"],
    })
}

fn instant() -> Value {
    json!({
        "description": "An instant of the years 1970 to 2199 with its offset from UTC; a date alone is its midnight UTC. A TOML date or a text.",
        "type": "string",
        "pattern": r"^\d{4}-\d{1,2}-\d{1,2}([Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:?\d{2}))?$",
        "examples": ["2024-01-09T16:00:00Z", "2024-01-09"],
    })
}

fn date() -> Value {
    json!({
        "description": "A date of the years 1970 to 2199. A TOML date or a text.",
        "type": "string",
        "pattern": r"^\d{4}-\d{1,2}-\d{1,2}$",
        "examples": ["2024-01-09"],
    })
}

fn probability() -> Value {
    json!({
        "description": "A probability or a share, from 0 to 1.",
        "type": "number",
        "minimum": 0,
        "maximum": 1,
    })
}

fn amount() -> Value {
    json!({
        "description": "A count or a weight, from 0 to a billion.",
        "type": "number",
        "minimum": 0,
        "maximum": 1_000_000_000,
    })
}

fn texts() -> Value {
    json!({
        "description": "Several texts; a single one counts as a list of one.",
        "anyOf": [{ "type": "string" }, list(json!({ "type": "string" }))],
    })
}

fn distribution() -> Value {
    let pair = |meaning, first, second, (key, value): (&'static str, Value)| {
        Table::new(meaning)
            .required(first, "A time.", reference("duration"))
            .required(key, second, value)
            .build()
    };
    let kinds = Table::new("One kind of distribution with its parameters.")
        .optional("constant", "Always this time.", reference("duration"))
        .optional(
            "uniform",
            "",
            pair(
                "Every time between two is equally likely.",
                "low",
                "The longest time.",
                ("high", reference("duration")),
            ),
        )
        .optional(
            "exponential",
            "",
            Table::new("Exponential.")
                .required("mean", "The mean, longer than 0.", reference("duration"))
                .build(),
        )
        .optional(
            "lognormal",
            "",
            pair(
                "Lognormal: half of the times are shorter than the median.",
                "median",
                "Standard deviation of the logarithm, 0 to 10.",
                ("sigma", json!({ "type": "number", "minimum": 0, "maximum": 10 })),
            ),
        )
        .optional(
            "gamma",
            "",
            pair(
                "Gamma.",
                "mean",
                "Shape; 1 is exponential, more is narrower.",
                ("shape", json!({ "type": "number", "exclusiveMinimum": 0 })),
            ),
        )
        .optional("empirical", "", empirical())
        .rule("minProperties", json!(1))
        .rule("maxProperties", json!(1))
        .build();
    json!({
        "description": "A time, or a distribution of one.",
        "anyOf": [reference("duration"), kinds],
    })
}

fn empirical() -> Value {
    Table::new("One of a few times.")
        .required(
            "values",
            "The times.",
            json!({ "type": "array", "items": reference("duration"), "minItems": 1 }),
        )
        .optional(
            "weights",
            "How likely each of them is; equally when absent.",
            list(reference("amount")),
        )
        .build()
}
