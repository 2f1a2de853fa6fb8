//! What was left out, told once for each file and reason.

use std::collections::BTreeMap;

use crate::numbers::grouped;
use crate::read::Place;

/// Reasons with the place where each was met first in a file, and how often it was.
#[derive(Debug, Default)]
pub(super) struct Left(BTreeMap<(usize, String), (Place, u64)>);

impl Left {
    /// Something is left out for this reason.
    pub(super) fn say(&mut self, place: &Place, reason: impl Into<String>) {
        self.0
            .entry((place.0, reason.into()))
            .and_modify(|(_, times)| *times += 1)
            .or_insert((place.clone(), 1));
    }

    /// Each reason with its place.
    pub(super) fn into_told(self) -> Vec<(Place, String)> {
        let told = |((_, reason), (place, times)): ((usize, String), (Place, u64))| match times {
            1 => (place, reason),
            _ => (place, format!("{reason} ({} times, here first)", grouped(times))),
        };
        self.0.into_iter().map(told).collect()
    }
}
