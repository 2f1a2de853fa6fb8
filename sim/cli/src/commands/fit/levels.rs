//! Factors from the command line, and the scenarios of their levels.

use std::collections::BTreeSet;

use patchbench_scenario::{Override, Scenario, Severity, duration_of};
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

impl Factor {
    pub(super) fn parse(option: &'static str, text: &str) -> Result<Self, Unselected> {
        let split = Override::parse(text).ok_or_else(|| Unselected {
            message: format!("`{option} {text}` is not of the form PATH=LEVELS"),
            note: format!("such as {option} window.Prod.task.0.max_concurrency=1..60"),
            meant: None,
        })?;
        let levels = levels(&split.value)?;
        if levels.len() < 2 || levels.len() > MOST_LEVELS {
            let counted = match levels.len() {
                1 => "1 level".to_owned(),
                count => format!("{count} levels"),
            };
            return Err(Unselected {
                message: format!(
                    "{} has {counted}: from 2 to {MOST_LEVELS} can be searched",
                    split.path
                ),
                note: "levels are separated by commas, or a range: 2,4,8 or 1..60".to_owned(),
                meant: None,
            });
        }
        Ok(Self {
            option,
            path: split.path,
            levels,
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

/// Values separated by commas, whole ranges, or the lines of a file.
fn levels(text: &str) -> Result<Vec<String>, Unselected> {
    let wrong = |message: String| Unselected {
        message,
        note: "levels are values separated by commas, ranges such as 1..60, or @FILE".to_owned(),
        meant: None,
    };
    if let Some(file) = text.strip_prefix('@') {
        let lines = std::fs::read_to_string(file)
            .map_err(|error| wrong(format!("{file} cannot be read: {error}")))?;
        let lines = lines.lines().map(str::trim);
        return Ok(lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::to_owned)
            .collect());
    }
    let mut found = Vec::new();
    for part in text.split(',').map(str::trim) {
        match part.split_once("..") {
            None if part.is_empty() => return Err(wrong("an empty level".to_owned())),
            None => found.push(part.to_owned()),
            Some((low, high)) => {
                let (high, step) = high.split_once(':').unwrap_or((high, "1"));
                let number = |text: &str| text.parse::<u64>().ok();
                let range = number(low)
                    .zip(number(high))
                    .zip(number(step).filter(|step| *step > 0));
                let ((low, high), step) = range.ok_or_else(|| wrong(format!("`{part}` is no range")))?;
                let step = usize::try_from(step).unwrap_or(usize::MAX);
                found.extend(
                    (low..=high)
                        .step_by(step)
                        .take(MOST_LEVELS + 1)
                        .map(|level| level.to_string()),
                );
            }
        }
    }
    Ok(found)
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
        let mut loaded = load_file(&arguments.file, &arguments.scenario, options, terminal)?;
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
