//! `[freeze.…]`: calendar periods with no changes.

use patchbench_model::config::ChangeFreeze;

use super::section::{Place, Problems, Section, Tables, optional, texts};
use super::values::sim_time;
use super::windows::Windows;
use crate::codes;
use crate::document::Entry;
use crate::problem::Problem;
use crate::suggest::nearest;

/// Reads all freezes.
pub(crate) fn freezes(problems: &Problems, tables: &Tables<'_>, windows: &Windows) -> Vec<ChangeFreeze> {
    let read = tables.entries.iter();
    read.filter_map(|entry| freeze(problems, entry, windows))
        .collect()
}

fn freeze(problems: &Problems, entry: &Entry, windows: &Windows) -> Option<ChangeFreeze> {
    let title = format!("[freeze.{}]", entry.key);
    let section = Section::open(problems, &entry.item, title, Some(entry.place()))?;
    let time = |key: &'static str, example: &str| {
        let item = section.require(key, example)?;
        Some((sim_time(problems, item)?, item))
    };
    let from = time("from", "from = 2026-12-18T00:00:00Z");
    let until = time("until", "until = 2027-01-04T00:00:00Z");
    let named = optional(section.get("windows"), |item| {
        let names = texts(problems, item)?;
        let numbers = names
            .iter()
            .filter_map(|named| window_number(problems, named, windows));
        Some(numbers.collect())
    });
    section.close();
    let ((from, _), (until, item)) = (from?, until?);
    if until <= from {
        let message = format!(
            "freeze \"{}\" ends ({until}) before it begins ({from})",
            entry.key
        );
        problems.push(Problem::error(codes::PERIOD, message).at(item.place()));
        return None;
    }
    Some(ChangeFreeze {
        name: entry.key.clone(),
        from,
        until,
        windows: named.ok()?,
    })
}

fn window_number(problems: &Problems, (name, place): &(&str, Place), windows: &Windows) -> Option<usize> {
    if !windows.declares(name) {
        let message = format!("there is no window \"{name}\"");
        let problem = Problem::error(codes::REFERENCE, message).at(place.clone());
        problems.push(problem.meant(nearest(name, windows.names())));
    }
    windows.named(name)
}
