//! Managed nodes and how installs behave on them.

mod behavior;
mod pool;

pub use behavior::Behavior;
pub use pool::{NodePool, PATCH_GROUP_TAGS};
