//! Tasks that install a list of patches, or by other baselines than the nodes' own.
//! Semantics, section 7.4.
//!
//! What an override makes of the patches of a class is worked out once for each distinct override. Its
//! transitions are told from those of the node's own baseline by a mark in the snapshot, so that tasks
//! without overrides pay nothing.

use patchbench_kernel::SimTime;

use super::catalog::{Catalog, ClassCatalog};
use super::cause::Cause;
use super::plan::{Class, Plan};
use super::snapshot::Snapshot;
use crate::config::{ModelConfig, Operation, Overrides, Supersedence, Task};
use crate::ssm::{Family, lists};

/// Times from when until when (exclusive) something is installed.
type Period = Option<(SimTime, SimTime)>;

/// What an override makes of the patches of a class.
#[derive(Clone, Debug)]
pub struct OverriddenClass {
    /// By position among the patches of the class.
    pub(super) installs: Vec<Period>,
    /// Instants at which that changes, rising; `None`: those of the class.
    pub(super) boundaries: Option<Vec<SimTime>>,
}

impl OverriddenClass {
    /// From when until when (exclusive) a patch of the class, by position, is installed where it is missing.
    pub fn installs(&self, patch: u32) -> Option<(SimTime, SimTime)> {
        self.installs.get(patch as usize).copied().flatten()
    }

    /// The snapshot that holds at an instant, marked by the override; `own` is that of the class.
    pub(super) fn snapshot(&self, overrides: usize, own: Snapshot, at: SimTime) -> Snapshot {
        let passed =
            |boundaries: &Vec<SimTime>| boundaries.partition_point(|boundary| *boundary <= at) as u32;
        own.under(overrides, self.boundaries.as_ref().map(passed))
    }

    /// A baseline takes a patch (by position) back from now on; a list installs what it names all the same.
    pub(super) fn withdraw(&mut self, patch: usize, at: SimTime) {
        let Some(boundaries) = &mut self.boundaries else {
            return;
        };
        let period = &mut self.installs[patch];
        *period = period
            .map(|(from, until)| (from, until.min(at)))
            .filter(|(from, until)| from < until);
        let place = boundaries.partition_point(|boundary| *boundary <= at);
        boundaries.insert(place, at);
    }

    /// Exactly the listed patches, as long as they are to be had.
    fn of_list(
        plan: &Plan<'_>,
        class: &Class,
        known: &ClassCatalog,
        catalog: &Catalog,
        list: &[String],
    ) -> Self {
        // Windows nodes are offered no update that another has superseded; elsewhere a package of an
        // older version stays where it is.
        let dropped = class.operating_system.family() == Family::Windows
            && plan.config.settings.supersedence == Supersedence::Drop;
        let installs = known.patches.iter().map(|known| {
            let patch = &catalog.patches[known.patch];
            let superseded = known.superseded_at.filter(|_| dropped);
            let withdrawn = known.withdrawn.map(|withdrawal| withdrawal.at);
            let until = superseded.into_iter().chain(withdrawn).min();
            let until = until.unwrap_or(SimTime::MAX);
            let listed = list.iter().any(|entry| lists(entry, patch));
            Some((patch.visible_from(), until)).filter(|(from, until)| listed && from < until)
        });
        Self {
            installs: installs.collect(),
            boundaries: None,
        }
    }

    /// What another baseline approves.
    fn of_baseline(
        plan: &Plan<'_>,
        class: &Class,
        known: &ClassCatalog,
        catalog: &Catalog,
        baseline: usize,
    ) -> Self {
        let class = Class {
            baseline: Some(baseline),
            later: Vec::new(),
            ..class.clone()
        };
        let judged = ClassCatalog::new(plan, &class, &catalog.patches, &catalog.withdrawn_by_vendor());
        let mut installs = vec![None; known.patches.len()];
        let mut places: Vec<(usize, usize)> = (0..)
            .zip(&known.patches)
            .map(|(place, known)| (known.patch, place))
            .collect();
        places.sort_unstable();
        for patch in &judged.patches {
            if let Ok(found) = places.binary_search_by_key(&patch.patch, |(known, _)| *known) {
                installs[places[found].1] = patch.candidate;
            }
        }
        let mut boundaries: Vec<SimTime> = installs
            .iter()
            .flatten()
            .flat_map(|(from, until)| [*from, *until])
            .collect();
        boundaries.sort_unstable();
        boundaries.dedup();
        Self {
            installs,
            boundaries: Some(boundaries),
        }
    }
}

/// The overrides of the tasks, each once.
pub(super) fn distinct(config: &ModelConfig) -> Vec<Overrides> {
    let changed = config.changes.iter().flat_map(|change| &change.windows);
    let windows = config.windows.iter().chain(changed.map(|change| &change.to));
    let tasks = windows.flat_map(|window| &window.tasks);
    let mut all: Vec<Overrides> = Vec::new();
    for overrides in tasks.map(|task| &task.overrides) {
        if !overrides.is_empty() && !all.contains(overrides) {
            all.push(overrides.clone());
        }
    }
    all
}

/// What each override makes of each class: by override and class. `None` where the class is left as it is, or
/// where the run fails.
pub(super) fn overridden(plan: &Plan<'_>, catalog: &Catalog) -> Vec<Vec<Option<OverriddenClass>>> {
    let of_class = |overrides: &Overrides, class: usize| {
        let (known, of_class) = (&plan.classes[class], &catalog.classes[class]);
        match (&overrides.install_list, baseline_of(plan, overrides, class)) {
            (Some(list), _) if overrides.baselines.is_empty() => {
                Some(OverriddenClass::of_list(plan, known, of_class, catalog, list))
            }
            (None, Some(baseline)) => Some(OverriddenClass::of_baseline(
                plan, known, of_class, catalog, baseline,
            )),
            _ => None,
        }
    };
    let all = |overrides| {
        (0..plan.classes.len())
            .map(|class| of_class(overrides, class))
            .collect()
    };
    plan.overrides.iter().map(all).collect()
}

/// The baseline of an override for the operating system of a class.
fn baseline_of(plan: &Plan<'_>, overrides: &Overrides, class: usize) -> Option<usize> {
    let os = plan.classes[class].operating_system;
    let mut baselines = overrides.baselines.iter().copied();
    baselines.find(|baseline| plan.config.baselines[*baseline].operating_system == os)
}

impl Plan<'_> {
    /// The place of a task's overrides among the distinct ones, if it has any that matter to its operation.
    pub fn overrides_of(&self, task: &Task) -> Option<usize> {
        let listed = task.overrides.install_list.is_some() && task.operation == Operation::Install;
        if !listed && task.overrides.baselines.is_empty() {
            return None;
        }
        self.overrides.iter().position(|known| *known == task.overrides)
    }

    /// Why a run fails on the nodes of a class as soon as it begins: overrides that do not fit, or sources
    /// that are not for its product.
    pub fn refusal(&self, task: &Task, class: usize, rules_of: SimTime) -> Option<Cause> {
        let overrides = &task.overrides;
        if overrides.baselines.is_empty() {
            let known = &self.classes[class];
            return known
                .lacks_source_in(known.era_at(rules_of))
                .then_some(Cause::NoSource);
        }
        if overrides.install_list.is_some() {
            return Some(Cause::BothOverrides);
        }
        let Some(baseline) = baseline_of(self, overrides, class) else {
            return Some(Cause::NoOverrideBaseline);
        };
        let served = self.config.baselines[baseline].has_source_for(self.classes[class].product.as_deref());
        (!served).then_some(Cause::NoSource)
    }
}
