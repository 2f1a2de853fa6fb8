//! `--set path=value` and options that stand for one: changes to a document before it is read.

use std::ops::Range;

use crate::codes;
use crate::document::{Entry, Item, Value, parse};
use crate::problem::{Problem, Sources};
use crate::suggest::nearest;

/// One `--set path=value`, or an option of its own for a value of the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The option it was given by, such as `--set`; problems name it as their source.
    pub option: &'static str,
    /// Keys joined by dots; a key with dots or blanks in quotes, list items by number from 0.
    pub path: String,
    /// A TOML value; anything that is none is taken as text.
    pub value: String,
}

impl Override {
    /// The value of an option of its own, such as `--reps 100` for `study.replications`.
    pub fn of_option(option: &'static str, path: &str, value: impl ToString) -> Self {
        Self {
            option,
            path: path.to_owned(),
            value: value.to_string(),
        }
    }

    /// Splits `path=value` at the first `=` outside quotes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut quoted = false;
        for (at, character) in text.char_indices() {
            match character {
                '"' => quoted = !quoted,
                '=' if !quoted => {
                    let (path, value) = (text[..at].trim(), text[at + 1..].trim());
                    return (!path.is_empty()).then(|| Self {
                        option: "--set",
                        path: path.to_owned(),
                        value: value.to_owned(),
                    });
                }
                _ => {}
            }
        }
        None
    }
}

/// Applies an override; its problems point into its own text.
pub(crate) fn apply(
    document: &mut Item,
    change: &Override,
    sources: &mut Sources,
    problems: &mut Vec<Problem>,
) {
    let text = format!("{}={}", change.path, change.value);
    let source = sources.add(change.option, &text);
    let Some(keys) = split_path(&change.path) else {
        let whole = 0..change.path.len();
        problems.push(
            Problem::error(codes::OVERRIDE, "the path cannot be read")
                .at((source, whole))
                .help("keys joined by dots, such as window.prod.duration; quote keys that contain dots"),
        );
        return;
    };
    let item = value_of(&change.value, source, change.path.len() + 1);
    if let Err(problem) = place(document, &keys, item, source) {
        problems.push(problem);
    }
}

/// Tables of which every key has a default: a scenario may be without them.
const OPTIONAL: [&str; 2] = ["study", "settings"];

/// The value below tables of its own for the keys that are left.
fn nested(rest: &[(String, Range<usize>)], item: Item, (source, span): (usize, Range<usize>)) -> Item {
    rest.iter().rev().fold(item, |item, (key, place)| Item {
        value: Value::Table(vec![Entry {
            key: key.clone(),
            source,
            span: place.clone(),
            item,
        }]),
        source,
        span: span.clone(),
    })
}

/// The value as TOML; if it is none, as text.
fn value_of(text: &str, source: usize, start: usize) -> Item {
    let mut ignored = Vec::new();
    let parsed = parse(&format!("v={text}"), source, &mut ignored);
    let single = match parsed.value {
        Value::Table(mut entries) if ignored.is_empty() && entries.len() == 1 => {
            entries.pop().map(|entry| entry.item)
        }
        _ => None,
    };
    let span = start..start + text.len();
    let value = single.map_or_else(|| Value::Text(text.to_owned()), |item| item.value);
    let mut item = Item {
        value,
        source,
        span: span.clone(),
    };
    relocate(&mut item, source, &span);
    item
}

/// Everything inside an override stands at the place of its value.
fn relocate(item: &mut Item, source: usize, span: &Range<usize>) {
    (item.source, item.span) = (source, span.clone());
    match &mut item.value {
        Value::List(items) => items.iter_mut().for_each(|item| relocate(item, source, span)),
        Value::Table(entries) => {
            for entry in entries {
                (entry.source, entry.span) = (source, span.clone());
                relocate(&mut entry.item, source, span);
            }
        }
        _ => {}
    }
}

/// Keys with their places in the path.
fn split_path(path: &str) -> Option<Vec<(String, Range<usize>)>> {
    let mut keys = Vec::new();
    let mut rest = path;
    loop {
        let start = path.len() - rest.len();
        let (key, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_at(rest.find('.').unwrap_or(rest.len())),
        };
        let end = path.len() - after.len();
        if key.is_empty() {
            return None;
        }
        keys.push((key.to_owned(), start..end));
        match after.strip_prefix('.') {
            Some(more) => rest = more,
            None if after.is_empty() => return Some(keys),
            None => return None,
        }
    }
}

fn place(at: &mut Item, keys: &[(String, Range<usize>)], item: Item, source: usize) -> Result<(), Problem> {
    let Some(((key, span), rest)) = keys.split_first() else {
        *at = item;
        return Ok(());
    };
    let here = (source, span.clone());
    match &mut at.value {
        Value::Table(entries) => {
            let known: Vec<String> = entries.iter().map(|entry| entry.key.clone()).collect();
            if let Some(entry) = entries.iter_mut().find(|entry| entry.key == *key) {
                return place(&mut entry.item, rest, item, source);
            }
            if rest.is_empty() || OPTIONAL.contains(&key.as_str()) {
                // A leaf that is not there yet: the reader knows whether the key exists.
                let span = span.clone();
                entries.push(Entry {
                    key: key.clone(),
                    source,
                    span: span.clone(),
                    item: nested(rest, item, (source, span)),
                });
                return Ok(());
            }
            let problem =
                Problem::error(codes::OVERRIDE, format!("the scenario has no `{key}` here")).at(here);
            let list = if known.is_empty() {
                "nothing".to_owned()
            } else {
                known.join(", ")
            };
            Err(problem
                .note(format!("there is: {list}"))
                .meant(nearest(key, known.iter().map(String::as_str))))
        }
        Value::List(items) => {
            let count = items.len();
            match key.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                Some(found) => place(found, rest, item, source),
                None => Err(Problem::error(
                    codes::OVERRIDE,
                    format!("`{key}` is no item of this list of {count}"),
                )
                .at(here)
                .help("items are counted from 0")),
            }
        }
        _ => Err(Problem::error(
            codes::OVERRIDE,
            format!("`{key}` cannot stand below {}", at.kind()),
        )
        .at(here)),
    }
}
