//! The charts of a run.

use patchbench_model::world::Measure;
use patchbench_study::MetricRow;

use super::intervals::Words;
use super::{Chart, Format, Key, Paint, Row, distinct, intervals};
use super::{groups, occupancy, over_time, rates, stairs, timeline, waits};
use crate::Report;
use crate::compare::figure;

/// At most this many groups and windows get charts of their own: the largest and the first ones.
const MOST: usize = 12;
/// From so many groups on there is one chart of all.
const MANY: usize = 4;
/// Most bad patches that are shown.
const BAD_PATCHES: usize = 24;

/// What a chart is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Timeline,
    Groups,
    Windows,
    Threshold,
    Exposure,
    BadPatches,
    Compliance,
}

/// All charts of a run, with their names told apart.
pub(crate) fn run_charts(report: Report<'_>) -> Vec<(Subject, Chart)> {
    let mut subjects = Vec::new();
    let mut charts = Vec::new();
    let mut add = |subject: Subject, some: Vec<Chart>| {
        subjects.extend(some.iter().map(|_| subject));
        charts.extend(some);
    };
    add(Subject::Timeline, vec![timeline::timeline(report)]);
    let largest = largest_groups(report);
    if largest.len() >= MANY {
        add(Subject::Groups, vec![groups::groups(report)]);
    }
    for group in largest.iter().take(MOST) {
        let ways = waits::waits(report, *group).or_else(|| stairs::stairs(report, *group));
        add(
            Subject::Groups,
            over_time::coverage(report, *group)
                .into_iter()
                .chain(ways)
                .collect(),
        );
    }
    let windows = report.results.occupancy.iter().take(MOST);
    add(
        Subject::Windows,
        windows.map(|curve| occupancy::occupancy(report, curve)).collect(),
    );
    add(Subject::Threshold, rates::thresholds(report));
    add(Subject::Exposure, exposure(report).into_iter().collect());
    add(Subject::Exposure, attainment(report).into_iter().collect());
    add(Subject::BadPatches, bad_patches(report).into_iter().collect());
    let compliance = largest
        .iter()
        .filter_map(|group| over_time::compliance(report, *group));
    add(Subject::Compliance, compliance.take(MOST).collect());
    distinct(&mut charts);
    subjects.into_iter().zip(charts).collect()
}

/// Groups that have nodes, the largest first.
pub(crate) fn largest_groups(report: Report<'_>) -> Vec<usize> {
    let results = report.results;
    let has = |group: &usize| {
        results.groups[*group].nodes > 0 && results.shares_of(*group, Measure::FullyPatched).is_some()
    };
    let mut groups: Vec<usize> = (0..results.groups.len()).filter(has).collect();
    groups.sort_by_key(|group| (std::cmp::Reverse(results.groups[*group].nodes), *group));
    groups
}

/// Rows of a metric that stand for all groups.
fn overall<'a>(report: Report<'a>, metric: &'a str) -> impl Iterator<Item = &'a MetricRow> {
    let alone = match report.results.groups.as_slice() {
        [group] => group.label(),
        _ => "",
    };
    let rows = report.results.metrics.iter();
    rows.filter(move |row| row.metric == metric && row.group == alone)
}

fn row_of(metric: &MetricRow, name: String, paint: Paint) -> Option<Row> {
    let summary = &metric.summary;
    let (mean, low, high) = (summary.mean?, summary.p05?, summary.p95?);
    let text = match metric.unit {
        "share" => format!(
            "{name}: mean {}, 5–95 % of replications {} to {}",
            Format::Percent.text(mean),
            Format::Percent.text(low),
            Format::Percent.text(high)
        ),
        unit => format!(
            "{name}: mean {}, 5–95 % of replications {} to {} {unit}",
            figure(mean, unit),
            figure(low, unit),
            figure(high, unit)
        ),
    };
    Some(Row {
        name,
        range: [low, high],
        value: mean,
        text,
        paint,
    })
}

fn mean_and_band() -> Vec<(Key, String)> {
    vec![
        (Key::Dot(Paint::Main), "mean".to_owned()),
        (
            Key::Band(Paint::Main),
            "5th to 95th percentile of replications".to_owned(),
        ),
    ]
}

fn exposure(report: Report<'_>) -> Option<Chart> {
    let rows: Vec<Row> = overall(report, "exposure")
        .filter(|row| !row.severity.is_empty())
        .filter_map(|row| row_of(row, row.severity.clone(), Paint::Main))
        .collect();
    let words = Words {
        name: "exposure".to_owned(),
        title: "Exposure by severity".to_owned(),
        about: "Days from the release of a patch until a node has it, summed over nodes and patches, by the \
                severity of the patches.",
        axis: "exposure (node-days)".to_owned(),
        format: Format::Decimal,
        legend: mean_and_band(),
        zero: None,
        from_zero: true,
    };
    intervals(words, &rows)
}

fn attainment(report: Report<'_>) -> Option<Chart> {
    let name = |row: &MetricRow| match row.severity.as_str() {
        "" => row.sla.clone(),
        severity => format!("{}, {severity}", row.sla),
    };
    let mut rows: Vec<Row> = overall(report, "sla_attainment")
        .filter_map(|row| row_of(row, name(row), Paint::Main))
        .collect();
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    let words = Words {
        name: "sla-attainment".to_owned(),
        title: "Patched by the deadline".to_owned(),
        about: "Share of nodes and patches that are patched by each deadline.",
        axis: "share of nodes and patches".to_owned(),
        format: Format::Percent,
        legend: mean_and_band(),
        zero: None,
        from_zero: true,
    };
    intervals(words, &rows)
}

fn bad_patches(report: Report<'_>) -> Option<Chart> {
    let mut bad: Vec<_> = report.results.bad_patches.iter().collect();
    let size = |patch: &&patchbench_study::BadPatchResult| patch.reached.mean.unwrap_or(0.0);
    bad.sort_by(|one, other| size(other).total_cmp(&size(one)));
    let rows: Vec<Row> = bad
        .into_iter()
        .take(BAD_PATCHES)
        .flat_map(|patch| {
            let name = patch.kb.as_deref().unwrap_or(&patch.patch);
            [
                (Paint::Main, "installed it or tried to", &patch.reached),
                (Paint::Harm, "broken", &patch.broken),
            ]
            .into_iter()
            .filter_map(move |(paint, what, summary)| {
                let (mean, low, high) = (summary.mean?, summary.p05?, summary.p95?);
                Some(Row {
                    name: name.to_owned(),
                    range: [low, high],
                    value: mean,
                    text: format!(
                        "{name}, nodes that {what}: mean {}, 5–95 % of {} replications {low} to {high}",
                        figure(mean, "nodes"),
                        summary.n
                    ),
                    paint,
                })
            })
        })
        .collect();
    let words = Words {
        name: "blast-radius".to_owned(),
        title: "Blast radius of bad patches".to_owned(),
        about: "Nodes that install each bad patch, and nodes that it breaks, over the replications in which \
                it is bad.",
        axis: "nodes".to_owned(),
        format: Format::Decimal,
        legend: vec![
            (Key::Dot(Paint::Main), "installed it or tried to: mean".to_owned()),
            (Key::Dot(Paint::Harm), "broken: mean".to_owned()),
            (
                Key::Band(Paint::End),
                "5th to 95th percentile of replications".to_owned(),
            ),
        ],
        zero: None,
        from_zero: true,
    };
    intervals(words, &rows)
}
