//! Simulated time: integer milliseconds.

use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// An instant: milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(i64);

/// A span of time in milliseconds; may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimDuration(i64);

impl SimTime {
    /// Before everything.
    pub const MIN: Self = Self(i64::MIN);
    /// After everything.
    pub const MAX: Self = Self(i64::MAX);

    /// The instant this many milliseconds after the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The instant `span` later, if it can be represented.
    pub fn checked_add(self, span: SimDuration) -> Option<Self> {
        self.0.checked_add(span.0).map(Self)
    }

    /// The instant `span` later, or the last one there is.
    pub const fn saturating_add(self, span: SimDuration) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// The instant `span` earlier, or the first one there is.
    pub const fn saturating_sub(self, span: SimDuration) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// The time since `earlier`. Panics on overflow, which is a bug.
    pub fn since(self, earlier: Self) -> SimDuration {
        self - earlier
    }
}

impl SimDuration {
    /// No time.
    pub const ZERO: Self = Self(0);

    /// This many milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// This many seconds.
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds * SECOND)
    }

    /// This many minutes.
    pub const fn from_minutes(minutes: i64) -> Self {
        Self(minutes * MINUTE)
    }

    /// This many hours.
    pub const fn from_hours(hours: i64) -> Self {
        Self(hours * HOUR)
    }

    /// This many days of 86,400 seconds.
    pub const fn from_days(days: i64) -> Self {
        Self(days * DAY)
    }

    /// Milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Hours, with fractions.
    pub fn as_hours_f64(self) -> f64 {
        self.0 as f64 / HOUR as f64
    }

    /// Days of 86,400 seconds, with fractions.
    pub fn as_days_f64(self) -> f64 {
        self.0 as f64 / DAY as f64
    }

    /// The span `times` as long, if it can be represented.
    pub fn checked_mul(self, times: i64) -> Option<Self> {
        self.0.checked_mul(times).map(Self)
    }
}

impl Add<SimDuration> for SimTime {
    type Output = Self;

    fn add(self, span: SimDuration) -> Self {
        Self(
            self.0
                .checked_add(span.0)
                .expect("simulated time overflows: this is a bug"),
        )
    }
}

impl Sub<SimDuration> for SimTime {
    type Output = Self;

    fn sub(self, span: SimDuration) -> Self {
        Self(
            self.0
                .checked_sub(span.0)
                .expect("simulated time overflows: this is a bug"),
        )
    }
}

impl Sub for SimTime {
    type Output = SimDuration;

    fn sub(self, earlier: Self) -> SimDuration {
        SimDuration(
            self.0
                .checked_sub(earlier.0)
                .expect("simulated time overflows: this is a bug"),
        )
    }
}

impl Add for SimDuration {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(
            self.0
                .checked_add(other.0)
                .expect("simulated span overflows: this is a bug"),
        )
    }
}

impl Sub for SimDuration {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(
            self.0
                .checked_sub(other.0)
                .expect("simulated span overflows: this is a bug"),
        )
    }
}

impl Neg for SimDuration {
    type Output = Self;

    fn neg(self) -> Self {
        Self(
            self.0
                .checked_neg()
                .expect("simulated span overflows: this is a bug"),
        )
    }
}

impl Mul<i64> for SimDuration {
    type Output = Self;

    fn mul(self, times: i64) -> Self {
        self.checked_mul(times)
            .expect("simulated span overflows: this is a bug")
    }
}

/// RFC 3339 in UTC; milliseconds only where there are any.
impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, in_day) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (year, month, day) = civil_from_days(days);
        let (hour, minute) = (in_day / HOUR, in_day / MINUTE % 60);
        let (second, millis) = (in_day / SECOND % 60, in_day % SECOND);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
        if millis > 0 {
            write!(f, ".{millis:03}")?;
        }
        f.write_str("Z")
    }
}

/// Proleptic Gregorian date of a day number (0 is 1970-01-01), counted in eras of 400 years that
/// begin on 1 March, so that the leap day comes last.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The two largest units, such as `2 h 30 min`.
impl fmt::Display for SimDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, span) = if self.0 < 0 {
            ("-", self.0.unsigned_abs())
        } else {
            ("", self.0.unsigned_abs())
        };
        let units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"), (1, "ms")];
        let first = units
            .iter()
            .position(|(size, _)| span >= *size as u64)
            .unwrap_or(units.len() - 1);
        let (size, name) = units[first];
        write!(f, "{sign}{} {name}", span / size as u64)?;
        if let Some((smaller, name)) = units.get(first + 1) {
            let rest = span % size as u64 / *smaller as u64;
            if rest > 0 {
                write!(f, " {rest} {name}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_as_rfc_3339() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_704_816_000_000, "2024-01-09T16:00:00Z"),
            (951_782_400_123, "2000-02-29T00:00:00.123Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(SimTime::from_millis(millis).to_string(), text);
        }
    }

    #[test]
    fn spans_read_in_their_two_largest_units() {
        for (span, text) in [
            (SimDuration::from_minutes(150), "2 h 30 min"),
            (SimDuration::from_hours(124), "5 d 4 h"),
            (SimDuration::from_secs(45), "45 s"),
            (SimDuration::from_millis(120), "120 ms"),
            (SimDuration::from_days(7), "7 d"),
            (-SimDuration::from_secs(90), "-1 min 30 s"),
            (SimDuration::ZERO, "0 ms"),
        ] {
            assert_eq!(span.to_string(), text);
        }
    }
}
