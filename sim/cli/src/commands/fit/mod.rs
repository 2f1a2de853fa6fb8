//! `patchbench fit`

mod contest;
mod extreme;
mod levels;

use std::time::Instant;

use patchbench_report::{FitManifest, FitOrigin, ReportFile};
use patchbench_scenario::{Limits, Scenario};
use patchbench_study::Unselected;
use patchbench_study::fit::{Extreme, MOST_TIMES, PILOT};

use super::run::study_options;
use super::{check_parquet, load_file, start_threads};
use crate::args::{Fit, RunFormat};
use crate::diagnostics;
use crate::exit::Exit;
use crate::folder;
use crate::terminal::Terminal;

pub(crate) fn fit(arguments: &Fit, terminal: &mut Terminal) -> Exit {
    done(run(arguments, terminal))
}

fn done(result: Result<Exit, Exit>) -> Exit {
    result.unwrap_or_else(|exit| exit)
}

fn run(arguments: &Fit, terminal: &mut Terminal) -> Result<Exit, Exit> {
    check_parquet(arguments.parquet, terminal)?;
    start_threads(arguments.threads, terminal)?;
    if let Some(out) = &arguments.out {
        folder::check_free(out, arguments.force).map_err(|error| {
            terminal.problem(&format!("error: {error}"));
            Exit::CouldNotFinish
        })?;
    }
    let options = study_options(arguments.seed, arguments.reps);
    let loaded = load_file(
        &arguments.file,
        &arguments.scenario,
        (options, &Limits::pairing()),
        terminal,
    )?;
    diagnostics::tell(&loaded, terminal);
    if loaded.scenario.is_none() {
        return Err(Exit::Invalid);
    }
    let mut factors = levels::read(arguments, &loaded, terminal)?;
    let scenario = loaded.scenario.ok_or(Exit::Invalid)?;
    let began = Instant::now();
    let extreme = match (&arguments.least, &arguments.largest) {
        (Some(_), _) => Some(Extreme::Least),
        (_, Some(_)) => Some(Extreme::Largest),
        (None, None) => None,
    };
    let result = match extreme {
        Some(extreme) => extreme::fit((arguments, &scenario), (extreme, factors.remove(0)), terminal)?,
        None => contest::fit((arguments, &scenario), factors, terminal)?,
    };
    terminal.note(&format!(
        "{} replications, {:.1} s",
        result.replications,
        began.elapsed().as_secs_f64()
    ));
    terminal.answer(&result.screen);
    write((arguments, &scenario), result, terminal)
}

/// What a search leaves.
struct Done {
    /// What is printed.
    screen: String,
    /// The files of a result folder but the manifest.
    files: Vec<ReportFile>,
    /// Replications of all levels together.
    replications: u64,
    exit: Exit,
}

impl Done {
    /// The screen that was asked for; the others are not composed.
    fn new(
        format: RunFormat,
        [human, json, markdown]: [&dyn Fn() -> String; 3],
        files: Vec<ReportFile>,
        (replications, exit): (u64, Exit),
    ) -> Self {
        let screen = match format {
            RunFormat::Human => human(),
            RunFormat::Json => json(),
            RunFormat::Markdown => markdown(),
        };
        Self {
            screen,
            files,
            replications,
            exit,
        }
    }
}

fn write((arguments, scenario): (&Fit, &Scenario), result: Done, terminal: &Terminal) -> Result<Exit, Exit> {
    let Some(out) = &arguments.out else {
        return Ok(result.exit);
    };
    let origin = FitOrigin {
        scenario,
        file: arguments.file.display().to_string(),
        overrides: arguments.scenario.set.clone(),
        arguments: words(arguments, scenario),
        replications: result.replications,
    };
    let mut files = result.files;
    files.push(FitManifest::new(origin, &files).to_file());
    folder::write(out, &files, arguments.force).map_err(|error| {
        terminal.problem(&format!("error: {error}"));
        Exit::CouldNotFinish
    })?;
    terminal.note(&format!("results in {}", out.display()));
    Ok(result.exit)
}

/// The words of the command line that repeats the search.
fn words(arguments: &Fit, scenario: &Scenario) -> Vec<String> {
    let mut words = vec!["fit".to_owned(), arguments.file.display().to_string()];
    let mut option =
        |name: &str, value: &dyn ToString| words.extend([format!("--{name}"), value.to_string()]);
    let single = [
        ("least", &arguments.least),
        ("largest", &arguments.largest),
        ("best", &arguments.best),
        ("pareto", &arguments.pareto),
    ];
    for (name, value) in single {
        if let Some(value) = value {
            option(name, value);
        }
    }
    let several = [
        ("vary", &arguments.vary),
        ("assert", &arguments.assertions),
        ("set", &arguments.scenario.set),
    ];
    for (name, values) in several {
        for value in values {
            option(name, value);
        }
    }
    if let Some(share) = arguments.share {
        option("in", &share);
    }
    if let Some(metric) = &arguments.metric {
        option("metric", metric);
    }
    for effect in &arguments.min_effect {
        option("min-effect", effect);
    }
    option("seed", &scenario.study.seed);
    option("reps", &scenario.study.replications);
    option("max-reps", &most(arguments, scenario));
    if arguments.parquet {
        words.push("--parquet".to_owned());
    }
    words
}

/// At most so many replications of a level: no more than the scenario has room for.
fn most(arguments: &Fit, scenario: &Scenario) -> u64 {
    let asked = arguments
        .max_reps
        .unwrap_or(scenario.study.replications.saturating_mul(MOST_TIMES));
    asked.clamp(2, scenario.most_replications.max(PILOT))
}

/// Tells what does not fit the command line.
fn refused(problem: &Unselected, terminal: &Terminal) -> Exit {
    terminal.problem(&format!("error: {problem}"));
    Exit::Invalid
}
