//! One field of a cron expression. Semantics, section 4.2.

use std::ops::Range;

use crate::error::{Field, ScheduleError, ScheduleErrorKind as Kind};

/// A rule for days that a plain set of numbers cannot say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DayRule {
    /// No rule beyond the sets.
    Plain,
    /// `L` in day-of-month.
    LastDay,
    /// `LW`
    LastWeekday,
    /// `nW`
    NearestWeekday(u16),
    /// `dL`
    LastOf(u16),
    /// `d#k`
    Nth(u16, u16),
}

/// What a field says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FieldValue {
    /// `?`
    Unspecified,
    /// Values in rising order; `any` where the field is just `*`.
    Set { values: Vec<u16>, any: bool },
    /// A day rule.
    Rule(DayRule),
}

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// The text of one field and where it stands in the expression.
#[derive(Clone, Copy)]
pub(crate) struct FieldText<'a> {
    pub(crate) field: Field,
    pub(crate) text: &'a str,
    pub(crate) start: usize,
}

impl FieldText<'_> {
    pub(crate) fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    fn error(&self, kind: Kind, message: impl Into<String>) -> ScheduleError {
        ScheduleError::new(kind, self.span(), message).in_field(self.field)
    }

    /// Reads the field.
    pub(crate) fn parse(&self) -> Result<FieldValue, ScheduleError> {
        if self.text == "?" {
            return match self.field {
                Field::DayOfMonth | Field::DayOfWeek => Ok(FieldValue::Unspecified),
                _ => Err(self
                    .error(
                        Kind::MisplacedQuestionMark,
                        format!("`?` cannot stand in the {} field", self.field.name()),
                    )
                    .hint("`?` belongs into day-of-month or day-of-week; write `*` for every value")),
            };
        }
        if let Some(rule) = self.day_rule()? {
            return Ok(rule);
        }
        let mut values = Vec::new();
        let mut at = self.start;
        for item in self.text.split(',') {
            let part = FieldText {
                text: item,
                start: at,
                ..*self
            };
            values.extend(part.item(self.text.contains(','))?);
            at += item.len() + 1;
        }
        values.sort_unstable();
        values.dedup();
        Ok(FieldValue::Set {
            values,
            any: self.text == "*",
        })
    }

    fn day_rule(&self) -> Result<Option<FieldValue>, ScheduleError> {
        let text = self.text.to_ascii_uppercase();
        let rule = match self.field {
            Field::DayOfMonth if text == "L" => DayRule::LastDay,
            Field::DayOfMonth if text == "LW" => DayRule::LastWeekday,
            Field::DayOfMonth if text.starts_with("L-") => {
                return Err(self
                    .error(Kind::Special, format!("`{}` is not in AWS's tables", self.text))
                    .hint("`L` is the last day of the month; days before it cannot be counted"));
            }
            Field::DayOfMonth if !text.contains(',') && text.ends_with('W') => {
                DayRule::NearestWeekday(self.number(&text[..text.len() - 1])?)
            }
            Field::DayOfWeek if text == "L" => {
                return Ok(Some(FieldValue::Set {
                    values: vec![7],
                    any: false,
                }));
            }
            Field::DayOfWeek if text.contains('#') => return self.nth(&text).map(Some),
            Field::DayOfWeek if !text.contains(',') && text.ends_with('L') => {
                DayRule::LastOf(self.number(&text[..text.len() - 1])?)
            }
            _ => return Ok(None),
        };
        Ok(Some(FieldValue::Rule(rule)))
    }

    fn nth(&self, text: &str) -> Result<FieldValue, ScheduleError> {
        if text.contains(',') || text.matches('#').count() > 1 {
            return Err(self
                .error(Kind::Nth, "only one `#` expression is allowed, and not in a list")
                .hint("for two days a month register two windows"));
        }
        let (day, nth) = text.split_once('#').unwrap_or((text, ""));
        match nth.parse::<u16>() {
            Ok(k @ 1..=5) if nth.len() == 1 => Ok(FieldValue::Rule(DayRule::Nth(self.number(day)?, k))),
            _ => Err(self
                .error(Kind::Nth, format!("`#` must be followed by 1 to 5, not `{nth}`"))
                .hint("no day of the week comes more than five times a month; L after it is the last one")),
        }
    }

    /// One item of a list: `*`, a value, a range, each perhaps with a step.
    fn item(&self, in_list: bool) -> Result<Vec<u16>, ScheduleError> {
        if self.text.is_empty() {
            return Err(self.error(
                Kind::EmptyItem,
                format!("the {} field has an empty item", self.field.name()),
            ));
        }
        let upper = self.text.to_ascii_uppercase();
        let special = match self.field {
            Field::DayOfMonth => upper.ends_with('L') || upper.ends_with('W'),
            Field::DayOfWeek => upper.ends_with('L'),
            _ => false,
        };
        if in_list && special {
            return Err(self.error(Kind::Special, format!("`{}` cannot be part of a list", self.text)));
        }
        let (base, step) = match self.text.split_once('/') {
            Some((base, step)) => (base, Some(self.step(step)?)),
            None => (self.text, None),
        };
        let (low, high) = self.field.range();
        let (from, to) = match base.split_once('-') {
            _ if base == "*" => (low, high),
            Some((from, to)) => (self.number(from)?, self.number(to)?),
            None => {
                let from = self.number(base)?;
                (from, if step.is_some() { high } else { from })
            }
        };
        let step = step.unwrap_or(1);
        if from <= to {
            return Ok((from..=to).step_by(step).collect());
        }
        // A range that wraps around counts through the end of the field.
        let size = usize::from(high - low + 1);
        let length = usize::from(high - from + 1 + to - low + 1);
        let value = |offset: usize| low + ((usize::from(from - low) + offset) % size) as u16;
        Ok((0..length).step_by(step).map(value).collect())
    }

    fn step(&self, text: &str) -> Result<usize, ScheduleError> {
        match text.parse::<usize>() {
            Ok(step) if step > 0 && text.bytes().all(|b| b.is_ascii_digit()) => Ok(step),
            _ => Err(self
                .error(
                    Kind::Step,
                    format!("`/{text}` in the {} field is no step", self.field.name()),
                )
                .hint("a step is a whole number from 1")),
        }
    }

    fn number(&self, text: &str) -> Result<u16, ScheduleError> {
        let (low, high) = self.field.range();
        if text.is_empty() {
            return Err(self.error(
                Kind::EmptyItem,
                format!("a value is missing in the {} field", self.field.name()),
            ));
        }
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return match text.parse::<u16>() {
                Ok(value) if (low..=high).contains(&value) => Ok(value),
                _ => Err(self.error(
                    Kind::OutOfRange,
                    format!("{} {text} is outside {low}-{high}", self.field.name()),
                )),
            };
        }
        let names: &[&str] = match self.field {
            Field::Month => &MONTHS,
            Field::DayOfWeek => &DAYS,
            _ => &[],
        };
        match names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
            Some(index) => Ok(index as u16 + 1),
            None => Err(self.unknown(text, names)),
        }
    }

    fn unknown(&self, text: &str, names: &[&str]) -> ScheduleError {
        let (low, high) = self.field.range();
        let error = self.error(
            Kind::UnknownValue,
            format!("`{text}` is no value of the {} field", self.field.name()),
        );
        match (names.first(), names.last()) {
            (Some(first), Some(last)) => error.hint(format!("{low}-{high} or {first}-{last}")),
            _ => error.hint(format!("{low}-{high}, or a list, range or step of such numbers")),
        }
    }
}
