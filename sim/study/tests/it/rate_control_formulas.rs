//! Rate control against its closed forms F1 to F4, each at settings of its own.

use patchbench_model::ssm::InvocationStatus;
use patchbench_model::world::RunRecord;
use statrs::distribution::{Binomial, ContinuousCDF, DiscreteCDF, Gamma, Hypergeometric};

use crate::closed_forms::scans;
use crate::stage::{Stage, assert_mean, pool, sample};

const REPLICATIONS: u64 = 2_000;

/// Nodes, concurrency, error threshold, chance of failure.
type Limits = (u64, u64, u64, f64);

fn stage(time: &str, (nodes, concurrency, errors, p): Limits) -> Stage {
    Stage {
        fleet: pool("web", nodes, &scans(time, 600, p)),
        task: format!("operation = \"Scan\"\nmax_concurrency = \"{concurrency}\"\nmax_errors = \"{errors}\""),
        ..Stage::default()
    }
}

fn sent(record: &RunRecord) -> f64 {
    f64::from(record.commands[0].counts.sent())
}

fn failed(record: &RunRecord) -> f64 {
    f64::from(record.commands[0].counts.get(InvocationStatus::Failed))
}

fn passed(record: &RunRecord) -> f64 {
    f64::from(u8::from(record.commands[0].stopped.is_some()))
}

fn withheld(record: &RunRecord) -> f64 {
    f64::from(u8::from(
        record.commands[0].counts.get(InvocationStatus::Terminated) > 0,
    ))
}

/// P(Bin(n, p) <= e)
fn at_most(n: u64, p: f64, e: u64) -> f64 {
    if n == 0 {
        return 1.0;
    }
    Binomial::new(p, n).unwrap().cdf(e)
}

#[test]
fn f1_distinct_completions() {
    for limits in [(80, 4, 1, 0.03), (300, 30, 12, 0.05), (200, 10, 0, 0.004)] {
        let (nodes, concurrency, errors, p) = limits;
        let config = stage("exponential", limits).config();
        let reaches = (1..=nodes).map(|node| at_most(node.saturating_sub(concurrency), p, errors));
        let expected: f64 = reaches.sum();
        let check = |what: &str, figure: fn(&RunRecord) -> f64, expected: f64| {
            let what = format!("{what} at {limits:?}");
            assert_mean(&what, &sample(&config, REPLICATIONS, figure), expected);
        };
        check("sent", sent, expected);
        check("failed", failed, p * expected);
        check("errors above the limit", passed, 1.0 - at_most(nodes, p, errors));
        let early = 1.0 - at_most(nodes - concurrency, p, errors);
        check("something withheld", withheld, early);
    }
}

/// Batches of equal durations: the `b`-th is sent if those that are counted by then do not stop it.
fn batches((nodes, concurrency, errors, p): Limits, unseen: u64) -> Vec<(f64, f64)> {
    let number = nodes.div_ceil(concurrency);
    let one = |batch: u64| {
        let size = concurrency.min(nodes - (batch - 1) * concurrency);
        let counted = batch.saturating_sub(unseen) * concurrency;
        (size as f64, at_most(counted, p, errors))
    };
    (1..=number).map(one).collect()
}

#[test]
fn f2_equal_durations() {
    for limits in [(120, 12, 2, 0.04), (333, 50, 5, 0.02), (60, 7, 0, 0.02)] {
        for (order, unseen) in [("completions_first", 1), ("sends_first", 2)] {
            let settings = match order {
                "sends_first" => "tie_order = \"sends_first\"",
                _ => "tie_order = \"completions_first\"",
            };
            let config = Stage {
                settings,
                ..stage("fixed", limits)
            }
            .config();
            let batches = batches(limits, unseen);
            let expected: f64 = batches.iter().map(|(size, chance)| size * chance).sum();
            let what = format!("{order} at {limits:?}");
            assert_mean(&what, &sample(&config, REPLICATIONS, sent), expected);
            let steps: f64 = batches.iter().map(|(_, chance)| chance).sum();
            let end = sample(&config, REPLICATIONS, |record| {
                let command = &record.commands[0];
                (command.ended.unwrap() - command.opened).millis() as f64 / 600_000.0
            });
            assert_mean(&format!("end, {what}"), &end, steps);
        }
    }
}

#[test]
fn f3_doomed_nodes_in_random_order() {
    for (nodes, doomed, concurrency, errors) in [(60, 6, 1, 0), (150, 12, 10, 3), (90, 30, 5, 8)] {
        let fails = |node: u64| format!("[[outcome]]\nnode = \"web-{node}\"\nresult = \"Failed\"\n");
        let config = Stage {
            outcomes: (1..=doomed).map(fails).collect(),
            settings: "target_order = \"shuffled\"",
            ..stage("exponential", (nodes, concurrency, errors, 0.0))
        }
        .config();
        let at_most = |population: u64, doomed: u64, drawn: u64| {
            Hypergeometric::new(population, doomed, drawn)
                .unwrap()
                .cdf(errors)
        };
        let before = |node: u64| node.saturating_sub(concurrency);
        let expected: f64 = (1..=nodes).map(|node| at_most(nodes, doomed, before(node))).sum();
        let what = format!("{nodes} nodes, {doomed} doomed");
        assert_mean(&what, &sample(&config, REPLICATIONS, sent), expected);
        let hits: f64 = (1..=nodes)
            .map(|node| at_most(nodes - 1, doomed - 1, before(node)))
            .sum();
        let expected = doomed as f64 / nodes as f64 * hits;
        assert_mean(&what, &sample(&config, REPLICATIONS, failed), expected);
    }
}

#[test]
fn f4_the_instant_of_the_stop_is_gamma() {
    for (concurrency, errors, p) in [(10, 2, 0.1), (40, 6, 0.05), (5, 0, 0.2)] {
        let config = stage("exponential", (2_000, concurrency, errors, p)).config();
        let stop = |record: &RunRecord| {
            let command = &record.commands[0];
            (command.stopped.unwrap() - command.opened).millis() as f64 / 1000.0
        };
        let scale = 600.0 / (concurrency as f64 * p);
        let expected = (errors + 1) as f64 * scale;
        let what = format!("{concurrency} at once, {errors} errors");
        let values = sample(&config, 1_000, stop);
        assert_mean(&what, &values, expected);
        let law = Gamma::new((errors + 1) as f64, 1.0 / scale).unwrap();
        let early: Vec<f64> = values
            .iter()
            .map(|stop| f64::from(u8::from(*stop <= expected)))
            .collect();
        assert_mean(&what, &early, law.cdf(expected));
    }
}

/// Free invariants: with every node failing, the number sent is known; with as many errors allowed as
/// there are nodes, nothing stops.
#[test]
fn certain_failure_stops_after_what_is_in_flight() {
    for (nodes, concurrency, errors) in [(50, 4, 2), (50, 50, 3), (20, 6, 19)] {
        let limits = (nodes, concurrency, errors, 1.0);
        let distinct = sample(&stage("exponential", limits).config(), 20, sent);
        let expected = nodes.min(errors + concurrency) as f64;
        assert!(distinct.iter().all(|sent| *sent == expected), "{limits:?}");
        let lockstep = sample(&stage("fixed", limits).config(), 2, sent);
        let expected = nodes.min(concurrency * (errors + 1).div_ceil(concurrency)) as f64;
        assert!(lockstep.iter().all(|sent| *sent == expected), "{limits:?}");
        let never = sample(
            &stage("fixed", (nodes, concurrency, nodes, 1.0)).config(),
            2,
            sent,
        );
        assert!(never.iter().all(|sent| *sent == nodes as f64));
    }
}
