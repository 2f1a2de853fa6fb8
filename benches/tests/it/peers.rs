//! The engine and a hand-written event loop answer alike: the same workloads, chance of their own.

use patchbench_benches::{read, w2, workload};
use patchbench_kernel::SimTime;
use patchbench_model::ssm::InvocationStatus::{Failed, Success};
use patchbench_model::world::{Nobody, Plan, RunRecord, simulate};
use patchbench_peer_plain::w1::{self, W1};
use patchbench_peer_plain::w2::{self, SHARES, W2};
use patchbench_peer_plain::{DAY, plain};

fn mean_and_squares(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum())
}

/// Difference of two means in standard errors, by the deviation of both samples together.
fn z(ours: &[f64], theirs: &[f64]) -> f64 {
    let ((mean, squares), (other, other_squares)) = (mean_and_squares(ours), mean_and_squares(theirs));
    let (n, m) = (ours.len() as f64, theirs.len() as f64);
    let variance = (squares + other_squares) / (n + m - 2.0);
    (mean - other) / (variance * (1.0 / n + 1.0 / m)).sqrt()
}

/// Figures of a replication, always the same in the same order.
type Figures = Vec<(String, f64)>;

fn assert_alike(ours: &[Figures], theirs: &[Figures]) {
    for (column, (name, _)) in ours[0].iter().enumerate() {
        let values = |all: &[Figures]| all.iter().map(|row| row[column].1).collect::<Vec<_>>();
        let (ours, theirs) = (values(ours), values(theirs));
        let z = z(&ours, &theirs);
        let means = (mean_and_squares(&ours).0, mean_and_squares(&theirs).0);
        assert!(z.abs() < 4.0, "{name}: {means:?} are {z} standard errors apart");
    }
}

fn named<const N: usize>(figures: [(&str, f64); N]) -> Figures {
    figures.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

fn seconds(from: SimTime, to: SimTime) -> f64 {
    (to - from).millis() as f64 / 1_000.0
}

fn our_rollout(record: &RunRecord, w1: &W1) -> Figures {
    let [_, rollout] = record.commands.as_slice() else {
        panic!("a clock and a rollout");
    };
    let started = rollout.started.unwrap();
    let sent = rollout.counts.sent();
    let stop = match (rollout.stopped, rollout.last_sent) {
        (Some(at), _) => seconds(started, at),
        (None, Some(last)) if sent == w1.nodes => seconds(started, last),
        _ => w1.last_start,
    };
    named([
        ("completed", f64::from(rollout.counts.get(Success))),
        ("failed", f64::from(rollout.counts.get(Failed))),
        ("never", f64::from(w1.nodes - sent)),
        ("stopped", f64::from(u8::from(rollout.stopped.is_some()))),
        ("makespan", seconds(started, rollout.ended.unwrap())),
        ("stop", stop),
    ])
}

fn their_rollout(outcome: &w1::Outcome) -> Figures {
    named([
        ("completed", f64::from(outcome.completed)),
        ("failed", f64::from(outcome.failed)),
        ("never", f64::from(outcome.never)),
        ("stopped", f64::from(u8::from(outcome.stopped))),
        ("makespan", outcome.makespan),
        ("stop", outcome.stop),
    ])
}

#[test]
fn a_rollout_with_both_limits_goes_as_on_a_plain_heap() {
    let scenario = read(&workload("w3.toml"), &[]);
    let plan = Plan::new(&scenario.config);
    let w3 = W1::w3();
    let ours: Vec<_> = (0..200)
        .map(|replication| our_rollout(&simulate(&plan, 1, replication, &mut Nobody), &w3))
        .collect();
    let theirs: Vec<_> = (0..400)
        .map(|seed| their_rollout(&plain::rollout(&w3, seed)))
        .collect();
    assert_alike(&ours, &theirs);
}

/// The median of days, of which those that never came are the longest.
fn typical(mut days: Vec<f64>) -> f64 {
    days.sort_by(f64::total_cmp);
    days[days.len().div_ceil(2) - 1]
}

fn our_year(plan: &Plan<'_>, record: &RunRecord) -> Figures {
    let errors: u32 = record
        .commands
        .iter()
        .map(|command| command.counts.errors())
        .sum();
    let installed: u64 = record.commands.iter().map(|command| command.installed).sum();
    let mut figures = named([("failed", f64::from(errors)), ("installed", installed as f64)]);
    for (index, group) in plan.groups.iter().enumerate() {
        let cells: Vec<_> = record
            .coverage
            .iter()
            .filter(|cell| cell.group == index)
            .collect();
        let exposure: i128 = cells.iter().map(|cell| cell.exposure_ms).sum();
        figures.push((
            format!("exposure of {}", group.name),
            exposure as f64 / 1_000.0 / DAY,
        ));
        for (share, percent) in SHARES.into_iter().enumerate() {
            let offered = cells.iter().filter(|cell| cell.approved.is_some());
            let days = offered
                .map(|cell| cell.reached[share].map_or(f64::INFINITY, |at| seconds(cell.released, at) / DAY));
            figures.push((
                format!("days to {percent} % of {}", group.name),
                typical(days.collect()),
            ));
        }
    }
    figures
}

fn their_year(outcome: &w2::Outcome) -> Figures {
    let mut figures = named([
        ("failed", outcome.failed as f64),
        ("installed", outcome.installed as f64),
    ]);
    for ring in &outcome.rings {
        figures.push((ring.name.to_owned(), ring.exposure));
        figures.extend(ring.days.map(|days| (ring.name.to_owned(), days)));
    }
    figures
}

#[test]
fn a_year_of_three_rings_goes_as_on_a_plain_heap() {
    let config = w2(1_000);
    let plan = Plan::new(&config);
    let names: Vec<&str> = plan.groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["dev", "test", "prod"]);
    let ours: Vec<_> = (0..20)
        .map(|replication| our_year(&plan, &simulate(&plan, 1, replication, &mut Nobody)))
        .collect();
    let other = W2::new(1_000);
    let theirs: Vec<_> = (0..40)
        .map(|seed| their_year(&plain::year(&other, seed)))
        .collect();
    assert_alike(&ours, &theirs);
}
