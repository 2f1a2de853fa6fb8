//! A compound Poisson process of advisories, with bulk releases.

use chrono::{Datelike, NaiveDate, Weekday};
use patchbench_kernel::{Generator, SimTime, StreamKey, Streams};

use super::advisory::{Advisory, AdvisoryTemplate, DayCounter, Labels, minute_of};
use super::counts::{geometric_count, poisson_count};
use super::generate::months;
use super::{ByYear, Patch, WeightedName};
use crate::world::Purpose;

/// Advisories in clumps: their times are a Poisson process weighted by weekday, their sizes are
/// geometric. Bulk releases, such as the minor releases of a distribution, come on top.
#[derive(Clone, Debug, PartialEq)]
pub struct CompoundStream {
    /// Name of the stream in the scenario; ids begin with it.
    pub name: String,
    /// What the advisories have in common.
    pub advisories: AdvisoryTemplate,
    /// Relative weight of Monday to Sunday; not all zero.
    pub weekdays: [f64; 7],
    /// Figures by year.
    pub figures: ByYear<CompoundFigures>,
    /// When bulk releases come, if ever.
    pub bulk: Option<BulkDays>,
    /// First instant of the stream.
    pub from: SimTime,
    /// End of the stream, exclusive.
    pub until: SimTime,
}

/// What of a compound stream changes with the year.
#[derive(Clone, Debug, PartialEq)]
pub struct CompoundFigures {
    /// Mean number of advisories in a week, those of bulk releases aside.
    pub per_week: f64,
    /// Mean number of advisories in a clump, at least 1; 1 is a plain Poisson process. The ratio of
    /// variance to mean of the counts is twice this less 1.
    pub clump: f64,
    /// Fewest and most advisories of a bulk release, all counts between them equally likely.
    pub bulk: (u64, u64),
    /// Severities with weights; empty where the system has none.
    pub severity: Vec<WeightedName>,
}

/// The days of bulk releases: one in each of these months, on a weekday, any of the month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkDays {
    /// Months, 1 to 12.
    pub months: Vec<u32>,
    /// Weekday.
    pub weekday: Weekday,
}

/// Advisories that come at one instant.
struct Clump {
    at: SimTime,
    advisories: Vec<Labels>,
}

impl CompoundStream {
    /// How many patches are to be expected.
    pub(super) fn expected(&self) -> f64 {
        let months = self.bulk.as_ref().map_or(0, |bulk| bulk.months.len()) as f64;
        let per_day = |figures: &CompoundFigures| {
            let bulk = (figures.bulk.0 + figures.bulk.1) as f64 / 2.0;
            figures.per_week / 7.0 + bulk * months / 365.25
        };
        self.figures.total(self.from, self.until, per_day) * self.advisories.copies()
    }

    /// The patches of one replication. Every month has its own luck, so that a shorter period shows
    /// a part of what a longer one does.
    pub(super) fn generate(&self, number: usize, luck: &Streams, patches: &mut Vec<Patch>) {
        for month in months(self.from, self.until) {
            let generator = |part: u64| {
                luck.generator(StreamKey {
                    purpose: Purpose::Release as u32,
                    entity: ((number as u64) << 32) | part,
                    attempt: month as u32,
                })
            };
            let (year, month) = (month / 12, month as u32 % 12 + 1);
            let mut clumps = self.clumps(year, month, &mut generator(0));
            clumps.extend(self.bulk_release(year, month, &mut generator(1)));
            clumps.sort_by_key(|clump| clump.at);
            self.write(clumps, patches);
        }
    }

    fn clumps(&self, year: i32, month: u32, luck: &mut Generator) -> Vec<Clump> {
        let figures = self.figures.at(year);
        let all_days: f64 = self.weekdays.iter().sum();
        let mut clumps = Vec::new();
        let days = (1..=31).map_while(|day| NaiveDate::from_ymd_opt(year, month, day));
        for day in days {
            let weight = self.weekdays[day.weekday().num_days_from_monday() as usize] / all_days;
            for _ in 0..poisson_count(figures.per_week / figures.clump * weight, luck) {
                let at = minute_of(day, luck.below(24 * 60));
                let size = geometric_count(figures.clump, luck);
                clumps.push(self.clump(at, size, figures, luck));
            }
        }
        clumps
    }

    fn bulk_release(&self, year: i32, month: u32, luck: &mut Generator) -> Option<Clump> {
        let bulk = self.bulk.as_ref().filter(|bulk| bulk.months.contains(&month))?;
        let nth = |nth| NaiveDate::from_weekday_of_month_opt(year, month, bulk.weekday, nth);
        let days: Vec<NaiveDate> = (1..=5).map_while(nth).collect();
        let day = days[luck.below(days.len() as u64) as usize];
        let at = minute_of(day, luck.below(24 * 60));
        let figures = self.figures.at(year);
        let (least, most) = figures.bulk;
        let size = least + luck.below(most - least + 1);
        Some(self.clump(at, size, figures, luck))
    }

    fn clump(&self, at: SimTime, size: u64, figures: &CompoundFigures, luck: &mut Generator) -> Clump {
        let one = |_| self.advisories.labels(&figures.severity, luck);
        Clump {
            at,
            advisories: (0..size).map(one).collect(),
        }
    }

    fn write(&self, clumps: Vec<Clump>, patches: &mut Vec<Patch>) {
        let mut counter = DayCounter::default();
        for clump in clumps {
            for labels in clump.advisories {
                let (id, title) = counter.next(&self.name, clump.at);
                if clump.at < self.from || clump.at >= self.until {
                    continue;
                }
                let advisory = Advisory {
                    id,
                    title,
                    released_at: clump.at,
                    updated_at: None,
                    available_at: None,
                    labels,
                    supersedes: Vec::new(),
                };
                self.advisories.write(advisory, patches);
            }
        }
    }
}
