//! Occupancy of a window: invocations in progress after it opened, with its cutoff.

use patchbench_model::config::MaintenanceWindow;
use patchbench_study::OccupancyCurve;
use plotters::coord::Shift;
use plotters::prelude::*;

use super::legend::{Mark, headed};
use super::theme::{END, GRID, LABEL, LIMIT, LINE, font};
use super::{Figure, PlotError, file_part};
use crate::{Report, weekday_date_time};

/// At most this many windows get a plot.
const MOST: usize = 12;

/// One window's plot.
pub(super) struct OccupancyFigure<'a> {
    curve: &'a OccupancyCurve,
    /// Whether it closes: one-off commands and policies end when their work is done.
    closes: bool,
}

/// A figure for each of the first windows.
pub(super) fn figures(report: Report<'_>) -> Vec<OccupancyFigure<'_>> {
    report
        .results
        .occupancy
        .iter()
        .take(MOST)
        .map(|curve| {
            let mut windows = report.scenario.config.windows.iter();
            let closes = |window: &MaintenanceWindow| window.surface.closes();
            OccupancyFigure {
                curve,
                closes: windows
                    .find(|known| known.name == curve.window)
                    .is_none_or(closes),
            }
        })
        .collect()
}

impl Figure for OccupancyFigure<'_> {
    fn name(&self) -> String {
        format!("occupancy-{}", file_part(&self.curve.window))
    }

    fn draw<D: DrawingBackend>(&self, area: &DrawingArea<D, Shift>) -> Result<(), PlotError> {
        let curve = self.curve;
        let hours = |step: usize| step as f64 * curve.step_minutes as f64 / 60.0;
        let (cutoff, end) = (
            (curve.cutoff - curve.opens).as_hours_f64(),
            (curve.closes - curve.opens).as_hours_f64(),
        );
        let shown = if self.closes { end } else { 0.0 };
        let width = hours(self.last_busy_step() + 1).max(shown) * 1.03;
        let height = f64::from(curve.max_concurrency.max(1)) * 1.2;
        let goes_on = curve.p95.last().is_some_and(|level| *level > 0.0);
        let title = format!(
            "{}: invocations in progress after opening on {}{}",
            curve.window,
            weekday_date_time(curve.opens),
            if goes_on { ", the first 48 hours" } else { "" }
        );
        let area = headed(area, &title, self.legend())?;
        let mut chart = ChartBuilder::on(&area)
            .margin(14)
            .margin_top(4)
            .x_label_area_size(52)
            .y_label_area_size(64)
            .build_cartesian_2d(0.0..width, 0.0..height)
            .map_err(PlotError::new)?;
        chart
            .configure_mesh()
            .x_desc("hours after opening")
            .y_desc("nodes")
            .axis_desc_style(font(LABEL))
            .label_style(font(LABEL))
            .light_line_style(WHITE)
            .bold_line_style(GRID)
            .x_labels(10)
            // Invocations are whole: no more labels than there are whole numbers.
            .y_labels((curve.max_concurrency as usize + 2).min(6))
            .x_label_formatter(&|hours: &f64| format!("{hours:.1}").trim_end_matches(".0").to_owned())
            .y_label_formatter(&|level: &f64| {
                if level.fract() == 0.0 {
                    format!("{level:.0}")
                } else {
                    String::new()
                }
            })
            .draw()
            .map_err(PlotError::new)?;
        let points = |values: &[f64]| -> Vec<(f64, f64)> {
            values
                .iter()
                .take(self.last_busy_step() + 2)
                .enumerate()
                .map(|(step, level)| (hours(step), *level))
                .collect()
        };
        let mut band = points(&curve.p05);
        band.extend(points(&curve.p95).into_iter().rev());
        chart
            .draw_series(std::iter::once(Polygon::new(band, LINE.mix(0.2).filled())))
            .map_err(PlotError::new)?;
        chart
            .draw_series(LineSeries::new(points(&curve.p50), LINE.stroke_width(2)))
            .map_err(PlotError::new)?;
        for (at, colour) in [(cutoff, LIMIT), (end, END)].into_iter().filter(|_| self.closes) {
            let line = PathElement::new([(at, 0.0), (at, height)], colour.stroke_width(2));
            chart.draw_series(std::iter::once(line)).map_err(PlotError::new)?;
        }
        Ok(())
    }
}

impl OccupancyFigure<'_> {
    fn legend(&self) -> impl Iterator<Item = (Mark, &'static str)> {
        let cutoff = if self.curve.continues {
            "cutoff (CONTINUE_TASK goes on)"
        } else {
            "cutoff (nothing is sent from here on)"
        };
        let limits = [
            (Mark::Upright(LIMIT), cutoff),
            (Mark::Upright(END), "window closes"),
        ];
        let level = [
            (Mark::Line, "median"),
            (Mark::Band, "5th to 95th percentile of replications"),
        ];
        level
            .into_iter()
            .chain(limits.into_iter().filter(|_| self.closes))
    }

    /// The last step at which anything was in progress in one of twenty replications.
    fn last_busy_step(&self) -> usize {
        self.curve.p95.iter().rposition(|level| *level > 0.0).unwrap_or(0)
    }
}
