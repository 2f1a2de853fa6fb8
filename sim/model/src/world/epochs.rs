//! Which baseline judges a class of node from when on, and what it says of the patches.
//!
//! A class is a history: its nodes have the same patch groups and baselines one after the other, so
//! that a node stays in its class whatever is re-tagged or edited. Its patches are the same all along
//! and keep their places, so that what a node has needs no translation; only what the baseline in
//! force says of them differs. Semantics, sections 2.7, 3 and 7.4.

use patchbench_kernel::SimTime;

use super::catalog::{Catalog, ClassCatalog};
use super::plan::Plan;
use super::snapshot::Snapshot;
use crate::config::ModelConfig;
use crate::fleet::NodePool;
use crate::ssm::baseline_for;

/// What a change makes of a class of node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassChange {
    /// Index into [`crate::config::ModelConfig::changes`].
    pub change: usize,
    /// From when.
    pub from: SimTime,
    /// Its patch group from then on.
    pub patch_group: Option<String>,
    /// Its baseline from then on.
    pub baseline: Option<usize>,
    /// That one lists sources, and none for its product.
    pub lacks_source: bool,
}

/// Patch groups of the pools that changes re-tag: by pool, the change and the group.
pub(super) type Regroupings<'c> = Vec<(usize, Option<&'c str>)>;

/// The re-taggings of every pool.
pub(super) fn regroupings<'c>(plan: &Plan<'c>) -> Vec<Regroupings<'c>> {
    let mut of_pool = vec![Regroupings::new(); plan.config.pools.len()];
    for (number, change) in plan.config.changes.iter().enumerate() {
        for retagged in &change.pools {
            let group = retagged.patch_group.as_deref();
            let own = &mut of_pool[retagged.pool];
            let before = own
                .last()
                .map_or(plan.config.pools[retagged.pool].patch_group.as_deref(), |last| {
                    last.1
                });
            if group != before {
                own.push((number, group));
            }
        }
    }
    of_pool
}

/// How the class of a pool goes on after the start. A patch policy keeps its baseline.
pub(super) fn class_changes(
    config: &ModelConfig,
    pool: &NodePool,
    regroupings: &Regroupings<'_>,
) -> Vec<ClassChange> {
    let baseline = |changes: usize, group: Option<&str>| {
        let os = pool.operating_system;
        pool.policy_baseline
            .or_else(|| baseline_for(config, changes, os, group))
    };
    let served = |index: usize| config.baselines[index].has_source_for(pool.product.as_deref());
    let group = pool.patch_group.as_deref();
    let mut now = (group, baseline(0, group));
    let mut later = Vec::new();
    for (number, change) in config.changes.iter().enumerate() {
        let moved = regroupings.iter().find(|(known, _)| *known == number);
        let group = moved.map_or(now.0, |(_, group)| *group);
        let next = (group, baseline(number + 1, group));
        if next != now {
            now = next;
            later.push(ClassChange {
                change: number,
                from: change.at,
                patch_group: group.map(str::to_owned),
                baseline: next.1,
                lacks_source: !next.1.is_none_or(served),
            });
        }
    }
    later
}

/// The patches of a class under the baseline that a change brings.
#[derive(Clone, Debug)]
pub struct Era {
    /// From when it is in force.
    pub from: SimTime,
    /// What the baseline says of the patches, in the same order as at the start.
    pub class: ClassCatalog,
}

/// What holds for a class of node for a while.
#[derive(Clone, Copy, Debug)]
pub struct InForce<'a> {
    /// How many changes of the class have come before.
    pub era: usize,
    /// From when; [`SimTime::MIN`] for what holds at the start.
    pub from: SimTime,
    /// Until when, exclusive.
    pub until: SimTime,
    /// The patches as the baseline in force judges them.
    pub class: &'a ClassCatalog,
}

impl InForce<'_> {
    /// The part of a period in which this holds.
    pub(super) fn clip(&self, (from, until): (SimTime, SimTime)) -> Option<(SimTime, SimTime)> {
        let (from, until) = (from.max(self.from), until.min(self.until));
        (from < until).then_some((from, until))
    }
}

impl Catalog {
    /// How many changes of a class have happened by an instant.
    #[inline]
    pub fn era_at(&self, class: usize, at: SimTime) -> usize {
        self.later[class].partition_point(|era| era.from <= at)
    }

    /// A class under the baseline of an era.
    pub fn in_era(&self, class: usize, era: usize) -> &ClassCatalog {
        match era.checked_sub(1) {
            None => &self.classes[class],
            Some(later) => &self.later[class][later].class,
        }
    }

    /// What holds for a class, in order of time.
    pub fn eras(&self, class: usize) -> impl Iterator<Item = InForce<'_>> {
        let later = &self.later[class];
        (0..=later.len()).map(move |era| InForce {
            era,
            from: era
                .checked_sub(1)
                .map_or(SimTime::MIN, |before| later[before].from),
            until: later.get(era).map_or(SimTime::MAX, |next| next.from),
            class: self.in_era(class, era),
        })
    }

    /// The state of a class's patches at an instant under the baseline that was in force at another:
    /// a window execution keeps the rules of its opening (Semantics, section 7.4).
    #[inline]
    pub(super) fn snapshot(&self, class: usize, rules_of: SimTime, at: SimTime) -> Snapshot {
        let era = self.era_at(class, rules_of);
        Snapshot::new(era, self.in_era(class, era).snapshot(at))
    }

    /// Until when the snapshot of an instant holds, under the same rules.
    pub(super) fn snapshot_until(&self, class: usize, rules_of: SimTime, at: SimTime) -> SimTime {
        let known = self.in_era(class, self.era_at(class, rules_of));
        let next = known.boundaries.get(known.snapshot(at) as usize);
        next.copied().unwrap_or(SimTime::MAX)
    }

    /// The era in which a class began to have said of one of its patches (by its place there) what is
    /// said in a later era.
    pub fn verdict_since(&self, class: usize, era: usize, place: usize) -> usize {
        let verdict = |era: usize| &self.in_era(class, era).patches[place].verdict;
        let earlier = (0..era).rev();
        let same = earlier.take_while(|earlier| verdict(*earlier) == verdict(era));
        same.last().unwrap_or(era)
    }

    /// When a patch of a class (by its place there) is a candidate for installation, under the rules
    /// in force at each time: periods that do not touch, rising.
    pub fn candidate_periods(&self, class: usize, place: usize) -> Vec<(SimTime, SimTime)> {
        let eras = self.eras(class);
        joined(eras.filter_map(|now| now.clip(now.class.patches[place].candidate?)))
    }

    /// When a successor has the place of a patch of a class, likewise.
    pub fn superseded_periods(&self, class: usize, place: usize) -> Vec<(SimTime, SimTime)> {
        let eras = self.eras(class);
        joined(eras.filter_map(|now| now.clip((now.class.patches[place].superseded_at?, SimTime::MAX))))
    }

    /// The earliest instant, not before `start`, from which something is a candidate.
    pub(super) fn first_candidate_from(&self, class: usize, start: SimTime) -> Option<SimTime> {
        let places = 0..self.classes[class].patches.len();
        let periods = places.flat_map(|place| self.candidate_periods(class, place));
        periods.map(|(from, _)| from).filter(|from| *from >= start).min()
    }
}

/// Periods that touch become one.
fn joined(periods: impl Iterator<Item = (SimTime, SimTime)>) -> Vec<(SimTime, SimTime)> {
    let mut all: Vec<(SimTime, SimTime)> = Vec::new();
    for (from, until) in periods {
        match all.last_mut() {
            Some(last) if last.1 == from => last.1 = until,
            _ => all.push((from, until)),
        }
    }
    all
}

impl<'c> Plan<'c> {
    /// The patch group and the tags of a pool at an instant.
    pub fn tags_at(
        &self,
        pool: usize,
        at: SimTime,
    ) -> (Option<&'c str>, &'c std::collections::BTreeMap<String, String>) {
        let config = self.config;
        let changes = config.changes.iter().take_while(|change| change.at <= at);
        let retagged = changes.flat_map(|change| &change.pools);
        let last = retagged.filter(|known| known.pool == pool).last();
        let first = &config.pools[pool];
        last.map_or((first.patch_group.as_deref(), &first.tags), |known| {
            (known.patch_group.as_deref(), &known.tags)
        })
    }
}
