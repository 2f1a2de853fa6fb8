//! Responses: what is measured on each replication, before anything is averaged. Comparisons pair them
//! replication by replication.

use std::fmt;

use crate::results::MetricRow;
use crate::{Proportion, Reading, Summary, Tally};

/// What one replication says of a response.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Observation {
    /// Nothing: what it is about does not occur.
    Nothing,
    /// It was not reached within the horizon (right-censored).
    Censored,
    /// A figure, in the unit of the response.
    Value(f64),
}

impl Observation {
    /// The figure, with what was never reached beyond every figure; `None` when it says nothing.
    pub const fn or_beyond(self) -> Option<f64> {
        match self {
            Self::Nothing => None,
            Self::Censored => Some(f64::INFINITY),
            Self::Value(value) => Some(value),
        }
    }

    /// Adds it to a tally, if it says anything.
    pub(crate) fn count_in(self, tally: &mut Tally) {
        self.count_often_in(tally, 1);
    }

    /// The same for as many replications that say it.
    pub(crate) fn count_often_in(self, tally: &mut Tally, replications: u64) {
        match self {
            Self::Nothing => {}
            Self::Censored => tally.observe_many(None, replications),
            Self::Value(value) => tally.observe_many(Some(value), replications),
        }
    }
}

impl From<bool> for Observation {
    fn from(happened: bool) -> Self {
        Self::Value(f64::from(u8::from(happened)))
    }
}

/// A time that may lie beyond the horizon.
impl From<Option<f64>> for Observation {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Self::Censored, Self::Value)
    }
}

/// What a response is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResponseKey {
    /// Its metric.
    pub metric: &'static str,
    /// Patch group, as [`crate::GroupResult::label`] calls it; empty for all, or when it is not about
    /// groups.
    pub group: String,
    /// Vendor severity of the patches; empty for all.
    pub severity: String,
    /// Window and task, or the window; empty for all.
    pub task: String,
    /// The deadline, for metrics of one.
    pub sla: String,
}

impl ResponseKey {
    /// A response that is about the whole fleet.
    pub const fn overall(metric: &'static str) -> Self {
        Self {
            metric,
            group: String::new(),
            severity: String::new(),
            task: String::new(),
            sla: String::new(),
        }
    }

    /// The same response of a task or window.
    #[must_use]
    pub fn of_task(mut self, task: &str) -> Self {
        task.clone_into(&mut self.task);
        self
    }
}

impl fmt::Display for ResponseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.group, &self.severity, &self.task, &self.sla];
        let parts = parts.into_iter().map(String::as_str);
        let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] => f.write_str(self.metric),
            parts => write!(f, "{} ({})", self.metric, parts.join(", ")),
        }
    }
}

/// A response over the replications of a study.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// What it is about.
    pub key: ResponseKey,
    /// Unit of the figures.
    pub unit: &'static str,
    /// Whether the figures are 0 and 1, so that their mean is a probability.
    pub probability: bool,
    /// What each replication says, in order.
    pub observations: Vec<Observation>,
}

impl Response {
    /// A response whose figures are amounts.
    pub fn amount(key: ResponseKey, unit: &'static str, observations: Vec<Observation>) -> Self {
        Self {
            key,
            unit,
            probability: false,
            observations,
        }
    }

    /// A response of what happens or not.
    pub fn chance(key: ResponseKey, observations: Vec<Observation>) -> Self {
        Self {
            key,
            unit: "probability",
            probability: true,
            observations,
        }
    }

    /// The same, summed up.
    pub fn tallied(&self) -> TalliedResponse {
        let mut tally = Tally::default();
        self.observations
            .iter()
            .for_each(|said| said.count_in(&mut tally));
        TalliedResponse {
            key: self.key.clone(),
            unit: self.unit,
            probability: self.probability,
            reading: tally.read(),
        }
    }

    /// The distribution over the replications that say anything.
    pub fn summary(&self) -> Summary {
        self.tallied().summary()
    }

    /// The probability, for what happens or not.
    pub fn proportion(&self) -> Option<Proportion> {
        self.tallied().proportion()
    }

    /// Its estimates.
    pub fn row(&self) -> MetricRow {
        self.tallied().row()
    }
}

/// A response over the replications of a study, summed up.
#[derive(Clone, Debug, PartialEq)]
pub struct TalliedResponse {
    /// What it is about.
    pub key: ResponseKey,
    /// Unit of the figures.
    pub unit: &'static str,
    /// Whether the figures are 0 and 1, so that their mean is a probability.
    pub probability: bool,
    /// What the replications say that say anything.
    pub reading: Reading,
}

impl TalliedResponse {
    /// The distribution over the replications that say anything.
    pub fn summary(&self) -> Summary {
        Summary::from(&self.reading)
    }

    /// The probability, for what happens or not.
    pub fn proportion(&self) -> Option<Proportion> {
        let reading = &self.reading;
        self.probability
            .then(|| Proportion::new(reading.above_half, reading.n))
    }

    /// Its estimates.
    pub fn row(&self) -> MetricRow {
        let key = self.key.clone();
        MetricRow {
            metric: key.metric,
            group: key.group,
            severity: key.severity,
            task: key.task,
            sla: key.sla,
            unit: self.unit,
            summary: self.summary(),
            proportion: self.proportion(),
        }
    }
}

/// What has the key of a response.
pub trait Keyed {
    /// What it is about.
    fn key(&self) -> &ResponseKey;
}

impl Keyed for Response {
    fn key(&self) -> &ResponseKey {
        &self.key
    }
}

impl Keyed for TalliedResponse {
    fn key(&self) -> &ResponseKey {
        &self.key
    }
}
