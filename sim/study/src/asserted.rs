//! Assertions on an estimate: the mean, the median or the 95th percentile over the replications against a
//! limit, judged by its 95 % interval.

use patchbench_scenario::{Assertion, Bound, Estimate, Metric};

use crate::assertion::{Verdict, number};
use crate::results::group_label;
use crate::tally::OrderStatistic;
use crate::{Interval, TalliedResponse};

/// An estimate that an assertion bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct AssertedEstimate {
    /// What is estimated.
    pub of: Estimate,
    /// Unit of the figures.
    pub unit: &'static str,
    /// The estimate; absent where it lies beyond the horizon, or where there is none.
    pub estimate: Option<f64>,
    /// Its 95 % interval; an end is infinite where it lies beyond the horizon. Absent where there are too
    /// few replications, and for a mean where any value is censored.
    pub interval: Option<Interval>,
    /// Replications that say anything.
    pub n: u64,
    /// Of these, not reached within the horizon.
    pub censored: u64,
}

/// The estimate that decides an assertion, and how: of several tasks the one that does worst.
pub(crate) fn judge(
    responses: &[TalliedResponse],
    (assertion, of): (&Assertion, Estimate),
) -> (Option<AssertedEstimate>, Verdict) {
    let judged = meant(responses, assertion).into_iter().map(|response| {
        let estimate = estimate(response, of);
        let verdict = verdict(&estimate, assertion.bound);
        (Some(estimate), verdict)
    });
    let badness = |verdict: Verdict| match verdict {
        Verdict::Pass => 0,
        Verdict::Inconclusive => 1,
        Verdict::Fail => 2,
    };
    let worst = judged.reduce(|worst, next| {
        if badness(next.1) > badness(worst.1) {
            next
        } else {
            worst
        }
    });
    worst.unwrap_or((None, Verdict::Inconclusive))
}

/// The responses that an assertion is about: all together where it names no group or window and there is
/// such a response.
fn meant<'r>(responses: &'r [TalliedResponse], assertion: &Assertion) -> Vec<&'r TalliedResponse> {
    let metric = response_name(assertion);
    let severity = assertion.severity.as_deref().unwrap_or_default();
    let group = assertion.group.as_deref().map(group_label);
    let of_window = |task: &str| {
        assertion.window.as_deref().is_none_or(|window| {
            let rest = task.strip_prefix(window);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" / "))
        })
    };
    let mut own: Vec<&TalliedResponse> = responses
        .iter()
        .filter(|response| {
            let key = &response.key;
            key.metric == metric
                && key.severity.eq_ignore_ascii_case(severity)
                && group.is_none_or(|group| key.group == group)
                && of_window(&key.task)
        })
        .collect();
    if own.iter().any(|response| response.key.group.is_empty()) {
        own.retain(|response| response.key.group.is_empty());
    }
    if own.iter().any(|response| response.key.task.is_empty()) {
        own.retain(|response| response.key.task.is_empty());
    }
    own
}

/// Name of the response that a metric of assertions is.
fn response_name(assertion: &Assertion) -> String {
    match (assertion.metric, assertion.coverage) {
        (Metric::TimeToCoverage, Some(share)) => format!("time_to_coverage_{:.0}", share * 100.0),
        (metric, _) => metric.as_str().to_owned(),
    }
}

fn estimate(response: &TalliedResponse, of: Estimate) -> AssertedEstimate {
    let summary = response.summary();
    let (estimate, interval) = match of {
        Estimate::Mean => (summary.mean, summary.mean_interval),
        Estimate::Median => (summary.p50, response.reading.around_median.map(beyond)),
        Estimate::P95 => (summary.p95, response.reading.around_p95.map(beyond)),
    };
    // A single value in all replications is known, however few they are.
    let constant = summary.min.zip(summary.max).filter(|(min, max)| min == max);
    AssertedEstimate {
        of,
        unit: response.unit,
        estimate,
        interval: interval.or(constant.map(|(low, high)| Interval { low, high })),
        n: summary.n,
        censored: summary.censored,
    }
}

/// By order statistics, where what was never reached lies beyond every figure.
fn beyond((low, high): (OrderStatistic, OrderStatistic)) -> Interval {
    let figure = |statistic| match statistic {
        OrderStatistic::Censored => f64::INFINITY,
        OrderStatistic::Value(value) => value,
    };
    Interval {
        low: figure(low),
        high: figure(high),
    }
}

fn verdict(estimate: &AssertedEstimate, bound: Bound) -> Verdict {
    let Some(Interval { low, high }) = estimate.interval else {
        return Verdict::Inconclusive;
    };
    let (holds, fails) = match bound {
        Bound::AtMost(limit) => (high <= number(limit), low > number(limit)),
        Bound::AtLeast(limit) => (low >= number(limit), high < number(limit)),
    };
    match (holds, fails) {
        (true, _) => Verdict::Pass,
        (_, true) => Verdict::Fail,
        _ => Verdict::Inconclusive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Observation, Response, ResponseKey};
    use patchbench_scenario::Quantity;

    fn days(values: impl IntoIterator<Item = Option<f64>>) -> TalliedResponse {
        let said = values.into_iter().map(Observation::from).collect();
        Response::amount(ResponseKey::overall("time_to_coverage_95"), "days", said).tallied()
    }

    fn judged(response: &TalliedResponse, of: Estimate, limit: f64) -> Verdict {
        verdict(&estimate(response, of), Bound::AtMost(Quantity::Number(limit)))
    }

    #[test]
    fn an_interval_on_one_side_decides_and_one_that_straddles_the_limit_does_not() {
        // Mean 49.5, standard error 2.9: the interval is 43.7 to 55.3.
        let response = days((0..100).map(|value| Some(f64::from(value))));
        for (limit, expected) in [
            (56.0, Verdict::Pass),
            (50.0, Verdict::Inconclusive),
            (43.0, Verdict::Fail),
        ] {
            assert_eq!(judged(&response, Estimate::Mean, limit), expected, "{limit}");
        }
        // Ranks 90 and 100 enclose the 95th percentile of 100 values.
        assert_eq!(judged(&response, Estimate::P95, 99.0), Verdict::Pass);
        assert_eq!(judged(&response, Estimate::P95, 95.0), Verdict::Inconclusive);
        assert_eq!(judged(&response, Estimate::P95, 80.0), Verdict::Fail);
    }

    #[test]
    fn what_was_never_reached_lies_beyond_every_limit() {
        let tenth_never = days((0..100).map(|value| (value % 10 != 0).then_some(5.0)));
        assert_eq!(judged(&tenth_never, Estimate::Median, 5.0), Verdict::Pass);
        assert_eq!(judged(&tenth_never, Estimate::P95, 1e9), Verdict::Inconclusive);
        assert_eq!(judged(&tenth_never, Estimate::Mean, 1e9), Verdict::Inconclusive);
        let mostly_never = days((0..100).map(|value| (value % 10 == 0).then_some(5.0)));
        assert_eq!(judged(&mostly_never, Estimate::P95, 1e9), Verdict::Fail);
    }

    #[test]
    fn one_value_in_all_replications_is_known() {
        let constant = days([Some(7.0), Some(7.0)]);
        assert_eq!(judged(&constant, Estimate::P95, 7.0), Verdict::Pass);
        assert_eq!(judged(&constant, Estimate::Mean, 6.9), Verdict::Fail);
    }
}
