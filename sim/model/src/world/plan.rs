//! What all replications share: nodes, classes, targets and openings, computed once.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use patchbench_kernel::{SimDuration, SimTime, StreamKey, Streams};

use super::catalog::Catalog;
use super::epochs::{ClassChange, class_changes, regroupings};
use super::overrides::distinct;
use super::purpose::Purpose;
use super::versions::{WindowVersion, openings, watched_nodes, window_versions};
use crate::catalog::{Flaw, Patch, ReleaseStream, draw_flaws, patch_entity, release};
use crate::config::{ModelConfig, Overrides, ScriptedOutcome};
use crate::fleet::ClassMembers;
use crate::ssm::{NodeSet, OperatingSystem, baseline_for, resolve_targets};

/// Number of equal steps between start and horizon at which coverage over time is sampled.
pub const COVERAGE_SAMPLES: u32 = 480;

/// Minutes between the instants at which the occupancy of a window is recorded.
pub const OCCUPANCY_STEP_MINUTES: i64 = 2;

/// Everything about a configuration that does not depend on chance.
#[derive(Debug)]
pub struct Plan<'c> {
    /// The configuration.
    pub config: &'c ModelConfig,
    /// Patch groups that nodes belong to, in order of first appearance. Reports are per group: a node
    /// that a change re-tags stays in the report of the group that it begins with.
    pub groups: Vec<Group>,
    /// Kinds of node that meet the same patches and the same baseline.
    pub classes: Vec<Class>,
    /// Node numbers of each pool.
    pub pool_nodes: Vec<Range<u32>>,
    /// Class of each pool.
    pub pool_class: Vec<usize>,
    /// Openings of each window inside the simulated period.
    pub openings: Vec<Vec<Opening>>,
    /// Openings of each window that a change freeze (index) holds back.
    pub frozen: Vec<Vec<(Opening, usize)>>,
    /// The forms of each window, one after the other.
    pub versions: Vec<Vec<WindowVersion<'c>>>,
    /// Instants at which coverage over time is sampled.
    pub samples: Vec<SimTime>,
    /// The opening of each window whose occupancy is recorded: the first one that finds something
    /// approved for its nodes, else the first.
    pub profiled: Vec<usize>,
    /// The overrides of tasks, each once.
    pub(super) overrides: Vec<Overrides>,
    /// Nodes of each configuration class, where they are named: by their tags at the start. What is on
    /// a node stays there when it is re-tagged.
    pub(super) class_members: Vec<Option<NodeSet>>,
    /// Nodes that the monitoring watches, from when on; empty: all.
    pub(super) watched: Vec<(SimTime, NodeSet)>,
    /// Scripted outcomes, by node.
    pub(super) outcomes: Vec<ScriptedOutcome>,
    /// The patches, unless each replication draws its own.
    pub shared_catalog: Option<Catalog>,
}

/// A patch group as reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Value of the tag; empty for nodes without a patch group.
    pub name: String,
    /// Number of nodes.
    pub nodes: u32,
}

/// A kind of node: same patch group, operating system, product, applications and so baseline, from
/// the start through all changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Index into [`Plan::groups`].
    pub group: usize,
    /// Operating system.
    pub operating_system: OperatingSystem,
    /// Product.
    pub product: Option<String>,
    /// Applications.
    pub applications: Vec<String>,
    /// Baseline at the start, if its operating system has any.
    pub baseline: Option<usize>,
    /// A patch policy gives it its baseline.
    pub by_policy: bool,
    /// Its baseline at the start lists sources, and none for its product: every run on it fails.
    pub lacks_source: bool,
    /// How it goes on, in order of time.
    pub later: Vec<ClassChange>,
    /// Number of nodes.
    pub nodes: u32,
}

impl Class {
    /// The baseline after some of the changes of this class.
    pub fn baseline_in(&self, era: usize) -> Option<usize> {
        match era.checked_sub(1) {
            None => self.baseline,
            Some(later) => self.later[later].baseline,
        }
    }

    /// Whether the baseline after some of the changes lists sources, and none for its product.
    pub fn lacks_source_in(&self, era: usize) -> bool {
        match era.checked_sub(1) {
            None => self.lacks_source,
            Some(later) => self.later[later].lacks_source,
        }
    }

    /// How many of its changes have happened by an instant.
    #[inline]
    pub fn era_at(&self, at: SimTime) -> usize {
        self.later.partition_point(|change| change.from <= at)
    }

    /// The baselines that it has one after the other.
    pub fn baselines(&self) -> impl Iterator<Item = usize> {
        let later = self.later.iter().map(|known| known.baseline);
        std::iter::once(self.baseline).chain(later).flatten()
    }
}

/// One opening of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// When it opens.
    pub opens: SimTime,
    /// From when no task starts.
    pub cutoff: SimTime,
    /// When it closes.
    pub closes: SimTime,
    /// The day on which it opens, in the zone of its schedule.
    pub day: chrono::NaiveDate,
    /// Index into [`Plan::versions`] of the window: what it is at that time.
    pub version: usize,
}

impl<'c> Plan<'c> {
    /// Prepares a configuration. `seed` matters only for the shared catalogue of a configuration
    /// whose streams draw nothing, so any value gives the same.
    pub fn new(config: &'c ModelConfig) -> Self {
        let versions = window_versions(config);
        let mut plan = Self {
            config,
            groups: Vec::new(),
            classes: Vec::new(),
            pool_nodes: Vec::new(),
            pool_class: Vec::new(),
            openings: versions
                .iter()
                .enumerate()
                .map(|(window, versions)| openings(config, window, versions))
                .collect(),
            versions,
            samples: sample_times(config.start, config.horizon),
            frozen: Vec::new(),
            profiled: vec![0; config.windows.len()],
            class_members: class_members(config),
            watched: watched_nodes(config),
            overrides: distinct(config),
            outcomes: config.outcomes.clone(),
            shared_catalog: None,
        };
        plan.freeze();
        plan.outcomes.sort_by_key(|outcome| outcome.node);
        plan.sort_nodes_into_classes();
        if !draws_catalog(config) {
            plan.shared_catalog = Some(plan.catalog(&Streams::new(0, 0)));
        }
        plan.choose_profiled();
        plan
    }

    /// The patches of one replication.
    pub fn catalog(&self, luck: &Streams) -> Catalog {
        let (patches, ends) = release(&self.config.releases, luck);
        let flaws = draw_flaws(&self.config.faults.bad_patches, &patches, &ends, luck);
        let false_alarms = draw_false_alarms(self.config, &patches, &flaws, luck);
        Catalog::new(self, patches, flaws, false_alarms)
    }

    /// Number of nodes.
    pub fn nodes(&self) -> u32 {
        self.pool_nodes.last().map_or(0, |range| range.end)
    }

    /// Instants at which compliance is sampled.
    pub fn compliance_samples(&self) -> impl Iterator<Item = SimTime> {
        self.samples.iter().copied().step_by(super::COMPLIANCE_EVERY)
    }

    /// The pool that a node belongs to.
    pub fn pool_of(&self, node: u32) -> usize {
        self.pool_nodes.partition_point(|range| range.end <= node)
    }

    /// The name of a node.
    pub fn node_name(&self, node: u32) -> String {
        let pool = self.pool_of(node);
        self.config.pools[pool].node_name(node - self.pool_nodes[pool].start)
    }

    /// The node with this name.
    pub fn node_named(&self, name: &str) -> Option<u32> {
        let mut pools = self.config.pools.iter().zip(&self.pool_nodes);
        pools.find_map(|(pool, nodes)| pool.position_of(name).map(|index| nodes.start + index))
    }

    /// Takes out the openings that a change freeze holds back.
    fn freeze(&mut self) {
        let freezes = &self.config.freezes;
        for (window, openings) in self.openings.iter_mut().enumerate() {
            let holding = |opens: SimTime| freezes.iter().position(|freeze| freeze.holds(window, opens));
            let held = openings
                .iter()
                .filter_map(|open| Some((*open, holding(open.opens)?)));
            self.frozen.push(held.collect());
            openings.retain(|open| holding(open.opens).is_none());
        }
    }

    /// Patch group and system decide the baseline, so that nodes alike in these are one class.
    fn sort_nodes_into_classes(&mut self) {
        let (mut groups, mut classes) = (BTreeMap::new(), BTreeMap::new());
        let mut first = 0;
        let regrouped = regroupings(self);
        for (pool, regrouped) in self.config.pools.iter().zip(&regrouped) {
            self.pool_nodes.push(first..first + pool.count);
            first += pool.count;
            let name = pool.patch_group.as_deref().unwrap_or_default();
            let group = *groups.entry(name).or_insert_with(|| {
                self.groups.push(Group {
                    name: name.to_owned(),
                    nodes: 0,
                });
                self.groups.len() - 1
            });
            self.groups[group].nodes += pool.count;
            let (os, named) = (pool.operating_system, pool.patch_group.as_deref());
            let policy = pool.policy_baseline;
            let kind = (named, os, &pool.product, &pool.applications, policy, regrouped);
            let class = *classes.entry(kind).or_insert_with(|| {
                let baseline = policy.or_else(|| baseline_for(self.config, 0, os, named));
                let product = pool.product.as_deref();
                let served = |index: usize| self.config.baselines[index].has_source_for(product);
                self.classes.push(Class {
                    group,
                    operating_system: os,
                    product: pool.product.clone(),
                    applications: pool.applications.clone(),
                    baseline,
                    lacks_source: !baseline.is_none_or(served),
                    by_policy: policy.is_some(),
                    later: class_changes(self.config, pool, regrouped),
                    nodes: 0,
                });
                self.classes.len() - 1
            });
            self.classes[class].nodes += pool.count;
            self.pool_class.push(class);
        }
    }

    fn choose_profiled(&mut self) {
        let drawn;
        let catalog = if let Some(shared) = &self.shared_catalog {
            shared
        } else {
            drawn = self.catalog(&Streams::new(0, 0));
            &drawn
        };
        let mut profiled = vec![0; self.openings.len()];
        for (window, chosen) in profiled.iter_mut().enumerate() {
            let classes = self.window_classes(window);
            let approved = classes
                .iter()
                .filter_map(|class| catalog.first_candidate_from(*class, self.config.start))
                .min();
            if let Some(from) = approved {
                let found = self.openings[window]
                    .iter()
                    .position(|opening| opening.opens >= from);
                *chosen = found.unwrap_or(0);
            }
        }
        self.profiled = profiled;
    }
}

fn class_members(config: &ModelConfig) -> Vec<Option<NodeSet>> {
    let mut pools = Cow::Borrowed(config.pools.as_slice());
    let in_force = config.changes.iter().filter(|change| change.at <= config.start);
    in_force.for_each(|change| change.retag(&mut pools));
    let classes = config.faults.configuration_classes.iter();
    let named = classes.map(|class| match &class.members {
        ClassMembers::Targets(targets) => Some(resolve_targets(targets, &pools)),
        ClassMembers::Share(_) => None,
    });
    named.collect()
}

/// Whether replications differ in what is released, what is wrong with it or what becomes of it.
fn draws_catalog(config: &ModelConfig) -> bool {
    let random = config.releases.iter().any(ReleaseStream::is_random);
    random || !config.faults.bad_patches.is_empty() || config.faults.monitoring.is_some()
}

/// Good patches that will raise a false alarm.
fn draw_false_alarms(config: &ModelConfig, patches: &[Patch], flaws: &[Flaw], luck: &Streams) -> Vec<usize> {
    let probability = config
        .faults
        .monitoring
        .as_ref()
        .map_or(0.0, |watch| watch.false_alarm);
    if probability <= 0.0 {
        return Vec::new();
    }
    let alarms = |index: &usize| {
        let key = StreamKey {
            purpose: Purpose::FalseAlarm as u32,
            entity: patch_entity(&patches[*index].id),
            attempt: 0,
        };
        luck.generator(key).unit_f64() < probability
    };
    let good = |index: &usize| flaws.binary_search_by_key(index, |flaw| flaw.patch).is_err();
    (0..patches.len()).filter(good).filter(alarms).collect()
}

fn sample_times(start: SimTime, horizon: SimTime) -> Vec<SimTime> {
    let span = (horizon - start).millis();
    let steps = i64::from(COVERAGE_SAMPLES);
    let at = |step: i64| {
        start + SimDuration::from_millis((i128::from(span) * i128::from(step) / i128::from(steps)) as i64)
    };
    (0..=steps).map(at).collect()
}
