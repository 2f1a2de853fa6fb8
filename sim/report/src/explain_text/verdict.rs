//! The answer in one or two sentences.

use patchbench_model::world::{Cause, WithdrawnBy};
use patchbench_study::explain::{
    Fate, Had, HadHow, Invocation, NodeExplanation, Opportunity, PatchName, Reason, RuleOutcome, Verdict,
    What,
};

use super::opportunity::{overlap, place, stopped_on};
use super::steps::{asked, misfit, objection};
use super::{count, faults};
use crate::weekday_date_time;

/// Does the node have the patch, and why.
pub(crate) fn verdict_text(told: &NodeExplanation) -> String {
    let (node, patch) = (&told.node, told.patch.short());
    match &told.verdict {
        Verdict::Has(had) => has(told, had),
        Verdict::HasNot { reason, last, others } => {
            let when = if told.at == told.horizon {
                format!(
                    "by {}, the end of the simulated period",
                    weekday_date_time(told.at)
                )
            } else {
                format!("on {}", weekday_date_time(told.at))
            };
            format!(
                "{node} does not have {patch} {when}: {}.{}{}{}",
                why(told, *reason, last.as_deref()),
                faults::aftermath(told),
                others_text(others),
                next(told)
            )
        }
    }
}

fn has(told: &NodeExplanation, had: &Had) -> String {
    let (node, patch) = (&told.node, told.patch.short());
    match &had.how {
        HadHow::AtStart { patched_through } => format!(
            "{node} has {patch} from the start: the scenario has it patched through {}.",
            weekday_date_time(*patched_through)
        ),
        HadHow::Installed {
            window,
            surface,
            opened,
            task,
            inside,
            rebooted,
            pending_reboot,
            lost,
        } => {
            let by = inside.as_ref().map_or_else(String::new, |inside| {
                format!(
                    " by its successor {} ({patch} itself was never installed)",
                    inside.short()
                )
            });
            let reboot = match lost {
                Some(lost) => format!(", but {}", faults::lost(told, lost, "")),
                None if *pending_reboot => "; its reboot is still to come".to_owned(),
                None if *rebooted => " and rebooted the node".to_owned(),
                None => String::new(),
            };
            format!(
                "{node} has {patch} since {}{by}: task {task} of {} {window}, which {} {}, installed it{reboot}.{}{}",
                weekday_date_time(had.since),
                surface.noun(),
                if surface.closes() { "opened" } else { "began" },
                weekday_date_time(*opened),
                faults::aftermath(told),
                others_text(&had.before)
            )
        }
    }
}

/// The opportunities before in one sentence.
fn others_text(others: &[(Reason, u32)]) -> String {
    let all: u32 = others.iter().map(|(_, count)| count).sum();
    match others {
        [] => String::new(),
        [(reason, 1)] => format!(" One opportunity before it: {}.", reason_text(*reason)),
        [(reason, _)] => format!(
            " {all} opportunities before it, all alike: {}.",
            reason_text(*reason)
        ),
        several => format!(" {all} opportunities before it: {}.", tally_text(several)),
    }
}

/// Reasons with their numbers.
pub(super) fn tally_text(tally: &[(Reason, u32)]) -> String {
    let list: Vec<String> = tally
        .iter()
        .map(|(reason, count)| format!("{count} × {}", reason_text(*reason)))
        .collect();
    list.join("; ")
}

/// What is still to come.
fn next(told: &NodeExplanation) -> String {
    if told.at == told.horizon {
        return String::new();
    }
    if let Some(later) = &told.later {
        return format!(
            " In this history the node gets it on {}.",
            weekday_date_time(later.since)
        );
    }
    let Verdict::HasNot { reason, .. } = &told.verdict else {
        return String::new();
    };
    match &told.next_opening {
        _ if faults::gone(told).is_some() => String::new(),
        Some((window, opens))
            if *reason >= Reason::AwaitingApproval
                && ![Reason::OnlyScanned, Reason::LeftOut].contains(reason) =>
        {
            format!(
                " The next window that installs on it is {window} on {}; in this history the node does not get it by {}, the end of the simulated period.",
                weekday_date_time(*opens),
                weekday_date_time(told.horizon)
            )
        }
        _ => String::new(),
    }
}

/// Why the node has not got it.
fn why(told: &NodeExplanation, reason: Reason, last: Option<&Opportunity>) -> String {
    if let Some(opportunity) = last {
        return of_opportunity(told, reason, opportunity);
    }
    match reason {
        Reason::NotApplicable => {
            let found = told.chain.iter().find_map(|step| match &step.what {
                What::DoesNotApply { why, patch, node } => Some(misfit(*why, patch, node)),
                _ => None,
            });
            found.unwrap_or_else(|| "it does not apply".to_owned())
        }
        Reason::NotReleased => format!(
            "it is released on {}",
            dated(told, |what| matches!(what, What::Released { .. }))
        ),
        Reason::NoBaseline => "no baseline is there for its operating system".to_owned(),
        Reason::OtherOperatingSystem => "its baseline is for another operating system".to_owned(),
        Reason::Rejected => format!("{} rejects it by its list of rejected patches", baseline(told)),
        Reason::GlobalFilter => {
            let found = told.chain.iter().find_map(|step| match &step.what {
                What::GlobalFilter(mismatch) => Some(asked(mismatch)),
                _ => None,
            });
            format!(
                "the global filter of {} drops it: {}",
                baseline(told),
                found.unwrap_or_default()
            )
        }
        Reason::NoRule => no_rule(told),
        Reason::SupersededBeforeApproval => superseded(told),
        Reason::AwaitingApproval => awaiting(told),
        Reason::NotTargeted => "no task of any window is sent to the node".to_owned(),
        Reason::OnlyScanned => {
            "the tasks that are sent to the node only scan; they report it as MISSING and install nothing"
                .to_owned()
        }
        Reason::NoOpening => format!(
            "no window that installs on the node has opened since the approval{}",
            frozen(told)
        ),
        Reason::Withdrawn | Reason::RejectedByAlarm => faults::taken_back(told, reason),
        Reason::ApprovalEnded if told.chain.iter().any(|step| step.what == What::ApprovalEnded) => format!(
            "its approval ended on {}, before a window that installs on the node opened",
            dated(told, |what| matches!(what, What::ApprovalEnded))
        ),
        other => reason_text(other).to_owned(),
    }
}

/// Openings that change freezes have held back.
fn frozen(told: &NodeExplanation) -> String {
    let mut freezes: Vec<&str> = Vec::new();
    let mut openings = 0u32;
    for step in &told.chain {
        if let What::Frozen { freeze, .. } = &step.what {
            openings += 1;
            if !freezes.contains(&freeze.as_str()) {
                freezes.push(freeze);
            }
        }
    }
    if openings == 0 {
        return String::new();
    }
    format!(
        " ({} held back by change freeze {})",
        count(openings, "opening"),
        freezes.join(", ")
    )
}

fn baseline(told: &NodeExplanation) -> String {
    let found = told.chain.iter().find_map(|step| match &step.what {
        What::Baseline { name, .. } => Some(format!("baseline {name}")),
        _ => None,
    });
    found.unwrap_or_else(|| "its baseline".to_owned())
}

/// The date of a step of this kind.
fn dated(told: &NodeExplanation, kind: impl Fn(&What) -> bool) -> String {
    let step = told.chain.iter().find(|step| kind(&step.what));
    let at = step.and_then(|step| step.at);
    at.map_or_else(|| "a date that is not known".to_owned(), weekday_date_time)
}

fn no_rule(told: &NodeExplanation) -> String {
    let objections: Vec<(usize, String)> = told
        .chain
        .iter()
        .filter_map(|step| match &step.what {
            What::Rule { number, outcome, .. }
                if !matches!(
                    outcome,
                    RuleOutcome::AfterDays { .. } | RuleOutcome::UntilDate { .. }
                ) =>
            {
                Some((*number, objection(outcome)))
            }
            _ => None,
        })
        .collect();
    let detail = match objections.as_slice() {
        [] => "it has no rules".to_owned(),
        [(_, only)] => only.clone(),
        several => several
            .iter()
            .map(|(number, why)| format!("rule {number}: {why}"))
            .collect::<Vec<_>>()
            .join("; "),
    };
    format!("{} does not approve it ({detail})", baseline(told))
}

fn superseded(told: &NodeExplanation) -> String {
    let found = told.chain.iter().find_map(|step| match (&step.what, step.at) {
        (What::Superseded { by, before_approval }, Some(at)) => Some((by.as_ref(), *before_approval, at)),
        _ => None,
    });
    let Some((by, before_approval, at)) = found else {
        return reason_text(Reason::SupersededBeforeApproval).to_owned();
    };
    let name = by.map_or("a successor", |by| by.short());
    let left = before_approval.map_or_else(String::new, |left| format!(", {left} before its approval"));
    let verb = if at <= told.at { "replaced" } else { "replaces" };
    format!(
        "{name} {verb} it on {}{left}{}",
        weekday_date_time(at),
        coming(told, by)
    )
}

/// When a successor that replaces the patch is approved.
fn coming(told: &NodeExplanation, by: Option<&PatchName>) -> String {
    let found = told.chain.iter().find_map(|step| match (&step.what, step.at) {
        (
            What::Approved {
                successor: Some(successor),
                ..
            },
            Some(at),
        ) => Some((successor, at)),
        _ => None,
    });
    match found {
        Some((successor, at)) if Some(successor) == by => {
            format!(
                "; {} is itself approved on {}",
                successor.short(),
                weekday_date_time(at)
            )
        }
        Some((successor, at)) => format!(
            "; {}, which replaces it, is approved on {}",
            successor.short(),
            weekday_date_time(at)
        ),
        None => "; nothing that replaces it is approved within the simulated period".to_owned(),
    }
}

fn awaiting(told: &NodeExplanation) -> String {
    let replaced = told.chain.iter().any(|step| {
        matches!(
            &step.what,
            What::Superseded {
                before_approval: Some(_),
                ..
            }
        )
    });
    if replaced {
        return format!("it is not approved yet, and never will be: {}", superseded(told));
    }
    if let Some((by, at)) = faults::gone(told) {
        let at = weekday_date_time(at);
        return match by {
            WithdrawnBy::Vendor => {
                format!("it is not approved yet, and never will be: the vendor withdraws it on {at}")
            }
            WithdrawnBy::Monitoring => {
                format!("it is not approved yet, and never will be: an alarm has it rejected from {at} on")
            }
        };
    }
    format!(
        "{} approves it on {}",
        baseline(told),
        dated(told, |what| matches!(what, What::Approved { .. }))
    )
}

/// How the last opportunity went.
fn of_opportunity(told: &NodeExplanation, reason: Reason, opportunity: &Opportunity) -> String {
    let window = format!(
        "{} {} of {}",
        opportunity.surface.noun(),
        opportunity.window,
        weekday_date_time(opportunity.opened)
    );
    if let Some(words) = faults::last(told, reason, opportunity, &window) {
        return words;
    }
    let task = &opportunity.task;
    let place = place(opportunity);
    match (reason, &opportunity.fate) {
        (Reason::SkippedOverlapping, Fate::Skipped { running_since }) => {
            format!(
                "{window} was skipped, since {} was still in progress",
                overlap(*running_since)
            )
        }
        (Reason::NeverStarted, _) => format!(
            "in {window} the cutoff ({}) came before task {task} could start",
            weekday_date_time(opportunity.cutoff)
        ),
        (Reason::StoppedByErrors, Fate::NotSent { at, .. }) => {
            let stop = opportunity
                .execution
                .as_ref()
                .and_then(|execution| execution.stop.as_ref());
            let on = stop.map_or_else(String::new, |stop| format!(" on {}", stopped_on(stop)));
            let turn = place.trim_start().trim_matches(['(', ')']);
            let turn = if turn.is_empty() {
                String::new()
            } else {
                format!("{turn}, ")
            };
            format!(
                "in {window} the error threshold stopped task {task} before its turn ({turn}stopped {}{on})",
                weekday_date_time(*at)
            )
        }
        (Reason::CutOff, _) => format!(
            "in {window} the cutoff ({}) cancelled task {task} before its turn{place}",
            weekday_date_time(opportunity.cutoff)
        ),
        (Reason::WaitingForTurn, _) => format!("its turn in task {task} of {window} has not come yet{place}"),
        (Reason::InProgress, Fate::Sent(invocation)) => format!(
            "task {task} of {window} has been running on it since {}",
            weekday_date_time(invocation.sent)
        ),
        (_, Fate::Sent(invocation)) => {
            let ended = invocation.ended.map_or(told.at, |(at, _)| at);
            format!(
                "in {window} task {task} {} on {}{}",
                verb(reason),
                weekday_date_time(ended),
                because(invocation)
            )
        }
        _ => format!("in {window}: {}", reason_text(reason)),
    }
}

/// The cause of a failure, where the status does not say it.
fn because(invocation: &Invocation) -> String {
    match invocation.cause {
        None
        | Some(
            Cause::Scripted
            | Cause::ScanFailed
            | Cause::InstallFailed
            | Cause::StepTimeout
            | Cause::CutOff
            | Cause::Unreachable,
        ) => String::new(),
        Some(cause) => format!(": {}", cause.words()),
    }
}

const fn verb(reason: Reason) -> &'static str {
    match reason {
        Reason::Failed => "failed to install it",
        Reason::ExecutionTimedOut => "ran into the step timeout",
        Reason::DeliveryTimedOut => "got no answer from the node within the delivery timeout",
        Reason::Undeliverable => "could not be delivered to the node",
        Reason::InvalidPlatform => "did not fit the node's platform",
        Reason::AccessDenied => "was refused by the node",
        _ => "was cancelled on the node by the cutoff",
    }
}

/// A reason in a few words.
pub(crate) const fn reason_text(reason: Reason) -> &'static str {
    match reason {
        Reason::NotApplicable => "does not apply to the node",
        Reason::NotReleased => "not released yet",
        Reason::NoBaseline => "no baseline for the node",
        Reason::OtherOperatingSystem => "baseline for another operating system",
        Reason::Rejected => "rejected by the baseline",
        Reason::GlobalFilter => "dropped by the baseline's global filter",
        Reason::NoRule => "no rule of the baseline approves it",
        Reason::SupersededBeforeApproval => "replaced by a successor before its approval",
        Reason::Withdrawn => "withdrawn by the vendor before a window opened",
        Reason::RejectedByAlarm => "rejected after an alarm, before a window opened",
        Reason::AwaitingApproval => "not approved yet",
        Reason::NotTargeted => "no task is sent to the node",
        Reason::OnlyScanned => "only scanned, never installed on",
        Reason::LeftOut => "left out by the overrides of the tasks that install",
        Reason::NoOpening => "no window has opened since the approval",
        Reason::ApprovalEnded => "a change took the approval away before a window opened",
        Reason::SkippedOverlapping => "window skipped, its last execution was in progress",
        Reason::NeverStarted => "cutoff before the task could start",
        Reason::StoppedByErrors => "error threshold stopped the task before its turn",
        Reason::CutOff => "cutoff cancelled the task before its turn",
        Reason::WaitingForTurn => "its turn has not come yet",
        Reason::CancelledByAlarm => "cancelled by an alarm about a bad patch",
        Reason::Unreachable => "waits for the node, which is out of reach",
        Reason::CancelledUnreached => "cutoff came while it waited for the node",
        Reason::InProgress => "install under way",
        Reason::Failed => "install failed",
        Reason::Sick => "install failed on a sick node",
        Reason::TransientFailure => "install failed by a transient failure",
        Reason::BrokenByPatch => "install broken by a bad patch",
        Reason::ExecutionTimedOut => "step timeout passed",
        Reason::DeliveryTimedOut => "no answer within the delivery timeout",
        Reason::Undeliverable => "could not be delivered",
        Reason::InvalidPlatform => "platform does not fit",
        Reason::AccessDenied => "refused by the node",
        Reason::Killed => "cutoff cancelled it on the node",
    }
}
