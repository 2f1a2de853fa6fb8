//! A search as JSON.

use patchbench_study::fit::{Contestant, PlayedLevel};
use serde_json::{Map, Value, json};

use super::words::shown;
use super::{ContestReport, FitReport};
use crate::json::{FORMAT_VERSION, interval, number, proportion};

/// `summary.json` of a search for a level, and what `fit --format json` prints.
pub fn fit_json(report: FitReport<'_>) -> Value {
    let FitReport {
        scenario,
        fit,
        asked,
        levels,
        ..
    } = report;
    let level = |level: usize| shown(&levels[level]);
    let criterion = |criterion: &patchbench_study::fit::Criterion| {
        json!({
            "name": criterion.name,
            "sentence": criterion.sentence,
            "required_share": number(Some(criterion.required)),
        })
    };
    json!({
        "format_version": FORMAT_VERSION,
        "kind": "fit",
        "scenario": scenario.name,
        "scenario_hash": scenario.hash,
        "seed": scenario.study.seed,
        "wanted": asked.extreme.as_str(),
        "path": report.path,
        "levels": (0..levels.len()).map(level).collect::<Vec<_>>(),
        "assertions": report.criteria.iter().map(criterion).collect::<Vec<_>>(),
        "answer": fit.answer.map(level),
        "sure": fit.sure,
        "not_told_apart": fit.unclear.map(|(from, to)| [level(from), level(to)]),
        "best_played": level(fit.best),
        "closed_form": asked.start.map(level),
        "monotone": {
            "replications_checked": fit.monotone.checked,
            "replications_contradicting": fit.monotone.contradicting,
            "violated": fit.monotone.violated,
        },
        "played_one_by_one": fit.played_all.is_some(),
        "confidence_of_each_interval": number(Some(fit.confidence)),
        "replications": fit.replications,
        "played": fit.played.iter().map(|one| played(report, one)).collect::<Vec<_>>(),
    })
}

fn played(report: FitReport<'_>, played: &PlayedLevel) -> Value {
    let outcomes = report.criteria.iter().zip(&played.criteria);
    json!({
        "level": shown(&report.levels[played.level]),
        "replications": played.replications,
        "outcome": played.verdict.as_str(),
        "assertions": outcomes.map(|(criterion, outcome)| json!({
            "name": criterion.name,
            "outcome": outcome.verdict.as_str(),
            "holds": proportion(&outcome.holds),
        })).collect::<Vec<_>>(),
    })
}

/// `summary.json` of a contest of designs, and what `fit --format json` prints.
pub fn contest_json(report: ContestReport<'_>) -> Value {
    let ContestReport {
        scenario,
        contest,
        rules,
        ..
    } = report;
    let objectives = report.responses.iter().zip(&rules.objectives);
    json!({
        "format_version": FORMAT_VERSION,
        "kind": "fit",
        "scenario": scenario.name,
        "scenario_hash": scenario.hash,
        "seed": scenario.study.seed,
        "wanted": if report.responses.len() > 1 { "pareto" } else { "best" },
        "paths": report.paths,
        "objectives": objectives.map(|((response, better), objective)| json!({
            "response": response.key.to_string(),
            "unit": response.unit,
            "better": better,
            "least_effect": number(Some(objective.least_effect)),
        })).collect::<Vec<_>>(),
        "front": contest.front.iter().map(|design| one(report, *design)).collect::<Vec<_>>(),
        "confidence_of_each_difference": number(Some(contest.confidence)),
        "replications": contest.replications,
        "replications_of_a_fixed_design": contest.fixed,
        "designs": (0..contest.designs.len()).map(|design| one(report, design)).collect::<Vec<_>>(),
    })
}

fn levels(report: ContestReport<'_>, design: usize) -> Value {
    let levels = report.paths.iter().zip(&report.designs[design]);
    let levels = levels.map(|(path, level)| (path.clone(), Value::from(shown(level))));
    Value::Object(levels.collect::<Map<String, Value>>())
}

fn one(report: ContestReport<'_>, design: usize) -> Value {
    let contestant: &Contestant = &report.contest.designs[design];
    let all = |designs: &[usize]| {
        designs
            .iter()
            .map(|other| levels(report, *other))
            .collect::<Vec<_>>()
    };
    json!({
        "levels": levels(report, design),
        "replications": contestant.replications,
        "estimates": contestant.estimates.iter().zip(report.responses).map(|(estimated, (response, _))| json!({
            "response": response.key.to_string(),
            "of": estimated.of,
            "estimate": number(estimated.estimate),
            "interval": interval(estimated.interval),
        })).collect::<Vec<_>>(),
        "beaten_by": contestant.beaten_by.map(|other| levels(report, other)),
        "sure": contestant.unclear_with.is_empty(),
        "not_told_apart_from": all(&contestant.unclear_with),
        "equal_to": all(&contestant.equal_to),
    })
}
