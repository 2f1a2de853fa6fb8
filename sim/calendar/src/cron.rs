//! Cron expressions of maintenance windows, on the `cron` crate.
//!
//! The crate parses and holds the plain sets of seconds, minutes, hours and months. AWS's day rules
//! (`L`, `W`, `#`, `?`), wrap-around ranges and years to 2199 come on top: a day either matches or
//! not, and days are walked month by month. Everything here is local wall-clock time.

use std::str::FromStr;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime};
use cron::TimeUnitSpec;

use crate::error::{Field, ScheduleError, ScheduleErrorKind as Kind};
use crate::field::{DayRule, FieldText, FieldValue};
use crate::settings::{CalendarSettings, CronLegacy};

/// A cron expression that was accepted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cron {
    /// Seconds of the day at which it runs, rising: kept as three sets, never multiplied out.
    seconds: Vec<u32>,
    minutes: Vec<u32>,
    hours: Vec<u32>,
    days: DaySet,
    months: Vec<u32>,
    years: Vec<u16>,
}

/// Which days of a month match.
#[derive(Clone, Debug, PartialEq)]
enum DaySet {
    OfMonth(Vec<u16>),
    OfWeek(Vec<u16>),
    Rule(DayRule),
}

/// The shortest time between two runs that AWS supports, in seconds.
const SHORTEST: u32 = 300;

impl Cron {
    /// Reads what stands between `cron(` and `)`; `start` is where that begins in the expression.
    pub(crate) fn parse(
        inner: &str,
        start: usize,
        settings: CalendarSettings,
    ) -> Result<Self, ScheduleError> {
        let fields = split(inner, start);
        let whole = start..start + inner.len();
        let order = match fields.len() {
            6 if is_legacy(&fields) => match settings.cron_legacy {
                CronLegacy::Accept => LEGACY,
                CronLegacy::Reject => return Err(legacy(&fields, whole)),
            },
            6 => &SEVEN[1..],
            7 => SEVEN,
            count => return Err(field_count(inner, count, whole)),
        };
        let texts: Vec<FieldText<'_>> = fields
            .iter()
            .zip(order)
            .map(|((text, at), field)| FieldText {
                field: *field,
                text,
                start: *at,
            })
            .collect();
        let mut values = Vec::new();
        for text in &texts {
            values.push((text.field, text.parse()?));
        }
        let cron = Self::from_values(&texts, &values, settings)?;
        if !settings.allow_faster_than_five_minutes && cron.shortest_gap() < SHORTEST {
            return Err(ScheduleError::new(
                Kind::TooFast,
                whole,
                "the schedule runs more often than every five minutes",
            )
            .hint(
                "maintenance windows support at most one run in five minutes, such as cron(0/5 * * * ? *)",
            ));
        }
        Ok(cron)
    }

    fn from_values(
        texts: &[FieldText<'_>],
        values: &[(Field, FieldValue)],
        settings: CalendarSettings,
    ) -> Result<Self, ScheduleError> {
        let numbers = |field: Field, absent: Vec<u16>| {
            let found = values.iter().find(|(of, _)| *of == field);
            match found.map(|(_, value)| value) {
                Some(FieldValue::Set { values, .. }) => values.clone(),
                _ => absent,
            }
        };
        let years: Vec<u16> = numbers(Field::Year, (1970..=2199).collect());
        let list = |values: Vec<u16>| values.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
        let plain = format!(
            "{} {} {} * {} *",
            list(numbers(Field::Seconds, vec![0])),
            list(numbers(Field::Minutes, Vec::new())),
            list(numbers(Field::Hours, Vec::new())),
            list(numbers(Field::Month, Vec::new())),
        );
        let engine = cron::Schedule::from_str(&plain).map_err(|error| {
            let whole =
                texts.first().map_or(0, |text| text.start)..texts.last().map_or(0, |text| text.span().end);
            ScheduleError::new(
                Kind::UnknownValue,
                whole,
                format!("the expression cannot be read: {error}"),
            )
        })?;
        Ok(Self {
            seconds: engine.seconds().iter().collect(),
            minutes: engine.minutes().iter().collect(),
            hours: engine.hours().iter().collect(),
            months: engine.months().iter().collect(),
            days: days(texts, values, settings)?,
            years,
        })
    }

    /// The smallest number of seconds between two runs, assuming that two days in a row match
    /// whenever they could.
    fn shortest_gap(&self) -> u32 {
        let day = 86_400;
        let step = |values: &[u32]| values.windows(2).map(|pair| pair[1] - pair[0]).min();
        let span = |values: &[u32]| values[values.len() - 1] - values[0];
        let seconds_span = span(&self.seconds);
        let minutes_span = span(&self.minutes) * 60 + seconds_span;
        let mut shortest = step(&self.seconds).unwrap_or(day);
        shortest = shortest.min(step(&self.minutes).map_or(day, |minutes| minutes * 60 - seconds_span));
        shortest = shortest.min(step(&self.hours).map_or(day, |hours| hours * 3600 - minutes_span));
        if self.days_can_follow() {
            shortest = shortest.min(day - span(&self.hours) * 3600 - minutes_span);
        }
        shortest
    }

    fn days_can_follow(&self) -> bool {
        match &self.days {
            DaySet::OfMonth(days) => {
                days.windows(2).any(|pair| pair[1] == pair[0] + 1)
                    || (days.contains(&1) && days.iter().any(|day| *day >= 28))
            }
            DaySet::OfWeek(days) => {
                days.windows(2).any(|pair| pair[1] == pair[0] + 1) || (days.contains(&1) && days.contains(&7))
            }
            DaySet::Rule(_) => false,
        }
    }

    /// Local times at which it runs, from `from` on (inclusive), rising.
    pub(crate) fn local_times(&self, from: NaiveDateTime) -> LocalTimes<'_> {
        let days: Box<dyn Iterator<Item = NaiveDate> + '_> = Box::new(self.matching_days(from.date()));
        LocalTimes {
            cron: self,
            days,
            day: None,
            from,
            place: (0, 0, 0),
        }
    }

    /// Matching days from `from` on.
    fn matching_days(&self, from: NaiveDate) -> impl Iterator<Item = NaiveDate> + use<'_> {
        let first = self.years.partition_point(|year| i32::from(*year) < from.year());
        let months = self.years[first..]
            .iter()
            .flat_map(|year| self.months.iter().map(move |month| (*year, *month)));
        months
            .filter(move |(year, month)| (i32::from(*year), *month) >= (from.year(), from.month()))
            .flat_map(|(year, month)| self.days_of_month(i32::from(year), month))
            .filter(move |day| *day >= from)
    }

    fn days_of_month(&self, year: i32, month: u32) -> Vec<NaiveDate> {
        let Some(first) = NaiveDate::from_ymd_opt(year, month, 1) else {
            return Vec::new();
        };
        let length = u32::from(first.num_days_in_month());
        let on = |day: u32| NaiveDate::from_ymd_opt(year, month, day);
        let weekday = |day: &NaiveDate| day.weekday().num_days_from_sunday() as u16 + 1;
        let mut all = (1..=length).filter_map(on);
        match &self.days {
            DaySet::OfMonth(days) => days.iter().filter_map(|day| on(u32::from(*day))).collect(),
            DaySet::OfWeek(days) => all.filter(|day| days.contains(&weekday(day))).collect(),
            DaySet::Rule(DayRule::LastDay) => on(length).into_iter().collect(),
            DaySet::Rule(DayRule::LastWeekday) => {
                nearest_weekday(first, length, length).into_iter().collect()
            }
            DaySet::Rule(DayRule::NearestWeekday(day)) => nearest_weekday(first, u32::from(*day), length)
                .into_iter()
                .collect(),
            DaySet::Rule(DayRule::LastOf(wanted)) => {
                all.rfind(|day| weekday(day) == *wanted).into_iter().collect()
            }
            DaySet::Rule(DayRule::Nth(wanted, nth)) => all
                .filter(|day| weekday(day) == *wanted)
                .nth(usize::from(*nth) - 1)
                .into_iter()
                .collect(),
            DaySet::Rule(DayRule::Plain) => all.collect(),
        }
    }
}

/// The day from Monday to Friday that is nearest to `day`, never leaving the month.
fn nearest_weekday(first: NaiveDate, day: u32, length: u32) -> Option<NaiveDate> {
    let date = first.with_day(day)?;
    match date.weekday() {
        chrono::Weekday::Sat if day == 1 => date.checked_add_days(Days::new(2)),
        chrono::Weekday::Sat => date.pred_opt(),
        chrono::Weekday::Sun if day == length => date.checked_sub_days(Days::new(2)),
        chrono::Weekday::Sun => date.succ_opt(),
        _ => Some(date),
    }
}

/// Walks the local times of a cron expression.
pub(crate) struct LocalTimes<'c> {
    cron: &'c Cron,
    days: Box<dyn Iterator<Item = NaiveDate> + 'c>,
    day: Option<NaiveDate>,
    from: NaiveDateTime,
    /// Next hour, minute and second, as positions in their sets.
    place: (usize, usize, usize),
}

impl Iterator for LocalTimes<'_> {
    type Item = NaiveDateTime;

    fn next(&mut self) -> Option<NaiveDateTime> {
        loop {
            let day = if let Some(day) = self.day {
                day
            } else {
                let day = self.days.next()?;
                self.place = if day == self.from.date() {
                    self.first_place()
                } else {
                    (0, 0, 0)
                };
                self.day = Some(day);
                day
            };
            let (hour, minute, second) = self.place;
            let cron = self.cron;
            let Some(h) = cron.hours.get(hour) else {
                self.day = None;
                continue;
            };
            self.place = if second + 1 < cron.seconds.len() {
                (hour, minute, second + 1)
            } else if minute + 1 < cron.minutes.len() {
                (hour, minute + 1, 0)
            } else {
                (hour + 1, 0, 0)
            };
            let time = NaiveTime::from_hms_opt(*h, cron.minutes[minute], cron.seconds[second])?;
            let at = day.and_time(time);
            if at >= self.from {
                return Some(at);
            }
        }
    }
}

impl LocalTimes<'_> {
    /// On the first day, hours before the start are passed over.
    fn first_place(&self) -> (usize, usize, usize) {
        use chrono::Timelike;
        (
            self.cron.hours.partition_point(|hour| *hour < self.from.hour()),
            0,
            0,
        )
    }
}

const SEVEN: &[Field] = &[
    Field::Seconds,
    Field::Minutes,
    Field::Hours,
    Field::DayOfMonth,
    Field::Month,
    Field::DayOfWeek,
    Field::Year,
];
const LEGACY: &[Field] = &[
    Field::Seconds,
    Field::Minutes,
    Field::Hours,
    Field::DayOfMonth,
    Field::Month,
    Field::DayOfWeek,
];

/// Fields and where they begin.
fn split(inner: &str, start: usize) -> Vec<(&str, usize)> {
    let offset = |text: &str| text.as_ptr() as usize - inner.as_ptr() as usize;
    inner
        .split_whitespace()
        .map(|text| (text, start + offset(text)))
        .collect()
}

/// Today's six-field form has its `?` in field 3 or 5, the one of 2017 in field 4 or 6
/// (Semantics, section 4.2).
fn is_legacy(fields: &[(&str, usize)]) -> bool {
    let question = |index: usize| fields[index].0 == "?";
    (question(3) || question(5)) && !question(2) && !question(4)
}

fn legacy(fields: &[(&str, usize)], whole: std::ops::Range<usize>) -> ScheduleError {
    let texts: Vec<&str> = fields.iter().map(|(text, _)| *text).collect();
    let modern = match texts[0] {
        "0" => format!("cron({} *)", texts[1..].join(" ")),
        _ => format!("cron({} *)", texts.join(" ")),
    };
    ScheduleError::new(
        Kind::LegacyCron,
        whole,
        "this is the six-field form of 2017, with seconds first and no year",
    )
    .hint(format!("write {modern}"))
}

fn field_count(inner: &str, count: usize, whole: std::ops::Range<usize>) -> ScheduleError {
    let error = ScheduleError::new(
        Kind::FieldCount,
        whole,
        format!("{count} fields, but a maintenance window needs six (or seven with seconds first)"),
    );
    if count == 5 {
        error.hint(format!("add a year: cron({} *)", inner.trim()))
    } else {
        error.hint("minutes hours day-of-month month day-of-week year, such as cron(0 16 ? * TUE *)")
    }
}

fn days(
    texts: &[FieldText<'_>],
    values: &[(Field, FieldValue)],
    settings: CalendarSettings,
) -> Result<DaySet, ScheduleError> {
    let find = |field: Field| texts.iter().zip(values).find(|(text, _)| text.field == field);
    let (Some((month_text, (_, month))), Some((week_text, (_, week)))) =
        (find(Field::DayOfMonth), find(Field::DayOfWeek))
    else {
        return Err(ScheduleError::new(
            Kind::FieldCount,
            0..0,
            "the day fields are missing",
        ));
    };
    let both = month_text.span().start..week_text.span().end;
    let any = |value: &FieldValue| matches!(value, FieldValue::Set { any: true, .. });
    match (month, week) {
        (FieldValue::Unspecified, FieldValue::Unspecified) => Err(ScheduleError::new(
            Kind::QuestionMark,
            both,
            "both day fields are `?`, so no day is chosen",
        )
        .hint("write `*` in one of them for every day")
        .in_field(Field::DayOfMonth)),
        (FieldValue::Unspecified, week) => Ok(of_week(week)),
        (month, FieldValue::Unspecified) => Ok(of_month(month)),
        (month, week) if !settings.cron_require_question_mark && any(month) => Ok(of_week(week)),
        (month, week) if !settings.cron_require_question_mark && any(week) => Ok(of_month(month)),
        (month, week) if any(month) || any(week) => {
            let place = if any(month) { month_text } else { week_text };
            Err(ScheduleError::new(
                Kind::QuestionMark,
                place.span(),
                "one of the day fields must be `?`",
            )
            .hint(format!("write `?` instead of `*` in {}", place.field.name()))
            .in_field(place.field))
        }
        _ => Err(ScheduleError::new(
            Kind::BothDayFields,
            both,
            "both day-of-month and day-of-week are given",
        )
        .hint(both_hint(texts))
        .in_field(Field::DayOfWeek)),
    }
}

fn both_hint(texts: &[FieldText<'_>]) -> String {
    let with = |blank: Field| {
        let part = |text: &FieldText<'_>| if text.field == blank { "?" } else { text.text }.to_owned();
        texts.iter().map(part).collect::<Vec<_>>().join(" ")
    };
    let day = |field: Field| {
        texts
            .iter()
            .find(|text| text.field == field)
            .map_or("", |text| text.text)
            .to_owned()
    };
    format!(
        "for {} write cron({}); for day {} write cron({})",
        day(Field::DayOfWeek),
        with(Field::DayOfMonth),
        day(Field::DayOfMonth),
        with(Field::DayOfWeek)
    )
}

fn of_week(value: &FieldValue) -> DaySet {
    match value {
        FieldValue::Rule(rule) => DaySet::Rule(*rule),
        FieldValue::Set { values, .. } => DaySet::OfWeek(values.clone()),
        FieldValue::Unspecified => DaySet::Rule(DayRule::Plain),
    }
}

fn of_month(value: &FieldValue) -> DaySet {
    match value {
        FieldValue::Rule(rule) => DaySet::Rule(*rule),
        FieldValue::Set { values, .. } => DaySet::OfMonth(values.clone()),
        FieldValue::Unspecified => DaySet::Rule(DayRule::Plain),
    }
}
