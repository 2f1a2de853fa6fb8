//! Calendars that people can import (iCalendar, RFC 5545).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{Days, NaiveDate};
use patchbench_kernel::SimTime;
use patchbench_model::clock::to_utc;

use crate::sha256;

/// Who made the calendar; a file with it may be replaced by a newer one.
pub const CALENDAR_PRODUCER: &str = "PRODID:-//patchbench//windows//EN";

/// A calendar: instants in UTC, local times in the texts, so that no zone has to be defined in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// What it is called. Identifiers of entries follow from it, so that the entries of two calendars that
    /// are imported into one do not take each other's place.
    pub name: String,
    /// What is to be known of it as a whole, a sentence each.
    pub notes: Vec<String>,
    /// When it was made, as far as programs ask: not now, so that the same input gives the same bytes. `None`:
    /// each entry when it begins.
    pub stamp: Option<SimTime>,
    /// Its entries.
    pub entries: Vec<CalendarEntry>,
}

/// When an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarSpan {
    /// From an instant on, until another if it has an end.
    Instants(SimTime, Option<SimTime>),
    /// A whole day.
    Day(NaiveDate),
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarEntry {
    /// What kind of thing it is about, such as `window`; the identifier follows from it.
    pub kind: &'static str,
    /// What it is about; the identifier follows from it and from when it begins. Unlike the title it says
    /// nothing that another seed or setting would change.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// When it is.
    pub span: CalendarSpan,
    /// What else is to be known, such as local times.
    pub text: String,
    /// Whether it does not take place: a change freeze holds it.
    pub cancelled: bool,
    /// Whether it takes nobody's time.
    pub free: bool,
}

impl Calendar {
    /// The calendar as a file.
    pub fn to_ics(&self) -> String {
        let mut lines = vec![
            "BEGIN:VCALENDAR".to_owned(),
            "VERSION:2.0".to_owned(),
            CALENDAR_PRODUCER.to_owned(),
            format!("X-WR-CALNAME:{}", escaped(&self.name)),
        ];
        if !self.notes.is_empty() {
            lines.push(format!("X-WR-CALDESC:{}", escaped(&self.notes.join(" "))));
        }
        let mut known = BTreeMap::new();
        for entry in &self.entries {
            let begins = entry.begins();
            let key = format!("{}\n{}\n{}\n{begins}", self.name, entry.kind, entry.name);
            // What cannot be told apart by what it is about is counted.
            let before = known.entry(sha256(key.as_bytes())).or_insert(0_u32);
            let id = sha256(format!("{key}\n{before}").as_bytes());
            *before += 1;
            lines.push("BEGIN:VEVENT".to_owned());
            lines.push(format!("UID:{}@patchbench", &id[..32]));
            entry.lines(self.stamp, &mut lines);
            lines.push("END:VEVENT".to_owned());
        }
        lines.push("END:VCALENDAR".to_owned());
        let mut text = String::new();
        for line in lines {
            folded(&line, &mut text);
        }
        text
    }
}

impl CalendarEntry {
    fn begins(&self) -> String {
        match self.span {
            CalendarSpan::Instants(from, _) => instant(from),
            CalendarSpan::Day(day) => date(day),
        }
    }

    fn lines(&self, stamp: Option<SimTime>, lines: &mut Vec<String>) {
        let begins = self.begins();
        let stamp = stamp.map_or_else(
            || match self.span {
                CalendarSpan::Instants(from, _) => instant(from),
                CalendarSpan::Day(day) => format!("{}T000000Z", date(day)),
            },
            instant,
        );
        lines.push(format!("DTSTAMP:{stamp}"));
        match self.span {
            CalendarSpan::Instants(_, until) => {
                lines.push(format!("DTSTART:{begins}"));
                // An end must come after the beginning, in whole seconds.
                let until = until.map(instant).filter(|until| *until > begins);
                lines.extend(until.map(|until| format!("DTEND:{until}")));
            }
            CalendarSpan::Day(day) => {
                let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
                lines.push(format!("DTSTART;VALUE=DATE:{begins}"));
                lines.push(format!("DTEND;VALUE=DATE:{}", date(next)));
            }
        }
        lines.push(format!("SUMMARY:{}", escaped(&self.title)));
        if !self.text.is_empty() {
            lines.push(format!("DESCRIPTION:{}", escaped(&self.text)));
        }
        lines.extend(self.cancelled.then(|| "STATUS:CANCELLED".to_owned()));
        let free = self.free || self.cancelled;
        lines.extend(free.then(|| "TRANSP:TRANSPARENT".to_owned()));
    }
}

/// Years have four digits: what is later comes at the end of the last one.
fn instant(at: SimTime) -> String {
    let last = SimTime::from_millis(253_402_300_799_000);
    to_utc(at.min(last)).format("%Y%m%dT%H%M%SZ").to_string()
}

fn date(day: NaiveDate) -> String {
    day.format("%Y%m%d").to_string()
}

/// Text values (RFC 5545, 3.3.11).
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '\n' => escaped.push_str("\\n"),
            character if character.is_control() => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped
}

/// The most octets of a line (RFC 5545, 3.1).
const WIDEST: usize = 75;

/// A line, folded between characters: what follows a fold begins with a blank.
fn folded(line: &str, text: &mut String) {
    let mut width = 0;
    for character in line.chars() {
        if width + character.len_utf8() > WIDEST {
            text.push_str("\r\n ");
            width = 1;
        }
        text.push(character);
        width += character.len_utf8();
    }
    let _ = write!(text, "\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(title: &str) -> CalendarEntry {
        CalendarEntry {
            kind: "window",
            name: "nightly".to_owned(),
            title: title.to_owned(),
            span: CalendarSpan::Instants(SimTime::from_millis(0), Some(SimTime::from_millis(3_600_000))),
            text: "first\nsecond".to_owned(),
            cancelled: true,
            free: false,
        }
    }

    fn calendar(entries: Vec<CalendarEntry>) -> Calendar {
        Calendar {
            name: "Köln".to_owned(),
            notes: vec!["All of it.".to_owned()],
            stamp: None,
            entries,
        }
    }

    fn values(text: &str, name: &str) -> Vec<String> {
        let unfolded = text.replace("\r\n ", "");
        let values = unfolded.split("\r\n").filter_map(|line| line.strip_prefix(name));
        values.map(str::to_owned).collect()
    }

    #[test]
    fn lines_are_folded_between_characters_and_texts_escaped() {
        let title = "Fenster; für, Köln \\ ".repeat(6);
        let text = calendar(vec![entry(&title)]).to_ics();
        assert!(text.split("\r\n").all(|line| line.len() <= 75));
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
        let unescaped = values(&text, "SUMMARY:")[0]
            .replace("\\;", ";")
            .replace("\\,", ",")
            .replace("\\\\", "\\");
        assert_eq!(unescaped, title);
        assert_eq!(values(&text, "DESCRIPTION:"), ["first\\nsecond"]);
        assert_eq!(values(&text, "STATUS:"), ["CANCELLED"]);
        assert_eq!(values(&text, "DTSTAMP:"), ["19700101T000000Z"]);
        assert_eq!(values(&text, "DTSTART:"), ["19700101T000000Z"]);
        assert_eq!(values(&text, "DTEND:"), ["19700101T010000Z"]);
        assert_eq!(text, calendar(vec![entry(&title)]).to_ics());
    }

    #[test]
    fn identifiers_are_unique_and_do_not_follow_from_predictions() {
        let mut other = entry("a");
        other.kind = "command";
        let text = calendar(vec![entry("a"), entry("b"), other]).to_ics();
        let ids = values(&text, "UID:");
        assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
        let again = calendar(vec![entry("41 of 60 nodes")]).to_ics();
        assert_eq!(values(&again, "UID:")[0], ids[0]);
    }

    #[test]
    fn days_end_with_the_next_one_and_what_ends_at_once_has_no_end() {
        let mut day = entry("approved");
        day.span = CalendarSpan::Day(NaiveDate::from_ymd_opt(2024, 2, 29).unwrap());
        let mut short = entry("freeze");
        short.span = CalendarSpan::Instants(SimTime::from_millis(1), Some(SimTime::from_millis(2)));
        let text = calendar(vec![day, short]).to_ics();
        assert_eq!(values(&text, "DTSTART;VALUE=DATE:"), ["20240229"]);
        assert_eq!(values(&text, "DTEND;VALUE=DATE:"), ["20240301"]);
        assert_eq!(values(&text, "DTEND:"), Vec::<String>::new());
    }
}
