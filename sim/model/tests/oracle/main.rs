//! The engine before its judge: a slow and obvious simulation of the same semantics.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: the lint's exception knows test functions only"
)]

mod exact;
mod history;
mod ingredients;
mod recount;
mod reference;
mod situations;
mod worlds;
