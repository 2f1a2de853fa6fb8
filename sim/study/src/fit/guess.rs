//! Where closed forms say that the answer lies. They only choose where a search begins: they know one
//! opening of a window, the first that finds something approved.

use patchbench_kernel::SimDuration;
use patchbench_model::config::Operation;
use patchbench_model::world::{CommandRecord, Nobody, Plan, RunRecord, simulate};
use patchbench_scenario::{Assertion, Bound, Metric, Scenario};

use crate::assertion::{is_meant, number};
use crate::closed_form::{binomial_exceeds, started_by_cutoff};
use crate::collect::failure_of_each;
use crate::fit::Extreme;

/// The first level, from the wanted end, at which closed forms meet the assertions that they know;
/// `None` when they know none, or when no level would do.
pub fn first_by_formula(scenarios: &[Scenario], names: &[String], extreme: Extreme) -> Option<usize> {
    let count = scenarios.len();
    let level = |position: usize| match extreme {
        Extreme::Least => position,
        Extreme::Largest => count - 1 - position,
    };
    let meets = |position: usize| meets(&scenarios[level(position)], names);
    if !meets(count - 1)? {
        return None;
    }
    let (mut begin, mut end) = (0, count - 1);
    while begin < end {
        let middle = usize::midpoint(begin, end);
        if meets(middle)? {
            end = middle;
        } else {
            begin = middle + 1;
        }
    }
    Some(level(end))
}

/// Whether closed forms meet the assertions, those of which there is one.
fn meets(scenario: &Scenario, names: &[String]) -> Option<bool> {
    let plan = Plan::new(&scenario.config);
    let own = scenario.assertions.iter();
    let own = own.filter(|assertion| names.is_empty() || names.contains(&assertion.name));
    let known: Vec<&Assertion> = own.filter(|assertion| has_formula(assertion)).collect();
    // What is sent to whom, with which limits, does not depend on luck.
    let record = (!known.is_empty()).then(|| simulate(&plan, scenario.study.seed, 0, &mut Nobody))?;
    let met = known.into_iter().filter_map(|assertion| {
        let share = by_formula(&plan, &record, assertion)?;
        Some(match assertion.bound {
            Bound::AtMost(limit) => share <= number(limit),
            Bound::AtLeast(limit) => share >= number(limit),
        })
    });
    met.reduce(|all, one| all && one)
}

const fn has_formula(assertion: &Assertion) -> bool {
    matches!(assertion.metric, Metric::Stop | Metric::StartedBeforeCutoff)
}

/// What the assertion bounds, by formula: the worst of its tasks, or all of them together for a stop.
fn by_formula(plan: &Plan<'_>, record: &RunRecord, assertion: &Assertion) -> Option<f64> {
    let commands = record.commands.iter().filter(|command| {
        let window = command.id.window;
        command.id.opening == plan.profiled[window] && is_meant(plan, assertion, window)
    });
    let commands: Vec<&CommandRecord> = commands.collect();
    let of_all = |value: &dyn Fn(&CommandRecord) -> Option<f64>, together: fn(f64, f64) -> f64| {
        let values: Option<Vec<f64>> = commands.iter().map(|command| value(command)).collect();
        values?.into_iter().reduce(together)
    };
    match assertion.metric {
        Metric::Stop => {
            let through = |command: &CommandRecord| Some(1.0 - stop_chance(plan, command)?);
            of_all(&through, |all, one| all * one).map(|through| 1.0 - through)
        }
        Metric::StartedBeforeCutoff => of_all(&|command| started_share(plan, command), f64::min),
        _ => None,
    }
}

/// Something is withheld exactly if the errors of all but the last `MaxConcurrency` targets exceed the limit.
fn stop_chance(plan: &Plan<'_>, command: &CommandRecord) -> Option<f64> {
    let failure = failure_of_each(plan, command.id)?;
    let decisive = command
        .counts
        .targets()
        .saturating_sub(command.control.max_concurrency);
    Some(binomial_exceeds(decisive, failure, command.control.max_errors))
}

/// As though every invocation took the mean time, and no error threshold stopped the task.
fn started_share(plan: &Plan<'_>, command: &CommandRecord) -> Option<f64> {
    let opening = plan.openings[command.id.window].get(command.id.opening)?;
    let targets = plan.targets(command.id);
    let first = targets.ranges().first()?.start;
    let behavior = &plan.config.behaviors[plan.config.pools[plan.pool_of(first)].behavior];
    let installing =
        behavior.install_time.mean_ms() + behavior.reboot_probability * behavior.reboot_time.mean_ms();
    let mean = match plan.task(command.id).operation {
        Operation::Scan => behavior.scan_time.mean_ms(),
        Operation::Install => behavior.scan_time.mean_ms() + installing,
    };
    let mean = SimDuration::from_millis(mean.round() as i64);
    let nodes = command.counts.targets();
    let started = started_by_cutoff(
        nodes,
        command.control.max_concurrency,
        opening.cutoff - opening.opens,
        mean,
    );
    Some(f64::from(started) / f64::from(nodes.max(1)))
}
