//! Which baseline approves which patch, and from when. Semantics, sections 2.3 to 2.6.

use patchbench_kernel::{SimDuration, SimTime};

use super::filter::reaches_patch_set;
use super::{
    Approval, ApprovalRule, ComplianceLevel, Family, FilterKey, PatchBaseline, PatchView, first_mismatch,
    lists,
};
use crate::catalog::{Patch, PatchSet};
use crate::clock::from_utc;
use crate::config::{ApprovalBoundary, Settings};

/// What a baseline says of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalVerdict {
    /// When it is approved, if ever.
    pub approval: Result<EffectiveApproval, NotApproved>,
    /// Every rule, with its own answer, in order.
    pub rules: Vec<RuleMatch>,
}

/// From when a patch is approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveApproval {
    /// The approval instant: the earliest of the matching rules (Semantics, section 2.6), or the
    /// release of a patch on the approved list.
    pub at: SimTime,
    /// The rule (index) that decides, or `None` for the approved list.
    pub rule: Option<usize>,
    /// Compliance levels over time: from each instant on, the highest level among the rules that
    /// are satisfied by then. In rising order of time.
    pub levels: Vec<(SimTime, ComplianceLevel)>,
}

impl EffectiveApproval {
    /// The compliance level at an instant; UNSPECIFIED before the approval.
    pub fn level_at(&self, at: SimTime) -> ComplianceLevel {
        let passed = self.levels.iter().take_while(|(from, _)| *from <= at);
        passed
            .last()
            .map_or(ComplianceLevel::Unspecified, |(_, level)| *level)
    }
}

/// Why a patch is never approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotApproved {
    /// It is for another operating system than the baseline.
    OtherOperatingSystem,
    /// It is on the rejected list, which wins over everything.
    Rejected,
    /// This global filter drops it.
    GlobalFilter(FilterKey),
    /// No rule matches it, or the ones that do never approve it.
    NoRule,
}

/// What one rule says of a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleMatch {
    /// The rule matches and approves from this instant.
    ApprovedFrom(SimTime),
    /// The rule matches, but the patch was released after its cut-off date.
    AfterCutOffDate,
    /// This filter does not match.
    FilterMismatch(FilterKey),
    /// The rule is about the other patch set (operating system or applications).
    OtherPatchSet,
    /// The patch comes from no security source and the rule asks for one.
    NotSecurity,
}

/// The instant that an approval delay counts from. Semantics, section 2.5.
///
/// Windows: the release date, or the date of the last revision; an application without one counts
/// from 1970-01-01. rpm: the later of the advisory's date (updated, else issued) and the build time;
/// a package without an advisory has its build time; none known: 1970-01-01. Others: the release
/// date, or 1970-01-01.
pub fn release_instant(patch: &Patch) -> SimTime {
    let epoch = SimTime::from_millis(0);
    let dated = patch.updated_at.or(patch.released_at);
    match patch.operating_system.family() {
        Family::Rpm if !patch.security_source => patch.built_at.or(dated).unwrap_or(epoch),
        Family::Rpm => dated
            .or(patch.built_at)
            .map_or(epoch, |at| at.max(patch.built_at.unwrap_or(at))),
        _ => dated.unwrap_or(epoch),
    }
}

/// What `baseline` says of the patch, seen on a node with the given product.
pub fn evaluate(baseline: &PatchBaseline, view: PatchView<'_>, settings: &Settings) -> ApprovalVerdict {
    let rules: Vec<RuleMatch> = baseline
        .rules
        .iter()
        .map(|rule| rule_match(baseline, rule, view, settings))
        .collect();
    let approval = decide(baseline, view, settings, &rules);
    ApprovalVerdict { approval, rules }
}

fn decide(
    baseline: &PatchBaseline,
    view: PatchView<'_>,
    settings: &Settings,
    rules: &[RuleMatch],
) -> Result<EffectiveApproval, NotApproved> {
    if view.patch.operating_system != baseline.operating_system {
        return Err(NotApproved::OtherOperatingSystem);
    }
    if baseline
        .rejected_patches
        .iter()
        .any(|entry| lists(entry, view.patch))
    {
        return Err(NotApproved::Rejected);
    }
    let dropped = first_mismatch(&baseline.global_filter, view).map(|filter| filter.key);
    let listed = on_approved_list(baseline, view.patch);
    if listed && (dropped.is_none() || settings.approved_list_bypasses_global) {
        return Ok(effective(
            baseline,
            rules,
            dropped.is_some(),
            Some(view.patch.visible_from()),
        ));
    }
    if let Some(key) = dropped {
        return Err(NotApproved::GlobalFilter(key));
    }
    if rules
        .iter()
        .any(|rule| matches!(rule, RuleMatch::ApprovedFrom(_)))
    {
        Ok(effective(baseline, rules, false, None))
    } else {
        Err(NotApproved::NoRule)
    }
}

/// An rpm package without an advisory needs its own switch even on the approved list
/// (Semantics, section 2.6).
fn on_approved_list(baseline: &PatchBaseline, patch: &Patch) -> bool {
    let gated = patch.operating_system.family() == Family::Rpm
        && !patch.security_source
        && !baseline.approved_patches_enable_non_security;
    !gated && baseline.approved_patches.iter().any(|entry| lists(entry, patch))
}

fn effective(
    baseline: &PatchBaseline,
    rules: &[RuleMatch],
    rules_dropped: bool,
    listed_from: Option<SimTime>,
) -> EffectiveApproval {
    let mut steps: Vec<(SimTime, Option<usize>, ComplianceLevel)> = Vec::new();
    if let Some(at) = listed_from {
        steps.push((at, None, baseline.approved_patches_compliance_level));
    }
    if !rules_dropped {
        for (index, rule) in rules.iter().enumerate() {
            if let RuleMatch::ApprovedFrom(at) = rule {
                steps.push((*at, Some(index), baseline.rules[index].compliance_level));
            }
        }
    }
    steps.sort_by_key(|(at, rule, _)| (*at, *rule));
    let (at, rule, _) = steps[0];
    let mut levels: Vec<(SimTime, ComplianceLevel)> = Vec::new();
    for (from, _, level) in steps {
        match levels.last_mut() {
            Some((_, highest)) if *highest >= level => {}
            Some((last, highest)) if *last == from => *highest = level,
            _ => levels.push((from, level)),
        }
    }
    EffectiveApproval { at, rule, levels }
}

fn rule_match(
    baseline: &PatchBaseline,
    rule: &ApprovalRule,
    view: PatchView<'_>,
    settings: &Settings,
) -> RuleMatch {
    if !reaches_patch_set(&rule.filter, view, baseline.aws_owned) {
        return RuleMatch::OtherPatchSet;
    }
    if let Some(filter) = first_mismatch(&rule.filter, view) {
        return RuleMatch::FilterMismatch(filter.key);
    }
    let gated = matches!(view.patch.operating_system.family(), Family::Rpm | Family::Apt);
    if gated && !rule.enable_non_security && !view.patch.security_source {
        return RuleMatch::NotSecurity;
    }
    match rule.approval {
        // Debian and Ubuntu have no usable date: delay and cut-off date are ignored, candidates are
        // approved at once (Semantics, section 2.5).
        _ if view.patch.operating_system.family() == Family::Apt => {
            RuleMatch::ApprovedFrom(view.patch.visible_from())
        }
        Approval::AfterDays(days) => RuleMatch::ApprovedFrom(after_days(view.patch, days, settings)),
        Approval::UntilDate(date) => until_date(view.patch, date),
    }
}

fn after_days(patch: &Patch, days: u16, settings: &Settings) -> SimTime {
    let undated_application =
        patch.patch_set == PatchSet::Application && patch.released_at.is_none() && patch.updated_at.is_none();
    let at = release_instant(patch).saturating_add(SimDuration::from_days(i64::from(days)));
    match settings.approval_boundary {
        _ if undated_application => SimTime::from_millis(0).max(patch.visible_from()),
        ApprovalBoundary::Inclusive => at,
        ApprovalBoundary::Strict => at.saturating_add(SimDuration::from_millis(1)),
    }
}

/// The day itself counts in full; such a patch is approved as soon as it exists
/// (Semantics, section 2.4).
fn until_date(patch: &Patch, date: chrono::NaiveDate) -> RuleMatch {
    let end = date
        .succ_opt()
        .unwrap_or(date)
        .and_time(chrono::NaiveTime::MIN)
        .and_utc();
    let released = release_instant(patch);
    if released < from_utc(end) {
        RuleMatch::ApprovedFrom(released)
    } else {
        RuleMatch::AfterCutOffDate
    }
}
