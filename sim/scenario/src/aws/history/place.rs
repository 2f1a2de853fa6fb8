//! Behaviours put into a scenario, whose text stays as it is otherwise.

use toml_edit::{DocumentMut, Item, TableLike, Value};

/// The scenario with the tables at its end, and the pools using them: each pool with the name of its
/// behaviour.
///
/// # Errors
/// Why it cannot be edited.
pub(super) fn put(scenario: &str, pools: &[(String, String)], tables: &str) -> Result<String, String> {
    let mut document: DocumentMut = scenario.parse().map_err(|error| format!("{error}"))?;
    for (pool, behavior) in pools {
        let table = pool_of(&mut document, pool);
        let table = table.ok_or_else(|| format!("[nodes.{pool}] cannot be found in its text"))?;
        refer(table, behavior);
    }
    let mut text = document.to_string();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text + "\n" + tables)
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
