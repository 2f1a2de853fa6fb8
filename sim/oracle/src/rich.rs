//! Random worlds of the richer kind: months of releases, several baselines, weekly windows that meet.

use chrono::NaiveDate;
use patchbench_calendar::{Schedule, ScheduleOptions, timezone};
use patchbench_kernel::{Distribution, SimDuration, SimTime};
use patchbench_model::catalog::{
    OutOfBand, Patch, PatchSet, PatchTuesday, PoissonStream, ReleaseStream, UpdateTemplate, WeightedName,
};
use patchbench_model::config::{
    ApprovalBoundary, MaintenanceWindow, ModelConfig, Registration, Settings, Surface, Task, WindowTarget,
};
use patchbench_model::fleet::NodePool;
use patchbench_model::ssm::{
    Approval, ApprovalRule, ComplianceLevel, FilterGroup, FilterKey, OperatingSystem, PatchBaseline,
    PatchFilter, UpdatesComplianceStatus,
};
use proptest::prelude::*;
use proptest::sample::select;

use crate::changes::{Kind, RandomEdit, edit, make};
use crate::failures::{Pace, failing, faults, with_sources};
use crate::ingredients::{all_presets, drawn_behavior, outcome, settings, target, task};

const WINDOWS_PRODUCTS: [&str; 2] = ["WindowsServer2019", "WindowsServer2022"];
/// What the recorded patches are called; those of other streams are bad only by chance.
const NAMES: [&str; 4] = ["r0", "r1", "r2", "r3"];

/// Failures happen in days.
const PACE: Pace = Pace(24 * 60);

const SEVERITIES: [&str; 3] = ["Critical", "Important", "Low"];

/// 2024-01-01.
fn start() -> SimTime {
    SimTime::from_millis(1_704_067_200_000)
}

fn day(day: i64) -> SimTime {
    start() + SimDuration::from_days(day)
}

/// Worlds with everything that a configuration can say.
pub fn rich_worlds() -> impl Strategy<Value = ModelConfig> {
    let rules = (
        prop::collection::vec(with_sources(baseline()), 4),
        settings(),
        any::<bool>(),
        prop::collection::vec(outcome(), 0..=3),
    );
    let behavior = prop_oneof![drawn_behavior(), failing(PACE, drawn_behavior())];
    (
        prop::collection::vec(pool(), 2..=4),
        prop::collection::vec(behavior, 2),
        (releases(), faults(PACE, &NAMES)),
        prop::collection::vec(window(), 1..=3),
        rules,
        (40i64..=140, changes()),
    )
        .prop_map(
            |(pools, behaviors, (releases, faults), windows, rules, (days, changes))| {
                let (baselines, settings, strict, outcomes) = rules;
                let mut config = ModelConfig {
                    name: "rich".to_owned(),
                    start: start(),
                    horizon: day(days),
                    releases,
                    baselines: for_both_systems(baselines),
                    registrations: vec![registered("a", 1), registered("b", 3)],
                    default_baselines: vec![
                        (OperatingSystem::Windows, 0),
                        (OperatingSystem::AmazonLinux2, 2),
                    ],
                    pools: named(pools),
                    behaviors,
                    windows,
                    freezes: Vec::new(),
                    changes: Vec::new(),
                    outcomes,
                    measures: all_presets(),
                    faults,
                    settings: Settings {
                        approval_boundary: if strict {
                            ApprovalBoundary::Strict
                        } else {
                            ApprovalBoundary::Inclusive
                        },
                        ..settings
                    },
                };
                make(&mut config, changes);
                config
            },
        )
}

/// None in half of the worlds, else a few; now and then at the instant at which a window opens.
fn changes() -> impl Strategy<Value = Vec<RandomEdit>> {
    let kinds = vec![
        Kind::Group,
        Kind::Group,
        Kind::Default,
        Kind::Retag,
        Kind::Toggle,
        Kind::Tasks,
        Kind::Replace,
        Kind::Create,
    ];
    let hours = prop_oneof![
        2 => (-48i64..150 * 24).prop_map(SimDuration::from_hours),
        1 => (0i64..20).prop_map(|week| SimDuration::from_hours((week * 7 + 1) * 24 + 22)),
        1 => (0i64..20).prop_map(|week| SimDuration::from_minutes(((week * 7 + 1) * 24 + 23) * 60 + 10)),
    ];
    let edits = prop::collection::vec(edit(kinds, hours, with_sources(baseline()), window()), 1..=4);
    prop::option::weighted(0.5, edits).prop_map(Option::unwrap_or_default)
}

fn registered(group: &str, baseline: usize) -> Registration {
    Registration {
        patch_group: group.to_owned(),
        baseline,
    }
}

/// Two baselines for Windows, two for Amazon Linux.
fn for_both_systems(mut baselines: Vec<PatchBaseline>) -> Vec<PatchBaseline> {
    for baseline in &mut baselines[2..] {
        baseline.operating_system = OperatingSystem::AmazonLinux2;
        for rule in &mut baseline.rules {
            rule.filter
                .filters
                .iter_mut()
                .for_each(|filter| filter.key = FilterKey::Severity);
        }
    }
    baselines
}

fn baseline() -> impl Strategy<Value = PatchBaseline> {
    let listed = prop::collection::vec(select(vec!["r0", "r1", "r2", "r3", "r4"]), 0..=1);
    let lists = (listed.clone(), listed);
    let available = select(vec![
        None,
        Some(UpdatesComplianceStatus::Compliant),
        Some(UpdatesComplianceStatus::NonCompliant),
    ]);
    let rules = prop::collection::vec(rule(), 1..=2);
    (rules, lists, available).prop_map(|(rules, (approved, rejected), available_security_updates)| {
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        PatchBaseline {
            available_security_updates,
            rules,
            approved_patches: owned(approved),
            approved_patches_enable_non_security: true,
            rejected_patches: owned(rejected),
            ..PatchBaseline::custom("baseline", OperatingSystem::Windows)
        }
    })
}

fn rule() -> impl Strategy<Value = ApprovalRule> {
    let severities = prop::sample::subsequence(SEVERITIES.to_vec(), 1..=3);
    let delay = select(vec![0u16, 3, 7, 14, 35]).prop_map(Approval::AfterDays);
    let until = NaiveDate::from_ymd_opt(2024, 2, 15)
        .map(Approval::UntilDate)
        .unwrap();
    let approval = prop_oneof![5 => delay, 1 => Just(until)];
    let level = select(vec![
        ComplianceLevel::Low,
        ComplianceLevel::High,
        ComplianceLevel::Critical,
    ]);
    let gate = (level, any::<bool>());
    (severities, approval, gate).prop_map(
        |(severities, approval, (compliance_level, enable_non_security))| {
            let filter = PatchFilter {
                key: FilterKey::MsrcSeverity,
                values: severities.into_iter().map(str::to_owned).collect(),
            };
            ApprovalRule {
                filter: FilterGroup {
                    filters: vec![filter],
                },
                approval,
                compliance_level,
                enable_non_security,
            }
        },
    )
}

fn pool() -> impl Strategy<Value = NodePool> {
    let system = prop_oneof![
        Just((OperatingSystem::AmazonLinux2, Some("AmazonLinux2"))),
        select(WINDOWS_PRODUCTS.to_vec()).prop_map(|product| (OperatingSystem::Windows, Some(product))),
        Just((OperatingSystem::Windows, None)),
    ];
    let group = select(vec![Some("a"), Some("b"), Some("b"), None]);
    let evening = SimDuration::from_minutes(17 * 60 + 5);
    // Some have not been rebooted for a while.
    let through = select(vec![
        (SimTime::MIN, None),
        (day(-15) + evening, None),
        (day(-15) + evening, Some(day(-25))),
        (day(0), Some(day(-10))),
    ]);
    (1u32..=8, system, group, 0usize..2, through).prop_map(
        |(count, (operating_system, product), group, behavior, (patched_through, rebooted_through))| {
            NodePool {
                name: String::new(),
                count,
                names: None,
                operating_system,
                product: product.map(str::to_owned),
                applications: Vec::new(),
                tags: group
                    .map(|group| ("Role".to_owned(), group.to_owned()))
                    .into_iter()
                    .collect(),
                patch_group: group.map(str::to_owned),
                policy_baseline: None,
                behavior,
                patched_through,
                rebooted_through,
            }
        },
    )
}

fn named(pools: Vec<NodePool>) -> Vec<NodePool> {
    let names = ["x", "y", "z", "w"];
    pools
        .into_iter()
        .zip(names)
        .map(|(pool, name)| NodePool {
            name: name.to_owned(),
            ..pool
        })
        .collect()
}

/// Streams of every kind; half of the worlds have only the recorded one, which all replications share.
fn releases() -> impl Strategy<Value = Vec<ReleaseStream>> {
    let recorded = prop::collection::vec(release(), 0..=8).prop_map(recorded);
    (recorded, any::<bool>(), 2u8..12, 0u8..=1).prop_map(|(recorded, alone, per_month, out_of_band)| {
        if alone {
            vec![recorded]
        } else {
            vec![
                recorded,
                patch_tuesday(f64::from(out_of_band)),
                poisson(f64::from(per_month)),
            ]
        }
    })
}

fn weighted(names: &[&str]) -> Vec<WeightedName> {
    let one = |name: &&str| WeightedName {
        name: (*name).to_owned(),
        weight: 1.0,
    };
    names.iter().map(one).collect()
}

fn patch_tuesday(out_of_band: f64) -> ReleaseStream {
    let update = |name: &str, probability: f64, cumulative: bool| UpdateTemplate {
        name: name.to_owned(),
        classification: "SecurityUpdates".to_owned(),
        severity: weighted(&SEVERITIES),
        probability,
        cumulative,
    };
    ReleaseStream::PatchTuesday(PatchTuesday {
        name: "tuesday".to_owned(),
        operating_system: OperatingSystem::Windows,
        products: WINDOWS_PRODUCTS.map(str::to_owned).to_vec(),
        updates: vec![update("cumulative", 1.0, true), update("dotnet", 0.6, false)],
        out_of_band: Some(OutOfBand {
            probability: out_of_band * 0.5,
            delay: Distribution::uniform(SimDuration::from_days(2), SimDuration::from_days(30)).unwrap(),
            within: None,
        }),
        from: day(-60),
        until: day(150),
    })
}

fn poisson(per_month: f64) -> ReleaseStream {
    ReleaseStream::Poisson(PoissonStream {
        name: "advisories".to_owned(),
        operating_system: OperatingSystem::AmazonLinux2,
        products: vec!["AmazonLinux2".to_owned()],
        per_month,
        weekdays: [1.0, 2.0, 1.0, 1.0, 1.0, 0.0, 0.0],
        classification: weighted(&["Security", "Bugfix"]),
        severity: weighted(&SEVERITIES),
        from: day(-20),
        until: day(150),
    })
}

#[derive(Clone, Debug)]
struct Release {
    windows: bool,
    product: bool,
    severity: &'static str,
    released: i64,
    available_after: Option<i64>,
    updated_after: Option<i64>,
    security: bool,
    replaces: Vec<prop::sample::Index>,
}

fn release() -> impl Strategy<Value = Release> {
    let later = || prop::option::weighted(0.3, 0i64..20);
    let facts = (
        any::<bool>(),
        any::<bool>(),
        select(SEVERITIES.to_vec()),
        any::<bool>(),
    );
    let replaces = prop::collection::vec(any::<prop::sample::Index>(), 0..=2);
    (facts, -40i64..100, later(), later(), replaces).prop_map(
        |((windows, product, severity, security), released, available_after, updated_after, replaces)| {
            Release {
                windows,
                product,
                severity,
                released,
                available_after,
                updated_after,
                security,
                replaces,
            }
        },
    )
}

fn recorded(releases: Vec<Release>) -> ReleaseStream {
    let mut patches: Vec<Patch> = Vec::new();
    for (number, release) in releases.iter().enumerate() {
        let older = release.replaces.iter().filter(|_| number > 0);
        let supersedes = older
            .map(|older| patches[older.index(number)].id.clone())
            .collect();
        patches.push(patch(number, release, supersedes));
    }
    ReleaseStream::Recorded {
        name: "recorded".to_owned(),
        patches,
    }
}

fn patch(number: usize, release: &Release, supersedes: Vec<String>) -> Patch {
    let (operating_system, product) = if release.windows {
        (OperatingSystem::Windows, WINDOWS_PRODUCTS[0])
    } else {
        (OperatingSystem::AmazonLinux2, "AmazonLinux2")
    };
    // Not at midnight, when windows open.
    let released = day(release.released) + SimDuration::from_minutes(17 * 60 + 5);
    let after = |days: i64| released + SimDuration::from_days(days);
    Patch {
        id: format!("r{number}"),
        kb: None,
        title: format!("Recorded {number}"),
        released_at: Some(released),
        available_at: release.available_after.map(after),
        updated_at: release.updated_after.map(after),
        built_at: None,
        operating_system,
        product: release.product.then(|| product.to_owned()),
        product_family: None,
        classification: Some("SecurityUpdates".to_owned()),
        severity: Some(release.severity.to_owned()),
        priority: None,
        section: None,
        patch_set: PatchSet::Os,
        security_source: release.security,
        cve_ids: Vec::new(),
        supersedes,
    }
}

/// Windows of several rhythms; those of one evening overlap.
/// Overrides that fit the patches and baselines of these worlds.
fn with_overrides_of_here(mut task: Task) -> Task {
    for entry in task.overrides.install_list.iter_mut().flatten() {
        *entry = entry.replace('p', "r");
    }
    for baseline in &mut task.overrides.baselines {
        *baseline = if *baseline == 2 { 1 } else { 3 };
    }
    task
}

fn window() -> impl Strategy<Value = MaintenanceWindow> {
    let expression = select(vec![
        "cron(0 22 ? * TUE *)",
        "cron(30 22 ? * TUE *)",
        "cron(0 17 ? * THU *)",
        "cron(0 3 ? * TUE#3 *)",
        "rate(10 days)",
        "rate(12 hours)",
    ]);
    let zone = select(vec!["UTC", "America/New_York"]);
    let registered = prop::collection::vec(target(), 1..=2);
    let tasks = registered.prop_flat_map(|registered| {
        let task = task(registered.len()).prop_map(with_overrides_of_here);
        let tasks = prop::collection::vec(task, 1..=3);
        (Just(registered), tasks)
    });
    let shape = (1u8..=6, 0u8..6).prop_map(|(duration, cutoff)| (duration, cutoff % duration));
    let surface = select(vec![
        Surface::MaintenanceWindow,
        Surface::MaintenanceWindow,
        Surface::RunCommand,
    ]);
    (expression, zone, shape, tasks, surface).prop_map(
        |(expression, zone, (duration_hours, cutoff_hours), (registered, tasks), surface)| {
            let options = ScheduleOptions {
                timezone: Some(timezone(zone).unwrap()),
                ..ScheduleOptions::default()
            };
            let target = |targets| WindowTarget {
                name: "target".to_owned(),
                targets,
            };
            MaintenanceWindow {
                name: "window".to_owned(),
                surface,
                schedule: Schedule::parse(expression, options).unwrap(),
                duration_hours,
                cutoff_hours,
                enabled: true,
                allow_unassociated_targets: true,
                targets: registered.into_iter().map(target).collect(),
                tasks,
            }
        },
    )
}
