//! How scans, installs and reboots go on a node.

use patchbench_kernel::{Distribution, SimDuration};

/// How long things take on a node, and how often they fail.
///
/// An install of `k` missing patches takes `(scale + k × per patch) × factor`, where scale and
/// factor are those of `install_time` ([`Distribution::scale_ms`]); a node with nothing missing is
/// done after its scan.
#[derive(Clone, Debug, PartialEq)]
pub struct Behavior {
    /// Its name in the scenario.
    pub name: String,
    /// Time of a Scan, and of the scan that begins every Install.
    pub scan_time: Distribution,
    /// Time of installing, without scan and reboot.
    pub install_time: Distribution,
    /// Added to the scale of `install_time` for each missing patch.
    pub install_time_per_patch: SimDuration,
    /// Time of a reboot, until the node reports its final result.
    pub reboot_time: Distribution,
    /// Probability that a successful install reboots where the reboot option allows it, in [0, 1].
    /// AWS reboots after every install (Semantics, section 7.3), so 1 is the default.
    pub reboot_probability: f64,
    /// Probability that an install with something to install fails, in [0, 1]; independent for each
    /// node and execution.
    pub failure: f64,
    /// Probability that a scan fails, in [0, 1].
    pub scan_failure: f64,
}
