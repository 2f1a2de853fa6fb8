//! Systems Manager, as far as requests set it up: what they create, one after the other. Every importer
//! ends here: it makes requests of what it reads.

mod update;

use std::collections::BTreeMap;

use patchbench_model::units::RateLimit;

use super::account::{Account, Instance, SentCommand, Target, Task, TaskTarget, WindowTarget, place_of};
use super::api::Kind;
use super::baseline::baseline;
use super::names::{Names, words};
use super::node::{Data, Node};
use super::patching::{document, is_patching};
use super::places::Places;
use super::request::Request;
use super::window::window;
use crate::codes;
use crate::problem::{Problem, Severity};
use crate::read::{Place, Problems};
use crate::suggest::nearest;
use update::Bodies;

/// Keys of a task's values, and AWS's members.
const TASK_PLACES: [(&str, &str); 5] = [
    ("name", "Name"),
    ("priority", "Priority"),
    ("max_concurrency", "MaxConcurrency"),
    ("max_errors", "MaxErrors"),
    ("cutoff_behavior", "CutoffBehavior"),
];

/// Plays requests.
pub(crate) struct Service<'p> {
    pub(crate) problems: &'p Problems,
    pub(crate) account: Account,
    pub(crate) dropped: Vec<(Place, String)>,
    baselines: Handles,
    windows: Handles,
    /// Of all windows: positions are indices into `targets`.
    target_handles: Handles,
    /// Window and index of each registered target; `None`: of a kind that is not simulated.
    targets: Vec<Option<(usize, usize)>>,
    /// Names of the targets of each window.
    target_names: BTreeMap<usize, Names>,
    /// Where each instance stands in the account.
    instances: BTreeMap<String, usize>,
    latest: Option<Kind>,
    bodies: Bodies,
}

/// What names the objects of one kind: ids, and variables as `$NAME`.
#[derive(Default)]
struct Handles {
    known: BTreeMap<String, usize>,
    /// Whether each object has a name.
    named: Vec<bool>,
}

impl Handles {
    fn create(&mut self, handle: Option<&str>) -> usize {
        let index = self.named.len();
        self.named.push(false);
        if let Some(handle) = handle {
            self.bind(handle, index);
        }
        index
    }

    fn bind(&mut self, handle: &str, index: usize) {
        self.known.insert(handle.to_owned(), index);
        if let Some(named) = self.named.get_mut(index) {
            *named = true;
        }
    }
}

/// What an id refers to.
enum Meant {
    Known(usize),
    /// The first object that has no name yet, of so many.
    Guessed(usize, usize),
    Nothing,
}

impl Handles {
    fn find(&mut self, handle: &str) -> Meant {
        if let Some(index) = self.known.get(handle) {
            return Meant::Known(*index);
        }
        let unnamed = || (0..self.named.len()).filter(|index| !self.named[*index]);
        match unnamed().next() {
            Some(first) => {
                let candidates = unnamed().count();
                self.bind(handle, first);
                Meant::Guessed(first, candidates)
            }
            None => Meant::Nothing,
        }
    }
}

impl<'p> Service<'p> {
    pub(crate) fn new(problems: &'p Problems) -> Self {
        Self {
            problems,
            account: Account::default(),
            dropped: Vec::new(),
            baselines: Handles::default(),
            windows: Handles::default(),
            target_handles: Handles::default(),
            targets: Vec::new(),
            target_names: BTreeMap::new(),
            instances: BTreeMap::new(),
            latest: None,
            bodies: Bodies::default(),
        }
    }

    /// A printed answer names what the command before it created.
    pub(crate) fn answer(&mut self, member: &str, id: &str) {
        let handles = match (member, self.latest) {
            ("BaselineId", Some(Kind::CreateBaseline)) => &mut self.baselines,
            ("WindowId", Some(Kind::CreateWindow)) => &mut self.windows,
            ("WindowTargetId", Some(Kind::RegisterTarget)) => &mut self.target_handles,
            _ => return,
        };
        if let Some(last) = handles.named.len().checked_sub(1) {
            handles.bind(id, last);
        }
    }

    /// Does what a request asks for. What it creates is known by the handle, if there is one: an id, or a
    /// variable as `$NAME`; later requests name it so.
    pub(crate) fn run(&mut self, request: &Request, handle: Option<&str>) {
        let body = &request.body;
        self.latest = Some(request.operation.kind);
        match request.operation.kind {
            Kind::CreateBaseline => {
                self.baselines.create(handle);
                let made = baseline(self.problems, body).unwrap_or_default();
                self.account.baselines.push(made);
                self.bodies.baselines.push(body.clone());
            }
            Kind::UpdateBaseline => {
                self.update_baseline(body);
            }
            Kind::RegisterGroup => self.register_group(body),
            Kind::DefaultBaseline => {
                if let Some(index) = self.baseline_of(body) {
                    self.account.baselines[index].is_default = true;
                    let places = &mut self.account.baselines[index].places;
                    places.insert_node("default", body.get("BaselineId"));
                }
            }
            Kind::CreateWindow => {
                self.windows.create(handle);
                let made = window(self.problems, body).unwrap_or_default();
                self.account.windows.push(made);
                self.bodies.windows.push(body.clone());
            }
            Kind::UpdateWindow => {
                self.update_window(body);
            }
            Kind::RegisterTarget => self.target(body, handle),
            Kind::RegisterTask => {
                self.task(body);
            }
            Kind::SendCommand => {
                self.send_command(body);
            }
            Kind::CreateTags => {
                let ids = body.get("Resources").map_or(&[][..], Node::items);
                self.tags(ids.iter(), body);
            }
            Kind::AddTags => {
                if body.member("ResourceType") == Some("ManagedInstance") {
                    self.tags(body.get("ResourceId").into_iter(), body);
                }
            }
        }
    }

    pub(super) fn error(&self, code: &'static str, message: String, place: Place) {
        self.problems.push(Problem::error(code, message).at(place));
    }

    pub(super) fn drop(&mut self, place: Place, text: impl Into<String>) {
        self.dropped.push((place, text.into()));
    }

    /// Tells texts of a command in this source that stand for a value nobody gave; ids need none, and no shell
    /// looks for variables in files that a command names.
    pub(crate) fn unset_variables(&self, node: &Node, source: usize) {
        const IDS: [&str; 5] = ["BaselineId", "WindowId", "Resources", "ResourceId", "InstanceIds"];
        let names_ids = matches!(node.member("Key"), Some("WindowTargetIds" | "InstanceIds"));
        for pair in node.pairs() {
            if !IDS.contains(&pair.key.as_str()) && !names_ids {
                self.unset_variables(&pair.node, source);
            }
        }
        node.items()
            .iter()
            .for_each(|item| self.unset_variables(item, source));
        let Data::Text(text) = &node.data else { return };
        if node.place.0 != source {
            return;
        }
        let after = text
            .split_once('$')
            .map(|(_, after)| after.trim_start_matches('{'));
        let begins = |c: char| c.is_ascii_alphabetic() || c == '_';
        if let Some(after) = after.filter(|after| after.starts_with(begins)) {
            let end = after.find(|c: char| !(begins(c) || c.is_ascii_digit()));
            let name = &after[..end.unwrap_or(after.len())];
            let message = format!("nothing above gives ${name} a value");
            let problem = Problem::error(codes::CREATED, message).at(node.place.clone());
            self.problems
                .push(problem.help(format!("write {name}=\"…\" on a line before the command")));
        }
    }

    /// The object that a member names.
    fn found(&self, meant: Meant, what: &str, name: impl Fn(usize) -> String, id: &Node) -> Option<usize> {
        let handle = id.text().unwrap_or_default();
        match meant {
            Meant::Known(index) => Some(index),
            Meant::Guessed(index, candidates) => {
                let message = format!("{handle} is taken for {what} {}, created above", name(index));
                let severity = if candidates > 1 || handle.contains('$') {
                    Severity::Warning
                } else {
                    Severity::Note
                };
                let problem = Problem::new(codes::CREATED, severity, message).at(id.place.clone());
                self.problems.push(if candidates > 1 {
                    problem.note(format!(
                        "{candidates} of them have no id in this file: ids are given in order"
                    ))
                } else {
                    problem
                });
                Some(index)
            }
            Meant::Nothing => {
                let message =
                    format!("{handle} is no {what} that the commands above create: this one is left out");
                let problem = Problem::warning(codes::CREATED, message).at(id.place.clone());
                self.problems.push(problem);
                None
            }
        }
    }

    fn baseline_of(&mut self, body: &Node) -> Option<usize> {
        let id = body.get("BaselineId")?;
        let meant = self.baselines.find(id.text()?);
        let name = |index: usize| named(&self.account.baselines[index].name);
        self.found(meant, "baseline", name, id)
    }

    fn window_of(&mut self, body: &Node) -> Option<usize> {
        let id = body.get("WindowId")?;
        let meant = self.windows.find(id.text()?);
        let name = |index: usize| named(&self.account.windows[index].name);
        self.found(meant, "window", name, id)
    }

    fn register_group(&mut self, body: &Node) {
        let Some(index) = self.baseline_of(body) else {
            return;
        };
        let group = body.member("PatchGroup").unwrap_or_default().to_owned();
        let known = &mut self.account.baselines[index];
        known.patch_groups.push(group);
        known.places.insert_node("patch_groups", body.get("PatchGroup"));
    }

    fn target(&mut self, body: &Node, handle: Option<&str>) {
        let registration = self.target_handles.create(handle);
        let window = self.window_of(body);
        let entries = entries(body.get("Targets"));
        let place = place_of(body, "Targets");
        let simulated = self.simulated(&entries, place);
        let registered = window.filter(|_| simulated).map(|window| {
            let wanted = body.member("Name").map_or_else(|| slug(&entries), str::to_owned);
            let name = self.target_names.entry(window).or_default().take(&wanted);
            self.account.windows[window].targets.push(WindowTarget {
                name,
                entries,
                places: Places::of(body, &[]),
            });
            (window, self.account.windows[window].targets.len() - 1)
        });
        debug_assert_eq!(registration, self.targets.len());
        self.targets.push(registered);
    }

    /// Whether targets are of a kind that is simulated; otherwise they are dropped.
    fn simulated(&mut self, entries: &[Target], place: Place) -> bool {
        if entries.is_empty() {
            self.error(codes::REQUEST, "the targets name no nodes".to_owned(), place);
            return false;
        }
        for target in entries {
            let key = target.key.as_str();
            if key.starts_with("resource-groups:") {
                let text = format!(
                    "target {key}: resource groups are not simulated; name the tags that they select by"
                );
                self.drop(place, text);
                return false;
            }
            if !(key == "InstanceIds" || key == "tag-key" || key.starts_with("tag:")) {
                let message = format!("`{key}` is no key of targets");
                let known = ["InstanceIds", "tag-key", "WindowTargetIds", "tag:Patch Group"];
                let problem = Problem::error(codes::REQUEST, message).at(place);
                self.problems.push(match nearest(key, known) {
                    Some(meant) => problem.meant(Some(meant)),
                    None => problem.help(format!("for a tag write tag:{key}")),
                });
                return false;
            }
        }
        true
    }

    fn task(&mut self, body: &Node) -> Option<()> {
        let window = self.window_of(body);
        let document = document(body.member("TaskArn")?);
        if body.member("TaskType") != Some("RUN_COMMAND") || !is_patching(document) {
            self.drop(
                place_of(body, "TaskArn"),
                format!("task {document}: only patching is simulated"),
            );
            return None;
        }
        let targets = self.task_targets(body, window);
        let limit = |member: &str| self.required_limit(body, member);
        let (concurrency, errors) = (limit("MaxConcurrency"), limit("MaxErrors"));
        let patching = self.task_patching(body);
        let (window, targets) = (window?, targets?);
        let mut places = Places::of(body, &TASK_PLACES);
        // A task without a name has that of its document.
        places.insert_node("name", body.get("TaskArn"));
        places.insert_node("targets", asked_for(body));
        let task = Task {
            name: body.member("Name").unwrap_or(document).to_owned(),
            targets,
            patching: patching?,
            priority: body.get("Priority").and_then(Node::integer),
            max_concurrency: concurrency?,
            max_errors: errors?,
            cutoff_behavior: body.member("CutoffBehavior").map(str::to_owned),
            places,
        };
        self.account.windows[window].tasks.push(task);
        Some(())
    }

    fn required_limit(&self, body: &Node, member: &str) -> Option<String> {
        let Some(given) = body.get(member) else {
            let option = if member == "MaxErrors" {
                "--max-errors"
            } else {
                "--max-concurrency"
            };
            let message = format!("a task with targets needs {option}");
            let problem = Problem::error(codes::RATE_MISSING, message).at(body.place.clone());
            self.problems.push(problem.help(format!("add {option} 10%")));
            return None;
        };
        self.limit(given, member)
    }

    fn limit(&self, given: &Node, member: &str) -> Option<String> {
        let text = given.text()?;
        let read = match member {
            "MaxErrors" => RateLimit::parse_max_errors(text),
            _ => RateLimit::parse_max_concurrency(text),
        };
        if read.is_err() {
            let low = if member == "MaxErrors" { "0" } else { "1" };
            let message = format!("{member} \"{text}\" is none");
            let problem = Problem::error(codes::RATE, message).at(given.place.clone());
            let help = format!("a number from {low}, or \"{low}%\" to \"100%\", without leading zeros");
            self.problems.push(problem.help(help));
            return None;
        }
        Some(text.to_owned())
    }

    /// Targets of a task; names of window targets become their indices.
    fn task_targets(&mut self, body: &Node, window: Option<usize>) -> Option<Vec<TaskTarget>> {
        let Some(list) = body.get("Targets").filter(|list| !list.items().is_empty()) else {
            let message = "a Run Command task needs at least one target".to_owned();
            self.error(codes::REQUEST, message, body.place.clone());
            return None;
        };
        let ids: Vec<&Node> = list
            .items()
            .iter()
            .filter(|item| item.member("Key") == Some("WindowTargetIds"))
            .collect();
        if ids.is_empty() {
            let entries = entries(Some(list));
            let simulated = self.simulated(&entries, list.place.clone());
            if simulated && entries.iter().any(|target| target.key != "InstanceIds") {
                let message =
                    "a task with tags as its own targets: AWS documents only InstanceIds and WindowTargetIds";
                let problem = Problem::warning(codes::IMPORT, message).at(list.place.clone());
                self.problems
                    .push(problem.note("the AWS CLI lets it through, and so does this"));
            }
            return simulated.then(|| vec![TaskTarget::Direct(entries)]);
        }
        let mut found = Vec::new();
        for id in ids
            .iter()
            .filter_map(|item| item.get("Values"))
            .flat_map(Node::items)
        {
            let meant = self.target_handles.find(id.text()?);
            let name = |index: usize| match self.targets.get(index).copied().flatten() {
                Some((window, target)) => {
                    format!("\"{}\"", self.account.windows[window].targets[target].name)
                }
                None => "that is not simulated".to_owned(),
            };
            let index = self.found(meant, "window target", name, id)?;
            match self.targets.get(index).copied().flatten() {
                Some((of, target)) if Some(of) == window => found.push(TaskTarget::Window(target)),
                Some(_) => {
                    let message = format!("{} is a target of another window", id.text()?);
                    self.error(codes::REQUEST, message, id.place.clone());
                }
                None => {}
            }
        }
        (!found.is_empty()).then_some(found)
    }

    fn send_command(&mut self, body: &Node) -> Option<()> {
        let document = document(body.member("DocumentName")?);
        if !is_patching(document) {
            self.drop(
                place_of(body, "DocumentName"),
                format!("command {document}: only patching is simulated"),
            );
            return None;
        }
        let ids = body.member_texts("InstanceIds");
        let mut targets = entries(body.get("Targets"));
        if !ids.is_empty() {
            self.listed_once(body.get("InstanceIds"));
            let key = "InstanceIds".to_owned();
            let places = Places::of(body, &[("values", "InstanceIds")]);
            targets.push(Target {
                key,
                values: ids,
                places,
            });
        }
        let simulated = self.simulated(&targets, place_of(body, "Targets"));
        let limit = |member: &str| body.get(member).map(|given| self.limit(given, member));
        let (concurrency, errors) = (limit("MaxConcurrency"), limit("MaxErrors"));
        let timeout = body.get("TimeoutSeconds");
        let patching = self.patching(body.get("Parameters"), timeout, body)?;
        let mut places = Places::of(body, &TASK_PLACES);
        places.insert_node("targets", asked_for(body));
        places.insert_node("targets", body.get("InstanceIds"));
        let command = SentCommand {
            places,
            targets,
            patching,
            max_concurrency: concurrency.map_or(Some(None), |limit| limit.map(Some))?,
            max_errors: errors.map_or(Some(None), |limit| limit.map(Some))?,
        };
        simulated.then(|| self.account.commands.push(command))
    }

    /// Semantics, section 5: the same id twice is refused.
    fn listed_once(&self, ids: Option<&Node>) {
        let ids = ids.map_or(&[][..], Node::items);
        for (index, id) in ids.iter().enumerate() {
            if ids[..index].iter().any(|before| before.text() == id.text()) {
                let message = format!("instance {} is listed twice", id.text().unwrap_or_default());
                let problem = Problem::error(codes::DUPLICATE, message).at(id.place.clone());
                self.problems
                    .push(problem.note("AWS answers DuplicateInstanceId"));
            }
        }
    }

    fn tags<'n>(&mut self, ids: impl Iterator<Item = &'n Node>, body: &Node) {
        let tags: Vec<(&str, &str, Place)> = body
            .get("Tags")
            .map_or(&[][..], Node::items)
            .iter()
            .filter_map(|tag| Some((tag.member("Key")?, tag.member("Value")?, place_of(tag, "Value"))))
            .collect();
        for node in ids {
            let Some(id) = node.text() else { continue };
            let all = &mut self.account.instances;
            let index = *self.instances.entry(id.to_owned()).or_insert(all.len());
            if index == all.len() {
                all.push(Instance {
                    id: id.to_owned(),
                    named: Some(node.place.clone()),
                    tags: Vec::new(),
                    tagged: BTreeMap::new(),
                    platform: None,
                    some_linux: None,
                });
            }
            let instance = &mut self.account.instances[index];
            for (key, value, place) in &tags {
                instance.tags.retain(|(known, _)| known != key);
                instance.tags.push(((*key).to_owned(), (*value).to_owned()));
                instance.tagged.insert((*key).to_owned(), place.clone());
            }
        }
    }
}

/// A name for messages; what is refused has none.
fn named(name: &str) -> String {
    if name.is_empty() {
        "that is refused".to_owned()
    } else {
        format!("\"{name}\"")
    }
}

/// The entries of `Targets`.
fn entries(list: Option<&Node>) -> Vec<Target> {
    let entry = |node: &Node| Target {
        key: node.member("Key").unwrap_or_default().to_owned(),
        values: node.member_texts("Values"),
        places: Places::of(node, &[("values", "Values")]),
    };
    list.map_or(&[][..], Node::items).iter().map(entry).collect()
}

/// What the first of `Targets` asks for.
fn asked_for(body: &Node) -> Option<&Node> {
    body.get("Targets")?.items().first()?.get("Values")
}

/// A name for a target after the values that it asks for.
fn slug(entries: &[Target]) -> String {
    let ids = entries.iter().any(|target| target.key == "InstanceIds");
    let words = entries
        .iter()
        .flat_map(|target| &target.values)
        .take(3)
        .map(|value| words(value));
    let name = words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    if ids || name.is_empty() {
        "nodes".to_owned()
    } else {
        name
    }
}
