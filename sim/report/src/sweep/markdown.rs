//! A sweep as Markdown, which fits a pull request.

use std::fmt::Write as _;

use super::text::{factor_words, figures, ranked};
use super::{SweepReport, labels};
use crate::bounded::bounded;
use crate::markdown::escaped;

/// Bytes from which on nothing more is added: comments on pull requests hold 64 KiB.
const MOST_BYTES: usize = 48_000;
/// Lines of one response.
const LINES: usize = 60;
/// Designs that are listed.
const DESIGNS: usize = 50;

/// The sweep as Markdown, below 60 kB.
pub fn sweep_markdown(report: SweepReport<'_>) -> String {
    let (least, most) = report.replications;
    let count = if least == most {
        least.to_string()
    } else {
        format!("{least} to {most}")
    };
    let mut text = format!(
        "# Sweep of {}\n\n{} designs, {count} replications each on common random numbers, seed {}.\n\n",
        escaped(report.scenario),
        report.designs.len(),
        report.seed
    );
    for words in factor_words(report.sweep) {
        let _ = writeln!(text, "- {}", escaped(&words));
    }
    if let Some(condition) = report.sweep.condition() {
        let out = report.designs.sorted_out();
        let _ = writeln!(
            text,
            "- only where {} ({out} combinations left out)",
            escaped(condition)
        );
    }
    for shown in report.shown {
        if text.len() > MOST_BYTES {
            text.push_str("\nMore in `metrics.csv`.\n");
            break;
        }
        let title = shown.title();
        let _ = write!(text, "\n## {} [{}]\n\n```text\n", escaped(title), shown.unit);
        for line in figures(report, shown, LINES) {
            let _ = writeln!(text, "{}", line.replace('`', "'"));
        }
        text.push_str("```\n");
    }
    best(report, &mut text);
    bounded(text, "`designs.csv` and `metrics.csv`")
}

/// The best designs by the first response.
fn best(report: SweepReport<'_>, text: &mut String) {
    let Some(shown) = report.shown.first() else { return };
    let order = ranked(shown);
    if report.sweep.axes.len() < 3 || order.is_empty() || shown.better().is_none() {
        return;
    }
    let names: Vec<String> = report
        .sweep
        .factors()
        .map(|factor| escaped(&factor.name))
        .collect();
    let _ = write!(
        text,
        "\n## Best designs by {}\n\n| design | {} | {} |\n|---|{}---|\n",
        escaped(&shown.title),
        names.join(" | "),
        escaped(&shown.title),
        "---|".repeat(names.len())
    );
    for design in order.into_iter().take(DESIGNS) {
        if text.len() > MOST_BYTES {
            break;
        }
        let point = report.designs.point(design);
        let levels: Vec<String> = labels(report.sweep, &point).into_iter().map(escaped).collect();
        let rank = shown.figures[design as usize].rank().unwrap_or(f64::NAN);
        let figure = crate::compare::figure(rank, &shown.unit);
        let _ = writeln!(text, "| {design} | {} | {figure} |", levels.join(" | "));
    }
}
