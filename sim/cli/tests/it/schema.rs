//! `patchbench schema`, and summaries held to it.

use std::path::Path;

use serde_json::{Value, json};

use crate::binary::{answer, root};

fn printed(of: &str) -> String {
    let done = answer(["schema", of]);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    done.out
}

#[test]
fn it_prints_the_schemas_that_are_committed() {
    for (of, path) in [
        ("scenario", "scenarios/scenario.schema.json"),
        ("summary", "reports/summary.schema.json"),
    ] {
        let committed = std::fs::read_to_string(root().join(path)).unwrap();
        assert!(printed(of) == committed, "{path}");
    }
}

/// The schema of summaries with every object closed: a key that it does not know is an error.
fn strict() -> jsonschema::Validator {
    fn close(schema: &mut Value) {
        match schema {
            Value::Object(keys) => {
                keys.values_mut().for_each(close);
                if keys.contains_key("required") {
                    keys.insert("additionalProperties".to_owned(), Value::Bool(false));
                }
            }
            Value::Array(items) => items.iter_mut().for_each(close),
            _ => {}
        }
    }
    let mut schema: Value = serde_json::from_str(&printed("summary")).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    close(&mut schema);
    jsonschema::validator_for(&schema).unwrap()
}

fn complaints(validator: &jsonschema::Validator, summary: &Value) -> Vec<String> {
    let errors = validator.iter_errors(summary);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// The summary of a run, from its folder.
fn summary(words: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("result");
    let words = ["run", "--quiet", "--out", out.to_str().unwrap()]
        .into_iter()
        .chain(words.iter().copied());
    let done = answer(words);
    assert!([0, 4].contains(&done.code), "{}", done.err);
    serde_json::from_slice(&std::fs::read(out.join("summary.json")).unwrap()).unwrap()
}

/// A scenario with an assertion about an estimate, in a folder.
fn bounded(folder: &Path) -> String {
    let file = folder.join("bounded.toml");
    let text = std::fs::read_to_string(root().join("scenarios/front-end-servers-install.toml")).unwrap();
    let bound = "[[assert]]\nmetric = \"exposure\"\nestimate = \"p95\"\nat_most = 1000000\n";
    std::fs::write(&file, format!("{text}\n{bound}")).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn summaries_have_all_that_their_schema_has_and_nothing_else() {
    let validator = strict();
    let folder = tempfile::tempdir().unwrap();
    let bounded = bounded(folder.path());
    for words in [
        &["scenarios/front-end-servers-install.toml", "--reps", "3"][..],
        &["scenarios/canary-catches-bad-patch.toml", "--reps", "3"],
        &["scenarios/recorded-2024-rings.toml", "--reps", "1"],
        &[
            "scenarios/threshold-hair-trigger.toml",
            "--reps",
            "2",
            "--set",
            "settings.percent_rounding=ceil",
        ],
        &[&bounded, "--precision", "10%", "--max-reps", "70"],
    ] {
        let summary = summary(words);
        let found = complaints(&validator, &summary);
        assert!(found.is_empty(), "{words:?}: {found:#?}");
    }
}

#[test]
fn a_summary_with_a_part_that_is_amiss_is_refused() {
    let validator = strict();
    let folder = tempfile::tempdir().unwrap();
    let sound = summary(&[&bounded(folder.path()), "--reps", "3"]);
    for (pointer, value) in [
        ("/format_version", json!(0)),
        ("/start", json!("yesterday")),
        ("/metrics/0/distribution/n", json!("three")),
        ("/metrics/0/distribution/interval", json!([1])),
        ("/windows/0/window", json!(1)),
        ("/windows/0", json!({})),
        ("/assertions/0/outcome", json!("perhaps")),
        ("/groups/0/nodes", Value::Null),
    ] {
        let mut broken = sound.clone();
        *broken.pointer_mut(pointer).unwrap() = value;
        assert!(!complaints(&validator, &broken).is_empty(), "{pointer}");
    }
}
