//! One opening of a window: what its tasks did and left.

use std::fmt::Write as _;

use patchbench_model::config::{RebootOption, TaskStatus};
use patchbench_model::ssm::InvocationStatus;
use patchbench_scenario::SettingChoice;
use patchbench_study::explain::{CommandLeft, OpeningExplanation, TaskLeft};

use super::opportunity::{at_cutoff, at_once, operation, overlap, stopped_on, threshold};
use super::{changed_settings, count, faults, history, legend, nodes, paragraph, wrap};
use crate::text::capital;
use crate::weekday_date_time;

/// Runs of names, and patches, in a row.
const RUNS: usize = 6;
const PATCHES: usize = 6;

/// What an opening did and left.
pub fn opening_text(told: &OpeningExplanation, settings: &[SettingChoice]) -> String {
    let mut text = String::new();
    paragraph(&head(told), &mut text);
    let hours = if told.surface.closes() {
        format!(
            ", cutoff {}, closes {}",
            weekday_date_time(told.cutoff),
            weekday_date_time(told.closes)
        )
    } else {
        String::new()
    };
    paragraph(
        &format!(
            "Opening {} of {} (--on DATE tells another){}. One history: {}.",
            told.number.0,
            told.number.1,
            hours,
            history(told.replication, told.seed)
        ),
        &mut text,
    );
    changed_settings(settings, &mut text);
    for task in &told.tasks {
        task_text(task, told, &mut text);
    }
    legend(&told.basis, settings, &mut text);
    text
}

fn head(told: &OpeningExplanation) -> String {
    let name = format!(
        "{} {} of {}",
        capital(told.surface.noun()),
        told.window,
        weekday_date_time(told.opened)
    );
    if let Some(running) = told.skipped_for {
        return format!(
            "{name} was skipped: {} was still in progress [4.6].",
            overlap(Some(running))
        );
    }
    let commands = || told.tasks.iter().flat_map(|task| &task.commands);
    let ended = told.ended.map_or_else(
        || "was still in progress at the end of the simulated period".to_owned(),
        |ended| {
            format!(
                "ended {} with status {}{}",
                weekday_date_time(ended),
                told.status.as_str(),
                told.details
                    .map_or_else(String::new, |details| format!(": {details}"))
            )
        },
    );
    if told.details.is_some() {
        return format!("{name} {ended}");
    }
    let targets: u32 = commands().map(|command| command.targets).sum();
    let of = |status: InvocationStatus| -> u32 {
        let counts = commands().flat_map(|command| &command.invocations);
        counts
            .filter(|(known, _)| *known == status)
            .map(|(_, count)| count)
            .sum()
    };
    let errors = of(InvocationStatus::Failed) + of(InvocationStatus::ExecutionTimedOut);
    let left: u32 = commands()
        .flat_map(|command| &command.left)
        .map(|(_, nodes)| nodes.count)
        .sum();
    let stopped = commands().any(|command| command.stop.is_some());
    let unsent = match (left, stopped) {
        (0, _) => "all were sent".to_owned(),
        (left, true) => format!("{left} were never sent, as the error threshold stopped a task"),
        (left, false) if commands().any(|command| command.alarm.is_some()) => {
            format!("{left} were never sent, as an alarm cancelled a task")
        }
        (left, false) => format!("{left} were never sent"),
    };
    let enough = if told.status == TaskStatus::Failed && !stopped && errors > 0 {
        " One failed invocation is enough for the status FAILED [4.6]."
    } else {
        ""
    };
    format!(
        "{name} {ended}: {} of {} succeeded, {errors} failed; {unsent}.{enough}",
        of(InvocationStatus::Success),
        count(targets, "invocation")
    )
}

fn task_text(task: &TaskLeft, told: &OpeningExplanation, text: &mut String) {
    let reboot = match task.reboot_option {
        RebootOption::RebootIfNeeded => "",
        RebootOption::NoReboot => ", NoReboot",
    };
    let _ = writeln!(
        text,
        "\nTask {} (priority {}): {}{reboot}, status {}",
        task.name,
        task.priority,
        operation(task.operation),
        task.status.as_str()
    );
    if told.surface.closes() {
        row(text, "cutoff", at_cutoff(told.surface, task.cutoff_behavior));
    }
    if task.commands.is_empty() {
        row(text, "started", "not yet");
    }
    for command in &task.commands {
        if task.commands.len() > 1 {
            row(
                text,
                "target",
                &format!("{} of {}", command.target, task.commands.len()),
            );
        }
        command_text(task, command, told, text);
    }
}

fn row(text: &mut String, what: &str, words: &str) {
    const LABEL: usize = 11;
    let mut label = what;
    for line in wrap(words, super::WIDTH - LABEL - 2) {
        let _ = writeln!(text, "  {label:<LABEL$}  {line}");
        label = "";
    }
}

fn command_text(task: &TaskLeft, command: &CommandLeft, told: &OpeningExplanation, text: &mut String) {
    let limits = format!(
        "{}; {}, {} [6.3, 6.4]",
        command.targets,
        at_once((command.max_concurrency, task.max_concurrency)),
        threshold((command.max_errors, task.max_errors), command.targets)
    );
    row(text, "nodes", &limits);
    let Some(started) = command.started else {
        row(
            text,
            "started",
            "never: the cutoff came first, or the task was cancelled before this target [4.5]",
        );
        left_text(command, text);
        return;
    };
    row(text, "started", &weekday_date_time(started));
    let mut sent = format!("{} of {}", command.sent, command.targets);
    if told.surface.closes() {
        let _ = write!(sent, ", {} of them before the cutoff", command.sent_before_cutoff);
    }
    row(text, "sent", &sent);
    row(text, "ended", &ended(command, told));
    if let Some(stop) = &command.stop {
        row(
            text,
            "stopped",
            &format!(
                "{} by the error threshold on {} [6.4]",
                weekday_date_time(stop.at),
                stopped_on(stop)
            ),
        );
    }
    if command.errors.count > 0 {
        row(
            text,
            "errors",
            &format!(
                "{}: {}",
                count(command.errors.count, "node"),
                nodes(&command.errors, RUNS)
            ),
        );
    }
    for trouble in &command.troubles {
        if let Some((label, words)) = faults::trouble(trouble) {
            row(text, label, &format!("{words}: {}", nodes(&trouble.nodes, RUNS)));
        }
    }
    if let Some((at, patch)) = &command.alarm {
        let when = weekday_date_time(*at);
        row(
            text,
            "alarm",
            &format!("{when} about {}: the task is cancelled", patch.short()),
        );
    }
    left_text(command, text);
    installed_text(command, text);
}

fn ended(command: &CommandLeft, told: &OpeningExplanation) -> String {
    let statuses: Vec<String> = command
        .invocations
        .iter()
        .map(|(status, count)| format!("{count} {}", status.as_str()))
        .collect();
    let when = command.ended.map_or_else(
        || "not by the end of the simulated period".to_owned(),
        |ended| format!("last one {}", weekday_date_time(ended)),
    );
    let overrun = command.overrun.filter(|_| told.surface.closes());
    let late = overrun.map_or_else(String::new, |late| {
        format!(
            ", {late} after the window closed ({})",
            weekday_date_time(told.closes)
        )
    });
    format!("{}; {when}{late}", statuses.join(", "))
}

fn left_text(command: &CommandLeft, text: &mut String) {
    for (status, names) in &command.left {
        let why = match status {
            InvocationStatus::Terminated => "error threshold [6.4]",
            InvocationStatus::Cancelled if command.alarm.is_some() => "alarm [4.5]",
            InvocationStatus::Cancelled => "cutoff [4.5]",
            _ => "turn had not come at the end of the simulated period",
        };
        let words = format!("{} ({}): {}", count(names.count, "node"), why, nodes(names, RUNS));
        row(text, "not sent", &words);
    }
}

fn installed_text(command: &CommandLeft, text: &mut String) {
    let mut installed: Vec<_> = command.installed.iter().collect();
    installed.sort_by_key(|(_, nodes)| std::cmp::Reverse(*nodes));
    let mut list: Vec<String> = installed
        .iter()
        .take(PATCHES)
        .map(|(patch, nodes)| format!("{} on {}", patch.short(), count(*nodes, "node")))
        .collect();
    if installed.len() > PATCHES {
        list.push(format!("{} more patches", installed.len() - PATCHES));
    }
    if list.is_empty() {
        row(text, "installed", "nothing");
    } else {
        row(text, "installed", &list.join(", "));
    }
    if command.rebooted > 0 || !list.is_empty() {
        row(text, "rebooted", &count(command.rebooted, "node"));
    }
    let (compliant, not) = command.compliant;
    row(
        text,
        "reported",
        &format!("{compliant} compliant, {not} non-compliant [8.4]"),
    );
}
