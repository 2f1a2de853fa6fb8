//! Families of random worlds, and how each is judged.

use std::fmt::Debug;

use proptest::strategy::Strategy;
use proptest::test_runner::{TestCaseError, TestError, TestRunner};

use crate::{
    check, compare, constant_worlds, crowded_worlds, drawn_worlds, faulty_worlds, rich_worlds, seeded,
};

/// Random worlds with something in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// One window, with constant times, so that much happens at one instant.
    OneWindow,
    /// Two windows over the same nodes, with constant times.
    TwoWindows,
    /// Times and failures that are drawn.
    Drawn,
    /// Commands of several windows that meet on every node.
    Crowded,
    /// Bad patches, and alarms about them.
    Faulty,
    /// Everything that a configuration can say; there is no reference for all of it, but much that must
    /// hold.
    Rich,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::OneWindow,
        Self::TwoWindows,
        Self::Drawn,
        Self::Crowded,
        Self::Faulty,
        Self::Rich,
    ];

    /// What its worlds have in common.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneWindow => "one window, constant times",
            Self::TwoWindows => "two windows over the same nodes",
            Self::Drawn => "drawn times and failures",
            Self::Crowded => "commands that meet on a node",
            Self::Faulty => "bad patches and alarms",
            Self::Rich => "rich worlds",
        }
    }

    /// What they are held to.
    pub const fn held_to(self) -> &'static str {
        match self {
            Self::Rich => "invariants",
            _ => "the slow simulation",
        }
    }

    /// Judges the first so many worlds, and tells `judged` of each.
    ///
    /// # Errors
    /// What does not hold, in the smallest world in which it does not.
    pub fn judge(self, worlds: u32, judged: &dyn Fn()) -> Result<(), String> {
        match self {
            Self::OneWindow => run(worlds, &constant_worlds(1..=1), judged, compare),
            Self::TwoWindows => run(worlds, &constant_worlds(2..=2), judged, compare),
            Self::Drawn => run(worlds, &drawn_worlds(), judged, compare),
            Self::Crowded => run(worlds, &crowded_worlds(), judged, compare),
            Self::Faulty => run(worlds, &faulty_worlds(), judged, compare),
            Self::Rich => run(worlds, &rich_worlds(), judged, check),
        }
    }
}

fn run<W: Debug>(
    worlds: u32,
    strategy: &impl Strategy<Value = W>,
    judged: &dyn Fn(),
    judge: fn(&W) -> Result<(), TestCaseError>,
) -> Result<(), String> {
    let outcome = TestRunner::new(seeded(worlds)).run(strategy, |world| {
        judge(&world)?;
        judged();
        Ok(())
    });
    outcome.map_err(|error| match error {
        TestError::Abort(reason) => format!("no world can be drawn: {reason}"),
        TestError::Fail(reason, world) => format!("{reason}, in {world:?}"),
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::strategy::Just;

    use super::*;

    #[test]
    fn every_family_is_judged_as_often_as_asked() {
        for family in Family::ALL {
            let count = Cell::new(0);
            family.judge(3, &|| count.set(count.get() + 1)).unwrap();
            assert_eq!(count.get(), 3, "{}", family.name());
        }
    }

    #[test]
    fn a_difference_and_a_panic_are_told_with_their_world() {
        let differs = |_: &u32| Err(TestCaseError::fail("engine against reference"));
        let told = run(5, &Just(17u32), &|| {}, differs).unwrap_err();
        assert!(told.contains("engine against reference, in 17"), "{told}");
        let lost = run(5, &Just(17u32), &|| {}, |_| panic!("lost")).unwrap_err();
        assert!(lost.contains("lost") && lost.contains("in 17"), "{lost}");
    }
}
