//! Times and coverage against their closed forms: F5 to F9 and the deterministic rows.

use patchbench_model::world::RunRecord;
use statrs::distribution::{ContinuousCDF, DiscreteCDF, LogNormal, Poisson};

use crate::closed_forms::{install, installs, scans};
use crate::stage::{Stage, assert_mean, pool, sample};

fn scan(concurrency: &str, fleet: String) -> Stage {
    Stage {
        fleet,
        task: format!("operation = \"Scan\"\nmax_concurrency = \"{concurrency}\"\nmax_errors = \"100%\""),
        ..Stage::default()
    }
}

/// Seconds from the opening to the end of the last invocation.
fn makespan(record: &RunRecord) -> f64 {
    let command = &record.commands[0];
    (command.ended.unwrap() - command.opened).millis() as f64 / 1000.0
}

/// Seconds from the opening until a recorded share of the nodes has the patch.
fn reached(record: &RunRecord, index: usize) -> f64 {
    let since = record.coverage[0].reached[index].unwrap() - record.commands[0].opened;
    since.millis() as f64 / 1000.0
}

#[test]
fn f5_exponential_durations() {
    for (nodes, concurrency, mean) in [(60u64, 6u64, 300.0), (140, 50, 900.0), (40, 1, 60.0)] {
        let time = format!("{{ exponential = {{ mean = \"{mean}s\" }} }}");
        let config = Stage {
            fleet: pool("web", nodes, &installs(&time, 0.0)),
            task: install(&concurrency.to_string(), "CONTINUE_TASK"),
            ..Stage::default()
        }
        .config();
        for (index, percent) in [50u64, 90, 95, 100].into_iter().enumerate() {
            let k = (nodes * percent).div_ceil(100);
            let expected: f64 = (0..k)
                .map(|done| mean / concurrency.min(nodes - done) as f64)
                .sum();
            let values = sample(&config, 500, |record| reached(record, index));
            // Installs end on whole milliseconds, and none takes less than one.
            assert_mean(
                &format!("{percent} % of {nodes}, {concurrency} at once"),
                &values,
                expected,
            );
        }
    }
}

#[test]
fn f6_everybody_at_once() {
    let harmonic = |n: u64| (1..=n).map(|k| 1.0 / k as f64).sum::<f64>();
    let n = 30u64;
    let lognormal = {
        let law = LogNormal::new(600f64.ln(), 0.5).unwrap();
        let step = 0.25;
        let beyond = |at: f64| 1.0 - law.cdf(at).powi(n as i32);
        (0..80_000)
            .map(|k| beyond((f64::from(k) + 0.5) * step) * step)
            .sum::<f64>()
    };
    for (time, expected) in [
        ("{ exponential = { mean = \"600s\" } }", 600.0 * harmonic(n)),
        (
            "{ uniform = { low = \"300s\", high = \"900s\" } }",
            300.0 + 600.0 * n as f64 / (n + 1) as f64,
        ),
        ("{ lognormal = { median = \"600s\", sigma = 0.5 } }", lognormal),
    ] {
        let behavior = format!("scan_time = {time}\nscan_failure = 0.0");
        let config = scan("100%", pool("web", n, &behavior)).config();
        assert_mean(time, &sample(&config, 2_000, makespan), expected);
    }
}

#[test]
fn equal_durations_end_in_steps() {
    for (nodes, concurrency, seconds) in [(100u64, 7u64, 600u64), (33, 33, 90), (50, 1, 120)] {
        let config = Stage {
            fleet: pool("web", nodes, &installs(&format!("\"{seconds}s\""), 0.0)),
            task: install(&concurrency.to_string(), "CONTINUE_TASK"),
            ..Stage::default()
        }
        .config();
        let one = |figure: &(dyn Fn(&RunRecord) -> f64 + Sync)| sample(&config, 1, figure)[0];
        let step = |k: u64| (k.div_ceil(concurrency) * seconds) as f64;
        assert_eq!(one(&makespan), step(nodes));
        for (index, percent) in [50, 90, 95, 100].into_iter().enumerate() {
            assert_eq!(
                one(&|record| reached(record, index)),
                step((nodes * percent).div_ceil(100))
            );
        }
        let waits: f64 = (1..=nodes).map(step).sum();
        let exposure = one(&|record| {
            let waiting = (record.commands[0].opened - record.coverage[0].released).millis();
            (record.coverage[0].exposure_ms - i128::from(waiting) * i128::from(nodes)) as f64 / 1000.0
        });
        assert_eq!(exposure, waits);
    }
}

/// The worst case of list scheduling: a long job after many short ones (Graham 1966).
#[test]
fn a_long_job_at_the_end_costs_twice() {
    for slots in [3u64, 4, 5] {
        let fleet = pool("short", slots * (slots - 1), &scans("fixed", 600, 0.0))
            + &pool("tall", 1, &scans("fixed", 600 * slots as i64, 0.0));
        let span = sample(&scan(&slots.to_string(), fleet).config(), 1, makespan)[0];
        assert_eq!(span, (2 * slots - 1) as f64 * 600.0);
    }
}

#[test]
fn drawn_durations_keep_grahams_bounds() {
    for (nodes, slots) in [(40u64, 3u64), (25, 10), (90, 8)] {
        let behavior = scans("exponential", 600, 0.0);
        let fleet = || pool("web", nodes, &behavior);
        // With one slot a node, the makespan is the longest job; with one slot, the sum of all.
        let span = |slots: u64| sample(&scan(&slots.to_string(), fleet()).config(), 200, makespan);
        let (longest, sum, list) = (span(nodes), span(1), span(slots));
        for ((longest, sum), list) in longest.iter().zip(&sum).zip(&list) {
            let share = sum / slots as f64;
            assert!(*list + 1e-6 >= share.max(*longest));
            assert!(*list <= share + (1.0 - 1.0 / slots as f64) * longest + 1e-6);
        }
    }
}

#[test]
fn concurrency_that_ramps_up_doubles_each_step() {
    for (nodes, slots) in [(100u64, 8u64), (37, 5), (6, 16)] {
        for (settings, growing) in [
            (
                "ramp = \"complete\"",
                u64::from(slots.next_power_of_two().ilog2()),
            ),
            ("ramp = \"ack\"", 0),
            ("ramp = \"off\"", 0),
        ] {
            let (mut left, mut steps) = (nodes, 0u64);
            while left > 0 {
                let size = if steps < growing { 1 << steps } else { slots };
                left = left.saturating_sub(size);
                steps += 1;
            }
            let config = Stage {
                settings,
                ..scan(&slots.to_string(), pool("web", nodes, &scans("fixed", 600, 0.0)))
            }
            .config();
            assert_eq!(
                sample(&config, 1, makespan)[0],
                steps as f64 * 600.0,
                "{settings}, {nodes}"
            );
        }
    }
}

/// A rollout over weekly windows that leaves what has not started by the cutoff for the next.
fn weekly(fleet: String, concurrency: &str, (duration, cutoff): (u64, u64)) -> Stage {
    Stage {
        schedule: "rate(7 days)",
        horizon: "120d",
        hours: format!("duration = {duration}\ncutoff = {cutoff}"),
        fleet,
        task: install(concurrency, "CANCEL_TASK"),
        ..Stage::default()
    }
}

/// Openings until every node has the patch.
fn openings_needed(record: &RunRecord) -> f64 {
    let last = record.commands.iter().filter(|command| command.installed > 0);
    last.map(|command| command.id.opening)
        .max()
        .map_or(0.0, |opening| {
            assert_eq!(record.coverage[0].covered, record.coverage[0].nodes);
            let first = record.commands.iter().map(|command| command.id.opening).min();
            (opening - first.unwrap() + 1) as f64
        })
}

#[test]
fn f7_openings_of_equal_installs() {
    for (nodes, slots, minutes, duration, cutoff) in [
        (500u64, 20u64, 25u64, 4u64, 1u64),
        (90, 9, 60, 3, 1),
        (1_000, 30, 50, 6, 2),
    ] {
        let fleet = pool("web", nodes, &installs(&format!("\"{minutes}m\""), 0.0));
        let config = weekly(fleet, &slots.to_string(), (duration, cutoff)).config();
        let per_opening = slots * ((duration - cutoff) * 60).div_ceil(minutes);
        let expected = nodes.div_ceil(per_opening);
        assert_eq!(sample(&config, 1, openings_needed)[0], expected as f64);
    }
}

#[test]
fn f8_openings_of_exponential_installs() {
    for (nodes, slots, minutes, duration, cutoff) in [
        (300u64, 15u64, 20u64, 4u64, 1u64),
        (120, 20, 45, 3, 1),
        (80, 4, 30, 6, 2),
    ] {
        let time = format!("{{ exponential = {{ mean = \"{minutes}m\" }} }}");
        let fleet = pool("web", nodes, &installs(&time, 0.0));
        let config = weekly(fleet, &slots.to_string(), (duration, cutoff)).config();
        let values = sample(&config, 500, openings_needed);
        let freed = slots as f64 * ((duration - cutoff) * 60) as f64 / minutes as f64;
        // Whoever starts first in an opening takes no freed slot.
        let done = |openings: u64| {
            let left = nodes.saturating_sub(openings * slots);
            let law = Poisson::new(openings as f64 * freed).unwrap();
            left.checked_sub(1).map_or(1.0, |below| 1.0 - law.cdf(below))
        };
        let expected: f64 = 1.0 + (1..100).map(|openings| 1.0 - done(openings)).sum::<f64>();
        assert_mean(&format!("{nodes} nodes, {slots} at once"), &values, expected);
    }
}

#[test]
fn f9_failures_wait_for_the_next_opening() {
    for (nodes, p) in [(200u64, 0.1f64), (500, 0.02), (30, 0.3)] {
        let stage = weekly(pool("web", nodes, &installs("\"10m\"", p)), "100%", (4, 1));
        let config = stage.config();
        let all_after = |openings: i32| (1.0 - p.powi(openings)).powi(nodes as i32);
        let expected: f64 = 1.0 + (1..60).map(|openings| 1.0 - all_after(openings)).sum::<f64>();
        let what = format!("{nodes} nodes, {p}");
        assert_mean(&what, &sample(&config, 400, openings_needed), expected);
        for openings in 1..=3usize {
            let covered = sample(&config, 300, |record| {
                let installed = record
                    .commands
                    .iter()
                    .filter(|command| command.id.opening < openings);
                installed.map(|command| command.installed).sum::<u64>() as f64 / nodes as f64
            });
            assert_mean(&what, &covered, 1.0 - p.powi(openings as i32));
        }
    }
}
