//! An opportunity of a node in words: the window opens, the task starts, the node's turn comes or not.

use patchbench_kernel::SimTime;
use patchbench_model::config::{CutoffBehavior, Operation, Surface};
use patchbench_model::ssm::InvocationStatus;
use patchbench_model::units::RateLimit;
use patchbench_model::world::Cause;
use patchbench_study::explain::{
    Execution, Fate, Invocation, NodeExplanation, NodeReport, Opportunity, Stop,
};

use super::{Line, count, faults, time};
use crate::weekday_date_time;

/// Windows open and close; other surfaces begin.
fn opens(opportunity: &Opportunity) -> String {
    let (noun, window) = (opportunity.surface.noun(), &opportunity.window);
    if opportunity.surface.closes() {
        format!(
            "{noun} {window} opens (cutoff {}, closes {})",
            clock(opportunity.opened, opportunity.cutoff),
            clock(opportunity.opened, opportunity.closes)
        )
    } else {
        format!("{noun} {window} begins")
    }
}

pub(super) fn opportunity_lines(told: &NodeExplanation, opportunity: &Opportunity) -> Vec<Line> {
    if let Fate::Skipped { running_since } = &opportunity.fate {
        return vec![Line::new(
            Some(opportunity.opened),
            format!(
                "{} {} does not open: {} is still in progress",
                opportunity.surface.noun(),
                opportunity.window,
                overlap(*running_since)
            ),
        )];
    }
    let section: &[&str] = if opportunity.surface.closes() {
        &["4.2"]
    } else {
        &["6.2"]
    };
    let mut lines = vec![Line::new(Some(opportunity.opened), opens(opportunity)).resting_on(section)];
    if let Some(execution) = &opportunity.execution {
        let start = Line::below(Some(execution.started), started(opportunity, execution));
        let parts: &[&str] = if opportunity.target.1 > 1 {
            &["4.5", "6.3"]
        } else {
            &["6.3"]
        };
        lines.push(start.resting_on(parts));
    }
    match &opportunity.fate {
        Fate::Sent(invocation) => invocation_lines(told, opportunity, invocation, &mut lines),
        Fate::NotSent {
            at,
            alarm: Some(patch),
            ..
        } => {
            let words = format!(
                "an alarm about {} cancels the task before the turn of {}{}",
                patch.short(),
                told.node,
                place(opportunity)
            );
            lines.push(Line::below(Some(*at), words));
        }
        Fate::NotSent { at, status, .. } => {
            lines.push(Line::below(Some(*at), not_sent(told, opportunity, *status)));
        }
        Fate::NeverStarted { at, status, alarm } => lines.push(Line::below(
            Some(*at),
            format!(
                "{} never starts: {}, and it gets the status {}",
                task(opportunity),
                alarm.as_ref().map_or_else(
                    || "the cutoff came first".to_owned(),
                    |patch| format!("an alarm about {} cancelled it", patch.short())
                ),
                status.as_str()
            ),
        )),
        Fate::Waiting if opportunity.execution.is_none() => {
            lines.push(Line::below(
                None,
                format!("{} has not started yet", task(opportunity)),
            ));
        }
        Fate::Waiting => lines.push(Line::below(
            None,
            format!("the turn of {}{} has not come yet", told.node, place(opportunity)),
        )),
        Fate::Skipped { .. } => {}
    }
    lines
}

/// Time of day, with the date where it is another.
fn clock(near: SimTime, at: SimTime) -> String {
    let (near, at_text) = (weekday_date_time(near), weekday_date_time(at));
    if near.split(' ').nth(1) == at_text.split(' ').nth(1) {
        time(at)
    } else {
        at_text
    }
}

/// The execution for which an opening was skipped.
pub(super) fn overlap(running_since: Option<SimTime>) -> String {
    running_since.map_or_else(
        || "its last execution".to_owned(),
        |since| format!("its execution of {}", weekday_date_time(since)),
    )
}

fn task(opportunity: &Opportunity) -> String {
    let (number, of) = opportunity.target;
    if of > 1 {
        format!("task {}, target {number} of {of},", opportunity.task)
    } else {
        format!("task {}", opportunity.task)
    }
}

pub(super) fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::Scan => "Scan",
        Operation::Install => "Install",
    }
}

fn started(opportunity: &Opportunity, execution: &Execution) -> String {
    let Execution {
        targets,
        max_concurrency,
        max_errors,
        ..
    } = execution;
    let overrides = match (opportunity.by_overrides, opportunity.operation) {
        (false, _) => "",
        (true, Operation::Install) => " by overrides",
        (true, Operation::Scan) => " by another baseline",
    };
    format!(
        "{} starts: {}{overrides} on {}, {}, {}; {}",
        task(opportunity),
        operation(opportunity.operation),
        count(*targets, "node"),
        at_once(*max_concurrency),
        threshold(*max_errors, *targets),
        at_cutoff(opportunity.surface, opportunity.cutoff_behavior)
    )
}

/// The cutoff behaviour in words.
pub(super) fn at_cutoff(surface: Surface, behavior: CutoffBehavior) -> &'static str {
    match behavior {
        _ if !surface.closes() => "has no cutoff",
        CutoffBehavior::ContinueTask => "goes on after the cutoff (CONTINUE_TASK)",
        CutoffBehavior::CancelTask => "sends nothing after the cutoff (CANCEL_TASK)",
    }
}

/// MaxConcurrency in words.
pub(super) fn at_once((number, given): (u32, RateLimit)) -> String {
    match given {
        RateLimit::Count(_) => format!("{number} at once"),
        RateLimit::Percent(_) | RateLimit::PatchNow => format!("{number} at once (max_concurrency {given})"),
    }
}

/// MaxErrors in words.
pub(super) fn threshold((number, given): (u32, RateLimit), targets: u32) -> String {
    let percent = match given {
        RateLimit::Count(_) => String::new(),
        RateLimit::Percent(_) | RateLimit::PatchNow => format!(" (max_errors {given})"),
    };
    if number >= targets {
        format!("errors never stop it{percent}")
    } else {
        format!("stops on error {}{percent}", u64::from(number) + 1)
    }
}

/// `error 2: web-3, web-6`
pub(super) fn stopped_on(stop: &Stop) -> String {
    let more = (stop.errors as usize).saturating_sub(stop.nodes.len());
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("error {}: {}{more}", stop.errors, stop.nodes.join(", "))
}

/// The node's place in the order of sending, in brackets.
pub(super) fn place(opportunity: &Opportunity) -> String {
    match (opportunity.position, &opportunity.execution) {
        (Some(position), Some(execution)) => format!(" (place {position} of {})", execution.targets),
        _ => String::new(),
    }
}

fn not_sent(told: &NodeExplanation, opportunity: &Opportunity, status: InvocationStatus) -> String {
    let stop = opportunity
        .execution
        .as_ref()
        .and_then(|execution| execution.stop.as_ref());
    match (status, stop) {
        (InvocationStatus::Terminated, Some(stop)) => format!(
            "the error threshold stops the task on {}; {} not sent to, {}{} is among them",
            stopped_on(stop),
            if stop.left == 1 {
                "1 node is".to_owned()
            } else {
                format!("{} nodes are", stop.left)
            },
            told.node,
            place(opportunity)
        ),
        (InvocationStatus::Terminated, None) => {
            format!(
                "the error threshold stops the task before the turn of {}{}",
                told.node,
                place(opportunity)
            )
        }
        _ => format!(
            "the cutoff cancels the task (CANCEL_TASK) before the turn of {}{}",
            told.node,
            place(opportunity)
        ),
    }
}

fn invocation_lines(
    told: &NodeExplanation,
    opportunity: &Opportunity,
    invocation: &Invocation,
    lines: &mut Vec<Line>,
) {
    let turn = Line::below(Some(invocation.sent), sent(told, opportunity, invocation));
    lines.push(turn.resting_on(&["6.5", "7.4"]));
    if let Some(away) = &invocation.away {
        let words = format!("{} is {}: it waits", told.node, faults::away(told, away));
        lines.push(Line::below(Some(invocation.sent), words).resting_on(&["5"]));
    }
    if let Some(delivered) = invocation.delivered {
        let words = format!("it reaches {}{}", told.node, found(told, opportunity, invocation));
        lines.push(Line::below(Some(delivered), words));
    }
    let Some((at, status)) = invocation.ended else {
        let still = if invocation.away.is_some() && invocation.delivered.is_none() {
            "still waiting for"
        } else {
            "still running on"
        };
        lines.push(Line::below(None, format!("{still} {}", told.node)));
        return;
    };
    lines.push(Line::below(
        Some(at),
        ended(told, opportunity, invocation, status),
    ));
}

fn sent(told: &NodeExplanation, opportunity: &Opportunity, invocation: &Invocation) -> String {
    let waited = opportunity
        .execution
        .as_ref()
        .map(|execution| invocation.sent - execution.started)
        .filter(|waited| waited.millis() > 0)
        .map_or_else(String::new, |waited| {
            format!(" after waiting {waited} for a free slot")
        });
    // What it finds is settled when it reaches the node.
    let found = if invocation.delivered.is_some() {
        String::new()
    } else {
        found(told, opportunity, invocation)
    };
    format!("sent to {}{}{waited}{found}", told.node, place(opportunity))
}

/// What of the patch is missing on the node.
fn found(told: &NodeExplanation, opportunity: &Opportunity, invocation: &Invocation) -> String {
    match &invocation.found {
        Some(found) if *found == told.patch => String::new(),
        Some(found) => format!(": {} is missing, which replaces it", found.short()),
        None if opportunity.by_overrides => format!(
            ": the overrides of the task install nothing that brings {}",
            told.patch.short()
        ),
        None => format!(
            ": nothing that brings {} was approved {}",
            told.patch.short(),
            if opportunity.surface.shares_snapshot() {
                "when the window opened"
            } else {
                "then"
            }
        ),
    }
}

fn ended(
    told: &NodeExplanation,
    opportunity: &Opportunity,
    invocation: &Invocation,
    status: InvocationStatus,
) -> String {
    let what = match (status, invocation.cause) {
        (InvocationStatus::Success, _) if opportunity.operation == Operation::Scan => {
            scanned(told, invocation)
        }
        (InvocationStatus::Success, _) => installed(told, invocation),
        (_, None | Some(Cause::Scripted)) => format!(
            "{}, as the scenario scripts it{}",
            scripted(opportunity, invocation, status),
            error(status)
        ),
        (_, Some(Cause::Sick)) => format!("{}{}", faults::sick(told, invocation), error(status)),
        (_, Some(Cause::BadPatch)) => format!("{}{}", faults::breaks(invocation), error(status)),
        (_, Some(Cause::LostAtReboot)) => lost(told, invocation, status),
        (_, Some(_)) if invocation.alarm.is_some() => {
            let patch = invocation.alarm.as_ref().map_or("a patch", |patch| patch.short());
            format!("an alarm about {patch} cancels it")
        }
        (_, Some(cause)) => format!("{}{}", cause.words(), error(status)),
    };
    format!(
        "{}: {what}{}",
        status.as_str(),
        invocation.report.map_or_else(String::new, reported)
    )
}

/// What was installed is there, but the node is not back.
fn lost(told: &NodeExplanation, invocation: &Invocation, status: InvocationStatus) -> String {
    let installed = match &invocation.found {
        Some(found) if invocation.installed => format!("{} installed, but ", found.short()),
        _ => String::new(),
    };
    let known = invocation.broken_by.as_ref();
    let words = known.map_or_else(
        || format!("{}{}", Cause::LostAtReboot.words(), error(status)),
        |known| faults::lost(told, known, error(status)),
    );
    format!("{installed}{words}")
}

/// What an outcome that the scenario gives means.
fn scripted(opportunity: &Opportunity, invocation: &Invocation, status: InvocationStatus) -> &'static str {
    match status {
        InvocationStatus::Failed
            if opportunity.operation == Operation::Install && invocation.found.is_some() =>
        {
            "the install fails"
        }
        InvocationStatus::Failed => "the scan fails",
        InvocationStatus::ExecutionTimedOut => "the step timeout passes before it is done",
        InvocationStatus::DeliveryTimedOut => "the node has not answered within the delivery timeout",
        InvocationStatus::Undeliverable => "it could not be delivered",
        InvocationStatus::InvalidPlatform => "the node's platform does not fit",
        InvocationStatus::AccessDenied => "the node refuses it",
        status => status.as_str(),
    }
}

fn error(status: InvocationStatus) -> &'static str {
    match status {
        InvocationStatus::Cancelled => "",
        status if status.is_error() => ", which counts as an error",
        _ => " (no error)",
    }
}

fn scanned(told: &NodeExplanation, invocation: &Invocation) -> String {
    match &invocation.found {
        Some(found) => format!("reported as MISSING: {}; a scan installs nothing", found.short()),
        None => format!("{} is not reported as MISSING", told.patch.short()),
    }
}

fn installed(told: &NodeExplanation, invocation: &Invocation) -> String {
    let Some(found) = &invocation.found else {
        return format!("{} is not installed", told.patch.short());
    };
    let reboot = if invocation.rebooted {
        ", node rebooted"
    } else if invocation.pending_reboot {
        ", reboot pending (NoReboot)"
    } else {
        ", no reboot"
    };
    if *found == told.patch {
        format!("{} installed{reboot}", found.short())
    } else {
        format!(
            "{} installed, which replaces {}{reboot}",
            found.short(),
            told.patch.short()
        )
    }
}

fn reported(report: NodeReport) -> String {
    if report.compliant {
        return "; the node reports itself compliant".to_owned();
    }
    let counts = [
        (report.missing, "missing"),
        (report.failed, "failed"),
        (report.pending_reboot, "pending reboot"),
    ];
    let list: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let list = if list.is_empty() {
        String::new()
    } else {
        format!(" ({})", list.join(", "))
    };
    format!("; the node reports itself non-compliant{list}")
}
