//! MaxConcurrency and MaxErrors of one command. Semantics, sections 6.3 to 6.5.

use crate::config::PercentRounding;
use crate::units::RateLimit;

/// The resolved limits of a command: whole numbers of its targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateControl {
    /// How many invocations may be outstanding, at least 1.
    pub max_concurrency: u32,
    /// How many errors are allowed; sending stops at one more.
    pub max_errors: u32,
}

impl RateControl {
    /// The limits for a command with this many targets.
    pub fn resolve(
        concurrency: RateLimit,
        errors: RateLimit,
        targets: u32,
        rounding: PercentRounding,
    ) -> Self {
        Self {
            max_concurrency: resolve_max_concurrency(concurrency, targets, rounding),
            max_errors: resolve_max_errors(errors, targets, rounding),
        }
    }

    /// Whether this many errors stop the sending: they must exceed the limit.
    pub const fn stops_at(&self, errors: u32) -> bool {
        errors > self.max_errors
    }
}

/// MaxConcurrency as a number; never below 1.
pub fn resolve_max_concurrency(limit: RateLimit, targets: u32, rounding: PercentRounding) -> u32 {
    resolve(limit, targets, rounding).max(1)
}

/// MaxErrors as a number.
pub fn resolve_max_errors(limit: RateLimit, targets: u32, rounding: PercentRounding) -> u32 {
    resolve(limit, targets, rounding)
}

fn resolve(limit: RateLimit, targets: u32, rounding: PercentRounding) -> u32 {
    match limit {
        RateLimit::Count(count) => count,
        RateLimit::Percent(percent) => {
            let hundredths = u64::from(percent) * u64::from(targets);
            let whole = match rounding {
                PercentRounding::Floor => hundredths / 100,
                PercentRounding::Ceil => hundredths.div_ceil(100),
                PercentRounding::Nearest => (hundredths + 50) / 100,
            };
            u32::try_from(whole).unwrap_or(u32::MAX)
        }
    }
}
