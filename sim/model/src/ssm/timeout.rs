//! When a command expires. Semantics, section 6.7.

use patchbench_kernel::{SimDuration, SimTime};

/// Platform steps of AWS-RunPatchBaseline; all are summed although only one runs.
const PLATFORM_STEPS: i64 = 3;

/// Expiry of an AWS-RunPatchBaseline command: requested + delivery timeout + the execution timeouts
/// of the document's three platform steps.
pub fn command_expiry(requested: SimTime, timeout_seconds: u32, step_timeout_seconds: u32) -> SimTime {
    let steps = PLATFORM_STEPS * i64::from(step_timeout_seconds);
    requested.saturating_add(SimDuration::from_secs(i64::from(timeout_seconds) + steps))
}
