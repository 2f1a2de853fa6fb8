//! The forms that windows take one after the other, which nodes each of them reaches, and when they
//! open. A window has one form unless a dated change alters it or the tags of nodes.

use std::borrow::Cow;
use std::collections::BTreeSet;

use patchbench_calendar::WindowOccurrence;
use patchbench_kernel::{SimDuration, SimTime};

use super::observe::CommandId;
use super::plan::{Opening, Plan};
use crate::clock::{from_utc, to_utc};
use crate::config::{
    MaintenanceWindow, ModelConfig, MultiTargetTask, Operation, Task, TaskTarget, WindowPeriod,
    window_periods,
};
use crate::fleet::NodePool;
use crate::ssm::{NodeSet, resolve_targets};

/// A window as it is from some instant on.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowVersion<'c> {
    /// From when.
    pub from: SimTime,
    /// What it is.
    pub window: &'c MaintenanceWindow,
    /// Nodes of each command: by task and part.
    pub targets: Vec<Vec<NodeSet>>,
}

impl<'c> WindowVersion<'c> {
    fn new(config: &ModelConfig, from: SimTime, window: &'c MaintenanceWindow, pools: &[NodePool]) -> Self {
        Self {
            from,
            window,
            targets: window_targets(config, window, pools),
        }
    }

    /// A window that does not exist yet: its tasks reach nobody.
    fn not_yet(mut self) -> Self {
        let parts = self.targets.iter_mut().flatten();
        parts.for_each(|nodes| *nodes = NodeSet::default());
        self
    }

    /// Whether it is as another, apart from when.
    fn is_like(&self, other: &Self) -> bool {
        self.window == other.window && self.targets == other.targets
    }

    /// Nodes that a task which installs is sent to.
    pub fn installs_on(&self) -> NodeSet {
        let tasks = self.window.tasks.iter().zip(&self.targets);
        let installing = tasks.filter(|(task, _)| task.operation == Operation::Install);
        NodeSet::union_of(installing.flat_map(|(_, parts)| parts))
    }
}

/// The forms of all windows. Membership of targets is evaluated at each opening (Semantics,
/// section 5).
pub(super) fn window_versions(config: &ModelConfig) -> Vec<Vec<WindowVersion<'_>>> {
    let mut pools = Cow::Borrowed(config.pools.as_slice());
    let changed = config.changes.iter().flat_map(|change| &change.windows);
    let created: BTreeSet<usize> = changed
        .filter(|known| known.created)
        .map(|known| known.window)
        .collect();
    let first = |(index, window)| {
        let now = WindowVersion::new(config, config.start, window, &config.pools);
        vec![if created.contains(&index) {
            now.not_yet()
        } else {
            now
        }]
    };
    let mut all: Vec<Vec<WindowVersion<'_>>> = config.windows.iter().enumerate().map(first).collect();
    for change in &config.changes {
        change.retag(&mut pools);
        let from = change.at.max(config.start);
        for (window, versions) in all.iter_mut().enumerate() {
            let other = change.windows.iter().rfind(|known| known.window == window);
            if other.is_none() && change.pools.is_empty() {
                continue;
            }
            let Some(last) = versions.last() else { continue };
            // Tags matter to a window that is still to come only when it comes.
            if other.is_none() && versions.len() == 1 && created.contains(&window) {
                continue;
            }
            let next = WindowVersion::new(config, from, other.map_or(last.window, |known| &known.to), &pools);
            if !next.is_like(last) {
                versions.push(next);
            }
        }
    }
    all
}

/// The nodes that the monitoring watches, from when on: those that have the tags at that time. Empty
/// where it watches all, or where there is none.
pub(super) fn watched_nodes(config: &ModelConfig) -> Vec<(SimTime, NodeSet)> {
    let monitoring = config.faults.monitoring.as_ref();
    let Some(targets) = monitoring.and_then(|watch| watch.nodes.as_ref()) else {
        return Vec::new();
    };
    let mut pools = Cow::Borrowed(config.pools.as_slice());
    let mut all = vec![(SimTime::MIN, resolve_targets(targets, &pools))];
    for change in config.changes.iter().filter(|change| !change.pools.is_empty()) {
        change.retag(&mut pools);
        all.push((change.at, resolve_targets(targets, &pools)));
    }
    all.dedup_by(|later, earlier| later.1 == earlier.1);
    all
}

/// Openings of a window inside the simulated period, each in the form of its time.
pub(super) fn openings(config: &ModelConfig, window: usize, versions: &[WindowVersion<'_>]) -> Vec<Opening> {
    let periods = window_periods(config, window);
    let in_force = periods.iter().filter(|period| period.window.enabled);
    let mut all: Vec<Opening> = in_force.flat_map(|period| openings_of(config, period)).collect();
    for opening in &mut all {
        let version = versions.partition_point(|known| known.from <= opening.opens);
        opening.version = version.saturating_sub(1);
    }
    all
}

fn openings_of<'c>(
    config: &'c ModelConfig,
    period: &WindowPeriod<'c>,
) -> impl Iterator<Item = Opening> + use<'c> {
    let WindowPeriod { window, until, .. } = *period;
    // A window that opens at the very start of its period takes part in it.
    let before = to_utc(period.from) - chrono::TimeDelta::milliseconds(1);
    let zone = window.schedule.timezone();
    let open = window
        .schedule
        .openings(to_utc(period.activation), before)
        .take_while(move |opening| {
            let at = from_utc(opening.at);
            at <= config.horizon && at < until
        });
    open.map(move |opening| {
        let occurrence = WindowOccurrence::new(opening.at, window.duration_hours, window.cutoff_hours);
        let inclusive = i64::from(config.settings.cutoff_inclusive);
        Opening {
            opens: from_utc(occurrence.opens),
            // An inclusive cutoff lets tasks start at the instant itself: it acts a millisecond later.
            cutoff: from_utc(occurrence.cutoff) + SimDuration::from_millis(inclusive),
            closes: from_utc(occurrence.closes),
            day: opening.at.with_timezone(&zone).date_naive(),
            version: 0,
        }
    })
}

fn window_targets(config: &ModelConfig, window: &MaintenanceWindow, pools: &[NodePool]) -> Vec<Vec<NodeSet>> {
    let registered: Vec<NodeSet> = window
        .targets
        .iter()
        .map(|target| resolve_targets(&target.targets, pools))
        .collect();
    let all = NodeSet::union_of(&registered);
    let one = |target: &TaskTarget| match target {
        TaskTarget::Window(index) => registered[*index].clone(),
        TaskTarget::Direct(targets) => {
            let named = resolve_targets(targets, pools);
            if window.allow_unassociated_targets {
                named
            } else {
                named.intersection(&all)
            }
        }
    };
    let parts = |task: &Task| -> Vec<NodeSet> {
        let sets: Vec<NodeSet> = task.targets.iter().map(one).collect();
        match config.settings.multi_target_task {
            MultiTargetTask::Sequential => sets,
            MultiTargetTask::Merged => vec![NodeSet::union_of(&sets)],
        }
    };
    window.tasks.iter().map(parts).collect()
}

impl<'c> Plan<'c> {
    /// Whether the monitoring, if there is any, watches a node at an instant.
    pub(super) fn is_watched(&self, node: u32, at: SimTime) -> bool {
        let now = self.watched.partition_point(|(from, _)| *from <= at);
        let nodes = now.checked_sub(1).map(|now| &self.watched[now].1);
        nodes.is_none_or(|nodes| nodes.contains(node))
    }

    /// A window in the form in which it opens.
    pub fn version(&self, window: usize, opening: usize) -> &WindowVersion<'c> {
        &self.versions[window][self.openings[window][opening].version]
    }

    /// A window as it is when it opens.
    pub fn window(&self, window: usize, opening: usize) -> &'c MaintenanceWindow {
        self.version(window, opening).window
    }

    /// The task of a command.
    pub fn task(&self, id: CommandId) -> &'c Task {
        &self.window(id.window, id.opening).tasks[id.task]
    }

    /// The nodes of a command.
    pub fn targets(&self, id: CommandId) -> &NodeSet {
        &self.version(id.window, id.opening).targets[id.task][id.part]
    }

    /// How many commands a task makes, one after the other.
    pub fn parts(&self, window: usize, opening: usize, task: usize) -> usize {
        self.version(window, opening).targets[task].len()
    }

    /// The tasks of all forms of a window, each as the first form that has it.
    pub fn tasks(&self, window: usize) -> Vec<&'c Task> {
        let mut tasks: Vec<&'c Task> = Vec::new();
        for version in &self.versions[window] {
            tasks.extend(version.window.tasks.iter().skip(tasks.len()));
        }
        tasks
    }

    /// Whether any form of a window has a task that installs.
    pub fn installs(&self, window: usize) -> bool {
        let tasks = self.versions[window].iter().flat_map(|known| &known.window.tasks);
        tasks.into_iter().any(|task| task.operation == Operation::Install)
    }

    /// The nodes that a task is ever sent to.
    pub fn reach(&self, window: usize, task: usize) -> NodeSet {
        let versions = self.versions[window].iter();
        NodeSet::union_of(versions.filter_map(|known| known.targets.get(task)).flatten())
    }

    /// Classes of some nodes, rising.
    pub fn classes_of(&self, nodes: &NodeSet) -> Vec<usize> {
        let mut touched = vec![false; self.classes.len()];
        for nodes in nodes.ranges() {
            for pool in self.pool_of(nodes.start)..=self.pool_of(nodes.end - 1) {
                touched[self.pool_class[pool]] = true;
            }
        }
        (0..touched.len()).filter(|class| touched[*class]).collect()
    }

    /// The nodes that the tasks of a window are ever sent to.
    pub fn window_nodes(&self, window: usize) -> NodeSet {
        let sets = self.versions[window].iter().flat_map(|known| &known.targets);
        NodeSet::union_of(sets.flatten())
    }

    /// Classes of these nodes.
    pub fn window_classes(&self, window: usize) -> Vec<usize> {
        self.classes_of(&self.window_nodes(window))
    }
}
