//! A search on the screen: the answer first.

use std::fmt::Write as _;

use patchbench_study::fit::PlayedLevel;

use super::words::{
    answer, contest_grounds, estimate, fares, grounds, listed, remarks, response_name, setting, short_paths,
    shown, standing, wanted,
};
use super::{ContestReport, FitReport};
use crate::text::{aligned, aligned_with};

/// Rows that are shown; the others are counted.
const LEVELS: usize = 16;
const CRITERIA: usize = 3;
const DESIGNS: usize = 20;

/// The search, at most 40 lines.
pub fn fit_text(report: FitReport<'_>) -> String {
    let mut text = format!("{}\n", answer(report));
    for line in remarks(report) {
        let _ = writeln!(text, "  {line}");
    }
    text.push('\n');
    let criteria = report.criteria;
    for criterion in criteria.iter().take(CRITERIA) {
        let (name, said) = wanted(criterion);
        let _ = writeln!(text, "{}\n  {}", cut(&name), cut(&said));
    }
    if criteria.len() > CRITERIA {
        let _ = writeln!(text, "… and {} more assertions", criteria.len() - CRITERIA);
    }
    text.push('\n');
    levels(report, &mut text);
    text.push('\n');
    for line in grounds(report) {
        let _ = writeln!(text, "{line}");
    }
    text
}

/// A line that fits the screen.
fn cut(line: &str) -> String {
    cut_to(line, 96)
}

fn cut_to(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width - 1).collect();
    format!("{kept}…")
}

fn levels(report: FitReport<'_>, text: &mut String) {
    let fit = report.fit;
    let several = report.criteria.len() > 1;
    let last = if several { "the least met" } else { "" };
    let head = ["level", "holds in", "replications", "verdict", last];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let near = near(report);
    for played in &near {
        let mark = if fit.answer == Some(played.level) {
            "<- the answer"
        } else {
            ""
        };
        let least = cut_to(&report.criteria[played.tightest()].name, 30);
        let tightest = if several {
            format!("{least:<30} {mark}")
        } else {
            mark.to_owned()
        };
        rows.push(vec![
            cut_to(shown(&report.levels[played.level]), 30),
            fares(played),
            played.replications.to_string(),
            played.verdict.as_str().to_owned(),
            tightest,
        ]);
    }
    aligned_with(&rows, 2..3, text);
    if fit.played.len() > near.len() {
        let _ = writeln!(text, "… and {} more levels", fit.played.len() - near.len());
    }
}

/// The levels that were played, those around the answer if they are too many.
fn near(report: FitReport<'_>) -> Vec<&PlayedLevel> {
    let played = &report.fit.played;
    let middle = report.fit.answer.unwrap_or(report.fit.best);
    let at = played
        .iter()
        .position(|played| played.level == middle)
        .unwrap_or(0);
    let most = played.len().saturating_sub(LEVELS);
    played
        .iter()
        .skip(at.saturating_sub(LEVELS / 2).min(most))
        .take(LEVELS)
        .collect()
}

/// The contest, at most 40 lines.
pub fn contest_text(report: ContestReport<'_>) -> String {
    let mut text = format!("{}\n\n", contest_answer(report));
    for objective in 0..report.responses.len() {
        let _ = writeln!(
            text,
            "{}: {}",
            letter(objective),
            response_name(report, objective)
        );
    }
    text.push('\n');
    let mut head = short_paths(report.paths);
    head.extend((0..report.responses.len()).map(letter));
    head.extend(["reps", ""].map(str::to_owned));
    let mut rows = vec![head];
    let listed = listed(report);
    for design in listed.iter().take(DESIGNS) {
        rows.push(row(report, *design));
    }
    let mut table = String::new();
    aligned(&rows, &mut table);
    for line in table.lines() {
        let _ = writeln!(text, "{}", cut_to(line, 100));
    }
    if listed.len() > DESIGNS {
        let _ = writeln!(text, "… and {} more", listed.len() - DESIGNS);
    }
    text.push('\n');
    for line in contest_grounds(report) {
        let _ = writeln!(text, "{line}");
    }
    text
}

/// What a response is called in the head of the table.
fn letter(objective: usize) -> String {
    char::from(b'A' + (objective % 26) as u8).to_string()
}

fn row(report: ContestReport<'_>, design: usize) -> Vec<String> {
    let contestant = &report.contest.designs[design];
    let setting = setting(report, design).into_iter();
    let mut row: Vec<String> = setting.map(|level| cut_to(&level, 30)).collect();
    let estimates = contestant.estimates.iter().zip(report.responses);
    row.extend(estimates.map(|(estimated, (response, _))| estimate(estimated, response.unit)));
    row.extend([contestant.replications.to_string(), standing(report, contestant)]);
    row
}

/// The result in one line.
pub(super) fn contest_answer(report: ContestReport<'_>) -> String {
    let contest = report.contest;
    if report.responses.len() > 1 {
        return format!(
            "{} of {} settings are on the front: no other is as good in all responses and better in one",
            contest.front.len(),
            contest.designs.len()
        );
    }
    let path = report.paths.join(", ");
    let best = setting(report, contest.front[0]).join(", ");
    let response = report.responses[0].0.key.to_string();
    let clear = contest
        .front
        .iter()
        .all(|design| contest.designs[*design].unclear_with.is_empty());
    match (contest.front.len(), clear) {
        (1, _) => format!("{path} = {best} is best for {response} (sure)"),
        (some, true) => format!("{path}: {some} levels are equally good for {response}, and the best"),
        (some, false) => format!("{path}: the best level for {response} is one of {some}; {best} leads"),
    }
}
