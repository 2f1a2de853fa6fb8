//! A search as Markdown.

use std::fmt::Write as _;

use super::text::contest_answer;
use super::words::{
    answer, contest_grounds, estimate, fares, grounds, listed, remarks, response_name, setting, shown,
    standing, wanted,
};
use super::{ContestReport, FitReport};
use crate::bounded::bounded;
use crate::markdown::{ROWS, escaped, rest};

/// The search as Markdown.
pub fn fit_markdown(report: FitReport<'_>) -> String {
    let mut text = head(&report.scenario.name, &answer(report));
    items(&remarks(report), &mut text);
    let criteria = report.criteria.iter().map(wanted);
    let criteria: Vec<String> = criteria.map(|(name, said)| format!("{name}: {said}")).collect();
    items(&criteria, &mut text);
    text.push_str("| level | holds in | replications | verdict | least met |\n|---|---|---:|---|---|\n");
    for played in report.fit.played.iter().take(ROWS) {
        let level = escaped(shown(&report.levels[played.level]));
        let mark = if report.fit.answer == Some(played.level) {
            "**"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "| {mark}{level}{mark} | {} | {} | {} | {} |",
            fares(played),
            played.replications,
            played.verdict.as_str(),
            escaped(&report.criteria[played.tightest()].name)
        );
    }
    rest(report.fit.played.len(), "levels.csv", &mut text);
    items(&grounds(report), &mut text);
    bounded(text, "`levels.csv`")
}

/// The contest as Markdown.
pub fn contest_markdown(report: ContestReport<'_>) -> String {
    let mut text = head(&report.scenario.name, &contest_answer(report));
    let names: Vec<String> = (0..report.responses.len())
        .map(|objective| response_name(report, objective))
        .collect();
    let columns = report.paths.iter().chain(&names).map(|name| escaped(name));
    let _ = writeln!(
        text,
        "| {} | replications | |",
        columns.collect::<Vec<_>>().join(" | ")
    );
    let _ = writeln!(text, "|{}", "---|".repeat(report.paths.len() + names.len() + 2));
    let listed = listed(report);
    for design in listed.iter().take(ROWS) {
        let contestant = &report.contest.designs[*design];
        let estimates = contestant.estimates.iter().zip(report.responses);
        let estimates = estimates.map(|(estimated, (response, _))| estimate(estimated, response.unit));
        let cells = setting(report, *design)
            .into_iter()
            .map(|level| escaped(&level))
            .chain(estimates);
        let _ = writeln!(
            text,
            "| {} | {} | {} |",
            cells.collect::<Vec<_>>().join(" | "),
            contestant.replications,
            escaped(&standing(report, contestant))
        );
    }
    rest(listed.len(), "designs.csv", &mut text);
    items(&contest_grounds(report), &mut text);
    bounded(text, "`designs.csv`")
}

fn head(scenario: &str, answer: &str) -> String {
    format!("# {}\n\n**{}**\n\n", escaped(scenario), escaped(answer))
}

fn items(lines: &[String], text: &mut String) {
    for line in lines {
        let _ = writeln!(text, "- {}", escaped(line));
    }
    if !lines.is_empty() {
        text.push('\n');
    }
}
