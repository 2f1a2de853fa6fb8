//! Work that is cut into shards: chunks of replications, numbered design after design. Chunks belong to
//! the work, never to the number of shards, so that this number may change while parts are kept.

use std::ops::Range;

use crate::CHUNK;

/// What is to be played: some replications of each of some designs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// By design: the replications.
    replications: Vec<Range<u64>>,
    /// By design: the number of its first chunk; then the number of all chunks.
    starts: Vec<u64>,
}

impl Work {
    /// The replications of these numbers, design by design.
    pub fn new(replications: Vec<Range<u64>>) -> Self {
        let mut starts = vec![0];
        let mut total = 0u64;
        for range in &replications {
            total += range.end.saturating_sub(range.start).div_ceil(CHUNK);
            starts.push(total);
        }
        Self { replications, starts }
    }

    /// Number of chunks.
    pub fn chunks(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Number of replications.
    pub fn replications(&self) -> u64 {
        let counts = self.replications.iter();
        counts.map(|range| range.end.saturating_sub(range.start)).sum()
    }

    /// Number of designs.
    pub fn designs(&self) -> usize {
        self.replications.len()
    }

    /// The chunks of one shard of so many, counted from 0: all are as long as they can be, up to one chunk.
    pub fn shard(&self, index: u64, shards: u64) -> Range<u64> {
        let at = |index: u64| {
            let part = u128::from(index) * u128::from(self.chunks()) / u128::from(shards.max(1));
            part as u64
        };
        at(index)..at(index + 1)
    }

    /// What some chunks are: designs, each with its replications, and whether these are all that it has
    /// here.
    pub fn pieces(&self, chunks: Range<u64>) -> Vec<Piece> {
        let first = self.starts.partition_point(|start| *start <= chunks.start);
        let mut pieces = Vec::new();
        for design in first.saturating_sub(1)..self.designs() {
            let own = self.starts[design]..self.starts[design + 1];
            if own.start >= chunks.end {
                break;
            }
            let cut = own.start.max(chunks.start)..own.end.min(chunks.end);
            if cut.is_empty() {
                continue;
            }
            let all = &self.replications[design];
            let from = |chunk: u64| (all.start + (chunk - own.start) * CHUNK).min(all.end);
            pieces.push(Piece {
                design,
                replications: from(cut.start)..from(cut.end),
                whole: cut == own,
            });
        }
        pieces
    }
}

/// Replications of one design.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The design.
    pub design: usize,
    /// The numbers of its replications.
    pub replications: Range<u64>,
    /// Whether these are all replications of the design in the work.
    pub whole: bool,
}

/// Chunks that no part covers, in order.
pub fn uncovered(within: Range<u64>, parts: impl IntoIterator<Item = Range<u64>>) -> Vec<Range<u64>> {
    let mut parts: Vec<Range<u64>> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.sort_unstable_by_key(|part| (part.start, part.end));
    let (mut open, mut from) = (Vec::new(), within.start);
    for part in parts {
        if part.start >= within.end {
            break;
        }
        if part.start > from {
            open.push(from..part.start);
        }
        from = from.max(part.end);
    }
    if from < within.end {
        open.push(from..within.end);
    }
    open
}

/// Parts, by number, that cover chunks which a part before them covers, too: each with that one.
pub fn overlaps(parts: &[Range<u64>]) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|place| (parts[*place].start, parts[*place].end));
    let mut found = Vec::new();
    let mut longest: Option<usize> = None;
    for place in order {
        if let Some(before) = longest {
            if parts[place].start < parts[before].end {
                found.push((before, place));
            }
            if parts[place].end <= parts[before].end {
                continue;
            }
        }
        longest = Some(place);
    }
    found
}

/// The shards, of so many, that have chunks which are not covered.
pub fn missing_shards(work: &Work, shards: u64, open: &[Range<u64>]) -> Vec<u64> {
    let is_open = |shard: &u64| {
        let own = work.shard(*shard, shards);
        let next = open.partition_point(|range| range.end <= own.start);
        !own.is_empty() && open.get(next).is_some_and(|range| range.start < own.end)
    };
    (0..shards).filter(is_open).collect()
}
