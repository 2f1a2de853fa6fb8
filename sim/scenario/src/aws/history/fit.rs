//! Observations as a behaviour: empirical times, and shares with their intervals.
//!
//! In the model an Install takes scan + install (+ reboot), drawn independently; a Scan takes the scan
//! alone. Observed is the time of a whole operation, reboots included. So the reboot time is 0, and the
//! install time is what is left of the whole without the scan, such that whole operations have the
//! observed distribution: see [`rest`].

use super::observations::{Group, Sample};

/// Fewer operations make no distribution of their own.
pub(super) const ENOUGH: usize = 30;

/// A distribution has at most so many values.
const MOST_VALUES: usize = 200;

/// Values with how often each was seen: milliseconds, rising.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Empirical {
    pub(super) points: Vec<(i64, u64)>,
    /// How many different values there were.
    pub(super) different: usize,
}

/// Whose operations something was fitted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    Group,
    /// All groups together, for this one has too few.
    All,
}

/// Observed times.
#[derive(Clone, Debug)]
pub(super) struct Times {
    pub(super) from: From,
    /// How many.
    pub(super) count: usize,
    pub(super) observed: Empirical,
    /// Of all of them, as they were before the distribution was cut down.
    pub(super) summary: Summary,
    variance: f64,
    pub(super) timed_out: u64,
}

/// A share of successes or failures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Share {
    pub(super) from: From,
    pub(super) count: u64,
    pub(super) of: u64,
}

/// How the scan time came about.
#[derive(Clone, Debug)]
pub(super) enum Scan {
    Observed(Times),
    /// No Scan was observed: constant, at most the preset's median, and taken off the install time.
    Assumed(i64),
}

/// The install time.
#[derive(Clone, Debug)]
pub(super) struct Install {
    pub(super) times: Times,
    /// What is left without the scan.
    pub(super) rest: Empirical,
    /// The largest difference between the cumulated distributions of observed and simulated whole
    /// operations (Kolmogorov's distance): 0 when they are the same.
    pub(super) distance: f64,
    /// Of simulated whole operations.
    pub(super) simulated: Summary,
}

/// A behaviour, as far as it was observed.
#[derive(Clone, Debug)]
pub(super) struct Fitted {
    pub(super) scan: Scan,
    pub(super) install: Option<Install>,
    pub(super) failure: Option<Share>,
    pub(super) scan_failure: Option<Share>,
    pub(super) unreached: Option<Share>,
}

/// Mean and quantiles of times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Summary {
    pub(super) mean: f64,
    pub(super) quantiles: [i64; 3],
    pub(super) longest: i64,
}

/// Median, 90 % and 95 %.
pub(super) const QUANTILES: [f64; 3] = [0.5, 0.9, 0.95];

/// What a group is fitted from, and what all groups lend those with too few operations.
#[derive(Clone, Debug)]
pub(super) struct Observed {
    scans: Option<Times>,
    installs: Option<Times>,
    failure: Share,
    scan_failure: Share,
    unreached: Share,
}

impl Observed {
    pub(super) fn new(group: &Group, from: From) -> Self {
        let share = |count, of| Share { from, count, of };
        Self {
            scans: Times::of(&group.scans, from),
            installs: Times::of(&group.installs, from),
            failure: share(group.installs.failed, group.installs.ended),
            scan_failure: share(group.scans.failed, group.scans.ended),
            unreached: share(group.unreached, group.sent),
        }
    }

    /// Fits a group; `usual_scan` is the scan time in milliseconds that is assumed if none was observed.
    pub(super) fn fit(&self, all: &Self, usual_scan: i64) -> Fitted {
        let whole = lent(self.installs.as_ref(), all.installs.as_ref());
        let scan = match (lent(self.scans.as_ref(), all.scans.as_ref()), &whole) {
            (Some(observed), _) => Scan::Observed(observed),
            (None, Some(whole)) => Scan::Assumed(usual_scan.min(whole.observed.points[0].0)),
            (None, None) => Scan::Assumed(usual_scan),
        };
        Fitted {
            install: whole.map(|whole| install(whole, &scan)),
            scan,
            failure: self.failure.or_lent(all.failure),
            scan_failure: self.scan_failure.or_lent(all.scan_failure),
            unreached: self.unreached.or_lent(all.unreached),
        }
    }
}

/// The group's own times if there are enough or no others, else those of all groups.
fn lent(own: Option<&Times>, all: Option<&Times>) -> Option<Times> {
    match own {
        Some(own) if own.count >= ENOUGH || all.is_none_or(|all| all.count == own.count) => Some(own.clone()),
        _ => all.cloned(),
    }
}

impl Times {
    fn of(sample: &Sample, from: From) -> Option<Self> {
        let values = &sample.times;
        let longest = *values.last()?;
        let mean = mean(values);
        let squares = values.iter().map(|value| (*value as f64 - mean).powi(2));
        let rank = |share: f64| values[((share * values.len() as f64).ceil() as usize).max(1) - 1];
        Some(Self {
            from,
            count: values.len(),
            observed: Empirical::of(values),
            summary: Summary {
                mean,
                quantiles: QUANTILES.map(rank),
                longest,
            },
            variance: squares.sum::<f64>() / values.len() as f64,
            timed_out: sample.timed_out,
        })
    }
}

impl Share {
    fn or_lent(self, all: Self) -> Option<Self> {
        let own = self.of >= ENOUGH as u64 || self.of == all.of;
        Some(if own { self } else { all }).filter(|share| share.of > 0)
    }

    pub(super) fn value(self) -> f64 {
        self.count as f64 / self.of as f64
    }

    /// Wilson's 95 % interval.
    pub(super) fn interval(self) -> (f64, f64) {
        const Z: f64 = 1.959_963_984_540_054;
        let (n, p) = (self.of as f64, self.value());
        let center = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        ((center - half).max(0.0), (center + half).min(1.0))
    }
}

impl Empirical {
    /// The values themselves up to 200 different ones. More are sorted and cut into 198 parts of equal
    /// size between the least and the greatest; each part is its mean, which keeps the mean of all, and
    /// moves no quantile out of its part.
    pub(super) fn of(sorted: &[i64]) -> Self {
        let exact = Self::counted(sorted);
        if exact.points.len() <= MOST_VALUES {
            return exact;
        }
        let inner = &sorted[1..sorted.len() - 1];
        let parts = MOST_VALUES - 2;
        let mut points = vec![(sorted[0], 1)];
        for part in 0..parts {
            let cut = |part: usize| inner.len() * part / parts;
            let values = &inner[cut(part)..cut(part + 1)];
            points.push((mean(values).round() as i64, values.len() as u64));
        }
        points.push((sorted[sorted.len() - 1], 1));
        Self {
            different: exact.different,
            ..Self::merged(points)
        }
    }

    fn counted(sorted: &[i64]) -> Self {
        Self::merged(sorted.iter().map(|value| (*value, 1)).collect())
    }

    /// Joins neighbours with the same value.
    fn merged(points: Vec<(i64, u64)>) -> Self {
        let mut merged: Vec<(i64, u64)> = Vec::new();
        for (value, weight) in points {
            match merged.last_mut() {
                Some((last, sum)) if *last == value => *sum += weight,
                _ => merged.push((value, weight)),
            }
        }
        Self {
            different: merged.len(),
            points: merged,
        }
    }
}

fn mean(values: &[i64]) -> f64 {
    values.iter().map(|value| *value as f64).sum::<f64>() / values.len() as f64
}

/// Of values with weights, rising.
fn summary(weighted: &[(i64, f64)]) -> Summary {
    let sum: f64 = weighted.iter().map(|(_, weight)| weight).sum();
    let mean = weighted
        .iter()
        .map(|(value, weight)| *value as f64 * weight)
        .sum::<f64>()
        / sum;
    let quantile = |share: f64| {
        let mut below = 0.0;
        let reached = weighted.iter().find(|(_, weight)| {
            below += weight;
            below >= share * sum * (1.0 - 1e-12)
        });
        reached.or(weighted.last()).map_or(0, |(value, _)| *value)
    };
    Summary {
        mean,
        quantiles: QUANTILES.map(quantile),
        longest: weighted.last().map_or(0, |(value, _)| *value),
    }
}

/// The install time for the observed whole and a scan time.
fn install(whole: Times, scan: &Scan) -> Install {
    let (scans, rest) = match scan {
        Scan::Assumed(ms) => {
            let less = |(time, weight): &(i64, u64)| (time - ms, *weight);
            let rest = whole.observed.points.iter().map(less).collect();
            (Empirical::merged(vec![(*ms, 1)]), rest)
        }
        Scan::Observed(scans) => (scans.observed.clone(), rest(&whole, scans)),
    };
    let rest = Empirical::merged(rest);
    let sums = sums(&scans, &rest);
    Install {
        distance: distance(&whole.observed, &sums),
        simulated: summary(&sums),
        times: whole,
        rest,
    }
}

/// Whole operations without their scans, as times to which an independent scan is added.
///
/// Subtracting quantile from quantile, or a random scan, would be wrong: the sum would spread more than
/// what was observed. The observed times are moved by the mean scan, and drawn together around their
/// mean so that scan and rest have their variance together: mean and variance are those observed, only
/// the shape of the sum differs a little, by a distance that is reported. Where that would fall below
/// 0, it is 0, and the others are moved until the mean is right again.
fn rest(whole: &Times, scans: &Times) -> Vec<(i64, u64)> {
    let points = &whole.observed.points;
    let center = whole.summary.mean;
    let wanted = (center - scans.summary.mean).max(0.0);
    let narrower = (1.0 - scans.variance / whole.variance).max(0.0).sqrt();
    // Equal times leave nothing to draw together.
    let narrower = if whole.variance > 0.0 { narrower } else { 0.0 };
    let moved = |time: i64, shift: f64| (wanted + narrower * (time as f64 - center) - shift).max(0.0);
    let excess = |shift: f64| {
        let sum: f64 = points
            .iter()
            .map(|(time, weight)| moved(*time, shift) * *weight as f64)
            .sum();
        sum / whole.count as f64 - wanted
    };
    let (mut low, mut high) = (0.0, center + wanted);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if excess(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    let one = |(time, weight): &(i64, u64)| (moved(*time, low).round() as i64, *weight);
    points.iter().map(one).collect()
}

/// All sums of two independent times with their weights, rising.
fn sums(a: &Empirical, b: &Empirical) -> Vec<(i64, f64)> {
    let mut sums: Vec<(i64, f64)> = a
        .points
        .iter()
        .flat_map(|(x, weight)| {
            let sum = move |(y, other): &(i64, u64)| (x + y, *weight as f64 * *other as f64);
            b.points.iter().map(sum)
        })
        .collect();
    sums.sort_unstable_by_key(|(value, _)| *value);
    sums
}

/// The largest difference between the cumulated distributions.
fn distance(observed: &Empirical, simulated: &[(i64, f64)]) -> f64 {
    let simulated_sum: f64 = simulated.iter().map(|(_, weight)| weight).sum();
    let observed_sum: u64 = observed.points.iter().map(|(_, weight)| weight).sum();
    let steps = observed
        .points
        .iter()
        .map(|(value, weight)| (*value, *weight as f64 / observed_sum as f64));
    let others = simulated
        .iter()
        .map(|(value, weight)| (*value, -weight / simulated_sum));
    let mut steps: Vec<(i64, f64)> = steps.chain(others).collect();
    steps.sort_unstable_by_key(|(value, _)| *value);
    let (mut difference, mut largest) = (0.0, 0.0f64);
    for part in steps.chunk_by(|a, b| a.0 == b.0) {
        difference += part.iter().map(|(_, step)| step).sum::<f64>();
        largest = largest.max(f64::abs(difference));
    }
    largest
}
