//! What a scenario says, value by value, and how two scenarios differ in that.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::document::{Item, Value, parse};
use crate::overrides::{Override, apply};
use crate::problem::Sources;

/// Where a value stands: keys from the outermost table inwards. An item of a list of tables has its name
/// where it has one of its own, otherwise its number from 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeafPath(pub Vec<String>);

/// A value of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Where it stands.
    pub path: LeafPath,
    /// The value as TOML.
    pub value: String,
}

/// How a scenario differs from another one, the base, in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeafChange {
    /// A value, or a whole table, that the base does not have.
    Added {
        /// Where it stands: the outermost table that the base does not have.
        path: LeafPath,
        /// Its values.
        leaves: Vec<Leaf>,
    },
    /// A value, or a whole table, that only the base has.
    Removed {
        /// Where it stood.
        path: LeafPath,
        /// Its values.
        leaves: Vec<Leaf>,
    },
    /// Another value.
    Changed {
        /// Where it stands.
        path: LeafPath,
        /// The value in the base.
        from: String,
        /// The value here.
        to: String,
    },
}

/// Keys without dots or blanks stand bare, as in an override.
impl fmt::Display for LeafPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        for (number, key) in self.0.iter().enumerate() {
            let dot = if number == 0 { "" } else { "." };
            if !key.is_empty() && key.chars().all(bare) {
                write!(f, "{dot}{key}")?;
            } else {
                write!(f, "{dot}\"{key}\"")?;
            }
        }
        Ok(())
    }
}

impl LeafChange {
    /// Where it is.
    pub const fn path(&self) -> &LeafPath {
        match self {
            Self::Added { path, .. } | Self::Removed { path, .. } | Self::Changed { path, .. } => path,
        }
    }
}

/// All values that a scenario's text gives with some overrides, whether or not it is a valid scenario.
pub fn text_leaves(text: &str, overrides: &[Override]) -> Vec<Leaf> {
    let (mut sources, mut problems) = (Sources::default(), Vec::new());
    let source = sources.add("", text);
    let mut document = parse(text, source, &mut problems);
    for change in overrides {
        apply(&mut document, change, &mut sources, &mut problems);
    }
    leaves(&document)
}

/// All values of a document, in its order.
pub(crate) fn leaves(document: &Item) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    collect(document, &mut Vec::new(), &mut leaves);
    leaves
}

fn collect(item: &Item, path: &mut Vec<String>, leaves: &mut Vec<Leaf>) {
    match &item.value {
        Value::Table(entries) if !entries.is_empty() => {
            for entry in entries {
                path.push(entry.key.clone());
                collect(&entry.item, path, leaves);
                path.pop();
            }
        }
        Value::List(items) if !items.is_empty() && items.iter().all(is_table) => {
            for (name, item) in names(items).into_iter().zip(items) {
                path.push(name);
                collect(item, path, leaves);
                path.pop();
            }
        }
        _ => leaves.push(Leaf {
            path: LeafPath(path.clone()),
            value: toml_text(item),
        }),
    }
}

fn is_table(item: &Item) -> bool {
    matches!(item.value, Value::Table(_))
}

/// What the items of a list are called.
fn names(items: &[Item]) -> Vec<String> {
    let name = |item: &Item| match &item.value {
        Value::Table(entries) => entries.iter().find_map(|entry| match &entry.item.value {
            Value::Text(text) if entry.key == "name" => Some(text.clone()),
            _ => None,
        }),
        _ => None,
    };
    let given: Vec<Option<String>> = items.iter().map(name).collect();
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for name in given.iter().flatten() {
        *count.entry(name).or_default() += 1;
    }
    let of_its_own = |name: &String| count.get(name.as_str()) == Some(&1);
    let numbered = given.iter().enumerate();
    numbered
        .map(|(number, name)| {
            let name = name.as_ref().filter(|name| of_its_own(name));
            name.cloned().unwrap_or_else(|| number.to_string())
        })
        .collect()
}

/// A value on one line.
pub(crate) fn toml_text(item: &Item) -> String {
    match &item.value {
        Value::Text(text) => format!("{text:?}"),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Huge(number) => number.clone(),
        Value::Flag(flag) => flag.to_string(),
        Value::Datetime(instant) => instant.to_string(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(toml_text).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Table(entries) => {
            let entries = entries
                .iter()
                .map(|entry| format!("{} = {}", entry.key, toml_text(&entry.item)));
            let entries = entries.collect::<Vec<_>>().join(", ");
            if entries.is_empty() {
                "{}".to_owned()
            } else {
                format!("{{ {entries} }}")
            }
        }
    }
}

/// How a scenario differs from the base: what it has more, what is different, both in its own order, and
/// what it has no more. Tables that only one of them has are one change each.
pub fn differences(base: &[Leaf], other: &[Leaf]) -> Vec<LeafChange> {
    let known: BTreeMap<&LeafPath, &str> = base
        .iter()
        .map(|leaf| (&leaf.path, leaf.value.as_str()))
        .collect();
    let mut changes = Vec::new();
    for leaf in other {
        if let Some(from) = known.get(&leaf.path)
            && *from != leaf.value
        {
            changes.push(LeafChange::Changed {
                path: leaf.path.clone(),
                from: (*from).to_owned(),
                to: leaf.value.clone(),
            });
        }
    }
    let added = only_here(other, base).into_iter();
    changes.extend(added.map(|(path, leaves)| LeafChange::Added { path, leaves }));
    let removed = only_here(base, other).into_iter();
    changes.extend(removed.map(|(path, leaves)| LeafChange::Removed { path, leaves }));
    changes
}

/// Values whose place the others do not have, by the outermost table that they do not have either.
fn only_here(own: &[Leaf], others: &[Leaf]) -> Vec<(LeafPath, Vec<Leaf>)> {
    let mut there: BTreeSet<&[String]> = BTreeSet::new();
    for leaf in others {
        for depth in 1..=leaf.path.0.len() {
            there.insert(&leaf.path.0[..depth]);
        }
    }
    let mut found: Vec<(LeafPath, Vec<Leaf>)> = Vec::new();
    for leaf in own {
        let keys = &leaf.path.0;
        let Some(depth) = (1..=keys.len()).find(|depth| !there.contains(&keys[..*depth])) else {
            continue;
        };
        let path = LeafPath(keys[..depth].to_vec());
        match found.last_mut().filter(|(known, _)| *known == path) {
            Some((_, leaves)) => leaves.push(leaf.clone()),
            None => found.push((path, vec![leaf.clone()])),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Leaf> {
        text_leaves(text, &[])
    }

    const BASE: &str = r#"
name = "a"
[window."Prod 1"]
cutoff = 1
[[window."Prod 1".task]]
name = "patch"
max_concurrency = "2"
targets = ["x", "y"]
[window.old]
cutoff = 0
duration = 2
"#;

    #[test]
    fn values_have_paths_with_names() {
        let told: Vec<String> = read(BASE)
            .iter()
            .map(|leaf| format!("{} = {}", leaf.path, leaf.value))
            .collect();
        assert_eq!(
            told,
            [
                "name = \"a\"",
                "window.\"Prod 1\".cutoff = 1",
                "window.\"Prod 1\".task.patch.name = \"patch\"",
                "window.\"Prod 1\".task.patch.max_concurrency = \"2\"",
                "window.\"Prod 1\".task.patch.targets = [\"x\", \"y\"]",
                "window.old.cutoff = 0",
                "window.old.duration = 2",
            ]
        );
    }

    #[test]
    fn whole_tables_are_one_change() {
        let other = BASE
            .replace(
                "max_concurrency = \"2\"",
                "max_concurrency = \"10%\"\npriority = 1",
            )
            .replace("window.old", "window.new");
        let told: Vec<String> = differences(&read(BASE), &read(&other))
            .iter()
            .map(|change| match change {
                LeafChange::Added { path, leaves } => format!("+ {path} ({})", leaves.len()),
                LeafChange::Removed { path, leaves } => format!("- {path} ({})", leaves.len()),
                LeafChange::Changed { path, from, to } => format!("~ {path} {from} -> {to}"),
            })
            .collect();
        assert_eq!(
            told,
            [
                "~ window.\"Prod 1\".task.patch.max_concurrency \"2\" -> \"10%\"",
                "+ window.\"Prod 1\".task.patch.priority (1)",
                "+ window.new (2)",
                "- window.old (2)",
            ]
        );
        assert_eq!(differences(&read(BASE), &read(BASE)), []);
    }
}
