//! AWS schedule expressions and the windows that they open.
//!
//! What is AWS's own about them: six cron fields with the year last (or seven with seconds first),
//! 1 for Sunday, exactly one `?` in the day fields, `L`, `W` and `#`; `rate` and `at` beside `cron`;
//! a schedule offset in days; start and end dates with zones of their own. What a clock change does
//! is always explicit. Semantics, section 4.

mod cron;
mod error;
mod field;
mod schedule;
mod settings;
mod window;
mod zone;

pub use error::{Field, ScheduleError, ScheduleErrorKind};
pub use schedule::{ClockNote, Opening, Openings, Schedule, SkippedOpening};
pub use settings::{
    AtTimezone, CalendarSettings, CronLegacy, DstFold, DstGap, RateFirstTick, ScheduleOptions,
};
pub use window::WindowOccurrence;
pub use zone::{UnknownTimezone, timezone};
