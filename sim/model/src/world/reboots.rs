//! How often a run reboots its node. Semantics, section 7.3.

use patchbench_kernel::SimTime;

use super::coverage::Booking;
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
    pub(super) fn rebooted(&mut self, node: u32, class: usize, transition: u32, at: SimTime) {
        let level = self.level(node);
        if !self.levels[class].waits(level) {
            return;
        }
        let settled = self.levels[class].settled(level);
        let step = self.levels[class].step(level, settled, transition);
        if self.coverage.installed(class, step, at) == Booking::Due {
            self.coverage.book(&self.levels);
        }
        self.set_level(node, settled);
    }
}
