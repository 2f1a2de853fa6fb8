//! What the built-in checks found, as text, Markdown and JSON.

use std::fmt::Write as _;

use patchbench_study::verify::{CoverageResult, FigureResult, MODELS, RepeatResult};
use serde_json::{Value, json};

use crate::json::{FORMAT_VERSION, interval, number};
use crate::table::number_text;
use crate::text::{aligned_with, percent_interval};

/// A family of random worlds that the engine and the slow simulation played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldsResult {
    /// What the worlds have in common.
    pub family: String,
    /// What they are held to.
    pub held_to: String,
    /// How many.
    pub worlds: u32,
    /// The first difference, if there is one.
    pub problem: Option<String>,
}

/// What the checks found.
#[derive(Clone, Debug)]
pub struct VerificationReport {
    /// Seed of all draws.
    pub seed: u64,
    /// Closed forms beside what was simulated.
    pub figures: Vec<FigureResult>,
    /// Random worlds.
    pub worlds: Vec<WorldsResult>,
    /// Studies that were repeated.
    pub repeats: Vec<RepeatResult>,
    /// How often intervals contain the truth; empty when that was not asked for.
    pub coverage: Vec<CoverageResult>,
}

impl VerificationReport {
    /// Whether every check holds.
    pub fn holds(&self) -> bool {
        self.figures.iter().all(|figure| figure.holds)
            && self.worlds.iter().all(|worlds| worlds.problem.is_none())
            && self
                .repeats
                .iter()
                .all(|repeat| repeat.first_difference.is_none())
            && self.coverage.iter().all(CoverageResult::holds)
    }

    /// How many checks there are, and how many hold.
    fn counts(&self) -> (usize, usize) {
        let held = [
            self.figures.iter().filter(|figure| figure.holds).count(),
            self.worlds
                .iter()
                .filter(|worlds| worlds.problem.is_none())
                .count(),
            self.repeats
                .iter()
                .filter(|repeat| repeat.first_difference.is_none())
                .count(),
            self.coverage.iter().filter(|coverage| coverage.holds()).count(),
        ];
        let all = [
            self.figures.len(),
            self.worlds.len(),
            self.repeats.len(),
            self.coverage.len(),
        ];
        (all.iter().sum(), held.iter().sum())
    }
}

/// Heading, and rows with their header first.
type Section = (&'static str, Vec<Vec<String>>);

fn sections(report: &VerificationReport) -> Vec<Section> {
    let mut sections = vec![
        ("Closed forms", figure_rows(report)),
        ("Random worlds", world_rows(report)),
        ("The same study again", repeat_rows(report)),
    ];
    if !report.coverage.is_empty() {
        sections.push(("Coverage of 95 % intervals", coverage_rows(report)));
    }
    sections
}

fn figure_rows(report: &VerificationReport) -> Vec<Vec<String>> {
    let head = [
        "model",
        "case",
        "setting",
        "figure",
        "exact",
        "simulated",
        "error",
        "z",
        "n",
        "",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let rounded = |value: f64| format!("{value:.5}");
    for figure in &report.figures {
        rows.push(vec![
            figure.model.id.to_owned(),
            figure.case.unwrap_or_default().to_owned(),
            figure.setting.clone(),
            figure.what.to_owned(),
            rounded(figure.exact),
            rounded(figure.simulated),
            match (figure.standard_error, figure.replications) {
                (Some(error), _) => rounded(error),
                (None, 1) => "exact".to_owned(),
                (None, _) => "all equal".to_owned(),
            },
            figure.z.map_or_else(String::new, |z| format!("{z:+.2}")),
            figure.replications.to_string(),
            verdict(figure.holds),
        ]);
    }
    rows
}

fn verdict(holds: bool) -> String {
    if holds { "ok" } else { "DIFFERS" }.to_owned()
}

fn world_rows(report: &VerificationReport) -> Vec<Vec<String>> {
    let mut rows = vec![["family", "held to", "worlds", ""].map(str::to_owned).to_vec()];
    for family in &report.worlds {
        rows.push(vec![
            family.family.clone(),
            family.held_to.clone(),
            family.worlds.to_string(),
            family.problem.clone().unwrap_or_else(|| "ok".to_owned()),
        ]);
    }
    rows
}

fn repeat_rows(report: &VerificationReport) -> Vec<Vec<String>> {
    let mut rows = vec![["events and responses of", ""].map(str::to_owned).to_vec()];
    for repeat in &report.repeats {
        let outcome = repeat.first_difference.map_or_else(
            || "ok".to_owned(),
            |number| format!("DIFFERS from replication {number} on"),
        );
        rows.push(vec![repeat.what.clone(), outcome]);
    }
    rows
}

fn coverage_rows(report: &VerificationReport) -> Vec<Vec<String>> {
    let head = ["interval", "of", "truth", "contains it", "studies", ""];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for coverage in &report.coverage {
        rows.push(vec![
            coverage.interval.to_owned(),
            coverage.what.to_owned(),
            format!("{:.5}", coverage.truth),
            percent_interval(&coverage.covered),
            coverage.covered.of.to_string(),
            match (coverage.judged, coverage.holds()) {
                (false, _) => "told, not judged".to_owned(),
                (true, holds) => verdict(holds),
            },
        ]);
    }
    rows
}

fn headline(report: &VerificationReport) -> String {
    let (all, held) = report.counts();
    let verdict = if all == held {
        format!("all {all} checks hold")
    } else {
        format!("{} of {all} checks DO NOT hold", all - held)
    };
    format!(
        "patchbench {}, seed {}: {verdict}",
        env!("CARGO_PKG_VERSION"),
        report.seed
    )
}

/// The checks for the screen: a line for each model, and every figure that differs. Markdown and JSON hold all
/// figures.
pub fn verification_text(report: &VerificationReport) -> String {
    let mut text = format!("{}\n", headline(report));
    for (number, (heading, rows)) in sections(report).into_iter().enumerate() {
        let _ = writeln!(text, "\n{heading}");
        match number {
            0 => models(report, &mut text),
            _ => aligned_with(&rows, 2..3, &mut text),
        }
    }
    let _ = writeln!(
        text,
        "\n--format markdown or json: every figure beside its exact value"
    );
    text
}

/// Closed forms by model: how many figures, and the one that is furthest off.
fn models(report: &VerificationReport, text: &mut String) {
    let head = ["model", "about", "figures", "largest |z|", ""];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for model in MODELS {
        let own = || report.figures.iter().filter(|figure| figure.model == model);
        let furthest = own().filter_map(|figure| figure.z).map(f64::abs).reduce(f64::max);
        rows.push(vec![
            model.id.to_owned(),
            model.about.to_owned(),
            own().count().to_string(),
            furthest.map_or_else(|| "exact".to_owned(), |z| format!("{z:.2}")),
            verdict(own().all(|figure| figure.holds)),
        ]);
    }
    aligned_with(&rows, 2..4, text);
    for figure in report.figures.iter().filter(|figure| !figure.holds) {
        let _ = writeln!(
            text,
            "DIFFERS: {} {}, {}: {} simulated, {} exact, {} replications",
            figure.model.id,
            figure.setting,
            figure.what,
            number_text(figure.simulated),
            number_text(figure.exact),
            figure.replications
        );
    }
}

/// The checks as Markdown, for an appendix.
pub fn verification_markdown(report: &VerificationReport) -> String {
    let mut text = format!("# Verification\n\n{}.\n", headline(report));
    for (heading, rows) in sections(report) {
        let _ = writeln!(text, "\n## {heading}\n");
        for (number, row) in rows.iter().enumerate() {
            let cells: Vec<String> = row.iter().map(|cell| crate::markdown::escaped(cell)).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
            if number == 0 {
                let _ = writeln!(text, "|{}", "---|".repeat(row.len()));
            }
        }
    }
    text
}

/// What `verify --format json` prints.
pub fn verification_json(report: &VerificationReport) -> Value {
    let exact = |value: f64| number_text(value).parse::<f64>().unwrap_or(value);
    json!({
        "format_version": FORMAT_VERSION,
        "version": env!("CARGO_PKG_VERSION"),
        "seed": report.seed,
        "outcome": if report.holds() { "pass" } else { "fail" },
        "closed_forms": report.figures.iter().map(|figure| json!({
            "model": figure.model.id,
            "about": figure.model.about,
            "case": figure.case,
            "setting": figure.setting,
            "figure": figure.what,
            "exact": exact(figure.exact),
            "simulated": exact(figure.simulated),
            "standard_error": number(figure.standard_error),
            "z": number(figure.z),
            "replications": figure.replications,
            "outcome": if figure.holds { "pass" } else { "fail" },
        })).collect::<Vec<_>>(),
        "random_worlds": report.worlds.iter().map(|worlds| json!({
            "family": worlds.family,
            "held_to": worlds.held_to,
            "worlds": worlds.worlds,
            "problem": worlds.problem,
        })).collect::<Vec<_>>(),
        "determinism": report.repeats.iter().map(|repeat| json!({
            "what": repeat.what,
            "first_difference": repeat.first_difference,
        })).collect::<Vec<_>>(),
        "coverage": report.coverage.iter().map(|coverage| json!({
            "interval": coverage.interval,
            "of": coverage.what,
            "truth": exact(coverage.truth),
            "covered": number(Some(coverage.covered.share)),
            "covered_interval": interval(Some(coverage.covered.interval)),
            "studies": coverage.covered.of,
            "judged": coverage.judged,
        })).collect::<Vec<_>>(),
    })
}
