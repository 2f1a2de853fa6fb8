//! Figures, differences and changes of the input, in words.

use patchbench_scenario::{Leaf, LeafChange, LeafPath};
use patchbench_study::{
    Better, Change, ComparedDesign, ComparedResponse, Comparison, DifferenceOf, Interval, PairedDifference,
    ResponseEstimate, TaskLimits, Verdict,
};

use super::ComparisonReport;
use crate::text::{counted, observed, percent_interval, percent_of};

/// Whether figures of a unit are shares, which are told in percent.
pub(crate) fn is_share(unit: &str) -> bool {
    ["probability", "share", "share of targets"].contains(&unit)
}

/// A figure in its unit: shares and probabilities in percent.
pub(crate) fn figure(value: f64, unit: &str) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "∞" } else { "-∞" }.to_owned();
    }
    match unit {
        unit if is_share(unit) => percent_of(value),
        _ => plain(value),
    }
}

/// A number with three or more significant digits.
fn plain(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// A difference with its sign; of shares and probabilities in points.
pub(crate) fn signed(value: f64, unit: &str) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let sign = if value > 0.0 { "+" } else { "-" };
    let size = value.abs();
    if size.is_infinite() {
        return format!("{sign}∞");
    }
    match unit {
        unit if is_share(unit) => format!("{sign}{:.1} pt", size * 100.0),
        _ => format!("{sign}{}", plain(size)),
    }
}

/// The three figures of a response: what stands beyond the horizon is said to.
pub(super) fn figures(estimate: &ResponseEstimate, unit: &str) -> [String; 3] {
    let of = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| figure(value, unit));
    let summary = &estimate.summary;
    if summary.n == 0 {
        return ["no answer", "", ""].map(str::to_owned);
    }
    if let Some(share) = &estimate.proportion {
        return [percent_of(share.share), String::new(), String::new()];
    }
    let quantile = |value: Option<f64>| match value {
        None if summary.censored > 0 => "not by end".to_owned(),
        other => of(other),
    };
    [of(summary.mean), quantile(summary.p50), quantile(summary.p95)]
}

/// A difference with its interval; where an end lies beyond the horizon, how often figures are smaller.
pub(super) fn difference(found: &PairedDifference, unit: &str) -> String {
    match (found.estimate, found.interval) {
        (Some(estimate), Some(Interval { low, high })) if low.is_finite() && high.is_finite() => {
            let of = if found.of == DifferenceOf::Median {
                "median "
            } else {
                ""
            };
            let (low, high) = (signed(low, unit), signed(high, unit));
            format!("{of}{} ({low} to {high})", signed(estimate, unit))
        }
        (Some(estimate), None) => signed(estimate, unit),
        _ if found.replications == 0 => "no answer".to_owned(),
        _ => format!(
            "less in {}, more in {} of {}",
            found.smaller, found.larger, found.replications
        ),
    }
}

/// A word for what a difference amounts to.
pub(super) fn change_word(estimate: &ResponseEstimate) -> &'static str {
    match (estimate.change, estimate.difference) {
        (Some(Change::Unclear), _) => "not told apart",
        (Some(change), _) => change.as_str(),
        (None, _) => "",
    }
}

/// What is better of a response.
pub(super) const fn better_word(better: Option<Better>) -> &'static str {
    match better {
        Some(Better::Lower) => "less is better",
        Some(Better::Higher) => "more is better",
        None => "neither is better",
    }
}

/// What changed in a design's input, a line each: `+ ~ -`, the place, and the values with what they come
/// to.
pub(crate) fn change_lines(base: &ComparedDesign, design: &ComparedDesign) -> Vec<String> {
    let line = |change: &LeafChange| {
        let resolved = resolved(&change.path().0, base, design);
        let resolved = resolved.map_or_else(String::new, |text| format!("  ({text})"));
        format!("{}{resolved}", change_text(change))
    };
    design.changes.iter().map(line).collect()
}

/// One change of an input: `+ ~ -`, the place, and the values.
pub fn change_text(change: &LeafChange) -> String {
    match change {
        LeafChange::Added { path, leaves } => format!("+ {path}{}", told(path, leaves)),
        LeafChange::Removed { path, leaves } => format!("- {path}{}", told(path, leaves)),
        LeafChange::Changed { path, from, to } => format!("~ {path}  {} -> {}", short(from), short(to)),
    }
}

/// The most characters of a value that are shown.
const VALUE: usize = 40;

fn short(value: &str) -> String {
    if value.chars().count() <= VALUE {
        return value.to_owned();
    }
    let kept: String = value.chars().take(VALUE - 1).collect();
    format!("{kept}…")
}

/// The values of a table that came or went: the first, and how many there are.
fn told(path: &LeafPath, leaves: &[Leaf]) -> String {
    match leaves {
        [] => String::new(),
        [one] if one.path == *path => format!("  {}", short(&one.value)),
        [one] => {
            let key = one.path.0.last().map_or("", String::as_str);
            format!("  {key} = {}", short(&one.value))
        }
        [first, ..] => {
            let key = first.path.0.last().map_or("", String::as_str);
            let count = counted(leaves.len(), "value", "values");
            format!("  ({count}: {key} = {}, …)", short(&first.value))
        }
    }
}

/// What rate control means in numbers, before and after.
fn resolved(path: &[String], base: &ComparedDesign, design: &ComparedDesign) -> Option<String> {
    let [_, window, _, task, key] = path else {
        return None;
    };
    let limits = |design: &ComparedDesign| -> Option<TaskLimits> {
        let mut all = design.outcome.limits.iter();
        all.find(|limits| limits.window == *window && limits.task == *task)
            .cloned()
    };
    let (before, after) = (limits(base)?, limits(design)?);
    match key.as_str() {
        "max_concurrency" => Some(format!(
            "{} of {} -> {} of {}",
            before.max_concurrency, before.targets, after.max_concurrency, after.targets
        )),
        "max_errors" => Some(format!(
            "stops on error {} -> on error {}",
            u64::from(before.max_errors) + 1,
            u64::from(after.max_errors) + 1
        )),
        _ => None,
    }
}

/// What common luck bought for a response, by design; said honestly where it bought nothing.
pub(crate) fn pairing_lines(report: ComparisonReport<'_>, response: &ComparedResponse) -> Vec<String> {
    let designs = report.comparison.designs.iter().zip(&response.estimates);
    let told = designs.filter_map(|(design, estimate)| {
        let found = estimate.as_ref()?.difference?;
        if design.identical {
            return Some(format!(
                "{}: the same world as the base, no luck is left",
                design.name
            ));
        }
        let factor = found.gain?.factor();
        let words = match factor {
            factor if factor.is_infinite() => "the same difference in every replication".to_owned(),
            factor if factor >= 1.1 => format!("worth {} times the replications", plain(factor)),
            factor if factor >= 0.9 => "buys nothing here".to_owned(),
            factor => format!("does harm here ({} times the replications)", plain(factor)),
        };
        Some(format!("{}: {words}", design.name))
    });
    told.collect()
}

/// What each design amounts to, in the responses that were asked for.
pub(crate) fn verdict_line(comparison: &Comparison, number: usize) -> String {
    let design = &comparison.designs[number];
    if design.identical {
        return format!(
            "{}: differs in nothing from {}",
            design.name, comparison.designs[0].name
        );
    }
    let with = |wanted: Change| {
        let chosen = comparison.chosen().iter();
        let own = chosen.filter(move |response| {
            let estimate = response.estimates[number].as_ref();
            estimate.and_then(|estimate| estimate.change) == Some(wanted)
        });
        own.map(|response| response.key.to_string())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let parts = [
        ("better in", with(Change::Better)),
        ("worse in", with(Change::Worse)),
        ("the same in", with(Change::Same)),
        ("not told apart in", with(Change::Unclear)),
    ];
    let parts = parts.iter().filter(|(_, what)| !what.is_empty());
    let parts: Vec<String> = parts.map(|(how, what)| format!("{how} {what}")).collect();
    format!("{}: {}", design.name, parts.join("; "))
}

/// The ranking by the first response, in words.
pub(crate) fn ranking_lines(comparison: &Comparison) -> Option<[String; 2]> {
    let ranking = comparison.ranking.as_ref()?;
    let names = |designs: &[usize]| {
        let names = designs
            .iter()
            .map(|design| comparison.designs[*design].name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    let best = ranking.among_the_best();
    let verdict = if best.len() == 1 {
        format!("{} is best", names(&best))
    } else {
        format!("not told apart for the first place: {}", names(&best))
    };
    let pairs = comparison.designs.len() * (comparison.designs.len() - 1) / 2;
    Some([
        format!(
            "ranked by {}: {}",
            comparison.responses[0].key,
            names(&ranking.order)
        ),
        format!("{verdict} (all {pairs} pairs hold together with 95 % confidence, by Bonferroni)"),
    ])
}

/// What became of the assertions: a line for each, with the outcome in each design that has it.
pub(crate) fn assertion_lines(comparison: &Comparison) -> Vec<String> {
    let mut names: Vec<&str> = Vec::new();
    for design in &comparison.designs {
        for assertion in &design.outcome.assertions {
            if !names.contains(&assertion.name.as_str()) {
                names.push(&assertion.name);
            }
        }
    }
    let line = |name: &&str| {
        let outcome = |design: &ComparedDesign| {
            let mut own = design.outcome.assertions.iter();
            let own = own.find(|assertion| assertion.name == **name)?;
            let observed = match (&own.estimate, own.verdict) {
                (Some(_), _) => observed(own),
                (None, Verdict::Inconclusive) => percent_interval(&own.observed),
                (None, _) => percent_of(own.observed.share),
            };
            Some(format!("{}: {} ({observed})", design.name, own.verdict.as_str()))
        };
        let outcomes: Vec<String> = comparison.designs.iter().filter_map(outcome).collect();
        format!("assertion \"{name}\"   {}", outcomes.join("   "))
    };
    names.iter().map(line).collect()
}
