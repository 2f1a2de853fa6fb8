//! How invocations end, and what shows on their nodes: each end has one cause, and each symptom an install.

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::ssm::InvocationStatus as Status;
use patchbench_model::world::{Cause, CommandId};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::conservation::Seen;

impl Seen<'_> {
    /// What is no success says why, and ends when and as that asks for.
    pub(crate) fn every_end_has_its_cause(&self) -> Result<(), TestCaseError> {
        for ((id, node), known) in &self.history.invocations {
            let (Some(sent), Some(ended)) = (known.sent, known.ended) else {
                prop_assert_eq!(known.cause, None);
                continue;
            };
            let task = self.plan.task(*id);
            let after = |from: Option<SimTime>, seconds: u32| {
                let lasts = SimDuration::from_secs(i64::from(seconds));
                from.map(|from| from + lasts) == Some(ended)
            };
            let Some(cause) = known.cause else {
                prop_assert_eq!(known.status, Status::Success);
                continue;
            };
            let shown = self.history.symptoms.keys();
            let mut shown = shown.filter(|(at, on, _)| (at, on) == (&ended, node));
            let holds = match cause {
                Cause::Scripted => known.status != Status::Success,
                Cause::Unreachable => {
                    let timed_out = known.status == Status::DeliveryTimedOut;
                    timed_out && known.began.is_none() && after(Some(sent), task.timeout_seconds)
                }
                Cause::CutOff => known.status == Status::Cancelled,
                Cause::StepTimeout | Cause::LostAtReboot => {
                    let in_vain = cause == Cause::StepTimeout && known.installed.is_empty();
                    let timed_out = known.status == Status::ExecutionTimedOut;
                    timed_out
                        && after(known.began, task.step_timeout_seconds)
                        && (in_vain || shown.next().is_some())
                }
                Cause::BadPatch => known.status == Status::Failed && shown.next().is_some(),
                _ => known.status == Status::Failed && known.installed.is_empty(),
            };
            prop_assert!(holds, "{:?} on node {}: {:?}", id, node, known);
        }
        Ok(())
    }

    /// A fault that takes a node shows when the node is lost at its reboot, or after it has installed the
    /// patch; another one when an install fails for it. No node is reached while it is down.
    pub(crate) fn faults_show_after_installs(&self) -> Result<(), TestCaseError> {
        for ((at, node, patch), until) in &self.history.symptoms {
            let own = || self.history.invocations.iter().filter(|((_, on), _)| on == node);
            let shows = own().any(|(_, known)| match until {
                None => known.cause == Some(Cause::BadPatch) && known.ended == Some(*at),
                Some(_) => known.installed.contains(patch) && known.ended.is_some_and(|ended| ended <= *at),
            });
            let at_reboot =
                own().any(|(_, known)| known.cause == Some(Cause::LostAtReboot) && known.ended == Some(*at));
            prop_assert!(shows || at_reboot, "patch {} on node {} at {}", patch, node, at);
            let is_down = |began: SimTime| until.is_some_and(|until| *at < began && began < until);
            let reached = own().filter(|((id, node), _)| !self.is_scripted(*id, *node));
            let mut began = reached.filter_map(|(_, known)| {
                // What was back once waits for nothing but a slot.
                let waits = !self.plan.config.settings.offline_holds_slot && known.began != known.sent;
                known.began.filter(|_| !waits)
            });
            prop_assert!(!began.any(is_down), "node {} is down from {}", node, at);
        }
        Ok(())
    }

    fn is_scripted(&self, id: CommandId, node: u32) -> bool {
        let day = self.plan.openings[id.window][id.opening].day;
        self.plan.config.outcomes.iter().any(|outcome| {
            outcome.node == node
                && outcome.window.is_none_or(|window| window == id.window)
                && outcome.task.is_none_or(|task| task == id.task)
                && outcome.on.is_none_or(|on| on == day)
        })
    }
}
