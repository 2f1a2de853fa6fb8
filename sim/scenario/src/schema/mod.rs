//! The schema of scenario files (JSON Schema, draft 2020-12), for editors and other tools.
//!
//! What the reader declares as data (names, limits, settings) is taken from there; the rest is written
//! down here with descriptions and units. A test holds every table to what the reader accepts.

mod baselines;
mod build;
mod faults;
mod nodes;
mod releases;
mod settings;
mod study;
mod sweep;
mod values;
mod windows;

use serde_json::{Map, Value, json};

use build::{Table, reference};

/// The schema of scenario files.
pub fn scenario_schema() -> Value {
    let root = Table::new("A scenario of patchbench: a world to simulate, and how it is studied.")
        .required("format", "Version of this layout.", json!({ "const": 1 }))
        .optional(
            "name",
            "What the scenario is called in results.",
            json!({ "type": "string" }),
        )
        .required("start", "Where the simulation begins.", reference("instant"))
        .required(
            "horizon",
            "Where it ends: a time from the start, or an instant; at most ten years later.",
            json!({ "anyOf": [reference("duration"), reference("instant")] }),
        );
    let root = [
        study::sections,
        settings::sections,
        releases::sections,
        baselines::sections,
        nodes::sections,
        windows::sections,
        faults::sections,
        sweep::sections,
    ]
    .into_iter()
    .fold(root, |root, sections| sections(root));
    let mut definitions = Map::new();
    for part in [
        values::definitions(),
        releases::definitions(),
        baselines::definitions(),
        nodes::definitions(),
        windows::definitions(),
        faults::definitions(),
        study::definitions(),
        sweep::definitions(),
    ] {
        definitions.extend(part.into_iter().map(|(name, schema)| (name.to_owned(), schema)));
    }
    let mut schema = Map::new();
    schema.insert(
        "$schema".to_owned(),
        "https://json-schema.org/draft/2020-12/schema".into(),
    );
    schema.insert("title".to_owned(), "patchbench scenario".into());
    if let Value::Object(root) = root.build() {
        schema.extend(root);
    }
    schema.insert("$defs".to_owned(), Value::Object(definitions));
    Value::Object(schema)
}

/// What `$defs` is made of.
type Definitions = Vec<(&'static str, Value)>;
