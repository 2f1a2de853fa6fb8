//! Calendars, read by a parser that is not ours.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use icalendar::{Calendar, CalendarComponent, CalendarDateTime, Component, DatePerhapsTime};

use crate::binary::{answer, root};

/// An entry as a calendar program sees it.
#[derive(Debug, PartialEq)]
struct Entry {
    id: String,
    /// RFC 3339 in UTC, or a day.
    begins: String,
    ends: Option<String>,
    title: String,
    text: String,
    cancelled: bool,
    free: bool,
}

impl Entry {
    fn is_day(&self) -> bool {
        self.begins.len() == "2024-01-01".len()
    }

    fn is_freeze(&self) -> bool {
        self.title.starts_with("change freeze ")
    }
}

fn when(time: &DatePerhapsTime) -> String {
    match time {
        DatePerhapsTime::Date(day) => day.to_string(),
        DatePerhapsTime::DateTime(CalendarDateTime::Utc(at)) => at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        DatePerhapsTime::DateTime(other) => panic!("{other:?} is not in UTC"),
    }
}

/// Reads a calendar: what it says of itself, and its entries. Everything that importers rely on must hold.
fn read(text: &str) -> (String, Vec<Entry>) {
    assert!(text.split("\r\n").all(|line| line.len() <= 75));
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
    let calendar: Calendar = text.parse().unwrap();
    let entry = |component: &CalendarComponent| {
        let CalendarComponent::Event(event) = component else {
            panic!("no event: {component:?}");
        };
        assert!(event.get_timestamp().is_some());
        let begins = when(&event.get_start().unwrap());
        let ends = event.get_end().map(|end| when(&end));
        if let Some(ends) = &ends {
            assert!(*ends > begins && ends.len() == begins.len(), "{begins} to {ends}");
        }
        Entry {
            id: event.get_uid().unwrap().to_owned(),
            begins,
            ends,
            title: event.get_summary().unwrap().to_owned(),
            text: event.get_description().unwrap_or_default().to_owned(),
            cancelled: event.property_value("STATUS") == Some("CANCELLED"),
            free: event.property_value("TRANSP") == Some("TRANSPARENT"),
        }
    };
    let entries: Vec<Entry> = calendar.components.iter().map(entry).collect();
    assert_eq!(entries.len(), text.matches("BEGIN:VEVENT\r\n").count());
    let ids: BTreeSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids.len(), entries.len(), "an identifier occurs twice");
    let told = calendar.property_value("X-WR-CALDESC").unwrap_or_default();
    (told.to_owned(), entries)
}

/// Plays a scenario and gives its folder.
fn played(file: &Path, reps: &str, out: &Path) -> PathBuf {
    let folder = out.join("result");
    let words = ["run", "--quiet", "--reps", reps, "--force", "--out"];
    let files = [folder.as_os_str(), file.as_os_str()];
    let done = answer(words.iter().map(std::ffi::OsStr::new).chain(files));
    assert!(done.code == 0 || done.code == 4, "{}", done.err);
    folder
}

fn calendar_of(folder: &Path) -> (String, Vec<Entry>) {
    read(&std::fs::read_to_string(folder.join("calendar.ics")).unwrap())
}

fn rows(folder: &Path, table: &str) -> Vec<BTreeMap<String, String>> {
    let mut table = csv::Reader::from_path(folder.join(table)).unwrap();
    table.deserialize().map(|row| row.unwrap()).collect()
}

/// Openings of the calendar are those of `windows.csv`, with its cutoffs and freezes.
fn check_openings(folder: &Path, entries: &[Entry]) {
    let openings = entries
        .iter()
        .filter(|entry| !entry.is_day() && !entry.is_freeze());
    let mut shown: Vec<_> = openings
        .map(|entry| {
            let name = entry.title.split(" (").next().unwrap().to_owned();
            (entry.begins.clone(), name, entry.ends.clone(), entry.cancelled)
        })
        .collect();
    let windows = rows(folder, "windows.csv");
    let mut expected: Vec<_> = windows
        .iter()
        .map(|row| {
            let name = format!("{} {}", row["window"], row["surface"]);
            let closes = Some(row["closes"].clone()).filter(|closes| !closes.is_empty());
            (row["opens"].clone(), name, closes, !row["frozen_by"].is_empty())
        })
        .collect();
    shown.sort();
    expected.sort();
    assert_eq!(shown, expected);
}

#[test]
fn every_shipped_scenario_has_its_openings_and_approvals_in_the_calendar() {
    for entry in std::fs::read_dir(root().join("scenarios")).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let out = tempfile::tempdir().unwrap();
        let folder = played(&file, "5", out.path());
        let (told, entries) = calendar_of(&folder);
        assert!(told.contains("5 replications, seed 42"), "{told}");
        check_openings(&folder, &entries);
        let approved: usize = entries
            .iter()
            .filter(|entry| entry.is_day())
            .map(|entry| {
                assert!(entry.free && !entry.cancelled, "{entry:?}");
                let more = entry.text.lines().last().unwrap().strip_suffix(" in patches.csv");
                let more = more.map_or(0, |line| {
                    line.split(' ').next().unwrap().parse::<usize>().unwrap() - 1
                });
                entry.text.lines().count() - 1 + more
            })
            .sum();
        let left_out = |words: &str| {
            let before = told.split(words).next().filter(|before| *before != told);
            before.map_or(0, |before| before.rsplit(' ').nth(2).unwrap().parse().unwrap())
        };
        let uncertain: usize =
            left_out("are left out, as release dates") + left_out("is left out, as release dates");
        let early: usize = left_out("before the simulated period left out");
        let patches = rows(&folder, "patches.csv");
        let all = patches.iter().filter(|row| !row["approved"].is_empty()).count();
        assert_eq!(approved + uncertain + early, all, "{}: {told}", file.display());
    }
}

/// Freezes, clock changes, several tasks, a command at the instant of a window, and names that need care.
fn world(folder: &Path, more: &str) -> PathBuf {
    let file = folder.join("world.toml");
    let text = format!(
        r#"format = 1
name = "Werk; Köln, \\ „Nord“"
start = 2026-10-01T00:00:00Z
horizon = "60d"
[releases.windows]
kind = "patch_tuesday"
products = ["WindowsServer2022"]
[baseline.all]
operating_system = "WINDOWS"
patch_groups = ["Köln: nachts"]
[[baseline.all.rule]]
filter = {{ MSRC_SEVERITY = ["Critical"] }}
approve_after_days = 3
[nodes.plants]
count = 20
operating_system = "WINDOWS"
product = "WindowsServer2022"
tags = {{ "Patch Group" = "Köln: nachts" }}
[window.Nightly]
schedule = "cron(30 2 ? * SUN *)"
schedule_timezone = "Europe/Berlin"
duration = 4
cutoff = 1
[window.Nightly.target.plants]
"tag:Patch Group" = ["Köln: nachts"]
[[window.Nightly.task]]
name = "look"
targets = ["plants"]
operation = "Scan"
max_concurrency = "50%"
max_errors = "10%"
[[window.Nightly.task]]
name = "patch"
priority = 2
targets = ["plants"]
operation = "Install"
max_concurrency = "50%"
max_errors = "10%"
[command.Audit]
at = 2026-10-11T00:30:00Z
targets = {{ "tag:Patch Group" = ["Köln: nachts"] }}
operation = "Scan"
[freeze."Ernte; Süd, \\"]
from = 2026-11-07T00:00:00Z
until = 2026-11-14T00:00:00Z
{more}"#
    );
    std::fs::write(&file, text).unwrap();
    file
}

/// The entries whose titles begin so.
fn titled<'e>(entries: &'e [Entry], title: &str) -> Vec<&'e Entry> {
    let all = entries.iter().filter(|entry| entry.title.starts_with(title));
    all.collect()
}

#[test]
fn freezes_are_entries_and_the_openings_that_they_hold_back_are_cancelled() {
    let out = tempfile::tempdir().unwrap();
    let folder = played(&world(out.path(), ""), "2", out.path());
    let text = std::fs::read_to_string(folder.join("calendar.ics")).unwrap();
    assert!(text.contains("X-WR-CALNAME:Werk\\; Köln\\, \\\\ „Nord“\r\n"));
    let (_, entries) = calendar_of(&folder);
    let stamped = text.matches("DTSTAMP:20261001T000000Z\r\n").count();
    assert_eq!(stamped, entries.len());
    check_openings(&folder, &entries);
    let name = "change freeze Ernte; Süd, \\";
    let freeze = titled(&entries, name);
    assert_eq!(freeze.len(), 1);
    assert!(freeze[0].free && freeze[0].text.contains("1 opening within"));
    assert_eq!(freeze[0].begins, "2026-11-07T00:00:00Z");
    let openings = titled(&entries, "Nightly window");
    assert_eq!(openings.len(), 9);
    let held = openings.iter().find(|entry| entry.cancelled).unwrap();
    assert_eq!(held.title, format!("Nightly window (held back by {name})"));
    assert_eq!(held.begins, "2026-11-08T01:30:00Z");
    assert!(held.text.contains(&format!("does not open: {name}")));
}

#[test]
fn clock_changes_and_every_task_are_in_the_text() {
    let out = tempfile::tempdir().unwrap();
    let (told, entries) = calendar_of(&played(&world(out.path(), ""), "7", out.path()));
    assert!(told.contains("7 replications"), "{told}");
    let openings = titled(&entries, "Nightly window");
    let mut openings = openings.iter();
    let repeated = openings.find(|entry| entry.begins == "2026-10-25T00:30:00Z");
    let repeated = repeated.unwrap();
    for words in [
        "opens Sun 2026-10-25 02:30 CEST (Europe/Berlin)",
        "ends Sun 2026-10-25 05:30 CET",
        "the clocks change while it is open",
        "this local time occurs twice; first pass",
        "look: Scan on 20 nodes",
        "patch: Install on 20 nodes",
        "all of them in",
        "the error threshold stops it in",
    ] {
        assert!(repeated.text.contains(words), "{words}: {}", repeated.text);
    }
    let several = " of 20 nodes in the worst of 2 commands)";
    assert!(repeated.title.ends_with(several), "{}", repeated.title);
    let command = titled(&entries, "Audit command");
    assert_eq!((command.len(), command[0].ends.as_deref()), (1, None));
    assert!(!command[0].text.contains("cutoff"), "{}", command[0].text);
    // Released on a Tuesday and approved three days later.
    let day = entries.iter().find(|entry| entry.is_day()).unwrap();
    assert_eq!(day.begins, "2026-10-16");
    assert!(day.title.ends_with(" approved for Köln: nachts"), "{}", day.title);
    assert!(
        day.text.starts_with("the day is that in Europe/Berlin"),
        "{}",
        day.text
    );
}

#[test]
fn the_same_input_gives_the_same_calendar_and_predictions_change_no_identifier() {
    let out = tempfile::tempdir().unwrap();
    let file = world(out.path(), "");
    let bytes = |reps: &str| std::fs::read(played(&file, reps, out.path()).join("calendar.ics")).unwrap();
    let first = bytes("7");
    assert!(first == bytes("7"));
    let manifest = std::fs::read_to_string(out.path().join("result/manifest.json")).unwrap();
    assert!(manifest.contains("\"calendar.ics\""), "{manifest}");
    let again = answer([
        "run",
        "--again",
        out.path().join("result/manifest.json").to_str().unwrap(),
    ]);
    assert_eq!(again.code, 0, "{}", again.err);
    let ids = |bytes: Vec<u8>| -> Vec<String> {
        let (_, entries) = read(&String::from_utf8(bytes).unwrap());
        entries.into_iter().map(|entry| entry.id).collect()
    };
    assert_eq!(ids(first), ids(bytes("3")));
}

#[test]
fn approvals_whose_dates_are_drawn_are_left_out_and_counted() {
    let out = tempfile::tempdir().unwrap();
    let folder = played(
        &root().join("scenarios/apt-ignores-the-delay.toml"),
        "3",
        out.path(),
    );
    let (told, entries) = calendar_of(&folder);
    assert!(
        told.contains("approvals are left out, as release dates are drawn"),
        "{told}"
    );
    assert!(entries.iter().all(|entry| !entry.is_day()));
}

#[test]
fn a_calendar_of_many_openings_is_cut_off_and_says_so() {
    let out = tempfile::tempdir().unwrap();
    let mut more = String::new();
    for number in 0..70 {
        let hour = number % 24;
        let schedule = format!("schedule = \"cron(0 {hour} ? * * *)\"");
        let _ = write!(
            more,
            "[window.day-{number}]\n{schedule}\nduration = 2\ncutoff = 1\n"
        );
    }
    let folder = played(&world(out.path(), &more), "1", out.path());
    let (told, entries) = calendar_of(&folder);
    let openings = entries
        .iter()
        .filter(|entry| !entry.is_day() && !entry.is_freeze())
        .count();
    let all = rows(&folder, "windows.csv").len();
    assert!(all > 4_100);
    assert_eq!(openings, 4_000);
    assert!(
        told.contains(&format!("The first 4000 of {all} openings, until 2026-11-2")),
        "{told}"
    );
    let size = std::fs::metadata(folder.join("calendar.ics")).unwrap().len();
    assert!(size < 5_000_000, "{size} bytes");
}

#[test]
fn windows_that_open_together_have_identifiers_of_their_own() {
    let out = tempfile::tempdir().unwrap();
    let file = world(out.path(), "");
    let ics = out.path().join("windows.ics");
    let words = ["windows", file.to_str().unwrap(), "--ics", ics.to_str().unwrap()];
    assert_eq!(answer(words).code, 0);
    let (_, of_scenario) = read(&std::fs::read_to_string(&ics).unwrap());
    assert_eq!(of_scenario.len(), 10);
    // The same opening is the same entry in the calendar of a run.
    let (_, predicted) = calendar_of(&played(&file, "2", out.path()));
    let known: BTreeSet<&str> = predicted.iter().map(|entry| entry.id.as_str()).collect();
    assert!(of_scenario.iter().all(|entry| known.contains(entry.id.as_str())));
    let mut seen = BTreeSet::new();
    for (schedule, zone) in [
        ("cron(0 2 ? * * *)", "UTC"),
        ("cron(0 2 ? * SUN *)", "UTC"),
        ("cron(0 4 ? * * *)", "Europe/Berlin"),
    ] {
        let from = ["--from", "2026-07-01", "--count", "9", "--timezone", zone];
        let words = ["windows", "--schedule", schedule, "--ics", ics.to_str().unwrap()];
        let done = answer(words.iter().chain(&from));
        assert_eq!(done.code, 0, "{}", done.err);
        let (_, entries) = read(&std::fs::read_to_string(&ics).unwrap());
        assert_eq!(
            (entries.len(), entries[0].title.as_str()),
            (9, "maintenance window")
        );
        for entry in entries {
            assert!(seen.insert(entry.id), "two schedules share an identifier");
        }
    }
}
