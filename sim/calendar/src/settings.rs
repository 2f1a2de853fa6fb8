//! Settings for what AWS does not document about schedules. Semantics, sections 4.2 to 4.4.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// How schedules are read where AWS leaves a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalendarSettings {
    /// Exactly one of the day fields must be `?`; otherwise `*` may stand in its place.
    pub cron_require_question_mark: bool,
    /// The seconds-first six-field form of 2017.
    pub cron_legacy: CronLegacy,
    /// First tick of a rate without a future start date.
    pub rate_first_tick: RateFirstTick,
    /// Zone in which `at()` is read.
    pub at_timezone: AtTimezone,
    /// Whether a run at the very end date takes place.
    pub end_date_inclusive: bool,
    /// A local time that does not exist.
    pub dst_gap: DstGap,
    /// A local time that occurs twice.
    pub dst_fold: DstFold,
    /// Allow schedules that run more often than every five minutes.
    pub allow_faster_than_five_minutes: bool,
}

impl Default for CalendarSettings {
    fn default() -> Self {
        Self {
            cron_require_question_mark: true,
            cron_legacy: CronLegacy::Reject,
            rate_first_tick: RateFirstTick::AfterInterval,
            at_timezone: AtTimezone::WindowOrUtc,
            end_date_inclusive: false,
            dst_gap: DstGap::Skip,
            dst_fold: DstFold::First,
            allow_faster_than_five_minutes: false,
        }
    }
}

/// `cron_legacy`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CronLegacy {
    /// Refuse it, with a hint.
    Reject,
    /// Read it.
    Accept,
}

/// `rate_first_tick`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateFirstTick {
    /// One interval after activation.
    AfterInterval,
    /// At activation.
    Immediate,
}

/// `at_timezone`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtTimezone {
    /// The schedule's zone if it has one, else UTC.
    WindowOrUtc,
    /// UTC.
    Utc,
}

/// `dst_gap`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DstGap {
    /// Nothing runs.
    Skip,
    /// It runs later by the length of the gap.
    ShiftForward,
}

/// `dst_fold`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DstFold {
    /// Once, at the first pass.
    First,
    /// Once, at the second pass.
    Second,
    /// At both passes.
    Both,
}

/// What belongs to a schedule besides its expression. Semantics, section 4.1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScheduleOptions {
    /// `ScheduleTimezone`; UTC when absent.
    pub timezone: Option<Tz>,
    /// `ScheduleOffset`: 1 to 6 days, cron only.
    pub offset_days: Option<u8>,
    /// `StartDate`
    pub start: Option<DateTime<Utc>>,
    /// `EndDate`
    pub end: Option<DateTime<Utc>>,
    /// How to read what AWS does not document.
    pub settings: CalendarSettings,
}
