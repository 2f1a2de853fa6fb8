//! W2: what a year of releases costs. The target is 6 s for a million nodes and 1,000 patches.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use patchbench_benches::w2;
use patchbench_model::world::{Nobody, Plan, simulate};

fn years(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("the year of a million nodes takes 6 s");
    group.sample_size(10);
    for nodes in [1_000, 10_000] {
        let config = w2(nodes);
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

criterion_group!(benches, years);
criterion_main!(benches);
