//! A generic discrete-event kernel.
//!
//! An *event* happens at an instant and may change the state of a *model*. The *agenda* holds
//! pending events in order of time, phase and scheduling; the [`Simulator`] hands them to the model
//! one by one until a horizon. Chance comes from [`Streams`] with an address for every draw, through
//! [`Distribution`]s computed with portable arithmetic. The kernel knows nothing of patches.

mod agenda;
mod distribution;
mod fingerprint;
pub mod math;
pub mod rows;
mod simulator;
mod slots;
mod streams;
mod tally;
mod time;

pub use agenda::{Agenda, Entry, Handle, Phased};
pub use distribution::{Distribution, DistributionError, round_ms};
pub use fingerprint::Fingerprint;
pub use simulator::{Context, Model, Simulator, StopReason};
pub use slots::SlotQueue;
pub use streams::{Generator, StreamKey, Streams};
pub use tally::{Tally, TimeWeighted};
pub use time::{SimDuration, SimTime};

/// How numbers are worked out: random streams, elementary functions and their arithmetic. It changes when
/// the same replication may give other bits than before, and results of two profiles are never mixed.
pub const NUMERIC_PROFILE: &str = "chacha8-ieee754-1";
