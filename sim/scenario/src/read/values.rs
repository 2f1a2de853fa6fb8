//! Values of single keys: numbers, durations, dates.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::clock::from_utc;

use super::section::{Problems, wrong_type};
use crate::codes;
use crate::document::{Item, Value};
use crate::problem::Problem;

/// A whole number within a range.
pub(crate) fn integer(problems: &Problems, item: &Item, low: i64, high: i64) -> Option<i64> {
    let range = match high {
        i64::MAX => format!("from {low}"),
        _ => format!("from {low} to {high}"),
    };
    let outside = |number: &dyn std::fmt::Display| {
        let message = format!("`{}` is {number}, but takes a whole number {range}", item.name);
        Problem::error(codes::RANGE, message).at(item.place())
    };
    let problem = match &item.value {
        Value::Integer(number) if (low..=high).contains(number) => return Some(*number),
        Value::Integer(number) => outside(number),
        Value::Huge(number) => outside(number),
        Value::Text(text) => {
            let problem = wrong_type(item, &format!("a whole number {range}"));
            match leading_number(text) {
                Some(number) => problem.help(format!("write {number}, without quotes and unit")),
                None => problem,
            }
        }
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            wrong_type(item, &format!("a whole number {range}")).help(format!("write {number:.0}"))
        }
        _ => wrong_type(item, &format!("a whole number {range}")),
    };
    problems.push(problem);
    None
}

/// The whole number that a text begins with.
fn leading_number(text: &str) -> Option<i64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..digits].parse().ok()
}

/// A number.
pub(crate) fn number(problems: &Problems, item: &Item) -> Option<f64> {
    match &item.value {
        Value::Integer(number) => return Some(*number as f64),
        Value::Float(number) if number.is_finite() => return Some(*number),
        Value::Float(_) | Value::Huge(_) => {
            let message = format!("`{}` takes a finite number", item.name);
            problems.push(Problem::error(codes::RANGE, message).at(item.place()));
        }
        _ => problems.push(wrong_type(item, "a number")),
    }
    None
}

/// A number from 0 on, up to a billion: a weight or a count.
pub(crate) fn amount(problems: &Problems, item: &Item) -> Option<f64> {
    let value = number(problems, item)?;
    if (0.0..=1e9).contains(&value) {
        return Some(value);
    }
    let range = if value < 0.0 { "from 0" } else { "up to a billion" };
    let message = format!("`{}` is {value}, but takes a number {range}", item.name);
    problems.push(Problem::error(codes::RANGE, message).at(item.place()));
    None
}

/// A probability, or a share.
pub(crate) fn probability(problems: &Problems, item: &Item) -> Option<f64> {
    if let Value::Text(text) = &item.value {
        let problem = wrong_type(item, "a number from 0 to 1");
        let percent = text.trim_end_matches('%').trim().parse::<f64>().ok();
        let share = percent.filter(|percent| text.contains('%') && (0.0..=100.0).contains(percent));
        problems.push(match share {
            Some(percent) => problem.help(format!("for {text} write {}", percent / 100.0)),
            None => problem,
        });
        return None;
    }
    let value = number(problems, item)?;
    if (0.0..=1.0).contains(&value) {
        return Some(value);
    }
    let message = format!("`{}` is {value}, but takes a number from 0 to 1", item.name);
    let mut problem = Problem::error(codes::RANGE, message).at(item.place());
    if (1.0..=100.0).contains(&value) {
        problem = problem.help(format!("for {value} % write {}", value / 100.0));
    }
    problems.push(problem);
    None
}

/// True or false.
pub(crate) fn flag(problems: &Problems, item: &Item) -> Option<bool> {
    if let Value::Flag(flag) = item.value {
        return Some(flag);
    }
    problems.push(wrong_type(item, "true or false"));
    None
}

/// A duration from 0 to ten years, such as `"22m"` or `"1h30m"`.
pub(crate) fn duration(problems: &Problems, item: &Item) -> Option<SimDuration> {
    let Value::Text(text) = &item.value else {
        let problem = wrong_type(item, "a duration such as \"22m\"");
        problems.push(match item.value {
            Value::Integer(number) => problem.help(format!(
                "add a unit: \"{number}m\" for minutes, \"{number}h\" for hours, \"{number}d\" for days"
            )),
            _ => problem,
        });
        return None;
    };
    let problem = match parse_duration(text) {
        Ok(span) => return Some(span),
        Err(DurationError::Form) => Problem::error(
            codes::DURATION,
            format!("`{}`: \"{text}\" is no duration", item.name),
        )
        .help("write a number with a unit: 90s, 22m, 4h, 5d, 2w, or 1h30m"),
        Err(DurationError::TooLong) => Problem::error(
            codes::DURATION,
            format!("`{}`: \"{text}\" is longer than ten years", item.name),
        ),
    };
    problems.push(problem.at(item.place()));
    None
}

/// Why a text is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DurationError {
    Form,
    TooLong,
}

/// A time as scenarios write it, such as `22m` or `1h30m`; `None` when the text is none.
pub fn duration_of(text: &str) -> Option<SimDuration> {
    parse_duration(text).ok()
}

/// Reads a duration.
pub(crate) fn parse_duration(text: &str) -> Result<SimDuration, DurationError> {
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
        return Err(DurationError::Form);
    }
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(rest.len());
        let amount: f64 = rest[..digits].parse().map_err(|_| DurationError::Form)?;
        rest = &rest[digits..];
        let letters = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let unit = UNITS.iter().find(|(unit, _)| *unit == &rest[..letters]);
        let (_, millis) = unit.ok_or(DurationError::Form)?;
        total += amount * *millis as f64;
        rest = &rest[letters..];
    }
    let longest = SimDuration::from_days(3_652).millis() as f64;
    if total <= longest {
        Ok(SimDuration::from_millis(total.round() as i64))
    } else {
        Err(DurationError::TooLong)
    }
}

/// An instant: a TOML datetime with an offset, or a date for midnight UTC.
pub(crate) fn instant(problems: &Problems, item: &Item) -> Option<DateTime<Utc>> {
    let text = match &item.value {
        Value::Datetime(datetime) => datetime.to_string(),
        Value::Text(text) => text.clone(),
        _ => {
            problems.push(wrong_type(item, "an instant such as 2024-01-09T16:00:00Z"));
            return None;
        }
    };
    parse_instant(&text)
        .map_err(|error| {
            let message = format!("`{}`: {}", item.name, error.message(&text));
            problems.push(
                Problem::error(codes::DATE, message)
                    .at(item.place())
                    .help(error.help(&text)),
            );
        })
        .ok()
}

/// Why a text is no instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InstantError {
    /// Not the form of a date.
    Form,
    /// Day and month may stand in either order.
    Ambiguous,
    /// A date and time, but whose?
    NoOffset,
    /// The form of a date, but there is no such day or hour.
    NoSuchTime,
    /// Outside 1970 to 2199.
    Year,
}

impl InstantError {
    /// What is wrong with the text.
    pub(crate) fn message(self, text: &str) -> String {
        match self {
            Self::Form => format!("\"{text}\" is no date"),
            Self::Ambiguous => {
                format!("\"{text}\" is no date that this reader can tell apart (day or month first?)")
            }
            Self::NoOffset => format!("\"{text}\" does not say in which zone"),
            Self::NoSuchTime => format!("there is no {text}"),
            Self::Year => format!("{text} is outside the years 1970 to 2199"),
        }
    }

    /// What to write instead.
    pub(crate) fn help(self, text: &str) -> String {
        match self {
            Self::NoOffset => format!(
                "add Z for UTC, or an offset such as +01:00: {}Z",
                text.replacen(' ', "T", 1)
            ),
            Self::Year => "write a year from 1970 to 2199".to_owned(),
            _ => "write 2024-01-09T16:00:00Z or 2024-01-09T16:00:00+01:00; a date alone means midnight UTC"
                .to_owned(),
        }
    }
}

/// Reads RFC 3339, or a date as midnight UTC, within the years 1970 to 2199.
pub(crate) fn parse_instant(text: &str) -> Result<DateTime<Utc>, InstantError> {
    let date = || {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        Some(date.and_time(NaiveTime::MIN).and_utc())
    };
    let instant = DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|instant| instant.to_utc())
        .or_else(date)
        .ok_or_else(|| no_instant(text))?;
    if (1970..2200).contains(&instant.year()) {
        Ok(instant)
    } else {
        Err(InstantError::Year)
    }
}

fn no_instant(text: &str) -> InstantError {
    let local = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M",
    ];
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let year = text.bytes().take_while(u8::is_ascii_digit).count() == 4;
    if local
        .iter()
        .any(|form| NaiveDateTime::parse_from_str(text, form).is_ok())
    {
        InstantError::NoOffset
    } else if digits >= 6 && year && text[4..].starts_with('-') {
        InstantError::NoSuchTime
    } else if digits >= 6 && !year && text.contains(['/', '.']) {
        InstantError::Ambiguous
    } else {
        InstantError::Form
    }
}

/// A date, within the years 1970 to 2199.
pub(crate) fn date(problems: &Problems, item: &Item) -> Option<NaiveDate> {
    let text = match &item.value {
        Value::Datetime(datetime) => datetime.to_string(),
        Value::Text(text) => text.clone(),
        _ => {
            problems.push(wrong_type(item, "a date such as 2024-01-09"));
            return None;
        }
    };
    let parsed = NaiveDate::parse_from_str(&text, "%Y-%m-%d");
    let problem = match parsed {
        Ok(date) if (1970..2200).contains(&date.year()) => return Some(date),
        Ok(_) => InstantError::Year.message(&text),
        Err(_) if parse_instant(&text).is_ok() => format!("{text} has a time; a date alone is expected"),
        Err(_) => match no_instant(&text) {
            InstantError::NoOffset => format!("{text} has a time; a date alone is expected"),
            error => error.message(&text),
        },
    };
    problems.push(
        Problem::error(codes::DATE, format!("`{}`: {problem}", item.name))
            .at(item.place())
            .help("write a date such as 2024-01-09"),
    );
    None
}

/// An instant as simulated time.
pub(crate) fn sim_time(problems: &Problems, item: &Item) -> Option<SimTime> {
    instant(problems, item).map(from_utc)
}
