//! Coverage over time: the share of a group's nodes that have everything approved.

use chrono::{DateTime, Utc};
use patchbench_model::clock::to_utc;
use patchbench_model::world::Measure;
use patchbench_study::ShareCurve;
use plotters::coord::Shift;
use plotters::prelude::*;

use super::legend::{Mark, headed};
use super::over_time::{TOP, averaging, shares_over_time, style_of};
use super::share::{Style, draw_share};
use super::theme::{APPROVAL, LINE};
use super::{Figure, PlotError, file_part};
use crate::Report;

/// At most this many groups get a plot of their own, the largest first.
const MOST: usize = 12;

/// One group's plot.
pub(super) struct CoverageFigure<'a> {
    report: Report<'a>,
    curve: &'a ShareCurve,
    style: Style,
}

/// A figure for each of the largest groups that anything is approved for.
pub(super) fn figures(report: Report<'_>) -> Vec<CoverageFigure<'_>> {
    let results = report.results;
    let approved = |group: usize| results.offered(Some(group)).next().is_some();
    let of = |curve: &&ShareCurve| curve.measure == Measure::FullyPatched;
    let curves = results.shares.iter().filter(of);
    let mut curves: Vec<_> = curves.filter(|curve| approved(curve.group)).collect();
    curves.sort_by_key(|curve| (std::cmp::Reverse(results.groups[curve.group].nodes), curve.group));
    curves
        .into_iter()
        .take(MOST)
        .map(|curve| CoverageFigure {
            report,
            curve,
            style: style_of(report, curve.group),
        })
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
        let means = format!(
            "mean of replications, {}",
            averaging(&self.report.scenario.config)
        );
        let mut entries = match self.style {
            Style::Band => vec![
                (Mark::Line, "median"),
                (Mark::Band, "5th to 95th percentile of replications"),
            ],
            Style::Mean => vec![
                (Mark::Line, means.as_str()),
                (Mark::Faint, "the first replication"),
            ],
        };
        if !approvals.is_empty() {
            entries.push((Mark::Upright(APPROVAL), "a patch is approved"));
        }
        let area = headed(area, &title, entries)?;
        let mut chart = shares_over_time(&area, &self.report.scenario.config)?;
        draw_share(&mut chart, self.curve, self.style, (LINE, 2))?;
        let tick =
            |at: DateTime<Utc>| PathElement::new([(at, TOP), (at, TOP - 0.035)], APPROVAL.stroke_width(2));
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
