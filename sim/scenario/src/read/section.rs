//! Reading tables: keys asked for, values checked, what is left over refused.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use crate::codes;
use crate::document::{Entry, Item, Value};
use crate::problem::{Problem, Severity};
use crate::suggest::{listing, nearest};

/// More problems of one input are not kept: nobody reads them, and a large file can have one every few bytes.
const MOST_PROBLEMS: usize = 200_000;

/// Collects problems from everywhere.
#[derive(Default)]
pub(crate) struct Problems {
    found: RefCell<Vec<Problem>>,
    failed: Cell<bool>,
}

impl Problems {
    pub(crate) fn push(&self, problem: Problem) {
        let error = problem.severity == Severity::Error;
        let mut found = self.found.borrow_mut();
        // The first error is kept in any case.
        if found.len() < MOST_PROBLEMS || (error && !self.failed.get()) {
            found.push(problem);
        }
        self.failed.set(self.failed.get() || error);
    }

    pub(crate) fn extend(&self, problems: Vec<Problem>) {
        for problem in problems {
            self.push(problem);
        }
    }

    /// What was found so far.
    pub(crate) fn so_far(&self) -> Vec<Problem> {
        self.found.borrow().clone()
    }

    pub(crate) fn into_vec(self) -> Vec<Problem> {
        self.found.into_inner()
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.failed.get()
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
    /// Keys that must be there and are not: told in the end, unless one of them was misspelt.
    missing: RefCell<Vec<(Vec<&'static str>, Problem)>>,
}

/// Named tables below a key.
pub(crate) struct Tables<'d> {
    /// In the order of the file.
    pub(crate) entries: &'d [Entry],
    /// False when something is there that could not be read, so that names may be absent.
    pub(crate) complete: bool,
}

impl<'d> Tables<'d> {
    /// The names, in the order of the file.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'d str> {
        self.entries.iter().map(|entry| entry.key.as_str())
    }
}

impl<'d> Section<'d> {
    /// Begins to read a table; anything else is a problem.
    pub(crate) fn open(
        problems: &'d Problems,
        item: &'d Item,
        name: impl Into<String>,
        head: Option<Place>,
    ) -> Option<Self> {
        let Value::Table(entries) = &item.value else {
            problems.push(wrong_type(item, "a table"));
            return None;
        };
        Some(Self {
            problems,
            entries,
            place: head.unwrap_or_else(|| item.place()),
            name: name.into(),
            asked: RefCell::default(),
            missing: RefCell::default(),
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
        self.require_or(key, || {
            Problem::error(codes::MISSING, format!("{} has no `{key}`", self.name))
                .at(self.place())
                .help(format!("add {example}"))
        })
    }

    /// The value of a key whose absence is a problem of its own.
    pub(crate) fn require_or(
        &self,
        key: &'static str,
        problem: impl FnOnce() -> Problem,
    ) -> Option<&'d Item> {
        let found = self.get(key);
        if found.is_none() {
            self.missing(&[key], problem());
        }
        found
    }

    /// None of these keys is there, and that is a problem.
    pub(crate) fn missing(&self, keys: &[&'static str], problem: Problem) {
        self.missing.borrow_mut().push((keys.to_vec(), problem));
    }

    /// A text.
    pub(crate) fn text(&self, key: &'static str) -> Option<&'d str> {
        self.get(key).and_then(|item| text(self.problems, item))
    }

    /// Named tables below a key.
    pub(crate) fn tables(&self, key: &'static str) -> Tables<'d> {
        let (entries, complete) = match self.get(key).map(|item| (item, &item.value)) {
            None => (&[][..], true),
            Some((item, Value::Table(entries))) => match entries.iter().find(|entry| !entry.is_table()) {
                None => (entries.as_slice(), true),
                Some(unnamed) => {
                    self.problems.push(without_name(key, item, unnamed));
                    (&[][..], false)
                }
            },
            Some((item, _)) => {
                self.problems
                    .push(wrong_type(item, &format!("named tables, such as [{key}.NAME]")));
                (&[][..], false)
            }
        };
        Tables { entries, complete }
    }

    /// A list of tables.
    pub(crate) fn list(&self, key: &'static str) -> &'d [Item] {
        match self.get(key).map(|item| (item, &item.value)) {
            None => &[],
            Some((_, Value::List(items))) => items,
            Some((item, _)) => {
                let problem = wrong_type(item, "a list of tables");
                self.problems.push(match item.value {
                    Value::Table(_) => problem.help("write the header in double brackets, once for each"),
                    _ => problem,
                });
                &[]
            }
        }
    }

    /// Every key of the table, for tables whose keys are names of the user's own.
    pub(crate) fn entries(&self) -> &'d [Entry] {
        self.entries
    }

    /// Ends reading: keys that nobody asked for are problems. Returns whether there were none.
    pub(crate) fn close(self) -> bool {
        let asked = self.asked.take();
        let there = |key: &str| self.entries.iter().any(|entry| entry.key == key);
        let absent: Vec<&str> = asked.iter().copied().filter(|key| !there(key)).collect();
        let mut known = true;
        for entry in self.entries {
            if asked.iter().any(|key| *key == entry.key) {
                continue;
            }
            known = false;
            // An override may misspell what the file has; in the file itself it would stand twice.
            let candidates = if entry.source == self.place.0 {
                &absent
            } else {
                &asked
            };
            let meant = nearest(&entry.key, candidates.iter().copied());
            // A required key that was misspelt is one mistake, not two.
            self.missing
                .borrow_mut()
                .retain(|(keys, _)| meant.is_none_or(|meant| !keys.contains(&meant)));
            self.problems.push(
                Problem::error(
                    codes::UNKNOWN_KEY,
                    format!("unknown key `{}` in {}", entry.key, self.name),
                )
                .at(entry.place())
                .saying("not a key here")
                .note(format!("allowed: {}", listing(asked.iter().copied())))
                .meant(meant),
            );
        }
        known
    }
}

/// What is missing is told at the latest when reading ends.
impl Drop for Section<'_> {
    fn drop(&mut self) {
        let missing = self.missing.take();
        self.problems
            .extend(missing.into_iter().map(|(_, problem)| problem).collect());
    }
}

impl Entry {
    fn is_table(&self) -> bool {
        matches!(self.item.value, Value::Table(_))
    }
}

/// `[window]` with the keys of a window: its name was forgotten.
fn without_name(key: &str, item: &Item, unnamed: &Entry) -> Problem {
    Problem::error(
        codes::TYPE,
        format!("[{key}] holds named tables, not values such as `{}`", unnamed.key),
    )
    .at(unnamed.place())
    .at(item.place())
    .help(format!("give it a name: [{key}.NAME]"))
}

/// A problem with the kind of a value.
pub(crate) fn wrong_type(item: &Item, expected: &str) -> Problem {
    let message = if item.name.is_empty() {
        format!("{expected} is expected, not {}", item.kind())
    } else {
        format!("`{}` takes {expected}, not {}", item.name, item.kind())
    };
    Problem::error(codes::TYPE, message).at(item.place())
}

/// A text.
pub(crate) fn text<'d>(problems: &Problems, item: &'d Item) -> Option<&'d str> {
    if let Value::Text(text) = &item.value {
        return Some(text);
    }
    problems.push(wrong_type(item, "a text"));
    None
}

/// A value could not be read, and that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

/// A value that may be absent but must be readable.
pub(crate) fn optional<T>(
    item: Option<&Item>,
    read: impl FnOnce(&Item) -> Option<T>,
) -> Result<Option<T>, Refused> {
    match item {
        None => Ok(None),
        Some(item) => read(item).map(Some).ok_or(Refused),
    }
}

/// Several texts; a single one counts as a list of one. `None` when a value is no text.
pub(crate) fn texts<'d>(problems: &Problems, item: &'d Item) -> Option<Vec<(&'d str, Place)>> {
    let one = |item: &'d Item| text(problems, item).map(|text| (text, item.place()));
    match &item.value {
        Value::Text(text) => Some(vec![(text, item.place())]),
        Value::List(items) => {
            let found: Vec<_> = items.iter().filter_map(one).collect();
            (found.len() == items.len()).then_some(found)
        }
        _ => {
            problems.push(wrong_type(item, "a list of texts"));
            None
        }
    }
}

/// One of a few values.
pub(crate) fn choice<T: Copy>(problems: &Problems, item: &Item, choices: &[(&str, T)]) -> Option<T> {
    let names = || choices.iter().map(|(name, _)| *name);
    let Value::Text(given) = &item.value else {
        problems.push(wrong_type(item, "a text").note(format!("allowed: {}", listing(names()))));
        return None;
    };
    let found = choices
        .iter()
        .find(|(name, _)| name == given)
        .map(|(_, value)| *value);
    if found.is_none() {
        problems.push(
            Problem::error(codes::CHOICE, format!("`{}` cannot be `{given}`", item.name))
                .at(item.place())
                .note(format!("allowed: {}", listing(names())))
                .meant(nearest(given, names())),
        );
    }
    found
}
