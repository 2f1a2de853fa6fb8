//! Compliance over time: the share of a group's nodes that is compliant, as AWS shows it and in truth.

use chrono::{DateTime, Utc};
use patchbench_model::clock::to_utc;
use patchbench_study::{ComplianceCurve, View};
use plotters::coord::Shift;
use plotters::prelude::*;

use super::legend::{Mark, headed};
use super::over_time::shares_over_time;
use super::theme::{LIMIT, LINE};
use super::{Figure, PlotError, file_part};
use crate::Report;

/// At most this many groups get a plot of their own, the largest first.
const MOST: usize = 12;

/// One group's plot.
pub(super) struct ComplianceFigure<'a> {
    report: Report<'a>,
    group: usize,
}

/// A figure for each of the largest groups that report.
pub(super) fn figures(report: Report<'_>) -> Vec<ComplianceFigure<'_>> {
    let results = report.results;
    let reports = |group: &usize| {
        let mut curves = results.compliance.iter();
        curves.any(|curve| {
            curve.group == *group
                && curve.view == View::Reported
                && curve.points.iter().any(|point| point.compliant.is_some())
        })
    };
    let mut groups: Vec<usize> = (0..results.groups.len()).filter(reports).collect();
    groups.sort_by_key(|group| (std::cmp::Reverse(results.groups[*group].nodes), *group));
    groups
        .into_iter()
        .take(MOST)
        .map(|group| ComplianceFigure { report, group })
        .collect()
}

impl Figure for ComplianceFigure<'_> {
    fn name(&self) -> String {
        format!(
            "compliance-{}",
            file_part(self.report.results.groups[self.group].label())
        )
    }

    fn draw<D: DrawingBackend>(&self, area: &DrawingArea<D, Shift>) -> Result<(), PlotError> {
        let group = &self.report.results.groups[self.group];
        let config = &self.report.scenario.config;
        let title = format!("{}: compliant nodes ({} nodes)", group.label(), group.nodes);
        let entries = [
            (Mark::Line, "as AWS shows it: as of each node's last report"),
            (
                Mark::Stroke(LIMIT),
                "in truth (medians, with 5th to 95th percentiles)",
            ),
        ];
        let area = headed(area, &title, entries)?;
        let samples = self
            .curve(View::Actual)
            .into_iter()
            .flat_map(|curve| &curve.points);
        let mut chart = shares_over_time(&area, config, samples.map(|point| point.at))?;
        for (view, colour) in [(View::Actual, LIMIT), (View::Reported, LINE)] {
            let Some(curve) = self.curve(view) else { continue };
            let mut band = points(curve, 0);
            band.extend(points(curve, 2).into_iter().rev());
            chart
                .draw_series(std::iter::once(Polygon::new(band, colour.mix(0.15).filled())))
                .map_err(PlotError::new)?;
            chart
                .draw_series(LineSeries::new(points(curve, 1), colour.stroke_width(2)))
                .map_err(PlotError::new)?;
        }
        Ok(())
    }
}

impl ComplianceFigure<'_> {
    fn curve(&self, view: View) -> Option<&ComplianceCurve> {
        let mut curves = self.report.results.compliance.iter();
        curves.find(|curve| curve.group == self.group && curve.view == view)
    }
}

/// One of the three shares over time, as stairs: a value holds until the next sample.
fn points(curve: &ComplianceCurve, which: usize) -> Vec<(DateTime<Utc>, f64)> {
    let known = curve
        .points
        .iter()
        .filter_map(|point| Some((to_utc(point.at), point.compliant?[which])));
    let mut points: Vec<(DateTime<Utc>, f64)> = Vec::new();
    for (at, share) in known {
        points.extend(points.last().map(|(_, before)| (at, *before)));
        points.push((at, share));
    }
    points
}
