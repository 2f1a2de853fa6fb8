//! Exit codes: documented, one per cause.

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Fine.
    Fine = 0,
    /// Could not finish: a full disk, a bug.
    CouldNotFinish = 1,
    /// Wrong command line (clap answers with it, too).
    WrongCommandLine = 2,
    /// Invalid scenario or schedule; also a run of nothing.
    Invalid = 3,
    /// An assertion failed, or a repeated result differs from what its manifest says.
    AssertionFailed = 4,
    /// `compare --fail-if-worse`: a design is worse than the base.
    Worse = 5,
    /// Parts of shards are missing.
    PartsMissing = 6,
    /// All parts are there, and the precision needs another round.
    AnotherRound = 7,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
