//! How often a run reboots its node. Semantics, section 7.3.

use patchbench_kernel::SimTime;

use super::site::Site;
use crate::fleet::Behavior;

/// Reboots that one run survives: the document counts its starts, and six are allowed.
const SURVIVED: u32 = 5;

/// The reboots of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reboots {
    /// How many there are.
    pub(super) count: u32,
    /// The start after the last one is one too many.
    pub(super) too_many: bool,
}

impl Reboots {
    /// The reboots of a run that reboots at all: an install may have to be run again after a reboot, which
    /// ends in another one. What only waits for a reboot needs one.
    pub(super) fn of(behavior: &Behavior, installing: bool) -> Self {
        let rounds = if installing { behavior.reboot_rounds } else { 1 };
        Self {
            count: rounds.min(SURVIVED + 1),
            too_many: rounds > SURVIVED,
        }
    }
}

impl Site<'_> {
    /// A node rebooted without anything being installed: what waited for a reboot does so no longer.
    /// Returns the level that it has then.
    pub(super) fn rebooted(&mut self, level: u32, (class, transition): (usize, u32), at: SimTime) -> u32 {
        if !self.levels[class].waits(level) {
            return level;
        }
        let settled = self.levels[class].settled(level);
        let step = self.levels[class].step(level, settled, transition);
        self.enter(class, step, at);
        settled
    }
}
