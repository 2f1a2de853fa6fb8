//! The error threshold: how likely more invocations fail than MaxErrors allows, against how likely each
//! fails.

use patchbench_study::{CommandResult, binomial_exceeds};

use super::{Axis, Chart, Dot, Format, Key, Layer, Paint, Point, Reading, file_part};
use crate::Report;
use crate::text::{percent_interval, percent_of};

/// Most tasks that get a chart, those that are likeliest to stop first.
const TASKS: usize = 6;
const POINTS: usize = 120;

/// A chart for each task that installs, as of its opening with the most targets.
pub(super) fn thresholds(report: Report<'_>) -> Vec<Chart> {
    let mut largest: Vec<&CommandResult> = Vec::new();
    for command in &report.results.commands {
        if command.operation != "Install" || command.max_errors >= command.targets {
            continue;
        }
        let same = |known: &&mut &CommandResult| {
            (known.window, &known.task, known.part) == (command.window, &command.task, command.part)
        };
        match largest.iter_mut().find(same) {
            Some(known) if known.targets < command.targets => *known = command,
            Some(_) => {}
            None => largest.push(command),
        }
    }
    largest.sort_by(|one, other| {
        let of = |command: &CommandResult| command.threshold_passed.share;
        of(other).total_cmp(&of(one))
    });
    largest.into_iter().take(TASKS).map(threshold).collect()
}

fn threshold(command: &CommandResult) -> Chart {
    let (targets, allowed) = (command.targets, command.max_errors);
    let law = |rate: f64| binomial_exceeds(targets, rate, allowed);
    let observed = failure_rate(command);
    let most = most_shown(law, observed);
    let points: Vec<Point> = (0..=POINTS)
        .map(|index| {
            let rate = most * index as f64 / POINTS as f64;
            (rate, law(rate))
        })
        .collect();
    let passed = &command.threshold_passed;
    let curve = Layer::Line {
        paint: Paint::Main,
        tint: 1.0,
        width: 2,
        dashed: false,
        points,
        reading: Some(Reading {
            label: "probability".to_owned(),
            format: Format::Percent,
            lane: None,
        }),
    };
    Chart {
        name: format!(
            "threshold-{}-{}",
            file_part(&command.window_name),
            file_part(&command.task)
        ),
        title: format!(
            "{} / {}: chance that more than {allowed} of {targets} invocations fail",
            command.window_name, command.task
        ),
        about: "The chance that errors pass MaxErrors against the chance that one invocation fails, by the \
                binomial law where invocations fail independently, and as it was simulated."
            .to_owned(),
        legend: vec![
            (
                Key::Line(Paint::Main),
                "if each fails independently (closed form)".to_owned(),
            ),
            (
                Key::Dot(Paint::Limit),
                format!("simulated, with 95 % interval of {} replications", passed.of),
            ),
        ],
        x: Axis::Number {
            // What is simulated may lie at zero.
            from: -0.015 * most,
            to: most,
            label: "chance that an invocation fails".to_owned(),
            format: Format::Percent,
        },
        y: Axis::Number {
            from: 0.0,
            to: 1.04,
            label: "chance of too many errors".to_owned(),
            format: Format::Percent,
        },
        layers: std::iter::once(curve)
            .chain(simulated(command, observed))
            .collect(),
    }
}

/// What was simulated, with its interval.
fn simulated(command: &CommandResult, observed: Option<f64>) -> Vec<Layer> {
    let passed = &command.threshold_passed;
    let Some(rate) = observed else {
        return Vec::new();
    };
    vec![
        Layer::Line {
            paint: Paint::Limit,
            tint: 1.0,
            width: 2,
            dashed: false,
            points: vec![(rate, passed.interval.low), (rate, passed.interval.high)],
            reading: None,
        },
        Layer::Dots {
            paint: Paint::Limit,
            dots: vec![Dot {
                x: rate,
                y: passed.share,
                text: format!(
                    "simulated: {} of invocations fail; errors pass the threshold in {} of {}",
                    percent_of(rate),
                    percent_interval(passed),
                    passed.of
                ),
            }],
        },
    ]
}

/// The share of ended invocations that failed.
fn failure_rate(command: &CommandResult) -> Option<f64> {
    let (errors, succeeded) = (command.errors.mean?, command.succeeded.mean?);
    (errors + succeeded > 0.0).then(|| errors / (errors + succeeded))
}

/// How far the axis goes: until the curve is all but certain, and beyond what was simulated.
fn most_shown(law: impl Fn(f64) -> f64, observed: Option<f64>) -> f64 {
    let steps = (1..=200).map(|step| f64::from(step) / 200.0);
    let certain = steps.clone().find(|rate| law(*rate) > 0.995).unwrap_or(1.0);
    let beyond = observed.map_or(0.0, |rate| rate * 1.3);
    certain.max(beyond).clamp(0.02, 1.0)
}
