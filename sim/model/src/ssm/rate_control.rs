//! MaxConcurrency and MaxErrors of one command. Semantics, sections 6.3 to 6.5.

use crate::config::{Operation, PercentRounding};
use crate::units::RateLimit;

/// `MaxConcurrency` and `MaxErrors` as they are given, or as a surface of AWS gives them for the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// How many invocations may be outstanding.
    pub max_concurrency: RateLimit,
    /// How many errors are allowed.
    pub max_errors: RateLimit,
}

impl RateLimits {
    const fn counts(max_concurrency: u32, max_errors: u32) -> Self {
        Self {
            max_concurrency: RateLimit::Count(max_concurrency),
            max_errors: RateLimit::Count(max_errors),
        }
    }

    const fn percent(max_concurrency: u8, max_errors: u32) -> Self {
        Self {
            max_concurrency: RateLimit::Percent(max_concurrency),
            max_errors: RateLimit::Count(max_errors),
        }
    }
}

/// What `SendCommand` assumes when it is given neither. Semantics, section 6.2.
pub const SEND_COMMAND_DEFAULTS: RateLimits = RateLimits::counts(50, 0);

/// What Patch now chooses for this many nodes. Semantics, section 6.2.
pub const fn patch_now_defaults(operation: Operation, nodes: u32) -> RateLimits {
    match (operation, nodes) {
        (Operation::Scan, _) => RateLimits::counts(1000, 1000),
        (Operation::Install, 0..25) => RateLimits::counts(1, 1),
        (Operation::Install, 25..=100) => RateLimits::percent(5, 5),
        (Operation::Install, 101..=1000) => RateLimits::percent(8, 10),
        (Operation::Install, _) => RateLimits::percent(10, 10),
    }
}

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
    resolve(limit, |chosen| chosen.max_concurrency, targets, rounding).max(1)
}

/// MaxErrors as a number.
pub fn resolve_max_errors(limit: RateLimit, targets: u32, rounding: PercentRounding) -> u32 {
    resolve(limit, |chosen| chosen.max_errors, targets, rounding)
}

/// A limit as a number; `which` picks it among those that Patch now chooses, if it does.
fn resolve(
    limit: RateLimit,
    which: fn(RateLimits) -> RateLimit,
    targets: u32,
    rounding: PercentRounding,
) -> u32 {
    match limit {
        RateLimit::PatchNow => {
            let chosen = patch_now_defaults(Operation::Install, targets);
            resolve(which(chosen), which, targets, rounding)
        }
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
