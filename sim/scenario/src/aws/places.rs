//! Where the values of an account stand in what was imported.

use std::collections::BTreeMap;

use super::node::Node;
use crate::read::Place;

/// The place of an object itself.
pub(crate) const OBJECT: &str = "";

/// Places of an object's values by their keys in a scenario. Places never differ in comparisons: objects
/// are the same when their values are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places(BTreeMap<&'static str, Place>);

impl PartialEq for Places {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Places {}

impl Places {
    /// The places of a body and of its members, from pairs of a scenario's key and AWS's member.
    pub(crate) fn of(body: &Node, table: &[(&'static str, &str)]) -> Self {
        let mut places = Self::default();
        places.insert(OBJECT, body.place.clone());
        for (key, member) in table {
            places.insert_node(key, body.get(member));
        }
        places
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Place> {
        self.0.get(key)
    }

    /// The first place given for a key stays.
    pub(crate) fn insert(&mut self, key: &'static str, place: Place) {
        self.0.entry(key).or_insert(place);
    }

    /// The value of a key stands nowhere: it was assumed.
    pub(crate) fn forget(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// The place of a value, if there is one.
    pub(crate) fn insert_node(&mut self, key: &'static str, node: Option<&Node>) {
        if let Some(node) = node {
            self.insert(key, first_value(node).place.clone());
        }
    }
}

/// The first value in a list or structure: its bracket may stand on a line of its own.
fn first_value(node: &Node) -> &Node {
    let inner = node
        .items()
        .first()
        .or(node.pairs().first().map(|pair| &pair.node));
    inner.map_or(node, first_value)
}
