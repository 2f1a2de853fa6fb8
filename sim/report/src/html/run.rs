//! The page of a run.

use maud::{Markup, html};
use patchbench_study::CommandResult;

use super::figure::figure;
use super::page::{Page, Section, page, provenance};
use super::table::data_table;
use super::{asked, verdict};
use crate::chart::{ALL_GROUPS, Chart, Subject};
use crate::table::Table;
use crate::text::{counted, hours, percent_interval, whole};
use crate::{Report, date_time};

/// A page stays below this size.
const LARGEST: usize = 1_900_000;
/// Tables that are worth reading in a page; the others are files.
const SHOWN: [&str; 5] = ["metrics", "patches", "bad_patches", "windows", "tasks"];
/// Rows of the tables below charts.
const COMMANDS: usize = 12;

/// How much a page shows.
#[derive(Clone, Copy)]
struct Room {
    /// Charts of one subject.
    charts: usize,
    /// Bytes of one table.
    table: usize,
}

/// `report.html`. What there is no room for is left to the files beside it. `command` repeats the result, and
/// `result` holds its tables.
pub(crate) fn run_page(
    report: Report<'_>,
    result: &[Table],
    command: &[String],
    charts: &[(Subject, Chart)],
) -> String {
    let mut room = Room {
        charts: 12,
        table: 160_000,
    };
    loop {
        let text = page(contents((report, result), command, charts, room));
        if text.len() <= LARGEST || room.charts == 1 {
            return text;
        }
        room = Room {
            charts: room.charts / 2,
            table: room.table / 2,
        };
    }
}

fn contents(
    (report, result): (Report<'_>, &[Table]),
    command: &[String],
    charts: &[(Subject, Chart)],
    room: Room,
) -> Page {
    let scenario = report.scenario;
    let mut sections = vec![
        Section::new("verdict", "Verdict", verdict::verdict(report)),
        Section::new("asked", "What was asked", asked::asked(report)),
    ];
    sections.extend(charted(report, charts, room));
    sections.push(Section::new("tables", "Tables", tables(result, room)));
    let facts = [
        ("scenario hash", scenario.hash.clone()),
        ("seed", report.results.seed.to_string()),
        ("replications", report.results.replications.to_string()),
    ];
    sections.push(Section::new(
        "provenance",
        "Provenance",
        provenance(command, &facts),
    ));
    Page {
        title: scenario.name.clone(),
        subtitle: format!(
            "Patch rollout, predicted from {}: {} to {}",
            counted(
                report.results.replications as usize,
                "replication",
                "replications"
            ),
            date_time(scenario.config.start),
            date_time(scenario.config.horizon)
        ),
        sections,
    }
}

/// The sections whose charts there are.
fn charted(report: Report<'_>, charts: &[(Subject, Chart)], room: Room) -> Vec<Section> {
    const SECTIONS: [(&str, &str, Subject); 7] = [
        ("timeline", "Timeline", Subject::Timeline),
        ("groups", "Patch groups", Subject::Groups),
        ("windows", "Windows", Subject::Windows),
        ("threshold", "Error threshold", Subject::Threshold),
        ("exposure", "Exposure and deadlines", Subject::Exposure),
        ("bad-patches", "Bad patches", Subject::BadPatches),
        ("compliance", "Compliance", Subject::Compliance),
    ];
    let section = |(id, title, subject): (&'static str, &'static str, Subject)| {
        let own = charts.iter().filter(|(known, _)| *known == subject);
        let own: Vec<&Chart> = own.map(|(_, chart)| chart).collect();
        let body = match subject {
            _ if own.is_empty() => return None,
            Subject::Windows => windows(report, &own, room),
            Subject::Threshold => html! { (figures(&own, room, |_| None)) (stops(report)) },
            _ => figures(&own, room, |_| None),
        };
        Some(Section::new(id, title, body))
    };
    SECTIONS.into_iter().filter_map(section).collect()
}

fn figures(charts: &[&Chart], room: Room, note: impl Fn(&Chart) -> Option<Markup>) -> Markup {
    // Two charts a group: an odd number would tear a pair apart.
    let pairs = room.charts.next_multiple_of(2);
    // The one of all groups comes before the pairs.
    let overview = charts.first().is_some_and(|chart| chart.name == ALL_GROUPS);
    let most = pairs + usize::from(overview);
    html! {
        @for chart in charts.iter().take(most) { (figure(chart, note(chart))) }
        @if charts.len() > most {
            p.about { (counted(charts.len() - most, "more chart is", "more charts are")) " in " code { "plots/" } " beside this page." }
        }
    }
}

/// Occupancy with what it means for the cutoff.
fn windows(report: Report<'_>, charts: &[&Chart], room: Room) -> Markup {
    let curves = &report.results.occupancy;
    let note = |chart: &Chart| {
        let curve = curves
            .iter()
            .find(|curve| chart.title.starts_with(&format!("{}: ", curve.window)))?;
        let own =
            |command: &&CommandResult| command.window_name == curve.window && command.opened == curve.opens;
        let commands: Vec<&CommandResult> = report.results.commands.iter().filter(own).collect();
        Some(before_cutoff(&commands))
    };
    figures(charts, room, note)
}

fn before_cutoff(commands: &[&CommandResult]) -> Markup {
    html! {
        div.scroll tabindex="0" role="group" aria-label="Starts before the cutoff" {
            table.plain {
                thead { tr {
                    th scope="col" { "task" } th.n scope="col" { "nodes" } th.n scope="col" { "at once" }
                    th.n scope="col" { "start before the cutoff: median (p5)" } th.n scope="col" { "chance that all do" }
                    th.n scope="col" { "last node ends: median, p95" }
                } }
                tbody {
                    @for command in commands.iter().take(COMMANDS) {
                        tr {
                            td { (command.task) } td.n { (command.targets) } td.n { (command.max_concurrency) }
                            td.n { (whole(command.sent_before_cutoff.p50)) " (" (whole(command.sent_before_cutoff.p05)) ")" }
                            td.n { (percent_interval(&command.all_before_cutoff)) }
                            td.n { (hours(command.end_hours.p50)) ", " (hours(command.end_hours.p95)) }
                        }
                    }
                }
            }
        }
    }
}

/// Where the threshold stops tasks, and what it leaves.
fn stops(report: Report<'_>) -> Markup {
    let installs = report
        .results
        .commands
        .iter()
        .filter(|command| command.operation == "Install");
    let mut commands: Vec<&CommandResult> = installs.collect();
    commands.sort_by(|one, other| other.stopped.share.total_cmp(&one.stopped.share));
    html! {
        h3 { "Where it stops, and what is left" }
        div.scroll tabindex="0" role="group" aria-label="Stops by the error threshold" {
            table.plain {
                thead { tr {
                    th scope="col" { "opening" } th scope="col" { "window / task" } th.n scope="col" { "stops at error" }
                    th.n scope="col" { "chance of a stop" } th.n scope="col" { "after: median, p95" } th.n scope="col" { "nodes left: median, p95" }
                } }
                tbody {
                    @for command in commands.iter().take(COMMANDS) {
                        tr {
                            td { (date_time(command.opened)) } td { (command.window_name) " / " (command.task) }
                            td.n { (u64::from(command.max_errors) + 1) " of " (command.targets) }
                            td.n { (percent_interval(&command.stopped)) }
                            @if command.stopped.count > 0 {
                                td.n { (hours(command.stop_hours.p50)) ", " (hours(command.stop_hours.p95)) }
                                td.n { (whole(command.left_at_stop.p50)) ", " (whole(command.left_at_stop.p95)) }
                            } @else { td.n { "–" } td.n { "–" } }
                        }
                    }
                }
            }
        }
        @if commands.len() > COMMANDS {
            p.about { "The openings that stop most often, of " (commands.len()) "." }
        }
    }
}

fn tables(result: &[Table], room: Room) -> Markup {
    let shown = result.iter().filter(|table| SHOWN.contains(&table.name));
    html! {
        p.printed { "The tables are in CSV files beside this page." }
        @for table in shown { (data_table(table, &format!("{}.csv", table.name), room.table)) }
    }
}
