//! The page of a comparison.

use maud::{Markup, html};
use patchbench_study::{ComparedDesign, Comparison};

use super::figure::figure;
use super::page::{Page, Section, page, provenance};
use super::table::data_table;
use crate::chart::Chart;
use crate::compare::{
    ComparisonReport, assertion_lines, change_lines, comparison_table, pairing_lines, ranking_lines,
    verdict_line,
};
use crate::short_date;
use crate::text::counted;

/// Changes of a design, rows of approvals and bytes of the table that are shown.
const CHANGES: usize = 40;
const APPROVALS: usize = 60;
const TABLE: usize = 900_000;

/// `report.html`. `command` repeats the comparison.
pub(crate) fn comparison_page(report: ComparisonReport<'_>, command: &[String], charts: &[Chart]) -> String {
    let comparison = report.comparison;
    let base = &comparison.designs[0];
    let each = counted(base.outcome.replications as usize, "replication", "replications");
    let mut facts = vec![
        ("seed", base.outcome.seed.to_string()),
        (
            "replications of each design",
            base.outcome.replications.to_string(),
        ),
    ];
    facts.extend(
        comparison
            .designs
            .iter()
            .map(|design| ("design", format!("{}: {}", design.name, design.scenario_hash))),
    );
    let others: Vec<&str> = comparison.designs[1..]
        .iter()
        .map(|design| design.name.as_str())
        .collect();
    page(Page {
        title: format!("{} against {}", others.join(", "), base.name),
        subtitle: format!("Strategies compared on the same luck: {each} of each design"),
        sections: vec![
            Section::new("verdict", "Verdict", verdict(report)),
            Section::new("asked", "What was asked", asked(report)),
            Section::new(
                "differences",
                "Differences",
                html! { @for chart in charts { (figure(chart, None)) } },
            ),
            Section::new(
                "tables",
                "Tables",
                html! {
                    p.printed { "The table is in a CSV file beside this page." }
                    (data_table(&comparison_table(report), "comparison.csv", TABLE))
                },
            ),
            Section::new("provenance", "Provenance", provenance(command, &facts)),
        ],
    })
}

fn verdict(report: ComparisonReport<'_>) -> Markup {
    let comparison = report.comparison;
    let others = 1..comparison.designs.len();
    let worse = others
        .clone()
        .filter(|design| comparison.is_worse(*design))
        .count();
    let (tone, banner) = match worse {
        0 => (
            "good",
            format!("No design is worse than {}.", comparison.designs[0].name),
        ),
        1 if others.len() == 1 => (
            "bad",
            format!(
                "{} is worse than {}.",
                comparison.designs[1].name, comparison.designs[0].name
            ),
        ),
        count => (
            "bad",
            format!(
                "{count} of {} designs are worse than {} in something.",
                others.len(),
                comparison.designs[0].name
            ),
        ),
    };
    let first_pairing = comparison.chosen().iter().find_map(|response| {
        let lines = pairing_lines(report, response);
        (!lines.is_empty()).then_some((response, lines))
    });
    html! {
        p class={ "banner " (tone) } { (banner) }
        ul.headlines {
            @for number in others { li { (verdict_line(comparison, number)) "." } }
            @for line in ranking_lines(comparison).into_iter().flatten() { li { (line) "." } }
            @for line in assertion_lines(comparison) { li { (line) } }
        }
        @if comparison.designs.len() > 2 {
            p.about {
                "The intervals of a response hold together with 95 % confidence, "
                (format!("{:.1}", comparison.confidence * 100.0)) " % each."
            }
        }
        @if let Some((response, lines)) = first_pairing {
            p.about { "What common luck is worth for " (response.key) ": " (lines.join("; ")) "." }
        }
    }
}

fn asked(report: ComparisonReport<'_>) -> Markup {
    let comparison = report.comparison;
    let base = &comparison.designs[0];
    html! {
        p {
            "The base is " b { (base.name) } "; replication by replication, all designs meet the same luck."
            @if let Some(only) = report.only { " Figures of patches are about " (only) " alone." }
        }
        @for design in &comparison.designs[1..] {
            h3 { (design.name) }
            (changes(base, design))
        }
        @if report.only.is_some() { (approvals(comparison)) }
    }
}

fn changes(base: &ComparedDesign, design: &ComparedDesign) -> Markup {
    let lines = change_lines(base, design);
    html! {
        @if lines.is_empty() { p { "Nothing changes." } }
        @else {
            pre tabindex="0" {
                @for line in lines.iter().take(CHANGES) { (line) "\n" }
                @if lines.len() > CHANGES { "… and " (lines.len() - CHANGES) " more changes\n" }
            }
        }
    }
}

fn approvals(comparison: &Comparison) -> Markup {
    let rows = comparison.designs.iter().flat_map(|design| {
        let own = design.approvals.iter();
        own.filter(|row| row.candidate || row.approved.is_some())
            .map(move |row| (design, row))
    });
    html! {
        h3 { "When it is approved" }
        div.scroll tabindex="0" role="group" aria-label="Approvals" {
            table.plain {
                thead { tr {
                    th scope="col" { "design" } th scope="col" { "patch group" } th scope="col" { "approved" } th scope="col" { "first window" }
                } }
                tbody {
                    @for (design, row) in rows.take(APPROVALS) {
                        tr {
                            td { (design.name) } td { (row.group) }
                            td { (row.approved.map_or_else(|| "never".to_owned(), short_date)) }
                            td { (row.first_window.map_or_else(|| "none".to_owned(), short_date)) }
                        }
                    }
                }
            }
        }
    }
}
