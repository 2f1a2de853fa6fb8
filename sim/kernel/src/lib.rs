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
