//! The values that a change sets: what they name, whether that may change, and putting them there.

use std::ops::Range;

use patchbench_model::config::Edit;
use patchbench_model::fleet::NodePool;

use super::section::Problems;
use crate::aws::reference;
use crate::codes;
use crate::document::{Entry, Item, Value};
use crate::overrides::{place, rename, split_path};
use crate::problem::Problem;

/// One value to be set.
pub(super) struct Set<'d> {
    keys: Vec<(String, Range<usize>)>,
    item: &'d Item,
    source: usize,
}

/// The values that a change sets. A key of its own is a path, and sets all of what it names; tables
/// inside tables alter what they name and leave the rest as it is.
pub(super) fn sets<'d>(problems: &Problems, document: &Item, entries: &'d [Entry]) -> Vec<Set<'d>> {
    let mut all = Vec::new();
    for entry in entries {
        let Some(keys) = split_path(&entry.key) else {
            let problem = Problem::error(codes::CHANGE, "the path cannot be read").at(entry.place());
            problems.push(
                problem.help(
                    "keys joined by dots, such as \"window.prod.duration\"; quote keys that contain dots",
                ),
            );
            continue;
        };
        let keys: Vec<_> = keys
            .into_iter()
            .map(|(key, _)| (key, entry.span.clone()))
            .collect();
        if keys.len() == 1 {
            nested(document, keys, entry, &mut all);
        } else {
            all.push(Set {
                keys,
                item: &entry.item,
                source: entry.source,
            });
        }
    }
    all
}

impl Set<'_> {
    /// Puts the value into a document. Returns the section, and the name in it, that are touched.
    pub(super) fn make(
        &self,
        document: &mut Item,
        pools: &[NodePool],
    ) -> Result<(&'static str, String), Problem> {
        let touched = allowed(self, pools)?;
        add_table(document, &self.keys, self.source);
        let mut item = self.item.clone();
        rename(&mut item, self.keys.last().map_or("", |(key, _)| key));
        place(document, &self.keys, item, self.source)?;
        Ok(touched)
    }

    /// What it sets, in words of TOML.
    pub(super) fn as_edit(&self) -> Edit {
        Edit {
            path: path_text(&self.keys),
            value: value_text(self.item),
        }
    }
}

/// What a table has below a key.
pub(super) fn below<'d>(item: &'d Item, key: &str) -> Option<&'d Item> {
    match &item.value {
        Value::Table(entries) => entries
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.item),
        _ => None,
    }
}

/// Walks into tables of tables as far as the document has tables there.
fn nested<'d>(there: &Item, keys: Vec<(String, Range<usize>)>, entry: &'d Entry, all: &mut Vec<Set<'d>>) {
    let here = keys.last().and_then(|(key, _)| below(there, key));
    match (&entry.item.value, here) {
        (Value::Table(inner), Some(here)) if matches!(here.value, Value::Table(_)) => {
            for more in inner {
                let mut keys = keys.clone();
                keys.push((more.key.clone(), more.span.clone()));
                nested(here, keys, more, all);
            }
        }
        _ => all.push(Set {
            keys,
            item: &entry.item,
            source: entry.source,
        }),
    }
}

/// Whether a value may change while the simulation runs. Returns its section and name in it.
fn allowed(set: &Set<'_>, pools: &[NodePool]) -> Result<(&'static str, String), Problem> {
    let keys: Vec<&str> = set.keys.iter().map(|(key, _)| key.as_str()).collect();
    let place = set.keys.first().map_or(0..0, |(_, span)| span.clone());
    let refuse = |message: String| Problem::error(codes::CHANGE, message).at((set.source, place.clone()));
    let possible = "baselines, windows and the tags of nodes can change";
    let names_file = below(set.item, reference::KEY).is_some();
    match keys.as_slice() {
        ["baseline" | "window", _, rest @ ..] if names_file || rest == [reference::KEY] => Err(refuse(
            format!("`{}` cannot become what a file says at a date", keys.join(".")),
        )
        .help("a file is followed once: write the values that change")),
        ["baseline", name, ..] => Ok(("baseline", (*name).to_owned())),
        ["window", name, ..] => Ok(("window", (*name).to_owned())),
        ["nodes", name, "tags", ..] => {
            let listed = |pool: &NodePool| pool.names.is_some();
            match pools.iter().find(|pool| pool.name == *name) {
                Some(pool) if !listed(pool) => Ok(("nodes", (*name).to_owned())),
                _ if pools.iter().any(listed) => Err(refuse(format!(
                    "\"{name}\" is no pool with a count: nodes that a file lists keep their tags"
                ))
                .help("write the nodes that are to be re-tagged as a pool of their own: [nodes.NAME] with count and tags")),
                // The document knows what there is.
                _ => Ok(("nodes", (*name).to_owned())),
            }
        }
        ["nodes", ..] => Err(refuse(format!("`{}` cannot change at a date", keys.join(".")))
            .note("of nodes only the tags can change: \"nodes.NAME.tags.Patch Group\" = \"…\"")),
        ["baseline" | "window"] => Err(refuse(format!("`{}` needs a name below it", keys[0]))
            .help(format!("such as \"{}.NAME\" = {{ … }}", keys[0]))),
        [first, ..] => Err(refuse(format!("`{first}` cannot change at a date")).note(possible)),
        [] => Err(refuse("nothing is named".to_owned()).note(possible)),
    }
}

/// Tables that need not be there for something to be put into them.
fn add_table(document: &mut Item, keys: &[(String, Range<usize>)], source: usize) {
    let [(section, _), (name, _), (table, span), _, ..] = keys else {
        return;
    };
    if !matches!(
        (section.as_str(), table.as_str()),
        ("nodes", "tags") | ("window", "target")
    ) {
        return;
    }
    let Value::Table(sections) = &mut document.value else {
        return;
    };
    let named = sections
        .iter_mut()
        .find(|entry| entry.key == *section)
        .and_then(|entry| match &mut entry.item.value {
            Value::Table(names) => names.iter_mut().find(|entry| entry.key == *name),
            _ => None,
        });
    if let Some(Entry { item, .. }) = named
        && let Value::Table(entries) = &mut item.value
        && !entries.iter().any(|entry| entry.key == *table)
    {
        entries.push(Entry {
            key: table.clone(),
            source,
            span: span.clone(),
            item: Item {
                name: table.as_str().into(),
                value: Value::Table(Vec::new()),
                source,
                span: span.clone(),
            },
        });
    }
}

/// Keys as a path.
fn path_text(keys: &[(String, Range<usize>)]) -> String {
    let one = |(key, _): &(String, Range<usize>)| {
        if key.contains('.') {
            format!("{key:?}")
        } else {
            key.clone()
        }
    };
    keys.iter().map(one).collect::<Vec<_>>().join(".")
}

/// A value as TOML, in one line.
fn value_text(item: &Item) -> String {
    let bare = |key: &str| {
        key.chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    };
    match &item.value {
        Value::Text(text) => format!("{text:?}"),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Huge(number) => number.clone(),
        Value::Flag(flag) => flag.to_string(),
        Value::Datetime(at) => at.to_string(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(value_text).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Table(entries) => {
            let entry = |entry: &Entry| {
                let value = value_text(&entry.item);
                if bare(&entry.key) {
                    format!("{} = {value}", entry.key)
                } else {
                    format!("{:?} = {value}", entry.key)
                }
            };
            let entries: Vec<String> = entries.iter().map(entry).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}
