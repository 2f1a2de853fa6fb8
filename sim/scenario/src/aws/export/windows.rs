//! Windows with their targets and tasks, and commands.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, Utc};
use patchbench_calendar::{CalendarSettings, Schedule, ScheduleOptions};
use patchbench_model::config::{MaintenanceWindow, Overrides, Surface, Task, TaskTarget};
use patchbench_model::ssm::{Target, TargetKey};
use serde_json::{Map, Value, json};

use super::nodes::is_node_id;
use super::{AwsRequest, Exporter, is_name, word_of};
use crate::read::Place;
use crate::read::windows::{CUTOFF_BEHAVIORS, OPERATIONS, REBOOT_OPTIONS};
use crate::suggest::listing;

const DOCUMENT: &str = "AWS-RunPatchBaseline";

/// `StepTimeoutSeconds` of the document unless it is given. Semantics, section 7.1.
const STEP_TIMEOUT_SECONDS: u32 = 10_800;

/// What a task of AWS is sent to: ids of window targets, or entries of its own.
enum Sent<'a> {
    Registered(Vec<usize>),
    Direct(&'a [Target]),
}

impl Exporter<'_> {
    /// The windows of the start; those that a change creates are no part of it.
    pub(super) fn windows(&mut self) {
        let config = self.config;
        let changes = config.changes.iter().flat_map(|change| &change.windows);
        let later: BTreeSet<usize> = changes
            .filter(|change| change.created)
            .map(|change| change.window)
            .collect();
        let windows = config.windows.iter().enumerate();
        let windows = windows
            .filter(|(index, known)| known.surface == Surface::MaintenanceWindow && !later.contains(index));
        for (number, (_, known)) in windows.enumerate() {
            self.window(number + 1, known);
        }
    }

    fn window(&mut self, number: usize, known: &MaintenanceWindow) {
        let variable = format!("window_{number}");
        let input = self.window_input(known);
        self.accepted(known);
        let create = AwsRequest::new("CreateMaintenanceWindow", "ssm create-maintenance-window")
            .input(input, format!("window-{number}-{}.json", known.name))
            .variable(&variable, "WindowId");
        self.requests.push(create);
        let id = format!("${variable}");
        if !known.enabled {
            let update = AwsRequest::new("UpdateMaintenanceWindow", "ssm update-maintenance-window")
                .option("WindowId", id.as_str())
                .option("Enabled", false)
                .comment("A window is created enabled.");
            self.requests.push(update);
        }
        for (index, target) in known.targets.iter().enumerate() {
            let file = format!("window-{number}-target-{}.json", index + 1);
            let path = ["window", known.name.as_str(), "target", target.name.as_str()];
            let place = self.place(&path);
            let mut input = Map::new();
            input.insert("ResourceType".to_owned(), "INSTANCE".into());
            input.insert("Targets".to_owned(), self.targets(&target.targets, &file, &place));
            self.name(&mut input, &target.name, "target", &place);
            let register = AwsRequest::new(
                "RegisterTargetWithMaintenanceWindow",
                "ssm register-target-with-maintenance-window",
            );
            let register = register.input(input, file).option("WindowId", id.as_str());
            let variable = target_variable(number, index);
            self.requests.push(register.variable(&variable, "WindowTargetId"));
        }
        let mut tasks = 0;
        for (index, task) in known.tasks.iter().enumerate() {
            let place = self.place(&["window", &known.name, "task", &index.to_string()]);
            self.task(number, &mut tasks, task, &place);
        }
    }

    fn window_input(&self, known: &MaintenanceWindow) -> Map<String, Value> {
        let mut input = Map::new();
        let mut put = |member: &str, value: Value| {
            input.insert(member.to_owned(), value);
        };
        let options = known.schedule.options();
        put("Name", known.name.as_str().into());
        if let Some(description) = self.text(&["window", &known.name, "description"]) {
            put("Description", description.into());
        }
        put("Schedule", known.schedule.expression().into());
        if let Some(zone) = options.timezone {
            put("ScheduleTimezone", zone.name().into());
        }
        if let Some(days) = options.offset_days {
            put("ScheduleOffset", days.into());
        }
        let date = |at: DateTime<Utc>| Value::from(at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        if let Some(at) = options.start {
            put("StartDate", date(at));
        }
        if let Some(at) = options.end {
            put("EndDate", date(at));
        }
        put("Duration", known.duration_hours.into());
        put("Cutoff", known.cutoff_hours.into());
        put(
            "AllowUnassociatedTargets",
            known.allow_unassociated_targets.into(),
        );
        input
    }

    /// Tells a schedule that only a setting of the scenario allows.
    fn accepted(&self, known: &MaintenanceWindow) {
        let options = ScheduleOptions {
            settings: CalendarSettings::default(),
            ..known.schedule.options().clone()
        };
        if let Err(error) = Schedule::parse(known.schedule.expression(), options) {
            let place = self.place(&["window", &known.name, "schedule"]);
            let message = format!("AWS would refuse the schedule: {}", error.message);
            self.warn(place, message, "a setting of the scenario allows it");
        }
    }

    /// One task, or where it has targets that no one task of AWS can have, several.
    fn task(&mut self, window: usize, count: &mut usize, task: &Task, place: &Place) {
        self.no_overrides(&task.overrides, place);
        let sent = sent_to(task);
        if sent.len() > 1 {
            let message = format!("task \"{}\" becomes {} tasks", task.name, sent.len());
            let note = "a task of AWS is sent to targets of its window, or to one list of its own: tasks of one \
                        priority begin together, and not one after the other";
            self.warn(place.clone(), message, note);
        }
        let input = self.task_input(task, place);
        for sent in sent {
            *count += 1;
            let mut input = input.clone();
            let file = format!("window-{window}-task-{count}.json");
            let register = AwsRequest::new(
                "RegisterTaskWithMaintenanceWindow",
                "ssm register-task-with-maintenance-window",
            );
            let register = register.option("WindowId", format!("$window_{window}"));
            let register = match sent {
                Sent::Registered(targets) => {
                    let variable = |index: usize| format!("${}", target_variable(window, index));
                    let ids: Vec<String> = targets.into_iter().map(variable).collect();
                    register.option("Targets", json!([{ "Key": "WindowTargetIds", "Values": ids }]))
                }
                Sent::Direct(entries) => {
                    if entries.iter().any(|entry| entry.key != TargetKey::InstanceIds) {
                        let message = format!("task \"{}\" has tags as its own targets", task.name);
                        let note = "AWS documents only InstanceIds and WindowTargetIds there: register a target \
                                    with the window instead";
                        self.warn(place.clone(), message, note);
                    }
                    input.insert("Targets".to_owned(), self.targets(entries, &file, place));
                    register
                }
            };
            self.requests.push(register.input(input, file));
        }
    }

    fn task_input(&self, task: &Task, place: &Place) -> Map<String, Value> {
        let mut input = Map::new();
        let mut put = |member: &str, value: Value| {
            input.insert(member.to_owned(), value);
        };
        put("TaskArn", DOCUMENT.into());
        put("TaskType", "RUN_COMMAND".into());
        put("Priority", task.priority.into());
        put("MaxConcurrency", task.max_concurrency.to_string().into());
        put("MaxErrors", task.max_errors.to_string().into());
        put(
            "CutoffBehavior",
            word_of(&CUTOFF_BEHAVIORS, task.cutoff_behavior).into(),
        );
        let run = json!({ "Parameters": parameters(task), "TimeoutSeconds": task.timeout_seconds });
        put("TaskInvocationParameters", json!({ "RunCommand": run }));
        if i32::try_from(task.priority).is_err() {
            let message = format!("AWS would refuse priority {}", task.priority);
            self.warn(place.clone(), message, "it takes whole numbers of 32 bits");
        }
        self.name(&mut input, &task.name, "task", place);
        input
    }

    /// Lists of patches and baselines of a task lie in buckets, which the scenario does not know.
    fn no_overrides(&self, overrides: &Overrides, place: &Place) {
        if !overrides.is_empty() {
            let message =
                "the overrides of this task are not exported: the baselines of the nodes decide alone";
            let note = "AWS takes them as a URL (https:// or s3://): upload them, and add InstallOverrideList or \
                        BaselineOverride to the parameters";
            self.warn(place.clone(), message, note);
        }
    }

    /// Commands that Run Command sends.
    pub(super) fn commands(&mut self) {
        let config = self.config;
        let commands = config
            .windows
            .iter()
            .filter(|known| known.surface == Surface::RunCommand);
        for (index, known) in commands.enumerate() {
            let place = self.place(&["command", &known.name]);
            for task in &known.tasks {
                let file = format!("command-{}.json", index + 1);
                self.no_overrides(&task.overrides, &place);
                let input = self.command_input(known, task, &file, &place);
                let at = known.schedule.expression();
                let send = AwsRequest::new("SendCommand", "ssm send-command");
                let comment = format!("Sent at once; the scenario sends \"{}\" {at}.", known.name);
                self.requests.push(send.input(input, file).comment(comment));
                let message = format!("\"{}\" is sent when the script runs, not {at}", known.name);
                self.warn(place.clone(), message, "SendCommand has no date");
            }
        }
    }

    fn command_input(
        &mut self,
        known: &MaintenanceWindow,
        task: &Task,
        file: &str,
        place: &Place,
    ) -> Map<String, Value> {
        let entries = task.targets.iter().find_map(|target| match target {
            TaskTarget::Direct(entries) => Some(entries.as_slice()),
            TaskTarget::Window(_) => None,
        });
        let targets = self.targets(entries.unwrap_or_default(), file, place);
        let mut input = Map::new();
        let mut put = |member: &str, value: Value| {
            input.insert(member.to_owned(), value);
        };
        put("DocumentName", DOCUMENT.into());
        put("Targets", targets);
        put("Comment", known.name.chars().take(100).collect::<String>().into());
        put("Parameters", parameters(task));
        put("TimeoutSeconds", task.timeout_seconds.into());
        put("MaxConcurrency", task.max_concurrency.to_string().into());
        put("MaxErrors", task.max_errors.to_string().into());
        input
    }

    /// The name of a target or task, which AWS can do without.
    fn name(&self, input: &mut Map<String, Value>, name: &str, what: &str, place: &Place) {
        if is_name(name) {
            input.insert("Name".to_owned(), name.into());
            return;
        }
        let message = format!("AWS would refuse the name \"{name}\" for a {what}: it gets none");
        let note = "names have 3 to 128 characters of A-Z a-z 0-9 _ - .";
        self.warn(place.clone(), message, note);
    }

    /// `Targets`; nodes without an id keep their names, and are told.
    fn targets(&mut self, entries: &[Target], file: &str, place: &Place) -> Value {
        let mut unknown: Vec<&str> = Vec::new();
        for entry in entries {
            match &entry.key {
                TargetKey::InstanceIds => {
                    let values = entry.values.iter().map(String::as_str);
                    unknown.extend(values.filter(|value| !is_node_id(value)));
                }
                TargetKey::Tag(key) if !is_tag_key(key) => {
                    let message = format!("AWS would refuse the target key tag:{key}");
                    let note = "it has up to 163 letters, digits, blanks and _ . : / = - @";
                    self.warn(place.clone(), message, note);
                }
                TargetKey::Tag(_) | TargetKey::TagKey => {}
            }
        }
        if !unknown.is_empty() {
            let names = listing(unknown.iter().copied());
            let message = format!("names of nodes stand where AWS takes ids: {names}");
            let note = format!("put their ids in their place in {file}; the script stops until then");
            self.warn(place.clone(), message, &note);
        }
        let unknown = unknown.into_iter().map(|name| (file.to_owned(), name.to_owned()));
        self.unknown_ids.extend(unknown);
        entries.iter().map(target).collect()
    }
}

fn target(entry: &Target) -> Value {
    let key = match &entry.key {
        TargetKey::InstanceIds => "InstanceIds".to_owned(),
        TargetKey::Tag(key) => format!("tag:{key}"),
        TargetKey::TagKey => "tag-key".to_owned(),
    };
    json!({ "Key": key, "Values": entry.values })
}

/// Whether AWS takes `tag:KEY` as the key of a target.
fn is_tag_key(key: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || " _.:/=-@".contains(c);
    (1..=159).contains(&key.chars().count()) && key.chars().all(allowed)
}

/// The variable for the id of a window target.
fn target_variable(window: usize, index: usize) -> String {
    format!("window_{window}_target_{}", index + 1)
}

/// The targets of a task, put together as far as one task of AWS can have them.
fn sent_to(task: &Task) -> Vec<Sent<'_>> {
    let mut sent: Vec<Sent<'_>> = Vec::new();
    for target in &task.targets {
        match (target, sent.last_mut()) {
            (TaskTarget::Window(index), Some(Sent::Registered(known))) => known.push(*index),
            (TaskTarget::Window(index), _) => sent.push(Sent::Registered(vec![*index])),
            (TaskTarget::Direct(entries), _) => sent.push(Sent::Direct(entries)),
        }
    }
    sent
}

/// What AWS-RunPatchBaseline is told. Semantics, section 7.1.
fn parameters(task: &Task) -> Value {
    let mut parameters = Map::new();
    let mut put = |name: &str, value: String| {
        parameters.insert(name.to_owned(), json!([value]));
    };
    put("Operation", word_of(&OPERATIONS, task.operation).to_owned());
    put(
        "RebootOption",
        word_of(&REBOOT_OPTIONS, task.reboot_option).to_owned(),
    );
    if task.step_timeout_seconds != STEP_TIMEOUT_SECONDS {
        put("StepTimeoutSeconds", task.step_timeout_seconds.to_string());
    }
    Value::Object(parameters)
}
