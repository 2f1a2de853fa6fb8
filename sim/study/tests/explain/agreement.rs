//! The answer of every explanation is that of the trace, and funnels add up.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::SimTime;
use patchbench_model::world::Plan;
use patchbench_study::explain::{Explainer, Fate, HadHow, NodeExplanation, Reason, Verdict, What};
use patchbench_study::trace_replication;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::history::{Reader, Told};
use crate::worlds::{Asked, asked};

fn answer(told: &NodeExplanation) -> Told {
    match &told.verdict {
        Verdict::Has(had) => Told::Has(had.since),
        Verdict::HasNot { reason, .. } => Told::HasNot(reason.as_str().to_owned()),
    }
}

/// Nodes by patch group and answer (`has` or a reason).
type Answers = BTreeMap<(String, String), u32>;

fn ask(world: &Asked) -> Result<(), TestCaseError> {
    let plan = Plan::new(&world.config);
    let (_, trace) = trace_replication(&plan, world.seed, 0);
    let explainer = Explainer::new(&plan, world.seed, 0);
    let reader = Reader {
        plan: &plan,
        catalog: explainer.catalog(),
        trace: &trace,
    };
    for patch in 0..explainer.catalog().patches.len() {
        for at in [world.at, world.config.horizon] {
            let mut answers = Answers::new();
            for node in 0..plan.nodes() {
                let told = explainer.node(node, &[patch], at);
                let expected = reader.told(node, patch, at);
                prop_assert_eq!(
                    answer(&told),
                    expected.clone(),
                    "{} {} at {}",
                    told.node,
                    told.patch.id,
                    at
                );
                chain_is_sound(&told)?;
                if let Some(later) = &told.later {
                    prop_assert!(later.since > at);
                    let end = reader.told(node, patch, world.config.horizon);
                    prop_assert_eq!(end, Told::Has(later.since));
                }
                let word = match expected {
                    Told::Has(_) => "has".to_owned(),
                    Told::HasNot(reason) => reason,
                };
                // Reports stay by the group that a node begins with.
                let class = &plan.classes[plan.pool_class[plan.pool_of(node)]];
                let group = plan.groups[class.group].name.clone();
                *answers.entry((group, word)).or_default() += 1;
            }
            funnel_adds_up(&explainer, patch, at, &answers)?;
        }
    }
    Ok(())
}

/// Dates rise, nothing is told that was not known, and what the verdict says is in the chain.
fn chain_is_sound(told: &NodeExplanation) -> Result<(), TestCaseError> {
    let dated = told
        .chain
        .iter()
        .filter(|step| matches!(step.what, What::Opportunity(_) | What::Rebooted));
    let dates: Vec<SimTime> = dated.filter_map(|step| step.at).collect();
    prop_assert!(dates.is_sorted());
    prop_assert!(dates.iter().all(|date| *date <= told.at));
    for step in &told.chain {
        let bare = matches!(
            step.what,
            What::ThereAtStart { .. }
                | What::MoreSuccessors { .. }
                | What::Frozen { .. }
                | What::Withdrawn { .. }
                | What::Symptom { .. }
        );
        prop_assert!(bare || !step.basis.is_empty(), "{:?}", step);
    }
    let installs = told.chain.iter().filter(|step| match &step.what {
        What::Opportunity(opportunity) => matches!(&opportunity.fate, Fate::Sent(sent) if sent.installed),
        _ => false,
    });
    let expected = match &told.verdict {
        Verdict::Has(had) => matches!(had.how, HadHow::Installed { .. }),
        Verdict::HasNot { .. } => false,
    };
    prop_assert_eq!(installs.count(), usize::from(expected));
    if let Verdict::HasNot {
        reason,
        last: Some(last),
        ..
    } = &told.verdict
    {
        prop_assert_eq!(last.reason, Some(*reason));
        let shown = told
            .chain
            .iter()
            .any(|step| matches!(&step.what, What::Opportunity(opportunity) if *opportunity == *last));
        prop_assert!(shown, "{:?}", told);
    }
    Ok(())
}

fn funnel_adds_up(
    explainer: &Explainer<'_>,
    patch: usize,
    at: SimTime,
    answers: &Answers,
) -> Result<(), TestCaseError> {
    let funnel = explainer.funnel(&[patch], at);
    let mut counted = Answers::new();
    for group in &funnel.groups {
        let left: u32 = group.left.iter().map(|left| left.nodes.count).sum();
        prop_assert_eq!(group.has() + left, group.nodes);
        let passed = [
            group.applicable - group.at_start.min(group.applicable),
            group.approved,
            group.targeted,
            group.opened,
            group.sent,
            group.installed,
        ];
        prop_assert!(passed.is_sorted_by(|a, b| a >= b), "{:?}", group);
        prop_assert_eq!(
            group.inside.iter().map(|(_, nodes)| nodes).sum::<u32>(),
            group.installed
        );
        // A bad patch that takes the node at the reboot is on it all the same.
        let success = group
            .invocations
            .iter()
            .filter(|(status, _)| ["Success", "ExecutionTimedOut"].contains(&status.as_str()));
        // Two windows may install it on a node at the same time.
        prop_assert!(success.map(|(_, count)| count).sum::<u32>() >= group.installed);
        if group.has() > 0 {
            counted.insert((group.group.clone(), "has".to_owned()), group.has());
        }
        for left in &group.left {
            let key = (group.group.clone(), left.reason.as_str().to_owned());
            *counted.entry(key).or_default() += left.nodes.count;
        }
    }
    prop_assert_eq!(&counted, answers);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_is_that_of_the_trace(world in asked()) {
        ask(&world)?;
    }
}

/// The worlds are worth asking: every answer there is occurs in them.
#[test]
fn random_worlds_hold_every_reason() {
    let mut runner = TestRunner::deterministic();
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for _ in 0..400 {
        let world = asked().new_tree(&mut runner).unwrap().current();
        let plan = Plan::new(&world.config);
        let explainer = Explainer::new(&plan, world.seed, 0);
        for patch in 0..explainer.catalog().patches.len() {
            for at in [world.at, world.config.horizon] {
                let funnel = explainer.funnel(&[patch], at);
                let left = funnel.groups.iter().flat_map(|group| &group.left);
                found.extend(left.map(|left| left.reason.as_str()));
            }
        }
    }
    // A baseline is always one for the operating system of its nodes.
    let missing: Vec<&str> = Reason::ALL
        .iter()
        .map(|reason| reason.as_str())
        .filter(|reason| !found.contains(reason) && *reason != "other_operating_system")
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}
