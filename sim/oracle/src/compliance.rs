//! What nodes report, and compliance over time, worked out patch by patch.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::SimTime;
use patchbench_model::config::RebootOption;
use patchbench_model::ssm::{
    ComplianceLevel, Family, InstancePatchState, InvocationStatus, PatchFacts, PatchState, VendorSeverity,
    classify, summarize,
};
use patchbench_model::world::{Cause, ClassPatch, ComplianceCounts, RunRecord};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::conservation::Seen;

/// What is on a node when a scan looks.
struct OnNode {
    /// The instant at which approval is judged.
    judged: SimTime,
    /// The instant whose rules hold.
    rules_of: SimTime,
    has: BTreeSet<usize>,
    pending: BTreeSet<usize>,
}

/// What a node reports, and its non-compliant patches by vendor severity.
type Report = (InstancePatchState, [u32; VendorSeverity::ALL.len()]);

impl Seen<'_> {
    /// A report that follows a scan alone: as judged at the window's opening on Windows, elsewhere when
    /// the invocation was sent.
    pub(crate) fn scans_report_what_is_on_the_node(&self) -> Result<(), TestCaseError> {
        for ((id, node), report) in self.reports {
            let known = &self.history.invocations[&(*id, *node)];
            let scanned = known.installed.is_empty() && !known.rebooted;
            if !scanned || known.status != InvocationStatus::Success || self.comes_before_an_alarm(known) {
                continue;
            }
            let looks = known.began.unwrap();
            let class = self.plan.pool_class[self.plan.pool_of(*node)];
            let opened = self.plan.openings[id.window][id.opening].opens;
            let (expected, _) = self.report(*node, looks, (self.judged(class, *id, looks), opened));
            prop_assert_eq!(*report, expected, "{:?} on node {}", id, node);
        }
        Ok(())
    }

    /// As AWS shows it: every node counts as it last reported.
    pub(crate) fn compliance_over_time_is_that_of_the_last_reports(
        &self,
        record: &RunRecord,
    ) -> Result<(), TestCaseError> {
        for (sample, at) in self.plan.compliance_samples().enumerate() {
            let came = self.reported.iter().take_while(|(reported, ..)| *reported <= at);
            let last: BTreeMap<u32, InstancePatchState> =
                came.map(|(_, node, report)| (*node, *report)).collect();
            let mut groups = vec![ComplianceCounts::default(); self.plan.groups.len()];
            for (node, report) in &last {
                count(&mut groups[self.group(*node)], report);
            }
            for (group, expected) in groups.into_iter().enumerate() {
                let recorded = record.compliance[sample][group].reported;
                let comparable = ComplianceCounts {
                    non_compliant_by_severity: Default::default(),
                    ..recorded
                };
                prop_assert_eq!(comparable, expected, "group {} at {}", group, at);
            }
        }
        Ok(())
    }

    /// In truth: what every node would report to a scan that took no time.
    pub(crate) fn true_compliance_over_time_is_that_of_the_nodes(
        &self,
        record: &RunRecord,
    ) -> Result<(), TestCaseError> {
        for (sample, at) in self.plan.compliance_samples().enumerate() {
            let mut groups = vec![ComplianceCounts::default(); self.plan.groups.len()];
            for node in 0..self.plan.nodes() {
                let (report, by_severity) = self.report(node, at, (at, at));
                let sum = &mut groups[self.group(node)];
                count(sum, &report);
                for (total, patches) in sum.non_compliant_by_severity.iter_mut().zip(by_severity) {
                    *total += u64::from(patches);
                }
            }
            for (group, expected) in groups.into_iter().enumerate() {
                let recorded = record.compliance[sample][group].actual;
                prop_assert_eq!(recorded, expected, "group {} at {}", group, at);
            }
        }
        Ok(())
    }

    fn group(&self, node: u32) -> usize {
        self.plan.classes[self.plan.pool_class[self.plan.pool_of(node)]].group
    }

    /// What a scan of a node at `at` reports, with approvals judged at `judged` by the rules that
    /// another instant has.
    fn report(&self, node: u32, at: SimTime, (judged, rules_of): (SimTime, SimTime)) -> Report {
        let class = self.plan.pool_class[self.plan.pool_of(node)];
        let since = &self.since[node as usize];
        let on_node = OnNode {
            judged,
            rules_of,
            has: since
                .iter()
                .filter(|(_, got)| **got <= at)
                .map(|(patch, _)| *patch)
                .collect(),
            pending: self.pending(node, at),
        };
        let baseline = self.baseline(node, rules_of);
        let era = self.catalog.era_at(class, rules_of);
        let mut by_severity = [0; VendorSeverity::ALL.len()];
        let mut states = Vec::new();
        for known in &self.catalog.in_era(class, era).patches {
            let Some((state, level, security)) = self.state((node, class), known, &on_node) else {
                continue;
            };
            if !state.is_compliant(baseline.available_security_updates) {
                let severity = self.catalog.patches[known.patch].severity.as_deref();
                by_severity[VendorSeverity::of(severity) as usize] += 1;
            }
            states.push((state, level, security));
        }
        (
            summarize(states, baseline.available_security_updates),
            by_severity,
        )
    }

    /// Patches that were installed since the node's last reboot by installs that were told not to.
    fn pending(&self, node: u32, at: SimTime) -> BTreeSet<usize> {
        let mut pending = self.pending_at_start(node);
        let own = &self.ends[node as usize];
        for (_, id, known) in own.iter().take_while(|(ended, ..)| *ended <= at) {
            let task = self.plan.task(*id);
            if known.rebooted || known.cause == Some(Cause::LostAtReboot) {
                pending.clear();
            } else if task.reboot_option == RebootOption::NoReboot {
                pending.extend(known.installed.iter().copied());
            }
        }
        pending
    }

    /// What came from outside after the node's last reboot, where the setting lets that count.
    fn pending_at_start(&self, node: u32) -> BTreeSet<usize> {
        let pool = self.plan.pool_of(node);
        let known = &self.plan.config.pools[pool];
        let Some(rebooted) = known.rebooted_through else {
            return BTreeSet::new();
        };
        let of_class = &self.catalog.classes[self.plan.pool_class[pool]].patches;
        let since = |from: SimTime| from > rebooted && from <= known.patched_through;
        of_class
            .iter()
            .filter(|known| known.candidate.is_some_and(|(from, _)| since(from)))
            .filter(|_| self.plan.config.settings.external_pending_reboot)
            .map(|known| known.patch)
            .collect()
    }

    fn state(
        &self,
        (node, class): (u32, usize),
        known: &ClassPatch,
        on_node: &OnNode,
    ) -> Option<(PatchState, ComplianceLevel, bool)> {
        let patch = &self.catalog.patches[known.patch];
        if patch.visible_from() > on_node.judged {
            return None;
        }
        let baseline = self.baseline(node, on_node.rules_of);
        let windows = patch.operating_system.family() == Family::Windows;
        let security = patch
            .classification
            .as_deref()
            .is_some_and(|name| name.starts_with("Security"));
        let successors = &self.successors[class][&known.patch];
        let contained = successors.iter().any(|other| on_node.has.contains(other));
        let judged = on_node.judged;
        let superseded = known.superseded_at.is_some_and(|at| at <= judged);
        let withdrawn = self.withdrawn(known.patch).filter(|at| *at <= judged);
        let dropped = superseded || withdrawn.is_some_and(|_| !self.is_rejected(known.patch, judged));
        // Behind a newer version that is offered.
        let era = self.catalog.era_at(class, on_node.rules_of);
        let of_class = &self.catalog.in_era(class, era).patches;
        let outdated = superseded
            && of_class
                .iter()
                .filter(|other| successors.contains(&other.patch))
                .filter(|other| !self.is_rejected(other.patch, judged))
                .filter_map(|other| other.candidate)
                .any(|(from, until)| from <= judged && judged < until);
        let facts = PatchFacts {
            // Outside Windows the newest offered version counts, and it is that one which is missing.
            installed: on_node.has.contains(&known.patch) && !contained && (windows || !outdated),
            pending_reboot: on_node.pending.contains(&known.patch),
            approved: known.candidate.is_some_and(|(from, _)| from <= judged),
            rejected: baseline.rejected_patches.contains(&patch.id) || self.is_rejected(known.patch, judged),
            failed: false,
            replaced: contained || dropped,
            present_in_older_version: true,
            windows,
            security,
        };
        let level = match &known.verdict.approval {
            Ok(approval) => approval.level_at(on_node.judged),
            Err(_) => ComplianceLevel::Unspecified,
        };
        let state = classify(facts, baseline.rejected_patches_action)?;
        (state != PatchState::NotApplicable || !dropped).then_some((state, level, security))
    }
}

fn count(sum: &mut ComplianceCounts, report: &InstancePatchState) {
    sum.nodes += 1;
    if report.compliant() {
        sum.compliant += 1;
    } else {
        sum.non_compliant_by_level[report.severity as usize] += 1;
    }
    for (total, state) in sum.patches.iter_mut().zip(PatchState::ALL) {
        *total += u64::from(report.count(state));
    }
}
