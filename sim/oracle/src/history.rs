//! What happened in a run, in one shape for the engine and the reference.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::SimTime;
use patchbench_model::config::TaskStatus;
use patchbench_model::ssm::{CommandStatus, InstancePatchState, InvocationStatus};
use patchbench_model::world::{Catalog, Cause, CommandId, CommandRecord, Fact, Observer, Plan, RunRecord};

/// One command on one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// When it was sent, if it was.
    pub sent: Option<SimTime>,
    /// When its document started on the node: at once, or when a node that could not be reached was back.
    pub began: Option<SimTime>,
    /// When it ended, if it did.
    pub ended: Option<SimTime>,
    /// Its status.
    pub status: InvocationStatus,
    /// Why it is no success, once it has ended.
    pub cause: Option<Cause>,
    /// Patches that were missing when it was sent, or when it reached its node, by index into the catalogue.
    pub missing: Vec<usize>,
    /// Patches that it installed.
    pub installed: Vec<usize>,
    /// Whether its node rebooted.
    pub rebooted: bool,
}

impl Invocation {
    /// One that was never sent, or of which no more is known yet.
    pub fn unsent(status: InvocationStatus) -> Self {
        Self {
            sent: None,
            began: None,
            ended: None,
            status,
            cause: None,
            missing: Vec::new(),
            installed: Vec::new(),
            rebooted: false,
        }
    }
}

/// How a command went, as its record tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandHistory {
    /// When its window opened.
    pub opened: SimTime,
    /// When it started, if it did.
    pub started: Option<SimTime>,
    /// When its last invocation ended.
    pub ended: Option<SimTime>,
    /// MaxConcurrency as a number.
    pub max_concurrency: u32,
    /// MaxErrors as a number.
    pub max_errors: u32,
    /// When errors exceeded MaxErrors, and how many there were.
    pub stopped: Option<(SimTime, u32)>,
    /// When the last invocation was sent.
    pub last_sent: Option<SimTime>,
    /// Invocations sent.
    pub sent: u32,
    /// Those before the cutoff.
    pub sent_before_cutoff: u32,
    /// Nodes that reported themselves compliant.
    pub compliant: u32,
    /// Nodes that reported themselves non-compliant.
    pub non_compliant: u32,
    /// Patches reported missing, summed over the nodes.
    pub reported_missing: u64,
    /// Whether a bad patch was among what was to be installed.
    pub met_bad_patch: bool,
    /// Patches installed, summed over the nodes.
    pub installed: u64,
    /// Nodes that rebooted.
    pub rebooted: u32,
    /// Its status.
    pub status: CommandStatus,
    /// Number of invocations by status, without those of which there are none.
    pub counts: BTreeMap<InvocationStatus, u32>,
}

/// How a window execution went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowHistory {
    /// When its last task became terminal.
    pub ended: Option<SimTime>,
    /// Its status.
    pub status: TaskStatus,
    /// Statuses of its tasks.
    pub tasks: Vec<TaskStatus>,
}

/// A whole run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// By command and node; nothing for commands that never started.
    pub invocations: BTreeMap<(CommandId, u32), Invocation>,
    /// By command.
    pub commands: BTreeMap<CommandId, CommandHistory>,
    /// By window and opening.
    pub windows: BTreeMap<(usize, usize), WindowHistory>,
    /// When tasks became terminal: by window, opening and task.
    pub tasks: BTreeMap<(usize, usize, usize), (SimTime, TaskStatus)>,
    /// When the faults of patches showed on nodes, by instant, node and patch, and until when the node
    /// could not be reached.
    pub symptoms: BTreeMap<(SimTime, u32, usize), Option<SimTime>>,
    /// When alarms rejected patches.
    pub alarms: BTreeMap<usize, SimTime>,
}

/// Writes down the facts of the engine.
pub struct Watch<'p> {
    plan: &'p Plan<'p>,
    catalog: &'p Catalog,
    /// What happened.
    pub history: History,
    /// Nodes of each command in the order in which they were sent to, or passed over at the end.
    pub order: BTreeMap<CommandId, Vec<u32>>,
    /// What nodes reported at the end of their invocations.
    pub reports: BTreeMap<(CommandId, u32), InstancePatchState>,
    /// The same in the order in which they came: instant, node, report.
    pub reported: Vec<(SimTime, u32, InstancePatchState)>,
    /// Why invocations were no success.
    pub causes: BTreeSet<Cause>,
    last: SimTime,
}

impl<'p> Watch<'p> {
    fn passed_over(&mut self, command: CommandId, node: u32, status: InvocationStatus) {
        let unsent = Invocation::unsent(status);
        let twice = self.history.invocations.insert((command, node), unsent);
        assert!(
            twice.is_none(),
            "{command:?} passed over node {node}, which it had sent to"
        );
        self.order.entry(command).or_default().push(node);
    }

    /// Watches a run of a plan.
    pub fn new(plan: &'p Plan<'p>, catalog: &'p Catalog) -> Self {
        Self {
            plan,
            catalog,
            history: History::default(),
            order: BTreeMap::new(),
            reports: BTreeMap::new(),
            reported: Vec::new(),
            causes: BTreeSet::new(),
            last: SimTime::MIN,
        }
    }

    fn misfortune(&mut self, at: SimTime, fact: Fact<'_>) {
        match fact {
            Fact::Alarm { patch } => {
                let twice = self.history.alarms.insert(patch, at);
                assert!(twice.is_none(), "a patch is rejected twice");
            }
            Fact::Unreachable { command, node } => {
                let known = self.history.invocations.get_mut(&(command, node)).unwrap();
                assert_eq!((known.sent, known.began), (Some(at), Some(at)));
                known.began = None;
            }
            Fact::Delivered {
                command,
                node,
                missing,
            } => {
                let missing = self.patches(node, missing);
                let known = self.history.invocations.get_mut(&(command, node)).unwrap();
                assert_eq!((known.began, known.ended), (None, None));
                (known.began, known.missing) = (Some(at), missing);
            }
            Fact::Symptom { node, patch, until } => {
                // Two flaws of a patch may show at once.
                let before = self.history.symptoms.insert((at, node, patch), until);
                assert!(before.is_none_or(|before| before == until));
            }
            _ => {}
        }
    }

    /// Adds what the engine's own record says of commands and windows.
    pub fn finish(&mut self, record: &RunRecord) {
        for command in &record.commands {
            let twice = self.history.commands.insert(command.id, command_history(command));
            assert!(twice.is_none(), "{:?} is recorded twice", command.id);
        }
        for window in &record.windows {
            let known = WindowHistory {
                ended: window.ended,
                status: window.status,
                tasks: window.tasks.clone(),
            };
            let place = (window.window, window.opening);
            let twice = self.history.windows.insert(place, known);
            assert!(twice.is_none(), "{place:?} is recorded twice");
        }
    }

    /// From positions in the catalogue of the node's class to positions in the catalogue.
    fn patches(&self, node: u32, local: &[u32]) -> Vec<usize> {
        let class = self.plan.pool_class[self.plan.pool_of(node)];
        let mut patches: Vec<usize> = local
            .iter()
            .map(|index| self.catalog.classes[class].patches[*index as usize].patch)
            .collect();
        patches.sort_unstable();
        patches
    }
}

impl Observer for Watch<'_> {
    const LISTENS: bool = true;

    fn fact(&mut self, at: SimTime, fact: Fact<'_>) {
        assert!(at >= self.last, "facts go backwards in time: {fact:?} at {at}");
        self.last = at;
        match fact {
            Fact::Sent {
                command,
                node,
                missing,
            } => {
                let sent = Invocation {
                    sent: Some(at),
                    began: Some(at),
                    missing: self.patches(node, missing),
                    ..Invocation::unsent(InvocationStatus::InProgress)
                };
                let twice = self.history.invocations.insert((command, node), sent);
                assert!(twice.is_none(), "{command:?} was sent to node {node} twice");
                self.order.entry(command).or_default().push(node);
            }
            Fact::Ended {
                command,
                node,
                sent,
                status,
                cause,
                installed,
                rebooted,
                report,
            } => {
                assert_eq!(cause.is_none(), status == InvocationStatus::Success, "{fact:?}");
                self.causes.extend(cause);
                if let Some(report) = report {
                    self.reports.insert((command, node), *report);
                    self.reported.push((at, node, *report));
                }
                let installed = self.patches(node, installed);
                let known = self.history.invocations.get_mut(&(command, node)).unwrap();
                assert_eq!((known.sent, known.ended), (Some(sent), None));
                known.ended = Some(at);
                known.status = status;
                known.cause = cause;
                known.installed = installed;
                known.rebooted = rebooted;
            }
            Fact::NotSent {
                command,
                node,
                status,
            } => self.passed_over(command, node, status),
            Fact::TaskEnded {
                window,
                opening,
                task,
                status,
            } => {
                let twice = self.history.tasks.insert((window, opening, task), (at, status));
                assert!(twice.is_none(), "task {task} of {window}/{opening} ended twice");
            }
            other => self.misfortune(at, other),
        }
    }
}

fn command_history(record: &CommandRecord) -> CommandHistory {
    let counts = InvocationStatus::ALL.map(|status| (status, record.counts.get(status)));
    CommandHistory {
        opened: record.opened,
        started: record.started,
        ended: record.ended,
        max_concurrency: record.control.max_concurrency,
        max_errors: record.control.max_errors,
        stopped: record.stopped.map(|at| (at, record.errors_at_stop)),
        last_sent: record.last_sent,
        sent: record.counts.sent(),
        sent_before_cutoff: record.sent_before_cutoff,
        compliant: record.compliant,
        non_compliant: record.non_compliant,
        reported_missing: record.reported_missing,
        met_bad_patch: record.met_bad_patch,
        installed: record.installed,
        rebooted: record.rebooted,
        status: record.status,
        counts: counts.into_iter().filter(|(_, number)| *number > 0).collect(),
    }
}
