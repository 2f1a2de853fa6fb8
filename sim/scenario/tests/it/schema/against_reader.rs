//! Every table of the schema has the keys that the reader asks for, every choice the words that it
//! takes, and what the schema refuses the reader refuses, too.

use std::collections::BTreeSet;

use patchbench_scenario::{Loaded, Problem, Severity, codes, scenario_schema};

use super::scenes::{SCENES, load, table_json};
use super::walk::{Found, Path, Walk, places, removed, with};
use super::{complaints, validator};

const UNKNOWN: &str = "zz-unknown";

fn scenes() -> Vec<(toml::Table, Vec<Found>)> {
    let schema = scenario_schema();
    let one = |text: &str| {
        let document: toml::Table = text.parse().unwrap();
        let found = Walk::new(&schema).all(&table_json(&document));
        (document, found)
    };
    SCENES.into_iter().map(one).collect()
}

fn has_errors(loaded: &Loaded) -> bool {
    let mut problems = loaded.problems.iter();
    problems.any(|problem| problem.severity == Severity::Error)
}

/// The names that a note of a problem lists.
fn listed(problem: &Problem) -> BTreeSet<String> {
    let lists = ["allowed: ", "metrics: ", "estimates: ", "presets: "];
    let mut notes = problem.notes.iter();
    let list = notes.find_map(|note| lists.iter().find_map(|list| note.strip_prefix(list)));
    let list = list.unwrap_or_else(|| panic!("nothing is listed: {}", problem.message));
    assert!(!list.contains(" more"), "a list that is cut off: {list}");
    list.split(", ").map(str::to_owned).collect()
}

/// The problem that a document has because of this word.
fn told<'a>(loaded: &'a Loaded, word: &str, place: &Path) -> &'a Problem {
    let mut problems = loaded.problems.iter();
    let found = problems.find(|problem| problem.message.contains(word));
    found.unwrap_or_else(|| panic!("{word} is no problem at {place}"))
}

#[test]
fn the_scenes_are_valid() {
    let validator = validator();
    for (document, _) in scenes() {
        let loaded = load(&document);
        assert!(!has_errors(&loaded), "{}", crate::texts::rendered(&loaded));
        let found = complaints(&validator, &table_json(&document));
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn the_scenes_have_every_table_of_the_schema() {
    let schema = scenario_schema();
    let seen: BTreeSet<String> = scenes()
        .into_iter()
        .flat_map(|(_, found)| found)
        .filter_map(|found| match found {
            Found::Table { pointer, .. } => Some(pointer),
            Found::Choice { .. } => None,
        })
        .collect();
    assert_eq!(seen, Walk::new(&schema).every_table());
}

#[test]
fn every_table_has_the_keys_that_the_reader_asks_for() {
    let mut tables = 0;
    for (document, found) in scenes() {
        for found in found {
            let Found::Table { place, keys, .. } = found else {
                continue;
            };
            let unknown = with(&document, &place.below(UNKNOWN), toml::Value::Integer(1));
            let loaded = load(&unknown);
            let problem = told(&loaded, UNKNOWN, &place);
            let asked = if problem.message.ends_with("beside `path`") {
                BTreeSet::from(["path".to_owned()])
            } else {
                listed(problem)
            };
            assert_eq!(keys, asked, "keys at {place}");
            tables += 1;
        }
    }
    assert!(tables > 60, "{tables}");
}

#[test]
fn every_choice_has_the_words_that_the_reader_takes() {
    let mut choices = 0;
    for (document, found) in scenes() {
        for found in found {
            let Found::Choice { place, words } = found else {
                continue;
            };
            let loaded = load(&with(&document, &place, UNKNOWN.into()));
            assert_eq!(words, listed(told(&loaded, UNKNOWN, &place)), "words at {place}");
            choices += 1;
        }
    }
    assert!(choices > 25, "{choices}");
}

/// Values of every kind, to stand where others belong.
fn strange() -> Vec<toml::Value> {
    let text = |text: &str| toml::Value::String(text.to_owned());
    let table: toml::Table = format!("{UNKNOWN} = 1").parse().unwrap();
    vec![
        text(UNKNOWN),
        text(""),
        text("10%"),
        toml::Value::Integer(-1),
        toml::Value::Integer(3),
        toml::Value::Float(0.5),
        toml::Value::Float(1.5),
        toml::Value::Boolean(true),
        toml::Value::Array(Vec::new()),
        toml::Value::Array(vec![text(UNKNOWN)]),
        toml::Value::Array(vec![toml::Value::Integer(1)]),
        toml::Value::Table(toml::Table::new()),
        toml::Value::Table(table),
    ]
}

/// What the reader calls by these codes the schema can tell, too.
const TOLD: [&str; 3] = [codes::TYPE, codes::DURATION, codes::CHOICE];

#[test]
fn schema_and_reader_refuse_the_same_kinds_of_values() {
    let validator = validator();
    let mut wrong = Vec::new();
    let mut judge = |document: &toml::Table, change: String| {
        let loaded = load(document);
        let found = complaints(&validator, &table_json(document));
        if !found.is_empty() && !has_errors(&loaded) {
            wrong.push(format!(
                "{change}: only the schema refuses it: {}",
                found.join("; ")
            ));
        }
        // What a change sets is read where it belongs, which no schema can follow.
        let followed = !change.starts_with(".change[0].set.");
        let mut problems = loaded.problems.iter();
        if found.is_empty()
            && followed
            && let Some(problem) = problems.find(|problem| TOLD.contains(&problem.code))
        {
            wrong.push(format!(
                "{change}: only the reader refuses it: {}",
                problem.message
            ));
        }
    };
    for (document, _) in scenes() {
        for place in places(&document) {
            judge(&removed(&document, &place), format!("{place} removed"));
            for value in strange() {
                judge(
                    &with(&document, &place, value.clone()),
                    format!("{place} = {value}"),
                );
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differences\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_key_that_must_be_there_must_be_there_for_the_reader() {
    let validator = validator();
    for (document, _) in scenes() {
        for place in places(&document) {
            let without = removed(&document, &place);
            let mut problems = load(&without).problems.into_iter();
            if problems.any(|problem| problem.code == codes::MISSING) {
                let found = complaints(&validator, &table_json(&without));
                assert!(!found.is_empty(), "the schema does without {place}");
            }
        }
    }
}
