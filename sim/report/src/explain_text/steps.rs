//! The steps of a chain in words.

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::ssm::ComplianceLevel;
use patchbench_model::world::NotApplicable;
use patchbench_study::explain::{
    BaselineChoice, Filter, Mismatch, NodeExplanation, PatchName, RuleOutcome, Step, What,
};

use super::opportunity::opportunity_lines;
use super::{Line, faults};
use crate::changes_text::shortened;
use crate::weekday_date_time;

/// The lines of a step, each with the sections behind it.
pub(crate) fn step_lines(told: &NodeExplanation, step: &Step) -> Vec<Line> {
    let sections = || step.basis.iter().map(|rule| rule.section);
    let mut lines = match &step.what {
        What::Opportunity(opportunity) => opportunity_lines(told, opportunity),
        _ => vec![Line::new(step.at, sentence(told, step))],
    };
    let Some((last, above)) = lines.split_last_mut() else {
        return lines;
    };
    // The lines above name their own; what is left is behind the outcome.
    for line in &mut *above {
        line.sections
            .retain(|section| sections().any(|known| known == *section));
    }
    let mut named: Vec<&str> = above.iter().flat_map(|line| line.sections.clone()).collect();
    last.sections = sections()
        .filter(|section| match named.iter().position(|known| known == section) {
            Some(place) => {
                named.swap_remove(place);
                false
            }
            None => true,
        })
        .collect();
    last.sections.dedup();
    lines
}

fn sentence(told: &NodeExplanation, step: &Step) -> String {
    match &step.what {
        What::Released { delay_from } => released(&told.patch, step, *delay_from),
        What::Applies {
            operating_system,
            product,
        } => {
            let product = product.as_deref().unwrap_or("every product");
            format!(
                "applies to {}: it is for {operating_system}, {product}",
                told.node
            )
        }
        What::DoesNotApply { why, patch, node } => {
            format!("does not apply to {}: {}", told.node, misfit(*why, patch, node))
        }
        What::Baseline { name, choice, since } => {
            format!("baseline {name}{}: {}", changed(*since), baseline(choice))
        }
        What::NoSource { product, sources } => no_source(product, sources),
        What::NoBaseline => {
            "no baseline: none is registered, and its operating system has no default".to_owned()
        }
        What::OtherOperatingSystem => "the baseline is for another operating system".to_owned(),
        What::ApprovedList { entry, dropped } => approved_list(entry, *dropped),
        What::RejectedList { entry } => {
            format!("on the baseline's list of rejected patches (entry {entry}), which wins over every rule")
        }
        What::GlobalFilter(mismatch) => format!("the baseline's global filter drops it: {}", asked(mismatch)),
        What::Rule {
            number,
            filters,
            outcome,
        } => rule(*number, filters, outcome),
        What::NoRules => "the baseline has no rules: it approves nothing by itself".to_owned(),
        What::Approved {
            successor,
            rule,
            level,
        } => approved(successor.as_ref(), *rule, *level),
        What::ApprovalEnded => {
            "its approval ends: the baseline, as this change leaves it, does not approve it".to_owned()
        }
        What::Changed { name, edits } => change(name.as_deref(), edits),
        What::MoreSuccessors { count } => format!("… {count} more successors are approved in between …"),
        What::Superseded { by, before_approval } => replaced(told, by.as_ref(), *before_approval),
        What::Withdrawn {
            successor,
            by,
            false_alarm,
        } => faults::withdrawn(successor.as_ref(), *by, *false_alarm),
        What::Symptom { patch, until } => faults::symptom(told, patch, *until),
        What::ThereAtStart { patched_through } => format!(
            "on the node from the start: the scenario has it patched through {}",
            weekday_date_time(*patched_through)
        ),
        What::NotTargeted => not_targeted(told),
        What::Frozen { window, freeze } => {
            format!("window {window} does not open: change freeze {freeze}")
        }
        What::Rebooted => "the node reboots: the install is complete".to_owned(),
        What::Opportunity(_) => String::new(),
    }
}

fn replaced(told: &NodeExplanation, by: Option<&PatchName>, before_approval: Option<SimDuration>) -> String {
    let by = by.map_or("a successor", |by| by.short());
    match before_approval {
        Some(left) => format!(
            "replaced by {by}, {left} before its approval: {} itself is never installed",
            told.patch.short()
        ),
        None => format!("replaced by {by}"),
    }
}

fn approved_list(entry: &str, dropped: bool) -> String {
    let filter = if dropped {
        ", which wins over the global filter"
    } else {
        ""
    };
    format!("on the baseline's list of approved patches (entry {entry}){filter}: approved without delay")
}

fn changed(since: Option<SimTime>) -> String {
    since.map_or_else(String::new, |at| {
        format!(", as changed on {}", weekday_date_time(at))
    })
}

/// `change zero-day: baseline.prod.approved_patches = ["KB5035857"]`
fn change(name: Option<&str>, edits: &[(String, String)]) -> String {
    let edit = |(path, value): &(String, String)| format!("{path} = {}", shortened(value));
    let edits: Vec<String> = edits.iter().map(edit).collect();
    let name = name.map_or_else(String::new, |name| format!(" \"{name}\""));
    format!("change{name}: {}", edits.join("; "))
}

fn released(patch: &PatchName, step: &Step, delay_from: Option<SimTime>) -> String {
    let kind: Vec<&str> = [patch.severity.as_deref(), patch.classification.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    let kind = if kind.is_empty() {
        String::new()
    } else {
        format!(" ({})", kind.join(", "))
    };
    let title = if patch.title.is_empty() || patch.title == patch.short() {
        String::new()
    } else {
        format!(", {}", patch.title)
    };
    let dated = if step.at.is_some() {
        "released"
    } else {
        "released, no date given"
    };
    let counted = delay_from.map_or_else(String::new, |at| {
        format!("; approval delays count from {}", weekday_date_time(at))
    });
    format!("{dated}: {}{title}{kind}{counted}", patch.short())
}

fn no_source(product: &str, sources: &[String]) -> String {
    format!(
        "its sources are for {}, none for {product}: every run on the node fails",
        sources.join(", ")
    )
}

/// Why a patch does not fit a node.
pub(super) fn misfit(why: NotApplicable, patch: &str, node: &str) -> String {
    match why {
        NotApplicable::OperatingSystem => format!("it is for {patch}, the node runs {node}"),
        NotApplicable::Product => format!("it is for {patch}, the node is a {node}"),
        NotApplicable::Application if node.is_empty() => {
            format!("it is for the application {patch}, the node has none")
        }
        NotApplicable::Application => format!("it is for the application {patch}, the node has {node}"),
    }
}

fn baseline(choice: &BaselineChoice) -> String {
    const DEFAULT: &str = "so the default of its operating system decides";
    match choice {
        BaselineChoice::Policy => {
            "the patch policy uses it, whatever the patch group and the defaults".to_owned()
        }
        BaselineChoice::Registered { group } => format!("registered for the node's patch group {group}"),
        BaselineChoice::DefaultWithoutGroup => format!("the node has no patch group, {DEFAULT}"),
        BaselineChoice::DefaultUnregistered { group } => {
            format!("no baseline is registered for its patch group {group}, {DEFAULT}")
        }
        BaselineChoice::DefaultForSystem { group, registered } => format!(
            "{registered}, registered for its patch group {group}, is for another operating system, {DEFAULT}"
        ),
    }
}

/// What a filter asks for and what the patch has.
pub(super) fn asked(mismatch: &Mismatch) -> String {
    let wanted = alternatives(&mismatch.values);
    match &mismatch.value {
        Some(value) => format!("its {} is {value}, not {wanted}", mismatch.key),
        None => format!("it has no {}, asked for is {wanted}", mismatch.key),
    }
}

/// `a`, `a or b`, `one of a, b, c`
fn alternatives(values: &[String]) -> String {
    if values.len() > 2 {
        format!("one of {}", values.join(", "))
    } else {
        values.join(" or ")
    }
}

fn rule(number: usize, filters: &[Filter], outcome: &RuleOutcome) -> String {
    let list: Vec<String> = filters
        .iter()
        .map(|(key, values)| format!("{key} {}", alternatives(values)))
        .collect();
    let matches = if list.is_empty() {
        format!("rule {number} takes every patch")
    } else {
        format!("rule {number} matches ({})", list.join("; "))
    };
    match outcome {
        RuleOutcome::AfterDays { from, days } => {
            let delay = match days {
                0 => "at its release".to_owned(),
                1 => "1 day after its release".to_owned(),
                days => format!("{days} days after its release"),
            };
            format!("{matches}: approves {delay}, on {}", weekday_date_time(*from))
        }
        RuleOutcome::AtOnce => {
            format!("{matches}: approves at once, as apt packages have no date to count a delay from")
        }
        RuleOutcome::UntilDate { date } => {
            format!("{matches}: approves what is released up to {date}, at once")
        }
        RuleOutcome::AfterCutOffDate { date } => {
            let date = date.map_or_else(String::new, |date| format!(" up to {date}"));
            format!("{matches}, but approves only what is released{date}")
        }
        RuleOutcome::Mismatch(_) | RuleOutcome::OtherPatchSet { .. } | RuleOutcome::NotSecurity => {
            format!("rule {number} does not match: {}", objection(outcome))
        }
    }
}

/// Why a rule does not approve a patch.
pub(super) fn objection(outcome: &RuleOutcome) -> String {
    match outcome {
        RuleOutcome::Mismatch(mismatch) => asked(mismatch),
        RuleOutcome::OtherPatchSet { application: true } => {
            "it updates an application, which needs PATCH_SET=APPLICATION and a PRODUCT in the rule"
                .to_owned()
        }
        RuleOutcome::OtherPatchSet { application: false } => {
            "it updates the operating system, and the rule is about applications".to_owned()
        }
        RuleOutcome::NotSecurity => {
            "it comes from no security source, and the rule has EnableNonSecurity off".to_owned()
        }
        RuleOutcome::AfterCutOffDate { date: Some(date) } => format!("it was released after {date}"),
        RuleOutcome::AfterCutOffDate { date: None } => "it was released too late".to_owned(),
        RuleOutcome::AfterDays { .. } | RuleOutcome::AtOnce | RuleOutcome::UntilDate { .. } => {
            "it matches".to_owned()
        }
    }
}

fn approved(successor: Option<&PatchName>, rule: Option<usize>, level: ComplianceLevel) -> String {
    let who = successor.map_or_else(String::new, |patch| {
        format!("{}, which replaces it, is ", patch.short())
    });
    let by = rule.map_or_else(
        || "the approved list".to_owned(),
        |number| format!("rule {number}"),
    );
    let level = match level {
        ComplianceLevel::Unspecified => String::new(),
        level => format!(", compliance level {}", level.as_str()),
    };
    format!("{who}approved by {by}{level}")
}

fn not_targeted(told: &NodeExplanation) -> String {
    let tags = if told.tags.is_empty() {
        "it has no tags".to_owned()
    } else {
        format!("its tags are {}", told.tags.join(", "))
    };
    format!("no task of any window is sent to {} ({tags})", told.node)
}
