//! Distributions against their known moments and quantiles.

use patchbench_kernel::{
    Distribution, DistributionError, Generator, SimDuration, StreamKey, Streams, round_ms,
};
use statrs::distribution::{ContinuousCDF, Exp, Gamma, LogNormal, Uniform};

use crate::statistics::{assert_near, assert_plausible};

const DRAWS: usize = 100_000;

fn generator(entity: u64) -> Generator {
    Streams::new(7, 0).generator(StreamKey {
        purpose: 3,
        entity,
        attempt: 0,
    })
}

const fn minutes(minutes: i64) -> SimDuration {
    SimDuration::from_minutes(minutes)
}

/// What is known of a distribution, in milliseconds.
struct Known {
    mean: f64,
    variance: f64,
    /// Fourth central moment by the square of the variance.
    kurtosis: f64,
    /// Quantile function and distribution function.
    inverse: Box<dyn Fn(f64) -> f64>,
    cdf: Box<dyn Fn(f64) -> f64>,
}

impl Known {
    fn new(moments: [f64; 3], of: impl ContinuousCDF<f64, f64> + Clone + 'static) -> Self {
        let also = of.clone();
        let [mean, variance, kurtosis] = moments;
        Self {
            mean,
            variance,
            kurtosis,
            inverse: Box::new(move |p| also.inverse_cdf(p)),
            cdf: Box::new(move |x| of.cdf(x)),
        }
    }
}

/// Mean and variance, and the share below the known quantiles, each within four standard errors.
fn check(name: &str, distribution: &Distribution, known: &Known) {
    let mut luck = generator(name.len() as u64);
    let draws: Vec<f64> = (0..DRAWS)
        .map(|_| distribution.sample(&mut luck).millis() as f64)
        .collect();
    let n = DRAWS as f64;
    let mean = draws.iter().sum::<f64>() / n;
    assert_near(
        &format!("{name}: mean"),
        mean,
        (known.variance / n).sqrt(),
        known.mean,
    );
    let stated = distribution.mean_ms();
    assert!(
        (stated - known.mean).abs() < 1e-9 * known.mean,
        "{name}: mean_ms is {stated}"
    );
    // Around the known mean; the error of a variance is that of a mean of squares.
    let variance = draws
        .iter()
        .map(|x| (x - known.mean) * (x - known.mean))
        .sum::<f64>()
        / n;
    let error = known.variance * ((known.kurtosis - 1.0) / n).sqrt();
    assert_near(&format!("{name}: variance"), variance, error, known.variance);
    for p in [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99] {
        // Times are whole milliseconds: up to the quantile means up to half a one more.
        let limit = (known.inverse)(p).floor();
        let p = (known.cdf)(limit + 0.5);
        let below = draws.iter().filter(|x| **x <= limit).count() as f64;
        assert_near(
            &format!("{name}: {p} quantile"),
            below,
            (n * p * (1.0 - p)).sqrt(),
            n * p,
        );
    }
}

#[test]
fn lognormal_times_have_their_moments_and_quantiles() {
    for (median, sigma) in [(8, 0.6), (3, 0.4), (22, 0.5), (60, 1.0), (1, 0.05)] {
        let distribution = Distribution::lognormal(minutes(median), sigma).unwrap();
        let ms = minutes(median).millis() as f64;
        let w = libm::exp(sigma * sigma);
        let mean = ms * libm::sqrt(w);
        let kurtosis = w * w * w * w + 2.0 * w * w * w + 3.0 * w * w - 3.0;
        let known = Known::new(
            [mean, mean * mean * (w - 1.0), kurtosis],
            LogNormal::new(libm::log(ms), sigma).unwrap(),
        );
        check(&format!("lognormal {median} min {sigma}"), &distribution, &known);
        assert_eq!(distribution.scale_ms(), ms);
    }
}

#[test]
fn exponential_times_have_their_moments_and_quantiles() {
    let ms = minutes(20).millis() as f64;
    let known = Known::new([ms, ms * ms, 9.0], Exp::new(1.0 / ms).unwrap());
    check(
        "exponential",
        &Distribution::exponential(minutes(20)).unwrap(),
        &known,
    );
}

#[test]
fn uniform_times_have_their_moments_and_quantiles() {
    let (low, high) = (minutes(10), minutes(40));
    let (a, b) = (low.millis() as f64, high.millis() as f64);
    let known = Known::new(
        [f64::midpoint(a, b), (b - a) * (b - a) / 12.0, 1.8],
        Uniform::new(a, b).unwrap(),
    );
    check("uniform", &Distribution::uniform(low, high).unwrap(), &known);
}

#[test]
fn gamma_times_have_their_moments_and_quantiles() {
    for shape in [0.05, 0.3, 0.9, 1.0, 1.5, 4.0, 30.0, 2_000.0] {
        let distribution = Distribution::gamma(SimDuration::from_hours(2), shape).unwrap();
        let mean = SimDuration::from_hours(2).millis() as f64;
        let known = Known::new(
            [mean, mean * mean / shape, 3.0 + 6.0 / shape],
            Gamma::new(shape, shape / mean).unwrap(),
        );
        check(&format!("gamma {shape}"), &distribution, &known);
    }
}

/// At the least shape most draws are too small for a double, and must come out as nothing at all.
#[test]
fn gamma_times_of_the_least_shape_stay_what_they_are() {
    let mean = SimDuration::from_hours(2).millis() as f64;
    let distribution = Distribution::gamma(SimDuration::from_hours(2), 0.01).unwrap();
    let mut luck = generator(1);
    let draws: Vec<f64> = (0..400_000)
        .map(|_| distribution.factor_with(&mut luck))
        .collect();
    let n = draws.len() as f64;
    assert!(draws.iter().all(|factor| (0.0..1e6).contains(factor)));
    assert_near("mean", draws.iter().sum::<f64>() / n, (100.0 / n).sqrt(), 1.0);
    let known = Gamma::new(0.01, 0.01 / mean).unwrap();
    let p = known.cdf(0.5);
    let zero = draws
        .iter()
        .filter(|factor| round_ms(**factor * mean) == 0)
        .count() as f64;
    assert_near("share of nothing", zero, (n * p * (1.0 - p)).sqrt(), n * p);
}

#[test]
fn observed_times_come_with_their_weights() {
    let values = [30, 5, 10, 60].map(minutes);
    let weights = [2.0, 1.0, 4.0, 3.0];
    for (name, weights, shares) in [
        ("weighted", Some(&weights[..]), [0.2, 0.1, 0.4, 0.3]),
        ("even", None, [0.25; 4]),
    ] {
        let distribution = Distribution::empirical(&values, weights).unwrap();
        let mut luck = generator(2);
        let mut counts = [0; 4];
        for _ in 0..DRAWS {
            let drawn = distribution.sample(&mut luck);
            counts[values.iter().position(|value| *value == drawn).unwrap()] += 1;
        }
        assert_plausible(name, &counts, &shares.map(|share| share * DRAWS as f64));
        let mean: f64 = values
            .iter()
            .zip(shares)
            .map(|(value, share)| value.millis() as f64 * share)
            .sum();
        assert!((distribution.mean_ms() - mean).abs() < 1e-6);
    }
}

#[test]
fn observed_times_of_which_most_are_nothing_are_still_drawn() {
    let values = [SimDuration::ZERO, minutes(10)];
    let distribution = Distribution::empirical(&values, Some(&[3.0, 1.0])).unwrap();
    let mut luck = generator(3);
    let long = (0..DRAWS)
        .filter(|_| distribution.sample(&mut luck) == minutes(10))
        .count() as f64;
    assert_near("share", long, (DRAWS as f64 * 0.1875).sqrt(), 0.25 * DRAWS as f64);
    let nothing = Distribution::empirical(&[SimDuration::ZERO], None).unwrap();
    assert_eq!(nothing.sample(&mut luck), SimDuration::ZERO);
    assert_eq!(nothing.factor_with(&mut luck), 1.0);
}

#[test]
fn constant_times_draw_nothing() {
    let (mut luck, mut untouched) = (generator(4), generator(4));
    let constant = Distribution::constant(minutes(30)).unwrap();
    assert_eq!(constant.sample(&mut luck), minutes(30));
    assert_eq!(luck.next_u64(), untouched.next_u64());
    let point = Distribution::uniform(minutes(3), minutes(3)).unwrap();
    assert_eq!(point.sample(&mut luck), minutes(3));
    let sure = Distribution::lognormal(minutes(3), 0.0).unwrap();
    assert_eq!(sure.sample(&mut luck), minutes(3));
}

/// A model may stretch the scale of a time and keep its luck.
#[test]
fn a_time_is_its_scale_times_its_factor() {
    let values = [5, 10, 60].map(minutes);
    for distribution in [
        Distribution::constant(minutes(7)).unwrap(),
        Distribution::uniform(minutes(1), minutes(9)).unwrap(),
        Distribution::exponential(minutes(7)).unwrap(),
        Distribution::lognormal(minutes(7), 0.6).unwrap(),
        Distribution::gamma(minutes(7), 0.4).unwrap(),
        Distribution::empirical(&values, None).unwrap(),
    ] {
        let (mut luck, mut again) = (generator(5), generator(5));
        for _ in 0..100 {
            let factor = distribution.factor_with(&mut luck);
            let time = distribution.sample(&mut again);
            assert_eq!(
                time.millis(),
                round_ms(distribution.scale_ms() * factor),
                "{distribution:?}"
            );
        }
    }
}

#[test]
fn no_time_is_longer_than_ten_years() {
    let longest = SimDuration::from_days(3_652);
    let distribution = Distribution::lognormal(SimDuration::from_days(365), 10.0).unwrap();
    let mut luck = generator(6);
    let draws: Vec<SimDuration> = (0..1000).map(|_| distribution.sample(&mut luck)).collect();
    assert!(
        draws
            .iter()
            .all(|time| (SimDuration::ZERO..=longest).contains(time))
    );
    assert!(draws.contains(&longest));
}

#[test]
fn the_one_rounding_is_to_the_nearest_and_stays_in_range() {
    let longest = SimDuration::from_days(3_652).millis();
    for (ms, expected) in [
        (0.0, 0),
        (0.49, 0),
        (0.5, 1),
        (1.49, 1),
        (1.5, 2),
        (2.5, 3),
        (-0.3, 0),
        (-0.5, 0),
        (-1e9, 0),
        (480_000.2, 480_000),
        (longest as f64, longest),
        (longest as f64 + 1.0, longest),
        (1e300, longest),
        (f64::INFINITY, longest),
        (f64::NEG_INFINITY, 0),
        (f64::NAN, 0),
        (-f64::NAN, 0),
        (f64::MIN_POSITIVE, 0),
    ] {
        assert_eq!(round_ms(ms), expected, "{ms}");
    }
}

#[test]
fn what_is_no_distribution_is_refused() {
    use DistributionError::{LowAboveHigh, NoValues, Shape, Sigma, Time, Weights};
    let (zero, negative, ten) = (SimDuration::ZERO, minutes(-1), minutes(10));
    let too_long = SimDuration::from_millis(SimDuration::from_days(3_652).millis() + 1);
    for (made, error) in [
        (Distribution::constant(negative), Time),
        (Distribution::constant(too_long), Time),
        (Distribution::uniform(negative, ten), Time),
        (Distribution::uniform(ten, too_long), Time),
        (Distribution::uniform(ten, minutes(9)), LowAboveHigh),
        (Distribution::exponential(zero), Time),
        (Distribution::lognormal(zero, 0.5), Time),
        (Distribution::lognormal(ten, -0.1), Sigma),
        (Distribution::lognormal(ten, 10.1), Sigma),
        (Distribution::lognormal(ten, f64::NAN), Sigma),
        (Distribution::gamma(negative, 1.0), Time),
        (Distribution::gamma(ten, 0.0), Shape),
        (Distribution::gamma(ten, 10_001.0), Shape),
        (Distribution::gamma(ten, f64::NAN), Shape),
        (Distribution::empirical(&[], None), NoValues),
        (Distribution::empirical(&[negative], None), Time),
        (Distribution::empirical(&[ten], Some(&[])), Weights),
        (Distribution::empirical(&[ten], Some(&[0.0])), Weights),
        (Distribution::empirical(&[ten], Some(&[f64::NAN])), Weights),
        (Distribution::empirical(&[ten], Some(&[f64::INFINITY])), Weights),
        (
            Distribution::empirical(&[ten, ten], Some(&[f64::MAX, f64::MAX])),
            Weights,
        ),
    ] {
        assert_eq!(made, Err(error));
    }
    assert!(Distribution::constant(zero).is_ok());
    assert!(Distribution::uniform(zero, zero).is_ok());
}
