//! What nodes of a class see at a snapshot, and what they report. Semantics, section 8.

use patchbench_kernel::SimTime;

use super::catalog::{Catalog, ClassCatalog, WithdrawnBy};
use super::overrides::OverriddenClass;
use super::patch_sets::{PatchBits, PatchSets};
use super::snapshot::Snapshot;
use crate::ssm::{
    ComplianceLevel, InstancePatchState, NotApproved, PatchBaseline, PatchFacts, PatchState, VendorSeverity,
    classify, summarize,
};

/// What a node reports at the end of an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct NodeReport {
    pub(super) state: InstancePatchState,
    /// Non-compliant patches by vendor severity, in the order of [`VendorSeverity::ALL`].
    pub(super) by_severity: [u32; VendorSeverity::ALL.len()],
}

/// What is on a node after an operation.
#[derive(Clone, Copy)]
pub(super) struct NodeBits<'a> {
    /// Patches that are repaired.
    pub(super) has: &'a PatchBits,
    /// Those of them that wait for a reboot.
    pub(super) pending: &'a PatchBits,
    /// Patches that the operation failed to install.
    pub(super) failed: &'a PatchBits,
}

/// A class with its catalogue and baseline, at a snapshot.
#[derive(Clone, Copy)]
pub(super) struct ClassView<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) class: &'a ClassCatalog,
    pub(super) windows: bool,
    pub(super) snapshot: Snapshot,
    pub(super) baseline: Option<&'a PatchBaseline>,
    /// What is installed instead of the candidates.
    pub(super) over: Option<&'a OverriddenClass>,
}

impl ClassView<'_> {
    fn instant(&self) -> SimTime {
        let boundaries = self.over.and_then(|over| over.boundaries.as_ref());
        match self.snapshot.number() {
            0 => SimTime::MIN,
            passed => boundaries.unwrap_or(&self.class.boundaries)[passed as usize - 1],
        }
    }

    /// How the patches stand in the snapshot.
    pub(super) fn patch_sets(&self) -> PatchSets {
        let at = self.instant();
        let mut sets = self.class.columns.at(at);
        if let Some(over) = self.over {
            let installs = (0u32..).zip(&over.installs);
            let candidate = |(_, period): &(u32, &Option<(SimTime, SimTime)>)| {
                period.is_some_and(|(from, until)| from <= at && at < until)
            };
            let candidates: Vec<u32> = installs.filter(candidate).map(|(patch, _)| patch).collect();
            sets.candidates = PatchBits::of(&candidates, over.installs.len());
        }
        sets
    }

    /// Whether a report of a node would be compliant.
    pub(super) fn is_compliant(&self, sets: &PatchSets, node: NodeBits<'_>) -> bool {
        let Some(baseline) = self.baseline else {
            return NodeReport::default().state.compliant();
        };
        let singular = self.singular(sets, node);
        let missing = sets.missing(node.has);
        if !missing.without(&singular).is_empty() {
            return false;
        }
        let spoils = |(state, ..): (PatchState, ComplianceLevel, u32)| {
            !state.is_compliant(baseline.available_security_updates)
        };
        !self.listed(baseline, &singular, node).any(spoils)
    }

    /// What a node reports.
    pub(super) fn report(&self, sets: &PatchSets, node: NodeBits<'_>) -> NodeReport {
        let Some(baseline) = self.baseline else {
            return NodeReport::default();
        };
        let one_by_one = self.singular(sets, node).union(&sets.missing(node.has));
        let mut by_severity = [0; VendorSeverity::ALL.len()];
        let states = self
            .listed(baseline, &one_by_one, node)
            .map(|(state, level, index)| {
                let known = &self.class.patches[index as usize];
                if !state.is_compliant(baseline.available_security_updates) {
                    by_severity[known.severity as usize] += 1;
                }
                (state, level, known.security)
            });
        let mut state = summarize(states, baseline.available_security_updates);
        let plain = sets.visible.without(&one_by_one);
        let installed = plain.intersection(node.has);
        let approved = installed.intersection(&sets.approved).len();
        state.installed += approved;
        state.installed_other += installed.len() - approved;
        state.available_security_update += self.available(sets, node).intersection(&plain).len();
        NodeReport { state, by_severity }
    }

    /// Patches of which more must be asked than whether a node has them: in what state they are, or how much
    /// they matter.
    fn singular(&self, sets: &PatchSets, node: NodeBits<'_>) -> PatchBits {
        let columns = &self.class.columns;
        let mut singular = columns.singular.union(node.failed).union(node.pending);
        if !self.windows {
            singular = singular.union(&node.has.intersection(&sets.superseded));
        }
        let available = self
            .baseline
            .and_then(|baseline| baseline.available_security_updates);
        if !PatchState::AvailableSecurityUpdate.is_compliant(available) {
            singular = singular.union(&self.available(sets, node));
        }
        singular
    }

    /// Security updates that a node could have and that are not approved, but for singular ones.
    fn available(&self, sets: &PatchSets, node: NodeBits<'_>) -> PatchBits {
        let columns = &self.class.columns;
        if !self.windows {
            return PatchBits::empty(self.class.patches.len());
        }
        let open = sets.visible.without(&sets.approved).without(&sets.superseded);
        open.intersection(&columns.security).without(node.has)
    }

    /// What reports say of each of some patches, if they say anything.
    fn listed<'s>(
        &'s self,
        baseline: &'s PatchBaseline,
        patches: &PatchBits,
        node: NodeBits<'s>,
    ) -> impl Iterator<Item = (PatchState, ComplianceLevel, u32)> + 's {
        let at = self.instant();
        patches.to_vec().into_iter().filter_map(move |index| {
            let (facts, level) = self.facts(at, index, node)?;
            let state = classify(facts, baseline.rejected_patches_action)?;
            let listed = state != PatchState::NotApplicable || !self.dropped(at, index);
            listed.then_some((state, level, index))
        })
    }

    /// What is known of a patch on a node; `None` while it is visible to nobody.
    fn facts(&self, at: SimTime, index: u32, node: NodeBits<'_>) -> Option<(PatchFacts, ComplianceLevel)> {
        let known = &self.class.patches[index as usize];
        if known.visible_from > at {
            return None;
        }
        let windows = self.windows;
        let dropped = self.dropped(at, index);
        // What a later installed update contains is no longer there itself, if it ever was.
        let contained = known.replaced_by.iter().any(|by| node.has.contains(*by));
        // Elsewhere than on Windows one version of a package is on the node: behind an approved
        // successor it is that one which is missing (Semantics, section 8.2). What the vendor took back
        // is still there.
        let has = node.has.contains(index) && !contained;
        let outdated = has && !windows && self.superseded(at, index) && self.is_outdated(at, index);
        let level = known
            .verdict
            .approval
            .as_ref()
            .map_or(ComplianceLevel::Unspecified, |approval| approval.level_at(at));
        let facts = PatchFacts {
            installed: has && !outdated,
            pending_reboot: node.pending.contains(index),
            approved: known.candidate.is_some_and(|(from, _)| from <= at),
            rejected: known.verdict.approval == Err(NotApproved::Rejected)
                || self.withdrawn(at, index, WithdrawnBy::Monitoring),
            failed: node.failed.contains(index),
            replaced: contained || dropped,
            present_in_older_version: true,
            windows,
            security: known.security,
        };
        Some((facts, level))
    }

    /// Whether it is no longer among the available patches: a successor has taken its place, or the
    /// vendor took it back.
    fn dropped(&self, at: SimTime, index: u32) -> bool {
        self.superseded(at, index) || self.withdrawn(at, index, WithdrawnBy::Vendor)
    }

    fn superseded(&self, at: SimTime, index: u32) -> bool {
        let superseded_at = self.class.patches[index as usize].superseded_at;
        superseded_at.is_some_and(|since| since <= at)
    }

    /// Whether a newer version is offered: one that was taken back makes nothing missing.
    fn is_outdated(&self, at: SimTime, index: u32) -> bool {
        let mut newer = self.class.patches[index as usize].replaced_by.clone();
        // Versions may replace each other in more ways than can be walked.
        let mut seen = PatchBits::of(&newer, self.class.patches.len());
        while let Some(by) = newer.pop() {
            let known = &self.class.patches[by as usize];
            let offered = known
                .candidate
                .is_some_and(|(from, until)| from <= at && at < until);
            if offered {
                return true;
            }
            for by in &known.replaced_by {
                if !seen.contains(*by) {
                    seen.insert(*by);
                    newer.push(*by);
                }
            }
        }
        false
    }

    fn withdrawn(&self, at: SimTime, index: u32, by: WithdrawnBy) -> bool {
        let withdrawn = self.class.patches[index as usize].withdrawn;
        withdrawn.is_some_and(|withdrawal| withdrawal.by == by && withdrawal.at <= at)
    }
}
