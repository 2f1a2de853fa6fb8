//! Dated changes at random: baselines edited, nodes re-tagged, windows altered, disabled and created.

use std::collections::BTreeMap;

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::config::{
    Change, MaintenanceWindow, ModelConfig, PoolChange, Registration, WindowChange,
};
use patchbench_model::ssm::{OperatingSystem, PatchBaseline};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// What is edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The baseline of a pool's group is another one from then on.
    Group,
    /// The default baseline of a pool's system likewise.
    Default,
    /// A pool has another role, which is its patch group too.
    Retag,
    /// A window is disabled, or enabled again.
    Toggle,
    /// A window has other targets, tasks and hours.
    Tasks,
    /// A window is another one altogether, with its schedule.
    Replace,
    /// There is one more window.
    Create,
}

/// An edit, to be made in a world that has something for it.
#[derive(Clone, Debug)]
pub(crate) struct RandomEdit {
    /// When, from the start.
    pub(crate) after: SimDuration,
    pub(crate) kind: Kind,
    pick: Index,
    role: Option<&'static str>,
    baseline: PatchBaseline,
    pub(crate) window: MaintenanceWindow,
}

/// An edit of one of these kinds.
pub(crate) fn edit(
    kinds: Vec<Kind>,
    after: impl Strategy<Value = SimDuration>,
    baseline: impl Strategy<Value = PatchBaseline>,
    window: impl Strategy<Value = MaintenanceWindow>,
) -> impl Strategy<Value = RandomEdit> {
    let role = select(vec![Some("a"), Some("b"), Some("c"), None]);
    (after, select(kinds), any::<Index>(), role, baseline, window).prop_map(
        |(after, kind, pick, role, baseline, window)| RandomEdit {
            after,
            kind,
            pick,
            role,
            baseline,
            window,
        },
    )
}

/// Makes the edits, in order of time.
pub(crate) fn make(config: &mut ModelConfig, mut edits: Vec<RandomEdit>) {
    edits.sort_by_key(|edit| edit.after);
    let mut windows = config.windows.clone();
    for edit in edits {
        let last = config.changes.last();
        let mut change = Change {
            at: config.start + edit.after,
            name: None,
            edits: Vec::new(),
            registrations: last
                .map_or(&config.registrations, |last| &last.registrations)
                .clone(),
            default_baselines: last
                .map_or(&config.default_baselines, |last| &last.default_baselines)
                .clone(),
            pools: Vec::new(),
            windows: Vec::new(),
        };
        match edit.kind {
            Kind::Group | Kind::Default => other_baseline(config, &mut change, edit),
            Kind::Retag => change.pools.push(retagged(config, &edit)),
            Kind::Create => {
                config.windows.push(MaintenanceWindow {
                    enabled: false,
                    ..edit.window.clone()
                });
                windows.push(edit.window.clone());
                change.windows.push(WindowChange {
                    window: windows.len() - 1,
                    created: true,
                    to: edit.window,
                });
            }
            Kind::Toggle | Kind::Tasks | Kind::Replace => {
                let window = edit.pick.index(windows.len());
                windows[window] = altered(&windows[window], edit);
                change.windows.push(WindowChange {
                    window,
                    created: false,
                    to: windows[window].clone(),
                });
            }
        }
        config.changes.push(change);
    }
}

fn other_baseline(config: &mut ModelConfig, change: &mut Change, edit: RandomEdit) {
    let pool = &config.pools[edit.pick.index(config.pools.len())];
    let index = config.baselines.len();
    let system = pool.operating_system;
    if let (Some(group), Kind::Group) = (&pool.patch_group, edit.kind) {
        let other = |known: &Registration| {
            known.patch_group != *group || config.baselines[known.baseline].operating_system != system
        };
        change.registrations.retain(other);
        change.registrations.push(Registration {
            patch_group: group.clone(),
            baseline: index,
        });
    } else {
        let other = |(of, _): &(OperatingSystem, usize)| *of != system;
        change.default_baselines.retain(other);
        change.default_baselines.push((system, index));
    }
    config.baselines.push(for_system(edit.baseline, system));
}

/// A baseline as its system asks for it.
fn for_system(mut baseline: PatchBaseline, system: OperatingSystem) -> PatchBaseline {
    use patchbench_model::ssm::FilterKey;
    baseline.operating_system = system;
    if system != OperatingSystem::Windows {
        let filters = baseline
            .rules
            .iter_mut()
            .flat_map(|rule| &mut rule.filter.filters);
        for filter in filters.filter(|filter| filter.key == FilterKey::MsrcSeverity) {
            filter.key = FilterKey::Severity;
        }
    }
    baseline
}

fn retagged(config: &ModelConfig, edit: &RandomEdit) -> PoolChange {
    let role = edit.role.map(str::to_owned);
    PoolChange {
        pool: edit.pick.index(config.pools.len()),
        tags: role
            .iter()
            .map(|role| ("Role".to_owned(), role.clone()))
            .collect::<BTreeMap<_, _>>(),
        patch_group: role,
    }
}

fn altered(window: &MaintenanceWindow, edit: RandomEdit) -> MaintenanceWindow {
    match edit.kind {
        Kind::Toggle => MaintenanceWindow {
            enabled: !window.enabled,
            ..window.clone()
        },
        Kind::Tasks => MaintenanceWindow {
            name: window.name.clone(),
            schedule: window.schedule.clone(),
            enabled: window.enabled,
            ..edit.window
        },
        _ => edit.window,
    }
}

/// A window as it is at an instant, found change by change.
pub(crate) fn window_at(config: &ModelConfig, window: usize, at: SimTime) -> &MaintenanceWindow {
    let mut now = &config.windows[window];
    for change in config.changes.iter().filter(|change| change.at <= at) {
        for altered in change.windows.iter().filter(|known| known.window == window) {
            now = &altered.to;
        }
    }
    now
}

/// The baseline in force for a pool at an instant, likewise.
pub(crate) fn baseline_at(config: &ModelConfig, pool: usize, at: SimTime) -> &PatchBaseline {
    let mut group = config.pools[pool].patch_group.clone();
    let (mut registrations, mut defaults) = (&config.registrations, &config.default_baselines);
    for change in config.changes.iter().filter(|change| change.at <= at) {
        (registrations, defaults) = (&change.registrations, &change.default_baselines);
        for retagged in change.pools.iter().filter(|known| known.pool == pool) {
            group.clone_from(&retagged.patch_group);
        }
    }
    let os = config.pools[pool].operating_system;
    let fits = |index: &usize| config.baselines[*index].operating_system == os;
    let registered = registrations
        .iter()
        .filter(|known| Some(&known.patch_group) == group.as_ref())
        .map(|known| known.baseline)
        .find(fits);
    let default = || defaults.iter().map(|(_, index)| *index).find(fits);
    &config.baselines[registered.or_else(default).unwrap()]
}
