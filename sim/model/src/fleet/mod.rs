//! Managed nodes and how installs behave on them.

mod behavior;
mod configuration_class;
mod monitoring;
mod pool;
mod two_state;

pub use behavior::{Behavior, Transient};
pub use configuration_class::{ClassMembers, ConfigurationClass};
pub use monitoring::{AlarmAction, Monitoring};
pub use pool::{NodePool, PATCH_GROUP_TAGS};
pub use two_state::{TwoState, TwoStateChain, TwoStateError};
