//! What the tests need of statistics.

use statrs::distribution::{ChiSquared, ContinuousCDF};

/// Mean of some values, and the standard error of it.
pub(crate) fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum::<f64>()
        / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Asserts that an estimate lies within four standard errors of the known answer.
pub(crate) fn assert_near(what: &str, estimate: f64, error: f64, known: f64) {
    assert!(error > 0.0, "{what}: a standard error of {error} proves nothing");
    let z = (estimate - known) / error;
    assert!(
        z.abs() <= 4.0,
        "{what}: {estimate} is {z:.2} standard errors from {known}"
    );
}

/// Probability that chance alone deviates at least as much from the expected counts.
pub(crate) fn chi_square_p(counts: &[u64], expected: &[f64]) -> f64 {
    assert_eq!(counts.len(), expected.len());
    assert!(
        expected.iter().all(|count| *count >= 5.0),
        "too few draws for this test"
    );
    let deviation = |(count, expected): (&u64, &f64)| {
        let difference = *count as f64 - expected;
        difference * difference / expected
    };
    let statistic: f64 = counts.iter().zip(expected).map(deviation).sum();
    ChiSquared::new(counts.len() as f64 - 1.0).unwrap().sf(statistic)
}

/// Asserts that counts are neither too far from the expected ones nor too close to them: of honest
/// draws one in a thousand fails here, and the draws of the tests are always the same.
pub(crate) fn assert_plausible(what: &str, counts: &[u64], expected: &[f64]) {
    let p = chi_square_p(counts, expected);
    assert!((0.0005..=0.9995).contains(&p), "{what}: p = {p}");
}

#[test]
fn a_biased_die_is_no_plausible_one() {
    let fair = [1000.0; 6];
    assert!(chi_square_p(&[1030, 980, 1010, 970, 1005, 1005], &fair) > 0.1);
    assert!(chi_square_p(&[1180, 980, 960, 960, 960, 960], &fair) < 1e-5);
}
