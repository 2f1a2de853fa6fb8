//! Dates for people.

use patchbench_kernel::SimTime;
use patchbench_model::clock::to_utc;

/// `Tue 2024-01-09 16:00Z`
pub fn weekday_date_time(at: SimTime) -> String {
    to_utc(at).format("%a %Y-%m-%d %H:%MZ").to_string()
}

/// `Tue 01-09 16:00Z`, where the year is said elsewhere
pub fn short_date(at: SimTime) -> String {
    to_utc(at).format("%a %m-%d %H:%MZ").to_string()
}
