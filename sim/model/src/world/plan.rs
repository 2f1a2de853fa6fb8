//! What all replications share: nodes, classes, targets and openings, computed once.

use std::collections::BTreeMap;
use std::ops::Range;

use patchbench_calendar::WindowOccurrence;
use patchbench_kernel::{SimDuration, SimTime, StreamKey, Streams};

use super::catalog::Catalog;
use super::overrides::distinct;
use super::purpose::Purpose;
use crate::catalog::{Flaw, Patch, ReleaseStream, draw_flaws, patch_entity, release};
use crate::clock::{from_utc, to_utc};
use crate::config::{
    MaintenanceWindow, ModelConfig, MultiTargetTask, Overrides, ScriptedOutcome, TaskTarget,
};
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
    /// Patch groups that nodes belong to, in order of first appearance; reports are per group.
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
    /// Nodes of each command: by window, task, part.
    pub targets: Vec<Vec<Vec<NodeSet>>>,
    /// Instants at which coverage over time is sampled.
    pub samples: Vec<SimTime>,
    /// The opening of each window whose occupancy is recorded: the first one that finds something
    /// approved for its nodes, else the first.
    pub profiled: Vec<usize>,
    /// The overrides of tasks, each once.
    pub(super) overrides: Vec<Overrides>,
    /// Nodes of each configuration class, where they are named.
    pub(super) class_members: Vec<Option<NodeSet>>,
    /// Nodes that the monitoring watches; `None`: all.
    pub(super) watched: Option<NodeSet>,
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

/// A kind of node: same patch group, operating system, product, applications and so baseline.
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
    /// Baseline, if its operating system has any.
    pub baseline: Option<usize>,
    /// A patch policy gives it its baseline.
    pub by_policy: bool,
    /// Its baseline lists sources, and none for its product: every run on it fails.
    pub lacks_source: bool,
    /// Number of nodes.
    pub nodes: u32,
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
}

impl<'c> Plan<'c> {
    /// Prepares a configuration. `seed` matters only for the shared catalogue of a configuration
    /// whose streams draw nothing, so any value gives the same.
    pub fn new(config: &'c ModelConfig) -> Self {
        let mut plan = Self {
            config,
            groups: Vec::new(),
            classes: Vec::new(),
            pool_nodes: Vec::new(),
            pool_class: Vec::new(),
            openings: config
                .windows
                .iter()
                .map(|window| openings(config, window))
                .collect(),
            targets: config
                .windows
                .iter()
                .map(|window| window_targets(config, window))
                .collect(),
            samples: sample_times(config.start, config.horizon),
            frozen: Vec::new(),
            profiled: vec![0; config.windows.len()],
            class_members: class_members(config),
            watched: watched(config),
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
        for pool in &self.config.pools {
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
            let os = pool.operating_system;
            let policy = pool.policy_baseline;
            let kind = (
                pool.patch_group.as_deref(),
                os,
                &pool.product,
                &pool.applications,
                policy,
            );
            let class = *classes.entry(kind).or_insert_with(|| {
                let baseline = policy.or_else(|| baseline_for(self.config, os, pool.patch_group.as_deref()));
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
                .filter_map(|class| catalog.classes[*class].first_candidate_from(self.config.start))
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

    /// Classes of the nodes that the tasks of a window are sent to.
    pub fn window_classes(&self, window: usize) -> Vec<usize> {
        let targets = NodeSet::union_of(self.targets[window].iter().flatten());
        let mut touched = vec![false; self.classes.len()];
        for nodes in targets.ranges() {
            for pool in self.pool_of(nodes.start)..=self.pool_of(nodes.end - 1) {
                touched[self.pool_class[pool]] = true;
            }
        }
        (0..touched.len()).filter(|class| touched[*class]).collect()
    }
}

fn class_members(config: &ModelConfig) -> Vec<Option<NodeSet>> {
    let classes = config.faults.configuration_classes.iter();
    let named = classes.map(|class| match &class.members {
        ClassMembers::Targets(targets) => Some(resolve_targets(targets, &config.pools)),
        ClassMembers::Share(_) => None,
    });
    named.collect()
}

fn watched(config: &ModelConfig) -> Option<NodeSet> {
    let targets = config.faults.monitoring.as_ref()?.nodes.as_ref()?;
    Some(resolve_targets(targets, &config.pools))
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

fn openings(config: &ModelConfig, window: &MaintenanceWindow) -> Vec<Opening> {
    if !window.enabled {
        return Vec::new();
    }
    let start = to_utc(config.start);
    // A window that opens at the very start of the simulation takes part in it.
    let before = start - chrono::TimeDelta::milliseconds(1);
    let zone = window.schedule.timezone();
    let open = window
        .schedule
        .openings(start, before)
        .take_while(|opening| from_utc(opening.at) <= config.horizon);
    open.map(|opening| {
        let occurrence = WindowOccurrence::new(opening.at, window.duration_hours, window.cutoff_hours);
        let inclusive = i64::from(config.settings.cutoff_inclusive);
        Opening {
            opens: from_utc(occurrence.opens),
            // An inclusive cutoff lets tasks start at the instant itself: it acts a millisecond later.
            cutoff: from_utc(occurrence.cutoff) + SimDuration::from_millis(inclusive),
            closes: from_utc(occurrence.closes),
            day: opening.at.with_timezone(&zone).date_naive(),
        }
    })
    .collect()
}

fn window_targets(config: &ModelConfig, window: &MaintenanceWindow) -> Vec<Vec<NodeSet>> {
    let registered: Vec<NodeSet> = window
        .targets
        .iter()
        .map(|target| resolve_targets(&target.targets, &config.pools))
        .collect();
    let all = NodeSet::union_of(&registered);
    let one = |target: &TaskTarget| match target {
        TaskTarget::Window(index) => registered[*index].clone(),
        TaskTarget::Direct(targets) => {
            let named = resolve_targets(targets, &config.pools);
            if window.allow_unassociated_targets {
                named
            } else {
                named.intersection(&all)
            }
        }
    };
    let parts = |task: &crate::config::Task| -> Vec<NodeSet> {
        let sets: Vec<NodeSet> = task.targets.iter().map(one).collect();
        match config.settings.multi_target_task {
            MultiTargetTask::Sequential => sets,
            MultiTargetTask::Merged => vec![NodeSet::union_of(&sets)],
        }
    };
    window.tasks.iter().map(parts).collect()
}

fn sample_times(start: SimTime, horizon: SimTime) -> Vec<SimTime> {
    let span = (horizon - start).millis();
    let steps = i64::from(COVERAGE_SAMPLES);
    let at = |step: i64| {
        start + SimDuration::from_millis((i128::from(span) * i128::from(step) / i128::from(steps)) as i64)
    };
    (0..=steps).map(at).collect()
}
