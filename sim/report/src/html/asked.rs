//! What was asked: the scenario, its groups, what is changed while it runs, and the rules it hangs on.

use maud::{Markup, html};

use super::inferred::decides;
use crate::changes_text::change_lines;
use crate::text::{counted, percent_of};
use crate::{Report, date_time};

/// Rows of a list that are shown.
const ROWS: usize = 40;

/// The section of a run.
pub(super) fn asked(report: Report<'_>) -> Markup {
    let (scenario, results) = (report.scenario, report.results);
    let config = &scenario.config;
    html! {
        dl.facts {
            dt { "Scenario" } dd { (scenario.name) }
            dt { "Period" } dd { (date_time(config.start)) " to " (date_time(config.horizon)) }
            dt { "Replications" } dd { (results.replications) ", seed " (results.seed) }
            dt { "Fleet" } dd {
                (counted(results.groups.iter().map(|group| group.nodes as usize).sum(), "node", "nodes"))
                " in " (counted(results.groups.len(), "patch group", "patch groups"))
                ", " (counted(config.windows.len(), "window", "windows"))
            }
        }
        @if !results.precision.is_empty() {
            ul {
                @for reached in &results.precision {
                    li {
                        (reached.response) ": half-width " (format!("{:.3}", reached.half_width)) " " (reached.unit)
                        " of the " (format!("{:.3}", reached.wanted)) " that were asked for"
                        @if !reached.is_met() { " – not met" }
                    }
                }
            }
        }
        (groups(report))
        (changes(report))
        (settings(report))
    }
}

fn groups(report: Report<'_>) -> Markup {
    let groups = &report.results.groups;
    html! {
        div.scroll tabindex="0" role="group" aria-label="Patch groups" {
            table.plain {
                thead { tr { th scope="col" { "patch group" } th.n scope="col" { "nodes" } th scope="col" { "baselines" } th scope="col" { "patched by" } } }
                tbody {
                    @for group in groups.iter().take(ROWS) {
                        tr {
                            td { (group.label()) } td.n { (group.nodes) }
                            td { (group.baselines.join(", ")) }
                            td {
                                @if group.installs { "installs" }
                                @else if group.targeted { "scans only" }
                                @else { "no task" }
                            }
                        }
                    }
                }
            }
        }
        @if groups.len() > ROWS { p.about { "And " (groups.len() - ROWS) " more groups." } }
    }
}

fn changes(report: Report<'_>) -> Markup {
    let lines = change_lines(&report.scenario.config);
    html! {
        @if !lines.is_empty() {
            h3 { "Changes while it runs" }
            ul {
                @for line in lines.iter().take(ROWS) { li { (line) } }
                @if lines.len() > ROWS { li { "and " (lines.len() - ROWS) " more" } }
            }
        }
    }
}

/// Settings at other than their default, and the rules that AWS does not document and that can matter.
fn settings(report: Report<'_>) -> Markup {
    let settings = &report.scenario.settings;
    let changed: Vec<_> = settings.iter().filter(|setting| !setting.is_default).collect();
    let config = &report.scenario.config;
    let matter = settings
        .iter()
        .filter_map(|setting| Some((setting, decides(setting.name, config)?)));
    let matter: Vec<_> = matter.collect();
    html! {
        h3 { "Rules that AWS does not document" }
        @if changed.is_empty() {
            p { "All are at their default." }
        } @else {
            p { "At other than their default:" }
            ul {
                @for setting in &changed {
                    li { code { (setting.name) " = " (setting.value) } " (semantics, section " (setting.section) ")" }
                }
            }
        }
        details {
            summary { "The results hang on " (counted(matter.len(), "inferred rule", "inferred rules")) }
            div.scroll tabindex="0" role="group" aria-label="Inferred rules" {
                table.plain {
                    thead { tr { th scope="col" { "setting" } th scope="col" { "value" } th scope="col" { "decides" } th scope="col" { "semantics" } } }
                    tbody {
                        @for (setting, what) in &matter {
                            tr {
                                td { code { (setting.name) } } td { code { (setting.value) } }
                                td { (what) } td { "section " (setting.section) }
                            }
                        }
                    }
                }
            }
        }
        @if let Some(share) = frozen(report) {
            p { "Change freezes hold back " (percent_of(share)) " of the openings." }
        }
    }
}

/// The share of the openings that freezes hold back, where there are freezes.
fn frozen(report: Report<'_>) -> Option<f64> {
    let openings = &report.results.windows;
    let held = openings
        .iter()
        .filter(|opening| opening.frozen_by.is_some())
        .count();
    (held > 0).then(|| held as f64 / openings.len() as f64)
}
