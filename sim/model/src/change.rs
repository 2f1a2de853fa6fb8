//! Dated changes: what somebody edits while windows open and patches come out.
//!
//! A change puts parts of a configuration in force from an instant on. What it leaves alone stays as
//! it is. Nothing that is under way is touched: a window execution keeps the nodes, tasks and rules
//! of its opening (Semantics, sections 5 and 7.4).

use std::borrow::Cow;
use std::collections::BTreeMap;

use patchbench_kernel::SimTime;

use crate::config::{MaintenanceWindow, ModelConfig, Registration};
use crate::fleet::NodePool;
use crate::ssm::OperatingSystem;

/// A dated change. Several of one instant take effect in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// When it takes effect: before anything that opens at this instant.
    pub at: SimTime,
    /// What it is called, if it has a name.
    pub name: Option<String>,
    /// What it sets, as the scenario says it.
    pub edits: Vec<Edit>,
    /// The patch group registrations from then on. An edited baseline is another one of the same name.
    pub registrations: Vec<Registration>,
    /// The default baselines from then on.
    pub default_baselines: Vec<(OperatingSystem, usize)>,
    /// Pools with other tags from then on.
    pub pools: Vec<PoolChange>,
    /// Windows that are another from then on.
    pub windows: Vec<WindowChange>,
}

impl Change {
    /// Gives the pools that it re-tags their tags from then on.
    pub(crate) fn retag(&self, pools: &mut Cow<'_, [NodePool]>) {
        for retagged in &self.pools {
            pools.to_mut()[retagged.pool].tags.clone_from(&retagged.tags);
        }
    }
}

/// One value that a change sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is set, keys joined by dots.
    pub path: String,
    /// To what, as the scenario writes it.
    pub value: String,
}

/// Other tags of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolChange {
    /// Index into [`ModelConfig::pools`].
    pub pool: usize,
    /// All its tags from then on.
    pub tags: BTreeMap<String, String>,
    /// Its patch group from then on.
    pub patch_group: Option<String>,
}

/// Another form of a window.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowChange {
    /// Index into [`ModelConfig::windows`].
    pub window: usize,
    /// The window is created by this change; until then the one in the list is disabled.
    pub created: bool,
    /// What it is from then on.
    pub to: MaintenanceWindow,
}

/// A window between two changes of it.
#[derive(Clone, Copy, Debug)]
pub struct WindowPeriod<'c> {
    /// From when.
    pub from: SimTime,
    /// Until when, exclusive; [`SimTime::MAX`] for the last period.
    pub until: SimTime,
    /// When its schedule was created or activated: where a `rate()` begins to count, and before which
    /// no base instant of a schedule with an offset counts. Semantics, sections 4.3 and 4.4.
    pub activation: SimTime,
    /// What it is.
    pub window: &'c MaintenanceWindow,
}

/// The forms of a window from the start on, in order of time.
///
/// A schedule that a change leaves as it is keeps its anchor: disabling a window and enabling it again
/// does not move the ticks of its `rate()`, and catches up on nothing. An offset counts from base
/// instants after the window was enabled.
pub fn window_periods(config: &ModelConfig, window: usize) -> Vec<WindowPeriod<'_>> {
    let mut periods = vec![WindowPeriod {
        from: config.start,
        until: SimTime::MAX,
        activation: config.start,
        window: &config.windows[window],
    }];
    for change in &config.changes {
        let own = change.windows.iter().filter(|known| known.window == window);
        let from = change.at.max(config.start);
        for WindowChange { created, to, .. } in own {
            let before = periods[periods.len() - 1];
            let waits = to.schedule.options().offset_days.is_some();
            let enabled = waits && to.enabled && !before.window.enabled;
            let anew = *created || enabled || to.schedule != before.window.schedule;
            if let Some(last) = periods.last_mut() {
                last.until = from;
            }
            periods.push(WindowPeriod {
                from,
                until: SimTime::MAX,
                activation: if anew { from } else { before.activation },
                window: to,
            });
        }
    }
    periods
}
