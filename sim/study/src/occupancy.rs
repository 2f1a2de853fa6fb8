//! Invocations in progress after a window opened, over all replications.

use patchbench_model::config::CutoffBehavior;
use patchbench_model::world::{OCCUPANCY_STEP_MINUTES, Plan};
use serde::{Deserialize, Serialize};

use crate::OccupancyCurve;
use crate::counts_over_time::{CountsOverTime, level_key};

/// Invocations in progress in the profiled opening of a window, summed over replications.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OccupancySums {
    /// How many there are at each step.
    levels: CountsOverTime,
    /// Steps of the longest recording.
    steps: u32,
}

impl OccupancySums {
    /// Adds the recording of a replication. What is in progress when it ends goes on; where nothing is
    /// recorded, nothing is in progress.
    pub(crate) fn push(&mut self, recorded: &[u32]) {
        let mut before = None;
        for (step, level) in recorded.iter().enumerate() {
            let now = Some(level_key(*level));
            self.levels.replace(step as u32, before, now);
            before = now;
        }
        if recorded.is_empty() {
            self.levels.change(0, level_key(0), 1);
        }
        self.steps = self.steps.max(recorded.len() as u32);
    }

    /// Adds other replications.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.levels.merge(&other.levels);
        self.steps = self.steps.max(other.steps);
    }

    /// What they say of a window with this limit; nothing where nothing was recorded.
    pub(crate) fn curve(
        &self,
        plan: &Plan<'_>,
        window: usize,
        limit: impl Fn(usize) -> u32,
    ) -> Option<OccupancyCurve> {
        let profiled = plan.profiled[window];
        let opening = plan.openings[window].get(profiled).filter(|_| self.steps > 0)?;
        let mut levels = self.levels.running();
        let band = |step: u32| {
            levels.go_on(step);
            levels.spread().map_or([0.0; 3], |levels| levels.band)
        };
        let bands: Vec<[f64; 3]> = (0..self.steps).map(band).collect();
        let tasks = &plan.window(window, profiled).tasks;
        Some(OccupancyCurve {
            window: plan.config.windows[window].name.clone(),
            opens: opening.opens,
            cutoff: opening.cutoff,
            closes: opening.closes,
            max_concurrency: limit(window),
            continues: tasks
                .iter()
                .any(|task| task.cutoff_behavior == CutoffBehavior::ContinueTask),
            step_minutes: OCCUPANCY_STEP_MINUTES,
            p05: bands.iter().map(|band| band[0]).collect(),
            p50: bands.iter().map(|band| band[1]).collect(),
            p95: bands.iter().map(|band| band[2]).collect(),
        })
    }
}
