//! How approvals become windows and windows become installs: counts of a group's patches over time, so
//! that the way from one stair to the next is the time between them.

use patchbench_study::PatchResult;

use super::{Axis, Chart, Format, Key, Layer, Paint, Point, Reading, at, file_part};
use crate::Report;

const MILLIS_PER_DAY: f64 = 86_400_000.0;

/// When a patch got to a step, if it did.
type Instant = fn(&PatchResult) -> Option<f64>;

/// The chart of a group, where any of its patches comes at a date that all replications share.
pub(super) fn stairs(report: Report<'_>, group: usize) -> Option<Chart> {
    let (from, to) = (report.scenario.config.start, report.scenario.config.horizon);
    let own = report.results.offered(Some(group)).map(|(patch, _)| patch);
    let certain: Vec<&PatchResult> = own.filter(|patch| !patch.drawn).collect();
    if certain.is_empty() {
        return None;
    }
    let steps: [(Paint, bool, &str, Instant); 4] = [
        (Paint::Approval, false, "approved", |patch| patch.approved.map(at)),
        (Paint::End, true, "a window has opened since", |patch| {
            patch.first_window.map(at)
        }),
        (Paint::Main, false, "on half of the nodes (median)", |patch| {
            covered(patch, 50)
        }),
        (Paint::Limit, false, "on 95 % of the nodes (median)", |patch| {
            covered(patch, 95)
        }),
    ];
    let layers = steps
        .iter()
        .map(|(paint, dashed, label, instant)| Layer::Line {
            paint: *paint,
            tint: 1.0,
            width: 2,
            dashed: *dashed,
            points: risers(
                certain.iter().filter_map(|patch| instant(patch)),
                [at(from), at(to)],
            ),
            reading: Some(Reading {
                label: (*label).to_owned(),
                format: Format::Whole,
                lane: None,
            }),
        })
        .collect();
    let legend = steps.iter().map(|(paint, dashed, label, _)| {
        let key = if *dashed {
            Key::Dashed(*paint)
        } else {
            Key::Line(*paint)
        };
        (key, (*label).to_owned())
    });
    let known = &report.results.groups[group];
    Some(Chart {
        name: format!("stairs-{}", file_part(known.label())),
        title: format!("{}: from approval to installed", known.label()),
        about: "How many patches are approved, have seen a window open since, and are installed on half and \
                on 95 % of the nodes; the way from one line to the next is the wait between them."
            .to_owned(),
        legend: legend.collect(),
        x: Axis::period(&report.scenario.config, "date (UTC)"),
        y: Axis::Number {
            from: 0.0,
            to: certain.len() as f64 * 1.08,
            label: "patches".to_owned(),
            format: Format::Whole,
        },
        layers,
    })
}

/// When the median replication had a patch on a share of the nodes.
fn covered(patch: &PatchResult, percent: u32) -> Option<f64> {
    let days = patch.reached(percent)?.p50?;
    Some(at(patch.released) + days * MILLIS_PER_DAY)
}

/// How many of some instants have passed, over a period.
fn risers(instants: impl Iterator<Item = f64>, [from, to]: [f64; 2]) -> Vec<Point> {
    let mut instants: Vec<f64> = instants.filter(|instant| *instant <= to).collect();
    instants.sort_by(f64::total_cmp);
    let mut points = vec![(from, 0.0)];
    for (index, instant) in instants.iter().enumerate() {
        let instant = instant.max(from);
        // Instants that are the same make one riser.
        if instants.get(index + 1).is_none_or(|next| *next > instant) {
            points.push((instant, points.last().map_or(0.0, |(_, count)| *count)));
            points.push((instant, (index + 1) as f64));
        }
    }
    points.push((to, instants.len() as f64));
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_become_stairs_within_the_period() {
        let points = risers([5.0, -1.0, 5.0, 20.0].into_iter(), [0.0, 10.0]);
        let wanted = [
            (0.0, 0.0),
            (0.0, 0.0),
            (0.0, 1.0),
            (5.0, 1.0),
            (5.0, 3.0),
            (10.0, 3.0),
        ];
        assert_eq!(points, wanted);
    }
}
