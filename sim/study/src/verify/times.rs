//! Times and coverage: F5 to F9, and what is known of given durations.

use patchbench_model::world::{Plan, RunRecord};
use statrs::distribution::{ContinuousCDF, LogNormal};

use super::experiment::{Experiment, Figure};
use super::laws::{harmonic, poisson_at_least, seconds, seconds_after_opening};
use super::models::{F5, F6, F7, F8, F9, LIST, RAMP, STEPS};
use super::stage::{Law, Stage, install, installs, pool, scans};
use crate::SHARES;

fn scan(concurrency: &str, fleet: String) -> Stage {
    Stage {
        fleet,
        task: format!("operation = \"Scan\"\nmax_concurrency = \"{concurrency}\"\nmax_errors = \"100%\""),
        ..Stage::default()
    }
}

fn makespan(_: &Plan<'_>, record: &RunRecord) -> f64 {
    seconds_after_opening(record, |command| command.ended)
}

/// What is measured when a share of the nodes has the patch.
const REACHED: [&str; 4] = [
    "time to 50 %, s",
    "time to 90 %, s",
    "time to 95 %, s",
    "time to 100 %, s",
];

/// Seconds from the opening until the `index`-th recorded share of the nodes has the patch.
fn reached(record: &RunRecord, index: usize) -> f64 {
    let at = record.coverage.first().and_then(|cell| cell.reached[index]);
    seconds_after_opening(record, |_| at)
}

/// The times to all recorded shares, of which the exact one is known for the `k`-th node.
fn times_to_shares(nodes: u64, exact: impl Fn(u64) -> f64) -> Vec<Figure> {
    let shares = REACHED.iter().zip(SHARES).enumerate();
    shares
        .map(|(index, (what, percent))| {
            let k = (nodes * u64::from(percent)).div_ceil(100);
            Figure::mean(what, exact(k), move |_, record| reached(record, index))
        })
        .collect()
}

/// F5: exponential installs end as the slots that are in use, until few nodes are left.
pub fn exponential_installs(nodes: u64, concurrency: u64, mean: i64) -> Experiment {
    let figures = times_to_shares(nodes, |k| {
        (0..k)
            .map(|done| mean as f64 / concurrency.min(nodes - done) as f64)
            .sum()
    });
    let stage = Stage {
        fleet: pool("web", nodes, &installs(&Law::Exponential.of(mean), 0.0)),
        task: install(&concurrency.to_string(), "CONTINUE_TASK"),
        ..Stage::default()
    };
    let words = format!("N={nodes} C={concurrency} m={mean} s");
    Experiment::new(F5, words, stage, figures).times(1_000)
}

/// F6: everybody at once; the longest duration ends it.
fn longest() -> Vec<Experiment> {
    let n = 30u64;
    let lognormal = LogNormal::new(600f64.ln(), 0.5).map_or(f64::NAN, |law| {
        let step = 0.25;
        let beyond = |at: f64| 1.0 - law.cdf(at).powi(n as i32);
        (0..80_000)
            .map(|k| beyond((f64::from(k) + 0.5) * step) * step)
            .sum()
    });
    let uniform = 300.0 + 600.0 * n as f64 / (n + 1) as f64;
    let one = |(words, time, exact): (&str, &str, f64)| {
        let behavior = format!("scan_time = {time}\nscan_failure = 0.0");
        let figures = vec![Figure::mean("makespan, s", exact, makespan)];
        let stage = scan("100%", pool("web", n, &behavior));
        Experiment::new(F6, format!("N={n}, {words}"), stage, figures)
    };
    [
        (
            "exponential, m=600 s",
            "{ exponential = { mean = \"600s\" } }",
            600.0 * harmonic(n),
        ),
        (
            "uniform, 300 to 900 s",
            "{ uniform = { low = \"300s\", high = \"900s\" } }",
            uniform,
        ),
        (
            "lognormal, median 600 s, sigma .5",
            "{ lognormal = { median = \"600s\", sigma = 0.5 } }",
            lognormal,
        ),
    ]
    .map(one)
    .into()
}

/// Equal installs end in steps.
fn steps(nodes: u64, concurrency: u64, duration: u64) -> Experiment {
    let step = move |k: u64| (k.div_ceil(concurrency) * duration) as f64;
    let waits: f64 = (1..=nodes).map(step).sum();
    let mut figures = times_to_shares(nodes, step);
    figures.push(Figure::mean(
        "exposure after opening, node-s",
        waits,
        move |_, record| {
            let cell = record.coverage.first();
            cell.map_or(f64::NAN, |cell| {
                let waiting = seconds_after_opening(record, |_| Some(cell.released));
                cell.exposure_ms as f64 / 1000.0 + waiting * nodes as f64
            })
        },
    ));
    let stage = Stage {
        fleet: pool("web", nodes, &installs(&Law::Fixed.of(duration as i64), 0.0)),
        task: install(&concurrency.to_string(), "CONTINUE_TASK"),
        ..Stage::default()
    };
    let words = format!("N={nodes} C={concurrency} d={duration} s");
    Experiment::new(STEPS, words, stage, figures).times(1)
}

/// Jobs of given lengths in order, each a node of its own, onto the first slot that frees.
pub fn jobs(slots: usize, lengths: &[i64]) -> Experiment {
    let mut free = vec![0; slots];
    for length in lengths {
        free.sort_unstable();
        free[0] += length;
    }
    let exact = free.into_iter().max().unwrap_or(0) as f64;
    let job =
        |(number, length): (usize, &i64)| pool(&format!("job{number}"), 1, &scans(Law::Fixed, *length, 0.0));
    let fleet = lengths.iter().enumerate().map(job).collect();
    let figures = vec![Figure::mean("makespan, s", exact, makespan)];
    let words = format!("{} jobs, C={slots}", lengths.len());
    Experiment::new(LIST, words, scan(&slots.to_string(), fleet), figures).times(1)
}

/// The worst case of list scheduling: a long job after many short ones (Graham 1966).
fn long_job_last(slots: u64) -> Experiment {
    let fleet = pool("short", slots * (slots - 1), &scans(Law::Fixed, 600, 0.0))
        + &pool("tall", 1, &scans(Law::Fixed, 600 * slots as i64, 0.0));
    let exact = (2 * slots - 1) as f64 * 600.0;
    let figures = vec![Figure::mean("makespan, s", exact, makespan)];
    let words = format!("Graham's worst case, C={slots}");
    Experiment::new(LIST, words, scan(&slots.to_string(), fleet), figures).times(1)
}

/// Concurrency doubles each step while it ramps up.
fn ramp(nodes: u64, slots: u64, settings: &'static str, growing: u64) -> Experiment {
    let (mut left, mut steps) = (nodes, 0u64);
    while left > 0 {
        let size = if steps < growing { 1 << steps } else { slots };
        left = left.saturating_sub(size);
        steps += 1;
    }
    let figures = vec![Figure::mean("makespan, s", steps as f64 * 600.0, makespan)];
    let stage = Stage {
        settings,
        ..scan(
            &slots.to_string(),
            pool("web", nodes, &scans(Law::Fixed, 600, 0.0)),
        )
    };
    Experiment::new(RAMP, format!("N={nodes} C={slots}, {settings}"), stage, figures).times(1)
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
fn openings_needed(_: &Plan<'_>, record: &RunRecord) -> f64 {
    let all = record
        .coverage
        .first()
        .is_some_and(|cell| cell.covered == cell.nodes);
    let opening = |installing: bool| {
        let commands = record.commands.iter();
        commands
            .filter(move |command| command.installed > 0 || !installing)
            .map(|command| command.id.opening)
    };
    match (opening(true).max(), opening(false).min()) {
        (Some(last), Some(first)) if all => (last - first + 1) as f64,
        _ => f64::NAN,
    }
}

/// F7: equal installs in windows, given in seconds: length, cutoff, and from one opening to the next.
///
/// AWS counts window times in hours, so that all times are doubled where that makes them whole hours.
pub fn equal_installs_in_windows(
    nodes: u64,
    slots: u64,
    duration: u64,
    (length, cutoff): (u64, u64),
) -> Experiment {
    let twice = if length % 3600 == 0 && cutoff % 3600 == 0 {
        1
    } else {
        2
    };
    let hours = |seconds: u64| twice * seconds / 3600;
    let per_opening = slots * (length - cutoff).div_ceil(duration);
    let expected = nodes.div_ceil(per_opening);
    let rest = nodes - (expected - 1) * per_opening;
    let makespan = (expected - 1) * 7 * 86_400 + rest.div_ceil(slots) * duration;
    let stage = Stage {
        schedule: if twice == 1 {
            "rate(7 days)"
        } else {
            "rate(14 days)"
        },
        ..weekly(
            pool(
                "web",
                nodes,
                &installs(&Law::Fixed.of((twice * duration) as i64), 0.0),
            ),
            &slots.to_string(),
            (hours(length), hours(cutoff)),
        )
    };
    let figures = vec![
        Figure::mean("openings needed", expected as f64, openings_needed),
        Figure::mean("makespan, s", makespan as f64, move |_, record| {
            let last = record.commands.iter().rfind(|command| command.installed > 0);
            let span = last.and_then(|last| {
                // Nodes that have the patch already pass in front, a millisecond each.
                let passing = (u64::from(last.counts.targets()) - last.installed).div_ceil(slots);
                let opened = record.commands.first()?.opened;
                Some(seconds(last.ended? - opened) - passing as f64 / 1000.0)
            });
            span.unwrap_or(f64::NAN) / twice as f64
        }),
    ];
    let words = format!("N={nodes} C={slots} d={duration} s W={length} s K={cutoff} s");
    Experiment::new(F7, words, stage, figures).times(1)
}

/// F8: exponential installs free slots as a Poisson process.
fn exponential_installs_in_windows(
    nodes: u64,
    slots: u64,
    minutes: u64,
    (duration, cutoff): (u64, u64),
) -> Experiment {
    let freed = slots as f64 * ((duration - cutoff) * 60) as f64 / minutes as f64;
    // Whoever starts first in an opening takes no freed slot.
    let done = |openings: u64| {
        let left = nodes.saturating_sub(openings * slots);
        poisson_at_least(openings as f64 * freed, left)
    };
    let expected = 1.0 + (1..100).map(|openings| 1.0 - done(openings)).sum::<f64>();
    let time = Law::Exponential.of(minutes as i64 * 60);
    let fleet = pool("web", nodes, &installs(&time, 0.0));
    let stage = weekly(fleet, &slots.to_string(), (duration, cutoff));
    let figures = vec![Figure::mean("openings needed", expected, openings_needed)];
    let words = format!("N={nodes} C={slots} m={minutes} min W={duration} h K={cutoff} h");
    Experiment::new(F8, words, stage, figures).times(500)
}

/// F9: a failed install waits for the next opening.
fn failures_wait(nodes: u64, failure: f64) -> Experiment {
    let all_after = |openings: i32| (1.0 - failure.powi(openings)).powi(nodes as i32);
    let expected = 1.0 + (1..60).map(|openings| 1.0 - all_after(openings)).sum::<f64>();
    let mut figures = vec![Figure::mean("openings needed", expected, openings_needed)];
    let shares = [
        "share after 1 opening",
        "share after 2 openings",
        "share after 3 openings",
    ];
    for (openings, what) in (1..).zip(shares) {
        let exact = 1.0 - failure.powi(openings);
        figures.push(Figure::mean(what, exact, move |_, record| {
            let early = |command: &&_| within(command, openings as usize);
            let installed = record
                .commands
                .iter()
                .filter(early)
                .map(|command| command.installed);
            installed.sum::<u64>() as f64 / nodes as f64
        }));
    }
    let stage = weekly(pool("web", nodes, &installs("\"10m\"", failure)), "100%", (4, 1));
    Experiment::new(F9, format!("N={nodes} p={failure}"), stage, figures).times(400)
}

fn within(command: &patchbench_model::world::CommandRecord, openings: usize) -> bool {
    command.id.opening < openings
}

/// What `verify` plays.
pub(super) fn all() -> Vec<Experiment> {
    let mut all = vec![
        exponential_installs(120, 10, 900),
        exponential_installs(60, 6, 300),
        exponential_installs(140, 50, 900),
        exponential_installs(40, 1, 60),
        steps(100, 7, 600),
        steps(33, 33, 90),
        steps(50, 1, 120),
        jobs(3, &[300, 1200, 450, 700, 900, 150, 600, 1000, 250, 500]).published(&["LST-S2"]),
        long_job_last(3),
        long_job_last(4),
        long_job_last(5),
        equal_installs_in_windows(600, 20, 1_100, (10_800, 1_800)).published(&["MW-S-1", "MW-S-2"]),
        equal_installs_in_windows(500, 20, 1_500, (14_400, 3_600)),
        equal_installs_in_windows(90, 9, 3_600, (10_800, 3_600)),
        equal_installs_in_windows(1_000, 30, 3_000, (21_600, 7_200)),
        exponential_installs_in_windows(300, 15, 20, (4, 1)),
        exponential_installs_in_windows(120, 20, 45, (3, 1)),
        exponential_installs_in_windows(80, 4, 30, (6, 2)),
        failures_wait(200, 0.1),
        failures_wait(500, 0.02),
        failures_wait(30, 0.3),
    ];
    // The published case is the second share.
    if let Some(figure) = all.first_mut().and_then(|first| first.figures.get_mut(1)) {
        figure.case = Some("CV-S-1");
    }
    all.extend(longest());
    for (nodes, slots) in [(100u64, 8u64), (37, 5), (6, 16)] {
        let doubling = u64::from(slots.next_power_of_two().ilog2());
        all.push(ramp(nodes, slots, "ramp = \"complete\"", doubling));
        all.push(ramp(nodes, slots, "ramp = \"ack\"", 0));
        all.push(ramp(nodes, slots, "ramp = \"off\"", 0));
    }
    all
}
