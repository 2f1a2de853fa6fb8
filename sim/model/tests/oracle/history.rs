//! What happened in a run, in one shape for the engine and the reference.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::SimTime;
use patchbench_model::config::TaskStatus;
use patchbench_model::ssm::{CommandStatus, InstancePatchState, InvocationStatus};
use patchbench_model::world::{Catalog, Cause, CommandId, CommandRecord, Fact, Observer, Plan, RunRecord};

/// One command on one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invocation {
    pub(crate) sent: Option<SimTime>,
    /// When its document started on the node: at once, or when a node that could not be reached was back.
    pub(crate) began: Option<SimTime>,
    pub(crate) ended: Option<SimTime>,
    pub(crate) status: InvocationStatus,
    /// Why it is no success, once it has ended.
    pub(crate) cause: Option<Cause>,
    /// Patches that were missing when it was sent, or when it reached its node, by index into the catalogue.
    pub(crate) missing: Vec<usize>,
    /// Patches that it installed.
    pub(crate) installed: Vec<usize>,
    pub(crate) rebooted: bool,
}

impl Invocation {
    pub(crate) fn unsent(status: InvocationStatus) -> Self {
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
pub(crate) struct CommandHistory {
    pub(crate) opened: SimTime,
    pub(crate) started: Option<SimTime>,
    pub(crate) ended: Option<SimTime>,
    pub(crate) max_concurrency: u32,
    pub(crate) max_errors: u32,
    /// When errors exceeded MaxErrors, and how many there were.
    pub(crate) stopped: Option<(SimTime, u32)>,
    pub(crate) last_sent: Option<SimTime>,
    pub(crate) sent: u32,
    pub(crate) sent_before_cutoff: u32,
    pub(crate) compliant: u32,
    pub(crate) non_compliant: u32,
    pub(crate) reported_missing: u64,
    pub(crate) met_bad_patch: bool,
    pub(crate) installed: u64,
    pub(crate) rebooted: u32,
    pub(crate) status: CommandStatus,
    /// Number of invocations by status, without those of which there are none.
    pub(crate) counts: BTreeMap<InvocationStatus, u32>,
}

/// How a window execution went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WindowHistory {
    pub(crate) ended: Option<SimTime>,
    pub(crate) status: TaskStatus,
    pub(crate) tasks: Vec<TaskStatus>,
}

/// A whole run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct History {
    /// By command and node; nothing for commands that never started.
    pub(crate) invocations: BTreeMap<(CommandId, u32), Invocation>,
    pub(crate) commands: BTreeMap<CommandId, CommandHistory>,
    /// By window and opening.
    pub(crate) windows: BTreeMap<(usize, usize), WindowHistory>,
    /// When tasks became terminal: by window, opening and task.
    pub(crate) tasks: BTreeMap<(usize, usize, usize), (SimTime, TaskStatus)>,
    /// When the faults of patches showed on nodes, by instant, node and patch, and until when the node
    /// could not be reached.
    pub(crate) symptoms: BTreeMap<(SimTime, u32, usize), Option<SimTime>>,
    /// When alarms rejected patches.
    pub(crate) alarms: BTreeMap<usize, SimTime>,
}

/// Writes down the facts of the engine.
pub(crate) struct Watch<'p> {
    plan: &'p Plan<'p>,
    catalog: &'p Catalog,
    pub(crate) history: History,
    /// Nodes of each command in the order in which they were sent to, or passed over at the end.
    pub(crate) order: BTreeMap<CommandId, Vec<u32>>,
    /// What nodes reported at the end of their invocations.
    pub(crate) reports: BTreeMap<(CommandId, u32), InstancePatchState>,
    /// The same in the order in which they came: instant, node, report.
    pub(crate) reported: Vec<(SimTime, u32, InstancePatchState)>,
    /// Why invocations were no success.
    pub(crate) causes: BTreeSet<Cause>,
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

    pub(crate) fn new(plan: &'p Plan<'p>, catalog: &'p Catalog) -> Self {
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
    pub(crate) fn finish(&mut self, record: &RunRecord) {
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
