//! `[command.…]` and `[patch_policy.…]`: patching that no maintenance window does. Semantics,
//! sections 6.2, 7.4 and 7.6.
//!
//! Each is played as a window that stays open for a day without a cutoff, so that it ends with its
//! last invocation.

use chrono::{DateTime, Utc};
use patchbench_calendar::{CalendarSettings, Schedule, ScheduleOptions, timezone};
use patchbench_model::config::{
    CutoffBehavior, MaintenanceWindow, Operation, Overrides, Surface, Task, TaskTarget,
};
use patchbench_model::fleet::NodePool;
use patchbench_model::ssm::{
    OperatingSystem, SEND_COMMAND_DEFAULTS, Target, TargetKey, default_baseline_name, patch_now_defaults,
    resolve_targets,
};
use patchbench_model::units::RateLimit;

use super::baselines::Baselines;
use super::section::{Place, Problems, Refused, Section, Tables, choice, text, texts};
use super::settings::AllSettings;
use super::targets::target_entries;
use super::task_overrides::OverrideContext;
use super::values::instant;
use super::windows::{
    OPERATIONS, Patching, WindowPlaces, Windows, limit, patching, reboots_and_timeouts, schedule_problem,
    zone_of,
};
use crate::codes;
use crate::document::{Entry, Item, Value};
use crate::problem::Problem;
use crate::suggest::{listing, nearest};

/// The name of the task that every command is.
const TASK: &str = "AWS-RunPatchBaseline";

/// Scan and Install of a patch policy unless it says otherwise. Semantics, section 7.6.
pub(crate) const SCAN_SCHEDULE: &str = "cron(0 1 ? * * *)";
pub(crate) const INSTALL_SCHEDULE: &str = "cron(0 2 ? * SUN *)";

/// The kinds of a command by name; the first is the default.
const KINDS: [(&str, Surface); 2] = [
    ("run_command", Surface::RunCommand),
    ("patch_now", Surface::PatchNow),
];

/// Reads all commands, and adds them to the windows.
pub(crate) fn commands(
    overrides: &OverrideContext<'_, '_>,
    tables: &Tables<'_>,
    settings: &AllSettings,
    all: &mut Windows,
) {
    let problems = overrides.problems;
    if !tables.complete {
        all.incomplete();
    }
    for entry in tables.entries {
        if taken(problems, &entry.key, entry, all) {
            continue;
        }
        let found = command(overrides, entry, settings.calendar);
        all.push(&entry.key, found);
    }
}

/// Names are told apart in every result, so that none may stand for two things.
fn taken(problems: &Problems, name: &str, entry: &Entry, all: &Windows) -> bool {
    let taken = all.names().any(|known| known == name);
    if taken {
        let message = format!("\"{name}\" is the name of a window or command already");
        problems.push(Problem::error(codes::DUPLICATE, message).at(entry.place()));
    }
    taken
}

fn command(
    context: &OverrideContext<'_, '_>,
    entry: &Entry,
    calendar: CalendarSettings,
) -> Option<(MaintenanceWindow, WindowPlaces)> {
    let problems = context.problems;
    let title = format!("[command.{}]", entry.key);
    let section = Section::open(problems, &entry.item, &title, Some(entry.place()))?;
    let surface = section
        .get("kind")
        .map_or(Some(Surface::RunCommand), |item| choice(problems, item, &KINDS));
    let at = section
        .require("at", "at = 2026-01-13T18:00:00Z")
        .and_then(|item| instant(problems, item));
    let targets = section
        .require("targets", "targets = { \"tag:Patch Group\" = [\"…\"] }")
        .map(|item| target_entries(problems, item, &format!("the target of {title}")));
    let patching = patching(problems, &section);
    let overrides = match surface {
        Some(Surface::RunCommand) => context.overrides(&section),
        _ => Overrides::default(),
    };
    let limits = match (surface, patching.operation) {
        (Some(Surface::PatchNow), operation) => {
            chosen_by_aws(problems, &section);
            Some((patch_now(operation.unwrap_or(Operation::Install)), None))
        }
        _ => send_command_limits(problems, &section),
    };
    section.close();
    let (limits, errors) = limits?;
    let task = Task {
        overrides,
        ..task(&patching, patching.operation?, targets?, limits)
    };
    let window = unbounded(&entry.key, surface?, once(at?, calendar)?, task);
    Some((window, places(entry.place(), errors)))
}

/// The schedule of something that happens once.
fn once(at: DateTime<Utc>, settings: CalendarSettings) -> Option<Schedule> {
    let options = ScheduleOptions {
        timezone: Some(chrono_tz::Tz::UTC),
        settings,
        ..ScheduleOptions::default()
    };
    let expression = format!("at({})", at.format("%Y-%m-%dT%H:%M:%S"));
    Schedule::parse(&expression, options).ok()
}

/// MaxConcurrency and MaxErrors.
type Limits = (RateLimit, RateLimit);

/// What Patch now chooses; for an Install that depends on the number of nodes.
fn patch_now(operation: Operation) -> Limits {
    match operation {
        Operation::Install => (RateLimit::PatchNow, RateLimit::PatchNow),
        Operation::Scan => {
            let fixed = patch_now_defaults(operation, 0);
            (fixed.max_concurrency, fixed.max_errors)
        }
    }
}

fn chosen_by_aws(problems: &Problems, section: &Section<'_>) {
    for key in ["max_concurrency", "max_errors"] {
        if let Some(item) = section.get(key) {
            let message = format!(
                "{} cannot set {key}: Patch now chooses it by the number of nodes",
                section.name()
            );
            problems.push(
                Problem::error(codes::RATE, message)
                    .at(item.place())
                    .help("drop it, or write kind = \"run_command\""),
            );
        }
    }
}

/// The limits of `SendCommand`: 50 and 0 unless they are given. Semantics, section 6.2.
fn send_command_limits(problems: &Problems, section: &Section<'_>) -> Option<(Limits, Option<Place>)> {
    let given = |key: &'static str, parse| match section.get(key) {
        Some(item) => limit(problems, item, key, parse).map(Some),
        None => Some(None),
    };
    let concurrency = given("max_concurrency", RateLimit::parse_max_concurrency);
    let errors = given("max_errors", RateLimit::parse_max_errors);
    let (concurrency, errors) = (concurrency?, errors?);
    let limits = (
        concurrency.map_or(SEND_COMMAND_DEFAULTS.max_concurrency, |(limit, _)| limit),
        errors
            .as_ref()
            .map_or(SEND_COMMAND_DEFAULTS.max_errors, |(limit, _)| *limit),
    );
    Some((limits, errors.map(|(_, place)| place)))
}

fn task(patching: &Patching, operation: Operation, targets: Vec<Target>, limits: Limits) -> Task {
    Task {
        name: TASK.to_owned(),
        targets: vec![TaskTarget::Direct(targets)],
        operation,
        overrides: Overrides::default(),
        reboot_option: patching.reboot_option,
        priority: 1,
        max_concurrency: limits.0,
        max_errors: limits.1,
        cutoff_behavior: CutoffBehavior::ContinueTask,
        timeout_seconds: patching.timeout_seconds,
        step_timeout_seconds: patching.step_timeout_seconds,
    }
}

/// A window that never ends its task.
fn unbounded(name: &str, surface: Surface, schedule: Schedule, task: Task) -> MaintenanceWindow {
    MaintenanceWindow {
        name: name.to_owned(),
        surface,
        schedule,
        duration_hours: 24,
        cutoff_hours: 0,
        enabled: true,
        allow_unassociated_targets: true,
        targets: Vec::new(),
        tasks: vec![task],
    }
}

/// What reading patch policies needs.
pub(crate) struct PolicyContext<'a> {
    pub(crate) problems: &'a Problems,
    pub(crate) settings: &'a AllSettings,
    pub(crate) baselines: &'a Baselines,
}

/// Reads all patch policies: adds them to the windows, and gives their nodes their baselines.
pub(crate) fn patch_policies(
    context: &PolicyContext<'_>,
    tables: &Tables<'_>,
    pools: &mut [NodePool],
    all: &mut Windows,
) {
    if !tables.complete {
        all.incomplete();
    }
    for entry in tables.entries {
        let names = ["scan", "install"].map(|what| format!("{} {what}", entry.key));
        if names.iter().any(|name| taken(context.problems, name, entry, all)) {
            continue;
        }
        let Some(policy) = policy(context, entry) else {
            for name in &names {
                all.push(name, None);
            }
            continue;
        };
        policy.give_baselines(context, entry, pools);
        // Its limits are those of its last window, too: what is said of them is said once.
        let last = policy.windows.len() - 1;
        for (index, (name, window)) in policy.windows.into_iter().enumerate() {
            let errors = policy.errors.clone().filter(|_| index == last);
            all.push(&name, Some((window, places(entry.place(), errors))));
        }
    }
}

/// A patch policy, read.
struct Policy {
    targets: Vec<Target>,
    /// Indices of the baselines that it names.
    baselines: Vec<usize>,
    windows: Vec<(String, MaintenanceWindow)>,
    errors: Option<Place>,
}

fn policy(context: &PolicyContext<'_>, entry: &Entry) -> Option<Policy> {
    let problems = context.problems;
    let title = format!("[patch_policy.{}]", entry.key);
    let section = Section::open(problems, &entry.item, &title, Some(entry.place()))?;
    let targets = policy_targets(problems, &section, &title);
    let baselines = section
        .get("baselines")
        .map_or(Some(Vec::new()), |item| named(context, texts(problems, item)?));
    let operation = section.get("operation").map_or(Some(Operation::Install), |item| {
        choice(problems, item, &OPERATIONS)
    });
    let patching = reboots_and_timeouts(problems, &section);
    let required = |key: &'static str, parse| {
        let item = section.require(key, &format!("{key} = \"10%\""))?;
        limit(problems, item, key, parse)
    };
    let concurrency = required("max_concurrency", RateLimit::parse_max_concurrency);
    let errors = required("max_errors", RateLimit::parse_max_errors);
    let scan = policy_schedule(context, &section, "scan_schedule", SCAN_SCHEDULE);
    let install = policy_schedule(context, &section, "install_schedule", INSTALL_SCHEDULE);
    section.close();
    let targets = targets?;
    let (concurrency, (errors, errors_place)) = (concurrency?.0, errors?);
    let window = |what: &str, operation: Operation, schedule: Schedule| {
        let task = task(&patching, operation, targets.clone(), (concurrency, errors));
        let name = format!("{} {what}", entry.key);
        let window = unbounded(&name, Surface::PatchPolicy, schedule, task);
        (name, window)
    };
    let mut windows = vec![window("scan", Operation::Scan, scan?)];
    let install = install?;
    if operation? == Operation::Install {
        windows.push(window("install", Operation::Install, install));
    }
    Some(Policy {
        windows,
        targets,
        baselines: baselines?,
        errors: Some(errors_place),
    })
}

/// Tags, or all nodes when no targets are given.
fn policy_targets(problems: &Problems, section: &Section<'_>, title: &str) -> Option<Vec<Target>> {
    let Some(item) = section.get("targets") else {
        // Every node has all tags of an empty list.
        let (key, values) = (TargetKey::TagKey, Vec::new());
        return Some(vec![Target { key, values }]);
    };
    let targets = target_entries(problems, item, &format!("the target of {title}"));
    if targets.iter().any(|target| target.key == TargetKey::InstanceIds) {
        let message = "a patch policy is about tags here, as its nodes get their baselines by pools";
        let problem = Problem::error(codes::REFERENCE, message).at(item.place());
        problems.push(
            problem.help("give the nodes a tag, and name that; without `targets` it is about all nodes"),
        );
        return None;
    }
    Some(targets)
}

/// Baselines by name, AWS's own among them; at most one for each operating system.
fn named(context: &PolicyContext<'_>, names: Vec<(&str, Place)>) -> Option<Vec<usize>> {
    let (problems, list) = (context.problems, &context.baselines.list);
    let mut found: Vec<usize> = Vec::new();
    let mut complete = true;
    for (name, place) in names {
        let Some(index) = list.iter().position(|known| known.name == name) else {
            complete = false;
            let known = || list.iter().map(|known| known.name.as_str());
            problems.push(
                Problem::error(codes::REFERENCE, format!("there is no baseline \"{name}\""))
                    .at(place)
                    .note(format!("there is: {}", listing(known())))
                    .meant(nearest(name, known())),
            );
            continue;
        };
        let os = list[index].operating_system;
        if found.iter().any(|other| list[*other].operating_system == os) {
            complete = false;
            let message = format!("two baselines for {os} in one patch policy");
            problems.push(Problem::error(codes::DUPLICATE, message).at(place));
        }
        found.push(index);
    }
    complete.then_some(found)
}

fn policy_schedule(
    context: &PolicyContext<'_>,
    section: &Section<'_>,
    key: &'static str,
    usual: &str,
) -> Option<Schedule> {
    let problems = context.problems;
    let item = section.get(key);
    let zone = match section.get("schedule_timezone") {
        // Told once, with the first schedule.
        Some(item) if key == "scan_schedule" => zone_of(problems, item).ok_or(Refused).map(Some),
        Some(item) => zone_name(item)
            .and_then(|name| timezone(name).ok())
            .ok_or(Refused)
            .map(Some),
        None => Ok(None),
    };
    let options = ScheduleOptions {
        timezone: zone.ok().flatten(),
        settings: context.settings.calendar,
        ..ScheduleOptions::default()
    };
    let expression = match item {
        Some(item) => text(problems, item)?,
        None => usual,
    };
    match (Schedule::parse(expression, options), item) {
        (Ok(schedule), _) => zone.is_ok().then_some(schedule),
        (Err(error), Some(item)) => {
            problems.push(schedule_problem(&error, item));
            None
        }
        (Err(_), None) => None,
    }
}

fn zone_name(item: &Item) -> Option<&str> {
    match &item.value {
        Value::Text(name) => Some(name),
        _ => None,
    }
}

impl Policy {
    /// Its nodes have its own copy of baselines: patch groups and the account's defaults are ignored.
    fn give_baselines(&self, context: &PolicyContext<'_>, entry: &Entry, pools: &mut [NodePool]) {
        let mut first = 0;
        let reached = resolve_targets(&self.targets, pools);
        for pool in pools {
            let here = reached.contains(first);
            first += pool.count;
            if !here {
                continue;
            }
            let own = self.baseline_for(context.baselines, pool.operating_system);
            if pool.policy_baseline.is_some_and(|other| Some(other) != own) {
                let message = format!(
                    "pool \"{}\" is in two patch policies with different baselines",
                    pool.name
                );
                let problem = Problem::error(codes::TWO_BASELINES, message).at(entry.place());
                context.problems.push(problem.help("let one policy patch it"));
            }
            pool.policy_baseline = own;
        }
    }

    /// The one it names for the system, else AWS's own default.
    fn baseline_for(&self, all: &Baselines, os: OperatingSystem) -> Option<usize> {
        let of_system = |index: &&usize| all.list[**index].operating_system == os;
        let named = self.baselines.iter().find(of_system).copied();
        named.or_else(|| {
            let usual = default_baseline_name(os);
            all.list
                .iter()
                .position(|known| known.aws_owned && known.name == usual)
        })
    }
}

fn places(place: Place, errors: Option<Place>) -> WindowPlaces {
    WindowPlaces {
        window: place.clone(),
        targets: Vec::new(),
        tasks: vec![(place, errors)],
        complete: true,
    }
}
