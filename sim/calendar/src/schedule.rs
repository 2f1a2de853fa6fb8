//! Schedules: an expression with its zone, offset and dates, and when it opens.

use std::iter::Peekable;

use chrono::{DateTime, Days, NaiveDateTime, TimeDelta, TimeZone, Utc, offset::LocalResult};
use chrono_tz::Tz;

use crate::cron::{Cron, LocalTimes};
use crate::error::{ScheduleError, ScheduleErrorKind as Kind};
use crate::settings::{AtTimezone, DstFold, DstGap, RateFirstTick, ScheduleOptions};

/// A schedule of a maintenance window. Semantics, sections 4.1 to 4.4.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    expression: String,
    form: Form,
    options: ScheduleOptions,
}

#[derive(Clone, Debug, PartialEq)]
enum Form {
    Cron(Box<Cron>),
    Rate(TimeDelta),
    At(NaiveDateTime),
}

/// One opening of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// When.
    pub at: DateTime<Utc>,
    /// The instant of the expression before the schedule offset was added.
    pub base: DateTime<Utc>,
    /// What a clock change has to do with it.
    pub note: Option<ClockNote>,
}

/// A clock change that touches an opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockNote {
    /// Its local time occurs twice that day; this is the first pass.
    FirstPass,
    /// Its local time occurs twice that day; this is the second pass.
    SecondPass,
    /// Its local time does not exist that day; it runs later by the length of the gap.
    ShiftedOutOfGap,
}

/// A local time that does not exist, so that nothing opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkippedOpening {
    /// The local time.
    pub local: NaiveDateTime,
}

impl Schedule {
    /// Reads a `cron(…)`, `rate(…)` or `at(…)` expression.
    ///
    /// # Errors
    /// What is wrong with the expression or its offset, with its place and a hint.
    pub fn parse(expression: &str, options: ScheduleOptions) -> Result<Self, ScheduleError> {
        let whole = 0..expression.len();
        if expression.is_empty() || expression.chars().count() > 256 {
            return Err(ScheduleError::new(
                Kind::Length,
                whole,
                "a schedule has 1 to 256 characters",
            ));
        }
        let form = match wrapped(expression) {
            Some(("cron", inner, start)) => {
                Form::Cron(Box::new(Cron::parse(inner, start, options.settings)?))
            }
            Some(("rate", inner, start)) => Form::Rate(rate(inner, start, &options)?),
            Some(("at", inner, start)) => Form::At(at(inner, start)?),
            None if ["cron(", "rate(", "at("]
                .iter()
                .any(|form| expression.starts_with(form)) =>
            {
                let end = expression.len();
                let message = "the closing parenthesis is missing";
                return Err(ScheduleError::new(Kind::UnknownForm, end..end, message)
                    .hint(format!("write {expression})")));
            }
            _ => {
                return Err(ScheduleError::new(
                    Kind::UnknownForm,
                    whole,
                    format!("`{expression}` is no schedule"),
                )
                .hint("write cron(…), rate(…) or at(…), such as cron(0 16 ? * TUE *)"));
            }
        };
        check_offset(&options, &form, expression)?;
        Ok(Self {
            expression: expression.to_owned(),
            form,
            options,
        })
    }

    /// The expression as written.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Its zone; UTC when none was given.
    pub fn timezone(&self) -> Tz {
        self.options.timezone.unwrap_or(Tz::UTC)
    }

    /// Its zone, offset, dates and settings.
    pub fn options(&self) -> &ScheduleOptions {
        &self.options
    }

    /// The time from one opening to the next of a `rate(…)`.
    pub const fn interval(&self) -> Option<TimeDelta> {
        match self.form {
            Form::Rate(interval) => Some(interval),
            Form::Cron(_) | Form::At(_) => None,
        }
    }

    /// Openings strictly after `after`, rising, of a schedule that was created at `activation`.
    pub fn openings(&self, activation: DateTime<Utc>, after: DateTime<Utc>) -> Openings<'_> {
        let ticks: Box<dyn Iterator<Item = Opening> + '_> = match &self.form {
            Form::Cron(cron) => Box::new(self.cron_ticks(cron, activation, after)),
            Form::Rate(interval) => Box::new(self.rate_ticks(*interval, activation, after)),
            Form::At(local) => Box::new(self.at_tick(*local).into_iter()),
        };
        Openings {
            schedule: self,
            ticks: ticks.peekable(),
            after,
        }
    }

    fn cron_ticks<'s>(
        &'s self,
        cron: &'s Cron,
        activation: DateTime<Utc>,
        after: DateTime<Utc>,
    ) -> impl Iterator<Item = Opening> + 's {
        let offset = u64::from(self.options.offset_days.unwrap_or(0));
        // Begin a day and more before the first instant of interest: local time may run ahead, and
        // in a repeated hour it runs back.
        let earliest = self
            .options
            .start
            .map_or(after, |start| start.max(after) - TimeDelta::milliseconds(1));
        let back = TimeDelta::days(offset as i64) + TimeDelta::hours(26);
        let from = earliest.checked_sub_signed(back).unwrap_or(earliest);
        let local = from.with_timezone(&self.timezone()).naive_local();
        let waits = offset > 0;
        Ticks {
            schedule: self,
            times: cron.local_times(local),
            offset,
            pending: Vec::new(),
        }
        .filter(move |opening| !waits || opening.base >= activation)
    }

    fn rate_ticks(
        &self,
        interval: TimeDelta,
        activation: DateTime<Utc>,
        after: DateTime<Utc>,
    ) -> impl Iterator<Item = Opening> + use<> {
        let future = self.options.start.filter(|start| *start > activation);
        let immediate = future.is_some() || self.options.settings.rate_first_tick == RateFirstTick::Immediate;
        let first = future.unwrap_or(activation);
        let first = if immediate {
            Some(first)
        } else {
            first.checked_add_signed(interval)
        };
        // Jump to the first tick after `after` without counting through.
        let skipped = first.map_or(0, |first| {
            let passed = (after - first).num_milliseconds();
            if passed < 0 {
                0
            } else {
                passed / interval.num_milliseconds()
            }
        });
        let jump = TimeDelta::milliseconds(interval.num_milliseconds().saturating_mul(skipped));
        let begin = first.and_then(|first| first.checked_add_signed(jump));
        let ticks = std::iter::successors(begin, move |tick| tick.checked_add_signed(interval));
        let last = last_instant();
        ticks.take_while(move |tick| *tick <= last).map(|at| Opening {
            at,
            base: at,
            note: None,
        })
    }

    fn at_tick(&self, local: NaiveDateTime) -> Option<Opening> {
        let zone = match self.options.settings.at_timezone {
            AtTimezone::WindowOrUtc => self.timezone(),
            AtTimezone::Utc => Tz::UTC,
        };
        resolve(local, zone, self.options.settings.dst_gap, DstFold::First)
            .into_iter()
            .next()
            .map(|(at, note)| Opening { at, base: at, note })
    }

    /// Local times between the two instants that do not exist, so that nothing opens.
    pub fn skipped_in_gap(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<SkippedOpening> {
        let Form::Cron(cron) = &self.form else {
            return Vec::new();
        };
        if self.options.settings.dst_gap != DstGap::Skip {
            return Vec::new();
        }
        let zone = self.timezone();
        let begin = from.with_timezone(&zone).naive_local();
        let end = to.with_timezone(&zone).naive_local();
        let shifted = cron.local_times(begin).take_while(|local| *local <= end);
        let offset = Days::new(u64::from(self.options.offset_days.unwrap_or(0)));
        let run = shifted.filter_map(|local| local.checked_add_days(offset));
        run.filter(|local| matches!(zone.from_local_datetime(local), LocalResult::None))
            .map(|local| SkippedOpening { local })
            .collect()
    }
}

/// The last instant at which anything runs: the grammar's years end with 2199.
fn last_instant() -> DateTime<Utc> {
    chrono::NaiveDate::from_ymd_opt(2200, 1, 1).map_or(DateTime::<Utc>::MAX_UTC, |day| {
        day.and_time(chrono::NaiveTime::MIN).and_utc()
    })
}

/// Ticks of a cron expression in UTC, in rising order.
struct Ticks<'s> {
    schedule: &'s Schedule,
    times: LocalTimes<'s>,
    offset: u64,
    /// Ticks already resolved, latest first: the second pass of a repeated hour waits here for first
    /// passes that come before it.
    pending: Vec<Opening>,
}

impl Iterator for Ticks<'_> {
    type Item = Opening;

    fn next(&mut self) -> Option<Opening> {
        let options = &self.schedule.options;
        let zone = self.schedule.timezone();
        loop {
            let settled = self.pending.last().filter(|_| {
                options.settings.dst_fold == DstFold::First && options.settings.dst_gap == DstGap::Skip
            });
            if settled.is_some() {
                return self.pending.pop();
            }
            let Some(local) = self.times.next() else {
                return self.pending.pop();
            };
            let Some(run) = local.checked_add_days(Days::new(self.offset)) else {
                continue;
            };
            let base = zone.from_local_datetime(&local).earliest();
            for (at, note) in resolve(run, zone, options.settings.dst_gap, options.settings.dst_fold) {
                self.pending.push(Opening {
                    at,
                    base: base.map_or(at, |base| base.to_utc()),
                    note,
                });
            }
            self.pending.sort_by_key(|opening| std::cmp::Reverse(opening.at));
            self.pending.dedup_by_key(|opening| opening.at);
            // Local time never runs more than a few hours back: what is older is settled.
            if let (Some(first), Some(latest)) = (self.pending.last(), self.pending.first())
                && latest.at - first.at > TimeDelta::hours(4)
            {
                return self.pending.pop();
            }
        }
    }
}

/// The instants of a local time in a zone.
fn resolve(
    local: NaiveDateTime,
    zone: Tz,
    gap: DstGap,
    fold: DstFold,
) -> Vec<(DateTime<Utc>, Option<ClockNote>)> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) => vec![(at.to_utc(), None)],
        LocalResult::Ambiguous(first, second) => {
            let first = (first.to_utc(), Some(ClockNote::FirstPass));
            let second = (second.to_utc(), Some(ClockNote::SecondPass));
            match fold {
                DstFold::First => vec![first],
                DstFold::Second => vec![second],
                DstFold::Both => vec![first, second],
            }
        }
        LocalResult::None if gap == DstGap::Skip => Vec::new(),
        LocalResult::None => shifted(local, zone)
            .into_iter()
            .map(|at| (at, Some(ClockNote::ShiftedOutOfGap)))
            .collect(),
    }
}

/// A local time in a gap, later by the length of the gap: read with the zone's offset before it.
fn shifted(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    use chrono::Offset;
    let before = zone
        .from_local_datetime(&(local - TimeDelta::hours(25)))
        .latest()?;
    let offset = before.offset().fix();
    Some((local - offset).and_utc())
}

/// Openings of a schedule.
pub struct Openings<'s> {
    schedule: &'s Schedule,
    ticks: Peekable<Box<dyn Iterator<Item = Opening> + 's>>,
    after: DateTime<Utc>,
}

impl Iterator for Openings<'_> {
    type Item = Opening;

    fn next(&mut self) -> Option<Opening> {
        let options = &self.schedule.options;
        loop {
            let opening = self.ticks.next()?;
            let past_end = options.end.is_some_and(|end| {
                opening.at > end || (opening.at == end && !options.settings.end_date_inclusive)
            });
            if past_end {
                return None;
            }
            if opening.at > self.after && options.start.is_none_or(|start| opening.at >= start) {
                return Some(opening);
            }
        }
    }
}

/// The name before the parenthesis, what is inside, and where that begins.
fn wrapped(expression: &str) -> Option<(&str, &str, usize)> {
    let (name, rest) = expression.split_once('(')?;
    let inner = rest.strip_suffix(')')?;
    Some((name, inner, name.len() + 1))
}

fn rate(inner: &str, start: usize, options: &ScheduleOptions) -> Result<TimeDelta, ScheduleError> {
    let span = start..start + inner.len();
    let mut words = inner.split(' ').filter(|word| !word.is_empty());
    let (Some(value), Some(unit), None) = (words.next(), words.next(), words.next()) else {
        return Err(
            ScheduleError::new(Kind::RateValue, span, "a rate is a number and a unit")
                .hint("such as rate(7 days)"),
        );
    };
    let number: i64 = match value.parse() {
        Ok(number @ 1..=1_000_000) if value.bytes().all(|b| b.is_ascii_digit()) => number,
        _ => {
            return Err(ScheduleError::new(
                Kind::RateValue,
                span,
                format!("`{value}` is no positive whole number"),
            )
            .hint("a rate is a number from 1 to 1000000 and a unit"));
        }
    };
    let (minutes, plural) = match unit {
        "minute" | "minutes" => (1, unit == "minutes"),
        "hour" | "hours" => (60, unit == "hours"),
        "day" | "days" => (1440, unit == "days"),
        _ => {
            return Err(
                ScheduleError::new(Kind::RateUnit, span, format!("`{unit}` is no unit of a rate"))
                    .hint("minute, minutes, hour, hours, day or days"),
            );
        }
    };
    if plural != (number != 1) {
        let right = if number == 1 {
            unit.trim_end_matches('s').to_owned()
        } else {
            format!("{unit}s")
        };
        return Err(ScheduleError::new(
            Kind::RateUnit,
            span,
            format!("the value {value} needs the unit `{right}`"),
        )
        .hint(format!("write rate({value} {right})")));
    }
    let interval = TimeDelta::minutes(number * minutes);
    if interval < TimeDelta::minutes(5) && !options.settings.allow_faster_than_five_minutes {
        return Err(ScheduleError::new(
            Kind::TooFast,
            span,
            "the schedule runs more often than every five minutes",
        )
        .hint("maintenance windows support at most one run in five minutes"));
    }
    Ok(interval)
}

fn at(inner: &str, start: usize) -> Result<NaiveDateTime, ScheduleError> {
    NaiveDateTime::parse_from_str(inner, "%Y-%m-%dT%H:%M:%S").map_err(|_| {
        ScheduleError::new(
            Kind::AtTimestamp,
            start..start + inner.len(),
            format!("`{inner}` is no timestamp"),
        )
        .hint("write at(2026-11-24T16:00:00), without a zone")
    })
}

fn check_offset(options: &ScheduleOptions, form: &Form, expression: &str) -> Result<(), ScheduleError> {
    let whole = 0..expression.len();
    match options.offset_days {
        Some(days) if !(1..=6).contains(&days) => Err(ScheduleError::new(
            Kind::OffsetRange,
            whole,
            format!("a schedule offset of {days} days is outside 1-6"),
        )),
        Some(_) if !matches!(form, Form::Cron(_)) => Err(ScheduleError::new(
            Kind::OffsetWithoutCron,
            whole,
            "a schedule offset goes with cron only",
        )
        .hint("move the offset into the expression, or write it as cron(…)")),
        None | Some(_) => Ok(()),
    }
}
