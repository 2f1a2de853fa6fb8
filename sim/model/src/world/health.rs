//! Whether nodes can be reached, and whether installs can work on them.
//!
//! Nothing is kept for nodes whose behaviour has neither outages nor sickness. Chains are asked at
//! rising instants; what they will do later is read from a copy.

use std::collections::BTreeMap;

use patchbench_kernel::{Generator, SimTime, StreamKey, Streams};

use super::plan::Plan;
use super::purpose::Purpose;
use crate::fleet::{Behavior, TwoState, TwoStateChain};

/// The conditions of the nodes of a replication.
#[derive(Debug)]
pub(super) struct Health {
    luck: Streams,
    start: SimTime,
    outages: Chains,
    sickness: Chains,
    /// Until when nodes that a bad patch broke cannot be reached.
    broken: BTreeMap<u32, SimTime>,
}

/// One condition of all nodes, each worked out when it is first asked for.
#[derive(Debug)]
struct Chains {
    purpose: Purpose,
    /// Empty where no behaviour has the condition.
    nodes: Vec<Option<TwoStateChain>>,
}

impl Chains {
    fn new(plan: &Plan<'_>, purpose: Purpose, law: impl Fn(&Behavior) -> &Option<TwoState>) -> Self {
        let used = plan
            .config
            .behaviors
            .iter()
            .any(|behavior| law(behavior).is_some());
        let nodes = if used { plan.nodes() as usize } else { 0 };
        Self {
            purpose,
            nodes: vec![None; nodes],
        }
    }

    /// The chain of a node at an instant, and its luck.
    fn at(
        &mut self,
        node: u32,
        law: &TwoState,
        (luck, start, at): (&Streams, SimTime, SimTime),
    ) -> (TwoStateChain, Generator) {
        let mut luck = luck.generator(StreamKey {
            purpose: self.purpose as u32,
            entity: u64::from(node),
            attempt: 0,
        });
        let kept = &mut self.nodes[node as usize];
        let mut chain = kept.unwrap_or_else(|| TwoStateChain::begin(law, &mut luck, start));
        chain.advance(law, &mut luck, at);
        *kept = Some(chain);
        (chain, luck)
    }
}

impl Health {
    pub(super) fn new(plan: &Plan<'_>, luck: Streams) -> Self {
        Self {
            luck,
            start: plan.config.start,
            outages: Chains::new(plan, Purpose::Outage, |behavior| &behavior.outages),
            sickness: Chains::new(plan, Purpose::Sickness, |behavior| &behavior.sickness),
            broken: BTreeMap::new(),
        }
    }

    /// From when a node can be reached: `at` itself if it can be reached now. Instants from `limit`
    /// on are not told apart.
    #[inline]
    pub(super) fn reachable_from(
        &mut self,
        node: u32,
        behavior: &Behavior,
        at: SimTime,
        limit: SimTime,
    ) -> SimTime {
        if behavior.outages.is_none() && self.broken.is_empty() {
            return at;
        }
        let mut outage = behavior.outages.as_ref().map(|law| {
            let (chain, luck) = self.outages.at(node, law, (&self.luck, self.start, at));
            (law, chain, luck)
        });
        let repaired = self.broken.get(&node).copied().unwrap_or(SimTime::MIN);
        let mut from = at.max(repaired);
        if let Some((law, chain, luck)) = &mut outage {
            while from < limit {
                chain.advance(law, luck, from);
                let (out, until) = chain.state();
                if !out {
                    break;
                }
                from = until;
            }
        }
        from
    }

    /// Whether a node is sick.
    #[inline]
    pub(super) fn is_sick(&mut self, node: u32, behavior: &Behavior, at: SimTime) -> bool {
        let Some(law) = &behavior.sickness else {
            return false;
        };
        let (chain, _) = self.sickness.at(node, law, (&self.luck, self.start, at));
        chain.state().0
    }

    /// A bad patch broke a node: it cannot be reached until it has been repaired.
    pub(super) fn breaks(&mut self, node: u32, until: SimTime) {
        let known = self.broken.entry(node).or_insert(until);
        *known = until.max(*known);
    }
}
