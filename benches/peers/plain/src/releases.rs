//! The release dates of W2, which all implementations share.

use crate::{splitmix64, unit};

/// Weeks of the year of W2; the first day is a Monday.
pub const WEEKS: usize = 52;

const DAYS: usize = 7 * WEEKS;

/// Release times in days, rising: a Poisson process given its number of releases, weighted by day.
pub fn release_days(count: usize) -> Vec<f64> {
    let mut cumulated = vec![0.0];
    for day in 0..DAYS {
        cumulated.push(cumulated[day] + weight(day));
    }
    let mut state = 7;
    let mut times: Vec<f64> = (0..count)
        .map(|_| {
            let wanted = unit(splitmix64(&mut state)) * cumulated[DAYS];
            let day = cumulated.partition_point(|sum| *sum <= wanted) - 1;
            // Linear inside the day.
            day as f64 + (wanted - cumulated[day]) / (cumulated[day + 1] - cumulated[day])
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

/// Tuesdays are busy, weekends are quiet, and every fourth week has a day of many releases.
fn weight(day: usize) -> f64 {
    let usual = match day % 7 {
        1 => 3.0,
        5 | 6 => 0.25,
        _ => 1.0,
    };
    if day % 28 == 8 { usual + 20.0 } else { usual }
}
