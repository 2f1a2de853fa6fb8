//! `fit --best` and `fit --pareto`.

use patchbench_report::{
    ContestReport, contest_files, contest_json, contest_markdown, contest_parquet, contest_text,
};
use patchbench_scenario::Scenario;
use patchbench_study::fit::{
    ContestRules, Estimated, MOST_DESIGNS, Objective, PILOT, SimulatedDesigns, contest,
};
use patchbench_study::{Better, PrecisionTarget, Response, Selector, Unselected};

use super::super::{add_parquet, unfinished};
use super::levels::{Factor, load_all};
use super::{Done, most, refused};
use crate::args::Fit;
use crate::exit::Exit;
use crate::progress::Bar;
use crate::terminal::Terminal;

pub(super) fn fit(
    (arguments, scenario): (&Fit, &Scenario),
    factors: Vec<Factor>,
    terminal: &Terminal,
) -> Result<Done, Exit> {
    let tell = |problem: Unselected| refused(&problem, terminal);
    let selectors = asked(arguments).map_err(tell)?;
    let designs = product(&factors).map_err(tell)?;
    let scenarios = load_all(arguments, &factors, &designs, scenario, terminal)?;
    let bar = Bar::new(PILOT * scenarios.len() as u64, terminal.quiet());
    let mut simulated = SimulatedDesigns {
        scenarios: &scenarios,
        selectors: &selectors,
        progress: &bar,
    };
    let responses = simulated.responses().map_err(tell)?;
    let rules = ContestRules {
        objectives: objectives(&responses, &arguments.min_effect).map_err(tell)?,
        enough: scenario.study.replications,
        most: most(arguments, scenario),
    };
    let found = contest(&mut simulated, &rules).map_err(tell)?;
    bar.finish();
    let paths: Vec<String> = factors.into_iter().map(|factor| factor.path).collect();
    let report = ContestReport {
        scenario,
        paths: &paths,
        designs: &designs,
        responses: &responses,
        rules: &rules,
        contest: &found,
    };
    let mut files = contest_files(report);
    let tables = || contest_parquet(report);
    add_parquet(&mut files, arguments.parquet, tables).map_err(unfinished(terminal))?;
    Ok(Done::new(
        arguments.format,
        [
            &|| contest_text(report),
            &|| format!("{:#}\n", contest_json(report)),
            &|| contest_markdown(report),
        ],
        files,
        (found.replications, Exit::Fine),
    ))
}

/// What is measured.
fn asked(arguments: &Fit) -> Result<Vec<Selector>, Unselected> {
    let Some(metrics) = &arguments.pareto else {
        return Ok(arguments.metric.iter().cloned().collect());
    };
    let selectors = selectors(metrics)?;
    if selectors.len() < 2 {
        return Err(Unselected {
            message: "a front takes two responses at least".to_owned(),
            note: "write --pareto exposure,stop; for one response there is --best".to_owned(),
            meant: None,
        });
    }
    Ok(selectors)
}

/// Responses separated by commas; a part with `=` belongs to the response before it.
fn selectors(text: &str) -> Result<Vec<Selector>, Unselected> {
    let mut texts: Vec<String> = Vec::new();
    for part in text.split(',') {
        match texts.last_mut() {
            Some(last) if last.contains(':') && part.contains('=') && !part.contains(':') => {
                last.push(',');
                last.push_str(part);
            }
            _ => texts.push(part.to_owned()),
        }
    }
    let parsed = texts.iter().map(|text| {
        Selector::parse(text).map_err(|problem| Unselected {
            message: problem,
            note: "write --pareto exposure,stop or exposure:group=Web,stop".to_owned(),
            meant: None,
        })
    });
    parsed.collect()
}

/// All settings: each level of each factor with each of the others.
fn product(factors: &[Factor]) -> Result<Vec<Vec<String>>, Unselected> {
    let sizes = factors.iter().map(|factor| factor.levels.len());
    let count = sizes.fold(1usize, usize::saturating_mul);
    if !(2..=MOST_DESIGNS).contains(&count) {
        let counted = if count == 1 {
            "1 setting".to_owned()
        } else {
            format!("{count} settings")
        };
        return Err(Unselected {
            message: format!("{counted}: from 2 to {MOST_DESIGNS} can be compared"),
            note: "each level of each factor is combined with each of the others".to_owned(),
            meant: None,
        });
    }
    let mut designs = vec![Vec::new()];
    for factor in factors {
        let longer = |design: &Vec<String>| {
            let levels = factor.levels.iter();
            let design = design.clone();
            levels.map(move |level| design.iter().chain([level]).cloned().collect())
        };
        designs = designs.iter().flat_map(longer).collect();
    }
    Ok(designs)
}

/// How each response is judged. Shares of the estimate are those of the first setting.
fn objectives(
    responses: &[(Response, Better)],
    effects: &[PrecisionTarget],
) -> Result<Vec<Objective>, Unselected> {
    let all: Vec<Response> = responses.iter().map(|(response, _)| response.clone()).collect();
    let mut objectives: Vec<Objective> = responses
        .iter()
        .map(|(_, better)| Objective {
            better: *better,
            least_effect: 0.0,
        })
        .collect();
    for effect in effects {
        let own = match &effect.response {
            Some(selector) => Some(selector.select(&all)?.key.clone()),
            None => None,
        };
        for (objective, response) in objectives.iter_mut().zip(&all) {
            if own.as_ref().is_none_or(|own| *own == response.key) {
                let estimate = Estimated::of(response).estimate.unwrap_or(0.0);
                let width = effect.width.in_unit(response.unit, estimate);
                objective.least_effect = width.ok_or_else(|| Unselected {
                    message: format!("a time is no least effect for {}", response.key),
                    note: format!("its unit is {}", response.unit),
                    meant: None,
                })?;
            }
        }
    }
    Ok(objectives)
}
