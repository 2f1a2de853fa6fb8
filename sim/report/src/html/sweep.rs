//! The page of a sweep.

use maud::{Markup, html};

use super::figure::figure;
use super::page::{Page, Section, page, provenance};
use super::table::{Head, data_grid};
use crate::chart::{Chart, SweepSubject};
use crate::compare::figure as in_words;
use crate::sweep::{Shown, SweepReport, factor_words, labels, ranked};
use crate::table::number_text;
use crate::text::counted;

/// Designs in the verdict, factors that are listed, and bytes of the table.
const BEST: usize = 3;
const FACTORS: usize = 40;
const TABLE: usize = 700_000;

/// `report.html`. `command` repeats the sweep.
pub(crate) fn sweep_page(
    report: SweepReport<'_>,
    command: &[String],
    charts: &[(SweepSubject, Chart)],
) -> String {
    let (least, most) = report.replications;
    let each = if least == most {
        counted(least as usize, "replication", "replications")
    } else {
        format!("{least} to {most} replications")
    };
    let designs = counted(report.designs.len() as usize, "design", "designs");
    let mut sections = vec![
        Section::new("verdict", "Verdict", verdict(report)),
        Section::new("asked", "What was asked", asked(report)),
    ];
    for (id, title, subject) in [
        ("main-effects", "Factors", SweepSubject::MainEffects),
        ("heat-map", "Two factors together", SweepSubject::HeatMap),
        ("pareto", "Pareto front", SweepSubject::Pareto),
    ] {
        let own: Vec<&Chart> = charts
            .iter()
            .filter(|(known, _)| *known == subject)
            .map(|(_, chart)| chart)
            .collect();
        if !own.is_empty() {
            sections.push(Section::new(
                id,
                title,
                html! { @for chart in own { (figure(chart, None)) } },
            ));
        }
    }
    sections.push(Section::new("tables", "Tables", table(report)));
    let facts = [
        ("seed", report.seed.to_string()),
        ("designs", report.designs.len().to_string()),
    ];
    sections.push(Section::new(
        "provenance",
        "Provenance",
        provenance(command, &facts),
    ));
    page(Page {
        title: format!("Sweep of {}", report.scenario),
        subtitle: format!("{designs} on the same luck, {each} each"),
        sections,
    })
}

/// The best designs by each response.
fn verdict(report: SweepReport<'_>) -> Markup {
    html! {
        p.banner.plain {
            (counted(report.designs.len() as usize, "design", "designs")) " of "
            (counted(report.sweep.factors().count(), "factor", "factors")) " were played."
        }
        ul.headlines {
            @for shown in report.shown {
                li {
                    b { (shown.title()) } " is "
                    @if shown.better().is_some() { "best" } @else { "least" } " with "
                    @let order = ranked(shown);
                    @for (place, design) in order.iter().take(BEST).enumerate() {
                        @if place > 0 { "; then " }
                        (levels(report, *design)) " (" b { (rank(shown, *design)) } ")"
                    }
                    @if order.is_empty() { "no design: none has an answer" }
                    @else if let Some(last) = order.last() {
                        "; " @if shown.better().is_some() { "worst" } @else { "most" } " with "
                        (levels(report, *last)) " (" (rank(shown, *last)) ")"
                    }
                    "."
                }
            }
        }
    }
}

fn levels(report: SweepReport<'_>, design: u64) -> String {
    let point = report.designs.point(design);
    let levels = labels(report.sweep, &point);
    let factors = report.sweep.factors().zip(levels);
    let words: Vec<String> = factors
        .take(6)
        .map(|(factor, level)| format!("{} {}", factor.name, crate::chart::label(level)))
        .collect();
    words.join(", ")
}

fn rank(shown: &Shown, design: u64) -> String {
    match shown.figures[design as usize].rank() {
        Some(rank) if rank.is_finite() => in_words(rank, &shown.unit),
        Some(_) => "not by end".to_owned(),
        None => "no answer".to_owned(),
    }
}

fn asked(report: SweepReport<'_>) -> Markup {
    let words = factor_words(report.sweep);
    html! {
        p { "These values of the scenario were varied:" }
        ul {
            @for line in words.iter().take(FACTORS) { li { (line) } }
            @if words.len() > FACTORS { li { "and " (words.len() - FACTORS) " more" } }
        }
        @if let Some(condition) = report.sweep.condition() {
            p { "Only where " code { (condition) } "; " (report.designs.sorted_out()) " combinations are left out." }
        }
    }
}

/// One row a design: its levels and the figures that are shown.
fn table(report: SweepReport<'_>) -> Markup {
    let mut heads = vec![Head::number("design", "", "number of the design, from 0")];
    for factor in report.sweep.factors() {
        let numeric = (0..factor.levels.len()).all(|level| factor.label(level).parse::<f64>().is_ok());
        heads.push(Head::new(&factor.name, "", &factor.path, numeric));
    }
    for shown in report.shown {
        heads.push(Head::number(
            shown.title(),
            &shown.unit,
            "estimate: mean, or share of the replications",
        ));
        heads.push(Head::number("low", "", "lower end of its 95 % interval"));
        heads.push(Head::number("high", "", "upper end of its 95 % interval"));
        heads.push(Head::number("p95", "", "95th percentile over replications"));
    }
    let rows = (0..report.designs.len()).map(|design| {
        let point = report.designs.point(design);
        let mut row = vec![design.to_string()];
        row.extend(labels(report.sweep, &point).into_iter().map(str::to_owned));
        for shown in report.shown {
            let found = &shown.figures[design as usize];
            let (low, high) = found.interval().unzip();
            for value in [found.estimate(), low, high, found.p95()] {
                row.push(value.map_or_else(String::new, number_text));
            }
        }
        row.into_iter().map(|cell| (cell.clone(), cell)).collect()
    });
    html! {
        p.printed { "The table is in CSV files beside this page." }
        (data_grid(("designs", "one row per design", "designs.csv and metrics.csv"), &heads, rows, report.designs.len() as usize, TABLE))
    }
}
