//! Time zones by IANA name.

use chrono_tz::{TZ_VARIANTS, Tz};

/// A name that is no time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no time zone \"{name}\"")]
pub struct UnknownTimezone {
    /// The name.
    pub name: String,
    /// The zone that was probably meant.
    pub suggestion: Option<&'static str>,
}

/// The zone with this IANA name, compared exactly.
///
/// # Errors
/// When there is no such zone; the error suggests the one that was probably meant.
pub fn timezone(name: &str) -> Result<Tz, UnknownTimezone> {
    name.parse::<Tz>().map_err(|_| UnknownTimezone {
        name: name.to_owned(),
        suggestion: nearest(name),
    })
}

/// Longer names are compared with nothing: no zone has so long a one.
const LONGEST_NAME: usize = 64;

fn nearest(name: &str) -> Option<&'static str> {
    if name.len() > LONGEST_NAME {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let distances = TZ_VARIANTS.iter().map(|zone| {
        let known = zone.name().to_ascii_lowercase();
        let city = known.rsplit('/').next().unwrap_or(&known);
        (distance(&lower, &known).min(distance(&lower, city)), zone.name())
    });
    distances
        .min()
        .filter(|(edits, _)| *edits <= 1 + name.len() / 6)
        .map(|(_, known)| known)
}

/// Levenshtein's edit distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}
