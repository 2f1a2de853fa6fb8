//! One opening of a maintenance window, with its cutoff and end. Semantics, section 4.5.

use chrono::{DateTime, TimeDelta, Utc};

/// When a window opens, stops starting tasks, and closes. Hours are elapsed ones: a clock change in
/// between does not shorten or lengthen the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowOccurrence {
    /// When it opens.
    pub opens: DateTime<Utc>,
    /// From when no task starts.
    pub cutoff: DateTime<Utc>,
    /// When it closes.
    pub closes: DateTime<Utc>,
}

impl WindowOccurrence {
    /// The occurrence that opens at `opens`, lasts `duration_hours` and has its cutoff
    /// `cutoff_hours` before the end.
    pub fn new(opens: DateTime<Utc>, duration_hours: u8, cutoff_hours: u8) -> Self {
        let closes = opens + TimeDelta::hours(i64::from(duration_hours));
        Self {
            opens,
            cutoff: closes - TimeDelta::hours(i64::from(cutoff_hours)),
            closes,
        }
    }
}
