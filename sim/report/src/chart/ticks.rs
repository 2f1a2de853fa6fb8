//! Where the labels of an axis of dates stand: at beginnings of hours, days, months or years.

use super::Format;
use chrono::{DateTime, Datelike, Days, Duration, Months, NaiveTime, Utc};

/// Most labels that fit side by side.
const MOST: usize = 10;

/// From one label to the next.
#[derive(Clone, Copy)]
enum Step {
    Hours(u32),
    Days(u32),
    Months(u32),
}

/// The steps to choose from, rising.
const STEPS: [Step; 16] = [
    Step::Hours(1),
    Step::Hours(3),
    Step::Hours(6),
    Step::Hours(12),
    Step::Days(1),
    Step::Days(2),
    Step::Days(7),
    Step::Days(14),
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
    Step::Months(12),
    Step::Months(24),
    Step::Months(60),
    Step::Months(240),
];

/// The labels of an axis.
pub(crate) struct Ticks {
    /// Where they stand, rising.
    pub(crate) at: Vec<DateTime<Utc>>,
    /// How they are written, as `chrono` formats dates.
    pub(crate) format: &'static str,
}

/// Labels for a period: the finest step that has room. One at the very end would be cut off.
pub(crate) fn ticks(from: DateTime<Utc>, to: DateTime<Utc>) -> Ticks {
    let to = to - (to - from) / 36;
    let mut chosen = STEPS[STEPS.len() - 1];
    for step in STEPS {
        if stepped(from, to, step).take(MOST + 1).count() <= MOST {
            chosen = step;
            break;
        }
    }
    Ticks {
        at: stepped(from, to, chosen).take(MOST).collect(),
        format: match chosen {
            Step::Hours(_) => "%d %b %H:%M",
            Step::Days(_) | Step::Months(_) => "%d %b %Y",
        },
    }
}

/// The beginnings of a step within a period: days count from its first midnight, months by the
/// calendar.
fn stepped(from: DateTime<Utc>, to: DateTime<Utc>, step: Step) -> impl Iterator<Item = DateTime<Utc>> {
    let next = move |at: &DateTime<Utc>| match step {
        Step::Hours(hours) => at.checked_add_signed(Duration::hours(i64::from(hours))),
        Step::Days(days) => at.checked_add_days(Days::new(u64::from(days))),
        Step::Months(months) => at.checked_add_months(Months::new(months)),
    };
    std::iter::successors(floor(from, step), next)
        .skip_while(move |at| *at < from)
        .take_while(move |at| *at <= to)
}

/// A beginning at or before the start of a period; of days, that of its first whole day.
fn floor(from: DateTime<Utc>, step: Step) -> Option<DateTime<Utc>> {
    let midnight = from.with_time(NaiveTime::MIN).single()?;
    match step {
        Step::Days(_) if midnight < from => midnight.checked_add_days(Days::new(1)),
        Step::Hours(_) | Step::Days(_) => Some(midnight),
        Step::Months(months) => {
            let first = midnight.with_day(1)?;
            // Steps of years begin with round ones.
            let past = (u32::try_from(first.year()).ok()? * 12 + first.month0()) % months;
            first.checked_sub_months(Months::new(past))
        }
    }
}

/// Round numbers of a range, at most so many: steps of 1, 2 or 5 times a power of ten.
pub(crate) fn numbers([from, to]: [f64; 2], most: usize, format: Format) -> Vec<f64> {
    let span = to - from;
    if !span.is_finite() || span <= 0.0 || most == 0 {
        return Vec::new();
    }
    let least = span / most as f64;
    // By way of text, since logarithms differ between machines in their last digit.
    let text = format!("{least:e}");
    let exponent = text.split_once('e').map_or("0", |(_, exponent)| exponent);
    let mut power: f64 = format!("1e{exponent}").parse().unwrap_or(1.0);
    if format == Format::Whole {
        power = power.max(1.0);
    }
    let step = [1.0, 2.0, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|step| *step >= least)
        .unwrap_or(10.0 * power);
    let first = (from / step).ceil();
    let slack = span * 1e-9;
    (0..=most)
        .map(|index| (first + index as f64) * step)
        .take_while(|value| *value <= to + slack)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_numbers_are_round_and_no_more_than_fit() {
        let shares = numbers([0.0, 1.06], 6, Format::Percent);
        let shown: Vec<String> = shares
            .into_iter()
            .map(|share| Format::Percent.text(share))
            .collect();
        assert_eq!(shown, ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]);
        assert_eq!(numbers([0.0, 2.4], 6, Format::Whole), [0.0, 1.0, 2.0]);
        assert_eq!(
            numbers([-35.0, 12.0], 5, Format::Decimal),
            [-30.0, -20.0, -10.0, -0.0, 10.0]
        );
        for (range, most) in [([0.0, 1e-9], 9), ([-3.0, 1e9], 3), ([5.0, 6.0], 1)] {
            assert!(numbers(range, most, Format::Decimal).len() <= most + 1);
        }
        assert!(numbers([1.0, 1.0], 5, Format::Decimal).is_empty());
        assert!(numbers([0.0, f64::INFINITY], 5, Format::Decimal).is_empty());
    }
}
