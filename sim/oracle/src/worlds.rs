//! Small random worlds in which completions, cutoffs and openings often coincide.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use patchbench_calendar::{Schedule, ScheduleOptions};
use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::catalog::{Patch, PatchSet, ReleaseStream};
use patchbench_model::clock::from_utc;
use patchbench_model::config::{
    ChangeFreeze, CutoffBehavior, MaintenanceWindow, ModelConfig, Operation, Surface, TaskTarget,
    WindowTarget,
};
use patchbench_model::fleet::{Behavior, NodePool};
use patchbench_model::ssm::{
    Approval, ApprovalRule, ComplianceLevel, FilterGroup, OperatingSystem, PatchBaseline, Target, TargetKey,
};
use patchbench_model::units::RateLimit;
use proptest::prelude::*;
use proptest::sample::select;

use crate::changes::{Kind, RandomEdit, edit, make, window_at};
use crate::failures::{Pace, failing, faults, some_faults, with_sources};
use crate::ingredients::{
    all_presets, constant_behavior, drawn_behavior, minutes, outcome, settings, target, task,
};

/// A configuration, and when its windows open.
#[derive(Clone, Debug)]
pub struct SmallWorld {
    /// The configuration.
    pub config: ModelConfig,
    /// Openings of each window.
    pub ticks: Vec<Vec<SimTime>>,
}

impl SmallWorld {
    /// Its patches.
    pub fn patches(&self) -> &[Patch] {
        match &self.config.releases[0] {
            ReleaseStream::Recorded { patches, .. } => patches,
            other => panic!("{} is drawn", other.name()),
        }
    }
}

const SYSTEMS: [OperatingSystem; 2] = [OperatingSystem::Windows, OperatingSystem::AmazonLinux2];

/// What the patches are called.
const NAMES: [&str; 4] = ["p0", "p1", "p2", "p3"];

/// Failures happen in quarters of an hour.
const PACE: Pace = Pace(15);

/// Late in the evening, so that windows open on two days.
fn start() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(2024, 1, 9)
        .and_then(|day| day.and_hms_opt(20, 0, 0))
        .unwrap()
        .and_utc()
}

/// Worlds whose times are constants and whose probabilities are 0 or 1, with this many windows.
pub fn constant_worlds(windows: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = SmallWorld> {
    worlds(windows, constant_behavior().boxed(), EVERYTHING.to_vec())
}

/// Worlds whose times and failures are drawn.
pub fn drawn_worlds() -> impl Strategy<Value = SmallWorld> {
    worlds(1..=2, drawn_behavior().boxed(), EVERYTHING.to_vec()).prop_map(|mut world| {
        // What a cancelled command does to nodes that are at it is drawn, too.
        world.config.settings.cancel_kills_running *= 0.5;
        world
    })
}

/// Worlds in which installs seldom fail by themselves, so that bad patches come far.
pub fn faulty_worlds() -> impl Strategy<Value = SmallWorld> {
    let behavior = prop_oneof![constant_behavior(), drawn_behavior()];
    let worlds = worlds(1..=2, behavior.boxed(), EVERYTHING.to_vec());
    let faults = (some_faults(PACE, &NAMES), task(1), any::<bool>());
    (worlds, faults).prop_map(|(mut world, (faults, one_more, strict))| {
        let config = &mut world.config;
        config.faults = faults;
        config.outcomes.clear();
        let system = config.pools[0].operating_system;
        for pool in &mut config.pools {
            pool.operating_system = system;
            let role = pool.tags.entry("Role".to_owned()).or_insert("b".to_owned());
            pool.patch_group = Some(role.clone());
        }
        if let ReleaseStream::Recorded { patches, .. } = &mut config.releases[0] {
            for patch in patches.iter_mut() {
                patch.operating_system = system;
            }
            if let Some(first) = patches.first_mut() {
                first.released_at = Some(config.start);
            }
        }
        for behavior in &mut config.behaviors {
            (behavior.failure, behavior.scan_failure) = (0.0, 0.0);
            behavior.transient.probability *= 0.5;
        }
        for window in &mut config.windows {
            window.allow_unassociated_targets = true;
            if window.tasks.len() < 2 {
                window.tasks.push(one_more.clone());
            }
            for task in &mut window.tasks {
                task.targets.truncate(1);
                task.targets.push(TaskTarget::Direct(everybody()));
                task.operation = Operation::Install;
                task.step_timeout_seconds *= 4;
                if !strict {
                    task.max_errors = RateLimit::Percent(100);
                }
            }
        }
        world
    })
}

/// Worlds in which commands of several windows meet on every node and change it under each other.
pub fn crowded_worlds() -> impl Strategy<Value = SmallWorld> {
    worlds(2..=3, drawn_behavior().boxed(), vec![Kind::Default]).prop_map(|world| SmallWorld {
        config: crowd(world.config),
        ..world
    })
}

fn everybody() -> Vec<Target> {
    vec![Target {
        key: TargetKey::TagKey,
        values: vec!["Role".to_owned()],
    }]
}

fn crowd(mut config: ModelConfig) -> ModelConfig {
    let system = config.pools[0].operating_system;
    for pool in &mut config.pools {
        pool.operating_system = system;
        pool.tags = BTreeMap::from([("Role".to_owned(), "a".to_owned())]);
    }
    if let ReleaseStream::Recorded { patches, .. } = &mut config.releases[0] {
        for patch in patches {
            patch.operating_system = system;
        }
    }
    for window in &mut config.windows {
        window.allow_unassociated_targets = true;
        for task in &mut window.tasks {
            task.targets = vec![TaskTarget::Direct(everybody())];
            task.operation = Operation::Install;
            task.max_concurrency = RateLimit::Percent(100);
            task.max_errors = RateLimit::Percent(100);
            task.cutoff_behavior = CutoffBehavior::ContinueTask;
            task.step_timeout_seconds = 36_000;
        }
    }
    config.outcomes.clear();
    config
}

fn worlds(
    windows: std::ops::RangeInclusive<usize>,
    behavior: BoxedStrategy<Behavior>,
    kinds: Vec<Kind>,
) -> impl Strategy<Value = SmallWorld> {
    let behavior = prop_oneof![behavior.clone(), failing(PACE, behavior)];
    let fleet = (
        prop::collection::vec(pool(), 1..=3),
        prop::collection::vec(behavior, 2),
        prop::collection::vec(patch(), 0..=4),
        prop::collection::vec(outcome(), 0..=6),
    );
    let spans = [
        minutes(5 * 60),
        SimDuration::from_days(1),
        SimDuration::from_days(30),
        SimDuration::from_millis(3_333_333_333),
    ];
    (
        fleet,
        prop::collection::vec(window(), windows),
        (settings(), faults(PACE, &NAMES), baselines()),
        (select(spans.to_vec()), freezes(), changes(kinds)),
    )
        .prop_map(
            |(fleet, windows, (settings, faults, baselines), (span, freezes, changes))| {
                let (pools, behaviors, patches, outcomes) = fleet;
                let (windows, ticks): (Vec<_>, Vec<_>) = windows.into_iter().unzip();
                let horizon = from_utc(start()) + span;
                let mut config = ModelConfig {
                    name: "small".to_owned(),
                    start: from_utc(start()),
                    horizon,
                    releases: vec![recorded(patches)],
                    baselines,
                    registrations: Vec::new(),
                    default_baselines: vec![(SYSTEMS[0], 0), (SYSTEMS[1], 1)],
                    pools: named(pools),
                    behaviors,
                    windows,
                    freezes,
                    changes: Vec::new(),
                    outcomes,
                    measures: all_presets(),
                    faults,
                    settings,
                };
                make(&mut config, changes);
                let ticks = ticks_with_changes(&config, ticks);
                SmallWorld { config, ticks }
            },
        )
}

const EVERYTHING: [Kind; 7] = [
    Kind::Group,
    Kind::Group,
    Kind::Default,
    Kind::Retag,
    Kind::Toggle,
    Kind::Tasks,
    Kind::Create,
];

/// None in half of the worlds, else one or two, at times at which other things happen too.
fn changes(kinds: Vec<Kind>) -> impl Strategy<Value = Vec<RandomEdit>> {
    let after = (-4i64..40).prop_map(|quarters| minutes(quarters * 15));
    let window = window().prop_map(|(window, _)| window);
    let edits = prop::collection::vec(edit(kinds, after, listing(), window), 1..=3);
    prop::option::weighted(0.5, edits).prop_map(Option::unwrap_or_default)
}

/// A baseline that approves everything, or what it lists, but for what it rejects.
fn listing() -> impl Strategy<Value = PatchBaseline> {
    let list = || prop::sample::subsequence(NAMES.to_vec(), 0..=2);
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    with_sources(
        (any::<bool>(), list(), list()).prop_map(move |(all, approved, rejected)| {
            let mut baseline = at_once(SYSTEMS[0]);
            if !all {
                baseline.rules.clear();
            }
            baseline.approved_patches = owned(approved);
            baseline.rejected_patches = owned(rejected);
            baseline
        }),
    )
}

/// For both systems: a baseline that approves everything, and one for overrides.
fn baselines() -> impl Strategy<Value = Vec<PatchBaseline>> {
    let both = [SYSTEMS.map(at_once), SYSTEMS.map(picky)].concat();
    both.into_iter()
        .map(|baseline| with_sources(Just(baseline)))
        .collect::<Vec<_>>()
}

/// When windows open: while they exist, are enabled and not frozen. Every schedule of these worlds is a
/// `rate(…)` that nothing but the creation of the window moves.
fn ticks_with_changes(config: &ModelConfig, mut ticks: Vec<Vec<SimTime>>) -> Vec<Vec<SimTime>> {
    for change in &config.changes {
        for created in change.windows.iter().filter(|known| known.created) {
            let options = created.to.schedule.options();
            let end = from_utc(options.end.unwrap());
            let interval = created.to.schedule.expression();
            let interval = interval.trim_start_matches("rate(").split(' ').next().unwrap();
            let interval = minutes(interval.parse().unwrap());
            let first = change.at.max(config.start) + interval;
            let all = std::iter::successors(Some(first), |tick| Some(*tick + interval));
            ticks.push(all.take_while(|tick| *tick < end).collect());
        }
    }
    for (window, ticks) in ticks.iter_mut().enumerate() {
        ticks.retain(|at| {
            let frozen = config.freezes.iter().any(|freeze| freeze.holds(window, *at));
            *at <= config.horizon && !frozen && window_at(config, window, *at).enabled
        });
    }
    ticks
}

/// Now and then a period in which windows do not open.
fn freezes() -> impl Strategy<Value = Vec<ChangeFreeze>> {
    let freeze = (0i64..240, 1i64..120, any::<bool>()).prop_map(|(from, length, all)| ChangeFreeze {
        name: "freeze".to_owned(),
        from: from_utc(start()) + minutes(from / 30 * 30),
        until: from_utc(start()) + minutes(from / 30 * 30 + length),
        windows: (!all).then(|| vec![0]),
    });
    prop::option::weighted(0.1, freeze).prop_map(|freeze| freeze.into_iter().collect())
}

/// A baseline that approves everything at its release.
fn at_once(operating_system: OperatingSystem) -> PatchBaseline {
    PatchBaseline {
        rules: vec![ApprovalRule {
            filter: FilterGroup::default(),
            approval: Approval::AfterDays(0),
            compliance_level: ComplianceLevel::Unspecified,
            enable_non_security: true,
        }],
        ..PatchBaseline::custom("at-once", operating_system)
    }
}

/// The patch that the baselines of overrides reject.
pub(crate) const PICKED: &str = "p1";

/// A baseline for overrides.
fn picky(operating_system: OperatingSystem) -> PatchBaseline {
    PatchBaseline {
        name: "picky".to_owned(),
        rejected_patches: vec![PICKED.to_owned()],
        ..at_once(operating_system)
    }
}

fn pool() -> impl Strategy<Value = NodePool> {
    let role = select(vec![Some("a"), Some("a"), Some("b"), None]);
    let product = select(vec![None, Some("AmazonLinux2"), Some("AmazonLinux2018")]);
    (
        select(vec![1u32, 3, 4, 4]),
        select(SYSTEMS.to_vec()),
        product,
        role,
        0usize..2,
    )
        .prop_map(|(count, operating_system, product, role, behavior)| NodePool {
            name: String::new(),
            count,
            names: None,
            operating_system,
            product: product
                .filter(|_| operating_system == SYSTEMS[1])
                .map(str::to_owned),
            applications: Vec::new(),
            tags: role
                .map(|role| ("Role".to_owned(), role.to_owned()))
                .into_iter()
                .collect(),
            patch_group: None,
            policy_baseline: None,
            behavior,
            patched_through: SimTime::MIN,
            rebooted_through: None,
        })
}

fn named(pools: Vec<NodePool>) -> Vec<NodePool> {
    let names = ["x", "y", "z"].into_iter();
    pools
        .into_iter()
        .zip(names)
        .map(|(pool, name)| NodePool {
            name: name.to_owned(),
            patch_group: pool.tags.get("Role").cloned(),
            ..pool
        })
        .collect()
}

/// Release in minutes from the start, and which of the earlier patches it replaces.
type Release = (OperatingSystem, i64, Option<prop::sample::Index>);

fn patch() -> impl Strategy<Value = Release> {
    let release = select(vec![-1440, 0, 45, 60, 75, 90, 100, 120, 150, 180]);
    (
        select(SYSTEMS.to_vec()),
        release,
        prop::option::of(any::<prop::sample::Index>()),
    )
}

fn recorded(releases: Vec<Release>) -> ReleaseStream {
    let mut patches: Vec<Patch> = Vec::new();
    for (number, (operating_system, release, replaces)) in releases.into_iter().enumerate() {
        let older = replaces
            .filter(|_| number > 0)
            .map(|replaces| &patches[replaces.index(number)])
            .filter(|older| older.operating_system == operating_system);
        let supersedes = older.map(|older| older.id.clone()).into_iter().collect();
        patches.push(Patch {
            id: format!("p{number}"),
            kb: None,
            title: format!("Patch {number}"),
            released_at: Some(from_utc(start()) + minutes(release)),
            available_at: None,
            updated_at: None,
            built_at: None,
            operating_system,
            product: None,
            product_family: None,
            classification: None,
            severity: None,
            priority: None,
            section: None,
            patch_set: PatchSet::Os,
            security_source: true,
            cve_ids: Vec::new(),
            supersedes,
        });
    }
    ReleaseStream::Recorded {
        name: "recorded".to_owned(),
        patches,
    }
}

/// A window that opens one to three times, and when.
fn window() -> impl Strategy<Value = (MaintenanceWindow, Vec<SimTime>)> {
    let registered = prop::collection::vec(target(), 1..=2);
    let tasks = registered.prop_flat_map(|registered| {
        let tasks = prop::collection::vec(task(registered.len()), 0..=3);
        (Just(registered), tasks)
    });
    let shape = (1u8..=3, 0u8..3).prop_map(|(duration, cutoff)| (duration, cutoff % duration));
    (
        select(vec![30i64, 60, 90, 120, 240]),
        1i64..=3,
        shape,
        tasks,
        any::<bool>(),
    )
        .prop_map(
            |(interval, times, (duration, cutoff), (registered, tasks), unassociated)| {
                let ticks: Vec<SimTime> = (1..=times)
                    .map(|time| from_utc(start()) + minutes(interval * time))
                    .collect();
                let options = ScheduleOptions {
                    end: Some(start() + TimeDelta::minutes(interval * times + 1)),
                    ..ScheduleOptions::default()
                };
                let expression = format!("rate({interval} minutes)");
                let window = MaintenanceWindow {
                    name: "window".to_owned(),
                    surface: Surface::default(),
                    schedule: Schedule::parse(&expression, options).unwrap(),
                    duration_hours: duration,
                    cutoff_hours: cutoff,
                    enabled: true,
                    allow_unassociated_targets: unassociated,
                    targets: registered
                        .into_iter()
                        .map(|targets| WindowTarget {
                            name: "target".to_owned(),
                            targets,
                        })
                        .collect(),
                    tasks,
                };
                (window, ticks)
            },
        )
}
