//! What failed, in words: nodes out of reach or sick, bad patches, alarms and withdrawals.

use patchbench_kernel::SimTime;
use patchbench_model::world::WithdrawnBy;
use patchbench_study::explain::{
    Away, Broken, Fate, Invocation, NodeExplanation, Opportunity, PatchName, Reason, Trouble, Verdict, What,
};

use super::count;
use crate::weekday_date_time;

/// `offline from … to …`, or what a bad patch did to the node.
pub(super) fn away(told: &NodeExplanation, away: &Away) -> String {
    let since = weekday_date_time(away.since);
    let back = date(told.horizon, away.back);
    match &away.patch {
        Some(patch) => format!("down from {since}, when {} broke it, to {back}", patch.short()),
        None => format!("offline from {since} to {back}"),
    }
}

/// A date that may lie beyond the horizon.
fn date(horizon: SimTime, at: SimTime) -> String {
    let beyond = if at >= horizon {
        " (after the simulated period)"
    } else {
        ""
    };
    format!("{}{beyond}", weekday_date_time(at))
}

/// `the node was sick from … to …`
pub(super) fn sick(told: &NodeExplanation, invocation: &Invocation) -> String {
    let dates = invocation.sick.map_or_else(String::new, |spell| {
        format!(
            " from {} to {}",
            weekday_date_time(spell.since),
            date(told.horizon, spell.until)
        )
    });
    format!("the node is sick{dates}, and every install fails on it")
}

/// A patch is taken back.
pub(super) fn withdrawn(successor: Option<&PatchName>, by: WithdrawnBy, false_alarm: bool) -> String {
    let whose = successor.map_or_else(String::new, |patch| {
        format!(" {}, which replaces it", patch.short())
    });
    match by {
        WithdrawnBy::Vendor => {
            let what = if whose.is_empty() { " it" } else { &whose };
            format!("the vendor withdraws{what}: it is offered no longer")
        }
        WithdrawnBy::Monitoring => {
            let what = if whose.is_empty() { " it" } else { &whose };
            let false_alarm = if false_alarm {
                " (a false alarm: it is good)"
            } else {
                ""
            };
            format!(
                "monitoring raises an alarm about{what}{false_alarm}: every baseline rejects it from now on"
            )
        }
    }
}

/// The fault of a bad patch shows on the node some time after its install.
pub(super) fn symptom(told: &NodeExplanation, patch: &PatchName, back: Option<SimTime>) -> String {
    let down = back.map_or_else(String::new, |at| {
        format!(", and the node is down until {}", date(told.horizon, at))
    });
    format!("the latent fault of {} shows{down}", patch.short())
}

/// Why no window offers it: the sentence of the verdict.
pub(super) fn taken_back(told: &NodeExplanation, reason: Reason) -> String {
    let wanted = if reason == Reason::Withdrawn {
        WithdrawnBy::Vendor
    } else {
        WithdrawnBy::Monitoring
    };
    let found = told
        .chain
        .iter()
        .rev()
        .find_map(|step| match (&step.what, step.at) {
            (
                What::Withdrawn {
                    successor,
                    by,
                    false_alarm,
                },
                Some(at),
            ) if *by == wanted => Some((successor.as_ref(), *false_alarm, at)),
            _ => None,
        });
    let Some((successor, false_alarm, at)) = found else {
        return super::verdict::reason_text(reason).to_owned();
    };
    let what = successor.map_or_else(
        || "it".to_owned(),
        |patch| format!("{}, which replaces it,", patch.short()),
    );
    let approved = told
        .chain
        .iter()
        .any(|step| matches!(step.what, What::Approved { .. }));
    let before = if approved {
        "before a window that installs on the node opened"
    } else {
        "before its approval"
    };
    match wanted {
        WithdrawnBy::Vendor => format!(
            "the vendor withdrew {what} on {}, {before}",
            weekday_date_time(at)
        ),
        WithdrawnBy::Monitoring => format!(
            "monitoring raised {} about {what} on {}, {before}; every baseline has rejected it since",
            if false_alarm { "a false alarm" } else { "an alarm" },
            weekday_date_time(at)
        ),
    }
}

/// What comes after the verdict: that nothing offers the patch any more, or what it did to the node.
pub(super) fn aftermath(told: &NodeExplanation) -> String {
    match &told.verdict {
        Verdict::Has(had) => {
            let shown = told.chain.iter().find_map(|step| match (&step.what, step.at) {
                (What::Symptom { patch, until }, Some(at)) if at >= had.since => Some((patch, *until, at)),
                _ => None,
            });
            shown.map_or_else(String::new, |(patch, back, at)| {
                let down = back.map_or_else(String::new, |back| {
                    format!(", and the node was down until {}", date(told.horizon, back))
                });
                format!(
                    " On {} the latent fault of {} showed{down}.",
                    weekday_date_time(at),
                    patch.short()
                )
            })
        }
        Verdict::HasNot { reason, last, .. } if reason.is_of_opportunity() => match gone(told) {
            Some((WithdrawnBy::Vendor, at)) => {
                format!(" The vendor withdrew it on {}.", weekday_date_time(at))
            }
            Some((WithdrawnBy::Monitoring, _)) if last.as_deref().and_then(alarm) == Some(&told.patch) => {
                " Every baseline rejects it from then on.".to_owned()
            }
            Some((WithdrawnBy::Monitoring, at)) => format!(
                " Since the alarm of {} every baseline rejects it.",
                weekday_date_time(at)
            ),
            None => String::new(),
        },
        Verdict::HasNot { .. } => String::new(),
    }
}

/// The patch about which an alarm cancelled what was to happen on the node.
fn alarm(opportunity: &Opportunity) -> Option<&PatchName> {
    match &opportunity.fate {
        Fate::NotSent { alarm, .. } | Fate::NeverStarted { alarm, .. } => alarm.as_ref(),
        Fate::Sent(sent) => sent.alarm.as_ref(),
        Fate::Skipped { .. } | Fate::Waiting => None,
    }
}

/// By whom and when the patch itself was taken back.
pub(super) fn gone(told: &NodeExplanation) -> Option<(WithdrawnBy, SimTime)> {
    told.chain.iter().find_map(|step| match (&step.what, step.at) {
        (
            What::Withdrawn {
                successor: None, by, ..
            },
            Some(at),
        ) => Some((*by, at)),
        _ => None,
    })
}

/// The last opportunity in the verdict, where something failed; `window` and `task` are its names.
pub(super) fn last(
    told: &NodeExplanation,
    reason: Reason,
    opportunity: &Opportunity,
    window: &str,
) -> Option<String> {
    let task = &opportunity.task;
    if let Fate::NotSent {
        at,
        alarm: Some(patch),
        ..
    }
    | Fate::NeverStarted {
        at,
        alarm: Some(patch),
        ..
    } = &opportunity.fate
    {
        return Some(format!(
            "in {window} an alarm about {} cancelled task {task} before its turn ({})",
            patch.short(),
            weekday_date_time(*at)
        ));
    }
    let Fate::Sent(sent) = &opportunity.fate else {
        return None;
    };
    let ended = weekday_date_time(sent.ended.map_or(told.at, |(at, _)| at));
    let reach = || {
        sent.away
            .as_ref()
            .map_or_else(|| "out of reach".to_owned(), |known| away(told, known))
    };
    let words = match reason {
        Reason::Unreachable => format!("task {task} of {window} waits for the node, {}", reach()),
        Reason::CancelledUnreached => format!(
            "in {window} the cutoff ({ended}) cancelled task {task} while it waited for the node, {}",
            reach()
        ),
        Reason::DeliveryTimedOut if sent.away.is_some() => format!(
            "in {window} task {task} could not reach the node before the delivery timeout ({ended}): it was {}",
            reach()
        ),
        Reason::CancelledByAlarm => {
            let waiting = if sent.away.is_some() && sent.delivered.is_none() {
                format!(" while it waited for the node, {}", reach())
            } else {
                " while it ran on the node".to_owned()
            };
            let patch = sent.alarm.as_ref().map_or("a patch", |patch| patch.short());
            format!("in {window} an alarm about {patch} ({ended}) cancelled task {task}{waiting}")
        }
        Reason::Sick => format!("in {window} task {task} failed on {ended}: {}", sick(told, sent)),
        Reason::TransientFailure => format!(
            "in {window} task {task} failed on {ended} by a transient failure; the next window that \
             installs on the node tries again"
        ),
        Reason::BrokenByPatch => format!("in {window} task {task} failed on {ended}: {}", breaks(sent)),
        _ => return None,
    };
    Some(words)
}

/// `bad patch KB1 breaks the install on this node`
pub(super) fn breaks(sent: &Invocation) -> String {
    let patch = sent.broken_by.as_ref().map(|broken| broken.patch.short());
    format!(
        "{} breaks the install on this node",
        patch.map_or_else(|| "a bad patch".to_owned(), |name| format!("bad patch {name}"))
    )
}

/// `bad patch KB1 kept the node from coming back from its reboot, …`
pub(super) fn lost(told: &NodeExplanation, broken: &Broken, counted: &str) -> String {
    let back = broken.until.map_or_else(String::new, |at| {
        format!("; it is down until {}", date(told.horizon, at))
    });
    format!(
        "bad patch {} kept the node from coming back from its reboot{counted}{back}",
        broken.patch.short()
    )
}

/// Why invocations of a command ended without success: a label, and words before the names of the nodes.
pub(super) fn trouble(trouble: &Trouble) -> Option<(&'static str, String)> {
    use patchbench_model::world::Cause;
    let nodes = count(trouble.nodes.count, "node");
    let patch = trouble.patch.as_ref().map_or("a bad patch", PatchName::short);
    let row = match trouble.cause {
        // The errors tell these.
        Cause::Scripted | Cause::ScanFailed | Cause::InstallFailed => return None,
        Cause::CutOff => ("cancelled", format!("{nodes}, sent to but not done")),
        Cause::Sick => ("sick", format!("{nodes}, every install fails until repaired")),
        Cause::BadPatch => ("bad patch", format!("{patch} breaks the install on {nodes}")),
        Cause::TransientFailure => (
            "transient",
            format!("{nodes}, every attempt of the install fails; the next opening tries again"),
        ),
        Cause::LostAtReboot => (
            "lost",
            format!("{patch} keeps {nodes} from coming back from the reboot"),
        ),
        Cause::Unreachable => (
            "offline",
            format!("{nodes}, not reached before the delivery timeout"),
        ),
        cause => ("because", format!("{nodes}, {}", cause.words())),
    };
    Some(row)
}
