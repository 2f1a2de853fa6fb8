//! Sets of patches, and how the patches of a class stand at an instant.

use patchbench_kernel::SimTime;

use super::catalog::ClassPatch;
use crate::ssm::NotApproved;

/// A set of patches of one class, by position.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PatchBits(Vec<u64>);

impl PatchBits {
    pub(super) fn empty(size: usize) -> Self {
        Self(vec![0; size.div_ceil(64)])
    }

    pub(super) fn of(patches: &[u32], size: usize) -> Self {
        let mut bits = Self::empty(size);
        for patch in patches {
            bits.insert(*patch);
        }
        bits
    }

    fn filled(holds: impl Iterator<Item = bool>) -> Self {
        let holds: Vec<bool> = holds.collect();
        let word = |bits: &[bool]| {
            let bits = bits.iter().zip(0..);
            bits.fold(0, |word, (holds, bit)| word | u64::from(*holds) << bit)
        };
        Self(holds.chunks(64).map(word).collect())
    }

    pub(super) fn insert(&mut self, index: u32) {
        self.0[index as usize / 64] |= 1 << (index % 64);
    }

    pub(super) fn contains(&self, index: u32) -> bool {
        self.0[index as usize / 64] >> (index % 64) & 1 == 1
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Its members, rising.
    pub(super) fn to_vec(&self) -> Vec<u32> {
        let mut members = Vec::with_capacity(self.len() as usize);
        for (number, word) in (0u32..).zip(&self.0) {
            let mut left = *word;
            while left != 0 {
                members.push(number * u64::BITS + left.trailing_zeros());
                left &= left - 1;
            }
        }
        members
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        self.with(other, |own, other| own | other)
    }

    pub(super) fn intersection(&self, other: &Self) -> Self {
        self.with(other, |own, other| own & other)
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        self.with(other, |own, other| own & !other)
    }

    fn with(&self, other: &Self, combine: impl Fn(u64, u64) -> u64) -> Self {
        let words = self.0.iter().zip(&other.0);
        Self(words.map(|(own, other)| combine(*own, *other)).collect())
    }
}

/// How the patches of a class stand at an instant.
#[derive(Clone, Debug)]
pub(super) struct PatchSets {
    pub(super) visible: PatchBits,
    /// Approved at some time before.
    pub(super) approved: PatchBits,
    /// To be installed where they are missing.
    pub(super) candidates: PatchBits,
    /// A successor has taken their place.
    pub(super) superseded: PatchBits,
}

impl PatchSets {
    /// Approved patches that nodes do not have and that count as missing, but for singular ones.
    pub(super) fn missing(&self, has: &PatchBits) -> PatchBits {
        let open = self.visible.intersection(&self.approved);
        open.without(&self.superseded).without(has)
    }
}

/// When the patches of a class change how they stand, a column for each question: what holds at an instant
/// is asked of all at once.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    visible_from: Vec<SimTime>,
    approved_from: Vec<SimTime>,
    candidate_until: Vec<SimTime>,
    superseded_at: Vec<SimTime>,
    pub(super) security: PatchBits,
    /// What reports say of them hangs on more than these columns: they were taken back or rejected, or an
    /// update that contains them may be installed.
    pub(super) singular: PatchBits,
}

impl Columns {
    pub(super) fn new(patches: &[ClassPatch]) -> Self {
        let column = |of: fn(&ClassPatch) -> SimTime| patches.iter().map(of).collect();
        Self {
            visible_from: column(|known| known.visible_from),
            approved_from: column(|known| known.candidate.map_or(SimTime::MAX, |(from, _)| from)),
            candidate_until: column(|known| known.candidate.map_or(SimTime::MIN, |(_, until)| until)),
            superseded_at: column(|known| known.superseded_at.unwrap_or(SimTime::MAX)),
            security: PatchBits::filled(patches.iter().map(|known| known.security)),
            singular: PatchBits::filled(patches.iter().map(is_singular)),
        }
    }

    /// How the patches stand at an instant.
    pub(super) fn at(&self, at: SimTime) -> PatchSets {
        let by_then = |column: &[SimTime]| PatchBits::filled(column.iter().map(|time| *time <= at));
        let approved = by_then(&self.approved_from);
        PatchSets {
            visible: by_then(&self.visible_from),
            candidates: approved.without(&by_then(&self.candidate_until)),
            approved,
            superseded: by_then(&self.superseded_at),
        }
    }
}

fn is_singular(known: &ClassPatch) -> bool {
    let rejected = known.verdict.approval == Err(NotApproved::Rejected);
    rejected || known.withdrawn.is_some() || !known.replaced_by.is_empty()
}
