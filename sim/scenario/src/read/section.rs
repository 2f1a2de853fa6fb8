//! Reading tables: keys asked for, values checked, what is left over refused.

use std::cell::RefCell;
use std::ops::Range;

use crate::codes;
use crate::document::{Entry, Item, Value};
use crate::problem::Problem;
use crate::suggest::nearest;

/// Collects problems from everywhere.
#[derive(Default)]
pub(crate) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    pub(crate) fn push(&self, problem: Problem) {
        self.0.borrow_mut().push(problem);
    }

    pub(crate) fn extend(&self, problems: Vec<Problem>) {
        self.0.borrow_mut().extend(problems);
    }

    pub(crate) fn into_vec(self) -> Vec<Problem> {
        self.0.into_inner()
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.0
            .borrow()
            .iter()
            .any(|problem| problem.severity == crate::Severity::Error)
    }
}

/// A place in a source.
pub(crate) type Place = (usize, Range<usize>);

/// A table being read.
pub(crate) struct Section<'d> {
    problems: &'d Problems,
    entries: &'d [Entry],
    /// The table's own place, for keys that are missing.
    place: Place,
    /// Its name in messages, such as `[window.prod]`.
    name: String,
    asked: RefCell<Vec<&'static str>>,
}

impl<'d> Section<'d> {
    /// Begins to read a table; anything else is a problem.
    pub(crate) fn open(
        problems: &'d Problems,
        item: &'d Item,
        name: impl Into<String>,
        head: Option<Place>,
    ) -> Option<Self> {
        let name = name.into();
        let Value::Table(entries) = &item.value else {
            problems.push(wrong_type(item, &format!("{name} is a table")));
            return None;
        };
        let place = head.unwrap_or_else(|| item.place());
        Some(Self {
            problems,
            entries,
            place,
            name,
            asked: RefCell::default(),
        })
    }

    pub(crate) fn place(&self) -> Place {
        self.place.clone()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The value of a key, if it is there.
    pub(crate) fn get(&self, key: &'static str) -> Option<&'d Item> {
        self.asked.borrow_mut().push(key);
        self.entries
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.item)
    }

    /// The value of a key that must be there.
    pub(crate) fn require(&self, key: &'static str, example: &str) -> Option<&'d Item> {
        let found = self.get(key);
        if found.is_none() {
            let message = format!("{} has no `{key}`", self.name);
            self.problems.push(
                Problem::error(codes::MISSING, message)
                    .at(self.place())
                    .help(format!("add {example}")),
            );
        }
        found
    }

    /// A text.
    pub(crate) fn text(&self, key: &'static str) -> Option<&'d str> {
        self.get(key).and_then(|item| text(self.problems, item))
    }

    /// Named tables below a key, in the order of the file.
    pub(crate) fn tables(&self, key: &'static str) -> &'d [Entry] {
        match self.get(key).map(|item| (item, &item.value)) {
            None => &[],
            Some((_, Value::Table(entries))) => entries,
            Some((item, _)) => {
                self.problems.push(wrong_type(
                    item,
                    &format!("`{key}` holds named tables, such as [{key}.NAME]"),
                ));
                &[]
            }
        }
    }

    /// A list of tables.
    pub(crate) fn list(&self, key: &'static str) -> &'d [Item] {
        match self.get(key).map(|item| (item, &item.value)) {
            None => &[],
            Some((_, Value::List(items))) => items,
            Some((item, _)) => {
                self.problems.push(wrong_type(
                    item,
                    &format!("`{key}` is a list of tables, written [[…{key}]]"),
                ));
                &[]
            }
        }
    }

    /// Every key of the table, for tables whose keys are names of the user's own.
    pub(crate) fn entries(&self) -> &'d [Entry] {
        self.entries
    }

    /// Ends reading: keys that nobody asked for are problems.
    pub(crate) fn close(self) {
        let asked = self.asked.into_inner();
        for entry in self.entries {
            if asked.iter().any(|key| *key == entry.key) {
                continue;
            }
            self.problems.push(
                Problem::error(
                    codes::UNKNOWN_KEY,
                    format!("unknown key `{}` in {}", entry.key, self.name),
                )
                .at(entry.place())
                .saying("not a key here")
                .note(format!("allowed: {}", asked.join(", ")))
                .meant(nearest(&entry.key, asked.iter().copied())),
            );
        }
    }
}

/// A problem with the kind of a value.
pub(crate) fn wrong_type(item: &Item, expected: &str) -> Problem {
    Problem::error(codes::TYPE, format!("{expected}, not {}", item.kind())).at(item.place())
}

/// A text.
pub(crate) fn text<'d>(problems: &Problems, item: &'d Item) -> Option<&'d str> {
    match &item.value {
        Value::Text(text) => Some(text),
        _ => {
            problems.push(wrong_type(item, "a text is expected"));
            None
        }
    }
}

/// Several texts; a single one counts as a list of one.
pub(crate) fn texts<'d>(problems: &Problems, item: &'d Item) -> Vec<(&'d str, Place)> {
    match &item.value {
        Value::Text(text) => vec![(text, item.place())],
        Value::List(items) => items
            .iter()
            .filter_map(|item| text(problems, item).map(|text| (text, item.place())))
            .collect(),
        _ => {
            problems.push(wrong_type(item, "a list of texts is expected"));
            Vec::new()
        }
    }
}

/// One of a few values.
pub(crate) fn choice<T: Copy>(problems: &Problems, item: &Item, choices: &[(&str, T)]) -> Option<T> {
    let given = text(problems, item)?;
    let found = choices
        .iter()
        .find(|(name, _)| *name == given)
        .map(|(_, value)| *value);
    if found.is_none() {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        problems.push(
            Problem::error(codes::CHOICE, format!("`{given}` is not one of the values here"))
                .at(item.place())
                .note(format!("allowed: {}", names.join(", ")))
                .meant(nearest(given, names.iter().copied())),
        );
    }
    found
}
