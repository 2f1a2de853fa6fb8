//! A first answer within a second leaves no time for reading the question.

use criterion::{Criterion, criterion_group, criterion_main};
use patchbench_benches::{gallery, read, workload};
use patchbench_model::world::Plan;

fn scenarios(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a scenario is read within 20 ms");
    group.sample_size(20);
    for (name, path) in [
        ("the shipped one", gallery("front-end-servers-install.toml")),
        ("one with 1,000 recorded patches", workload("w2.toml")),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| read(&path, &[]).hash.len());
        });
        let scenario = read(&path, &[]);
        group.bench_function(format!("{name}: its plan"), |bencher| {
            bencher.iter(|| Plan::new(&scenario.config).nodes());
        });
    }
    group.finish();
}

criterion_group!(benches, scenarios);
criterion_main!(benches);
