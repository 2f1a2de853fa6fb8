//! Between simulated time and civil time.

use chrono::{DateTime, Utc};
use patchbench_kernel::SimTime;

/// The UTC instant of a simulated time. Times outside chrono's range (some 262,000 years) are
/// clamped to it.
pub fn to_utc(time: SimTime) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(time.millis()).unwrap_or(if time.millis() < 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    })
}

/// The simulated time of a UTC instant, in whole milliseconds.
pub fn from_utc(instant: DateTime<Utc>) -> SimTime {
    SimTime::from_millis(instant.timestamp_millis())
}

/// An instant for people, to the minute: `2024-01-09 16:00Z`.
pub fn date_time(time: SimTime) -> String {
    to_utc(time).format("%Y-%m-%d %H:%MZ").to_string()
}
