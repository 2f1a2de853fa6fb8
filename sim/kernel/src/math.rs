//! Elementary functions with one defined arithmetic: plain additions, multiplications, divisions
//! and square roots of IEEE doubles in a fixed order. Every machine gives the same bits, whether or
//! not it has fused multiply-add, and no C library decides a result.
//!
//! None of them branches, and whole and floating numbers are converted by their bits, so that a
//! compiler may work on several numbers at once. Each is written for several independent numbers: one
//! waits for the step before, the others do not wait for it.

use std::array::from_fn;

/// Natural logarithm of a positive, finite, normal number; within two units in the last place.
#[inline]
pub fn ln(x: f64) -> f64 {
    ln_each([x])[0]
}

/// e to the power x, for |x| up to 700; within one unit in the last place.
#[inline]
pub fn exp(x: f64) -> f64 {
    exp_each([x])[0]
}

/// Sine and cosine of a whole turn times x / 2^32.
#[inline]
pub fn sin_cos_turn(x: u32) -> (f64, f64) {
    let (sin, cos) = sin_cos_turn_each([x]);
    (sin[0], cos[0])
}

/// Two independent standard normals from two uniform words (Box and Muller 1958). The first word
/// decides the radius in steps of 2^-32, so that no value lies beyond 6.77.
#[inline]
pub fn normal_pair(radius: u32, angle: u32) -> (f64, f64) {
    let (first, second) = normal_pair_each([radius], [angle]);
    (first[0], second[0])
}

/// [`ln`] of several numbers.
#[inline(always)]
pub(crate) fn ln_each<const N: usize>(x: [f64; N]) -> [f64; N] {
    // x = m 2^e with m in [sqrt(1/2), sqrt 2); ln m = 2 atanh((m - 1) / (m + 1)).
    const HALF_SQRT: u64 = 0x3FE6_A09E_667F_3BCD;
    // The bits of 2^52: below them, a double counts in ones.
    const ONES: u64 = 0x4330_0000_0000_0000;
    let shifted = x.map(|x| x.to_bits().wrapping_sub(HALF_SQRT));
    let exponent = shifted.map(|shifted| {
        f64::from_bits(ONES | shifted.wrapping_add(1024 << 52) >> 52) - (f64::from_bits(ONES) + 1024.0)
    });
    let m = shifted.map(|shifted| f64::from_bits((shifted & 0x000F_FFFF_FFFF_FFFF) + HALF_SQRT));
    let s = m.map(|m| (m - 1.0) / (m + 1.0));
    let z = s.map(|s| s * s);
    let series = horner(&ATANH, z);
    from_fn(|i| {
        let small = 2.0 * s[i] * z[i] * series[i] + exponent[i] * LN_2_LOW;
        exponent[i] * LN_2_HIGH + (2.0 * s[i] + small)
    })
}

const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// [`exp`] of several numbers.
#[inline(always)]
pub(crate) fn exp_each<const N: usize>(x: [f64; N]) -> [f64; N] {
    // x = n ln 2 + r with |r| at most ln 2 / 2; adding and taking away 1.5 x 2^52 rounds to whole,
    // and leaves n in the lowest bits of the sum.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let sum = x.map(|x| x * std::f64::consts::LOG2_E + ROUND);
    let r: [f64; N] = from_fn(|i| {
        let n = sum[i] - ROUND;
        (x[i] - n * LN_2_HIGH) - n * LN_2_LOW
    });
    let series = horner(&EXP, r);
    from_fn(|i| {
        let power = f64::from_bits(sum[i].to_bits().wrapping_add(1023) << 52);
        series[i] * power
    })
}

/// [`sin_cos_turn`] of several words.
#[expect(clippy::inline_always, reason = "it is compiled for each width of vectors")]
#[inline(always)]
fn sin_cos_turn_each<const N: usize>(x: [u32; N]) -> ([f64; N], [f64; N]) {
    // Nearest quarter turn, and an angle in [-pi/4, pi/4] from there.
    let quarter = x.map(|x| x.wrapping_add(1 << 29) >> 30);
    let angle: [f64; N] = from_fn(|i| {
        let rest = x[i].wrapping_sub(quarter[i] << 30) as i32;
        f64::from(rest) * (std::f64::consts::TAU / 4_294_967_296.0)
    });
    let z = angle.map(|angle| angle * angle);
    let (sine, cosine) = (horner(&SINE, z), horner(&COSINE, z));
    // Odd quarters exchange the two; the sine is negative in quarters 2 and 3, the cosine in 1 and 2.
    let turned: [(f64, f64); N] = from_fn(|i| {
        let (sine, cosine) = (sine[i] * angle[i], cosine[i]);
        let exchange = u64::from(quarter[i] & 1).wrapping_neg() & (sine.to_bits() ^ cosine.to_bits());
        let sine_sign = u64::from(quarter[i] >> 1) << 63;
        let cosine_sign = u64::from((quarter[i] + 1) >> 1) << 63;
        (
            f64::from_bits(sine.to_bits() ^ exchange ^ sine_sign),
            f64::from_bits(cosine.to_bits() ^ exchange ^ cosine_sign),
        )
    });
    (turned.map(|(sin, _)| sin), turned.map(|(_, cos)| cos))
}

/// [`normal_pair`] of several pairs of words.
#[expect(clippy::inline_always, reason = "it is compiled for each width of vectors")]
#[inline(always)]
pub(crate) fn normal_pair_each<const N: usize>(radii: [u32; N], angles: [u32; N]) -> ([f64; N], [f64; N]) {
    let u = radii.map(|radius| (f64::from(radius) + 0.5) * (1.0 / 4_294_967_296.0));
    let r = ln_each(u).map(|ln| (-2.0 * ln).sqrt());
    let (sin, cos) = sin_cos_turn_each(angles);
    (from_fn(|i| r[i] * cos[i]), from_fn(|i| r[i] * sin[i]))
}

/// A polynomial by Horner's rule, the coefficient of the highest power first, at several places.
#[expect(clippy::inline_always, reason = "it is compiled for each width of vectors")]
#[inline(always)]
fn horner<const K: usize, const N: usize>(coefficients: &[f64; K], x: [f64; N]) -> [f64; N] {
    let mut sum = [coefficients[0]; N];
    for next in &coefficients[1..] {
        for (sum, x) in sum.iter_mut().zip(&x) {
            *sum = *sum * x + next;
        }
    }
    sum
}

/// The series of atanh(s) / s - 1 in z = s^2, divided by z; z is at most 0.0295.
const ATANH: [f64; 10] = [
    1.0 / 21.0,
    1.0 / 19.0,
    1.0 / 17.0,
    1.0 / 15.0,
    1.0 / 13.0,
    1.0 / 11.0,
    1.0 / 9.0,
    1.0 / 7.0,
    1.0 / 5.0,
    1.0 / 3.0,
];

/// The series of the exponential.
const EXP: [f64; 14] = [
    1.0 / factorial(13),
    1.0 / factorial(12),
    1.0 / factorial(11),
    1.0 / factorial(10),
    1.0 / factorial(9),
    1.0 / factorial(8),
    1.0 / factorial(7),
    1.0 / factorial(6),
    1.0 / factorial(5),
    1.0 / factorial(4),
    1.0 / factorial(3),
    1.0 / factorial(2),
    1.0,
    1.0,
];

/// The series of sin(t) / t in t^2.
const SINE: [f64; 8] = [
    -1.0 / factorial(15),
    1.0 / factorial(13),
    -1.0 / factorial(11),
    1.0 / factorial(9),
    -1.0 / factorial(7),
    1.0 / factorial(5),
    -1.0 / factorial(3),
    1.0,
];

/// The series of cos(t) in t^2.
const COSINE: [f64; 9] = [
    1.0 / factorial(16),
    -1.0 / factorial(14),
    1.0 / factorial(12),
    -1.0 / factorial(10),
    1.0 / factorial(8),
    -1.0 / factorial(6),
    1.0 / factorial(4),
    -1.0 / factorial(2),
    1.0,
];

const fn factorial(n: u64) -> f64 {
    let (mut product, mut factor) = (1, 2);
    while factor <= n {
        product *= factor;
        factor += 1;
    }
    product as f64
}
