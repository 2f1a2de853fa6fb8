//! The share in time, through the metric that reports show.

use patchbench_model::world::Plan;
use patchbench_study::verify::streams::share_in_time;
use patchbench_study::{Silent, run_replications};

use crate::stage::{SEED, results};

#[test]
fn f10_the_metric_is_the_mean_of_the_shares() {
    let experiment = share_in_time(200, 3, 0.9, 14);
    let config = experiment.stage(0).config().unwrap();
    let plan = Plan::new(&config);
    let played = run_replications(&plan, SEED, 20, &Silent);
    let results = results(&plan, 20);
    let row = |metric: &str| results.metrics.iter().find(|row| row.metric == metric).unwrap();
    let shown = row("sla_attainment");
    assert_eq!((shown.sla.as_str(), shown.summary.n), ("ours", 20));
    let share = |record| experiment.figures[0].of(&plan, record);
    let counted = played.records.iter().map(share).sum::<f64>() / 20.0;
    assert!((shown.summary.mean.unwrap() - counted).abs() < 1e-12);
}
