//! Windows as a calendar that people can import (iCalendar, RFC 5545).

use std::fmt::Write as _;

use patchbench_kernel::SimTime;
use patchbench_model::clock::to_utc;

use crate::sha256;

/// Who made the calendar; a file with it may be replaced by a newer one.
pub const CALENDAR_PRODUCER: &str = "PRODID:-//patchbench//windows//EN";

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarEntry {
    /// What it is called.
    pub title: String,
    /// When it begins.
    pub opens: SimTime,
    /// When it ends, if it does.
    pub closes: Option<SimTime>,
    /// What else is to be known, such as local times.
    pub text: String,
    /// Whether it does not take place: a change freeze holds it.
    pub cancelled: bool,
}

/// The entries as a calendar: instants in UTC, local times in the text, so that no zone has to be defined in
/// it. Identifiers follow from titles and instants, and stamps from instants, so that the same windows give
/// the same bytes.
pub fn calendar_ics(entries: &[CalendarEntry]) -> String {
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        CALENDAR_PRODUCER.to_owned(),
    ];
    for entry in entries {
        let opens = instant(entry.opens);
        let id = sha256(format!("{}\n{opens}", entry.title).as_bytes());
        lines.push("BEGIN:VEVENT".to_owned());
        lines.push(format!("UID:{}@patchbench", &id[..32]));
        lines.push(format!("DTSTAMP:{opens}"));
        lines.push(format!("DTSTART:{opens}"));
        lines.extend(entry.closes.map(|closes| format!("DTEND:{}", instant(closes))));
        lines.push(format!("SUMMARY:{}", escaped(&entry.title)));
        if !entry.text.is_empty() {
            lines.push(format!("DESCRIPTION:{}", escaped(&entry.text)));
        }
        lines.extend(entry.cancelled.then(|| "STATUS:CANCELLED".to_owned()));
        lines.push("END:VEVENT".to_owned());
    }
    lines.push("END:VCALENDAR".to_owned());
    let mut text = String::new();
    for line in lines {
        folded(&line, &mut text);
    }
    text
}

fn instant(at: SimTime) -> String {
    to_utc(at).format("%Y%m%dT%H%M%SZ").to_string()
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

    #[test]
    fn lines_are_folded_between_characters_and_texts_escaped() {
        let entry = CalendarEntry {
            title: "Fenster; für, Köln \\ ".repeat(6),
            opens: SimTime::from_millis(0),
            closes: Some(SimTime::from_millis(3_600_000)),
            text: "first\nsecond".to_owned(),
            cancelled: true,
        };
        let text = calendar_ics(std::slice::from_ref(&entry));
        assert!(text.split("\r\n").all(|line| line.len() <= 75));
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
        let unfolded = text.replace("\r\n ", "");
        let value = |name: &str| {
            let mut lines = unfolded.split("\r\n");
            lines.find_map(|line| line.strip_prefix(name)).unwrap().to_owned()
        };
        let unescaped = value("SUMMARY:")
            .replace("\\;", ";")
            .replace("\\,", ",")
            .replace("\\\\", "\\");
        assert_eq!(unescaped, entry.title);
        assert_eq!(value("DESCRIPTION:"), "first\\nsecond");
        assert_eq!(value("STATUS:"), "CANCELLED");
        assert_eq!(
            (value("DTSTART:"), value("DTEND:")),
            ("19700101T000000Z".to_owned(), "19700101T010000Z".to_owned())
        );
        assert_eq!(text, calendar_ics(&[entry]));
    }
}
