//! Walking through a document and its schema together, and changing a document at a place.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

/// A place in a document: keys, and numbers of list items.
#[derive(Clone, Debug, Default)]
pub(crate) struct Path(Vec<Step>);

#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Item(usize),
}

impl Path {
    pub(crate) fn below(&self, key: &str) -> Self {
        self.and(Step::Key(key.to_owned()))
    }

    fn and(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.0 {
            match step {
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Item(number) => write!(f, "[{number}]")?,
            }
        }
        Ok(())
    }
}

/// What the schema says of a place of the document.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    /// A table with these keys and no others.
    Table {
        place: Path,
        pointer: String,
        keys: BTreeSet<String>,
    },
    /// One of these words.
    Choice { place: Path, words: BTreeSet<String> },
}

/// A walk through a schema.
pub(crate) struct Walk<'a> {
    schema: &'a Value,
    found: Vec<Found>,
}

fn keys(table: &Value) -> BTreeSet<String> {
    let table = table.as_object();
    table.map_or_else(BTreeSet::new, |table| table.keys().cloned().collect())
}

/// Whether no other keys are allowed than those that are named.
fn is_closed(schema: &Value) -> bool {
    schema.get("properties").is_some()
        && schema.get("additionalProperties") == Some(&Value::Bool(false))
        && schema.get("patternProperties").is_none()
}

impl<'a> Walk<'a> {
    pub(crate) fn new(schema: &'a Value) -> Self {
        Self {
            schema,
            found: Vec::new(),
        }
    }

    /// What the schema says of all places of a valid document.
    pub(crate) fn all(mut self, document: &Value) -> Vec<Found> {
        self.visit("", document, &Path::default());
        self.found
    }

    /// Pointers to all tables of the schema that refuse unknown keys.
    pub(crate) fn every_table(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![(String::new(), self.schema)];
        while let Some((pointer, schema)) = open.pop() {
            if is_closed(schema) {
                found.insert(pointer.clone());
            }
            let inside: Vec<(String, &Value)> = match schema {
                Value::Object(object) => object
                    .iter()
                    .map(|(key, value)| (key.replace('/', "~1"), value))
                    .collect(),
                Value::Array(items) => {
                    let items = items.iter().enumerate();
                    items.map(|(number, value)| (number.to_string(), value)).collect()
                }
                _ => Vec::new(),
            };
            open.extend(
                inside
                    .into_iter()
                    .map(|(key, value)| (format!("{pointer}/{key}"), value)),
            );
        }
        found
    }

    /// Whether a part of the schema takes a value.
    fn fits(&self, part: &Value, value: &Value) -> bool {
        let Value::Object(part) = part else {
            return *part == Value::Bool(true);
        };
        let mut part = part.clone();
        part.insert("$defs".to_owned(), self.schema["$defs"].clone());
        jsonschema::is_valid(&Value::Object(part), value)
    }

    fn visit(&mut self, pointer: &str, value: &Value, place: &Path) {
        let schema = self.schema.pointer(pointer).unwrap();
        if let Some(Value::String(reference)) = schema.get("$ref") {
            self.visit(reference.trim_start_matches('#'), value, place);
        }
        for keyword in ["anyOf", "oneOf"] {
            let Some(Value::Array(branches)) = schema.get(keyword) else {
                continue;
            };
            self.kinds(branches, place);
            for (number, branch) in branches.iter().enumerate() {
                if self.fits(branch, value) {
                    self.visit(&format!("{pointer}/{keyword}/{number}"), value, place);
                }
            }
        }
        if let Some(Value::Array(words)) = schema.get("enum")
            && value.is_string()
        {
            let words = words
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
            let place = place.clone();
            self.found.push(Found::Choice { place, words });
        }
        match value {
            Value::Object(entries) => {
                if is_closed(schema) {
                    self.found.push(Found::Table {
                        place: place.clone(),
                        pointer: pointer.to_owned(),
                        keys: keys(&schema["properties"]),
                    });
                }
                for (key, value) in entries {
                    let place = place.below(key);
                    if schema["properties"].get(key).is_some() {
                        self.visit(&format!("{pointer}/properties/{key}"), value, &place);
                    } else if schema["additionalProperties"].is_object() {
                        self.visit(&format!("{pointer}/additionalProperties"), value, &place);
                    }
                }
            }
            Value::Array(items) if schema.get("items").is_some() => {
                for (number, item) in items.iter().enumerate() {
                    self.visit(&format!("{pointer}/items"), item, &place.and(Step::Item(number)));
                }
            }
            _ => {}
        }
    }

    /// Branches that differ by their `kind`.
    fn kinds(&mut self, branches: &[Value], place: &Path) {
        let kind = |branch: &Value| Some(branch.pointer("/properties/kind/const")?.as_str()?.to_owned());
        if let Some(words) = branches.iter().map(kind).collect::<Option<BTreeSet<String>>>() {
            let place = place.below("kind");
            self.found.push(Found::Choice { place, words });
        }
    }
}

/// Every place of a document.
pub(crate) fn places(document: &toml::Table) -> Vec<Path> {
    fn inside(value: &toml::Value, place: Path, all: &mut Vec<Path>) {
        match value {
            toml::Value::Table(table) => {
                for (key, value) in table {
                    inside(value, place.below(key), all);
                }
            }
            toml::Value::Array(items) => {
                for (number, value) in items.iter().enumerate() {
                    inside(value, place.and(Step::Item(number)), all);
                }
            }
            _ => {}
        }
        all.push(place);
    }
    let mut all = Vec::new();
    inside(&toml::Value::Table(document.clone()), Path::default(), &mut all);
    all.retain(|place| !place.0.is_empty());
    all
}

/// A document with a value at a place.
pub(crate) fn with(document: &toml::Table, place: &Path, value: toml::Value) -> toml::Table {
    changed(document, place, Some(value))
}

/// A document without what stands at a place.
pub(crate) fn removed(document: &toml::Table, place: &Path) -> toml::Table {
    changed(document, place, None)
}

fn changed(document: &toml::Table, place: &Path, new: Option<toml::Value>) -> toml::Table {
    let mut root = toml::Value::Table(document.clone());
    let (last, above) = place.0.split_last().unwrap();
    let mut here = &mut root;
    for step in above {
        here = match step {
            Step::Key(key) => here.get_mut(key).unwrap(),
            Step::Item(number) => here.get_mut(*number).unwrap(),
        };
    }
    match (last, here, new) {
        (Step::Key(key), toml::Value::Table(table), Some(new)) => drop(table.insert(key.clone(), new)),
        (Step::Key(key), toml::Value::Table(table), None) => drop(table.remove(key)),
        (Step::Item(number), toml::Value::Array(items), Some(new)) => items[*number] = new,
        (Step::Item(number), toml::Value::Array(items), None) => drop(items.remove(*number)),
        _ => panic!("{place} is not in the document"),
    }
    let toml::Value::Table(document) = root else {
        panic!("a document is a table");
    };
    document
}
