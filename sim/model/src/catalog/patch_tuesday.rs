//! Microsoft's monthly rhythm, with repairs outside it.

use chrono::{Datelike, NaiveDate, TimeZone, Weekday};
use chrono_tz::America::Los_Angeles;
use patchbench_kernel::{Distribution, Generator, SimDuration, SimTime, StreamKey, Streams};

use super::counts::pick;
use super::generate::{months, synthetic};
use super::{Patch, UpdateTemplate};
use crate::clock::{from_utc, to_utc};
use crate::ssm::OperatingSystem;
use crate::world::Purpose;

/// Releases at 10:00 in Redmond on the second Tuesday of each month.
#[derive(Clone, Debug, PartialEq)]
pub struct PatchTuesday {
    /// Name of the stream in the scenario.
    pub name: String,
    /// Operating system of the patches.
    pub operating_system: OperatingSystem,
    /// Products; each month every product gets each update.
    pub products: Vec<String>,
    /// What is released; not empty.
    pub updates: Vec<UpdateTemplate>,
    /// Repairs outside the rhythm.
    pub out_of_band: Option<OutOfBand>,
    /// First instant of the stream.
    pub from: SimTime,
    /// End of the stream, exclusive.
    pub until: SimTime,
}

/// A repair that follows a Patch Tuesday update and replaces it. One that would come on the next
/// Patch Tuesday or later is part of that release instead.
#[derive(Clone, Debug, PartialEq)]
pub struct OutOfBand {
    /// Probability per month and product, in [0, 1].
    pub probability: f64,
    /// Time from Patch Tuesday to the repair.
    pub delay: Distribution,
    /// Shortest and longest delay: draws outside are drawn again. `None`: any.
    pub within: Option<(SimDuration, SimDuration)>,
}

/// At most so many draws for one delay: bounds that a distribution never meets end it at a bound.
const MOST_DRAWS: u32 = 100;

impl OutOfBand {
    fn draw_delay(&self, luck: &mut Generator) -> SimDuration {
        let delay = self.delay.sample(luck);
        let Some((least, most)) = self.within else {
            return delay;
        };
        let again = (1..MOST_DRAWS).map(|_| self.delay.sample(luck));
        std::iter::once(delay)
            .chain(again)
            .find(|delay| (least..=most).contains(delay))
            .unwrap_or(delay.clamp(least, most))
    }
}

/// 10:00 in Redmond on the second Tuesday of a month.
fn second_tuesday(year: i32, month: u32) -> Option<SimTime> {
    let day = NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Tue, 2)?;
    let release = Los_Angeles
        .from_local_datetime(&day.and_hms_opt(10, 0, 0)?)
        .earliest()?;
    Some(from_utc(release.to_utc()))
}

/// The first Patch Tuesday on a later day (in UTC) than an instant's own.
pub(super) fn next_patch_tuesday(at: SimTime) -> SimTime {
    let utc = to_utc(at);
    let (year, month) = (utc.year(), utc.month());
    let (next_year, next_month) = if month == 12 {
        (year + 1, 1)
    } else {
        (year, month + 1)
    };
    [(year, month), (next_year, next_month)]
        .into_iter()
        .filter_map(|(year, month)| second_tuesday(year, month))
        .find(|tuesday| to_utc(*tuesday).date_naive() > utc.date_naive())
        .unwrap_or(SimTime::MAX)
}

/// What the next release of each update of a product replaces: the newest release and its repairs.
type Newest = Vec<Vec<String>>;

impl PatchTuesday {
    /// How many patches are to be expected.
    pub(super) fn expected(&self) -> f64 {
        let repairs = self.out_of_band.as_ref().map_or(0.0, |repair| repair.probability);
        let a_month: f64 = self.updates.iter().map(|update| update.probability).sum();
        let months = months(self.from, self.until).count() as f64;
        (a_month + repairs) * months * self.products.len() as f64
    }

    /// The patches of one replication.
    pub(super) fn generate(&self, number: usize, luck: &Streams, patches: &mut Vec<Patch>) {
        let mut newest: Vec<Newest> = vec![vec![Vec::new(); self.updates.len()]; self.products.len()];
        for month in months(self.from, self.until) {
            let Some(at) = second_tuesday(month / 12, month as u32 % 12 + 1) else {
                continue;
            };
            if at < self.from || at >= self.until {
                continue;
            }
            for (index, product) in self.products.iter().enumerate() {
                let mut luck = luck.generator(StreamKey {
                    purpose: Purpose::Release as u32,
                    entity: ((number as u64) << 32) | index as u64,
                    attempt: month as u32,
                });
                self.month(product, at, &mut newest[index], &mut luck, patches);
            }
        }
    }

    fn month(
        &self,
        product: &str,
        at: SimTime,
        newest: &mut Newest,
        luck: &mut Generator,
        patches: &mut Vec<Patch>,
    ) {
        let month = to_utc(at).format("%Y-%m").to_string();
        let repaired = self.repaired();
        let mut repairable = None;
        for (index, update) in self.updates.iter().enumerate() {
            // Draws are taken whether needed or not, so that one update's chance does not move another's.
            let (appears, severity) = (luck.unit_f64(), pick(&update.severity, luck.unit_f64()));
            if appears >= update.probability {
                continue;
            }
            let id = format!("{month}-{}:{product}", update.name);
            let replaced = std::mem::replace(&mut newest[index], vec![id.clone()]);
            let supersedes = if update.cumulative { replaced } else { Vec::new() };
            let title = format!("{month} {} update for {product}", update.name);
            let names = (update.classification.as_str(), severity);
            let named = (id, title);
            patches.push(synthetic(
                self.operating_system,
                product,
                named,
                at,
                names,
                supersedes,
            ));
            if repaired == Some(index) {
                repairable = Some(update);
            }
        }
        let (Some(repair), Some(index), Some(update)) = (&self.out_of_band, repaired, repairable) else {
            return;
        };
        let Some(released) = self.repair_at(repair, at, luck) else {
            return;
        };
        let id = format!("{month}-out-of-band:{product}");
        let supersedes = newest[index].clone();
        newest[index].insert(0, id.clone());
        let title = format!("{month} out-of-band update for {product}");
        let severity = update.severity.first().map_or("Critical", |first| &first.name);
        let names = (update.classification.as_str(), severity);
        let named = (id, title);
        patches.push(synthetic(
            self.operating_system,
            product,
            named,
            released,
            names,
            supersedes,
        ));
    }

    /// The update that repairs are about: the first cumulative one, else the first.
    fn repaired(&self) -> Option<usize> {
        let cumulative = self.updates.iter().position(|update| update.cumulative);
        cumulative.or((!self.updates.is_empty()).then_some(0))
    }

    /// When the repair of a release comes, if it comes by itself.
    fn repair_at(&self, repair: &OutOfBand, at: SimTime, luck: &mut Generator) -> Option<SimTime> {
        let (appears, delay) = (luck.unit_f64(), repair.draw_delay(luck));
        let released = at.saturating_add(delay);
        let by_itself = released < next_patch_tuesday(at).min(self.until);
        (appears < repair.probability && by_itself).then_some(released)
    }
}

#[cfg(test)]
mod tests {
    use patchbench_kernel::{Distribution, SimDuration, SimTime, Streams};

    use super::{OutOfBand, PatchTuesday};
    use crate::catalog::{Patch, ReleaseStream, UpdateTemplate, release_patches};
    use crate::clock::from_utc;
    use crate::ssm::OperatingSystem;

    fn at(text: &str) -> SimTime {
        from_utc(text.parse().unwrap())
    }

    /// Two cumulative updates a month over 2024, the first of which is repaired every time.
    fn repaired_every_month(delay: SimDuration, within: Option<(SimDuration, SimDuration)>) -> Vec<Patch> {
        let update = |name: &str| UpdateTemplate {
            name: name.to_owned(),
            classification: "SecurityUpdates".to_owned(),
            severity: Vec::new(),
            probability: 1.0,
            cumulative: true,
        };
        let stream = ReleaseStream::PatchTuesday(PatchTuesday {
            name: "windows".to_owned(),
            operating_system: OperatingSystem::Windows,
            products: vec!["WindowsServer2022".to_owned()],
            updates: vec![update("cumulative"), update("net-cumulative")],
            out_of_band: Some(OutOfBand {
                probability: 1.0,
                delay: Distribution::Constant(delay),
                within,
            }),
            from: at("2024-01-01T00:00:00Z"),
            until: at("2025-01-01T00:00:00Z"),
        });
        release_patches(&[stream], &Streams::new(1, 0))
    }

    fn repairs(patches: &[Patch]) -> usize {
        let repair = |patch: &&Patch| patch.id.contains("out-of-band");
        patches.iter().filter(repair).count()
    }

    #[test]
    fn a_repair_is_about_one_update_alone() {
        let patches = repaired_every_month(SimDuration::from_days(5), None);
        assert_eq!(patches.len(), 36);
        let of_net = |id: &String| id.contains("-net-cumulative:");
        for patch in &patches {
            let replaced = &patch.supersedes;
            if of_net(&patch.id) {
                assert!(replaced.len() <= 1 && replaced.iter().all(of_net), "{patch:?}");
            } else {
                assert!(!replaced.iter().any(of_net), "{patch:?}");
            }
        }
        let april = patches
            .iter()
            .find(|patch| patch.id.starts_with("2024-04-cum"))
            .unwrap();
        let march = [
            "2024-03-out-of-band:WindowsServer2022",
            "2024-03-cumulative:WindowsServer2022",
        ];
        assert_eq!(april.supersedes, march);
    }

    #[test]
    fn a_repair_that_would_come_with_the_next_update_does_not_come_by_itself() {
        // After January, April, July and October come 35 days, else 28; December's repair lies beyond
        // the end.
        let patches = repaired_every_month(SimDuration::from_days(30), None);
        assert_eq!(repairs(&patches), 4);
        let in_order = patches.is_sorted_by_key(|patch| patch.released_at);
        assert!(in_order, "nothing is replaced before it is released");
    }

    #[test]
    fn delays_keep_to_their_bounds_even_where_no_draw_does() {
        let day = SimDuration::from_days;
        let patches = repaired_every_month(day(1), Some((day(3), day(30))));
        assert_eq!(repairs(&patches), 12);
        let first = patches
            .iter()
            .find(|patch| patch.id.starts_with("2024-01-out"))
            .unwrap();
        assert_eq!(first.released_at, Some(at("2024-01-12T18:00:00Z")));
    }
}
