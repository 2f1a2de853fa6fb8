//! `patchbench windows`

use std::fmt::Write as _;
use std::path::Path;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use patchbench_calendar::{Opening, Schedule, ScheduleOptions, WindowOccurrence, timezone};
use patchbench_kernel::SimTime;
use patchbench_model::clock::{from_utc, to_utc};
use patchbench_model::config::{ChangeFreeze, MaintenanceWindow, ModelConfig, Surface, window_periods};
use patchbench_report::{CALENDAR_PRODUCER, Calendar, CalendarOpening, clock_note};
use patchbench_scenario::nearest;
use serde_json::{Value, json};

use super::load_scenario;
use crate::args::{TableFormat, Windows};
use crate::exit::Exit;
use crate::folder;
use crate::terminal::Terminal;

/// A schedule to show.
struct Shown {
    name: Option<String>,
    schedule: Schedule,
    /// Duration and cutoff in hours, where a window gives them.
    hours: Option<(u8, u8)>,
    /// When it was created: a `rate()` counts from here.
    activation: DateTime<Utc>,
    from: DateTime<Utc>,
    /// When a change puts another in its place.
    until: DateTime<Utc>,
    /// What AWS calls it.
    noun: &'static str,
    /// Its number in the scenario, and the change freezes there.
    held: Option<(usize, Vec<ChangeFreeze>)>,
}

impl Shown {
    fn openings(&self) -> impl Iterator<Item = Opening> {
        let openings = self.schedule.openings(self.activation, self.from);
        openings.take_while(|opening| opening.at < self.until)
    }

    /// The change freeze that keeps an opening from taking place.
    fn frozen_by(&self, at: DateTime<Utc>) -> Option<String> {
        let (window, freezes) = self.held.as_ref()?;
        let mut freezes = freezes.iter();
        let holding = freezes.find(|freeze| freeze.holds(*window, from_utc(at)));
        holding.map(|freeze| freeze.name.clone())
    }
}

/// One line of the answer.
struct Line {
    name: Option<String>,
    /// The expression, zone and offset of its schedule.
    schedule: String,
    noun: &'static str,
    opening: Opening,
    hours: Option<(u8, u8)>,
    zone: Tz,
    frozen_by: Option<String>,
}

/// What a calendar takes from the scenario: its name and its start.
type Origin = Option<(String, SimTime)>;

impl Line {
    fn calendar(&self) -> CalendarOpening {
        let occurrence = self
            .hours
            .map(|(duration, cutoff)| WindowOccurrence::new(self.opening.at, duration, cutoff));
        CalendarOpening {
            name: self.name.clone(),
            schedule: self.schedule.clone(),
            noun: self.noun,
            opens: from_utc(self.opening.at),
            closing: occurrence.map(|occurrence| (from_utc(occurrence.cutoff), from_utc(occurrence.closes))),
            zone: self.zone,
            note: self.opening.note,
            frozen_by: self.frozen_by.clone(),
        }
    }

    /// What is to be known of the opening itself.
    fn notes(&self) -> Vec<String> {
        let frozen = self.frozen_by.as_ref();
        let frozen = frozen.map(|freeze| format!("does not open: change freeze {freeze}"));
        let clock = self.opening.note.map(|note| clock_note(note).to_owned());
        frozen.into_iter().chain(clock).collect()
    }
}

pub(crate) fn windows(arguments: &Windows, terminal: &mut Terminal) -> Exit {
    let shown = match &arguments.schedule {
        Some(expression) => bare(arguments, expression, terminal).map(|shown| (vec![shown], None)),
        None => of_scenario(arguments, terminal),
    };
    let (shown, origin) = match shown {
        Ok(shown) => shown,
        Err(exit) => return exit,
    };
    let count = arguments.count as usize;
    let mut lines = Vec::new();
    for one in &shown {
        let zone = one.schedule.timezone();
        let found = one.openings().take(count + 1);
        let options = one.schedule.options();
        let offset = options
            .offset_days
            .map_or_else(String::new, |days| format!(" +{days}"));
        let schedule = format!("{} {zone}{offset}", one.schedule.expression());
        lines.extend(found.map(|opening| Line {
            name: one.name.clone(),
            schedule: schedule.clone(),
            noun: one.noun,
            frozen_by: one.frozen_by(opening.at),
            opening,
            hours: one.hours,
            zone,
        }));
    }
    lines.sort_by_key(|line| line.opening.at);
    let cut = lines.len() > count;
    lines.truncate(count);
    answer(arguments, &shown, &lines, terminal);
    if let Some(file) = &arguments.ics
        && let Err(exit) = write_calendar(file, origin, &lines, terminal)
    {
        return exit;
    }
    // A bare schedule goes on for ever; the list of a scenario looks whole where it is not.
    if cut && arguments.file.is_some() && arguments.format == TableFormat::Human {
        terminal.note(&format!(
            "note: the first {count}; --count N shows more, --from later ones"
        ));
    }
    Exit::Fine
}

fn instant(text: Option<&str>, option: &str, terminal: &Terminal) -> Result<Option<DateTime<Utc>>, Exit> {
    let Some(text) = text else { return Ok(None) };
    let midnight = || {
        let day = text.parse::<chrono::NaiveDate>().ok()?;
        Some(day.and_time(chrono::NaiveTime::MIN).and_utc())
    };
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|at| at.to_utc())
        .or_else(midnight)
        .map(Some)
        .ok_or_else(|| {
            terminal.problem(&format!(
                "error: {option} `{text}` is no instant; write 2026-04-16T02:00:00Z, or 2026-04-16 for its \
                 midnight UTC"
            ));
            Exit::WrongCommandLine
        })
}

fn bare(arguments: &Windows, expression: &str, terminal: &Terminal) -> Result<Shown, Exit> {
    let from = instant(arguments.from.as_deref(), "--from", terminal)?.unwrap_or_default();
    let zone = arguments
        .timezone
        .as_deref()
        .map(timezone)
        .transpose()
        .map_err(|error| {
            let meant = error
                .suggestion
                .map_or_else(String::new, |name| format!("\n   = help: did you mean `{name}`?"));
            terminal.problem(&format!("error[PB022]: {error}{meant}"));
            Exit::Invalid
        })?;
    let options = ScheduleOptions {
        timezone: zone,
        offset_days: arguments.offset,
        start: instant(arguments.start.as_deref(), "--start", terminal)?,
        end: instant(arguments.end.as_deref(), "--end", terminal)?,
        settings: patchbench_calendar::CalendarSettings::default(),
    };
    let schedule = Schedule::parse(expression, options).map_err(|error| {
        let column = expression
            .get(..error.span.start)
            .map_or(0, |before| before.chars().count());
        let width = expression
            .get(error.span.clone())
            .map_or(1, |part| part.chars().count())
            .max(1);
        let mut text = format!(
            "error[PB020]: {}\n  --> --schedule:1:{}\n   1 | {expression}\n     | {}{}\n",
            error.message,
            column + 1,
            " ".repeat(column),
            "^".repeat(width)
        );
        if let Some(hint) = &error.hint {
            let _ = writeln!(text, "   = help: {hint}");
        }
        terminal.problem(&text);
        Exit::Invalid
    })?;
    Ok(Shown {
        name: None,
        schedule,
        hours: None,
        activation: from,
        from,
        until: DateTime::<Utc>::MAX_UTC,
        noun: Surface::default().noun(),
        held: None,
    })
}

fn of_scenario(arguments: &Windows, terminal: &Terminal) -> Result<(Vec<Shown>, Origin), Exit> {
    let Some(file) = &arguments.file else {
        return Err(Exit::WrongCommandLine);
    };
    let scenario = load_scenario(file, &arguments.scenario, terminal)?;
    let just_before = to_utc(scenario.config.start) - chrono::TimeDelta::milliseconds(1);
    let from = instant(arguments.from.as_deref(), "--from", terminal)?.unwrap_or(just_before);
    let config = &scenario.config;
    let numbered = |window| {
        window_periods(config, window)
            .into_iter()
            .map(move |period| (window, period))
    };
    let periods = (0..config.windows.len()).flat_map(numbered);
    let enabled = periods.filter(|(_, period)| period.window.enabled);
    let wanted = arguments.window.as_deref();
    check_name(wanted, config, terminal)?;
    let enabled = enabled.filter(|(_, period)| wanted.is_none_or(|name| period.window.name == name));
    let just_before = |at| to_utc(at) - chrono::TimeDelta::milliseconds(1);
    let hours = |window: &MaintenanceWindow| (window.duration_hours, window.cutoff_hours);
    let shown = enabled.map(|(window, period)| Shown {
        held: Some((window, config.freezes.clone())),
        noun: period.window.surface.noun(),
        name: Some(period.window.name.clone()),
        schedule: period.window.schedule.clone(),
        hours: period.window.surface.closes().then(|| hours(period.window)),
        activation: to_utc(period.activation),
        from: from.max(just_before(period.from)),
        until: to_utc(period.until),
    });
    let shown = shown.collect();
    Ok((shown, Some((scenario.name.clone(), config.start))))
}

/// A window of this name must be there.
fn check_name(wanted: Option<&str>, config: &ModelConfig, terminal: &Terminal) -> Result<(), Exit> {
    let names = || config.windows.iter().map(|window| window.name.as_str());
    let Some(name) = wanted.filter(|wanted| names().all(|name| name != *wanted)) else {
        return Ok(());
    };
    let meant = nearest(name, names()).map_or_else(String::new, |meant| {
        format!("\n   = help: did you mean `{meant}`?")
    });
    let known: Vec<&str> = names().take(20).collect();
    terminal.problem(&format!(
        "error: the scenario has no window `{name}`\n   = note: there is: {}{meant}",
        known.join(", ")
    ));
    Err(Exit::WrongCommandLine)
}

/// Writes the openings as a calendar, whole or not at all.
fn write_calendar(file: &Path, origin: Origin, lines: &[Line], terminal: &Terminal) -> Result<(), Exit> {
    let ours = |text: &String| text.contains(CALENDAR_PRODUCER);
    if file.exists() && !std::fs::read_to_string(file).is_ok_and(|text| ours(&text)) {
        terminal.problem(&format!(
            "error: {} exists and is no calendar of patchbench; choose another file",
            file.display()
        ));
        return Err(Exit::CouldNotFinish);
    }
    if lines.is_empty() {
        terminal.problem("error: nothing opens, so that there is nothing to write into a calendar");
        return Err(Exit::Invalid);
    }
    let calendar = Calendar {
        stamp: origin.as_ref().map(|(_, start)| *start),
        name: origin.map_or_else(|| "maintenance windows".to_owned(), |(name, _)| name),
        notes: Vec::new(),
        entries: lines
            .iter()
            .map(|line| line.calendar().entry(None, &[]))
            .collect(),
    };
    if let Err(error) = folder::write_file(file, calendar.to_ics().as_bytes()) {
        terminal.problem(&format!("error: {error}"));
        return Err(Exit::CouldNotFinish);
    }
    let events = if lines.len() == 1 { "event" } else { "events" };
    terminal.note(&format!("wrote {} ({} {events})", file.display(), lines.len()));
    Ok(())
}

fn answer(arguments: &Windows, shown: &[Shown], lines: &[Line], terminal: &mut Terminal) {
    match arguments.format {
        TableFormat::Json => {
            let occurrences: Vec<Value> = lines.iter().map(as_json).collect();
            terminal.answer(format!(
                "{:#}\n",
                json!({ "format_version": 1, "occurrences": occurrences })
            ));
        }
        TableFormat::Csv => {
            let mut table = csv::Writer::from_writer(Vec::new());
            // Writing to memory cannot fail.
            let _ = table.write_record(["window", "opens", "local", "timezone", "note"]);
            for line in lines {
                let _ = table.write_record([
                    line.name.as_deref().unwrap_or(""),
                    &rfc3339(line.opening.at),
                    &local(line.opening.at, line.zone),
                    line.zone.name(),
                    &line.notes().join("; "),
                ]);
            }
            let text = table.into_inner().unwrap_or_default();
            terminal.answer(text);
        }
        TableFormat::Human => human(shown, lines, terminal),
    }
}

fn human(shown: &[Shown], lines: &[Line], terminal: &mut Terminal) {
    let named = lines
        .iter()
        .filter_map(|line| line.name.as_ref())
        .map(|name| name.chars().count().max("window".len()))
        .max();
    let zones = lines.iter().map(|line| line.zone.name().len());
    let wide_local = "Thu 2026-01-01 00:00 ".len() + zones.max().unwrap_or(0);
    if lines.is_empty() {
        terminal.answer("no further opening\n");
    } else {
        let head = named.map_or_else(String::new, |wide| format!("{:<wide$}  ", "window"));
        terminal.answer(format!("{head}{:<20}  {:<wide_local$}  note\n", "UTC", "local"));
    }
    for line in lines {
        let head = named.map_or_else(String::new, |wide| {
            format!("{:<wide$}  ", line.name.as_deref().unwrap_or(""))
        });
        let utc = line.opening.at.format("%a %Y-%m-%d %H:%M").to_string();
        let here = format!(
            "{} {}",
            line.opening
                .at
                .with_timezone(&line.zone)
                .format("%a %Y-%m-%d %H:%M"),
            line.zone.name()
        );
        let mut notes = line.notes();
        notes.extend(line.hours.map(|(duration, cutoff)| {
            let occurrence = WindowOccurrence::new(line.opening.at, duration, cutoff);
            let time = |at: DateTime<Utc>| at.with_timezone(&line.zone).format("%H:%M").to_string();
            format!(
                "cutoff {}, ends {} local",
                time(occurrence.cutoff),
                time(occurrence.closes)
            )
        }));
        terminal.answer(format!(
            "{}\n",
            format!("{head}{utc:<20}  {here:<wide_local$}  {}", notes.join("; ")).trim_end()
        ));
    }
    for one in shown {
        let Some(last) = lines
            .iter()
            .filter(|line| line.name == one.name && line.opening.at < one.until)
            .map(|line| line.opening.at)
            .max()
        else {
            continue;
        };
        for skipped in one.schedule.skipped_in_gap(one.from, last) {
            let name = one
                .name
                .as_deref()
                .map_or_else(String::new, |name| format!("{name}: "));
            let zone = one.schedule.timezone();
            terminal.note(&format!(
                "note: {name}{} does not exist in {zone} (clock change): nothing opens",
                skipped.local.format("%a %Y-%m-%d %H:%M")
            ));
        }
    }
}

fn as_json(line: &Line) -> Value {
    let mut value = json!({ "opens": rfc3339(line.opening.at), "local": local(line.opening.at, line.zone), "timezone": line.zone.name() });
    if let Some(name) = &line.name {
        value["window"] = name.as_str().into();
    }
    if let Some((duration, cutoff)) = line.hours {
        let occurrence = WindowOccurrence::new(line.opening.at, duration, cutoff);
        value["cutoff"] = rfc3339(occurrence.cutoff).into();
        value["closes"] = rfc3339(occurrence.closes).into();
    }
    if let Some(freeze) = &line.frozen_by {
        value["frozen_by"] = freeze.as_str().into();
    }
    if let Some(note) = line.opening.note {
        value["note"] = clock_note(note).into();
    }
    value
}

/// RFC 3339 in UTC, to the second as schedules are.
fn rfc3339(at: DateTime<Utc>) -> String {
    from_utc(at).to_string()
}

fn local(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).to_rfc3339()
}
