//! Response metrics: one value a replication, by group and severity or by task.

use std::collections::BTreeSet;

use patchbench_model::config::TaskStatus;
use patchbench_model::world::{
    COVERAGE_PERCENTS, CommandRecord, CoverageRecord, Plan, RunRecord, WindowRecord,
};

use crate::collect::{catalog_of, stopped};
use crate::fault_metrics::fault_metrics;
use crate::openings::{nodes_left, started_before_cutoff};
use crate::patch_metrics::patch_metrics;
use crate::results::MetricRow;
use crate::{Proportion, Summary};

/// All metrics of a study.
pub(crate) fn metrics(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<MetricRow> {
    let mut rows = patch_metrics(plan, records);
    rows.extend(task_metrics(plan, records));
    rows.extend(window_metrics(plan, records));
    let reboots = records
        .iter()
        .map(|record| Some(reboots_per_node_year(plan, record, None)));
    let reboots = Summary::of(reboots);
    rows.push(task_row("reboots_per_node_year", "", "reboots", reboots, None));
    rows.extend(fault_metrics(plan, records));
    rows
}

/// The cells of one replication that belong to a group (`None`: any) and severity, those of patches
/// that are never offered included.
pub(crate) fn cells<'a>(
    plan: &'a Plan<'_>,
    record: &'a RunRecord,
    group: Option<&'a str>,
    severity: Option<&'a str>,
) -> impl Iterator<Item = &'a CoverageRecord> {
    let catalog = catalog_of(plan, record);
    record.coverage.iter().filter(move |cell| {
        let own = group.is_none_or(|name| plan.groups[cell.group].name == name);
        let of = catalog.and_then(|catalog| catalog.patches[cell.patch].severity.as_deref());
        own && severity.is_none_or(|wanted| of.is_some_and(|of| of.eq_ignore_ascii_case(wanted)))
    })
}

fn task_metrics(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<MetricRow> {
    let mut rows = Vec::new();
    for (window, config) in plan.config.windows.iter().enumerate() {
        for (task, known) in plan.tasks(window).into_iter().enumerate() {
            let name = format!("{} / {}", config.name, known.name);
            let any = |record: &RunRecord, holds: &dyn Fn(&CommandRecord) -> bool| {
                own(record, window, task).any(holds)
            };
            let share = |metric, holds: &dyn Fn(&CommandRecord) -> bool| {
                let count = records.iter().filter(|record| any(record, holds)).count() as u64;
                let values = records
                    .iter()
                    .map(|record| Some(f64::from(u8::from(any(record, holds)))));
                let proportion = Proportion::new(count, records.len() as u64);
                task_row(
                    metric,
                    &name,
                    "probability",
                    Summary::of(values),
                    Some(proportion),
                )
            };
            rows.push(share("stop", &stopped));
            rows.push(share("threshold_passed", &|command| command.stopped.is_some()));
            let first = |value: &dyn Fn(&CommandRecord) -> Option<f64>| {
                let profiled = plan.profiled[window];
                let values = records.iter().map(|record| {
                    own(record, window, task)
                        .filter(|command| command.id.opening == profiled)
                        .map(value)
                        .next()
                });
                Summary::of(values.map(Option::flatten))
            };
            let worst = |metric, unit, value: fn(&RunRecord, usize, usize) -> Option<f64>| {
                let values = records.iter().filter_map(|record| value(record, window, task));
                task_row(metric, &name, unit, Summary::of(values.map(Some)), None)
            };
            rows.push(worst(
                "started_before_cutoff",
                "share of targets",
                started_before_cutoff,
            ));
            rows.push(worst("nodes_left", "nodes", nodes_left));
            rows.push(task_row(
                "window_makespan",
                &name,
                "hours",
                first(&|command| command.ended.map(|at| (at - command.opened).as_hours_f64())),
                None,
            ));
            rows.extend(opening_rows(records, (window, task), &name));
        }
    }
    rows
}

/// In how many openings of its window a task did something.
fn opening_rows(records: &[RunRecord], (window, task): (usize, usize), name: &str) -> [MetricRow; 2] {
    let openings = |metric, holds: &dyn Fn(&CommandRecord) -> bool| {
        let counts = records.iter().map(|record| {
            let own = own(record, window, task).filter(|command| holds(command));
            let openings: BTreeSet<usize> = own.map(|command| command.id.opening).collect();
            Some(openings.len() as f64)
        });
        task_row(metric, name, "openings", Summary::of(counts), None)
    };
    [
        openings("openings_used", &|command| command.counts.sent() > 0),
        openings("openings_installing", &|command| command.installed > 0),
    ]
}

fn window_metrics(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<MetricRow> {
    let mut rows = Vec::new();
    for (window, config) in plan.config.windows.iter().enumerate() {
        let each = |value: &dyn Fn(&RunRecord, usize) -> f64| {
            Summary::of(records.iter().map(|record| Some(value(record, window))))
        };
        let (peak, skipped) = (each(&peak_in_progress), each(&openings_skipped));
        let reboots = each(&|record, window| reboots_per_node_year(plan, record, Some(window)));
        rows.push(task_row(
            "reboots_per_node_year",
            &config.name,
            "reboots",
            reboots,
            None,
        ));
        rows.push(task_row("peak_in_progress", &config.name, "nodes", peak, None));
        rows.push(task_row(
            "openings_skipped",
            &config.name,
            "openings",
            skipped,
            None,
        ));
    }
    rows
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

/// A row that is about no group or severity; about no task either where its name is empty.
pub(crate) fn task_row(
    metric: &'static str,
    task: &str,
    unit: &'static str,
    summary: Summary,
    proportion: Option<Proportion>,
) -> MetricRow {
    MetricRow {
        metric,
        group: String::new(),
        severity: String::new(),
        task: task.to_owned(),
        sla: String::new(),
        unit,
        summary,
        proportion,
    }
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
