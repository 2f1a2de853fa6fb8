//! Part files: what one shard has played, in one self-describing file.
//!
//! The first line is JSON and says what the part is of; then come the sums, in Postcard's format; the last
//! 32 bytes are the SHA-256 of all bytes before them. Nothing in it tells where or when it was played, so
//! that two parts of the same chunks are equal to the byte.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Version of the layout.
pub const PART_FORMAT: u32 = 1;

/// Digits of the hash of the plan in file names.
const SHORT: usize = 12;

/// The first line of a part file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartHeader {
    /// [`PART_FORMAT`].
    pub patchbench_part: u32,
    /// Hash of the plan.
    pub plan: String,
    /// Version of the program.
    pub version: String,
    /// How numbers are worked out, see [`patchbench_study::NUMERIC_PROFILE`].
    pub numbers: String,
    /// The round, from 0; there are several only where a precision is wanted.
    pub round: u32,
    /// The first chunk.
    pub from: u64,
    /// The chunk after the last.
    pub until: u64,
    /// Chunks of the round.
    pub of: u64,
}

/// What a part file is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartName {
    /// The first digits of the hash of the plan.
    pub plan: String,
    /// The round.
    pub round: u32,
    /// The first chunk, and the one after the last.
    pub chunks: (u64, u64),
}

impl PartName {
    /// The name of a part of a plan.
    pub fn new(plan: &str, round: u32, chunks: &Range<u64>) -> Self {
        Self {
            plan: short_plan(plan).to_owned(),
            round,
            chunks: (chunks.start, chunks.end),
        }
    }

    /// Reads a file name; `None` where it is not one of a part.
    pub fn parse(name: &str) -> Option<Self> {
        let mut words = name.strip_prefix("part-")?.split('-');
        let plan = words.next()?.to_owned();
        let round = words.next()?.parse().ok()?;
        let chunks = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let own = Self { plan, round, chunks };
        (words.next().is_none() && own.to_string() == name && chunks.0 < chunks.1).then_some(own)
    }

    /// The chunks.
    pub fn range(&self) -> Range<u64> {
        self.chunks.0..self.chunks.1
    }
}

/// The first digits of the hash of a plan, as names have them.
pub fn short_plan(plan: &str) -> &str {
    plan.get(..SHORT).unwrap_or(plan)
}

impl fmt::Display for PartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, until) = self.chunks;
        write!(f, "part-{}-{}-{from}-{until}", self.plan, self.round)
    }
}

/// Why a file is no part of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartProblem {
    /// It is damaged: torn, changed, or never one of these.
    Damaged,
    /// It is of another plan, of another version of the program, or of one that works out numbers in
    /// another way: what differs, what the part has, and what is wanted.
    Other(&'static str, String, String),
}

/// A part file. The sums are written as they are given.
pub fn part_file(header: &PartHeader, sums: &[u8]) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(header).unwrap_or_default();
    bytes.push(b'\n');
    bytes.extend_from_slice(sums);
    let checksum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&checksum);
    bytes
}

/// Reads a part file: what it says of itself, and the sums.
///
/// # Errors
/// When it is damaged.
pub fn read_part(bytes: &[u8]) -> Result<(PartHeader, &[u8]), PartProblem> {
    let (text, checksum) = bytes.split_last_chunk::<32>().ok_or(PartProblem::Damaged)?;
    if Sha256::digest(text).as_slice() != checksum {
        return Err(PartProblem::Damaged);
    }
    let end = text.iter().position(|byte| *byte == b'\n');
    let end = end.ok_or(PartProblem::Damaged)?;
    let header = serde_json::from_slice(&text[..end]).map_err(|_| PartProblem::Damaged)?;
    Ok((header, &text[end + 1..]))
}

impl PartHeader {
    /// Whether a part is what is wanted.
    ///
    /// # Errors
    /// What differs.
    pub fn check(&self, wanted: &Self) -> Result<(), PartProblem> {
        let number = |number: u32| number.to_string();
        let pairs = [
            (
                "format",
                number(self.patchbench_part),
                number(wanted.patchbench_part),
            ),
            (
                "version of patchbench",
                self.version.clone(),
                wanted.version.clone(),
            ),
            ("numeric profile", self.numbers.clone(), wanted.numbers.clone()),
            ("plan", self.plan.clone(), wanted.plan.clone()),
            ("round", number(self.round), number(wanted.round)),
            ("chunks of the round", self.of.to_string(), wanted.of.to_string()),
        ];
        let different = pairs.into_iter().find(|(_, own, wanted)| own != wanted);
        match different {
            Some((what, own, wanted)) => Err(PartProblem::Other(what, own, wanted)),
            None if (self.from, self.until) == (wanted.from, wanted.until) => Ok(()),
            None => Err(PartProblem::Damaged),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> PartHeader {
        PartHeader {
            patchbench_part: PART_FORMAT,
            plan: "0123456789abcdef".to_owned(),
            version: "1".to_owned(),
            numbers: "n".to_owned(),
            round: 0,
            from: 3,
            until: 7,
            of: 10,
        }
    }

    #[test]
    fn a_part_comes_back_and_any_changed_or_lost_byte_is_noticed() {
        let file = part_file(&header(), b"line\nand more");
        assert_eq!(read_part(&file), Ok((header(), &b"line\nand more"[..])));
        for place in 0..file.len() {
            let mut changed = file.clone();
            changed[place] ^= 1;
            assert_eq!(read_part(&changed), Err(PartProblem::Damaged), "{place}");
            assert_eq!(read_part(&file[..place]), Err(PartProblem::Damaged), "{place}");
        }
    }

    #[test]
    fn names_are_read_as_they_are_written_and_no_others() {
        let name = PartName::new("0123456789abcdef", 2, &(3..7));
        assert_eq!(name.to_string(), "part-0123456789ab-2-3-7");
        assert_eq!(PartName::parse("part-0123456789ab-2-3-7"), Some(name));
        for wrong in [
            "part-0123456789ab-2-3",
            "part-0123456789ab-2-03-7",
            "part-0123456789ab-2-7-7",
            "part-0123456789ab-2-3-7-8",
            "part-0123456789ab-2-3-7.partial",
            "plan.json",
        ] {
            assert_eq!(PartName::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_differs_is_named() {
        let mut other = header();
        other.plan = "f".to_owned();
        let problem = other.check(&header()).unwrap_err();
        assert_eq!(problem, PartProblem::Other("plan", "f".to_owned(), header().plan));
        assert_eq!(header().check(&header()), Ok(()));
    }
}
