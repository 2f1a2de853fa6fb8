//! The judge of the engine: a slow and obvious simulation of the same semantics, random worlds for both,
//! and what must hold in every world.
//!
//! Tests run it over many worlds, `patchbench verify` over some on the user's own machine. The worlds come
//! from a fixed seed, so that they are the same everywhere.

#![expect(
    clippy::unwrap_used,
    reason = "a judge that cannot go on has found a fault, and the runner of the worlds says in which"
)]

mod agreement;
mod changes;
mod compliance;
mod conservation;
mod ends;
mod failures;
mod family;
mod history;
mod ingredients;
pub mod recount;
mod reference;
mod rich;
mod toll;
mod worlds;

pub use agreement::{REPLICATION, SEED, compare, seeded};
pub use conservation::check;
pub use family::Family;
pub use history::{CommandHistory, History, Invocation, Watch, WindowHistory};
pub use rich::rich_worlds;
pub use worlds::{SmallWorld, constant_worlds, crowded_worlds, drawn_worlds, faulty_worlds};
