//! Whether nodes can be reached, and whether installs can work on them.
//!
//! Nothing is kept for nodes whose behaviour has neither outages nor sickness. Chains are asked at
//! rising instants; what they will do later is read from a copy.

use std::collections::BTreeMap;

use patchbench_kernel::{Generator, SimTime, StreamKey, Streams};

use super::plan::Plan;
use super::purpose::Purpose;
use crate::fleet::{Behavior, TwoState, TwoStateChain};

/// A time in which a condition holds on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spell {
    /// Since when: the start of the simulated period for a condition that holds from the start.
    pub since: SimTime,
    /// Until when.
    pub until: SimTime,
}

impl Plan<'_> {
    /// The outage of a node at an instant of a replication, whatever bad patches do to it.
    pub fn outage_at(&self, luck: &Streams, node: u32, at: SimTime) -> Option<Spell> {
        self.spell_at(
            luck,
            (Purpose::Outage, node),
            self.behavior_of(node).outages.as_ref(),
            at,
        )
    }

    /// The sickness of a node at an instant of a replication.
    pub fn sickness_at(&self, luck: &Streams, node: u32, at: SimTime) -> Option<Spell> {
        self.spell_at(
            luck,
            (Purpose::Sickness, node),
            self.behavior_of(node).sickness.as_ref(),
            at,
        )
    }

    fn behavior_of(&self, node: u32) -> &Behavior {
        &self.config.behaviors[self.config.pools[self.pool_of(node)].behavior]
    }

    fn spell_at(
        &self,
        luck: &Streams,
        (purpose, node): (Purpose, u32),
        law: Option<&TwoState>,
        at: SimTime,
    ) -> Option<Spell> {
        let law = law?;
        let mut luck = luck.generator(stream_of(purpose, node));
        let mut since = self.config.start;
        let mut chain = TwoStateChain::begin(law, &mut luck, since);
        loop {
            let (holds, until) = chain.state();
            if until > at {
                return holds.then_some(Spell { since, until });
            }
            since = until;
            chain.advance(law, &mut luck, until);
        }
    }
}

/// The address of a node's luck with a condition.
fn stream_of(purpose: Purpose, node: u32) -> StreamKey {
    StreamKey {
        purpose: purpose as u32,
        entity: u64::from(node),
        attempt: 0,
    }
}

/// The conditions of the nodes of a replication.
#[derive(Debug)]
pub(super) struct Health {
    luck: Streams,
    start: SimTime,
    outages: Chains,
    sickness: Chains,
    /// Until when nodes that a bad patch broke cannot be reached.
    broken: BTreeMap<u32, SimTime>,
    /// When the last of them has been repaired.
    repaired: SimTime,
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
        let mut luck = luck.generator(stream_of(self.purpose, node));
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
            repaired: SimTime::MIN,
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

    /// Whether all nodes that bad patches broke so far have been repaired by an instant.
    #[inline]
    pub(super) fn none_is_broken(&self, at: SimTime) -> bool {
        self.repaired <= at
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
        self.repaired = self.repaired.max(until);
    }
}
