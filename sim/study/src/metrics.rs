//! Response metrics: one value a replication, by group and severity or by task.

use std::collections::BTreeSet;

use patchbench_kernel::SimDuration;
use patchbench_model::config::TaskStatus;
use patchbench_model::world::{
    COVERAGE_PERCENTS, CommandRecord, CoverageRecord, Plan, RunRecord, WindowRecord,
};

use crate::collect::{catalog_of, stopped};
use crate::fault_metrics::fault_responses;
use crate::openings::{nodes_left, started_before_cutoff};
use crate::patch_metrics::{Reach, patch_responses};
use crate::{Observation, Response, ResponseKey};

/// All responses of a study, replication by replication.
pub fn responses(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<Response> {
    responses_of(plan, records, None)
}

/// The same, where those of patches are about one patch alone, by id or knowledge base number, if one is
/// named.
pub fn responses_of(plan: &Plan<'_>, records: &[RunRecord], only: Option<&str>) -> Vec<Response> {
    let slices = patch_responses((plan, &Reach::of(plan)), records, only);
    let mut responses: Vec<Response> = slices.into_iter().flat_map(|(_, own)| own).collect();
    responses.extend(other_responses(plan, records));
    responses
}

/// Those that are not about patches: the same ones whatever the replications bring.
pub(crate) fn other_responses(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<Response> {
    let mut responses = task_responses(plan, records);
    responses.extend(window_responses(plan, records));
    let reboots = each(records, &|record| reboots_per_node_year(plan, record, None));
    let key = ResponseKey::overall("reboots_per_node_year");
    responses.push(Response::amount(key, "reboots", reboots));
    responses.extend(fault_responses(plan, records));
    responses
}

/// A figure of every replication.
fn each(records: &[RunRecord], value: &dyn Fn(&RunRecord) -> f64) -> Vec<Observation> {
    records
        .iter()
        .map(|record| Observation::Value(value(record)))
        .collect()
}

/// The cells of one replication that belong to a group (`None`: any) and severity, those of patches
/// that are never offered included.
pub(crate) fn cells<'a>(
    plan: &'a Plan<'_>,
    record: &'a RunRecord,
    group: Option<&'a str>,
    severity: Option<&'a str>,
) -> impl Iterator<Item = &'a CoverageRecord> {
    record.coverage.iter().filter(move |cell| {
        let own = group.is_none_or(|name| plan.groups[cell.group].name == name);
        own && is_of_severity(plan, record, cell, severity)
    })
}

/// Whether a cell is about a patch of a severity (`None`: of any).
pub(crate) fn is_of_severity(
    plan: &Plan<'_>,
    record: &RunRecord,
    cell: &CoverageRecord,
    severity: Option<&str>,
) -> bool {
    severity.is_none_or(|wanted| {
        let catalog = catalog_of(plan, record);
        let of = catalog.and_then(|catalog| catalog.patches[cell.patch].severity.as_deref());
        of.is_some_and(|of| of.eq_ignore_ascii_case(wanted))
    })
}

/// A task: its window, and its number there.
type Task = (usize, usize);

/// Responses of all tasks together where there are several, then of each.
fn task_responses(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<Response> {
    let mut tasks: Vec<(Task, String)> = Vec::new();
    for (window, config) in plan.config.windows.iter().enumerate() {
        let own = plan.tasks(window).into_iter().enumerate();
        tasks.extend(own.map(|(task, known)| ((window, task), format!("{} / {}", config.name, known.name))));
    }
    let all: Vec<Task> = tasks.iter().map(|(task, _)| *task).collect();
    let mut responses = Vec::new();
    if all.len() > 1 {
        responses.extend(worst_openings(records, &all, ""));
    }
    for (task, name) in &tasks {
        responses.extend(worst_openings(records, &[*task], name));
        responses.push(makespan(plan, records, *task, name));
        responses.extend(openings_of(records, *task, name));
    }
    responses
}

/// What some tasks come to in their worst opening.
fn worst_openings(records: &[RunRecord], tasks: &[Task], name: &str) -> [Response; 5] {
    let key = |metric| ResponseKey::overall(metric).of_task(name);
    let chance = |metric, holds: &dyn Fn(&CommandRecord) -> bool| {
        let any = |record: &RunRecord| {
            let mut tasks = tasks.iter();
            tasks.any(|(window, task)| own(record, *window, *task).any(holds))
        };
        let said = records.iter().map(|record| any(record).into());
        Response::chance(key(metric), said.collect())
    };
    let started: Vec<Observation> = worst(records, tasks, (started_before_cutoff, f64::min));
    let left = worst(records, tasks, (nodes_left, f64::max));
    let all_started = started.iter().map(|said| match said {
        Observation::Value(share) => (*share >= 1.0).into(),
        other => *other,
    });
    [
        chance("stop", &stopped),
        chance("threshold_passed", &|command| command.stopped.is_some()),
        Response::chance(key("fit"), all_started.collect()),
        Response::amount(key("started_before_cutoff"), "share of targets", started),
        Response::amount(key("nodes_left"), "nodes", left),
    ]
}

/// A figure of a task in its worst opening, and which of two is the worse.
type Worst = (fn(&RunRecord, usize, usize) -> Option<f64>, fn(f64, f64) -> f64);

fn worst(records: &[RunRecord], tasks: &[Task], (value, worse): Worst) -> Vec<Observation> {
    let of_one = |record: &RunRecord| {
        let values = tasks
            .iter()
            .filter_map(|(window, task)| value(record, *window, *task));
        values
            .reduce(worse)
            .map_or(Observation::Nothing, Observation::Value)
    };
    records.iter().map(of_one).collect()
}

/// From the first opening that finds something approved until the last invocation ends; never where it
/// is not sent, or does not end.
fn makespan(plan: &Plan<'_>, records: &[RunRecord], (window, task): Task, name: &str) -> Response {
    let profiled = plan.profiled[window];
    let values = records.iter().map(|record| {
        let mut own = own(record, window, task).filter(|command| command.id.opening == profiled);
        let ended = own
            .next()
            .and_then(|command| Some(command.ended? - command.opened));
        ended.map(SimDuration::as_hours_f64).into()
    });
    let key = ResponseKey::overall("window_makespan").of_task(name);
    Response::amount(key, "hours", values.collect())
}

/// In how many openings of its window a task did something.
fn openings_of(records: &[RunRecord], (window, task): Task, name: &str) -> [Response; 2] {
    let openings = |metric, holds: &dyn Fn(&CommandRecord) -> bool| {
        let counts = each(records, &|record| {
            let own = own(record, window, task).filter(|command| holds(command));
            let openings: BTreeSet<usize> = own.map(|command| command.id.opening).collect();
            openings.len() as f64
        });
        let key = ResponseKey::overall(metric).of_task(name);
        Response::amount(key, "openings", counts)
    };
    [
        openings("openings_used", &|command| command.counts.sent() > 0),
        openings("openings_installing", &|command| command.installed > 0),
    ]
}

fn window_responses(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<Response> {
    let mut responses = Vec::new();
    for (window, config) in plan.config.windows.iter().enumerate() {
        let mut add = |metric, unit, value: &dyn Fn(&RunRecord) -> f64| {
            let key = ResponseKey::overall(metric).of_task(&config.name);
            responses.push(Response::amount(key, unit, each(records, value)));
        };
        add("reboots_per_node_year", "reboots", &|record| {
            reboots_per_node_year(plan, record, Some(window))
        });
        add("peak_in_progress", "nodes", &|record| {
            peak_in_progress(record, window)
        });
        add("openings_skipped", "openings", &|record| {
            openings_skipped(record, window)
        });
    }
    responses
}

/// Most invocations in progress at once, at the recorded instants of a window's profiled opening.
pub(crate) fn peak_in_progress(record: &RunRecord, window: usize) -> f64 {
    f64::from(record.occupancy[window].iter().copied().max().unwrap_or(0))
}

/// Openings of a window that its last execution, still in progress, kept from opening.
pub(crate) fn openings_skipped(record: &RunRecord, window: usize) -> f64 {
    let skipped =
        |known: &&WindowRecord| known.window == window && known.status == TaskStatus::SkippedOverlapping;
    record.windows.iter().filter(skipped).count() as f64
}

/// Reboots by the tasks of a window (`None`: of all), a node that it is sent to and year of 365 days.
pub(crate) fn reboots_per_node_year(plan: &Plan<'_>, record: &RunRecord, window: Option<usize>) -> f64 {
    let own = |command: &&CommandRecord| window.is_none_or(|window| command.id.window == window);
    let reboots = record.commands.iter().filter(own);
    let reboots: u64 = reboots.map(|command| u64::from(command.rebooted)).sum();
    let nodes = window.map_or(plan.nodes(), |window| plan.window_nodes(window).len());
    let years = (plan.config.horizon - plan.config.start).as_days_f64() / 365.0;
    reboots as f64 / f64::from(nodes.max(1)) / years
}

/// Commands of one task in one replication.
pub(crate) fn own(record: &RunRecord, window: usize, task: usize) -> impl Iterator<Item = &CommandRecord> {
    record
        .commands
        .iter()
        .filter(move |command| command.id.window == window && command.id.task == task)
}

/// The position of a coverage share among the recorded ones.
pub(crate) fn coverage_index(share: f64) -> Option<usize> {
    COVERAGE_PERCENTS
        .iter()
        .position(|percent| (share * 100.0 - f64::from(*percent)).abs() < 1e-9)
}
