//! Addressed randomness costs hardly more than any other.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use patchbench_kernel::{Generator, StreamKey, Streams, rows};

/// Nodes drawn at once, and words that each of them owns, as in the model.
const NODES: usize = 256;
const WORDS: usize = 4;

fn generator(entity: u64) -> Generator {
    Streams::new(42, 0).generator(StreamKey {
        purpose: 2,
        entity,
        attempt: 0,
    })
}

fn words(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("64 random bits cost at most 6 ns");
    let mut luck = generator(0);
    group.throughput(Throughput::Elements(1));
    group.bench_function("one after the other", |bencher| bencher.iter(|| luck.next_u64()));
    let mut rows = [0; WORDS].map(|word| vec![word; NODES]);
    group.throughput(Throughput::Elements((NODES * WORDS / 2) as u64));
    group.bench_function("a block from anywhere", |bencher| {
        let mut block = 0;
        bencher.iter(|| {
            block = (block * 5 + 3) % 4096;
            luck.at_word(block * (NODES * WORDS) as u64);
            luck.fill_rows(black_box(&mut rows).each_mut().map(Vec::as_mut_slice));
        });
    });
    group.finish();
}

fn addresses(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a stream begins within 200 ns");
    let mut entity = 0;
    group.bench_function("address and first word", |bencher| {
        bencher.iter(|| {
            entity += 1;
            generator(entity).next_u32()
        });
    });
    group.finish();
}

fn nodes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("the normals and times of a node cost at most 40 ns");
    group.throughput(Throughput::Elements(NODES as u64));
    let mut words = vec![0; 2 * NODES];
    generator(0).fill_u32(&mut words);
    let (radii, angles) = words.split_at(NODES);
    let (mut first, mut second) = (vec![0.0; NODES], vec![0.0; NODES]);
    group.bench_function("two lognormals", |bencher| {
        bencher.iter(|| {
            rows::normal_pairs(black_box(radii), angles, (&mut first, &mut second));
            rows::scaled_exp(1.0, 0.6, &mut first);
            rows::scaled_exp(1.0, 0.4, &mut second);
            black_box((&first, &second));
        });
    });
    group.finish();
}

criterion_group!(benches, words, addresses, nodes);
criterion_main!(benches);
