//! Everything on one axis of time: releases, openings of windows, approvals, how far each patch group is,
//! change freezes and dated changes.

use patchbench_kernel::SimTime;
use patchbench_model::clock::to_utc;
use patchbench_model::world::Measure;
use patchbench_study::WindowResult;

use super::instants::{MOST as MARKS, named_instants, within};
use super::over_time::lane;
use super::run::largest_groups;
use super::{Axis, Bar, Chart, Key, Layer, Mark, Paint, at, file_part, label, row};
use crate::changes_text::change_lines;
use crate::{Report, date_time};

/// Most rows of windows, and of groups; the others share a row.
const ROWS: usize = 12;
/// Most openings of all rows of windows; beyond it, and beyond the marks of a row, they are shown by month.
const OPENINGS: usize = 1500;
/// Of the height of a row, from its bottom: where its band ends, and where marks above it do.
const BAND: f64 = 0.66;
const TICK: f64 = 0.94;

/// The rows of the chart, from the top.
struct Rows<'a> {
    windows: Vec<(String, Vec<&'a WindowResult>)>,
    groups: Vec<usize>,
    /// Groups that share the last row.
    others: Vec<usize>,
}

/// The chart.
pub(super) fn timeline(report: Report<'_>) -> Chart {
    let rows = rows(report);
    let names = names(report, &rows);
    let count = names.len();
    let behind = [freezes(report, count), changes(report)];
    let mut layers: Vec<Layer> = behind.into_iter().flatten().collect();
    layers.push(releases(report, count));
    for (index, (_, openings)) in rows.windows.iter().enumerate() {
        let most = (OPENINGS / rows.windows.len()).min(MARKS);
        layers.extend(openings_of(report, openings, row(index + 1, count), most));
    }
    let first = rows.windows.len() + 1;
    for (index, group) in rows.groups.iter().enumerate() {
        let middle = row(first + index, count);
        let place = [middle - 0.5 + 0.04, middle - 0.5 + BAND];
        let curve = report.results.shares_of(*group, Measure::FullyPatched);
        layers.extend(curve.map(|curve| lane(report, curve, place)).unwrap_or_default());
        layers.push(approvals(report, &[*group], middle));
    }
    if !rows.others.is_empty() {
        layers.push(approvals(report, &rows.others, row(count - 1, count)));
    }
    Chart {
        name: format!("timeline-{}", file_part(&report.scenario.name)),
        title: "Releases, windows, approvals and coverage".to_owned(),
        about: "When patches are released, windows open and patches are approved, and which share of each \
                patch group has everything that is approved for it."
            .to_owned(),
        legend: legend(&layers),
        x: Axis::period(&report.scenario.config, "date (UTC)"),
        y: Axis::Names {
            names,
            label: String::new(),
        },
        layers,
    }
}

fn rows(report: Report<'_>) -> Rows<'_> {
    let mut windows: Vec<(String, Vec<&WindowResult>)> = Vec::new();
    for opening in &report.results.windows {
        match windows.iter_mut().find(|(name, _)| *name == opening.window) {
            Some((_, openings)) => openings.push(opening),
            None => windows.push((opening.window.clone(), vec![opening])),
        }
    }
    if windows.len() > ROWS {
        let rest = windows.split_off(ROWS - 1);
        let name = format!("and {} others", rest.len());
        let mut openings: Vec<&WindowResult> = rest.into_iter().flat_map(|(_, openings)| openings).collect();
        // Months are told apart in the order of time, whatever window opens.
        openings.sort_by_key(|opening| opening.opens);
        windows.push((name, openings));
    }
    let mut groups = largest_groups(report);
    groups.retain(|group| report.results.groups[*group].targeted || groups_is_offered(report, *group));
    let others = match groups.len() {
        count if count > ROWS => groups.split_off(ROWS - 1),
        _ => Vec::new(),
    };
    Rows {
        windows,
        groups,
        others,
    }
}

fn groups_is_offered(report: Report<'_>, group: usize) -> bool {
    report.results.offered(Some(group)).next().is_some()
}

fn names(report: Report<'_>, rows: &Rows<'_>) -> Vec<String> {
    let groups = rows.groups.iter().map(|group| &report.results.groups[*group]);
    let rest = (!rows.others.is_empty()).then(|| format!("{} other groups", rows.others.len()));
    std::iter::once("releases".to_owned())
        .chain(
            rows.windows
                .iter()
                .map(|(name, _)| format!("window {}", label(name))),
        )
        .chain(groups.map(|group| format!("group {}", label(group.label()))))
        .chain(rest)
        .collect()
}

fn freezes(report: Report<'_>, rows: usize) -> Option<Layer> {
    let config = &report.scenario.config;
    let bar = |freeze: &patchbench_model::config::ChangeFreeze| Bar {
        x: [
            at(freeze.from.max(config.start)),
            at(freeze.until.min(config.horizon)),
        ],
        y: [0.0, rows as f64],
        text: format!(
            "{} to {} change freeze {}",
            date_time(freeze.from),
            date_time(freeze.until),
            freeze.name
        ),
    };
    let shown = config.freezes.iter().map(bar).filter(|bar| bar.x[0] < bar.x[1]);
    let bars: Vec<Bar> = shown.take(MARKS).collect();
    (!bars.is_empty()).then_some(Layer::Bars {
        paint: Paint::Freeze,
        tint: 0.22,
        bars,
    })
}

fn changes(report: Report<'_>) -> Option<Layer> {
    let config = &report.scenario.config;
    let lines = change_lines(config);
    let mark = |(change, text): (&patchbench_model::config::Change, String)| Mark {
        x: at(change.at),
        text,
    };
    let shown = config.changes.iter().zip(lines).map(mark);
    let marks: Vec<Mark> = shown.filter(|mark| within(config, mark.x)).take(MARKS).collect();
    (!marks.is_empty()).then_some(Layer::Uprights {
        paint: Paint::Harm,
        dashed: true,
        marks,
    })
}

fn releases(report: Report<'_>, rows: usize) -> Layer {
    let certain = report.results.patches.iter().filter(|patch| !patch.drawn);
    let named = certain.map(|patch| (patch.released, patch.kb.as_deref().unwrap_or(&patch.patch)));
    let middle = row(0, rows);
    Layer::Strokes {
        paint: Paint::End,
        height: [middle - 0.3, middle + 0.3],
        marks: named_instants(&report.scenario.config, named, "released"),
    }
}

fn approvals(report: Report<'_>, groups: &[usize], middle: f64) -> Layer {
    let offered = groups
        .iter()
        .flat_map(|group| report.results.offered(Some(*group)))
        .filter(|(patch, _)| !patch.drawn)
        .map(|(patch, approved)| (approved, patch.kb.as_deref().unwrap_or(&patch.patch)));
    Layer::Strokes {
        paint: Paint::Approval,
        height: [middle - 0.5 + BAND + 0.02, middle - 0.5 + TICK],
        marks: named_instants(&report.scenario.config, offered, "approved"),
    }
}

/// The openings of a row: those that take place, and those that a freeze holds back.
fn openings_of(report: Report<'_>, openings: &[&WindowResult], middle: f64, most: usize) -> Vec<Layer> {
    let horizon = report.scenario.config.horizon;
    let kinds = [(Paint::Window, false), (Paint::Freeze, true)];
    kinds
        .into_iter()
        .filter_map(|(paint, frozen)| {
            let own: Vec<&WindowResult> = openings
                .iter()
                .copied()
                .filter(|opening| opening.frozen_by.is_some() == frozen)
                .collect();
            let y = [middle - 0.28, middle + 0.28];
            let bars = if own.len() > most {
                by_month(&own, y)
            } else {
                own.iter().map(|opening| bar(opening, y, horizon)).collect()
            };
            let tint = if own.len() > most { 0.45 } else { 1.0 };
            (!bars.is_empty()).then_some(Layer::Bars { paint, tint, bars })
        })
        .collect()
}

fn bar(opening: &WindowResult, y: [f64; 2], horizon: SimTime) -> Bar {
    let held = opening.frozen_by.as_ref().map_or_else(String::new, |freeze| {
        format!(", held back by the freeze {freeze}")
    });
    Bar {
        x: [
            at(opening.opens),
            at(opening.closes.min(horizon).max(opening.opens)),
        ],
        y,
        text: format!(
            "{} {} opens ({} {}){held}",
            date_time(opening.opens),
            opening.window,
            opening.local,
            opening.zone
        ),
    }
}

/// One bar a month, from its first opening to its last end.
fn by_month(openings: &[&WindowResult], y: [f64; 2]) -> Vec<Bar> {
    let month = |opening: &WindowResult| to_utc(opening.opens).format("%Y-%m").to_string();
    openings
        .chunk_by(|one, other| month(one) == month(other))
        .filter_map(|openings| {
            let (first, last) = (openings.first()?, openings.last()?);
            Some(Bar {
                x: [at(first.opens), at(last.closes)],
                y,
                text: format!(
                    "{} to {}: {} openings",
                    date_time(first.opens),
                    date_time(last.closes),
                    openings.len()
                ),
            })
        })
        .collect()
}

fn legend(layers: &[Layer]) -> Vec<(Key, String)> {
    let has = |wanted: Paint| {
        layers.iter().any(|layer| match layer {
            Layer::Bars { paint, bars, .. } => *paint == wanted && !bars.is_empty(),
            Layer::Strokes { paint, marks, .. } | Layer::Uprights { paint, marks, .. } => {
                *paint == wanted && !marks.is_empty()
            }
            Layer::Area { paint, .. } => *paint == wanted,
            _ => false,
        })
    };
    let all = [
        (Key::Upright(Paint::End), "patches are released"),
        (Key::Bar(Paint::Window), "window is open"),
        (Key::Upright(Paint::Approval), "patches are approved"),
        (Key::Line(Paint::Main), "share of nodes with everything approved"),
        (Key::Bar(Paint::Freeze), "change freeze"),
        (Key::Dashed(Paint::Harm), "something is changed"),
    ];
    all.into_iter()
        .filter(|(key, _)| has(key.paint()))
        .map(|(key, text)| (key, text.to_owned()))
        .collect()
}
