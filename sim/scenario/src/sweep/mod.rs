//! Sweeps: which values of a scenario are varied, at which levels, and which combinations are kept.
//!
//! A factor is a path of the scenario, as in `--set`, with its levels. Factors come from `--vary` and
//! `--zip`, or from the scenario's own `[sweep]` table.

mod condition;
mod decimal;
mod levels;
mod options;
mod range;
mod value;

use std::ops::Range;

use condition::{Condition, Name};
pub(crate) use levels::first_double;
use levels::{label, levels, lines};
use range::{Wrong, expand};

use crate::codes;
use crate::document::{Item, Value};
use crate::leaves::toml_text;
use crate::numbers::counted;
use crate::overrides::{Override, add_optional_table, place, split_path};
use crate::problem::Problem;
pub use options::{FactorOption, ReadSweep, SweepRequest, read_sweep};

/// Levels that a factor may have.
pub(crate) const MOST_LEVELS: usize = 1_000_000;

/// What is varied together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// The axes, in the order in which they were given.
    pub axes: Vec<Axis>,
    /// Which combinations are played.
    pub kind: DesignKind,
    condition: Option<(Condition, Spot)>,
}

/// Which combinations of levels are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DesignKind {
    /// All.
    FullFactorial,
    /// A Latin hypercube: the levels of each axis are cut into as many strata as there are points, and
    /// each stratum has one point.
    LatinHypercube {
        /// Number of points.
        points: u64,
    },
    /// The scenario as it is, then each axis at each of its levels with everything else as it is.
    OneAtATime,
}

/// Factors that change together, level by level. The first is varied; the others go along with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Its factors, each with the same number of levels.
    pub factors: Vec<Factor>,
}

impl Axis {
    /// How many levels it has.
    pub fn levels(&self) -> usize {
        self.factors.first().map_or(0, |factor| factor.levels.len())
    }

    /// The level at which all of its factors are as in the scenario.
    pub fn now(&self) -> Option<usize> {
        (0..self.levels()).find(|level| self.factors.iter().all(|factor| factor.is_now(*level)))
    }
}

/// A value of the scenario that is varied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// Its path, as in `--set`.
    pub path: String,
    /// What it is called: the last part of its path, or the whole path where another factor ends like it.
    pub name: String,
    /// Its levels, each as the value of an override.
    pub levels: Vec<String>,
    /// Its value in the scenario, if it has one.
    pub now: Option<String>,
}

impl Factor {
    /// A level as it is shown.
    pub fn label(&self, level: usize) -> &str {
        self.levels.get(level).map_or("", |level| label(level))
    }

    /// Its value in the scenario as it is shown; empty when it has none.
    pub fn now_label(&self) -> &str {
        self.now.as_deref().map_or("", label)
    }

    /// Whether a level is its value in the scenario.
    pub fn is_now(&self, level: usize) -> bool {
        let now = self.now.as_deref();
        now.is_some_and(|now| value::Value::of(now) == value::Value::of(&self.levels[level]))
    }
}

impl Sweep {
    pub(crate) const fn new(axes: Vec<Axis>, kind: DesignKind, condition: Option<(Condition, Spot)>) -> Self {
        Self {
            axes,
            kind,
            condition,
        }
    }

    /// All factors, in order.
    pub fn factors(&self) -> impl Iterator<Item = &Factor> {
        self.axes.iter().flat_map(|axis| &axis.factors)
    }

    /// The text of the condition that combinations must meet.
    pub fn condition(&self) -> Option<&str> {
        self.condition.as_ref().map(|(condition, _)| condition.text())
    }

    /// Whether a combination meets the condition; `None` stands for an axis as in the scenario.
    ///
    /// # Errors
    /// When the condition cannot be evaluated at these levels.
    pub fn keeps(&self, point: &[Option<usize>]) -> Result<bool, Box<Problem>> {
        let Some((condition, spot)) = &self.condition else {
            return Ok(true);
        };
        let at: Vec<(&Factor, Option<usize>)> = self
            .axes
            .iter()
            .zip(point)
            .flat_map(|(axis, level)| axis.factors.iter().map(move |factor| (factor, *level)))
            .collect();
        let level = |number: usize| match at[number] {
            (factor, Some(level)) => factor.levels[level].as_str(),
            (factor, None) => factor.now.as_deref().unwrap_or(""),
        };
        condition.holds(&level).map_err(|wrong| {
            let levels: Vec<String> = (0..at.len())
                .map(|number| format!("{} = {}", at[number].0.name, label(level(number))))
                .collect();
            Box::new(problem(wrong, spot).note(format!("at {}", levels.join(", "))))
        })
    }

    /// The overrides that make the scenario of a combination.
    pub fn overrides(&self, point: &[Option<usize>]) -> Vec<Override> {
        let mut overrides = Vec::new();
        for (axis, level) in self.axes.iter().zip(point) {
            let Some(level) = *level else { continue };
            for (number, factor) in axis.factors.iter().enumerate() {
                let option = if number == 0 { "--vary" } else { "--zip" };
                overrides.push(Override {
                    option,
                    path: factor.path.clone(),
                    value: factor.levels[level].clone(),
                });
            }
        }
        overrides
    }
}

/// Where a text stands: within a source from some byte on, or as a value of the scenario, which is pointed
/// at as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    source: usize,
    start: usize,
    whole: Option<Range<usize>>,
}

impl Spot {
    pub(crate) const fn within(source: usize, start: usize) -> Self {
        Self {
            source,
            start,
            whole: None,
        }
    }

    pub(crate) fn of(item: &Item) -> Self {
        Self {
            source: item.source,
            start: 0,
            whole: Some(item.span.clone()),
        }
    }

    fn at(&self, span: Range<usize>) -> (usize, Range<usize>) {
        let moved = || self.start + span.start..self.start + span.end;
        (self.source, self.whole.clone().unwrap_or_else(moved))
    }
}

fn problem(wrong: Wrong, spot: &Spot) -> Problem {
    let problem = Problem::error(codes::SWEEP, wrong.message).at(spot.at(wrong.span));
    match wrong.help {
        Some(help) => problem.help(help),
        None => problem,
    }
}

/// A factor as it was written.
pub(crate) struct Written {
    pub(crate) path: String,
    pub(crate) path_spot: Spot,
    /// `None`: they cannot be read, and that was told.
    pub(crate) levels: Option<Vec<String>>,
    /// Where the levels stand, and how long their text is.
    pub(crate) levels_at: (usize, Range<usize>),
    /// Whether it goes along with the factor before it.
    pub(crate) zipped: bool,
}

/// Levels from the text of an option, or of its file.
pub(crate) fn read_levels(text: &str, spot: &Spot) -> Result<Vec<String>, Vec<Problem>> {
    let told = |wrong: Vec<Wrong>| wrong.into_iter().map(|one| problem(one, spot)).collect();
    levels(text).map_err(told)
}

/// Levels of a range that is given as three values.
pub(crate) fn read_range(text: &str, spot: &Spot) -> Result<Vec<String>, Vec<Problem>> {
    expand(text).map_err(|wrong| vec![problem(wrong, spot)])
}

/// Levels from a file, one a line.
pub(crate) fn read_lines(
    name: &str,
    text: &str,
    spot: &Spot,
    length: usize,
) -> Result<Vec<String>, Vec<Problem>> {
    let found = lines(text);
    let wrong = if found.is_empty() {
        format!("{name} holds no levels")
    } else if found.len() > MOST_LEVELS {
        format!("{name} holds {}", counted(found.len() as u64, "level"))
    } else if let Some(twice) = first_double(&found) {
        format!("the level {twice} stands twice in {name}")
    } else {
        return Ok(found);
    };
    let help = "one level a line; lines that begin with # are comments";
    Err(vec![problem(Wrong::new(0..length, wrong).help(help), spot)])
}

/// Binds factors to the scenario and to each other; everything that is wrong is told.
pub(crate) fn bind(document: &Item, written: Vec<Written>, problems: &mut Vec<Problem>) -> Vec<Axis> {
    let mut axes: Vec<Axis> = Vec::new();
    let mut known: Vec<(String, (usize, Range<usize>))> = Vec::new();
    // What goes along with a factor that is not there is no further mistake.
    let mut leader_is_broken = false;
    for one in written {
        let (zipped, at) = (one.zipped, one.path_spot.at(0..one.path.len()));
        if let Some((_, first)) = known.iter().find(|(path, _)| *path == one.path) {
            let message = format!("`{}` is varied twice", one.path);
            let problem = Problem::error(codes::SWEEP, message).at(at);
            problems.push(problem.at(first.clone()).saying("here first"));
            leader_is_broken |= !zipped;
            continue;
        }
        known.push((one.path.clone(), at.clone()));
        let levels_at = one.levels_at.clone();
        let factor = bound_factor(document, one, problems);
        if !zipped {
            leader_is_broken = factor.is_none();
        }
        match (factor, axes.last_mut()) {
            (Some(factor), _) if !zipped => axes.push(Axis {
                factors: vec![factor],
            }),
            (Some(_), None) if !leader_is_broken => {
                let message = "nothing is varied that this could go along with";
                let problem = Problem::error(codes::SWEEP, message).at(at);
                problems.push(problem.help("give --zip after the --vary that it goes along with"));
            }
            (Some(factor), Some(axis)) if !leader_is_broken => {
                problems.extend(uneven(axis, &factor).map(|problem| problem.at(levels_at)));
                axis.factors.push(factor);
            }
            _ => {}
        }
    }
    name_factors(&mut axes);
    axes
}

/// A factor with its value in the scenario, its levels in the type of that.
fn bound_factor(document: &Item, written: Written, problems: &mut Vec<Problem>) -> Option<Factor> {
    let now = bound(document, &written)
        .map_err(|problem| problems.push(*problem))
        .ok()?;
    Some(Factor {
        name: written.path.clone(),
        path: written.path,
        levels: written
            .levels?
            .into_iter()
            .map(|level| typed(level, now))
            .collect(),
        now: now.map(toml_text),
    })
}

/// A factor that goes along with others has as many levels as they have.
fn uneven(axis: &Axis, factor: &Factor) -> Option<Problem> {
    let (own, others) = (factor.levels.len() as u64, axis.levels() as u64);
    let first = axis.factors.first().map_or("", |factor| factor.path.as_str());
    (own != others).then(|| {
        let message = format!(
            "{} go along with {}",
            counted(own, "level"),
            counted(others, "level")
        );
        Problem::error(codes::SWEEP, message).help(format!("give as many as `{first}` has"))
    })
}

/// The last part of a path names a factor where no other one ends like it.
fn name_factors(axes: &mut [Axis]) {
    let last = |path: &str| split_path(path).and_then(|keys| keys.last().map(|(key, _)| key.clone()));
    let shorts: Vec<Option<String>> = axes
        .iter()
        .flat_map(|axis| &axis.factors)
        .map(|factor| last(&factor.path))
        .collect();
    let factors = axes.iter_mut().flat_map(|axis| &mut axis.factors);
    for (factor, short) in factors.zip(&shorts) {
        let alone = shorts.iter().filter(|other| *other == short).count() == 1;
        if let Some(short) = short.as_ref().filter(|_| alone) {
            factor.name.clone_from(short);
        }
    }
}

/// Reads a condition over the factors of these axes.
pub(crate) fn read_condition(
    text: &str,
    axes: &[Axis],
    spot: Spot,
    problems: &mut Vec<Problem>,
) -> Option<(Condition, Spot)> {
    let factors = axes.iter().flat_map(|axis| &axis.factors);
    let names: Vec<Name<'_>> = factors
        .map(|factor| Name {
            short: (factor.name != factor.path).then_some(factor.name.as_str()),
            path: &factor.path,
        })
        .collect();
    match Condition::parse(text, &names) {
        Ok(condition) => Some((condition, spot)),
        Err(wrong) => {
            problems.extend(wrong.into_iter().map(|one| problem(one, &spot)));
            None
        }
    }
}

/// The value that a factor has in the scenario; a problem where the scenario has no such place.
fn bound<'d>(document: &'d Item, written: &Written) -> Result<Option<&'d Item>, Box<Problem>> {
    let spot = &written.path_spot;
    let Some(keys) = split_path(&written.path) else {
        let wrong = Wrong::new(0..written.path.len(), "the path cannot be read");
        let help = "keys joined by dots, such as window.prod.duration; quote keys that contain dots";
        return Err(Box::new(problem(wrong.help(help), spot)));
    };
    let placed: Vec<(String, Range<usize>)> = keys
        .iter()
        .map(|(key, span)| (key.clone(), spot.at(span.clone()).1))
        .collect();
    let probe = Item {
        name: "".into(),
        value: Value::Flag(true),
        source: spot.source,
        span: 0..0,
    };
    let mut document_with_probe = document.clone();
    add_optional_table(&mut document_with_probe, &placed, spot.source);
    place(&mut document_with_probe, &placed, probe, spot.source).map_err(Box::new)?;
    Ok(find(document, &keys))
}

/// The value at a path.
fn find<'d>(mut item: &'d Item, keys: &[(String, Range<usize>)]) -> Option<&'d Item> {
    for (key, _) in keys {
        item = match &item.value {
            Value::Table(entries) => &entries.iter().find(|entry| entry.key == *key)?.item,
            Value::List(items) => match key.parse::<usize>() {
                Ok(index) => items.get(index)?,
                Err(_) => items.iter().find(|item| is_named(item, key))?,
            },
            _ => return None,
        };
    }
    Some(item)
}

fn is_named(item: &Item, name: &str) -> bool {
    let Value::Table(entries) = &item.value else {
        return false;
    };
    entries
        .iter()
        .any(|entry| entry.key == "name" && matches!(&entry.item.value, Value::Text(text) if text == name))
}

/// A level in the type that the scenario has at its place: a number that stands there in quotes keeps
/// them, and a percentage of what is a number is that share of one.
fn typed(level: String, now: Option<&Item>) -> String {
    use decimal::Decimal;
    let number = |text: &str| Decimal::parse(text.strip_suffix('%').unwrap_or(text));
    match now.map(|item| &item.value) {
        Some(Value::Text(now)) if number(now).is_some() && Decimal::parse(&level).is_some() => {
            format!("\"{level}\"")
        }
        Some(Value::Float(_)) if label(&level).ends_with('%') => {
            number(label(&level)).map_or(level, |percent| percent.hundredth().to_string())
        }
        Some(Value::Integer(_) | Value::Float(_)) if Decimal::parse(label(&level)).is_some() => {
            label(&level).to_owned()
        }
        _ => level,
    }
}
