//! The dated changes of a scenario, one line each.

use patchbench_model::config::{Change, ModelConfig};

use crate::date_time;

/// What a change is told by: its name, else what it sets.
pub(crate) fn change_lines(config: &ModelConfig) -> Vec<String> {
    let simulated = config.changes.iter().filter(|change| change.at <= config.horizon);
    simulated
        .map(|change| format!("{}  {}", date_time(change.at), told(change)))
        .collect()
}

fn told(change: &Change) -> String {
    if let Some(name) = &change.name {
        return name.clone();
    }
    let edits = change.edits.iter();
    let edits: Vec<String> = edits
        .map(|edit| format!("{} = {}", edit.path, shortened(&edit.value)))
        .collect();
    edits.join("; ")
}

/// A value that fits into a line.
pub(crate) fn shortened(value: &str) -> String {
    const MOST: usize = 60;
    if value.chars().count() <= MOST {
        return value.to_owned();
    }
    let begin: String = value.chars().take(MOST).collect();
    format!("{begin}…")
}
