//! The charts of a comparison: differences from the base with their intervals, what each design comes to,
//! and the differences replication by replication.

use patchbench_study::{
    Change, ComparedResponse, Comparison, Interval, Observation, ResponseEstimate, ResponseKey,
};

use super::intervals::Words;
use super::{Axis, Chart, Format, Key, Layer, Paint, Point, Reading, Row, distinct, file_part, intervals};
use crate::compare::{figure, is_share, signed};

/// Responses that get charts of their own, and those in the overview.
const RESPONSES: usize = 8;
const OVERVIEW: usize = 30;
/// Designs that get an overview, and lines of their own.
const DESIGNS: usize = 6;
/// Points of a line.
const POINTS: usize = 200;

/// All charts.
pub(crate) fn comparison_charts(comparison: &Comparison) -> Vec<Chart> {
    let mut charts = Vec::new();
    for number in 1..comparison.designs.len().min(DESIGNS + 1) {
        charts.extend(overview(comparison, number));
    }
    for response in comparison.chosen().iter().take(RESPONSES) {
        charts.extend(forest(comparison, response));
        charts.extend(estimates(comparison, response));
        charts.extend(replications(comparison, response));
    }
    distinct(&mut charts);
    charts
}

fn paint(estimate: &ResponseEstimate) -> Paint {
    match estimate.change {
        Some(Change::Better) => Paint::Approval,
        Some(Change::Worse) => Paint::Harm,
        Some(Change::Same) => Paint::Main,
        Some(Change::Unclear) | None => Paint::End,
    }
}

fn changes() -> Vec<(Key, String)> {
    [
        (Paint::Approval, "better"),
        (Paint::Harm, "worse"),
        (Paint::Main, "the same"),
        (Paint::End, "not told apart, or neither is better"),
    ]
    .map(|(paint, text)| (Key::Dot(paint), text.to_owned()))
    .to_vec()
}

/// A difference whose both ends are numbers.
fn finite(estimate: &ResponseEstimate) -> Option<(f64, Interval)> {
    let found = estimate.difference?;
    let (value, interval) = (found.estimate?, found.interval?);
    let all = [value, interval.low, interval.high];
    all.iter().all(|end| end.is_finite()).then_some((value, interval))
}

/// A response as the name of a row: what it is, and what it is about where there are several of these.
fn short_title(comparison: &Comparison, key: &ResponseKey) -> String {
    let several = |part: fn(&ResponseKey) -> &String| {
        let all = comparison.responses.iter().map(|response| part(&response.key));
        let mut known = all.filter(|part| !part.is_empty());
        let first = known.next();
        known.any(|other| Some(other) != first)
    };
    let parts: [fn(&ResponseKey) -> &String; 3] = [|key| &key.group, |key| &key.task, |key| &key.sla];
    let parts = parts.into_iter().filter(|part| several(*part));
    let parts: Vec<&str> = parts
        .map(|part| part(key).as_str())
        .filter(|part| !part.is_empty())
        .collect();
    let metric = key.metric.replace('_', " ");
    if parts.is_empty() {
        metric
    } else {
        format!("{metric}, {}", parts.join(", "))
    }
}

/// The differences of one design from the base, each as a share of the base's own figure.
fn overview(comparison: &Comparison, number: usize) -> Option<Chart> {
    let (base, design) = (&comparison.designs[0], &comparison.designs[number]);
    // Beside those that were asked for: what differs at all, of all severities together.
    let told = comparison
        .responses
        .iter()
        .enumerate()
        .filter(|(place, response)| {
            let own = response.estimates[number].as_ref().and_then(finite);
            let differs = own.is_some_and(|(value, interval)| value != 0.0 || interval.low < interval.high);
            *place < comparison.chosen || (differs && response.key.severity.is_empty())
        });
    let rows: Vec<Row> = told
        .filter_map(|(_, response)| {
            let (of_base, own) = (
                response.estimates[0].as_ref()?,
                response.estimates[number].as_ref()?,
            );
            let (value, interval) = finite(own)?;
            let whole = of_base.summary.mean.filter(|mean| *mean > 0.0)?;
            let name = short_title(comparison, &response.key);
            Some(Row {
                text: format!(
                    "{name}: {} ({} to {}), {} of the base's {}",
                    signed(value, response.unit),
                    signed(interval.low, response.unit),
                    signed(interval.high, response.unit),
                    relative(value / whole),
                    figure(whole, response.unit)
                ),
                name,
                range: [interval.low / whole, interval.high / whole],
                value: value / whole,
                paint: paint(own),
            })
        })
        .take(OVERVIEW)
        .collect();
    let words = Words {
        name: format!("overview-{}", file_part(&design.name)),
        title: format!("{} against {}: all differences", design.name, base.name),
        about: "Differences from the base on common random numbers, with their intervals, as shares of the \
                base's figure; responses that are zero in the base have no such share.",
        axis: "difference, as a share of the base's figure".to_owned(),
        format: Format::Percent,
        legend: changes(),
        zero: Some(0.0),
        from_zero: true,
    };
    intervals(words, &rows)
}

fn relative(share: f64) -> String {
    format!("{:+.1} %", share * 100.0)
}

/// The format of an axis of figures in a unit.
pub(super) fn format_of(unit: &str) -> Format {
    if is_share(unit) {
        Format::Percent
    } else {
        Format::Decimal
    }
}

/// The differences of all designs from the base in one response.
fn forest(comparison: &Comparison, response: &ComparedResponse) -> Option<Chart> {
    let designs = comparison.designs.iter().zip(&response.estimates).skip(1);
    let rows: Vec<Row> = designs
        .filter_map(|(design, estimate)| {
            let estimate = estimate.as_ref()?;
            let (value, interval) = finite(estimate)?;
            Some(Row {
                name: design.name.clone(),
                range: [interval.low, interval.high],
                value,
                text: format!(
                    "{}: {} ({} to {})",
                    design.name,
                    signed(value, response.unit),
                    signed(interval.low, response.unit),
                    signed(interval.high, response.unit)
                ),
                paint: paint(estimate),
            })
        })
        .collect();
    let unit = if format_of(response.unit) == Format::Percent {
        "points of percent"
    } else {
        response.unit
    };
    let words = Words {
        name: format!("difference-{}", file_part(&response.key.to_string())),
        title: format!("{}: difference from {}", response.key, comparison.designs[0].name),
        about: "Paired differences on common random numbers: where the bar does not cross zero, the designs \
                are told apart.",
        axis: format!("difference from {} ({unit})", comparison.designs[0].name),
        format: format_of(response.unit),
        legend: changes(),
        zero: Some(0.0),
        from_zero: true,
    };
    intervals(words, &rows)
}

/// What each design comes to.
fn estimates(comparison: &Comparison, response: &ComparedResponse) -> Option<Chart> {
    let designs = comparison.designs.iter().zip(&response.estimates);
    let probability = response
        .estimates
        .iter()
        .flatten()
        .all(|one| one.proportion.is_some());
    let rows: Vec<Row> = designs
        .filter_map(|(design, estimate)| {
            let estimate = estimate.as_ref()?;
            let (value, range) = if let Some(share) = &estimate.proportion {
                (share.share, [share.interval.low, share.interval.high])
            } else {
                let summary = &estimate.summary;
                (summary.p50?, [summary.p05?, summary.p95?])
            };
            let [shown, low, high] = [value, range[0], range[1]].map(|value| figure(value, response.unit));
            Some(Row {
                name: design.name.clone(),
                range,
                value,
                text: format!("{}: {shown} ({low} to {high})", design.name),
                paint: Paint::Main,
            })
        })
        .collect();
    let (value, band) = if probability {
        ("share of replications", "its 95 % interval")
    } else {
        ("median", "5th to 95th percentile of replications")
    };
    let words = Words {
        name: format!("designs-{}", file_part(&response.key.to_string())),
        title: format!("{}: what each design comes to", response.key),
        about: "The figures of each design by itself.",
        axis: format!("{} ({})", response.key.metric.replace('_', " "), response.unit),
        format: format_of(response.unit),
        legend: vec![
            (Key::Dot(Paint::Main), value.to_owned()),
            (Key::Band(Paint::Main), band.to_owned()),
        ],
        zero: None,
        from_zero: false,
    };
    intervals(words, &rows)
}

/// The paired differences of one response, replication by replication, from the smallest to the largest.
fn replications(comparison: &Comparison, response: &ComparedResponse) -> Option<Chart> {
    const PAINTS: [Paint; DESIGNS] = [
        Paint::Main,
        Paint::Limit,
        Paint::Approval,
        Paint::Harm,
        Paint::Freeze,
        Paint::Window,
    ];
    if response.unit == "probability" {
        return None;
    }
    let lines: Vec<(Paint, &str, Vec<f64>)> = (1..comparison.designs.len())
        .zip(PAINTS)
        .filter_map(|(number, paint)| {
            let sorted = sorted_differences(comparison, response, number)?;
            Some((paint, comparison.designs[number].name.as_str(), sorted))
        })
        .collect();
    let ends = lines
        .iter()
        .flat_map(|(_, _, sorted)| [sorted[0], sorted[sorted.len() - 1]]);
    let (low, high) = ends.fold((0.0f64, 0.0f64), |(low, high), end| (low.min(end), high.max(end)));
    if low == high {
        return None;
    }
    let pad = (high - low) * 0.05;
    Some(Chart {
        name: format!("replications-{}", file_part(&response.key.to_string())),
        title: format!("{}: difference in each replication", response.key),
        about: format!(
            "The differences from {} on the same luck, from the smallest to the largest: where a line crosses \
             zero tells in which share of the replications the design comes out lower.",
            comparison.designs[0].name
        ),
        legend: lines
            .iter()
            .map(|(paint, name, _)| (Key::Line(*paint), (*name).to_owned()))
            .collect(),
        x: Axis::Number {
            from: 0.0,
            to: 1.0,
            label: "share of replications".to_owned(),
            format: Format::Percent,
        },
        y: Axis::Number {
            from: low - pad,
            to: high + pad,
            label: format!("difference ({})", response.unit),
            format: format_of(response.unit),
        },
        layers: difference_lines(&lines, response.unit),
    })
}

/// The differences of a design from the base where both have a figure, sorted; `None` without any.
fn sorted_differences(
    comparison: &Comparison,
    response: &ComparedResponse,
    design: usize,
) -> Option<Vec<f64>> {
    let observed = |design: usize| -> Option<&[Observation]> {
        let mut own = comparison.designs[design].outcome.responses.iter();
        let own = own.find(|known| known.key == response.key)?;
        Some(&own.observations)
    };
    let pairs = observed(0)?.iter().zip(observed(design)?);
    let mut differences: Vec<f64> = pairs
        .filter_map(|pair| match pair {
            (Observation::Value(base), Observation::Value(own)) => Some(own - base),
            _ => None,
        })
        .collect();
    differences.sort_by(f64::total_cmp);
    (!differences.is_empty()).then_some(differences)
}

/// Zero, then a line a design.
fn difference_lines(lines: &[(Paint, &str, Vec<f64>)], unit: &str) -> Vec<Layer> {
    let zero = Layer::Line {
        paint: Paint::End,
        tint: 1.0,
        width: 1,
        dashed: true,
        points: vec![(0.0, 0.0), (1.0, 0.0)],
        reading: None,
    };
    let of_designs = lines.iter().map(|(paint, name, sorted)| Layer::Line {
        paint: *paint,
        tint: 1.0,
        width: 2,
        dashed: false,
        points: quantiles(sorted),
        reading: Some(Reading {
            label: (*name).to_owned(),
            format: format_of(unit),
            lane: None,
        }),
    });
    std::iter::once(zero).chain(of_designs).collect()
}

/// Sorted values over the share of them.
fn quantiles(sorted: &[f64]) -> Vec<Point> {
    let last = sorted.len() - 1;
    let most = POINTS.min(last).max(1);
    (0..=most)
        .map(|point| {
            let share = point as f64 / most as f64;
            (share, sorted[(share * last as f64).round() as usize])
        })
        .collect()
}
