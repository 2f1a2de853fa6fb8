//! What screens, pages and files say in the same words.

use patchbench_study::Better;
use patchbench_study::fit::{Contestant, Criterion, Estimated, Extreme, Monotonicity, PlayedLevel};

use super::{ContestReport, FitReport};
use crate::compare::figure;
use crate::text::{percent_interval, percent_of};

/// A level as it is shown: a text without its quotes.
pub(super) fn shown(level: &str) -> &str {
    let quotes = ['"', '\''];
    let inner = level
        .strip_prefix(quotes)
        .and_then(|level| level.strip_suffix(quotes));
    inner.unwrap_or(level)
}

/// The answer in one line.
pub(super) fn answer(report: FitReport<'_>) -> String {
    let FitReport {
        fit, path, levels, ..
    } = report;
    let word = report.asked.extreme.as_str();
    match (fit.answer, fit.unclear) {
        (Some(answer), unclear) => {
            let sure = if unclear.is_none() { "sure" } else { "not sure" };
            format!(
                "{path} = {} is the {word} level that fits: {sure}",
                shown(&levels[answer])
            )
        }
        (None, None) => format!("{path}: none of the levels fits"),
        (None, Some(_)) => format!("{path}: no level is known to fit"),
    }
}

fn level_range(levels: &[String], (from, to): (usize, usize)) -> String {
    if from == to {
        shown(&levels[from]).to_owned()
    } else {
        format!("{} to {}", shown(&levels[from]), shown(&levels[to]))
    }
}

/// What else there is to say of the answer, a line each.
pub(super) fn remarks(report: FitReport<'_>) -> Vec<String> {
    let FitReport {
        fit, levels, asked, ..
    } = report;
    let mut lines = Vec::new();
    let end = match asked.extreme {
        Extreme::Least => 0,
        Extreme::Largest => levels.len() - 1,
    };
    if fit.answer == Some(end) {
        let beyond = if asked.extreme == Extreme::Least {
            "smaller"
        } else {
            "larger"
        };
        lines.push(format!(
            "it is the first of the levels: {beyond} ones may fit, too"
        ));
    }
    if fit.answer.is_none() {
        let best = shown(&levels[fit.best]);
        lines.push(format!("the best of those that were played is {best}"));
    }
    if let Some(range) = fit.unclear {
        let why = match fit.played_all {
            Some(all) if all.played < all.of => "not all of them were played".to_owned(),
            _ => format!(
                "{} replications do not tell; --max-reps allows more",
                most(report)
            ),
        };
        let too = if fit.answer.is_some() { ", too" } else { "" };
        lines.push(format!("{} may fit{too}: {why}", level_range(levels, range)));
    }
    if let Some(start) = asked.start {
        lines.push(format!(
            "closed form: {} (one opening, independent failures, mean times)",
            shown(&levels[start])
        ));
    }
    lines
}

/// The most replications that a level got.
fn most(report: FitReport<'_>) -> u64 {
    report
        .fit
        .played
        .iter()
        .map(|played| played.replications)
        .max()
        .unwrap_or(0)
}

/// What the search rests on, a line each.
pub(super) fn grounds(report: FitReport<'_>) -> Vec<String> {
    let FitReport { fit, levels, .. } = report;
    let all = levels.len() as u64 * most(report);
    vec![
        format!(
            "{} of {} levels, {} replications; all levels with as many as the most take {all}",
            fit.played.len(),
            levels.len(),
            fit.replications,
        ),
        order(&fit.monotone),
        fit.played_all.map_or_else(String::new, |all| {
            format!(
                "so that levels were played one by one: {} of {}",
                all.played, all.of
            )
        }),
        format!(
            "intervals hold with 95 % confidence together, at all looks at a level ({:.2} % each, exact)",
            fit.confidence * 100.0
        ),
    ]
    .into_iter()
    .filter(|line| !line.is_empty())
    .collect()
}

/// Whether the levels are in order.
fn order(monotone: &Monotonicity) -> String {
    let Monotonicity {
        checked,
        contradicting,
        violated,
    } = *monotone;
    match (violated, contradicting) {
        (true, _) => format!(
            "the shares of the levels are in no order ({contradicting} of {checked} replications contradict one)"
        ),
        (false, 0) => format!("the levels are in order: none of {checked} replications contradicts it"),
        (false, some) => {
            format!(
                "the levels are in order: {some} of {checked} replications contradict it, the shares do not"
            )
        }
    }
}

/// How a level fares in the criterion that it meets least.
pub(super) fn fares(played: &PlayedLevel) -> String {
    percent_interval(&played.criteria[played.tightest()].holds)
}

/// What is asked of a level: a name, and what it says.
pub(super) fn wanted(criterion: &Criterion) -> (String, String) {
    let share = percent_of(criterion.required);
    let sentence = &criterion.sentence;
    let said = match criterion.event {
        None => sentence.clone(),
        Some(true) => format!("{sentence}: it is to happen in {share} of replications"),
        Some(false) => format!("{sentence}: {share} of replications are to be without"),
    };
    (criterion.name.clone(), said)
}

/// An estimate with its interval.
pub(super) fn estimate(estimated: &Estimated, unit: &str) -> String {
    let Some(value) = estimated.estimate else {
        return "not by the end".to_owned();
    };
    let value = figure(value, unit);
    estimated.interval.map_or_else(
        || value.clone(),
        |interval| {
            format!(
                "{value} ({}–{})",
                figure(interval.low, unit),
                figure(interval.high, unit)
            )
        },
    )
}

/// The levels of a design.
pub(super) fn setting(report: ContestReport<'_>, design: usize) -> Vec<String> {
    report.designs[design]
        .iter()
        .map(|level| shown(level).to_owned())
        .collect()
}

/// Paths without what they have in common at the beginning, as long as they stay apart.
pub(super) fn short_paths(paths: &[String]) -> Vec<String> {
    let last = |path: &String| path.rsplit('.').next().unwrap_or(path).to_owned();
    let shorts: Vec<String> = paths.iter().map(last).collect();
    let once = |short: &String| shorts.iter().filter(|other| *other == short).count() == 1;
    if shorts.iter().all(once) {
        shorts
    } else {
        paths.to_vec()
    }
}

/// Names of a response: its key with what is better.
pub(super) fn response_name(report: ContestReport<'_>, objective: usize) -> String {
    let (response, better) = &report.responses[objective];
    let word = match better {
        Better::Lower => "less",
        Better::Higher => "more",
    };
    format!("{} [{}, {word} is better]", response.key, response.unit)
}

/// The designs that are listed: the front, and with one response all others behind it.
pub(super) fn listed(report: ContestReport<'_>) -> Vec<usize> {
    let contest = report.contest;
    let mut listed = contest.front.clone();
    if report.responses.len() == 1 {
        let mut beaten: Vec<usize> = (0..contest.designs.len()).collect();
        beaten.retain(|design| contest.designs[*design].beaten_by.is_some());
        let sign = if report.responses[0].1 == Better::Lower {
            1.0
        } else {
            -1.0
        };
        let place = |design: &usize| {
            let estimate = contest.designs[*design].estimates[0].estimate;
            estimate.map_or(f64::INFINITY, |estimate| sign * estimate)
        };
        beaten.sort_by(|a, b| place(a).total_cmp(&place(b)));
        listed.extend(beaten);
    }
    listed
}

/// How sure it is that a design belongs where it stands.
pub(super) fn standing(report: ContestReport<'_>, contestant: &Contestant) -> String {
    const NAMED: usize = 3;
    let names = |designs: &[usize]| {
        let names = designs
            .iter()
            .take(NAMED)
            .map(|design| setting(report, *design).join("/"));
        let names = names.collect::<Vec<_>>().join(", ");
        match designs.len().checked_sub(NAMED) {
            Some(more) if more > 0 => format!("{names} and {more} more"),
            _ => names,
        }
    };
    if let Some(by) = contestant.beaten_by {
        return format!("beaten by {}", names(&[by]));
    }
    match (contestant.unclear_with.as_slice(), contestant.equal_to.as_slice()) {
        ([], []) => "sure".to_owned(),
        ([], equal) => format!("sure; equal to {}", names(equal)),
        (unclear, _) => format!("not told apart from {}", names(unclear)),
    }
}

/// What a contest rests on, a line each.
pub(super) fn contest_grounds(report: ContestReport<'_>) -> Vec<String> {
    let contest = report.contest;
    let out = contest.designs.len() - contest.front.len();
    vec![
        format!(
            "{} settings, {out} beaten; {} replications, where the same number for all would take {}",
            contest.designs.len(),
            contest.replications,
            contest.fixed
        ),
        format!(
            "all comparisons hold together with 95 % confidence (each errs once in {:.0}); intervals: 95 % each",
            1.0 / (1.0 - contest.confidence)
        ),
    ]
}
