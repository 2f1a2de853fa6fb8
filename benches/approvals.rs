//! `approvals` answers within 20 ms.

use criterion::{Criterion, criterion_group, criterion_main};
use patchbench_benches::{gallery, read, workload};
use patchbench_model::world::Plan;
use patchbench_study::approvals;

fn tables(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("approvals answers within 20 ms");
    group.sample_size(10);
    for (name, path) in [
        ("the shipped scenario", gallery("front-end-servers-install.toml")),
        ("1,000 patches in three groups", workload("w2.toml")),
    ] {
        let scenario = read(&path, &[]);
        group.bench_function(name, |bencher| {
            bencher.iter(|| approvals(&Plan::new(&scenario.config), scenario.study.seed).len());
        });
    }
    group.finish();
}

criterion_group!(benches, tables);
criterion_main!(benches);
