//! `[study]`, `[[assert]]` and `[[outcome]]`.

use patchbench_model::config::{MaintenanceWindow, ScriptedOutcome, ScriptedResult};
use patchbench_model::fleet::NodePool;

use super::section::{Place, Problems, Section, choice, text};
use super::values::{date, duration, integer, number, probability};
use crate::codes;
use crate::document::Item;
use crate::problem::Problem;
use crate::scenario::{Assertion, Bound, Limits, Metric, Quantity, StudySettings};
use crate::suggest::nearest;

/// The seed when none is given: fixed, so that a scenario alone decides its results.
const DEFAULT_SEED: u64 = 42;
const DEFAULT_REPLICATIONS: u64 = 1000;

/// Reads `[study]`.
pub(crate) fn study(problems: &Problems, item: Option<&Item>, limits: &Limits) -> (StudySettings, Place) {
    let mut study = StudySettings {
        seed: DEFAULT_SEED,
        replications: DEFAULT_REPLICATIONS,
    };
    let Some(item) = item else {
        return (study, (0, 0..0));
    };
    let mut place = item.place();
    let Some(section) = Section::open(problems, item, "[study]", None) else {
        return (study, place);
    };
    if let Some(seed) = section
        .get("seed")
        .and_then(|item| integer(problems, item, 0, i64::MAX))
    {
        study.seed = seed as u64;
    }
    if let Some(item) = section.get("replications") {
        place = item.place();
        if let Some(count) = integer(problems, item, 1, i64::MAX) {
            if count as u64 > limits.max_replications {
                let message = format!("{count} replications; the limit is {}", limits.max_replications);
                problems.push(Problem::error(codes::SIZE, message).at(item.place()));
            } else {
                study.replications = count as u64;
            }
        }
    }
    section.close();
    (study, place)
}

/// What assertions and outcomes may refer to.
pub(crate) struct Known<'a> {
    pub(crate) pools: &'a [NodePool],
    pub(crate) windows: &'a [MaintenanceWindow],
}

impl Known<'_> {
    fn groups(&self) -> Vec<&str> {
        let mut groups: Vec<&str> = self
            .pools
            .iter()
            .filter_map(|pool| pool.patch_group.as_deref())
            .collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    fn node(&self, name: &str) -> Option<u32> {
        let mut first = 0;
        for pool in self.pools {
            if let Some(index) = pool.position_of(name) {
                return Some(first + index);
            }
            first += pool.count;
        }
        None
    }
}

/// Reads one `[[assert]]`.
pub(crate) fn assertion(
    problems: &Problems,
    item: &Item,
    number: usize,
    known: &Known<'_>,
) -> Option<Assertion> {
    let section = Section::open(problems, item, format!("assertion {number}"), None)?;
    let name = section
        .text("name")
        .map_or_else(|| format!("assertion {number}"), str::to_owned);
    let metric = section
        .require("metric", "metric = \"time_to_coverage\"")
        .and_then(|item| metric(problems, item));
    let mut assertion = Assertion {
        name,
        metric: metric.unwrap_or(Metric::Stop),
        group: None,
        severity: None,
        patch: None,
        window: None,
        coverage: None,
        bound: Bound::AtMost(Quantity::Number(0.0)),
        in_share: 0.95,
    };
    if let Some(item) = section.get("where") {
        slice(problems, item, known, &mut assertion);
    }
    coverage(problems, &section, metric, &mut assertion);
    if let Some(share) = section.get("in").and_then(|item| probability(problems, item)) {
        assertion.in_share = share;
    }
    let bound = bound(problems, &section, metric);
    section.close();
    metric?;
    assertion.bound = bound?;
    Some(assertion)
}

fn metric(problems: &Problems, item: &Item) -> Option<Metric> {
    let given = text(problems, item)?;
    let found = Metric::ALL.into_iter().find(|metric| metric.as_str() == given);
    if found.is_none() {
        let names = Metric::ALL.map(Metric::as_str);
        problems.push(
            Problem::error(codes::ASSERTION, format!("there is no metric \"{given}\""))
                .at(item.place())
                .note(format!("metrics: {}", names.join(", ")))
                .meant(nearest(given, names)),
        );
    }
    found
}

fn slice(problems: &Problems, item: &Item, known: &Known<'_>, assertion: &mut Assertion) {
    let Some(section) = Section::open(problems, item, "where", None) else {
        return;
    };
    let named = |key: &'static str, names: &[&str]| -> Option<String> {
        let item = section.get(key)?;
        let given = text(problems, item)?;
        if !names.contains(&given) {
            let list = if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            };
            problems.push(
                Problem::error(codes::REFERENCE, format!("there is no {key} \"{given}\""))
                    .at(item.place())
                    .note(format!("there is: {list}"))
                    .meant(nearest(given, names.iter().copied())),
            );
        }
        Some(given.to_owned())
    };
    assertion.group = named("group", &known.groups());
    let windows: Vec<&str> = known.windows.iter().map(|window| window.name.as_str()).collect();
    assertion.window = named("window", &windows);
    assertion.severity = section.text("severity").map(str::to_owned);
    assertion.patch = section.text("patch").map(str::to_owned);
    section.close();
}

fn coverage(problems: &Problems, section: &Section<'_>, metric: Option<Metric>, assertion: &mut Assertion) {
    let item = section.get("coverage");
    match (item, metric) {
        (Some(item), Some(Metric::TimeToCoverage)) => {
            let share = probability(problems, item);
            if share.is_some_and(|share| ![0.5, 0.9, 0.95, 1.0].contains(&share)) {
                let message = "coverage is recorded at 0.5, 0.9, 0.95 and 1 of the nodes";
                problems.push(Problem::error(codes::ASSERTION, message).at(item.place()));
            }
            assertion.coverage = share;
        }
        (None, Some(Metric::TimeToCoverage)) => {
            problems.push(
                Problem::error(codes::ASSERTION, "time_to_coverage needs a coverage")
                    .at(section.place())
                    .help("add coverage = 0.95"),
            );
        }
        (Some(item), Some(metric)) => {
            let message = format!("coverage has no meaning for {}", metric.as_str());
            problems.push(Problem::error(codes::ASSERTION, message).at(item.place()));
        }
        _ => {}
    }
}

fn bound(problems: &Problems, section: &Section<'_>, metric: Option<Metric>) -> Option<Bound> {
    let (most, least) = (section.get("at_most"), section.get("at_least"));
    let quantity = |item: &Item| match metric {
        Some(Metric::TimeToCoverage) => duration(problems, item).map(Quantity::Duration),
        Some(Metric::Stop) => probability(problems, item).map(Quantity::Number),
        Some(_) => number(problems, item).map(Quantity::Number),
        None => None,
    };
    match (most, least) {
        (Some(item), None) => quantity(item).map(Bound::AtMost),
        (None, Some(item)) => quantity(item).map(Bound::AtLeast),
        _ => {
            problems.push(
                Problem::error(
                    codes::ASSERTION,
                    format!("{} needs either at_most or at_least", section.name()),
                )
                .at(section.place())
                .help("add at_most = \"14d\""),
            );
            None
        }
    }
}

/// Reads one `[[outcome]]`.
pub(crate) fn outcome(
    problems: &Problems,
    item: &Item,
    number: usize,
    known: &Known<'_>,
) -> Option<ScriptedOutcome> {
    const RESULTS: [(&str, ScriptedResult); 7] = [
        ("Success", ScriptedResult::Success),
        ("Failed", ScriptedResult::Failed),
        ("ExecutionTimedOut", ScriptedResult::ExecutionTimedOut),
        ("DeliveryTimedOut", ScriptedResult::DeliveryTimedOut),
        ("Undeliverable", ScriptedResult::Undeliverable),
        ("InvalidPlatform", ScriptedResult::InvalidPlatform),
        ("AccessDenied", ScriptedResult::AccessDenied),
    ];
    let section = Section::open(problems, item, format!("outcome {number}"), None)?;
    let node = section.require("node", "node = \"web-3\"").and_then(|item| {
        let name = text(problems, item)?;
        let found = known.node(name);
        if found.is_none() {
            let pools: Vec<&str> = known.pools.iter().map(|pool| pool.name.as_str()).collect();
            problems.push(
                Problem::error(codes::REFERENCE, format!("there is no node \"{name}\""))
                    .at(item.place())
                    .note(format!(
                        "nodes are called NAME-1, NAME-2, … after their pool: {}",
                        pools.join(", ")
                    )),
            );
        }
        found
    });
    let window = section
        .get("window")
        .map(|item| window_named(problems, item, known));
    let task = section
        .get("task")
        .map(|item| task_named(problems, item, window.flatten(), known));
    let on = section.get("on").map(|item| date(problems, item));
    let result = section
        .require("result", "result = \"Failed\"")
        .and_then(|item| choice(problems, item, &RESULTS));
    section.close();
    let bound = |found: Option<Option<usize>>| match found {
        None => Some(None),
        Some(index) => index.map(Some),
    };
    Some(ScriptedOutcome {
        node: node?,
        window: bound(window)?,
        task: bound(task)?,
        on: match on {
            None => None,
            Some(date) => Some(date?),
        },
        result: result?,
    })
}

fn window_named(problems: &Problems, item: &Item, known: &Known<'_>) -> Option<usize> {
    let name = text(problems, item)?;
    let found = known.windows.iter().position(|window| window.name == name);
    if found.is_none() {
        let names: Vec<&str> = known.windows.iter().map(|window| window.name.as_str()).collect();
        problems.push(
            Problem::error(codes::REFERENCE, format!("there is no window \"{name}\""))
                .at(item.place())
                .meant(nearest(name, names.iter().copied())),
        );
    }
    found
}

fn task_named(problems: &Problems, item: &Item, window: Option<usize>, known: &Known<'_>) -> Option<usize> {
    let name = text(problems, item)?;
    let Some(window) = window else {
        problems.push(
            Problem::error(codes::REFERENCE, "a task is named together with its window").at(item.place()),
        );
        return None;
    };
    let tasks = &known.windows[window].tasks;
    let found = tasks.iter().position(|task| task.name == name);
    if found.is_none() {
        let names: Vec<&str> = tasks.iter().map(|task| task.name.as_str()).collect();
        problems.push(
            Problem::error(codes::REFERENCE, format!("the window has no task \"{name}\""))
                .at(item.place())
                .meant(nearest(name, names.iter().copied())),
        );
    }
    found
}
