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
        let mut known = BTreeSet::new();
        if let Some(twice) = levels.iter().find(|level| !known.insert(level.as_str())) {
            return Err(Unselected {
                message: format!("the level {twice} of {} stands twice", split.path),
                note: "each level is searched once".to_owned(),
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
    for part in split(text) {
        match part.split_once("..") {
            None if part.is_empty() => return Err(wrong("an empty level".to_owned())),
            None => found.push(part.to_owned()),
            Some((low, high)) => {
                let (high, step) = high.split_once(':').unwrap_or((high, ""));
                found.extend(range([low, high, step]).ok_or_else(|| wrong(format!("`{part}` is no range")))?);
            }
        }
    }
    Ok(found)
}

/// Parts between commas; those within quotes or brackets do not separate.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0u32, None);
    for (at, character) in text.char_indices() {
        match character {
            '"' | '\'' if quote.is_none() => quote = Some(character),
            _ if quote == Some(character) => quote = None,
            _ if quote.is_some() => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

/// A range of numbers, percentages or times, from its low and high end and its step; only whole numbers and
/// percentages can do without a step. Counting is in whole units, so that it is exact.
fn range([low, high, step]: [&str; 3]) -> Option<Vec<String>> {
    let unit = ["%", ""].into_iter().find(|unit| low.ends_with(unit))?;
    let all = [low, high, if step.is_empty() { "1" } else { step }];
    let numbers = all.map(|text| decimal(text.strip_suffix(unit).unwrap_or(text)));
    if let [Some(low), Some(high), Some(by)] = numbers {
        let places = low.1.max(high.1).max(by.1);
        let told = |units: i64| format!("{}{unit}", written(units, places));
        let scaled = |(units, own): (i64, u32)| units.checked_mul(10i64.pow(places - own));
        return Some(
            counted(scaled(low)?, scaled(high)?, scaled(by)?)?
                .into_iter()
                .map(told)
                .collect(),
        );
    }
    let seconds = |text: &str| Some(duration_of(text)?.millis() / 1000);
    let found = counted(seconds(low)?, seconds(high)?, seconds(step)?)?;
    let told = |seconds: i64| {
        let units = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
        let whole = units.into_iter().find(|(size, _)| seconds % size == 0);
        whole.map(|(size, unit)| format!("{}{unit}", seconds / size))
    };
    found.into_iter().map(told).collect()
}

/// All of the range, or one more than a factor may have.
fn counted(low: i64, high: i64, step: i64) -> Option<Vec<i64>> {
    let step = usize::try_from(step).ok().filter(|step| *step > 0)?;
    Some((low..=high).step_by(step).take(MOST_LEVELS + 1).collect())
}

/// A decimal as units of its last place, and how many places it has.
fn decimal(text: &str) -> Option<(i64, u32)> {
    const PLACES: usize = 6;
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = !whole.is_empty() && whole.len() <= 9 && part.len() <= PLACES;
    (fits && digits(whole) && digits(part)).then_some(())?;
    Some((format!("{whole}{part}").parse().ok()?, part.len() as u32))
}

/// The decimal of that many places, without zeros at its end.
fn written(units: i64, places: u32) -> String {
    let power = 10i64.pow(places);
    let (whole, part) = (units / power, units % power);
    if places == 0 {
        return whole.to_string();
    }
    let text = format!("{whole}.{part:0width$}", width = places as usize);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_lists_and_exact_ranges() {
        for (text, expected) in [
            ("2,4,8", "2 4 8"),
            ("1..4", "1 2 3 4"),
            ("0..14:5,20", "0 5 10 20"),
            ("0.05..0.2:0.05", "0.05 0.1 0.15 0.2"),
            ("10%..30%:10%", "10% 20% 30%"),
            ("2h..3h:30m", "2h 150m 3h"),
            ("cron(0 1 ? * TUE,THU *), 'a,b'", "cron(0 1 ? * TUE,THU *) 'a,b'"),
        ] {
            assert_eq!(levels(text).unwrap().join(" "), expected, "{text}");
        }
        for text in ["1,,2", "1..", "a..b", "1..4:0", "2h..3h", "1..2h", ""] {
            assert!(levels(text).is_err(), "{text}");
        }
        assert_eq!(levels("0..99999999").unwrap().len(), MOST_LEVELS + 1);
    }

    #[test]
    fn levels_are_sorted_where_they_have_an_order() {
        let sorted = |text: &str| {
            let mut factor = Factor::parse("--least", &format!("a.b={text}")).unwrap();
            factor.sort().map(|()| factor.levels.join(" "))
        };
        assert_eq!(sorted("10,9,1").unwrap(), "1 9 10");
        assert_eq!(sorted("\"10%\",5%").unwrap(), "5% \"10%\"");
        assert_eq!(sorted("1d,30m,2h").unwrap(), "30m 2h 1d");
        assert!(sorted("1,2h").is_err() && sorted("a,b").is_err());
    }
}
