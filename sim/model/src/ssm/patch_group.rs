//! Patch groups and the baseline a node uses. Semantics, section 3.

use std::collections::BTreeMap;
use std::fmt;

use super::OperatingSystem;
use super::predefined::{BaselineVintage, predefined_baselines};
use crate::config::{ModelConfig, Registration};
use crate::fleet::PATCH_GROUP_TAGS;

/// The patch group that a node's tags name, if any. Tag keys are compared exactly; where both forms
/// of the key are present with different values the answer is both of them.
///
/// # Errors
/// The value of `Patch Group` and that of `PatchGroup`, when they differ.
pub fn patch_group_of(tags: &BTreeMap<String, String>) -> Result<Option<&str>, (&str, &str)> {
    let [spaced, unspaced] = PATCH_GROUP_TAGS.map(|key| tags.get(key).map(String::as_str));
    match (spaced, unspaced) {
        (Some(a), Some(b)) if a != b => Err((a, b)),
        (a, b) => Ok(a.or(b)),
    }
}

/// Why a registration is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisterError {
    /// `AlreadyExistsException`: the group has a baseline for this operating system already.
    AlreadyExists {
        /// Index of that baseline.
        baseline: usize,
    },
    /// `ResourceLimitExceededException`: the baseline has 25 groups already.
    ResourceLimitExceeded,
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyExists { .. } => "AlreadyExistsException",
            Self::ResourceLimitExceeded => "ResourceLimitExceededException",
        })
    }
}

/// Patch groups that one baseline may serve. Semantics, section 4.7.
const MAX_GROUPS_PER_BASELINE: usize = 25;

/// `RegisterPatchBaselineForPatchGroup`: one baseline per group and operating system.
/// `os_of` gives the operating system of a baseline.
///
/// # Errors
/// What AWS would answer to a registration that it refuses.
pub fn register_patch_group(
    registrations: &mut Vec<Registration>,
    registration: Registration,
    os_of: impl Fn(usize) -> OperatingSystem,
) -> Result<(), RegisterError> {
    let os = os_of(registration.baseline);
    let rival = registrations
        .iter()
        .find(|known| known.patch_group == registration.patch_group && os_of(known.baseline) == os);
    if let Some(known) = rival {
        return Err(RegisterError::AlreadyExists {
            baseline: known.baseline,
        });
    }
    let served = registrations
        .iter()
        .filter(|known| known.baseline == registration.baseline)
        .count();
    if served >= MAX_GROUPS_PER_BASELINE {
        return Err(RegisterError::ResourceLimitExceeded);
    }
    registrations.push(registration);
    Ok(())
}

/// Index of the baseline that a node uses: the one registered for its group and operating system,
/// else the default of its operating system. `changes` is the number of changes that have happened.
pub fn baseline_for(
    config: &ModelConfig,
    changes: usize,
    os: OperatingSystem,
    patch_group: Option<&str>,
) -> Option<usize> {
    let (registrations, defaults) = match changes.checked_sub(1).map(|last| &config.changes[last]) {
        None => (&config.registrations, &config.default_baselines),
        Some(change) => (&change.registrations, &change.default_baselines),
    };
    let registered = patch_group.and_then(|group| {
        let fits = |known: &&Registration| {
            known.patch_group == group && config.baselines[known.baseline].operating_system == os
        };
        registrations.iter().find(fits).map(|known| known.baseline)
    });
    let default = || defaults.iter().find(|(of, _)| *of == os).map(|(_, index)| *index);
    registered.or_else(default)
}

/// Name of the AWS-owned default baseline of an operating system. Semantics, section 1.2.
pub fn default_baseline_name(os: OperatingSystem) -> String {
    predefined_baselines(BaselineVintage::Latest)
        .into_iter()
        .find(|known| known.is_default && known.baseline.operating_system == os)
        .map(|known| known.baseline.name)
        .unwrap_or_default()
}
