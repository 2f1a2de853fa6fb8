//! The charts of a sweep: what each factor does, two of them together, and what two responses trade.

mod effects;
mod heat_map;
mod pareto;

use super::{Chart, distinct, label};
use crate::sweep::{Shown, SweepReport};

/// Responses that get charts.
const RESPONSES: usize = 6;

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
        let effects = effects::effects(report, shown);
        add(SweepSubject::MainEffects, effects::by_level(report, shown));
        add(
            SweepSubject::MainEffects,
            effects::tornado(report, shown, &effects),
        );
        add(SweepSubject::HeatMap, heat_map::heat_map(report, shown, &effects));
    }
    add(SweepSubject::Pareto, pareto::pareto(report));
    distinct(&mut charts);
    subjects.into_iter().zip(charts).collect()
}

/// What an axis of figures is called.
fn figures_label(shown: &Shown) -> String {
    format!("{} ({})", shown.selector.metric.replace('_', " "), shown.unit)
}

fn finite(shown: &Shown, design: u64) -> Option<f64> {
    let found = shown.figures.get(design as usize)?;
    found.rank().filter(|rank| rank.is_finite())
}

/// A name for a column.
fn shortened(name: &str, most: usize) -> String {
    let name = label(name);
    if name.chars().count() <= most {
        return name;
    }
    name.chars().take(most - 1).chain(['…']).collect()
}
