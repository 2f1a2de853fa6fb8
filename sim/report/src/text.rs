//! Figures in words.

use std::fmt::Write as _;
use std::ops::Range;

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_study::{AssertionResult, PatchResult, Proportion, Summary};

use crate::compare::figure;

/// A word at the beginning of a sentence.
pub(crate) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// A probability in percent; near the edges as a bound rather than as 0 or 100.
pub(crate) fn percent(share: &Proportion) -> String {
    percent_of(share.share)
}

pub(crate) fn percent_of(share: f64) -> String {
    match share {
        0.0 => "0 %".to_owned(),
        1.0 => "100 %".to_owned(),
        share if share < 0.001 => "<0.1 %".to_owned(),
        share if share > 0.999 => ">99.9 %".to_owned(),
        share => format!("{:.1} %", share * 100.0),
    }
}

/// A probability with its interval.
pub(crate) fn percent_interval(share: &Proportion) -> String {
    format!(
        "{} ({}–{})",
        percent(share),
        edge(share.interval.low),
        edge(share.interval.high)
    )
}

fn edge(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

/// What was observed of an assertion: the share of the replications in which it holds, or the estimate that
/// it bounds.
pub(crate) fn observed(assertion: &AssertionResult) -> String {
    let Some(asserted) = &assertion.estimate else {
        let share = &assertion.observed;
        return format!("{} of {}", percent_interval(share), share.of);
    };
    let shown = |value: f64| match value {
        value if value.is_infinite() => "beyond the end".to_owned(),
        value => figure(value, asserted.unit),
    };
    let estimate = asserted.estimate.map_or_else(
        || match asserted.censored {
            0 => "no answer".to_owned(),
            count => format!("never reached in {count} of {}", asserted.n),
        },
        shown,
    );
    let interval = asserted.interval.map_or_else(String::new, |interval| {
        format!(" ({} to {})", shown(interval.low), shown(interval.high))
    });
    let (of, unit, n) = (asserted.of.as_str(), asserted.unit, asserted.n);
    format!("{of} {estimate}{interval} {unit}, {n} replications")
}

/// When a patch got that far, some days after its release: the date, or the days where the release
/// itself is drawn; says so where the horizon came first.
pub(crate) fn reached_at(patch: &PatchResult, days: Option<f64>, date: fn(SimTime) -> String) -> String {
    match days {
        None => "not by the end".to_owned(),
        Some(days) if patch.drawn => format!("after {days:.1} d"),
        Some(days) => date(after(patch.released, days)),
    }
}

/// One thing or several: `1 more patch`, `2 more patches`.
pub(crate) fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// The instant some days after a release.
fn after(released: SimTime, days: f64) -> SimTime {
    released + SimDuration::from_millis((days * 86_400_000.0).round() as i64)
}

/// Hours and minutes, such as `3 h 54`.
pub(crate) fn hours(value: Option<f64>) -> String {
    value.map_or_else(
        || "not by the end".to_owned(),
        |hours| {
            let minutes = (hours * 60.0).round() as i64;
            format!("{} h {:02}", minutes / 60, minutes % 60)
        },
    )
}

/// Median and 95th percentile of whole numbers, such as `56 (p5 54)`.
pub(crate) fn whole(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.0}"))
}

/// Whether a summary is always the same.
pub(crate) fn is_constant(summary: &Summary) -> bool {
    summary.min.is_some() && summary.min == summary.max
}

/// Columns two blanks apart, each as wide as its widest cell.
pub(crate) fn aligned(rows: &[Vec<String>], text: &mut String) {
    aligned_with(rows, 0..0, text);
}

/// The same with numbers in some columns, which stand to the right.
pub(crate) fn aligned_with(rows: &[Vec<String>], numbers: Range<usize>, text: &mut String) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    for row in rows {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let width = width(column);
            if numbers.contains(&column) {
                format!("{cell:>width$}")
            } else {
                format!("{cell:<width$}")
            }
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        let _ = writeln!(text, "{}", line.trim_end());
    }
}
