//! The way of each patch: from its release to its approval, to the first window after it, and until half and
//! 95 % of the nodes have it, as days from the release, so that months lie below each other.

use patchbench_kernel::SimTime;
use patchbench_study::PatchResult;

use super::{Axis, Bar, Chart, Format, Key, Layer, Paint, file_part, label, row};
use crate::{Report, date_time};

/// More patches than these are shown as stairs.
pub(super) const PATCHES: usize = 30;

/// One part of the way: its colour, its meaning, and from when to when.
const PARTS: [(Paint, f64, &str); 4] = [
    (Paint::End, 0.4, "waits for approval"),
    (Paint::Freeze, 0.9, "waits for a window"),
    (Paint::Window, 0.9, "until half of the nodes have it (median)"),
    (Paint::Main, 1.0, "until 95 % of them have it (median)"),
];

/// The chart of a group, where it is offered some patches, but not too many.
pub(super) fn waits(report: Report<'_>, group: usize) -> Option<Chart> {
    let offered: Vec<(&PatchResult, SimTime)> = report.results.offered(Some(group)).collect();
    if offered.is_empty() || offered.len() > PATCHES {
        return None;
    }
    let mut bars: [Vec<Bar>; 4] = Default::default();
    let mut longest = 0.0f64;
    for (index, (patch, approved)) in offered.iter().enumerate() {
        let middle = row(index, offered.len());
        let mut from = 0.0;
        for (part, to) in ends(patch, *approved).into_iter().enumerate() {
            let Some(to) = to.filter(|to| *to > from) else {
                continue;
            };
            bars[part].push(Bar {
                x: [from, to],
                y: [middle - 0.3, middle + 0.3],
                text: text(patch, *approved, (part, from, to)),
            });
            (from, longest) = (to, longest.max(to));
        }
    }
    let name = |patch: &PatchResult| label(patch.kb.as_deref().unwrap_or(&patch.patch));
    let known = &report.results.groups[group];
    Some(Chart {
        name: format!("waits-{}", file_part(known.label())),
        title: format!("{}: from release to installed, patch by patch", known.label()),
        about:
            "For each patch: the days from its release to its approval, to the first window after it, and \
                until half and 95 % of the nodes have it. A patch that is not that far by the end of the \
                simulated period has no such part."
                .to_owned(),
        legend: PARTS
            .iter()
            .map(|(paint, tint, meaning)| {
                let key = if *tint < 0.5 {
                    Key::Band(*paint)
                } else {
                    Key::Bar(*paint)
                };
                (key, (*meaning).to_owned())
            })
            .collect(),
        x: Axis::Number {
            from: 0.0,
            to: if longest > 0.0 { longest * 1.04 } else { 1.0 },
            label: "days after the release".to_owned(),
            format: Format::Decimal,
        },
        y: Axis::Names {
            names: offered.iter().map(|(patch, _)| name(patch)).collect(),
            label: String::new(),
        },
        layers: PARTS
            .iter()
            .zip(bars)
            .map(|((paint, tint, _), bars)| Layer::Bars {
                paint: *paint,
                tint: *tint,
                bars,
            })
            .collect(),
    })
}

/// Days from the release to the end of each part.
fn ends(patch: &PatchResult, approved: SimTime) -> [Option<f64>; 4] {
    let days = |at: SimTime| (at - patch.released).as_days_f64();
    // The window of one replication tells nothing where each draws its dates.
    let window = patch.first_window.filter(|_| !patch.drawn).map(days);
    let reached = |percent: u32| patch.reached(percent).and_then(|days| days.p50);
    [Some(days(approved)), window, reached(50), reached(95)]
}

fn text(patch: &PatchResult, approved: SimTime, (part, from, to): (usize, f64, f64)) -> String {
    let name = label(patch.kb.as_deref().unwrap_or(&patch.patch));
    let dates = if patch.drawn {
        String::new()
    } else {
        format!(
            " (released {}, approved {})",
            date_time(patch.released),
            date_time(approved)
        )
    };
    let meaning = PARTS[part].2;
    format!("{name}: day {from:.1} to {to:.1} {meaning}{dates}")
}
