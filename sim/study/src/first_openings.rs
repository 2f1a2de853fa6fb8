//! The first opening of any window that installs on a group, asked for many instants.

use patchbench_kernel::SimTime;
use patchbench_model::world::{Plan, WindowVersion};

/// Which windows install on each group, worked out once for all patches.
pub(crate) struct FirstOpenings<'p> {
    plan: &'p Plan<'p>,
    /// By group: the windows, each with which of its forms do.
    windows: Vec<Vec<(usize, Vec<bool>)>>,
}

impl<'p> FirstOpenings<'p> {
    pub(crate) fn new(plan: &'p Plan<'p>) -> Self {
        let mut windows: Vec<Vec<(usize, Vec<bool>)>> = vec![Vec::new(); plan.groups.len()];
        for (window, versions) in plan.versions.iter().enumerate() {
            for (version, known) in versions.iter().enumerate() {
                for group in groups_of(plan, known) {
                    let own = &mut windows[group];
                    if own.last().is_none_or(|(last, _)| *last != window) {
                        own.push((window, vec![false; versions.len()]));
                    }
                    if let Some((_, reaching)) = own.last_mut() {
                        reaching[version] = true;
                    }
                }
            }
        }
        Self { plan, windows }
    }

    /// The first opening from `at` on of a window that installs on nodes of a group.
    pub(crate) fn from(&self, group: usize, at: SimTime) -> Option<SimTime> {
        let first = |(window, reaching): &(usize, Vec<bool>)| {
            let openings = &self.plan.openings[*window];
            let next = openings.partition_point(|open| open.opens < at);
            let mut later = openings[next..].iter();
            later.find(|open| reaching[open.version]).map(|open| open.opens)
        };
        self.windows[group].iter().filter_map(first).min()
    }
}

/// Groups that a form of a window installs on; some may be told more than once.
fn groups_of<'a>(plan: &'a Plan<'_>, known: &WindowVersion<'_>) -> impl Iterator<Item = usize> + use<'a> {
    let classes = plan.classes_of(&known.installs_on());
    classes.into_iter().map(|class| plan.classes[class].group)
}
