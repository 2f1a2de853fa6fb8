//! Compliance over time: the share of a group's nodes that is compliant, as AWS shows it and in truth.

use patchbench_study::View;
use plotters::coord::Shift;
use plotters::prelude::*;

use super::legend::{Mark, headed};
use super::over_time::{averaging, shares_over_time, style_of};
use super::share::{Style, draw_share};
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
    let reports = |group: &usize| results.mean_compliance(*group, View::Reported).is_some();
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
        let style = style_of(self.report, self.group);
        let truth = match style {
            Style::Band => "in truth (medians, with 5th to 95th percentiles)".to_owned(),
            Style::Mean => format!(
                "in truth (means, {}; thin: the first replication)",
                averaging(config)
            ),
        };
        let entries = [
            (Mark::Line, "as AWS shows it: as of each node's last report"),
            (Mark::Stroke(LIMIT), truth.as_str()),
        ];
        let area = headed(area, &title, entries)?;
        let mut chart = shares_over_time(&area, config)?;
        // The truth lies on top, narrower, so that both are seen where they agree.
        for (view, line) in [(View::Reported, (LINE, 5)), (View::Actual, (LIMIT, 2))] {
            if let Some(curve) = self.report.results.shares_of(self.group, view.measure()) {
                draw_share(&mut chart, curve, style, line)?;
            }
        }
        Ok(())
    }
}
