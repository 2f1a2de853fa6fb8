//! Sequential stopping: enough replications and not many more, whatever the threads.

use patchbench_model::config::ModelConfig;
use patchbench_model::world::Plan;
use patchbench_study::{FIRST, Precision, PrecisionTarget, Silent, Study, StudySums, Sums};

use crate::stage::{SEED, Stage, pool};

/// Fifty nodes that fail with 5 %: one error too many in 72 of 100 replications.
fn config() -> ModelConfig {
    Stage {
        fleet: pool(
            "web",
            50,
            "scan_time = \"0s\"\ninstall_time = \"10m\"\nreboot_time = \"0s\"\nfailure = 0.05",
        ),
        task: "operation = \"Install\"\nmax_concurrency = \"2\"\nmax_errors = \"1\"".to_owned(),
        ..Stage::default()
    }
    .config()
    .unwrap()
}

fn play(target: &str, most: u64, threads: usize) -> (StudySums, bool) {
    let config = config();
    let plan = Plan::new(&config);
    let precision = Precision {
        targets: vec![PrecisionTarget::parse(target).unwrap()],
        first: FIRST,
        most,
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    let study = Study::new(&plan, SEED, &[]);
    let (played, reached) = pool
        .install(|| study.play_until_precise(&precision, &Silent))
        .unwrap();
    let met = reached.iter().all(patchbench_study::PrecisionReached::is_met);
    (played, met)
}

#[test]
fn replications_are_added_until_the_interval_is_narrow_enough_on_any_number_of_threads() {
    let (one, met) = play("stop=0.03", 100_000, 1);
    assert!(met);
    // Of a probability of 0.72, 1.96 · sqrt(0.72 · 0.28 / n) = 0.03 for n = 860.
    assert!(
        (700..1100).contains(&one.replications()),
        "{}",
        one.replications()
    );
    let (three, _) = play("stop=0.03", 100_000, 3);
    assert_eq!(one, three);
}

#[test]
fn a_study_stops_at_the_most_replications_and_says_that_it_is_not_precise() {
    let (played, met) = play("stop=0.001", 200, 2);
    assert_eq!((played.replications(), met), (200, false));
}

#[test]
fn a_metric_that_is_not_there_is_told_with_those_that_are() {
    let config = config();
    let precision = Precision {
        targets: vec![PrecisionTarget::parse("stops=5%").unwrap()],
        first: 2,
        most: 2,
    };
    let plan = Plan::new(&config);
    let study = Study::new(&plan, SEED, &[]);
    let wrong = study.play_until_precise::<StudySums>(&precision, &Silent);
    let wrong = wrong.unwrap_err();
    assert_eq!(wrong.meant.as_deref(), Some("stop"));
}
