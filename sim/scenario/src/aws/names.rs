//! Names for what has none, and for what shares one with another.

use std::collections::{BTreeMap, BTreeSet};

/// Names that are given out once each.
#[derive(Default)]
pub(super) struct Names {
    taken: BTreeSet<String>,
    /// The last number behind each name that was wanted more than once.
    numbers: BTreeMap<String, usize>,
}

impl Names {
    /// The name, with a number behind it if it is taken.
    pub(super) fn take(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        while !self.taken.insert(name.clone()) {
            let number = self.numbers.entry(wanted.to_owned()).or_insert(1);
            *number += 1;
            name = format!("{wanted}-{number}");
        }
        name
    }
}

/// The letters and digits of a text, in lower case, with dashes between.
pub(super) fn words(text: &str) -> String {
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric());
    let parts = parts.filter(|part| !part.is_empty()).map(str::to_ascii_lowercase);
    let name = parts.collect::<Vec<_>>().join("-");
    name.chars().take(40).collect()
}
