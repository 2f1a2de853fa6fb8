//! Dated changes of the random worlds: edited baselines, re-tagged nodes, windows that are disabled,
//! altered and created.

use std::collections::BTreeMap;

use patchbench_kernel::SimDuration;
use patchbench_model::config::{
    Change, Edit, MaintenanceWindow, ModelConfig, PoolChange, Registration, WindowChange,
};
use patchbench_model::ssm::PatchBaseline;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// An edit to be made in some world.
#[derive(Clone, Debug)]
pub(crate) struct RandomEdit {
    hours: i64,
    kind: u8,
    pick: Index,
    group: Option<&'static str>,
    baseline: PatchBaseline,
    window: MaintenanceWindow,
}

pub(crate) fn edit(
    hours: i64,
    baseline: impl Strategy<Value = PatchBaseline>,
    window: impl Strategy<Value = MaintenanceWindow>,
) -> impl Strategy<Value = RandomEdit> {
    let group = select(vec![Some("A"), Some("B"), Some("C"), None]);
    (-24..hours, 0u8..6, any::<Index>(), group, baseline, window).prop_map(
        |(hours, kind, pick, group, baseline, window)| RandomEdit {
            hours,
            kind,
            pick,
            group,
            baseline,
            window,
        },
    )
}

/// Makes the edits, in order of time.
pub(crate) fn make(config: &mut ModelConfig, mut edits: Vec<RandomEdit>) {
    edits.sort_by_key(|edit| edit.hours);
    let mut windows = config.windows.clone();
    for (number, edit) in edits.into_iter().enumerate() {
        let last = config.changes.last();
        let mut change = Change {
            at: config.start + SimDuration::from_hours(edit.hours),
            name: Some(format!("change {number}")),
            edits: vec![Edit {
                path: "some.path".to_owned(),
                value: "true".to_owned(),
            }],
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
            0 | 1 => other_baseline(config, &mut change, edit),
            2 => change.pools.push(retagged(config, &edit)),
            3 => {
                let window = windows.len();
                let to = MaintenanceWindow {
                    name: format!("window-{window}"),
                    ..edit.window
                };
                config.windows.push(MaintenanceWindow {
                    enabled: false,
                    ..to.clone()
                });
                windows.push(to.clone());
                let created = true;
                change.windows.push(WindowChange { window, created, to });
            }
            kind => {
                let window = edit.pick.index(windows.len());
                let before = windows[window].clone();
                let to = if kind == 4 {
                    MaintenanceWindow {
                        enabled: !before.enabled,
                        ..before
                    }
                } else {
                    MaintenanceWindow {
                        name: before.name,
                        ..edit.window
                    }
                };
                windows[window] = to.clone();
                let created = false;
                change.windows.push(WindowChange { window, created, to });
            }
        }
        config.changes.push(change);
    }
}

/// The baseline of a pool is another one of its system.
fn other_baseline(config: &mut ModelConfig, change: &mut Change, edit: RandomEdit) {
    let pool = &config.pools[edit.pick.index(config.pools.len())];
    let (system, index) = (pool.operating_system, config.baselines.len());
    if let Some(group) = &pool.patch_group {
        change.registrations.retain(|known| {
            known.patch_group != *group || config.baselines[known.baseline].operating_system != system
        });
        change.registrations.push(Registration {
            patch_group: group.clone(),
            baseline: index,
        });
    } else {
        change.default_baselines.retain(|(of, _)| *of != system);
        change.default_baselines.push((system, index));
    }
    config.baselines.push(PatchBaseline {
        name: format!("baseline-{index}"),
        operating_system: system,
        ..edit.baseline
    });
}

fn retagged(config: &ModelConfig, edit: &RandomEdit) -> PoolChange {
    let group = edit.group.map(str::to_owned);
    PoolChange {
        pool: edit.pick.index(config.pools.len()),
        tags: group
            .iter()
            .map(|group| ("Patch Group".to_owned(), group.clone()))
            .collect::<BTreeMap<_, _>>(),
        patch_group: group,
    }
}
