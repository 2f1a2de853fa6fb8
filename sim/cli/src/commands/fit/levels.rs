//! Factors from the command line, and the scenarios of their levels.

use std::collections::BTreeSet;

use patchbench_scenario::{
    Directory, FactorOption, Limits, Loaded, Override, Scenario, Severity, SweepRequest, duration_of,
    read_sweep,
};
use patchbench_study::Unselected;

use crate::args::Fit;
use crate::commands::load_file;
use crate::commands::run::study_options;
use crate::diagnostics;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Levels of a factor beyond which it is refused: each is a scenario in memory.
const MOST_LEVELS: usize = 1_000;

/// A value of the scenario with the levels that it takes.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    /// The option it was given by.
    option: &'static str,
    pub(super) path: String,
    pub(super) levels: Vec<String>,
}

/// Reads the factors of the command line, all of their problems in one go.
pub(super) fn read(arguments: &Fit, loaded: &Loaded, terminal: &Terminal) -> Result<Vec<Factor>, Exit> {
    let single = [
        ("--least", &arguments.least),
        ("--largest", &arguments.largest),
        ("--best", &arguments.best),
    ];
    let single = single
        .into_iter()
        .filter_map(|(option, text)| Some((option, text.clone()?)));
    let several = arguments.vary.iter().map(|text| ("--vary", text.clone()));
    let options: Vec<(&'static str, String)> = single.chain(several).collect();
    let named = options
        .iter()
        .map(|(option, text)| FactorOption::Named(option, text.clone()));
    let request = SweepRequest {
        factors: named.collect(),
        ..SweepRequest::default()
    };
    let read = read_sweep(loaded, &request, &Directory::new("."));
    diagnostics::tell_all(&read.problems, &read.sources, terminal);
    let sweep = read.sweep.ok_or(Exit::Invalid)?;
    let factors = sweep.factors().zip(&options).map(|(factor, (option, _))| Factor {
        option,
        path: factor.path.clone(),
        levels: factor.levels.clone(),
    });
    let factors: Vec<Factor> = factors.collect();
    for factor in &factors {
        factor
            .check_count()
            .map_err(|problem| super::refused(&problem, terminal))?;
    }
    Ok(factors)
}

impl Factor {
    fn check_count(&self) -> Result<(), Unselected> {
        let counted = match self.levels.len() {
            2..=MOST_LEVELS => return Ok(()),
            1 => "1 level".to_owned(),
            count => format!("{count} levels"),
        };
        Err(Unselected {
            message: format!(
                "{} has {counted}: from 2 to {MOST_LEVELS} can be searched",
                self.path
            ),
            note: "levels are separated by commas, or a range: 2,4,8 or 1..60".to_owned(),
            meant: None,
        })
    }

    /// Puts the levels into ascending order.
    pub(super) fn sort(&mut self) -> Result<(), Unselected> {
        let mut known = Vec::new();
        for level in &self.levels {
            let size = size(level).ok_or_else(|| self.unordered(level))?;
            known.push((size, level.clone()));
        }
        let kind = known[0].0.0;
        if let Some((_, other)) = known.iter().find(|(size, _)| size.0 != kind) {
            return Err(self.unordered(other));
        }
        known.sort_by(|a, b| a.0.1.total_cmp(&b.0.1));
        self.levels = known.into_iter().map(|(_, level)| level).collect();
        Ok(())
    }

    fn unordered(&self, level: &str) -> Unselected {
        Unselected {
            message: format!("the levels of {} have no order: {level}", self.path),
            note: "they are to be numbers, percentages or times, all of one kind; --best takes levels \
without an order"
                .to_owned(),
            meant: None,
        }
    }
}

/// Which kind of value a level is, and how large.
fn size(level: &str) -> Option<(u8, f64)> {
    let text = level.trim_matches(['"', '\'']);
    let number = |text: &str| {
        text.trim()
            .replace('_', "")
            .parse::<f64>()
            .ok()
            .filter(|size| size.is_finite())
    };
    if let Some(percent) = text.strip_suffix('%') {
        return Some((1, number(percent)?));
    }
    number(text)
        .map(|size| (0, size))
        .or_else(|| Some((2, duration_of(text)?.as_days_f64())))
}

/// Reads the scenario of each point, a level for each factor; problems that they share are told once.
pub(super) fn load_all(
    arguments: &Fit,
    factors: &[Factor],
    points: &[Vec<String>],
    base: &Scenario,
    terminal: &Terminal,
) -> Result<Vec<Scenario>, Exit> {
    let mut told = BTreeSet::new();
    let mut scenarios = Vec::new();
    let mut invalid = 0;
    for point in points {
        let mut options = study_options(Some(base.study.seed), Some(base.study.replications));
        let levels = factors.iter().zip(point);
        options.extend(levels.map(|(factor, level)| Override::of_option(factor.option, &factor.path, level)));
        let mut loaded = load_file(
            &arguments.file,
            &arguments.scenario,
            (options, &Limits::pairing()),
            terminal,
        )?;
        // Warnings of the scenario itself have been told.
        loaded.problems.retain(|problem| {
            problem.severity == Severity::Error && told.insert((problem.code, problem.message.clone()))
        });
        diagnostics::tell(&loaded, terminal);
        match loaded.scenario {
            Some(scenario) => scenarios.push(scenario),
            None => invalid += 1,
        }
    }
    if invalid == 0 {
        return Ok(scenarios);
    }
    terminal.problem(&format!(
        "error: {invalid} of {} levels are invalid",
        points.len()
    ));
    Err(Exit::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_sorted_where_they_have_an_order() {
        let sorted = |text: &str| {
            let mut factor = Factor {
                option: "--least",
                path: "a.b".to_owned(),
                levels: text.split(',').map(str::to_owned).collect(),
            };
            factor.sort().map(|()| factor.levels.join(" "))
        };
        assert_eq!(sorted("10,9,1").unwrap(), "1 9 10");
        assert_eq!(sorted("\"10%\",5%").unwrap(), "5% \"10%\"");
        assert_eq!(sorted("1d,30m,2h").unwrap(), "30m 2h 1d");
        assert!(sorted("1,2h").is_err() && sorted("a,b").is_err());
    }
}
