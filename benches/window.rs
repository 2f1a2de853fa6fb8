//! W1: what an install costs in one window execution. The target is twice the 41 ns that a program for this
//! workload alone takes with a million nodes.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use patchbench_benches::w1;
use patchbench_model::world::{Nobody, Plan, simulate};

fn installs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("an install costs at most 82 ns");
    group.sample_size(10);
    for nodes in [1_000, 10_000, 100_000, 1_000_000] {
        let config = w1(nodes);
        let plan = Plan::new(&config);
        let mut replication = 0;
        group.throughput(Throughput::Elements(u64::from(nodes)));
        group.bench_function(format!("{nodes} nodes"), |bencher| {
            bencher.iter(|| {
                replication += 1;
                simulate(&plan, 1, replication, &mut Nobody).commands.len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, installs);
criterion_main!(benches);
