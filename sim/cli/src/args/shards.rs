//! What the commands of shards take.

use std::path::PathBuf;

use clap::Args;

/// `--shard i/n` or `--shard auto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShardOption {
    /// The index comes from the engine, the number of shards from the plan or the environment.
    Auto,
    /// This one, counted from 0, of so many.
    Of {
        /// Which one.
        index: u64,
        /// How many there are.
        shards: u64,
    },
}

impl ShardOption {
    /// Reads `auto` or `i/n`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        let wrong = || format!("`{text}` is neither `auto` nor `i/n`, such as 0/16");
        let (index, shards) = text.split_once('/').ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<u64>().map_err(|_| wrong());
        let (index, shards) = (number(index)?, number(shards)?);
        if index >= shards {
            let last = shards.saturating_sub(1);
            return Err(format!(
                "shards are counted from 0: of {shards} the last one is {last}"
            ));
        }
        Ok(Self::Of { index, shards })
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Parts are read in any order; equal ones count once. What is missing, damaged, of another plan, or \
covered twice is named, with the command that mends it. The result is that of one process, to the byte.\n\
Exit codes: 4 as the command itself; 6 parts are missing; 7 another round is needed (--precision)."
)]
pub(crate) struct Merge {
    /// The folder of parts
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Folder for the results; result in the folder of parts when absent
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace a finished result in that folder
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 nothing is missing, 6 something is.")]
pub(crate) struct Missing {
    /// The folder of parts
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// In how many shards it is counted; as the plan says when absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=Self::MOST_SHARDS))]
    pub(crate) shards: Option<u64>,
}

impl Missing {
    /// Shards that a plan may have.
    pub(crate) const MOST_SHARDS: u64 = 1_000_000;
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    /// The folder of parts
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}
