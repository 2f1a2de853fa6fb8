//! The state that commands work on: nodes, levels, books, and what they may look up.

use std::borrow::Cow;
use std::ops::Range;

use patchbench_kernel::{SimTime, Streams};

use super::catalog::Catalog;
use super::class_view::{ClassView, NodeReport};
use super::cohorts::{Cohort, Cohorts, Effect, add};
use super::coverage::Coverage;
use super::event::Event;
use super::faults::Faults;
use super::health::Health;
use super::levels::{Levels, Outcome, ReportId, Transition};
use super::locks::Locks;
use super::observe::CommandId;
use super::plan::Plan;
use super::record::{ComplianceSample, Standing};
use super::snapshot::Snapshot;
use crate::config::ScriptedResult;
use crate::fleet::Behavior;
use crate::ssm::Family;

/// Everything that is not a command.
pub(super) struct Site<'p> {
    pub(super) plan: &'p Plan<'p>,
    /// Shared by all replications, or this one's own: monitoring may take patches back in mid-run.
    pub(super) catalog: Cow<'p, Catalog>,
    pub(super) luck: Streams,
    pub(super) levels: Vec<Levels>,
    pub(super) coverage: Coverage,
    /// By class.
    pub(super) cohorts: Vec<Cohorts>,
    pub(super) health: Health,
    pub(super) faults: Faults,
    /// Coarse events that commands brought about and that are not on the agenda yet.
    pub(super) planned: Vec<(SimTime, Event)>,
    pub(super) locks: Locks,
    /// The cohort of each node, among those of its class.
    pub(super) nodes: Vec<u32>,
}

impl<'p> Site<'p> {
    /// The nodes at the start.
    pub(super) fn new(plan: &'p Plan<'p>, catalog: Cow<'p, Catalog>, luck: Streams) -> Self {
        let mut levels: Vec<Levels> = plan.classes.iter().map(|_| Levels::default()).collect();
        let mut coverage = Coverage::new(plan, &catalog);
        let mut cohorts: Vec<Cohorts> = plan.classes.iter().map(|_| Cohorts::default()).collect();
        let mut nodes = Vec::with_capacity(plan.nodes() as usize);
        for (pool, class) in plan.config.pools.iter().zip(&plan.pool_class) {
            let outside = plan.config.settings.external_pending_reboot;
            let rebooted = pool.rebooted_through.filter(|_| outside);
            let level = levels[*class].initial(&catalog.classes[*class], (pool.patched_through, rebooted));
            coverage.begin(*class, level, pool.count, &levels[*class]);
            let cohort = cohorts[*class].number(Cohort { level, report: None });
            cohorts[*class].begin(cohort, pool.count);
            nodes.resize(nodes.len() + pool.count as usize, cohort);
        }
        coverage.set_initial_levels();
        Self {
            plan,
            luck,
            health: Health::new(plan, luck),
            faults: Faults::new(&catalog.flaws, plan.nodes()),
            planned: Vec::new(),
            catalog,
            levels,
            coverage,
            locks: Locks::new(plan.config.settings.node_lock),
            cohorts,
            nodes,
        }
    }

    /// No node is broken by a bad patch or locked by another command.
    #[inline]
    pub(super) fn is_undisturbed(&self, at: SimTime) -> bool {
        self.locks.are_free() && self.health.none_is_broken(at)
    }

    pub(super) fn behavior(&self, pool: usize) -> &'p Behavior {
        &self.plan.config.behaviors[self.plan.config.pools[pool].behavior]
    }

    pub(super) fn pool_nodes(&self, pool: usize) -> &'p Range<u32> {
        &self.plan.pool_nodes[pool]
    }

    /// What an operation at this node would meet.
    #[inline]
    pub(super) fn transition_at(&mut self, node: u32, class: usize, snapshot: Snapshot) -> u32 {
        self.transition_from(self.level(node, class), class, snapshot)
    }

    /// What an operation at nodes of a level would meet.
    #[inline]
    pub(super) fn transition_from(&mut self, level: u32, class: usize, snapshot: Snapshot) -> u32 {
        let view = view(self.plan, &self.catalog, class, snapshot);
        self.levels[class].find(&view, level, snapshot)
    }

    /// What it would meet under the overrides of a task; `own` is the snapshot that its own baseline would
    /// be asked with at that instant.
    pub(super) fn transition_under(
        &mut self,
        overrides: usize,
        (node, class): (u32, usize),
        (own, at): (Snapshot, SimTime),
    ) -> u32 {
        let Some(over) = &self.catalog.overridden[overrides][class] else {
            return self.transition_at(node, class, own);
        };
        let snapshot = over.snapshot(overrides, own, at);
        let level = self.level(node, class);
        let view = ClassView {
            over: Some(over),
            ..view(self.plan, &self.catalog, class, snapshot)
        };
        self.levels[class].find(&view, level, snapshot)
    }

    pub(super) fn transition(&self, class: usize, id: u32) -> &Transition {
        self.levels[class].transition(id)
    }

    /// Whether invocations may wait for their nodes without holding a slot.
    pub(super) fn may_wait_beside_slots(&self) -> bool {
        let config = self.plan.config;
        let unreachable = config.behaviors.iter().any(|behavior| behavior.outages.is_some());
        !config.settings.offline_holds_slot && (unreachable || !config.faults.bad_patches.is_empty())
    }

    /// Whether a node has a patch of its class.
    pub(super) fn has(&self, node: u32, class: usize, patch: u32) -> bool {
        self.levels[class].set(self.level(node, class)).contains(patch)
    }

    /// What a node of a class has installed.
    #[inline]
    pub(super) fn level(&self, node: u32, class: usize) -> u32 {
        self.cohorts[class].get(self.nodes[node as usize]).level
    }

    /// An operation leaves a node with a level, and with a report if it sends one.
    pub(super) fn settle(&mut self, node: u32, class: usize, level: u32, report: Option<ReportId>) {
        let cohorts = &mut self.cohorts[class];
        let before = self.nodes[node as usize];
        let last = cohorts.get(before).report;
        let after = Cohort {
            level,
            report: report.or(last),
        };
        let foreseen = report.and_then(|report| cohorts.effect(report));
        let cohort = match foreseen {
            Some(effect) if cohorts.get(effect.cohort) == after => effect.cohort,
            _ => cohorts.number(after),
        };
        cohorts.go(before, cohort, 1);
        self.nodes[node as usize] = cohort;
    }

    /// What follows from a report of an operation that goes as usual.
    #[inline]
    pub(super) fn foreseen(&mut self, class: usize, report: ReportId) -> Effect {
        match self.cohorts[class].effect(report) {
            Some(effect) => effect,
            None => self.foresee(class, report),
        }
    }

    #[inline(never)]
    fn foresee(&mut self, class: usize, report: ReportId) -> Effect {
        let (id, outcome) = (report.transition(), report.outcome());
        let state = self.report(class, id, outcome).state;
        let change = self.transition(class, id);
        let installs = outcome == Outcome::Installed;
        let level = if installs { change.to } else { change.from };
        let installed = if installs { change.missing.len() as u32 } else { 0 };
        let cohorts = &mut self.cohorts[class];
        let effect = Effect {
            cohort: cohorts.number(Cohort {
                level,
                report: Some(report),
            }),
            installed,
            reported_missing: state.missing + state.failed,
            compliant: state.compliant(),
        };
        cohorts.keep(report, effect);
        effect
    }

    /// A node makes a transition: it is entered in the books.
    pub(super) fn enter(&mut self, class: usize, transition: u32, at: SimTime) {
        self.make_room(at);
        self.coverage.installed(class, transition, at);
    }

    /// Nodes made a transition (of a class) so long after an instant: they are entered in the books, which
    /// have room, and taken off the list.
    pub(super) fn enter_many(&mut self, made: (usize, u32), since: SimTime, after_ms: &mut Vec<u32>) {
        if !after_ms.is_empty() {
            self.coverage.installed_by_many(made, since, after_ms);
            after_ms.clear();
        }
    }

    /// Works the books off if they cannot take more. Whatever is entered later must have happened later.
    pub(super) fn make_room(&mut self, at: SimTime) {
        if !self.coverage.has_room(at) {
            self.coverage.book(&self.levels);
        }
    }

    /// What a node reports that went through a transition.
    #[inline]
    pub(super) fn report(&self, class: usize, id: u32, outcome: Outcome) -> &NodeReport {
        let change = self.transition(class, id);
        change
            .reported(outcome)
            .unwrap_or_else(|| self.first_report(class, id, outcome))
    }

    #[inline(never)]
    fn first_report(&self, class: usize, id: u32, outcome: Outcome) -> &NodeReport {
        let snapshot = self.transition(class, id).snapshot;
        let view = view(self.plan, &self.catalog, class, snapshot);
        self.levels[class].report(&view, id, outcome)
    }

    /// What a transition becomes when the install is told not to reboot.
    pub(super) fn without_reboot(&mut self, class: usize, transition: u32) -> u32 {
        self.levels[class].without_reboot(transition)
    }

    /// A node finished installing what its transition found missing, or rebooting for what it found
    /// pending, or both. Returns the level that it has then.
    pub(super) fn install(
        &mut self,
        level: u32,
        (class, transition): (usize, u32),
        rebooted: bool,
        at: SimTime,
    ) -> u32 {
        let change = self.levels[class].transition(transition);
        let (from, to) = (change.from, change.to);
        if level == from {
            self.enter(class, transition, at);
            return to;
        }
        // Another command changed the node meanwhile: what is new is what neither had.
        let merged = self.levels[class].merge(level, (from, to), rebooted);
        if merged != level {
            let step = self.levels[class].step(level, merged, transition);
            self.enter(class, step, at);
        }
        merged
    }

    /// Adds how a class stands at this instant.
    pub(super) fn add_standing(&mut self, class: usize, at: SimTime, sum: &mut Standing) {
        self.each_cohort(class, at, |(view, levels), id, reported, here| {
            sum.fully_patched += u32::from(levels.transition(id).missing.is_empty()) * here;
            sum.compliant += u32::from(levels.is_compliant(view, id)) * here;
            if let Some(report) = reported {
                sum.reported += here;
                sum.reported_compliant += u32::from(report.state.compliant()) * here;
            }
        });
    }

    /// Adds the compliance of a class at this instant.
    pub(super) fn add_compliance(&mut self, class: usize, at: SimTime, sum: &mut ComplianceSample) {
        self.each_cohort(class, at, |(view, levels), id, reported, here| {
            add(&mut sum.actual, levels.report(view, id, Outcome::Scanned), here);
            if let Some(report) = reported {
                add(&mut sum.reported, report, here);
            }
        });
    }

    /// The cohorts of a class that have nodes: what a scan would meet at this instant, what they reported last,
    /// and how many nodes they have.
    fn each_cohort(
        &mut self,
        class: usize,
        at: SimTime,
        mut tell: impl FnMut((&ClassView<'_>, &Levels), u32, Option<&NodeReport>, u32),
    ) {
        let snapshot = self.catalog.snapshot(class, at, at);
        let view = view(self.plan, &self.catalog, class, snapshot);
        let levels = &mut self.levels[class];
        for (cohort, here) in self.cohorts[class].populated() {
            let id = levels.find(&view, cohort.level, snapshot);
            let reported = cohort.report.and_then(|report| levels.reported(report));
            tell((&view, levels), id, reported, here);
        }
    }

    /// The outcome that the scenario gives this node in this command, if any; the last one wins.
    pub(super) fn scripted(&self, node: u32, command: CommandId) -> Option<ScriptedResult> {
        let outcomes = &self.plan.outcomes;
        if outcomes.is_empty() {
            return None;
        }
        let first = outcomes.partition_point(|outcome| outcome.node < node);
        let own = outcomes[first..]
            .iter()
            .take_while(|outcome| outcome.node == node);
        let day = self.plan.openings[command.window][command.opening].day;
        own.filter(|outcome| {
            outcome.window.is_none_or(|window| window == command.window)
                && outcome.task.is_none_or(|task| task == command.task)
                && outcome.on.is_none_or(|on| on == day)
        })
        .last()
        .map(|outcome| outcome.result)
    }
}

/// A class under the baseline of a snapshot.
#[inline]
fn view<'a>(plan: &'a Plan<'_>, catalog: &'a Catalog, class: usize, snapshot: Snapshot) -> ClassView<'a> {
    let baseline = plan.classes[class].baseline_in(snapshot.era());
    ClassView {
        catalog,
        class: catalog.in_era(class, snapshot.era()),
        windows: plan.classes[class].operating_system.family() == Family::Windows,
        snapshot,
        baseline: baseline.map(|baseline| &plan.config.baselines[baseline]),
        over: None,
    }
}
