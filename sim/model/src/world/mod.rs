//! The world at play: one replication from start to horizon.
//!
//! Two levels. An agenda holds the coarse events (windows opening, cutoffs, samples); commands are
//! loops over their slots and run on their own until somebody else's next event. At an instant at
//! which several things happen, completions come first, then the agenda in the order of its
//! phases, then the sends (Semantics, section 6.4).

mod ages;
mod catalog;
mod cause;
mod class_view;
mod cohorts;
mod command;
mod course;
mod coverage;
mod delivery;
mod draws;
mod ending;
mod epochs;
mod event;
mod faults;
mod foresight;
mod health;
mod invocation;
mod killing;
mod levels;
mod locks;
mod membership;
mod observe;
mod occupancy;
mod overrides;
mod patch_sets;
mod plan;
mod purpose;
mod ramp;
mod reboots;
mod record;
mod runs;
mod send_order;
mod sending;
mod site;
mod snapshot;
mod standing;
mod steady;
mod toll;
mod versions;
mod window;

use std::borrow::Cow;
use std::collections::VecDeque;

use patchbench_kernel::{Agenda, Fingerprint, SimTime, Streams};

pub use catalog::{Catalog, ClassCatalog, ClassPatch, NotApplicable, Withdrawal, WithdrawnBy, applies};
pub use cause::Cause;
pub use course::Course;
pub use epochs::{ClassChange, Era, InForce};
pub use health::Spell;
pub use observe::{CommandId, Fact, Nobody, Observer};
pub use overrides::OverriddenClass;
pub use plan::{COVERAGE_SAMPLES, Class, Group, OCCUPANCY_STEP_MINUTES, Opening, Plan};
pub use purpose::Purpose;
pub use record::{
    BadPatchRecord, COVERAGE_PERCENTS, CommandRecord, ComplianceCounts, ComplianceSample, CoverageRecord,
    Measure, RunRecord, Standing, Swing, WindowRecord, nodes_at,
};
pub use snapshot::MOST_OVERRIDES;
pub use versions::WindowVersion;

use crate::fleet::AlarmAction;
use command::Command;
use event::Event;
use site::Site;
use standing::Watch;
use window::WindowExecution;

/// Compliance is recorded in full at every so manieth sample.
pub const COMPLIANCE_EVERY: usize = 4;

/// Plays one replication of a plan. `replication` and the seed decide every draw.
pub fn simulate(plan: &Plan<'_>, seed: u64, replication: u64, observer: &mut impl Observer) -> RunRecord {
    let luck = Streams::new(seed, replication);
    let catalog = match &plan.shared_catalog {
        Some(shared) => Cow::Borrowed(shared),
        None => Cow::Owned(plan.catalog(&luck)),
    };
    World::new(plan, catalog, luck).run(observer)
}

struct World<'p> {
    site: Site<'p>,
    agenda: Agenda<Event>,
    /// What listeners are told of patches. It has no place on the agenda: whether somebody listens
    /// must not show in the order of events, nor in the fingerprint.
    news: VecDeque<(SimTime, Fact<'static>)>,
    windows: Vec<WindowExecution>,
    /// Commands in progress, by identifier.
    commands: Vec<(CommandId, Command<'p>)>,
    fingerprint: Fingerprint,
    record: RunRecord,
    occupancy: Vec<Vec<i32>>,
    watch: Watch,
}

impl<'p> World<'p> {
    fn new(plan: &'p Plan<'p>, catalog: Cow<'p, Catalog>, luck: Streams) -> Self {
        let record = RunRecord {
            standings: vec![Course::default(); plan.groups.len()],
            swings: vec![Vec::new(); plan.groups.len()],
            ..RunRecord::default()
        };
        Self {
            site: Site::new(plan, catalog, luck),
            agenda: Agenda::new(),
            news: VecDeque::new(),
            windows: Vec::new(),
            commands: Vec::new(),
            fingerprint: Fingerprint::new(),
            record,
            watch: Watch::new(plan),
            occupancy: vec![Vec::new(); plan.config.windows.len()],
        }
    }

    /// The loop: whoever has the next event acts, until the horizon.
    fn run(mut self, observer: &mut impl Observer) -> RunRecord {
        self.schedule_first_events(observer);
        let horizon = self.site.plan.config.horizon;
        while let Some(at) = self.next_instant().filter(|at| *at <= horizon) {
            if self.next_coarse() == Some(at) || self.is_shared(at) {
                self.instant(at, observer);
            } else {
                self.advance_first(observer);
            }
            self.put_on_agenda();
        }
        self.finish(observer)
    }

    /// What commands brought about takes its place among the coarse events.
    fn put_on_agenda(&mut self) {
        for (at, event) in self.site.planned.drain(..) {
            self.agenda.push(at, event);
        }
    }

    fn next_instant(&self) -> Option<SimTime> {
        let slots = self
            .commands
            .iter()
            .filter_map(|(_, command)| command.next_completion());
        slots.chain(self.next_coarse()).min()
    }

    /// When something happens apart from the commands.
    fn next_coarse(&self) -> Option<SimTime> {
        let news = self.news.front().map(|(at, _)| *at);
        self.agenda.peek_time().into_iter().chain(news).min()
    }

    /// Whether more than one command has a completion at this instant.
    fn is_shared(&self, at: SimTime) -> bool {
        self.commands
            .iter()
            .filter(|(_, command)| command.next_completion() == Some(at))
            .count()
            > 1
    }

    /// The command with the next completion runs alone until somebody else's next event.
    fn advance_first(&mut self, observer: &mut impl Observer) {
        let next = |command: &Command<'_>| command.next_completion().unwrap_or(SimTime::MAX);
        let Some(first) = (0..self.commands.len()).min_by_key(|index| next(&self.commands[*index].1)) else {
            return;
        };
        let others = self
            .commands
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != first);
        let rival = others.map(|(_, (_, command))| next(command)).min();
        let horizon = self
            .site
            .plan
            .config
            .horizon
            .saturating_add(patchbench_kernel::SimDuration::from_millis(1));
        let limit = rival
            .into_iter()
            .chain(self.next_coarse())
            .fold(horizon, SimTime::min);
        let (_, command) = &mut self.commands[first];
        command.advance(&mut self.site, limit, observer);
        if command.is_finished() {
            let at = command.last_end();
            self.progress(at, observer);
        }
    }

    /// Everything that happens at one instant: completions, news, agenda, stop decisions and sends.
    fn instant(&mut self, at: SimTime, observer: &mut impl Observer) {
        for (_, command) in &mut self.commands {
            command.complete_at(&mut self.site, at, observer);
        }
        while let Some((_, fact)) = self.news.pop_front_if(|(told, _)| *told == at) {
            observer.fact(at, fact);
        }
        let mut settled = false;
        while self.agenda.peek_time() == Some(at) {
            let Some(entry) = self.agenda.pop() else { break };
            self.fingerprint.absorb(&entry);
            if matches!(entry.event, Event::WindowOpens { .. }) && !settled {
                // An execution whose last invocation ends at this instant is over before the tick.
                self.settle(at, observer);
                settled = true;
            }
            self.handle(at, entry.event, observer);
        }
        self.settle(at, observer);
    }

    /// Stop decisions and sends, then what ends and what starts by them.
    fn settle(&mut self, at: SimTime, observer: &mut impl Observer) {
        for (_, command) in &mut self.commands {
            command.dispatch(&mut self.site, at, observer);
        }
        self.progress(at, observer);
    }

    fn handle(&mut self, at: SimTime, event: Event, observer: &mut impl Observer) {
        match event {
            Event::Symptom { node, patch } => self.latent_fault(at, node, patch, observer),
            Event::Alarm { patch } => self.alarm(at, patch, observer),
            Event::Cutoff { window, opening } => self.cutoff(at, window, opening, observer),
            Event::WindowOpens { window, opening } => self.open_window(at, window, opening, observer),
            Event::Sample { index } => self.sample(at, index),
        }
    }

    /// A latent fault shows, unless a successor repaired the node in the meantime.
    fn latent_fault(&mut self, at: SimTime, node: u32, patch: usize, observer: &mut impl Observer) {
        if !self.site.has_repair(node, patch) {
            let shown = faults::Installed { node, patch, at };
            self.site.symptom(shown, true, observer);
        }
    }

    fn alarm(&mut self, at: SimTime, patch: usize, observer: &mut impl Observer) {
        self.site.alarm(patch, at, observer);
        for (_, command) in &mut self.commands {
            command.foresight.forget();
        }
        self.watch.forget();
        // No baseline approves it from now on, whatever had been foreseen.
        let of_it = |fact: &Fact<'_>| {
            let (Fact::Approved { patch: known, .. } | Fact::ApprovalEnded { patch: known, .. }) = fact
            else {
                return false;
            };
            *known == patch
        };
        self.news.retain(|(_, fact)| !of_it(fact));
        let monitoring = self.site.plan.config.faults.monitoring.as_ref();
        if monitoring.is_some_and(|watch| watch.action == AlarmAction::RejectAndCancel) {
            self.cancel_installs_of(patch, at, observer);
        }
    }

    fn sample(&mut self, at: SimTime, index: usize) {
        let plan = self.site.plan;
        self.sample_standings(at, index);
        if index.is_multiple_of(COMPLIANCE_EVERY) {
            let groups = self.sample_compliance(at, index);
            self.record.compliance.push(groups);
        }
        if let Some(next) = plan.samples.get(index + 1) {
            self.agenda.push(*next, Event::Sample { index: index + 1 });
        }
    }

    /// The compliance of all groups at a sample, after their standing.
    fn sample_compliance(&mut self, at: SimTime, index: usize) -> Vec<ComplianceSample> {
        let known = self.record.compliance.last();
        let last = index.saturating_sub(COMPLIANCE_EVERY);
        let group = |(group, since): (usize, &usize)| {
            let still = known.filter(|_| *since <= last);
            still.map_or_else(ComplianceSample::default, |known| known[group])
        };
        let since = &self.watch.stands_since;
        let mut groups: Vec<ComplianceSample> = since.iter().enumerate().map(group).collect();
        for (class, known) in self.site.plan.classes.iter().enumerate() {
            if self.watch.stands_since[known.group] > last || index == 0 {
                self.site.add_compliance(class, at, &mut groups[known.group]);
            }
        }
        groups
    }

    fn schedule_first_events<O: Observer>(&mut self, _: &O) {
        let plan = self.site.plan;
        for (window, openings) in plan.openings.iter().enumerate() {
            if let Some(first) = openings.first() {
                self.agenda
                    .push(first.opens, Event::WindowOpens { window, opening: 0 });
            }
        }
        if let Some(first) = plan.samples.first() {
            self.agenda.push(*first, Event::Sample { index: 0 });
        }
        if O::LISTENS {
            self.news = event::news(plan, &self.site.catalog);
        }
    }

    /// What is unfinished at the horizon is recorded as it stands.
    fn finish(mut self, observer: &mut impl Observer) -> RunRecord {
        let horizon = self.site.plan.config.horizon;
        for (_, command) in std::mem::take(&mut self.commands) {
            let finished = command.finish(&self.site, horizon, observer);
            self.keep(finished);
        }
        for execution in std::mem::take(&mut self.windows) {
            self.record.windows.push(execution.at_horizon());
        }
        self.site.coverage.book(&self.site.levels);
        for record in &self.record.commands {
            self.fingerprint
                .absorb_word(record.started.map_or(0, |at| at.millis() as u64));
            self.fingerprint
                .absorb_word(record.ended.map_or(0, |at| at.millis() as u64));
            self.fingerprint
                .absorb_word(u64::from(record.counts.errors()) << 32 | u64::from(record.counts.sent()));
        }
        self.record.fingerprint = self.fingerprint.value();
        self.record.bad_patches = self.site.bad_patch_records();
        self.record.coverage = self.site.coverage.close(horizon);
        if let Cow::Owned(catalog) = self.site.catalog {
            self.record.catalog = Some(catalog);
        }
        self.record.occupancy = self.occupancy.iter().map(|changes| levels_of(changes)).collect();
        self.record
    }

    fn keep(&mut self, finished: command::Finished) {
        let sums = &mut self.occupancy[finished.record.id.window];
        if sums.len() < finished.occupancy.len() {
            sums.resize(finished.occupancy.len(), 0);
        }
        for (sum, change) in sums.iter_mut().zip(&finished.occupancy) {
            *sum += change;
        }
        self.record.commands.push(finished.record);
    }
}

fn levels_of(changes: &[i32]) -> Vec<u32> {
    let mut level = 0;
    let running = changes.iter().map(|change| {
        level += change;
        level.max(0) as u32
    });
    running.collect()
}
