//! Tests of what the benches measure: the workloads are what their head comments say.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod peers;

use patchbench_benches::{read, w1, w2, w2_releases, workload};
use patchbench_kernel::SimDuration;
use patchbench_model::ssm::InvocationStatus::{Failed, Success};
use patchbench_model::world::{CommandRecord, Nobody, Plan, RunRecord, simulate};

fn replications(plan: &Plan<'_>, count: u64) -> Vec<RunRecord> {
    (0..count)
        .map(|replication| simulate(plan, 1, replication, &mut Nobody))
        .collect()
}

#[test]
fn the_release_file_is_what_its_generator_writes() {
    let committed = std::fs::read_to_string(workload("w2-releases.csv")).unwrap();
    assert_eq!(committed, w2_releases());
    assert_eq!(committed.lines().count(), 1_001);
}

#[test]
fn w1_sends_to_every_node_and_fails_a_hundredth() {
    let config = w1(2_000);
    let plan = Plan::new(&config);
    let records = replications(&plan, 50);
    let errors: u32 = records
        .iter()
        .map(|record| {
            let [command] = record.commands.as_slice() else {
                panic!("one window opens once");
            };
            assert_eq!(command.control.max_concurrency, 100);
            assert_eq!(command.counts.get(Success) + command.counts.get(Failed), 2_000);
            command.counts.errors()
        })
        .sum();
    // 100,000 installs: 1,000 failures are expected, with a deviation of 31.
    assert!(errors.abs_diff(1_000) < 126, "{errors}");
}

#[test]
fn w2_is_a_year_of_three_rings() {
    let config = w2(1_000);
    let plan = Plan::new(&config);
    let [record] = replications(&plan, 1).try_into().unwrap();
    assert_eq!(record.commands.len(), 3 * 52);
    for (ring, nodes, concurrency, errors) in [(0, 100, 10, 5), (1, 200, 20, 10), (2, 700, 70, 35)] {
        let own = |command: &&CommandRecord| command.id.window == ring;
        for command in record.commands.iter().filter(own) {
            assert_eq!(command.counts.targets(), nodes);
            let control = command.control;
            assert_eq!(
                (control.max_concurrency, control.max_errors),
                (concurrency, errors)
            );
        }
    }
    // Each of the patches reaches every ring unless its delay or the next window lies beyond the year.
    let half = record
        .coverage
        .iter()
        .filter(|cell| cell.reached[0].is_some())
        .count();
    assert!((2_900..=3_000).contains(&half), "{half}");
}

#[test]
fn w3_begins_after_its_clock_and_ends_by_cutoff_or_threshold() {
    let scenario = read(&workload("w3.toml"), &[]);
    assert_eq!((scenario.study.seed, scenario.study.replications), (1, 1000));
    let plan = Plan::new(&scenario.config);
    let (mut by_cutoff, mut by_threshold) = (0, 0);
    for record in replications(&plan, 60) {
        let [clock, rollout] = record.commands.as_slice() else {
            panic!("a clock and a rollout");
        };
        assert_eq!(clock.ended, rollout.started);
        assert_eq!(
            rollout.started,
            Some(rollout.opened + SimDuration::from_secs(1_000))
        );
        assert_eq!(rollout.counts.targets(), 10_000);
        let last = rollout.last_sent.unwrap() - rollout.started.unwrap();
        assert!(last < SimDuration::from_secs(13_400), "{last}");
        if rollout.stopped.is_some() {
            assert_eq!(rollout.errors_at_stop, 111);
            by_threshold += 1;
        } else if rollout.counts.sent() < 10_000 {
            by_cutoff += 1;
        }
    }
    assert!(by_cutoff > 0 && by_threshold > 0, "{by_cutoff} {by_threshold}");
}
