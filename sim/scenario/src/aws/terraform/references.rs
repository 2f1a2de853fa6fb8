//! What an id is of that is known only after apply: the expressions of the configuration say it.

use std::collections::BTreeSet;

use super::super::node::Node;
use super::document::{Resource, Step, steps};

/// Expressions that lead to each other more often are not followed.
const DEEPEST: usize = 40;

/// More expressions are not followed for one value.
const MOST: usize = 2_000;

/// Follows references among the resources after a plan.
pub(super) struct Resolver<'d, 'n> {
    pub(super) resources: &'d [Resource<'n>],
    pub(super) configuration: Option<&'n Node>,
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
    followed: usize,
}

impl Links {
    fn add(&mut self, index: usize) {
        if !self.found.contains(&index) {
            self.found.push(index);
        }
    }
}

impl<'n> Resolver<'_, 'n> {
    /// What an attribute refers to, among resources of one type: `targets` and its block's number, or one
    /// such as `window_id`.
    pub(super) fn links(&self, resource: &Resource<'n>, path: (&str, Option<usize>), kind: &str) -> Links {
        let mut links = Links::default();
        let Some(configured) = self.configured(resource) else {
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

    /// The resource's block in the configuration.
    pub(super) fn configured(&self, resource: &Resource<'n>) -> Option<&'n Node> {
        let module = self.module(&resource.module)?;
        let of = |node: &&Node| {
            node.member("type") == Some(resource.kind)
                && node.member("name") == Some(resource.name)
                && (node.member("mode") != Some("data")) == resource.managed
        };
        module.get("resources")?.items().iter().find(of)
    }

    fn module(&self, path: &[Step]) -> Option<&'n Node> {
        path.iter().try_fold(self.configuration?, |module, step| {
            module.get("module_calls")?.get(&step.name)?.get("module")
        })
    }

    fn call(&self, path: &[Step], name: &str) -> Option<&'n Node> {
        self.module(path)?.get("module_calls")?.get(name)
    }

    fn follow(&self, all: &[&'n str], context: &Context<'n>, kind: &str, depth: usize, links: &mut Links) {
        let split: Vec<Vec<Step>> = all.iter().map(|reference| steps(reference)).collect();
        let own_key = |parts: &Vec<Step>| {
            let names = (
                parts[0].name.as_str(),
                parts.get(1).map(|part| part.name.as_str()),
            );
            matches!(names, ("each", Some("key" | "value")) | ("count", Some("index")))
        };
        let keyed = context.keyed || split.iter().any(own_key);
        for (index, parts) in split.iter().enumerate() {
            links.followed += 1;
            if depth > DEEPEST || links.followed > MOST {
                return;
            }
            // A reference is listed again without its last part, and without its key.
            let shorter = |other: &Vec<Step>| is_shorter(parts, other);
            if split
                .iter()
                .enumerate()
                .any(|(at, other)| at != index && shorter(other))
            {
                continue;
            }
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
        let of = |known: &Resource<'_>| {
            known.kind == kind
                && known.name == name.name
                && known.managed == managed
                && known.module == context.module
        };
        let all: Vec<usize> = (0..self.resources.len())
            .filter(|index| of(&self.resources[*index]))
            .collect();
        let with = |key: &Option<String>| {
            let mut keys = all.iter().copied();
            keys.find(|index| key.is_some() && self.resources[*index].key == *key)
        };
        let chosen = if name.key.is_some() {
            with(&name.key)
        } else if let [only] = all.as_slice() {
            Some(*only)
        } else {
            with(&context.key).filter(|_| keyed)
        };
        if let Some(index) = chosen {
            links.add(index);
            return;
        }
        links.unsure |= all.len() > 1;
        for index in &all {
            links.add(*index);
        }
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
        let Some(call) = self.call(outer, &last.name) else {
            return;
        };
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
        let called = self.call(&context.module, &module.name);
        let Some(outputs) = called.and_then(|call| call.get("module")?.get("outputs")) else {
            return;
        };
        let level = context.module.len();
        let inside = self.resources.iter().filter(|known| {
            let step = known.module.get(level);
            known.module.starts_with(&context.module) && step.is_some_and(|step| step.name == module.name)
        });
        let mut keys: BTreeSet<Option<String>> =
            inside.map(|known| known.module[level].key.clone()).collect();
        if module.key.is_some() {
            keys.retain(|key| *key == module.key);
        } else if keys.len() > 1 && keyed && keys.contains(&context.key) {
            keys.retain(|key| *key == context.key);
        }
        links.unsure |= keys.len() > 1;
        for key in keys {
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
