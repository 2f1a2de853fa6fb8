//! Coverage over time: the share of a group's nodes that have everything approved.

use chrono::{DateTime, Utc};
use patchbench_kernel::SimTime;
use patchbench_model::clock::to_utc;
use plotters::coord::Shift;
use plotters::prelude::*;

use super::legend::{Mark, headed};
use super::over_time::shares_over_time;
use super::theme::{APPROVAL, BAND, LINE};
use super::{Figure, PlotError, file_part};
use crate::Report;

/// At most this many groups get a plot of their own, the largest first.
const MOST: usize = 12;

/// One group's plot.
pub(super) struct CoverageFigure<'a> {
    report: Report<'a>,
    curve: &'a patchbench_study::CoverageCurve,
}

/// A figure for each of the largest groups that anything is approved for.
pub(super) fn figures(report: Report<'_>) -> Vec<CoverageFigure<'_>> {
    let results = report.results;
    let approved = |group: usize| results.offered(Some(group)).next().is_some();
    let mut curves: Vec<_> = results
        .coverage
        .iter()
        .filter(|curve| approved(curve.group))
        .collect();
    curves.sort_by_key(|curve| (std::cmp::Reverse(results.groups[curve.group].nodes), curve.group));
    curves
        .into_iter()
        .take(MOST)
        .map(|curve| CoverageFigure { report, curve })
        .collect()
}

impl Figure for CoverageFigure<'_> {
    fn name(&self) -> String {
        format!(
            "coverage-{}",
            file_part(self.report.results.groups[self.curve.group].label())
        )
    }

    fn draw<D: DrawingBackend>(&self, area: &DrawingArea<D, Shift>) -> Result<(), PlotError> {
        let group = &self.report.results.groups[self.curve.group];
        let (from, to) = (
            to_utc(self.report.scenario.config.start),
            to_utc(self.report.scenario.config.horizon),
        );
        let title = format!(
            "{}: nodes with every approved patch installed ({} nodes)",
            group.label(),
            group.nodes
        );
        let approvals = self.approvals(from, to);
        let mut entries = vec![
            (Mark::Line, "median"),
            (Mark::Band, "5th to 95th percentile of replications"),
        ];
        if !approvals.is_empty() {
            entries.push((Mark::Upright(APPROVAL), "a patch is approved"));
        }
        let area = headed(area, &title, entries)?;
        let mut chart = shares_over_time(&area, &self.report.scenario.config, self.curve.at.iter().copied())?;
        let points = |values: &[f64]| stairs(&self.curve.at, values);
        let mut band = points(&self.curve.p05);
        band.extend(points(&self.curve.p95).into_iter().rev());
        chart
            .draw_series(std::iter::once(Polygon::new(band, BAND.mix(0.4).filled())))
            .map_err(PlotError::new)?;
        chart
            .draw_series(LineSeries::new(points(&self.curve.p50), LINE.stroke_width(2)))
            .map_err(PlotError::new)?;
        let tick = |at: DateTime<Utc>| PathElement::new([(at, 0.0), (at, 0.035)], APPROVAL.stroke_width(2));
        chart
            .draw_series(approvals.into_iter().map(tick))
            .map_err(PlotError::new)?;
        Ok(())
    }
}

impl CoverageFigure<'_> {
    fn approvals(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let own = self.report.results.offered(Some(self.curve.group));
        // A date that is drawn differs between the replications that the plot sums up.
        let mut dates: Vec<DateTime<Utc>> = own
            .filter(|(patch, _)| !patch.drawn)
            .map(|(_, approved)| to_utc(approved))
            .filter(|at| (from..=to).contains(at))
            .collect();
        dates.sort_unstable();
        dates.dedup();
        dates.truncate(400);
        dates
    }
}

/// A value holds until the next sample.
fn stairs(at: &[SimTime], values: &[f64]) -> Vec<(DateTime<Utc>, f64)> {
    let mut points = Vec::with_capacity(values.len() * 2);
    let mut last: Option<f64> = None;
    for (at, value) in at.iter().zip(values) {
        points.extend(last.filter(|last| last != value).map(|last| (to_utc(*at), last)));
        points.push((to_utc(*at), *value));
        last = Some(*value);
    }
    points
}
