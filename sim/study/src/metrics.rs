//! Response metrics: one value a replication, by group and severity or by task.

use std::collections::BTreeSet;

use patchbench_model::ssm::InvocationStatus;
use patchbench_model::world::{COVERAGE_PERCENTS, CommandRecord, CoverageRecord, Plan, RunRecord};

use crate::collect::{catalog_of, days_to, node_days, stopped};
use crate::results::MetricRow;
use crate::{Proportion, Summary};

/// Names of the coverage metrics, in the order of [`COVERAGE_PERCENTS`].
const COVERAGE_NAMES: [&str; 4] = [
    "time_to_coverage_50",
    "time_to_coverage_90",
    "time_to_coverage_95",
    "time_to_coverage_100",
];

/// All metrics of a study.
pub(crate) fn metrics(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<MetricRow> {
    let mut rows = coverage_metrics(plan, records);
    rows.extend(task_metrics(plan, records));
    rows
}

/// The cells of one replication that belong to a group (`None`: any) and severity.
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

fn coverage_metrics(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<MetricRow> {
    let mut rows = Vec::new();
    for (group, severity) in slices(plan, records) {
        let (of_group, of_severity) = (Some(group.as_str()), severity.as_deref());
        let row = |metric, unit, values: Vec<Option<f64>>| MetricRow {
            metric,
            group: group.clone(),
            severity: severity.clone().unwrap_or_default(),
            task: String::new(),
            unit,
            summary: Summary::of(values),
            proportion: None,
        };
        for (index, metric) in COVERAGE_NAMES.into_iter().enumerate() {
            let typical = |record: &RunRecord| {
                let times: Vec<Option<f64>> = cells(plan, record, of_group, of_severity)
                    .map(|cell| days_to(cell, index))
                    .collect();
                median(times)
            };
            rows.push(row(metric, "days", records.iter().filter_map(typical).collect()));
        }
        let exposure =
            |record: &RunRecord| Some(cells(plan, record, of_group, of_severity).map(node_days).sum());
        rows.push(row(
            "exposure",
            "node-days",
            records.iter().map(exposure).collect(),
        ));
    }
    rows
}

/// Each group with all its patches, and with each severity among them.
fn slices(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<(String, Option<String>)> {
    let mut slices: BTreeSet<(usize, Option<String>)> = BTreeSet::new();
    for record in records {
        let Some(catalog) = catalog_of(plan, record) else {
            continue;
        };
        for cell in &record.coverage {
            slices.insert((cell.group, None));
            if let Some(severity) = &catalog.patches[cell.patch].severity {
                slices.insert((cell.group, Some(severity.clone())));
            }
        }
        if plan.shared_catalog.is_some() {
            break;
        }
    }
    slices
        .into_iter()
        .map(|(group, severity)| (plan.groups[group].name.clone(), severity))
        .collect()
}

/// The median over patches, where patches that never got there count as the slowest; `None` when
/// there is no patch, `Some(None)` when the median patch never got there.
#[expect(clippy::option_option, reason = "no patch and never are different answers")]
fn median(mut times: Vec<Option<f64>>) -> Option<Option<f64>> {
    times.sort_by(|a, b| a.unwrap_or(f64::INFINITY).total_cmp(&b.unwrap_or(f64::INFINITY)));
    times.get(times.len().div_ceil(2).checked_sub(1)?).copied()
}

fn task_metrics(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<MetricRow> {
    let mut rows = Vec::new();
    for (window, config) in plan.config.windows.iter().enumerate() {
        for (task, known) in config.tasks.iter().enumerate() {
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
            let targets = |command: &CommandRecord| f64::from(command.counts.targets().max(1));
            rows.push(task_row(
                "started_before_cutoff",
                &name,
                "share of targets",
                first(&|command| Some(f64::from(command.sent_before_cutoff) / targets(command))),
                None,
            ));
            rows.push(task_row(
                "nodes_left",
                &name,
                "nodes",
                first(&|command| {
                    Some(targets(command) - f64::from(command.counts.get(InvocationStatus::Success)))
                }),
                None,
            ));
            rows.push(task_row(
                "window_makespan",
                &name,
                "hours",
                first(&|command| command.ended.map(|at| (at - command.opened).as_hours_f64())),
                None,
            ));
        }
    }
    rows
}

fn task_row(
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
