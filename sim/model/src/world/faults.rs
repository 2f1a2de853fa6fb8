//! What bad patches do to nodes, and who notices.

use std::collections::BTreeSet;

use patchbench_kernel::{SimDuration, SimTime, StreamKey};

use super::catalog::{ClassPatch, Withdrawal, WithdrawnBy};
use super::cause::Cause;
use super::event::Event;
use super::invocation::Job;
use super::membership::Members;
use super::observe::{Fact, Observer, observer_fact};
use super::purpose::Purpose;
use super::record::BadPatchRecord;
use super::site::Site;
use super::toll::{Reach, Toll};
use crate::catalog::{Flaw, Symptom, patch_entity};
use crate::ssm::InvocationStatus;

/// Words of its stream that a node owns: whether it breaks, whether that is noticed, and times.
const WORDS: u64 = 64;

/// What is known of the bad patches of a replication.
#[derive(Debug)]
pub(super) struct Faults {
    toll: Toll,
    /// Patches about which an alarm is under way or has been raised.
    alarmed: BTreeSet<usize>,
}

/// The fault that a node would meet with an install.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Index of the patch in the catalogue.
    pub(super) patch: u32,
    pub(super) symptom: Symptom,
}

impl Faults {
    pub(super) fn new(flaws: &[Flaw], nodes: u32) -> Self {
        Self {
            toll: Toll::new(flaws, nodes),
            alarmed: BTreeSet::new(),
        }
    }
}

/// A node installs a suspect patch: when, and which.
#[derive(Clone, Copy, Debug)]
pub(super) struct Installed {
    pub(super) node: u32,
    /// Index of the patch in the catalogue.
    pub(super) patch: usize,
    pub(super) at: SimTime,
}

impl Site<'_> {
    /// The fault that decides how an install goes on a node: a failing install before a failing reboot
    /// before a latent fault. What waits for a reboot (of `class`, like the `missing`) can only keep the
    /// node from coming back from it.
    pub(super) fn fault_of(
        &self,
        (node, class): (u32, usize),
        missing: &[u32],
        waiting: &[u32],
    ) -> Option<Fault> {
        let at_reboot = self
            .faults_of(node, class, waiting)
            .filter(|fault| fault.symptom == Symptom::Reboot);
        self.faults_of(node, class, missing)
            .chain(at_reboot)
            .min_by_key(|fault| (fault.symptom, fault.patch))
    }

    /// What patches (of a class) do to a node.
    fn faults_of<'s>(
        &'s self,
        node: u32,
        class: usize,
        suspects: &'s [u32],
    ) -> impl Iterator<Item = Fault> + 's {
        self.patches_of(class, suspects)
            .flat_map(|patch| self.catalog.flaws_of(patch))
            .filter(move |flaw| self.breaks(node, flaw))
            .map(|flaw| Fault {
                patch: flaw.patch as u32,
                symptom: flaw.symptom,
            })
    }

    /// Whether a flawed patch breaks a node.
    fn breaks(&self, node: u32, flaw: &Flaw) -> bool {
        let spared: f64 = flaw
            .breaks
            .iter()
            .filter(|(class, _)| class.is_none_or(|class| self.is_member(node, class)))
            .map(|(_, penetrance)| 1.0 - penetrance)
            .product();
        let mut luck = self.node_luck(node, flaw.patch, flaw.process);
        luck.unit_f64() < 1.0 - spared
    }

    /// The luck of a node with a bad patch.
    fn node_luck(&self, node: u32, patch: usize, process: usize) -> patchbench_kernel::Generator {
        let mut luck = self.luck.generator(StreamKey {
            purpose: Purpose::Break as u32,
            entity: patch_entity(&self.catalog.patches[patch].id),
            attempt: process as u32,
        });
        luck.at_word(WORDS * u64::from(node));
        luck
    }

    /// Patches (indices into the catalogue) of a class.
    pub(super) fn patches_of<'s>(
        &'s self,
        class: usize,
        known: &'s [u32],
    ) -> impl Iterator<Item = usize> + 's {
        let patches = &self.catalog.classes[class].patches;
        known.iter().map(|index| patches[*index as usize].patch)
    }

    /// A node has installed what its transition found missing, with suspects among it: latent faults
    /// begin to wait, unless another command had installed the patch before, and false alarms rise.
    pub(super) fn suspects_installed(&mut self, node: u32, class: usize, transition: u32, at: SimTime) {
        let suspects: Vec<usize> = self
            .patches_of(class, &self.transition(class, transition).suspects)
            .collect();
        for patch in suspects {
            match self.faults.toll.installed(patch, node, at) {
                Some(Reach::New) => self.await_latent(Installed { node, patch, at }),
                None if self.is_watched(node, at) => self.plan_alarm(patch, at),
                Some(Reach::Known) | None => {}
            }
        }
    }

    fn await_latent(&mut self, Installed { node, patch, at }: Installed) {
        let mut waiting = Vec::new();
        for flaw in self.catalog.flaws_of(patch) {
            if flaw.symptom == Symptom::Latent && self.breaks(node, flaw) {
                let mut luck = self.node_luck(node, patch, flaw.process);
                luck.at_word(WORDS * u64::from(node) + WORDS / 4);
                let after = self.plan.config.faults.bad_patches[flaw.process]
                    .latent_after
                    .sample(&mut luck);
                let shows = at.saturating_add(after.max(SimDuration::from_millis(1)));
                waiting.push((shows, Event::Symptom { node, patch }));
            }
        }
        self.planned.extend(waiting);
    }

    /// A fault shows on a node; one that is `down` cannot be reached until it has been repaired.
    pub(super) fn symptom(&mut self, shown: Installed, down: bool, observer: &mut impl Observer) {
        let Installed { node, patch, at } = shown;
        let Some(process) = self.catalog.flaws_of(patch).first().map(|flaw| flaw.process) else {
            return;
        };
        let until = down.then(|| self.down_until(shown, process));
        if let Some(until) = until {
            self.health.breaks(node, until);
        }
        self.faults.toll.shows(patch, node, at);
        observer_fact(observer, at, || Fact::Symptom { node, patch, until });
        if self.is_watched(node, at) && self.is_noticed(node, patch, process) {
            self.plan_alarm(patch, at);
        }
    }

    fn down_until(&self, Installed { node, patch, at }: Installed, process: usize) -> SimTime {
        let mut luck = self.node_luck(node, patch, process);
        luck.at_word(WORDS * u64::from(node) + WORDS / 2);
        let behavior = self.behavior(self.plan.pool_of(node));
        at.saturating_add(behavior.repair_time.sample(&mut luck))
    }

    fn is_watched(&self, node: u32, at: SimTime) -> bool {
        self.plan.config.faults.monitoring.is_some() && self.plan.is_watched(node, at)
    }

    fn is_noticed(&self, node: u32, patch: usize, process: usize) -> bool {
        let mut luck = self.node_luck(node, patch, process);
        luck.at_word(WORDS * u64::from(node) + 2);
        let detection = self
            .plan
            .config
            .faults
            .monitoring
            .as_ref()
            .map_or(0.0, |watch| watch.detection);
        luck.unit_f64() < detection
    }

    fn plan_alarm(&mut self, patch: usize, at: SimTime) {
        let Some(watch) = &self.plan.config.faults.monitoring else {
            return;
        };
        if self.faults.alarmed.insert(patch) {
            let delay = watch.delay.max(SimDuration::from_millis(1));
            self.planned
                .push((at.saturating_add(delay), Event::Alarm { patch }));
        }
    }

    /// Whether a node that installed a flawed patch still has it: a successor has repaired it since.
    pub(super) fn has_repair(&self, node: u32, patch: usize) -> bool {
        let class = self.plan.pool_class[self.plan.pool_of(node)];
        let of_class = &self.catalog.classes[class].patches;
        let Some(own) = of_class.iter().position(|known| known.patch == patch) else {
            return false;
        };
        let repairs =
            |known: &(usize, &ClassPatch)| known.1.patch != patch && known.1.resolves.contains(&(own as u32));
        let mut successors = of_class.iter().enumerate().filter(repairs);
        successors.any(|(index, _)| self.has(node, class, index as u32))
    }

    /// An alarm: the patch is rejected from now on.
    pub(super) fn alarm(&mut self, patch: usize, at: SimTime, observer: &mut impl Observer) {
        let withdrawal = Withdrawal {
            at,
            by: WithdrawnBy::Monitoring,
        };
        self.catalog.to_mut().withdraw(patch, withdrawal);
        self.coverage.withdraw(patch, at);
        self.faults.toll.alarm(patch, at);
        observer_fact(observer, at, || Fact::Alarm { patch });
    }

    /// What became of each bad patch.
    pub(super) fn bad_patch_records(&mut self) -> Vec<BadPatchRecord> {
        let mut records = self.faults.toll.close();
        if records.is_empty() {
            return records;
        }
        let (start, horizon) = (self.plan.config.start, self.plan.config.horizon);
        let mut members = Members::default();
        for (class, known) in self.catalog.classes.iter().enumerate() {
            for (place, known) in known.patches.iter().enumerate() {
                let found = records.binary_search_by_key(&known.patch, |record| record.patch);
                let Ok(found) = found else { continue };
                let record = &mut records[found];
                record.breakable += members.breakable(self, known.patch, class);
                let offered = self.catalog.candidate_periods(class, place);
                let within = |period: &&(SimTime, SimTime)| period.0 <= horizon && period.1 > start;
                let first = offered.iter().find(within).map(|(from, _)| *from);
                record.approved = record.approved.into_iter().chain(first).min();
            }
        }
        records
    }
}

/// What bad patches do when an invocation ends: latent faults begin to wait, and an install that they
/// made fail or a node that they took shows at once.
pub(super) fn settle_suspects(site: &mut Site<'_>, job: Job, at: SimTime, observer: &mut impl Observer) {
    let class = job.class as usize;
    if job.installs && (job.strands || job.status == InvocationStatus::Success) {
        site.suspects_installed(job.node, class, job.transition, at);
    }
    // What failed for another reason says nothing of the patch.
    let shows = job.strands || job.cause == Some(Cause::BadPatch);
    if let Some(fault) = job.fault.filter(|_| shows) {
        let shown = Installed {
            node: job.node,
            patch: fault.patch as usize,
            at,
        };
        site.symptom(shown, job.strands, observer);
    }
}
