//! Closed forms that stand beside simulated figures.

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
