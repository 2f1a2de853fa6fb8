//! What the commands of the reference look up: their nodes, what is missing there, and what becomes
//! of an invocation.

use std::collections::BTreeSet;

use patchbench_kernel::SimTime;
use patchbench_model::catalog::Symptom;
use patchbench_model::config::{
    MaintenanceWindow, MultiTargetTask, NodeLock, Operation, Overrides, ScriptedResult, Supersedence,
    Surface, TargetOrder, Task, TaskTarget,
};
use patchbench_model::ssm::{Family, PatchBaseline, TargetKey};
use patchbench_model::world::{Cause, CommandId};

use super::fate::{Asked, Fate, Lock, fate};
use super::luck::NodeLuck;
use super::{Hold, Reference, rules};
use crate::changes::{baseline_at, window_at};

impl Reference<'_> {
    /// Nodes of each command of a task (sections 4.5 and 5).
    pub(super) fn parts(&self, config: &MaintenanceWindow, task: &Task) -> Vec<Vec<u32>> {
        let registered: Vec<Vec<u32>> = config
            .targets
            .iter()
            .map(|target| rules::matching(&target.targets, &self.nodes))
            .collect();
        let mut parts = Vec::new();
        for target in &task.targets {
            parts.push(match target {
                TaskTarget::Window(index) => registered[*index].clone(),
                TaskTarget::Direct(entries) => {
                    let mut nodes = rules::matching(entries, &self.nodes);
                    if !config.allow_unassociated_targets {
                        nodes.retain(|node| registered.iter().any(|target| target.contains(node)));
                    }
                    nodes
                }
            });
        }
        if self.given.config.settings.multi_target_task == MultiTargetTask::Merged {
            let all: BTreeSet<u32> = parts.into_iter().flatten().collect();
            parts = vec![all.into_iter().collect()];
        }
        parts
    }

    /// In which order nodes are sent to (section 6.5).
    pub(super) fn send_order(&self, id: CommandId, window: &MaintenanceWindow, targets: &[u32]) -> Vec<u32> {
        match self.given.config.settings.target_order {
            TargetOrder::Id => targets.to_vec(),
            TargetOrder::Listed => self.listed(id, window, targets),
            TargetOrder::Shuffled => {
                let order = self.given.shuffled.get(&id).cloned().unwrap_or_default();
                let mut sorted = order.clone();
                sorted.sort_unstable();
                // A command that never starts has no order.
                if sorted == targets {
                    order
                } else {
                    targets.to_vec()
                }
            }
        }
    }

    /// As `InstanceIds` lists them, then by node number.
    pub(super) fn listed(&self, id: CommandId, window: &MaintenanceWindow, targets: &[u32]) -> Vec<u32> {
        let task = &window.tasks[id.task];
        let merged = self.given.config.settings.multi_target_task == MultiTargetTask::Merged;
        let mut order: Vec<u32> = Vec::new();
        for (part, target) in task.targets.iter().enumerate() {
            if !merged && part != id.part {
                continue;
            }
            let entries = match target {
                TaskTarget::Window(index) => &window.targets[*index].targets,
                TaskTarget::Direct(entries) => entries,
            };
            let ids = entries.iter().filter(|entry| entry.key == TargetKey::InstanceIds);
            for name in ids.flat_map(|entry| &entry.values) {
                order.extend(
                    (0..self.nodes.len() as u32).filter(|node| self.nodes[*node as usize].name == *name),
                );
            }
        }
        order.extend(targets);
        let mut seen = BTreeSet::new();
        order.retain(|node| targets.contains(node) && seen.insert(*node));
        order
    }

    /// Patches that a task would install on a node: those of its list, those that its own baseline
    /// approves, or those that the node's baseline approves (section 7.4).
    pub(super) fn to_install(
        &self,
        task: &Task,
        node: u32,
        (judged, rules_of): (SimTime, SimTime),
    ) -> Vec<usize> {
        let Overrides {
            install_list,
            baselines,
        } = &task.overrides;
        let os = self.given.config.pools[self.nodes[node as usize].pool].operating_system;
        let all = &self.given.config.baselines;
        let own = baselines.iter().map(|index| &all[*index]);
        let of_system = own.into_iter().find(|baseline| baseline.operating_system == os);
        match (install_list, of_system) {
            (Some(list), _) if baselines.is_empty() && task.operation == Operation::Install => {
                self.listed_and_missing(list, node, judged)
            }
            (None, Some(baseline)) => self.missing_by(baseline, node, judged),
            _ => self.missing(node, judged, rules_of),
        }
    }

    /// Listed patches that are to be had and not on the node: on Windows a superseded one is not. What an
    /// alarm has rejected is installed all the same.
    fn listed_and_missing(&self, list: &[String], node: u32, judged: SimTime) -> Vec<usize> {
        let known = &self.nodes[node as usize];
        let os = self.given.config.pools[known.pool].operating_system;
        let released = |patch: usize| {
            let patch = &self.given.patches[patch];
            patch.operating_system == os && patch.visible_from() <= judged
        };
        let drop = self.given.config.settings.supersedence == Supersedence::Drop;
        let gone = |patch: usize| {
            os.family() == Family::Windows
                && drop
                && (0..self.given.patches.len())
                    .any(|other| other != patch && released(other) && self.replaces(other).contains(&patch))
        };
        (0..self.given.patches.len())
            .filter(|patch| list.contains(&self.given.patches[*patch].id))
            .filter(|patch| released(*patch) && !gone(*patch) && !known.installed.contains(patch))
            .filter(|patch| self.withdrawn(*patch).is_none_or(|at| judged < at))
            .collect()
    }

    /// Patches that are to be installed on a node, judged at an instant by the rules of another
    /// (section 2.6).
    pub(super) fn missing(&self, node: u32, judged: SimTime, rules_of: SimTime) -> Vec<usize> {
        let baseline = baseline_at(self.given.config, self.nodes[node as usize].pool, rules_of);
        self.missing_by(baseline, node, judged)
    }

    /// Patches that a baseline would install on a node: released, approved, not replaced, and not on it.
    /// On Windows the release of a successor replaces a patch, elsewhere its approval does.
    fn missing_by(&self, baseline: &PatchBaseline, node: u32, judged: SimTime) -> Vec<usize> {
        let known = &self.nodes[node as usize];
        let os = self.given.config.pools[known.pool].operating_system;
        let released = |patch: usize| {
            let patch = &self.given.patches[patch];
            patch.operating_system == os && patch.visible_from() <= judged
        };
        let keep = self.given.config.settings.supersedence == Supersedence::Keep;
        let approved = |patch: usize| {
            let id = &self.given.patches[patch].id;
            let approved = !baseline.rules.is_empty() || baseline.approved_patches.contains(id);
            approved && !baseline.rejected_patches.contains(id)
        };
        let takes_over =
            |other: usize| released(other) && (os.family() == Family::Windows || approved(other));
        let replaced = |patch: usize| {
            (0..self.given.patches.len())
                .any(|other| other != patch && takes_over(other) && self.replaces(other).contains(&patch))
        };
        (0..self.given.patches.len())
            .filter(|patch| released(*patch) && approved(*patch) && (keep || !replaced(*patch)))
            .filter(|patch| {
                let rejected = self.rejected.get(patch).copied();
                let taken_back = self.withdrawn(*patch).into_iter().chain(rejected);
                taken_back.min().is_none_or(|at| judged < at)
            })
            .filter(|patch| !known.installed.contains(patch))
            .collect()
    }

    /// Whether a report names a patch that waits for a reboot, when some have just been `added`: one that
    /// was known of when it was judged, that is not part of a later one on the node, and that the rules in
    /// force do not reject.
    pub(super) fn reports_pending(
        &self,
        node: u32,
        added: &[usize],
        (judged, rules_of): (SimTime, SimTime),
    ) -> bool {
        let known = &self.nodes[node as usize];
        let contained = |patch: &usize| {
            let mut others = known.installed.iter().chain(added);
            others.any(|other| other != patch && self.replaces(*other).contains(patch))
        };
        let baseline = baseline_at(self.given.config, known.pool, rules_of);
        let rejected = |patch: &usize| {
            baseline.rejected_patches.contains(&self.given.patches[*patch].id)
                || self.rejected.get(patch).is_some_and(|at| *at <= judged)
        };
        let visible = |patch: &usize| self.given.patches[*patch].visible_from() <= judged;
        let mut pending = known.pending.iter().chain(added);
        pending.any(|patch| visible(patch) && !contained(patch) && !rejected(patch))
    }

    /// The patch itself and everything that it replaces, directly or through others.
    pub(super) fn replaces(&self, patch: usize) -> BTreeSet<usize> {
        let mut all = BTreeSet::from([patch]);
        for id in &self.given.patches[patch].supersedes {
            let older = self
                .given
                .patches
                .iter()
                .position(|known| known.id == *id)
                .unwrap();
            all.extend(self.replaces(older));
        }
        all
    }

    /// Windows nodes share what was known when the window opened; others look for themselves, and so
    /// does every node where no window fills in a snapshot (sections 2.6 and 7.4).
    pub(super) fn judged_at(&self, node: u32, window: usize, opens: SimTime, now: SimTime) -> SimTime {
        let pool = &self.given.config.pools[self.nodes[node as usize].pool];
        let form = window_at(self.given.config, window, opens);
        let shared = form.surface == Surface::MaintenanceWindow;
        if shared && pool.operating_system.family() == Family::Windows {
            opens
        } else {
            now
        }
    }

    /// The task of a command, in the form in which its window opened.
    fn task(&self, id: CommandId) -> &Task {
        let opens = self.given.ticks[id.window][id.opening];
        &window_at(self.given.config, id.window, opens).tasks[id.task]
    }

    pub(super) fn luck_of(&self, id: CommandId, node: u32) -> NodeLuck {
        self.luck.of_node(id, node, self.behavior(node))
    }

    /// What becomes of an invocation that starts on a node now, and is to install what is `missing`.
    pub(super) fn fate(
        &self,
        id: CommandId,
        node: u32,
        missing: &[usize],
        (lock, at): (Lock, SimTime),
    ) -> Fate {
        let pending = &self.nodes[node as usize].pending;
        fate(&Asked {
            task: self.task(id),
            behavior: self.behavior(node),
            luck: self.luck_of(id, node),
            missing: missing.len(),
            reboot_pending: !pending.is_empty(),
            scripted: self.scripted(id, node),
            refused: self.refused(id, node),
            lock,
            sick: self.is_sick(node, at),
            breaks_install: self.first_breaking(node, missing.iter(), Symptom::Install),
            breaks_reboot: self.first_breaking(node, missing.iter().chain(pending), Symptom::Reboot),
        })
    }

    /// What a patch command that starts on a node now finds there (section 7.5). The process of another
    /// one is seen while that one works: not before it has the lock itself, and not in its reboot.
    pub(super) fn lock(&self, node: u32, at: SimTime) -> Lock {
        if self.given.config.settings.node_lock != NodeLock::On {
            return Lock::Free;
        }
        let others: Vec<&Hold> = self
            .commands
            .iter()
            .filter_map(|other| other.holds.get(&node))
            .collect();
        let mut seen: Vec<SimTime> = Vec::new();
        for hold in &others {
            if at < hold.from {
                seen.push(hold.from);
            } else if at < hold.reboots_from {
                seen.push(at);
            } else {
                seen.push(hold.ends);
            }
        }
        seen.sort_unstable();
        match seen.first() {
            Some(first) if (*first - at).millis() < 300_000 => Lock::Held((*first - at).millis()),
            Some(_) => Lock::TakenOver,
            None if self.stale.contains(&node) => Lock::TakenOver,
            None => Lock::Free,
        }
    }

    /// Why a run fails as soon as it begins: both kinds of overrides together, a baseline override without
    /// one for the node's system (section 7.4), or a baseline whose sources are all for other products
    /// (section 2.6).
    fn refused(&self, id: CommandId, node: u32) -> Option<Cause> {
        let overrides = &self.task(id).overrides;
        let pool = self.nodes[node as usize].pool;
        let os = self.given.config.pools[pool].operating_system;
        let opens = self.given.ticks[id.window][id.opening];
        let mut baselines = overrides
            .baselines
            .iter()
            .map(|index| &self.given.config.baselines[*index]);
        let baseline = if overrides.baselines.is_empty() {
            baseline_at(self.given.config, pool, opens)
        } else if overrides.install_list.is_some() {
            return Some(Cause::BothOverrides);
        } else if let Some(own) = baselines.find(|baseline| baseline.operating_system == os) {
            own
        } else {
            return Some(Cause::NoOverrideBaseline);
        };
        let lists_sources = os.family() != Family::Windows && !baseline.sources.is_empty();
        let product = self.given.config.pools[pool].product.as_ref();
        let mut names = baseline.sources.iter().flat_map(|source| &source.products);
        let served = product.is_none_or(|product| names.any(|name| name == product || name == "*"));
        (lists_sources && !served).then_some(Cause::NoSource)
    }

    /// The last scripted outcome that fits.
    pub(super) fn scripted(&self, id: CommandId, node: u32) -> Option<ScriptedResult> {
        let opens = self.given.ticks[id.window][id.opening];
        let day = patchbench_model::clock::to_utc(opens).date_naive();
        let mut fitting = self.given.config.outcomes.iter().rev().filter(|outcome| {
            outcome.node == node
                && (outcome.window.is_none() || outcome.window == Some(id.window))
                && (outcome.task.is_none() || outcome.task == Some(id.task))
                && (outcome.on.is_none() || outcome.on == Some(day))
        });
        fitting.next().map(|outcome| outcome.result)
    }
}
