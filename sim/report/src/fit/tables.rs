//! A search as a table.

use super::words::{setting, shown};
use super::{ContestReport, FitReport};
use crate::table::{Cell, Column, Kind, Table};
use crate::tables::column;

pub(crate) const LEVEL_DESCRIPTION: &str =
    "one row per level that `fit --least` or `--largest` played, and assertion";

pub(crate) const LEVEL_COLUMNS: &[Column] = &[
    column("level", Kind::Text, "", "value of the factor"),
    column("assertion", Kind::Text, "", "name of the assertion"),
    column(
        "replications",
        Kind::Integer,
        "replications",
        "played at this level",
    ),
    column("n", Kind::Integer, "replications", "of these, that say anything"),
    column(
        "holds",
        Kind::Integer,
        "replications",
        "of these, in which it holds",
    ),
    column("share", Kind::Number, "", "share in which it holds"),
    column("low", Kind::Number, "", "lower end of the interval of the share"),
    column("high", Kind::Number, "", "upper end of the interval of the share"),
    column("required", Kind::Number, "", "share in which it is to hold"),
    column("outcome", Kind::Text, "", "pass, fail or inconclusive"),
    column("answer", Kind::Integer, "", "1: this level is the answer"),
];

pub(super) fn levels(report: FitReport<'_>) -> Table {
    let mut rows = Vec::new();
    for played in &report.fit.played {
        for (criterion, outcome) in report.criteria.iter().zip(&played.criteria) {
            let holds = outcome.holds;
            rows.push(vec![
                shown(&report.levels[played.level]).into(),
                criterion.name.as_str().into(),
                played.replications.into(),
                holds.of.into(),
                holds.count.into(),
                holds.share.into(),
                holds.interval.low.into(),
                holds.interval.high.into(),
                outcome.required.into(),
                outcome.verdict.as_str().into(),
                u64::from(report.fit.answer == Some(played.level)).into(),
            ]);
        }
    }
    Table {
        name: "levels",
        description: LEVEL_DESCRIPTION,
        columns: LEVEL_COLUMNS,
        rows,
    }
}

pub(crate) const DESIGN_DESCRIPTION: &str = "one row per setting and response of `fit --best` or `--pareto`";

pub(crate) const DESIGN_COLUMNS: &[Column] = &[
    column("design", Kind::Integer, "", "number of the setting, from 0"),
    column(
        "levels",
        Kind::Text,
        "",
        "path=value of each factor, separated by semicolons",
    ),
    column("response", Kind::Text, "", "the response"),
    column("unit", Kind::Text, "", "unit of the estimate"),
    column(
        "replications",
        Kind::Integer,
        "replications",
        "that the setting got",
    ),
    column(
        "estimate_of",
        Kind::Text,
        "",
        "mean, probability, or median where values are censored",
    ),
    column(
        "estimate",
        Kind::Number,
        "",
        "the estimate; empty: not within the horizon",
    ),
    column("low", Kind::Number, "", "lower end of its 95 % interval"),
    column("high", Kind::Number, "", "upper end of its 95 % interval"),
    column("front", Kind::Integer, "", "1: no other setting beats it"),
    column(
        "beaten_by",
        Kind::Integer,
        "",
        "number of a setting that beats it",
    ),
    column(
        "not_told_apart_from",
        Kind::Text,
        "",
        "numbers of settings that may yet beat it",
    ),
];

pub(super) fn designs(report: ContestReport<'_>) -> Table {
    let mut rows = Vec::new();
    for contestant in &report.contest.designs {
        let levels = report.paths.iter().zip(setting(report, contestant.design));
        let levels: Vec<String> = levels.map(|(path, level)| format!("{path}={level}")).collect();
        let unclear: Vec<String> = contestant.unclear_with.iter().map(usize::to_string).collect();
        for (estimated, (response, _)) in contestant.estimates.iter().zip(report.responses) {
            let interval = estimated.interval;
            rows.push(vec![
                (contestant.design as u64).into(),
                levels.join("; ").into(),
                response.key.to_string().into(),
                response.unit.into(),
                contestant.replications.into(),
                estimated.of.into(),
                estimated.estimate.into(),
                interval.map(|interval| interval.low).into(),
                interval.map(|interval| interval.high).into(),
                u64::from(contestant.beaten_by.is_none()).into(),
                contestant
                    .beaten_by
                    .map_or(Cell::Empty, |other| (other as u64).into()),
                unclear.join(" ").into(),
            ]);
        }
    }
    Table {
        name: "designs",
        description: DESIGN_DESCRIPTION,
        columns: DESIGN_COLUMNS,
        rows,
    }
}
