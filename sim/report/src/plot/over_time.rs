//! Axes of plots that show shares of nodes over the simulated period.

use chrono::{DateTime, Utc};
use patchbench_model::clock::to_utc;
use patchbench_model::config::ModelConfig;
use patchbench_model::world::COVERAGE_SAMPLES;
use plotters::coord::Shift;
use plotters::coord::combinators::WithKeyPoints;
use plotters::coord::types::{RangedCoordf64, RangedDateTime};
use plotters::prelude::*;

use super::PlotError;
use super::share::{SPANS_OF_MEAN, Style};
use super::theme::{GRID, LABEL, font};
use super::ticks::ticks;
use crate::Report;

/// A chart of shares over time.
pub(super) type ShareChart<'a, D> =
    ChartContext<'a, D, Cartesian2d<WithKeyPoints<RangedDateTime<DateTime<Utc>>>, RangedCoordf64>>;

/// The upper end of the axis: above 100 % there is room for marks.
pub(super) const TOP: f64 = 1.06;

/// Draws the axes: dates from start to horizon, shares from 0 to 100 %. The axis says how long the spans
/// are of which the lowest and the highest share are drawn.
pub(super) fn shares_over_time<'a, D: DrawingBackend>(
    area: &'a DrawingArea<D, Shift>,
    config: &ModelConfig,
) -> Result<ShareChart<'a, D>, PlotError> {
    let (from, to) = (to_utc(config.start), to_utc(config.horizon));
    let dates = ticks(from, to);
    let dates_are = format!("date (UTC); lowest to highest of each {}", length(config, 1));
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .margin_top(4)
        .x_label_area_size(52)
        .y_label_area_size(64)
        .build_cartesian_2d((from..to).with_key_points(dates.at), 0.0..TOP)
        .map_err(PlotError::new)?;
    chart
        .configure_mesh()
        .x_desc(dates_are)
        .y_desc("share of nodes")
        .axis_desc_style(font(LABEL))
        .label_style(font(LABEL))
        .light_line_style(WHITE)
        .bold_line_style(GRID)
        .y_labels(6)
        .x_label_formatter(&|at: &DateTime<Utc>| at.format(dates.format).to_string())
        .y_label_formatter(&|share: &f64| format!("{:.0} %", share * 100.0))
        .draw()
        .map_err(PlotError::new)?;
    Ok(chart)
}

/// How the replications of a group are summed up: as means if most of its patches come at dates that
/// each replication draws.
pub(super) fn style_of(report: Report<'_>, group: usize) -> Style {
    let (mut drawn, mut all) = (0, 0);
    for (patch, _) in report.results.offered(Some(group)) {
        drawn += usize::from(patch.drawn);
        all += 1;
    }
    if 2 * drawn > all { Style::Mean } else { Style::Band }
}

/// What a mean is taken over: `over 2 days`.
pub(super) fn averaging(config: &ModelConfig) -> String {
    format!("over {} each", length(config, SPANS_OF_MEAN))
}

/// The length of some spans: `45 min`, `6 h`, `3.9 days`.
fn length(config: &ModelConfig, spans: usize) -> String {
    let period = (config.horizon - config.start).as_hours_f64();
    let hours = period * spans as f64 / f64::from(COVERAGE_SAMPLES);
    let short = |value: f64| format!("{value:.1}").trim_end_matches(".0").to_owned();
    if hours < 1.0 {
        format!("{:.0} min", hours * 60.0)
    } else if hours < 48.0 {
        format!("{} h", short(hours))
    } else {
        format!("{} days", short(hours / 24.0))
    }
}
