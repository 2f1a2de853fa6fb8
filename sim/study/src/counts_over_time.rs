//! How a value is distributed over the replications at each of many steps: counts that merge exactly.

use std::collections::{BTreeMap, btree_map};
use std::iter::Peekable;

use serde::{Deserialize, Serialize, Serializer};

use crate::estimate::quantile_rank;

/// Shares out of so many nodes or fewer are kept as they are.
const EXACT: u32 = 1024;

/// Bits of a mantissa that are kept of other values: errors are at most 1/2048 of the value.
const MANTISSA_BITS: u32 = 10;

/// The key of a share, a number out of others. Up to 1024 others it stands for the share itself; else it
/// is rounded, by at most 1/2048 of the share or of what is missing to 1, whichever is less, so that
/// there are not more keys than are told apart. It depends on the share alone, never on those seen before:
/// sums would not merge.
pub(crate) fn share_key([part, of]: [u32; 2]) -> u64 {
    if of <= EXACT {
        return (f64::from(part) / f64::from(of.max(1))).to_bits();
    }
    let other = of.saturating_sub(part);
    let less = rounded(f64::from(part.min(other)) / f64::from(of));
    let share = if part <= other { less } else { 1.0 - less };
    share.to_bits()
}

/// The key of a number of things: itself up to 2048, else rounded by at most 1/2048.
pub(crate) fn level_key(level: u32) -> u64 {
    rounded(f64::from(level)).to_bits()
}

/// What a key stands for. Keys rise with what they stand for, as the bits of positive numbers do.
pub(crate) const fn value_of(key: u64) -> f64 {
    f64::from_bits(key)
}

/// The nearest number with a short mantissa.
fn rounded(value: f64) -> f64 {
    let cut = f64::MANTISSA_DIGITS - 1 - MANTISSA_BITS;
    let half = 1u64 << (cut - 1);
    f64::from_bits((value.to_bits() + half) >> cut << cut)
}

/// Counts of the keys of a value at each step, over replications. Kept as changes from one step to the
/// next, since at most steps nothing changes in any replication.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Vec<(u32, u64, i64)>")]
pub(crate) struct CountsOverTime {
    /// By step and key; none is 0, so that equal counts are kept alike.
    changes: BTreeMap<(u32, u64), i64>,
}

impl CountsOverTime {
    /// From a step on, a key counts more, or less.
    pub(crate) fn change(&mut self, step: u32, key: u64, by: i64) {
        match self.changes.entry((step, key)) {
            btree_map::Entry::Vacant(new) => {
                if by != 0 {
                    new.insert(by);
                }
            }
            btree_map::Entry::Occupied(mut known) => {
                *known.get_mut() += by;
                if *known.get() == 0 {
                    known.remove();
                }
            }
        }
    }

    /// From a step on, a replication has another key; `None`: it does not count.
    pub(crate) fn replace(&mut self, step: u32, before: Option<u64>, after: Option<u64>) {
        if before == after {
            return;
        }
        for (key, by) in [(before, -1), (after, 1)] {
            if let Some(key) = key {
                self.change(step, key, by);
            }
        }
    }

    /// Adds other replications.
    pub(crate) fn merge(&mut self, other: &Self) {
        for ((step, key), by) in &other.changes {
            self.change(*step, *key, *by);
        }
    }

    /// The counts, to be read step by step; those of no step yet.
    pub(crate) fn running(&self) -> Running<'_> {
        Running {
            later: self.changes.iter().peekable(),
            counts: BTreeMap::new(),
            spread: None,
        }
    }

    /// The changes at a step alone.
    fn at(&self, step: u32) -> impl Iterator<Item = (u64, i64)> {
        let changes = self.changes.range((step, 0)..=(step, u64::MAX));
        changes.map(|((_, key), by)| (*key, *by))
    }
}

impl Serialize for CountsOverTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.changes.iter().map(|((step, key), by)| (step, key, by)))
    }
}

impl From<Vec<(u32, u64, i64)>> for CountsOverTime {
    fn from(changes: Vec<(u32, u64, i64)>) -> Self {
        let mut counts = Self::default();
        for (step, key, by) in changes {
            counts.change(step, key, by);
        }
        counts
    }
}

/// How a value is distributed over the replications in which it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    /// 5th percentile, median and 95th percentile.
    pub(crate) band: [f64; 3],
    /// Mean.
    pub(crate) mean: f64,
}

impl Spread {
    /// Of counts by key; absent where nothing is counted.
    fn of(counts: &BTreeMap<u64, i64>) -> Option<Self> {
        let n: i64 = counts.values().sum();
        if n <= 0 {
            return None;
        }
        let quantile = |p: f64| {
            let (rank, mut until) = (quantile_rank(n as u64, p), 0);
            let reaches = |(_, count): &(&u64, &i64)| {
                until += **count as u64;
                until >= rank
            };
            counts.iter().find(reaches).map_or(0.0, |(key, _)| value_of(*key))
        };
        // In the order of the keys: the sum depends on the counts alone.
        let sum: f64 = counts
            .iter()
            .map(|(key, count)| value_of(*key) * *count as f64)
            .sum();
        Some(Self {
            band: [0.05, 0.5, 0.95].map(quantile),
            mean: sum / n as f64,
        })
    }
}

/// Counts that are read step by step.
pub(crate) struct Running<'c> {
    /// Changes after the last step that was read.
    later: Peekable<btree_map::Iter<'c, (u32, u64), i64>>,
    /// By key, at that step.
    counts: BTreeMap<u64, i64>,
    /// Of these counts, once it was asked for.
    spread: Option<Spread>,
}

impl Running<'_> {
    /// Goes on to a step.
    pub(crate) fn go_on(&mut self, step: u32) {
        while let Some(((_, key), by)) = self.later.next_if(|((at, _), _)| *at <= step) {
            add(&mut self.counts, *key, *by);
            self.spread = None;
        }
    }

    /// The distribution at the last step that was read.
    pub(crate) fn spread(&mut self) -> Option<Spread> {
        self.spread = self.spread.or_else(|| Spread::of(&self.counts));
        self.spread
    }

    /// The same, with what differs from it at one step.
    pub(crate) fn corrected(&mut self, corrections: &CountsOverTime, step: u32) -> Option<Spread> {
        let mut corrections = corrections.at(step).peekable();
        if corrections.peek().is_none() {
            return self.spread();
        }
        let mut counts = self.counts.clone();
        corrections.for_each(|(key, by)| add(&mut counts, key, by));
        Spread::of(&counts)
    }
}

fn add(counts: &mut BTreeMap<u64, i64>, key: u64, by: i64) {
    let count = counts.entry(key).or_default();
    *count += by;
    if *count == 0 {
        counts.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A number out of others.
    fn share() -> impl Strategy<Value = [u32; 2]> {
        let of = prop_oneof![1..=EXACT, EXACT..100_000, any::<u32>().prop_map(|of| of.max(1))];
        (of, any::<u64>()).prop_map(|(of, part)| [(part % (u64::from(of) + 1)) as u32, of])
    }

    proptest! {
        #[test]
        fn keys_of_shares_are_near_and_rise([part, of] in share(), more in any::<u32>()) {
            let exact = f64::from(part) / f64::from(of);
            let error = (value_of(share_key([part, of])) - exact).abs();
            let less = f64::from(part.min(of - part)) / f64::from(of);
            prop_assert!(error <= less / 2048.0 + f64::EPSILON);
            prop_assert!(of > EXACT || error == 0.0);
            let higher = part.saturating_add(more).min(of);
            prop_assert!(share_key([part, of]) <= share_key([higher, of]));
            let missing = value_of(share_key([of - part, of]));
            prop_assert!(of <= EXACT || value_of(share_key([part, of])) == 1.0 - missing);
        }

        #[test]
        fn keys_of_levels_are_near_and_rise(level in prop_oneof![0..5000u32, any::<u32>()], more in any::<u32>()) {
            let error = (value_of(level_key(level)) - f64::from(level)).abs();
            prop_assert!(error <= f64::from(level) / 2048.0);
            prop_assert!(level > 2048 || error == 0.0);
            prop_assert!(level_key(level) <= level_key(level.saturating_add(more)));
        }

        #[test]
        fn quantiles_are_those_of_the_sample(values in proptest::collection::vec(0..40u32, 1..60)) {
            let mut counts = CountsOverTime::default();
            for value in &values {
                counts.change(3, level_key(*value), 1);
            }
            let mut running = counts.running();
            running.go_on(2);
            prop_assert_eq!(running.spread(), None);
            running.go_on(5);
            let mut sorted: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
            sorted.sort_by(f64::total_cmp);
            let n = sorted.len() as u64;
            let band = [0.05, 0.5, 0.95].map(|p| crate::estimate::quantile(&sorted, n, p).unwrap());
            let mean = sorted.iter().sum::<f64>() / n as f64;
            prop_assert_eq!(running.spread(), Some(Spread { band, mean }));
        }
    }

    #[test]
    fn ends_halves_and_quarters_are_exact() {
        for of in [4, 1 << 20, 4_000_000_000] {
            for quarters in 0..=4 {
                let share = value_of(share_key([of / 4 * quarters, of]));
                assert_eq!(share, f64::from(quarters) / 4.0);
            }
        }
    }

    #[test]
    fn changes_that_cancel_out_leave_nothing() {
        let mut counts = CountsOverTime::default();
        counts.replace(1, Some(7), Some(8));
        counts.replace(1, Some(8), Some(7));
        counts.change(2, 5, 0);
        assert_eq!(counts, CountsOverTime::default());
    }

    #[test]
    fn a_correction_counts_at_its_step_alone() {
        let [low, high] = [1, 3].map(level_key);
        let (mut counts, mut lowest) = (CountsOverTime::default(), CountsOverTime::default());
        counts.replace(0, None, Some(high));
        lowest.replace(2, Some(high), Some(low));
        let mut running = counts.running();
        running.go_on(0);
        let means = [1, 2, 3].map(|step| running.corrected(&lowest, step).unwrap().mean);
        assert_eq!(means, [3.0, 1.0, 3.0]);
    }
}
