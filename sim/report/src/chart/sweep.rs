//! The charts of a sweep: what each factor does, two of them together, and what two responses trade.

use patchbench_scenario::{Axis as Factors, DesignKind};
use patchbench_study::Better;

use super::compare::format_of;
use super::intervals::Words;
use super::{Axis, Bar, Chart, Dot, Key, Layer, Paint, Row, distinct, file_part, intervals, label, row};
use crate::compare::figure;
use crate::sweep::{Shown, SweepReport, axis_name, labels, level_name};

/// Responses that get charts, levels of one, and designs in a plane.
const RESPONSES: usize = 6;
const LEVELS: usize = 60;
const DESIGNS: usize = 1500;
/// Most cells across and down of a heat map, and the most that hold their figure.
const ACROSS: usize = 40;
const DOWN: usize = 60;
const WRITTEN: usize = 14;

/// What a chart of a sweep is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SweepSubject {
    MainEffects,
    HeatMap,
    Pareto,
}

/// All charts.
pub(crate) fn sweep_charts(report: SweepReport<'_>) -> Vec<(SweepSubject, Chart)> {
    let mut subjects = Vec::new();
    let mut charts = Vec::new();
    let mut add = |subject: SweepSubject, chart: Option<Chart>| {
        subjects.extend(chart.as_ref().map(|_| subject));
        charts.extend(chart);
    };
    for shown in report.shown.iter().take(RESPONSES) {
        let effects = effects(report, shown);
        add(SweepSubject::MainEffects, by_level(report, shown));
        add(SweepSubject::MainEffects, tornado(report, shown, &effects));
        add(SweepSubject::HeatMap, heat_map(report, shown, &effects));
    }
    add(SweepSubject::Pareto, pareto(report));
    distinct(&mut charts);
    subjects.into_iter().zip(charts).collect()
}

fn title(shown: &Shown) -> &str {
    if shown.title.is_empty() {
        &shown.selector.metric
    } else {
        &shown.title
    }
}

/// What an axis of figures is called.
fn figures_label(shown: &Shown) -> String {
    format!("{} ({})", shown.selector.metric.replace('_', " "), shown.unit)
}

fn finite(shown: &Shown, design: u64) -> Option<f64> {
    let found = shown.figures.get(design as usize)?;
    found.rank().filter(|rank| rank.is_finite())
}

/// One axis: the mean figure of the designs at each of its levels.
struct Effect {
    axis: usize,
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
fn effects(report: SweepReport<'_>, shown: &Shown) -> Vec<Effect> {
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
fn by_level(report: SweepReport<'_>, shown: &Shown) -> Option<Chart> {
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
        name: format!("levels-{}", file_part(title(shown))),
        title: format!("{} by {}", title(shown), axis_name(axis)),
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
fn tornado(report: SweepReport<'_>, shown: &Shown, effects: &[Effect]) -> Option<Chart> {
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
        name: format!("tornado-{}", file_part(title(shown))),
        title: format!("{}: how far each factor moves it", title(shown)),
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

/// The two factors that do most, one across and one down; others are averaged over.
fn heat_map(report: SweepReport<'_>, shown: &Shown, effects: &[Effect]) -> Option<Chart> {
    let [first, second, ..] = effects else { return None };
    if report.sweep.kind == DesignKind::OneAtATime {
        return None;
    }
    let mut pair = [first.axis, second.axis];
    pair.sort_unstable();
    let [down, across] = pair.map(|axis| &report.sweep.axes[axis]);
    let (height, width) = (down.levels(), across.levels());
    if height > DOWN || width > ACROSS {
        return None;
    }
    let cells = cells(report, shown, pair);
    let known = cells.iter().flatten().flatten().copied();
    let (low, high) = (
        known.clone().min_by(f64::total_cmp)?,
        known.max_by(f64::total_cmp)?,
    );
    let names = |axis: &Factors, most: usize| -> Vec<String> {
        let name = |level| shortened(&level_name(axis, level), most);
        (0..axis.levels()).map(name).collect()
    };
    let others = report.sweep.axes.len() - 2;
    let averaged = match others {
        0 => String::new(),
        1 => "; a mean over the levels of the other factor".to_owned(),
        count => format!("; means over the levels of {count} other factors"),
    };
    Some(Chart {
        name: format!("heat-map-{}", file_part(title(shown))),
        title: format!(
            "{} by {} and {}",
            title(shown),
            axis_name(down),
            axis_name(across)
        ),
        about: format!(
            "The figure at each pair of levels of {} (down) and {} (across), from {} to {}{averaged}.",
            axis_name(down),
            axis_name(across),
            figure(low, &shown.unit),
            figure(high, &shown.unit)
        ),
        legend: vec![(
            Key::Ramp,
            format!(
                "from {} to {} {}",
                figure(low, &shown.unit),
                figure(high, &shown.unit),
                shown.unit
            ),
        )],
        x: Axis::Names {
            names: names(across, (110 / width.max(1)).max(2)),
            label: axis_name(across),
        },
        y: Axis::Names {
            names: names(down, 30),
            label: axis_name(down),
        },
        layers: layers(shown, (down, across), &cells, [low, high]),
    })
}

/// The mean figure of the designs at each pair of levels.
fn cells(report: SweepReport<'_>, shown: &Shown, [down, across]: [usize; 2]) -> Vec<Vec<Option<f64>>> {
    let (height, width) = (
        report.sweep.axes[down].levels(),
        report.sweep.axes[across].levels(),
    );
    let mut sums = vec![vec![(0.0, 0u32); width]; height];
    for design in 0..report.designs.len() {
        let point = report.designs.point(design);
        if let (Some(row), Some(column), Some(value)) = (point[down], point[across], finite(shown, design)) {
            sums[row][column].0 += value;
            sums[row][column].1 += 1;
        }
    }
    let mean = |(sum, count): (f64, u32)| (count > 0).then(|| sum / f64::from(count));
    sums.into_iter()
        .map(|row| row.into_iter().map(mean).collect())
        .collect()
}

fn layers(
    shown: &Shown,
    (down, across): (&Factors, &Factors),
    cells: &[Vec<Option<f64>>],
    [low, high]: [f64; 2],
) -> Vec<Layer> {
    let (height, width) = (cells.len(), across.levels());
    let mut bars: Vec<Vec<Bar>> = vec![Vec::new(); 10];
    let mut words: [Vec<Dot>; 2] = Default::default();
    for (down_level, cells) in cells.iter().enumerate() {
        let y = row(down_level, height);
        for (column, cell) in cells.iter().enumerate() {
            let Some(value) = cell else { continue };
            let share = if high > low {
                (value - low) / (high - low)
            } else {
                0.5
            };
            let level = ((share * 10.0) as usize).min(9);
            let x = column as f64 + 0.5;
            let shown_value = figure(*value, &shown.unit);
            bars[level].push(Bar {
                x: [x - 0.5, x + 0.5],
                y: [y - 0.5, y + 0.5],
                text: format!(
                    "{} {}, {} {}: {shown_value}",
                    axis_name(down),
                    level_name(down, down_level),
                    axis_name(across),
                    level_name(across, column)
                ),
            });
            words[usize::from(level >= 6)].push(Dot {
                x,
                y,
                text: shown_value,
            });
        }
    }
    let mut layers: Vec<Layer> = (0u8..)
        .zip(bars)
        .filter(|(_, bars)| !bars.is_empty())
        .map(|(level, bars)| Layer::Bars {
            paint: Paint::Ramp(level),
            tint: 1.0,
            bars,
        })
        .collect();
    if width <= WRITTEN {
        let [light, dark] = words;
        layers.push(Layer::Words {
            on_dark: false,
            words: light,
        });
        layers.push(Layer::Words {
            on_dark: true,
            words: dark,
        });
    }
    layers
}

/// A name for a column.
fn shortened(name: &str, most: usize) -> String {
    let name = label(name);
    if name.chars().count() <= most {
        return name;
    }
    name.chars().take(most - 1).chain(['…']).collect()
}

/// What the first two responses that have a better end trade: each design a dot, and the designs that no
/// other one beats in both.
fn pareto(report: SweepReport<'_>) -> Option<Chart> {
    let mut with_end = report.shown.iter().filter(|shown| shown.better().is_some());
    let (first, second) = (with_end.next()?, with_end.next()?);
    let mut dots: Vec<(f64, f64, u64)> = (0..report.designs.len())
        .filter_map(|design| Some((finite(first, design)?, finite(second, design)?, design)))
        .collect();
    if dots.len() < 3 {
        return None;
    }
    let front = front(&dots, [first.better()?, second.better()?]);
    let kept: Vec<u64> = front.iter().map(|(_, _, design)| *design).collect();
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
        title: format!("{} against {}", title(first), title(second)),
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
