//! The schema of scenario files says what the reader does.

mod against_reader;
mod scenes;
mod walk;

use std::path::{Path, PathBuf};

use patchbench_scenario::{Limits, Problem, codes, load, scenario_schema, template};
use serde_json::Value;

use scenes::as_json;

fn validator() -> jsonschema::Validator {
    let schema = scenario_schema();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// What a schema has to say against a document.
fn complaints(validator: &jsonschema::Validator, document: &Value) -> Vec<String> {
    validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    found.sort();
    found
}

/// `UPDATE_GALLERY=1 cargo test -p patchbench-scenario` writes it anew.
#[test]
fn the_committed_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/scenario.schema.json");
    let text = format!("{:#}\n", scenario_schema());
    if std::env::var_os("UPDATE_GALLERY").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == text,
        "scenarios/scenario.schema.json is not current"
    );
}

#[test]
fn shipped_scenarios_and_the_template_are_valid() {
    let validator = validator();
    let shipped = shipped();
    assert!(shipped.len() > 10);
    for path in shipped {
        let document = as_json(&std::fs::read_to_string(&path).unwrap());
        let found = complaints(&validator, &document);
        assert!(found.is_empty(), "{}: {found:#?}", path.display());
    }
    let found = complaints(&validator, &as_json(template()));
    assert!(found.is_empty(), "{found:#?}");
}

/// What the schema refuses the reader refuses, and what it can tell of the reader's errors it tells.
#[test]
fn mistakes_of_the_corpus_are_told() {
    let validator = validator();
    let mut told = 0;
    for folder in std::fs::read_dir("tests/corpus").unwrap() {
        for path in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = path.unwrap().path();
            let text = std::fs::read(&path)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok());
            let Some(Ok(document)) = text.map(|text| text.parse::<toml::Table>()) else {
                continue;
            };
            let found = complaints(&validator, &scenes::table_json(&document));
            let loaded = load(&path, &[], &Limits::default());
            // Of lists that the scenario names a schema knows nothing.
            let here = |problem: &&Problem| problem.labels.iter().all(|label| label.source == 0);
            let problems = loaded.problems.iter().filter(here);
            let codes: Vec<&str> = problems.map(|problem| problem.code).collect();
            if !found.is_empty() {
                told += 1;
                assert!(loaded.scenario.is_none(), "{}: {found:#?}", path.display());
                continue;
            }
            // What a change sets is read where it belongs, which no schema can follow.
            if path.starts_with("tests/corpus/changes") {
                continue;
            }
            let plain = [codes::TYPE, codes::UNKNOWN_KEY, codes::MISSING, codes::DURATION];
            let missed = codes.iter().find(|code| plain.contains(code));
            assert!(missed.is_none(), "{}: {codes:?}", path.display());
        }
    }
    assert!(told > 30, "{told}");
}
