//! Values of single keys: numbers, durations, dates, distributions.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use patchbench_kernel::{Distribution, SimDuration, SimTime};
use patchbench_model::clock::from_utc;

use super::section::{Place, Problems, Section, wrong_type};
use crate::codes;
use crate::document::{Item, Value};
use crate::problem::Problem;

/// A whole number within a range.
pub(crate) fn integer(problems: &Problems, item: &Item, low: i64, high: i64) -> Option<i64> {
    match item.value {
        Value::Integer(number) if (low..=high).contains(&number) => Some(number),
        Value::Integer(number) => {
            problems.push(
                Problem::error(codes::RANGE, format!("{number} is outside {low} to {high}")).at(item.place()),
            );
            None
        }
        _ => {
            problems.push(wrong_type(
                item,
                &format!("a whole number from {low} to {high} is expected"),
            ));
            None
        }
    }
}

/// A number.
pub(crate) fn number(problems: &Problems, item: &Item) -> Option<f64> {
    match item.value {
        Value::Integer(number) => Some(number as f64),
        Value::Float(number) if number.is_finite() => Some(number),
        Value::Float(_) => {
            problems.push(Problem::error(codes::RANGE, "a finite number is expected").at(item.place()));
            None
        }
        _ => {
            problems.push(wrong_type(item, "a number is expected"));
            None
        }
    }
}

/// A probability.
pub(crate) fn probability(problems: &Problems, item: &Item) -> Option<f64> {
    let value = number(problems, item)?;
    if (0.0..=1.0).contains(&value) {
        return Some(value);
    }
    let mut problem = Problem::error(codes::RANGE, format!("{value} is no probability"))
        .at(item.place())
        .saying("0 to 1");
    if (1.0..=100.0).contains(&value) {
        problem = problem.help(format!("for {value} % write {}", value / 100.0));
    }
    problems.push(problem);
    None
}

/// True or false.
pub(crate) fn flag(problems: &Problems, item: &Item) -> Option<bool> {
    match item.value {
        Value::Flag(flag) => Some(flag),
        _ => {
            problems.push(wrong_type(item, "true or false is expected"));
            None
        }
    }
}

/// A duration from 0 to ten years, such as `"22m"` or `"1h30m"`.
pub(crate) fn duration(problems: &Problems, item: &Item) -> Option<SimDuration> {
    let Value::Text(text) = &item.value else {
        problems.push(wrong_type(item, "a duration such as \"22m\" is expected"));
        return None;
    };
    let parsed = parse_duration(text);
    if parsed.is_none() {
        problems.push(
            Problem::error(codes::DURATION, format!("\"{text}\" is no duration"))
                .at(item.place())
                .help("write a number with a unit: 90s, 22m, 4h, 5d, 2w, or 1h30m"),
        );
    }
    parsed
}

/// Reads a duration.
pub(crate) fn parse_duration(text: &str) -> Option<SimDuration> {
    const UNITS: [(&str, i64); 6] = [
        ("ms", 1),
        ("s", 1_000),
        ("m", 60_000),
        ("h", 3_600_000),
        ("d", 86_400_000),
        ("w", 604_800_000),
    ];
    let mut rest = text;
    let mut total = 0f64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(rest.len());
        let amount: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let (_, millis) = UNITS.iter().find(|(unit, _)| *unit == &rest[..letters])?;
        total += amount * *millis as f64;
        rest = &rest[letters..];
    }
    let longest = SimDuration::from_days(3_652).millis() as f64;
    (total <= longest).then(|| SimDuration::from_millis(total.round() as i64))
}

/// An instant: a TOML datetime with an offset, or a date for midnight UTC.
pub(crate) fn instant(problems: &Problems, item: &Item) -> Option<DateTime<Utc>> {
    let text = match &item.value {
        Value::Datetime(datetime) => datetime.to_string(),
        Value::Text(text) => text.clone(),
        _ => {
            problems.push(wrong_type(
                item,
                "an instant such as 2024-01-09T16:00:00Z is expected",
            ));
            return None;
        }
    };
    let parsed = parse_instant(&text);
    if parsed.is_none() {
        problems.push(
            Problem::error(codes::DATE, format!("`{text}` is no instant"))
                .at(item.place())
                .help("write 2024-01-09T16:00:00Z or 2024-01-09T16:00:00+01:00; a date alone means midnight UTC"),
        );
    }
    parsed
}

/// Reads RFC 3339, or a date as midnight UTC, within the years 1970 to 2199.
pub(crate) fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    use chrono::Datelike;
    let date = || {
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .map(|date| date.and_time(NaiveTime::MIN).and_utc())
    };
    let instant = DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|instant| instant.to_utc())
        .or_else(date)?;
    (1970..2200).contains(&instant.year()).then_some(instant)
}

/// A date.
pub(crate) fn date(problems: &Problems, item: &Item) -> Option<NaiveDate> {
    let text = match &item.value {
        Value::Datetime(datetime) => datetime.to_string(),
        Value::Text(text) => text.clone(),
        _ => String::new(),
    };
    let parsed = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok();
    if parsed.is_none() {
        problems.push(Problem::error(codes::DATE, "a date such as 2024-01-09 is expected").at(item.place()));
    }
    parsed
}

/// An instant as simulated time.
pub(crate) fn sim_time(problems: &Problems, item: &Item) -> Option<SimTime> {
    instant(problems, item).map(from_utc)
}

/// A distribution of a time: a duration, or a table with one of the kinds.
pub(crate) fn distribution(problems: &Problems, item: &Item, name: &str) -> Option<Distribution> {
    if matches!(item.value, Value::Text(_)) {
        let time = duration(problems, item)?;
        return checked(problems, item.place(), Distribution::constant(time));
    }
    let section = Section::open(problems, item, name, None)?;
    let mut found = Vec::new();
    for (kind, read) in KINDS {
        if let Some(item) = section.get(kind) {
            found.push(read(problems, item, kind));
        }
    }
    let place = section.place();
    section.close();
    if found.len() != 1 {
        let message = format!("{name} needs exactly one kind of distribution");
        problems.push(Problem::error(codes::DISTRIBUTION, message).at(place).help(
            "write a duration, or one of constant, uniform, exponential, lognormal, gamma, empirical, such as { lognormal = { median = \"22m\", sigma = 0.5 } }",
        ));
        return None;
    }
    found.pop().flatten()
}

type ReadKind = fn(&Problems, &Item, &'static str) -> Option<Distribution>;

const KINDS: [(&str, ReadKind); 6] = [
    ("constant", |problems, item, _| {
        let time = duration(problems, item)?;
        checked(problems, item.place(), Distribution::constant(time))
    }),
    ("uniform", |problems, item, kind| {
        pair(problems, item, kind, "low", "high", |problems, low, high| {
            Some(Distribution::uniform(
                duration(problems, low)?,
                duration(problems, high)?,
            ))
        })
    }),
    ("exponential", |problems, item, kind| {
        let section = Section::open(problems, item, kind, None)?;
        let mean = section
            .require("mean", "mean = \"22m\"")
            .and_then(|item| duration(problems, item));
        section.close();
        checked(problems, item.place(), Distribution::exponential(mean?))
    }),
    ("lognormal", |problems, item, kind| {
        pair(
            problems,
            item,
            kind,
            "median",
            "sigma",
            |problems, median, sigma| {
                let (median, sigma) = (duration(problems, median), number(problems, sigma));
                Some(Distribution::lognormal(median?, sigma?))
            },
        )
    }),
    ("gamma", |problems, item, kind| {
        pair(problems, item, kind, "mean", "shape", |problems, mean, shape| {
            let (mean, shape) = (duration(problems, mean), number(problems, shape));
            Some(Distribution::gamma(mean?, shape?))
        })
    }),
    ("empirical", empirical),
];

type Built = Result<Distribution, patchbench_kernel::DistributionError>;

fn pair(
    problems: &Problems,
    item: &Item,
    kind: &'static str,
    first: &'static str,
    second: &'static str,
    build: impl Fn(&Problems, &Item, &Item) -> Option<Built>,
) -> Option<Distribution> {
    let section = Section::open(problems, item, kind, None)?;
    let a = section.require(first, first);
    let b = section.require(second, second);
    section.close();
    checked(problems, item.place(), build(problems, a?, b?)?)
}

fn empirical(problems: &Problems, item: &Item, kind: &'static str) -> Option<Distribution> {
    let section = Section::open(problems, item, kind, None)?;
    let list = |item: &Item| match &item.value {
        Value::List(items) => items.to_vec(),
        _ => {
            problems.push(wrong_type(item, "a list is expected"));
            Vec::new()
        }
    };
    let values = section
        .require("values", "values = [\"10m\", \"20m\"]")
        .map(list)?;
    let values: Vec<SimDuration> = values
        .iter()
        .filter_map(|item| duration(problems, item))
        .collect();
    let weights = section.get("weights").map(list);
    let weights: Option<Vec<f64>> =
        weights.map(|items| items.iter().filter_map(|item| number(problems, item)).collect());
    section.close();
    checked(
        problems,
        item.place(),
        Distribution::empirical(&values, weights.as_deref()),
    )
}

fn checked(problems: &Problems, place: Place, built: Built) -> Option<Distribution> {
    built
        .map_err(|error| problems.push(Problem::error(codes::DISTRIBUTION, error.to_string()).at(place)))
        .ok()
}
