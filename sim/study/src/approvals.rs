//! Which patch is approved when, by which rule, and which window comes first: exact, without chance
//! beyond the release stream's own.

use patchbench_kernel::{SimTime, Streams};
use patchbench_model::clock::date_time;
use patchbench_model::ssm::{NotApproved, RuleMatch};
use patchbench_model::world::{Catalog, ClassPatch, Plan, Withdrawal, WithdrawnBy};

use crate::first_openings::FirstOpenings;

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
    let openings = FirstOpenings::new(plan);
    let mut rows: Vec<ApprovalRow> = Vec::new();
    for class in 0..plan.classes.len() {
        for place in 0..catalog.classes[class].patches.len() {
            rows.push(row((plan, &openings), catalog, class, place));
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
    (plan, openings): (&Plan<'_>, &FirstOpenings<'_>),
    catalog: &Catalog,
    class: usize,
    place: usize,
) -> ApprovalRow {
    let known = &plan.classes[class];
    let periods = catalog.candidate_periods(class, place);
    let superseded = catalog.superseded_periods(class, place);
    // The baseline that approves it first decides; for a patch that is never approved the last one.
    let told = periods.first().map_or(plan.config.horizon, |(from, _)| *from);
    let era = catalog.era_at(class, told);
    let of_class = &catalog.in_era(class, era).patches[place];
    let patch = &catalog.patches[of_class.patch];
    let since = Since::of(plan, class, catalog.verdict_since(class, era, place));
    let in_force = era.checked_sub(1).map(|change| known.later[change].from);
    let mut reaching = periods.iter().filter_map(|(from, until)| {
        let first = openings.from(known.group, (*from).max(plan.config.start));
        first.filter(|opens| opens < until)
    });
    let approval = of_class.verdict.approval.as_ref().ok();
    let mut reason = why(of_class, since);
    let ends = periods.last().map(|(_, until)| *until);
    let replaced = |at: SimTime| superseded.iter().any(|(from, until)| *from <= at && at < *until);
    if let Some(end) = ends.filter(|end| *end < SimTime::MAX && !replaced(*end)) {
        let withdrawn = of_class.withdrawn.filter(|withdrawal| withdrawal.at == end);
        let by = match withdrawn.map(|withdrawal| withdrawal.by) {
            None => "a change on",
            Some(WithdrawnBy::Vendor) => "the vendor withdraws it on",
            Some(WithdrawnBy::Monitoring) => "the alarm of",
        };
        reason = format!("{reason}, until {by} {}", date_time(end));
    }
    ApprovalRow {
        group: plan.groups[known.group].name.clone(),
        baseline: known
            .baseline_in(era)
            .map_or_else(String::new, |index| plan.config.baselines[index].name.clone()),
        patch: patch.id.clone(),
        kb: patch.kb.clone(),
        classification: patch.classification.clone(),
        severity: patch.severity.clone(),
        released: patch.visible_from(),
        approved: approval.map(|approval| approval.at.max(in_force.unwrap_or(approval.at))),
        reason,
        superseded: superseded.first().map(|(from, _)| *from),
        candidate: !periods.is_empty(),
        first_window: reaching.next(),
    }
}

/// The change that made a baseline say of a patch what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Since {
    at: SimTime,
    /// It was the nodes that got another patch group.
    regrouped: bool,
}

impl Since {
    /// The change behind an era of a class; `None` for what holds from the start.
    pub(crate) fn of(plan: &Plan<'_>, class: usize, era: usize) -> Option<Self> {
        let known = &plan.classes[class];
        let change = &known.later[era.checked_sub(1)?];
        let before = match era.checked_sub(2) {
            Some(before) => known.later[before].patch_group.as_deref().unwrap_or_default(),
            None => &plan.groups[known.group].name,
        };
        Some(Self {
            at: change.from,
            regrouped: change.patch_group.as_deref().unwrap_or_default() != before,
        })
    }
}

/// What the baseline says of a patch, in a few words, and which change made it say so.
pub(crate) fn why(known: &ClassPatch, since: Option<Since>) -> String {
    let superseded = known.superseded_at.unwrap_or(SimTime::MAX);
    let taken = known
        .withdrawn
        .filter(|withdrawal| known.candidate.is_none() && withdrawal.at <= superseded);
    match &known.verdict.approval {
        Ok(_) if let Some(Withdrawal { at, by }) = taken => match by {
            WithdrawnBy::Vendor => format!("withdrawn on {}, before its approval", date_time(at)),
            WithdrawnBy::Monitoring => format!(
                "rejected since the alarm of {}, before its approval",
                date_time(at)
            ),
        },
        Ok(approval) => match (approval.rule, known.candidate, known.superseded_at, since) {
            (_, None, Some(at), _) => format!("superseded on {}, before its approval", date_time(at)),
            (Some(rule), _, _, None) => format!("rule {}", rule + 1),
            (None, _, _, None) => "approved list".to_owned(),
            (rule, _, _, Some(Since { at, regrouped: true })) => {
                let by = rule.map_or("approved list".to_owned(), |rule| format!("rule {}", rule + 1));
                format!("{by}, for nodes re-tagged on {}", date_time(at))
            }
            (Some(rule), _, _, Some(Since { at, .. })) => {
                format!("rule {}, as changed on {}", rule + 1, date_time(at))
            }
            (None, _, _, Some(Since { at, .. })) => format!("approved by hand on {}", date_time(at)),
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
            RuleMatch::ApprovedFrom(at) => format!("approves from {}", date_time(*at)),
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
