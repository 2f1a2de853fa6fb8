//! Window executions: which tasks run, in which order, and how the execution ends.
//! Semantics, sections 4.5 and 4.6.

use patchbench_kernel::SimTime;

use super::command::Command;
use super::event::Event;
use super::observe::{CommandId, Fact, Observer, observer_fact};
use super::record::{CommandRecord, WindowRecord};
use super::{World, plan::Plan};
use crate::config::{CutoffBehavior, TaskStatus};
use crate::ssm::{CommandStatus, InvocationStatus, RateControl, task_status, window_status};

/// One execution of a window.
#[derive(Debug)]
pub(super) struct WindowExecution {
    window: usize,
    opening: usize,
    cutoff_passed: bool,
    tasks: Vec<TaskExecution>,
}

/// One task of an execution.
#[derive(Debug)]
struct TaskExecution {
    priority: u32,
    state: TaskState,
    /// Statuses of the commands that have ended.
    commands: Vec<CommandStatus>,
    /// The cutoff cancelled it while it was unfinished.
    cut_off: bool,
    /// An alarm cancelled it.
    cancelled: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TaskState {
    Waiting,
    /// The command of this part is in progress.
    Running(usize),
    Done(TaskStatus),
}

impl WindowExecution {
    fn new(plan: &Plan<'_>, window: usize, opening: usize) -> Self {
        let task = |task: &crate::config::Task| TaskExecution {
            priority: task.priority,
            state: TaskState::Waiting,
            commands: Vec::new(),
            cut_off: false,
            cancelled: false,
        };
        let tasks = plan.window(window, opening).tasks.iter().map(task).collect();
        Self {
            window,
            opening,
            cutoff_passed: false,
            tasks,
        }
    }

    /// The tasks that may start: those of the highest priority that is not done.
    fn startable(&self) -> Vec<usize> {
        let done = |task: &TaskExecution| matches!(task.state, TaskState::Done(_));
        let Some(priority) = self
            .tasks
            .iter()
            .filter(|task| !done(task))
            .map(|task| task.priority)
            .min()
        else {
            return Vec::new();
        };
        let ready = |task: &TaskExecution| task.priority == priority && task.state == TaskState::Waiting;
        (0..self.tasks.len())
            .filter(|index| ready(&self.tasks[*index]))
            .collect()
    }

    fn is_done(&self) -> bool {
        self.tasks
            .iter()
            .all(|task| matches!(task.state, TaskState::Done(_)))
    }

    fn statuses(&self) -> Vec<TaskStatus> {
        let status = |task: &TaskExecution| match task.state {
            TaskState::Waiting => TaskStatus::Pending,
            TaskState::Running(_) => TaskStatus::InProgress,
            TaskState::Done(status) => status,
        };
        self.tasks.iter().map(status).collect()
    }

    fn record(&self, ended: Option<SimTime>) -> WindowRecord {
        let tasks = self.statuses();
        let status = if ended.is_some() {
            window_status(&tasks)
        } else {
            TaskStatus::InProgress
        };
        WindowRecord {
            window: self.window,
            opening: self.opening,
            ended,
            status,
            tasks,
        }
    }

    /// An execution that the horizon interrupts.
    pub(super) fn at_horizon(&self) -> WindowRecord {
        self.record(None)
    }
}

impl World<'_> {
    /// A window opens, unless its last execution is still in progress.
    pub(super) fn open_window(
        &mut self,
        at: SimTime,
        window: usize,
        opening: usize,
        observer: &mut impl Observer,
    ) {
        let openings = &self.site.plan.openings[window];
        if let Some(next) = openings.get(opening + 1) {
            self.agenda.push(
                next.opens,
                Event::WindowOpens {
                    window,
                    opening: opening + 1,
                },
            );
        }
        if self.windows.iter().any(|execution| execution.window == window) {
            observer_fact(observer, at, || Fact::WindowSkipped { window, opening });
            let status = TaskStatus::SkippedOverlapping;
            self.record.windows.push(WindowRecord {
                window,
                opening,
                ended: Some(at),
                status,
                tasks: Vec::new(),
            });
            return;
        }
        observer_fact(observer, at, || Fact::WindowOpened { window, opening });
        self.watch_opening(at, window);
        self.agenda
            .push(openings[opening].cutoff, Event::Cutoff { window, opening });
        self.windows
            .push(WindowExecution::new(self.site.plan, window, opening));
    }

    /// From the cutoff on no task starts; a task that is to be cancelled sends nothing more.
    pub(super) fn cutoff(
        &mut self,
        at: SimTime,
        window: usize,
        opening: usize,
        observer: &mut impl Observer,
    ) {
        let found = self
            .windows
            .iter_mut()
            .find(|known| known.window == window && known.opening == opening);
        let Some(execution) = found else {
            return;
        };
        observer_fact(observer, at, || Fact::Cutoff { window, opening });
        execution.cutoff_passed = true;
        let tasks = &self.site.plan.window(window, opening).tasks;
        for (index, task) in execution.tasks.iter_mut().enumerate() {
            let TaskState::Running(part) = task.state else {
                continue;
            };
            if tasks[index].cutoff_behavior == CutoffBehavior::ContinueTask {
                continue;
            }
            let id = CommandId {
                window,
                opening,
                task: index,
                part,
            };
            let running = self.commands.iter_mut().find(|(known, _)| *known == id);
            let unfinished = running.is_some_and(|(_, command)| command.cancel(&mut self.site, at, observer));
            let parts_left = part + 1 < self.site.plan.parts(window, opening, index);
            task.cut_off |= unfinished || parts_left;
        }
    }

    /// Cancels the tasks whose commands install a patch, as their operators would: what is on nodes
    /// goes on as at a cutoff, and nothing more is sent.
    pub(super) fn cancel_installs_of(&mut self, patch: usize, at: SimTime, observer: &mut impl Observer) {
        for (id, command) in &mut self.commands {
            if !command.installs_suspect(patch) || !command.cancel(&mut self.site, at, observer) {
                continue;
            }
            let of_command =
                |known: &&mut WindowExecution| known.window == id.window && known.opening == id.opening;
            if let Some(execution) = self.windows.iter_mut().find(of_command) {
                execution.tasks[id.task].cancelled = true;
            }
        }
    }

    /// Ends what has finished and starts what is next, until nothing changes at this instant.
    pub(super) fn progress(&mut self, at: SimTime, observer: &mut impl Observer) {
        loop {
            let ended = self.end_commands(at, observer);
            let started = self.start_tasks(at, observer);
            if !(ended || started) {
                break;
            }
        }
        self.end_windows(at, observer);
        if self.commands.is_empty() {
            self.site.coverage.book(&self.site.levels);
        }
    }

    fn end_commands(&mut self, at: SimTime, observer: &mut impl Observer) -> bool {
        let mut changed = false;
        let mut index = 0;
        while index < self.commands.len() {
            if !self.commands[index].1.is_finished() {
                index += 1;
                continue;
            }
            let (id, command) = self.commands.remove(index);
            self.site.locks.left(self.commands.len());
            let finished = command.finish(&self.site, at, observer);
            let status = finished.record.status;
            self.keep(finished);
            self.watch_end(at, id.window);
            self.end_part(at, id, status, observer);
            changed = true;
        }
        changed
    }

    /// One part of a task has ended: the next one starts, or the task is done.
    fn end_part(&mut self, at: SimTime, id: CommandId, status: CommandStatus, observer: &mut impl Observer) {
        let parts = self.site.plan.parts(id.window, id.opening, id.task);
        let Some(place) = self
            .windows
            .iter()
            .position(|known| known.window == id.window && known.opening == id.opening)
        else {
            return;
        };
        let task = &mut self.windows[place].tasks[id.task];
        task.commands.push(status);
        if id.part + 1 < parts && !(task.cut_off || task.cancelled) {
            task.state = TaskState::Running(id.part + 1);
            self.start_command(
                at,
                CommandId {
                    part: id.part + 1,
                    ..id
                },
                observer,
            );
            return;
        }
        let done = task_status(
            &task.commands,
            task.cut_off,
            self.site.plan.config.settings.no_target_task_status,
        );
        task.state = TaskState::Done(done);
        for part in id.part + 1..parts {
            self.never_started(CommandId { part, ..id });
        }
        task_ended(at, id, done, observer);
    }

    fn start_tasks(&mut self, at: SimTime, observer: &mut impl Observer) -> bool {
        let mut changed = false;
        for place in 0..self.windows.len() {
            for task in self.windows[place].startable() {
                changed = true;
                let (window, opening) = (self.windows[place].window, self.windows[place].opening);
                let id = CommandId {
                    window,
                    opening,
                    task,
                    part: 0,
                };
                let parts = self.site.plan.parts(window, opening, task);
                if self.windows[place].cutoff_passed || parts == 0 {
                    let settings = &self.site.plan.config.settings;
                    let status = if parts == 0 {
                        settings.no_target_task_status
                    } else {
                        settings.unstarted_task_status
                    };
                    self.windows[place].tasks[task].state = TaskState::Done(status);
                    (0..parts).for_each(|part| self.never_started(CommandId { part, ..id }));
                    task_ended(at, id, status, observer);
                } else {
                    self.windows[place].tasks[task].state = TaskState::Running(0);
                    self.start_command(at, id, observer);
                }
            }
        }
        changed
    }

    fn start_command(&mut self, at: SimTime, id: CommandId, observer: &mut impl Observer) {
        let targets = self.site.plan.targets(id);
        self.site.locks.share(&self.commands);
        let mut command = Command::start(&mut self.site, id, targets, at, observer);
        command.dispatch(&mut self.site, at, observer);
        self.commands.push((id, command));
    }

    /// The record of a command that the cutoff kept from starting.
    fn never_started(&mut self, id: CommandId) {
        let plan = self.site.plan;
        let task = plan.task(id);
        let targets = plan.targets(id).len();
        let rounding = plan.config.settings.percent_rounding;
        let control = RateControl::resolve(task.max_concurrency, task.max_errors, targets, rounding);
        let opened = plan.openings[id.window][id.opening].opens;
        let mut record = CommandRecord::new(id, opened, None, control, targets);
        record.counts.remove(InvocationStatus::Pending, targets);
        record.counts.add(InvocationStatus::Cancelled, targets);
        record.status = CommandStatus::Cancelled;
        self.record.commands.push(record);
    }

    fn end_windows(&mut self, at: SimTime, observer: &mut impl Observer) {
        let mut index = 0;
        while index < self.windows.len() {
            if !self.windows[index].is_done() {
                index += 1;
                continue;
            }
            let execution = self.windows.remove(index);
            let record = execution.record(Some(at));
            let (window, opening, status) = (record.window, record.opening, record.status);
            observer_fact(observer, at, || Fact::WindowEnded {
                window,
                opening,
                status,
            });
            self.record.windows.push(record);
        }
    }
}

fn task_ended(at: SimTime, id: CommandId, status: TaskStatus, observer: &mut impl Observer) {
    let CommandId {
        window,
        opening,
        task,
        ..
    } = id;
    observer_fact(observer, at, || Fact::TaskEnded {
        window,
        opening,
        task,
        status,
    });
}
