//! Resources of a template, played as the requests that CloudFormation makes of them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::api::{Kind, OPERATIONS};
use super::super::node::{Data, Node, Pair};
use super::super::patching::{document, is_patching};
use super::super::request::Request;
use super::super::service::Service;
use super::super::shape::{Checker, Notation, Role, Shape};
use super::intrinsics::Resolver;
use super::origins::Origin;
use super::properties;
use super::template::Resource;
use crate::codes;
use crate::problem::Problem;
use crate::read::{Place, Problems};
use crate::suggest::nearest;

pub(super) const WINDOW: &str = "AWS::SSM::MaintenanceWindow";
pub(super) const TARGET: &str = "AWS::SSM::MaintenanceWindowTarget";
pub(super) const INSTANCE: &str = "AWS::EC2::Instance";

/// The kinds that are read, in an order in which each refers to earlier ones alone.
const READ: [&str; 5] = [
    INSTANCE,
    "AWS::SSM::PatchBaseline",
    WINDOW,
    TARGET,
    "AWS::SSM::MaintenanceWindowTask",
];

/// Every other kind of Systems Manager: one that is none of them is misspelt.
const OTHERS_OF_SSM: [&str; 5] = [
    "AWS::SSM::Association",
    "AWS::SSM::Document",
    "AWS::SSM::Parameter",
    "AWS::SSM::ResourceDataSync",
    "AWS::SSM::ResourcePolicy",
];

/// Plays the resources of a template.
pub(super) struct Player<'n> {
    pub(super) resolver: Resolver<'n>,
    pub(super) service: Service<'n>,
    pub(super) dropped: Vec<(Place, String)>,
    /// Targets that are not simulated, or refused.
    pub(super) left_out: BTreeSet<String>,
    /// Baselines and windows so far.
    pub(super) read: usize,
}

/// The properties of a resource, checked.
struct Checked {
    body: Node,
    dropped: Vec<(Place, String)>,
}

impl<'n> Player<'n> {
    pub(super) fn new(resolver: Resolver<'n>) -> Self {
        Self {
            service: Service::new(resolver.problems),
            resolver,
            dropped: Vec::new(),
            left_out: BTreeSet::new(),
            read: 0,
        }
    }

    /// Plays all resources.
    pub(super) fn play(&mut self) {
        let mut resources: Vec<&'n Resource<'n>> = self.resolver.template.resources.values().collect();
        resources.sort_by_key(|resource| resource.place.1.start);
        for kind in READ {
            for resource in resources.iter().filter(|resource| resource.kind == kind) {
                if self.exists(resource) {
                    self.resource(resource);
                }
            }
        }
        self.pass_over(&resources);
    }

    fn resource(&mut self, resource: &'n Resource<'n>) {
        match resource.kind {
            INSTANCE => self.instance(resource),
            WINDOW => self.window(resource),
            TARGET => {
                if self.target(resource).is_none() {
                    self.left_out.insert(resource.id.to_owned());
                }
            }
            "AWS::SSM::MaintenanceWindowTask" => {
                self.task(resource);
            }
            _ => self.baseline(resource),
        }
    }

    /// Whether the condition of a resource holds.
    fn exists(&mut self, resource: &Resource<'_>) -> bool {
        let Some(condition) = resource.condition else {
            return true;
        };
        let holds = self.resolver.named_condition(condition);
        if holds == Some(false) {
            let text = format!(
                "{}: its condition {} does not hold",
                resource.id,
                condition.text().unwrap_or_default()
            );
            self.dropped.push((resource.place.clone(), text));
        }
        holds == Some(true)
    }

    /// The properties of a resource as its shape wants them.
    fn checked(&mut self, resource: &Resource<'_>, given: Option<Node>, shape: &Shape) -> Option<Checked> {
        let before = self.resolver.failed;
        let given = given.unwrap_or_else(|| Node::new(resource.place.clone(), Data::Map(Vec::new())));
        let resolved = self.resolver.resolve(&given);
        if self.resolver.failed > before {
            return None;
        }
        let data = resolved.map_or(Data::Map(Vec::new()), |node| node.data);
        // What is missing is told at the name of the resource.
        let node = Node::new(resource.place.clone(), data);
        let mut found = Vec::new();
        stand_ins(&self.resolver, &node, shape, false, &mut found);
        for (place, origin) in &found {
            self.resolver.tell(origin, place);
        }
        let problems = Problems::default();
        let mut checker = Checker {
            problems: &problems,
            notation: Notation::Json,
            dropped: Vec::new(),
        };
        let body = checker.value(&node, shape, resource.kind);
        let dropped = checker
            .dropped
            .into_iter()
            .map(|(pair, why)| (pair.place, format!("{}, {}: {why}", resource.id, pair.key)));
        let dropped = dropped.collect();
        let told = |problem: &Problem| {
            problem.labels.first().is_some_and(|label| {
                let at = (label.source, label.span.start);
                let origin = found.iter().find(|(place, _)| (place.0, place.1.start) == at);
                matches!(origin, Some((_, Origin::Needed(_) | Origin::Unknown(_))))
            })
        };
        let mut problems = problems.into_vec();
        problems.retain(|problem| !told(problem));
        self.resolver.failed += problems.len();
        self.resolver.problems.extend(problems);
        let body = body.filter(|_| self.resolver.failed == before)?;
        Some(Checked { body, dropped })
    }

    fn run(&mut self, kind: Kind, body: Node, handle: Option<&str>) {
        if let Some(operation) = OPERATIONS.iter().find(|known| known.kind == kind) {
            self.service.run(&Request { operation, body }, handle);
        }
    }

    /// The body of a baseline or window; without members where it was refused, so that what refers to it
    /// finds it.
    fn body(&mut self, resource: &Resource<'_>, shape: &Shape) -> Node {
        self.read += 1;
        let Some(checked) = self.checked(resource, resource.properties.cloned(), shape) else {
            return Node::new(resource.place.clone(), Data::Map(Vec::new()));
        };
        self.dropped.extend(checked.dropped);
        checked.body
    }

    fn instance(&mut self, resource: &Resource<'_>) {
        // Of an instance nothing but its tags says what patches it.
        let tags = resource.properties.and_then(|properties| properties.pair("Tags"));
        let tags = tags.map(|pair| Node::new(resource.place.clone(), Data::Map(vec![pair.clone()])));
        let Some(checked) = self.checked(resource, tags, &properties::INSTANCE) else {
            return;
        };
        let mut pairs = checked.body.pairs().to_vec();
        let id = Node::text_at(resource.place.clone(), resource.id);
        pairs.push(member(
            "Resources",
            Node::new(id.place.clone(), Data::List(vec![id])),
        ));
        self.run(
            Kind::CreateTags,
            Node::new(resource.place.clone(), Data::Map(pairs)),
            None,
        );
    }

    fn baseline(&mut self, resource: &Resource<'_>) {
        let body = self.body(resource, &properties::BASELINE);
        let id = member("BaselineId", Node::text_at(resource.place.clone(), resource.id));
        let groups = body
            .get("PatchGroups")
            .map_or(Vec::new(), |list| list.items().to_vec());
        let default = body
            .pair("DefaultBaseline")
            .filter(|pair| pair.node.flag() == Some(true));
        let default = default.map(|pair| pair.place.clone());
        self.run(Kind::CreateBaseline, body, Some(resource.id));
        for group in groups {
            let place = group.place.clone();
            let pairs = vec![id.clone(), member("PatchGroup", group)];
            self.run(Kind::RegisterGroup, Node::new(place, Data::Map(pairs)), None);
        }
        if let Some(place) = default {
            self.run(Kind::DefaultBaseline, Node::new(place, Data::Map(vec![id])), None);
        }
    }

    fn window(&mut self, resource: &Resource<'_>) {
        let body = self.body(resource, &properties::WINDOW);
        self.run(Kind::CreateWindow, body, Some(resource.id));
    }

    /// Registers a target; `None` where it is left out.
    fn target(&mut self, resource: &Resource<'_>) -> Option<()> {
        let checked = self.checked(resource, resource.properties.cloned(), &properties::TARGET)?;
        let body = self.in_window(resource, &checked.body)?;
        let body = named(resource, self.with_targets(&body)?);
        self.dropped.extend(checked.dropped);
        let before = (self.service.dropped.len(), self.resolver.failed);
        self.run(Kind::RegisterTarget, body, Some(resource.id));
        (before == (self.service.dropped.len(), self.resolver.failed)).then_some(())
    }

    fn task(&mut self, resource: &Resource<'_>) -> Option<()> {
        let checked = self.checked(resource, resource.properties.cloned(), &properties::TASK)?;
        let of = checked.body.get("TaskArn")?;
        let document = document(of.text().unwrap_or_default());
        if checked.body.member("TaskType") != Some("RUN_COMMAND") || !is_patching(document) {
            let text = format!("{}, task {document}: only patching is simulated", resource.id);
            self.dropped.push((of.place.clone(), text));
            return None;
        }
        for limit in ["MaxConcurrency", "MaxErrors"] {
            if checked.body.get(limit).is_none() {
                let message = format!("a task with targets needs {limit}");
                let help = format!("add {limit}: 10%");
                self.resolver
                    .error::<()>(codes::RATE_MISSING, message, &resource.place, Some(&help));
            }
        }
        let complete = ["MaxConcurrency", "MaxErrors"]
            .iter()
            .all(|limit| checked.body.get(limit).is_some());
        let body = self.in_window(resource, &checked.body)?;
        let Some(body) = self.with_targets(&body) else {
            let text = format!("{}: none of its targets is simulated", resource.id);
            self.dropped.push((resource.place.clone(), text));
            return None;
        };
        self.dropped.extend(checked.dropped);
        complete.then(|| self.run(Kind::RegisterTask, named(resource, renamed(body)), None))
    }

    /// Tells what is left out, and counts what has nothing to do with patching.
    fn pass_over(&mut self, resources: &[&Resource<'_>]) {
        let mut others: BTreeMap<&str, usize> = BTreeMap::new();
        for resource in resources.iter().filter(|resource| !READ.contains(&resource.kind)) {
            if let Some(why) = super::associations::reason(resource) {
                self.dropped
                    .push((resource.place.clone(), format!("{}: {why}", resource.id)));
            } else if misspelt(resource.kind) {
                let known = READ.into_iter().chain(OTHERS_OF_SSM);
                let message = format!("CloudFormation has no type `{}`", resource.kind);
                let problem = Problem::error(codes::REQUEST, message).at(resource.kind_place.clone());
                self.resolver
                    .problems
                    .push(problem.meant(nearest(resource.kind, known)));
            } else {
                *others.entry(resource.kind).or_default() += 1;
            }
        }
        let Some(first) = resources
            .iter()
            .find(|resource| others.contains_key(resource.kind))
        else {
            return;
        };
        self.dropped.push((first.place.clone(), passed_over(&others)));
    }
}

/// Whether a type of Systems Manager is none.
pub(super) fn misspelt(kind: &str) -> bool {
    kind.starts_with("AWS::SSM::") && !READ.contains(&kind) && !OTHERS_OF_SSM.contains(&kind)
}

/// `14 resources of other kinds passed over: AWS::IAM::Role (3), …`
pub(in crate::aws) fn passed_over(others: &BTreeMap<&str, usize>) -> String {
    /// More kinds are not listed.
    const MOST: usize = 10;
    let mut kinds: Vec<(&str, usize)> = others.iter().map(|(kind, count)| (*kind, *count)).collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let total: usize = kinds.iter().map(|(_, count)| count).sum();
    let shown: Vec<String> = kinds
        .iter()
        .take(MOST)
        .map(|(kind, count)| format!("{kind} ({count})"))
        .collect();
    let more = kinds.len().saturating_sub(MOST);
    let more = if more > 0 {
        format!(" and {more} more kinds")
    } else {
        String::new()
    };
    let resources = crate::numbers::counted(total as u64, "resource");
    format!(
        "{resources} of other kinds passed over: {}{more}",
        shown.join(", ")
    )
}

pub(super) fn member(key: &str, node: Node) -> Pair {
    Pair {
        key: key.to_owned(),
        place: node.place.clone(),
        node,
    }
}

/// The body with a name: its logical id, where it has none of its own.
fn named(resource: &Resource<'_>, body: Node) -> Node {
    let mut pairs = body.pairs().to_vec();
    if body.get("Name").is_none() {
        let id = Node::text_at(resource.place.clone(), resource.id);
        pairs.push(member("Name", id));
    }
    Node::new(body.place, Data::Map(pairs))
}

/// The body of a task with the names that the API has for what a task is told.
fn renamed(body: Node) -> Node {
    let Data::Map(mut pairs) = body.data else {
        return body;
    };
    for pair in &mut pairs {
        if let ("TaskInvocationParameters", Data::Map(kinds)) = (pair.key.as_str(), &mut pair.node.data) {
            for kind in kinds {
                let name = kind.key.strip_prefix("MaintenanceWindow");
                let name = name.and_then(|name| name.strip_suffix("Parameters"));
                kind.key = name.unwrap_or(&kind.key).to_owned();
            }
        }
    }
    Node::new(body.place, Data::Map(pairs))
}

/// Finds what stands for something else, among members that are read. Where an id is expected, one of a
/// resource or of nothing that is known is no problem yet.
fn stand_ins(
    resolver: &Resolver<'_>,
    node: &Node,
    shape: &Shape,
    id: bool,
    found: &mut Vec<(Place, Origin)>,
) {
    if let Some(origin) = resolver.origin(node) {
        let fine = id && !matches!(origin, Origin::Needed(_));
        if !fine {
            found.push((node.place.clone(), origin.clone()));
        }
        return;
    }
    match shape {
        Shape::Structure(members) => {
            let of_ids = matches!(node.member("Key"), Some("InstanceIds" | "WindowTargetIds"));
            for member in members.iter().filter(|member| matches!(member.role, Role::Read)) {
                let id = matches!(member.name, "WindowId" | "TaskArn") || (of_ids && member.name == "Values");
                if let Some(node) = node.get(member.name) {
                    stand_ins(resolver, node, &member.shape, id, found);
                }
            }
        }
        Shape::List(of, ..) => node
            .items()
            .iter()
            .for_each(|item| stand_ins(resolver, item, of, id, found)),
        Shape::Map(of) => node
            .pairs()
            .iter()
            .for_each(|pair| stand_ins(resolver, &pair.node, of, id, found)),
        _ => {}
    }
}
