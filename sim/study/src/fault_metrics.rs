//! Metrics of bad patches: how far they come, what they break, when that shows, and whether the error
//! threshold tells bad patches from good ones.

use patchbench_kernel::SimTime;
use patchbench_model::world::{BadPatchRecord, CommandRecord, Plan, RunRecord};
use patchbench_scenario::Metric;

use crate::collect::{catalog_of, days, stopped};
use crate::metrics::own;
use crate::{Observation, Response, ResponseKey};

/// All responses of bad patches; none in a scenario without any.
pub(crate) fn fault_responses(plan: &Plan<'_>, records: &[RunRecord]) -> Vec<Response> {
    if plan.config.faults.bad_patches.is_empty() {
        return Vec::new();
    }
    let watched = plan.config.faults.monitoring.is_some();
    let metrics = Metric::OF_BAD_PATCHES.into_iter();
    let mut responses: Vec<Response> = metrics
        .filter(|metric| watched || !of_alarms(*metric))
        .map(|metric| response(plan, records, metric))
        .collect();
    for (window, config) in plan.config.windows.iter().enumerate() {
        for (task, known) in plan.tasks(window).into_iter().enumerate() {
            let name = format!("{} / {}", config.name, known.name);
            responses.extend(stop_responses(records, (window, task), &name));
        }
    }
    responses
}

/// Whether it takes a monitoring.
const fn of_alarms(metric: Metric) -> bool {
    matches!(
        metric,
        Metric::ReachedAtAlarm | Metric::BrokenAtAlarm | Metric::TimeToDetection
    )
}

fn response(plan: &Plan<'_>, records: &[RunRecord], metric: Metric) -> Response {
    let said = records
        .iter()
        .map(|record| said(metric, &bad_patches(plan, record, None)));
    let key = ResponseKey::overall(metric.as_str());
    Response::amount(key, unit(metric), said.collect())
}

const fn unit(metric: Metric) -> &'static str {
    match metric {
        Metric::BadPatches | Metric::Escapes => "patches",
        Metric::BrokenShareOfFleet | Metric::BrokenShareOfClass => "share",
        Metric::TimeToFirstSymptom | Metric::TimeToDetection => "days",
        _ => "nodes",
    }
}

/// A bad patch of a replication.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BadPatch<'a> {
    pub(crate) record: &'a BadPatchRecord,
    /// Its release, or the start of the simulation if that is later.
    pub(crate) released: SimTime,
    /// Whether it comes out, or is offered to nodes, within the simulated period.
    comes_out: bool,
    /// All nodes.
    fleet: u32,
}

/// The bad patches of a replication, or the one of this id or KB number.
pub(crate) fn bad_patches<'a>(
    plan: &Plan<'_>,
    record: &'a RunRecord,
    wanted: Option<&str>,
) -> Vec<BadPatch<'a>> {
    let catalog = catalog_of(plan, record);
    let fleet = plan.nodes();
    let known = record.bad_patches.iter().filter_map(|bad| {
        let patch = &catalog?.patches[bad.patch];
        let is_called = |name: &str| patch.id == name || patch.kb.as_deref() == Some(name);
        let (start, horizon) = (plan.config.start, plan.config.horizon);
        let visible = patch.visible_from();
        wanted.is_none_or(is_called).then(|| BadPatch {
            record: bad,
            released: visible.max(start),
            comes_out: bad.approved.is_some() || (start..=horizon).contains(&visible),
            fleet,
        })
    });
    known.collect()
}

impl BadPatch<'_> {
    pub(crate) fn share_of_fleet(&self) -> f64 {
        f64::from(self.record.broken) / f64::from(self.fleet.max(1))
    }

    pub(crate) fn share_of_class(&self) -> f64 {
        f64::from(self.record.broken) / f64::from(self.record.breakable.max(1))
    }

    /// Days from release to the first symptom.
    pub(crate) fn days_to_symptom(&self) -> Option<f64> {
        self.record.first_symptom.map(|at| days(at - self.released))
    }

    /// Days from release to the alarm.
    pub(crate) fn days_to_alarm(&self) -> Option<f64> {
        self.record.alarm.map(|at| days(at - self.released))
    }
}

/// The metric over some bad patches of one replication.
pub(crate) fn said(metric: Metric, own: &[BadPatch<'_>]) -> Observation {
    let count = |holds: &dyn Fn(&BadPatch<'_>) -> bool| {
        Observation::Value(own.iter().filter(|bad| holds(bad)).count() as f64)
    };
    let most =
        |value: &dyn Fn(&BadPatch<'_>) -> f64| Observation::Value(own.iter().map(value).fold(0.0, f64::max));
    let showed = || own.iter().filter(|bad| bad.record.first_symptom.is_some());
    let alarmed = || own.iter().filter(|bad| bad.record.alarm.is_some());
    match metric {
        Metric::BadPatches => count(&|bad| bad.comes_out),
        Metric::Escapes => count(&|bad| bad.record.approved.is_some()),
        Metric::BlastRadius => most(&|bad| f64::from(bad.record.reached)),
        Metric::BadInstalls => {
            Observation::Value(own.iter().map(|bad| f64::from(bad.record.installed)).sum())
        }
        Metric::NodesBroken => most(&|bad| f64::from(bad.record.broken)),
        Metric::BrokenShareOfFleet => most(&|bad| bad.share_of_fleet()),
        Metric::BrokenShareOfClass => most(&|bad| bad.share_of_class()),
        Metric::ReachedAtFirstSymptom => largest(showed(), |bad| bad.reached_at_symptom),
        Metric::ReachedAtAlarm => largest(alarmed(), |bad| bad.reached_at_alarm),
        Metric::BrokenAtAlarm => largest(alarmed(), |bad| bad.broken_at_alarm),
        Metric::TimeToFirstSymptom => typical(own, BadPatch::days_to_symptom),
        Metric::TimeToDetection => typical(own, BadPatch::days_to_alarm),
        _ => Observation::Nothing,
    }
}

fn largest<'a>(
    own: impl Iterator<Item = &'a BadPatch<'a>>,
    value: impl Fn(&BadPatchRecord) -> u32,
) -> Observation {
    own.map(|bad| value(bad.record))
        .max()
        .map_or(Observation::Nothing, |largest| {
            Observation::Value(f64::from(largest))
        })
}

/// The median over the bad patches that reached any node; one that never showed is the slowest.
fn typical<'a>(own: &[BadPatch<'a>], time: impl Fn(&BadPatch<'a>) -> Option<f64>) -> Observation {
    let reached = own.iter().filter(|bad| bad.record.reached > 0);
    let mut times: Vec<f64> = reached.map(|bad| time(bad).unwrap_or(f64::INFINITY)).collect();
    times.sort_by(f64::total_cmp);
    match times.len().div_ceil(2).checked_sub(1) {
        None => Observation::Nothing,
        Some(middle) if times[middle].is_finite() => Observation::Value(times[middle]),
        Some(_) => Observation::Censored,
    }
}

/// Whether the error threshold stopped a task, in the openings that a metric is about: those in which
/// it met a bad patch, or those in which it met none. `None` without such an opening.
pub(crate) fn stops<'a>(metric: Metric, commands: impl Iterator<Item = &'a CommandRecord>) -> Option<bool> {
    let bad = metric != Metric::FalseStop;
    let started = commands.filter(|command| command.started.is_some());
    let judged = started.filter(|command| command.met_bad_patch == bad);
    let any = judged.fold(None, |any, command| Some(any == Some(true) || stopped(command)))?;
    Some(any != (metric == Metric::MissedStop))
}

fn stop_responses(records: &[RunRecord], (window, task): (usize, usize), name: &str) -> [Response; 3] {
    [Metric::TrueStop, Metric::MissedStop, Metric::FalseStop].map(|metric| {
        let said = records.iter().map(|record| {
            stops(metric, own(record, window, task)).map_or(Observation::Nothing, Observation::from)
        });
        let key = ResponseKey::overall(metric.as_str()).of_task(name);
        Response::chance(key, said.collect())
    })
}
