//! Sums in fixed point: exact integers, so that the order of addition does not show.

use ethnum::{I256, U256};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Binary places after the point. A tick, 2^-56, is far below what a figure of this field is known to;
/// squares of figures up to 10^9 over 10^18 observations still fit.
const PLACES: i32 = 56;

/// Count, sum and sum of squares. The sums are lost, and said to be, where they do not fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Moments {
    count: u64,
    sums: Option<Sums>,
    lost: bool,
}

/// In ticks, and in squares of ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sums {
    sum: I256,
    squares: U256,
}

impl Moments {
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// Adds a finite value some times.
    pub(super) fn add(&mut self, value: f64, times: u64) {
        let sums = ticks(value).and_then(|ticks| Sums::of(ticks, times));
        self.plus(times, sums);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        self.plus(other.count, other.sums);
    }

    fn plus(&mut self, count: u64, more: Option<Sums>) {
        let before = match (self.count, self.lost) {
            (_, true) => None,
            (0, false) => Some(Sums::NONE),
            _ => self.sums,
        };
        self.count += count;
        self.sums = before.zip(more).and_then(|(sums, more)| sums.plus(more));
        self.lost = self.sums.is_none();
    }

    /// The mean; `None` without values, or where the sums were lost.
    pub(super) fn mean(&self) -> Option<f64> {
        let sums = self.sums?;
        let (sign, magnitude) = (sums.sum.signum().as_f64(), sums.sum.unsigned_abs());
        let n = U256::from(self.count);
        let (whole, rest) = (magnitude / n, magnitude % n);
        let ticks = whole.as_f64() + rest.as_f64() / self.count as f64;
        Some(sign * ticks * scale(-PLACES))
    }

    /// The sample variance; `None` below two values, or where the sums were lost.
    pub(super) fn variance(&self) -> Option<f64> {
        let sums = self.sums.filter(|_| self.count > 1)?;
        // About a whole number of ticks next to the mean. Each term may pass 2^256, the result does not:
        // arithmetic modulo 2^256 gives it exactly.
        let n = I256::from(self.count);
        let middle = sums.sum / n;
        let twice = sums
            .sum
            .wrapping_mul(I256::from(2))
            .wrapping_sub(n.wrapping_mul(middle));
        let away = sums.squares.as_i256().wrapping_sub(middle.wrapping_mul(twice));
        Some(away.as_u256().as_f64() / (self.count - 1) as f64 * scale(-2 * PLACES))
    }
}

impl Sums {
    const NONE: Self = Self {
        sum: I256::ZERO,
        squares: U256::ZERO,
    };

    fn of(ticks: I256, times: u64) -> Option<Self> {
        let magnitude = ticks.unsigned_abs();
        Some(Self {
            sum: ticks.checked_mul(I256::from(times))?,
            squares: magnitude.checked_mul(magnitude)?.checked_mul(U256::from(times))?,
        })
    }

    fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            sum: self.sum.checked_add(other.sum)?,
            squares: self.squares.checked_add(other.squares)?,
        })
    }
}

/// A value in ticks, towards zero; `None` where it does not fit.
fn ticks(value: f64) -> Option<I256> {
    let bits = value.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    if exponent == 0 {
        return Some(I256::ZERO);
    }
    let mantissa = I256::from((bits & ((1 << 52) - 1)) | (1 << 52));
    let shift = exponent - 1075 + PLACES;
    let magnitude = match shift {
        0..=200 => mantissa << shift,
        -52..0 => mantissa >> -shift,
        ..-52 => I256::ZERO,
        _ => return None,
    };
    Some(if value < 0.0 { -magnitude } else { magnitude })
}

/// A power of two.
fn scale(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

impl Serialize for Sums {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let words = (self.sum.into_words(), self.squares.into_words());
        words.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Sums {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (sum, squares): ((i128, i128), (u128, u128)) = Deserialize::deserialize(deserializer)?;
        Ok(Self {
            sum: I256::from_words(sum.0, sum.1),
            squares: U256::from_words(squares.0, squares.1),
        })
    }
}
