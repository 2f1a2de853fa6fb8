//! What factors do to a response: by level where there is one, how far each moves it where there are several.

use patchbench_scenario::DesignKind;

use super::{figures_label, finite};
use crate::chart::compare::format_of;
use crate::chart::intervals::Words;
use crate::chart::{Chart, Key, Paint, Row, file_part, intervals};
use crate::compare::figure;
use crate::sweep::{Shown, SweepReport, axis_name, level_name};

/// Most levels that are shown.
const LEVELS: usize = 60;

/// One axis: the mean figure of the designs at each of its levels.
pub(super) struct Effect {
    pub(super) axis: usize,
    means: Vec<Option<f64>>,
}

impl Effect {
    /// The least and the largest mean, with their levels.
    fn ends(&self) -> Option<[(f64, usize); 2]> {
        let known = self.means.iter().enumerate();
        let known = known.filter_map(|(level, mean)| Some(((*mean)?, level)));
        let order = |one: &(f64, usize), other: &(f64, usize)| one.0.total_cmp(&other.0);
        Some([known.clone().min_by(order)?, known.max_by(order)?])
    }

    fn size(&self) -> f64 {
        self.ends().map_or(0.0, |[low, high]| high.0 - low.0)
    }
}

/// What the factors do, the strongest one first.
pub(super) fn effects(report: SweepReport<'_>, shown: &Shown) -> Vec<Effect> {
    let mut sums: Vec<Vec<(f64, u32)>> = report
        .sweep
        .axes
        .iter()
        .map(|axis| vec![(0.0, 0); axis.levels()])
        .collect();
    for design in 0..report.designs.len() {
        let Some(value) = finite(shown, design) else {
            continue;
        };
        for (axis, level) in report.designs.point(design).iter().enumerate() {
            if let Some(level) = level {
                let (sum, count) = &mut sums[axis][*level];
                *sum += value;
                *count += 1;
            }
        }
    }
    let mean = |(sum, count): (f64, u32)| (count > 0).then(|| sum / f64::from(count));
    let mut effects: Vec<Effect> = sums
        .into_iter()
        .enumerate()
        .map(|(axis, sums)| Effect {
            axis,
            means: sums.into_iter().map(mean).collect(),
        })
        .collect();
    effects.sort_by(|one, other| {
        other
            .size()
            .total_cmp(&one.size())
            .then(one.axis.cmp(&other.axis))
    });
    effects
}

/// The figures of a sweep of one factor, level by level.
pub(super) fn by_level(report: SweepReport<'_>, shown: &Shown) -> Option<Chart> {
    let [axis] = report.sweep.axes.as_slice() else {
        return None;
    };
    let rows: Vec<Row> = (0..report.designs.len())
        .filter_map(|design| {
            let level = report.designs.point(design).first().copied().flatten()?;
            let found = &shown.figures[design as usize];
            let (value, (low, high)) = (found.estimate()?, found.interval()?);
            let name = level_name(axis, level);
            let [value_text, low_text, high_text] =
                [value, low, high].map(|value| figure(value, &shown.unit));
            Some(Row {
                text: format!("{name}: {value_text} ({low_text} to {high_text})"),
                name,
                range: [low, high],
                value,
                paint: Paint::Main,
            })
        })
        .take(LEVELS)
        .collect();
    let words = Words {
        name: format!("levels-{}", file_part(shown.title())),
        title: format!("{} by {}", shown.title(), axis_name(axis)),
        about: "The estimate at each level, with its 95 % interval.",
        axis: figures_label(shown),
        format: format_of(&shown.unit),
        legend: vec![
            (Key::Dot(Paint::Main), "estimate".to_owned()),
            (Key::Band(Paint::Main), "its 95 % interval".to_owned()),
        ],
        zero: None,
        from_zero: false,
    };
    intervals(words, &rows)
}

/// How far each factor moves a response: the longest bar first.
pub(super) fn tornado(report: SweepReport<'_>, shown: &Shown, effects: &[Effect]) -> Option<Chart> {
    if report.sweep.axes.len() < 2 {
        return None;
    }
    let alone = report.sweep.kind == DesignKind::OneAtATime;
    let (base, meaning) = if alone {
        (finite(shown, 0)?, "the scenario as it is")
    } else {
        let all: Vec<f64> = (0..report.designs.len())
            .filter_map(|design| finite(shown, design))
            .collect();
        let mean = all.iter().sum::<f64>() / all.len().max(1) as f64;
        ((!all.is_empty()).then_some(mean)?, "mean of all designs")
    };
    let rows: Vec<Row> = effects
        .iter()
        .take(LEVELS)
        .filter_map(|effect| {
            let [(low, at_low), (high, at_high)] = effect.ends()?;
            let axis = &report.sweep.axes[effect.axis];
            Some(Row {
                name: axis_name(axis),
                range: [low.min(base), high.max(base)],
                value: base,
                text: format!(
                    "{}: {} at {}, {} at {}",
                    axis_name(axis),
                    figure(low, &shown.unit),
                    level_name(axis, at_low),
                    figure(high, &shown.unit),
                    level_name(axis, at_high)
                ),
                paint: Paint::Main,
            })
        })
        .collect();
    let words = Words {
        name: format!("tornado-{}", file_part(shown.title())),
        title: format!("{}: how far each factor moves it", shown.title()),
        about: if alone {
            "From the least to the largest figure when one factor is varied and the others are as in the scenario."
        } else {
            "From the least to the largest mean over the designs at each level of a factor."
        },
        axis: figures_label(shown),
        format: format_of(&shown.unit),
        legend: vec![
            (Key::Band(Paint::Main), "from the least to the largest".to_owned()),
            (Key::Dot(Paint::Main), meaning.to_owned()),
        ],
        zero: None,
        from_zero: false,
    };
    intervals(words, &rows)
}
