//! `[window.…]`: maintenance windows, their targets and tasks.

use patchbench_calendar::{CalendarSettings, Schedule, ScheduleOptions, timezone};
use patchbench_model::config::{
    CutoffBehavior, MaintenanceWindow, Operation, RebootOption, Task, TaskTarget, WindowTarget,
};
use patchbench_model::ssm::{Target, TargetKey};
use patchbench_model::units::{RateLimit, RateLimitError};

use super::baselines::aws_name;
use super::section::{Place, Problems, Section, choice, text, texts};
use super::settings::AllSettings;
use super::values::{duration, flag, instant, integer};
use crate::codes;
use crate::document::{Entry, Item, Value};
use crate::problem::{Problem, Severity};
use crate::suggest::nearest;

/// Windows with the places that later checks point to.
pub(crate) struct Windows {
    pub(crate) windows: Vec<MaintenanceWindow>,
    pub(crate) places: Vec<WindowPlaces>,
}

/// Where the parts of a window stand.
pub(crate) struct WindowPlaces {
    pub(crate) window: Place,
    pub(crate) targets: Vec<Place>,
    /// Tasks with their `max_errors`.
    pub(crate) tasks: Vec<(Place, Option<Place>)>,
}

/// Reads all windows.
pub(crate) fn windows(problems: &Problems, entries: &[Entry], settings: &AllSettings) -> Windows {
    let mut all = Windows {
        windows: Vec::new(),
        places: Vec::new(),
    };
    for entry in entries {
        if let Some((window, places)) = window(problems, entry, settings) {
            all.windows.push(window);
            all.places.push(places);
        }
    }
    all
}

fn window(
    problems: &Problems,
    entry: &Entry,
    settings: &AllSettings,
) -> Option<(MaintenanceWindow, WindowPlaces)> {
    let title = format!("[window.{}]", entry.key);
    let section = Section::open(problems, &entry.item, title, Some(entry.place()))?;
    aws_name(problems, &entry.key, entry.place(), "maintenance window");
    let schedule = schedule(problems, &section, &settings.calendar);
    let hours = hours(problems, &section);
    let enabled = section
        .get("enabled")
        .and_then(|item| flag(problems, item))
        .unwrap_or(true);
    let unassociated = section
        .get("allow_unassociated_targets")
        .and_then(|item| flag(problems, item))
        .unwrap_or(false);
    let _ = section.text("description");
    let mut places = WindowPlaces {
        window: entry.place(),
        targets: Vec::new(),
        tasks: Vec::new(),
    };
    let mut targets = Vec::new();
    for target in section.tables("target") {
        let name = format!("[window.{}.target.{}]", entry.key, target.key);
        targets.push(WindowTarget {
            name: target.key.clone(),
            targets: target_entries(problems, &target.item, &name),
        });
        places.targets.push(target.place());
    }
    let mut tasks = Vec::new();
    for (index, item) in section.list("task").iter().enumerate() {
        if let Some((task, errors)) = task(problems, item, (&entry.key, index + 1), &targets, settings) {
            tasks.push(task);
            places.tasks.push((item.place(), errors));
        }
    }
    section.close();
    let (duration_hours, cutoff_hours) = hours?;
    let window = MaintenanceWindow {
        name: entry.key.clone(),
        schedule: schedule?,
        duration_hours,
        cutoff_hours,
        enabled,
        allow_unassociated_targets: unassociated,
        targets,
        tasks,
    };
    Some((window, places))
}

fn hours(problems: &Problems, section: &Section<'_>) -> Option<(u8, u8)> {
    let duration_item = section.require("duration", "duration = 4, in hours");
    let cutoff_item = section.require("cutoff", "cutoff = 1, in hours");
    let (duration_item, cutoff_item) = (duration_item?, cutoff_item?);
    let duration = integer(problems, duration_item, 1, 24);
    let cutoff = integer(problems, cutoff_item, 0, 23);
    let (duration, cutoff) = (duration?, cutoff?);
    if cutoff >= duration {
        let message =
            format!("cutoff ({cutoff} h) leaves no time to start tasks in a window of {duration} h");
        problems.push(
            Problem::error(codes::CUTOFF, message)
                .at(cutoff_item.place())
                .saying(format!("nothing may start in the last {cutoff} h"))
                .at(duration_item.place())
                .saying(format!("the window ends {duration} h after it opens"))
                .help("AWS requires cutoff < duration; 1 is usual"),
        );
        return None;
    }
    if cutoff == duration - 1 && cutoff > 0 {
        let message = format!("a cutoff of {cutoff} h leaves one hour to start tasks");
        problems.push(
            Problem::new(codes::TIGHT_CUTOFF, Severity::Note, message)
                .at(cutoff_item.place())
                .note("one report of an AWS error message asks for a cutoff below duration - 1"),
        );
    }
    Some((duration as u8, cutoff as u8))
}

fn schedule(problems: &Problems, section: &Section<'_>, settings: &CalendarSettings) -> Option<Schedule> {
    let item = section.require("schedule", "schedule = \"cron(0 16 ? * TUE *)\"");
    let zone = section.get("schedule_timezone");
    let offset = section.get("schedule_offset");
    let time = |key: &'static str| section.get(key).map(|item| (item, instant(problems, item)));
    let (start, end) = (time("start_date"), time("end_date"));
    let zone_read = zone.map(|item| zone_of(problems, item));
    let offset_read = offset.map(|item| integer(problems, item, 1, 6));
    if let (Some((_, Some(start))), Some((place, Some(end)))) = (&start, &end)
        && end < start
    {
        let message = format!("{} ends before it begins", section.name());
        problems.push(Problem::error(codes::PERIOD, message).at(place.place()));
    }
    let options = ScheduleOptions {
        timezone: match zone_read {
            None => None,
            Some(zone) => Some(zone?),
        },
        offset_days: match offset_read {
            None => None,
            Some(days) => Some(days? as u8),
        },
        start: start.and_then(|(_, at)| at),
        end: end.and_then(|(_, at)| at),
        settings: settings.clone(),
    };
    let item = item?;
    let expression = text(problems, item)?;
    Schedule::parse(expression, options)
        .map_err(|error| problems.push(schedule_problem(&error, item)))
        .ok()
}

fn schedule_problem(error: &patchbench_calendar::ScheduleError, item: &Item) -> Problem {
    // The text begins after its opening quote; an override may have none.
    let quoted = item.span.len().saturating_sub(2) >= error.span.end;
    let start = item.span.start + usize::from(quoted);
    let span = start + error.span.start..(start + error.span.end).max(start + error.span.start + 1);
    let problem = Problem::error(codes::SCHEDULE, error.message.clone()).at((item.source, span));
    let problem = match &error.hint {
        Some(hint) => problem.help(hint.clone()),
        None => problem,
    };
    problem.note(
        "`patchbench windows --schedule '…' --from 2026-01-01T00:00:00Z` shows when an expression opens",
    )
}

fn zone_of(problems: &Problems, item: &Item) -> Option<chrono_tz::Tz> {
    let name = text(problems, item)?;
    timezone(name)
        .map_err(|error| {
            let problem = Problem::error(codes::ZONE, format!("no time zone \"{name}\"")).at(item.place());
            problems.push(
                problem
                    .note("IANA names, such as Europe/Berlin")
                    .meant(error.suggestion),
            );
        })
        .ok()
}

fn target_entries(problems: &Problems, item: &Item, name: &str) -> Vec<Target> {
    let Some(section) = Section::open(problems, item, name, None) else {
        return Vec::new();
    };
    let mut targets = Vec::new();
    for entry in section.entries() {
        let key = match entry.key.as_str() {
            "InstanceIds" => TargetKey::InstanceIds,
            "tag-key" => TargetKey::TagKey,
            tag if tag.starts_with("tag:") => TargetKey::Tag(tag[4..].to_owned()),
            other => {
                let known = ["InstanceIds", "tag-key", "tag:Patch Group"];
                problems.push(
                    Problem::error(
                        codes::UNKNOWN_KEY,
                        format!("unknown target key `{other}` in {name}"),
                    )
                    .at(entry.place())
                    .note("allowed: InstanceIds, tag-key, and tag:KEY with any tag key")
                    .meant(nearest(other, known)),
                );
                continue;
            }
        };
        let values = texts(problems, &entry.item);
        if key == TargetKey::InstanceIds {
            instance_ids(problems, &values, entry);
        }
        targets.push(Target {
            key,
            values: values.into_iter().map(|(value, _)| value.to_owned()).collect(),
        });
    }
    if targets.len() > 5 {
        let message = format!("{name} has {} keys; AWS allows 5", targets.len());
        problems.push(Problem::error(codes::QUOTA, message).at(item.place()));
    }
    if targets.is_empty() && section.entries().is_empty() {
        let message = format!("{name} names no nodes");
        problems.push(
            Problem::error(codes::MISSING, message)
                .at(item.place())
                .help("add \"tag:Patch Group\" = [\"…\"]"),
        );
    }
    targets
}

/// At most 50, none twice (Semantics, section 5).
fn instance_ids(problems: &Problems, values: &[(&str, Place)], entry: &Entry) {
    if values.len() > 50 {
        let message = format!("{} node ids; AWS allows 50 in one target", values.len());
        problems.push(Problem::error(codes::QUOTA, message).at(entry.place()));
    }
    for (index, (value, place)) in values.iter().enumerate() {
        if values[..index].iter().any(|(known, _)| known == value) {
            let message = format!("node \"{value}\" is listed twice");
            problems.push(
                Problem::error(codes::DUPLICATE, message)
                    .at(place.clone())
                    .note("AWS answers DuplicateInstanceId"),
            );
        }
    }
}

type ReadTask = (Task, Option<Place>);

fn task(
    problems: &Problems,
    item: &Item,
    (window, number): (&str, usize),
    known: &[WindowTarget],
    settings: &AllSettings,
) -> Option<ReadTask> {
    let title = format!("task {number} of window \"{window}\"");
    let section = Section::open(problems, item, title.clone(), None)?;
    let name = section
        .text("name")
        .map_or_else(|| format!("task-{number}"), str::to_owned);
    let targets = task_targets(problems, &section, known);
    let operations = [("Scan", Operation::Scan), ("Install", Operation::Install)];
    let operation = section
        .require("operation", "operation = \"Install\"")
        .and_then(|item| choice(problems, item, &operations));
    let reboots = [
        ("RebootIfNeeded", RebootOption::RebootIfNeeded),
        ("NoReboot", RebootOption::NoReboot),
    ];
    let reboot_option = section
        .get("reboot_option")
        .and_then(|item| choice(problems, item, &reboots))
        .unwrap_or_default();
    let priority = section
        .get("priority")
        .and_then(|item| integer(problems, item, 0, i64::from(u32::MAX)));
    let concurrency = rate(
        problems,
        &section,
        "max_concurrency",
        RateLimit::parse_max_concurrency,
    );
    let errors = rate(problems, &section, "max_errors", RateLimit::parse_max_errors);
    let cutoffs = [
        ("CONTINUE_TASK", CutoffBehavior::ContinueTask),
        ("CANCEL_TASK", CutoffBehavior::CancelTask),
    ];
    let cutoff_behavior = section
        .get("cutoff_behavior")
        .and_then(|item| choice(problems, item, &cutoffs))
        .unwrap_or_default();
    let timeout_seconds = seconds(problems, &section, "timeout", (30, 2_592_000), 3_600);
    let step_timeout_seconds = seconds(problems, &section, "step_timeout", (1, 36_000), 10_800);
    section.close();
    let task = Task {
        name,
        targets: targets?,
        operation: operation?,
        reboot_option,
        priority: priority.map_or(settings.reading.default_priority, |priority| priority as u32),
        max_concurrency: concurrency?.0,
        max_errors: errors.as_ref()?.0,
        cutoff_behavior,
        timeout_seconds,
        step_timeout_seconds,
    };
    Some((task, errors.map(|(_, place)| place)))
}

fn task_targets(
    problems: &Problems,
    section: &Section<'_>,
    known: &[WindowTarget],
) -> Option<Vec<TaskTarget>> {
    let item = section.require("targets", "targets = [\"NAME\"], a target of the window")?;
    let items: Vec<&Item> = match &item.value {
        Value::List(items) => items.iter().collect(),
        _ => vec![item],
    };
    let mut targets = Vec::new();
    for item in &items {
        if matches!(item.value, Value::Table(_)) {
            targets.push(TaskTarget::Direct(target_entries(
                problems,
                item,
                "a target of the task",
            )));
            continue;
        }
        let Some(name) = text(problems, item) else {
            continue;
        };
        match known.iter().position(|target| target.name == name) {
            Some(index) => targets.push(TaskTarget::Window(index)),
            None => {
                let names: Vec<&str> = known.iter().map(|target| target.name.as_str()).collect();
                let list = if names.is_empty() {
                    "none".to_owned()
                } else {
                    names.join(", ")
                };
                problems.push(
                    Problem::error(codes::REFERENCE, format!("the window has no target \"{name}\""))
                        .at(item.place())
                        .note(format!("its targets: {list}"))
                        .meant(nearest(name, names.iter().copied())),
                );
            }
        }
    }
    if items.is_empty() {
        problems.push(
            Problem::error(codes::MISSING, "a Run Command task needs at least one target").at(item.place()),
        );
    }
    (targets.len() == items.len() && !items.is_empty()).then_some(targets)
}

fn rate(
    problems: &Problems,
    section: &Section<'_>,
    key: &'static str,
    parse: fn(&str) -> Result<RateLimit, RateLimitError>,
) -> Option<(RateLimit, Place)> {
    let Some(item) = section.get(key) else {
        let message = format!("{} has targets but no {key}", section.name());
        problems.push(
            Problem::error(codes::RATE_MISSING, message)
                .at(section.place())
                .note("AWS requires both max_concurrency and max_errors for a task with targets")
                .help(format!("add {key} = \"10%\"")),
        );
        return None;
    };
    let given = match &item.value {
        Value::Integer(number) => number.to_string(),
        _ => text(problems, item)?.to_owned(),
    };
    match parse(&given) {
        Ok(limit) => Some((limit, item.place())),
        Err(error) => {
            let low = if key == "max_errors" { "0" } else { "1" };
            let message = match error {
                RateLimitError::Zero => format!("{key} \"{given}\" would never send anything"),
                RateLimitError::AboveHundredPercent => format!("{key} \"{given}\" is above 100%"),
                RateLimitError::TooLong => format!("{key} has at most 7 characters"),
                RateLimitError::NotALimit => {
                    format!("{key} \"{given}\" is neither a number nor a percentage")
                }
            };
            let said = format!("a number from {low}, or \"{low}%\" to \"100%\", without leading zeros");
            problems.push(Problem::error(codes::RATE, message).at(item.place()).saying(said));
            None
        }
    }
}

fn seconds(
    problems: &Problems,
    section: &Section<'_>,
    key: &'static str,
    (low, high): (i64, i64),
    default: u32,
) -> u32 {
    let Some(item) = section.get(key) else {
        return default;
    };
    let Some(time) = duration(problems, item) else {
        return default;
    };
    let seconds = time.millis() / 1000;
    if (low..=high).contains(&seconds) {
        return seconds as u32;
    }
    let message = format!("{key} of {seconds} s is outside {low} s to {high} s");
    problems.push(Problem::error(codes::RANGE, message).at(item.place()));
    default
}
