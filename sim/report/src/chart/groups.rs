//! Many groups at once: a row for each, the darker the more of its nodes have everything approved.

use patchbench_model::world::Measure;
use patchbench_study::{ShareCurve, ShareSpan};

use super::run::largest_groups;
use super::{Axis, Bar, Chart, Key, Layer, Paint, at, label, row};
use crate::Report;

/// Name of the chart.
pub(crate) const ALL_GROUPS: &str = "coverage-all-groups";
/// Most rows; the smallest groups share the last one.
const ROWS: usize = 40;
/// So many spans of a curve are one stretch of a row.
const SPANS: usize = 4;
const LEVELS: u8 = 10;

/// The chart.
pub(super) fn groups(report: Report<'_>) -> Chart {
    let all = largest_groups(report);
    let (own, others) = all.split_at(if all.len() > ROWS { ROWS - 1 } else { all.len() });
    let mut names: Vec<String> = own
        .iter()
        .map(|group| label(report.results.groups[*group].label()))
        .collect();
    let mut rows: Vec<Vec<usize>> = own.iter().map(|group| vec![*group]).collect();
    if !others.is_empty() {
        names.push(format!("{} other groups", others.len()));
        rows.push(others.to_vec());
    }
    let mut bars: Vec<Vec<Bar>> = vec![Vec::new(); usize::from(LEVELS)];
    for (index, members) in rows.iter().enumerate() {
        let middle = row(index, rows.len());
        for (level, from, to) in stretches(report, members) {
            bars[usize::from(level)].push(Bar {
                x: [from, to],
                y: [middle - 0.46, middle + 0.46],
                text: String::new(),
            });
        }
    }
    let layers = (0..LEVELS).zip(bars).filter(|(_, bars)| !bars.is_empty());
    Chart {
        name: ALL_GROUPS.to_owned(),
        title: "All patch groups: nodes with every approved patch installed".to_owned(),
        about: "A row for each patch group, the darker the more of its nodes have every patch that is \
                approved for them (median of replications)."
            .to_owned(),
        legend: vec![(Key::Ramp, "from none to all of the nodes".to_owned())],
        x: Axis::period(&report.scenario.config, "date (UTC)"),
        y: Axis::Names {
            names,
            label: String::new(),
        },
        layers: layers
            .map(|(level, bars)| Layer::Bars {
                paint: Paint::Ramp(level),
                tint: 1.0,
                bars,
            })
            .collect(),
    }
}

/// Stretches of time in which the groups of a row are at one level.
fn stretches(report: Report<'_>, members: &[usize]) -> Vec<(u8, f64, f64)> {
    let curves: Vec<(&ShareCurve, f64)> = members
        .iter()
        .filter_map(|group| {
            let curve = report.results.shares_of(*group, Measure::FullyPatched)?;
            Some((curve, f64::from(report.results.groups[*group].nodes)))
        })
        .collect();
    let Some((first, _)) = curves.first() else {
        return Vec::new();
    };
    let mut stretches: Vec<(u8, f64, f64)> = Vec::new();
    for start in (0..first.spans.len()).step_by(SPANS) {
        let end = (start + SPANS).min(first.spans.len());
        let (from, to) = (at(first.at[start]), at(first.at[end]));
        let Some(share) = share(&curves, start..end) else {
            continue;
        };
        let level = ((share * f64::from(LEVELS)) as u8).min(LEVELS - 1);
        match stretches.last_mut() {
            Some(last) if last.0 == level && last.2 == from => last.2 = to,
            _ => stretches.push((level, from, to)),
        }
    }
    stretches
}

/// The share of the nodes of some groups that have everything, at its lowest in some spans.
fn share(curves: &[(&ShareCurve, f64)], spans: std::ops::Range<usize>) -> Option<f64> {
    let (mut sum, mut nodes) = (0.0, 0.0);
    for (curve, size) in curves {
        let low = |span: &ShareSpan| span.p50[0];
        let lowest = curve.spans[spans.clone()].iter().flatten().map(low);
        if let Some(lowest) = lowest.min_by(f64::total_cmp) {
            sum += lowest * size;
            nodes += size;
        }
    }
    (nodes > 0.0).then(|| sum / nodes)
}
