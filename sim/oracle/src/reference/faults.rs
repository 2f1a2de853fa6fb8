//! What comes over nodes: outages, sickness, bad patches and the alarms about them (Patch data, section 4,
//! layers 0, 2, 5, 6 and 8).

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::catalog::{Flaw, Symptom};
use patchbench_model::fleet::{AlarmAction, Behavior};
use patchbench_model::world::Purpose;

use super::{Reference, flaws, rules};

/// Something that was brought about for a later instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coming {
    /// The latent fault of a patch shows on a node.
    Symptom { node: u32, patch: usize },
    /// The monitoring raises an alarm about a patch.
    Alarm { patch: usize },
}

impl Reference<'_> {
    pub(super) fn behavior(&self, node: u32) -> &Behavior {
        let pool = &self.given.config.pools[self.nodes[node as usize].pool];
        &self.given.config.behaviors[pool.behavior]
    }

    fn span(&self, at: SimTime) -> (i64, i64) {
        (self.given.config.start.millis(), at.millis())
    }

    /// Until when at least a node cannot be reached; `None`: it can be reached now. A broken node is
    /// reached when it has been repaired and is in no outage.
    pub(super) fn unreachable_until(&self, node: u32, at: SimTime) -> Option<SimTime> {
        let broken = self.broken.get(&node).copied().filter(|until| *until > at);
        let outages = self.behavior(node).outages.as_ref();
        let out = outages.and_then(|law| {
            let until = self.luck.condition(Purpose::Outage, node, law, self.span(at));
            until.map(SimTime::from_millis)
        });
        broken.into_iter().chain(out).max()
    }

    pub(super) fn is_sick(&self, node: u32, at: SimTime) -> bool {
        let sickness = self.behavior(node).sickness.as_ref();
        sickness.is_some_and(|law| {
            let until = self.luck.condition(Purpose::Sickness, node, law, self.span(at));
            until.is_some()
        })
    }

    /// Flaws of a patch that break a node.
    fn breaking(&self, node: u32, patch: usize) -> impl Iterator<Item = &Flaw> {
        let id = &self.given.patches[patch].id;
        let own = self.flaws.iter().filter(move |flaw| flaw.patch == patch);
        own.filter(move |flaw| flaws::breaks(&self.luck, &self.members, id, flaw, node))
    }

    /// The first of some patches that breaks a node so.
    pub(super) fn first_breaking<'p>(
        &self,
        node: u32,
        patches: impl Iterator<Item = &'p usize>,
        symptom: Symptom,
    ) -> Option<usize> {
        let breaks = |patch: &&usize| self.breaking(node, **patch).any(|flaw| flaw.symptom == symptom);
        patches.filter(breaks).min().copied()
    }

    /// A node has installed patches: latent faults begin to wait, unless the patch was there already, and
    /// a watched node tells of good patches that raise a false alarm.
    pub(super) fn has_installed(&mut self, node: u32, patches: &[usize], at: SimTime) {
        for patch in patches {
            if self.false_alarms.contains(patch) && self.is_watched(node) {
                self.expect_alarm(*patch, at);
            }
            if !self.nodes[node as usize].installed_itself.insert(*patch) {
                continue;
            }
            let latent = self.breaking(node, *patch);
            let latent: Vec<usize> = latent
                .filter(|flaw| flaw.symptom == Symptom::Latent)
                .map(|flaw| flaw.process)
                .collect();
            for process in latent {
                let id = &self.given.patches[*patch].id;
                let after = &self.given.config.faults.bad_patches[process].latent_after;
                let after = after.sample(&mut flaws::place(&self.luck, id, process, node, 16));
                let shows = at.saturating_add(after.max(SimDuration::from_millis(1)));
                self.coming.push((shows, Coming::Symptom { node, patch: *patch }));
            }
        }
    }

    /// What had been brought about for this instant. Symptoms come first: an alarm cancels what is under
    /// way, and keeps no fault from showing.
    pub(super) fn come(&mut self, at: SimTime) {
        let (now, later) = self.coming.iter().copied().partition(|(when, _)| *when == at);
        self.coming = later;
        let now: Vec<(SimTime, Coming)> = now;
        for (_, coming) in &now {
            if let Coming::Symptom { node, patch } = coming
                && !self.is_repaired(*node, *patch)
            {
                self.shows(*node, *patch, true, at);
            }
        }
        for (_, coming) in &now {
            if let Coming::Alarm { patch } = coming {
                self.alarm(*patch, at);
            }
        }
    }

    /// Whether a successor of a patch is on a node.
    fn is_repaired(&self, node: u32, patch: usize) -> bool {
        let mut on_node = self.nodes[node as usize].installed.iter();
        on_node.any(|other| *other != patch && self.replaces(*other).contains(&patch))
    }

    /// The fault of a patch shows on a node. One that is down cannot be reached until it is repaired. What
    /// follows is drawn with the first flaw of the patch.
    pub(super) fn shows(&mut self, node: u32, patch: usize, down: bool, at: SimTime) {
        let process = self
            .flaws
            .iter()
            .find(|flaw| flaw.patch == patch)
            .unwrap()
            .process;
        let id = &self.given.patches[patch].id;
        let own = |word| flaws::place(&self.luck, id, process, node, word);
        let repair = self.behavior(node).repair_time.sample(&mut own(32));
        let until = down.then(|| at.saturating_add(repair));
        let monitoring = self.given.config.faults.monitoring.as_ref();
        let noticed = monitoring.is_some_and(|watch| own(2).unit_f64() < watch.detection);
        if let Some(until) = until {
            let known = self.broken.entry(node).or_insert(until);
            *known = until.max(*known);
        }
        self.history.symptoms.insert((at, node, patch), until);
        if noticed && self.is_watched(node) {
            self.expect_alarm(patch, at);
        }
    }

    /// Whether the monitoring watches a node, by the tags that it has now.
    fn is_watched(&self, node: u32) -> bool {
        let monitoring = self.given.config.faults.monitoring.as_ref();
        monitoring.is_some_and(|watch| match &watch.nodes {
            None => true,
            Some(targets) => rules::matching(targets, &self.nodes).contains(&node),
        })
    }

    /// There is one alarm about a patch.
    fn expect_alarm(&mut self, patch: usize, at: SimTime) {
        let monitoring = self.given.config.faults.monitoring.as_ref().unwrap();
        let after = monitoring.delay.max(SimDuration::from_millis(1));
        if self.alarmed.insert(patch) {
            self.coming
                .push((at.saturating_add(after), Coming::Alarm { patch }));
        }
    }

    /// All baselines reject the patch from now on, and commands that have begun to install it may be
    /// cancelled. Nobody rejects what its vendor has withdrawn.
    fn alarm(&mut self, patch: usize, at: SimTime) {
        self.history.alarms.insert(patch, at);
        let withdrawn = self.withdrawn(patch);
        if withdrawn.is_none_or(|withdrawn| at < withdrawn) {
            self.rejected.insert(patch, at);
        }
        let monitoring = self.given.config.faults.monitoring.as_ref().unwrap();
        if monitoring.action == AlarmAction::RejectAndCancel {
            self.cancel_installs_of(patch, at);
        }
    }

    pub(super) fn is_bad(&self, patch: usize) -> bool {
        self.flaws.iter().any(|flaw| flaw.patch == patch)
    }

    /// When its vendor withdraws a patch.
    pub(super) fn withdrawn(&self, patch: usize) -> Option<SimTime> {
        let own = self.flaws.iter().filter(|flaw| flaw.patch == patch);
        own.filter_map(|flaw| flaw.withdrawn_at).min()
    }
}
