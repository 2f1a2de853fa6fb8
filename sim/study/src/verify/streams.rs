//! Approval, streams of patches and windows: F10 to F12, and the calendar.

use std::fmt::Write as _;

use patchbench_kernel::{Distribution, SimDuration, SimTime, StreamKey, Streams};
use patchbench_model::world::{CoverageRecord, Plan, RunRecord};

use super::experiment::{Experiment, Figure};
use super::models::{CALENDAR, F10, F11, F12};
use super::stage::{Stage, install, installs, pool};
use crate::approvals;

/// Start of every stage: 2024-01-01.
const START: SimTime = SimTime::from_millis(1_704_067_200_000);
const DAY_MS: f64 = 86_400_000.0;
/// Days in which patches are counted: a multiple of every period here.
const DAYS: i64 = 1_890;

/// F10: patches released at every phase of the week, six hours apart, each in a week of its own.
pub fn share_in_time(nodes: u64, delay: i64, success: f64, deadline: i64) -> Experiment {
    const PHASES: i64 = 28;
    let week = SimDuration::from_days(7);
    let release = |phase: i64| START + week * phase + SimDuration::from_hours(6 * phase + 3);
    let rows = (0..PHASES).map(|phase| format!("patch-{phase},{}", release(phase)));
    let stage = Stage {
        schedule: "rate(7 days)",
        horizon: "300d",
        rule: format!("approve_after_days = {delay}"),
        fleet: pool("web", nodes, &installs("\"0s\"", 1.0 - success)),
        task: install("100%", "CONTINUE_TASK"),
        releases: rows.collect::<Vec<_>>().join("\n"),
        more: format!("[sla.ours]\nwithin = \"{deadline}d\""),
        ..Stage::default()
    };
    let left = deadline - delay;
    let (openings, rest) = ((left / 7) as i32, (left % 7) as f64 / 7.0);
    let within = |openings: i32| 1.0 - (1.0 - success).powi(openings);
    let share = rest * within(openings + 1) + (1.0 - rest) * within(openings);
    let days = delay as f64 + 3.5 + 7.0 * (1.0 / success - 1.0);
    let all = (nodes as i64 * PHASES) as f64;
    let figures = vec![
        Figure::mean("share in time", share, move |_, record| {
            let cells = record.coverage.iter();
            cells.map(|cell| f64::from(cell.in_time[0])).sum::<f64>() / all
        }),
        Figure::mean("release to install, d", days, move |_, record| {
            let waits: i128 = record.coverage.iter().map(|cell| cell.exposure_ms).sum();
            waits as f64 / DAY_MS / all
        }),
    ];
    let words = format!("A={delay} d P=7 d q={success} D={deadline} d");
    Experiment::new(F10, words, stage, figures).times(30)
}

/// A delay, and how often windows open, in days.
#[derive(Clone, Copy)]
struct Rhythm {
    per_day: f64,
    delay: i64,
    period: i64,
    schedule: &'static str,
}

impl Rhythm {
    fn words(self) -> String {
        format!("lambda={}/d A={} d P={} d", self.per_day, self.delay, self.period)
    }

    /// One node that is patched through every opening.
    fn stage(self) -> Stage {
        Stage {
            schedule: self.schedule,
            horizon: "2000d",
            rule: format!("approve_after_days = {}", self.delay),
            fleet: pool("web", 1, &installs("\"0s\"", 0.0)),
            task: install("100%", "CONTINUE_TASK"),
            ..Stage::default()
        }
    }

    /// P(no release is waiting for its window), at any time.
    fn none_waiting(self) -> f64 {
        let (rate, delay, period) = (self.per_day, self.delay as f64, self.period as f64);
        (-rate * delay).exp() * (1.0 - (-rate * period).exp()) / (rate * period)
    }
}

fn in_days(days: i64) -> SimTime {
    START + SimDuration::from_days(days)
}

/// F11: patches of a Poisson process on one node. Releases go on after the days that are counted, and every
/// one of those is installed before the horizon.
fn missing(rhythm: Rhythm) -> Experiment {
    let (delay, period) = (rhythm.delay as f64, rhythm.period as f64);
    let stage = Stage {
        releases: String::new(),
        more: format!(
            "[releases.stream]\nkind = \"poisson\"\noperating_system = \"WINDOWS\"\n\
             products = [\"WindowsServer2019\"]\nper_month = {:?}",
            30.0 * rhythm.per_day
        ),
        ..rhythm.stage()
    };
    let stage = Stage {
        fleet: stage.fleet.replace(
            "operating_system = \"WINDOWS\"",
            "operating_system = \"WINDOWS\"\nproduct = \"WindowsServer2019\"",
        ),
        ..stage
    };
    // From when on the past before the start no longer shows, and over whole periods.
    let from = (delay as i64 / rhythm.period + 2) * rhythm.period;
    let until = DAYS;
    let figures = vec![
        Figure::mean(
            "patches missing",
            rhythm.per_day * (delay + period / 2.0),
            |_, record| {
                let own = record
                    .coverage
                    .iter()
                    .filter(|cell| cell.released < in_days(DAYS));
                own.map(|cell| cell.exposure_ms).sum::<i128>() as f64 / DAY_MS / DAYS as f64
            },
        ),
        Figure::mean("P(none is missing)", rhythm.none_waiting(), move |_, record| {
            free_days(record, from, until) / (until - from) as f64
        }),
    ];
    Experiment::new(F11, rhythm.words(), stage, figures).times(100)
}

/// Days between two days in which no patch was missing.
fn free_days(record: &RunRecord, from: i64, until: i64) -> f64 {
    let end = in_days(until);
    let installed = |cell: &CoverageRecord| cell.reached[3].unwrap_or(end);
    let cells = record.coverage.iter();
    let mut waits: Vec<_> = cells.map(|cell| (cell.released, installed(cell))).collect();
    waits.sort_unstable();
    let (mut free, mut at) = (0, in_days(from));
    for (released, installed) in waits.into_iter().chain([(end, end)]) {
        free += (released.min(end) - at).millis().max(0);
        at = at.max(installed);
    }
    free as f64 / DAY_MS
}

/// Rows of a release file: a Poisson process until the horizon, each patch replacing the one before.
fn cumulative(per_day: f64, draw: u64) -> String {
    let mut rows = String::new();
    let gap = SimDuration::from_millis((DAY_MS / per_day) as i64);
    let Some(gap) = Distribution::exponential(gap).ok() else {
        return rows;
    };
    let key = StreamKey {
        purpose: 9_999,
        entity: 0,
        attempt: 0,
    };
    let mut generator = Streams::new(42, draw).generator(key);
    let mut at = START;
    for number in 0u64.. {
        at = at + gap.sample(&mut generator);
        if at >= in_days(2_000) {
            break;
        }
        let _ = write!(rows, "patch-{number},{at}");
        if let Some(before) = number.checked_sub(1) {
            let _ = write!(rows, ",patch-{before}");
        }
        rows.push('\n');
    }
    rows
}

/// F12: a patch that is replaced before its window is never installed; if it stays available, an opening
/// finds something to install as often as anything was approved since the last one.
fn superseded(rhythm: Rhythm, keep: bool) -> Experiment {
    let (rate, period) = (rhythm.per_day, rhythm.period as f64);
    let figure = if keep {
        let exact = 1.0 - (-rate * period).exp();
        let from = in_days(rhythm.delay + rhythm.period);
        Figure::mean("P(an opening installs)", exact, move |_, record| {
            let openings = record.commands.iter();
            let own = openings.filter(|command| command.opened >= from);
            let (installing, all) = own.fold((0u32, 0u32), |(installing, all), command| {
                (installing + u32::from(command.installed > 0), all + 1)
            });
            f64::from(installing) / f64::from(all)
        })
    } else {
        let exact = (1.0 - rhythm.none_waiting()) * rate * DAYS as f64;
        Figure::mean("patches never installed", exact, |_, record| {
            let unseen = |cell: &&CoverageRecord| cell.released < in_days(DAYS) && cell.installs == 0;
            record.coverage.iter().filter(unseen).count() as f64
        })
    };
    let stage = move |draw| Stage {
        releases: cumulative(rhythm.per_day, draw),
        settings: if keep { "supersedence = \"keep\"" } else { "" },
        ..rhythm.stage()
    };
    let words = rhythm.words() + if keep { ", superseded ones stay" } else { "" };
    Experiment::drawn(F12, words, stage, vec![figure]).times(60)
}

/// Mean days from Patch Tuesday to the first Sunday opening after the approval, in 2024.
pub fn days_to_opening() -> Experiment {
    let releases = r#"
[releases.tuesday]
kind = "patch_tuesday"
operating_system = "WINDOWS"
products = ["WindowsServer2019"]
[[releases.tuesday.update]]
name = "cumulative"
classification = "SecurityUpdates"
severity = "Critical"
"#;
    let stage = Stage {
        schedule: "cron(0 4 ? * SUN *)",
        horizon: "400d",
        rule: "approve_after_days = 7".to_owned(),
        fleet: pool("web", 1, "") + releases,
        task: install("1", "CONTINUE_TASK"),
        ..Stage::default()
    };
    // By hand: the second Tuesday at 10:00 in Los Angeles is 18:00 UTC in winter and 17:00 UTC in summer; a
    // week later is a Tuesday, and the Sunday after at 04:00 comes 4 days and 10 or 11 hours later.
    let exact = (4.0 * (11.0 + 10.0 / 24.0) + 8.0 * (11.0 + 11.0 / 24.0)) / 12.0;
    let mean = |plan: &Plan<'_>, _: &RunRecord| {
        let year = START..in_days(366);
        let rows = approvals(plan, 42);
        let own = rows.iter().filter(|row| row.patch.contains("cumulative"));
        let waits: Vec<f64> = own
            .filter(|row| year.contains(&row.released))
            .filter_map(|row| Some((row.first_window? - row.released).as_days_f64()))
            .collect();
        waits.iter().sum::<f64>() / waits.len() as f64
    };
    let figures = vec![Figure::mean("release to opening, d", exact, mean)];
    let words = "7 days, Sundays 04:00 UTC, 2024".to_owned();
    Experiment::new(CALENDAR, words, stage, figures).times(1)
}

/// What `verify` plays.
pub(super) fn all() -> Vec<Experiment> {
    let rhythm = |(per_day, delay, period, schedule)| Rhythm {
        per_day,
        delay,
        period,
        schedule,
    };
    let mut all = vec![
        share_in_time(1_000, 5, 0.9, 16).published(&["SLA-S"]),
        share_in_time(200, 3, 0.9, 14),
        share_in_time(200, 0, 0.8, 10),
        share_in_time(200, 10, 0.97, 20),
        days_to_opening().published(&["CAL-S"]),
    ];
    let waiting = [
        (0.1, 3, 7, "rate(7 days)"),
        (0.3, 10, 14, "rate(14 days)"),
        (0.05, 0, 30, "rate(30 days)"),
    ];
    all.extend(waiting.map(|one| missing(rhythm(one))));
    let replaced = [
        (0.05, 7, 30, "rate(30 days)"),
        (0.1, 3, 7, "rate(7 days)"),
        (0.02, 40, 14, "rate(14 days)"),
    ];
    for one in replaced {
        all.extend([false, true].map(|keep| superseded(rhythm(one), keep)));
    }
    all
}
