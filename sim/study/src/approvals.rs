//! Which patch is approved when, by which rule, and which window comes first: exact, without chance
//! beyond the release stream's own.

use patchbench_kernel::{SimTime, Streams};
use patchbench_model::ssm::{NotApproved, RuleMatch};
use patchbench_model::world::{Catalog, ClassPatch, Plan};

use crate::collect::first_opening;

/// One patch in one patch group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApprovalRow {
    /// Patch group; empty for nodes without one.
    pub group: String,
    /// Name of the baseline.
    pub baseline: String,
    /// Id of the patch.
    pub patch: String,
    /// Knowledge base number.
    pub kb: Option<String>,
    /// Classification.
    pub classification: Option<String>,
    /// Severity.
    pub severity: Option<String>,
    /// Release, or availability if that is later.
    pub released: SimTime,
    /// Approval; `None`: never.
    pub approved: Option<SimTime>,
    /// Why: the rule that approves it, or what keeps it from approval.
    pub reason: String,
    /// When a successor replaced it.
    pub superseded: Option<SimTime>,
    /// Whether it is ever a candidate for installation.
    pub candidate: bool,
    /// First opening from the approval on of a window that installs on the group's nodes, if it is
    /// still a candidate then.
    pub first_window: Option<SimTime>,
}

/// The approvals of all patches in all groups, by release. Streams that draw are drawn as in
/// replication 0 of the seed.
pub fn approvals(plan: &Plan<'_>, seed: u64) -> Vec<ApprovalRow> {
    let drawn;
    let catalog = if let Some(catalog) = &plan.shared_catalog {
        catalog
    } else {
        drawn = plan.catalog(&Streams::new(seed, 0));
        &drawn
    };
    let mut rows: Vec<ApprovalRow> = Vec::new();
    for (class, known) in plan.classes.iter().zip(&catalog.classes) {
        let baseline = class
            .baseline
            .map_or(String::new(), |index| plan.config.baselines[index].name.clone());
        for patch in &known.patches {
            rows.push(row(plan, catalog, (class.group, &baseline), patch));
        }
    }
    rows.sort_by(|a, b| {
        let shown = (a.released, &a.group, &a.patch).cmp(&(b.released, &b.group, &b.patch));
        shown.then_with(|| a.cmp(b))
    });
    // Classes of one group that differ in nothing shown have equal rows.
    rows.dedup();
    rows
}

fn row(
    plan: &Plan<'_>,
    catalog: &Catalog,
    (group, baseline): (usize, &str),
    known: &ClassPatch,
) -> ApprovalRow {
    let patch = &catalog.patches[known.patch];
    let opening = known.candidate.and_then(|(from, until)| {
        first_opening(plan, group, from.max(plan.config.start)).filter(|opens| *opens < until)
    });
    ApprovalRow {
        group: plan.groups[group].name.clone(),
        baseline: baseline.to_owned(),
        patch: patch.id.clone(),
        kb: patch.kb.clone(),
        classification: patch.classification.clone(),
        severity: patch.severity.clone(),
        released: patch.visible_from(),
        approved: known.verdict.approval.as_ref().ok().map(|approval| approval.at),
        reason: why(known),
        superseded: known.superseded_at,
        candidate: known.candidate.is_some(),
        first_window: opening,
    }
}

/// What the baseline says of a patch, in a few words.
pub(crate) fn why(known: &ClassPatch) -> String {
    match &known.verdict.approval {
        Ok(approval) => match (approval.rule, known.candidate, known.superseded_at) {
            (_, None, Some(at)) => format!("superseded on {at}, before its approval"),
            (Some(rule), _, _) => format!("rule {}", rule + 1),
            (None, _, _) => "approved list".to_owned(),
        },
        Err(NotApproved::OtherOperatingSystem) => "for another operating system".to_owned(),
        Err(NotApproved::Rejected) => "rejected list".to_owned(),
        Err(NotApproved::GlobalFilter(key)) => format!("global filter {key}"),
        Err(NotApproved::NoRule) => no_rule(&known.verdict.rules),
    }
}

fn no_rule(rules: &[RuleMatch]) -> String {
    let one = |(index, rule): (usize, &RuleMatch)| {
        let why = match rule {
            RuleMatch::ApprovedFrom(at) => format!("approves from {at}"),
            RuleMatch::AfterCutOffDate => "released after its date".to_owned(),
            RuleMatch::FilterMismatch(key) => format!("{key} does not match"),
            RuleMatch::OtherPatchSet => "PATCH_SET does not match".to_owned(),
            RuleMatch::NotSecurity => "not from a security source".to_owned(),
        };
        format!("rule {}: {why}", index + 1)
    };
    if rules.is_empty() {
        return "the baseline has no rules".to_owned();
    }
    rules.iter().enumerate().map(one).collect::<Vec<_>>().join("; ")
}
