//! The state that commands work on: nodes, levels, books, and what they may look up.

use std::ops::Range;

use patchbench_kernel::{SimTime, Streams};

use super::catalog::Catalog;
use super::coverage::{Booking, Coverage};
use super::levels::{ClassView, Levels, Transition};
use super::observe::CommandId;
use super::plan::Plan;
use crate::config::ScriptedResult;
use crate::fleet::Behavior;

/// A node's state in one word: its level, and whether a reboot is pending.
const PENDING_REBOOT: u32 = 1 << 31;
const LEVEL: u32 = PENDING_REBOOT - 1;

/// Everything that is not a command.
pub(super) struct Site<'p> {
    pub(super) plan: &'p Plan<'p>,
    pub(super) catalog: &'p Catalog,
    pub(super) luck: Streams,
    pub(super) levels: Vec<Levels>,
    pub(super) coverage: Coverage,
    nodes: Vec<u32>,
}

impl<'p> Site<'p> {
    /// The nodes at the start.
    pub(super) fn new(plan: &'p Plan<'p>, catalog: &'p Catalog, luck: Streams) -> Self {
        let mut levels: Vec<Levels> = plan.classes.iter().map(|_| Levels::default()).collect();
        let mut coverage = Coverage::new(plan, catalog);
        let mut nodes = Vec::with_capacity(plan.nodes() as usize);
        for (pool, class) in plan.config.pools.iter().zip(&plan.pool_class) {
            let level = levels[*class].initial(&catalog.classes[*class], pool.patched_through);
            coverage.begin(*class, level, pool.count, &levels[*class]);
            nodes.resize(nodes.len() + pool.count as usize, level);
        }
        coverage.set_initial_levels();
        Self {
            plan,
            catalog,
            luck,
            levels,
            coverage,
            nodes,
        }
    }

    pub(super) fn view(&self, class: usize) -> ClassView<'p> {
        ClassView {
            catalog: self.catalog,
            class: &self.catalog.classes[class],
            baseline: self.plan.classes[class]
                .baseline
                .map(|baseline| &self.plan.config.baselines[baseline]),
        }
    }

    pub(super) fn behavior(&self, pool: usize) -> &'p Behavior {
        &self.plan.config.behaviors[self.plan.config.pools[pool].behavior]
    }

    pub(super) fn pool_nodes(&self, pool: usize) -> &'p Range<u32> {
        &self.plan.pool_nodes[pool]
    }

    /// What an operation at this node would meet.
    #[inline]
    pub(super) fn transition_at(&mut self, node: u32, class: usize, snapshot: u32) -> u32 {
        let level = self.nodes[node as usize] & LEVEL;
        let view = self.view(class);
        self.levels[class].find(&view, level, snapshot)
    }

    pub(super) fn transition(&self, class: usize, id: u32) -> &Transition {
        self.levels[class].transition(id)
    }

    pub(super) fn pending_reboot(&self, node: u32) -> bool {
        self.nodes[node as usize] & PENDING_REBOOT != 0
    }

    /// Notes whether a node has a reboot pending.
    pub(super) fn set_pending_reboot(&mut self, node: u32, pending: bool) {
        let state = &mut self.nodes[node as usize];
        *state = if pending {
            *state | PENDING_REBOOT
        } else {
            *state & LEVEL
        };
    }

    /// A node finished installing what its transition found missing.
    #[inline]
    pub(super) fn install(&mut self, node: u32, class: usize, transition: u32, at: SimTime) {
        let state = self.nodes[node as usize];
        let change = self.levels[class].transition(transition);
        let (from, to, level) = (change.from, change.to, state & LEVEL);
        if level == from {
            self.nodes[node as usize] = state & PENDING_REBOOT | to;
            if self.coverage.installed(class, transition, at) == Booking::Due {
                self.coverage.book(&self.levels);
            }
            return;
        }
        // Another command changed the node meanwhile: what is new is what neither had.
        let merged = self.levels[class].merge(level, to);
        if merged != level {
            let step = self.levels[class].step(level, merged);
            if self.coverage.installed(class, step, at) == Booking::Due {
                self.coverage.book(&self.levels);
            }
        }
        self.nodes[node as usize] = state & PENDING_REBOOT | merged;
    }

    /// Nodes of a class that have every candidate of this instant. The books must be up to date.
    pub(super) fn fully_patched(&mut self, class: usize, at: SimTime) -> u32 {
        let snapshot = self.catalog.classes[class].snapshot(at);
        let view = self.view(class);
        let mut nodes = 0;
        for level in 0..self.levels[class].count() {
            let here = self.coverage.population(class).get(level).copied().unwrap_or(0);
            if here > 0 {
                let id = self.levels[class].find(&view, level as u32, snapshot);
                nodes += if self.levels[class].transition(id).missing.is_empty() {
                    here
                } else {
                    0
                };
            }
        }
        nodes
    }

    /// The outcome that the scenario gives this node in this command, if any; the last one wins.
    pub(super) fn scripted(&self, node: u32, command: CommandId) -> Option<ScriptedResult> {
        let outcomes = &self.plan.outcomes;
        if outcomes.is_empty() {
            return None;
        }
        let first = outcomes.partition_point(|outcome| outcome.node < node);
        let own = outcomes[first..]
            .iter()
            .take_while(|outcome| outcome.node == node);
        let day = self.plan.openings[command.window][command.opening].day;
        own.filter(|outcome| {
            outcome.window.is_none_or(|window| window == command.window)
                && outcome.task.is_none_or(|task| task == command.task)
                && outcome.on.is_none_or(|on| on == day)
        })
        .last()
        .map(|outcome| outcome.result)
    }
}
