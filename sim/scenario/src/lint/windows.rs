//! Windows that never open, targets that match nobody, limits that round to nothing, quotas.

use std::collections::BTreeSet;

use patchbench_kernel::SimTime;
use patchbench_model::clock::{from_utc, to_utc};
use patchbench_model::config::{MaintenanceWindow, Operation, Surface, TaskTarget};
use patchbench_model::ssm::{NodeSet, Target, TargetKey, resolve_max_errors};
use patchbench_model::units::RateLimit;
use patchbench_model::world::Plan;

use super::{MOST, Placed};
use crate::codes;
use crate::numbers::counted;
use crate::problem::Problem;
use crate::read::{Place, Problems, WindowPlaces};
use crate::suggest::nearest;

/// Looks at every window.
pub(super) fn windows(problems: &Problems, plan: &Plan<'_>, placed: &Placed<'_>) {
    for (index, places) in placed.windows.iter().enumerate() {
        never_opens(problems, plan, index, places);
        unused_targets(problems, &plan.config.windows[index], places);
        unknown_instances(problems, &plan.config.windows[index], (places, placed));
        for (task, (place, errors)) in places.tasks.iter().enumerate() {
            step_timeout(problems, plan, (index, task), place);
            rounds_to_zero(problems, plan, (index, task), errors.as_ref());
        }
    }
    quotas(problems, plan, placed);
}

fn never_opens(problems: &Problems, plan: &Plan<'_>, index: usize, places: &WindowPlaces) {
    let window = &plan.config.windows[index];
    let enabled = plan.versions[index].iter().any(|known| known.window.enabled);
    if !plan.openings[index].is_empty() || !enabled {
        return;
    }
    let (start, horizon) = (plan.config.start, plan.config.horizon);
    let verb = if window.surface.closes() { "opens" } else { "runs" };
    let message = format!(
        "{} \"{}\" never {verb} between {start} and {horizon}",
        window.surface.noun(),
        window.name
    );
    // A window that a change creates does not open before it.
    let since = to_utc(plan.versions[index].last().map_or(start, |known| known.from));
    let next = window.schedule.openings(since, since).next();
    let note = next.map_or_else(
        || "its schedule has no further opening".to_owned(),
        |opening| format!("it {verb} next on {}", from_utc(opening.at)),
    );
    problems.push(
        Problem::warning(codes::NEVER_OPENS, message)
            .at(places.window.clone())
            .note(note),
    );
}

fn unused_targets(problems: &Problems, window: &MaintenanceWindow, places: &WindowPlaces) {
    let named = window.tasks.iter().flat_map(|task| &task.targets);
    let mut used = BTreeSet::new();
    for target in named {
        match target {
            TaskTarget::Window(index) => used.insert(*index),
            // Targets of the window also say which nodes a task with targets of its own may reach.
            TaskTarget::Direct(_) => return,
        };
    }
    let unused = places
        .targets
        .iter()
        .enumerate()
        .filter(|(index, _)| !used.contains(index));
    for (index, place) in unused.take(MOST) {
        let (target, window) = (&window.targets[index].name, &window.name);
        let message = format!("no task uses target \"{target}\" of window \"{window}\"");
        problems.push(Problem::warning(codes::UNUSED, message).at(place.clone()));
    }
}

/// Ids in targets that no node has.
fn unknown_instances(
    problems: &Problems,
    window: &MaintenanceWindow,
    (places, placed): (&WindowPlaces, &Placed<'_>),
) {
    let registered = window.targets.iter().zip(&places.targets);
    let registered = registered.map(|(target, place)| (&target.targets, place));
    let own = window
        .tasks
        .iter()
        .zip(&places.tasks)
        .flat_map(|(task, (place, _))| {
            task.targets.iter().filter_map(move |target| match target {
                TaskTarget::Direct(targets) => Some((targets, place)),
                TaskTarget::Window(_) => None,
            })
        });
    for (targets, place) in registered.chain(own) {
        let ids = targets
            .iter()
            .filter(|target| target.key == TargetKey::InstanceIds);
        let mut unknown = ids
            .flat_map(|target| &target.values)
            .filter(|id| placed.nodes.number(id).is_none());
        if let Some(first) = unknown.next() {
            let message = match unknown.count() {
                0 => format!("there is no node \"{first}\""),
                more => format!(
                    "there are no nodes \"{first}\" and {}",
                    counted(more as u64, "other")
                ),
            };
            let problem = Problem::warning(codes::MATCHES_NOBODY, message).at(place.clone());
            problems.push(problem.note(placed.nodes.hint(first)));
        }
    }
}

/// No task reaches anybody: one error that says why the first one does not.
pub(super) fn nothing_targeted(problems: &Problems, plan: &Plan<'_>, placed: &Placed<'_>) {
    let first = placed
        .windows
        .iter()
        .enumerate()
        .find(|(_, places)| !places.tasks.is_empty());
    let message = "no task of any window reaches any node";
    let problem = Problem::error(codes::NOTHING_TARGETED, message);
    if let Some((window, places)) = first {
        let place = places.tasks[0].0.clone();
        problems.push(why_nobody(problem.at(place), plan, (window, 0)));
    } else {
        let place = placed
            .windows
            .first()
            .map_or((0, 0..0), |places| places.window.clone());
        let help = "give a window a target that matches the nodes' tags, and a task that uses it";
        problems.push(problem.at(place).help(help));
    }
}

/// Tasks that match no node.
pub(super) fn targets(problems: &Problems, plan: &Plan<'_>, placed: &Placed<'_>) {
    for (window, places) in placed.windows.iter().enumerate() {
        for (task, (place, _)) in places.tasks.iter().enumerate() {
            if !plan.reach(window, task).is_empty() {
                continue;
            }
            let known = &plan.config.windows[window];
            let message = format!(
                "task \"{}\" of {} \"{}\" matches no node",
                known.tasks[task].name,
                known.surface.noun(),
                known.name
            );
            let problem = Problem::warning(codes::MATCHES_NOBODY, message).at(place.clone());
            problems.push(why_nobody(problem, plan, (window, task)));
        }
    }
}

/// Adds why a task matches nobody, as far as that can be seen.
fn why_nobody(problem: Problem, plan: &Plan<'_>, (window, task): (usize, usize)) -> Problem {
    let known = &plan.config.windows[window];
    let targets = &known.tasks[task].targets;
    let entries = targets.iter().flat_map(|target| match target {
        TaskTarget::Window(index) => &known.targets[*index].targets,
        TaskTarget::Direct(entries) => entries,
    });
    let direct = targets
        .iter()
        .any(|target| matches!(target, TaskTarget::Direct(_)));
    let mut problem = problem.note("tag keys and values are compared exactly");
    if direct && !known.allow_unassociated_targets {
        problem = problem.note(
            "without allow_unassociated_targets a task with targets of its own reaches only nodes of the window's targets",
        );
    }
    for entry in entries {
        if let Some(note) = unmatched_tag(plan, entry) {
            problem = problem.note(note);
        }
    }
    problem
}

/// A tag that no node has, or none with one of the values.
fn unmatched_tag(plan: &Plan<'_>, entry: &Target) -> Option<String> {
    let TargetKey::Tag(key) = &entry.key else {
        return None;
    };
    let pools = || plan.config.pools.iter();
    let values: BTreeSet<&str> = pools()
        .filter_map(|pool| pool.tags.get(key))
        .map(String::as_str)
        .collect();
    if values.is_empty() {
        let keys: BTreeSet<&str> = pools()
            .flat_map(|pool| pool.tags.keys())
            .map(String::as_str)
            .collect();
        let meant = nearest(key, keys).map_or(String::new(), |meant| format!(" (but `{meant}`)"));
        return Some(format!("no node has a tag `{key}`{meant}"));
    }
    let wanted = entry
        .values
        .iter()
        .find(|value| !values.contains(value.as_str()))?;
    let meant = nearest(wanted, values).map_or(String::new(), |meant| format!(" (but \"{meant}\")"));
    Some(format!("no node has `{key}` = \"{wanted}\"{meant}"))
}

fn step_timeout(problems: &Problems, plan: &Plan<'_>, (window, task): (usize, usize), place: &Place) {
    let known = &plan.config.windows[window].tasks[task];
    let limit = f64::from(known.step_timeout_seconds) * 1000.0;
    let ranges = plan.reach(window, task);
    let mut behaviors = BTreeSet::new();
    for nodes in ranges.ranges() {
        let (first, last) = (plan.pool_of(nodes.start), plan.pool_of(nodes.end - 1));
        behaviors.extend(plan.config.pools[first..=last].iter().map(|pool| pool.behavior));
    }
    let slow = behaviors
        .into_iter()
        .map(|index| &plan.config.behaviors[index])
        .find(|behavior| {
            let time = match known.operation {
                Operation::Scan => behavior.scan_time.scale_ms(),
                Operation::Install => behavior.scan_time.scale_ms() + behavior.install_time.scale_ms(),
            };
            time >= limit
        });
    if let Some(behavior) = slow {
        let message = format!(
            "the step timeout of {} s is not above the usual time of behavior \"{}\": most invocations will be ExecutionTimedOut",
            known.step_timeout_seconds, behavior.name
        );
        let problem = Problem::warning(codes::STEP_TIMEOUT, message).at(place.clone());
        problems.push(problem.help("raise step_timeout (at most 10h), or shorten the times"));
    }
}

fn rounds_to_zero(
    problems: &Problems,
    plan: &Plan<'_>,
    (window, task): (usize, usize),
    place: Option<&Place>,
) {
    let rounding = plan.config.settings.percent_rounding;
    let limit = plan.config.windows[window].tasks[task].max_errors;
    let RateLimit::Percent(1..) = limit else { return };
    let versions = plan.versions[window].iter();
    let sizes = versions
        .filter_map(|known| known.targets.get(task))
        .flatten()
        .map(NodeSet::len);
    let zero = sizes
        .into_iter()
        .find(|nodes| *nodes > 0 && resolve_max_errors(limit, *nodes, rounding) == 0);
    if let (Some(nodes), Some(place)) = (zero, place) {
        let message = format!(
            "max_errors \"{limit}\" of {} is 0 after rounding: the first error stops the task",
            counted(u64::from(nodes), "node")
        );
        problems.push(
            Problem::warning(codes::RATE_ROUNDS_TO_ZERO, message)
                .at(place.clone())
                .help("write \"0\" if that is meant, or a number such as \"2\" (setting percent_rounding)"),
        );
    }
}

/// Semantics, section 4.7.
fn quotas(problems: &Problems, plan: &Plan<'_>, placed: &Placed<'_>) {
    let quota = |what: &str, count: usize, limit: usize, place: Option<&Place>| {
        if let Some(place) = place.filter(|_| count > limit) {
            let message = format!("{count} {what}; the AWS quota is {limit}");
            problems.push(Problem::warning(codes::QUOTA, message).at(place.clone()));
        }
    };
    for (window, places) in plan.config.windows.iter().zip(placed.windows) {
        let task = places.tasks.get(20).map(|(place, _)| place);
        quota("tasks in one window", window.tasks.len(), 20, task);
        quota(
            "targets in one window",
            window.targets.len(),
            100,
            places.targets.get(100),
        );
    }
    let real = plan.config.windows.iter().zip(placed.windows);
    let real: Vec<&Place> = real
        .filter(|(window, _)| window.surface == Surface::MaintenanceWindow)
        .map(|(_, places)| &places.window)
        .collect();
    quota("maintenance windows", real.len(), 50, real.get(50).copied());
    quota(
        "patch baselines",
        placed.baselines.len(),
        50,
        placed.baselines.get(50),
    );
    let (most, at, window) = most_open_at_once(plan);
    if most > 5 {
        let message = format!(
            "{most} windows are open at once on {at}; the AWS quota is 5 concurrent window executions"
        );
        let place = placed.windows[window].window.clone();
        problems.push(
            Problem::warning(codes::QUOTA, message).at(place).note(
                "counted from opening to close; AWS counts executions while their tasks are in progress",
            ),
        );
    }
}

/// The largest number of windows open at once, since when, and which window was the last to open.
fn most_open_at_once(plan: &Plan<'_>) -> (u32, SimTime, usize) {
    let mut changes: Vec<(SimTime, bool, usize)> = Vec::new();
    let real = |window: usize| plan.config.windows[window].surface == Surface::MaintenanceWindow;
    for (window, openings) in plan.openings.iter().enumerate() {
        for opening in openings.iter().filter(|_| real(window)) {
            changes.push((opening.opens, true, window));
            changes.push((opening.closes, false, window));
        }
    }
    // At one instant windows close before others open. A window that opens anew while it is open is
    // skipped, so it counts once.
    changes.sort_unstable();
    let mut open = vec![0u32; plan.openings.len()];
    let (mut now, mut most) = (0u32, (0u32, SimTime::MIN, 0usize));
    for (at, opens, window) in changes {
        if opens {
            open[window] += 1;
            now += u32::from(open[window] == 1);
        } else {
            open[window] -= 1;
            now -= u32::from(open[window] == 0);
        }
        if now > most.0 {
            most = (now, at, window);
        }
    }
    most
}
