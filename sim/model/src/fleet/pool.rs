//! Pools of like nodes.

use std::collections::BTreeMap;

use patchbench_kernel::SimTime;

use crate::ssm::OperatingSystem;

/// The two tag keys that name a patch group, compared exactly. Semantics, section 3.
pub const PATCH_GROUP_TAGS: [&str; 2] = ["Patch Group", "PatchGroup"];

/// Nodes that differ in nothing but their names. Node numbers run through the pools in order.
#[derive(Clone, Debug, PartialEq)]
pub struct NodePool {
    /// Name of the pool; node `i` of it (from 1) is called `<name>-<i>` unless it has a name.
    pub name: String,
    /// Number of nodes, at least 1.
    pub count: u32,
    /// Names of the nodes, where they were given one by one; then as long as `count`.
    pub names: Option<Vec<String>>,
    /// Operating system.
    pub operating_system: OperatingSystem,
    /// Product, such as `WindowsServer2016`; `None` takes the patches of every product.
    pub product: Option<String>,
    /// Applications on it, by the product name of their patches (Windows).
    pub applications: Vec<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Patch group (the value of its `Patch Group` or `PatchGroup` tag), resolved at load.
    pub patch_group: Option<String>,
    /// The baseline that a patch policy gives its nodes, whatever their group and the defaults (index).
    /// Semantics, section 7.6.
    pub policy_baseline: Option<usize>,
    /// Index into [`crate::config::ModelConfig::behaviors`].
    pub behavior: usize,
    /// Everything that its baseline had approved by then is installed at the start.
    pub patched_through: SimTime,
    /// Its last reboot before the start: what its baseline approved after that came from outside and has
    /// waited for a reboot since, where [`crate::config::Settings::external_pending_reboot`] is on. `None`:
    /// nothing waits.
    pub rebooted_through: Option<SimTime>,
}

impl NodePool {
    /// The name of node `index` (from 0) of this pool.
    pub fn node_name(&self, index: u32) -> String {
        match &self.names {
            Some(names) => names[index as usize].clone(),
            None => format!("{}-{}", self.name, index + 1),
        }
    }

    /// The index (from 0) of the node with this name, if it is in this pool.
    pub fn position_of(&self, name: &str) -> Option<u32> {
        if let Some(names) = &self.names {
            let found = names.iter().position(|known| known == name);
            return found.map(|index| index as u32);
        }
        let number: u32 = name.strip_prefix(&self.name)?.strip_prefix('-')?.parse().ok()?;
        let index = number.checked_sub(1)?;
        (index < self.count && self.node_name(index) == name).then_some(index)
    }
}
