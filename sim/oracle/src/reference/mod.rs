//! A slow simulation of window executions, written from the semantics: every node by itself, plain
//! lists, and one instant after the other. It is meant to be read beside Semantics, sections 4.5,
//! 4.6, 5, 6 and 7, and Patch data, section 4.
//!
//! At each instant: invocations end, then others reach their nodes; faults show and alarms are raised;
//! cutoffs take effect; errors are counted and slots refilled (in the order of `tie_order`); commands and
//! tasks that are through end, and what waited for them starts; windows open. Where several commands end
//! something at one instant, the one that started first comes first; of windows that open together, the
//! one whose last opening was earlier.

mod command;
mod fate;
mod faults;
mod flaws;
mod lookup;
mod luck;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::{SimDuration, SimTime, Streams};
use patchbench_model::catalog::{Flaw, Patch};
use patchbench_model::config::{CutoffBehavior, MaintenanceWindow, ModelConfig, Ramp, TaskStatus};
use patchbench_model::ssm::CommandStatus;
use patchbench_model::world::CommandId;

use crate::changes::window_at;
use crate::history::{History, WindowHistory};
use command::Command;
use faults::Coming;
use luck::Luck;

/// A node.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) pool: usize,
    pub(crate) tags: BTreeMap<String, String>,
    /// Patches on it, by index into the catalogue: those that it installed, and what these replace.
    pub(crate) installed: BTreeSet<usize>,
    /// Those of them that it installed itself.
    installed_itself: BTreeSet<usize>,
    /// Those that were installed since its last reboot by installs that were told not to reboot.
    pending: BTreeSet<usize>,
}

/// What the reference is told instead of working it out.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    pub(crate) config: &'a ModelConfig,
    /// Patches. A baseline approves what it approves at its release: by a rule for all, or by its list.
    pub(crate) patches: &'a [Patch],
    /// When windows open.
    pub(crate) ticks: &'a [Vec<SimTime>],
    /// Orders in which a shuffle put the nodes of commands.
    pub(crate) shuffled: &'a BTreeMap<CommandId, Vec<u32>>,
    /// Where chance comes from.
    pub(crate) luck: Streams,
}

/// The lock of a command on a node.
struct Hold {
    from: SimTime,
    reboots_from: SimTime,
    ends: SimTime,
}

/// One execution of a window.
struct Execution {
    window: usize,
    opening: usize,
    /// The window as it is when it opens; it goes on as that.
    form: MaintenanceWindow,
    opens: SimTime,
    cutoff: SimTime,
    cutoff_passed: bool,
    tasks: Vec<TaskExecution>,
}

struct TaskExecution {
    /// Nodes of each of its commands.
    parts: Vec<Vec<u32>>,
    state: TaskState,
    commands: Vec<CommandStatus>,
    /// The cutoff cancelled it.
    cut_off: bool,
    /// An alarm cancelled it.
    cancelled: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TaskState {
    Waiting,
    Running { part: usize },
    Done(TaskStatus),
}

/// The world of the reference.
pub(crate) struct Reference<'a> {
    given: Given<'a>,
    pub(crate) nodes: Vec<Node>,
    executions: Vec<Execution>,
    /// Commands in progress, in the order in which they started.
    commands: Vec<Command>,
    started: usize,
    /// Nodes with the lock of a command that died there.
    stale: BTreeSet<u32>,
    /// When the invocations in progress end, rising: instant, number of the command, node.
    ends: Vec<(SimTime, usize, u32)>,
    /// When somebody looks again whether a node can be reached by an invocation, likewise.
    looks: Vec<(SimTime, usize, u32)>,
    luck: Luck,
    /// What is wrong with the patches.
    pub(crate) flaws: Vec<Flaw>,
    /// Good patches about which a false alarm is raised.
    false_alarms: BTreeSet<usize>,
    /// Nodes of each configuration class.
    pub(crate) members: Vec<BTreeSet<u32>>,
    /// What was brought about for later, in the order in which that happened.
    coming: Vec<(SimTime, Coming)>,
    /// Until when nodes that a bad patch broke cannot be reached.
    broken: BTreeMap<u32, SimTime>,
    /// Patches about which an alarm is under way or has been raised.
    alarmed: BTreeSet<usize>,
    /// When alarms put patches on the rejected lists.
    rejected: BTreeMap<usize, SimTime>,
    /// The next opening of each window, rising: instant, window, opening.
    ticks: Vec<(SimTime, usize, usize)>,
    pub(crate) history: History,
}

impl<'a> Reference<'a> {
    pub(crate) fn new(given: Given<'a>) -> Self {
        let mut nodes = Vec::new();
        for (pool, known) in given.config.pools.iter().enumerate() {
            nodes.extend((0..known.count).map(|index| Node {
                name: known.node_name(index),
                pool,
                tags: known.tags.clone(),
                installed: BTreeSet::new(),
                installed_itself: BTreeSet::new(),
                pending: BTreeSet::new(),
            }));
        }
        let luck = Luck(given.luck);
        let flaws = flaws::flaws(&luck, given.config, given.patches);
        let mut world = Self {
            given,
            nodes,
            executions: Vec::new(),
            commands: Vec::new(),
            started: 0,
            stale: BTreeSet::new(),
            ends: Vec::new(),
            looks: Vec::new(),
            false_alarms: flaws::false_alarms(&luck, given.config, given.patches, &flaws),
            members: Vec::new(),
            flaws,
            luck,
            coming: Vec::new(),
            broken: BTreeMap::new(),
            alarmed: BTreeSet::new(),
            rejected: BTreeMap::new(),
            ticks: Vec::new(),
            history: History::default(),
        };
        world.retag(given.config.start);
        world.members = flaws::members(&luck, given.config, &world.nodes);
        (0..given.ticks.len()).for_each(|window| world.expect_opening(window, 0));
        world
    }

    fn expect_opening(&mut self, window: usize, opening: usize) {
        if let Some(at) = self.given.ticks[window].get(opening) {
            self.ticks.push((*at, window, opening));
            self.ticks.sort_by_key(|(at, ..)| *at);
        }
    }

    /// Plays until the horizon.
    pub(crate) fn run(&mut self) {
        while let Some(at) = self.next_instant().filter(|at| *at <= self.given.config.horizon) {
            self.retag(at);
            self.complete(at);
            self.deliver(at);
            self.come(at);
            self.cut_off(at);
            self.stop_and_send(at);
            self.settle(at);
            self.open(at);
            self.settle(at);
        }
        self.stand_still();
    }

    fn next_instant(&self) -> Option<SimTime> {
        let end = self.ends.iter().chain(&self.looks).map(|(at, ..)| *at);
        let coming_faults = self.coming.iter().map(|(at, _)| *at);
        let tick = self.ticks.iter().map(|(at, ..)| *at);
        let coming = self.executions.iter().filter(|known| !known.cutoff_passed);
        let settings = &self.given.config.settings;
        let delay = settings.ack_delay;
        let ramping = self.commands.iter().filter(|_| settings.ramp == Ramp::Ack);
        let steps = ramping.filter_map(|command| command.next_acknowledgement(delay));
        end.chain(tick)
            .chain(coming_faults)
            .chain(steps)
            .chain(coming.map(|known| known.cutoff))
            .min()
    }

    /// Tags by the changes up to this instant; who reads them are windows that open, and the monitoring.
    fn retag(&mut self, at: SimTime) {
        let changes = self.given.config.changes.iter().filter(|change| change.at <= at);
        for retagged in changes.flat_map(|change| &change.pools) {
            let nodes = self.nodes.iter_mut().filter(|node| node.pool == retagged.pool);
            nodes.for_each(|node| node.tags.clone_from(&retagged.tags));
        }
    }

    /// All invocations that end at this instant.
    fn complete(&mut self, at: SimTime) {
        while self.ends.first().is_some_and(|(end, ..)| *end == at) {
            let (_, number, node) = self.ends.remove(0);
            let id = self.id_of(number);
            let mut command = self.take_command(id);
            command.end(self, node, at);
            self.put_command(command);
        }
    }

    /// Invocations whose nodes may be reached at this instant, or whose time to be delivered is over.
    fn deliver(&mut self, at: SimTime) {
        while self.looks.first().is_some_and(|(when, ..)| *when == at) {
            let (_, number, node) = self.looks.remove(0);
            let id = self.id_of(number);
            let mut command = self.take_command(id);
            command.look_again(self, node, at);
            self.put_command(command);
        }
    }

    fn id_of(&self, number: usize) -> CommandId {
        let mut commands = self.commands.iter();
        commands.find(|known| known.number == number).unwrap().id
    }

    /// Commands in progress that have begun to install a patch are cancelled, and with them their tasks.
    fn cancel_installs_of(&mut self, patch: usize, at: SimTime) {
        let ids: Vec<CommandId> = self.commands.iter().map(|command| command.id).collect();
        for id in ids {
            let mut command = self.take_command(id);
            if command.installs(patch) && !command.is_through() {
                command.cancel(self, at);
                let place = self.place(id.window, id.opening);
                self.executions[place].tasks[id.task].cancelled = true;
            }
            self.put_command(command);
        }
    }

    /// From the cutoff on no task starts, and a task with CANCEL_TASK sends nothing more.
    fn cut_off(&mut self, at: SimTime) {
        for place in 0..self.executions.len() {
            if self.executions[place].cutoff != at {
                continue;
            }
            self.executions[place].cutoff_passed = true;
            for task in 0..self.executions[place].tasks.len() {
                self.cut_off_task(place, task, at);
            }
        }
    }

    fn cut_off_task(&mut self, place: usize, task: usize, at: SimTime) {
        let execution = &self.executions[place];
        let (window, opening) = (execution.window, execution.opening);
        let TaskState::Running { part } = execution.tasks[task].state else {
            return;
        };
        let behavior = execution.form.tasks[task].cutoff_behavior;
        if behavior == CutoffBehavior::ContinueTask {
            return;
        }
        let id = CommandId {
            window,
            opening,
            task,
            part,
        };
        let mut command = self.take_command(id);
        let unfinished = !command.is_through();
        if unfinished {
            command.cancel(self, at);
        }
        self.put_command(command);
        let more_parts = part + 1 < self.executions[place].tasks[task].parts.len();
        self.executions[place].tasks[task].cut_off |= unfinished || more_parts;
    }

    fn stop_and_send(&mut self, at: SimTime) {
        let ids: Vec<CommandId> = self.commands.iter().map(|command| command.id).collect();
        for id in ids {
            let mut command = self.take_command(id);
            command.stop_and_send(self, at);
            self.put_command(command);
        }
    }

    /// Ends what is through and starts what is next, until nothing changes.
    fn settle(&mut self, at: SimTime) {
        loop {
            let mut changed = false;
            while let Some(id) = self
                .commands
                .iter()
                .find(|known| known.is_through())
                .map(|known| known.id)
            {
                let command = self.take_command(id);
                self.end_command(command, at);
                changed = true;
            }
            for place in 0..self.executions.len() {
                for task in self.startable(place) {
                    self.start_task(place, task, at);
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        self.end_executions(at);
    }

    fn end_command(&mut self, command: Command, at: SimTime) {
        let id = command.id;
        let status = command.settle(&mut self.history, self.given.config.settings.command_status_rule);
        let place = self.place(id.window, id.opening);
        let task = &mut self.executions[place].tasks[id.task];
        task.commands.push(status);
        let next = id.part + 1;
        if next < task.parts.len() && !task.cut_off && !task.cancelled {
            task.state = TaskState::Running { part: next };
            self.start_command(CommandId { part: next, ..id }, at);
            return;
        }
        let no_target = self.given.config.settings.no_target_task_status;
        let status = rules::task_status(&task.commands, task.cut_off, no_target);
        self.end_task(place, id.task, next, status, at);
    }

    /// Tasks that may start: those of the highest priority among the ones that are not terminal.
    fn startable(&self, place: usize) -> Vec<usize> {
        let execution = &self.executions[place];
        let tasks = &execution.form.tasks;
        let open = |task: &usize| !matches!(execution.tasks[*task].state, TaskState::Done(_));
        let highest = (0..tasks.len())
            .filter(open)
            .map(|task| tasks[task].priority)
            .min();
        let ready = |task: &usize| {
            Some(tasks[*task].priority) == highest && execution.tasks[*task].state == TaskState::Waiting
        };
        (0..tasks.len()).filter(ready).collect()
    }

    fn start_task(&mut self, place: usize, task: usize, at: SimTime) {
        let execution = &mut self.executions[place];
        if execution.cutoff_passed {
            let status = self.given.config.settings.unstarted_task_status;
            self.end_task(place, task, 0, status, at);
            return;
        }
        execution.tasks[task].state = TaskState::Running { part: 0 };
        let id = CommandId {
            window: execution.window,
            opening: execution.opening,
            task,
            part: 0,
        };
        self.start_command(id, at);
    }

    fn start_command(&mut self, id: CommandId, at: SimTime) {
        self.started += 1;
        let mut command = self.command(id, Some(at));
        command.stop_and_send(self, at);
        self.put_command(command);
    }

    /// A command that has sent nothing yet.
    fn command(&self, id: CommandId, started: Option<SimTime>) -> Command {
        let execution = &self.executions[self.place(id.window, id.opening)];
        let targets = &execution.tasks[id.task].parts[id.part];
        let task = &execution.form.tasks[id.task];
        Command::new(
            self,
            id,
            execution,
            task,
            self.send_order(id, &execution.form, targets),
            started,
        )
    }

    /// A task becomes terminal; its commands from `first_part` on never start.
    fn end_task(&mut self, place: usize, task: usize, first_part: usize, status: TaskStatus, at: SimTime) {
        let (window, opening) = (self.executions[place].window, self.executions[place].opening);
        for part in first_part..self.executions[place].tasks[task].parts.len() {
            let id = CommandId {
                window,
                opening,
                task,
                part,
            };
            self.command(id, None).never_start(&mut self.history);
        }
        self.executions[place].tasks[task].state = TaskState::Done(status);
        self.history.tasks.insert((window, opening, task), (at, status));
    }

    /// Executions whose tasks are all terminal are over.
    fn end_executions(&mut self, at: SimTime) {
        let executions = std::mem::take(&mut self.executions);
        for execution in executions {
            let done = |task: &TaskExecution| matches!(task.state, TaskState::Done(_));
            if execution.tasks.iter().all(done) {
                self.record_execution(&execution, Some(at));
            } else {
                self.executions.push(execution);
            }
        }
    }

    fn record_execution(&mut self, execution: &Execution, ended: Option<SimTime>) {
        let tasks: Vec<TaskStatus> = execution
            .tasks
            .iter()
            .map(|task| match task.state {
                TaskState::Waiting => TaskStatus::Pending,
                TaskState::Running { .. } => TaskStatus::InProgress,
                TaskState::Done(status) => status,
            })
            .collect();
        let status = if ended.is_some() {
            rules::window_status(&tasks)
        } else {
            TaskStatus::InProgress
        };
        let known = WindowHistory { ended, status, tasks };
        self.history
            .windows
            .insert((execution.window, execution.opening), known);
    }

    /// Windows that open at this instant, unless their last execution is still in progress.
    fn open(&mut self, at: SimTime) {
        while self.ticks.first().is_some_and(|(tick, ..)| *tick == at) {
            let (_, window, opening) = self.ticks.remove(0);
            self.expect_opening(window, opening + 1);
            if self.executions.iter().any(|known| known.window == window) {
                let skipped = WindowHistory {
                    ended: Some(at),
                    status: TaskStatus::SkippedOverlapping,
                    tasks: Vec::new(),
                };
                self.history.windows.insert((window, opening), skipped);
                continue;
            }
            let config = window_at(self.given.config, window, at);
            let hours = i64::from(config.duration_hours) - i64::from(config.cutoff_hours);
            // Where starting at the cutoff is allowed, it acts on whatever comes after it.
            let allowed = i64::from(self.given.config.settings.cutoff_inclusive);
            let cutoff = at + SimDuration::from_hours(hours) + SimDuration::from_millis(allowed);
            let tasks = config.tasks.iter().map(|task| TaskExecution {
                parts: self.parts(config, task),
                state: TaskState::Waiting,
                commands: Vec::new(),
                cut_off: false,
                cancelled: false,
            });
            let execution = Execution {
                window,
                opening,
                form: config.clone(),
                opens: at,
                cutoff,
                cutoff_passed: false,
                tasks: tasks.collect(),
            };
            self.executions.push(execution);
        }
    }

    /// What is unfinished at the horizon stays as it is.
    fn stand_still(&mut self) {
        for command in std::mem::take(&mut self.commands) {
            command.settle(&mut self.history, self.given.config.settings.command_status_rule);
        }
        for execution in std::mem::take(&mut self.executions) {
            self.record_execution(&execution, None);
        }
    }

    fn take_command(&mut self, id: CommandId) -> Command {
        let place = self.commands.iter().position(|known| known.id == id).unwrap();
        self.commands.remove(place)
    }

    fn put_command(&mut self, command: Command) {
        self.commands.push(command);
        self.commands.sort_by_key(|known| known.number);
    }

    fn place(&self, window: usize, opening: usize) -> usize {
        let same = |known: &Execution| known.window == window && known.opening == opening;
        self.executions.iter().position(same).unwrap()
    }
}
