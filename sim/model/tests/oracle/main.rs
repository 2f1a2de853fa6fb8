//! The engine before its judge, `patchbench-oracle`: a slow and obvious simulation of the same semantics,
//! and what must hold in every world.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: the lint's exception knows test functions only"
)]

mod conservation;
mod exact;
mod misfortunes;
mod situations;
