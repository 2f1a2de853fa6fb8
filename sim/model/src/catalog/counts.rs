//! Whole numbers by chance.

use patchbench_kernel::Generator;
use patchbench_kernel::math::ln;

use super::WeightedName;

/// A Poisson count: the arrivals of a process of rate 1 before `mean`.
pub(super) fn poisson_count(mean: f64, luck: &mut Generator) -> u64 {
    let mut count = 0;
    let mut passed = -ln(luck.unit_f64());
    while passed < mean {
        count += 1;
        passed -= ln(luck.unit_f64());
    }
    count
}

/// A geometric count from 1 on with this mean, at least 1.
pub(super) fn geometric_count(mean: f64, luck: &mut Generator) -> u64 {
    let mut count = 1;
    while luck.unit_f64() * mean > 1.0 {
        count += 1;
    }
    count
}

/// The name whose share of the weights contains `u` in (0, 1); empty when there is none.
pub(super) fn pick(names: &[WeightedName], u: f64) -> &str {
    let total: f64 = names.iter().map(|name| name.weight).sum();
    let mut left = u * total;
    for name in names {
        left -= name.weight;
        if left < 0.0 {
            return &name.name;
        }
    }
    names.last().map_or("", |name| &name.name)
}

#[cfg(test)]
mod tests {
    use patchbench_kernel::{StreamKey, Streams};

    use super::{geometric_count, pick, poisson_count};
    use crate::catalog::WeightedName;

    const DRAWS: u32 = 40_000;

    /// Mean and variance of a count.
    fn moments(draw: impl Fn(&mut patchbench_kernel::Generator) -> u64) -> (f64, f64) {
        let key = StreamKey {
            purpose: 0,
            entity: 0,
            attempt: 0,
        };
        let mut luck = Streams::new(1, 0).generator(key);
        let draws: Vec<f64> = (0..DRAWS).map(|_| draw(&mut luck) as f64).collect();
        let mean = draws.iter().sum::<f64>() / f64::from(DRAWS);
        let squares: f64 = draws.iter().map(|draw| (draw - mean) * (draw - mean)).sum();
        (mean, squares / f64::from(DRAWS))
    }

    #[test]
    fn poisson_counts_have_the_same_mean_and_variance() {
        for expected in [0.0, 0.3, 10.8] {
            let (mean, variance) = moments(|luck| poisson_count(expected, luck));
            assert!((mean - expected).abs() <= 0.02 * expected, "{mean}");
            assert!((variance - expected).abs() <= 0.04 * expected, "{variance}");
        }
    }

    #[test]
    fn geometric_counts_begin_at_one() {
        for expected in [1.0, 1.62, 4.0] {
            let (mean, variance) = moments(|luck| geometric_count(expected, luck));
            assert!((mean - expected).abs() <= 0.02 * expected, "{mean}");
            let wanted = expected * (expected - 1.0);
            assert!((variance - wanted).abs() <= 0.06 * wanted, "{variance}");
        }
    }

    #[test]
    fn names_are_picked_by_their_share() {
        let name = |name: &str, weight| WeightedName {
            name: name.to_owned(),
            weight,
        };
        let names = [name("a", 1.0), name("b", 3.0)];
        assert_eq!(pick(&names, 0.2), "a");
        assert_eq!(pick(&names, 0.3), "b");
        assert_eq!(pick(&names, 0.999_999), "b");
        assert_eq!(pick(&[], 0.5), "");
    }
}
