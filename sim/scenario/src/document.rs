//! A TOML document in which every leaf knows its place.

use std::ops::Range;
use std::rc::Rc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

use crate::problem::Problem;
use crate::syntax::syntax_problems;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// The key that it stands under; items of a list have the key of the list.
    pub(crate) name: Rc<str>,
    pub(crate) value: Value,
    pub(crate) source: usize,
    pub(crate) span: Range<usize>,
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    /// A number that no 64 bits hold.
    Huge(String),
    Flag(bool),
    Datetime(Datetime),
    List(Vec<Item>),
    Table(Vec<Entry>),
}

/// A key of a table with its value, in the order of the file.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) source: usize,
    pub(crate) span: Range<usize>,
    pub(crate) item: Item,
}

impl Item {
    /// The place, for problems.
    pub(crate) fn place(&self) -> (usize, Range<usize>) {
        (self.source, self.span.clone())
    }

    /// What kind of value it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "a text",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Huge(_) => "a number that is far too large",
            Value::Flag(_) => "true or false",
            Value::Datetime(_) => "a date",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

impl Entry {
    pub(crate) fn place(&self) -> (usize, Range<usize>) {
        (self.source, self.span.clone())
    }
}

/// In longer texts the first syntax error is told alone: every few bytes may be one, and the parser keeps
/// several hundred bytes for each.
const LONGEST_RECOVERED: usize = 1 << 20;

/// Parses a document; syntax errors become problems.
pub(crate) fn parse(text: &str, source: usize, problems: &mut Vec<Problem>) -> Item {
    let (table, errors) = if text.len() <= LONGEST_RECOVERED {
        DeTable::parse_recoverable(text)
    } else {
        match DeTable::parse(text) {
            Ok(table) => (table, Vec::new()),
            Err(error) => (Spanned::new(0..0, DeTable::new()), vec![error]),
        }
    };
    problems.extend(syntax_problems(text, source, &errors));
    let span = table.span();
    Item {
        name: Rc::from(""),
        value: Value::Table(entries(table.into_inner(), source)),
        source,
        span,
    }
}

fn entries(table: DeTable<'_>, source: usize) -> Vec<Entry> {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| {
            let span = key.span();
            let key = key.into_inner().into_owned();
            Entry {
                item: item(Rc::from(key.as_str()), value, source),
                key,
                source,
                span,
            }
        })
        .collect();
    entries.sort_by_key(|entry| entry.span.start);
    entries
}

fn item(name: Rc<str>, value: Spanned<DeValue<'_>>, source: usize) -> Item {
    let span = value.span();
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::Huge(number.as_str().to_owned()), Value::Integer),
        DeValue::Float(number) => float(number.as_str()),
        DeValue::Boolean(flag) => Value::Flag(flag),
        DeValue::Datetime(datetime) => Value::Datetime(datetime),
        DeValue::Array(list) => {
            let items = list.into_iter();
            Value::List(items.map(|value| item(Rc::clone(&name), value, source)).collect())
        }
        DeValue::Table(table) => Value::Table(entries(table, source)),
    };
    Item {
        name,
        value,
        source,
        span,
    }
}

/// Infinity is a value only where it is written as such.
fn float(text: &str) -> Value {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() || !text.contains(|c: char| c.is_ascii_digit()) => {
            Value::Float(number)
        }
        _ => Value::Huge(text.to_owned()),
    }
}

/// A canonical text of a scenario: without comments, spacing and places, and without the seed and
/// the number of replications, which a result names beside it; nor with what a sweep makes of it.
pub(crate) fn canonical_scenario(document: &Item) -> String {
    let mut document = document.clone();
    if let Value::Table(entries) = &mut document.value {
        entries.retain(|entry| entry.key != "sweep");
    }
    if let Value::Table(entries) = &mut document.value
        && let Some(study) = entries.iter_mut().find(|entry| entry.key == "study")
        && let Value::Table(keys) = &mut study.item.value
    {
        keys.retain(|entry| !["seed", "replications"].contains(&entry.key.as_str()));
        if keys.is_empty() {
            entries.retain(|entry| entry.key != "study");
        }
    }
    let mut text = String::new();
    canonical(&document, &mut text);
    text
}

fn canonical(item: &Item, text: &mut String) {
    use std::fmt::Write as _;
    let _ = match &item.value {
        Value::Text(value) => write!(text, "{value:?}"),
        Value::Integer(value) => write!(text, "{value}"),
        Value::Float(value) => write!(text, "{value:?}"),
        Value::Huge(value) => write!(text, "{value}"),
        Value::Flag(value) => write!(text, "{value}"),
        Value::Datetime(value) => write!(text, "{value}"),
        Value::List(items) => {
            text.push('[');
            for item in items {
                canonical(item, text);
                text.push(',');
            }
            text.push(']');
            Ok(())
        }
        Value::Table(entries) => {
            // Order matters where things are numbered by it, so it is part of the canonical form.
            text.push('{');
            for entry in entries {
                let _ = write!(text, "{:?}:", entry.key);
                canonical(&entry.item, text);
                text.push(',');
            }
            text.push('}');
            Ok(())
        }
    };
}
