//! How each command fares, summed up.

use std::collections::BTreeMap;

use patchbench_kernel::SimTime;
use patchbench_model::config::CutoffBehavior;
use patchbench_model::ssm::{InvocationStatus, RateControl};
use patchbench_model::world::{CommandId, CommandRecord, Opening, Plan, RunRecord};
use serde::{Deserialize, Serialize};

use super::{merge_by_key, merge_by_place, since};
use crate::collect::{closed_form, left, operation_name, stopped};
use crate::results::CommandResult;
use crate::{Proportion, Summary, Tally};

/// When its window opened, and which command: window, opening, task and part.
type CommandKey = (i64, usize, usize, usize, usize);

/// All commands of some replications.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct CommandSums(BTreeMap<CommandKey, OneCommand>);

/// One command; which tally and which count is what, see [`figures`] and [`events`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct OneCommand {
    /// Number of targets and resolved limits, as the first of the replications has them.
    first: (u64, u32, u32, u32),
    replications: u64,
    happened: [u64; EVENTS],
    figures: Vec<Tally>,
}

const EVENTS: usize = 5;

/// What happens in a replication or not.
fn events(record: &CommandRecord, opening: &Opening) -> [bool; EVENTS] {
    [
        record.started.is_some(),
        record.sent_before_cutoff == record.counts.targets(),
        record.stopped.is_some(),
        stopped(record),
        record.ended.is_some_and(|at| at > opening.closes),
    ]
}

/// Figures of a replication, each with whether it says anything: what is about stops, of those that
/// stopped; when it ends, of those that started.
fn figures(record: &CommandRecord, opening: &Opening) -> [(bool, Option<f64>); 11] {
    let hours = |at: SimTime| (at - opening.opens).as_hours_f64();
    let of = |value: u64| (true, Some(value as f64));
    let (success, stopped) = (record.counts.get(InvocationStatus::Success), stopped(record));
    [
        of(record.counts.sent().into()),
        of(record.sent_before_cutoff.into()),
        of(success.into()),
        of(record.counts.errors().into()),
        (stopped, record.stopped.map(hours)),
        (stopped, Some(f64::from(left(record)))),
        of((record.counts.targets() - success).into()),
        (record.started.is_some(), record.ended.map(hours)),
        of(record.installed),
        of(record.reported_missing),
        of(record.non_compliant.into()),
    ]
}

impl OneCommand {
    fn new(replication: u64, record: &CommandRecord) -> Self {
        let control = record.control;
        Self {
            first: (
                replication,
                record.counts.targets(),
                control.max_concurrency,
                control.max_errors,
            ),
            replications: 0,
            happened: [0; EVENTS],
            figures: vec![Tally::default(); 11],
        }
    }

    fn push(&mut self, record: &CommandRecord, opening: &Opening) {
        self.replications += 1;
        for (count, happened) in self.happened.iter_mut().zip(events(record, opening)) {
            *count += u64::from(happened);
        }
        for (tally, (said, value)) in self.figures.iter_mut().zip(figures(record, opening)) {
            if said {
                tally.observe(value);
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.replications += other.replications;
        for (count, more) in self.happened.iter_mut().zip(other.happened) {
            *count += more;
        }
        merge_by_place(&mut self.figures, other.figures);
    }

    fn result(&self, plan: &Plan<'_>, id: CommandId) -> CommandResult {
        let window = plan.window(id.window, id.opening);
        let (task, opening) = (&window.tasks[id.task], plan.openings[id.window][id.opening]);
        let (_, targets, max_concurrency, max_errors) = self.first;
        let event = |place: usize| Proportion::new(self.happened[place], self.replications);
        let figure = |place: usize| Summary::from(&self.figures[place]);
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
            max_concurrency,
            max_errors,
            started: event(0),
            all_before_cutoff: event(1),
            threshold_passed: event(2),
            stopped: event(3),
            overran: event(4),
            sent: figure(0),
            sent_before_cutoff: figure(1),
            succeeded: figure(2),
            errors: figure(3),
            stop_hours: figure(4),
            left_at_stop: figure(5),
            not_succeeded: figure(6),
            end_hours: figure(7),
            installed: figure(8),
            reported_missing: figure(9),
            non_compliant: figure(10),
            threshold_closed_form: closed_form(
                plan,
                id,
                RateControl {
                    max_concurrency,
                    max_errors,
                },
                targets,
            ),
        }
    }
}

impl CommandSums {
    pub(crate) fn push(&mut self, plan: &Plan<'_>, replication: u64, record: &RunRecord) {
        for command in &record.commands {
            let id = command.id;
            let key = (since(command.opened), id.window, id.opening, id.task, id.part);
            let opening = &plan.openings[id.window][id.opening];
            let known = self.0.entry(key);
            let known = known.or_insert_with(|| OneCommand::new(replication, command));
            known.push(command, opening);
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        merge_by_key(&mut self.0, other.0, OneCommand::merge);
    }

    /// Concurrency limits of the tasks of a window's profiled opening: the largest.
    pub(crate) fn most_at_once(&self, plan: &Plan<'_>, window: usize) -> u32 {
        let own = self
            .0
            .iter()
            .filter(|((_, own, opening, ..), _)| *own == window && *opening == plan.profiled[window]);
        let limits = own.map(|(_, command)| command.first.1.min(command.first.2));
        limits.max().unwrap_or(0)
    }

    /// In order of opening.
    pub(crate) fn finish(&self, plan: &Plan<'_>) -> Vec<CommandResult> {
        let result = |((_, window, opening, task, part), sums): (&CommandKey, &OneCommand)| {
            let id = CommandId {
                window: *window,
                opening: *opening,
                task: *task,
                part: *part,
            };
            sums.result(plan, id)
        };
        self.0.iter().map(result).collect()
    }
}
