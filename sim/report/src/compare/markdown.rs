//! A comparison as Markdown, which fits a pull request.

use std::fmt::Write as _;

use patchbench_study::ComparedResponse;

use super::ComparisonReport;
use super::words::{
    assertion_lines, better_word, change_lines, change_word, difference, figures, pairing_lines,
    ranking_lines, verdict_line,
};
use crate::bounded::bounded;
use crate::markdown::escaped;
use crate::short_date;

/// Lines of a part that are written; more are counted.
const LINES: usize = 40;
/// Responses that are written folded.
const FOLDED: usize = 60;
/// Bytes from which on nothing more is added: comments on pull requests hold 64 KiB.
const MOST_BYTES: usize = 48_000;

/// The comparison as Markdown, below 60 kB.
pub fn comparison_markdown(report: ComparisonReport<'_>) -> String {
    let comparison = report.comparison;
    let base = &comparison.designs[0];
    let mut text = String::from("# Comparison\n\n");
    for number in 1..comparison.designs.len().min(LINES) {
        let _ = writeln!(text, "- {}", escaped(&verdict_line(comparison, number)));
    }
    for line in ranking_lines(comparison).into_iter().flatten() {
        let _ = writeln!(text, "- {}", escaped(&line));
    }
    let _ = writeln!(
        text,
        "\n{} replications each on common random numbers, seed {}; the base is {}. Intervals of one response \
         hold together with 95 % confidence.\n",
        base.outcome.replications,
        base.outcome.seed,
        escaped(&base.name)
    );
    changes(report, &mut text);
    approvals(report, &mut text);
    for response in comparison.chosen() {
        response_table(report, response, &mut text);
    }
    assertions(report, &mut text);
    folded(report, &mut text);
    bounded(text, "`summary.json` and `comparison.csv`")
}

fn changes(report: ComparisonReport<'_>, text: &mut String) {
    let (base, others) = (&report.comparison.designs[0], &report.comparison.designs[1..]);
    text.push_str("## What changes\n\n```diff\n");
    for design in others.iter().take(LINES) {
        let lines = change_lines(base, design);
        let _ = writeln!(text, "# {}", design.name.replace('`', "'"));
        for line in lines.iter().take(LINES) {
            // A diff colours + and -; a change is both.
            let _ = writeln!(text, "{}", line.replace("~ ", "! ").replace('`', "'"));
        }
        if lines.len() > LINES {
            let _ = writeln!(text, "# and {} more", lines.len() - LINES);
        }
    }
    text.push_str("```\n\n");
}

fn approvals(report: ComparisonReport<'_>, text: &mut String) {
    let Some(only) = report.only else { return };
    let _ = writeln!(text, "## {}\n", escaped(only));
    text.push_str("| design | group | approved | first window | age at window |\n|---|---|---|---|---|\n");
    let designs = report.comparison.designs.iter();
    let rows = designs.flat_map(|design| design.approvals.iter().map(move |row| (design, row)));
    for (design, row) in rows.take(LINES) {
        let days = row.first_window.map(|at| (at - row.released).as_days_f64());
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            escaped(&design.name),
            escaped(&row.group),
            row.approved.map_or_else(|| "never".to_owned(), short_date),
            row.first_window.map_or_else(|| "none".to_owned(), short_date),
            days.map_or_else(|| "–".to_owned(), |days| format!("{days:.1} d"))
        );
    }
    text.push('\n');
}

fn response_table(report: ComparisonReport<'_>, response: &ComparedResponse, text: &mut String) {
    let comparison = report.comparison;
    let _ = writeln!(
        text,
        "### {} [{}], {}\n\n| design | mean or share | median | p95 | against {} (interval) | |\n|---|---|---|---|---|---|",
        escaped(&response.key.to_string()),
        response.unit,
        better_word(response.better),
        escaped(&comparison.designs[0].name)
    );
    for (design, estimate) in comparison.designs.iter().zip(&response.estimates).take(LINES) {
        let name = escaped(&design.name);
        let Some(estimate) = estimate else {
            let _ = writeln!(text, "| {name} | not there | | | | |");
            continue;
        };
        let [mean, median, p95] = figures(estimate, response.unit);
        let found = estimate.difference.as_ref();
        let found = found.map_or_else(String::new, |found| difference(found, response.unit));
        let word = change_word(estimate);
        let _ = writeln!(text, "| {name} | {mean} | {median} | {p95} | {found} | {word} |");
    }
    let pairing = pairing_lines(report, response);
    if !pairing.is_empty() {
        let _ = writeln!(text, "\nCommon luck: {}.", escaped(&pairing.join("; ")));
    }
    text.push('\n');
}

fn assertions(report: ComparisonReport<'_>, text: &mut String) {
    let lines = assertion_lines(report.comparison);
    if lines.is_empty() {
        return;
    }
    text.push_str("## Assertions\n\n");
    for line in lines.iter().take(LINES) {
        let _ = writeln!(text, "- {}", escaped(line));
    }
    text.push('\n');
}

/// All other responses, as long as there is room.
fn folded(report: ComparisonReport<'_>, text: &mut String) {
    let comparison = report.comparison;
    let others = &comparison.responses[comparison.chosen..];
    if others.is_empty() {
        return;
    }
    text.push_str("<details><summary>Other responses</summary>\n\n");
    let mut written = 0;
    for response in others.iter().take(FOLDED) {
        if text.len() > MOST_BYTES {
            break;
        }
        response_table(report, response, text);
        written += 1;
    }
    if others.len() > written {
        let _ = writeln!(
            text,
            "{} more responses in `comparison.csv`.\n",
            others.len() - written
        );
    }
    text.push_str("</details>\n");
}
