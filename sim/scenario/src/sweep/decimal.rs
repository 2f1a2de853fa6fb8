//! Exact decimals: what ranges count in. Binary floats would turn 0.1 + 0.2 into 0.30000000000000004.

use std::fmt;

/// Digits after the point that are kept apart.
const MOST_PLACES: u32 = 12;
/// Digits in all.
const MOST_DIGITS: usize = 18;

/// `units` · 10^-`places`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    units: i128,
    places: u32,
}

impl Decimal {
    /// Reads `-1`, `0.25` or `1_000`; `None` for anything else, exponents included.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix(['-', '+']) {
            Some(digits) if text.starts_with('-') => (-1, digits),
            Some(digits) => (1, digits),
            None => (1, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let whole = whole.replace('_', "");
        let dotted = digits.contains('.');
        if !is_number(&whole) || (dotted && !is_number(part)) {
            return None;
        }
        let places = part.len() as u32;
        if places > MOST_PLACES || whole.len() + part.len() > MOST_DIGITS {
            return None;
        }
        let units: i128 = format!("{whole}{part}").parse().ok()?;
        Some(Self {
            units: sign * units,
            places,
        })
    }

    pub(crate) const fn whole(units: i128) -> Self {
        Self { units, places: 0 }
    }

    /// Whether it was written without a point.
    pub(crate) const fn is_whole(self) -> bool {
        self.places == 0
    }

    /// In units of 10^-`places`, for at least as many places as it has itself.
    pub(crate) const fn scaled(self, places: u32) -> i128 {
        self.units * 10i128.pow(places - self.places)
    }

    pub(crate) const fn places(self) -> u32 {
        self.places
    }

    pub(crate) const fn of_units(units: i128, places: u32) -> Self {
        Self { units, places }
    }

    /// Numerator and denominator.
    pub(crate) const fn fraction(self) -> (i128, i128) {
        (self.units, 10i128.pow(self.places))
    }

    /// A hundredth of it.
    pub(crate) const fn hundredth(self) -> Self {
        Self {
            units: self.units,
            places: self.places + 2,
        }
    }
}

/// As short as it can be: without zeros at the end of its fraction.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut units, mut places) = (self.units, self.places);
        while places > 0 && units % 10 == 0 {
            (units, places) = (units / 10, places - 1);
        }
        let sign = if units < 0 { "-" } else { "" };
        let power = 10u128.pow(places);
        let (whole, part) = (units.unsigned_abs() / power, units.unsigned_abs() % power);
        if places == 0 {
            write!(f, "{sign}{whole}")
        } else {
            write!(f, "{sign}{whole}.{part:0width$}", width = places as usize)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn decimals_are_read_and_written_exactly() {
        for (text, told) in [
            ("0", Some("0")),
            ("-0.50", Some("-0.5")),
            ("+1_000", Some("1000")),
            ("0.000000000001", Some("0.000000000001")),
            ("1e3", None),
            ("1.", None),
            (".5", None),
            ("", None),
            ("-", None),
            ("9999999999999999999", None),
        ] {
            let read = Decimal::parse(text).map(|decimal| decimal.to_string());
            assert_eq!(read.as_deref(), told, "{text}");
        }
        assert_eq!(Decimal::parse("5").unwrap().hundredth().to_string(), "0.05");
    }
}
