//! Scenarios with every table, as text and as JSON.

use patchbench_scenario::Loaded;
use serde_json::{Map, Value};

use crate::texts::{Files, read};

/// Scenarios that have every table of the schema.
pub(crate) const SCENES: [&str; 2] = [
    include_str!("../../schema/windows.toml"),
    include_str!("../../schema/policy.toml"),
];

/// Loads a document with the files that the scenes name.
pub(crate) fn load(document: &toml::Table) -> Loaded {
    let files = Files::default()
        .with(
            "releases.csv",
            "id,released_at,operating_system,product,classification,severity\n\
             KB5034441,2024-01-09,WINDOWS,WindowsServer2022,SecurityUpdates,Critical\n",
        )
        .with(
            "nodes.csv",
            "id,operating_system,product,patch_group\ni-1,WINDOWS,WindowsServer2019,Web\n",
        )
        .with("pb.json", r#"{"Name":"Referenced","ApprovedPatches":["KB5034441"]}"#)
        .with(
            "mw.json",
            r#"{"Name":"Referenced","Schedule":"rate(7 days)","Duration":2,"Cutoff":1,"AllowUnassociatedTargets":false}"#,
        )
        .with("list.yaml", "patches:\n  - id: KB5034441\n");
    read(&document.to_string(), &files)
}

/// A scenario as a JSON document: dates are texts.
pub(crate) fn as_json(text: &str) -> Value {
    table_json(&text.parse().unwrap())
}

pub(crate) fn table_json(table: &toml::Table) -> Value {
    let entries = table.iter().map(|(key, value)| (key.clone(), json(value)));
    Value::Object(entries.collect::<Map<_, _>>())
}

fn json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(flag) => (*flag).into(),
        toml::Value::Datetime(at) => at.to_string().into(),
        toml::Value::Array(items) => items.iter().map(json).collect(),
        toml::Value::Table(table) => table_json(table),
    }
}
