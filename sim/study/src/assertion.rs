//! Assertions: sentences about a study that hold, fail, or cannot be told apart yet.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::SimDuration;
use patchbench_model::world::{CommandRecord, CoverageRecord, Plan, RunRecord};
use patchbench_scenario::{Assertion, Bound, Metric, Quantity};
use serde::{Deserialize, Serialize};

use crate::asserted::{AssertedEstimate, judge};
use crate::collect::{catalog_of, stopped};
use crate::fault_metrics::{bad_patches, said, stops};
use crate::metrics::{cells, coverage_index, openings_skipped, peak_in_progress, reboots_per_node_year};
use crate::openings::{nodes_left, started_before_cutoff};
use crate::patch_metrics::{
    backlog, exploitable_exposure, exposure, sla_attainment, superseded_unseen, unpatched_at_exploit,
};
use crate::sums::{PlanFacts, ResponseSums};
use crate::{Observation, Proportion, TalliedResponse};

/// What became of an assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds: the 95 % interval lies on the right side.
    Pass,
    /// It does not: the interval lies on the wrong side.
    Fail,
    /// The interval contains the limit, or no replication says anything.
    Inconclusive,
}

impl Verdict {
    /// A word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// An assertion with its outcome.
#[derive(Clone, Debug)]
pub struct AssertionResult {
    /// Its name.
    pub name: String,
    /// What it says, in words.
    pub sentence: String,
    /// Replications in which the condition holds (for probabilities: in which the event happened),
    /// among those that say anything.
    pub observed: Proportion,
    /// The estimate that decides, where the assertion bounds one.
    pub estimate: Option<AssertedEstimate>,
    /// The outcome.
    pub verdict: Verdict,
}

/// Evaluates the assertions of a scenario on its replications.
pub fn assess(plan: &Plan<'_>, records: &[RunRecord], assertions: &[Assertion]) -> Vec<AssertionResult> {
    let facts = PlanFacts::new(plan);
    let mut sums = AssertionSums::default();
    sums.push(&facts, records, assertions);
    let estimated = assertions.iter().any(|assertion| assertion.estimate.is_some());
    let mut responses = ResponseSums::default();
    if estimated {
        responses.push(&facts, records, None);
    }
    sums.finish(&facts, assertions, &responses.finish(&facts))
}

/// What the replications say of the assertions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct AssertionSums {
    /// By assertion: replications in which its condition holds, and those that say anything.
    conditions: Vec<(u64, u64)>,
    /// Responses of the patches that assertions on estimates name.
    of_patches: BTreeMap<String, ResponseSums>,
}

impl AssertionSums {
    pub(crate) fn push(&mut self, facts: &PlanFacts<'_>, records: &[RunRecord], assertions: &[Assertion]) {
        let count = |assertion: &Assertion| {
            let said = records
                .iter()
                .filter_map(|record| condition(facts.plan, record, assertion));
            said.fold((0, 0), |(holding, all), holds| {
                (holding + u64::from(holds), all + 1)
            })
        };
        self.add(&assertions.iter().map(count).collect::<Vec<_>>());
        for name in named_patches(assertions) {
            let own = self.of_patches.entry(name.to_owned()).or_default();
            own.push(facts, records, Some(name));
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.add(&other.conditions);
        for (name, own) in other.of_patches {
            self.of_patches.entry(name).or_default().merge(own);
        }
    }

    fn add(&mut self, conditions: &[(u64, u64)]) {
        let wanted = self.conditions.len().max(conditions.len());
        self.conditions.resize(wanted, (0, 0));
        for (own, more) in self.conditions.iter_mut().zip(conditions) {
            *own = (own.0 + more.0, own.1 + more.1);
        }
    }

    /// What became of the assertions; `all` are the responses of the study.
    pub(crate) fn finish(
        &self,
        facts: &PlanFacts<'_>,
        assertions: &[Assertion],
        all: &[TalliedResponse],
    ) -> Vec<AssertionResult> {
        let of_one = |(number, assertion): (usize, &Assertion)| {
            let (count, of) = self.conditions.get(number).copied().unwrap_or_default();
            let observed = Proportion::new(count, of);
            let (estimate, verdict) = match (assertion.estimate, assertion.patch.as_deref()) {
                (Some(of), None) => judge(all, (assertion, of)),
                (Some(of), Some(name)) => {
                    let own = self.of_patches.get(name).cloned().unwrap_or_default();
                    judge(&own.finish(facts), (assertion, of))
                }
                (None, _) => (None, verdict(&observed, assertion)),
            };
            AssertionResult {
                name: assertion.name.clone(),
                sentence: sentence(facts.plan, assertion),
                observed,
                estimate,
                verdict,
            }
        };
        assertions.iter().enumerate().map(of_one).collect()
    }
}

/// Patches that assertions on estimates name, each once.
fn named_patches(assertions: &[Assertion]) -> BTreeSet<&str> {
    let estimated = assertions.iter().filter(|assertion| assertion.estimate.is_some());
    estimated
        .filter_map(|assertion| assertion.patch.as_deref())
        .collect()
}

fn verdict(observed: &Proportion, assertion: &Assertion) -> Verdict {
    if observed.of == 0 {
        return Verdict::Inconclusive;
    }
    // A probability is bounded itself; any other condition must hold in a share of replications.
    let (limit, at_most) = match (assertion.metric, assertion.bound) {
        (metric, Bound::AtMost(quantity)) if metric.is_probability() => (number(quantity), true),
        (metric, Bound::AtLeast(quantity)) if metric.is_probability() => (number(quantity), false),
        _ => (assertion.in_share, false),
    };
    let (low, high) = (observed.interval.low, observed.interval.high);
    match at_most {
        // Certainty cannot be estimated: it holds as long as no replication contradicts it.
        false if limit >= 1.0 => {
            if observed.count == observed.of {
                Verdict::Pass
            } else {
                Verdict::Fail
            }
        }
        true if limit <= 0.0 => {
            if observed.count == 0 {
                Verdict::Pass
            } else {
                Verdict::Fail
            }
        }
        true if high <= limit => Verdict::Pass,
        true if low > limit => Verdict::Fail,
        false if low >= limit => Verdict::Pass,
        false if high < limit => Verdict::Fail,
        _ => Verdict::Inconclusive,
    }
}

/// The share of the replications in which [`holds`] must be true.
pub(crate) fn required_share(assertion: &Assertion) -> f64 {
    match assertion.bound {
        Bound::AtMost(quantity) if assertion.metric.is_probability() => 1.0 - number(quantity),
        Bound::AtLeast(quantity) if assertion.metric.is_probability() => number(quantity),
        _ => assertion.in_share,
    }
}

/// Whether a replication is as the assertion wants it: its condition holds, or an event whose probability
/// is bounded from above does not happen.
pub(crate) fn holds(plan: &Plan<'_>, record: &RunRecord, assertion: &Assertion) -> Option<bool> {
    condition(plan, record, assertion).map(|holds| holds != is_unwanted(assertion))
}

/// Whether it is about an event whose probability is bounded from above.
pub(crate) const fn is_unwanted(assertion: &Assertion) -> bool {
    assertion.metric.is_probability() && matches!(assertion.bound, Bound::AtMost(_))
}

/// Whether the condition holds in a replication; `None` when the replication cannot say.
fn condition(plan: &Plan<'_>, record: &RunRecord, assertion: &Assertion) -> Option<bool> {
    match assertion.metric {
        Metric::TimeToCoverage => in_time(plan, record, assertion),
        Metric::Stop => Some(commands(plan, record, assertion).any(stopped)),
        Metric::NodesLeft => of_tasks(plan, record, assertion, nodes_left),
        Metric::StartedBeforeCutoff => of_tasks(plan, record, assertion, started_before_cutoff),
        Metric::PeakInProgress => of_windows(plan, assertion, |window| peak_in_progress(record, window)),
        Metric::OpeningsSkipped => of_windows(plan, assertion, |window| openings_skipped(record, window)),
        Metric::RebootsPerNodeYear if assertion.window.is_none() => {
            Some(within(reboots_per_node_year(plan, record, None), assertion))
        }
        Metric::RebootsPerNodeYear => of_windows(plan, assertion, |window| {
            reboots_per_node_year(plan, record, Some(window))
        }),
        Metric::Exposure
        | Metric::ExploitableExposure
        | Metric::UnpatchedAtExploit
        | Metric::SlaAttainment
        | Metric::Backlog
        | Metric::SupersededUnseen => {
            of_patches(plan, record, assertion).map(|value| within(value, assertion))
        }
        Metric::TrueStop | Metric::MissedStop | Metric::FalseStop => {
            stops(assertion.metric, commands(plan, record, assertion))
        }
        _ => of_bad_patches(plan, record, assertion),
    }
}

/// The condition for the bad patches that the assertion is about. What did not happen by the horizon
/// may still happen in time, where the bound lies beyond it.
fn of_bad_patches(plan: &Plan<'_>, record: &RunRecord, assertion: &Assertion) -> Option<bool> {
    let mut own = bad_patches(plan, record, assertion.patch.as_deref());
    if let Bound::AtMost(Quantity::Duration(limit)) | Bound::AtLeast(Quantity::Duration(limit)) =
        assertion.bound
    {
        own.retain(|bad| bad.released.saturating_add(limit) <= plan.config.horizon);
    }
    match said(assertion.metric, &own) {
        Observation::Nothing => None,
        Observation::Censored => Some(matches!(assertion.bound, Bound::AtLeast(_))),
        Observation::Value(value) => Some(within(value, assertion)),
    }
}

/// The condition in every window that the assertion is about.
fn of_windows(plan: &Plan<'_>, assertion: &Assertion, value: impl Fn(usize) -> f64) -> Option<bool> {
    let windows = plan.config.windows.iter().enumerate();
    let own = windows.filter(|(_, known)| assertion.window.as_ref().is_none_or(|name| *name == known.name));
    worst(own.map(|(window, _)| value(window)), assertion)
}

/// The figure over all patches of the group and severity together.
fn of_patches(plan: &Plan<'_>, record: &RunRecord, assertion: &Assertion) -> Option<f64> {
    let (group, severity) = (assertion.group.as_deref(), assertion.severity.as_deref());
    let own: Vec<&CoverageRecord> = cells(plan, record, group, severity).collect();
    match assertion.metric {
        Metric::Exposure => Some(exposure(&own)),
        Metric::ExploitableExposure => Some(exploitable_exposure(plan, &own)),
        Metric::UnpatchedAtExploit => unpatched_at_exploit(plan, &own),
        Metric::SlaAttainment => {
            let sla = plan.config.measures.slas.get(assertion.sla?)?;
            sla_attainment(plan, record, sla, &own)
        }
        Metric::Backlog => {
            let groups = plan.groups.iter();
            let nodes = groups.filter(|known| group.is_none_or(|name| known.name == name));
            Some(backlog(plan, nodes.map(|known| known.nodes).sum(), &own))
        }
        Metric::SupersededUnseen => Some(superseded_unseen(plan, &own)),
        _ => None,
    }
}

/// Every patch that the assertion is about reaches its share in time. Patches whose time would run
/// beyond the horizon say nothing.
fn in_time(plan: &Plan<'_>, record: &RunRecord, assertion: &Assertion) -> Option<bool> {
    let index = assertion.coverage.and_then(coverage_index)?;
    let (Bound::AtMost(limit) | Bound::AtLeast(limit)) = assertion.bound;
    let Quantity::Duration(limit) = limit else {
        return None;
    };
    let catalog = catalog_of(plan, record)?;
    let own = cells(
        plan,
        record,
        assertion.group.as_deref(),
        assertion.severity.as_deref(),
    )
    .filter(|cell| {
        let id = &catalog.patches[cell.patch].id;
        let kb = &catalog.patches[cell.patch].kb;
        assertion
            .patch
            .as_ref()
            .is_none_or(|wanted| wanted == id || Some(wanted) == kb.as_ref())
    });
    // What is never offered to these nodes spreads through its successor, not by itself.
    let offered = own.filter(|cell| cell.approved.is_some());
    let judged = offered.filter(|cell| cell.released.saturating_add(limit) <= plan.config.horizon);
    let in_time = judged.map(|cell| {
        let within = cell.reached[index].is_some_and(|at| at - cell.released <= limit);
        within == matches!(assertion.bound, Bound::AtMost(_))
    });
    in_time.fold(None, |all: Option<bool>, one| Some(all.unwrap_or(true) && one))
}

/// The condition for every task of the windows that the assertion is about.
fn of_tasks(
    plan: &Plan<'_>,
    record: &RunRecord,
    assertion: &Assertion,
    value: fn(&RunRecord, usize, usize) -> Option<f64>,
) -> Option<bool> {
    let windows = (0..plan.config.windows.len()).filter(|window| is_meant(plan, assertion, *window));
    let tasks = windows.flat_map(|window| (0..plan.tasks(window).len()).map(move |task| (window, task)));
    let values = tasks.filter_map(|(window, task)| value(record, window, task));
    worst(values, assertion)
}

/// Commands of the windows that the assertion is about.
fn commands<'a>(
    plan: &'a Plan<'_>,
    record: &'a RunRecord,
    assertion: &'a Assertion,
) -> impl Iterator<Item = &'a CommandRecord> {
    let commands = record.commands.iter();
    commands.filter(move |command| is_meant(plan, assertion, command.id.window))
}

/// Whether a window is the one that the assertion is about, and reaches its group.
pub(crate) fn is_meant(plan: &Plan<'_>, assertion: &Assertion, window: usize) -> bool {
    let named = assertion.window.as_ref();
    let group = |name: &String| {
        let classes = plan.window_classes(window);
        let mut groups = classes
            .iter()
            .map(|class| &plan.groups[plan.classes[*class].group]);
        groups.any(|group| group.name == *name)
    };
    named.is_none_or(|name| *name == plan.config.windows[window].name)
        && assertion.group.as_ref().is_none_or(group)
}

fn worst(values: impl Iterator<Item = f64>, assertion: &Assertion) -> Option<bool> {
    let all: Vec<bool> = values.map(|value| within(value, assertion)).collect();
    (!all.is_empty()).then(|| all.iter().all(|holds| *holds))
}

fn within(value: f64, assertion: &Assertion) -> bool {
    match assertion.bound {
        Bound::AtMost(limit) => value <= number(limit),
        Bound::AtLeast(limit) => value >= number(limit),
    }
}

pub(crate) fn number(quantity: Quantity) -> f64 {
    match quantity {
        Quantity::Number(number) => number,
        Quantity::Duration(span) => span.as_days_f64(),
    }
}

pub(crate) fn sentence(plan: &Plan<'_>, assertion: &Assertion) -> String {
    let quantity = |quantity: Quantity| match quantity {
        Quantity::Duration(span) => duration(span),
        Quantity::Number(number) => number.to_string(),
    };
    let bound = match assertion.bound {
        Bound::AtMost(limit) => format!("at most {}", quantity(limit)),
        Bound::AtLeast(limit) => format!("at least {}", quantity(limit)),
    };
    let whom = [
        assertion
            .severity
            .as_ref()
            .map(|severity| format!("severity {severity}")),
        assertion.group.as_ref().map(|group| format!("group {group}")),
        assertion.patch.clone(),
        assertion.window.as_ref().map(|window| format!("window {window}")),
    ];
    let whom: Vec<String> = whom.into_iter().flatten().collect();
    let of = if whom.is_empty() {
        String::new()
    } else {
        format!(" ({})", whom.join(", "))
    };
    let sla = assertion.sla.and_then(|sla| plan.config.measures.slas.get(sla));
    let what = match (assertion.metric, assertion.coverage) {
        (Metric::SlaAttainment, _) => format!("share in time for {}", sla.map_or("", |sla| &sla.name)),
        (Metric::TimeToCoverage, Some(share)) => format!("time to {} % coverage", share * 100.0),
        (Metric::Stop, _) => "probability that the error threshold stops a task".to_owned(),
        (Metric::TrueStop, _) => {
            "probability that the error threshold stops a task that meets a bad patch".to_owned()
        }
        (Metric::MissedStop, _) => {
            "probability that the error threshold does not stop a task that meets a bad patch".to_owned()
        }
        (Metric::FalseStop, _) => {
            "probability that the error threshold stops a task without a bad patch".to_owned()
        }
        (metric, _) => metric.as_str().replace('_', " "),
    };
    match (assertion.metric, assertion.estimate) {
        (_, Some(estimate)) => format!("{} of {what}{of} {bound}", estimate.as_str()),
        (metric, None) if metric.is_probability() => format!("{what}{of} {bound}"),
        _ => format!(
            "{what}{of} {bound} in {} % of replications",
            assertion.in_share * 100.0
        ),
    }
}

fn duration(span: SimDuration) -> String {
    span.to_string()
}
