//! The openings of a scenario, with what its replications say of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::TimeDelta;
use patchbench_calendar::ClockNote;
use patchbench_kernel::SimTime;
use patchbench_model::clock::{from_utc, to_utc};
use patchbench_model::config::window_periods;
use patchbench_model::world::{Opening, Plan};
use patchbench_study::{CommandResult, Proportion, StudyResults, Summary, WindowResult};

use super::{CalendarEntry, CalendarOpening, LINES, MOST_OPENINGS, clipped};
use crate::text::{counted, percent, percent_interval, whole};
use crate::{Report, date_time};

/// An opening of a window, by numbers.
#[derive(Clone, Copy)]
struct Planned {
    window: usize,
    /// Its number among the openings of its window; `None`: a change freeze (index) holds it back.
    number: Result<usize, usize>,
    opening: Opening,
}

/// The openings of all windows in order of time, those that a change freeze holds back too.
pub(super) fn openings(report: Report<'_>, notes: &mut Vec<String>) -> Vec<CalendarEntry> {
    let Report { plan, results, .. } = report;
    let mut planned = planned(plan);
    let count = planned.len();
    planned.truncate(MOST_OPENINGS);
    let last = planned
        .last()
        .map_or(plan.config.start, |last| last.opening.opens);
    if count > MOST_OPENINGS {
        notes.push(format!(
            "The first {MOST_OPENINGS} of {count} openings, until {}; all are in windows.csv and tasks.csv.",
            date_time(last)
        ));
    }
    let clocks = clock_notes(plan, last, notes);
    let mut commands: BTreeMap<(usize, usize), Vec<&CommandResult>> = BTreeMap::new();
    for command in &results.commands {
        let own = commands.entry((command.window, command.opening));
        own.or_default().push(command);
    }
    let by_opening = windows(results);
    let entry = |planned: &Planned| {
        let version = &plan.versions[planned.window][planned.opening.version];
        let window = version.window;
        let Opening {
            opens,
            cutoff,
            closes,
            ..
        } = planned.opening;
        let opening = CalendarOpening {
            name: Some(window.name.clone()),
            schedule: window.schedule.expression().to_owned(),
            noun: window.surface.noun(),
            opens,
            closing: window.surface.closes().then_some((cutoff, closes)),
            zone: window.schedule.timezone(),
            note: clocks.get(&(planned.window, opens)).copied(),
            frozen_by: planned
                .number
                .err()
                .map(|freeze| plan.config.freezes[freeze].name.clone()),
        };
        let Ok(number) = planned.number else {
            return opening.entry(None, &[]);
        };
        let own = commands
            .get(&(planned.window, number))
            .map_or(&[][..], Vec::as_slice);
        let result = by_opening.get(&(opens, opening.noun, window.name.as_str()));
        let outcome = Outcome::new(own, result.copied(), results);
        opening.entry(Some(&outcome.title()), &outcome.lines(opening.closing.is_some()))
    };
    planned.iter().map(entry).collect()
}

fn planned(plan: &Plan<'_>) -> Vec<Planned> {
    let mut all = Vec::new();
    for (window, (openings, frozen)) in plan.openings.iter().zip(&plan.frozen).enumerate() {
        let open = openings
            .iter()
            .enumerate()
            .map(|(number, opening)| (Ok(number), opening));
        let held = frozen.iter().map(|(opening, freeze)| (Err(*freeze), opening));
        all.extend(open.chain(held).map(|(number, opening)| Planned {
            window,
            number,
            opening: *opening,
        }));
    }
    all.sort_by_key(|planned| (planned.opening.opens, planned.window));
    all
}

/// What clock changes have to do with the openings up to the last one; notes what does not open at all.
fn clock_notes(
    plan: &Plan<'_>,
    last: SimTime,
    notes: &mut Vec<String>,
) -> BTreeMap<(usize, SimTime), ClockNote> {
    let mut found = BTreeMap::new();
    let mut skipped = Vec::new();
    for window in 0..plan.config.windows.len() {
        let periods = window_periods(plan.config, window).into_iter();
        for period in periods.filter(|period| period.window.enabled) {
            let schedule = &period.window.schedule;
            let before = to_utc(period.from) - TimeDelta::milliseconds(1);
            let until = to_utc(last.min(period.until));
            let openings = schedule.openings(to_utc(period.activation), before);
            for opening in openings.take_while(|opening| opening.at <= until) {
                let note = opening.note.map(|note| ((window, from_utc(opening.at)), note));
                found.extend(note);
            }
            let name = clipped(&period.window.name);
            let zone = schedule.timezone();
            skipped.extend(schedule.skipped_in_gap(before, until).into_iter().map(|gap| {
                let local = gap.local.format("%a %Y-%m-%d %H:%M");
                format!("{name} {local} {zone}")
            }));
        }
    }
    if !skipped.is_empty() {
        let count = skipped.len();
        skipped.truncate(LINES);
        let more = if count > LINES {
            format!(" and {} more", count - LINES)
        } else {
            String::new()
        };
        notes.push(format!(
            "Local times that do not exist, so that nothing opens (clock change): {}{more}.",
            skipped.join(", ")
        ));
    }
    found
}

type WindowKey<'r> = (SimTime, &'static str, &'r str);

fn windows(results: &StudyResults) -> BTreeMap<WindowKey<'_>, &WindowResult> {
    let windows = results.windows.iter();
    let keys = windows.map(|window| (window.opens, window.surface.noun(), window.window.as_str()));
    keys.zip(&results.windows).collect()
}

/// What the replications say of an opening.
struct Outcome<'r> {
    commands: &'r [&'r CommandResult],
    /// Replications in which it was skipped, as the last execution was in progress.
    skipped: Proportion,
    /// What AWS says of it, such as that there is no task.
    details: Option<&'static str>,
    replications: u64,
}

impl<'r> Outcome<'r> {
    fn new(commands: &'r [&'r CommandResult], result: Option<&WindowResult>, results: &StudyResults) -> Self {
        let statuses = result.map_or(&[][..], |result| result.statuses.as_slice());
        let skipped = statuses
            .iter()
            .find(|(status, _)| *status == "SKIPPED_OVERLAPPING");
        Self {
            commands,
            skipped: Proportion::new(skipped.map_or(0, |(_, count)| *count), results.replications),
            details: result.and_then(|result| result.details),
            replications: results.replications,
        }
    }

    /// In short: how many nodes succeed, in the command in which the smallest share does.
    fn title(&self) -> String {
        let share = |command: &CommandResult| {
            command.succeeded.p50.unwrap_or(0.0) / f64::from(command.targets.max(1))
        };
        let worst = self.commands.iter().min_by(|a, b| share(a).total_cmp(&share(b)));
        let Some(worst) = worst else {
            return match (self.details, self.skipped.count) {
                (Some(_), _) => "no task".to_owned(),
                (None, 0) => "no node".to_owned(),
                (None, _) => "skipped: the last execution is still in progress".to_owned(),
            };
        };
        let mut title = format!("p50: {} of {} nodes", whole(worst.succeeded.p50), worst.targets);
        if self.commands.len() > 1 {
            let _ = write!(title, " in the worst of {} commands", self.commands.len());
        }
        if self.skipped.count > 0 {
            let _ = write!(title, "; skipped in {}", percent(&self.skipped));
        }
        title
    }

    fn lines(&self, closes: bool) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(self.details.map(str::to_owned));
        if self.skipped.count > 0 {
            lines.push(format!(
                "skipped in {} of replications, as the last execution is still in progress",
                percent_interval(&self.skipped)
            ));
        }
        for command in self.commands.iter().take(LINES) {
            lines.extend(command_lines(command, closes));
        }
        if self.commands.len() > LINES {
            let more = counted(self.commands.len() - LINES, "more command", "more commands");
            lines.push(format!("{more} in tasks.csv"));
        }
        let replications = counted(self.replications as usize, "replication", "replications");
        lines.push(format!("{replications}, 95 % intervals in parentheses"));
        lines
    }
}

fn command_lines(command: &CommandResult, closes: bool) -> Vec<String> {
    let target = if command.part > 0 {
        format!(" (target {})", command.part + 1)
    } else {
        String::new()
    };
    let mut lines = vec![
        format!(
            "{}{target}: {} on {}, {} at once, stops on error {}",
            clipped(&command.task),
            command.operation,
            counted(command.targets as usize, "node", "nodes"),
            command.max_concurrency,
            u64::from(command.max_errors) + 1
        ),
        format!(
            "- {} of {} succeed (median)",
            median(&command.succeeded),
            command.targets
        ),
    ];
    if closes {
        lines.push(format!(
            "- {} start before the cutoff (median); all of them in {} of replications",
            median(&command.sent_before_cutoff),
            percent_interval(&command.all_before_cutoff)
        ));
    }
    lines.push(format!(
        "- the error threshold stops it in {} of replications",
        percent_interval(&command.stopped)
    ));
    lines
}

/// A median of whole numbers with its interval, where there are enough replications for one.
fn median(summary: &Summary) -> String {
    let interval = summary.p50_interval.map_or_else(String::new, |interval| {
        format!(" ({:.0}–{:.0})", interval.low, interval.high)
    });
    whole(summary.p50) + &interval
}
