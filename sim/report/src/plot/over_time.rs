//! Axes of plots that show shares of nodes over the simulated period.

use chrono::{DateTime, Utc};
use patchbench_model::clock::to_utc;
use patchbench_model::config::ModelConfig;
use plotters::coord::Shift;
use plotters::coord::types::{RangedCoordf64, RangedDateTime};
use plotters::prelude::*;

use super::PlotError;
use super::theme::{GRID, LABEL, font};

/// A chart of shares over time.
pub(super) type ShareChart<'a, D> =
    ChartContext<'a, D, Cartesian2d<RangedDateTime<DateTime<Utc>>, RangedCoordf64>>;

/// Draws the axes: dates from start to horizon, shares from 0 to 100 %.
pub(super) fn shares_over_time<'a, D: DrawingBackend>(
    area: &'a DrawingArea<D, Shift>,
    config: &ModelConfig,
) -> Result<ShareChart<'a, D>, PlotError> {
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .margin_top(4)
        .x_label_area_size(52)
        .y_label_area_size(64)
        .build_cartesian_2d(to_utc(config.start)..to_utc(config.horizon), 0.0..1.02f64)
        .map_err(PlotError::new)?;
    chart
        .configure_mesh()
        .x_desc("date (UTC)")
        .y_desc("share of nodes")
        .axis_desc_style(font(LABEL))
        .label_style(font(LABEL))
        .light_line_style(WHITE)
        .bold_line_style(GRID)
        .x_labels(8)
        .y_labels(6)
        .x_label_formatter(&|at: &DateTime<Utc>| at.format("%d %b %Y").to_string())
        .y_label_formatter(&|share: &f64| format!("{:.0} %", share * 100.0))
        .draw()
        .map_err(PlotError::new)?;
    Ok(chart)
}
