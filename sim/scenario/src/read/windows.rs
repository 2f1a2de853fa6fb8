//! `[window.…]`: maintenance windows, their targets and tasks.

use std::collections::BTreeMap;

use patchbench_calendar::{CalendarSettings, Schedule, ScheduleOptions, timezone};
use patchbench_kernel::SimDuration;
use patchbench_model::config::{
    CutoffBehavior, MaintenanceWindow, Operation, RebootOption, Surface, Task, TaskTarget, WindowTarget,
};
use patchbench_model::units::{RateLimit, RateLimitError};

use super::baselines::{aws_name, description};
use super::section::{Place, Problems, Section, Tables, choice, optional, text, wrong_type};
use super::settings::AllSettings;
use super::targets::target_entries;
use super::task_overrides::OverrideContext;
use super::values::{duration, flag, instant, integer};
use crate::aws::reference;
use crate::codes;
use crate::document::{Entry, Item, Value};
use crate::problem::{Problem, Severity};
use crate::suggest::{listing, nearest};

/// Windows with the places that later checks point to.
pub(crate) struct Windows {
    pub(crate) list: Vec<MaintenanceWindow>,
    pub(crate) places: Vec<WindowPlaces>,
    /// Every name, with the window's index unless it has a problem.
    declared: BTreeMap<String, Option<usize>>,
    /// False when names are missing because something could not be read.
    complete: bool,
}

/// Where the parts of a window stand.
pub(crate) struct WindowPlaces {
    pub(crate) window: Place,
    pub(crate) targets: Vec<Place>,
    /// Tasks with their `max_errors`.
    pub(crate) tasks: Vec<(Place, Option<Place>)>,
    /// False when some task could not be read.
    pub(crate) complete: bool,
}

impl Windows {
    /// Whether the scenario has a window of this name, or may have one.
    pub(crate) fn declares(&self, name: &str) -> bool {
        !self.complete || self.declared.contains_key(name)
    }

    /// The window of this name, if it could be read.
    pub(crate) fn named(&self, name: &str) -> Option<usize> {
        self.declared.get(name).copied().flatten()
    }

    /// Takes in something else that is played as a window.
    pub(super) fn push(&mut self, name: &str, found: Option<(MaintenanceWindow, WindowPlaces)>) {
        let index = found.map(|(window, places)| {
            self.list.push(window);
            self.places.push(places);
            self.list.len() - 1
        });
        self.declared.insert(name.to_owned(), index);
    }

    /// More may be declared than could be read.
    pub(super) fn incomplete(&mut self) {
        self.complete = false;
    }

    /// Adds a window that a change creates; until then it does not open.
    pub(crate) fn create(&mut self, window: &MaintenanceWindow, places: WindowPlaces) -> usize {
        self.list.push(MaintenanceWindow {
            enabled: false,
            ..window.clone()
        });
        self.places.push(places);
        let index = self.list.len() - 1;
        self.declared.insert(window.name.clone(), Some(index));
        index
    }

    /// Takes over names of windows that could not be read.
    pub(crate) fn declare(&mut self, others: &Self) {
        for name in others.declared.keys() {
            self.declared.entry(name.clone()).or_insert(None);
        }
        self.complete &= others.complete;
    }

    /// The names of all windows.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.declared.keys().map(String::as_str)
    }
}

/// Reads all windows.
pub(crate) fn windows(
    problems: &Problems,
    tables: &Tables<'_>,
    settings: &AllSettings,
    overrides: &OverrideContext<'_, '_>,
) -> Windows {
    let mut all = Windows {
        list: Vec::new(),
        places: Vec::new(),
        declared: BTreeMap::new(),
        complete: tables.complete,
    };
    for entry in tables.entries {
        all.push(&entry.key, window(problems, entry, settings, overrides));
    }
    all
}

fn window(
    problems: &Problems,
    entry: &Entry,
    settings: &AllSettings,
    overrides: &OverrideContext<'_, '_>,
) -> Option<(MaintenanceWindow, WindowPlaces)> {
    let title = format!("[window.{}]", entry.key);
    let section = Section::open(problems, &entry.item, title, Some(entry.place()))?;
    aws_name(problems, &entry.key, entry.place(), "maintenance window");
    // What the file says stands beside it by now.
    let _ = section.get(reference::KEY);
    let schedule = schedule(problems, &section, settings.calendar);
    let hours = hours(problems, &section);
    let enabled = section
        .get("enabled")
        .and_then(|item| flag(problems, item))
        .unwrap_or(true);
    let unassociated = section
        .get("allow_unassociated_targets")
        .and_then(|item| flag(problems, item))
        .unwrap_or(false);
    description(problems, &section, 128);
    let declared = section.tables("target");
    let mut places = WindowPlaces {
        window: entry.place(),
        targets: declared.entries.iter().map(Entry::place).collect(),
        tasks: Vec::new(),
        complete: true,
    };
    let target = |target: &Entry| WindowTarget {
        name: target.key.clone(),
        targets: target_entries(
            problems,
            &target.item,
            &format!("[window.{}.target.{}]", entry.key, target.key),
        ),
    };
    let targets: Vec<WindowTarget> = declared.entries.iter().map(target).collect();
    let known = KnownTargets {
        targets: &targets,
        complete: declared.complete,
        overrides,
    };
    let mut tasks = Vec::new();
    for (index, item) in section.list("task").iter().enumerate() {
        match task(problems, item, (&entry.key, index + 1), &known, settings) {
            Some((task, errors)) => {
                tasks.push(task);
                places.tasks.push((item.place(), errors));
            }
            None => places.complete = false,
        }
    }
    section.close();
    let (duration_hours, cutoff_hours) = hours?;
    let window = MaintenanceWindow {
        name: entry.key.clone(),
        surface: Surface::MaintenanceWindow,
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

/// The schedule of a window, with its zone, offset and dates.
fn schedule(problems: &Problems, section: &Section<'_>, settings: CalendarSettings) -> Option<Schedule> {
    let item = section.require("schedule", "schedule = \"cron(0 16 ? * TUE *)\"");
    let zone = optional(section.get("schedule_timezone"), |item| zone_of(problems, item));
    let offset = optional(section.get("schedule_offset"), |item| {
        integer(problems, item, 1, 6)
    });
    let time = |key: &'static str| section.get(key).map(|item| (item, instant(problems, item)));
    let (start, end) = (time("start_date"), time("end_date"));
    if let (Some((from, Some(start))), Some((item, Some(end)))) = (&start, &end)
        && end <= start
    {
        let message = format!("{} ends before it begins", section.name());
        let problem = Problem::error(codes::PERIOD, message).at(item.place());
        problems.push(problem.at(from.place()).saying("it begins here"));
    }
    // The expression is read whatever is wrong with the rest of the schedule.
    let options = ScheduleOptions {
        timezone: zone.ok().flatten(),
        offset_days: offset.ok().flatten().map(|days| days as u8),
        start: start.and_then(|(_, at)| at),
        end: end.and_then(|(_, at)| at),
        settings,
    };
    let item = item?;
    let expression = text(problems, item)?;
    let read = Schedule::parse(expression, options).map_err(|error| schedule_problem(&error, item));
    match read {
        Ok(schedule) => (zone.is_ok() && offset.is_ok()).then_some(schedule),
        Err(problem) => {
            problems.push(problem);
            None
        }
    }
}

pub(super) fn schedule_problem(error: &patchbench_calendar::ScheduleError, item: &Item) -> Problem {
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

pub(super) fn zone_of(problems: &Problems, item: &Item) -> Option<chrono_tz::Tz> {
    let name = text(problems, item)?;
    timezone(name)
        .map_err(|error| {
            let problem = Problem::error(codes::ZONE, format!("no time zone \"{name}\"")).at(item.place());
            let problem = problem.note("zones have IANA names, such as Europe/Berlin");
            let abbreviation = name.len() <= 5 && name.bytes().all(|b| b.is_ascii_uppercase());
            problems.push(if abbreviation {
                problem.help(
                    "an abbreviation names an offset, and not when clocks change: write the zone of a city",
                )
            } else {
                problem.meant(error.suggestion)
            });
        })
        .ok()
}

/// Targets that the tasks of a window may name.
struct KnownTargets<'a, 'c, 's> {
    targets: &'a [WindowTarget],
    /// False when names are missing because something could not be read.
    complete: bool,
    overrides: &'a OverrideContext<'c, 's>,
}

type ReadTask = (Task, Option<Place>);

fn task(
    problems: &Problems,
    item: &Item,
    (window, number): (&str, usize),
    known: &KnownTargets<'_, '_, '_>,
    settings: &AllSettings,
) -> Option<ReadTask> {
    let title = format!("task {number} of window \"{window}\"");
    let section = Section::open(problems, item, title.clone(), None)?;
    let name = section
        .text("name")
        .map_or_else(|| format!("task-{number}"), str::to_owned);
    let targets = task_targets(problems, &section, known);
    let patching = patching(problems, &section);
    let overrides = known.overrides.overrides(&section);
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
    let cutoff_behavior = section
        .get("cutoff_behavior")
        .and_then(|item| choice(problems, item, &CUTOFF_BEHAVIORS))
        .unwrap_or_default();
    section.close();
    let task = Task {
        name,
        targets: targets?,
        operation: patching.operation?,
        overrides,
        reboot_option: patching.reboot_option,
        priority: priority.map_or(settings.reading.default_priority, |priority| priority as u32),
        max_concurrency: concurrency?.0,
        max_errors: errors.as_ref()?.0,
        cutoff_behavior,
        timeout_seconds: patching.timeout_seconds,
        step_timeout_seconds: patching.step_timeout_seconds,
    };
    Some((task, errors.map(|(_, place)| place)))
}

/// What AWS-RunPatchBaseline is told, on whatever surface.
pub(super) struct Patching {
    pub(super) operation: Option<Operation>,
    pub(super) reboot_option: RebootOption,
    pub(super) timeout_seconds: u32,
    pub(super) step_timeout_seconds: u32,
}

/// Reads the parameters of the document.
pub(super) fn patching(problems: &Problems, section: &Section<'_>) -> Patching {
    let operation = section
        .require("operation", "operation = \"Install\"")
        .and_then(|item| choice(problems, item, &OPERATIONS));
    Patching {
        operation,
        ..reboots_and_timeouts(problems, section)
    }
}

/// `Operation` by name.
pub(crate) const OPERATIONS: [(&str, Operation); 2] =
    [("Scan", Operation::Scan), ("Install", Operation::Install)];

/// `RebootOption` by name.
pub(crate) const REBOOT_OPTIONS: [(&str, RebootOption); 2] = [
    ("RebootIfNeeded", RebootOption::RebootIfNeeded),
    ("NoReboot", RebootOption::NoReboot),
];

/// What happens to a task at the cutoff, by name.
pub(crate) const CUTOFF_BEHAVIORS: [(&str, CutoffBehavior); 2] = [
    ("CONTINUE_TASK", CutoffBehavior::ContinueTask),
    ("CANCEL_TASK", CutoffBehavior::CancelTask),
];

/// Reads the parameters of the document without its operation.
pub(super) fn reboots_and_timeouts(problems: &Problems, section: &Section<'_>) -> Patching {
    let reboot_option = section
        .get("reboot_option")
        .and_then(|item| choice(problems, item, &REBOOT_OPTIONS))
        .unwrap_or_default();
    Patching {
        operation: None,
        reboot_option,
        timeout_seconds: seconds(problems, section, "timeout", (30, 2_592_000), 3_600),
        step_timeout_seconds: seconds(problems, section, "step_timeout", (1, 36_000), 10_800),
    }
}

fn task_targets(
    problems: &Problems,
    section: &Section<'_>,
    known: &KnownTargets<'_, '_, '_>,
) -> Option<Vec<TaskTarget>> {
    let item = section.require("targets", "targets = [\"NAME\"], a target of the window")?;
    let items: Vec<&Item> = match &item.value {
        Value::List(items) => items.iter().collect(),
        _ => vec![item],
    };
    if items.is_empty() {
        problems.push(
            Problem::error(codes::MISSING, "a Run Command task needs at least one target")
                .at(item.place())
                .help("name a target of the window, or write { \"tag:Patch Group\" = [\"…\"] }"),
        );
    }
    if items.len() > 10 {
        let message = format!("{} targets of one task; the AWS quota is 10", items.len());
        problems.push(Problem::warning(codes::QUOTA, message).at(item.place()));
    }
    let found: Vec<TaskTarget> = items
        .iter()
        .filter_map(|item| task_target(problems, item, known))
        .collect();
    (found.len() == items.len() && !items.is_empty()).then_some(found)
}

fn task_target(problems: &Problems, item: &Item, known: &KnownTargets<'_, '_, '_>) -> Option<TaskTarget> {
    let name = match &item.value {
        Value::Table(_) => {
            let entries = target_entries(problems, item, "a target of the task");
            return Some(TaskTarget::Direct(entries));
        }
        Value::Text(name) => name,
        _ => {
            problems.push(wrong_type(
                item,
                "names of targets, or tables such as { \"tag:Env\" = [\"prod\"] }",
            ));
            return None;
        }
    };
    let found = known.targets.iter().position(|target| target.name == *name);
    if found.is_none() && known.complete {
        let names = || known.targets.iter().map(|target| target.name.as_str());
        problems.push(
            Problem::error(codes::REFERENCE, format!("the window has no target \"{name}\""))
                .at(item.place())
                .note(format!("its targets: {}", listing(names())))
                .meant(nearest(name, names())),
        );
    }
    found.map(TaskTarget::Window)
}

/// Reads a limit that must be there.
fn rate(
    problems: &Problems,
    section: &Section<'_>,
    key: &'static str,
    parse: fn(&str) -> Result<RateLimit, RateLimitError>,
) -> Option<(RateLimit, Place)> {
    let item = section.require_or(key, || {
        let message = format!("{} has targets but no {key}", section.name());
        Problem::error(codes::RATE_MISSING, message)
            .at(section.place())
            .note("AWS requires both max_concurrency and max_errors for a task with targets")
            .help(format!("add {key} = \"10%\""))
    })?;
    limit(problems, item, key, parse)
}

/// Reads a limit.
pub(super) fn limit(
    problems: &Problems,
    item: &Item,
    key: &'static str,
    parse: fn(&str) -> Result<RateLimit, RateLimitError>,
) -> Option<(RateLimit, Place)> {
    let given = match &item.value {
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Float(share) if *share > 0.0 && *share < 1.0 => {
            let problem = wrong_type(item, "a whole number, or a percentage as text");
            problems.push(problem.help(format!("for a share of {share} write \"{:.0}%\"", share * 100.0)));
            return None;
        }
        _ => {
            problems.push(wrong_type(
                item,
                "a whole number, or a percentage as text such as \"10%\"",
            ));
            return None;
        }
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
    let (least, most) = (SimDuration::from_secs(low), SimDuration::from_secs(high));
    let shown = time.to_string();
    // Just beyond a limit, the rounded time reads like the limit itself.
    let message = if shown == least.to_string() || shown == most.to_string() {
        format!("`{key}` is {seconds} s, but takes {low} s to {high} s")
    } else {
        format!("`{key}` is {shown}, but takes {least} to {most}")
    };
    problems.push(Problem::error(codes::RANGE, message).at(item.place()));
    default
}
