//! `[study]` and `[[assert]]`.

use std::collections::BTreeSet;

use patchbench_model::catalog::ReleaseStream;
use patchbench_model::measures::Sla;

use super::filter_values::{SEVERITIES, beginning};
use super::nodes::Nodes;
use super::releases::Releases;
use super::section::{Place, Problems, Section, text};
use super::values::{amount, duration, integer, probability};
use super::windows::Windows;
use crate::codes;
use crate::document::Item;
use crate::numbers::grouped;
use crate::problem::Problem;
use crate::scenario::{Assertion, Bound, Estimate, Limits, Metric, Quantity, StudySettings};
use crate::suggest::{listing, nearest};

/// The seed when none is given: fixed, so that a scenario alone decides its results.
pub(crate) const DEFAULT_SEED: u64 = 42;
pub(crate) const DEFAULT_REPLICATIONS: u64 = 1000;

/// Shares of the nodes at which coverage is recorded.
pub(crate) const COVERAGES: [f64; 4] = [0.5, 0.9, 0.95, 1.0];

/// Reads `[study]`.
pub(crate) fn study(problems: &Problems, item: Option<&Item>, limits: &Limits) -> (StudySettings, Place) {
    let mut study = StudySettings {
        seed: DEFAULT_SEED,
        replications: DEFAULT_REPLICATIONS,
    };
    let Some(item) = item else {
        return (study, (0, 0..0));
    };
    let mut place = item.place();
    let Some(section) = Section::open(problems, item, "[study]", None) else {
        return (study, place);
    };
    if let Some(seed) = section
        .get("seed")
        .and_then(|item| integer(problems, item, 0, i64::MAX))
    {
        study.seed = seed as u64;
    }
    if let Some(item) = section.get("replications") {
        place = item.place();
        if let Some(count) = integer(problems, item, 1, i64::MAX) {
            study.replications = count as u64;
            if study.replications > limits.max_replications {
                let message = format!(
                    "{} replications; the limit is {}",
                    grouped(study.replications),
                    grouped(limits.max_replications)
                );
                problems.push(Problem::error(codes::SIZE, message).at(item.place()));
            }
        }
    }
    section.close();
    (study, place)
}

/// What assertions may refer to.
pub(crate) struct Known<'a> {
    groups: Vec<&'a str>,
    /// False when some nodes could not be read, so that a group may be theirs.
    groups_complete: bool,
    windows: &'a Windows,
    /// Severities that patches may have.
    severities: BTreeSet<&'a str>,
    /// False when some streams could not be read.
    releases_complete: bool,
    slas: &'a [Sla],
    /// False when some deadlines could not be read.
    slas_complete: bool,
    /// Whether patches turn out bad, and somebody watches for it.
    faults: Faults,
}

/// What there is of bad patches.
#[derive(Clone, Copy)]
struct Faults {
    /// Tables `[bad_patches.…]`.
    bad_patches: bool,
    /// `[monitoring]`.
    monitoring: bool,
}

impl<'a> Known<'a> {
    pub(crate) fn new(
        nodes: &'a Nodes,
        windows: &'a Windows,
        releases: &'a Releases,
        (slas, slas_complete): (&'a [Sla], bool),
        scenario: &Section<'_>,
    ) -> Self {
        let groups = nodes.pools.iter().filter_map(|pool| pool.patch_group.as_deref());
        let groups: BTreeSet<&str> = groups.collect();
        Self {
            groups: groups.into_iter().collect(),
            groups_complete: nodes.complete,
            windows,
            severities: releases
                .streams
                .iter()
                .flat_map(ReleaseStream::severities)
                .collect(),
            releases_complete: releases.complete,
            slas,
            slas_complete,
            faults: Faults {
                bad_patches: scenario.get("bad_patches").is_some(),
                monitoring: scenario.get("monitoring").is_some(),
            },
        }
    }
}

/// Reads one `[[assert]]`.
pub(crate) fn assertion(
    problems: &Problems,
    item: &Item,
    number: usize,
    known: &Known<'_>,
) -> Option<Assertion> {
    let section = Section::open(problems, item, format!("assertion {number}"), None)?;
    let name = section
        .text("name")
        .map_or_else(|| format!("assertion {number}"), str::to_owned);
    let metric = section
        .require("metric", "metric = \"time_to_coverage\"")
        .and_then(|item| metric(problems, item));
    let mut assertion = Assertion {
        name,
        metric: metric.unwrap_or(Metric::Stop),
        group: None,
        severity: None,
        patch: None,
        window: None,
        coverage: None,
        sla: None,
        bound: Bound::AtMost(Quantity::Number(0.0)),
        in_share: 0.95,
        estimate: None,
    };
    if let Some(item) = section.get("where") {
        slice(problems, item, (metric, known), &mut assertion);
    }
    coverage(problems, &section, metric, &mut assertion);
    assertion.sla = sla(problems, &section, metric, known);
    if let Some(item) = section.get("in") {
        if let Some(share) = probability(problems, item) {
            assertion.in_share = share;
        }
        if let Some(metric) = metric.filter(|metric| metric.is_probability()) {
            let message = format!(
                "`in` has no meaning for {}: its bound is a probability itself",
                metric.as_str()
            );
            problems.push(Problem::warning(codes::ASSERTION, message).at(item.place()));
        }
    }
    assertion.estimate = estimate(problems, &section, metric);
    let bound = bound(problems, &section, metric);
    if let Some(metric) = metric {
        without_faults(problems, (item, metric), known.faults);
    }
    section.close();
    metric?;
    assertion.bound = bound?;
    Some(assertion)
}

/// The estimate that is bounded, if one is: of amounts and times, and not in a share of the replications.
fn estimate(problems: &Problems, section: &Section<'_>, metric: Option<Metric>) -> Option<Estimate> {
    let item = section.get("estimate")?;
    let given = text(problems, item)?;
    let found = Estimate::ALL
        .into_iter()
        .find(|estimate| estimate.as_str() == given);
    if found.is_none() {
        let names = Estimate::ALL.map(Estimate::as_str);
        problems.push(
            Problem::error(codes::ASSERTION, format!("there is no estimate \"{given}\""))
                .at(item.place())
                .note(format!("estimates: {}", names.join(", ")))
                .meant(nearest(given, names)),
        );
    }
    if let Some(metric) = metric.filter(|metric| metric.is_probability()) {
        let message = format!(
            "`estimate` has no meaning for {}: its bound is on the estimate",
            metric.as_str()
        );
        problems.push(Problem::error(codes::ASSERTION, message).at(item.place()));
    }
    if let Some(share) = section.get("in") {
        problems.push(
            Problem::error(
                codes::ASSERTION,
                format!("{} has estimate and in", section.name()),
            )
            .at(item.place())
            .at(share.place())
            .help("a bound is on an estimate over the replications, or holds in a share of them"),
        );
    }
    found
}

fn metric(problems: &Problems, item: &Item) -> Option<Metric> {
    let given = text(problems, item)?;
    let found = Metric::ALL.into_iter().find(|metric| metric.as_str() == given);
    if found.is_none() {
        let names = Metric::ALL.map(Metric::as_str);
        problems.push(
            Problem::error(codes::ASSERTION, format!("there is no metric \"{given}\""))
                .at(item.place())
                .note(format!("metrics: {}", names.join(", ")))
                .meant(nearest(given, names)),
        );
    }
    found
}

/// A metric of bad patches says nothing where none is bad, nor one of alarms where nobody watches.
fn without_faults(problems: &Problems, (item, metric): (&Item, Metric), faults: Faults) {
    use Metric::{BrokenAtAlarm, FalseStop, MissedStop, ReachedAtAlarm, TimeToDetection, TrueStop};
    let of_bad = Metric::OF_BAD_PATCHES
        .into_iter()
        .chain([TrueStop, MissedStop, FalseStop]);
    let needed = if !faults.bad_patches && of_bad.into_iter().any(|of_bad| of_bad == metric) {
        "[bad_patches.…]"
    } else if !faults.monitoring && [ReachedAtAlarm, BrokenAtAlarm, TimeToDetection].contains(&metric) {
        "[monitoring]"
    } else {
        return;
    };
    let message = format!("{} says nothing without {needed}", metric.as_str());
    problems.push(Problem::warning(codes::ASSERTION, message).at(item.place()));
}

/// Keys of `where` that a metric looks at.
pub(crate) const fn slices(metric: Metric) -> &'static [&'static str] {
    match metric {
        Metric::TimeToCoverage => &["group", "severity", "patch"],
        Metric::Exposure
        | Metric::ExploitableExposure
        | Metric::UnpatchedAtExploit
        | Metric::SlaAttainment
        | Metric::Backlog
        | Metric::SupersededUnseen => &["group", "severity"],
        Metric::Stop
        | Metric::TrueStop
        | Metric::MissedStop
        | Metric::FalseStop
        | Metric::NodesLeft
        | Metric::StartedBeforeCutoff => &["group", "window"],
        Metric::RebootsPerNodeYear | Metric::PeakInProgress | Metric::OpeningsSkipped => &["window"],
        // Of bad patches: which of them.
        _ => &["patch"],
    }
}

fn slice(
    problems: &Problems,
    item: &Item,
    (metric, known): (Option<Metric>, &Known<'_>),
    assertion: &mut Assertion,
) {
    let Some(section) = Section::open(problems, item, "where", None) else {
        return;
    };
    let read = |key: &'static str| {
        let item = section.get(key)?;
        let given = text(problems, item)?;
        if let Some(metric) = metric.filter(|metric| !slices(*metric).contains(&key)) {
            let message = format!("where.{key} has no meaning for {}", metric.as_str());
            let problem = Problem::error(codes::ASSERTION, message).at(item.place());
            problems.push(problem.note(format!("it looks at: {}", slices(metric).join(", "))));
            return None;
        }
        Some((given, item.place()))
    };
    let unknown = |key: &str, (given, place): &(&str, Place), names: &[&str]| {
        problems.push(
            Problem::error(codes::REFERENCE, format!("there is no {key} \"{given}\""))
                .at(place.clone())
                .note(format!("there is: {}", listing(names.iter().copied())))
                .meant(nearest(given, names.iter().copied())),
        );
    };
    let (group, window) = (read("group"), read("window"));
    let (severity, patch) = (read("severity"), read("patch"));
    section.close();
    if let Some(found) = group.as_ref().filter(|(name, _)| !known.groups.contains(name))
        && known.groups_complete
    {
        unknown("group", found, &known.groups);
    }
    if let Some(found) = window.as_ref().filter(|(name, _)| !known.windows.declares(name)) {
        let names: Vec<&str> = known.windows.names().collect();
        unknown("window", found, &names);
    }
    if let Some((name, place)) = &severity {
        check_severity(problems, known, name, place);
    }
    let owned = |found: Option<(&str, Place)>| found.map(|(name, _)| name.to_owned());
    (assertion.group, assertion.window) = (owned(group), owned(window));
    (assertion.severity, assertion.patch) = (owned(severity), owned(patch));
}

/// A severity that no patch has leaves an assertion without an answer; one that no system has
/// either is misspelt.
fn check_severity(problems: &Problems, known: &Known<'_>, name: &str, place: &Place) {
    let same = |other: &str| other.eq_ignore_ascii_case(name);
    let listed = SEVERITIES.iter().any(|other| same(other));
    if known.severities.iter().any(|other| same(other)) || (listed && !known.releases_complete) {
        return;
    }
    let released = || known.severities.iter().copied();
    let problem = if listed {
        let message = format!("no patch has severity \"{name}\": the assertion has nothing to say");
        Problem::warning(codes::ASSERTION, message)
    } else {
        let meant = nearest(name, SEVERITIES.iter().copied().chain(released()));
        Problem::error(codes::REFERENCE, format!("there is no severity \"{name}\""))
            .meant(meant.or_else(|| beginning(name, SEVERITIES)))
    };
    let note = format!("severities of the patches: {}", listing(released()));
    problems.push(problem.at(place.clone()).note(note));
}

fn coverage(problems: &Problems, section: &Section<'_>, metric: Option<Metric>, assertion: &mut Assertion) {
    let item = section.get("coverage");
    match (item, metric) {
        (Some(item), Some(Metric::TimeToCoverage)) => {
            let share = probability(problems, item);
            if share.is_some_and(|share| !COVERAGES.contains(&share)) {
                let message = "coverage is recorded at 0.5, 0.9, 0.95 and 1 of the nodes";
                problems.push(Problem::error(codes::ASSERTION, message).at(item.place()));
            }
            assertion.coverage = share;
        }
        (None, Some(Metric::TimeToCoverage)) => section.missing(
            &["coverage"],
            Problem::error(codes::ASSERTION, "time_to_coverage needs a coverage")
                .at(section.place())
                .help("add coverage = 0.95"),
        ),
        (Some(item), Some(metric)) => {
            let message = format!("coverage has no meaning for {}", metric.as_str());
            problems.push(Problem::error(codes::ASSERTION, message).at(item.place()));
        }
        _ => {}
    }
}

/// The deadline that `sla_attainment` is about: it must be named.
fn sla(
    problems: &Problems,
    section: &Section<'_>,
    metric: Option<Metric>,
    known: &Known<'_>,
) -> Option<usize> {
    let names = || known.slas.iter().map(|sla| sla.name.as_str());
    match (section.get("sla"), metric) {
        (Some(item), Some(Metric::SlaAttainment)) => {
            let given = text(problems, item)?;
            let found = names().position(|name| name == given);
            if found.is_none() && known.slas_complete {
                let message = format!("there is no [sla.…] named \"{given}\"");
                let problem = Problem::error(codes::REFERENCE, message).at(item.place());
                let problem = problem.note(format!("there is: {}", listing(names())));
                problems.push(problem.meant(nearest(given, names())));
            }
            found
        }
        (None, Some(Metric::SlaAttainment)) => {
            let example = names().next().unwrap_or("ours");
            section.missing(
                &["sla"],
                Problem::error(codes::ASSERTION, "sla_attainment needs the name of a deadline")
                    .at(section.place())
                    .help(format!("add sla = \"{example}\", with a table [sla.{example}]")),
            );
            None
        }
        (Some(item), Some(metric)) => {
            let message = format!("sla has no meaning for {}", metric.as_str());
            problems.push(Problem::error(codes::ASSERTION, message).at(item.place()));
            None
        }
        _ => None,
    }
}

/// What kind of value bounds a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// A time.
    Duration,
    /// A number from 0 to 1.
    Share,
    /// A number from 0 on.
    Amount,
}

impl Measure {
    pub(crate) const fn of(metric: Metric) -> Self {
        match metric {
            Metric::TimeToCoverage | Metric::TimeToFirstSymptom | Metric::TimeToDetection => Self::Duration,
            Metric::StartedBeforeCutoff
            | Metric::UnpatchedAtExploit
            | Metric::SlaAttainment
            | Metric::BrokenShareOfFleet
            | Metric::BrokenShareOfClass => Self::Share,
            metric if metric.is_probability() => Self::Share,
            _ => Self::Amount,
        }
    }
}

fn bound(problems: &Problems, section: &Section<'_>, metric: Option<Metric>) -> Option<Bound> {
    let (most, least) = (section.get("at_most"), section.get("at_least"));
    let quantity = |item: &Item| match Measure::of(metric?) {
        Measure::Duration => duration(problems, item).map(Quantity::Duration),
        Measure::Share => probability(problems, item).map(Quantity::Number),
        Measure::Amount => amount(problems, item).map(Quantity::Number),
    };
    match (most, least) {
        (Some(item), None) => quantity(item).map(Bound::AtMost),
        (None, Some(item)) => quantity(item).map(Bound::AtLeast),
        (Some(most), Some(least)) => {
            problems.push(
                Problem::error(
                    codes::ASSERTION,
                    format!("{} has at_most and at_least", section.name()),
                )
                .at(most.place())
                .at(least.place())
                .help("write two assertions"),
            );
            None
        }
        (None, None) => {
            let example = match metric {
                Some(Metric::TimeToCoverage) | None => "at_most = \"14d\"",
                Some(Metric::TimeToFirstSymptom | Metric::TimeToDetection) => "at_most = \"2d\"",
                Some(Metric::TrueStop) => "at_least = 0.9",
                Some(metric) if metric.is_probability() => "at_most = 0.05",
                Some(Metric::BrokenShareOfFleet | Metric::BrokenShareOfClass) => "at_most = 0.05",
                Some(Metric::UnpatchedAtExploit) => "at_most = 0.4",
                Some(Metric::StartedBeforeCutoff | Metric::SlaAttainment) => "at_least = 0.95",
                Some(_) => "at_most = 0",
            };
            section.missing(
                &["at_most", "at_least"],
                Problem::error(
                    codes::ASSERTION,
                    format!("{} needs either at_most or at_least", section.name()),
                )
                .at(section.place())
                .help(format!("add {example}")),
            );
            None
        }
    }
}
