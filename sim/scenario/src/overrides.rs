//! `--set path=value` and options that stand for one: changes to a document before it is read.

use std::ops::Range;
use std::rc::Rc;

use crate::codes;
use crate::document::{Entry, Item, Value, parse};
use crate::problem::{Problem, Sources};
use crate::suggest::{listing, nearest};

/// Tables that need not be in a file to be changed: all of their keys have defaults.
const OPTIONAL_TABLES: [&str; 2] = ["settings", "study"];

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

    /// Whether its path ends with this key.
    pub(crate) fn ends_with(&self, key: &str) -> bool {
        let keys = split_path(&self.path).unwrap_or_default();
        keys.last().is_some_and(|(last, _)| last == key)
    }

    /// Splits `path=value` at the first `=` outside quotes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut quote = None;
        for (at, character) in text.char_indices() {
            let begins_key = at == 0 || text[..at].ends_with('.');
            match character {
                '"' | '\'' if quote.is_none() && begins_key => quote = Some(character),
                '"' | '\'' if quote == Some(character) => quote = None,
                '=' if quote.is_none() => {
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
    add_optional_table(document, &keys, source);
    let name = keys.last().map_or("", |(key, _)| key.as_str());
    let item = value_of(name, &change.value, source, change.path.len() + 1);
    if let Err(problem) = place(document, &keys, item, source) {
        problems.push(problem);
    }
}

pub(crate) fn add_optional_table(document: &mut Item, keys: &[(String, Range<usize>)], source: usize) {
    let (Value::Table(entries), [(key, span), _, ..]) = (&mut document.value, keys) else {
        return;
    };
    let known = entries.iter().any(|entry| entry.key == *key);
    if !known && OPTIONAL_TABLES.contains(&key.as_str()) {
        let item = Item {
            name: Rc::from(key.as_str()),
            value: Value::Table(Vec::new()),
            source,
            span: span.clone(),
        };
        entries.push(Entry {
            key: key.clone(),
            source,
            span: span.clone(),
            item,
        });
    }
}

/// The value as TOML; if it is none, as text.
fn value_of(name: &str, text: &str, source: usize, start: usize) -> Item {
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
        name: Rc::from(name),
        value,
        source,
        span: span.clone(),
    };
    rename(&mut item, name);
    relocate(&mut item, source, &span);
    item
}

/// The items of a list have the name of its key.
pub(crate) fn rename(item: &mut Item, name: &str) {
    item.name = Rc::from(name);
    if let Value::List(items) = &mut item.value {
        for item in items {
            rename(item, name);
        }
    }
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
pub(crate) fn split_path(path: &str) -> Option<Vec<(String, Range<usize>)>> {
    let mut keys = Vec::new();
    let mut rest = path;
    loop {
        let start = path.len() - rest.len();
        let (key, after) = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => rest[1..].split_once(quote)?,
            _ => rest.split_at(rest.find('.').unwrap_or(rest.len())),
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

/// Puts a value in its place below an item.
pub(crate) fn place(
    at: &mut Item,
    keys: &[(String, Range<usize>)],
    item: Item,
    source: usize,
) -> Result<(), Problem> {
    let Some(((key, span), rest)) = keys.split_first() else {
        *at = item;
        return Ok(());
    };
    let here = (source, span.clone());
    match &mut at.value {
        Value::Table(entries) => {
            if let Some(found) = entries.iter().position(|entry| entry.key == *key) {
                return place(&mut entries[found].item, rest, item, source);
            }
            if rest.is_empty() {
                // A leaf that is not there yet: the reader knows whether the key exists.
                entries.push(Entry {
                    key: key.clone(),
                    source,
                    span: span.clone(),
                    item,
                });
                return Ok(());
            }
            let known = || entries.iter().map(|entry| entry.key.as_str());
            let message = format!("the scenario has no `{key}` here");
            Err(Problem::error(codes::OVERRIDE, message)
                .at(here)
                .note(format!("there is: {}", listing(known())))
                .meant(nearest(key, known())))
        }
        Value::List(items) => match list_item(items, key) {
            Ok(found) => place(&mut items[found], rest, item, source),
            Err(help) => {
                let count = items.len();
                let message = format!("`{key}` is no item of this list of {count}");
                let problem = Problem::error(codes::OVERRIDE, message).at(here).help(help);
                let others = items.iter().filter_map(name_of).filter(|name| name != key);
                Err(match nearest(key, others) {
                    Some(meant) => problem.meant(Some(meant)),
                    None => problem,
                })
            }
        },
        _ => Err(Problem::error(
            codes::OVERRIDE,
            format!("`{}` is {}, and has no `{key}` below it", at.name, at.kind()),
        )
        .at(here)
        .help(format!("set `{}` itself", at.name))),
    }
}

/// Which item of a list a key means: its number from 0, or the `name` that it alone has; otherwise what
/// there is.
fn list_item(items: &[Item], key: &str) -> Result<usize, String> {
    if let Some(number) = key.parse().ok().filter(|number| *number < items.len()) {
        return Ok(number);
    }
    let named = |item: &Item| name_of(item) == Some(key);
    let mut found = items.iter().enumerate().filter(|(_, item)| named(item));
    match (found.next(), found.count()) {
        (Some((number, _)), 0) => return Ok(number),
        (Some(_), others) => {
            return Err(format!(
                "{} items have this name: give a number from 0",
                others + 1
            ));
        }
        (None, _) => {}
    }
    let names: Vec<&str> = items.iter().filter_map(name_of).collect();
    Err(match (items.len(), names.as_slice()) {
        (0, _) => "the list is empty".to_owned(),
        (count, []) => format!("its items are 0 to {}", count - 1),
        (count, names) => format!(
            "its items are 0 to {}, or by name: {}",
            count - 1,
            listing(names.iter().copied())
        ),
    })
}

/// The name that a table has.
fn name_of(item: &Item) -> Option<&str> {
    let Value::Table(entries) = &item.value else {
        return None;
    };
    entries.iter().find_map(|entry| match &entry.item.value {
        Value::Text(text) if entry.key == "name" => Some(text.as_str()),
        _ => None,
    })
}
