//! Work in shards: every replication is in exactly one shard, however many there are.

use std::collections::BTreeMap;
use std::ops::Range;

use patchbench_study::{CHUNK, Work, missing_shards, overlaps, uncovered};
use proptest::collection::vec;
use proptest::prelude::*;

/// Designs with as many replications, some with none.
fn work() -> impl Strategy<Value = Work> {
    vec((0u64..100, 0u64..120), 0..12).prop_map(|designs| {
        let range = |(from, count): (u64, u64)| from..from + count;
        Work::new(designs.into_iter().map(range).collect())
    })
}

fn parts() -> impl Strategy<Value = Vec<Range<u64>>> {
    vec((0u64..40, 1u64..12), 0..10).prop_map(|parts| {
        parts
            .into_iter()
            .map(|(from, count)| from..from + count)
            .collect()
    })
}

/// How often each chunk is covered.
fn cover(parts: &[Range<u64>]) -> BTreeMap<u64, usize> {
    let mut cover = BTreeMap::new();
    for chunk in parts.iter().cloned().flatten() {
        *cover.entry(chunk).or_insert(0) += 1;
    }
    cover
}

proptest! {
    #[test]
    fn shards_tile_the_work_and_are_as_long_as_each_other(work in work(), shards in 1u64..300) {
        let mut until = 0;
        for index in 0..shards {
            let own = work.shard(index, shards);
            prop_assert_eq!(own.start, until);
            prop_assert!((own.end - own.start).abs_diff(work.chunks() / shards) <= 1);
            until = own.end;
        }
        prop_assert_eq!(until, work.chunks());
    }

    #[test]
    fn pieces_of_all_shards_are_all_replications_once(work in work(), shards in 1u64..40) {
        let mut played = Vec::new();
        for index in 0..shards {
            let pieces = work.pieces(work.shard(index, shards));
            for piece in &pieces {
                prop_assert!(!piece.replications.is_empty());
                played.extend(piece.replications.clone().map(|number| (piece.design, number)));
            }
        }
        let all: Vec<(usize, u64)> = work
            .pieces(0..work.chunks())
            .into_iter()
            .flat_map(|piece| piece.replications.map(move |number| (piece.design, number)))
            .collect();
        prop_assert_eq!(all.len() as u64, work.replications());
        prop_assert_eq!(played, all);
    }

    #[test]
    fn a_piece_is_whole_when_its_design_is_cut_nowhere(work in work(), shards in 1u64..40) {
        let whole: BTreeMap<usize, Range<u64>> = work
            .pieces(0..work.chunks())
            .into_iter()
            .map(|piece| (piece.design, piece.replications))
            .collect();
        for index in 0..shards {
            for piece in work.pieces(work.shard(index, shards)) {
                prop_assert_eq!(piece.whole, whole[&piece.design] == piece.replications);
                let begun = piece.replications.start - whole[&piece.design].start;
                prop_assert_eq!(begun % CHUNK, 0);
            }
        }
    }

    #[test]
    fn what_is_not_covered_and_what_is_covered_twice_is_found(parts in parts(), end in 1u64..60) {
        let cover = cover(&parts);
        let open: Vec<u64> = uncovered(0..end, parts.iter().cloned()).into_iter().flatten().collect();
        let expected: Vec<u64> = (0..end).filter(|chunk| !cover.contains_key(chunk)).collect();
        prop_assert_eq!(open, expected);
        let twice = cover.values().any(|count| *count > 1);
        let found = overlaps(&parts);
        prop_assert_eq!(!found.is_empty(), twice);
        for (one, other) in found {
            let (one, other) = (&parts[one], &parts[other]);
            prop_assert!(one.start < other.end && other.start < one.end);
        }
    }

    #[test]
    fn missing_shards_are_those_with_open_chunks(work in work(), parts in parts(), shards in 1u64..40) {
        let open = uncovered(0..work.chunks(), parts.iter().cloned());
        let is_open = |index: &u64| {
            let own = work.shard(*index, shards);
            !uncovered(own, parts.iter().cloned()).is_empty()
        };
        let expected: Vec<u64> = (0..shards).filter(is_open).collect();
        prop_assert_eq!(missing_shards(&work, shards, &open), expected);
    }
}
