//! Closed forms that stand beside simulated figures.

use patchbench_kernel::SimDuration;
use statrs::distribution::{Binomial, DiscreteCDF};

/// Probability that more than `max_errors` of `targets` independent invocations fail, each with
/// probability `failure`. It does not depend on concurrency or durations: the errors exceed the
/// limit in the end exactly if the errors of all targets would.
pub fn binomial_exceeds(targets: u32, failure: f64, max_errors: u32) -> f64 {
    if max_errors >= targets {
        return 0.0;
    }
    Binomial::new(failure.clamp(0.0, 1.0), u64::from(targets))
        .map_or(0.0, |law| law.sf(u64::from(max_errors)))
}

/// Expected number of invocations sent when sending stops once errors exceed `max_errors`, with
/// `concurrency` in flight and durations that are continuous and independent of the outcomes:
/// invocation `j` is sent exactly if at most `max_errors` of the first `j - concurrency`
/// completions failed.
pub fn expected_sent(targets: u32, concurrency: u32, failure: f64, max_errors: u32) -> f64 {
    let sent = |j: u32| 1.0 - binomial_exceeds(j.saturating_sub(concurrency), failure, max_errors);
    (1..=targets).map(sent).sum()
}

/// How many of `targets` are sent to before the cutoff, `open` after the opening, when each invocation takes
/// the same time and `concurrency` are in progress at once: as many rounds as begin before it.
pub fn started_by_cutoff(targets: u32, concurrency: u32, open: SimDuration, each: SimDuration) -> u32 {
    if open <= SimDuration::ZERO {
        return 0;
    }
    let (open, each) = (open.millis().unsigned_abs(), each.millis().unsigned_abs());
    let rounds = if each == 0 { u64::MAX } else { open.div_ceil(each) };
    let started = rounds.saturating_mul(u64::from(concurrency));
    u32::try_from(started).unwrap_or(u32::MAX).min(targets)
}
