//! `[freeze.…]`: calendar periods with no changes.

use patchbench_model::config::{ChangeFreeze, MaintenanceWindow};

use super::section::{Problems, Section, texts};
use super::values::sim_time;
use crate::codes;
use crate::document::{Entry, Item};
use crate::problem::Problem;
use crate::suggest::nearest;

/// Reads all freezes.
pub(crate) fn freezes(
    problems: &Problems,
    entries: &[Entry],
    windows: &[MaintenanceWindow],
) -> Vec<ChangeFreeze> {
    entries
        .iter()
        .filter_map(|entry| freeze(problems, entry, windows))
        .collect()
}

fn freeze(problems: &Problems, entry: &Entry, windows: &[MaintenanceWindow]) -> Option<ChangeFreeze> {
    let title = format!("[freeze.{}]", entry.key);
    let section = Section::open(problems, &entry.item, title, Some(entry.place()))?;
    let time = |key: &'static str, example: &str| {
        let item = section.require(key, example)?;
        Some((sim_time(problems, item)?, item))
    };
    let from = time("from", "from = 2026-12-18T00:00:00Z");
    let until = time("until", "until = 2027-01-04T00:00:00Z");
    let named = section
        .get("windows")
        .map(|item| window_numbers(problems, item, windows));
    section.close();
    let ((from, _), (until, item)) = (from?, until?);
    if until <= from {
        let message = format!("freeze \"{}\" ends before it begins", entry.key);
        problems.push(Problem::error(codes::PERIOD, message).at(item.place()));
        return None;
    }
    Some(ChangeFreeze {
        name: entry.key.clone(),
        from,
        until,
        windows: named,
    })
}

fn window_numbers(problems: &Problems, item: &Item, windows: &[MaintenanceWindow]) -> Vec<usize> {
    let number = |(name, place)| {
        let found = windows.iter().position(|window| window.name == name);
        if found.is_none() {
            let known = windows.iter().map(|window| window.name.as_str());
            problems.push(
                Problem::error(codes::REFERENCE, format!("there is no window \"{name}\""))
                    .at(place)
                    .meant(nearest(name, known)),
            );
        }
        found
    };
    texts(problems, item).into_iter().filter_map(number).collect()
}
