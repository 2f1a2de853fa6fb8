//! What is valid but would surprise, and what makes a run pointless or too large.

use patchbench_kernel::SimTime;
use patchbench_model::catalog::ReleaseStream;
use patchbench_model::clock::{from_utc, to_utc};
use patchbench_model::config::{ModelConfig, Operation};
use patchbench_model::ssm::{Approval, NodeSet, OperatingSystem, resolve_max_errors};
use patchbench_model::units::RateLimit;
use patchbench_model::world::{COVERAGE_SAMPLES, Plan};

use crate::codes;
use crate::problem::Problem;
use crate::read::{Place, Problems, WindowPlaces};
use crate::scenario::Limits;
use crate::suggest::nearest;

/// Where things stand that lints speak of.
pub(crate) struct Placed<'a> {
    pub(crate) baselines: &'a [Place],
    pub(crate) pools: &'a [Place],
    pub(crate) windows: &'a [WindowPlaces],
    pub(crate) own_behaviors: usize,
    pub(crate) replications: (u64, Place),
}

/// Looks a readable scenario over.
pub(crate) fn lint(problems: &Problems, config: &ModelConfig, placed: &Placed<'_>, limits: &Limits) {
    if !openings_fit(problems, config, placed, limits) {
        return;
    }
    let plan = Plan::new(config);
    windows(problems, &plan, placed);
    rounding(problems, &plan, placed);
    patch_groups(problems, config, placed);
    baselines(problems, &plan, placed);
    nothing_at_all(problems, &plan);
    unused(problems, config, placed);
    records_fit(problems, &plan, placed, limits);
}

/// Counts openings without going on for ever.
fn openings_fit(problems: &Problems, config: &ModelConfig, placed: &Placed<'_>, limits: &Limits) -> bool {
    let (start, end) = (to_utc(config.start), to_utc(config.horizon));
    let mut total = 0u64;
    for (window, places) in config.windows.iter().zip(placed.windows) {
        let most = limits.max_openings + 1 - total.min(limits.max_openings);
        let open = window
            .schedule
            .openings(start, start)
            .take_while(|opening| opening.at <= end);
        let mut last = start;
        let count = open
            .take(most as usize)
            .inspect(|opening| last = opening.at)
            .count() as u64;
        total += count;
        if total > limits.max_openings {
            let share =
                (last - start).num_seconds().max(1) as f64 / (end - start).num_seconds().max(1) as f64;
            let estimate = count as f64 / share;
            let message = format!(
                "window \"{}\" would open about {estimate:.0} times in the simulated period; the limit is {} openings",
                window.name, limits.max_openings
            );
            let problem = Problem::error(codes::SIZE, message).at(places.window.clone());
            problems.push(problem.help("shorten the horizon, or let the window open less often"));
            return false;
        }
    }
    true
}

fn windows(problems: &Problems, plan: &Plan<'_>, placed: &Placed<'_>) {
    let config = plan.config;
    for (index, (window, places)) in config.windows.iter().zip(placed.windows).enumerate() {
        if plan.openings[index].is_empty() && window.enabled {
            let message = format!(
                "window \"{}\" never opens between {} and {}",
                window.name, config.start, config.horizon
            );
            let start = to_utc(config.start);
            let next = window.schedule.openings(start, start).next();
            let note = next.map_or_else(
                || "its schedule has no further opening".to_owned(),
                |opening| format!("it opens next on {}", from_utc(opening.at)),
            );
            problems.push(
                Problem::warning(codes::NEVER_OPENS, message)
                    .at(places.window.clone())
                    .note(note),
            );
        }
        for (task, (place, _)) in places.tasks.iter().enumerate() {
            let all = plan.targets[index][task]
                .iter()
                .fold(NodeSet::default(), |all, set| all.union(set));
            if all.is_empty() {
                let message = format!(
                    "task \"{}\" of window \"{}\" matches no node",
                    window.tasks[task].name, window.name
                );
                let mut problem = Problem::warning(codes::MATCHES_NOBODY, message).at(place.clone());
                if !window.allow_unassociated_targets {
                    problem = problem.note("without allow_unassociated_targets a task reaches only nodes of the window's targets");
                }
                problems.push(problem.note("tag keys and values are compared exactly"));
            }
            step_timeout(problems, plan, (index, task), place);
        }
        let used = |target: usize| {
            window.tasks.iter().any(|task| {
                task.targets
                    .contains(&patchbench_model::config::TaskTarget::Window(target))
            })
        };
        for (target, place) in places.targets.iter().enumerate() {
            // Targets of tasks with targets of their own serve as the window's list of nodes.
            let direct = window.tasks.iter().any(|task| {
                task.targets
                    .iter()
                    .any(|t| matches!(t, patchbench_model::config::TaskTarget::Direct(_)))
            });
            if !used(target) && !direct {
                let message = format!(
                    "no task uses target \"{}\" of window \"{}\"",
                    window.targets[target].name, window.name
                );
                problems.push(Problem::warning(codes::UNUSED, message).at(place.clone()));
            }
        }
        quota(
            problems,
            "tasks in one window",
            window.tasks.len(),
            20,
            &places.window,
        );
        quota(
            problems,
            "targets in one window",
            window.targets.len(),
            100,
            &places.window,
        );
    }
    if let Some(places) = placed.windows.get(50) {
        quota(
            problems,
            "maintenance windows",
            config.windows.len(),
            50,
            &places.window,
        );
    }
    if let Some(place) = placed.baselines.get(50) {
        quota(problems, "patch baselines", placed.baselines.len(), 50, place);
    }
}

fn quota(problems: &Problems, what: &str, count: usize, limit: usize, place: &Place) {
    if count > limit {
        let message = format!("{count} {what}; the AWS quota is {limit}");
        problems.push(Problem::warning(codes::QUOTA, message).at(place.clone()));
    }
}

fn step_timeout(problems: &Problems, plan: &Plan<'_>, (window, task): (usize, usize), place: &Place) {
    let known = &plan.config.windows[window].tasks[task];
    let limit = f64::from(known.step_timeout_seconds) * 1000.0;
    let slow = plan.targets[window][task]
        .iter()
        .flat_map(NodeSet::ranges)
        .find_map(|nodes| {
            let behavior = &plan.config.behaviors[plan.config.pools[plan.pool_of(nodes.start)].behavior];
            let time = match known.operation {
                Operation::Scan => behavior.scan_time.scale_ms(),
                Operation::Install => behavior.scan_time.scale_ms() + behavior.install_time.scale_ms(),
            };
            (time >= limit).then(|| behavior.name.clone())
        });
    if let Some(behavior) = slow {
        let message = format!(
            "the step timeout of {} s is not above the usual time of behavior \"{behavior}\": most invocations will be ExecutionTimedOut",
            known.step_timeout_seconds
        );
        let problem = Problem::warning(codes::STEP_TIMEOUT, message).at(place.clone());
        problems.push(problem.help("raise step_timeout (at most 10h), or shorten the times"));
    }
}

fn rounding(problems: &Problems, plan: &Plan<'_>, placed: &Placed<'_>) {
    let rounding = plan.config.settings.percent_rounding;
    for (window, places) in placed.windows.iter().enumerate() {
        for (task, (_, errors)) in places.tasks.iter().enumerate() {
            let limit = plan.config.windows[window].tasks[task].max_errors;
            let RateLimit::Percent(1..) = limit else { continue };
            let nodes = plan.targets[window][task]
                .iter()
                .map(NodeSet::len)
                .find(|nodes| *nodes > 0 && resolve_max_errors(limit, *nodes, rounding) == 0);
            if let (Some(nodes), Some(place)) = (nodes, errors) {
                let message = format!(
                    "max_errors \"{limit}\" of {nodes} nodes is 0 after rounding: the first error stops the task"
                );
                let problem = Problem::warning(codes::RATE_ROUNDS_TO_ZERO, message).at(place.clone());
                problems.push(problem.help(
                    "write \"0\" if that is meant, or a number such as \"2\" (setting percent_rounding)",
                ));
            }
        }
    }
}

fn patch_groups(problems: &Problems, config: &ModelConfig, placed: &Placed<'_>) {
    let mut told: Vec<(&str, OperatingSystem)> = Vec::new();
    for (pool, place) in config.pools.iter().zip(placed.pools) {
        let Some(group) = pool.patch_group.as_deref() else {
            continue;
        };
        let os = pool.operating_system;
        let registered = config.registrations.iter().any(|known| {
            known.patch_group == group && config.baselines[known.baseline].operating_system == os
        });
        if registered || told.contains(&(group, os)) {
            continue;
        }
        told.push((group, os));
        let nodes: u64 = config
            .pools
            .iter()
            .filter(|other| other.patch_group.as_deref() == Some(group) && other.operating_system == os)
            .map(|other| u64::from(other.count))
            .sum();
        let default = config
            .default_baselines
            .iter()
            .find(|(of, _)| *of == os)
            .map_or("none", |(_, index)| &config.baselines[*index].name);
        let message = format!(
            "patch group \"{group}\" is registered with no {os} baseline; its {nodes} nodes use the default baseline {default}"
        );
        let known: Vec<&str> = config
            .registrations
            .iter()
            .map(|known| known.patch_group.as_str())
            .collect();
        let problem = Problem::warning(codes::GROUP_WITHOUT_BASELINE, message).at(place.clone());
        problems.push(
            problem
                .note("tag values are compared exactly")
                .meant(nearest(group, known)),
        );
    }
}

fn baselines(problems: &Problems, plan: &Plan<'_>, placed: &Placed<'_>) {
    for (index, place) in placed.baselines.iter().enumerate() {
        let baseline = &plan.config.baselines[index];
        let classes: Vec<usize> = (0..plan.classes.len())
            .filter(|class| plan.classes[*class].baseline == Some(index))
            .collect();
        if classes.is_empty() {
            let message = format!("no node uses baseline \"{}\"", baseline.name);
            let problem = Problem::warning(codes::UNUSED, message).at(place.clone());
            problems.push(problem.help("register it for a patch group of the nodes, or make it the default"));
            continue;
        }
        if let Some(catalog) = &plan.shared_catalog {
            let applicable: usize = classes
                .iter()
                .map(|class| catalog.classes[*class].patches.len())
                .sum();
            let approved = classes.iter().any(|class| {
                catalog.classes[*class]
                    .patches
                    .iter()
                    .any(|patch| patch.verdict.approval.is_ok())
            });
            if applicable > 0 && !approved {
                let message = format!(
                    "baseline \"{}\" approves none of the {applicable} released patches that apply to its nodes",
                    baseline.name
                );
                let problem = Problem::warning(codes::APPROVES_NOTHING, message).at(place.clone());
                problems.push(
                    problem.note("`patchbench approvals` says for each patch which filter does not match"),
                );
            }
        }
        starvation(problems, plan, index, place);
    }
}

/// Cumulative updates come four or five weeks apart: a delay beyond that never ends in approval.
fn starvation(problems: &Problems, plan: &Plan<'_>, index: usize, place: &Place) {
    let cumulative = plan.config.releases.iter().any(|stream| match stream {
        ReleaseStream::PatchTuesday(stream) => stream.updates.iter().any(|update| update.cumulative),
        _ => false,
    });
    let baseline = &plan.config.baselines[index];
    let longest = baseline.rules.iter().filter_map(|rule| match rule.approval {
        Approval::AfterDays(days) => Some(days),
        Approval::UntilDate(_) => None,
    });
    if let Some(days) = longest.max().filter(|days| *days >= 28 && cumulative) {
        let message = format!(
            "a delay of {days} days in baseline \"{}\" is longer than the 28 or 35 days between cumulative updates",
            baseline.name
        );
        let problem = Problem::warning(codes::STARVES, message).at(place.clone());
        problems.push(problem.note(
            "Windows drops an update when its successor is released, so that it may never be approved",
        ));
    }
}

fn nothing_at_all(problems: &Problems, plan: &Plan<'_>) {
    let reached = plan.targets.iter().flatten().flatten().any(|set| !set.is_empty());
    if !reached {
        let problem =
            Problem::error(codes::NOTHING_TARGETED, "no task of any window reaches any node").at((0, 0..0));
        problems.push(
            problem.help("give a window a target that matches the nodes' tags, and a task that uses it"),
        );
    }
    let simulated = |at: SimTime| at <= plan.config.horizon;
    let released = match &plan.shared_catalog {
        Some(catalog) => catalog
            .patches
            .iter()
            .any(|patch| simulated(patch.visible_from())),
        None => true,
    };
    if !released {
        let message = format!("no patch is released before the horizon {}", plan.config.horizon);
        let problem = Problem::error(codes::NOTHING_RELEASED, message).at((0, 0..0));
        problems.push(problem.help("add a [releases.…] stream, or move start and horizon to its dates"));
    }
}

fn unused(problems: &Problems, config: &ModelConfig, placed: &Placed<'_>) {
    for (index, behavior) in config.behaviors.iter().take(placed.own_behaviors).enumerate() {
        if !config.pools.iter().any(|pool| pool.behavior == index) {
            let message = format!("no node uses behavior \"{}\"", behavior.name);
            let problem = Problem::warning(codes::UNUSED, message).at((0, 0..0));
            problems.push(problem.help(format!("name it in a pool: behavior = \"{}\"", behavior.name)));
        }
    }
}

/// Memory of the records that a study keeps until its estimates are computed.
fn records_fit(problems: &Problems, plan: &Plan<'_>, placed: &Placed<'_>, limits: &Limits) {
    let (replications, place) = &placed.replications;
    let streams = plan.config.releases.iter();
    let patches = streams.map(ReleaseStream::expected_patches).sum::<f64>() as u64;
    let openings: u64 = plan
        .openings
        .iter()
        .zip(&plan.config.windows)
        .map(|(openings, window)| openings.len() as u64 * window.tasks.len().max(1) as u64)
        .sum();
    let groups = plan.groups.len() as u64;
    let one = 256
        + groups * u64::from(COVERAGE_SAMPLES) * 4
        + patches.min(patches * groups) * 160
        + openings * 320
        + plan.config.windows.len() as u64 * 6_000;
    let bytes = one.saturating_mul(*replications);
    if bytes > limits.max_record_bytes {
        let message = format!(
            "{replications} replications would need about {} MiB for their records; the limit is {} MiB",
            bytes >> 20,
            limits.max_record_bytes >> 20
        );
        let most = limits.max_record_bytes / one;
        problems.push(
            Problem::error(codes::SIZE, message)
                .at(place.clone())
                .help(format!("at most {most} replications of this scenario fit")),
        );
    }
}
