//! What CANCEL_TASK does to invocations that are on their nodes. Semantics, section 4.5.

use patchbench_kernel::{SimTime, StreamKey};

use super::cause::Cause;
use super::command::Command;
use super::draws::happens;
use super::invocation::Job;
use super::observe::Observer;
use super::purpose::Purpose;
use super::site::Site;
use crate::ssm::InvocationStatus;

impl<'p> Command<'p> {
    /// Stops running invocations, each with the probability that the setting gives. The others end as
    /// they would have.
    pub(super) fn kill_running(&mut self, site: &mut Site<'p>, at: SimTime, observer: &mut impl Observer) {
        let probability = site.plan.config.settings.cancel_kills_running;
        if probability == 0.0 {
            return;
        }
        let id = self.record.id;
        let mut luck = site.luck.generator(StreamKey {
            purpose: Purpose::Kill as u32,
            entity: id.stream_entity(),
            attempt: id.opening as u32,
        });
        let mut spared = Vec::new();
        while let Some((slot, key)) = self.slots.peek() {
            let job = self.job(slot);
            luck.at_word(u64::from(job.node));
            if happens(luck.next_u32(), probability) {
                self.errors_ahead -= u32::from(job.status.is_error());
                self.end_cancelled(site, slot, at, observer);
            } else {
                self.slots.clear(slot);
                spared.push((slot, key));
            }
        }
        for (slot, key) in spared {
            self.slots.set(slot, key);
        }
    }

    /// An invocation ends now because the command was cancelled.
    pub(super) fn end_cancelled(
        &mut self,
        site: &mut Site<'p>,
        slot: u32,
        at: SimTime,
        observer: &mut impl Observer,
    ) {
        let job = Job {
            status: InvocationStatus::Cancelled,
            cause: Some(Cause::CutOff),
            reboots: false,
            strands: false,
            fault: None,
            ..self.job(slot)
        };
        self.set_job(slot, job);
        self.end(site, slot, at, observer);
        self.slots.clear(slot);
    }
}
