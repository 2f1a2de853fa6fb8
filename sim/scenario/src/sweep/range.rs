//! Ranges of levels: `0..14`, `0..1:0.25`, `10%..50%:10%`, `2h..8h:30m`, `2024-01-01..2024-03-01:7d`.

use std::fmt::Write as _;
use std::ops::Range;

use chrono::{DateTime, SecondsFormat};

use super::MOST_LEVELS;
use super::decimal::Decimal;
use crate::numbers::grouped;
use crate::read::parse_instant;

/// What is wrong with a text, where in it, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Wrong {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            help: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Units of times, the longest first, in milliseconds.
const UNITS: [(&str, i128); 6] = [
    ("w", 604_800_000),
    ("d", DAY),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

const DAY: i128 = 86_400_000;

/// One end of a range, or its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Number(Decimal),
    Percent(Decimal),
    /// Milliseconds, and the longest unit that it was written in.
    Time(i128, usize),
    /// Milliseconds since 1970.
    Date(i128),
    Instant(i128),
}

impl Mark {
    fn parse(text: &str) -> Option<Self> {
        let percent = || text.strip_suffix('%').and_then(Decimal::parse).map(Self::Percent);
        let instant = || {
            let at = i128::from(parse_instant(text).ok()?.timestamp_millis());
            Some(if text.len() == 10 {
                Self::Date(at)
            } else {
                Self::Instant(at)
            })
        };
        Decimal::parse(text)
            .map(Self::Number)
            .or_else(percent)
            .or_else(|| exact_time(text).map(|(millis, unit)| Self::Time(millis, unit)))
            .or_else(instant)
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Number(_) => "a number",
            Self::Percent(_) => "a percentage",
            Self::Time(..) => "a time",
            Self::Date(_) | Self::Instant(_) => "a date",
        }
    }
}

/// Milliseconds of a time such as `1h30m`, and the longest unit in it; `None` when it is none, or not a
/// whole number of milliseconds.
pub(crate) fn exact_time(text: &str) -> Option<(i128, usize)> {
    let (mut rest, mut total, mut longest) = (text, 0i128, UNITS.len());
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let (units, power) = Decimal::parse(&rest[..digits])?.fraction();
        rest = &rest[digits..];
        let letters = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let unit = UNITS.iter().position(|(name, _)| *name == &rest[..letters])?;
        let millis = units * UNITS[unit].1;
        if millis % power != 0 {
            return None;
        }
        total += millis / power;
        longest = longest.min(unit);
        rest = &rest[letters..];
    }
    (longest < UNITS.len()).then_some((total, longest))
}

/// A time in units no longer than `longest`.
fn time_text(millis: i128, longest: usize) -> String {
    let (mut rest, mut text) = (millis, String::new());
    for (name, unit) in &UNITS[longest..] {
        if rest >= *unit {
            let _ = write!(text, "{}{name}", rest / unit);
            rest %= unit;
        }
    }
    if text.is_empty() {
        format!("0{}", UNITS[longest].0)
    } else {
        text
    }
}

/// How the counts of a range are written.
#[derive(Clone, Copy)]
enum Form {
    Decimal { places: u32, ending: &'static str },
    Time { longest: usize },
    Date,
    Instant,
}

impl Form {
    fn text(self, count: i128) -> String {
        match self {
            Self::Decimal { places, ending } => format!("{}{ending}", Decimal::of_units(count, places)),
            Self::Time { longest } => time_text(count, longest),
            Self::Date | Self::Instant => {
                let at = DateTime::from_timestamp_millis(count as i64).unwrap_or_default();
                match self {
                    Self::Date => at.format("%Y-%m-%d").to_string(),
                    _ => at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
                }
            }
        }
    }
}

/// Where the ends and the step stand.
type Parts = (Range<usize>, Range<usize>, Option<Range<usize>>);

/// Splits `FROM..TO:STEP`; the step may be absent. Colons of an instant belong to it.
fn parts(text: &str) -> Option<Parts> {
    let dots = text.find("..")?;
    let after = dots + 2;
    let end = &text[after..];
    // An instant has colons of its own: `2024-01-01T00:00:00Z:6h`, or with an offset `+01:00`.
    let step = end.rfind(':').filter(|at| {
        let is_step = parse_instant(end).is_err() && Mark::parse(end[..*at].trim()).is_some();
        is_step || !end.contains('T')
    });
    Some(match step {
        None => (0..dots, after..text.len(), None),
        Some(at) => (0..dots, after..after + at, Some(after + at + 1..text.len())),
    })
}

/// The levels of a range.
pub(crate) fn expand(text: &str) -> Result<Vec<String>, Wrong> {
    let whole = 0..text.len();
    let form = "write FROM..TO or FROM..TO:STEP, such as 0..14, 0..1:0.25, 10%..50%:10%, 2h..8h:30m";
    let Some((from, to, step)) = parts(text) else {
        return Err(Wrong::new(whole, "no range").help(form));
    };
    let mark = |span: &Range<usize>| {
        Mark::parse(text[span.clone()].trim()).ok_or_else(|| {
            let message = format!("`{}` is no number, percentage, time or date", &text[span.clone()]);
            Wrong::new(span.clone(), message).help(format!("{form}; quote a text that holds two dots"))
        })
    };
    let (first, last) = (mark(&from)?, mark(&to)?);
    let given = step.as_ref().map(mark).transpose()?;
    let step_span = step.unwrap_or(whole.clone());
    let (form, first, last, step) = counts((first, &from), (last, &to), (given, &step_span))?;
    if step <= 0 {
        return Err(Wrong::new(step_span, "a range goes on in steps above zero"));
    }
    if last < first {
        let (to, from) = (form.text(last), form.text(first));
        return Err(Wrong::new(whole, "the range ends before it begins").help(format!("write {to}..{from}")));
    }
    let count = (last - first) / step + 1;
    if count > MOST_LEVELS as i128 {
        let count = u64::try_from(count).map_or_else(|_| "very many".to_owned(), grouped);
        let message = format!("{count} levels; the limit is {}", grouped(MOST_LEVELS as u64));
        return Err(Wrong::new(whole, message).help("take a larger step"));
    }
    Ok((0..count).map(|index| form.text(first + index * step)).collect())
}

/// How counts are written, the first, the last, and the step.
type Counts = (Form, i128, i128, i128);

/// A mark and where it stands.
type At<'s, M> = (M, &'s Range<usize>);

/// The ends and the step as whole numbers of one unit.
fn counts(
    (from, _): At<'_, Mark>,
    (to, to_span): At<'_, Mark>,
    (step, step_span): At<'_, Option<Mark>>,
) -> Result<Counts, Wrong> {
    let no_step = |example: &str| {
        let what = match from {
            Mark::Number(_) | Mark::Percent(_) => "fractions",
            Mark::Time(..) => "times",
            Mark::Date(_) | Mark::Instant(_) => "dates",
        };
        let message = format!("a range of {what} needs a step");
        Wrong::new(step_span.clone(), message).help(format!("add one: {example}"))
    };
    let decimals = |from: Decimal, to: Decimal, step: Option<Decimal>, ending: &'static str| {
        let step = match step {
            Some(step) => step,
            None if from.is_whole() && to.is_whole() => Decimal::whole(1),
            None => return Err(no_step(&format!("0{ending}..1{ending}:0.25{ending}"))),
        };
        let places = from.places().max(to.places()).max(step.places());
        let scaled = |decimal: Decimal| decimal.scaled(places);
        let form = Form::Decimal { places, ending };
        Ok((form, scaled(from), scaled(to), scaled(step)))
    };
    let mixed = |span: &Range<usize>, other: Mark| {
        Wrong::new(
            span.clone(),
            format!("{} stands beside {}", other.kind(), from.kind()),
        )
    };
    match (from, to, step) {
        (Mark::Number(from), Mark::Number(to), None) => decimals(from, to, None, ""),
        (Mark::Number(from), Mark::Number(to), Some(Mark::Number(step))) => {
            decimals(from, to, Some(step), "")
        }
        (Mark::Percent(from), Mark::Percent(to), None) => decimals(from, to, None, "%"),
        (Mark::Percent(from), Mark::Percent(to), Some(Mark::Percent(step))) => {
            decimals(from, to, Some(step), "%")
        }
        (Mark::Time(..), Mark::Time(..), None) => Err(no_step("2h..8h:30m")),
        (Mark::Time(from, one), Mark::Time(to, other), Some(Mark::Time(step, third))) => {
            let longest = one.min(other).min(third);
            Ok((Form::Time { longest }, from, to, step))
        }
        (Mark::Date(_) | Mark::Instant(_), Mark::Date(_) | Mark::Instant(_), None) => {
            Err(no_step("2024-01-01..2024-03-01:7d"))
        }
        (
            Mark::Date(from_at) | Mark::Instant(from_at),
            Mark::Date(to_at) | Mark::Instant(to_at),
            Some(Mark::Time(step, _)),
        ) => {
            let days = matches!(from, Mark::Date(_)) && step % DAY == 0;
            let form = if days { Form::Date } else { Form::Instant };
            Ok((form, from_at, to_at, step))
        }
        (_, _, Some(step)) if std::mem::discriminant(&from) == std::mem::discriminant(&to) => {
            Err(mixed(step_span, step))
        }
        _ => Err(mixed(to_span, to)),
    }
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn ranges_are_exact_and_keep_their_units() {
        for (text, levels) in [
            ("0..3", "0 1 2 3"),
            ("-1..1", "-1 0 1"),
            ("0..1:0.25", "0 0.25 0.5 0.75 1"),
            ("0.1..0.3:0.1", "0.1 0.2 0.3"),
            ("1..10:4", "1 5 9"),
            ("10%..50%:20%", "10% 30% 50%"),
            ("1%..3%", "1% 2% 3%"),
            ("2h..4h:30m", "2h 2h30m 3h 3h30m 4h"),
            ("24h..72h:24h", "24h 48h 72h"),
            ("0m..30m:15m", "0m 15m 30m"),
            ("1w..2w:3d", "1w 1w3d 1w6d"),
            (
                "2024-02-27..2024-03-05:2d",
                "2024-02-27 2024-02-29 2024-03-02 2024-03-04",
            ),
            (
                "2024-01-01T00:00:00Z..2024-01-01T12:00:00Z:6h",
                "2024-01-01T00:00:00Z 2024-01-01T06:00:00Z 2024-01-01T12:00:00Z",
            ),
            (
                "2024-01-01..2024-01-02:12h",
                "2024-01-01T00:00:00Z 2024-01-01T12:00:00Z 2024-01-02T00:00:00Z",
            ),
            ("5..5", "5"),
        ] {
            assert_eq!(
                expand(text).map(|levels| levels.join(" ")),
                Ok(levels.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_range_says_so() {
        for (text, message) in [
            ("a..b", "`a` is no number, percentage, time or date"),
            ("0..", "`` is no number, percentage, time or date"),
            ("3..1", "the range ends before it begins"),
            ("0..1:0", "a range goes on in steps above zero"),
            ("0..1:-1", "a range goes on in steps above zero"),
            ("0.5..1", "a range of fractions needs a step"),
            ("2h..8h", "a range of times needs a step"),
            ("2024-01-01..2024-02-01", "a range of dates needs a step"),
            ("0..10%", "a percentage stands beside a number"),
            ("0..10:1h", "a time stands beside a number"),
            (
                "0..1000000000000",
                "1,000,000,000,001 levels; the limit is 1,000,000",
            ),
            (
                "0..1:0.000000000001",
                "1,000,000,000,001 levels; the limit is 1,000,000",
            ),
        ] {
            assert_eq!(expand(text).unwrap_err().message, message, "{text}");
        }
    }
}
