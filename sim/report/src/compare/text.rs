//! A comparison on the screen.

use std::fmt::Write as _;

use patchbench_study::{ApprovalRow, ComparedResponse};

use super::ComparisonReport;
use super::words::{
    assertion_lines, better_word, change_lines, change_word, difference, figures, pairing_lines,
    ranking_lines, verdict_line,
};
use crate::precision_text::precision_lines;
use crate::short_date;
use crate::text::{aligned, aligned_with, counted};

/// Lines that are shown of each part; the others are counted.
const CHANGES: usize = 6;
const DESIGNS: usize = 6;
const RESPONSES: usize = 3;
const ASSERTIONS: usize = 4;

/// The comparison, at most 40 lines for few designs.
pub fn comparison_text(report: ComparisonReport<'_>) -> String {
    let comparison = report.comparison;
    let base = &comparison.designs[0];
    let mut text = format!(
        "{} on common random numbers: {} each, seed {}; the base is {}\n",
        counted(comparison.designs.len(), "design", "designs"),
        counted(base.outcome.replications as usize, "replication", "replications"),
        base.outcome.seed,
        base.name
    );
    if let Some(only) = report.only {
        let _ = writeln!(text, "figures of patches are about {only} alone");
    }
    changes(report, &mut text);
    approvals(report, &mut text);
    for response in comparison.chosen().iter().take(RESPONSES) {
        response_table(report, response, &mut text);
    }
    more(&mut text, (comparison.chosen().len(), RESPONSES), "responses");
    closing(report, &mut text);
    text
}

fn more(text: &mut String, (count, shown): (usize, usize), what: &str) {
    if count > shown {
        let _ = writeln!(text, "  … and {} more {what}", count - shown);
    }
}

fn changes(report: ComparisonReport<'_>, text: &mut String) {
    let (base, others) = (&report.comparison.designs[0], &report.comparison.designs[1..]);
    for design in others.iter().take(DESIGNS) {
        let lines = change_lines(base, design);
        let identical = if lines.is_empty() {
            "   nothing changes"
        } else {
            ""
        };
        let _ = writeln!(text, "{}{identical}", design.name);
        for line in lines.iter().take(CHANGES) {
            let _ = writeln!(text, "  {line}");
        }
        more(text, (lines.len(), CHANGES), "changes");
    }
    more(text, (others.len(), DESIGNS), "designs");
}

/// When the one patch is approved, and which window is first, by design and group.
fn approvals(report: ComparisonReport<'_>, text: &mut String) {
    let Some(only) = report.only else { return };
    let age = |row: &ApprovalRow| {
        let days = row.first_window.map(|at| (at - row.released).as_days_f64());
        days.map_or_else(|| "–".to_owned(), |days| format!("{days:.1} d"))
    };
    let mut rows = vec![
        ["", only, "approved", "first window", "age"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for design in report.comparison.designs.iter().take(DESIGNS) {
        let own = design
            .approvals
            .iter()
            .filter(|row| row.candidate || row.approved.is_some());
        for row in own.take(CHANGES) {
            rows.push(vec![
                design.name.clone(),
                row.group.clone(),
                row.approved.map_or_else(|| "never".to_owned(), short_date),
                row.first_window.map_or_else(|| "none".to_owned(), short_date),
                age(row),
            ]);
        }
    }
    text.push('\n');
    aligned(&rows, text);
}

fn response_table(report: ComparisonReport<'_>, response: &ComparedResponse, text: &mut String) {
    let comparison = report.comparison;
    let (first, second, third) = if response
        .estimates
        .iter()
        .flatten()
        .all(|one| one.proportion.is_some())
    {
        ("share", "", "")
    } else {
        ("mean", "median", "p95")
    };
    let against = format!("against {}", comparison.designs[0].name);
    let mut rows = vec![
        ["", first, second, third, &against, ""]
            .map(str::to_owned)
            .to_vec(),
    ];
    for (design, estimate) in comparison
        .designs
        .iter()
        .zip(&response.estimates)
        .take(DESIGNS + 1)
    {
        let mut row = vec![format!("  {}", design.name)];
        if let Some(estimate) = estimate {
            row.extend(figures(estimate, response.unit));
            let found = estimate.difference.as_ref();
            row.push(found.map_or_else(String::new, |found| difference(found, response.unit)));
            row.push(change_word(estimate).to_owned());
        } else {
            row.push("not there".to_owned());
        }
        rows.push(row);
    }
    let least = if response.least_effect > 0.0 {
        let effect = super::words::figure(response.least_effect, response.unit);
        format!("; differences up to {effect} count as none")
    } else {
        String::new()
    };
    let _ = writeln!(
        text,
        "\n{} [{}], {}{least}",
        response.key,
        response.unit,
        better_word(response.better)
    );
    aligned_with(&rows, 1..4, text);
}

fn closing(report: ComparisonReport<'_>, text: &mut String) {
    let comparison = report.comparison;
    text.push('\n');
    let assertions = assertion_lines(comparison);
    for line in assertions.iter().take(ASSERTIONS) {
        let _ = writeln!(text, "{line}");
    }
    more(text, (assertions.len(), ASSERTIONS), "assertions");
    match ranking_lines(comparison) {
        Some(lines) => lines.iter().for_each(|line| {
            let _ = writeln!(text, "{line}");
        }),
        None => {
            for number in 1..comparison.designs.len().min(DESIGNS + 1) {
                let _ = writeln!(text, "{}", verdict_line(comparison, number));
            }
        }
    }
    let others = comparison.designs.len() - 1;
    if others > 1 {
        let _ = writeln!(
            text,
            "the {others} intervals of a response hold together with 95 % confidence ({:.1} % each)",
            comparison.confidence * 100.0
        );
    }
    let chosen = comparison.chosen().iter();
    let mut pairing = chosen.map(|response| (response, pairing_lines(report, response)));
    if let Some((response, lines)) = pairing.find(|(_, lines)| !lines.is_empty()) {
        let shown = lines.iter().take(DESIGNS).cloned().collect::<Vec<_>>().join("; ");
        let _ = writeln!(text, "common luck, {}: {shown}", response.key);
    }
    precision_lines(&comparison.precision, text);
}
