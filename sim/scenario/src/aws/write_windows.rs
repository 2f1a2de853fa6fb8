//! The windows and commands of an imported account in its scenario.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike, SecondsFormat, TimeDelta, Utc};
use patchbench_calendar::{Schedule, ScheduleOptions};

use super::account::{Opens, Patching, SentCommand, Target, Task, TaskTarget, Window};
use super::fleet::Fleet;
use super::lines::{Lines, all_assumed};
use super::places::Places;
use super::toml::{key, list, quoted};
use crate::read::parse_instant;

/// `[window.NAME]` in a scenario that begins on this day.
pub(super) fn window(known: &Window, name: &str, begin: chrono::NaiveDate, lines: &mut Lines<'_, '_>) {
    let table = format!("window.{}", key(name));
    let places = &known.places;
    lines.header(&format!("[{table}]"), places);
    for (key, value) in [
        ("description", known.description.as_deref().map(quoted)),
        ("schedule", Some(quoted(&known.schedule))),
        ("schedule_timezone", known.timezone.as_deref().map(quoted)),
        ("schedule_offset", known.offset.map(|days| days.to_string())),
    ] {
        lines.may(places, key, value);
    }
    start_date(lines, known, begin.and_time(chrono::NaiveTime::MIN).and_utc());
    for (key, value) in [
        ("end_date", known.end_date.clone()),
        ("duration", Some(known.duration.to_string())),
        ("cutoff", Some(known.cutoff.to_string())),
    ] {
        lines.may(places, key, value);
    }
    let unassociated = known.allow_unassociated_targets.unwrap_or(false).to_string();
    let why = "nothing says it";
    lines.said_or(places, "allow_unassociated_targets", &unassociated, why);
    let disabled = known.enabled == Some(false);
    lines.may(places, "enabled", disabled.then(|| "false".to_owned()));
    for target in &known.targets {
        lines.header(&format!("[{table}.target.{}]", key(&target.name)), &target.places);
        for entry in &target.entries {
            lines.entry(&entry.places, &target_entry(entry));
        }
    }
    for known_task in &known.tasks {
        task(lines, &table, known, known_task);
    }
}

/// The start date; that of a window with a rate is the first of its openings in the scenario, from which all
/// others follow.
fn start_date(lines: &mut Lines<'_, '_>, window: &Window, begin: DateTime<Utc>) {
    let said = || window.start_date.clone();
    let start = window.start_date.as_deref();
    let start = start.and_then(|text| parse_instant(text).ok());
    let (opens, place, note) = match &window.opens {
        Opens::AsScheduled => return lines.may(&window.places, "start_date", said()),
        Opens::At(at, place) => (*at, Some(place), "by whole periods"),
        Opens::SinceCreation(at, place) => {
            let note = "assumed: whole periods after its creation";
            (*at, Some(place), note)
        }
        Opens::Unknown => (begin, None, "assumed: nothing says on which day and at what hour"),
    };
    match first_opening(&window.schedule, opens, begin, start) {
        // The window opens whole periods after its start date: that says it all.
        Some(first) if Some(first) == start => lines.may(&window.places, "start_date", said()),
        Some(first) => {
            let first = first.to_rfc3339_opts(SecondsFormat::AutoSi, true);
            lines.noted("start_date", &first, place, note);
        }
        None => lines.may(&window.places, "start_date", said()),
    }
}

/// The first opening of a rate after an instant that is not before its start, if it opens at this one.
fn first_opening(
    schedule: &str,
    opens: DateTime<Utc>,
    after: DateTime<Utc>,
    start: Option<DateTime<Utc>>,
) -> Option<DateTime<Utc>> {
    let interval = Schedule::parse(schedule, ScheduleOptions::default())
        .ok()?
        .interval()?;
    let just_before = |start: DateTime<Utc>| start - TimeDelta::milliseconds(1);
    let after = start.map_or(after, |start| just_before(start).max(after));
    let (passed, interval) = ((after - opens).num_milliseconds(), interval.num_milliseconds());
    let periods = passed.div_euclid(interval) + 1;
    let first = opens.checked_add_signed(TimeDelta::milliseconds(periods.checked_mul(interval)?))?;
    (1970..2200).contains(&first.year()).then_some(first)
}

/// One entry of a target.
fn target_entry(target: &Target) -> String {
    format!("{} = {}", key(&target.key), list(&target.values))
}

/// A target as a table within a line.
fn inline_target(entries: &[Target]) -> String {
    let entries: Vec<String> = entries.iter().map(target_entry).collect();
    format!("{{ {} }}", entries.join(", "))
}

fn task(lines: &mut Lines<'_, '_>, table: &str, window: &Window, task: &Task) {
    let target = |target: &TaskTarget| match target {
        TaskTarget::Window(index) => quoted(&window.targets[*index].name),
        TaskTarget::Direct(entries) => inline_target(entries),
    };
    let targets: Vec<String> = task.targets.iter().map(target).collect();
    let places = &task.places;
    lines.header(&format!("[[{table}.task]]"), places);
    lines.said(places, "name", &quoted(&task.name));
    lines.said(places, "targets", &format!("[{}]", targets.join(", ")));
    patching(lines, &task.patching);
    lines.may(
        places,
        "priority",
        task.priority.map(|priority| priority.to_string()),
    );
    lines.said(places, "max_concurrency", &quoted(&task.max_concurrency));
    lines.said(places, "max_errors", &quoted(&task.max_errors));
    lines.may(
        places,
        "cutoff_behavior",
        task.cutoff_behavior.as_deref().map(quoted),
    );
}

/// `[command.NAME]`, sent on this day.
pub(super) fn command(known: &SentCommand, name: &str, at: chrono::NaiveDate, lines: &mut Lines<'_, '_>) {
    let places = &known.places;
    lines.header(&format!("[command.{}]", key(name)), places);
    let _ = writeln!(
        lines.text,
        "kind = \"run_command\"  # SendCommand\nat = {at}T00:00:00Z  # assumed: when it is sent"
    );
    lines.said(places, "targets", &inline_target(&known.targets));
    patching(lines, &known.patching);
    lines.may(
        places,
        "max_concurrency",
        known.max_concurrency.as_deref().map(quoted),
    );
    lines.may(places, "max_errors", known.max_errors.as_deref().map(quoted));
}

fn patching(lines: &mut Lines<'_, '_>, known: &Patching) {
    let seconds = |seconds: i64| format!("\"{seconds}s\"");
    lines.said_or(
        &known.places,
        "operation",
        &quoted(&known.operation),
        "nothing says it",
    );
    for (key, value) in [
        ("reboot_option", known.reboot_option.as_deref().map(quoted)),
        ("timeout", known.timeout.map(seconds)),
        ("step_timeout", known.step_timeout.map(seconds)),
    ] {
        lines.may(&known.places, key, value);
    }
}

/// A window for accounts that have no task: without one there would be nothing to simulate.
pub(super) fn assumed_window(name: &str, fleet: &Fleet) -> String {
    let mut text = format!(
        "# assumed: nothing above runs a patching task\n[window.{name}]\nschedule = \"cron(0 2 ? * SUN *)\"\nduration = 4\ncutoff = 1\n"
    );
    let mut names = Vec::new();
    for pool in &fleet.pools {
        let entry = match pool.tags.iter().next() {
            Some((key, value)) => Target {
                key: format!("tag:{key}"),
                values: vec![value.clone()],
                places: Places::default(),
            },
            None => Target {
                key: "InstanceIds".to_owned(),
                values: pool.nodes().into_iter().take(50).collect(),
                places: Places::default(),
            },
        };
        let _ = writeln!(
            text,
            "[window.{name}.target.{}]\n{}",
            key(&pool.name),
            target_entry(&entry)
        );
        names.push(pool.name.clone());
    }
    names.truncate(10);
    let _ = writeln!(
        text,
        "[[window.{name}.task]]\nname = \"AWS-RunPatchBaseline\"\ntargets = {}\noperation = \"Install\"\nmax_concurrency = \"10%\"\nmax_errors = \"10%\"",
        list(&names)
    );
    all_assumed(&text)
}
