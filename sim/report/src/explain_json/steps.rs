//! The steps of a chain as JSON.

use patchbench_model::world::WithdrawnBy;
use patchbench_study::explain::{Mismatch, PatchName, RuleOutcome, What};
use serde_json::{Value, json};

use super::{instant, opportunity, patch};

/// The values of a step.
pub(super) fn details(what: &What) -> Vec<(&'static str, Value)> {
    match what {
        What::Released { delay_from } => vec![("delay_from", instant(*delay_from))],
        What::DoesNotApply { patch, node, .. } => {
            vec![
                ("patch_is_for", patch.as_str().into()),
                ("node_has", node.as_str().into()),
            ]
        }
        What::Baseline { name, since, .. } => vec![
            ("baseline", name.as_str().into()),
            ("changed_at", instant(*since)),
        ],
        What::NoSource { product, sources } => vec![
            ("product", product.as_str().into()),
            ("sources", sources.clone().into()),
        ],
        What::Changed { name, edits } => vec![("change", json!(name)), ("set", set(edits))],
        What::ApprovedList { entry, .. } | What::RejectedList { entry } => {
            vec![("entry", entry.as_str().into())]
        }
        What::GlobalFilter(found) => vec![("mismatch", mismatch(found))],
        What::Rule { number, outcome, .. } => {
            let (says, detail) = rule(outcome);
            vec![
                ("rule", (*number).into()),
                ("says", says.into()),
                ("detail", detail),
            ]
        }
        What::Approved {
            successor,
            rule,
            level,
        } => vec![
            ("successor", named(successor.as_ref())),
            ("rule", json!(rule)),
            ("compliance_level", level.as_str().into()),
        ],
        What::MoreSuccessors { count } => vec![("count", (*count).into())],
        What::Superseded { by, before_approval } => vec![
            ("by", named(by.as_ref())),
            (
                "seconds_before_approval",
                json!(before_approval.map(|left| left.millis() / 1000)),
            ),
        ],
        What::Withdrawn { .. } | What::Symptom { .. } => fault(what),
        What::ThereAtStart { patched_through } => {
            vec![("patched_through", patched_through.to_string().into())]
        }
        What::Frozen { window, freeze } => {
            vec![
                ("window", window.as_str().into()),
                ("freeze", freeze.as_str().into()),
            ]
        }
        What::Opportunity(of) => vec![("opportunity", opportunity(of))],
        What::Applies { .. }
        | What::ApprovalEnded
        | What::NoBaseline
        | What::OtherOperatingSystem
        | What::NoRules
        | What::NotTargeted
        | What::Rebooted => Vec::new(),
    }
}

/// The values of a step about something that fails.
fn fault(what: &What) -> Vec<(&'static str, Value)> {
    match what {
        What::Withdrawn {
            successor,
            by,
            false_alarm,
        } => vec![
            ("successor", named(successor.as_ref())),
            ("by", withdrawn_by(*by).into()),
            ("false_alarm", yes(*false_alarm)),
        ],
        What::Symptom { patch: bad, until } => {
            vec![("bad_patch", patch(bad)), ("down_until", instant(*until))]
        }
        _ => Vec::new(),
    }
}

fn named(name: Option<&PatchName>) -> Value {
    name.map_or(Value::Null, patch)
}

pub(super) const fn withdrawn_by(by: WithdrawnBy) -> &'static str {
    match by {
        WithdrawnBy::Vendor => "vendor",
        WithdrawnBy::Monitoring => "monitoring",
    }
}

fn yes(flag: bool) -> Value {
    if flag { "yes" } else { "no" }.into()
}

/// What a dated change sets.
fn set(edits: &[(String, String)]) -> Value {
    let edit = |(path, value): &(String, String)| json!({ "path": path, "value": value });
    edits.iter().map(edit).collect::<Vec<_>>().into()
}

fn mismatch(found: &Mismatch) -> Value {
    json!({ "key": found.key, "asked_for": found.values, "patch_has": found.value })
}

/// What a rule says, and the value behind it.
fn rule(outcome: &RuleOutcome) -> (&'static str, Value) {
    match outcome {
        RuleOutcome::AfterDays { from, days } => (
            "approves",
            json!({ "from": from.to_string(), "approve_after_days": days }),
        ),
        RuleOutcome::AtOnce => ("approves", Value::Null),
        RuleOutcome::UntilDate { date } => ("approves", json!({ "approve_until_date": date.to_string() })),
        RuleOutcome::AfterCutOffDate { date } => {
            let date = date.map(|date| date.to_string());
            ("after_cut_off_date", json!({ "approve_until_date": date }))
        }
        RuleOutcome::Mismatch(found) => ("filter_mismatch", mismatch(found)),
        RuleOutcome::OtherPatchSet { .. } => ("other_patch_set", Value::Null),
        RuleOutcome::NotSecurity => ("not_security", Value::Null),
    }
}

pub(super) const fn step_name(what: &What) -> &'static str {
    match what {
        What::Released { .. } => "released",
        What::Applies { .. } => "applies",
        What::DoesNotApply { .. } => "does_not_apply",
        What::Baseline { .. } => "baseline",
        What::NoSource { .. } => "no_source",
        What::NoBaseline => "no_baseline",
        What::OtherOperatingSystem => "other_operating_system",
        What::ApprovedList { .. } => "approved_list",
        What::RejectedList { .. } => "rejected_list",
        What::GlobalFilter(_) => "global_filter",
        What::Rule { .. } => "rule",
        What::NoRules => "no_rules",
        What::Approved { successor: None, .. } => "approved",
        What::Approved { .. } => "successor_approved",
        What::MoreSuccessors { .. } => "more_successors_approved",
        What::Superseded { .. } => "superseded",
        What::Withdrawn { .. } => "withdrawn",
        What::Symptom { .. } => "latent_fault",
        What::ThereAtStart { .. } => "there_at_start",
        What::NotTargeted => "not_targeted",
        What::Opportunity(_) => "opportunity",
        What::ApprovalEnded => "approval_ended",
        What::Changed { .. } => "changed",
        What::Frozen { .. } => "frozen",
        What::Rebooted => "rebooted",
    }
}
