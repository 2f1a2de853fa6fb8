//! The slot queue: what it costs that the slot which frees next gets another job.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use patchbench_kernel::{Distribution, SimDuration, SlotQueue, StreamKey, Streams};

/// Jobs drawn in advance, so that drawing is not measured.
const JOBS: usize = 1 << 16;

fn jobs() -> Vec<u64> {
    let time = Distribution::lognormal(SimDuration::from_secs(480), 0.6).expect("it is one");
    let mut luck = Streams::new(1, 1).generator(StreamKey {
        purpose: 1,
        entity: 1,
        attempt: 1,
    });
    (0..JOBS)
        .map(|_| time.sample(&mut luck).millis() as u64)
        .collect()
}

/// A queue whose slots are all busy and far from starting together.
fn busy(slots: u32, jobs: &[u64]) -> SlotQueue {
    let mut queue = SlotQueue::new(slots);
    for slot in 0..slots {
        queue.set(slot, jobs[slot as usize % JOBS]);
    }
    for job in jobs.iter().cycle().take(4 * slots as usize) {
        if let Some((slot, key)) = queue.peek() {
            queue.set(slot, key + job);
        }
    }
    queue
}

fn holds(criterion: &mut Criterion) {
    let jobs = jobs();
    let mut group = criterion.benchmark_group("a slot that frees gets another job within 50 ns");
    group.throughput(Throughput::Elements(JOBS as u64));
    group.sample_size(20);
    for slots in [50, 500, 5_000, 50_000] {
        let queue = busy(slots, &jobs);
        group.bench_function(format!("{slots} slots"), |bencher| {
            bencher.iter_batched_ref(
                || queue.clone(),
                |queue| {
                    for job in &jobs {
                        if let Some((slot, key)) = queue.peek() {
                            queue.clear(slot);
                            queue.set(slot, key + black_box(*job));
                        }
                    }
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, holds);
criterion_main!(benches);
