//! Behaviours put into a scenario, whose text stays as it is otherwise.

use patchbench_model::fleet::NodePool;
use toml_edit::{DocumentMut, Item, TableLike, Value};

/// A scenario's text while behaviours are put into it.
pub(super) struct Editable {
    document: DocumentMut,
}

impl Editable {
    /// # Errors
    /// Why it cannot be edited.
    pub(super) fn new(scenario: &str) -> Result<Self, String> {
        let document = scenario.parse().map_err(|error| format!("{error}"))?;
        Ok(Self { document })
    }

    /// Whether a pool stands in the text: nodes that a file lists do not, though a pool of them may have
    /// the name of one that does.
    pub(super) fn has(&self, pool: &NodePool) -> bool {
        let nodes = self.document.get("nodes").and_then(Item::as_table_like);
        let table = nodes.and_then(|nodes| nodes.get(&pool.name)?.as_table_like());
        let Some(table) = table else { return false };
        let ids = table.get("ids").and_then(Item::as_array);
        match (pool.names.as_deref(), ids) {
            (None, _) => true,
            (Some([first, ..]), Some(ids)) => ids.iter().any(|id| id.as_str() == Some(first)),
            (Some(_), _) => false,
        }
    }

    /// The scenario with the tables at its end, and the pools using them: each pool with the name of its
    /// behaviour.
    ///
    /// # Errors
    /// Why it cannot be edited.
    pub(super) fn put(mut self, pools: &[(String, String)], tables: &str) -> Result<String, String> {
        for (pool, behavior) in pools {
            let table = pool_of(&mut self.document, pool);
            let table = table.ok_or_else(|| format!("[nodes.{pool}] cannot be found in its text"))?;
            refer(table, behavior);
        }
        let mut text = self.document.to_string();
        if !text.ends_with('\n') {
            text.push('\n');
        }
        Ok(text + "\n" + tables)
    }
}

fn pool_of<'d>(document: &'d mut DocumentMut, pool: &str) -> Option<&'d mut dyn TableLike> {
    let nodes = document.get_mut("nodes")?.as_table_like_mut()?;
    nodes.get_mut(pool)?.as_table_like_mut()
}

/// Sets the reference; a comment behind an older one stays.
fn refer(table: &mut dyn TableLike, behavior: &str) {
    let mut value = Value::from(behavior);
    let old = table.get("behavior").and_then(Item::as_value);
    if let Some(old) = old {
        *value.decor_mut() = old.decor().clone();
    }
    match table.get_mut("behavior") {
        Some(item) => *item = Item::Value(value),
        None => {
            table.insert("behavior", Item::Value(value));
        }
    }
}
