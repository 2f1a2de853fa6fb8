//! What a scenario has and AWS has not.

use crate::document::{Entry, Item, Value};
use crate::numbers::counted;
use crate::suggest::listing;

/// Sections that become requests, and what says when the simulation runs.
const EXPORTED: [&str; 6] = ["format", "name", "start", "horizon", "baseline", "window"];

/// Why a section is left out, by its key.
const REASONS: [(&str, &str); 16] = [
    (
        "nodes",
        "nodes are there or are not; their tags are set where the scenario knows their ids",
    ),
    ("releases", "vendors release patches"),
    ("behavior", "how nodes take patches is theirs"),
    ("freeze", "windows have none: disable them for the time"),
    (
        "change",
        "dated changes are made by hand when their time has come",
    ),
    ("outcome", "scripted outcomes are for the simulation"),
    ("assert", "assertions are for the simulation"),
    ("study", "how the scenario is studied"),
    ("sweep", "how the scenario is studied"),
    ("settings", "AWS behaves as it does"),
    ("sla", "what a run is measured by"),
    ("exploitation", "what a run is measured by"),
    ("patch_policy", "patch policies are set up in Quick Setup"),
    ("bad_patches", "bad patches are for the simulation"),
    ("monitoring", "monitoring is for the simulation"),
    (
        "configuration_class",
        "what bad patches break is for the simulation",
    ),
];

/// One line for each kind of thing that is no part of the export.
pub(super) fn left_out(document: &Item) -> Vec<String> {
    let Value::Table(entries) = &document.value else {
        return Vec::new();
    };
    entries.iter().filter_map(line).collect()
}

fn line(entry: &Entry) -> Option<String> {
    let key = entry.key.as_str();
    if EXPORTED.contains(&key) {
        return None;
    }
    if key == "command" {
        return patch_now(entry);
    }
    let reason = REASONS.iter().find(|(known, _)| *known == key);
    let reason = reason.map_or("AWS has no such thing", |(_, reason)| *reason);
    let what = match &entry.item.value {
        Value::Table(entries) => listing(entries.iter().map(|entry| entry.key.as_str())),
        Value::List(items) => counted(items.len() as u64, "item"),
        _ => return Some(format!("{key}: {reason}")),
    };
    Some(format!("{key} ({what}): {reason}"))
}

/// Commands that no request sends.
fn patch_now(entry: &Entry) -> Option<String> {
    let Value::Table(commands) = &entry.item.value else {
        return None;
    };
    let kind = |entry: &Entry| match &entry.item.value {
        Value::Table(keys) => keys.iter().any(|key| {
            key.key == "kind" && matches!(&key.item.value, Value::Text(kind) if kind == "patch_now")
        }),
        _ => false,
    };
    let names: Vec<&str> = commands
        .iter()
        .filter(|command| kind(command))
        .map(|command| command.key.as_str())
        .collect();
    let names = (!names.is_empty()).then(|| listing(names));
    names.map(|names| format!("command ({names}): Patch now is a button of the console"))
}
