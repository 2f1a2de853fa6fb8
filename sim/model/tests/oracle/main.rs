//! The engine before its judge: a slow and obvious simulation of the same semantics, and what must
//! hold in every world.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: the lint's exception knows test functions only"
)]

mod changes;
mod compliance;
mod conservation;
mod ends;
mod exact;
mod failures;
mod history;
mod ingredients;
mod misfortunes;
mod recount;
mod reference;
mod rich;
mod situations;
mod toll;
mod worlds;
