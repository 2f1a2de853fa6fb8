//! Values of requests and answers, from whatever notation, each with its place.

use std::collections::BTreeMap;

use crate::read::Place;

/// Deeper values are refused, so that no text can exhaust the stack.
pub(crate) const DEEPEST: usize = 32;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) data: Data,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Data {
    Null,
    Flag(bool),
    /// As it is written.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Pair>),
}

/// A member of a map, in the order in which it was written; names occur once.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) node: Node,
}

/// The members of a map while it is read.
#[derive(Default)]
pub(super) struct Members {
    pairs: Vec<Pair>,
    places: BTreeMap<String, usize>,
}

impl Members {
    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Adds a member. One of this name keeps its turn, and is returned: the new one stands there now.
    pub(super) fn insert(&mut self, pair: Pair) -> Option<Pair> {
        if let Some(index) = self.places.get(&pair.key) {
            return Some(std::mem::replace(&mut self.pairs[*index], pair));
        }
        self.places.insert(pair.key.clone(), self.pairs.len());
        self.pairs.push(pair);
        None
    }

    /// The members, in order.
    pub(super) fn into_pairs(self) -> Vec<Pair> {
        self.pairs
    }
}

impl Node {
    pub(crate) const fn new(place: Place, data: Data) -> Self {
        Self { place, data }
    }

    pub(crate) fn text_at(place: Place, text: impl Into<String>) -> Self {
        Self::new(place, Data::Text(text.into()))
    }

    /// A member, unless it is absent or null.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.pair(key).map(|pair| &pair.node)
    }

    /// A member with its name, unless it is absent or null.
    pub(crate) fn pair(&self, key: &str) -> Option<&Pair> {
        self.pairs()
            .iter()
            .find(|pair| pair.key == key && pair.node.data != Data::Null)
    }

    pub(crate) fn pairs(&self) -> &[Pair] {
        match &self.data {
            Data::Map(pairs) => pairs,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Self] {
        match &self.data {
            Data::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) const fn is_list(&self) -> bool {
        matches!(self.data, Data::List(_))
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number, written as a number or as text.
    pub(crate) fn integer(&self) -> Option<i64> {
        match &self.data {
            Data::Number(text) | Data::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    pub(crate) const fn flag(&self) -> Option<bool> {
        match self.data {
            Data::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    /// Whether a member is true.
    pub(super) fn is_set(&self, key: &str) -> bool {
        self.get(key).and_then(Self::flag).unwrap_or(false)
    }

    /// The text of a member.
    pub(crate) fn member(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::text)
    }

    /// The texts of a list.
    pub(crate) fn texts(&self) -> Vec<String> {
        let texts = self.items().iter().filter_map(Self::text);
        texts.map(str::to_owned).collect()
    }

    /// The texts of a member that is a list.
    pub(crate) fn member_texts(&self, key: &str) -> Vec<String> {
        self.get(key).map(Self::texts).unwrap_or_default()
    }

    /// What kind of value it is, for messages.
    pub(crate) const fn kind(&self) -> &'static str {
        match self.data {
            Data::Null => "null",
            Data::Flag(_) => "true or false",
            Data::Number(_) => "a number",
            Data::Text(_) => "a text",
            Data::List(_) => "a list",
            Data::Map(_) => "a structure",
        }
    }
}
