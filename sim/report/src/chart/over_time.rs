//! Shares of a group's nodes over the simulated period: how many have everything approved, and how many
//! are compliant, as AWS shows it and in truth.

use patchbench_model::config::ModelConfig;
use patchbench_model::world::{COVERAGE_SAMPLES, Measure};
use patchbench_study::{ShareCurve, View};

use super::instants::named_instants;
use super::share::{Look, SPANS_OF_MEAN, Style, share_layers};
use super::{Axis, Chart, Format, Key, Layer, Mark, Paint, file_part};
use crate::Report;

/// The upper end of the axis: above 100 % there is room for marks.
const TOP: f64 = 1.06;

/// How many nodes of a group have everything approved, where anything is approved for it.
pub(super) fn coverage(report: Report<'_>, group: usize) -> Option<Chart> {
    let results = report.results;
    results.offered(Some(group)).next()?;
    let curve = results.shares_of(group, Measure::FullyPatched)?;
    let config = &report.scenario.config;
    let style = style_of(report, group);
    let mut legend = match style {
        Style::Band => vec![
            (Key::Line(Paint::Main), "median".to_owned()),
            (
                Key::Band(Paint::Main),
                "5th to 95th percentile of replications".to_owned(),
            ),
        ],
        Style::Mean => vec![
            (
                Key::Line(Paint::Main),
                format!("mean of replications, {}", averaging(config)),
            ),
            (Key::Faint(Paint::Main), "the first replication".to_owned()),
        ],
    };
    let approvals = approvals(report, group);
    if !approvals.is_empty() {
        legend.push((Key::Upright(Paint::Approval), "a patch is approved".to_owned()));
    }
    let mut layers = share_layers(curve, look(style, Paint::Main, 2, "patched"));
    layers.push(Layer::Strokes {
        paint: Paint::Approval,
        height: [TOP - 0.035, TOP],
        marks: approvals,
    });
    let known = &results.groups[group];
    Some(Chart {
        name: format!("coverage-{}", file_part(known.label())),
        title: format!(
            "{}: nodes with every approved patch installed ({} nodes)",
            known.label(),
            known.nodes
        ),
        about: "Share of the nodes that have every patch that is approved for them, over time.".to_owned(),
        legend,
        x: period(config),
        y: shares(),
        layers,
    })
}

/// How many nodes of a group are compliant, where it reports.
pub(super) fn compliance(report: Report<'_>, group: usize) -> Option<Chart> {
    let results = report.results;
    results.mean_compliance(group, View::Reported)?;
    let config = &report.scenario.config;
    let style = style_of(report, group);
    let truth = match style {
        Style::Band => "in truth (medians, with 5th to 95th percentiles)".to_owned(),
        Style::Mean => format!(
            "in truth (means, {}; thin: the first replication)",
            averaging(config)
        ),
    };
    // The truth lies on top, narrower, so that both are seen where they agree.
    let layers = [
        (View::Reported, Paint::Main, 5, "as AWS shows it"),
        (View::Actual, Paint::Limit, 2, "in truth"),
    ]
    .into_iter()
    .filter_map(|(view, paint, width, label)| {
        let curve = results.shares_of(group, view.measure())?;
        Some(share_layers(curve, look(style, paint, width, label)))
    })
    .flatten()
    .collect();
    let known = &results.groups[group];
    Some(Chart {
        name: format!("compliance-{}", file_part(known.label())),
        title: format!("{}: compliant nodes ({} nodes)", known.label(), known.nodes),
        about: "Share of the nodes that are compliant, as their last reports tell AWS, and in truth."
            .to_owned(),
        legend: vec![
            (
                Key::Line(Paint::Main),
                "as AWS shows it: as of each node's last report".to_owned(),
            ),
            (Key::Line(Paint::Limit), truth),
        ],
        x: period(config),
        y: shares(),
        layers,
    })
}

fn look(style: Style, paint: Paint, width: u32, label: &str) -> Look<'_> {
    Look {
        style,
        paint,
        width,
        label,
        lane: None,
    }
}

/// The simulated period. The axis says how long the spans are of which the lowest and the highest share
/// are drawn.
fn period(config: &ModelConfig) -> Axis {
    Axis::period(
        config,
        format!("date (UTC); lowest to highest of each {}", length(config, 1)),
    )
}

fn shares() -> Axis {
    Axis::Number {
        from: 0.0,
        to: TOP,
        label: "share of nodes".to_owned(),
        format: Format::Percent,
    }
}

/// Approvals whose dates are the same in all replications that the chart sums up.
fn approvals(report: Report<'_>, group: usize) -> Vec<Mark> {
    let own = report.results.offered(Some(group));
    let named = own.filter(|(patch, _)| !patch.drawn).map(|(patch, approved)| {
        let name = patch.kb.as_deref().unwrap_or(&patch.patch);
        (approved, name)
    });
    named_instants(&report.scenario.config, named, "approved")
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

/// The share of the nodes of a group that have everything approved, as a curve for a row.
pub(super) fn lane(report: Report<'_>, curve: &ShareCurve, lane: [f64; 2]) -> Vec<Layer> {
    let label = super::label(report.results.groups[curve.group].label());
    share_layers(
        curve,
        Look {
            style: style_of(report, curve.group),
            paint: Paint::Main,
            width: 1,
            label: &label,
            lane: Some(lane),
        },
    )
}

/// What a mean is taken over: `over 2 days each`.
fn averaging(config: &ModelConfig) -> String {
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
