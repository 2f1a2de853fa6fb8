//! Resources of one side of a plan, played as the requests that the provider makes of them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::account::{Account, place_of};
use super::super::api::{Kind, OPERATIONS};
use super::super::cloudformation::passed_over;
use super::super::node::{Data, Node};
use super::super::patching::{document, is_patching};
use super::super::request::Request;
use super::super::service::Service;
use super::super::shape::Shape;
use super::RuleBoth;
use super::attributes::{self, member, structure};
use super::document::Resource;
use super::references::Resolver;
use crate::codes;
use crate::numbers::counted;
use crate::problem::{Problem, Severity};
use crate::read::{Place, Problems};

pub(super) const BASELINE: &str = "aws_ssm_patch_baseline";
pub(super) const GROUP: &str = "aws_ssm_patch_group";
pub(super) const DEFAULT: &str = "aws_ssm_default_patch_baseline";
pub(super) const WINDOW: &str = "aws_ssm_maintenance_window";
pub(super) const TARGET: &str = "aws_ssm_maintenance_window_target";
pub(super) const TASK: &str = "aws_ssm_maintenance_window_task";
pub(super) const INSTANCE: &str = "aws_instance";
pub(super) const TAG: &str = "aws_ec2_tag";

/// The types that are read.
pub(super) const READ: [&str; 8] = [BASELINE, GROUP, DEFAULT, WINDOW, TARGET, TASK, INSTANCE, TAG];

/// Plays resources.
pub(super) struct Player<'d, 'n, 'p> {
    pub(super) problems: &'p Problems,
    pub(super) both: RuleBoth,
    pub(super) resources: &'d [Resource<'n>],
    pub(super) resolver: Resolver<'d, 'n>,
    /// Resources by their type and id.
    pub(super) by_id: BTreeMap<(&'n str, &'n str), usize>,
    /// Ids that instances had before, by address: an instance that is replaced is the same node.
    pub(super) known_ids: BTreeMap<&'n str, &'n str>,
    pub(super) service: Service<'p>,
    pub(super) dropped: Vec<(Place, String)>,
    /// Attributes that are not known, by type: each is told once.
    pub(super) unknown: BTreeSet<(String, String)>,
    /// Targets that are not simulated.
    pub(super) left_out: BTreeSet<usize>,
    /// The window of each target.
    pub(super) window_of: BTreeMap<usize, usize>,
    /// How many ids were found by the expressions that they come from.
    pub(super) linked: usize,
}

/// What playing gave.
pub(super) struct Played {
    pub(super) account: Account,
    pub(super) dropped: Vec<(Place, String)>,
    /// How many resources of each kind were read.
    pub(super) read: Vec<String>,
    pub(super) linked: usize,
}

impl<'d, 'n, 'p> Player<'d, 'n, 'p> {
    pub(super) fn new(
        problems: &'p Problems,
        both: RuleBoth,
        resources: &'d [Resource<'n>],
        configuration: Option<&'n Node>,
        before: &[Resource<'n>],
    ) -> Self {
        let known = before.iter().filter(|known| known.kind == INSTANCE);
        let known = known.filter_map(|known| {
            let id = known.values.member("id")?;
            Some((known.address, id))
        });
        Self {
            problems,
            both,
            resources,
            resolver: Resolver::new(resources, configuration),
            by_id: resources_by_id(resources),
            known_ids: known.collect(),
            service: Service::new(problems),
            dropped: Vec::new(),
            unknown: BTreeSet::new(),
            left_out: BTreeSet::new(),
            window_of: BTreeMap::new(),
            linked: 0,
        }
    }

    pub(super) fn play(mut self) -> Played {
        self.each(INSTANCE, Self::instance);
        self.each(TAG, Self::tag);
        let registrations = self.registrations();
        self.baselines(&registrations);
        for (index, baseline) in registrations {
            self.register(index, baseline);
        }
        self.each(WINDOW, Self::window);
        self.each(TARGET, Self::target);
        self.each(TASK, Self::task);
        self.pass_over();
        let read = self.read();
        let mut dropped = self.dropped;
        dropped.extend(self.service.dropped);
        Played {
            account: self.service.account,
            dropped,
            read,
            linked: self.linked,
        }
    }

    fn each(&mut self, kind: &str, play: impl Fn(&mut Self, usize) -> Option<()>) {
        for index in self.of(kind) {
            play(self, index);
        }
    }

    fn of(&self, kind: &str) -> Vec<usize> {
        let all = 0..self.resources.len();
        let managed = |index: &usize| self.resources[*index].managed && self.resources[*index].kind == kind;
        all.filter(managed).collect()
    }

    /// `2 baselines`, `1 window`, …
    fn read(&self) -> Vec<String> {
        let kinds = [
            (BASELINE, "baseline"),
            (GROUP, "patch group"),
            (DEFAULT, "default baseline"),
            (WINDOW, "window"),
            (TARGET, "target"),
            (TASK, "task"),
            (INSTANCE, "instance"),
        ];
        let counts = kinds.iter().map(|(kind, what)| (self.of(kind).len(), what));
        let some = counts.filter(|(count, _)| *count > 0);
        some.map(|(count, what)| counted(count as u64, what)).collect()
    }

    /// What later requests call a resource: its id, or its address where it has none yet.
    pub(super) fn handle(&self, index: usize) -> String {
        let resource = &self.resources[index];
        let known = || self.known_ids.get(resource.address).copied();
        resource
            .id()
            .or_else(known)
            .unwrap_or(resource.address)
            .to_owned()
    }

    fn run(&mut self, kind: Kind, body: Node, handle: Option<&str>) {
        if let Some(operation) = OPERATIONS.iter().find(|known| known.kind == kind) {
            self.service.run(&Request { operation, body }, handle);
        }
    }

    pub(super) fn tell(&self, severity: Severity, code: &'static str, message: String, place: &Place) {
        let problem = Problem::new(code, severity, message).at(place.clone());
        self.problems.push(problem);
    }

    fn instance(&mut self, index: usize) -> Option<()> {
        let resource = &self.resources[index];
        // With the tags that the provider gives to everything, where they are known.
        let all = ["tags_all", "tags"];
        let tags = all.iter().find_map(|name| resource.values.get(name));
        let none = Node::new(resource.place.clone(), Data::Map(Vec::new()));
        let tags = self.checked_value(resource, tags.unwrap_or(&none), &attributes::TAGS, "tags")?;
        let tag = |pair: &super::super::node::Pair| {
            let key = Node::text_at(pair.place.clone(), &pair.key);
            let pairs = vec![member("Key", key), member("Value", pair.node.clone())];
            structure(&pair.node.place, pairs)
        };
        let tags: Vec<Node> = tags.pairs().iter().map(tag).collect();
        self.tag_instance(&resource.place, &self.handle(index), tags);
        Some(())
    }

    fn tag_instance(&mut self, place: &Place, id: &str, tags: Vec<Node>) {
        let id = Node::text_at(place.clone(), id);
        let ids = Node::new(place.clone(), Data::List(vec![id]));
        let tags = Node::new(place.clone(), Data::List(tags));
        let pairs = vec![member("Resources", ids), member("Tags", tags)];
        self.run(Kind::CreateTags, structure(place, pairs), None);
    }

    /// A tag of something, which may be an instance.
    fn tag(&mut self, index: usize) -> Option<()> {
        let resource = &self.resources[index];
        let text = |name: &str| resource.values.get(name).filter(|node| node.text().is_some());
        let id = if let Some(id) = text("resource_id") {
            let known = self.by_id(id.text()?, INSTANCE).map(|known| self.handle(known));
            let id = known.unwrap_or_else(|| id.text().unwrap_or_default().to_owned());
            Some(id).filter(|id| id.starts_with("i-") || id.starts_with("mi-"))?
        } else {
            let links = self.resolver.links(resource, ("resource_id", None), INSTANCE);
            // Most of what has tags is no instance.
            let [one] = links.found.as_slice() else {
                return None;
            };
            self.linked += 1;
            self.handle(*one)
        };
        let pairs = vec![
            member("Key", text("key")?.clone()),
            member("Value", text("value")?.clone()),
        ];
        self.tag_instance(&resource.place, &id, vec![structure(&resource.place, pairs)]);
        Some(())
    }

    /// Registrations of baselines as defaults and for groups, each with its baseline.
    fn registrations(&mut self) -> Vec<(usize, usize)> {
        let all = self.of(GROUP).into_iter().chain(self.of(DEFAULT));
        let all: Vec<usize> = all.collect();
        let found = all
            .into_iter()
            .filter_map(|index| Some((index, self.one(index, "baseline_id", BASELINE)?)));
        found.collect()
    }

    /// Baselines of the configuration, and those it only looks up as far as they are registered.
    fn baselines(&mut self, registrations: &[(usize, usize)]) {
        let used: BTreeSet<usize> = registrations.iter().map(|(_, baseline)| *baseline).collect();
        let all: BTreeSet<usize> = self.of(BASELINE).into_iter().chain(used).collect();
        for index in all {
            let resource = &self.resources[index];
            let checked = self.checked(index, &resource.values.clone(), &attributes::BASELINE);
            let body = checked.and_then(|values| attributes::baseline(self.problems, &values, self.both));
            self.create(Kind::CreateBaseline, index, body);
        }
    }

    /// Creates something that others refer to; where it was refused, without members.
    fn create(&mut self, kind: Kind, index: usize, body: Option<Node>) {
        let empty = || structure(&self.resources[index].place, Vec::new());
        let body = body.unwrap_or_else(empty);
        self.run(kind, body, Some(&self.handle(index)));
    }

    fn register(&mut self, index: usize, baseline: usize) -> Option<()> {
        let resource = &self.resources[index];
        let (kind, shape) = match resource.kind {
            GROUP => (Kind::RegisterGroup, &attributes::GROUP),
            _ => (Kind::DefaultBaseline, &attributes::DEFAULT),
        };
        let values = self.with_handle(index, "baseline_id", baseline);
        let values = self.checked(index, &values, shape)?;
        self.run(kind, attributes::registration(&values), None);
        Some(())
    }

    /// The values with an id that later requests know.
    fn with_handle(&self, index: usize, attribute: &str, of: usize) -> Node {
        let resource = &self.resources[index];
        let place = match resource.values.get(attribute) {
            Some(given) => given.place.clone(),
            None => resource.place.clone(),
        };
        let id = Node::text_at(place, self.handle(of));
        with(resource.values, attribute, id)
    }

    fn window(&mut self, index: usize) -> Option<()> {
        let resource = &self.resources[index];
        let checked = self.checked(index, &resource.values.clone(), &attributes::WINDOW);
        let enabled = checked.as_ref().and_then(|values| values.get("enabled").cloned());
        let said = checked
            .as_ref()
            .is_some_and(|values| values.get("allow_unassociated_targets").is_some());
        self.create(
            Kind::CreateWindow,
            index,
            checked.map(|values| attributes::window(&values)),
        );
        let made = self.service.account.windows.last_mut()?;
        if !said {
            made.places.forget("allow_unassociated_targets");
        }
        if let Some(enabled) = enabled {
            made.enabled = enabled.flag();
            made.places.insert("enabled", enabled.place);
        }
        Some(())
    }

    fn target(&mut self, index: usize) -> Option<()> {
        let resource = &self.resources[index];
        let before = self.service.dropped.len();
        let played = self.one(index, "window_id", WINDOW).and_then(|window| {
            self.window_of.insert(index, window);
            let values = self.with_handle(index, "window_id", window);
            let values = self.with_targets(index, &values, window)?;
            let values = upper(
                self.checked(index, &values, &attributes::TARGET)?,
                "resource_type",
            );
            let label = Node::text_at(resource.place.clone(), resource.label());
            let handle = self.handle(index);
            self.run(
                Kind::RegisterTarget,
                attributes::target(&values, &label),
                Some(&handle),
            );
            Some(())
        });
        if played.is_none() || self.service.dropped.len() > before {
            self.left_out.insert(index);
        }
        played
    }

    fn task(&mut self, index: usize) -> Option<()> {
        let resource = &self.resources[index];
        let values = resource.values;
        let arn = values.member("task_arn");
        let patches = arn.is_some_and(|arn| is_patching(document(arn)));
        if !patches || values.member("task_type") != Some("RUN_COMMAND") {
            let of = arn.map_or("of a document that is known only after apply", document);
            let text = format!("{}: task {of}: only patching is simulated", resource.address);
            self.dropped.push((place_of(values, "task_arn"), text));
            return None;
        }
        let window = self.one(index, "window_id", WINDOW)?;
        let values = self.with_handle(index, "window_id", window);
        let values = self.with_targets(index, &values, window)?;
        let values = self.checked(index, &values, &attributes::TASK)?;
        let limits = ["max_concurrency", "max_errors"].map(|limit| self.has_limit(index, &values, limit));
        if limits.contains(&false) {
            return None;
        }
        let label = Node::text_at(resource.place.clone(), resource.label());
        self.run(Kind::RegisterTask, attributes::task(&values, &label), None);
        Some(())
    }

    fn has_limit(&self, index: usize, values: &Node, limit: &str) -> bool {
        if values.get(limit).is_some() {
            return true;
        }
        let resource = &self.resources[index];
        // An attribute that nobody sets is unknown, too: AWS fills it in.
        let configured = self.resolver.configuration.block(resource);
        let given = configured.and_then(|known| known.get("expressions")?.get(limit));
        let message = if given.is_some() && resource.is_unknown(limit) {
            format!("{limit} of {} is known only after apply", resource.address)
        } else {
            format!("{}: a task with targets needs {limit}", resource.address)
        };
        let problem = Problem::error(codes::RATE_MISSING, message).at(resource.place.clone());
        self.problems
            .push(problem.help(format!("write {limit} = \"10%\" in the configuration")));
        false
    }

    /// Tells what is left out, and counts what has nothing to do with patching.
    fn pass_over(&mut self) {
        let mut others: BTreeMap<&str, usize> = BTreeMap::new();
        let mut first = None;
        let managed = self.resources.iter().filter(|known| known.managed);
        for resource in managed.filter(|known| !READ.contains(&known.kind)) {
            if let Some(why) = reason(resource) {
                let text = format!("{}: {why}", resource.address);
                self.dropped.push((resource.place.clone(), text));
            } else {
                first.get_or_insert(&resource.place);
                *others.entry(resource.kind).or_default() += 1;
            }
        }
        if let Some(place) = first {
            self.dropped.push((place.clone(), passed_over(&others)));
        }
    }
}

/// Why a resource that has to do with patching is left out.
fn reason(resource: &Resource<'_>) -> Option<String> {
    match resource.kind {
        "aws_ssm_association" => {
            let Some(name) = resource.values.member("name").map(document) else {
                return Some("associations are not simulated".to_owned());
            };
            if !is_patching(name) {
                return Some(format!("association of {name}: only patching is simulated"));
            }
            let schedule = resource.values.member("schedule_expression");
            let schedule = schedule.map_or(String::new(), |schedule| format!(", {schedule}"));
            Some(format!(
                "association of {name}{schedule}: associations are not simulated; a maintenance window with the same schedule and targets comes near"
            ))
        }
        "aws_resourcegroups_group" => {
            Some("resource groups are not simulated; name the tags that they select by".to_owned())
        }
        "aws_ssmquicksetup_configuration_manager" => Some(
            "configurations of Quick Setup are not imported; write a patch policy as [patch_policy.NAME]"
                .to_owned(),
        ),
        "aws_cloudformation_stack" | "aws_cloudformation_stack_set" => {
            Some("read its template with patchbench import cloudformation".to_owned())
        }
        _ => None,
    }
}

/// The first resource of each type and id.
fn resources_by_id<'n>(resources: &[Resource<'n>]) -> BTreeMap<(&'n str, &'n str), usize> {
    let mut all = BTreeMap::new();
    for (index, known) in resources.iter().enumerate() {
        if let Some(id) = known.id() {
            all.entry((known.kind, id)).or_insert(index);
        }
    }
    all
}

/// A structure with another value of a member, or with one more.
pub(super) fn with(values: &Node, name: &str, value: Node) -> Node {
    let others = values.pairs().iter().filter(|pair| pair.key != name);
    let pairs = others.cloned().chain([member(name, value)]);
    Node::new(values.place.clone(), Data::Map(pairs.collect()))
}

fn upper(values: Node, name: &str) -> Node {
    match values.get(name) {
        Some(given) => {
            let text = given.text().unwrap_or_default().to_ascii_uppercase();
            let text = Node::text_at(given.place.clone(), text);
            with(&values, name, text)
        }
        None => values,
    }
}

/// Whether a shape requires a member.
pub(super) fn required(shape: &Shape) -> impl Iterator<Item = &'static str> {
    let members = match shape {
        Shape::Structure(members) => *members,
        _ => &[],
    };
    members
        .iter()
        .filter(|member| member.required)
        .map(|member| member.name)
}
