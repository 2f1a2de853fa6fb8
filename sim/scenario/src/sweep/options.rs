//! Factors from the command line: `--vary PATH=LEVELS`, `--zip PATH=LEVELS`, `--where EXPR`.

use super::{DesignKind, Spot, Sweep, Written, bind, problem, read_condition, read_levels, read_lines};
use crate::codes;
use crate::files::FileReader;
use crate::overrides::Override;
use crate::problem::{Problem, Sources};
use crate::scenario::Loaded;
use crate::sweep::range::Wrong;

/// One `--vary` or `--zip`, in the order of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactorOption {
    /// `--vary PATH=LEVELS`
    Vary(String),
    /// `--zip PATH=LEVELS`: goes along with the factor before it.
    Zip(String),
    /// `PATH=LEVELS` of an option of its own, which problems name; otherwise as [`Self::Vary`].
    Named(&'static str, String),
}

impl FactorOption {
    const fn name(&self) -> &'static str {
        match self {
            Self::Vary(_) => "--vary",
            Self::Zip(_) => "--zip",
            Self::Named(name, _) => name,
        }
    }

    /// Its `PATH=LEVELS`.
    pub fn text(&self) -> &str {
        match self {
            Self::Vary(text) | Self::Zip(text) | Self::Named(_, text) => text,
        }
    }
}

/// What the command line says about a sweep. What it does not say comes from the scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SweepRequest {
    /// Factors; none: those of the scenario's `[sweep]` table.
    pub factors: Vec<FactorOption>,
    /// A condition on the levels.
    pub condition: Option<String>,
    /// Which combinations.
    pub kind: Option<DesignKind>,
}

/// What reading a sweep gave.
#[derive(Clone, Debug)]
pub struct ReadSweep {
    /// The texts that problems point into: those of the scenario, then the options.
    pub sources: Sources,
    /// All problems.
    pub problems: Vec<Problem>,
    /// The sweep, unless there was a problem.
    pub sweep: Option<Sweep>,
}

/// Reads the sweep of a scenario; files of levels come from `files`.
pub fn read_sweep(loaded: &Loaded, request: &SweepRequest, files: &dyn FileReader) -> ReadSweep {
    let mut sources = loaded.sources.clone();
    let mut problems = Vec::new();
    let own = loaded
        .scenario
        .as_ref()
        .and_then(|scenario| scenario.sweep.clone());
    let mut sweep = if request.factors.is_empty() {
        own
    } else {
        let written = request
            .factors
            .iter()
            .filter_map(|option| written(option, files, &mut sources, &mut problems));
        let written = written.collect();
        let document = loaded.document.as_ref();
        document.map(|document| Sweep {
            axes: bind(document, written, &mut problems),
            kind: DesignKind::FullFactorial,
            condition: None,
        })
    };
    if let Some(sweep) = &mut sweep {
        // Names that a broken factor would have had are not unknown.
        if let Some(text) = request.condition.as_ref().filter(|_| problems.is_empty()) {
            let spot = Spot::within(sources.add("--where", text), 0);
            sweep.condition = read_condition(text, &sweep.axes, spot, &mut problems);
        }
        sweep.kind = request.kind.unwrap_or(sweep.kind);
    } else if problems.is_empty() {
        problems.push(
            Problem::error(codes::SWEEP, "nothing is varied")
                .at((0, 0..0))
                .help("give --vary PATH=LEVELS, such as --vary nodes.web.count=50,100, or a [sweep] table"),
        );
    }
    problems.sort_by_key(Problem::rank);
    for problem in &mut problems {
        sources.fit(problem);
    }
    let sweep = sweep.filter(|_| problems.is_empty());
    ReadSweep {
        sources,
        problems,
        sweep,
    }
}

fn written(
    option: &FactorOption,
    files: &dyn FileReader,
    sources: &mut Sources,
    problems: &mut Vec<Problem>,
) -> Option<Written> {
    let text = option.text();
    let source = sources.add(option.name(), text);
    let Some(split) = Override::parse(text) else {
        let wrong = Wrong::new(0..text.len(), "not of the form PATH=LEVELS");
        let help = "such as nodes.web.count=50,100,200";
        problems.push(problem(wrong.help(help), &Spot::within(source, 0)));
        return None;
    };
    let path_start = text.len() - text.trim_start().len();
    // Levels are the rest of the text, but for blanks around it.
    let levels_start = text.trim_end().len() - split.value.len();
    let levels_end = levels_start + split.value.len();
    let spot = Spot::within(source, levels_start);
    let levels = match split.value.strip_prefix('@') {
        None => read_levels(&split.value, &spot),
        Some(name) => match files.read(name) {
            Ok(lines) => read_lines(name, &lines, &spot, split.value.len()),
            Err(error) => {
                let message = format!("{name} cannot be read: {error}");
                Err(vec![
                    Problem::error(codes::FILE, message).at((source, levels_start..levels_end)),
                ])
            }
        },
    };
    Some(Written {
        path: split.path,
        path_spot: Spot::within(source, path_start),
        levels: levels.map_err(|wrong| problems.extend(wrong)).ok(),
        levels_at: (source, levels_start..levels_end),
        zipped: matches!(option, FactorOption::Zip(_)),
    })
}
