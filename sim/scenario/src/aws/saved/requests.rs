//! The requests that would have set up what saved answers describe.

use std::collections::BTreeSet;

use super::super::account::{Account, Instance};
use super::super::api::{Kind, OPERATIONS, Operation};
use super::super::node::{Data, Node, Pair};
use super::super::patching::{document, is_patching};
use super::super::places::OBJECT;
use super::super::request::Request;
use super::super::service::Service;
use super::super::shape::{Checker, Notation, Role};
use super::Gaps;
use super::answers::{Answers, INFORMATION, TASKS, Task, bare, id_of};
use super::missing::{self, Listed};
use super::nodes::{Known, gone, machine, managed, unreachable};
use super::opens::opens;
use crate::codes;
use crate::numbers::counted;
use crate::problem::{Problem, Severity};
use crate::read::{Place, Problems};

/// Makes requests of answers and plays them.
pub(super) struct Player<'p> {
    problems: &'p Problems,
    gaps: &'p Gaps<'p>,
    service: Service<'p>,
    dropped: Vec<(Place, String)>,
    /// Ids of what was set up: a request that is refused was told, and nothing more of it is.
    made: BTreeSet<String>,
}

impl<'p> Player<'p> {
    pub(super) fn new(problems: &'p Problems, gaps: &'p Gaps<'p>) -> Self {
        Self {
            problems,
            gaps,
            service: Service::new(problems),
            dropped: Vec::new(),
            made: BTreeSet::new(),
        }
    }

    pub(super) fn finish(self) -> (Account, Vec<(Place, String)>) {
        let mut dropped = self.dropped;
        dropped.extend(self.service.dropped);
        (self.service.account, dropped)
    }

    pub(super) fn play(&mut self, answers: &Answers) {
        self.nodes(answers);
        self.baselines(answers);
        self.windows(answers);
        missing::nodes(self.gaps, &mut self.service.account, answers);
    }

    fn run(&mut self, kind: Kind, node: &Node, more: Vec<Pair>, handle: Option<&str>) {
        let Some(operation) = OPERATIONS.iter().find(|known| known.kind == kind) else {
            return;
        };
        if let Some(body) = self.body(operation, node, more) {
            self.made.extend(handle.map(str::to_owned));
            self.service.run(&Request { operation, body }, handle);
        }
    }

    /// The members of an answer that the operation has, too; `more` are added, or count instead.
    fn body(&mut self, operation: &'static Operation, node: &Node, more: Vec<Pair>) -> Option<Node> {
        let mut checker = Checker {
            problems: self.problems,
            notation: Notation::Json,
            dropped: Vec::new(),
        };
        let (mut pairs, mut fine) = (Vec::new(), true);
        for member in operation.members {
            let added = more.iter().find(|pair| pair.key == member.name);
            let Some(pair) = added.or_else(|| node.pair(member.name)) else {
                if member.required {
                    fine = false;
                    let message = format!("{} is missing", member.name);
                    let problem = Problem::error(codes::REQUEST, message).at(node.place.clone());
                    self.problems.push(problem);
                }
                continue;
            };
            // Answers have empty texts for what was never said.
            if pair.node.text() == Some("") {
                continue;
            }
            let (known, unknown) = member.shape.known(&pair.node);
            for pair in unknown {
                let message = format!("unknown member `{}` is passed over", pair.key);
                let problem = Problem::new(codes::IMPORT, Severity::Note, message);
                self.problems.push(problem.at(pair.place));
            }
            match (checker.value(&known, &member.shape, member.name), member.role) {
                (None, _) => fine = false,
                (Some(node), Role::Read) => pairs.push(Pair { node, ..pair.clone() }),
                (Some(_), Role::Dropped(why)) => {
                    self.dropped
                        .push((pair.place.clone(), format!("{}: {why}", pair.key)));
                }
            }
        }
        for (pair, why) in checker.dropped {
            self.dropped.push((pair.place, format!("{}: {why}", pair.key)));
        }
        fine.then(|| Node::new(node.place.clone(), Data::Map(pairs)))
    }

    fn nodes(&mut self, answers: &Answers) {
        let mut known: Vec<(&String, &Node)> = Vec::new();
        for (id, node) in &answers.instances {
            if let Some((place, why)) = no_more(answers, id) {
                self.dropped.push((place, why));
                continue;
            }
            match managed(node, answers.machines.get(id)) {
                Ok(runs) => {
                    known.push((id, node));
                    self.node(answers, (id, node), runs);
                }
                Err(none) => {
                    let why = format!("node {id}: {none} is no system that Patch Manager patches");
                    self.dropped.push((node.place.clone(), why));
                }
            }
        }
        unreachable(self.problems, &known);
        self.machines(answers);
    }

    /// Instances of EC2 that are no nodes that Systems Manager told of.
    fn machines(&mut self, answers: &Answers) {
        let asked = answers.read.contains_key(INFORMATION);
        let mut taken = Vec::new();
        for (id, node) in &answers.machines {
            if answers.instances.contains_key(id) {
                continue;
            }
            if let Some((place, why)) = no_more(answers, id) {
                self.dropped.push((place, why));
            } else if asked {
                let why = format!("instance {id}: Systems Manager does not manage it");
                self.dropped.push((node.place.clone(), why));
            } else {
                self.node(answers, (id, node), machine(node));
                taken.push(&node.place);
            }
        }
        let Some(first) = taken.first() else { return };
        let instances = counted(taken.len() as u64, "instance");
        let message = format!("{instances} of EC2 taken for managed nodes: no answer says which are");
        let problem = Problem::new(codes::IMPORT, Severity::Note, message).at((*first).clone());
        self.problems
            .push(problem.help("save `aws ssm describe-instance-information`"));
    }

    fn node(&mut self, answers: &Answers, (id, node): (&String, &Node), runs: Known) {
        let (platform, some_linux) = runs;
        let tags = answers.tags.get(id).cloned().unwrap_or_default();
        self.service.account.instances.push(Instance {
            id: id.clone(),
            named: node.get("InstanceId").map(|id| id.place.clone()),
            tags: tags.into_iter().collect(),
            tagged: answers.tagged.get(id).cloned().unwrap_or_default(),
            platform,
            some_linux,
        });
    }

    fn baselines(&mut self, answers: &Answers) {
        let owned_by_aws = |id: &str| {
            let name = |node: &Node| {
                node.member("Name")
                    .or_else(|| node.member("BaselineName"))
                    .map(str::to_owned)
            };
            let known = answers.baselines.get(id).or_else(|| answers.identities.get(id));
            known.and_then(name).is_some_and(|name| name.starts_with("AWS-"))
        };
        let grouped = |id: &str| answers.groups.keys().any(|(_, of)| of == id);
        let mut by_name: Vec<(&String, &Node)> = answers.baselines.iter().collect();
        by_name.sort_by_key(|(id, node)| (node.member("Name").unwrap_or_default(), id.as_str()));
        for (id, node) in by_name {
            if grouped(id) || !owned_by_aws(id) {
                self.run(Kind::CreateBaseline, node, Vec::new(), Some(id));
            }
        }
        for ((_, id), group) in &answers.groups {
            if self.made.contains(id) {
                let id = text("BaselineId", id, &group.place);
                self.run(
                    Kind::RegisterGroup,
                    group,
                    vec![id, pair("PatchGroup", group.clone())],
                    None,
                );
            } else if !answers.baselines.contains_key(id) {
                self.no_rules(id, &group.place);
            }
        }
        for node in default_identities(answers) {
            let Some(id) = id_of(node, "BaselineId") else {
                continue;
            };
            if self.made.contains(&id) {
                let id = text("BaselineId", &id, &node.place);
                self.run(Kind::DefaultBaseline, node, vec![id], None);
            } else if !owned_by_aws(&id)
                && answers.identities.contains_key(&id)
                && !answers.baselines.contains_key(&id)
            {
                self.no_rules(&id, &node.place);
            }
        }
        self.unused(answers, &owned_by_aws);
    }

    fn no_rules(&self, id: &str, place: &Place) {
        self.gaps.tell(
            format!("no answer of get-patch-baseline is about {id}: what it approves is not known"),
            place.clone(),
            &format!("save `aws ssm get-patch-baseline --baseline-id {id}`"),
            "the default baseline of the system counts instead",
        );
    }

    /// Baselines that nothing uses: those of AWS are shipped with this program, others were not saved.
    fn unused(&mut self, answers: &Answers, owned_by_aws: &dyn Fn(&str) -> bool) {
        let used = |id: &str| answers.groups.keys().any(|(_, of)| of == id);
        for (id, node) in &answers.baselines {
            if owned_by_aws(id) && !used(id) {
                let name = node.member("Name").unwrap_or(id);
                let why = format!("baseline {name}: AWS's own, which patchbench knows");
                self.dropped.push((node.place.clone(), why));
            }
        }
        for (id, node) in &answers.identities {
            let default = node.is_set("DefaultBaseline");
            if !answers.baselines.contains_key(id) && !owned_by_aws(id) && !used(id) && !default {
                let name = node.member("BaselineName").unwrap_or(id);
                let why = format!(
                    "baseline {name}: no answer of get-patch-baseline is about it, and no patch group uses it"
                );
                self.dropped.push((node.place.clone(), why));
            }
        }
    }

    fn windows(&mut self, answers: &Answers) {
        let mut by_name: Vec<_> = answers.windows.iter().collect();
        by_name.sort_by_key(|(id, window)| (window.node.member("Name").unwrap_or_default(), id.as_str()));
        for (id, window) in by_name {
            let mut more = Vec::new();
            let unsaid = window.node.get("AllowUnassociatedTargets").is_none();
            if unsaid {
                if !window.whole {
                    let message = format!(
                        "no answer of get-maintenance-window is about {id}: AllowUnassociatedTargets is assumed to be false"
                    );
                    let problem = Problem::new(codes::IMPORT, Severity::Note, message);
                    self.problems.push(problem.at(window.node.place.clone()));
                }
                more.push(pair(
                    "AllowUnassociatedTargets",
                    Node::new(window.node.place.clone(), Data::Flag(false)),
                ));
            }
            let before = self.service.account.windows.len();
            self.run(Kind::CreateWindow, &window.node, more, Some(id));
            if let Some(made) = self.service.account.windows.get_mut(before) {
                if unsaid {
                    made.places.forget("allow_unassociated_targets");
                }
                made.enabled = window.node.get("Enabled").and_then(Node::flag);
                // One that is disabled has no next execution.
                if made.enabled != Some(false) && made.schedule.starts_with("rate(") {
                    made.opens = opens(self.problems, &window.node, id);
                }
                if let Some(said) = window.node.get("Enabled") {
                    made.places.insert("enabled", said.place.clone());
                }
            }
        }
        for ((window, id), node) in &answers.targets {
            if !self.of_window(answers, window, &node.place) {
                continue;
            }
            let window = text("WindowId", window, &node.place);
            self.run(Kind::RegisterTarget, node, vec![window], Some(id));
        }
        let listed = Listed::of(answers);
        for ((window, id), task) in &answers.tasks {
            self.task(answers, &listed, (window, id), task);
        }
        for (id, window) in missing::without_tasks(answers) {
            self.gaps.tell(
                format!("no answer is about the tasks of window {id}"),
                window.node.place.clone(),
                &format!("save `aws ssm {TASKS} --window-id {id}`"),
                "it has none",
            );
        }
    }

    /// Targets and tasks need their window. Whether it is known.
    fn of_window(&self, answers: &Answers, window: &str, place: &Place) -> bool {
        let known = answers.windows.contains_key(window);
        if !known {
            self.gaps.tell(
                format!("no answer is about window {window}"),
                place.clone(),
                &format!("save `aws ssm get-maintenance-window --window-id {window}`"),
                "what is said of it is left out",
            );
        }
        known && self.made.contains(window)
    }

    fn task(&mut self, answers: &Answers, listed: &Listed<'_>, (window, id): (&str, &str), task: &Task) {
        let Some(node) = task.got.as_ref().or(task.described.as_ref()) else {
            return;
        };
        if !self.of_window(answers, window, &node.place) {
            return;
        }
        let either = |member: &str| {
            let in_other = || task.described.as_ref().and_then(|node| node.pair(member));
            node.pair(member).or_else(in_other).cloned()
        };
        let mut more = vec![text("WindowId", window, &node.place)];
        more.extend(
            ["TaskParameters", "Name", "CutoffBehavior", "Targets"]
                .iter()
                .filter_map(|member| either(member)),
        );
        let kind = node.pair("TaskType").or_else(|| node.pair("Type"));
        let patching = node
            .member("TaskArn")
            .is_some_and(|arn| is_patching(document(arn)));
        more.push(match kind {
            Some(kind) => Pair {
                key: "TaskType".to_owned(),
                ..kind.clone()
            },
            // The document of a task that names no type tells it.
            None => text(
                "TaskType",
                if patching { "RUN_COMMAND" } else { "AUTOMATION" },
                &node.place,
            ),
        });
        let told = |member: &str| node.get(member).is_some_and(|node| !node.pairs().is_empty());
        let unsaid = patching && !told("TaskInvocationParameters") && !told("TaskParameters");
        if unsaid {
            self.gaps.tell(
                format!("no answer of get-maintenance-window-task is about task {id}: whether it scans or installs is not known"),
                node.place.clone(),
                &format!("save `aws ssm get-maintenance-window-task --window-id {window} --window-task-id {id}`"),
"it installs",
            );
            more.push(pair("TaskParameters", install(&node.place)));
        }
        if patching && kind.is_none_or(|kind| kind.node.text() == Some("RUN_COMMAND")) {
            let known = |id: &str| self.made.contains(id);
            let Some(targets) = missing::targets(self.gaps, listed, (window, id), &more, &known) else {
                return;
            };
            more.retain(|pair| pair.key != "Targets");
            more.extend(targets);
        }
        more.retain(|pair| pair.key != "TaskParameters" || !pair.node.pairs().is_empty());
        self.run(Kind::RegisterTask, node, more, None);
        let mut tasks = self
            .service
            .account
            .windows
            .iter_mut()
            .flat_map(|window| &mut window.tasks);
        if unsaid && let Some(made) = tasks.find(|task| task.places.get(OBJECT) == Some(&node.place)) {
            made.patching.places.forget("operation");
        }
    }
}

/// An instance that is gone: where that stands, and what is told.
fn no_more(answers: &Answers, id: &str) -> Option<(Place, String)> {
    let node = answers.machines.get(id)?;
    let state = gone(node)?;
    let place = node.get("State").map_or(&node.place, |state| &state.place);
    Some((place.clone(), format!("instance {id}: it is {state}")))
}

/// Baselines that are the default of their system.
fn default_identities(answers: &Answers) -> impl Iterator<Item = &Node> {
    let listed = answers
        .identities
        .iter()
        .filter(|(_, node)| node.is_set("DefaultBaseline"));
    let listed_id = |node: &Node| {
        let id = node.member("BaselineId").map(bare);
        id.is_some_and(|id| {
            answers
                .identities
                .get(id)
                .is_some_and(|node| node.is_set("DefaultBaseline"))
        })
    };
    let asked = answers.defaults.iter().filter(move |node| !listed_id(node));
    listed.map(|(_, node)| node).chain(asked)
}

/// The parameters of a task that installs.
fn install(place: &Place) -> Node {
    let node = |data: Data| Node::new(place.clone(), data);
    let values = node(Data::List(vec![node(Data::Text("Install".to_owned()))]));
    let operation = node(Data::Map(vec![pair("Values", values)]));
    node(Data::Map(vec![pair("Operation", operation)]))
}

fn pair(key: &str, node: Node) -> Pair {
    Pair {
        key: key.to_owned(),
        place: node.place.clone(),
        node,
    }
}

fn text(key: &str, value: &str, place: &Place) -> Pair {
    pair(key, Node::text_at(place.clone(), value))
}
