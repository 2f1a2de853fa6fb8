//! What a run accumulates: exact integers, so that parts of a run merge exactly.

use crate::SimTime;

/// Observations of a whole number: count, sum, sum of squares, extremes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    count: u64,
    sum: i128,
    squares: i128,
    extremes: Option<(i64, i64)>,
}

impl Tally {
    /// Adds an observation.
    pub fn observe(&mut self, value: i64) {
        self.count += 1;
        self.sum += i128::from(value);
        self.squares += i128::from(value) * i128::from(value);
        let (low, high) = self.extremes.unwrap_or((value, value));
        self.extremes = Some((low.min(value), high.max(value)));
    }

    /// Adds the observations of another tally.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.squares += other.squares;
        self.extremes = match (self.extremes, other.extremes) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, two) => one.or(two),
        };
    }

    /// Number of observations.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Sum of the observations.
    pub const fn sum(&self) -> i128 {
        self.sum
    }

    /// Smallest and largest observation.
    pub const fn extremes(&self) -> Option<(i64, i64)> {
        self.extremes
    }

    /// Mean; `None` without observations.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// Sample variance; `None` below two observations.
    pub fn variance(&self) -> Option<f64> {
        let n = i128::from(self.count);
        (n > 1).then(|| (n * self.squares - self.sum * self.sum) as f64 / (n * (n - 1)) as f64)
    }
}

/// A whole number over simulated time, such as a queue length, and its integral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeWeighted {
    since: SimTime,
    changed: SimTime,
    level: i64,
    integral: i128,
}

impl TimeWeighted {
    /// A level from an instant on.
    pub const fn new(since: SimTime, level: i64) -> Self {
        Self {
            since,
            changed: since,
            level,
            integral: 0,
        }
    }

    /// The level changes; times must not go backwards.
    pub fn set(&mut self, at: SimTime, level: i64) {
        assert!(
            at >= self.changed,
            "a level changed backwards in time: this is a bug"
        );
        self.integral += i128::from((at - self.changed).millis()) * i128::from(self.level);
        (self.changed, self.level) = (at, level);
    }

    /// The current level.
    pub const fn level(&self) -> i64 {
        self.level
    }

    /// Average over the time until `at`, not before the last change; `None` when no time has passed.
    pub fn average(&self, at: SimTime) -> Option<f64> {
        assert!(
            at >= self.changed,
            "an average ends before the last change, backwards in time: this is a bug"
        );
        let open = i128::from((at - self.changed).millis()) * i128::from(self.level);
        let span = (at - self.since).millis();
        (span > 0).then(|| (self.integral + open) as f64 / span as f64)
    }
}
