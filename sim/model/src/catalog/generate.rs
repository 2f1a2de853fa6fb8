//! From release streams to the patches of one replication.

use chrono::{Datelike, Days, NaiveDate, TimeZone, Weekday};
use chrono_tz::America::Los_Angeles;
use patchbench_kernel::{Distribution, Generator, SimDuration, SimTime, StreamKey, Streams};

use super::{
    OutOfBand, Patch, PatchSet, PatchTuesday, PoissonStream, ReleaseStream, UpdateTemplate, WeightedName,
};
use crate::clock::{from_utc, to_utc};
use crate::ssm::OperatingSystem;
use crate::world::Purpose;

impl ReleaseStream {
    /// Whether replications differ in what is released.
    pub fn is_random(&self) -> bool {
        match self {
            Self::Recorded { .. } => false,
            Self::Poisson(_) => true,
            Self::PatchTuesday(stream) => {
                let drawn = |update: &UpdateTemplate| update.probability < 1.0 || update.severity.len() > 1;
                stream.out_of_band.is_some() || stream.updates.iter().any(drawn)
            }
        }
    }
}

/// The patches of all streams, in the order of the streams and of time.
pub fn release_patches(streams: &[ReleaseStream], luck: &Streams) -> Vec<Patch> {
    let mut patches = Vec::new();
    for (number, stream) in streams.iter().enumerate() {
        match stream {
            ReleaseStream::Recorded {
                patches: recorded, ..
            } => patches.extend(recorded.iter().cloned()),
            ReleaseStream::PatchTuesday(stream) => patch_tuesdays(stream, number, luck, &mut patches),
            ReleaseStream::Poisson(stream) => poisson(stream, number, luck, &mut patches),
        }
    }
    patches
}

/// 10:00 in Redmond on the second Tuesday of a month.
fn patch_tuesday(year: i32, month: u32) -> Option<(NaiveDate, SimTime)> {
    let day = NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Tue, 2)?;
    let release = Los_Angeles
        .from_local_datetime(&day.and_hms_opt(10, 0, 0)?)
        .earliest()?;
    Some((day, from_utc(release.to_utc())))
}

fn patch_tuesdays(stream: &PatchTuesday, number: usize, luck: &Streams, patches: &mut Vec<Patch>) {
    let (first, last) = (to_utc(stream.from), to_utc(stream.until));
    for month in months(first.year(), first.month0(), last.year(), last.month0()) {
        let (year, month0) = (month / 12, month % 12);
        let Some((_, at)) = patch_tuesday(year, month0 as u32 + 1) else {
            continue;
        };
        if at < stream.from || at >= stream.until {
            continue;
        }
        for (index, product) in stream.products.iter().enumerate() {
            let mut luck = luck.generator(StreamKey {
                purpose: Purpose::Release as u32,
                entity: ((number as u64) << 32) | index as u64,
                attempt: month as u32,
            });
            one_month(stream, product, (year, month0 as u32 + 1), at, &mut luck, patches);
        }
    }
}

fn months(first_year: i32, first0: u32, last_year: i32, last0: u32) -> impl Iterator<Item = i32> {
    (first_year * 12 + first0 as i32)..=(last_year * 12 + last0 as i32)
}

fn one_month(
    stream: &PatchTuesday,
    product: &str,
    (year, month): (i32, u32),
    at: SimTime,
    luck: &mut Generator,
    patches: &mut Vec<Patch>,
) {
    for update in &stream.updates {
        // Draws are taken whether needed or not, so that one update's chance does not move another's.
        let (appears, severity) = (luck.unit_f64(), pick(&update.severity, luck.unit_f64()));
        if appears >= update.probability {
            continue;
        }
        let id = format!("{year}-{month:02}-{}:{product}", update.name);
        let title = format!("{year}-{month:02} {} update for {product}", update.name);
        let earlier = format!("-{}:{product}", update.name);
        let supersedes = if update.cumulative {
            last_like(patches, &earlier, product)
        } else {
            Vec::new()
        };
        patches.push(synthetic(
            stream.operating_system,
            product,
            id,
            title,
            at,
            (&update.classification, severity),
            supersedes,
        ));
    }
    if let Some(repair) = &stream.out_of_band {
        out_of_band(stream, repair, product, (year, month), at, luck, patches);
    }
}

fn out_of_band(
    stream: &PatchTuesday,
    repair: &OutOfBand,
    product: &str,
    (year, month): (i32, u32),
    at: SimTime,
    luck: &mut Generator,
    patches: &mut Vec<Patch>,
) {
    let (appears, delay) = (luck.unit_f64(), repair.delay.sample(luck));
    let released = at.saturating_add(delay);
    let Some(update) = stream
        .updates
        .iter()
        .find(|update| update.cumulative)
        .or(stream.updates.first())
    else {
        return;
    };
    if appears >= repair.probability || released >= stream.until {
        return;
    }
    let earlier = format!("-{}:{product}", update.name);
    let id = format!("{year}-{month:02}-out-of-band:{product}");
    let title = format!("{year}-{month:02} out-of-band update for {product}");
    let severity = update
        .severity
        .first()
        .map_or("Critical", |weighted| weighted.name.as_str());
    let supersedes = last_like(patches, &earlier, product);
    let names = (update.classification.as_str(), severity);
    patches.push(synthetic(
        stream.operating_system,
        product,
        id,
        title,
        released,
        names,
        supersedes,
    ));
}

/// The newest patch of the product whose id ends like this, and any repair that follows it.
fn last_like(patches: &[Patch], ending: &str, product: &str) -> Vec<String> {
    let repair = format!("-out-of-band:{product}");
    let mut found = Vec::new();
    for patch in patches.iter().rev() {
        if patch.id.ends_with(&repair) {
            found.push(patch.id.clone());
        } else if patch.id.ends_with(ending) {
            found.push(patch.id.clone());
            break;
        }
    }
    found
}

fn poisson(stream: &PoissonStream, number: usize, luck: &Streams, patches: &mut Vec<Patch>) {
    let mut luck = luck.generator(StreamKey {
        purpose: Purpose::Release as u32,
        entity: (number as u64) << 32,
        attempt: 0,
    });
    let weights: f64 = stream.weekdays.iter().sum();
    let day_ms = SimDuration::from_days(1).millis();
    let per_day = stream.per_month / 30.0;
    let first_day = to_utc(stream.from).date_naive();
    let gap = Distribution::Exponential {
        mean: SimDuration::from_millis(day_ms),
    };
    let mut counter = 0usize;
    let days = (stream.until - stream.from).millis().div_euclid(day_ms) as u64 + 1;
    for day in 0..days {
        let Some(date) = first_day.checked_add_days(Days::new(day)) else {
            break;
        };
        let weight = stream.weekdays[date.weekday().num_days_from_monday() as usize] * 7.0 / weights;
        let midnight = from_utc(date.and_time(chrono::NaiveTime::MIN).and_utc());
        let mut passed = 0.0;
        loop {
            // Arrivals inside the day: exponential gaps in units of the mean gap of this weekday.
            passed += gap.factor_with(&mut luck) / (per_day * weight).max(1e-300);
            if passed >= 1.0 {
                break;
            }
            let at = midnight.saturating_add(SimDuration::from_millis((passed * day_ms as f64) as i64));
            counter += 1;
            let classification = pick(&stream.classification, luck.unit_f64());
            let severity = pick(&stream.severity, luck.unit_f64());
            if at < stream.from || at >= stream.until || stream.products.is_empty() {
                continue;
            }
            let product = &stream.products[(counter - 1) % stream.products.len()];
            let id = format!("{}-{counter:05}:{product}", stream.name);
            let title = format!("{} release {counter}", stream.name);
            patches.push(synthetic(
                stream.operating_system,
                product,
                id,
                title,
                at,
                (classification, severity),
                Vec::new(),
            ));
        }
    }
}

/// The name whose share of the weights contains `u` in (0, 1).
fn pick(names: &[WeightedName], u: f64) -> &str {
    let total: f64 = names.iter().map(|name| name.weight).sum();
    let mut left = u * total;
    for name in names {
        left -= name.weight;
        if left < 0.0 {
            return &name.name;
        }
    }
    names.last().map_or("", |name| &name.name)
}

fn synthetic(
    operating_system: OperatingSystem,
    product: &str,
    id: String,
    title: String,
    at: SimTime,
    (classification, severity): (&str, &str),
    supersedes: Vec<String>,
) -> Patch {
    Patch {
        id,
        kb: None,
        title,
        released_at: Some(at),
        available_at: None,
        updated_at: None,
        built_at: None,
        operating_system,
        product: Some(product.to_owned()),
        product_family: (operating_system == OperatingSystem::Windows).then(|| "Windows".to_owned()),
        classification: Some(classification.to_owned()),
        severity: Some(severity.to_owned()),
        priority: None,
        section: None,
        patch_set: PatchSet::Os,
        security_source: true,
        cve_ids: Vec::new(),
        supersedes,
    }
}
