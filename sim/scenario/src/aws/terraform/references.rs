//! What an id is of that is known only after apply: the expressions of the configuration say it.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::super::node::Node;
use super::configuration::Configuration;
use super::document::{Resource, Step, steps};

/// Expressions that lead to each other more often are not followed.
const DEEPEST: usize = 40;

/// More expressions are not followed for one value.
const MOST: usize = 2_000;

/// What is done for all values together: a comparison counts as one. Far more than the plan of an estate of
/// thousands of nodes takes, and some seconds at most.
const MOST_IN_ALL: usize = 64_000_000;

/// What reading a reference counts.
const REFERENCE: usize = 64;

/// Resources of one module by their type and name: managed ones, or data sources.
type Named<'n> = (bool, &'n str, &'n str, Vec<Step>);

/// Follows references among the resources after a plan.
pub(super) struct Resolver<'d, 'n> {
    resources: &'d [Resource<'n>],
    pub(super) configuration: Configuration<'n>,
    instances: BTreeMap<Named<'n>, Vec<usize>>,
    /// The modules that have resources.
    modules: BTreeSet<&'d [Step]>,
    done: Cell<usize>,
}

/// Where references stand.
#[derive(Clone)]
struct Context<'n> {
    module: Vec<Step>,
    /// Which instance it is that refers.
    key: Option<String>,
    /// That instance is meant where nothing else is said.
    keyed: bool,
    /// What `each.value` is of.
    each: Vec<&'n str>,
}

/// What references lead to.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// Indices of resources, in the order of the references.
    pub(super) found: Vec<usize>,
    /// Several instances of one resource are among them, and nothing says which one is meant.
    pub(super) unsure: bool,
    /// What cannot be followed, such as `local.ids`.
    pub(super) opaque: BTreeSet<String>,
    /// There was more to follow than is followed.
    pub(super) given_up: bool,
    followed: usize,
    known: BTreeSet<usize>,
}

impl Links {
    fn add(&mut self, index: usize) {
        if self.known.insert(index) {
            self.found.push(index);
        }
    }
}

impl<'d, 'n> Resolver<'d, 'n> {
    pub(super) fn new(resources: &'d [Resource<'n>], configuration: Option<&'n Node>) -> Self {
        let mut instances: BTreeMap<Named<'n>, Vec<usize>> = BTreeMap::new();
        for (index, known) in resources.iter().enumerate() {
            let named = (known.managed, known.kind, known.name, known.module.clone());
            instances.entry(named).or_default().push(index);
        }
        Self {
            resources,
            configuration: Configuration::new(configuration),
            instances,
            modules: resources.iter().map(|known| known.module.as_slice()).collect(),
            done: Cell::new(0),
        }
    }

    /// Counts what is about to be done; says whether it may be.
    fn may(&self, count: usize, links: &mut Links) -> bool {
        self.done.set(self.done.get().saturating_add(count));
        links.given_up |= self.done.get() > MOST_IN_ALL;
        !links.given_up
    }

    /// What an attribute refers to, among resources of one type: `targets` and its block's number, or one
    /// such as `window_id`.
    pub(super) fn links(&self, resource: &Resource<'n>, path: (&str, Option<usize>), kind: &str) -> Links {
        let mut links = Links::default();
        let Some(configured) = self.configuration.block(resource) else {
            return links;
        };
        let expression = configured
            .get("expressions")
            .and_then(|expressions| expressions.get(path.0));
        let expression = match (path.1, expression) {
            (Some(block), Some(blocks)) => blocks.items().get(block).and_then(|block| block.get("values")),
            (_, expression) => expression,
        };
        let context = Context {
            module: resource.module.clone(),
            key: resource.key.clone(),
            keyed: false,
            each: references(configured.get("for_each_expression")),
        };
        self.follow(&references(expression), &context, kind, 0, &mut links);
        links
    }

    fn follow(&self, all: &[&'n str], context: &Context<'n>, kind: &str, depth: usize, links: &mut Links) {
        links.followed += all.len();
        links.given_up |= depth > DEEPEST || links.followed > MOST;
        if !self.may(all.len() * REFERENCE, links) {
            return;
        }
        let split: Vec<Vec<Step>> = all.iter().map(|reference| steps(reference)).collect();
        let Some(shorter) = self.shorter(&split, links) else {
            return;
        };
        let keyed = context.keyed || split.iter().any(|parts| is_own_key(parts));
        let rest = split.iter().enumerate();
        for (index, parts) in rest.filter(|(index, _)| !shorter[*index]) {
            match (parts[0].name.as_str(), parts.get(1)) {
                ("var", Some(name)) => self.variable(&name.name, (context, keyed), kind, depth, links),
                ("module", Some(module)) => {
                    let output = parts.get(2).map(|output| output.name.as_str());
                    self.output((module, output), (context, keyed), kind, depth, links);
                }
                ("each", Some(part)) if part.name == "value" => {
                    let of = Context {
                        keyed: true,
                        ..context.clone()
                    };
                    self.follow(&context.each, &of, kind, depth + 1, links);
                }
                ("each" | "count" | "path" | "terraform" | "self", _) => {}
                ("local", Some(_)) => {
                    links.opaque.insert(all[index].to_owned());
                }
                ("data", Some(of)) if of.name == kind => {
                    if let Some(name) = parts.get(2) {
                        self.instances((name, false), (context, keyed), kind, links);
                    }
                }
                (of, Some(name)) if of == kind => self.instances((name, true), (context, keyed), kind, links),
                _ => {}
            }
        }
    }

    /// The instances of a resource that are meant.
    fn instances(
        &self,
        (name, managed): (&Step, bool),
        (context, keyed): (&Context<'n>, bool),
        kind: &str,
        links: &mut Links,
    ) {
        let named = (managed, kind, name.name.as_str(), context.module.clone());
        let all = self.instances.get(&named).map_or(&[][..], Vec::as_slice);
        if !self.may(all.len(), links) {
            return;
        }
        let with = |key: &Option<String>| {
            let mut keys = all.iter().copied();
            keys.find(|index| key.is_some() && self.resources[*index].key == *key)
        };
        let chosen = if name.key.is_some() {
            with(&name.key)
        } else if let [only] = all {
            Some(*only)
        } else {
            with(&context.key).filter(|_| keyed)
        };
        if let Some(index) = chosen {
            links.add(index);
            return;
        }
        links.unsure |= all.len() > 1;
        for index in all {
            links.add(*index);
        }
    }

    /// Which references are listed again, without their last part or their key.
    fn shorter(&self, split: &[Vec<Step>], links: &mut Links) -> Option<Vec<bool>> {
        let mut alike: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (index, parts) in split.iter().enumerate() {
            let names = (
                parts[0].name.as_str(),
                parts.get(1).map(|part| part.name.as_str()),
            );
            alike.entry(names).or_default().push(index);
        }
        let mut shorter = vec![false; split.len()];
        for group in alike.values() {
            if !self.may(group.len() * group.len(), links) {
                return None;
            }
            for index in group {
                let mut others = group.iter();
                shorter[*index] = others.any(|other| is_shorter(&split[*index], &split[*other]));
            }
        }
        Some(shorter)
    }

    /// What the call of the module gives a variable.
    fn variable(
        &self,
        name: &str,
        (context, keyed): (&Context<'n>, bool),
        kind: &str,
        depth: usize,
        links: &mut Links,
    ) {
        let Some((last, outer)) = context.module.split_last() else {
            links.opaque.insert(format!("var.{name}"));
            return;
        };
        let Some(call) = self.configuration.call(outer, &last.name) else {
            return;
        };
        let variables = call.get("expressions").map_or(0, |given| given.pairs().len());
        if !self.may(variables, links) {
            return;
        }
        let given = call.get("expressions").and_then(|given| given.get(name));
        let outer = Context {
            module: outer.to_vec(),
            key: last.key.clone().or_else(|| context.key.clone()),
            keyed: keyed && last.key.is_none(),
            each: references(call.get("for_each_expression")),
        };
        self.follow(&references(given), &outer, kind, depth + 1, links);
    }

    /// What outputs of a module are; without a name, all of them.
    fn output(
        &self,
        (module, output): (&Step, Option<&str>),
        (context, keyed): (&Context<'n>, bool),
        kind: &str,
        depth: usize,
        links: &mut Links,
    ) {
        let called = self.configuration.call(&context.module, &module.name);
        let Some(outputs) = called.and_then(|call| call.get("module")?.get("outputs")) else {
            return;
        };
        let mut keys = self.keys(&context.module, &module.name, links);
        if module.key.is_some() {
            keys.retain(|key| *key == module.key);
        } else if keys.len() > 1 && keyed && keys.contains(&context.key) {
            keys.retain(|key| *key == context.key);
        }
        links.unsure |= keys.len() > 1;
        for key in keys {
            if !self.may(outputs.pairs().len(), links) {
                return;
            }
            let mut path = context.module.clone();
            path.push(Step {
                name: module.name.clone(),
                key,
            });
            let inner = Context {
                module: path,
                key: context.key.clone(),
                keyed,
                each: Vec::new(),
            };
            let named = outputs.pairs().iter();
            for pair in named.filter(|pair| output.is_none_or(|output| pair.key == output)) {
                let all = references(pair.node.get("expression"));
                self.follow(&all, &inner, kind, depth + 1, links);
            }
        }
    }
    /// The keys of a module's instances that have resources.
    fn keys(&self, outer: &[Step], name: &str, links: &mut Links) -> BTreeSet<Option<String>> {
        let mut first = outer.to_vec();
        first.push(Step {
            name: name.to_owned(),
            key: None,
        });
        let level = outer.len();
        let mut keys = BTreeSet::new();
        for module in self.modules.range(first.as_slice()..) {
            let inside = module.starts_with(outer) && module.get(level).is_some_and(|step| step.name == name);
            if !inside || !self.may(1, links) {
                break;
            }
            keys.insert(module[level].key.clone());
        }
        keys
    }
}

/// Whether a reference asks which instance it is that refers.
fn is_own_key(parts: &[Step]) -> bool {
    let of = parts.get(1).map(|part| part.name.as_str());
    matches!(
        (parts[0].name.as_str(), of),
        ("each", Some("key" | "value")) | ("count", Some("index"))
    )
}

fn references(expression: Option<&Node>) -> Vec<&str> {
    let list = expression.and_then(|expression| expression.get("references"));
    list.map_or(&[][..], Node::items)
        .iter()
        .filter_map(Node::text)
        .collect()
}

/// Whether the one reference is what remains of the other: `w` of `w.id`, `w` of `w[0]`.
fn is_shorter(one: &[Step], other: &[Step]) -> bool {
    let same =
        |(one, other): (&Step, &Step)| one.name == other.name && (one.key.is_none() || one.key == other.key);
    one.len() <= other.len() && one != other && one.iter().zip(other).all(same)
}
