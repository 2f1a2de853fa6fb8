//! Failures at random: nodes out of reach and sick, attempts that fail, bad patches, alarms, sources.

use patchbench_kernel::{Distribution, SimDuration};
use patchbench_model::catalog::{Affected, BadPatches, SymptomWeights, WhichAreBad};
use patchbench_model::config::FaultModel;
use patchbench_model::fleet::{
    AlarmAction, Behavior, ClassMembers, ConfigurationClass, Monitoring, Transient, TwoState,
};
use patchbench_model::ssm::{PatchBaseline, PatchSource, Target, TargetKey};
use proptest::prelude::*;
use proptest::sample::select;

use crate::ingredients::minutes;

/// How fast things happen in a world: the minutes of a unit, in which its failures are told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace(pub(crate) i64);

impl Pace {
    fn units(self, units: i64) -> SimDuration {
        minutes(self.0 * units)
    }
}

/// Times of failures: constants at which other things happen too, and drawn ones.
fn after(pace: Pace, units: Vec<i64>) -> impl Strategy<Value = Distribution> {
    let constant = select(units).prop_map(move |units| Distribution::Constant(pace.units(units)));
    let mean = select(vec![1i64, 3]);
    let drawn = mean.prop_map(move |mean| Distribution::exponential(pace.units(mean)).unwrap());
    prop_oneof![3 => constant, 1 => drawn]
}

/// A condition that nodes are often in.
fn condition(pace: Pace) -> impl Strategy<Value = TwoState> {
    let time = prop_oneof![
        Just(Distribution::Constant(pace.units(2))),
        Just(Distribution::exponential(pace.units(3)).unwrap()),
        Just(Distribution::lognormal(pace.units(2), 0.8).unwrap()),
    ];
    (select(vec![0.2, 0.4]), time).prop_map(|(share, time)| TwoState::new(share, time).unwrap())
}

/// The same behaviour on worse nodes: a third of them well.
pub(crate) fn failing(
    pace: Pace,
    behavior: impl Strategy<Value = Behavior>,
) -> impl Strategy<Value = Behavior> {
    let sometimes = || prop::option::weighted(0.35, condition(pace));
    let transient = (select(vec![0.0, 0.0, 0.4, 1.0]), 0u32..3)
        .prop_map(|(probability, retries)| Transient { probability, retries });
    let repair_time = after(pace, vec![1, 2, 4, 8]);
    (behavior, sometimes(), sometimes(), transient, repair_time).prop_map(
        |(behavior, outages, sickness, transient, repair_time)| Behavior {
            outages,
            sickness,
            transient,
            repair_time,
            ..behavior
        },
    )
}

fn bad_patches(pace: Pace, names: &'static [&'static str]) -> impl Strategy<Value = BadPatches> {
    let named = prop::sample::subsequence(names.to_vec(), 1..=names.len())
        .prop_map(|names| WhichAreBad::Named(names.into_iter().map(str::to_owned).collect()));
    let which = prop_oneof![
        4 => named,
        1 => Just(WhichAreBad::Probability(0.6)),
        1 => Just(WhichAreBad::Repaired),
    ];
    let symptom = select(vec![
        (1.0, 0.0, 0.0),
        (0.0, 1.0, 0.0),
        (0.0, 0.0, 1.0),
        (1.0, 1.0, 2.0),
    ]);
    let withdrawn = prop::option::weighted(0.3, after(pace, vec![2, 6, 10, 100]));
    let affected = (
        select(vec![None, Some(0), Some(1)]),
        select(vec![1.0, 1.0, 0.5]),
        select(vec![1.0, 0.5]),
    )
        .prop_map(|(class, probability, penetrance)| Affected {
            class,
            probability,
            penetrance,
        });
    let affects = prop::collection::vec(affected, 1..=2);
    let times = (after(pace, vec![0, 1, 2, 4, 8]), withdrawn, 0i64..3);
    (which, symptom, times, affects).prop_map(
        move |(which, (install, reboot, latent), (latent_after, withdrawn_after, reaction), affects)| {
            BadPatches {
                name: "bad".to_owned(),
                stream: None,
                which,
                symptom: SymptomWeights {
                    install,
                    reboot,
                    latent,
                },
                latent_after,
                withdrawn_after,
                reaction: pace.units(reaction),
                affects,
            }
        },
    )
}

fn monitoring(pace: Pace) -> impl Strategy<Value = Monitoring> {
    let action = select(vec![AlarmAction::Reject, AlarmAction::RejectAndCancel]);
    (
        any::<bool>(),
        select(vec![1.0, 0.5]),
        select(vec![0.0, 0.5]),
        0i64..3,
        action,
    )
        .prop_map(move |(all, detection, false_alarm, delay, action)| Monitoring {
            nodes: (!all).then(|| vec![role("a")]),
            detection,
            false_alarm,
            delay: pace.units(delay),
            action,
        })
}

fn role(value: &str) -> Target {
    Target {
        key: TargetKey::Tag("Role".to_owned()),
        values: vec![value.to_owned()],
    }
}

/// No faults in half of the worlds.
pub(crate) fn faults(pace: Pace, names: &'static [&'static str]) -> impl Strategy<Value = FaultModel> {
    prop::option::weighted(0.5, some_faults(pace, names)).prop_map(Option::unwrap_or_default)
}

/// One or two kinds of bad patches among those of these names, with two configuration classes; and perhaps
/// somebody who watches.
pub(crate) fn some_faults(pace: Pace, names: &'static [&'static str]) -> impl Strategy<Value = FaultModel> {
    let classes = || {
        let class = |name: &str, members| ConfigurationClass {
            name: name.to_owned(),
            members,
        };
        vec![
            class("named", ClassMembers::Targets(vec![role("a")])),
            class("drawn", ClassMembers::Share(0.5)),
        ]
    };
    (
        prop::collection::vec(bad_patches(pace, names), 1..=2),
        prop::option::weighted(0.6, monitoring(pace)),
    )
        .prop_map(move |(bad_patches, monitoring)| FaultModel {
            configuration_classes: classes(),
            bad_patches,
            monitoring,
        })
}

/// The same baseline, now and then with sources for some products.
pub(crate) fn with_sources(
    baseline: impl Strategy<Value = PatchBaseline>,
) -> impl Strategy<Value = PatchBaseline> {
    let sources = select(vec![
        vec![],
        vec![],
        vec![vec!["AmazonLinux2"]],
        vec![vec!["AmazonLinux2018"]],
        vec![vec!["AmazonLinux2018"], vec!["*"]],
    ]);
    (baseline, sources).prop_map(|(baseline, sources)| PatchBaseline {
        sources: sources
            .into_iter()
            .map(|products| PatchSource {
                name: "mirror".to_owned(),
                products: products.into_iter().map(str::to_owned).collect(),
            })
            .collect(),
        ..baseline
    })
}
