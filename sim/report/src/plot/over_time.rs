//! Axes of plots that show shares of nodes over the simulated period.

use chrono::{DateTime, Utc};
use patchbench_kernel::SimTime;
use patchbench_model::clock::to_utc;
use patchbench_model::config::ModelConfig;
use plotters::coord::Shift;
use plotters::coord::combinators::WithKeyPoints;
use plotters::coord::types::{RangedCoordf64, RangedDateTime};
use plotters::prelude::*;

use super::PlotError;
use super::theme::{GRID, LABEL, font};
use super::ticks::ticks;

/// A chart of shares over time.
pub(super) type ShareChart<'a, D> =
    ChartContext<'a, D, Cartesian2d<WithKeyPoints<RangedDateTime<DateTime<Utc>>>, RangedCoordf64>>;

/// Draws the axes: dates from start to horizon, shares from 0 to 100 %. The axis says how far apart the
/// samples are, since nothing in between is seen.
pub(super) fn shares_over_time<'a, D: DrawingBackend>(
    area: &'a DrawingArea<D, Shift>,
    config: &ModelConfig,
    mut samples: impl Iterator<Item = SimTime>,
) -> Result<ShareChart<'a, D>, PlotError> {
    let (from, to) = (to_utc(config.start), to_utc(config.horizon));
    let dates = ticks(from, to);
    let step = samples.next().zip(samples.next());
    let dates_are = step.map_or_else(
        || "date (UTC)".to_owned(),
        |(first, second)| {
            format!(
                "date (UTC), a sample every {}",
                span((second - first).as_hours_f64())
            )
        },
    );
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .margin_top(4)
        .x_label_area_size(52)
        .y_label_area_size(64)
        .build_cartesian_2d((from..to).with_key_points(dates.at), 0.0..1.02f64)
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

/// A time between samples: `45 min`, `6 h`, `3.9 days`.
fn span(hours: f64) -> String {
    if hours < 1.0 {
        format!("{:.0} min", hours * 60.0)
    } else if hours < 48.0 {
        format!("{hours:.0} h")
    } else {
        format!("{} days", format!("{:.1}", hours / 24.0).trim_end_matches(".0"))
    }
}
