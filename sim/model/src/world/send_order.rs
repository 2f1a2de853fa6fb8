//! In which order a command sends to its nodes. Semantics, section 6.5.

use std::collections::BTreeSet;
use std::ops::Range;

use patchbench_kernel::StreamKey;

use super::observe::CommandId;
use super::purpose::Purpose;
use super::site::Site;
use crate::config::{MultiTargetTask, TargetOrder, Task, TaskTarget};
use crate::ssm::{NodeSet, TargetKey};

/// The nodes of a command in the order in which they are sent to.
pub(super) struct SendOrder<'p> {
    nodes: Nodes<'p>,
    left: u32,
    /// Pool of the node that came last.
    pub(super) pool: usize,
}

enum Nodes<'p> {
    Rising { ranges: &'p [Range<u32>], next: u32 },
    Listed(std::vec::IntoIter<u32>),
}

impl<'p> SendOrder<'p> {
    pub(super) fn new(site: &Site<'p>, id: CommandId, task: &'p Task, targets: &'p NodeSet) -> Self {
        let nodes = match site.plan.config.settings.target_order {
            TargetOrder::Id => Nodes::rising(targets),
            TargetOrder::Listed => match listed(site, id, task, targets) {
                Some(nodes) => Nodes::Listed(nodes.into_iter()),
                None => Nodes::rising(targets),
            },
            TargetOrder::Shuffled => Nodes::Listed(shuffled(site, id, targets).into_iter()),
        };
        Self {
            nodes,
            left: targets.len(),
            pool: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// Whether nodes come by number.
    pub(super) fn is_rising(&self) -> bool {
        matches!(self.nodes, Nodes::Rising { .. })
    }

    pub(super) fn left(&self) -> u32 {
        self.left
    }

    /// The next nodes that come by number, as far as they are of one pool.
    pub(super) fn rising(&mut self, site: &Site<'p>) -> Option<Range<u32>> {
        let Nodes::Rising { ranges, next } = &self.nodes else {
            return None;
        };
        let first = ranges.first()?;
        let start = (*next).max(first.start);
        self.look_up_pool(site, start);
        let end = first.end.min(site.plan.pool_nodes[self.pool].end);
        Some(start..end)
    }

    /// Nodes before those ahead have been sent to, out of those that came by number; what was ahead is not
    /// known any more.
    pub(super) fn go_on_from(&mut self, ahead: &mut Range<u32>) {
        if let Nodes::Rising { ranges, next } = &mut self.nodes
            && *ahead != (0..0)
            && let Some(first) = ranges.first()
        {
            self.left -= ahead.start - (*next).max(first.start);
            go_to(ahead.start, (ranges, next));
        }
        *ahead = 0..0;
    }

    fn look_up_pool(&mut self, site: &Site<'p>, node: u32) {
        if !site.plan.pool_nodes[self.pool].contains(&node) {
            self.pool = site.plan.pool_of(node);
        }
    }

    #[inline]
    pub(super) fn next(&mut self, site: &Site<'p>) -> Option<u32> {
        let node = match &mut self.nodes {
            Nodes::Rising { ranges, next } => {
                let first = ranges.first()?;
                let node = (*next).max(first.start);
                go_to(node + 1, (ranges, next));
                node
            }
            Nodes::Listed(nodes) => nodes.next()?,
        };
        self.left -= 1;
        self.look_up_pool(site, node);
        Some(node)
    }
}

impl<'p> Nodes<'p> {
    fn rising(targets: &'p NodeSet) -> Self {
        Nodes::Rising {
            ranges: targets.ranges(),
            next: 0,
        }
    }
}

/// Nodes before `node` have been sent to; it is in the first of the ranges, or behind it.
#[inline]
fn go_to(node: u32, (ranges, next): (&mut &[Range<u32>], &mut u32)) {
    *next = node;
    if ranges.first().is_some_and(|first| node >= first.end) {
        *ranges = &ranges[1..];
    }
}

/// Nodes in the order of `InstanceIds`, then the others by number; `None` when no target lists ids.
/// Targets that are merged into one command are listed one after the other.
fn listed(site: &Site<'_>, id: CommandId, task: &Task, targets: &NodeSet) -> Option<Vec<u32>> {
    let config = site.plan.config;
    let window = site.plan.window(id.window, id.opening);
    let of_command = match config.settings.multi_target_task {
        MultiTargetTask::Sequential => task.targets.get(id.part..=id.part)?,
        MultiTargetTask::Merged => &task.targets,
    };
    let entries = of_command.iter().flat_map(|target| match target {
        TaskTarget::Window(index) => &window.targets[*index].targets,
        TaskTarget::Direct(targets) => targets,
    });
    let ids = entries.filter(|entry| entry.key == TargetKey::InstanceIds);
    let named = ids
        .flat_map(|entry| &entry.values)
        .filter_map(|name| site.plan.node_named(name));
    let mut known = BTreeSet::new();
    let mut nodes: Vec<u32> = named
        .filter(|node| targets.contains(*node) && known.insert(*node))
        .collect();
    nodes.extend(targets.iter().filter(|node| !known.contains(node)));
    (!known.is_empty()).then_some(nodes)
}

/// A shuffle of its own for each command.
fn shuffled(site: &Site<'_>, id: CommandId, targets: &NodeSet) -> Vec<u32> {
    let mut nodes: Vec<u32> = targets.iter().collect();
    let key = StreamKey {
        purpose: Purpose::Order as u32,
        entity: id.stream_entity(),
        attempt: id.opening as u32,
    };
    let mut luck = site.luck.generator(key);
    for last in (1..nodes.len()).rev() {
        nodes.swap(last, luck.below(last as u64 + 1) as usize);
    }
    nodes
}
