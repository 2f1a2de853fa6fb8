//! How a share of the nodes is drawn over time: not as values at instants, but as what it went through
//! from one instant to the next, so that no dip is too short to be seen.

use chrono::{DateTime, Utc};
use patchbench_kernel::SimTime;
use patchbench_model::clock::to_utc;
use patchbench_study::{ShareCurve, ShareSpan};
use plotters::prelude::*;

use super::PlotError;
use super::over_time::ShareChart;

/// How replications are summed up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Median, and the band of nine in ten replications.
    Band,
    /// Mean, and one replication: where each draws dates of its own, dips come at all times, and a band
    /// would fill the whole plot.
    Mean,
}

/// What is seen in each span.
type Range = fn(&ShareSpan) -> [f64; 2];

/// A mean is that of so many spans, since means of single ones show the hour of the day and chance.
pub(super) const SPANS_OF_MEAN: usize = 8;

/// Draws a curve, `width` pixels wide: what lies behind first.
pub(super) fn draw_share<'a, D: DrawingBackend + 'a>(
    chart: &mut ShareChart<'a, D>,
    curve: &ShareCurve,
    style: Style,
    (colour, width): (RGBColor, u32),
) -> Result<(), PlotError> {
    match style {
        Style::Band => {
            area(chart, curve, |span| [span.p05, span.p95], colour.mix(0.2))?;
            line(chart, curve, |span| span.p50, colour.stroke_width(width))
        }
        Style::Mean => {
            line(
                chart,
                curve,
                |span| span.example,
                colour.mix(0.35).stroke_width(1),
            )?;
            let averaged = averaged(curve);
            line(
                chart,
                &averaged,
                |span| [span.mean; 2],
                colour.stroke_width(width),
            )
        }
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

fn area<'a, D: DrawingBackend + 'a>(
    chart: &mut ShareChart<'a, D>,
    curve: &ShareCurve,
    range: Range,
    colour: RGBAColor,
) -> Result<(), PlotError> {
    let fills = runs(curve, range).into_iter().map(|[low, high]| {
        let around: Vec<_> = high.into_iter().chain(low.into_iter().rev()).collect();
        Polygon::new(around, colour.filled())
    });
    chart.draw_series(fills).map_err(PlotError::new)?;
    Ok(())
}

/// A line that is as thick as what it goes through in each span.
fn line<'a, D: DrawingBackend + 'a>(
    chart: &mut ShareChart<'a, D>,
    curve: &ShareCurve,
    range: Range,
    style: ShapeStyle,
) -> Result<(), PlotError> {
    area(chart, curve, range, style.color)?;
    for run in runs(curve, range) {
        for stairs in run {
            chart
                .draw_series(LineSeries::new(stairs, style))
                .map_err(PlotError::new)?;
        }
    }
    Ok(())
}

/// Stairs of dates and shares.
type Stairs = Vec<(DateTime<Utc>, f64)>;

/// The lower and the upper edge of each stretch of time in which nodes count.
fn runs(curve: &ShareCurve, range: Range) -> Vec<[Stairs; 2]> {
    let mut runs: Vec<[Stairs; 2]> = Vec::new();
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
                step(edge, [bounds[0], bounds[1]], share);
            }
        }
    }
    runs
}

/// One more step; it makes the last one longer where it is as high.
fn step(edge: &mut Stairs, [from, to]: [SimTime; 2], share: f64) {
    if edge.last().is_some_and(|(_, last)| *last == share) {
        edge.pop();
    } else {
        edge.push((to_utc(from), share));
    }
    edge.push((to_utc(to), share));
}
