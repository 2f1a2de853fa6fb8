//! What happens when an invocation ends: to its slot, its node, the report of it and the command.
//! Semantics, sections 6.4, 6.6 and 7.2.

use patchbench_kernel::SimTime;

use super::command::Command;
use super::faults::settle_suspects;
use super::invocation::Job;
use super::levels::{Outcome, ReportId};
use super::observe::{Fact, Observer, observer_fact};
use super::site::Site;
use crate::config::{Operation, RebootOption};
use crate::ssm::InvocationStatus;

impl<'p> Command<'p> {
    /// A slot whose time has come is idle, unless the next invocation, or a longer wait, has taken it.
    #[inline]
    pub(super) fn clear_unless_taken(&mut self, slot: u32, key: u64) {
        if self.slots.key(slot) == Some(key) {
            self.slots.clear(slot);
        }
    }

    /// What the slot that frees next waits for happens; the slot queue is for the caller.
    pub(super) fn complete(
        &mut self,
        site: &mut Site<'p>,
        slot: u32,
        at: SimTime,
        observer: &mut impl Observer,
    ) {
        let status = self.job(slot).status;
        if status == InvocationStatus::Pending {
            self.reached(site, slot, at, observer);
            return;
        }
        let error = u32::from(status.is_error());
        self.errors_new += error;
        self.errors_ahead -= error;
        self.end(site, slot, at, observer);
    }

    /// An invocation has ended. Its slot may be taken again at once, so that the slot queue is for the
    /// caller.
    pub(super) fn end(&mut self, site: &mut Site<'p>, slot: u32, at: SimTime, observer: &mut impl Observer) {
        let job = self.job(slot);
        if job.status == InvocationStatus::DeliveryTimedOut {
            self.forget_undelivered(site, slot);
        }
        self.free.push(slot);
        self.outstanding -= 1;
        self.record.counts.remove(InvocationStatus::Pending, 1);
        match job.status {
            InvocationStatus::Cancelled => self.record.counts.add_killed(),
            status => self.record.counts.add(status, 1),
        }
        self.occupancy.note(at, -1);
        site.locks.release(self.record.id, &job, at);
        self.apply(site, &job, at, observer);
        self.record.ended = Some(at);
    }

    /// What the end of an invocation does to its node and to the report of it.
    fn apply(&mut self, site: &mut Site<'p>, job: &Job, at: SimTime, observer: &mut impl Observer) {
        let class = job.class as usize;
        let done = job.status == InvocationStatus::Success;
        let outcome = self.report_of(job);
        self.change_node(site, (job, outcome), at);
        let report = outcome.map(|outcome| {
            let report = &site.report(class, job.transition, outcome).state;
            self.record.compliant += u32::from(report.compliant());
            self.record.non_compliant += u32::from(!report.compliant());
            self.record.reported_missing += u64::from(report.missing + report.failed);
            report
        });
        let change = site.transition(class, job.transition);
        let installed: &[u32] = if (done || job.strands) && job.installs {
            &change.missing
        } else {
            &[]
        };
        self.record.installed += installed.len() as u64;
        self.record.rebooted += u32::from(job.reboots);
        observer_fact(observer, at, || Fact::Ended {
            command: self.record.id,
            node: job.node,
            sent: job.sent,
            status: job.status,
            cause: job.cause,
            installed,
            rebooted: job.reboots,
            report,
        });
        if change.is_suspect() {
            settle_suspects(site, *job, at, observer);
        }
    }

    /// What the node has installed afterwards, and what it reports: that the operation had an outcome, if
    /// anything.
    fn change_node(&self, site: &mut Site<'p>, (job, outcome): (&Job, Option<Outcome>), at: SimTime) {
        let class = job.class as usize;
        let done = job.status == InvocationStatus::Success;
        let mut level = site.level(job.node, class);
        // A node that does not come back has rebooted by the time it is repaired.
        let changes = job.installs || job.reboots || job.strands;
        if (done || job.strands) && changes {
            let transition = if self.leaves_unrebooted() {
                site.without_reboot(class, job.transition)
            } else {
                job.transition
            };
            let rebooted = job.reboots || job.strands;
            level = site.install(level, (class, transition), rebooted, at);
        }
        if job.reboots && !done {
            level = site.rebooted(level, (class, job.transition), at);
        }
        let report = outcome.map(|outcome| ReportId::new(job.transition, outcome));
        if let Some(report) = report {
            site.foreseen(class, report);
        }
        site.settle(job.node, class, level, report);
    }

    /// How the operation went that the node reports, if it reports any. A failed install says what it
    /// could not install; a failed scan has found nothing out. Under a baseline override nothing is
    /// uploaded.
    fn report_of(&self, job: &Job) -> Option<Outcome> {
        let done = job.status == InvocationStatus::Success;
        let reports = done || (job.status == InvocationStatus::Failed && job.installs);
        if !reports || self.uploads_nothing() {
            return None;
        }
        let changes = job.installs || job.reboots || job.strands;
        Some(match (changes, done) {
            (true, true) if self.leaves_unrebooted() => Outcome::PendingReboot,
            (true, true) => Outcome::Installed,
            (true, false) => Outcome::Failed,
            (false, _) => Outcome::Scanned,
        })
    }

    /// Installs end with their reboots, nodes report, and it is their own baseline that says what is missing.
    pub(super) fn ends_as_usual(&self) -> bool {
        let reboots = self.task.operation == Operation::Scan || !self.leaves_unrebooted();
        reboots && self.overrides.is_none() && !self.uploads_nothing()
    }

    fn leaves_unrebooted(&self) -> bool {
        self.task.reboot_option == RebootOption::NoReboot
    }

    fn uploads_nothing(&self) -> bool {
        !self.task.overrides.baselines.is_empty()
    }
}
