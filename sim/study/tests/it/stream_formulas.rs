//! Approval, streams and windows against the closed forms F10 to F12.

use std::fmt::Write as _;

use patchbench_kernel::{Distribution, SimDuration, SimTime, StreamKey, Streams};
use patchbench_model::config::ModelConfig;
use patchbench_model::world::{Nobody, Plan, RunRecord, simulate};
use patchbench_study::{Silent, StudyResults, collect, run_replications};

use crate::closed_forms::{install, installs};
use crate::stage::{SEED, Stage, assert_mean, pool, sample};

const START: SimTime = SimTime::from_millis(1_704_067_200_000);

/// The share in time, through the deadline of the scenario itself.
#[test]
fn f10_share_in_time() {
    const PHASES: i64 = 28;
    const NODES: u64 = 200;
    for (delay, success, deadline) in [(3i64, 0.9f64, 14i64), (0, 0.8, 10), (10, 0.97, 20)] {
        let week = SimDuration::from_days(7);
        let release = |phase: i64| START + week * phase + SimDuration::from_hours(6 * phase + 3);
        let rows = (0..PHASES).map(|phase| format!("patch-{phase},{}", release(phase)));
        let config = Stage {
            schedule: "rate(7 days)",
            horizon: "300d",
            rule: format!("approve_after_days = {delay}"),
            fleet: pool("web", NODES, &installs("\"0s\"", 1.0 - success)),
            task: install("100%", "CONTINUE_TASK"),
            releases: rows.collect::<Vec<_>>().join("\n"),
            more: format!("[sla.ours]\nwithin = \"{deadline}d\""),
            ..Stage::default()
        }
        .config();
        let in_time = |record: &RunRecord| {
            let cells = record.coverage.iter();
            cells.map(|cell| f64::from(cell.in_time[0])).sum::<f64>() / (NODES as i64 * PHASES) as f64
        };
        let left = deadline - delay;
        let (openings, rest) = ((left / 7) as i32, (left % 7) as f64 / 7.0);
        let within = |openings: i32| 1.0 - (1.0 - success).powi(openings);
        let expected = rest * within(openings + 1) + (1.0 - rest) * within(openings);
        let what = format!("{delay} d, {success}, {deadline} d");
        assert_mean(&what, &sample(&config, 30, in_time), expected);
        let results = study(&config, 20);
        let row = |metric: &str| results.metrics.iter().find(|row| row.metric == metric).unwrap();
        let shown = row("sla_attainment");
        assert_eq!((shown.sla.as_str(), shown.summary.n), ("ours", 20));
        let counted = sample(&config, 20, in_time).iter().sum::<f64>() / 20.0;
        assert!((shown.summary.mean.unwrap() - counted).abs() < 1e-12, "{what}");
    }
}

fn study(config: &ModelConfig, replications: u64) -> StudyResults {
    let plan = Plan::new(config);
    let replications = run_replications(&plan, SEED, replications, &Silent);
    collect(&plan, SEED, &replications)
}

/// One node that is patched through every opening, and a Poisson stream of releases over `days`
/// days: years of them, each drawn anew.
struct Stream {
    per_day: f64,
    delay: i64,
    schedule: &'static str,
    days: i64,
    /// Each patch replaces the one before.
    cumulative: bool,
    settings: &'static str,
}

impl Stream {
    /// Release instants of a draw, whole minutes of the simulation apart from its start.
    fn releases(&self, draw: u32) -> Vec<SimTime> {
        let luck = Streams::new(SEED, u64::from(draw));
        let mut generator = luck.generator(StreamKey {
            purpose: 9_999,
            entity: 0,
            attempt: 0,
        });
        let gap = SimDuration::from_millis((DAY_MS / self.per_day) as i64);
        let gap = Distribution::exponential(gap).unwrap();
        let end = START + SimDuration::from_days(self.days);
        let mut at = START;
        let mut all = Vec::new();
        loop {
            at = at + gap.sample(&mut generator);
            if at >= end {
                return all;
            }
            all.push(at);
        }
    }

    fn config(&self, draw: u32) -> ModelConfig {
        let mut rows = String::new();
        for (number, at) in self.releases(draw).iter().enumerate() {
            let _ = write!(rows, "patch-{number},{at}");
            if self.cumulative && number > 0 {
                let _ = write!(rows, ",patch-{}", number - 1);
            }
            rows.push('\n');
        }
        Stage {
            schedule: self.schedule,
            horizon: "2000d",
            rule: format!("approve_after_days = {}", self.delay),
            fleet: pool("web", 1, &installs("\"0s\"", 0.0)),
            task: install("100%", "CONTINUE_TASK"),
            releases: rows,
            settings: self.settings,
            ..Stage::default()
        }
        .config()
    }

    /// A figure of each of several draws.
    fn draws(&self, figure: impl Fn(&ModelConfig, &RunRecord) -> f64) -> Vec<f64> {
        let one = |draw: u32| {
            let config = self.config(draw);
            let record = simulate(&Plan::new(&config), SEED, 0, &mut Nobody);
            figure(&config, &record)
        };
        (0..30).map(one).collect()
    }
}

const DAY_MS: f64 = 86_400_000.0;

#[test]
fn f11_patches_missing_on_a_node() {
    for (per_day, delay, period, schedule) in [
        (0.1, 3, 7, "rate(7 days)"),
        (0.3, 10, 14, "rate(14 days)"),
        (0.05, 0, 30, "rate(30 days)"),
    ] {
        let stream = Stream {
            per_day,
            delay: i64::from(delay),
            schedule,
            days: 1_890,
            cumulative: false,
            settings: "",
        };
        let expected = per_day * (f64::from(delay) + f64::from(period) / 2.0);
        // Every patch is installed before the horizon, so that no wait is cut off.
        let missing = stream.draws(|_, record| {
            let waits: i128 = record.coverage.iter().map(|cell| cell.exposure_ms).sum();
            waits as f64 / DAY_MS / stream.days as f64
        });
        assert_mean(&format!("missing, {per_day} a day"), &missing, expected);
        let (rate, delay, period) = (per_day, f64::from(delay), f64::from(period));
        let expected = (-rate * delay).exp() * (1.0 - (-rate * period).exp()) / (rate * period);
        let none = stream.draws(|_, record| {
            let until = |cell: &patchbench_model::world::CoverageRecord| cell.reached[3].unwrap();
            let mut waits: Vec<_> = record
                .coverage
                .iter()
                .map(|cell| (cell.released, until(cell)))
                .collect();
            waits.sort_unstable();
            // From when on the past before the start no longer shows.
            let from = START + SimDuration::from_days(45);
            let (mut free, mut at) = (0, from);
            for (released, installed) in waits {
                free += (released - at).millis().max(0);
                at = at.max(installed);
            }
            free as f64 / DAY_MS / (stream.days - 45) as f64
        });
        // The last stretch without patches, after the last release, is not counted: a share of it.
        assert_near(&none, expected, 1.0 / rate / stream.days as f64);
    }
}

/// The mean lies within four standard errors and a known bias.
fn assert_near(values: &[f64], expected: f64, bias: f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let error = (squares / (n - 1.0) / n).sqrt();
    assert!(
        (mean - expected).abs() <= 4.0 * error + bias,
        "{mean} instead of {expected} ± {error}"
    );
}

#[test]
fn f12_superseded_before_its_opening() {
    for (per_day, delay, period, schedule) in [
        (0.05, 7, 30, "rate(30 days)"),
        (0.1, 3, 7, "rate(7 days)"),
        (0.02, 40, 14, "rate(14 days)"),
    ] {
        let (rate, wait, turn) = (per_day, f64::from(delay), f64::from(period));
        let stream = Stream {
            per_day,
            delay: i64::from(delay),
            schedule,
            days: 1_890,
            cumulative: true,
            settings: "",
        };
        let kept = (-rate * wait).exp() * (1.0 - (-rate * turn).exp()) / (rate * turn);
        let unseen = stream.draws(|config, record| {
            let unseen = record
                .coverage
                .iter()
                .filter(|cell| cell.candidate_until <= config.horizon && cell.installs == 0);
            unseen.count() as f64 / (per_day * stream.days as f64)
        });
        // The last patch has no successor.
        assert_near(&unseen, 1.0 - kept, 1.0 / (per_day * stream.days as f64));
        let stream = Stream {
            settings: "supersedence = \"keep\"",
            ..stream
        };
        let installs = stream.draws(|_, record| {
            let installing = record.commands.iter().filter(|command| command.installed > 0);
            installing.count() as f64 * turn / stream.days as f64
        });
        assert_near(&installs, 1.0 - (-rate * turn).exp(), turn / stream.days as f64);
    }
}
