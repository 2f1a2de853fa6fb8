//! One figure for a response, with its interval.

use serde::Serialize;

use crate::Response;
use crate::estimate::Interval;

/// What is estimated of a response: its probability, its mean, or its median where values are censored.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimated {
    /// Which it is.
    pub of: &'static str,
    /// The estimate; absent where it lies beyond the horizon, or no replication says anything.
    pub estimate: Option<f64>,
    /// Its 95 % interval, of this design alone.
    pub interval: Option<Interval>,
}

impl Estimated {
    /// Estimates a response.
    pub fn of(response: &Response) -> Self {
        if let Some(share) = response.proportion() {
            return Self {
                of: "probability",
                estimate: (share.of > 0).then_some(share.share),
                interval: (share.of > 0).then_some(share.interval),
            };
        }
        let summary = response.summary();
        if summary.censored > 0 {
            return Self {
                of: "median",
                estimate: summary.p50,
                interval: summary.p50_interval,
            };
        }
        Self {
            of: "mean",
            estimate: summary.mean,
            interval: summary.mean_interval,
        }
    }
}
