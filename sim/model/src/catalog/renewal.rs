//! A renewal process of advisories: more regular, or more clustered, than chance alone.

use chrono::Datelike;
use patchbench_kernel::{Distribution, Generator, SimDuration, SimTime, StreamKey, Streams, round_ms};

use super::advisory::{Advisory, AdvisoryTemplate, DayCounter, whole_minute};
use super::by_year::next_year;
use super::{ByYear, Patch, WeightedName};
use crate::clock::to_utc;
use crate::world::Purpose;

/// Single advisories with gamma-distributed gaps.
#[derive(Clone, Debug, PartialEq)]
pub struct RenewalStream {
    /// Name of the stream in the scenario; ids begin with it.
    pub name: String,
    /// What the advisories have in common.
    pub advisories: AdvisoryTemplate,
    /// Days on which releases happen, Monday to Sunday, not all false; what falls on another day
    /// waits for the next.
    pub release_days: [bool; 7],
    /// Figures by year.
    pub figures: ByYear<RenewalFigures>,
    /// Whether each advisory replaces the one before.
    pub cumulative: bool,
    /// First instant of the stream.
    pub from: SimTime,
    /// End of the stream, exclusive.
    pub until: SimTime,
}

/// What of a renewal stream changes with the year.
#[derive(Clone, Debug, PartialEq)]
pub struct RenewalFigures {
    /// Mean number of advisories in 365 days, positive.
    pub per_year: f64,
    /// Shape of the gaps: 1 is a Poisson process, more is more regular.
    pub shape: f64,
    /// Severities with weights; empty where the system has none.
    pub severity: Vec<WeightedName>,
}

impl RenewalStream {
    /// How many patches are to be expected.
    pub(super) fn expected(&self) -> f64 {
        let per_day = |figures: &RenewalFigures| figures.per_year / 365.0;
        self.figures.total(self.from, self.until, per_day) * self.advisories.copies()
    }

    /// The patches of one replication.
    pub(super) fn generate(&self, number: usize, luck: &Streams, patches: &mut Vec<Patch>) {
        let figures = |at: SimTime| {
            let figures = self.figures.at_time(at);
            (figures.per_year / 365.0, figures.shape)
        };
        let clock = Clock {
            number,
            from: self.from,
            until: self.until,
            release_days: self.release_days,
        };
        let mut counter = DayCounter::default();
        let mut earlier: Option<String> = None;
        for (index, at) in clock.releases(luck, figures).enumerate() {
            let mut luck = luck.generator(item_key(number, index));
            let (id, title) = counter.next(&self.name, at);
            let replaced = earlier.replace(id.clone()).filter(|_| self.cumulative);
            let advisory = Advisory {
                id,
                title,
                released_at: at,
                updated_at: None,
                available_at: None,
                labels: self
                    .advisories
                    .labels(&self.figures.at_time(at).severity, &mut luck),
                supersedes: replaced.into_iter().collect(),
            };
            self.advisories.write(advisory, patches);
        }
    }
}

/// The luck of the `index`th renewal of a stream, apart from that of its time.
pub(super) const fn item_key(number: usize, index: usize) -> StreamKey {
    StreamKey {
        purpose: Purpose::Release as u32,
        entity: ((number as u64) << 32) | 1,
        attempt: index as u32,
    }
}

/// When the releases of a stream happen: a renewal process with gamma gaps.
pub(super) struct Clock {
    /// Number of the stream.
    pub(super) number: usize,
    pub(super) from: SimTime,
    pub(super) until: SimTime,
    /// Days on which releases happen, Monday to Sunday.
    pub(super) release_days: [bool; 7],
}

impl Clock {
    /// The releases in order, in whole minutes. The process is under way when it is first seen.
    /// `figures` gives the rate per day and the shape of the gaps of the year that an instant lies
    /// in; a change of the rate stretches the gap that it happens in.
    pub(super) fn releases(
        &self,
        luck: &Streams,
        figures: impl Fn(SimTime) -> (f64, f64),
    ) -> impl Iterator<Item = SimTime> {
        let mut luck = luck.generator(StreamKey {
            purpose: Purpose::Release as u32,
            entity: (self.number as u64) << 32,
            attempt: 0,
        });
        let (_, shape) = figures(self.from);
        // Seen at a random instant of a gap that is longer than most: a uniform part of a gap
        // weighted by its length, which is gamma with a shape one higher.
        let rest = luck.unit_f64() * unit_gap(shape + 1.0, &mut luck) * (shape + 1.0) / shape;
        let mut first = Some(rest);
        let (mut at, mut last) = (self.from, self.from);
        std::iter::from_fn(move || {
            let gap = first.take().unwrap_or_else(|| unit_gap(figures(at).1, &mut luck));
            at = advance(at, gap, |at| figures(at).0);
            // Waiting for a release day must not turn the order round.
            last = self.on_release_day(at).max(last);
            (last < self.until).then_some(last)
        })
    }

    fn on_release_day(&self, at: SimTime) -> SimTime {
        let weekday = to_utc(at).weekday().num_days_from_monday() as usize;
        let open = |days: &usize| self.release_days[(weekday + days) % 7];
        let wait = (0..7).find(open).unwrap_or(0);
        whole_minute(at.saturating_add(SimDuration::from_days(wait as i64)))
    }
}

/// A gamma gap with mean 1.
fn unit_gap(shape: f64, luck: &mut Generator) -> f64 {
    let mean = SimDuration::from_days(1);
    Distribution::Gamma { mean, shape }.factor_with(luck)
}

/// The instant at which the rate per day, which is positive, has added up to `gap`.
fn advance(from: SimTime, gap: f64, rate: impl Fn(SimTime) -> f64) -> SimTime {
    let day = SimDuration::from_days(1).millis() as f64;
    let (mut at, mut left) = (from, gap);
    loop {
        let (end, rate) = (next_year(at), rate(at));
        let within = rate * (end - at).as_days_f64();
        if left < within {
            return at.saturating_add(SimDuration::from_millis(round_ms(left / rate * day)));
        }
        (at, left) = (end, left - within);
    }
}
