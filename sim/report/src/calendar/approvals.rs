//! Approvals as whole days: one entry for each day and patch group.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use patchbench_kernel::SimTime;
use patchbench_model::clock::to_utc;
use patchbench_study::PatchResult;

use super::{CalendarEntry, CalendarSpan, LINES, MOST_APPROVALS, clipped};
use crate::text::counted;
use crate::{Report, date_time};

type Approved<'r> = Vec<(&'r PatchResult, SimTime)>;

/// The approvals of the simulated period whose dates are certain. Their days are those of the zone in which
/// the windows of the group open, or of UTC where these have several.
pub(super) fn approvals(report: Report<'_>, notes: &mut Vec<String>) -> Vec<CalendarEntry> {
    let zones = zones(report);
    let mut days: BTreeMap<(NaiveDate, usize), Approved<'_>> = BTreeMap::new();
    let (mut uncertain, mut before) = (0, 0);
    for (patch, approved) in report.results.offered(None) {
        // One replication does not tell whether the next one draws another date.
        let single = report.plan.shared_catalog.is_none() && patch.replications == 1;
        if patch.drawn || single {
            uncertain += 1;
        } else if approved < report.scenario.config.start {
            before += 1;
        } else {
            let day = to_utc(approved).with_timezone(&zones[patch.group]).date_naive();
            days.entry((day, patch.group))
                .or_default()
                .push((patch, approved));
        }
    }
    if uncertain > 0 {
        let approvals = counted(uncertain, "approval is", "approvals are");
        notes.push(format!(
            "{approvals} left out, as release dates are drawn and differ between replications; patches.csv says \
             how long patches take."
        ));
    }
    if before > 0 {
        let approvals = counted(before, "approval", "approvals");
        notes.push(format!("{approvals} before the simulated period left out."));
    }
    if days.len() > MOST_APPROVALS {
        notes.push(format!(
            "The first {MOST_APPROVALS} of {} days with approvals, counted by patch group; all are in patches.csv.",
            days.len()
        ));
    }
    let kept = days.into_iter().take(MOST_APPROVALS);
    kept.map(|((day, group), patches)| entry(report, (day, zones[group]), group, &patches))
        .collect()
}

/// For each patch group the zone of the windows that install on it, if it is one; else UTC.
fn zones(report: Report<'_>) -> Vec<Tz> {
    let plan = report.plan;
    let mut zones: Vec<Vec<Tz>> = vec![Vec::new(); plan.groups.len()];
    for version in plan.versions.iter().flatten() {
        let zone = version.window.schedule.timezone();
        for class in plan.classes_of(&version.installs_on()) {
            let known = &mut zones[plan.classes[class].group];
            if !known.contains(&zone) {
                known.push(zone);
            }
        }
    }
    let one = |zones: Vec<Tz>| if let [zone] = zones[..] { zone } else { Tz::UTC };
    zones.into_iter().map(one).collect()
}

fn entry(
    report: Report<'_>,
    (day, zone): (NaiveDate, Tz),
    group: usize,
    patches: &[(&PatchResult, SimTime)],
) -> CalendarEntry {
    let group = &report.results.groups[group];
    let what = match patches {
        [(patch, _)] => clipped(patch.kb.as_deref().unwrap_or(&patch.patch)),
        _ => format!("{} patches", patches.len()),
    };
    let mut lines = vec![format!(
        "the day is that in {}; instants are in UTC (Z)",
        zone.name()
    )];
    for (patch, approved) in patches.iter().take(LINES) {
        lines.push(patch_line(report, patch, *approved));
    }
    if patches.len() > LINES {
        let more = counted(patches.len() - LINES, "more patch", "more patches");
        lines.push(format!("{more} in patches.csv"));
    }
    CalendarEntry {
        kind: "approval",
        name: group.name.clone(),
        title: format!("{what} approved for {}", clipped(group.label())),
        span: CalendarSpan::Day(day),
        text: lines.join("\n"),
        cancelled: false,
        free: true,
    }
}

fn patch_line(report: Report<'_>, patch: &PatchResult, approved: SimTime) -> String {
    let kind = [patch.severity.as_deref(), patch.classification.as_deref()];
    let kind: Vec<String> = kind.into_iter().flatten().map(clipped).collect();
    let kind = if kind.is_empty() {
        String::new()
    } else {
        format!(" ({})", kind.join(", "))
    };
    let opens = patch.first_window.map_or_else(
        || "no window afterwards".to_owned(),
        |opens| format!("first window {}", date_time(opens)),
    );
    let (seen, of) = (patch.replications, report.results.replications);
    let sometimes = if seen < of {
        format!("; in {seen} of {of} replications")
    } else {
        String::new()
    };
    format!(
        "{}{kind}: approved {}, {opens}{sometimes}",
        clipped(patch.kb.as_deref().unwrap_or(&patch.patch)),
        date_time(approved)
    )
}
