//! Yardsticks: what a run is measured by, beyond what happens in it.

mod exploitation;
mod sla;

pub use exploitation::{Exploitation, MILLION, PUBLISHED_CURVE};
pub use sla::{MAX_SLAS, SLA_PRESETS, Sla, SlaPreset};

/// The yardsticks of a scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measures {
    /// Deadlines; at most [`MAX_SLAS`].
    pub slas: Vec<Sla>,
    /// When flaws are exploited.
    pub exploitation: Exploitation,
}
