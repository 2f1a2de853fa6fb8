//! Which patches are bad, whom they break, and which good ones are suspected (Patch data, section 4,
//! layers 4, 5 and 7).

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, Weekday};
use patchbench_model::catalog::{BadPatches, Flaw, Patch, Symptom, WhichAreBad};
use patchbench_model::clock::to_utc;
use patchbench_model::config::ModelConfig;
use patchbench_model::fleet::ClassMembers;
use patchbench_model::ssm::Target;
use patchbench_model::world::Purpose;

use super::Node;
use super::luck::Luck;
use super::rules;

/// A process makes a patch bad, or does not.
fn flaw(
    luck: &Luck,
    patches: &[Patch],
    index: usize,
    (number, process): (usize, &BadPatches),
) -> Option<Flaw> {
    let patch = &patches[index];
    // One draw after the other; every class that may be affected has its draw far behind them.
    let mut own = luck.of_patch(Purpose::Flaw, &patch.id, number);
    let share = own.unit_f64();
    let bad = match &process.which {
        WhichAreBad::Probability(probability) => share < *probability,
        WhichAreBad::Named(names) => names.contains(&patch.id),
        WhichAreBad::Repaired => is_repaired(patches, patch),
    };
    let weights = process.symptom;
    let point = own.unit_f64() * (weights.install + weights.reboot + weights.latent);
    let symptom = match point {
        at_install if at_install < weights.install => Symptom::Install,
        at_reboot if at_reboot < weights.install + weights.reboot => Symptom::Reboot,
        _ => Symptom::Latent,
    };
    let after = process
        .withdrawn_after
        .as_ref()
        .map(|after| after.sample(&mut own));
    own.at_word(1 << 20);
    let mut breaks = Vec::new();
    for affected in &process.affects {
        if own.unit_f64() < affected.probability {
            breaks.push((affected.class, affected.penetrance));
        }
    }
    (bad && !breaks.is_empty()).then(|| Flaw {
        patch: index,
        process: number,
        breaks,
        symptom,
        withdrawn_at: after.map(|after| {
            let offered = patch.visible_from().saturating_add(after);
            offered.saturating_add(process.reaction)
        }),
    })
}

/// What is wrong with the patches, by patch and process.
pub(super) fn flaws(luck: &Luck, config: &ModelConfig, patches: &[Patch]) -> Vec<Flaw> {
    let mut all = Vec::new();
    for index in 0..patches.len() {
        for process in config.faults.bad_patches.iter().enumerate() {
            assert_eq!(process.1.stream, None, "there is one stream only");
            all.extend(flaw(luck, patches, index, process));
        }
    }
    all
}

/// Whether a successor comes out on a day before the next Patch Tuesday, the second one of its month.
fn is_repaired(patches: &[Patch], patch: &Patch) -> bool {
    let dated = patch.updated_at.or(patch.released_at).unwrap();
    let is_patch_tuesday = |day: &NaiveDate| day.weekday() == Weekday::Tue && (8..=14).contains(&day.day());
    let mut later = to_utc(dated).date_naive().iter_days().skip(1);
    let next = later.find(is_patch_tuesday).unwrap();
    patches
        .iter()
        .any(|other| other.supersedes.contains(&patch.id) && to_utc(other.visible_from()).date_naive() < next)
}

/// Good patches that raise a false alarm as soon as a watched node has them.
pub(super) fn false_alarms(
    luck: &Luck,
    config: &ModelConfig,
    patches: &[Patch],
    flaws: &[Flaw],
) -> BTreeSet<usize> {
    let monitoring = config.faults.monitoring.as_ref();
    let probability = monitoring.map_or(0.0, |watch| watch.false_alarm);
    let good = |patch: &usize| flaws.iter().all(|flaw| flaw.patch != *patch);
    let alarms = |patch: &usize| {
        let mut own = luck.of_patch(Purpose::FalseAlarm, &patches[*patch].id, 0);
        own.unit_f64() < probability
    };
    (0..patches.len()).filter(good).filter(alarms).collect()
}

/// Nodes of each configuration class: named by the tags that they have at the start, or drawn.
pub(super) fn members(luck: &Luck, config: &ModelConfig, nodes: &[Node]) -> Vec<BTreeSet<u32>> {
    let drawn = |class: usize, share: f64| {
        let belongs = |node: &u32| {
            let mut own = luck.stream(Purpose::Membership, class as u64, 0);
            own.at_word(2 * u64::from(*node));
            own.unit_f64() < share
        };
        (0..nodes.len() as u32).filter(belongs).collect()
    };
    let named = |targets: &[Target]| rules::matching(targets, nodes).into_iter().collect();
    let classes = config.faults.configuration_classes.iter().enumerate();
    classes
        .map(|(class, known)| match &known.members {
            ClassMembers::Targets(targets) => named(targets),
            ClassMembers::Share(share) => drawn(class, *share),
        })
        .collect()
}

/// Whether a flaw breaks a node: the classes that it belongs to do so independently.
pub(super) fn breaks(luck: &Luck, members: &[BTreeSet<u32>], id: &str, flaw: &Flaw, node: u32) -> bool {
    let mut spared = 1.0;
    for (class, penetrance) in &flaw.breaks {
        if class.is_none_or(|class| members[class].contains(&node)) {
            spared *= 1.0 - penetrance;
        }
    }
    place(luck, id, flaw.process, node, 0).unit_f64() < 1.0 - spared
}

/// The luck of a node with a flaw: whether it breaks (place 0), whether that is noticed (2), when a latent
/// fault shows (16), and how long the repair takes (32).
pub(super) fn place(
    luck: &Luck,
    id: &str,
    process: usize,
    node: u32,
    word: u64,
) -> patchbench_kernel::Generator {
    let mut own = luck.of_patch(Purpose::Break, id, process);
    own.at_word(64 * u64::from(node) + word);
    own
}
