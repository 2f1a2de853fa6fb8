//! Sequential stopping: replications are added until intervals are as narrow as wanted.
//!
//! The number of replications then depends on the results, and with it which results are shown: a
//! sample that looks steadier than it is stops early, so that the intervals cover the true value
//! somewhat less often than 95 % (Law 2015, section 9.4.1; Glynn and Whitt 1992 show that the loss
//! vanishes as the wanted width does). The first look comes after [`FIRST`] replications and later
//! looks are few, which keeps the loss small.

use std::fmt;

use patchbench_kernel::SimDuration;
use patchbench_scenario::duration_of;

use crate::replicate::CHUNK;
use crate::{Keyed, Proportion, Selector, TalliedResponse, Unselected};

/// Replications before the first look, unless more are asked for.
pub const FIRST: u64 = 4 * CHUNK;

/// Replications after which a study stops, however wide its intervals are, unless told otherwise.
pub const MOST: u64 = 100_000;

/// How narrow an interval is to be: its half-width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Width {
    /// A share of the estimate, such as 0.05; of a probability: in points, such as ± 0.05.
    Relative(f64),
    /// In the unit of the response.
    Absolute(f64),
    /// A time, for responses in days or hours.
    Time(SimDuration),
}

/// `--precision 5%` or `--precision stop=0.01`.
#[derive(Clone, Debug, PartialEq)]
pub struct PrecisionTarget {
    /// The response; `None`: the headline ones.
    pub response: Option<Selector>,
    /// Half-width of its interval.
    pub width: Width,
}

impl PrecisionTarget {
    /// Reads `WIDTH`, or `METRIC=WIDTH`; widths are `5%`, `0.01` or `0.5d`.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (response, width) = match text.rsplit_once('=') {
            Some((response, width)) => (Some(Selector::parse(response)?), width),
            None => (None, text),
        };
        let width = Width::parse(width.trim())
            .ok_or_else(|| format!("`{text}` is no width; write 5%, 0.01 or 0.5d, or METRIC=0.01"))?;
        Ok(Self { response, width })
    }
}

impl Width {
    /// Reads `5%`, `0.01` or `0.5d`.
    pub fn parse(text: &str) -> Option<Self> {
        let positive = |text: &str| {
            let number: f64 = text.trim().parse().ok()?;
            (number > 0.0 && number.is_finite()).then_some(number)
        };
        match text.strip_suffix('%') {
            Some(percent) => positive(percent).map(|percent| Self::Relative(percent / 100.0)),
            None => positive(text).map(Self::Absolute).or_else(|| {
                let span = duration_of(text)?;
                (span > SimDuration::ZERO).then_some(Self::Time(span))
            }),
        }
    }

    /// In the unit of a response with this estimate; `None` for a time where there is none.
    pub fn in_unit(self, unit: &str, estimate: f64) -> Option<f64> {
        match (self, unit) {
            (Self::Relative(share), "probability") => Some(share),
            (Self::Relative(share), _) => Some(share * estimate.abs()),
            (Self::Absolute(width), _) => Some(width),
            (Self::Time(span), "days") => Some(span.as_days_f64()),
            (Self::Time(span), "hours") => Some(span.as_hours_f64()),
            (Self::Time(_), _) => None,
        }
    }
}

/// As it is read.
impl fmt::Display for PrecisionTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(response) = &self.response {
            write!(f, "{response}=")?;
        }
        match self.width {
            Width::Relative(share) => write!(f, "{}%", (share * 1e10).round() / 1e8),
            Width::Absolute(width) => write!(f, "{width}"),
            Width::Time(span) => write!(f, "{}ms", span.millis()),
        }
    }
}

/// When a study has enough replications.
#[derive(Clone, Debug, PartialEq)]
pub struct Precision {
    /// What is wanted.
    pub targets: Vec<PrecisionTarget>,
    /// At least so many replications.
    pub first: u64,
    /// At most so many.
    pub most: u64,
}

/// How narrow the interval of one response became.
#[derive(Clone, Debug, PartialEq)]
pub struct PrecisionReached {
    /// The response.
    pub response: String,
    /// What is estimated of it: its mean, its probability, its median where values are censored, or the
    /// share that is censored where even the median is.
    pub of: &'static str,
    /// Unit of the half-widths.
    pub unit: &'static str,
    /// Half-width that was wanted.
    pub wanted: f64,
    /// Half-width that was reached.
    pub half_width: f64,
}

impl PrecisionReached {
    /// Whether it is as narrow as wanted.
    pub fn is_met(&self) -> bool {
        self.half_width <= self.wanted
    }

    /// How many times the replications are needed, if it goes on as it went: half-widths shrink with the
    /// root of their number.
    fn still_needed(&self) -> f64 {
        (self.half_width / self.wanted).powi(2)
    }
}

impl Precision {
    /// Replications before the first look.
    pub fn first_count(&self) -> u64 {
        self.first.clamp(2, self.most.max(2))
    }

    /// How many replications are needed, if those that were played are not enough; at most as many as are
    /// allowed.
    ///
    /// # Errors
    /// When a target names no response, or a time for one that is not a time.
    pub fn look(&self, responses: &[TalliedResponse], played: u64) -> Result<Look, Unselected> {
        let reached = reached(responses, &self.targets)?;
        let needed = self.needed(&reached, played);
        Ok(Look { needed, reached })
    }
}

impl Precision {
    /// How many replications are needed where intervals are as narrow as this; `None`: it is enough.
    pub(crate) fn needed(&self, reached: &[PrecisionReached], played: u64) -> Option<u64> {
        let open = reached.iter().filter(|reached| !reached.is_met());
        let factor = open.map(PrecisionReached::still_needed).fold(0.0, f64::max);
        let enough = factor == 0.0 || played >= self.most;
        (!enough).then(|| next_count(played, factor).min(self.most))
    }
}

/// What a look at the intervals says.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Replications to play until the next look, those before included; `None`: it is enough.
    pub needed: Option<u64>,
    /// How narrow the intervals are.
    pub reached: Vec<PrecisionReached>,
}

/// What is still needed can be foretold, and is exceeded a little, so that few looks are taken; at most
/// four times what there was, since what is foretold from few replications is uncertain.
fn next_count(count: u64, factor: f64) -> u64 {
    let foretold = (count as f64 * factor * 1.05).min(4.0 * count as f64) as u64;
    foretold.max(count + 1).next_multiple_of(CHUNK)
}

/// How narrow the intervals of all targets are.
///
/// # Errors
/// When a target names no response, or a time for one that is not a time.
pub(crate) fn reached(
    responses: &[TalliedResponse],
    targets: &[PrecisionTarget],
) -> Result<Vec<PrecisionReached>, Unselected> {
    let mut all = Vec::new();
    for target in targets {
        let own = match &target.response {
            Some(selector) => vec![selector.select(responses)?],
            None => headline(responses),
        };
        for response in own {
            all.extend(width_of(response, target)?);
        }
    }
    Ok(all)
}

/// The responses that are looked at first: how long 95 % coverage takes, exposure, and whether the error
/// threshold stops a task; over the whole fleet.
pub fn headline<R: Keyed>(responses: &[R]) -> Vec<&R> {
    let names = ["time_to_coverage_95", "exposure", "stop"];
    let found = names
        .iter()
        .filter_map(|name| Selector::of(name).select(responses).ok());
    found.collect()
}

/// How narrow the interval of a response is; nothing where it has nothing to say, or a single value.
fn width_of(
    response: &TalliedResponse,
    target: &PrecisionTarget,
) -> Result<Option<PrecisionReached>, Unselected> {
    let Some((of, unit, estimate, half_width)) = half_width(response) else {
        return Ok(None);
    };
    // The share that is censored has no unit of its own: points are meant.
    let width = match (of, target.width) {
        ("censored share", Width::Absolute(_) | Width::Time(_)) => Width::Relative(0.05),
        (_, width) => width,
    };
    let wanted = match width.in_unit(unit, estimate) {
        Some(wanted) => wanted,
        // A time that is wanted of all headline responses is meant for those that are times.
        None if target.response.is_none() => return Ok(None),
        None => {
            return Err(Unselected {
                message: format!("a time is no width for {}", response.key),
                note: format!("its unit is {}", response.unit),
                meant: None,
            });
        }
    };
    Ok(Some(PrecisionReached {
        response: response.key.to_string(),
        of,
        unit,
        wanted,
        half_width,
    }))
}

/// What is estimated, in which unit, the estimate, and the half-width of its interval.
fn half_width(response: &TalliedResponse) -> Option<(&'static str, &'static str, f64, f64)> {
    let half = |low: f64, high: f64| (high - low) / 2.0;
    if let Some(share) = response.proportion() {
        let interval = share.interval;
        return Some((
            "probability",
            "probability",
            share.share,
            half(interval.low, interval.high),
        ));
    }
    let summary = response.summary();
    if summary.n == 0 {
        return None;
    }
    if let Some((mean, interval)) = summary.mean.zip(summary.mean_interval) {
        return Some(("mean", response.unit, mean, half(interval.low, interval.high)));
    }
    if let Some((median, interval)) = summary.p50.zip(summary.p50_interval) {
        return Some(("median", response.unit, median, half(interval.low, interval.high)));
    }
    let censored = Proportion::new(summary.censored, summary.n);
    let width = half(censored.interval.low, censored.interval.high);
    (summary.n > 1).then_some(("censored share", "probability", censored.share, width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Observation, Response, ResponseKey};

    #[test]
    fn widths_are_shares_numbers_and_times() {
        for (text, expected) in [
            ("5%", Some(Width::Relative(0.05))),
            ("0.01", Some(Width::Absolute(0.01))),
            ("12h", Some(Width::Time(SimDuration::from_minutes(720)))),
            ("0", None),
            ("-1", None),
            ("nan", None),
            ("x%", None),
            ("", None),
        ] {
            assert_eq!(Width::parse(text), expected, "{text}");
        }
        for text in [
            "5%",
            "0.07%",
            "stop=0.01",
            "exposure:group=Web=7%",
            "1.5d",
            "window_makespan=90m",
        ] {
            let target = PrecisionTarget::parse(text).unwrap();
            assert_eq!(PrecisionTarget::parse(&target.to_string()), Ok(target), "{text}");
        }
        let target = PrecisionTarget::parse("exposure:group=Web=2.5").unwrap();
        assert_eq!(target.width, Width::Absolute(2.5));
        assert_eq!(target.response.unwrap().to_string(), "exposure:group=Web");
    }

    #[test]
    fn a_percentage_is_relative_for_a_mean_and_points_for_a_probability() {
        let said: Vec<Observation> = (0..100)
            .map(|number| Observation::Value(f64::from(number % 2)))
            .collect();
        let amount = Response::amount(ResponseKey::overall("exposure"), "node-days", said.clone());
        let chance = Response::chance(ResponseKey::overall("stop"), said);
        let targets = [PrecisionTarget::parse("10%").unwrap()];
        let reached = reached(&[amount.tallied(), chance.tallied()], &targets).unwrap();
        let told: Vec<(&str, f64)> = reached.iter().map(|one| (one.of, one.wanted)).collect();
        assert_eq!(told, [("mean", 0.05), ("probability", 0.1)]);
        // Student's interval of fifty zeros and ones each: 1.984 · 0.5025 / 10.
        assert!((reached[0].half_width - 0.0997).abs() < 1e-4);
    }

    #[test]
    fn a_time_is_no_width_for_nodes() {
        let said = vec![Observation::Value(1.0), Observation::Value(2.0)];
        let nodes = Response::amount(ResponseKey::overall("nodes_left"), "nodes", said);
        let target = PrecisionTarget::parse("nodes_left=2d").unwrap();
        let wrong = reached(&[nodes.tallied()], &[target]).unwrap_err();
        assert_eq!(wrong.message, "a time is no width for nodes_left");
    }

    #[test]
    fn the_next_number_of_replications_is_foretold_and_bounded() {
        assert_eq!(next_count(64, 1.5), 112);
        assert_eq!(next_count(64, 1e9), 256);
        assert_eq!(next_count(64, 1.0001), 80);
    }
}
