//! From release streams to the patches of one replication.

use chrono::{Datelike, Days};
use patchbench_kernel::{Distribution, SimDuration, SimTime, StreamKey, Streams};

use super::counts::pick;
use super::{Patch, PatchSet, PoissonStream, ReleaseStream, UpdateTemplate};
use crate::clock::{from_utc, to_utc};
use crate::ssm::OperatingSystem;
use crate::world::Purpose;

impl ReleaseStream {
    /// Whether replications differ in what is released.
    pub fn is_random(&self) -> bool {
        match self {
            Self::Recorded { .. } => false,
            Self::Poisson(_) | Self::Compound(_) | Self::Renewal(_) | Self::Batches(_) => true,
            Self::PatchTuesday(stream) => {
                let drawn = |update: &UpdateTemplate| update.probability < 1.0 || update.severity.len() > 1;
                stream.out_of_band.is_some() || stream.updates.iter().any(drawn)
            }
        }
    }

    /// About how many patches a replication has.
    pub fn expected_patches(&self) -> f64 {
        match self {
            Self::Recorded { patches, .. } => patches.len() as f64,
            Self::PatchTuesday(stream) => stream.expected(),
            Self::Poisson(stream) => stream.per_month / 30.0 * (stream.until - stream.from).as_days_f64(),
            Self::Compound(stream) => stream.expected(),
            Self::Renewal(stream) => stream.expected(),
            Self::Batches(stream) => stream.expected(),
        }
    }
}

/// The patches of all streams, in the order of the streams and of time.
pub fn release_patches(streams: &[ReleaseStream], luck: &Streams) -> Vec<Patch> {
    release(streams, luck).0
}

/// The patches of all streams, and their number up to the end of each stream.
pub(crate) fn release(streams: &[ReleaseStream], luck: &Streams) -> (Vec<Patch>, Vec<usize>) {
    let mut patches = Vec::new();
    let mut ends = Vec::with_capacity(streams.len());
    for (number, stream) in streams.iter().enumerate() {
        match stream {
            ReleaseStream::Recorded {
                patches: recorded, ..
            } => patches.extend(recorded.iter().cloned()),
            ReleaseStream::PatchTuesday(stream) => stream.generate(number, luck, &mut patches),
            ReleaseStream::Poisson(stream) => poisson(stream, number, luck, &mut patches),
            ReleaseStream::Compound(stream) => stream.generate(number, luck, &mut patches),
            ReleaseStream::Renewal(stream) => stream.generate(number, luck, &mut patches),
            ReleaseStream::Batches(stream) => stream.generate(number, luck, &mut patches),
        }
        ends.push(patches.len());
    }
    (patches, ends)
}

/// The months, counted from the year 0, that a period touches.
pub(super) fn months(from: SimTime, until: SimTime) -> impl Iterator<Item = i32> {
    let month = |at: SimTime| {
        let utc = to_utc(at);
        utc.year() * 12 + utc.month0() as i32
    };
    month(from)..=month(until)
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
                (id, title),
                at,
                (classification, severity),
                Vec::new(),
            ));
        }
    }
}

/// A generated patch without attributes that only recorded ones have.
pub(super) fn synthetic(
    operating_system: OperatingSystem,
    product: &str,
    (id, title): (String, String),
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
