//! What generated advisories have in common, and how one becomes patches.

use chrono::{NaiveDate, Timelike};
use patchbench_kernel::{Generator, SimDuration, SimTime};

use super::counts::pick;
use super::{Patch, PatchSet, WeightedName};
use crate::clock::{from_utc, to_utc};
use crate::ssm::OperatingSystem;

/// What all advisories of a stream have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct AdvisoryTemplate {
    /// Operating system of the patches.
    pub operating_system: OperatingSystem,
    /// Products; each advisory comes once for every one. Empty: once, for all products of the system.
    pub products: Vec<String>,
    /// Classification, such as `Security`; `None` where the system has none.
    pub classification: Option<String>,
    /// Priorities of Debian packages with weights; empty where the system has none.
    pub priority: Vec<WeightedName>,
}

/// One advisory before it is written for each product.
#[derive(Clone, Debug)]
pub(super) struct Advisory {
    /// Its id, without a product.
    pub(super) id: String,
    pub(super) title: String,
    pub(super) released_at: SimTime,
    pub(super) updated_at: Option<SimTime>,
    pub(super) available_at: Option<SimTime>,
    pub(super) labels: Labels,
    /// Ids, without products, of those it replaces.
    pub(super) supersedes: Vec<String>,
}

/// The drawn attributes of an advisory.
#[derive(Clone, Debug)]
pub(super) struct Labels {
    severity: Option<String>,
    priority: Option<String>,
}

impl AdvisoryTemplate {
    /// Draws the attributes of one advisory.
    pub(super) fn labels(&self, severity: &[WeightedName], luck: &mut Generator) -> Labels {
        let mut draw = |names: &[WeightedName]| {
            let u = luck.unit_f64();
            (!names.is_empty()).then(|| pick(names, u).to_owned())
        };
        Labels {
            severity: draw(severity),
            priority: draw(&self.priority),
        }
    }

    /// How many patches one advisory is.
    pub(super) fn copies(&self) -> f64 {
        self.products.len().max(1) as f64
    }

    /// Writes an advisory for each product.
    pub(super) fn write(&self, advisory: Advisory, patches: &mut Vec<Patch>) {
        if self.products.is_empty() {
            patches.push(self.patch(&advisory, None));
        }
        for product in &self.products {
            patches.push(self.patch(&advisory, Some(product)));
        }
    }

    fn patch(&self, advisory: &Advisory, product: Option<&str>) -> Patch {
        let id = |id: &str| product.map_or_else(|| id.to_owned(), |product| format!("{id}:{product}"));
        Patch {
            id: id(&advisory.id),
            kb: None,
            title: advisory.title.clone(),
            released_at: Some(advisory.released_at),
            available_at: advisory.available_at,
            updated_at: advisory.updated_at,
            built_at: None,
            operating_system: self.operating_system,
            product: product.map(str::to_owned),
            product_family: None,
            classification: self.classification.clone(),
            severity: advisory.labels.severity.clone(),
            priority: advisory.labels.priority.clone(),
            section: None,
            patch_set: PatchSet::Os,
            security_source: true,
            cve_ids: Vec::new(),
            supersedes: advisory.supersedes.iter().map(|earlier| id(earlier)).collect(),
        }
    }
}

/// Numbers the advisories of a day, for ids that do not depend on where a stream begins.
#[derive(Debug, Default)]
pub(super) struct DayCounter(Option<(NaiveDate, u32)>);

impl DayCounter {
    /// Id and title of the next advisory of a stream.
    pub(super) fn next(&mut self, stream: &str, at: SimTime) -> (String, String) {
        let day = to_utc(at).date_naive();
        let number = match self.0 {
            Some((known, number)) if known == day => number + 1,
            _ => 1,
        };
        self.0 = Some((day, number));
        (
            format!("{stream}-{day}-{number}"),
            format!("{stream} advisory {number} of {day}"),
        )
    }
}

/// An instant with its seconds dropped: catalogues tell minutes.
pub(super) fn whole_minute(at: SimTime) -> SimTime {
    let utc = to_utc(at);
    from_utc(
        utc.with_second(0)
            .and_then(|utc| utc.with_nanosecond(0))
            .unwrap_or(utc),
    )
}

/// A minute of a day.
pub(super) fn minute_of(day: NaiveDate, minute: u64) -> SimTime {
    let midnight = from_utc(day.and_time(chrono::NaiveTime::MIN).and_utc());
    midnight.saturating_add(SimDuration::from_minutes(minute as i64))
}
