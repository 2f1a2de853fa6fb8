//! What replications leave behind, summed up: integers and counts that merge exactly, so that memory does
//! not grow with the replications, and that it does not matter how they were split over threads and
//! machines, or in which order the parts come.

mod commands;
mod facts;
mod patches;
mod play;
mod responses;
mod study;
mod windows;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use patchbench_kernel::SimTime;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Tally;

pub(crate) use facts::PlanFacts;
pub use play::{Study, Sums};
pub(crate) use responses::ResponseSums;
pub use responses::{DesignSums, ResponseReadings};
pub use study::{MOST_ROWS, StudySums};

/// Sums as bytes: the same ones for equal sums.
///
/// # Errors
/// When they cannot be written, in words.
pub fn to_bytes<T: Serialize>(sums: &T) -> Result<Vec<u8>, String> {
    postcard::to_stdvec(sums).map_err(|error| error.to_string())
}

/// Reads [`to_bytes`].
///
/// # Errors
/// When they are not such bytes, in words.
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let (sums, rest) = postcard::take_from_bytes(bytes).map_err(|error| error.to_string())?;
    if rest.is_empty() {
        Ok(sums)
    } else {
        Err(format!("{} bytes too many", rest.len()))
    }
}

/// An instant as parts keep it: milliseconds since the epoch.
pub(crate) const fn since(at: SimTime) -> i64 {
    at.millis()
}

pub(crate) const fn instant(since: i64) -> SimTime {
    SimTime::from_millis(since)
}

/// Merges tallies place by place.
pub(crate) fn merge_by_place(tallies: &mut Vec<Tally>, others: Vec<Tally>) {
    if tallies.is_empty() {
        *tallies = others;
        return;
    }
    for (tally, other) in tallies.iter_mut().zip(&others) {
        tally.merge(other);
    }
}

/// Merges sums key by key.
pub(crate) fn merge_by_key<K: Ord, V>(
    sums: &mut BTreeMap<K, V>,
    others: BTreeMap<K, V>,
    merge: impl Fn(&mut V, V),
) {
    for (key, more) in others {
        match sums.entry(key) {
            Entry::Occupied(mut own) => merge(own.get_mut(), more),
            Entry::Vacant(place) => {
                place.insert(more);
            }
        }
    }
}
