//! Elementary functions with one defined arithmetic: plain additions, multiplications, divisions
//! and square roots of IEEE doubles in a fixed order. Every machine gives the same bits, whether or
//! not it has fused multiply-add, and no C library decides a result.
//!
//! None of them branches, and whole and floating numbers are converted by their bits, so that a
//! compiler may work on several numbers at once.

/// Natural logarithm of a positive, finite, normal number; within two units in the last place.
#[inline]
pub fn ln(x: f64) -> f64 {
    // x = m 2^e with m in [sqrt(1/2), sqrt 2); ln m = 2 atanh((m - 1) / (m + 1)).
    const HALF_SQRT: u64 = 0x3FE6_A09E_667F_3BCD;
    // The bits of 2^52: below them, a double counts in ones.
    const ONES: u64 = 0x4330_0000_0000_0000;
    let shifted = x.to_bits().wrapping_sub(HALF_SQRT);
    let exponent =
        f64::from_bits(ONES | shifted.wrapping_add(1024 << 52) >> 52) - (f64::from_bits(ONES) + 1024.0);
    let m = f64::from_bits((shifted & 0x000F_FFFF_FFFF_FFFF) + HALF_SQRT);
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let small = 2.0 * s * z * horner(&ATANH, z) + exponent * LN_2_LOW;
    exponent * LN_2_HIGH + (2.0 * s + small)
}

const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// e to the power x, for |x| up to 700; within one unit in the last place.
#[inline]
pub fn exp(x: f64) -> f64 {
    // x = n ln 2 + r with |r| at most ln 2 / 2; adding and taking away 1.5 x 2^52 rounds to whole,
    // and leaves n in the lowest bits of the sum.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let sum = x * std::f64::consts::LOG2_E + ROUND;
    let n = sum - ROUND;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    let power = f64::from_bits(sum.to_bits().wrapping_add(1023) << 52);
    horner(&EXP, r) * power
}

/// Sine and cosine of a whole turn times x / 2^32.
#[inline]
pub fn sin_cos_turn(x: u32) -> (f64, f64) {
    // Nearest quarter turn, and an angle in [-pi/4, pi/4] from there.
    let quarter = x.wrapping_add(1 << 29) >> 30;
    let rest = x.wrapping_sub(quarter << 30) as i32;
    let angle = f64::from(rest) * (std::f64::consts::TAU / 4_294_967_296.0);
    let z = angle * angle;
    let (sine, cosine) = (horner(&SINE, z) * angle, horner(&COSINE, z));
    // Odd quarters exchange the two; the sine is negative in quarters 2 and 3, the cosine in 1 and 2.
    let exchange = u64::from(quarter & 1).wrapping_neg() & (sine.to_bits() ^ cosine.to_bits());
    let sine_sign = u64::from(quarter >> 1) << 63;
    let cosine_sign = u64::from((quarter + 1) >> 1) << 63;
    (
        f64::from_bits(sine.to_bits() ^ exchange ^ sine_sign),
        f64::from_bits(cosine.to_bits() ^ exchange ^ cosine_sign),
    )
}

/// Two independent standard normals from two uniform words (Box and Muller 1958). The first word
/// decides the radius in steps of 2^-32, so that no value lies beyond 6.77.
#[inline]
pub fn normal_pair(radius: u32, angle: u32) -> (f64, f64) {
    let u = (f64::from(radius) + 0.5) * (1.0 / 4_294_967_296.0);
    let r = (-2.0 * ln(u)).sqrt();
    let (sin, cos) = sin_cos_turn(angle);
    (r * cos, r * sin)
}

/// A polynomial by Horner's rule, the coefficient of the highest power first.
#[inline]
fn horner<const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    let [highest, lower @ ..] = coefficients.as_slice() else {
        return 0.0;
    };
    lower.iter().fold(*highest, |sum, next| sum * x + next)
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
