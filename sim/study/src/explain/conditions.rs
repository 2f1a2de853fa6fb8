//! What was the matter with a node: it could not be reached, or every install failed on it.

use patchbench_kernel::{SimTime, Streams};
use patchbench_model::world::{Plan, Spell};

use super::raw::RawSymptom;

/// What is known of the conditions of one node in a replication.
pub(super) struct Conditions<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) luck: Streams,
    pub(super) node: u32,
    /// Faults of bad patches that show on the node.
    pub(super) symptoms: &'a [RawSymptom],
}

/// A time in which a node could not be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RawAway {
    pub(super) spell: Spell,
    /// The bad patch (index into the catalogue) that took the node first; `None`: an outage.
    pub(super) patch: Option<usize>,
}

impl Conditions<'_> {
    /// Why and how long a node could not be reached that was to be sent to at an instant. One thing may
    /// follow on the other; what lasts beyond the horizon is not told apart.
    pub(super) fn away(&self, at: SimTime) -> Option<RawAway> {
        let mut away = self.out_of_reach(at)?;
        while away.spell.until < self.plan.config.horizon {
            let Some(next) = self.out_of_reach(away.spell.until) else {
                break;
            };
            away.spell.until = next.spell.until;
        }
        Some(away)
    }

    /// What keeps the node out of reach at an instant: of two things the one that lasts longer.
    fn out_of_reach(&self, at: SimTime) -> Option<RawAway> {
        let outage = self.plan.outage_at(&self.luck, self.node, at);
        let outage = outage.map(|spell| RawAway { spell, patch: None });
        let down = self.symptoms.iter().filter_map(|symptom| {
            let (since, until) = (symptom.at, symptom.until?);
            (since <= at && at < until).then_some(RawAway {
                spell: Spell { since, until },
                patch: Some(symptom.patch),
            })
        });
        down.chain(outage).max_by_key(|away| away.spell.until)
    }

    /// The sickness that an install which ended at an instant met.
    pub(super) fn sick(&self, at: SimTime) -> Option<Spell> {
        self.plan.sickness_at(&self.luck, self.node, at)
    }
}
