//! A window from the members of `CreateMaintenanceWindow` and `GetMaintenanceWindow`.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use patchbench_calendar::{CalendarSettings, Schedule, ScheduleOptions, timezone};

use super::account::{Opens, Window, place_of};
use super::node::Node;
use super::places::Places;
use crate::codes;
use crate::problem::Problem;
use crate::read::{Problems, aws_name};

/// Keys of a window's values, and AWS's members.
const PLACES: [(&str, &str); 9] = [
    ("description", "Description"),
    ("schedule", "Schedule"),
    ("schedule_timezone", "ScheduleTimezone"),
    ("schedule_offset", "ScheduleOffset"),
    ("start_date", "StartDate"),
    ("end_date", "EndDate"),
    ("duration", "Duration"),
    ("cutoff", "Cutoff"),
    ("allow_unassociated_targets", "AllowUnassociatedTargets"),
];

/// Reads a window; its members have been checked one by one.
pub(super) fn window(problems: &Problems, body: &Node) -> Option<Window> {
    let text = |member: &str| body.member(member).map(str::to_owned);
    let name = text("Name")?;
    aws_name(problems, &name, place_of(body, "Name"), "maintenance window");
    let number = |member: &str| body.get(member).and_then(Node::integer);
    let (duration, cutoff) = (number("Duration")?, number("Cutoff")?);
    if cutoff >= duration {
        let message = format!("a Cutoff of {cutoff} h leaves no time to start tasks in {duration} h");
        problems.push(Problem::error(codes::CUTOFF, message).at(place_of(body, "Cutoff")));
    }
    let unassociated = body.get("AllowUnassociatedTargets").and_then(Node::flag);
    if unassociated.is_none() {
        let message =
            "AllowUnassociatedTargets is missing: the AWS CLI refuses the command; false is assumed";
        let problem = Problem::warning(codes::IMPORT, message).at(body.place.clone());
        problems.push(problem.help("add --no-allow-unassociated-targets, or --allow-unassociated-targets"));
    }
    let schedule = schedule(problems, body)?;
    Some(Window {
        name,
        description: text("Description"),
        schedule,
        timezone: text("ScheduleTimezone"),
        offset: number("ScheduleOffset"),
        start_date: date(problems, body, "StartDate"),
        end_date: date(problems, body, "EndDate"),
        opens: Opens::AsScheduled,
        duration,
        cutoff,
        allow_unassociated_targets: unassociated,
        enabled: None,
        targets: Vec::new(),
        tasks: Vec::new(),
        places: Places::of(body, &PLACES),
    })
}

/// The expression, which must be one.
fn schedule(problems: &Problems, body: &Node) -> Option<String> {
    let zone = match body.member("ScheduleTimezone").map(timezone) {
        Some(Err(error)) => {
            let zone = body.member("ScheduleTimezone").unwrap_or_default();
            let problem = Problem::error(codes::ZONE, format!("no time zone \"{zone}\""));
            let problem = problem.at(place_of(body, "ScheduleTimezone"));
            problems.push(problem.meant(error.suggestion));
            None
        }
        Some(Ok(zone)) => Some(zone),
        None => None,
    };
    let options = ScheduleOptions {
        timezone: zone,
        offset_days: body
            .get("ScheduleOffset")
            .and_then(Node::integer)
            .map(|days| days as u8),
        start: None,
        end: None,
        settings: CalendarSettings::default(),
    };
    let expression = body.member("Schedule")?;
    match Schedule::parse(expression, options) {
        Ok(_) => Some(expression.to_owned()),
        Err(error) => {
            let (source, span) = place_of(body, "Schedule");
            // Within its word the expression stands as it is, behind a quote if there is one.
            let start = span.start + error.span.start.min(span.len());
            let end = (span.start + error.span.end).clamp(start + 1, span.end.max(start + 1));
            let problem = Problem::error(codes::SCHEDULE, error.message).at((source, start..end));
            problems.push(match error.hint {
                Some(hint) => problem.help(hint),
                None => problem,
            });
            None
        }
    }
}

/// A timestamp as scenarios have it.
fn date(problems: &Problems, body: &Node, member: &str) -> Option<String> {
    let text = body.member(member)?;
    if let Some(instant) = timestamp(text) {
        return Some(instant);
    }
    let message = format!("\"{text}\" is no ISO-8601 timestamp");
    let problem = Problem::error(codes::DATE, message).at(place_of(body, member));
    problems.push(problem.help("write 2024-01-09T16:00:00Z or 2024-01-09T16:00:00+01:00"));
    None
}

/// A timestamp of AWS's kind in the form that scenarios take: with seconds and offset; without an
/// offset it is UTC.
pub(super) fn timestamp(text: &str) -> Option<String> {
    if DateTime::parse_from_rfc3339(text).is_ok() || NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok() {
        return Some(text.to_owned());
    }
    if let Ok(instant) = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%:z") {
        return Some(instant.to_rfc3339());
    }
    let utc = text.trim_end_matches('Z');
    let local = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"];
    let parsed = local
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(utc, form).ok());
    parsed.map(|at| at.and_utc().to_rfc3339())
}
