//! Classes of nodes that are configured alike, such as domain controllers.

use crate::ssm::Target;

/// Nodes that a bad patch may break together because they are configured alike.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigurationClass {
    /// Its name in the scenario.
    pub name: String,
    /// Which nodes belong to it.
    pub members: ClassMembers,
}

/// How a configuration class is made up.
#[derive(Clone, Debug, PartialEq)]
pub enum ClassMembers {
    /// The nodes for which all entries hold.
    Targets(Vec<Target>),
    /// Each node with this probability, in [0, 1]; drawn once for a replication, so that the same
    /// nodes meet every patch that breaks the class.
    Share(f64),
}
