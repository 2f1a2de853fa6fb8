//! How a share of the nodes is shown over time: not as values at instants, but as what it went through
//! from one instant to the next, so that no dip is too short to be seen.

use patchbench_study::{ShareCurve, ShareSpan};

use super::{Format, Layer, Paint, Point, Reading, at};

/// How replications are summed up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Median, and the band of nine in ten replications.
    Band,
    /// Mean, and one replication: where each draws dates of its own, dips come at all times, and a band
    /// would fill the whole plot.
    Mean,
}

/// How a curve looks.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) style: Style,
    pub(super) paint: Paint,
    /// Width of the line in pixels.
    pub(super) width: u32,
    /// What the values are called.
    pub(super) label: &'a str,
    /// Where 0 and 1 lie, if not where the axis has them.
    pub(super) lane: Option<[f64; 2]>,
}

/// What is seen in each span.
type Range = fn(&ShareSpan) -> [f64; 2];

/// A mean is that of so many spans, since means of single ones show the hour of the day and chance.
pub(super) const SPANS_OF_MEAN: usize = 8;

/// A curve: what lies behind first.
pub(super) fn share_layers(curve: &ShareCurve, look: Look<'_>) -> Vec<Layer> {
    let reading = |what: &str| {
        Some(Reading {
            label: format!("{}{what}", look.label),
            format: Format::Percent,
            lane: look.lane,
        })
    };
    let area = |curve: &ShareCurve, range: Range, (tint, width): (f64, u32), reading| Layer::Area {
        paint: look.paint,
        tint,
        width,
        stretches: runs(curve, range, look.lane),
        reading,
    };
    match look.style {
        Style::Band => vec![
            area(curve, |span| [span.p05, span.p95], (0.2, 0), reading(" 5–95 %")),
            area(curve, |span| span.p50, (1.0, look.width), reading(" median")),
        ],
        Style::Mean => vec![
            area(curve, |span| span.example, (0.35, 1), None),
            area(
                &averaged(curve),
                |span| [span.mean; 2],
                (1.0, look.width),
                reading(" mean"),
            ),
        ],
    }
}

/// The same curve with means of several spans.
fn averaged(curve: &ShareCurve) -> ShareCurve {
    let mut averaged = curve.clone();
    for spans in averaged.spans.chunks_mut(SPANS_OF_MEAN) {
        let known = spans.iter().flatten();
        let sum: f64 = known.clone().map(|span| span.mean).sum();
        let mean = sum / known.count().max(1) as f64;
        spans.iter_mut().flatten().for_each(|span| span.mean = mean);
    }
    averaged
}

/// The lower and the upper edge of each stretch of time in which nodes count.
fn runs(curve: &ShareCurve, range: Range, lane: Option<[f64; 2]>) -> Vec<[Vec<Point>; 2]> {
    let [zero, one] = lane.unwrap_or([0.0, 1.0]);
    let mut runs: Vec<[Vec<Point>; 2]> = Vec::new();
    let mut goes_on = false;
    for (bounds, span) in curve.at.windows(2).zip(&curve.spans) {
        let Some(span) = span else {
            goes_on = false;
            continue;
        };
        if !goes_on {
            runs.push(Default::default());
            goes_on = true;
        }
        if let Some(run) = runs.last_mut() {
            for (edge, share) in run.iter_mut().zip(range(span)) {
                step(edge, [at(bounds[0]), at(bounds[1])], zero + share * (one - zero));
            }
        }
    }
    runs
}

/// One more step; it makes the last one longer where it is as high.
fn step(edge: &mut Vec<Point>, [from, to]: [f64; 2], share: f64) {
    if edge.last().is_some_and(|(_, last)| *last == share) {
        edge.pop();
    } else {
        edge.push((from, share));
    }
    edge.push((to, share));
}
