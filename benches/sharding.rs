//! What shards cost beside the replications themselves: cutting a study, writing and reading parts, and
//! merging them. Compare the rows of a group with its first one, the study in one piece.

use std::ops::Range;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use patchbench_benches::{gallery, read};
use patchbench_model::world::Plan;
use patchbench_report::{PART_FORMAT, PartHeader, part_file, read_part};
use patchbench_study::{NUMERIC_PROFILE, Silent, Study, StudySums, Sums, Work, from_bytes, to_bytes};

/// Replications of the study: fifty chunks.
const REPLICATIONS: u64 = 800;

fn header(chunks: Range<u64>, of: u64) -> PartHeader {
    PartHeader {
        patchbench_part: PART_FORMAT,
        plan: "0".repeat(64),
        version: "bench".to_owned(),
        numbers: NUMERIC_PROFILE.to_owned(),
        round: 0,
        from: chunks.start,
        until: chunks.end,
        of,
    }
}

/// Plays one shard into the bytes of its part.
fn part(study: &Study<'_>, work: &Work, chunks: Range<u64>) -> Vec<u8> {
    let mut sums = StudySums::default();
    for piece in work.pieces(chunks.clone()) {
        sums.merge(study.play(piece.replications, &Silent));
    }
    let bytes = to_bytes(&sums).unwrap_or_default();
    part_file(&header(chunks, work.chunks()), &bytes)
}

fn parts(study: &Study<'_>, work: &Work, shards: u64) -> Vec<Vec<u8>> {
    let shard = |index| part(study, work, work.shard(index, shards));
    (0..shards).map(shard).collect()
}

/// The sums of all parts.
fn merged(parts: &[Vec<u8>]) -> StudySums {
    let mut all = StudySums::default();
    for part in parts {
        if let Ok((_, sums)) = read_part(part)
            && let Ok(sums) = from_bytes::<StudySums>(sums)
        {
            all.merge(sums);
        }
    }
    all
}

fn sharding(criterion: &mut Criterion) {
    let scenario = read(&gallery("dev-test-prod-rings.toml"), &[]);
    let plan = Plan::new(&scenario.config);
    let study = Study::new(&plan, 1, &scenario.assertions);
    let work = Work::new(std::iter::once(0..REPLICATIONS).collect());

    let mut group = criterion.benchmark_group("playing 800 replications of three rings");
    group.sample_size(10);
    group.bench_function("in one piece", |bencher| {
        bencher.iter(|| study.play::<StudySums>(0..REPLICATIONS, &Silent).replications());
    });
    for shards in [1, 16, 50] {
        group.bench_function(format!("in {shards} shards, with their parts"), |bencher| {
            bencher.iter(|| parts(&study, &work, shards).len());
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("merging 800 replications of three rings");
    group.sample_size(10);
    for shards in [1, 16, 50] {
        let parts = parts(&study, &work, shards);
        group.bench_function(format!("{shards} parts"), |bencher| {
            bencher.iter(|| merged(&parts).replications());
        });
    }
    let sums = merged(&parts(&study, &work, 16));
    group.bench_function("estimates, once", |bencher| {
        let results = |sums: StudySums| sums.finish(&study, Vec::new()).replications;
        bencher.iter_batched(|| sums.clone(), results, BatchSize::LargeInput);
    });
    group.finish();
}

criterion_group!(benches, sharding);
criterion_main!(benches);
