//! Elementary functions with one defined arithmetic: plain additions, multiplications, divisions
//! and square roots of IEEE doubles in a fixed order. Every machine gives the same bits, whether or
//! not it has fused multiply-add, and no C library decides a result.

/// Natural logarithm of a positive, finite, normal number; within two units in the last place.
#[inline]
pub fn ln(x: f64) -> f64 {
    // x = m 2^e with m in [sqrt(1/2), sqrt 2); ln m = 2 atanh((m - 1) / (m + 1)).
    const HALF_SQRT: u64 = 0x3FE6_A09E_667F_3BCD;
    let shifted = x.to_bits().wrapping_sub(HALF_SQRT);
    let exponent = (shifted as i64 >> 52) as f64;
    let m = f64::from_bits((shifted & 0x000F_FFFF_FFFF_FFFF) + HALF_SQRT);
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    // 1/(2k+1), from the series of atanh; z is at most 0.0295.
    let mut sum = 1.0 / 21.0;
    for k in [19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
        sum = sum * z + 1.0 / k;
    }
    let small = 2.0 * s * z * sum + exponent * LN_2_LOW;
    exponent * LN_2_HIGH + (2.0 * s + small)
}

const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// e to the power x, for |x| up to 700; within one unit in the last place.
#[inline]
pub fn exp(x: f64) -> f64 {
    // x = n ln 2 + r with |r| at most ln 2 / 2; adding and taking away 1.5 x 2^52 rounds to whole.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let n = (x * std::f64::consts::LOG2_E + ROUND) - ROUND;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    // 1 + r/1 (1 + r/2 (1 + r/3 (...))): the series of the exponential, inside out.
    let mut sum = 1.0;
    for k in [13.0, 12.0, 11.0, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0] {
        sum = 1.0 + sum * r * (1.0 / k);
    }
    let power = f64::from_bits(((n as i64 + 1023) as u64) << 52);
    (1.0 + sum * r) * power
}

/// Sine and cosine of a whole turn times x / 2^32.
#[inline]
pub fn sin_cos_turn(x: u32) -> (f64, f64) {
    // Nearest quarter turn, and an angle in [-pi/4, pi/4] from there.
    let quarter = x.wrapping_add(1 << 29) >> 30;
    let rest = x.wrapping_sub(quarter << 30) as i32;
    let angle = f64::from(rest) * (std::f64::consts::TAU / 4_294_967_296.0);
    let z = angle * angle;
    let (mut sine, mut cosine) = (1.0, 1.0);
    for k in [15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
        sine = 1.0 - sine * z * (1.0 / (k * (k - 1.0)));
    }
    for k in [16.0, 14.0, 12.0, 10.0, 8.0, 6.0, 4.0, 2.0] {
        cosine = 1.0 - cosine * z * (1.0 / (k * (k - 1.0)));
    }
    sine *= angle;
    match quarter & 3 {
        0 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    }
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
