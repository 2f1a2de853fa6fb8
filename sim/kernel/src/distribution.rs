//! Distributions of times.
//!
//! A time is a scale times a dimensionless factor: for a lognormal time the scale is the median and
//! the factor `exp(sigma z)`. A model may so stretch the scale and keep the luck.

use std::fmt;

use crate::math::{exp, ln, normal_pair};
use crate::{Generator, SimDuration};

/// A distribution of a time.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Constant(SimDuration),
    /// Every value between the two equally likely.
    Uniform {
        /// Smallest.
        low: SimDuration,
        /// Largest.
        high: SimDuration,
    },
    /// Exponential with this mean.
    Exponential {
        /// Mean, positive.
        mean: SimDuration,
    },
    /// Lognormal: the logarithm is normal.
    Lognormal {
        /// Median, positive.
        median: SimDuration,
        /// Standard deviation of the logarithm, 0 to 10.
        sigma: f64,
    },
    /// Gamma with this mean.
    Gamma {
        /// Mean, positive.
        mean: SimDuration,
        /// Shape, positive; 1 is exponential.
        shape: f64,
    },
    /// One of some observed values.
    Empirical {
        /// The values, rising.
        values: Vec<SimDuration>,
        /// Cumulated weights, rising; the last one is their sum.
        cumulated: Vec<f64>,
        /// Their weighted mean in milliseconds.
        mean_ms: f64,
    },
}

/// Why parameters are no distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DistributionError {
    /// A time is negative, or not positive where it must be, or above ten years.
    Time,
    /// Low lies above high.
    LowAboveHigh,
    /// Sigma is not within 0 to 10.
    Sigma,
    /// Shape is not within 0.01 to 10,000.
    Shape,
    /// No value is given.
    NoValues,
    /// Not as many weights as values, or one that is not positive, or too large to be summed.
    Weights,
}

impl fmt::Display for DistributionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Time => "a time must be positive and at most ten years",
            Self::LowAboveHigh => "low must not be above high",
            Self::Sigma => "sigma must be between 0 and 10",
            Self::Shape => "shape must be between 0.01 and 10000",
            Self::NoValues => "at least one value is needed",
            Self::Weights => "there must be one positive weight for each value",
        })
    }
}

impl std::error::Error for DistributionError {}

/// The longest time: ten years. Longer draws are cut to it.
const LONGEST: SimDuration = SimDuration::from_days(3_652);

impl Distribution {
    /// Always `time`, from 0 to ten years.
    ///
    /// # Errors
    /// A negative or too long time.
    pub fn constant(time: SimDuration) -> Result<Self, DistributionError> {
        check(time, SimDuration::ZERO)?;
        Ok(Self::Constant(time))
    }

    /// Uniform between two times.
    ///
    /// # Errors
    /// Times out of range or out of order.
    pub fn uniform(low: SimDuration, high: SimDuration) -> Result<Self, DistributionError> {
        check(low, SimDuration::ZERO)?;
        check(high, SimDuration::ZERO)?;
        if low > high {
            Err(DistributionError::LowAboveHigh)
        } else {
            Ok(Self::Uniform { low, high })
        }
    }

    /// Exponential.
    ///
    /// # Errors
    /// A mean out of range.
    pub fn exponential(mean: SimDuration) -> Result<Self, DistributionError> {
        check(mean, SimDuration::from_millis(1))?;
        Ok(Self::Exponential { mean })
    }

    /// Lognormal.
    ///
    /// # Errors
    /// A median or sigma out of range.
    pub fn lognormal(median: SimDuration, sigma: f64) -> Result<Self, DistributionError> {
        check(median, SimDuration::from_millis(1))?;
        if (0.0..=10.0).contains(&sigma) {
            Ok(Self::Lognormal { median, sigma })
        } else {
            Err(DistributionError::Sigma)
        }
    }

    /// Gamma.
    ///
    /// # Errors
    /// A mean or shape out of range.
    pub fn gamma(mean: SimDuration, shape: f64) -> Result<Self, DistributionError> {
        check(mean, SimDuration::from_millis(1))?;
        if (0.01..=10_000.0).contains(&shape) {
            Ok(Self::Gamma { mean, shape })
        } else {
            Err(DistributionError::Shape)
        }
    }

    /// Observed values with weights; without weights all are equally likely.
    ///
    /// # Errors
    /// No values, times out of range, or weights that are none.
    pub fn empirical(values: &[SimDuration], weights: Option<&[f64]>) -> Result<Self, DistributionError> {
        if values.is_empty() {
            return Err(DistributionError::NoValues);
        }
        values
            .iter()
            .try_for_each(|value| check(*value, SimDuration::ZERO))?;
        let even = vec![1.0; values.len()];
        let weights = weights.unwrap_or(&even);
        if weights.len() != values.len()
            || weights
                .iter()
                .any(|weight| !(weight.is_finite() && *weight > 0.0))
        {
            return Err(DistributionError::Weights);
        }
        let mut pairs: Vec<(SimDuration, f64)> =
            values.iter().copied().zip(weights.iter().copied()).collect();
        pairs.sort_by_key(|(value, _)| *value);
        let (mut sum, mut weighted) = (0.0, 0.0);
        let (values, cumulated) = pairs
            .into_iter()
            .map(|(value, weight)| {
                sum += weight;
                weighted += weight * value.millis() as f64;
                (value, sum)
            })
            .unzip();
        if !(weighted + sum).is_finite() {
            return Err(DistributionError::Weights);
        }
        Ok(Self::Empirical {
            values,
            cumulated,
            mean_ms: weighted / sum,
        })
    }

    /// The scale in milliseconds: the mean, but the median of a lognormal time.
    pub fn scale_ms(&self) -> f64 {
        let ms = |time: &SimDuration| time.millis() as f64;
        match self {
            Self::Constant(time) => ms(time),
            Self::Uniform { low, high } => f64::midpoint(ms(low), ms(high)),
            Self::Exponential { mean } | Self::Gamma { mean, .. } => ms(mean),
            Self::Lognormal { median, .. } => ms(median),
            // Not the median, which may be 0 and would take every draw with it.
            Self::Empirical { mean_ms, .. } => *mean_ms,
        }
    }

    /// The mean in milliseconds.
    pub fn mean_ms(&self) -> f64 {
        match self {
            Self::Lognormal { sigma, .. } => self.scale_ms() * exp(sigma * sigma / 2.0),
            _ => self.scale_ms(),
        }
    }

    /// Draws a factor of the scale.
    pub fn factor_with(&self, generator: &mut Generator) -> f64 {
        match self {
            Self::Constant(_) => 1.0,
            Self::Exponential { .. } => -ln(generator.unit_f64()),
            Self::Lognormal { sigma, .. } => exp(sigma * normal(generator)),
            Self::Gamma { shape, .. } => gamma(*shape, generator) / shape,
            Self::Uniform { low, high } => {
                let time = low.millis() as f64 + (*high - *low).millis() as f64 * generator.unit_f64();
                self.relative(time)
            }
            Self::Empirical {
                values, cumulated, ..
            } => {
                let value = values[at_share(cumulated, generator.unit_f64())];
                self.relative(value.millis() as f64)
            }
        }
    }

    fn relative(&self, time: f64) -> f64 {
        let scale = self.scale_ms();
        if scale > 0.0 { time / scale } else { 1.0 }
    }

    /// Draws a time.
    pub fn sample(&self, generator: &mut Generator) -> SimDuration {
        let factor = self.factor_with(generator);
        SimDuration::from_millis(round_ms(self.scale_ms() * factor))
    }
}

fn check(time: SimDuration, least: SimDuration) -> Result<(), DistributionError> {
    if (least..=LONGEST).contains(&time) {
        Ok(())
    } else {
        Err(DistributionError::Time)
    }
}

/// The one rounding from drawn times to simulated ones: to the nearest millisecond, halves up, not
/// below 0 and not above ten years.
#[inline]
pub fn round_ms(ms: f64) -> i64 {
    ((ms + 0.5) as i64).clamp(0, LONGEST.millis())
}

fn at_share(cumulated: &[f64], share: f64) -> usize {
    let wanted = share * cumulated[cumulated.len() - 1];
    cumulated
        .partition_point(|sum| *sum < wanted)
        .min(cumulated.len() - 1)
}

fn normal(generator: &mut Generator) -> f64 {
    let (radius, angle) = (generator.next_u32(), generator.next_u32());
    normal_pair(radius, angle).0
}

/// A gamma variate with scale 1 (Marsaglia and Tsang 2000); shapes below 1 by their power rule.
fn gamma(shape: f64, generator: &mut Generator) -> f64 {
    if shape < 1.0 {
        // A tiny shape asks for powers that no double can hold; as times they are nothing.
        let boost = exp((ln(generator.unit_f64()) / shape).max(-700.0));
        return gamma(shape + 1.0, generator) * boost;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(generator);
        let v = 1.0 + c * x;
        if v <= 0.0 {
            continue;
        }
        let v = v * v * v;
        if ln(generator.unit_f64()) < 0.5 * x * x + d - d * v + d * ln(v) {
            return d * v;
        }
    }
}
