//! Simulated figures against exact ones, case by case: what `patchbench verify` shows.

use std::collections::BTreeSet;

use patchbench_study::verify::{Experiment, FigureResult, MODELS, experiments};
use patchbench_study::{Silent, binomial_exceeds, expected_sent};

use crate::stage::SEED;

/// Published exact values (`analytic_cases.csv`), computed by another program.
const PUBLISHED: [(&str, f64); 12] = [
    ("RC-S1-1", 60.258_451_651_58),
    ("RC-S1-2", 0.881_737_018_814_9),
    ("LS-S-1", 91.610_544_431_43),
    ("HG-S-1", 23.612_903_225_81),
    ("ORD-S", 14.0),
    ("CV-S-1", 9_720.0),
    ("LST-S2", 2_200.0),
    ("MW-S-1", 4.0),
    ("MW-S-2", 1_817_700.0),
    ("SLA-S", 0.951_428_571_428_6),
    ("CAL-S", 11.444_444_444_44),
    ("CAN-S", 0.731_528_800_003_1),
];

fn check(of: impl Fn(&Experiment) -> bool) {
    let all = experiments();
    let own = all.iter().filter(|experiment| of(experiment));
    let mut played = 0;
    let wrong: Vec<FigureResult> = own
        .flat_map(|experiment| {
            played += 1;
            let results = experiment.play(SEED, experiment.replications, &Silent);
            results.unwrap_or_else(|problem| panic!("{problem}"))
        })
        .filter(|result| !result.holds)
        .collect();
    assert!(played > 0 && wrong.is_empty(), "{wrong:#?}");
}

fn of_models(ids: &'static [&'static str]) -> impl Fn(&Experiment) -> bool {
    move |experiment| ids.contains(&experiment.model.id)
}

const RATE_CONTROL: &[&str] = &["F1", "F2", "F3", "F4", "inv", "F14"];
const TIMES: &[&str] = &["F5", "F6", "det", "list", "ramp"];
const WINDOWS: &[&str] = &["F7", "F8", "F9"];
const STREAMS: &[&str] = &["F10", "F11", "F12", "cal"];
const FAILURES: &[&str] = &["F16", "F17", "F18"];

#[test]
fn rate_control_goes_as_computed() {
    check(of_models(RATE_CONTROL));
}

#[test]
fn times_and_coverage_go_as_computed() {
    check(of_models(TIMES));
}

#[test]
fn openings_are_needed_as_computed() {
    check(of_models(WINDOWS));
}

#[test]
fn approvals_and_streams_go_as_computed() {
    check(of_models(STREAMS));
}

#[test]
fn failures_go_as_computed() {
    check(of_models(FAILURES));
}

#[test]
fn every_model_is_played_and_tested() {
    let tested: BTreeSet<&str> = [RATE_CONTROL, TIMES, WINDOWS, STREAMS, FAILURES]
        .concat()
        .into_iter()
        .collect();
    let models: BTreeSet<&str> = MODELS.iter().map(|model| model.id).collect();
    let played: BTreeSet<&str> = experiments().iter().map(|one| one.model.id).collect();
    assert_eq!(models, tested);
    assert_eq!(models, played);
}

#[test]
fn the_exact_values_are_those_that_were_published() {
    let all = experiments();
    let figures: Vec<_> = all.iter().flat_map(|experiment| &experiment.figures).collect();
    let cases: Vec<_> = figures.iter().filter_map(|figure| figure.case).collect();
    assert_eq!(cases.len(), PUBLISHED.len());
    for (id, exact) in PUBLISHED {
        let own = figures.iter().find(|figure| figure.case == Some(id)).unwrap();
        let off = (own.exact - exact).abs();
        assert!(
            off <= 1e-11 * exact.abs(),
            "{id}: {} instead of {exact}",
            own.exact
        );
    }
}

/// A wrong exact value is told apart: the checks can fail.
#[test]
fn a_figure_that_is_off_does_not_hold() {
    for model in ["F1", "list"] {
        let mut all = experiments().into_iter();
        let mut experiment = all.find(|one| one.model.id == model).unwrap();
        experiment.figures[0].exact *= 1.05;
        let results = experiment.play(SEED, 2_000, &Silent).unwrap();
        assert!(!results[0].holds, "{:?}", results[0]);
        assert_eq!(results[0].z.is_some(), model == "F1");
    }
}

#[test]
fn the_study_states_the_closed_forms_themselves() {
    assert!((expected_sent(100, 5, 0.05, 2) - 60.258_451_651_58).abs() < 1e-9);
    assert!((binomial_exceeds(100, 0.05, 2) - 0.881_737_018_814_9).abs() < 1e-12);
}
