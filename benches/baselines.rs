//! Baselines are evaluated in time proportional to patches times rules.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use patchbench_benches::w2;
use patchbench_kernel::Streams;
use patchbench_model::catalog::release_patches;
use patchbench_model::ssm::{PatchView, evaluate};

fn evaluation(criterion: &mut Criterion) {
    let config = w2(10);
    let patches = release_patches(&config.releases, &Streams::new(0, 0));
    let mut group = criterion.benchmark_group("a rule and a patch cost at most 200 ns");
    group.sample_size(20);
    for rules in [1, 10, 100] {
        let mut baseline = config.baselines[0].clone();
        baseline.rules = vec![baseline.rules[0].clone(); rules];
        group.throughput(Throughput::Elements((patches.len() * rules) as u64));
        group.bench_function(format!("{} patches, {rules} rules", patches.len()), |bencher| {
            bencher.iter(|| {
                let approved = patches.iter().filter(|patch| {
                    let view = PatchView {
                        patch,
                        node_product: None,
                    };
                    evaluate(&baseline, view, &config.settings).approval.is_ok()
                });
                approved.count()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, evaluation);
criterion_main!(benches);
