//! What members a request or answer may have, and values checked against that. Semantics, section 9.1.

use super::node::{Data, Node, Pair};
use crate::codes;
use crate::problem::Problem;
use crate::read::Problems;
use crate::suggest::{listing, nearest};

/// What a member takes.
#[derive(Debug)]
pub(crate) enum Shape {
    /// A text of so many characters.
    Text(usize, usize),
    /// A whole number from one to the other.
    Integer(i64, i64),
    Flag,
    /// One of a few texts.
    Choice(&'static [&'static str]),
    /// So many values of one shape.
    List(&'static Shape, usize, usize),
    /// Values of one shape under names of the user's own.
    Map(&'static Shape),
    Structure(&'static [Member]),
    Anything,
}

/// A member of a structure.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
    pub(crate) role: Role,
}

/// What becomes of a member.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    /// It becomes part of the scenario, or says nothing about patching.
    Read,
    /// It is left out, and that is told with the reason.
    Dropped(&'static str),
}

impl Member {
    pub(crate) const fn required(name: &'static str, shape: Shape) -> Self {
        Self {
            name,
            shape,
            required: true,
            role: Role::Read,
        }
    }

    pub(crate) const fn optional(name: &'static str, shape: Shape) -> Self {
        Self {
            name,
            shape,
            required: false,
            role: Role::Read,
        }
    }

    pub(crate) const fn dropped(name: &'static str, shape: Shape, why: &'static str) -> Self {
        Self {
            name,
            shape,
            required: false,
            role: Role::Dropped(why),
        }
    }
}

/// Which notation a value came in: this decides what counts as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notation {
    /// Words and shorthand know only texts; one value may stand for a list of one.
    Words,
    Json,
}

impl Shape {
    /// A value without the members that its structures do not have, and these. An answer may be newer than
    /// this program.
    pub(crate) fn known(&self, node: &Node) -> (Node, Vec<Pair>) {
        let mut unknown = Vec::new();
        let node = self.without_unknown(node, &mut unknown);
        (node, unknown)
    }

    fn without_unknown(&self, node: &Node, unknown: &mut Vec<Pair>) -> Node {
        let data = match (self, &node.data) {
            (Self::List(of, ..), Data::List(items)) => {
                let items = items.iter().map(|item| of.without_unknown(item, unknown));
                Data::List(items.collect())
            }
            (Self::Map(of), Data::Map(pairs)) => {
                let mut pair = |pair: &Pair| Pair {
                    node: of.without_unknown(&pair.node, unknown),
                    ..pair.clone()
                };
                Data::Map(pairs.iter().map(&mut pair).collect())
            }
            (Self::Structure(members), Data::Map(pairs)) => {
                let mut kept = Vec::new();
                for pair in pairs {
                    match members.iter().find(|member| member.name == pair.key) {
                        Some(member) => kept.push(Pair {
                            node: member.shape.without_unknown(&pair.node, unknown),
                            ..pair.clone()
                        }),
                        None => unknown.push(pair.clone()),
                    }
                }
                Data::Map(kept)
            }
            (_, data) => data.clone(),
        };
        Node::new(node.place.clone(), data)
    }
}

/// Checks values; collects problems and what was dropped.
pub(crate) struct Checker<'p> {
    pub(crate) problems: &'p Problems,
    pub(crate) notation: Notation,
    /// What was dropped: the member with its place, and why.
    pub(crate) dropped: Vec<(Pair, &'static str)>,
}

impl Checker<'_> {
    /// A value as its shape wants it, or `None` when it does not fit.
    pub(crate) fn value(&mut self, node: &Node, shape: &Shape, name: &str) -> Option<Node> {
        let data = match shape {
            Shape::Anything => node.data.clone(),
            Shape::Text(least, most) => Data::Text(self.text(node, (*least, *most), name)?),
            Shape::Integer(low, high) => Data::Number(self.integer(node, (*low, *high), name)?.to_string()),
            Shape::Flag => Data::Flag(self.flag(node, name)?),
            Shape::Choice(choices) => Data::Text(self.choice(node, choices, name)?),
            Shape::List(of, least, most) => Data::List(self.list(node, of, (*least, *most), name)?),
            Shape::Map(of) => Data::Map(self.map(node, of, name)?),
            Shape::Structure(members) => Data::Map(self.structure(node, members, name)?),
        };
        Some(Node::new(node.place.clone(), data))
    }

    fn refuse<T>(&self, node: &Node, message: String) -> Option<T> {
        self.problems
            .push(Problem::error(codes::REQUEST, message).at(node.place.clone()));
        None
    }

    fn text(&self, node: &Node, (least, most): (usize, usize), name: &str) -> Option<String> {
        let text = match &node.data {
            Data::Text(text) | Data::Number(text) => text.clone(),
            Data::Flag(flag) => flag.to_string(),
            Data::List(_) if self.notation == Notation::Words => {
                let message = format!("{name} takes one text, not several");
                let problem = Problem::error(codes::REQUEST, message).at(node.place.clone());
                self.problems
                    .push(problem.help("a comma within a value is written \\,"));
                return None;
            }
            _ => return self.refuse(node, format!("{name} takes a text, not {}", node.kind())),
        };
        let length = text.chars().count();
        if (least..=most).contains(&length) {
            return Some(text);
        }
        let message = match most {
            usize::MAX => format!("{name} is empty"),
            _ => format!("{name} has {length} characters; AWS takes {least} to {most}"),
        };
        self.refuse(node, message)
    }

    fn integer(&self, node: &Node, (low, high): (i64, i64), name: &str) -> Option<i64> {
        match node.integer() {
            Some(number) if (low..=high).contains(&number) => Some(number),
            Some(number) => self.refuse(node, format!("{name} is {number}; AWS takes {low} to {high}")),
            None => {
                let given = match &node.data {
                    Data::Text(text) | Data::Number(text) => format!("`{text}`"),
                    _ => node.kind().to_owned(),
                };
                self.refuse(node, format!("{name} takes a whole number, not {given}"))
            }
        }
    }

    fn flag(&self, node: &Node, name: &str) -> Option<bool> {
        let word = node.text().map(str::to_ascii_lowercase);
        match (node.flag(), word.as_deref()) {
            (Some(flag), _) => Some(flag),
            (None, Some("true")) => Some(true),
            (None, Some("false")) => Some(false),
            _ => self.refuse(node, format!("{name} takes true or false")),
        }
    }

    fn choice(&self, node: &Node, choices: &[&'static str], name: &str) -> Option<String> {
        let given = self.text(node, (0, usize::MAX), name)?;
        if choices.contains(&given.as_str()) {
            return Some(given);
        }
        let names = || choices.iter().copied();
        let problem = Problem::error(codes::REQUEST, format!("{name} cannot be `{given}`"));
        self.problems.push(
            problem
                .at(node.place.clone())
                .note(format!("allowed: {}", listing(names())))
                .meant(nearest(&given, names())),
        );
        None
    }

    fn list(
        &mut self,
        node: &Node,
        of: &Shape,
        (least, most): (usize, usize),
        name: &str,
    ) -> Option<Vec<Node>> {
        let items = match &node.data {
            Data::List(items) => items.as_slice(),
            _ if self.notation == Notation::Words => std::slice::from_ref(node),
            _ => return self.refuse(node, format!("{name} takes a list, not {}", node.kind())),
        };
        if !(least..=most).contains(&items.len()) {
            let message = format!("{name} has {} values; AWS takes {least} to {most}", items.len());
            return self.refuse(node, message);
        }
        let found: Vec<Option<Node>> = items.iter().map(|item| self.value(item, of, name)).collect();
        found.into_iter().collect()
    }

    fn map(&mut self, node: &Node, of: &Shape, name: &str) -> Option<Vec<Pair>> {
        let Data::Map(pairs) = &node.data else {
            return self.refuse(
                node,
                format!("{name} takes NAME=VALUE pairs, not {}", node.kind()),
            );
        };
        let pair = |pair: &Pair| {
            let node = self.value(&pair.node, of, &format!("{name}.{}", pair.key))?;
            Some(Pair { node, ..pair.clone() })
        };
        let found: Vec<Option<Pair>> = pairs.iter().map(pair).collect();
        found.into_iter().collect()
    }

    fn structure(&mut self, node: &Node, members: &'static [Member], name: &str) -> Option<Vec<Pair>> {
        if !matches!(node.data, Data::Map(_)) {
            let names = listing(members.iter().map(|member| member.name));
            let message = format!("{name} takes a structure of {names}, not {}", node.kind());
            return self.refuse(node, message);
        }
        let misspelt = self.unknown(node, members, name);
        let mut complete = misspelt.is_empty();
        let mut pairs = Vec::new();
        for member in members {
            let Some(given) = node.pair(member.name) else {
                complete &= !member.required;
                if member.required && !misspelt.contains(&Some(member.name)) {
                    self.refuse::<()>(node, format!("{name} has no {}, which AWS requires", member.name));
                }
                continue;
            };
            match self.value(&given.node, &member.shape, member.name) {
                Some(node) => {
                    let pair = Pair {
                        node,
                        ..given.clone()
                    };
                    match member.role {
                        Role::Read => pairs.push(pair),
                        Role::Dropped(why) => self.dropped.push((pair, why)),
                    }
                }
                None => complete = false,
            }
        }
        complete.then_some(pairs)
    }

    /// Tells the members of a structure that it does not have; returns what was meant by each.
    fn unknown(&self, node: &Node, members: &'static [Member], name: &str) -> Vec<Option<&'static str>> {
        let names = || members.iter().map(|member| member.name);
        let unknown = node
            .pairs()
            .iter()
            .filter(|pair| !names().any(|known| known == pair.key));
        let tell = |pair: &Pair| {
            let meant = nearest(&pair.key, names());
            self.problems.push(
                Problem::error(codes::REQUEST, format!("{name} has no member `{}`", pair.key))
                    .at(pair.place.clone())
                    .note(format!("members: {}", listing(names())))
                    .meant(meant),
            );
            meant
        };
        unknown.map(tell).collect()
    }
}
