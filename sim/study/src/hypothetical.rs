//! A patch that is not in any stream yet: when would each patch group get it?

use std::collections::BTreeSet;

use patchbench_kernel::SimTime;
use patchbench_model::catalog::{Patch, PatchSet, ReleaseStream};
use patchbench_model::config::{FaultModel, ModelConfig};
use patchbench_model::ssm::OperatingSystem;
use patchbench_model::world::Plan;

use crate::{ApprovalRow, approvals};

/// A patch as somebody announces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// When it is released.
    pub released: SimTime,
    /// Vendor severity.
    pub severity: String,
    /// Classification; the one of security updates of each operating system when absent.
    pub classification: Option<String>,
    /// Product; fits all products of an operating system when absent.
    pub product: Option<String>,
}

/// Approvals of the announced patch alone, in every patch group: one patch for each operating system of the
/// fleet, in the place of all release streams. Baselines, windows, changes and freezes stay as they are.
pub fn announced_approvals(config: &ModelConfig, announced: &Announced) -> Vec<ApprovalRow> {
    let systems: BTreeSet<OperatingSystem> = config.pools.iter().map(|pool| pool.operating_system).collect();
    let patches = systems.into_iter().map(|system| patch(announced, system));
    let mut alone = config.clone();
    alone.releases = vec![ReleaseStream::Recorded {
        name: "announced".to_owned(),
        patches: patches.collect(),
    }];
    // Bad patches are named by their streams, which are gone.
    alone.faults = FaultModel::default();
    let mut rows = approvals(&Plan::new(&alone), 0);
    rows.retain(|row| row.reason != OTHER_SYSTEM);
    rows
}

/// Why the patch of one operating system is none for nodes of another.
const OTHER_SYSTEM: &str = "for another operating system";

fn patch(announced: &Announced, system: OperatingSystem) -> Patch {
    let security = if system == OperatingSystem::Windows {
        "SecurityUpdates"
    } else {
        "Security"
    };
    let classification = announced.classification.clone();
    Patch {
        id: "announced".to_owned(),
        kb: None,
        title: "announced patch".to_owned(),
        released_at: Some(announced.released),
        available_at: None,
        updated_at: None,
        built_at: None,
        operating_system: system,
        product: announced.product.clone(),
        product_family: None,
        classification: Some(classification.unwrap_or_else(|| security.to_owned())),
        severity: Some(announced.severity.clone()),
        priority: None,
        section: None,
        patch_set: PatchSet::Os,
        security_source: true,
        cve_ids: Vec::new(),
        supersedes: Vec::new(),
    }
}
