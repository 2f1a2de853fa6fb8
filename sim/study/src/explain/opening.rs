//! What one opening of a window did and left.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::config::{CutoffBehavior, Operation, RebootOption, Surface, TaskStatus};
use patchbench_model::ssm::{CommandStatus, InvocationStatus};
use patchbench_model::units::RateLimit;
use patchbench_model::world::{CommandId, CommandRecord, Fact, Observer, Plan, RunRecord, simulate};

use super::Explainer;
use super::basis::{self, Basis};
use super::names::{NodeNames, PatchName};
use super::opportunity::Stop;
use super::trouble::{Trouble, Troubles};

/// What an opening did and left.
#[derive(Clone, Debug, PartialEq)]
pub struct OpeningExplanation {
    /// Name of the window.
    pub window: String,
    /// What AWS calls it.
    pub surface: Surface,
    /// Time zone of its schedule.
    pub timezone: String,
    /// When it opened.
    pub opened: SimTime,
    /// From when no task starts.
    pub cutoff: SimTime,
    /// When it closes.
    pub closes: SimTime,
    /// Number of the opening, from 1, and of how many.
    pub number: (usize, usize),
    /// Seed of all draws.
    pub seed: u64,
    /// The replication that was played.
    pub replication: u64,
    /// Status of the execution.
    pub status: TaskStatus,
    /// What AWS says beside it.
    pub details: Option<&'static str>,
    /// When it ended, if it did.
    pub ended: Option<SimTime>,
    /// It was skipped since the execution that opened then was still in progress.
    pub skipped_for: Option<SimTime>,
    /// Its tasks in the order of their priority.
    pub tasks: Vec<TaskLeft>,
    /// The rules that what it did rests on.
    pub basis: Vec<Basis>,
}

/// What a task did and left.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskLeft {
    /// Its name.
    pub name: String,
    /// Scan or Install.
    pub operation: Operation,
    /// Whether nodes may reboot.
    pub reboot_option: RebootOption,
    /// 0 is the highest.
    pub priority: u32,
    /// What happens at the cutoff.
    pub cutoff_behavior: CutoffBehavior,
    /// MaxConcurrency as it was given.
    pub max_concurrency: RateLimit,
    /// MaxErrors as it was given.
    pub max_errors: RateLimit,
    /// Its status.
    pub status: TaskStatus,
    /// Its commands: one for each target, or one for all.
    pub commands: Vec<CommandLeft>,
}

/// What a command did and left.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandLeft {
    /// Number of its target, from 1.
    pub target: usize,
    /// Number of nodes.
    pub targets: u32,
    /// MaxConcurrency as a number.
    pub max_concurrency: u32,
    /// MaxErrors as a number.
    pub max_errors: u32,
    /// When it started; `None`: it never did.
    pub started: Option<SimTime>,
    /// When its last invocation ended.
    pub ended: Option<SimTime>,
    /// Time from the closing of the window to that end, if it came later.
    pub overrun: Option<SimDuration>,
    /// Its status.
    pub status: CommandStatus,
    /// Invocations that were sent.
    pub sent: u32,
    /// Of these, before the cutoff.
    pub sent_before_cutoff: u32,
    /// How they ended; what was not sent has its status, too.
    pub invocations: Vec<(InvocationStatus, u32)>,
    /// The error threshold at work, if it left nodes.
    pub stop: Option<Stop>,
    /// Nodes with an error, in order of time.
    pub errors: NodeNames,
    /// Why invocations that were sent ended without success.
    pub troubles: Vec<Trouble>,
    /// The alarm that cancelled it: when, and about which patch.
    pub alarm: Option<(SimTime, PatchName)>,
    /// Nodes that were not sent to, by their status.
    pub left: Vec<(InvocationStatus, NodeNames)>,
    /// Patches that were installed, with the number of nodes.
    pub installed: Vec<(PatchName, u32)>,
    /// Nodes that rebooted.
    pub rebooted: u32,
    /// Nodes that reported themselves compliant, and those that reported the contrary.
    pub compliant: (u32, u32),
}

/// What is noted of a command beside its record.
#[derive(Clone, Debug, Default)]
struct Notes {
    errors: Vec<u32>,
    errors_at_stop: Vec<u32>,
    troubles: Troubles,
    /// The alarm (about a patch by index) at which nodes were left.
    alarm: Option<(SimTime, usize)>,
    /// Nodes whose turn has not come.
    waiting: BTreeSet<u32>,
    not_sent: BTreeMap<InvocationStatus, Vec<u32>>,
    /// By index into the patches.
    installed: BTreeMap<usize, u32>,
}

/// Listens to one opening.
struct OpeningWatch<'a> {
    explainer: &'a Explainer<'a>,
    place: (usize, usize),
    notes: BTreeMap<(usize, usize), Notes>,
    /// The last opening of the window that was not skipped, before this one.
    running: Option<usize>,
    skipped: bool,
    /// The last alarm, until a cutoff comes after it: what is cancelled at its instant is cancelled by it.
    alarm: Option<(SimTime, usize)>,
}

impl OpeningWatch<'_> {
    fn notes(&mut self, id: CommandId) -> Option<&mut Notes> {
        if (id.window, id.opening) != self.place {
            return None;
        }
        Some(self.notes.entry((id.task, id.part)).or_default())
    }

    /// An invocation is cancelled, or is never sent for that reason: by an alarm, if one has just risen.
    fn cancelled(&mut self, at: SimTime, id: CommandId) {
        let by = self.alarm.filter(|(since, _)| *since == at);
        if let Some(notes) = self.notes(id) {
            notes.alarm = notes.alarm.or(by);
        }
    }

    /// The fault of a bad patch shows on a node.
    fn symptom(&mut self, at: SimTime, node: u32, patch: usize) {
        for notes in self.notes.values_mut() {
            notes.troubles.symptom(at, node, patch);
        }
    }

    fn ended(&mut self, command: CommandId, node: u32, status: InvocationStatus, installed: &[u32]) {
        let plan = self.explainer.plan;
        let class = plan.pool_class[plan.pool_of(node)];
        let known = &self.explainer.catalog.classes[class].patches;
        let Some(notes) = self.notes(command) else { return };
        for place in installed {
            *notes.installed.entry(known[*place as usize].patch).or_default() += 1;
        }
        if status.is_error() {
            notes.errors.push(node);
        }
    }
}

impl Observer for OpeningWatch<'_> {
    const LISTENS: bool = true;

    fn fact(&mut self, at: SimTime, fact: Fact<'_>) {
        match fact {
            Fact::WindowOpened { window, opening } if window == self.place.0 && opening < self.place.1 => {
                self.running = Some(opening);
            }
            Fact::WindowSkipped { window, opening } if (window, opening) == self.place => self.skipped = true,
            Fact::CommandStarted { command, .. } => {
                let targets = self.explainer.plan.targets(command);
                if let Some(notes) = self.notes(command) {
                    notes.waiting = targets.iter().collect();
                }
            }
            Fact::Sent { command, node, .. } => {
                if let Some(notes) = self.notes(command) {
                    notes.waiting.remove(&node);
                }
            }
            Fact::Ended {
                command,
                node,
                status,
                cause,
                installed,
                ..
            } => {
                self.ended(command, node, status, installed);
                if status == InvocationStatus::Cancelled {
                    self.cancelled(at, command);
                }
                if let (Some(notes), Some(cause)) = (self.notes(command), cause) {
                    notes.troubles.ended(at, node, cause);
                }
            }
            Fact::Symptom { node, patch, .. } => self.symptom(at, node, patch),
            Fact::Alarm { patch } => self.alarm = Some((at, patch)),
            Fact::Cutoff { .. } => self.alarm = None,
            Fact::Stopped { command, .. } => {
                if let Some(notes) = self.notes(command) {
                    notes.errors_at_stop.clone_from(&notes.errors);
                }
            }
            Fact::NotSent {
                command,
                node,
                status,
            } => {
                if status == InvocationStatus::Cancelled {
                    self.cancelled(at, command);
                }
                if let Some(notes) = self.notes(command) {
                    notes.waiting.remove(&node);
                    notes.not_sent.entry(status).or_default().push(node);
                }
            }
            _ => {}
        }
    }
}

impl Explainer<'_> {
    /// What an opening of a window did and left.
    pub fn opening(&self, window: usize, opening: usize) -> OpeningExplanation {
        let plan = self.plan;
        let mut watch = OpeningWatch {
            explainer: self,
            place: (window, opening),
            notes: BTreeMap::new(),
            running: None,
            skipped: false,
            alarm: None,
        };
        let record = simulate(plan, self.seed, self.replication, &mut watch);
        let OpeningWatch {
            notes,
            running,
            skipped,
            ..
        } = watch;
        let execution = record
            .windows
            .iter()
            .find(|known| (known.window, known.opening) == (window, opening));
        let (known, times) = (plan.window(window, opening), plan.openings[window][opening]);
        let opens = |opening: usize| plan.openings[window][opening].opens;
        let mut tasks: Vec<TaskLeft> = (0..known.tasks.len())
            .map(|task| {
                let status = execution.and_then(|known| known.tasks.get(task).copied());
                self.task_left(&record, &notes, (window, opening, task), status)
            })
            .collect();
        tasks.sort_by_key(|task| task.priority);
        let basis = if skipped {
            vec![basis::OVERLAP]
        } else {
            rules(&tasks)
        };
        OpeningExplanation {
            window: known.name.clone(),
            surface: known.surface,
            timezone: known.schedule.timezone().name().to_owned(),
            opened: times.opens,
            cutoff: times.cutoff,
            closes: times.closes,
            number: (opening + 1, plan.openings[window].len()),
            seed: self.seed,
            replication: self.replication,
            status: execution.map_or(TaskStatus::Pending, |known| known.status),
            details: known.status_details().filter(|_| !skipped),
            ended: execution.and_then(|known| known.ended).filter(|_| !skipped),
            skipped_for: running.filter(|_| skipped).map(opens),
            tasks: if skipped { Vec::new() } else { tasks },
            basis,
        }
    }

    fn task_left(
        &self,
        record: &RunRecord,
        notes: &BTreeMap<(usize, usize), Notes>,
        (window, opening, task): (usize, usize, usize),
        status: Option<TaskStatus>,
    ) -> TaskLeft {
        let known = &self.plan.window(window, opening).tasks[task];
        let commands = record.commands.iter().filter(|command| {
            (command.id.window, command.id.opening, command.id.task) == (window, opening, task)
        });
        let mut commands: Vec<CommandLeft> = commands
            .map(|command| {
                let own = notes.get(&(task, command.id.part)).cloned().unwrap_or_default();
                self.command_left(command, &own)
            })
            .collect();
        commands.sort_by_key(|command| command.target);
        TaskLeft {
            name: known.name.clone(),
            operation: known.operation,
            reboot_option: known.reboot_option,
            priority: known.priority,
            cutoff_behavior: known.cutoff_behavior,
            max_concurrency: known.max_concurrency,
            max_errors: known.max_errors,
            status: status.unwrap_or(TaskStatus::Pending),
            commands,
        }
    }

    fn command_left(&self, record: &CommandRecord, notes: &Notes) -> CommandLeft {
        let (plan, id) = (self.plan, record.id);
        let closes = plan.openings[id.window][id.opening].closes;
        let statuses = InvocationStatus::ALL.into_iter();
        let invocations = statuses.map(|status| (status, record.counts.get(status)));
        let names = |patch: &usize| PatchName::of(&self.catalog.patches[*patch]);
        CommandLeft {
            target: id.part + 1,
            targets: record.counts.targets(),
            max_concurrency: record.control.max_concurrency,
            max_errors: record.control.max_errors,
            started: record.started,
            ended: record.ended.filter(|_| record.started.is_some()),
            overrun: record
                .ended
                .map(|ended| ended - closes)
                .filter(|late| late.millis() > 0),
            status: record.status,
            sent: record.counts.sent(),
            sent_before_cutoff: record.sent_before_cutoff,
            invocations: invocations.filter(|(_, count)| *count > 0).collect(),
            stop: record.stopped.and_then(|at| stop(plan, at, record, notes)),
            errors: NodeNames::of(plan, &notes.errors),
            troubles: notes.troubles.named(plan, &self.catalog),
            alarm: notes.alarm.map(|(at, patch)| (at, names(&patch))),
            left: left(plan, record, notes),
            installed: notes
                .installed
                .iter()
                .map(|(patch, nodes)| (names(patch), *nodes))
                .collect(),
            rebooted: record.rebooted,
            compliant: (record.compliant, record.non_compliant),
        }
    }
}

/// The rules behind what the tasks of an opening did.
fn rules(tasks: &[TaskLeft]) -> Vec<Basis> {
    let mut rules = vec![basis::WINDOW_STATUS, basis::STOP, basis::COMPLIANCE];
    let limits = |task: &TaskLeft| [task.max_concurrency, task.max_errors];
    if tasks
        .iter()
        .flat_map(limits)
        .any(|limit| !matches!(limit, RateLimit::Count(_)))
    {
        rules.push(basis::PERCENT);
    }
    if tasks.iter().any(|task| task.commands.len() > 1) {
        rules.push(basis::PARTS);
    }
    let commands = || tasks.iter().flat_map(|task| &task.commands);
    if commands().any(|command| !command.left.is_empty()) {
        rules.extend([basis::CUTOFF, basis::ORDER]);
    }
    rules
}

fn stop(plan: &Plan<'_>, at: SimTime, record: &CommandRecord, notes: &Notes) -> Option<Stop> {
    let left = record.counts.get(InvocationStatus::Terminated);
    (left > 0).then(|| Stop {
        at,
        errors: record.errors_at_stop,
        nodes: notes
            .errors_at_stop
            .iter()
            .map(|node| plan.node_name(*node))
            .collect(),
        left,
    })
}

/// The nodes that were not sent to.
fn left(plan: &Plan<'_>, record: &CommandRecord, notes: &Notes) -> Vec<(InvocationStatus, NodeNames)> {
    if record.started.is_none() {
        let targets: Vec<u32> = plan.targets(record.id).iter().collect();
        return vec![(InvocationStatus::Cancelled, NodeNames::of(plan, &targets))];
    }
    let mut left: Vec<(InvocationStatus, NodeNames)> = notes
        .not_sent
        .iter()
        .map(|(status, nodes)| (*status, NodeNames::of(plan, nodes)))
        .collect();
    let waiting: Vec<u32> = notes.waiting.iter().copied().collect();
    if !waiting.is_empty() {
        left.push((InvocationStatus::Pending, NodeNames::of(plan, &waiting)));
    }
    left
}
