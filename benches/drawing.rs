//! All charts of one result take a second, as they are and with all else that is in a result folder.

use criterion::{Criterion, criterion_group, criterion_main};
use patchbench_benches::{gallery, many_groups, read};
use patchbench_model::world::Plan;
use patchbench_report::{Origin, Report, report_files, run_plots};
use patchbench_scenario::Scenario;
use patchbench_study::{Silent, Study, StudySums};

fn results(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("all charts of a result take 1 s");
    group.sample_size(10);
    let canary = gallery("canary-catches-bad-patch.toml");
    let worlds: [(&str, Scenario, u64); 2] = [
        ("a canary ring", read(&canary, &[]), 100),
        ("200 groups over three years", many_groups(), 1),
    ];
    for (name, scenario, replications) in worlds {
        let plan = Plan::new(&scenario.config);
        let study = Study::new(&plan, 1, &[]);
        let sums: StudySums = study.play(0..replications, &Silent);
        let results = sums.finish(&study, Vec::new());
        let report = Report {
            scenario: &scenario,
            plan: &plan,
            results: &results,
        };
        let origin = Origin {
            scenario: "scenario.toml",
            overrides: &[],
            precision: None,
            parquet: false,
        };
        group.bench_function(name, |bencher| {
            bencher.iter(|| run_plots(report).map(|files| files.len()));
        });
        group.bench_function(format!("{name}: the whole folder"), |bencher| {
            bencher.iter(|| report_files(report, origin, None).map(|files| files.len()));
        });
    }
    group.finish();
}

criterion_group!(benches, results);
criterion_main!(benches);
