//! A comparison as tables.

use patchbench_study::{Change, ComparedDesign, ComparedResponse, Observation, ResponseEstimate};

use super::ComparisonReport;
use crate::table::{Cell, Column, Kind, Table};
use crate::tables::column;

pub(crate) const COMPARISON_DESCRIPTION: &str =
    "one row per response and design of a comparison, those that were asked for first";

pub(crate) const COMPARISON_COLUMNS: &[Column] = &[
    column("design", Kind::Text, "", "name of the design"),
    column("metric", Kind::Text, "", "name of the response metric"),
    column(
        "group",
        Kind::Text,
        "",
        "patch group; empty: all together, or not about groups",
    ),
    column(
        "severity",
        Kind::Text,
        "",
        "vendor severity of the patches; empty: all",
    ),
    column(
        "task",
        Kind::Text,
        "",
        "window and task, or window; empty: all together",
    ),
    column("sla", Kind::Text, "", "deadline ([sla.…]); empty: not about one"),
    column("unit", Kind::Text, "", "unit of the values"),
    column(
        "n",
        Kind::Integer,
        "replications",
        "replications that say anything",
    ),
    column(
        "censored",
        Kind::Integer,
        "replications",
        "of these, not reached within the horizon",
    ),
    column(
        "estimate",
        Kind::Number,
        "",
        "mean (probability: share); empty when anything is censored",
    ),
    column("p50", Kind::Number, "", "median over replications"),
    column(
        "p95",
        Kind::Number,
        "",
        "95th percentile over replications; empty when it is censored",
    ),
    column(
        "pairs",
        Kind::Integer,
        "replications",
        "in which both this design and the base say something",
    ),
    column(
        "difference",
        Kind::Number,
        "",
        "from the base, on common random numbers",
    ),
    column(
        "difference_of",
        Kind::Text,
        "",
        "means, probabilities, or the median of the paired differences",
    ),
    column(
        "low",
        Kind::Number,
        "",
        "lower end of the interval of the difference; empty: unbounded",
    ),
    column(
        "high",
        Kind::Number,
        "",
        "upper end of the interval of the difference; empty: unbounded",
    ),
    column(
        "confidence",
        Kind::Number,
        "",
        "of that interval: those of one response hold together with 95 %",
    ),
    column(
        "smaller",
        Kind::Integer,
        "replications",
        "in which this design has the smaller figure",
    ),
    column(
        "larger",
        Kind::Integer,
        "replications",
        "in which it has the larger one",
    ),
    column(
        "change",
        Kind::Text,
        "",
        "better, worse, same or unclear; empty: neither end is better",
    ),
    column(
        "common_luck",
        Kind::Number,
        "",
        "replications with independent seeds that one with common luck is worth; empty: no variance is left",
    ),
];

pub(crate) fn comparison(report: ComparisonReport<'_>) -> Table {
    let designs = &report.comparison.designs;
    let confidence = report.comparison.confidence;
    let of_response = |response: &ComparedResponse| {
        let rows = designs.iter().zip(&response.estimates);
        let rows =
            rows.filter_map(|(design, estimate)| Some(row(design, response, estimate.as_ref()?, confidence)));
        rows.collect::<Vec<_>>()
    };
    Table {
        name: "comparison",
        description: COMPARISON_DESCRIPTION,
        columns: COMPARISON_COLUMNS,
        rows: report.comparison.responses.iter().flat_map(of_response).collect(),
    }
}

fn row(
    design: &ComparedDesign,
    response: &ComparedResponse,
    estimate: &ResponseEstimate,
    confidence: f64,
) -> Vec<Cell> {
    let (key, summary) = (&response.key, &estimate.summary);
    let found = estimate.difference;
    let end = |value: Option<f64>| value.filter(|value| value.is_finite());
    let mean = estimate
        .proportion
        .map_or(summary.mean, |share| Some(share.share));
    vec![
        design.name.as_str().into(),
        key.metric.into(),
        key.group.as_str().into(),
        key.severity.as_str().into(),
        key.task.as_str().into(),
        key.sla.as_str().into(),
        response.unit.into(),
        summary.n.into(),
        summary.censored.into(),
        mean.into(),
        summary.p50.into(),
        summary.p95.into(),
        found.map(|found| found.replications).into(),
        found.and_then(|found| found.estimate).into(),
        found.map(|found| found.of.as_str()).into(),
        end(found
            .and_then(|found| found.interval)
            .map(|interval| interval.low))
        .into(),
        end(found
            .and_then(|found| found.interval)
            .map(|interval| interval.high))
        .into(),
        found.map(|_| confidence).into(),
        found.map(|found| found.smaller).into(),
        found.map(|found| found.larger).into(),
        estimate.change.map(Change::as_str).into(),
        end(found.and_then(|found| found.gain).map(|gain| gain.factor())).into(),
    ]
}

pub(crate) const OBSERVATION_DESCRIPTION: &str =
    "one row per replication, design and response that was asked for in a comparison";

pub(crate) const OBSERVATION_COLUMNS: &[Column] = &[
    column(
        "replication",
        Kind::Integer,
        "",
        "number of the replication, from 0",
    ),
    column("design", Kind::Text, "", "name of the design"),
    column("response", Kind::Text, "", "the response"),
    column("unit", Kind::Text, "", "unit of the value"),
    column(
        "value",
        Kind::Number,
        "",
        "what the replication says; empty: nothing, or censored",
    ),
    column("censored", Kind::Integer, "", "1: not reached within the horizon"),
];

pub(super) fn observations(report: ComparisonReport<'_>) -> Table {
    let mut rows = Vec::new();
    for response in report.comparison.chosen() {
        for design in &report.comparison.designs {
            let mut own = design.outcome.responses.iter();
            let Some(own) = own.find(|own| own.key == response.key) else {
                continue;
            };
            let name = response.key.to_string();
            for (replication, said) in own.observations.iter().enumerate() {
                let (value, censored) = match said {
                    Observation::Nothing => (Cell::Empty, 0u64),
                    Observation::Censored => (Cell::Empty, 1),
                    Observation::Value(value) => (Cell::Number(*value), 0),
                };
                rows.push(vec![
                    (replication as u64).into(),
                    design.name.as_str().into(),
                    name.as_str().into(),
                    response.unit.into(),
                    value,
                    censored.into(),
                ]);
            }
        }
    }
    Table {
        name: "replications",
        description: OBSERVATION_DESCRIPTION,
        columns: OBSERVATION_COLUMNS,
        rows,
    }
}
