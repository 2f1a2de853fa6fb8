//! What a scenario and its replications predict, as a calendar.

mod approvals;
mod ical;
mod opening;
mod predicted;

use patchbench_model::config::ChangeFreeze;

use crate::text::counted;
use crate::{Report, date_time};

pub use ical::{CALENDAR_PRODUCER, Calendar, CalendarEntry, CalendarSpan};
pub use opening::{CalendarOpening, clock_note};

/// Openings that a calendar holds: more than people look at, and no more than their programs import.
const MOST_OPENINGS: usize = 4_000;
/// Days with approvals that it holds, counted for each patch group.
const MOST_APPROVALS: usize = 1_000;
/// Change freezes that it holds.
const MOST_FREEZES: usize = 500;
/// Lines of a kind in one entry.
const LINES: usize = 20;
/// Characters of a name.
const NAME: usize = 120;

/// `calendar.ics`: the openings with what is predicted of them, the approvals and the change freezes. It is
/// stamped with the start of the scenario.
pub fn run_calendar(report: Report<'_>) -> Calendar {
    let Report {
        scenario, results, ..
    } = report;
    let mut notes = vec![format!(
        "Predicted by patchbench from {}, seed {}, scenario hash {}; intervals hold with 95 % confidence.",
        counted(results.replications as usize, "replication", "replications"),
        results.seed,
        &scenario.hash[..12]
    )];
    let other = scenario.settings.iter().filter(|setting| !setting.is_default);
    let other = other.map(|setting| format!("{} = {}", setting.name, setting.value));
    let other: Vec<String> = other.collect();
    if !other.is_empty() {
        notes.push(format!("Settings other than the default: {}.", other.join("; ")));
    }
    let mut entries = predicted::openings(report, &mut notes);
    entries.extend(approvals::approvals(report, &mut notes));
    entries.extend(freezes(report, &mut notes));
    Calendar {
        name: clipped(&scenario.name),
        notes,
        stamp: Some(scenario.config.start),
        entries,
    }
}

/// The change freezes of the simulated period.
fn freezes(report: Report<'_>, notes: &mut Vec<String>) -> Vec<CalendarEntry> {
    let config = &report.scenario.config;
    let within = |freeze: &&ChangeFreeze| freeze.until > config.start && freeze.from <= config.horizon;
    let all: Vec<&ChangeFreeze> = config.freezes.iter().filter(within).collect();
    if all.len() > MOST_FREEZES {
        notes.push(format!(
            "The first {MOST_FREEZES} of {} change freezes; windows.csv says which openings are held back.",
            all.len()
        ));
    }
    let frozen = report.plan.frozen.iter().flatten();
    let mut held = vec![0_usize; config.freezes.len()];
    frozen.for_each(|(_, freeze)| held[*freeze] += 1);
    let kept = config.freezes.iter().zip(held);
    let kept = kept.filter(|(freeze, _)| within(freeze)).take(MOST_FREEZES);
    kept.map(|(freeze, held)| {
        let windows = freeze.windows.as_ref().map_or_else(
            || "all windows".to_owned(),
            |windows| {
                let names = windows
                    .iter()
                    .map(|window| clipped(&config.windows[*window].name));
                listed(names.collect())
            },
        );
        CalendarEntry {
            kind: "freeze",
            name: freeze.name.clone(),
            title: format!("change freeze {}", clipped(&freeze.name)),
            span: CalendarSpan::Instants(freeze.from, Some(freeze.until)),
            text: format!(
                "from {} until {} (Z: UTC)\nholds back: {windows}\n{} within the simulated period",
                date_time(freeze.from),
                date_time(freeze.until),
                counted(held, "opening", "openings")
            ),
            cancelled: false,
            free: true,
        }
    })
    .collect()
}

/// A name that is not too long to show.
fn clipped(name: &str) -> String {
    let mut characters = name.chars();
    let shown: String = characters.by_ref().take(NAME).collect();
    if characters.next().is_none() {
        shown
    } else {
        format!("{shown}…")
    }
}

/// Names one after the other, and how many more there are.
fn listed(mut names: Vec<String>) -> String {
    let count = names.len();
    names.truncate(LINES);
    if count > LINES {
        names.push(format!("and {} more", count - LINES));
    }
    names.join(", ")
}
