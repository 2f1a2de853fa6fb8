//! `[sweep]`.

use serde_json::{Value, json};

use super::Definitions;
use super::build::{Table, by_default, choice_of, integer_from, list, reference, text};
use crate::read::sweep::DESIGNS;

pub(super) fn sections(root: Table) -> Table {
    let sweep = Table::new("What `patchbench sweep` varies.")
        .optional(
            "design",
            "Which combinations of levels are played.",
            by_default(choice_of(&DESIGNS), DESIGNS[0].0),
        )
        .optional(
            "points",
            "Of a Latin hypercube: how many combinations.",
            integer_from(1),
        )
        .optional(
            "where",
            "Only combinations for which this holds, such as \"cutoff < duration\".",
            text(),
        )
        .required(
            "factor",
            "What is varied.",
            json!({ "type": "array", "items": reference("factor"), "minItems": 1 }),
        )
        .rule("allOf", json!([points()]));
    root.optional("sweep", "", sweep.build())
}

/// A number of points belongs to a Latin hypercube, and to nothing else.
fn points() -> Value {
    json!({
        "if": { "required": ["design"], "properties": { "design": { "const": "latin_hypercube" } } },
        "then": { "required": ["points"] },
        "else": { "properties": { "points": false } },
    })
}

pub(super) fn definitions() -> Definitions {
    vec![
        ("factor", factor("A value of the scenario and its levels.", true)),
        (
            "zip",
            factor("A value that goes along with the factor, level by level.", false),
        ),
    ]
}

fn factor(description: &'static str, zipped: bool) -> Value {
    let mark = || json!({ "type": ["string", "number"] });
    let table = Table::new(description)
        .required("path", "The value, such as \"nodes.web.count\".", text())
        .optional(
            "levels",
            "Its levels: a list, or a text as the option --vary takes it.",
            json!({ "anyOf": [text(), { "type": "array", "minItems": 1 }] }),
        )
        .optional("file", "A file with one level a line.", text())
        .optional("from", "The first level of a range.", mark())
        .optional("to", "The last level of a range.", mark())
        .optional("step", "The step of a range.", mark());
    let table = if zipped {
        table.optional("zip", "Values that go along with it.", list(reference("zip")))
    } else {
        table
    };
    table
        .rule(
            "oneOf",
            json!([
                { "required": ["levels"] },
                { "required": ["file"] },
                { "required": ["from", "to"] },
            ]),
        )
        .build()
}
