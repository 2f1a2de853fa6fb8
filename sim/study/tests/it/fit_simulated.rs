//! Searches over simulated levels, where a closed form knows the answer.

use patchbench_scenario::Scenario;
use patchbench_study::fit::{
    ContestRules, Extreme, Fit, FitAsked, Objective, SimulatedDesigns, SimulatedLevels, contest, criteria,
    first_by_formula, search,
};
use patchbench_study::{Selector, Silent, binomial_exceeds};

use crate::stage::{Stage, pool};

/// A hundred nodes, ten minutes each, in a window of two hours before its cutoff.
fn stage(failure: f64, concurrency: u32, errors: u32, assertion: &str) -> Scenario {
    let behavior =
        format!("scan_time = \"0s\"\ninstall_time = \"10m\"\nreboot_time = \"0s\"\nfailure = {failure}");
    Stage {
        hours: "duration = 3\ncutoff = 1".to_owned(),
        fleet: pool("web", 100, &behavior),
        task: format!(
            "operation = \"Install\"\nmax_concurrency = \"{concurrency}\"\nmax_errors = \"{errors}\"\n\
cutoff_behavior = \"CONTINUE_TASK\""
        ),
        more: format!("[study]\nreplications = 200\n[[assert]]\nname = \"wanted\"\n{assertion}"),
        ..Stage::default()
    }
    .scenario()
    .unwrap()
}

fn fit(scenarios: &[Scenario], extreme: Extreme, start: Option<usize>) -> Fit {
    let wanted = criteria(&scenarios[0], &[], None).unwrap();
    let asked = FitAsked {
        extreme,
        required: wanted.iter().map(|criterion| criterion.required).collect(),
        enough: scenarios[0].study.replications,
        most: 16 * scenarios[0].study.replications,
        start,
    };
    let mut levels = SimulatedLevels {
        scenarios,
        names: &[],
        progress: &Silent,
    };
    search(&mut levels, &asked)
}

fn rare_stops() -> Vec<Scenario> {
    (0..=20)
        .map(|errors| stage(0.05, 1, errors, "metric = \"stop\"\nat_most = 0.04"))
        .collect()
}

#[test]
fn the_least_max_errors_is_the_binomial_quantile() {
    // All but the last node decide whether something is withheld.
    let quantile = (0..=20u32)
        .find(|errors| binomial_exceeds(99, 0.05, *errors) <= 0.04)
        .unwrap();
    let scenarios = rare_stops();
    let start = first_by_formula(&scenarios, &[], Extreme::Least);
    assert_eq!(start, Some(quantile as usize));
    let found = fit(&scenarios, Extreme::Least, start);
    assert_eq!((found.answer, found.sure), (Some(quantile as usize), true));
    assert_eq!(
        found.monotone.contradicting, 0,
        "more errors allowed never stop sooner"
    );
    // The ends, the quantile, and the level on either side of it.
    assert_eq!(found.played.len(), 5);
    let blind = fit(&scenarios, Extreme::Least, None);
    assert_eq!((blind.answer, blind.sure), (found.answer, true));
}

#[test]
fn the_least_concurrency_is_nodes_by_rounds_rounded_up() {
    // Twelve rounds of ten minutes begin within two hours: 100 nodes need nine at once.
    let assertion = "metric = \"started_before_cutoff\"\nat_least = 1.0\nin = 0.95";
    let scenarios: Vec<Scenario> = (1..=60).map(|many| stage(0.0, many, 99, assertion)).collect();
    let start = first_by_formula(&scenarios, &[], Extreme::Least);
    assert_eq!(start, Some(8));
    let found = fit(&scenarios, Extreme::Least, None);
    assert_eq!((found.answer, found.sure), (Some(8), true));
    let largest = fit(&scenarios, Extreme::Largest, None);
    assert_eq!(
        (largest.answer, largest.sure),
        (Some(59), true),
        "all 60 at once fit, too"
    );
}

#[test]
fn threads_change_nothing() {
    let scenarios = rare_stops();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| fit(&scenarios, Extreme::Least, None))
    };
    assert_eq!(on(1), on(2));
}

#[test]
fn assertions_are_chosen_by_name_and_share() {
    let scenario = stage(
        0.0,
        1,
        0,
        "metric = \"started_before_cutoff\"\nat_least = 1.0\nin = 0.9",
    );
    let wanted = |names: &[&str], share| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        criteria(&scenario, &names, share)
    };
    assert_eq!(wanted(&[], None).unwrap()[0].required, 0.9);
    let changed = &wanted(&["wanted"], Some(0.8)).unwrap()[0];
    assert_eq!(changed.required, 0.8);
    assert!(changed.sentence.contains("in 80 %"), "{}", changed.sentence);
    let wrong = wanted(&["wantd"], None).unwrap_err();
    assert_eq!(wrong.meant.as_deref(), Some("wanted"));
    let none = Scenario {
        assertions: Vec::new(),
        ..scenario.clone()
    };
    assert!(
        criteria(&none, &[], None)
            .unwrap_err()
            .note
            .contains("[[assert]]")
    );
    let stop = stage(0.0, 1, 0, "metric = \"stop\"\nat_most = 0.04");
    assert_eq!(
        criteria(&stop, &[], Some(0.5)).unwrap()[0].required,
        0.96,
        "the bound is a probability"
    );
}

#[test]
fn what_no_setting_dominates_is_what_trades_time_for_stops() {
    // Few at once take long; many errors allowed leave nobody behind. 2 and 99 at once, 0 and 99 errors: with
    // no error to stop it, the task is faster with more at once, and nothing speaks against it.
    let settings = [(2, 99), (20, 99), (20, 0), (2, 0)];
    let scenarios: Vec<Scenario> = settings
        .iter()
        .map(|(many, errors)| stage(0.02, *many, *errors, "metric = \"stop\"\nat_most = 1.0"))
        .collect();
    let selectors = ["exposure", "peak_in_progress", "stop"].map(Selector::of);
    let mut designs = SimulatedDesigns {
        scenarios: &scenarios,
        selectors: &selectors,
        progress: &Silent,
    };
    let wrong = designs.responses().unwrap_err();
    assert!(wrong.message.contains("peak_in_progress"), "{}", wrong.message);
    let selectors = ["exposure", "nodes_left"].map(Selector::of);
    designs.selectors = &selectors;
    let measured = designs.responses().unwrap();
    let objectives = measured.iter().map(|(_, better)| Objective {
        better: *better,
        least_effect: 0.0,
    });
    let rules = ContestRules {
        objectives: objectives.collect(),
        enough: 500,
        most: 2000,
    };
    let found = contest(&mut designs, &rules).unwrap();
    assert_eq!(found.front, [1], "{found:?}");
}
