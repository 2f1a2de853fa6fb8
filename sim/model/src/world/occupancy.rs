//! How many invocations of a command are in progress at each recording step.

use patchbench_kernel::{SimDuration, SimTime};

use super::plan::OCCUPANCY_STEP_MINUTES;

const STEP: SimDuration = SimDuration::from_minutes(OCCUPANCY_STEP_MINUTES);

/// Occupancy is recorded this long after a window opens.
const MAX_STEPS: usize = (48 * 60 / OCCUPANCY_STEP_MINUTES) as usize;

/// Changes of the number of invocations in progress, by recording step; nothing where they are not
/// recorded.
#[derive(Debug)]
pub(super) struct Occupancy {
    changes: Vec<i32>,
    /// The last instant that counts for the last step.
    until: SimTime,
    recorded: bool,
}

impl Occupancy {
    /// Of a command whose window opened at an instant.
    pub(super) fn new(opened: SimTime, recorded: bool) -> Self {
        Self {
            changes: Vec::new(),
            // The first step is the opening itself.
            until: opened - STEP,
            recorded,
        }
    }

    /// Some invocations begin or end; instants never go backwards.
    #[inline]
    pub(super) fn note(&mut self, at: SimTime, change: i32) {
        if !self.recorded {
            return;
        }
        if at > self.until {
            self.go_on(at);
        }
        if let Some(last) = self.changes.last_mut().filter(|_| at <= self.until) {
            *last += change;
        }
    }

    #[inline(never)]
    fn go_on(&mut self, at: SimTime) {
        let steps = ((at - self.until).millis() as u64).div_ceil(STEP.millis() as u64);
        let length = self.changes.len() + steps as usize;
        if length <= MAX_STEPS {
            self.changes.resize(length, 0);
            self.until = self.until + SimDuration::from_millis(STEP.millis() * steps as i64);
        }
    }

    /// The changes by step.
    pub(super) fn into_changes(self) -> Vec<i32> {
        self.changes
    }
}
