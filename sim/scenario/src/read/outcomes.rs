//! `[[outcome]]`: outcomes that are given instead of drawn.

use patchbench_model::config::{ScriptedOutcome, ScriptedResult};

use super::nodes::Nodes;
use super::section::{Place, Problems, Section, choice, optional, text};
use super::values::date;
use super::windows::Windows;
use crate::codes;
use crate::document::Item;
use crate::problem::Problem;
use crate::suggest::{listing, nearest};

/// How a run may end, by name.
pub(crate) const RESULTS: [(&str, ScriptedResult); 7] = [
    ("Success", ScriptedResult::Success),
    ("Failed", ScriptedResult::Failed),
    ("ExecutionTimedOut", ScriptedResult::ExecutionTimedOut),
    ("DeliveryTimedOut", ScriptedResult::DeliveryTimedOut),
    ("Undeliverable", ScriptedResult::Undeliverable),
    ("InvalidPlatform", ScriptedResult::InvalidPlatform),
    ("AccessDenied", ScriptedResult::AccessDenied),
];

/// Reads all `[[outcome]]` items, each with its place.
pub(crate) fn outcomes(
    problems: &Problems,
    items: &[Item],
    nodes: &Nodes,
    windows: &Windows,
) -> (Vec<ScriptedOutcome>, Vec<Place>) {
    let read = items.iter().enumerate().filter_map(|(number, item)| {
        let outcome = outcome(problems, item, number + 1, (nodes, windows))?;
        Some((outcome, item.place()))
    });
    read.unzip()
}

/// Reads one `[[outcome]]`.
fn outcome(
    problems: &Problems,
    item: &Item,
    number: usize,
    (nodes, windows): (&Nodes, &Windows),
) -> Option<ScriptedOutcome> {
    let section = Section::open(problems, item, format!("outcome {number}"), None)?;
    let node = section.require("node", "node = \"web-3\"").and_then(|item| {
        let name = text(problems, item)?;
        let found = nodes.names.number(name);
        if found.is_none() && nodes.complete {
            problems.push(
                Problem::error(codes::REFERENCE, format!("there is no node \"{name}\""))
                    .at(item.place())
                    .note(nodes.names.hint(name)),
            );
        }
        found
    });
    let window_item = section.get("window");
    let window = optional(window_item, |item| window_named(problems, item, windows));
    let task = optional(section.get("task"), |item| {
        if window_item.is_none() {
            let problem = Problem::error(codes::REFERENCE, "a task is named together with its window");
            problems.push(problem.at(item.place()).help("add window = \"NAME\""));
        }
        task_named(problems, item, window.ok().flatten()?, windows)
    });
    let on = optional(section.get("on"), |item| date(problems, item));
    let result = section
        .require("result", "result = \"Failed\"")
        .and_then(|item| choice(problems, item, &RESULTS));
    section.close();
    Some(ScriptedOutcome {
        node: node?,
        window: window.ok()?,
        task: task.ok()?,
        on: on.ok()?,
        result: result?,
    })
}

fn window_named(problems: &Problems, item: &Item, windows: &Windows) -> Option<usize> {
    let name = text(problems, item)?;
    if !windows.declares(name) {
        problems.push(
            Problem::error(codes::REFERENCE, format!("there is no window \"{name}\""))
                .at(item.place())
                .note(format!("there is: {}", listing(windows.names())))
                .meant(nearest(name, windows.names())),
        );
    }
    windows.named(name)
}

fn task_named(problems: &Problems, item: &Item, window: usize, windows: &Windows) -> Option<usize> {
    let name = text(problems, item)?;
    let tasks = &windows.list[window].tasks;
    let found = tasks.iter().position(|task| task.name == name);
    if found.is_none() && windows.places[window].complete {
        let names = || tasks.iter().map(|task| task.name.as_str());
        problems.push(
            Problem::error(codes::REFERENCE, format!("the window has no task \"{name}\""))
                .at(item.place())
                .note(format!("its tasks: {}", listing(names())))
                .meant(nearest(name, names())),
        );
    }
    found
}
