//! Which state of the candidates of a class an operation meets.

/// A state of the candidates of a class, packed so that it is compared at once: the override of the
/// task (0 for none), the era of the class, and the number among the snapshots of both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Snapshot(u64);

/// Where the era begins; the number is below.
const ERA: u32 = 32;

/// Where the mark of the override begins.
const MARK: u32 = 56;

/// Distinct overrides that a configuration may have: as many as there are marks for them.
pub const MOST_OVERRIDES: usize = (1 << (u64::BITS - MARK)) - 1;

impl Snapshot {
    /// A snapshot under the class's own baseline of an era.
    #[inline]
    pub(super) fn new(era: usize, number: u32) -> Self {
        Self((era as u64) << ERA | u64::from(number))
    }

    /// The same under an override; `number` is that among the override's own snapshots if it has some.
    pub(super) fn under(self, overrides: usize, number: Option<u32>) -> Self {
        let number = number.unwrap_or(self.number());
        Self((overrides as u64 + 1) << MARK | Self::new(self.era(), number).0)
    }

    /// How many changes of the class have come before.
    #[inline]
    pub(super) fn era(self) -> usize {
        (self.0 >> ERA & ((1 << (MARK - ERA)) - 1)) as usize
    }

    /// The number of boundaries that have been passed.
    #[inline]
    pub(super) fn number(self) -> u32 {
        self.0 as u32
    }
}
