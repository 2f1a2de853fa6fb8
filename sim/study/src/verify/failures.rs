//! The structure of failures: F16 to F18.

use super::experiment::{Experiment, Figure};
use super::laws::{at_most, failed, passed, sent};
use super::models::{F16, F17, F18};
use super::stage::{Law, Stage, install, installs, pool};

/// F16 without an error allowed: equal installs in batches, a fault that shows after a while on each affected
/// node, and an alarm at once that cancels what is not sent yet.
fn latent(nodes: u64, slots: u64, duration: u64, delay: u64, affected: f64) -> Experiment {
    let batch = |number: u64| {
        let size = slots.min(nodes - (number - 1) * slots);
        // Batches whose faults have shown by the start of this one.
        let shown = ((number - 1) * duration).saturating_sub(delay) / duration;
        size as f64 * at_most(shown * slots, affected, 0)
    };
    let expected = (1..=nodes.div_ceil(slots)).map(batch).sum();
    let stage = Stage {
        fleet: pool("web", nodes, &installs(&Law::Fixed.of(duration as i64), 0.0)),
        task: install(&slots.to_string(), "CONTINUE_TASK"),
        more: format!(
            "[bad_patches.bad]\npatches = [\"patch\"]\npenetrance = {affected:?}\nsymptom = \"latent\"\n\
             latent_after = \"{delay}s\"\n\
             [monitoring]\ndetection = 1.0\ndelay = \"0s\"\naction = \"reject_and_cancel\""
        ),
        ..Stage::default()
    };
    let figures = vec![Figure::mean("nodes sent to", expected, |_, record| sent(record))];
    let words = format!("N={nodes} C={slots} d={duration} s L={delay} s f={affected}");
    Experiment::new(F16, words, stage, figures)
}

/// F17: a patch is bad with some chance, and then breaks nodes beside those that fail by themselves. One node
/// at a time, so that the threshold is F1's.
fn common_cause(nodes: u64, errors: u64, failure: f64, bad: f64, penetrance: f64) -> Experiment {
    let either = 1.0 - (1.0 - failure) * (1.0 - penetrance);
    let mixed = |of: &dyn Fn(f64) -> f64| (1.0 - bad) * of(failure) + bad * of(either);
    let reach = |p: f64| (0..nodes).map(|before| at_most(before, p, errors)).sum();
    let stage = Stage {
        fleet: pool("web", nodes, &installs("\"1m\"", failure)),
        task: format!("operation = \"Install\"\nmax_concurrency = \"1\"\nmax_errors = \"{errors}\""),
        more: format!(
            "[bad_patches.bad]\nprobability = {bad:?}\npenetrance = {penetrance:?}\nsymptom = \"install\""
        ),
        ..Stage::default()
    };
    let figures = vec![
        Figure::chance(
            "P(errors > E)",
            mixed(&|p| 1.0 - at_most(nodes, p, errors)),
            passed,
        ),
        Figure::mean("nodes sent to", mixed(&reach), |_, record| sent(record)),
    ];
    let words = format!("N={nodes} E={errors} p0={failure} pi={bad} f={penetrance}");
    Experiment::new(F17, words, stage, figures)
}

/// F18: an install that fails is tried again in the same run, unless it fails for good.
fn transient(nodes: u64, transient: f64, retries: i32, persistent: f64) -> Experiment {
    let exact = persistent + (1.0 - persistent) * transient.powi(retries + 1);
    let behavior = installs("\"1m\"", persistent)
        + &format!("\ntransient = {{ probability = {transient:?}, retries = {retries} }}");
    let stage = Stage {
        fleet: pool("web", nodes, &behavior),
        task: install("10%", "CONTINUE_TASK"),
        ..Stage::default()
    };
    let figures = vec![Figure::mean("share that fails", exact, move |_, record| {
        failed(record) / nodes as f64
    })];
    let words = format!("pt={transient} r={retries} pp={persistent}");
    Experiment::new(F18, words, stage, figures).times(1_000)
}

/// What `verify` plays.
pub(super) fn all() -> Vec<Experiment> {
    vec![
        latent(600, 30, 600, 900, 0.02),
        latent(500, 25, 900, 2_000, 0.01),
        latent(120, 20, 600, 4_000, 0.1),
        common_cause(40, 2, 0.03, 0.4, 0.15),
        common_cause(500, 10, 0.005, 0.05, 0.3),
        transient(100, 0.15, 3, 0.005),
        transient(100, 0.3, 1, 0.02),
        transient(100, 0.05, 0, 0.0),
    ]
}
