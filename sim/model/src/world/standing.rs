//! How patch groups stand over time: at equal steps, and the lowest and highest in between.
//!
//! Between approvals and installs there can be less time than between two samples. A group stands
//! lowest when a window opens after an approval, and highest when a command has ended, so these
//! instants are looked at too; what samples show already is not kept.

use patchbench_kernel::SimTime;

use super::World;
use super::cohorts::Cohorts;
use super::plan::Plan;
use super::record::{Measure, Standing, Swing};
use super::snapshot::Snapshot;

/// What is watched between two samples.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Classes of each group.
    classes: Vec<Vec<usize>>,
    /// Groups whose nodes a window reaches at some time, by window.
    reached: Vec<Vec<usize>>,
    /// What each class was to have when somebody looked last.
    seen: Vec<Snapshot>,
    /// What each class was to have at the last sample, if that still says how it stands.
    sampled: Vec<Option<Snapshot>>,
    /// The last sample before which each group stood otherwise.
    pub(super) stands_since: Vec<usize>,
    /// Lowest and highest since the last sample, by group and measure.
    since: Vec<[Option<[[u32; 2]; 2]>; Measure::ALL.len()]>,
}

impl Watch {
    pub(super) fn new(plan: &Plan<'_>) -> Self {
        let groups_of = |window: usize| {
            let classes = plan.window_classes(window);
            let mut groups: Vec<usize> = classes.iter().map(|class| plan.classes[*class].group).collect();
            groups.sort_unstable();
            groups.dedup();
            groups
        };
        let mut classes = vec![Vec::new(); plan.groups.len()];
        for (class, known) in plan.classes.iter().enumerate() {
            classes[known.group].push(class);
        }
        Self {
            classes,
            reached: (0..plan.config.windows.len()).map(groups_of).collect(),
            seen: vec![Snapshot::default(); plan.classes.len()],
            sampled: vec![None; plan.classes.len()],
            stands_since: vec![0; plan.groups.len()],
            since: vec![Default::default(); plan.groups.len()],
        }
    }

    /// Nothing is known any more of how groups stand.
    pub(super) fn forget(&mut self) {
        self.sampled.fill(None);
    }

    /// The classes of the groups that a window reaches.
    fn classes_of(&self, window: usize) -> impl Iterator<Item = usize> {
        let groups = self.reached[window].iter();
        groups.flat_map(|group| self.classes[*group].iter().copied())
    }

    /// A group stands like this between two samples.
    fn note(&mut self, group: usize, standing: &Standing) {
        for (measure, range) in Measure::ALL.into_iter().zip(&mut self.since[group]) {
            let share = standing.share(measure);
            if share[1] == 0 {
                continue;
            }
            let [low, high] = range.get_or_insert([share; 2]);
            if less(share, *low) {
                *low = share;
            }
            if less(*high, share) {
                *high = share;
            }
        }
    }

    /// Whether a group stands as at the last sample: nothing about its nodes has changed, nor what they are
    /// to have.
    fn stands_still(&self, group: usize, cohorts: &[Cohorts]) -> bool {
        self.classes[group]
            .iter()
            .all(|class| !cohorts[*class].moved && self.sampled[*class] == Some(self.seen[*class]))
    }

    /// What lay beyond both samples, since the last one.
    fn swings(&mut self, group: usize, sample: usize, ends: [&Standing; 2]) -> Vec<Swing> {
        let since = std::mem::take(&mut self.since[group]);
        if since.iter().all(Option::is_none) {
            return Vec::new();
        }
        let swing = |(measure, range): (Measure, Option<[[u32; 2]; 2]>)| {
            let [low, high] = range?;
            let shares = ends.map(|end| end.share(measure));
            let known = |share: &[u32; 2]| share[1] > 0;
            let lower = shares
                .iter()
                .filter(|share| known(share))
                .all(|end| less(low, *end));
            let higher = shares
                .iter()
                .filter(|share| known(share))
                .all(|end| less(*end, high));
            (lower || higher).then_some(Swing {
                sample: sample as u16,
                measure,
                low,
                high,
            })
        };
        Measure::ALL.into_iter().zip(since).filter_map(swing).collect()
    }
}

/// Whether one share, a number out of another, is less than a second.
fn less(one: [u32; 2], other: [u32; 2]) -> bool {
    u64::from(one[0]) * u64::from(other[1]) < u64::from(other[0]) * u64::from(one[1])
}

impl World<'_> {
    /// The standing of all groups at a sample.
    pub(super) fn sample_standings(&mut self, at: SimTime, sample: usize) {
        for class in 0..self.watch.seen.len() {
            self.watch.seen[class] = self.site.catalog.snapshot(class, at, at);
        }
        for group in 0..self.site.plan.groups.len() {
            let known = self.record.standings[group].last().copied();
            let still = self.watch.stands_still(group, &self.site.cohorts);
            let now = known.filter(|_| still).unwrap_or_else(|| {
                self.watch.stands_since[group] = sample;
                self.standing(group, at)
            });
            let swings = self.watch.swings(group, sample, [&known.unwrap_or(now), &now]);
            self.record.swings[group].extend(swings);
            self.record.standings[group].push(now);
        }
        for (class, cohorts) in self.site.cohorts.iter_mut().enumerate() {
            cohorts.changed = false;
            cohorts.moved = false;
            self.watch.sampled[class] = Some(self.watch.seen[class]);
        }
    }

    /// Looks at the groups that a window reaches when it opens, if other patches are to be had.
    pub(super) fn watch_opening(&mut self, at: SimTime, window: usize) {
        let catalog = &self.site.catalog;
        let now: Vec<(usize, Snapshot)> = self
            .watch
            .classes_of(window)
            .map(|class| (class, catalog.snapshot(class, at, at)))
            .collect();
        let mut changed = false;
        for (class, now) in now {
            changed |= std::mem::replace(&mut self.watch.seen[class], now) != now;
        }
        if changed {
            self.look(at, window);
        }
    }

    /// Looks at the groups that a window reaches when a command of it has ended, if any node reports
    /// other than before.
    pub(super) fn watch_end(&mut self, at: SimTime, window: usize) {
        let mut changed = false;
        for class in self.watch.classes_of(window) {
            changed |= std::mem::take(&mut self.site.cohorts[class].changed);
        }
        if changed {
            self.look(at, window);
        }
    }

    fn look(&mut self, at: SimTime, window: usize) {
        for place in 0..self.watch.reached[window].len() {
            let group = self.watch.reached[window][place];
            let standing = self.standing(group, at);
            self.watch.note(group, &standing);
        }
    }

    /// How a group stands at this instant.
    fn standing(&mut self, group: usize, at: SimTime) -> Standing {
        let mut sum = Standing {
            nodes: self.site.plan.groups[group].nodes,
            ..Standing::default()
        };
        for class in &self.watch.classes[group] {
            self.site.add_standing(*class, at, &mut sum);
        }
        sum
    }
}
