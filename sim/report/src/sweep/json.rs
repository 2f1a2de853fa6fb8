//! `summary.json` of a sweep, and what `--format json` prints.

use std::io::{self, Write};

use patchbench_scenario::{DesignKind, Factor};
use serde_json::{Value, json};

use super::{Figure, SweepReport, labels};
use crate::json::{FORMAT_VERSION, number};

/// Writes the sweep as JSON; designs one after the other, so that none of it is held.
///
/// # Errors
/// When it cannot be written.
pub fn sweep_json(report: SweepReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let head = json!({
        "format_version": FORMAT_VERSION,
        "kind": "sweep",
        "scenario": report.scenario,
        "seed": report.seed,
        "design": kind(report.sweep.kind),
        "where": report.sweep.condition(),
        "factors": report.sweep.factors().map(factor).collect::<Vec<Value>>(),
        "responses": report.shown.iter().map(|shown| json!({
            "response": shown.selector.to_string(),
            "about": shown.title,
            "unit": shown.unit,
        })).collect::<Vec<Value>>(),
        "replications": [report.replications.0, report.replications.1],
        "count": report.designs.len(),
    });
    let text = format!("{head:#}");
    let open = text.trim_end().strip_suffix('}').unwrap_or(&text).trim_end();
    write!(out, "{open},\n  \"designs\": [")?;
    for design in 0..report.designs.len() {
        let separator = if design == 0 { "" } else { "," };
        write!(out, "{separator}\n    {}", one(report, design))?;
    }
    out.write_all(b"\n  ]\n}\n")
}

fn kind(kind: DesignKind) -> &'static str {
    match kind {
        DesignKind::FullFactorial => "full_factorial",
        DesignKind::LatinHypercube { .. } => "latin_hypercube",
        DesignKind::OneAtATime => "one_at_a_time",
    }
}

/// At most this many levels are listed; `designs.csv` has those of each design.
const LEVELS: usize = 1_000;

fn factor(factor: &Factor) -> Value {
    let levels = 0..factor.levels.len().min(LEVELS);
    json!({
        "name": factor.name,
        "path": factor.path,
        "now": factor.now.as_ref().map(|_| factor.now_label()),
        "count": factor.levels.len(),
        "levels": levels.map(|level| factor.label(level)).collect::<Vec<&str>>(),
    })
}

fn one(report: SweepReport<'_>, design: u64) -> Value {
    let point = report.designs.point(design);
    let figures = report
        .shown
        .iter()
        .map(|shown| figure(&shown.figures[design as usize]));
    json!({
        "design": design,
        "levels": labels(report.sweep, &point),
        "responses": figures.collect::<Vec<Value>>(),
    })
}

fn figure(figure: &Figure) -> Value {
    let interval = figure.interval();
    json!({
        "n": figure.n,
        "censored": figure.censored,
        "estimate": number(figure.estimate()),
        "interval": interval.map(|(low, high)| json!([number(Some(low)), number(Some(high))])),
        "p05": number(figure.value(3)),
        "p50": number(figure.value(4)),
        "p95": number(figure.value(5)),
    })
}
