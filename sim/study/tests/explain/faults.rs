//! What fails in the random worlds beside installs by themselves: nodes out of reach or sick, bad
//! patches, alarms and withdrawals.

use patchbench_kernel::{Distribution, SimDuration, SimTime};
use patchbench_model::catalog::{Affected, BadPatches, ReleaseStream, SymptomWeights, WhichAreBad};
use patchbench_model::config::{FaultModel, ModelConfig, Operation, Overrides};
use patchbench_model::fleet::{
    AlarmAction, ClassMembers, ConfigurationClass, Monitoring, Transient, TwoState,
};
use patchbench_model::ssm::{
    Approval, ApprovalRule, ComplianceLevel, FilterGroup, OperatingSystem, Target, TargetKey,
};
use patchbench_model::units::RateLimit;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// What is to fail in some world.
#[derive(Clone, Debug)]
pub(crate) struct Failures {
    conditions: Vec<(Option<TwoState>, Option<TwoState>, Transient, SimDuration)>,
    model: FaultModel,
    offline_holds_slot: bool,
    /// Every patch is approved at once and every window installs, whatever fails: much meets what fails.
    busy: bool,
}

/// Nothing in a third of the worlds.
pub(crate) fn failures() -> impl Strategy<Value = Option<Failures>> {
    let some =
        (vec(condition(), 3), model(), any::<[bool; 2]>()).prop_map(|(conditions, model, flags)| Failures {
            conditions,
            model,
            offline_holds_slot: flags[0],
            busy: flags[1],
        });
    prop::option::weighted(0.66, some)
}

/// Lets things fail.
pub(crate) fn fail(config: &mut ModelConfig, failures: Option<Failures>) {
    let Some(failures) = failures else { return };
    for (behavior, condition) in config.behaviors.iter_mut().zip(failures.conditions) {
        (
            behavior.outages,
            behavior.sickness,
            behavior.transient,
            behavior.install_time_per_patch,
        ) = condition;
    }
    config.faults = failures.model;
    config.settings.offline_holds_slot = failures.offline_holds_slot;
    if failures.busy {
        hurry(config);
    }
}

fn hurry(config: &mut ModelConfig) {
    for baseline in &mut config.baselines {
        baseline.rejected_patches.clear();
        baseline.global_filter = FilterGroup::default();
        baseline.rules = vec![ApprovalRule {
            filter: FilterGroup::default(),
            approval: Approval::AfterDays(0),
            compliance_level: ComplianceLevel::High,
            enable_non_security: true,
        }];
    }
    let tasks = config.windows.iter_mut().flat_map(|window| &mut window.tasks);
    for task in tasks {
        task.operation = Operation::Install;
        task.overrides = Overrides::default();
        task.max_errors = RateLimit::Percent(100);
    }
    for pool in &mut config.pools {
        pool.count += 1;
        pool.patched_through = SimTime::MIN;
        pool.operating_system = OperatingSystem::Windows;
    }
    for stream in &mut config.releases {
        let ReleaseStream::Recorded { patches, .. } = stream else {
            continue;
        };
        for patch in patches {
            patch.operating_system = OperatingSystem::Windows;
            patch.product = None;
        }
    }
    for behavior in &mut config.behaviors {
        (behavior.failure, behavior.scan_failure) = (0.1, 0.0);
    }
    config.outcomes.clear();
}

fn condition() -> impl Strategy<Value = (Option<TwoState>, Option<TwoState>, Transient, SimDuration)> {
    let hours = |hours| Distribution::Constant(SimDuration::from_hours(hours));
    let outages = select(vec![None, Some((0.3, 3)), Some((0.5, 40))]);
    let sickness = select(vec![None, Some((0.3, 50)), Some((0.6, 200))]);
    let transient = select(vec![(0.0, 0), (0.6, 0), (0.6, 1)]);
    (outages, sickness, transient).prop_map(move |(outages, sickness, (probability, retries))| {
        let chain =
            |law: Option<(f64, i64)>| law.and_then(|(share, time)| TwoState::new(share, hours(time)).ok());
        let transient = Transient { probability, retries };
        (chain(outages), chain(sickness), transient, SimDuration::ZERO)
    })
}

fn model() -> impl Strategy<Value = FaultModel> {
    let bad = vec(bad_patches(), 0..3);
    (bad, prop::option::weighted(0.7, monitoring())).prop_map(|(bad_patches, monitoring)| FaultModel {
        configuration_classes: vec![ConfigurationClass {
            name: "half".to_owned(),
            members: ClassMembers::Share(0.5),
        }],
        bad_patches,
        monitoring,
    })
}

fn bad_patches() -> impl Strategy<Value = BadPatches> {
    let which = select(vec![
        WhichAreBad::Probability(0.7),
        WhichAreBad::Repaired,
        WhichAreBad::Named(vec!["P0".to_owned(), "KB2".to_owned()]),
    ]);
    let weights = select(vec![
        (1.0, 0.0, 0.0),
        (0.0, 1.0, 0.0),
        (0.0, 0.0, 1.0),
        (1.0, 1.0, 1.0),
    ]);
    let times = (
        select(vec![1i64, 20, 60]),
        prop::option::weighted(0.4, select(vec![10i64, 100, 300])),
    );
    let affects = select(vec![(None, 1.0), (None, 0.5), (Some(0), 0.9)]);
    (which, weights, times, affects).prop_map(
        |(which, (install, reboot, latent), (latency, withdrawn), (class, penetrance))| BadPatches {
            name: "bad".to_owned(),
            stream: None,
            which,
            symptom: SymptomWeights {
                install,
                reboot,
                latent,
            },
            latent_after: Distribution::Exponential {
                mean: SimDuration::from_hours(latency),
            },
            withdrawn_after: withdrawn.map(|hours| Distribution::Constant(SimDuration::from_hours(hours))),
            reaction: SimDuration::ZERO,
            affects: vec![Affected {
                class,
                probability: 1.0,
                penetrance,
            }],
        },
    )
}

fn monitoring() -> impl Strategy<Value = Monitoring> {
    let canary = Target {
        key: TargetKey::Tag("Patch Group".to_owned()),
        values: vec!["A".to_owned()],
    };
    let nodes = select(vec![None, Some(vec![canary])]);
    let action = select(vec![AlarmAction::Reject, AlarmAction::RejectAndCancel]);
    (nodes, select(vec![0.0, 0.4]), select(vec![0i64, 30, 900]), action).prop_map(
        |(nodes, false_alarm, delay, action)| Monitoring {
            nodes,
            detection: 0.9,
            false_alarm,
            delay: SimDuration::from_minutes(delay),
            action,
        },
    )
}
