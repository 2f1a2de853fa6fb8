//! How scans, installs and reboots go on a node.

use patchbench_kernel::{Distribution, SimDuration};

use super::TwoState;

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
    /// Time of a reboot, until the node reports its final result or runs the document again.
    pub reboot_time: Distribution,
    /// Probability that a successful install reboots where the reboot option allows it, in [0, 1].
    /// AWS reboots after every install (Semantics, section 7.3), so 1 is the default.
    pub reboot_probability: f64,
    /// Reboots until an install that reboots is through, at least 1: each runs the document again. Five
    /// are survived; the start after the sixth fails (Semantics, section 7.3).
    pub reboot_rounds: u32,
    /// Probability that an install with something to install fails, in [0, 1]; independent for each
    /// node and execution.
    pub failure: f64,
    /// Probability that a scan fails, in [0, 1].
    pub scan_failure: f64,
    /// Failures that a second try may not meet.
    pub transient: Transient,
    /// When nodes cannot be reached: stopped, or their agent lost. Asked when a command is sent; an
    /// outage that begins later does not interrupt it.
    pub outages: Option<TwoState>,
    /// When nodes are sick: every install fails until they are repaired (disk full, broken store).
    pub sickness: Option<TwoState>,
    /// How long a node that a bad patch broke cannot be reached, until it has been repaired.
    pub repair_time: Distribution,
}

/// Failures that are independent for each attempt, such as locks, downloads and throttling.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Transient {
    /// Probability that an attempt to install meets one, in [0, 1].
    pub probability: f64,
    /// How often the run tries again before it fails; each attempt takes the install time.
    pub retries: u32,
}

impl Transient {
    /// Failed attempts for a uniform word: `retries + 1` of them fail the run. The number of failures
    /// before a success is geometric.
    pub fn failed_attempts(self, word: u32) -> u32 {
        let share = f64::from(word) / 4_294_967_296.0;
        let mut failing = self.probability;
        let mut attempts = 0;
        while attempts <= self.retries && share < failing {
            failing *= self.probability;
            attempts += 1;
        }
        attempts
    }
}
