//! Values of resources: ids found, attributes checked.

use super::super::node::{Data, Node, Pair};
use super::super::shape::{Checker, Notation, Role, Shape};
use super::attributes::set;
use super::document::{Resource, has_true};
use super::player::{BASELINE, INSTANCE, Player, TARGET, required, with};
use crate::Severity;
use crate::codes;
use crate::problem::Problem;
use crate::suggest::listing;

/// How many resources a value may refer to.
#[derive(Clone, Copy)]
enum Wanted {
    Exactly(usize),
    Some,
}

/// What holds ids of others: they are found otherwise.
const IDS: [&str; 4] = ["window_id", "baseline_id", "targets", "id"];

impl Player<'_, '_, '_> {
    /// The resource that has an id, or the ARN of one.
    pub(super) fn by_id(&self, id: &str, kind: &str) -> Option<usize> {
        let known = |id: &str| self.by_id.get(&(kind, id)).copied();
        let arn = || id.rsplit('/').next().filter(|_| id.starts_with("arn:"));
        known(id).or_else(|| known(arn().filter(|_| kind == BASELINE)?))
    }

    /// The resource that an attribute names; told where it is none of these.
    pub(super) fn one(&mut self, index: usize, attribute: &str, kind: &str) -> Option<usize> {
        let resource = &self.resources[index];
        if let Some(id) = resource.values.get(attribute) {
            let text = id.text().unwrap_or_default();
            let found = self.by_id(text, kind);
            if found.is_none() {
                let address = resource.address;
                let message =
                    format!("{attribute} `{text}` is no {kind} in this file: {address} is left out");
                self.tell(Severity::Warning, codes::REFERENCE, message, &id.place);
            }
            return found;
        }
        let found = self.linked(index, (attribute, None), kind, Wanted::Exactly(1), None);
        found?.first().copied()
    }

    /// What a value refers to that is known only after apply.
    fn linked(
        &mut self,
        index: usize,
        path: (&str, Option<usize>),
        kind: &str,
        wanted: Wanted,
        window: Option<usize>,
    ) -> Option<Vec<usize>> {
        let resource = &self.resources[index];
        let (name, address) = (path.0, resource.address);
        // A task reaches targets of its own window alone.
        let fits = |found: usize| {
            let of = self.window_of.get(&found);
            window.is_none_or(|window| of.is_none_or(|of| *of == window))
        };
        let links = self.resolver.links(resource, path, kind);
        let found: Vec<usize> = links.found.iter().copied().filter(|found| fits(*found)).collect();
        let enough = |count: usize| match wanted {
            Wanted::Exactly(wanted) => count == wanted,
            Wanted::Some => count > 0,
        };
        if enough(found.len()) {
            if links.unsure && found.len() > 1 {
                let all = listing(found.iter().map(|index| self.resources[*index].address));
                let message = format!("{name} of {address} is known only after apply: {all} are taken");
                self.tell(Severity::Note, codes::IMPORT, message, &resource.place);
            }
            self.linked += found.len();
            return Some(found);
        }
        let new = |index: &usize| {
            let known = &self.resources[*index];
            known.kind == kind && known.managed && known.id().is_none() && fits(*index)
        };
        let candidates: Vec<usize> = if found.is_empty() {
            (0..self.resources.len()).filter(new).collect()
        } else {
            found
        };
        let names = listing(candidates.iter().map(|index| self.resources[*index].address));
        let opaque = links.opaque.iter().map(|name| format!("`{name}`"));
        let opaque = opaque.collect::<Vec<_>>().join(", ");
        let why = if links.given_up {
            "its expression leads to more than is followed".to_owned()
        } else if opaque.is_empty() {
            "its expression does not say it alone".to_owned()
        } else {
            format!("its expression has {opaque}, whose value the file does not show")
        };
        let only =
            matches!(wanted, Wanted::Exactly(wanted) if candidates.len() == wanted) || candidates.len() == 1;
        let problem = if candidates.is_empty() {
            let message = format!(
                "{name} of {address} is known only after apply, and no {kind} is created here: it is left out"
            );
            Problem::warning(codes::REFERENCE, message)
        } else if only {
            let message = format!("{name} of {address} is taken for that of {names}: there is no other");
            Problem::warning(codes::REFERENCE, message)
        } else {
            let message =
                format!("{name} of {address} is known only after apply, and may be that of {names}");
            let problem = Problem::error(codes::REFERENCE, message);
            problem.help(
                "apply, and import what terraform show -json prints then; or refer to the resource itself",
            )
        };
        self.problems.push(problem.at(resource.place.clone()).note(why));
        only.then_some(candidates)
    }

    /// The values with what their targets name; `None` where nothing of it is simulated.
    pub(super) fn with_targets(&mut self, index: usize, values: &Node, window: usize) -> Option<Node> {
        let resource = &self.resources[index];
        let Some(targets) = values.get("targets") else {
            if resource.is_unknown("targets") {
                self.needed(resource, "targets");
                return None;
            }
            return Some(values.clone());
        };
        let (mut blocks, mut fine) = (Vec::new(), true);
        for (number, block) in targets.items().iter().enumerate() {
            match self.target_values(index, number, block, window) {
                Some(ids) if ids.items().is_empty() => {}
                Some(ids) => blocks.push(with(block, "values", ids)),
                None => fine = false,
            }
        }
        if !fine {
            return None;
        }
        if blocks.is_empty() && !targets.items().is_empty() {
            let text = format!("{}: none of its targets is simulated", resource.address);
            self.dropped.push((resource.place.clone(), text));
            return None;
        }
        let targets = Node::new(targets.place.clone(), Data::List(blocks));
        Some(with(values, "targets", targets))
    }

    /// The values of one target: ids as later requests know them. `None` after an error.
    fn target_values(&mut self, index: usize, number: usize, block: &Node, window: usize) -> Option<Node> {
        let kind = match block.member("key") {
            Some("WindowTargetIds") => Some(TARGET),
            Some("InstanceIds") => Some(INSTANCE),
            _ => None,
        };
        let resource = &self.resources[index];
        let given = block.get("values");
        let place = given.map_or_else(|| block.place.clone(), |given| given.place.clone());
        let items = given.map_or(&[][..], Node::items);
        let unknown = items.iter().filter(|item| item.data == Data::Null).count();
        let Some(kind) = kind else {
            let missing = given.is_none() && resource.is_unknown("targets");
            if unknown > 0 || missing {
                self.needed(resource, "targets");
                return None;
            }
            return Some(
                given
                    .cloned()
                    .unwrap_or_else(|| Node::new(place, Data::List(Vec::new()))),
            );
        };
        let window = Some(window).filter(|_| kind == TARGET);
        let path = ("targets", Some(number));
        let mut links = if unknown > 0 {
            self.linked(index, path, kind, Wanted::Exactly(unknown), window)?
        } else if given.is_none() {
            self.linked(index, path, kind, Wanted::Some, window)?
        } else {
            Vec::new()
        }
        .into_iter();
        let mut found = Vec::new();
        for item in items {
            let of = match item.text() {
                Some(id) => self.by_id(id, kind),
                None => links.next(),
            };
            self.add_id(resource, kind, item, of, &mut found);
        }
        let rest: Vec<usize> = links.collect();
        for of in rest {
            self.add_id(
                resource,
                kind,
                &Node::new(place.clone(), Data::Null),
                Some(of),
                &mut found,
            );
        }
        Some(Node::new(place, Data::List(found)))
    }

    fn add_id(
        &self,
        resource: &Resource<'_>,
        kind: &str,
        item: &Node,
        of: Option<usize>,
        found: &mut Vec<Node>,
    ) {
        match of {
            Some(of) if self.left_out.contains(&of) => {}
            Some(of) => found.push(Node::text_at(item.place.clone(), self.handle(of))),
            // An instance that something else created.
            None if kind == INSTANCE => found.push(item.clone()),
            None => {
                let (id, address) = (item.text().unwrap_or_default(), resource.address);
                let message = format!("`{id}` is no {kind} in this file: {address} goes without it");
                self.tell(Severity::Warning, codes::REFERENCE, message, &item.place);
            }
        }
    }

    /// Something that decides what is patched is not known yet.
    fn needed(&self, resource: &Resource<'_>, attribute: &str) {
        let message = format!("{attribute} of {} is known only after apply", resource.address);
        let problem = Problem::error(codes::INCOMPLETE, message).at(resource.place.clone());
        self.problems
            .push(problem.help("apply, and import what terraform show -json prints then"));
    }

    /// The values of a resource as its type has them, without what is not set.
    pub(super) fn checked(&mut self, index: usize, values: &Node, shape: &Shape) -> Option<Node> {
        let resource = &self.resources[index];
        let mut values = set(values);
        for name in required(shape)
            .filter(|name| values.get(name).is_none())
            .collect::<Vec<_>>()
        {
            if !resource.is_unknown(name) {
                continue;
            }
            if name != "name" {
                self.needed(resource, name);
                return None;
            }
            let label = resource.label();
            let message = format!(
                "name of {} is known only after apply: `{label}` is taken",
                resource.address
            );
            self.tell(Severity::Warning, codes::IMPORT, message, &resource.place);
            values = with(&values, "name", Node::text_at(resource.place.clone(), label));
        }
        self.unset(resource, &values, shape);
        let (known, others) = shape.known(&values);
        self.told_of_others(resource, &others);
        self.checked_value(resource, &known, shape, resource.kind)
    }

    pub(super) fn checked_value(
        &mut self,
        resource: &Resource<'_>,
        values: &Node,
        shape: &Shape,
        name: &str,
    ) -> Option<Node> {
        let mut checker = Checker {
            problems: self.problems,
            notation: Notation::Json,
            dropped: Vec::new(),
        };
        let found = checker.value(values, shape, name);
        let dropped = checker.dropped.into_iter();
        let address = resource.address;
        let dropped = dropped.map(|(pair, why)| (pair.place, format!("{address}: {}: {why}", pair.key)));
        self.dropped.extend(dropped);
        found
    }

    /// Tells of what decides something, and is left out as it is not known yet, and of what was to be kept secret.
    fn unset(&self, resource: &Resource<'_>, values: &Node, shape: &Shape) {
        let Shape::Structure(members) = shape else { return };
        let configured = self.resolver.configuration.block(resource);
        let configured = configured.and_then(|known| known.get("expressions"));
        let read = members.iter().filter(|member| matches!(member.role, Role::Read));
        for name in read.map(|member| member.name) {
            let given = configured.is_some_and(|known| known.get(name).is_some());
            if !IDS.contains(&name) && name != "name" && given && resource.is_unknown(name) {
                let message = format!(
                    "{name} of {} is known only after apply: it is left out",
                    resource.address
                );
                self.tell(Severity::Warning, codes::INCOMPLETE, message, &resource.place);
            }
            let sensitive = resource.sensitive.and_then(|sensitive| sensitive.get(name));
            if let Some(value) = values.get(name).filter(|_| sensitive.is_some_and(has_true)) {
                let message = format!(
                    "{name} of {} is sensitive, and stands in the scenario",
                    resource.address
                );
                self.tell(Severity::Warning, codes::IMPORT, message, &value.place);
            }
        }
    }

    /// Attributes of newer providers.
    fn told_of_others(&mut self, resource: &Resource<'_>, others: &[Pair]) {
        let kind = resource.kind;
        for pair in others {
            if self.unknown.insert((kind.to_owned(), pair.key.clone())) {
                let message = format!(
                    "attribute `{}` of {kind} is not known: it is passed over",
                    pair.key
                );
                self.tell(Severity::Note, codes::IMPORT, message, &pair.place);
            }
        }
    }
}
