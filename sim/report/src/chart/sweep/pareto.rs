//! What two responses trade: the Pareto front.

use std::collections::BTreeSet;

use patchbench_study::Better;

use super::{figures_label, finite, shortened};
use crate::chart::compare::format_of;
use crate::chart::{Axis, Chart, Dot, Key, Layer, Paint};
use crate::compare::figure;
use crate::sweep::{Shown, SweepReport, labels};

/// Most designs in the plane.
const DESIGNS: usize = 1500;

/// What the first two responses that have a better end trade: each design a dot, and the designs that no
/// other one beats in both.
pub(super) fn pareto(report: SweepReport<'_>) -> Option<Chart> {
    let mut with_end = report.shown.iter().filter(|shown| shown.better().is_some());
    let (first, second) = (with_end.next()?, with_end.next()?);
    let mut dots: Vec<(f64, f64, u64)> = (0..report.designs.len())
        .filter_map(|design| Some((finite(first, design)?, finite(second, design)?, design)))
        .collect();
    if dots.len() < 3 {
        return None;
    }
    let mut front = front(&dots, [first.better()?, second.better()?]);
    let kept: BTreeSet<u64> = front.iter().map(|(_, _, design)| *design).collect();
    front.truncate(DESIGNS);
    dots.retain(|(_, _, design)| !kept.contains(design));
    dots.truncate(DESIGNS);
    let dot = |(x, y, design): &(f64, f64, u64)| Dot {
        x: *x,
        y: *y,
        text: design_words(report, (first, *x), (second, *y), *design),
    };
    let range = |values: &mut dyn Iterator<Item = f64>| {
        let values: Vec<f64> = values.collect();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let pad = if high > low {
            (high - low) * 0.06
        } else {
            high.abs().max(1.0) * 0.1
        };
        [(low - pad).min(0.0f64.max(low - pad)), high + pad]
    };
    let all = || dots.iter().chain(&front);
    let [x_from, x_to] = range(&mut all().map(|dot| dot.0));
    let [y_from, y_to] = range(&mut all().map(|dot| dot.1));
    let axis = |shown: &Shown, from: f64, to: f64| Axis::Number {
        from,
        to,
        label: format!("{}, {}", figures_label(shown), better_end(shown)),
        format: format_of(&shown.unit),
    };
    Some(Chart {
        name: "pareto-front".to_owned(),
        title: format!("{} against {}", first.title(), second.title()),
        about: "Each dot is a design; those on the front are beaten by no other design in both responses."
            .to_owned(),
        legend: vec![
            (Key::Dot(Paint::Limit), "on the Pareto front".to_owned()),
            (Key::Dot(Paint::Window), "beaten by another design".to_owned()),
        ],
        x: axis(first, x_from, x_to),
        y: axis(second, y_from, y_to),
        layers: vec![
            Layer::Dots {
                paint: Paint::Window,
                dots: dots.iter().map(dot).collect(),
            },
            Layer::Line {
                paint: Paint::Limit,
                tint: 0.6,
                width: 2,
                dashed: true,
                points: front.iter().map(|(x, y, _)| (*x, *y)).collect(),
                reading: None,
            },
            Layer::Dots {
                paint: Paint::Limit,
                dots: front.iter().map(dot).collect(),
            },
        ],
    })
}

fn better_end(shown: &Shown) -> &'static str {
    if shown.better() == Some(Better::Higher) {
        "more is better"
    } else {
        "less is better"
    }
}

fn design_words(report: SweepReport<'_>, x: (&Shown, f64), y: (&Shown, f64), design: u64) -> String {
    let point = report.designs.point(design);
    let levels = labels(report.sweep, &point);
    let factors = report.sweep.factors().zip(levels);
    let levels: Vec<String> = factors
        .take(6)
        .map(|(factor, level)| format!("{} {}", factor.name, shortened(level, 24)))
        .collect();
    format!(
        "design {design} ({}): {} {}, {} {}",
        levels.join(", "),
        x.0.selector.metric,
        figure(x.1, &x.0.unit),
        y.0.selector.metric,
        figure(y.1, &y.0.unit)
    )
}

/// Designs that no other one is at least as good as in both, and better in one; by the first response.
fn front(dots: &[(f64, f64, u64)], better: [Better; 2]) -> Vec<(f64, f64, u64)> {
    let sign = |better: Better| if better == Better::Higher { -1.0 } else { 1.0 };
    let [first, second] = better.map(sign);
    let mut sorted = dots.to_vec();
    sorted.sort_by(|one, other| {
        let by_first = (first * one.0).total_cmp(&(first * other.0));
        by_first
            .then((second * one.1).total_cmp(&(second * other.1)))
            .then(one.2.cmp(&other.2))
    });
    let mut best = f64::INFINITY;
    sorted.retain(|(_, y, _)| {
        let is_better = second * y < best;
        best = best.min(second * y);
        is_better
    });
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_is_what_nothing_beats() {
        let dots = [
            (1.0, 5.0, 0),
            (2.0, 5.0, 1),
            (2.0, 3.0, 2),
            (3.0, 4.0, 3),
            (4.0, 1.0, 4),
        ];
        let of = |better| -> Vec<u64> { front(&dots, better).iter().map(|dot| dot.2).collect() };
        assert_eq!(of([Better::Lower, Better::Lower]), [0, 2, 4]);
        assert_eq!(of([Better::Higher, Better::Higher]), [4, 3, 1]);
    }
}
