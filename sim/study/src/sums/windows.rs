//! How openings of windows end, counted.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use patchbench_kernel::SimTime;
use patchbench_model::clock::to_utc;
use patchbench_model::config::TaskStatus;
use patchbench_model::world::{Opening, Plan, RunRecord};
use serde::{Deserialize, Serialize};

use super::merge_by_key;
use crate::results::WindowResult;

/// Replications by window, opening and final status (its place among [`STATUSES`]).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WindowSums(BTreeMap<(usize, usize), [u64; STATUSES.len()]>);

/// All statuses, in their order.
const STATUSES: [TaskStatus; 7] = [
    TaskStatus::Pending,
    TaskStatus::InProgress,
    TaskStatus::Success,
    TaskStatus::Failed,
    TaskStatus::TimedOut,
    TaskStatus::Cancelled,
    TaskStatus::SkippedOverlapping,
];

impl WindowSums {
    pub(crate) fn push(&mut self, record: &RunRecord) {
        for window in &record.windows {
            let counts = self.0.entry((window.window, window.opening)).or_default();
            counts[window.status as usize] += 1;
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        merge_by_key(&mut self.0, other.0, |own, more| {
            own.iter_mut().zip(more).for_each(|(own, more)| *own += more);
        });
    }

    /// All openings, in order; those that a freeze holds back among them.
    pub(crate) fn finish(&self, plan: &Plan<'_>) -> Vec<WindowResult> {
        let mut results = Vec::new();
        for (window, openings) in plan.openings.iter().enumerate() {
            for (index, opening) in openings.iter().enumerate() {
                let counts = self.0.get(&(window, index)).copied().unwrap_or_default();
                let ended = STATUSES.iter().zip(counts).filter(|(_, count)| *count > 0);
                let statuses = ended.map(|(status, count)| (status.as_str(), count)).collect();
                results.push(result(plan, window, (opening, None), statuses));
            }
            let frozen = plan.frozen[window].iter();
            results
                .extend(frozen.map(|(held, freeze)| result(plan, window, (held, Some(*freeze)), Vec::new())));
        }
        results.sort_by(|a, b| (a.opens, &a.window).cmp(&(b.opens, &b.window)));
        results
    }
}

fn result(
    plan: &Plan<'_>,
    window: usize,
    (opening, frozen_by): (&Opening, Option<usize>),
    statuses: Vec<(&'static str, u64)>,
) -> WindowResult {
    let config = plan.versions[window][opening.version].window;
    let zone = config.schedule.timezone();
    WindowResult {
        window: config.name.clone(),
        surface: config.surface,
        opens: opening.opens,
        cutoff: opening.cutoff,
        closes: opening.closes,
        zone: zone.name().to_owned(),
        local: local(opening.opens, zone),
        frozen_by: frozen_by.map(|freeze| plan.config.freezes[freeze].name.clone()),
        statuses,
        details: config.status_details().filter(|_| frozen_by.is_none()),
    }
}

fn local(at: SimTime, zone: Tz) -> String {
    let local = to_utc(at).with_timezone(&zone);
    local.format("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_stands_at_its_own_place() {
        for (place, status) in STATUSES.into_iter().enumerate() {
            assert_eq!(status as usize, place);
        }
    }
}
