//! A search on the screen: the answer first.

use std::fmt::Write as _;

use patchbench_study::fit::{Contestant, PlayedLevel};

use super::words::{
    answer, contest_grounds, estimate, fares, grounds, listed, remarks, response_name, setting, short_paths,
    shown, standing, wanted,
};
use super::{ContestReport, FitReport};
use crate::text::{aligned, aligned_with};

/// Rows that are shown; the others are counted.
const LEVELS: usize = 16;
const CRITERIA: usize = 3;
const DESIGNS: usize = 16;
const WIDTH: usize = 100;

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
    designs(report, &mut text);
    text.push('\n');
    for line in contest_grounds(report) {
        let _ = writeln!(text, "{line}");
    }
    text
}

/// The settings. Where they are too wide for the screen, factors have letters, and those from which a setting
/// is not told apart are counted.
fn designs(report: ContestReport<'_>, text: &mut String) {
    let names = short_paths(report.paths);
    let mut lines = table(report, names.clone(), &|contestant| standing(report, contestant));
    if lines.lines().any(|line| line.chars().count() > WIDTH) {
        let letters: Vec<String> = (0..names.len())
            .map(|factor| letter(factor).to_lowercase())
            .collect();
        for (letter, name) in letters.iter().zip(&names) {
            let _ = writeln!(text, "{letter}: {name}");
        }
        text.push('\n');
        lines = table(
            report,
            letters,
            &|contestant| match contestant.unclear_with.len() {
                0 if contestant.beaten_by.is_some() => "beaten".to_owned(),
                0 => "sure".to_owned(),
                some => format!("open ({some})"),
            },
        );
        if lines.contains("open (") {
            lines.push_str("open: not told apart from so many; --format json and --out name them\n");
        }
    }
    for line in lines.lines() {
        let _ = writeln!(text, "{}", cut_to(line, WIDTH));
    }
    let count = listed(report).len();
    if count > DESIGNS {
        let _ = writeln!(text, "… and {} more", count - DESIGNS);
    }
}

/// The first settings with these names of the factors.
fn table(
    report: ContestReport<'_>,
    mut head: Vec<String>,
    standing: &dyn Fn(&Contestant) -> String,
) -> String {
    head.extend((0..report.responses.len()).map(letter));
    head.extend(["reps", ""].map(str::to_owned));
    let listed = listed(report);
    let rows = listed
        .iter()
        .take(DESIGNS)
        .map(|design| row(report, *design, standing));
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let mut table = String::new();
    aligned(&rows, &mut table);
    table
}

/// What a response is called in the head of the table.
fn letter(objective: usize) -> String {
    char::from(b'A' + (objective % 26) as u8).to_string()
}

fn row(report: ContestReport<'_>, design: usize, standing: &dyn Fn(&Contestant) -> String) -> Vec<String> {
    let contestant = &report.contest.designs[design];
    let setting = setting(report, design).into_iter();
    let mut row: Vec<String> = setting.map(|level| cut_to(&level, 30)).collect();
    let estimates = contestant.estimates.iter().zip(report.responses);
    row.extend(estimates.map(|(estimated, (response, _))| estimate(estimated, response.unit)));
    row.extend([contestant.replications.to_string(), standing(contestant)]);
    row
}

/// The result in one line.
pub(super) fn contest_answer(report: ContestReport<'_>) -> String {
    let contest = report.contest;
    let sure = |design: &&usize| contest.designs[**design].unclear_with.is_empty();
    let surely = contest.front.iter().filter(sure).count();
    if report.responses.len() > 1 {
        return format!(
            "{} of {} settings are on the front, {surely} surely: none is as good in all and better in one",
            contest.front.len(),
            contest.designs.len()
        );
    }
    let path = report.paths.join(", ");
    let best = setting(report, contest.front[0]).join(", ");
    let response = report.responses[0].0.key.to_string();
    match (contest.front.len(), surely == contest.front.len()) {
        (1, _) => format!("{path} = {best} is best for {response} (sure)"),
        (some, true) => format!("{path}: {some} levels are equally good for {response}, and the best"),
        (some, false) => format!("{path}: the best level for {response} is one of {some}; {best} leads"),
    }
}
