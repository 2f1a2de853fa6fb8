//! What must hold in every world, whatever is drawn.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::{SimTime, Streams};
use patchbench_model::catalog::Patch;
use patchbench_model::config::{CutoffBehavior, ModelConfig, Operation, Supersedence, TaskStatus, TieOrder};
use patchbench_model::ssm::{
    Family, InstancePatchState, InvocationStatus, NotApproved, PatchBaseline, PatchView, evaluate,
};
use patchbench_model::world::{Catalog, Cause, CommandId, Plan, simulate};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::agreement::{REPLICATION, SEED, nobody_sees_the_same};
use crate::changes::baseline_at;
use crate::history::{CommandHistory, History, Invocation, Watch};
use crate::recount::{self, Since, had_since, replaced_by};
use crate::reference::{Given, Reference};
use crate::toll;

/// A run, and what was seen of it.
pub(crate) struct Seen<'p> {
    pub(crate) plan: &'p Plan<'p>,
    pub(crate) catalog: &'p Catalog,
    pub(crate) history: &'p History,
    pub(crate) reports: &'p BTreeMap<(CommandId, u32), InstancePatchState>,
    pub(crate) reported: &'p [(SimTime, u32, InstancePatchState)],
    pub(crate) since: &'p Since,
    /// When alarms rejected patches.
    pub(crate) alarms: &'p BTreeMap<usize, SimTime>,
    /// Invocations of each node, by their ends.
    pub(crate) ends: Vec<Vec<(SimTime, CommandId, &'p Invocation)>>,
    /// By class, for each patch all that replace it, directly or through others.
    pub(crate) successors: Vec<BTreeMap<usize, Vec<usize>>>,
}

/// Plays a world and checks what must hold in it.
///
/// # Errors
/// The first thing that does not hold.
pub fn check(config: &ModelConfig) -> Result<(), TestCaseError> {
    let plan = Plan::new(config);
    let luck = Streams::new(SEED, REPLICATION);
    let drawn = plan.shared_catalog.is_none().then(|| plan.catalog(&luck));
    let catalog = plan.shared_catalog.as_ref().or(drawn.as_ref()).unwrap();
    let mut watch = Watch::new(&plan, catalog);
    let record = simulate(&plan, SEED, REPLICATION, &mut watch);
    watch.finish(&record);
    let history = &watch.history;
    let since = had_since(&plan, catalog, history);
    let seen = Seen {
        plan: &plan,
        catalog,
        history,
        reports: &watch.reports,
        reported: &watch.reported,
        since: &since,
        alarms: &history.alarms,
        ends: ends(&plan, history),
        successors: (0..plan.classes.len())
            .map(|class| successors(catalog, class))
            .collect(),
    };
    seen.every_node_has_one_status()?;
    seen.every_end_has_its_cause()?;
    seen.every_part_is_accounted_for()?;
    for (id, command) in &history.commands {
        let own = seen.invocations(*id);
        seen.never_more_in_flight_than_allowed(command, &own)?;
        seen.errors_after_the_stop_were_in_flight(command, &own)?;
        seen.the_cutoff_is_kept(*id, command, &own)?;
    }
    seen.priorities_wait_for_each_other()?;
    seen.skipped_openings_met_an_execution()?;
    seen.candidates_are_approved_available_and_newest()?;
    seen.exactly_what_is_missing_is_installed()?;
    seen.scans_report_what_is_on_the_node()?;
    seen.compliance_over_time_is_that_of_the_last_reports(&record)?;
    seen.true_compliance_over_time_is_that_of_the_nodes(&record)?;
    recount::coverage((&plan, catalog), &record, &since)?;
    recount::fully_patched(&plan, &record, &since)?;
    recount::occupancy(&plan, &record, history)?;
    seen.faults_show_after_installs()?;
    let in_any_order = BTreeMap::new();
    let judge = Reference::new(Given {
        config,
        patches: &catalog.patches,
        ticks: &[],
        shuffled: &in_any_order,
        luck,
    });
    toll::bad_patches((&plan, &judge.flaws), &record, history, &judge.members)?;
    nobody_sees_the_same(&plan, &record)
}

fn ends<'p>(plan: &Plan<'_>, history: &'p History) -> Vec<Vec<(SimTime, CommandId, &'p Invocation)>> {
    let mut ends = vec![Vec::new(); plan.nodes() as usize];
    for ((id, node), known) in &history.invocations {
        if let Some(ended) = known.ended {
            ends[*node as usize].push((ended, *id, known));
        }
    }
    for own in &mut ends {
        own.sort_by_key(|(ended, ..)| *ended);
    }
    ends
}

fn successors(catalog: &Catalog, class: usize) -> BTreeMap<usize, Vec<usize>> {
    let patches = || catalog.classes[class].patches.iter().map(|known| known.patch);
    let mut of: BTreeMap<usize, Vec<usize>> = patches().map(|patch| (patch, Vec::new())).collect();
    for patch in patches() {
        for older in replaced_by(catalog, class, patch) {
            if older != patch {
                of.entry(older).or_default().push(patch);
            }
        }
    }
    of
}

fn is_error(status: InvocationStatus) -> bool {
    matches!(
        status,
        InvocationStatus::Failed | InvocationStatus::ExecutionTimedOut
    )
}

impl Seen<'_> {
    fn invocations(&self, id: CommandId) -> Vec<&Invocation> {
        let own = self.history.invocations.range((id, 0)..=(id, u32::MAX));
        own.map(|(_, known)| known).collect()
    }

    /// What waits for its node holds a slot, or does not where the setting says so.
    fn never_more_in_flight_than_allowed(
        &self,
        command: &CommandHistory,
        own: &[&Invocation],
    ) -> Result<(), TestCaseError> {
        let holds = self.plan.config.settings.offline_holds_slot;
        let from = |known: &Invocation| if holds { known.sent } else { known.began };
        for at in own.iter().filter_map(|known| from(known)) {
            let in_flight = own.iter().filter(|known| {
                from(known).is_some_and(|from| from <= at) && known.ended.is_none_or(|ended| ended > at)
            });
            prop_assert!(
                in_flight.count() as u32 <= command.max_concurrency,
                "at {at}: {command:?}"
            );
        }
        Ok(())
    }

    /// Every node that a command targets is there once, with one status, and counted once.
    fn every_node_has_one_status(&self) -> Result<(), TestCaseError> {
        for (id, command) in &self.history.commands {
            let targets = self.plan.targets(*id);
            prop_assert_eq!(command.counts.values().sum::<u32>(), targets.len());
            let nodes: Vec<u32> = self
                .history
                .invocations
                .range((*id, 0)..=(*id, u32::MAX))
                .map(|((_, node), _)| *node)
                .collect();
            if command.started.is_none() {
                prop_assert!(nodes.is_empty());
                continue;
            }
            prop_assert_eq!(nodes, targets.iter().collect::<Vec<u32>>());
            let mut counts = BTreeMap::new();
            for known in self.invocations(*id) {
                *counts.entry(known.status).or_insert(0u32) += 1;
                let sent_before_end = known
                    .sent
                    .zip(known.ended)
                    .is_none_or(|(sent, ended)| sent < ended);
                prop_assert!(sent_before_end);
            }
            prop_assert_eq!(&counts, &command.counts);
        }
        for (id, _) in self.history.invocations.keys() {
            prop_assert!(self.history.commands.contains_key(id), "no record of {id:?}");
        }
        Ok(())
    }

    /// Every part of every task of an execution that is over has a command; every opening that came
    /// has a record.
    fn every_part_is_accounted_for(&self) -> Result<(), TestCaseError> {
        for (window, openings) in self.plan.openings.iter().enumerate() {
            let expected: Vec<usize> = (0..openings.len()).collect();
            let recorded: Vec<usize> = self
                .history
                .windows
                .range((window, 0)..=(window, usize::MAX))
                .map(|((_, opening), _)| *opening)
                .collect();
            prop_assert_eq!(recorded, expected);
        }
        for ((window, opening), execution) in &self.history.windows {
            for (task, status) in execution.tasks.iter().enumerate() {
                let terminal = !matches!(status, TaskStatus::Pending | TaskStatus::InProgress);
                prop_assert_eq!(
                    self.history.tasks.contains_key(&(*window, *opening, task)),
                    terminal
                );
                prop_assert!(terminal || execution.ended.is_none());
                let parts = 0..self.plan.parts(*window, *opening, task);
                let has_command = |part: usize| {
                    let id = CommandId {
                        window: *window,
                        opening: *opening,
                        task,
                        part,
                    };
                    self.history.commands.contains_key(&id)
                };
                prop_assert!(!terminal || parts.clone().all(has_command));
            }
        }
        Ok(())
    }

    /// Errors exceed the limit at the stop and not before; afterwards nothing is sent, so that later
    /// errors come from what was in flight.
    fn errors_after_the_stop_were_in_flight(
        &self,
        command: &CommandHistory,
        own: &[&Invocation],
    ) -> Result<(), TestCaseError> {
        let errors = |happened: &dyn Fn(SimTime) -> bool| {
            let failed = own.iter().filter(|known| is_error(known.status));
            failed.filter(|known| known.ended.is_some_and(happened)).count() as u32
        };
        let Some((at, counted)) = command.stopped else {
            prop_assert!(errors(&|_| true) <= command.max_errors);
            return Ok(());
        };
        prop_assert!(errors(&|ended| ended < at) <= command.max_errors);
        prop_assert_eq!(errors(&|ended| ended <= at), counted);
        prop_assert!(counted > command.max_errors);
        let sends_first = self.plan.config.settings.tie_order == TieOrder::SendsFirst;
        let last = own.iter().filter_map(|known| known.sent).max();
        prop_assert!(last.is_some_and(|sent| sent < at || (sends_first && sent == at)));
        Ok(())
    }

    /// No task starts at or after the cutoff; one that the cutoff cancels sends nothing from then on.
    fn the_cutoff_is_kept(
        &self,
        id: CommandId,
        command: &CommandHistory,
        own: &[&Invocation],
    ) -> Result<(), TestCaseError> {
        let cutoff = self.plan.openings[id.window][id.opening].cutoff;
        let task = self.plan.task(id);
        if id.part == 0 {
            prop_assert!(command.started.is_none_or(|started| started < cutoff));
        }
        if task.cutoff_behavior == CutoffBehavior::CancelTask {
            prop_assert!(
                own.iter()
                    .all(|known| known.sent.is_none_or(|sent| sent < cutoff))
            );
            prop_assert!(command.started.is_none_or(|started| started < cutoff));
        }
        Ok(())
    }

    /// A task starts when all tasks of higher priority are terminal.
    fn priorities_wait_for_each_other(&self) -> Result<(), TestCaseError> {
        for (id, command) in self.history.commands.iter().filter(|(id, _)| id.part == 0) {
            let tasks = &self.plan.window(id.window, id.opening).tasks;
            for (other, task) in tasks.iter().enumerate() {
                if task.priority < tasks[id.task].priority {
                    let ended = self.history.tasks.get(&(id.window, id.opening, other));
                    let in_time =
                        ended.is_some_and(|(at, _)| command.started.is_none_or(|started| *at <= started));
                    prop_assert!(in_time, "task {} before task {other}", id.task);
                }
            }
        }
        Ok(())
    }

    fn skipped_openings_met_an_execution(&self) -> Result<(), TestCaseError> {
        for ((window, opening), skipped) in &self.history.windows {
            let at = self.plan.openings[*window][*opening].opens;
            let earlier = self.history.windows.range((*window, 0)..(*window, *opening));
            let in_progress = earlier
                .filter(|(_, execution)| execution.status != TaskStatus::SkippedOverlapping)
                .any(|(_, execution)| execution.ended.is_none_or(|ended| ended > at));
            prop_assert_eq!(skipped.status == TaskStatus::SkippedOverlapping, in_progress);
        }
        Ok(())
    }

    /// The times at which patches are candidates, worked out patch by patch from the rules of
    /// approval, availability and supersedence.
    fn candidates_are_approved_available_and_newest(&self) -> Result<(), TestCaseError> {
        for (pool, nodes) in self.plan.pool_nodes.iter().enumerate() {
            let class = self.plan.pool_class[pool];
            let applicable: BTreeSet<usize> = (0..self.catalog.patches.len())
                .filter(|patch| self.applies(class, &self.catalog.patches[*patch]))
                .collect();
            // Of changes at one instant the last one counts.
            for now in self.catalog.eras(class).filter(|now| now.from < now.until) {
                let listed: BTreeSet<usize> = now.class.patches.iter().map(|known| known.patch).collect();
                prop_assert_eq!(&listed, &applicable);
                let baseline = self.baseline(nodes.start, now.from);
                for known in &now.class.patches {
                    let expected = self.candidate(class, baseline, known.patch);
                    prop_assert_eq!(
                        known.candidate,
                        expected,
                        "{:?} from {}",
                        self.catalog.patches[known.patch],
                        now.from
                    );
                }
            }
        }
        Ok(())
    }

    /// The baseline in force for a node at an instant.
    pub(crate) fn baseline(&self, node: u32, at: SimTime) -> &PatchBaseline {
        baseline_at(self.plan.config, self.plan.pool_of(node), at)
    }

    /// From when until when a baseline lets a patch be installed.
    fn candidate(&self, class: usize, baseline: &PatchBaseline, patch: usize) -> Option<(SimTime, SimTime)> {
        let approved = self.approved(class, baseline, patch);
        let successors = self.successors[class][&patch].iter();
        let gives_way = successors
            .filter_map(|other| self.takes_over(class, baseline, *other))
            .min();
        let keep = self.plan.config.settings.supersedence == Supersedence::Keep;
        let gives_way = gives_way.filter(|_| !keep);
        let withdrawn = self.withdrawn(patch);
        let until = gives_way
            .into_iter()
            .chain(withdrawn)
            .min()
            .unwrap_or(SimTime::MAX);
        approved.filter(|from| *from < until).map(|from| (from, until))
    }

    /// When the vendor withdraws a patch.
    pub(crate) fn withdrawn(&self, patch: usize) -> Option<SimTime> {
        let flaws = self.catalog.flaws.iter().filter(|flaw| flaw.patch == patch);
        flaws.filter_map(|flaw| flaw.withdrawn_at).min()
    }

    /// Whether an alarm has rejected a patch by an instant. Nobody rejects what the vendor has withdrawn.
    pub(crate) fn is_rejected(&self, patch: usize, at: SimTime) -> bool {
        self.alarms.get(&patch).is_some_and(|alarm| {
            let withdrawn = self.withdrawn(patch).unwrap_or(SimTime::MAX);
            *alarm <= at && *alarm < withdrawn
        })
    }

    /// Whether an invocation reached its node at the instant of an alarm: nodes that are back come first.
    pub(crate) fn comes_before_an_alarm(&self, known: &Invocation) -> bool {
        let mut alarms = self.alarms.values();
        known.began != known.sent && alarms.any(|alarm| known.began == Some(*alarm))
    }

    fn applies(&self, class: usize, patch: &Patch) -> bool {
        let class = &self.plan.classes[class];
        let product = patch.product.is_none() || class.product.is_none() || patch.product == class.product;
        patch.operating_system == class.operating_system && product
    }

    /// From when a patch is both approved and there to be fetched; never if it is rejected.
    fn approved(&self, class: usize, baseline: &PatchBaseline, patch: usize) -> Option<SimTime> {
        let class = &self.plan.classes[class];
        let known = &self.catalog.patches[patch];
        let view = PatchView {
            patch: known,
            node_product: class.product.as_deref(),
        };
        let verdict = evaluate(baseline, view, &self.plan.config.settings);
        let rejected = baseline.rejected_patches.contains(&known.id);
        assert_eq!(rejected, verdict.approval == Err(NotApproved::Rejected));
        verdict
            .approval
            .ok()
            .map(|approval| approval.at.max(known.visible_from()))
    }

    /// When a patch takes the place of those it replaces: on Windows with its release, elsewhere with
    /// its approval.
    fn takes_over(&self, class: usize, baseline: &PatchBaseline, patch: usize) -> Option<SimTime> {
        match self.plan.classes[class].operating_system.family() {
            Family::Windows => Some(self.catalog.patches[patch].visible_from()),
            _ => self.approved(class, baseline, patch),
        }
    }

    /// An invocation finds missing what is a candidate and not on its node: on Windows judged at the
    /// window's opening, elsewhere when it is sent. It installs all of that or nothing.
    fn exactly_what_is_missing_is_installed(&self) -> Result<(), TestCaseError> {
        for ((id, node), known) in &self.history.invocations {
            let Some(sent) = known.sent else {
                prop_assert!(known.installed.is_empty() && !known.rebooted);
                continue;
            };
            let class = self.plan.pool_class[self.plan.pool_of(*node)];
            // A node that could not be reached looks again when it is back.
            let looks = known.began.unwrap_or(sent);
            let judged = self.judged(class, *id, looks);
            let has = |patch: usize| {
                self.since[*node as usize]
                    .get(&patch)
                    .is_some_and(|at| *at <= looks)
            };
            let task = self.plan.task(*id);
            let known_here = self.catalog.classes[class].patches.iter();
            let mut missing: Vec<usize> = known_here
                .map(|known| known.patch)
                .filter(|patch| self.is_wanted(*id, (*node, class), *patch, judged))
                .filter(|patch| !has(*patch))
                .collect();
            missing.sort_unstable();
            if !self.comes_before_an_alarm(known) {
                prop_assert_eq!(&known.missing, &missing, "{:?} on node {}", id, node);
            }
            let install = task.operation == Operation::Install;
            // A node that does not come back from its reboot has installed everything.
            let goes_through =
                known.status == InvocationStatus::Success || known.cause == Some(Cause::LostAtReboot);
            if install && goes_through {
                prop_assert_eq!(&known.installed, &known.missing);
            } else {
                // Too many reboots fail a run.
                let rebooted = known.rebooted && known.status == InvocationStatus::Failed;
                prop_assert!(known.installed.is_empty() && (!known.rebooted || rebooted));
            }
        }
        Ok(())
    }

    /// Whether a command would install a patch where it is missing: it is a candidate, it is on the task's
    /// list, or the baseline of the task's override approves it (section 7.4). Editing a baseline touches no
    /// execution that is under way.
    fn is_wanted(&self, id: CommandId, (node, class): (u32, usize), patch: usize, judged: SimTime) -> bool {
        let (config, task) = (self.plan.config, self.plan.task(id));
        let os = self.plan.classes[class].operating_system;
        let keep = config.settings.supersedence == Supersedence::Keep;
        let mut baselines = task
            .overrides
            .baselines
            .iter()
            .map(|index| &config.baselines[*index]);
        let of_system = baselines.find(|baseline| baseline.operating_system == os);
        match (&task.overrides.install_list, of_system) {
            (Some(list), None)
                if task.overrides.baselines.is_empty() && task.operation == Operation::Install =>
            {
                let seen = |patch: usize| self.catalog.patches[patch].visible_from() <= judged;
                let stays = keep || os.family() != Family::Windows;
                let mut successors = self.successors[class][&patch].iter();
                list.contains(&self.catalog.patches[patch].id)
                    && seen(patch)
                    && self.withdrawn(patch).is_none_or(|at| judged < at)
                    && (stays || !successors.any(|other| seen(*other)))
            }
            (own_list, of_system) => {
                let opened = self.plan.openings[id.window][id.opening].opens;
                let instead = of_system.filter(|_| own_list.is_none());
                let baseline = instead.unwrap_or_else(|| self.baseline(node, opened));
                let candidate = self.candidate(class, baseline, patch);
                let offered = candidate.is_some_and(|(from, until)| from <= judged && judged < until);
                offered && !self.is_rejected(patch, judged)
            }
        }
    }

    pub(crate) fn judged(&self, class: usize, id: CommandId, sent: SimTime) -> SimTime {
        match self.plan.classes[class].operating_system.family() {
            Family::Windows if self.plan.window(id.window, id.opening).surface.shares_snapshot() => {
                self.plan.openings[id.window][id.opening].opens
            }
            _ => sent,
        }
    }
}
