//! What levels are worth in conditions: exact numbers, percentages, times, dates, texts.

use std::cmp::Ordering;

use super::decimal::Decimal;
use super::levels::label;
use super::range::exact_time;
use crate::read::parse_instant;

/// A value within a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Truth(bool),
    Text(String),
    Amount(Unit, Ratio),
}

/// What an amount counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Number,
    Percent,
    /// Milliseconds.
    Time,
    /// Milliseconds since 1970.
    Date,
}

/// An exact fraction with a positive denominator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ratio {
    over: i128,
    under: i128,
}

impl Ratio {
    const fn whole(over: i128) -> Self {
        Self { over, under: 1 }
    }

    fn new(over: i128, under: i128) -> Option<Self> {
        if under == 0 {
            return None;
        }
        let (mut a, mut b) = (over.checked_abs()?, under.checked_abs()?);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let divisor = if under < 0 { -a } else { a };
        Some(Self {
            over: over / divisor,
            under: under / divisor,
        })
    }

    fn of(decimal: Decimal) -> Option<Self> {
        let (over, under) = decimal.fraction();
        Self::new(over, under)
    }

    fn plus(self, other: Self, sign: i128) -> Option<Self> {
        let one = self.over.checked_mul(other.under)?;
        let two = other.over.checked_mul(self.under)?.checked_mul(sign)?;
        Self::new(one.checked_add(two)?, self.under.checked_mul(other.under)?)
    }

    fn times(self, other: Self) -> Option<Self> {
        Self::new(
            self.over.checked_mul(other.over)?,
            self.under.checked_mul(other.under)?,
        )
    }

    fn inverse(self) -> Option<Self> {
        Self::new(self.under, self.over)
    }

    fn compare(self, other: Self) -> Option<Ordering> {
        Some(
            self.over
                .checked_mul(other.under)?
                .cmp(&other.over.checked_mul(self.under)?),
        )
    }
}

impl Value {
    /// What a level, or a word of a condition, is worth.
    pub(crate) fn of(level: &str) -> Self {
        let text = label(level);
        let number = |unit, text: &str| Some(Self::Amount(unit, Ratio::of(Decimal::parse(text)?)?));
        number(Unit::Number, text)
            .or_else(|| number(Unit::Percent, text.strip_suffix('%')?))
            .or_else(|| Some(Self::Amount(Unit::Time, Ratio::whole(exact_time(text)?.0))))
            .or_else(|| {
                let at = parse_instant(text).ok()?.timestamp_millis();
                Some(Self::Amount(Unit::Date, Ratio::whole(at.into())))
            })
            .or(match text {
                "true" => Some(Self::Truth(true)),
                "false" => Some(Self::Truth(false)),
                _ => None,
            })
            .unwrap_or_else(|| Self::Text(text.to_owned()))
    }

    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Truth(_) => "true or false",
            Self::Text(_) => "a text",
            Self::Amount(Unit::Number, _) => "a number",
            Self::Amount(Unit::Percent, _) => "a percentage",
            Self::Amount(Unit::Time, _) => "a time",
            Self::Amount(Unit::Date, _) => "a date",
        }
    }
}

/// How two values compare; the reason when they do not.
pub(crate) fn compare(left: &Value, right: &Value, equality: bool) -> Result<Ordering, String> {
    match (left, right) {
        (Value::Amount(one, a), Value::Amount(two, b)) if one == two => a
            .compare(*b)
            .ok_or_else(|| "numbers that are too long".to_owned()),
        (Value::Text(a), Value::Text(b)) if equality => Ok(a.cmp(b)),
        (Value::Truth(a), Value::Truth(b)) if equality => Ok(a.cmp(b)),
        (Value::Text(_), Value::Text(_)) => Err("texts are equal or not; none is less".to_owned()),
        // A text is no number, and of levels such as 0, 1 and 10% some differ in kind: they are not equal.
        (
            Value::Text(_) | Value::Amount(Unit::Percent, _),
            Value::Amount(Unit::Number | Unit::Percent, _),
        )
        | (
            Value::Amount(Unit::Number | Unit::Percent, _),
            Value::Text(_) | Value::Amount(Unit::Percent, _),
        ) if equality => Ok(Ordering::Less),
        _ => Err(format!("{} is compared with {}", left.kind(), right.kind())),
    }
}

/// `left sign right`; the reason when it is worth nothing.
pub(crate) fn calculate(sign: char, left: &Value, right: &Value) -> Result<Value, String> {
    let (Value::Amount(one, a), Value::Amount(two, b)) = (left, right) else {
        let other = if matches!(left, Value::Amount(..)) {
            right
        } else {
            left
        };
        return Err(format!("`{sign}` takes numbers and times, not {}", other.kind()));
    };
    let unit = unit_of(sign, *one, *two).ok_or_else(|| {
        format!(
            "`{sign}` cannot stand between {} and {}",
            left.kind(),
            right.kind()
        )
    })?;
    let worth = match sign {
        '+' => a.plus(*b, 1),
        '-' => a.plus(*b, -1),
        '*' => a.times(*b),
        _ => b.inverse().and_then(|inverse| a.times(inverse)),
    };
    worth
        .map(|worth| Value::Amount(unit, worth))
        .ok_or_else(|| match b.over {
            0 => "a division by zero".to_owned(),
            _ => "numbers that are too long".to_owned(),
        })
}

fn unit_of(sign: char, one: Unit, two: Unit) -> Option<Unit> {
    match (sign, one, two) {
        ('-', Unit::Date, Unit::Date) => Some(Unit::Time),
        ('+' | '-', Unit::Date, Unit::Time) | ('+', Unit::Time, Unit::Date) => Some(Unit::Date),
        (_, Unit::Date, _) | (_, _, Unit::Date) => None,
        ('+' | '-', one, two) => (one == two).then_some(one),
        ('*', Unit::Number, other) | ('*' | '/', other, Unit::Number) => Some(other),
        ('/', one, two) => (one == two).then_some(Unit::Number),
        _ => None,
    }
}
