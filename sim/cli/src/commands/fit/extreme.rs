//! `fit --least` and `fit --largest`.

use patchbench_report::{FitReport, fit_files, fit_json, fit_markdown, fit_parquet, fit_text};
use patchbench_scenario::Scenario;
use patchbench_study::Unselected;
use patchbench_study::fit::{Extreme, FitAsked, PILOT, SimulatedLevels, criteria, first_by_formula, search};

use super::super::{add_parquet, unfinished};
use super::levels::{Factor, load_all};
use super::{Done, most, refused};
use crate::args::Fit;
use crate::exit::Exit;
use crate::progress::Bar;
use crate::terminal::Terminal;

pub(super) fn fit(
    (arguments, scenario): (&Fit, &Scenario),
    (extreme, mut factor): (Extreme, Factor),
    terminal: &Terminal,
) -> Result<Done, Exit> {
    factor.sort().map_err(|problem| refused(&problem, terminal))?;
    let names = &arguments.assertions;
    let asked = |scenario: &Scenario| criteria(scenario, names, arguments.share);
    let wanted = asked(scenario).map_err(|problem| refused(&problem, terminal))?;
    let points: Vec<Vec<String>> = factor.levels.iter().map(|level| vec![level.clone()]).collect();
    let scenarios = load_all(
        arguments,
        std::slice::from_ref(&factor),
        &points,
        scenario,
        terminal,
    )?;
    let required = |scenario: &Scenario| {
        let wanted = asked(scenario).unwrap_or_default();
        wanted
            .iter()
            .map(|criterion| criterion.required)
            .collect::<Vec<f64>>()
    };
    let asked = FitAsked {
        extreme,
        required: required(scenario),
        enough: scenario.study.replications,
        most: most(arguments, scenario),
        start: first_by_formula(&scenarios, names, extreme),
    };
    if scenarios.iter().any(|level| required(level) != asked.required) {
        let problem = Unselected {
            message: format!(
                "{} changes in which share of the replications assertions are to hold",
                factor.path
            ),
            note: "all levels are judged by the same; --in asks for another share".to_owned(),
            meant: None,
        };
        return Err(refused(&problem, terminal));
    }
    let bar = Bar::new(PILOT * scenarios.len() as u64, terminal.quiet());
    let mut levels = SimulatedLevels {
        scenarios: &scenarios,
        names,
        progress: &bar,
    };
    let found = search(&mut levels, &asked);
    bar.finish();
    let report = FitReport {
        scenario,
        path: &factor.path,
        levels: &factor.levels,
        criteria: &wanted,
        asked: &asked,
        fit: &found,
    };
    let exit = match found.answer {
        Some(_) => Exit::Fine,
        None => Exit::AssertionFailed,
    };
    let mut files = fit_files(report);
    let tables = || fit_parquet(report);
    add_parquet(&mut files, arguments.parquet, tables).map_err(unfinished(terminal))?;
    Ok(Done::new(
        arguments.format,
        [
            &|| fit_text(report),
            &|| format!("{:#}\n", fit_json(report)),
            &|| fit_markdown(report),
        ],
        files,
        (found.replications, exit),
    ))
}
