//! Figures that drift from year to year.

use chrono::{Datelike, NaiveDate};
use patchbench_kernel::{SimDuration, SimTime};

use crate::clock::{from_utc, to_utc};

/// Figures by calendar year (UTC). In a year that is not known the nearest known one counts, of two
/// equally near ones the later.
#[derive(Clone, Debug, PartialEq)]
pub struct ByYear<T>(Vec<(i32, T)>);

impl<T> ByYear<T> {
    /// The figures of some years, in any order. None at all is a bug.
    pub fn new(known: Vec<(i32, T)>) -> Self {
        assert!(!known.is_empty(), "figures of at least one year are needed");
        let mut known = known;
        known.sort_by_key(|(year, _)| *year);
        Self(known)
    }

    /// The figures of a year.
    pub fn at(&self, year: i32) -> &T {
        &self.0[self.nearest(year)].1
    }

    /// All figures, by year.
    pub fn all(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, figures)| figures)
    }

    /// The figures that hold at an instant.
    pub fn at_time(&self, at: SimTime) -> &T {
        self.at(to_utc(at).year())
    }

    /// The same figures for ever: those of one year.
    pub fn pinned(mut self, year: i32) -> Self {
        let nearest = self.nearest(year);
        Self(vec![self.0.swap_remove(nearest)])
    }

    /// Pinned to a year if one is given.
    pub fn pinned_if(self, year: Option<i32>) -> Self {
        match year {
            Some(year) => self.pinned(year),
            None => self,
        }
    }

    /// The years that are known, rising.
    pub fn years(&self) -> impl Iterator<Item = i32> {
        self.0.iter().map(|(year, _)| *year)
    }

    /// The sum over a period of a rate per day that depends on the year.
    pub fn total(&self, from: SimTime, until: SimTime, per_day: impl Fn(&T) -> f64) -> f64 {
        let mut sum = 0.0;
        let mut at = from;
        while at < until {
            let end = next_year(at).min(until);
            sum += per_day(self.at_time(at)) * (end - at).as_days_f64();
            at = end;
        }
        sum
    }

    fn nearest(&self, year: i32) -> usize {
        let distance = |index: &usize| self.0[*index].0.abs_diff(year);
        (0..self.0.len()).rev().min_by_key(distance).unwrap_or(0)
    }
}

/// The beginning of the next calendar year, in UTC.
pub(super) fn next_year(at: SimTime) -> SimTime {
    let first = NaiveDate::from_ymd_opt(to_utc(at).year() + 1, 1, 1);
    // Beyond the end of the calendar time goes on in steps of a year.
    let step = at.saturating_add(SimDuration::from_days(365));
    first.map_or(step, |day| {
        from_utc(day.and_time(chrono::NaiveTime::MIN).and_utc())
    })
}

#[cfg(test)]
mod tests {
    use super::ByYear;
    use crate::clock::from_utc;

    fn at(text: &str) -> patchbench_kernel::SimTime {
        from_utc(text.parse().unwrap())
    }

    #[test]
    fn the_nearest_known_year_counts_and_of_two_the_later() {
        let figures = ByYear::new(vec![(2026, 'd'), (2022, 'a'), (2024, 'b')]);
        let letters: String = (2020..=2028).map(|year| *figures.at(year)).collect();
        assert_eq!(letters, "aaabbdddd");
        assert_eq!(figures.years().collect::<Vec<_>>(), [2022, 2024, 2026]);
        assert_eq!(*figures.clone().pinned(2024).at(2030), 'b');
        assert_eq!(*figures.pinned_if(None).at(2030), 'd');
    }

    #[test]
    fn rates_add_up_over_the_years_that_they_hold_in() {
        let figures = ByYear::new(vec![(2024, 1.0), (2025, 10.0)]);
        let total = |from, until| figures.total(at(from), at(until), |rate| *rate);
        assert!((total("2024-12-30T00:00:00Z", "2025-01-02T12:00:00Z") - 17.0).abs() < 1e-9);
        assert_eq!(total("2025-01-01T00:00:00Z", "2025-01-01T00:00:00Z"), 0.0);
    }
}
