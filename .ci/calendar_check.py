#!/usr/bin/env python3
"""Reads calendars with another program's parser (PyPI: icalendar) and checks what importers rely on.

usage: calendar_check.py FILE...
"""

import datetime
import sys

import icalendar


def problems(path):
    with open(path, "rb") as file:
        data = file.read()
    calendar = icalendar.Calendar.from_ical(data)
    again = icalendar.Calendar.from_ical(calendar.to_ical())
    if again != calendar:
        yield "does not come back from writing and reading it again"
    for component in calendar.walk():
        if component.errors:
            yield f"{component.name}: {component.errors}"
    if any(len(line) > 75 for line in data.split(b"\r\n")):
        yield "has a line of more than 75 octets"
    if b"\n" in data.replace(b"\r\n", b""):
        yield "has a line that does not end with CRLF"
    events = calendar.walk("VEVENT")
    if not events:
        yield "has no event"
    if len({str(event["UID"]) for event in events}) != len(events):
        yield "has an identifier twice"
    for event in events:
        for problem in event_problems(event):
            yield f"{event.get('UID')}: {problem}"


def event_problems(event):
    for name in ("UID", "DTSTAMP", "DTSTART", "SUMMARY"):
        if name not in event:
            yield f"has no {name}"
            return
    times = {name: event[name].dt for name in ("DTSTAMP", "DTSTART", "DTEND") if name in event}
    for name, time in times.items():
        if isinstance(time, datetime.datetime) and time.tzinfo is None:
            yield f"{name} has no zone"
            return
    if "DTEND" in times:
        start, end = times["DTSTART"], times["DTEND"]
        if isinstance(start, datetime.datetime) != isinstance(end, datetime.datetime):
            yield "begins on a day and ends at an instant, or the other way round"
        elif end <= start:
            yield "ends before it begins"


def main(paths):
    if not paths:
        sys.exit(__doc__)
    found = [f"{path}: {problem}" for path in paths for problem in problems(path)]
    for line in found:
        print(line, file=sys.stderr)
    if found:
        sys.exit(1)
    print(f"{len(paths)} calendars are fine")


if __name__ == "__main__":
    main(sys.argv[1:])
