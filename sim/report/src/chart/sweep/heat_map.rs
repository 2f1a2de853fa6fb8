//! Two factors together, as a heat map.

use patchbench_scenario::{Axis as Factors, DesignKind};

use super::effects::Effect;
use super::{finite, shortened};
use crate::chart::{Axis, Bar, Chart, Dot, Key, Layer, Paint, file_part, row};
use crate::compare::figure;
use crate::sweep::{Shown, SweepReport, axis_name, level_name};

/// Most cells across and down, and the most across that hold their figure.
const ACROSS: usize = 40;
const DOWN: usize = 60;
const WRITTEN: usize = 14;
/// Most cells that say in words what they are.
const TOLD: usize = 600;

/// The two factors that do most, one across and one down; others are averaged over.
pub(super) fn heat_map(report: SweepReport<'_>, shown: &Shown, effects: &[Effect]) -> Option<Chart> {
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
        name: format!("heat-map-{}", file_part(shown.title())),
        title: format!(
            "{} by {} and {}",
            shown.title(),
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
                text: if height * width > TOLD {
                    String::new()
                } else {
                    format!(
                        "{} {}, {} {}: {shown_value}",
                        axis_name(down),
                        level_name(down, down_level),
                        axis_name(across),
                        level_name(across, column)
                    )
                },
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
