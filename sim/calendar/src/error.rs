//! Why a schedule is refused.

use std::fmt;
use std::ops::Range;

/// A field of a cron expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Seconds.
    Seconds,
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Day of month.
    DayOfMonth,
    /// Month.
    Month,
    /// Day of week.
    DayOfWeek,
    /// Year.
    Year,
}

impl Field {
    /// Its name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::DayOfMonth => "day-of-month",
            Self::Month => "month",
            Self::DayOfWeek => "day-of-week",
            Self::Year => "year",
        }
    }

    /// Smallest and largest value. Semantics, section 4.2.
    pub const fn range(self) -> (u16, u16) {
        match self {
            Self::Seconds | Self::Minutes => (0, 59),
            Self::Hours => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::DayOfWeek => (1, 7),
            Self::Year => (1970, 2199),
        }
    }
}

/// The cause of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleErrorKind {
    /// Not `cron(…)`, `rate(…)` or `at(…)`.
    UnknownForm,
    /// Not 1 to 256 characters.
    Length,
    /// Not six or seven fields.
    FieldCount,
    /// The six-field form of 2017.
    LegacyCron,
    /// Both day fields have a value.
    BothDayFields,
    /// No day field is `?`, or both are.
    QuestionMark,
    /// `?` in another field.
    MisplacedQuestionMark,
    /// A number outside its field's range.
    OutOfRange,
    /// Not a number, name or wildcard of the field.
    UnknownValue,
    /// An empty list item or range end.
    EmptyItem,
    /// A step of zero, or not a number.
    Step,
    /// `#` not followed by 1 to 5, or several of them.
    Nth,
    /// `L` or `W` where it cannot stand, in a list, or `L-n`.
    Special,
    /// More often than every five minutes.
    TooFast,
    /// The value of a rate is no positive number.
    RateValue,
    /// The unit of a rate is unknown, or not in the singular or plural that the value asks for.
    RateUnit,
    /// The timestamp of `at()` cannot be read.
    AtTimestamp,
    /// An offset outside 1 to 6 days.
    OffsetRange,
    /// An offset without cron.
    OffsetWithoutCron,
}

/// A schedule expression that is refused: where, why, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleError {
    /// The cause.
    pub kind: ScheduleErrorKind,
    /// Bytes of the expression at fault.
    pub span: Range<usize>,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The cron field at fault.
    pub field: Option<Field>,
}

impl ScheduleError {
    pub(crate) fn new(kind: ScheduleErrorKind, span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            kind,
            span,
            message: message.into(),
            hint: None,
            field: None,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn in_field(mut self, field: Field) -> Self {
        self.field = Some(field);
        self
    }
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

impl std::error::Error for ScheduleError {}
