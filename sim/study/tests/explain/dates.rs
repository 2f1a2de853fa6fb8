//! The dates of what failed, as explanations tell them, are those of the trace.

use chrono::DateTime;
use patchbench_kernel::SimTime;
use patchbench_model::world::{Cause, Plan, WithdrawnBy};
use patchbench_study::explain::{Explainer, Fate, Invocation, NodeExplanation, Opportunity, Step, What};
use patchbench_study::{TraceRecord, TraceValue, trace_replication};
use proptest::prelude::*;

use crate::worlds::asked;

fn is(record: &TraceRecord, key: &str, value: &str) -> bool {
    matches!(record.about.get(key), Some(TraceValue::Text(text)) if text == value)
}

fn instant(text: &str) -> SimTime {
    SimTime::from_millis(DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis())
}

/// One replication of a world, and what its trace says.
struct World<'a> {
    plan: &'a Plan<'a>,
    trace: &'a [TraceRecord],
}

impl World<'_> {
    /// A fact of the trace about the invocation of an opportunity at an instant.
    fn fact(&self, fact: &str, (node, of): (&str, &Opportunity), at: SimTime) -> Option<&TraceRecord> {
        let same = |record: &&TraceRecord| {
            record.fact == fact
                && record.at == at.to_string()
                && is(record, "node", node)
                && is(record, "window", &of.window)
                && is(record, "task", &of.task)
        };
        self.trace.iter().find(same)
    }

    /// Whether the trace tells that a bad patch shows on a node, and until when it takes it.
    fn shows(&self, node: &str, patch: &str, (at, until): (SimTime, Option<SimTime>)) -> bool {
        let mut records = self.trace.iter().filter(|record| {
            record.fact == "bad_patch_shows" && is(record, "node", node) && is(record, "patch", patch)
        });
        records.any(|record| {
            record.at == at.to_string()
                && until.map(|until| TraceValue::Text(until.to_string()))
                    == record.about.get("unreachable_until").cloned()
        })
    }

    fn invocation(
        &self,
        told: &NodeExplanation,
        opportunity: &Opportunity,
        sent: &Invocation,
    ) -> Result<(), TestCaseError> {
        let node = told.node.as_str();
        let own = (node, opportunity);
        let away = sent.away.as_ref();
        prop_assert_eq!(
            away.is_some(),
            self.fact("node_unreachable", own, sent.sent).is_some()
        );
        if let Some(away) = away {
            prop_assert!(away.since <= sent.sent && sent.sent < away.back, "{:?}", sent);
        }
        if let Some(delivered) = sent.delivered {
            prop_assert!(self.fact("invocation_delivered", own, delivered).is_some());
            let back = away.unwrap().back;
            if self.plan.config.settings.offline_holds_slot {
                prop_assert_eq!(delivered, back);
            } else {
                prop_assert!(delivered >= back);
            }
        }
        prop_assert_eq!(sent.sick.is_some(), sent.cause == Some(Cause::Sick));
        if let Some(spell) = sent.sick {
            let begun = sent.delivered.unwrap_or(sent.sent);
            prop_assert!(spell.since <= begun && begun < spell.until, "{:?}", sent);
        }
        let Some((at, _)) = sent.ended else {
            return Ok(());
        };
        let record = self.fact("invocation_ended", own, at).unwrap();
        let cause = sent
            .cause
            .map(|cause| TraceValue::Text(cause.as_str().to_owned()));
        prop_assert_eq!(cause, record.about.get("ended_by").cloned());
        let broken = matches!(sent.cause, Some(Cause::BadPatch | Cause::LostAtReboot));
        prop_assert_eq!(sent.broken_by.is_some(), broken);
        if let Some(broken) = &sent.broken_by {
            prop_assert!(self.shows(node, &broken.patch.id, (at, broken.until)));
        }
        Ok(())
    }

    fn step(&self, told: &NodeExplanation, step: &Step) -> Result<(), TestCaseError> {
        match &step.what {
            What::Opportunity(opportunity) => {
                if let Fate::Sent(sent) = &opportunity.fate {
                    self.invocation(told, opportunity, sent)?;
                }
            }
            What::Symptom { patch, until } => {
                prop_assert!(self.shows(&told.node, &patch.id, (step.at.unwrap(), *until)));
            }
            What::Withdrawn { successor, by, .. } => {
                let fact = match by {
                    WithdrawnBy::Vendor => "withdrawn",
                    WithdrawnBy::Monitoring => "alarm",
                };
                let id = successor.as_ref().map_or(&told.patch.id, |patch| &patch.id);
                let at = step.at.unwrap();
                // What was taken back before the start or will be after the end is in no trace.
                let within = self.plan.config.start < at && at < self.plan.config.horizon;
                let found = self.trace.iter().any(|record| {
                    record.fact == fact && is(record, "patch", id) && record.at == at.to_string()
                });
                prop_assert!(found || !within, "{} of {} at {}", fact, id, at);
            }
            _ => {}
        }
        Ok(())
    }

    /// Every latent fault of the patch on the node is told.
    fn tells_latent_faults(&self, told: &NodeExplanation) -> Result<(), TestCaseError> {
        let own = self.trace.iter().filter(|record| {
            record.fact == "bad_patch_shows"
                && is(record, "node", &told.node)
                && is(record, "patch", &told.patch.id)
                && instant(&record.at) <= told.at
        });
        for record in own {
            let at = instant(&record.at);
            let ends = |record: &TraceRecord| {
                record.fact == "invocation_ended"
                    && is(record, "node", &told.node)
                    && instant(&record.at) == at
            };
            let latent = !self.trace.iter().any(ends);
            let step = |step: &&Step| {
                step.at == Some(at)
                    && matches!(&step.what, What::Symptom { patch, .. } if patch.id == told.patch.id)
            };
            prop_assert!(!latent || told.chain.iter().any(|known| step(&known)));
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_date_of_a_failure_is_that_of_the_trace(world in asked()) {
        let plan = Plan::new(&world.config);
        let (_, trace) = trace_replication(&plan, world.seed, 0);
        let explainer = Explainer::new(&plan, world.seed, 0);
        let of_trace = World { plan: &plan, trace: &trace };
        for patch in 0..explainer.catalog().patches.len() {
            for node in 0..plan.nodes() {
                let told = explainer.node(node, &[patch], world.config.horizon);
                for step in &told.chain {
                    of_trace.step(&told, step)?;
                }
                of_trace.tells_latent_faults(&told)?;
            }
        }
    }
}
