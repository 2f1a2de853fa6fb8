//! Chance as fast as one gets it without an address for every draw: one xoshiro256++ generator a
//! replication, normal deviates from a ziggurat.

use crate::{splitmix64, unit};

/// Draws in the order in which they are asked for.
pub struct Sampler {
    generator: Xoshiro,
    ziggurat: Ziggurat,
}

impl Sampler {
    /// The draws of one replication.
    pub fn new(seed: u64) -> Self {
        let mut state = seed;
        Self {
            generator: Xoshiro([(); 4].map(|()| splitmix64(&mut state))),
            ziggurat: Ziggurat::new(),
        }
    }

    /// Whether something of this probability happens.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.generator.unit() < probability
    }

    /// A lognormal deviate by its median and the deviation of its logarithm.
    pub fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * (sigma * self.ziggurat.normal(&mut self.generator)).exp()
    }
}

/// Blackman and Vigna, xoshiro256++ 1.0.
struct Xoshiro([u64; 4]);

impl Xoshiro {
    fn next(&mut self) -> u64 {
        let state = &mut self.0;
        let result = state[0]
            .wrapping_add(state[3])
            .rotate_left(23)
            .wrapping_add(state[0]);
        let shifted = state[1] << 17;
        state[2] ^= state[0];
        state[3] ^= state[1];
        state[1] ^= state[2];
        state[0] ^= state[3];
        state[2] ^= shifted;
        state[3] = state[3].rotate_left(45);
        result
    }

    fn unit(&mut self) -> f64 {
        unit(self.next())
    }
}

const LAYERS: usize = 128;
/// Where the tail begins, and the area of each layer, for 128 layers.
const TAIL: f64 = 3.442_619_855_899;
const AREA: f64 = 9.912_563_035_262_17e-3;

/// Marsaglia and Tsang's method for the normal density, as Doornik (2005) words it.
struct Ziggurat {
    edges: [f64; LAYERS + 1],
    ratios: [f64; LAYERS],
}

/// The normal density but for its factor.
fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp()
}

impl Ziggurat {
    fn new() -> Self {
        let mut edges = [0.0; LAYERS + 1];
        edges[0] = AREA / density(TAIL);
        edges[1] = TAIL;
        for layer in 2..LAYERS {
            let below = edges[layer - 1];
            edges[layer] = (-2.0 * (AREA / below + density(below)).ln()).sqrt();
        }
        let ratios = std::array::from_fn(|layer| edges[layer + 1] / edges[layer]);
        Self { edges, ratios }
    }

    fn normal(&self, generator: &mut Xoshiro) -> f64 {
        loop {
            // The layer comes from bits that the fraction does not use.
            let bits = generator.next();
            let layer = bits as usize % LAYERS;
            let fraction = 2.0 * unit(bits) - 1.0;
            let x = fraction * self.edges[layer];
            if fraction.abs() < self.ratios[layer] {
                return x;
            }
            if layer == 0 {
                return tail(generator).copysign(fraction);
            }
            let (low, high) = (density(self.edges[layer]), density(self.edges[layer + 1]));
            if low + generator.unit() * (high - low) < density(x) {
                return x;
            }
        }
    }
}

/// Marsaglia's method beyond [`TAIL`].
fn tail(generator: &mut Xoshiro) -> f64 {
    loop {
        // 1 - u is never zero.
        let beyond = -(1.0 - generator.unit()).ln() / TAIL;
        let bound = -2.0 * (1.0 - generator.unit()).ln();
        if beyond * beyond <= bound {
            return TAIL + beyond;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_of_lognormal_deviates_are_normal() {
        let mut sampler = Sampler::new(1);
        let count = 400_000;
        let draws: Vec<f64> = (0..count)
            .map(|_| (sampler.lognormal(480.0, 0.6) / 480.0).ln() / 0.6)
            .collect();
        // Moments of the standard normal distribution, with the variance of each estimate.
        for (power, mean, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let found = draws.iter().map(|draw| draw.powi(power)).sum::<f64>() / f64::from(count);
            let z = (found - mean) / (variance / f64::from(count)).sqrt();
            assert!(z.abs() < 4.0, "moment {power}: {found}");
        }
        for (bound, share) in [(1.0, 0.317_310_5), (2.0, 0.045_500_3), (TAIL, 5.760_9e-4)] {
            let beyond = draws.iter().filter(|draw| draw.abs() > bound).count();
            let expected = share * f64::from(count);
            let z = (beyond as f64 - expected) / (expected * (1.0 - share)).sqrt();
            assert!(z.abs() < 4.0, "beyond {bound}: {beyond}");
        }
    }

    #[test]
    fn a_probability_is_a_share_of_draws() {
        let mut sampler = Sampler::new(2);
        let hits = (0..100_000).filter(|_| sampler.happens(0.7)).count();
        // A deviation is 145.
        assert!(hits.abs_diff(70_000) < 580, "{hits}");
    }
}
