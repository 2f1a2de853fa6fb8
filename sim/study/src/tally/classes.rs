//! How often each value occurs: one by one while few values differ, in log-linear classes from then on.
//!
//! Which of the two it is depends on the values alone, and so does the class of a value: a sample that
//! was split in any way and merged in any order ends in the same counts.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// So many different values are counted one by one; a sample of so many replications is exact whatever
/// it says.
pub(super) const DISTINCT: usize = 4096;

/// Bits of the mantissa that a class keeps: its values differ by less than 1/2048.
const KEPT: u32 = 11;
const CUT: u64 = (1 << (52 - KEPT)) - 1;
/// Half a class.
const HALF: u64 = 1 << (51 - KEPT);

/// New values that are gathered before they are sorted in, at least.
const GATHERED: usize = 48;

/// Counts by value.
#[derive(Clone, Debug, Default)]
pub(super) struct Classes {
    counts: Counts,
    /// What is not sorted in yet.
    gathered: Vec<(u64, u64)>,
}

/// Counts by key, rising.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Counts {
    /// Values are in log-linear classes.
    grouped: bool,
    by_key: Vec<(u64, u64)>,
}

impl Classes {
    /// Adds a finite value some times.
    pub(super) fn add(&mut self, value: f64, times: u64) {
        let key = key_of(value);
        match self.gathered.last_mut() {
            Some((last, count)) if *last == key => *count += times,
            _ => self.gathered.push((key, times)),
        }
        self.sort_if_many();
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if other.counts.grouped && !self.counts.grouped {
            self.counts.group();
        }
        self.gathered.extend(&other.counts.by_key);
        self.gathered.extend(&other.gathered);
        self.sort_if_many();
    }

    fn sort_if_many(&mut self) {
        if self.gathered.len() >= GATHERED.max(self.counts.by_key.len() / 2) {
            self.counts.add(std::mem::take(&mut self.gathered));
        }
    }

    fn settled(&self) -> Cow<'_, Counts> {
        if self.gathered.is_empty() {
            return Cow::Borrowed(&self.counts);
        }
        let mut counts = self.counts.clone();
        counts.add(self.gathered.clone());
        Cow::Owned(counts)
    }

    /// The values in order, to be asked by rank.
    pub(super) fn sorted(&self) -> Sorted {
        let mut until = 0;
        let counts = self.settled();
        let ends = counts.by_key.iter().map(|(key, count)| {
            until += count;
            (value_of(*key, counts.grouped), until)
        });
        Sorted(ends.collect())
    }
}

impl Counts {
    /// Sorts more in.
    fn add(&mut self, mut more: Vec<(u64, u64)>) {
        if self.grouped {
            for (key, _) in &mut more {
                *key = class_of(*key);
            }
        }
        more.sort_unstable();
        let old = std::mem::take(&mut self.by_key);
        self.by_key.reserve_exact(old.len() + more.len());
        let (mut old, mut more) = (old.into_iter().peekable(), more.into_iter().peekable());
        while let Some((key, count)) = match (old.peek(), more.peek()) {
            (Some(one), Some(other)) if one.0 <= other.0 => old.next(),
            (Some(_), None) => old.next(),
            _ => more.next(),
        } {
            match self.by_key.last_mut() {
                Some((last, known)) if *last == key => *known += count,
                _ => self.by_key.push((key, count)),
            }
        }
        self.by_key.shrink_to_fit();
        if !self.grouped && self.by_key.len() > DISTINCT {
            self.group();
        }
    }

    fn group(&mut self) {
        self.grouped = true;
        let values = std::mem::take(&mut self.by_key);
        self.add(values);
    }
}

/// Values in order, each with the number of observations up to and with it.
pub(super) struct Sorted(Vec<(f64, u64)>);

impl Sorted {
    /// The value of a rank, from 1.
    pub(super) fn at_rank(&self, rank: u64) -> Option<f64> {
        let place = self.0.partition_point(|(_, until)| *until < rank.max(1));
        self.0.get(place).map(|(value, _)| *value)
    }

    /// All observations.
    pub(super) fn count(&self) -> u64 {
        self.0.last().map_or(0, |(_, until)| *until)
    }

    /// Observations above a value.
    pub(super) fn above(&self, limit: f64) -> u64 {
        let below = self.0.partition_point(|(value, _)| *value <= limit);
        self.count() - below.checked_sub(1).map_or(0, |last| self.0[last].1)
    }
}

/// Bits in the order of the values.
fn key_of(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 0 { bits | (1 << 63) } else { !bits }
}

/// The value, or the middle of the class, of a key.
fn value_of(key: u64, grouped: bool) -> f64 {
    let bits = if key >> 63 == 1 { key & !(1 << 63) } else { !key };
    let zero = bits << 1 == 0;
    let middle = if grouped && !zero { HALF } else { 0 };
    f64::from_bits(bits | middle)
}

/// The key of the class that a value falls into: towards zero.
fn class_of(key: u64) -> u64 {
    if key >> 63 == 1 { key & !CUT } else { key | CUT }
}

impl PartialEq for Classes {
    fn eq(&self, other: &Self) -> bool {
        self.settled() == other.settled()
    }
}

impl Serialize for Classes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.settled().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Classes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self {
            counts: Deserialize::deserialize(deserializer)?,
            gathered: Vec::new(),
        })
    }
}
