//! Distributions of times.

use patchbench_kernel::{Distribution, DistributionError, SimDuration};

use super::section::{Problems, Section, optional, wrong_type};
use super::values::{amount, duration, number};
use crate::codes;
use crate::document::{Item, Value};
use crate::problem::Problem;

/// A distribution of a time: a duration, or a table with one of the kinds.
pub(crate) fn distribution(problems: &Problems, item: &Item, name: &str) -> Option<Distribution> {
    const HELP: &str = "write a duration, or one of constant, uniform, exponential, lognormal, gamma, empirical, such as { lognormal = { median = \"22m\", sigma = 0.5 } }";
    match &item.value {
        Value::Text(_) => {
            let time = duration(problems, item)?;
            return checked(problems, item, Distribution::constant(time));
        }
        Value::Table(_) => {}
        _ => {
            problems.push(wrong_type(item, "a duration or a distribution").help(HELP));
            return None;
        }
    }
    let section = Section::open(problems, item, name, None)?;
    let mut found = Vec::new();
    for (kind, read) in KINDS {
        if let Some(item) = section.get(kind) {
            found.push(read(problems, item, kind));
        }
    }
    let known = section.close();
    if found.len() > 1 || (found.is_empty() && known) {
        let message = format!("{name} needs exactly one kind of distribution");
        problems.push(
            Problem::error(codes::DISTRIBUTION, message)
                .at(item.place())
                .help(HELP),
        );
        return None;
    }
    found.pop().flatten()
}

type ReadKind = fn(&Problems, &Item, &'static str) -> Option<Distribution>;

const KINDS: [(&str, ReadKind); 6] = [
    ("constant", |problems, item, _| {
        let time = duration(problems, item)?;
        checked(problems, item, Distribution::constant(time))
    }),
    ("uniform", |problems, item, kind| {
        pair(
            problems,
            item,
            kind,
            ("low", "10m"),
            ("high", "30m"),
            |problems, low, high| {
                let (low, high) = (duration(problems, low), duration(problems, high));
                Some(Distribution::uniform(low?, high?))
            },
        )
    }),
    ("exponential", |problems, item, kind| {
        let section = Section::open(problems, item, kind, None)?;
        let mean = section
            .require("mean", "mean = \"22m\"")
            .and_then(|item| duration(problems, item));
        section.close();
        checked(problems, item, Distribution::exponential(mean?))
    }),
    ("lognormal", |problems, item, kind| {
        pair(
            problems,
            item,
            kind,
            ("median", "22m"),
            ("sigma", "0.5"),
            |problems, median, sigma| {
                let (median, sigma) = (duration(problems, median), number(problems, sigma));
                Some(Distribution::lognormal(median?, sigma?))
            },
        )
    }),
    ("gamma", |problems, item, kind| {
        pair(
            problems,
            item,
            kind,
            ("mean", "22m"),
            ("shape", "2.0"),
            |problems, mean, shape| {
                let (mean, shape) = (duration(problems, mean), number(problems, shape));
                Some(Distribution::gamma(mean?, shape?))
            },
        )
    }),
    ("empirical", empirical),
];

type Built = Result<Distribution, DistributionError>;

/// A kind with two parameters, each with an example of its value.
fn pair(
    problems: &Problems,
    item: &Item,
    kind: &'static str,
    first: (&'static str, &str),
    second: (&'static str, &str),
    build: impl Fn(&Problems, &Item, &Item) -> Option<Built>,
) -> Option<Distribution> {
    let section = Section::open(problems, item, kind, None)?;
    let parameter = |(key, example): (&'static str, &str)| {
        let quote = if example.ends_with('m') { "\"" } else { "" };
        section.require(key, &format!("{key} = {quote}{example}{quote}"))
    };
    let (a, b) = (parameter(first), parameter(second));
    section.close();
    checked(problems, item, build(problems, a?, b?)?)
}

fn empirical(problems: &Problems, item: &Item, kind: &'static str) -> Option<Distribution> {
    let section = Section::open(problems, item, kind, None)?;
    let values = section.require("values", "values = [\"10m\", \"20m\"]");
    let values = values.map(|item| all(problems, item, "a list of durations", duration));
    let weights = optional(section.get("weights"), |item| {
        all(problems, item, "a list of numbers", amount)
    });
    section.close();
    let values: Vec<SimDuration> = values??;
    let weights: Option<Vec<f64>> = weights.ok()?;
    checked(
        problems,
        item,
        Distribution::empirical(&values, weights.as_deref()),
    )
}

/// All values of a list, or none if one of them cannot be read.
fn all<T>(
    problems: &Problems,
    item: &Item,
    expected: &str,
    read: fn(&Problems, &Item) -> Option<T>,
) -> Option<Vec<T>> {
    let Value::List(items) = &item.value else {
        problems.push(wrong_type(item, expected));
        return None;
    };
    let found: Vec<T> = items.iter().filter_map(|item| read(problems, item)).collect();
    (found.len() == items.len()).then_some(found)
}

fn checked(problems: &Problems, item: &Item, built: Built) -> Option<Distribution> {
    built
        .map_err(|error| {
            let message = format!("`{}`: {error}", item.name);
            problems.push(Problem::error(codes::DISTRIBUTION, message).at(item.place()));
        })
        .ok()
}
