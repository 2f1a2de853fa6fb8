//! Advisories that become installable in batches.

use patchbench_kernel::{Distribution, SimDuration, SimTime, Streams};

use super::advisory::{Advisory, AdvisoryTemplate, DayCounter, whole_minute};
use super::counts::poisson_count;
use super::renewal::{Clock, item_key};
use super::{ByYear, Patch, WeightedName};

/// Repositories that are released as a whole: a batch every so often, of a Poisson number of
/// advisories. They are dated some days before the batch that makes them installable, and some are
/// edited later, which restarts the approval delay (Semantics, section 2.5).
#[derive(Clone, Debug, PartialEq)]
pub struct BatchStream {
    /// Name of the stream in the scenario; ids begin with it.
    pub name: String,
    /// What the advisories have in common.
    pub advisories: AdvisoryTemplate,
    /// Days on which batches happen, Monday to Sunday, not all false; what falls on another day
    /// waits for the next.
    pub release_days: [bool; 7],
    /// Mean time between batches, positive.
    pub gap: SimDuration,
    /// Shape of the gaps, which are gamma: their standard deviation is the mean over its root.
    pub shape: f64,
    /// Time from the date of the advisories to their batch.
    pub lag: Distribution,
    /// Later edits.
    pub revision: Option<Revision>,
    /// Figures by year.
    pub figures: ByYear<BatchFigures>,
    /// First instant of the stream: batches from here on.
    pub from: SimTime,
    /// End of the stream, exclusive.
    pub until: SimTime,
}

/// What of a stream of batches changes with the year.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchFigures {
    /// Mean number of advisories in 30 days.
    pub per_month: f64,
    /// Severities with weights; empty where the system has none.
    pub severity: Vec<WeightedName>,
}

/// Edits of advisories after their issue; those of a batch are made together.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// Probability that an advisory is edited, in [0, 1].
    pub probability: f64,
    /// Time from issue to edit.
    pub delay: Distribution,
}

impl BatchStream {
    /// How many patches are to be expected.
    pub(super) fn expected(&self) -> f64 {
        let per_day = |figures: &BatchFigures| figures.per_month / 30.0;
        self.figures.total(self.from, self.until, per_day) * self.advisories.copies()
    }

    /// The patches of one replication.
    pub(super) fn generate(&self, number: usize, luck: &Streams, patches: &mut Vec<Patch>) {
        let rate = 1.0 / self.gap.as_days_f64();
        let clock = Clock {
            number,
            from: self.from,
            until: self.until,
            release_days: self.release_days,
        };
        let mut counter = DayCounter::default();
        let batches = clock.releases(luck, |_| (rate, self.shape));
        for (index, at) in batches.enumerate() {
            self.batch(at, (number, index), luck, &mut counter, patches);
        }
    }

    fn batch(
        &self,
        at: SimTime,
        (number, index): (usize, usize),
        luck: &Streams,
        counter: &mut DayCounter,
        patches: &mut Vec<Patch>,
    ) {
        let mut luck = luck.generator(item_key(number, index));
        let figures = self.figures.at_time(at);
        let issued = whole_minute(at.saturating_sub(self.lag.sample(&mut luck)));
        let edited = self.revision.as_ref().map(|revision| {
            let delay = revision.delay.sample(&mut luck);
            (revision.probability, whole_minute(issued.saturating_add(delay)))
        });
        let size = poisson_count(figures.per_month / 30.0 * self.gap.as_days_f64(), &mut luck);
        for _ in 0..size {
            let (id, title) = counter.next(&self.name, at);
            let labels = self.advisories.labels(&figures.severity, &mut luck);
            let u = luck.unit_f64();
            let advisory = Advisory {
                id,
                title,
                released_at: issued,
                updated_at: edited.filter(|(share, _)| u < *share).map(|(_, edited)| edited),
                available_at: Some(at),
                labels,
                supersedes: Vec::new(),
            };
            self.advisories.write(advisory, patches);
        }
    }
}
