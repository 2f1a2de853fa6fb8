//! The reference workloads as one would write them by hand: an event loop on the standard library's
//! binary heap, without an engine and without anything of patchbench.
//!
//! [`w1`] and [`w2`] say what happens, [`plain`] runs them. A peer on another Rust engine takes the
//! first two, the [`Sampler`] and [`program`], and brings its own event list.

pub mod plain;
pub mod program;
mod releases;
mod sampler;
pub mod w1;
pub mod w2;

pub use releases::{WEEKS, release_days};
pub use sampler::Sampler;

/// Seconds of a day.
pub const DAY: f64 = 86_400.0;

/// Steele, Lea and Flood (2014): the next number of a sequence that any state may begin.
fn splitmix64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// A number in [0, 1) from the upper 53 bits.
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}
