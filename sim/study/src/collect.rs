//! From the records of all replications to results.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::clock::to_utc;
use patchbench_model::config::{CutoffBehavior, Operation, TaskStatus};
use patchbench_model::fleet::Behavior;
use patchbench_model::ssm::{InvocationStatus, RateControl};
use patchbench_model::world::{
    Catalog, CommandId, CommandRecord, CoverageRecord, OCCUPANCY_STEP_MINUTES, Opening, Plan, RunRecord,
};

use crate::bad_patches::bad_patch_results;
use crate::closed_form::binomial_exceeds;
use crate::compliance::compliance_curves;
use crate::estimate::quantile;
use crate::first_openings::FirstOpenings;
use crate::metrics::responses;
use crate::results::{
    CommandResult, GroupResult, OccupancyCurve, PatchResult, Reached, ReplicationRow, SHARES, StudyResults,
    WindowResult,
};
use crate::shares::share_curves;
use crate::{Proportion, Replications, Response, Summary};

/// Node-milliseconds in a node-day.
pub(crate) const NODE_DAY: f64 = 86_400_000.0;

/// Sums up the replications of a plan. Assertions are evaluated apart.
pub fn collect(plan: &Plan<'_>, seed: u64, replications: &Replications) -> StudyResults {
    let records = replications.records.as_slice();
    let patches = patches(plan, records);
    let commands = commands(plan, records);
    StudyResults {
        seed,
        replications: records.len() as u64,
        precision: Vec::new(),
        groups: groups(plan),
        metrics: responses(plan, records).iter().map(Response::row).collect(),
        bad_patches: bad_patch_results(plan, records),
        patches,
        commands,
        windows: windows(plan, records),
        assertions: Vec::new(),
        rows: records
            .iter()
            .enumerate()
            .map(|(number, record)| row(number, record))
            .collect(),
        shares: share_curves(plan, records),
        compliance: compliance_curves(plan, records, &replications.compliance),
        occupancy: occupancy_curves(plan, records),
    }
}

/// The catalogue that a record's indices speak of.
pub(crate) fn catalog_of<'a>(plan: &'a Plan<'_>, record: &'a RunRecord) -> Option<&'a Catalog> {
    plan.shared_catalog.as_ref().or(record.catalog.as_ref())
}

pub(crate) fn days(span: SimDuration) -> f64 {
    span.as_days_f64()
}

/// Exposure in node-days.
pub(crate) fn node_days(cell: &CoverageRecord) -> f64 {
    cell.exposure_ms as f64 / NODE_DAY
}

/// Days from release until the `index`-th share of the nodes had a patch.
pub(crate) fn days_to(cell: &CoverageRecord, index: usize) -> Option<f64> {
    cell.reached[index].map(|at| days(at - cell.released))
}

fn groups(plan: &Plan<'_>) -> Vec<GroupResult> {
    let mut groups: Vec<GroupResult> = plan
        .groups
        .iter()
        .map(|group| GroupResult {
            name: group.name.clone(),
            nodes: group.nodes,
            baselines: Vec::new(),
            installs: false,
            targeted: false,
        })
        .collect();
    for class in &plan.classes {
        for baseline in class.baselines() {
            let name = plan.config.baselines[baseline].name.clone();
            let known = &mut groups[class.group].baselines;
            known.extend((!known.contains(&name)).then_some(name));
        }
    }
    for window in 0..plan.versions.len() {
        let installs = plan.installs(window);
        for class in plan.window_classes(window) {
            let group = &mut groups[plan.classes[class].group];
            group.targeted = true;
            group.installs |= installs;
        }
    }
    groups
}

/// A patch in a group: the group, whether it was ever approved, and its id.
type PatchKey<'c> = (usize, bool, &'c str);

fn patches(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<PatchResult> {
    let mut cells: BTreeMap<PatchKey<'_>, Vec<(&CoverageRecord, &Catalog)>> = BTreeMap::new();
    for record in records {
        let Some(catalog) = catalog_of(plan, record) else {
            continue;
        };
        for cell in &record.coverage {
            let id = catalog.patches[cell.patch].id.as_str();
            let key = (cell.group, cell.approved.is_some(), id);
            cells.entry(key).or_default().push((cell, catalog));
        }
    }
    let openings = FirstOpenings::new(plan);
    let mut results: Vec<PatchResult> = cells
        .into_iter()
        .map(|((group, ..), cells)| patch(plan, (group, &openings), &cells))
        .collect();
    let order = |patch: &PatchResult| {
        let approved = patch.approved.unwrap_or(SimTime::MAX);
        (patch.group, approved, patch.released)
    };
    results.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.patch.cmp(&b.patch)));
    results
}

fn patch(
    plan: &Plan<'_>,
    (group, openings): (usize, &FirstOpenings<'_>),
    cells: &[(&CoverageRecord, &Catalog)],
) -> PatchResult {
    let (first, catalog) = cells[0];
    let patch = &catalog.patches[first.patch];
    let of = |value: &dyn Fn(&CoverageRecord) -> Option<f64>| {
        Summary::of(cells.iter().map(|(cell, _)| value(cell)))
    };
    let shares = if first.approved.is_some() {
        &SHARES[..]
    } else {
        &[]
    };
    let reached = shares
        .iter()
        .enumerate()
        .map(|(index, percent)| Reached {
            percent: *percent,
            days: of(&|cell| days_to(cell, index)),
        })
        .collect();
    PatchResult {
        group,
        patch: patch.id.clone(),
        kb: patch.kb.clone(),
        title: patch.title.clone(),
        classification: patch.classification.clone(),
        severity: patch.severity.clone(),
        nodes: first.nodes,
        replications: cells.len() as u64,
        released: patch.visible_from(),
        drawn: cells.iter().any(|(cell, _)| cell.released != first.released),
        approved: first.approved,
        superseded: (first.candidate_until <= plan.config.horizon).then_some(first.candidate_until),
        first_window: first.approved.and_then(|at| openings.from(group, at)),
        reached,
        covered: of(&|cell| Some(f64::from(cell.covered))),
        exposure: of(&|cell| Some(node_days(cell))),
    }
}

fn commands(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<CommandResult> {
    let mut by_command: BTreeMap<(SimTime, CommandId), Vec<&CommandRecord>> = BTreeMap::new();
    for command in records.iter().flat_map(|record| &record.commands) {
        by_command
            .entry((command.opened, command.id))
            .or_default()
            .push(command);
    }
    by_command
        .into_iter()
        .map(|((_, id), commands)| command(plan, id, &commands))
        .collect()
}

fn command(plan: &Plan<'_>, id: CommandId, records: &[&CommandRecord]) -> CommandResult {
    let window = plan.window(id.window, id.opening);
    let (task, opening) = (&window.tasks[id.task], plan.openings[id.window][id.opening]);
    let started: Vec<&CommandRecord> = records
        .iter()
        .copied()
        .filter(|record| record.started.is_some())
        .collect();
    let stopped: Vec<&CommandRecord> = records.iter().copied().filter(|record| stopped(record)).collect();
    let all = |value: &dyn Fn(&CommandRecord) -> u64| {
        Summary::of(records.iter().map(|record| Some(value(record) as f64)))
    };
    let n = records.len() as u64;
    let count = |holds: &dyn Fn(&CommandRecord) -> bool| {
        Proportion::new(records.iter().filter(|record| holds(record)).count() as u64, n)
    };
    let hours = |at: SimTime| (at - opening.opens).as_hours_f64();
    let targets = records[0].counts.targets();
    CommandResult {
        window: id.window,
        window_name: window.name.clone(),
        task: task.name.clone(),
        operation: operation_name(task.operation),
        continues: task.cutoff_behavior == CutoffBehavior::ContinueTask,
        part: id.part,
        opening: id.opening,
        opened: opening.opens,
        cutoff: opening.cutoff,
        closes: opening.closes,
        targets,
        max_concurrency: records[0].control.max_concurrency,
        max_errors: records[0].control.max_errors,
        started: Proportion::new(started.len() as u64, n),
        sent: all(&|record| u64::from(record.counts.sent())),
        sent_before_cutoff: all(&|record| u64::from(record.sent_before_cutoff)),
        all_before_cutoff: count(&|record| record.sent_before_cutoff == targets),
        succeeded: all(&|record| u64::from(record.counts.get(InvocationStatus::Success))),
        errors: all(&|record| u64::from(record.counts.errors())),
        threshold_passed: count(&|record| record.stopped.is_some()),
        stopped: Proportion::new(stopped.len() as u64, n),
        stop_hours: Summary::of(stopped.iter().map(|record| record.stopped.map(hours))),
        left_at_stop: Summary::of(stopped.iter().map(|record| Some(f64::from(left(record))))),
        not_succeeded: all(&|record| u64::from(targets - record.counts.get(InvocationStatus::Success))),
        end_hours: Summary::of(started.iter().map(|record| record.ended.map(hours))),
        overran: count(&|record| record.ended.is_some_and(|at| at > opening.closes)),
        installed: all(&|record| record.installed),
        reported_missing: all(&|record| record.reported_missing),
        non_compliant: all(&|record| u64::from(record.non_compliant)),
        threshold_closed_form: closed_form(plan, id, records[0].control, targets),
    }
}

/// API name of an operation.
pub(crate) const fn operation_name(operation: Operation) -> &'static str {
    match operation {
        Operation::Scan => "Scan",
        Operation::Install => "Install",
    }
}

/// The error threshold stopped the command: nodes were left unsent.
pub(crate) fn stopped(record: &CommandRecord) -> bool {
    left(record) > 0
}

fn left(record: &CommandRecord) -> u32 {
    record.counts.get(InvocationStatus::Terminated)
}

/// Errors are binomial when every target fails with the same probability whatever else happens: one
/// behaviour, nothing scripted, something to install on every node, and time for all.
fn closed_form(plan: &Plan<'_>, id: CommandId, control: RateControl, targets: u32) -> Option<f64> {
    failure_of_each(plan, id).map(|failure| binomial_exceeds(targets, failure, control.max_errors))
}

/// The probability with which each target of a command fails, whatever else happens, if there is one; asked
/// of the window's profiled opening only.
pub(crate) fn failure_of_each(plan: &Plan<'_>, id: CommandId) -> Option<f64> {
    let task = plan.task(id);
    let given = !plan.config.outcomes.is_empty() || !plan.config.faults.bad_patches.is_empty();
    if given || id.opening != plan.profiled[id.window] {
        return None;
    }
    let nodes = plan.targets(id);
    let mut pools: Vec<usize> = nodes
        .ranges()
        .iter()
        .flat_map(|range| [plan.pool_of(range.start), plan.pool_of(range.end - 1)])
        .collect();
    pools.sort_unstable();
    let between = pools
        .first()
        .zip(pools.last())
        .map(|(first, last)| *first..*last + 1)?;
    let behaviors = between.map(|pool| &plan.config.behaviors[plan.config.pools[pool].behavior]);
    if behaviors.clone().any(has_other_failures) {
        return None;
    }
    let failures: Vec<f64> = behaviors
        .map(|behavior| match task.operation {
            Operation::Scan => behavior.scan_failure,
            Operation::Install => behavior.failure,
        })
        .collect();
    let same = failures.windows(2).all(|pair| pair[0] == pair[1]);
    same.then(|| failures[0])
}

/// Whether nodes fail, or are missed, for other reasons than by themselves.
fn has_other_failures(behavior: &Behavior) -> bool {
    behavior.outages.is_some() || behavior.sickness.is_some() || behavior.transient.probability > 0.0
}

fn windows(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<WindowResult> {
    let mut statuses: BTreeMap<(usize, usize), BTreeMap<TaskStatus, u64>> = BTreeMap::new();
    for window in records.iter().flat_map(|record| &record.windows) {
        *statuses
            .entry((window.window, window.opening))
            .or_default()
            .entry(window.status)
            .or_default() += 1;
    }
    let row = |window: usize, opening: &Opening, frozen_by: Option<usize>, counted| {
        let config = plan.versions[window][opening.version].window;
        let zone = config.schedule.timezone();
        WindowResult {
            window: config.name.clone(),
            surface: config.surface,
            opens: opening.opens,
            cutoff: opening.cutoff,
            closes: opening.closes,
            zone: zone.name().to_owned(),
            local: local(opening.opens, zone),
            frozen_by: frozen_by.map(|freeze| plan.config.freezes[freeze].name.clone()),
            statuses: counted,
            details: config.status_details().filter(|_| frozen_by.is_none()),
        }
    };
    let mut results = Vec::new();
    for (window, openings) in plan.openings.iter().enumerate() {
        for (index, opening) in openings.iter().enumerate() {
            let counted = statuses.get(&(window, index)).into_iter().flatten();
            let counted = counted.map(|(status, count)| (status.as_str(), *count)).collect();
            results.push(row(window, opening, None, counted));
        }
        let frozen = plan.frozen[window].iter();
        results.extend(frozen.map(|(held, freeze)| row(window, held, Some(*freeze), Vec::new())));
    }
    results.sort_by(|a, b| (a.opens, &a.window).cmp(&(b.opens, &b.window)));
    results
}

fn local(at: SimTime, zone: Tz) -> String {
    to_utc(at)
        .with_timezone(&zone)
        .format("%Y-%m-%d %H:%M")
        .to_string()
}

fn row(number: usize, record: &RunRecord) -> ReplicationRow {
    let sum = |value: &dyn Fn(&CommandRecord) -> u64| record.commands.iter().map(value).sum();
    ReplicationRow {
        replication: number as u64,
        sent: sum(&|command| u64::from(command.counts.sent())),
        succeeded: sum(&|command| u64::from(command.counts.get(InvocationStatus::Success))),
        errors: sum(&|command| u64::from(command.counts.errors())),
        installed: sum(&|command| command.installed),
        reboots: sum(&|command| u64::from(command.rebooted)),
        stops: sum(&|command| u64::from(stopped(command))),
        exposure: record.coverage.iter().map(|cell| cell.exposure_ms).sum::<i128>() as f64 / NODE_DAY,
        fingerprint: record.fingerprint,
    }
}

/// 5th percentile, median and 95th percentile.
pub(crate) fn band(mut values: Vec<f64>) -> [f64; 3] {
    if let Some(first) = values
        .first()
        .filter(|first| values.iter().all(|value| value == *first))
    {
        return [*first; 3];
    }
    values.sort_by(f64::total_cmp);
    [0.05, 0.5, 0.95].map(|p| quantile(&values, values.len() as u64, p).unwrap_or(0.0))
}

fn occupancy_curves(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<OccupancyCurve> {
    let mut curves = Vec::new();
    for (window, openings) in plan.openings.iter().enumerate() {
        let steps = records
            .iter()
            .map(|record| record.occupancy[window].len())
            .max()
            .unwrap_or(0);
        let Some(opening) = openings.get(plan.profiled[window]).filter(|_| steps > 0) else {
            continue;
        };
        let at = |step: usize| -> Vec<f64> {
            records
                .iter()
                .map(|record| {
                    // What is in progress when the recording ends goes on.
                    let levels = &record.occupancy[window];
                    let level = levels.get(step).or(levels.last());
                    level.map_or(0.0, |level| f64::from(*level))
                })
                .collect()
        };
        let bands: Vec<[f64; 3]> = (0..steps).map(|step| band(at(step))).collect();
        let limits = records.first().map_or(0, |record| {
            let own = |command: &&CommandRecord| {
                command.id.window == window && command.id.opening == plan.profiled[window]
            };
            record
                .commands
                .iter()
                .filter(own)
                .map(|command| command.control.max_concurrency.min(command.counts.targets()))
                .max()
                .unwrap_or(0)
        });
        curves.push(OccupancyCurve {
            window: plan.config.windows[window].name.clone(),
            opens: opening.opens,
            cutoff: opening.cutoff,
            closes: opening.closes,
            max_concurrency: limits,
            continues: plan
                .window(window, plan.profiled[window])
                .tasks
                .iter()
                .any(|task| task.cutoff_behavior == CutoffBehavior::ContinueTask),
            step_minutes: OCCUPANCY_STEP_MINUTES,
            p05: bands.iter().map(|band| band[0]).collect(),
            p50: bands.iter().map(|band| band[1]).collect(),
            p95: bands.iter().map(|band| band[2]).collect(),
        });
    }
    curves
}
