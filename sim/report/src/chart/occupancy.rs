//! Occupancy of a window: invocations in progress after it opened, with its cutoff.

use patchbench_model::config::MaintenanceWindow;
use patchbench_study::OccupancyCurve;

use super::{Axis, Chart, Format, Key, Layer, Mark, Paint, Point, Reading, file_part};
use crate::{Report, weekday_date_time};

/// One window's chart.
pub(super) fn occupancy(report: Report<'_>, curve: &OccupancyCurve) -> Chart {
    // One-off commands and policies end when their work is done.
    let mut windows = report.scenario.config.windows.iter();
    let of = |window: &&MaintenanceWindow| window.name == curve.window;
    let closes = windows.find(of).is_none_or(|window| window.surface.closes());
    let end = (curve.closes - curve.opens).as_hours_f64();
    let last = last_busy_step(curve);
    let shown = if closes { end } else { 0.0 };
    let goes_on = curve.p95.last().is_some_and(|level| *level > 0.0);
    Chart {
        name: format!("occupancy-{}", file_part(&curve.window)),
        title: format!(
            "{}: invocations in progress after opening on {}{}",
            curve.window,
            weekday_date_time(curve.opens),
            if goes_on { ", the first 48 hours" } else { "" }
        ),
        about: "Nodes that are worked on at once after the window opened, and its cutoff.".to_owned(),
        legend: legend(curve, closes),
        x: Axis::Number {
            from: 0.0,
            to: hours(curve, last + 1).max(shown) * 1.03,
            label: "hours after opening".to_owned(),
            format: Format::Decimal,
        },
        y: Axis::Number {
            from: 0.0,
            to: f64::from(curve.max_concurrency.max(1)) * 1.2,
            label: "nodes".to_owned(),
            format: Format::Whole,
        },
        layers: layers(curve, last, closes),
    }
}

/// Hours from the opening to a step of the curve.
fn hours(curve: &OccupancyCurve, step: usize) -> f64 {
    step as f64 * curve.step_minutes as f64 / 60.0
}

/// The band, the median, and the limits of a window that closes.
fn layers(curve: &OccupancyCurve, last: usize, closes: bool) -> Vec<Layer> {
    let (cutoff, end) = (
        (curve.cutoff - curve.opens).as_hours_f64(),
        (curve.closes - curve.opens).as_hours_f64(),
    );
    let points = |values: &[f64]| -> Vec<Point> {
        let steps = values.iter().take(last + 2).enumerate();
        steps.map(|(step, level)| (hours(curve, step), *level)).collect()
    };
    let reading = |label: &str| {
        Some(Reading {
            label: label.to_owned(),
            format: Format::Whole,
            lane: None,
        })
    };
    let mut layers = vec![
        Layer::Area {
            paint: Paint::Main,
            tint: 0.2,
            width: 0,
            stretches: vec![[points(&curve.p05), points(&curve.p95)]],
            reading: reading("5–95 % of replications"),
        },
        Layer::Line {
            paint: Paint::Main,
            tint: 1.0,
            width: 2,
            dashed: false,
            points: points(&curve.p50),
            reading: reading("median in progress"),
        },
    ];
    if closes {
        let limit = |paint, hours: f64, what: &str, at| Layer::Uprights {
            paint,
            dashed: false,
            marks: vec![Mark {
                x: hours,
                text: format!("{what}: {}", weekday_date_time(at)),
            }],
        };
        layers.push(limit(Paint::Limit, cutoff, "cutoff", curve.cutoff));
        layers.push(limit(Paint::End, end, "window closes", curve.closes));
    }
    layers
}

fn legend(curve: &OccupancyCurve, closes: bool) -> Vec<(Key, String)> {
    let cutoff = if curve.continues {
        "cutoff (CONTINUE_TASK goes on)"
    } else {
        "cutoff (nothing is sent from here on)"
    };
    let level = [
        (Key::Line(Paint::Main), "median"),
        (Key::Band(Paint::Main), "5th to 95th percentile of replications"),
    ];
    let limits = [
        (Key::Upright(Paint::Limit), cutoff),
        (Key::Upright(Paint::End), "window closes"),
    ];
    level
        .into_iter()
        .chain(limits.into_iter().filter(|_| closes))
        .map(|(key, text)| (key, text.to_owned()))
        .collect()
}

/// The last step at which anything was in progress in one of twenty replications.
fn last_busy_step(curve: &OccupancyCurve) -> usize {
    curve.p95.iter().rposition(|level| *level > 0.0).unwrap_or(0)
}
