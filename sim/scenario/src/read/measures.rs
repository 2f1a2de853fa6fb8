//! `[sla.…]` and `[exploitation]`: what runs are measured by.

use patchbench_kernel::SimDuration;
use patchbench_model::measures::{Exploitation, MAX_SLAS, MILLION, Measures, SLA_PRESETS, Sla, SlaPreset};
use patchbench_model::ssm::VendorSeverity;

use super::filter_values::SEVERITIES;
use super::section::{Problems, Section, Tables, wrong_type};
use super::values::{duration, probability};
use crate::codes;
use crate::document::{Entry, Item, Value};
use crate::problem::Problem;
use crate::suggest::{listing, nearest};

/// Points that a curve may have.
pub(crate) const MOST_POINTS: usize = 1_000;

type Within = [Option<SimDuration>; VendorSeverity::ALL.len()];

/// Reads both; the flag says whether all deadlines could be read, so that others are misspelt.
pub(crate) fn measures(
    problems: &Problems,
    slas: &Tables<'_>,
    exploitation: Option<&Item>,
) -> (Measures, bool) {
    let read: Vec<Sla> = slas
        .entries
        .iter()
        .filter_map(|entry| sla(problems, entry))
        .collect();
    let complete = slas.complete && read.len() == slas.entries.len();
    if let Some(entry) = slas.entries.get(MAX_SLAS) {
        let message = format!(
            "{} deadlines; a scenario has at most {MAX_SLAS}",
            slas.entries.len()
        );
        problems.push(Problem::error(codes::SIZE, message).at(entry.place()));
    }
    let measures = Measures {
        slas: read,
        exploitation: exploitation
            .and_then(|item| curve(problems, item))
            .unwrap_or_default(),
    };
    (measures, complete)
}

fn sla(problems: &Problems, entry: &Entry) -> Option<Sla> {
    let title = format!("[sla.{}]", entry.key);
    let section = Section::open(problems, &entry.item, title, Some(entry.place()))?;
    let within = match (section.get("preset"), section.get("within")) {
        (Some(item), None) => preset(problems, item),
        (None, Some(item)) => within(problems, item),
        (Some(preset), Some(within)) => {
            let message = format!("{} has preset and within", section.name());
            let problem = Problem::error(codes::CHOICE, message).at(within.place());
            problems.push(problem.at(preset.place()).help("keep one of them"));
            None
        }
        (None, None) => {
            let message = format!("{} needs either preset or within", section.name());
            section.missing(
                &["preset", "within"],
                Problem::error(codes::MISSING, message)
                    .at(section.place())
                    .help("add within = { Critical = \"14d\", Important = \"30d\" }"),
            );
            None
        }
    };
    section.close();
    Some(Sla {
        name: entry.key.clone(),
        within: within?,
    })
}

fn preset(problems: &Problems, item: &Item) -> Option<Within> {
    let given = super::section::text(problems, item)?;
    if let Some(preset) = SlaPreset::named(given) {
        return Some(preset.within());
    }
    let names = || SLA_PRESETS.iter().map(|preset| preset.name);
    let message = format!("there is no preset \"{given}\" of a deadline");
    let mut problem = Problem::error(codes::REFERENCE, message)
        .at(item.place())
        .note(format!("presets: {}", listing(names())));
    for known in SLA_PRESETS
        .iter()
        .filter(|known| nearest(given, [known.name]).is_some())
    {
        problem = problem.note(format!("{}: {}", known.name, known.source));
    }
    problems.push(problem.meant(nearest(given, names())));
    None
}

/// One time for all patches, or one for each severity.
fn within(problems: &Problems, item: &Item) -> Option<Within> {
    let entries = match &item.value {
        Value::Text(_) => return duration(problems, item).map(|span| [Some(span); 5]),
        Value::Table(entries) => entries,
        _ => {
            let expected = "a time from the release, such as \"14d\", or one for each severity";
            let problem = wrong_type(item, expected);
            problems.push(match item.value {
                Value::Integer(days) => problem.help(format!("for {days} days write \"{days}d\"")),
                _ => problem,
            });
            return None;
        }
    };
    let mut times: Within = [None; 5];
    let mut whole = !entries.is_empty();
    if entries.is_empty() {
        let problem = Problem::error(codes::MISSING, "`within` names no severity").at(item.place());
        problems.push(problem.help("write within = { Critical = \"14d\" }"));
    }
    for entry in entries {
        let time = duration(problems, &entry.item);
        let place = severity(problems, entry).map(|severity| &mut times[severity as usize]);
        match (place, time) {
            (Some(place), Some(time)) if place.is_none() => *place = Some(time),
            (Some(_), Some(_)) => {
                let message = format!("`{}` says again what another severity says", entry.key);
                let problem = Problem::error(codes::CHOICE, message).at(entry.place());
                problems.push(problem.note("Moderate and Medium, and Important and High, are the same"));
                whole = false;
            }
            _ => whole = false,
        }
    }
    whole.then_some(times)
}

/// The severity that a word means, in any vendor's words.
fn severity(problems: &Problems, entry: &Entry) -> Option<VendorSeverity> {
    let is = |word: &str| entry.key.eq_ignore_ascii_case(word);
    if is("High") {
        return Some(VendorSeverity::Important);
    }
    if is("Unrated") || SEVERITIES.iter().any(|word| is(word)) {
        return Some(VendorSeverity::of(Some(&entry.key)));
    }
    let words = || SEVERITIES.iter().copied().chain(["High", "Unrated"]);
    problems.push(
        Problem::error(
            codes::REFERENCE,
            format!("there is no severity \"{}\"", entry.key),
        )
        .at(entry.place())
        .note(format!("severities: {}", listing(words())))
        .meant(nearest(&entry.key, words())),
    );
    None
}

fn curve(problems: &Problems, item: &Item) -> Option<Exploitation> {
    let section = Section::open(problems, item, "[exploitation]", Some(item.place()))?;
    let zero_day_share = section
        .get("zero_day_share")
        .and_then(|item| probability(problems, item))
        .unwrap_or(0.0);
    let given = section.get("curve");
    let points = section.list("curve");
    section.close();
    let Some(given) = given else {
        let mut published = Exploitation::default();
        published.zero_day_share = zero_day_share;
        return Some(published);
    };
    if points.is_empty() || points.len() > MOST_POINTS {
        if matches!(given.value, Value::List(_)) {
            let message = format!(
                "a curve of {} points; it has from 1 to {MOST_POINTS}",
                points.len()
            );
            problems.push(Problem::error(codes::RANGE, message).at(given.place()));
        }
        return None;
    }
    let read: Vec<_> = points
        .iter()
        .filter_map(|item| Some((point(problems, item)?, item)))
        .collect();
    if read.len() < points.len() {
        return None;
    }
    let falls = read.windows(2).find(|pair| {
        let ((before, low), (after, high)) = (pair[0].0, pair[1].0);
        after <= before || high < low
    });
    if let Some([_, (_, item)]) = falls {
        let message = "the points of a curve rise: each later than the last, and no share below it";
        problems.push(Problem::error(codes::RANGE, message).at(item.place()));
        return None;
    }
    Exploitation::new(read.iter().map(|(point, _)| *point), zero_day_share)
}

fn point(problems: &Problems, item: &Item) -> Option<(SimDuration, u32)> {
    let section = Section::open(problems, item, "a point of the curve", None)?;
    let after = section.require("after", "after = \"7d\"");
    let after = after.and_then(|item| {
        let span = duration(problems, item)?;
        if span > SimDuration::ZERO {
            return Some(span);
        }
        let message = "a curve begins with 0 at the release: its first point comes later";
        problems.push(Problem::error(codes::RANGE, message).at(item.place()));
        None
    });
    let share = section.require("share", "share = 0.29");
    let share = share.and_then(|item| probability(problems, item));
    section.close();
    Some((after?, (share? * f64::from(MILLION)).round() as u32))
}
