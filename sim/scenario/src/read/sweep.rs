//! `[sweep]`: factors and levels that `patchbench sweep` plays.

use super::section::{Problems, Section, choice, text, wrong_type};
use super::values::integer;
use crate::FileReader;
use crate::codes;
use crate::document::{Item, Value};
use crate::leaves::toml_text;
use crate::problem::Problem;
use crate::sweep::{
    DesignKind, Spot, Sweep, Written, bind, first_double, read_condition, read_levels, read_lines, read_range,
};

/// Designs by name; the number of points is a key of its own.
pub(crate) const DESIGNS: [(&str, DesignKind); 3] = [
    ("full_factorial", DesignKind::FullFactorial),
    ("latin_hypercube", DesignKind::LatinHypercube { points: 0 }),
    ("one_at_a_time", DesignKind::OneAtATime),
];

/// Reads `[sweep]`, in the scenario whose values it varies.
pub(super) fn sweep(
    problems: &Problems,
    item: Option<&Item>,
    document: &Item,
    files: &dyn FileReader,
) -> Option<Sweep> {
    let section = Section::open(problems, item?, "[sweep]", None)?;
    let kind = design(problems, &section);
    let condition = section.get("where");
    let mut written = Vec::new();
    let factors = section.list("factor");
    if factors.is_empty() && section.get("factor").is_none() {
        let problem = Problem::error(codes::MISSING, "[sweep] has no factor").at(section.place());
        let example = "path = \"nodes.web.count\" and levels = [50, 100]";
        section.missing(
            &["factor"],
            problem.help(format!("add [[sweep.factor]] with {example}")),
        );
    }
    for item in factors {
        factor(problems, item, false, files, &mut written);
    }
    section.close();
    let mut wrong = Vec::new();
    let complete = written.iter().all(|one: &Written| one.levels.is_some());
    let axes = bind(document, written, &mut wrong);
    let condition = condition.and_then(|item| Some((text(problems, item)?, Spot::of(item))));
    // Names that a broken factor would have had are not unknown.
    let condition = condition
        .filter(|_| complete && wrong.is_empty())
        .and_then(|(text, spot)| read_condition(text, &axes, spot, &mut wrong));
    problems.extend(wrong);
    Some(Sweep::new(axes, kind?, condition))
}

fn design(problems: &Problems, section: &Section<'_>) -> Option<DesignKind> {
    let points = section.get("points");
    let given = section.get("design").map(|item| choice(problems, item, &DESIGNS));
    match (given, points) {
        (Some(Some(DesignKind::LatinHypercube { .. })), Some(points)) => {
            let points = integer(problems, points, 1, i64::MAX)? as u64;
            Some(DesignKind::LatinHypercube { points })
        }
        (Some(Some(DesignKind::LatinHypercube { .. })), None) => {
            let problem = Problem::error(codes::MISSING, "a Latin hypercube needs a number of points");
            section.missing(&["points"], problem.at(section.place()).help("add points = 50"));
            None
        }
        (Some(None), _) => None,
        (other, Some(points)) => {
            let problem = Problem::error(codes::SWEEP, "`points` belongs to a Latin hypercube");
            problems.push(
                problem
                    .at(points.place())
                    .help("add design = \"latin_hypercube\""),
            );
            other.flatten()
        }
        (Some(kind), None) => kind,
        (None, None) => Some(DesignKind::FullFactorial),
    }
}

fn factor(
    problems: &Problems,
    item: &Item,
    zipped: bool,
    files: &dyn FileReader,
    written: &mut Vec<Written>,
) {
    let name = if zipped {
        "[[sweep.factor.zip]]"
    } else {
        "[[sweep.factor]]"
    };
    let Some(section) = Section::open(problems, item, name, None) else {
        return;
    };
    let path = section
        .require("path", "path = \"nodes.web.count\"")
        .and_then(|item| Some((text(problems, item)?, item)));
    let levels = levels(problems, &section, files);
    if let Some((path, at)) = path {
        written.push(Written {
            path: path.to_owned(),
            path_spot: Spot::of(at),
            levels,
            levels_at: item.place(),
            zipped,
        });
    }
    if !zipped {
        for item in section.list("zip") {
            factor(problems, item, true, files, written);
        }
    }
    section.close();
}

/// `levels`, or `from`, `to` and `step`, or `file`.
fn levels(problems: &Problems, section: &Section<'_>, files: &dyn FileReader) -> Option<Vec<String>> {
    let told = |read: Result<Vec<String>, Vec<Problem>>| read.map_err(|wrong| problems.extend(wrong)).ok();
    let (list, file) = (section.get("levels"), section.get("file"));
    let (from, to, step) = (section.get("from"), section.get("to"), section.get("step"));
    match (list, file, from, to) {
        (Some(item), None, None, None) => match &item.value {
            Value::List(items) => told(listed(item, items)),
            Value::Text(text) => told(read_levels(text, &Spot::of(item))),
            _ => {
                problems.push(wrong_type(item, "a list of levels, such as [2, 4, 8]"));
                None
            }
        },
        (None, Some(item), None, None) => {
            let name = text(problems, item)?;
            match files.read(name) {
                Ok(lines) => told(read_lines(name, &lines, &Spot::of(item), 0)),
                Err(error) => {
                    problems.push(super::file_problem(name, &error, item.place()));
                    None
                }
            }
        }
        (None, None, Some(from), Some(to)) => {
            let step = step.map_or(String::new(), |step| format!(":{}", mark_text(step)));
            let range = format!("{}..{}{step}", mark_text(from), mark_text(to));
            told(read_range(&range, &Spot::of(to)))
        }
        _ => {
            let message = format!(
                "{} needs either levels, or from and to, or a file",
                section.name()
            );
            let problem = Problem::error(codes::SWEEP, message).at(section.place());
            section.missing(
                &["levels", "from", "to", "file"],
                problem.help("add levels = [2, 4, 8]"),
            );
            None
        }
    }
}

/// Levels that stand in a list.
fn listed(item: &Item, items: &[Item]) -> Result<Vec<String>, Vec<Problem>> {
    let levels: Vec<String> = items.iter().map(level_text).collect();
    let message = match first_double(&levels) {
        _ if levels.is_empty() => "no levels".to_owned(),
        Some(twice) => format!("the level {twice} stands twice"),
        None => return Ok(levels),
    };
    Err(vec![Problem::error(codes::SWEEP, message).at(item.place())])
}

/// A value of a list as the value of an override.
fn level_text(item: &Item) -> String {
    match &item.value {
        Value::Text(text) if !text.contains(['"', '\\']) && !text.contains(char::is_control) => {
            format!("\"{text}\"")
        }
        _ => toml_text(item),
    }
}

/// An end or the step of a range, without quotes.
fn mark_text(item: &Item) -> String {
    match &item.value {
        Value::Text(text) => text.clone(),
        _ => toml_text(item),
    }
}
