//! The elementary functions against libm, and their bits.

use patchbench_kernel::math::{exp, ln, normal_pair, sin_cos_turn};
use patchbench_kernel::{Fingerprint, Generator, StreamKey, Streams};

use crate::statistics::{assert_near, assert_plausible};

fn generator(entity: u64) -> Generator {
    Streams::new(1, 1).generator(StreamKey {
        purpose: 0,
        entity,
        attempt: 0,
    })
}

/// How many doubles lie between two numbers.
fn ulps(a: f64, b: f64) -> u64 {
    let place = |x: f64| {
        let bits = x.to_bits() as i64;
        if bits < 0 { i64::MIN - bits } else { bits }
    };
    place(a).abs_diff(place(b))
}

/// The largest distance of a function from its reference, and where it is.
fn worst(
    inputs: impl Iterator<Item = f64>,
    function: fn(f64) -> f64,
    reference: fn(f64) -> f64,
) -> (u64, f64) {
    inputs
        .map(|x| (ulps(function(x), reference(x)), x))
        .fold(
            (0, 0.0),
            |worst, next| if next.0 > worst.0 { next } else { worst },
        )
}

/// Normal positive numbers of every magnitude.
fn every_magnitude(count: usize) -> impl Iterator<Item = f64> {
    let mut luck = generator(1);
    (0..count).map(move |_| {
        let exponent = 1 + luck.below(2046);
        f64::from_bits(exponent << 52 | luck.next_u64() >> 12)
    })
}

fn between(low: f64, high: f64, count: usize) -> impl Iterator<Item = f64> {
    let mut luck = generator(2);
    (0..count).map(move |_| low + (high - low) * luck.unit_f64())
}

#[test]
fn logarithms_are_within_two_ulps() {
    let edges = [
        f64::MIN_POSITIVE,
        f64::MAX,
        1.0,
        2.0,
        0.5,
        1.0 + f64::EPSILON,
        1.0 - f64::EPSILON / 2.0,
    ];
    let inputs = every_magnitude(200_000)
        .chain(between(0.0, 1.0, 200_000))
        .chain(between(0.9, 1.1, 100_000))
        .chain(between(1.0 - 1e-9, 1.0 + 1e-9, 10_000))
        .chain(edges);
    let (ulps, x) = worst(inputs, ln, libm::log);
    assert!(ulps <= 2, "ln {x:?} is off by {ulps} ulps");
    assert_eq!(ln(1.0), 0.0);
}

#[test]
fn exponentials_are_within_one_ulp() {
    let inputs = between(-700.0, 700.0, 300_000)
        .chain(between(-2.0, 2.0, 200_000))
        .chain(between(-1e-6, 1e-6, 10_000))
        .chain([-700.0, 700.0, 0.0, -0.0, 1e-300, -1e-300]);
    let (ulps, x) = worst(inputs, exp, libm::exp);
    assert!(ulps <= 1, "exp {x:?} is off by {ulps} ulps");
    assert_eq!(exp(0.0), 1.0);
}

#[test]
fn exponential_and_logarithm_undo_each_other() {
    for x in between(-300.0, 300.0, 50_000) {
        assert!((ln(exp(x)) - x).abs() <= 4e-16 * x.abs().max(1.0), "{x}");
    }
}

/// Words all over the turn, and around the eighths at which the reduction switches.
fn turns() -> impl Iterator<Item = u32> {
    let mut luck = generator(3);
    let around = (0..8u32).flat_map(|eighth| {
        (0..2001u32).map(move |step| (eighth << 29).wrapping_add(step).wrapping_sub(1000))
    });
    (0..300_000).map(move |_| luck.next_u32()).chain(around)
}

#[test]
fn sines_and_cosines_follow_the_turn() {
    for x in turns() {
        let angle = f64::from(x) * (std::f64::consts::TAU / 4_294_967_296.0);
        let (sin, cos) = sin_cos_turn(x);
        // Here the reference is the worse one: its angle, up to 2 pi, is itself rounded.
        assert!((sin - libm::sin(angle)).abs() < 1e-15, "sin {x}");
        assert!((cos - libm::cos(angle)).abs() < 1e-15, "cos {x}");
        assert!((sin * sin + cos * cos - 1.0).abs() < 5e-16, "{x}");
    }
}

#[test]
fn sines_and_cosines_near_the_axis_are_within_one_ulp() {
    for x in turns().map(|x| (x as i32) >> 3) {
        let angle = f64::from(x) * (std::f64::consts::TAU / 4_294_967_296.0);
        let (sin, cos) = sin_cos_turn(x as u32);
        assert!(ulps(sin, libm::sin(angle)) <= 1, "sin {x}");
        assert!(ulps(cos, libm::cos(angle)) <= 1, "cos {x}");
    }
}

#[test]
fn quarter_turns_are_exact() {
    let at = |quarters: u32| sin_cos_turn(quarters << 30);
    assert_eq!(
        [at(0), at(1), at(2), at(3)],
        [(0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0)]
    );
}

#[test]
fn a_quarter_turn_exchanges_sine_and_cosine() {
    for x in turns() {
        let (sin, cos) = sin_cos_turn(x);
        assert_eq!(sin_cos_turn(x.wrapping_add(1 << 30)), (cos, -sin));
    }
}

#[test]
fn pairs_of_normals_are_radius_and_angle() {
    let mut luck = generator(4);
    let edges = [(0, 0), (u32::MAX, 0), (0, 1 << 29), (u32::MAX, u32::MAX)];
    for (radius, angle) in (0..200_000)
        .map(|_| (luck.next_u32(), luck.next_u32()))
        .chain(edges)
    {
        let u = (f64::from(radius) + 0.5) / 4_294_967_296.0;
        let r = libm::sqrt(-2.0 * libm::log(u));
        let turn = f64::from(angle) * (std::f64::consts::TAU / 4_294_967_296.0);
        let (first, second) = normal_pair(radius, angle);
        assert!(
            (first - r * libm::cos(turn)).abs() <= 2e-15 * r.max(1.0),
            "{radius} {angle}"
        );
        assert!(
            (second - r * libm::sin(turn)).abs() <= 2e-15 * r.max(1.0),
            "{radius} {angle}"
        );
        assert!(first.abs().max(second.abs()) < 6.77);
    }
}

#[test]
fn pairs_of_normals_are_normal_and_independent() {
    const PAIRS: usize = 200_000;
    let mut luck = generator(5);
    let pairs: Vec<(f64, f64)> = (0..PAIRS)
        .map(|_| normal_pair(luck.next_u32(), luck.next_u32()))
        .collect();
    let n = PAIRS as f64;
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    // Variances of z, z^2, z^4 and of the product of two are 1, 2, 96 and 1.
    for (name, moment, variance, known) in [
        ("mean", mean(&|pair| pair.0), 1.0, 0.0),
        ("mean of the second", mean(&|pair| pair.1), 1.0, 0.0),
        ("variance", mean(&|pair| pair.0 * pair.0), 2.0, 1.0),
        ("variance of the second", mean(&|pair| pair.1 * pair.1), 2.0, 1.0),
        (
            "fourth moment",
            mean(&|pair| pair.0 * pair.0 * pair.0 * pair.0),
            96.0,
            3.0,
        ),
        ("covariance", mean(&|pair| pair.0 * pair.1), 1.0, 0.0),
    ] {
        assert_near(name, moment, (variance / n).sqrt(), known);
    }
    // Cells between the octiles of the normal distribution.
    let limits = [
        0.318_639_363_964_375,
        0.674_489_750_196_082,
        1.150_349_380_376_008,
    ];
    let cell = |z: f64| {
        let beyond = limits.iter().filter(|limit| z.abs() > **limit).count();
        if z < 0.0 { 3 - beyond } else { 4 + beyond }
    };
    let mut counts = [0; 64];
    for (first, second) in &pairs {
        counts[cell(*first) * 8 + cell(*second)] += 1;
    }
    assert_plausible("pairs of cells", &counts, &[n / 64.0; 64]);
}

/// The same bits on every machine. They were worked out by a program of its own, in another language,
/// from the same operations in the same order.
#[test]
fn results_have_their_pinned_bits() {
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    let logarithms = [0.1, 0.7, 1.5, 480.0, 1e-300].map(ln);
    assert_eq!(bits(&logarithms), PINNED_LN);
    let exponentials = [-700.0, -0.3, 0.18, 2.5, 67.7].map(exp);
    assert_eq!(bits(&exponentials), PINNED_EXP);
    let (sin, cos) = sin_cos_turn(0x1234_5678);
    let (other_sin, other_cos) = sin_cos_turn(0xDEAD_BEEF);
    assert_eq!(bits(&[sin, cos, other_sin, other_cos]), PINNED_TURN);
    let (first, second) = normal_pair(0x0BAD_CAFE, 0xFEED_F00D);
    assert_eq!(bits(&[first, second]), PINNED_NORMALS);
}

const PINNED_LN: [u64; 5] = [
    0xC002_6BB1_BBB5_5515,
    0xBFD6_D3C3_24E1_3F50,
    0x3FD9_F323_ECBF_984C,
    0x4018_B1F4_FC03_0845,
    0xC085_9634_47F8_7FB5,
];
const PINNED_EXP: [u64; 5] = [
    0x00D1_4F2B_0FB9_307F,
    0x3FE7_B4C8_69C3_7C05,
    0x3FF3_27CD_64CC_FC08,
    0x4028_5D6F_D931_E0BB,
    0x4609_7716_55D9_FF2A,
];
const PINNED_TURN: [u64; 4] = [
    0x3FDB_A74A_FB2F_D1AD,
    0x3FEC_DBCF_E320_A3EE,
    0xBFE7_5964_9E68_4D4A,
    0x3FE5_E1C0_C321_0CB0,
];
const PINNED_NORMALS: [u64; 2] = [0x4003_DF58_3066_D43B, 0xBFB0_B67C_F1C6_7E6A];

/// A rounding that differs now and then shows in the hash of thousands of results; these were worked
/// out in the same way.
#[test]
fn thousands_of_results_have_their_pinned_bits() {
    const COUNT: u32 = 10_000;
    let word = |index: u32| index.wrapping_mul(0x9E37_79B9).wrapping_add(12_345);
    let share = |index: u32| f64::from(word(index)) * (1.0 / 4_294_967_296.0);
    let hash = |results: &mut dyn Iterator<Item = f64>| {
        let mut hash = Fingerprint::new();
        results.for_each(|result| hash.absorb_word(result.to_bits()));
        hash.value()
    };
    let half_step = 0.5 / 4_294_967_296.0;
    let logarithms = hash(&mut (0..COUNT).map(|index| ln(share(index) + half_step)));
    assert_eq!(logarithms, 0xAEAD_9F99_793F_F95E);
    let exponentials = hash(&mut (0..COUNT).map(|index| exp(share(index) * 80.0 - 40.0)));
    assert_eq!(exponentials, 0xCBE4_D26B_4B7E_0B21);
    let turns = hash(
        &mut (0..COUNT)
            .map(|index| sin_cos_turn(word(index)))
            .flat_map(<[f64; 2]>::from),
    );
    assert_eq!(turns, 0xC7E1_0996_AD3A_C68D);
    let pairs = (0..COUNT).map(|index| normal_pair(word(2 * index), word(2 * index + 1)));
    assert_eq!(hash(&mut pairs.flat_map(<[f64; 2]>::from)), 0xD3BF_77AA_1CEF_96C0);
}
