//! `[releases.…]`.

use patchbench_model::catalog::presets::Preset;
use serde_json::{Value, json};

use super::Definitions;
use super::build::{Table, by_default, choice, flag, integer, list, named, reference, text};
use crate::read::releases::WEEKDAYS;

pub(super) fn sections(root: Table) -> Table {
    root.optional(
        "releases",
        "Where patches come from: release streams by name.",
        named(reference("releases")),
    )
}

pub(super) fn definitions() -> Definitions {
    vec![
        (
            "releases",
            json!({ "anyOf": [file(), patch_tuesday(), poisson(), preset()] }),
        ),
        ("products", products()),
        ("weighted", weighted()),
    ]
}

fn kind(description: &'static str, kind: &str) -> Table {
    Table::new(description).required("kind", "Which kind of stream it is.", json!({ "const": kind }))
}

fn products() -> Value {
    json!({
        "description": "Products, each once.",
        "anyOf": [
            { "type": "string", "minLength": 1 },
            { "type": "array", "items": { "type": "string", "minLength": 1 }, "minItems": 1, "uniqueItems": true },
        ],
    })
}

/// A name, or names with weights.
fn weighted() -> Value {
    json!({
        "description": "One name, or several with weights, such as { Critical = 1, Important = 3 }.",
        "anyOf": [
            text(),
            {
                "type": "object",
                "additionalProperties": { "type": "number", "exclusiveMinimum": 0, "maximum": 1_000_000_000 },
                "minProperties": 1,
            },
        ],
    })
}

fn period(table: Table) -> Table {
    table
        .optional(
            "from",
            "First instant of the stream; the start when absent.",
            reference("instant"),
        )
        .optional(
            "until",
            "Its end, exclusive; the horizon when absent.",
            reference("instant"),
        )
}

fn file() -> Value {
    kind("Recorded releases from a CSV file.", "file")
        .required("path", "The file, from the folder of the scenario.", text())
        .optional(
            "products",
            "Only patches of these products.",
            json!({ "anyOf": [text(), { "type": "array", "items": text(), "minItems": 1 }] }),
        )
        .build()
}

fn patch_tuesday() -> Value {
    let table = kind(
        "Microsoft's monthly rhythm: the second Tuesday of each month.",
        "patch_tuesday",
    )
    .optional(
        "operating_system",
        "Of the patches.",
        reference("operating_system"),
    )
    .required(
        "products",
        "Products that get each update.",
        reference("products"),
    );
    period(table)
        .optional(
            "update",
            "What comes each month; one cumulative security update when absent.",
            list(update()),
        )
        .optional("out_of_band", "", out_of_band())
        .build()
}

fn update() -> Value {
    Table::new("An update of each month.")
        .required("name", "Its name, part of the ids of its patches.", text())
        .required("classification", "Its classification.", text())
        .optional(
            "severity",
            "Its severity.",
            by_default(reference("weighted"), "Critical"),
        )
        .optional(
            "probability",
            "Probability that it comes in a month.",
            by_default(reference("probability"), 1),
        )
        .optional(
            "cumulative",
            "Whether each release replaces the one before of the same product.",
            by_default(flag(), false),
        )
        .build()
}

fn out_of_band() -> Value {
    Table::new("Repairs between two Patch Tuesdays.")
        .required(
            "probability",
            "Probability in a month, for each product.",
            reference("probability"),
        )
        .required(
            "delay",
            "Time from Patch Tuesday to the repair.",
            reference("distribution"),
        )
        .build()
}

fn poisson() -> Value {
    let weekdays = WEEKDAYS.into_iter().fold(
        Table::new("How likely releases are on each weekday; 1 when absent."),
        |table, day| table.optional(day, "Weight of the day.", reference("amount")),
    );
    let table = kind("Releases at random dates.", "poisson")
        .optional(
            "operating_system",
            "Of the patches.",
            reference("operating_system"),
        )
        .required(
            "products",
            "Products; each release is for one of them, by turns.",
            reference("products"),
        );
    period(table)
        .required(
            "per_month",
            "Releases in 30 days on average.",
            json!({ "type": "number", "exclusiveMinimum": 0 }),
        )
        .optional("weekdays", "", weekdays.build())
        .optional(
            "classification",
            "Of the patches; SecurityUpdates on Windows, else Security when absent.",
            reference("weighted"),
        )
        .optional(
            "severity",
            "Of the patches.",
            by_default(reference("weighted"), "Important"),
        )
        .build()
}

fn preset() -> Value {
    let table = kind("A vendor's releases with published figures.", "preset")
        .required(
            "preset",
            "Whose; `patchbench releases --list` describes them.",
            choice(Preset::ALL.iter().map(|preset| preset.name)),
        )
        .optional(
            "products",
            "Products instead of the preset's own.",
            reference("products"),
        )
        .optional(
            "year",
            "Use the figures of this year throughout.",
            integer(1970, 2199),
        );
    period(table).build()
}
