//! A sweep on one screen.

use std::fmt::Write as _;

use patchbench_scenario::{Axis, DesignKind, Sweep};
use patchbench_study::Better;

use super::{Figure, Shown, SweepReport, labels};
use crate::compare::figure;
use crate::text::{aligned_with, counted};

/// Lines of figures on a screen.
const LINES: usize = 30;
/// Columns of a screen.
const COLUMNS: usize = 100;
/// Best and worst designs that are listed.
const BEST: usize = 5;

/// The sweep as text, at most forty lines.
pub fn sweep_text(report: SweepReport<'_>) -> String {
    let mut text = head(report);
    let lines = LINES / report.shown.len().max(1);
    for shown in report.shown {
        let better = match shown.better() {
            Some(Better::Lower) => "less is better",
            Some(Better::Higher) => "more is better",
            None => "neither is better",
        };
        let title = shown.title();
        let _ = writeln!(text, "\n{title} [{}], {better}", shown.unit);
        for line in figures(report, shown, lines) {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

fn head(report: SweepReport<'_>) -> String {
    let (least, most) = report.replications;
    let replications = if least == most {
        format!("{least} replications")
    } else {
        format!("{least} to {most} replications")
    };
    let count = counted(report.designs.len() as usize, "design", "designs");
    let mut text = format!(
        "{}: {count}, {replications} each, seed {}; same luck in each design\n",
        report.scenario, report.seed
    );
    if let Some(condition) = report.sweep.condition() {
        let out = report.designs.sorted_out();
        let _ = writeln!(text, "where {condition} ({out} combinations left out)");
    }
    text
}

/// The figures of a response in the form that suits the design.
pub(super) fn figures(report: SweepReport<'_>, shown: &Shown, lines: usize) -> Vec<String> {
    let factorial = report.sweep.kind == DesignKind::FullFactorial;
    match (report.sweep.kind, report.sweep.axes.as_slice()) {
        (DesignKind::OneAtATime, _) => tornado(report, shown, lines),
        (_, [axis]) if factorial => by_level(report, shown, axis, lines),
        (_, [down, across]) if factorial => matrix(report, shown, (down, across), lines)
            .unwrap_or_else(|| best_and_worst(report, shown, lines)),
        _ => best_and_worst(report, shown, lines),
    }
}

fn as_text(value: Option<f64>, shown: &Shown) -> String {
    value.map_or_else(|| "–".to_owned(), |value| figure(value, &shown.unit))
}

/// The figure that designs are ranked by, in words.
fn main_figure(found: &Figure, shown: &Shown) -> String {
    match found.rank() {
        None => "–".to_owned(),
        Some(rank) if rank.is_infinite() => "not by end".to_owned(),
        Some(rank) => figure(rank, &shown.unit),
    }
}

/// Estimate with its interval, 5th percentile, median and 95th percentile.
fn cells(found: &Figure, shown: &Shown) -> Vec<String> {
    let estimate = match (found.estimate(), found.interval()) {
        (Some(_), Some((low, high))) => {
            let ends = format!(
                "({} to {})",
                as_text(Some(low), shown),
                as_text(Some(high), shown)
            );
            vec![main_figure(found, shown), ends]
        }
        (None, _) if found.n == 0 => vec!["no answer".to_owned(), String::new()],
        (None, _) => vec![
            "–".to_owned(),
            format!("{} of {} not by end", found.censored, found.n),
        ],
        (Some(_), None) => vec![main_figure(found, shown), String::new()],
    };
    if shown.unit == "probability" {
        return estimate;
    }
    let beyond = |place: usize| match found.value(place) {
        None if found.censored > 0 => "not by end".to_owned(),
        value => as_text(value, shown),
    };
    estimate.into_iter().chain([3, 4, 5].map(beyond)).collect()
}

/// What the figures of [`cells`] are.
fn cell_heads(shown: &Shown) -> Vec<String> {
    let heads: &[&str] = match shown.unit.as_str() {
        "probability" => &["share", "95 % interval"],
        _ => &["mean", "95 % interval", "p5", "median", "p95"],
    };
    heads.iter().map(|head| (*head).to_owned()).collect()
}

pub(crate) fn axis_name(axis: &Axis) -> String {
    let names: Vec<&str> = axis.factors.iter().map(|factor| factor.name.as_str()).collect();
    names.join(" / ")
}

pub(crate) fn level_name(axis: &Axis, level: usize) -> String {
    let labels: Vec<&str> = axis.factors.iter().map(|factor| factor.label(level)).collect();
    let now = if axis.now() == Some(level) { " (now)" } else { "" };
    format!("{}{now}", labels.join(" / "))
}

fn rows_as_lines(rows: &[Vec<String>], numbers: std::ops::Range<usize>) -> Vec<String> {
    let mut text = String::new();
    aligned_with(rows, numbers, &mut text);
    text.lines().map(str::to_owned).collect()
}

/// One factor: a row a level.
fn by_level(report: SweepReport<'_>, shown: &Shown, axis: &Axis, lines: usize) -> Vec<String> {
    let mut rows = vec![
        std::iter::once(axis_name(axis))
            .chain(cell_heads(shown))
            .collect::<Vec<_>>(),
    ];
    let levels = (0..report.designs.len()).filter_map(|design| {
        let level = report.designs.point(design).first().copied().flatten()?;
        Some((level, &shown.figures[design as usize]))
    });
    let levels: Vec<(usize, &Figure)> = levels.collect();
    let most = lines.saturating_sub(4).max(4);
    for (level, found) in levels.iter().take(most) {
        rows.push(
            std::iter::once(level_name(axis, *level))
                .chain(cells(found, shown))
                .collect(),
        );
    }
    let mut told = rows_as_lines(&rows, 1..2);
    if levels.len() > most {
        told.push(format!(
            "and {} more in metrics.csv",
            counted(levels.len() - most, "level", "levels")
        ));
    }
    told.extend(least_level(shown, axis, &levels));
    told
}

/// The least level at which a share that is to be large meets 95 %.
fn least_level(shown: &Shown, axis: &Axis, levels: &[(usize, &Figure)]) -> Option<String> {
    const WANTED: f64 = 0.95;
    if !shown.is_share() || shown.better() != Some(Better::Higher) {
        return None;
    }
    let name = &shown.selector.metric;
    let met = levels
        .iter()
        .find(|(_, found)| found.estimate().is_some_and(|share| share >= WANTED));
    Some(match met {
        None => format!("no level has {name} >= 95 %"),
        Some((level, found)) => {
            let low = found.interval().map_or(0.0, |(low, _)| low);
            let caution = if low < WANTED {
                format!(
                    ", though its interval reaches down to {}",
                    figure(low, &shown.unit)
                )
            } else {
                String::new()
            };
            let label = level_name(axis, *level);
            format!("least level with {name} >= 95 %: {label}{caution}")
        }
    })
}

/// Two factors: a matrix, where it fits.
fn matrix(
    report: SweepReport<'_>,
    shown: &Shown,
    (down, across): (&Axis, &Axis),
    lines: usize,
) -> Option<Vec<String>> {
    let (height, width) = (down.levels(), across.levels());
    if height + 2 > lines.max(10) || width > COLUMNS / 4 {
        return None;
    }
    let mut rows = vec![vec![String::new(); width + 1]; height + 2];
    rows[0][1] = axis_name(across);
    rows[1][0] = axis_name(down);
    for level in 0..width {
        rows[1][level + 1] = level_name(across, level);
    }
    for level in 0..height {
        rows[level + 2][0] = level_name(down, level);
    }
    for design in 0..report.designs.len() {
        if let [Some(row), Some(column)] = report.designs.point(design)[..] {
            rows[row + 2][column + 1] = main_figure(&shown.figures[design as usize], shown);
        }
    }
    // The name of the second factor stands above its levels and widens none of them.
    let above = std::mem::take(&mut rows[0][1]);
    let mut told = rows_as_lines(&rows[1..], 1..width + 1);
    let indent = rows[1..]
        .iter()
        .map(|row| row[0].chars().count())
        .max()
        .unwrap_or(0);
    told.insert(0, format!("{}  {above}", " ".repeat(indent)));
    told.iter()
        .all(|line| line.chars().count() + 2 <= COLUMNS)
        .then_some(told)
}

/// Designs in order of a response, the best first; those without an answer are left out.
pub(crate) fn ranked(shown: &Shown) -> Vec<u64> {
    let with_rank = shown.figures.iter().zip(0u64..);
    let mut order: Vec<(f64, u64)> = with_rank
        .filter_map(|(found, design)| Some((found.rank()?, design)))
        .collect();
    let sign = if shown.better() == Some(Better::Higher) {
        -1.0
    } else {
        1.0
    };
    order.sort_by(|a, b| (sign * a.0).total_cmp(&(sign * b.0)).then(a.1.cmp(&b.1)));
    order.into_iter().map(|(_, design)| design).collect()
}

/// Many factors: the best and the worst designs.
fn best_and_worst(report: SweepReport<'_>, shown: &Shown, lines: usize) -> Vec<String> {
    let order = ranked(shown);
    if order.is_empty() {
        return vec!["no answer from any design".to_owned()];
    }
    let each = (lines.saturating_sub(4) / 2).clamp(1, BEST);
    let names = report.sweep.factors().map(|factor| factor.name.clone());
    let mut rows = vec![
        [String::new(), "design".to_owned()]
            .into_iter()
            .chain(names)
            .chain(cell_heads(shown))
            .collect::<Vec<_>>(),
    ];
    let row = |place: &str, design: u64| -> Vec<String> {
        let point = report.designs.point(design);
        let levels = labels(report.sweep, &point).into_iter().map(shortened);
        [place.to_owned(), design.to_string()]
            .into_iter()
            .chain(levels)
            .chain(cells(&shown.figures[design as usize], shown))
            .collect()
    };
    let neutral = shown.better().is_none();
    let (first, last) = if neutral {
        ("least", "most")
    } else {
        ("best", "worst")
    };
    let ends = order.len().min(2 * each);
    for (place, design) in order.iter().enumerate() {
        if place < each.min(ends) || ends == order.len() {
            rows.push(row(if place == 0 { first } else { "" }, *design));
        } else if place >= order.len() - each {
            rows.push(row(if place + 1 == order.len() { last } else { "" }, *design));
        }
    }
    cut(rows, shown, 2 + report.sweep.factors().count())
}

/// Lines within the screen: percentiles go first, then what is too long is cut.
fn cut(mut rows: Vec<Vec<String>>, shown: &Shown, figures_from: usize) -> Vec<String> {
    let fits = |told: &[String]| told.iter().all(|line| line.chars().count() + 2 <= COLUMNS);
    let mut told = rows_as_lines(&rows, figures_from..figures_from + 1);
    if !fits(&told) && shown.unit != "probability" {
        for row in &mut rows {
            row.truncate(figures_from + 2);
        }
        told = rows_as_lines(&rows, figures_from..figures_from + 1);
    }
    for line in &mut told {
        if line.chars().count() + 2 > COLUMNS {
            *line = line.chars().take(COLUMNS - 3).chain(['…']).collect();
        }
    }
    told
}

/// A level that is not too long for a table.
fn shortened(label: &str) -> String {
    const MOST: usize = 24;
    if label.chars().count() <= MOST {
        return label.to_owned();
    }
    label.chars().take(MOST - 1).chain(['…']).collect()
}

/// How far one axis moves a response.
struct Swing {
    axis: usize,
    low: (f64, Option<usize>),
    high: (f64, Option<usize>),
}

impl Swing {
    fn size(&self) -> f64 {
        if self.low.0 == self.high.0 {
            0.0
        } else {
            self.high.0 - self.low.0
        }
    }
}

/// One factor at a time: the factor that moves the response most comes first.
fn tornado(report: SweepReport<'_>, shown: &Shown, lines: usize) -> Vec<String> {
    const BAR: usize = 28;
    let Some(base) = shown.figures.first().and_then(Figure::rank) else {
        return vec!["no answer from the scenario as it is".to_owned()];
    };
    let swings = swings(report, shown, base);
    let low = swings.iter().map(|swing| swing.low.0).fold(base, f64::min);
    let finite = swings
        .iter()
        .map(|swing| swing.high.0)
        .filter(|high| high.is_finite());
    let high = finite.fold(base, f64::max);
    let mut rows = vec![
        ["factor", "low", "at", "high", "at", "swing", ""]
            .map(str::to_owned)
            .to_vec(),
    ];
    let most = lines.saturating_sub(3).max(3);
    for swing in swings.iter().take(most) {
        let axis = &report.sweep.axes[swing.axis];
        let end = |(value, level): (f64, Option<usize>)| {
            let name = level.map_or_else(|| "(now)".to_owned(), |level| shortened(&level_name(axis, level)));
            [finite_figure(value, shown), name]
        };
        let bar = bar((swing.low.0, swing.high.0), base, (low, high), BAR);
        let size = finite_figure(swing.size(), shown);
        rows.push(
            std::iter::once(axis_name(axis))
                .chain(end(swing.low))
                .chain(end(swing.high))
                .chain([size, bar])
                .collect(),
        );
    }
    let mut told = vec![format!("as it is: {}", main_figure(&shown.figures[0], shown))];
    told.extend(cut(rows, shown, 7));
    if swings.len() > most {
        told.push(format!(
            "and {} more",
            counted(swings.len() - most, "factor", "factors")
        ));
    }
    told
}

fn finite_figure(value: f64, shown: &Shown) -> String {
    if value.is_finite() {
        figure(value, &shown.unit)
    } else {
        "not by end".to_owned()
    }
}

fn swings(report: SweepReport<'_>, shown: &Shown, base: f64) -> Vec<Swing> {
    let axes = 0..report.sweep.axes.len();
    let start = |axis| Swing {
        axis,
        low: (base, None),
        high: (base, None),
    };
    let mut swings: Vec<Swing> = axes.map(start).collect();
    for design in 1..report.designs.len() {
        let point = report.designs.point(design);
        let moved = point
            .iter()
            .enumerate()
            .find_map(|(axis, level)| Some((axis, (*level)?)));
        if let Some((axis, level)) = moved
            && let Some(rank) = shown.figures[design as usize].rank()
        {
            let swing = &mut swings[axis];
            if rank < swing.low.0 {
                swing.low = (rank, Some(level));
            }
            if rank > swing.high.0 {
                swing.high = (rank, Some(level));
            }
        }
    }
    swings.sort_by(|a, b| b.size().total_cmp(&a.size()).then(a.axis.cmp(&b.axis)));
    swings
}

/// From the low to the high figure, with the scenario as it is at the bar.
fn bar((from, to): (f64, f64), base: f64, (low, high): (f64, f64), width: usize) -> String {
    let place = |value: f64| {
        let share = if high > low {
            (value.min(high) - low) / (high - low)
        } else {
            0.5
        };
        (share * (width - 1) as f64).round() as usize
    };
    let (from, base, to) = (place(from), place(base), place(to));
    let mark = |column: usize| match column {
        column if column == base => '|',
        column if (from..=to).contains(&column) => '=',
        _ => ' ',
    };
    (0..width).map(mark).collect()
}

/// Which factors a sweep has, in a few words.
pub(crate) fn factor_words(sweep: &Sweep) -> Vec<String> {
    let one = |axis: &Axis| {
        let first = level_name(axis, 0);
        let last = axis
            .levels()
            .checked_sub(1)
            .map_or_else(String::new, |last| level_name(axis, last));
        let levels = counted(axis.levels(), "level", "levels");
        format!(
            "{} ({levels}: {} to {})",
            axis_name(axis),
            shortened(&first),
            shortened(&last)
        )
    };
    sweep.axes.iter().map(one).collect()
}
