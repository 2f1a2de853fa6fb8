//! `patchbench compare`

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::ArgMatches;
use patchbench_report::{
    ComparisonManifest, ComparisonReport, JunitSuite, ReportFile, comparison_files, comparison_json,
    comparison_markdown, comparison_parquet, comparison_text,
};
use patchbench_scenario::{Limits, Severity};
use patchbench_study::{CompareOptions, Comparison, Contender, Verdict, compare as play};

use super::run::study_options;
use super::{add_parquet, check_parquet, load_file, precision, start_threads, unfinished, write_junit};
use crate::args::{Compare, Inconclusive, RunFormat, ScenarioArguments};
use crate::diagnostics;
use crate::exit::Exit;
use crate::folder;
use crate::progress::Bar;
use crate::terminal::Terminal;

pub(crate) fn compare(arguments: &Compare, matches: &ArgMatches, terminal: &mut Terminal) -> Exit {
    let ready = check_parquet(arguments.parquet, terminal);
    if let Err(exit) = ready.and_then(|()| start_threads(arguments.study.threads, terminal)) {
        return exit;
    }
    let out = arguments
        .out
        .clone()
        .unwrap_or_else(|| default_folder(&arguments.files[0]));
    let force = arguments.force || arguments.out.is_none();
    if let Err(error) = folder::check_free(&out, force) {
        terminal.problem(&format!("error: {error}"));
        return Exit::CouldNotFinish;
    }
    let (comparison, files) = match compute(arguments, matches, terminal) {
        Ok(computed) => computed,
        Err(exit) => return exit,
    };
    let report = ComparisonReport {
        comparison: &comparison,
        only: arguments.only.as_deref(),
    };
    match arguments.format {
        RunFormat::Human => terminal.answer(comparison_text(report)),
        RunFormat::Json => terminal.answer(format!("{:#}\n", comparison_json(report))),
        RunFormat::Markdown => terminal.answer(comparison_markdown(report)),
    }
    if let Err(error) = folder::write(&out, &files, force) {
        terminal.problem(&format!("error: {error}"));
        return Exit::CouldNotFinish;
    }
    terminal.note(&format!("results in {}", out.display()));
    if let Some(file) = &arguments.markdown
        && let Err(error) = append(file, &comparison_markdown(report))
    {
        terminal.problem(&format!("error: {} cannot be written: {error}", file.display()));
        return Exit::CouldNotFinish;
    }
    let suites = comparison.designs.iter().map(|design| JunitSuite {
        name: &design.name,
        seed: design.outcome.seed,
        replications: design.outcome.replications,
        scenario_hash: &design.scenario_hash,
        assertions: &design.outcome.assertions,
    });
    let suites: Vec<JunitSuite<'_>> = suites.collect();
    match write_junit(
        arguments.junit.as_deref(),
        &suites,
        arguments.inconclusive,
        terminal,
    ) {
        Ok(()) => verdict(&comparison, arguments),
        Err(exit) => exit,
    }
}

/// `reports/<name of the first file>-compare`.
fn default_folder(file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or_else(|| "scenario".as_ref());
    Path::new("reports").join(format!("{}-compare", stem.to_string_lossy()))
}

/// A file that collects summaries keeps what it has.
fn append(file: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file)?;
    file.write_all(text.as_bytes())
}

/// Plays the designs, and gives what belongs into the result folder, the manifest last.
pub(super) fn compute(
    arguments: &Compare,
    matches: &ArgMatches,
    terminal: &Terminal,
) -> Result<(Comparison, Vec<ReportFile>), Exit> {
    let designs = designs(arguments, matches, terminal)?;
    let contenders = load_all(arguments, &designs, terminal)?;
    let began = Instant::now();
    let first = &contenders[0].scenario;
    let precision = precision(&arguments.study, first);
    let bar = Bar::new(
        first.study.replications * contenders.len() as u64,
        terminal.quiet(),
    );
    let options = CompareOptions {
        metrics: &arguments.metrics,
        least_effects: &arguments.min_effect,
        precision: precision.as_ref(),
        only: arguments.only.as_deref(),
    };
    let played = play(contenders, options, &bar);
    bar.finish();
    let comparison = played.map_err(|problem| {
        terminal.problem(&format!("error: {problem}"));
        Exit::WrongCommandLine
    })?;
    let each = comparison.designs[0].outcome.replications;
    terminal.note(&format!(
        "{} designs, {each} replications each, {:.1} s",
        designs.len(),
        began.elapsed().as_secs_f64()
    ));
    let inputs = designs
        .into_iter()
        .map(|design| (design.file.display().to_string(), design.set));
    let words = words(arguments, &comparison, inputs.clone());
    let report = ComparisonReport {
        comparison: &comparison,
        only: arguments.only.as_deref(),
    };
    let mut files = comparison_files(report, &words)
        .map_err(|error| error.to_string())
        .map_err(unfinished(terminal))?;
    let tables = || comparison_parquet(report);
    add_parquet(&mut files, arguments.parquet, tables).map_err(unfinished(terminal))?;
    let manifest = ComparisonManifest::new(&comparison, inputs.collect(), words, &files);
    files.push(manifest.to_file());
    Ok((comparison, files))
}

/// A design as it stands on the command line.
#[derive(Clone, Debug)]
struct Design {
    name: String,
    file: PathBuf,
    set: Vec<String>,
}

/// The files, each a design, and the variants of the first one: a variant takes the changes between its
/// name and the next one; changes before any name are for all.
fn designs(arguments: &Compare, matches: &ArgMatches, terminal: &Terminal) -> Result<Vec<Design>, Exit> {
    let at = |id: &str| -> Vec<usize> { matches.indices_of(id).map_or_else(Vec::new, Iterator::collect) };
    let (variants_at, sets_at) = (at("variants"), at("set"));
    let owner = |set: usize| variants_at.iter().filter(|variant| **variant < set).count();
    let owned = |number: usize| {
        let sets = arguments.scenario.set.iter().zip(&sets_at);
        sets.filter(move |(_, at)| owner(**at) == number)
            .map(|(set, _)| set.clone())
    };
    let common: Vec<String> = owned(0).collect();
    let mut designs: Vec<Design> = Vec::new();
    for file in &arguments.files {
        let stem = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let taken = designs.iter().any(|known| known.name == stem);
        designs.push(Design {
            name: if taken { file.display().to_string() } else { stem },
            file: file.clone(),
            set: common.clone(),
        });
    }
    for (number, name) in arguments.variants.iter().enumerate() {
        designs.push(Design {
            name: name.clone(),
            file: arguments.files[0].clone(),
            set: common.iter().cloned().chain(owned(number + 1)).collect(),
        });
    }
    let mut names = BTreeSet::new();
    if let Some(twice) = designs.iter().find(|design| !names.insert(design.name.as_str())) {
        terminal.problem(&format!("error: two designs are called `{}`", twice.name));
        return Err(Exit::WrongCommandLine);
    }
    if designs.len() < 2 {
        terminal.problem(
            "error: there is nothing to compare with\n   = help: give a second file, or --variant NAME --set PATH=VALUE",
        );
        return Err(Exit::WrongCommandLine);
    }
    Ok(designs)
}

/// Reads all designs; seed and number of replications are those of the first one. Problems that designs
/// share are told once.
fn load_all(arguments: &Compare, designs: &[Design], terminal: &Terminal) -> Result<Vec<Contender>, Exit> {
    let mut contenders: Vec<Contender> = Vec::new();
    let mut told = BTreeSet::new();
    let mut failed = None;
    for design in designs {
        let set = ScenarioArguments {
            set: design.set.clone(),
        };
        let options = match contenders.first() {
            Some(first) => {
                let study = first.scenario.study;
                study_options(Some(study.seed), Some(study.replications))
            }
            None => study_options(arguments.study.seed, arguments.study.reps),
        };
        let mut loaded = load_file(&design.file, &set, (options, &Limits::pairing()), terminal)?;
        loaded
            .problems
            .retain(|problem| told.insert((problem.code, problem.message.clone())));
        if loaded
            .problems
            .iter()
            .any(|problem| problem.severity == Severity::Error)
        {
            terminal.problem(&format!("design {}:", design.name));
        }
        diagnostics::tell(&loaded, terminal);
        let leaves = loaded.leaves();
        match loaded.scenario {
            Some(scenario) => contenders.push(Contender {
                name: design.name.clone(),
                scenario,
                leaves,
            }),
            None => failed = Some(Exit::Invalid),
        }
    }
    failed.map_or(Ok(contenders), Err)
}

/// The words of the command line that repeats the comparison.
fn words(
    arguments: &Compare,
    comparison: &Comparison,
    inputs: impl Iterator<Item = (String, Vec<String>)>,
) -> Vec<String> {
    let files = arguments.files.len();
    let mut words = vec!["compare".to_owned()];
    let (designs, variants): (Vec<_>, Vec<_>) = inputs.enumerate().partition(|(number, _)| *number < files);
    let common = designs.first().map_or(&[][..], |(_, (_, set))| set);
    words.extend(designs.iter().map(|(_, (file, _))| file.clone()));
    let set = |words: &mut Vec<String>, changes: &[String]| {
        for change in changes {
            words.extend(["--set".to_owned(), change.clone()]);
        }
    };
    set(&mut words, common);
    for (number, (_, changes)) in &variants {
        words.extend(["--variant".to_owned(), comparison.designs[*number].name.clone()]);
        set(&mut words, &changes[common.len()..]);
    }
    let mut option = |name: &str, value: String| words.extend([format!("--{name}"), value]);
    for metric in &arguments.metrics {
        option("metric", metric.to_string());
    }
    for effect in &arguments.min_effect {
        option("min-effect", effect.to_string());
    }
    if let Some(only) = &arguments.only {
        option("only", only.clone());
    }
    let base = &comparison.designs[0].outcome;
    option("seed", base.seed.to_string());
    if arguments.study.precision.is_empty() {
        option("reps", base.replications.to_string());
    } else {
        for target in &arguments.study.precision {
            option("precision", target.to_string());
        }
        option("max-reps", arguments.study.max_reps.to_string());
        if let Some(reps) = arguments.study.reps {
            option("reps", reps.to_string());
        }
    }
    if arguments.parquet {
        words.push("--parquet".to_owned());
    }
    words
}

fn verdict(comparison: &Comparison, arguments: &Compare) -> Exit {
    if !arguments.fail_if_worse {
        return Exit::Fine;
    }
    let mut others = 1..comparison.designs.len();
    if others.clone().any(|design| comparison.is_worse(design)) {
        return Exit::Worse;
    }
    let strict = arguments.inconclusive == Inconclusive::Fail;
    let fails = |design: usize| {
        let mut assertions = comparison.designs[design].outcome.assertions.iter();
        assertions.any(|assertion| match assertion.verdict {
            Verdict::Fail => true,
            Verdict::Inconclusive => strict,
            Verdict::Pass => false,
        })
    };
    if others.any(fails) {
        Exit::AssertionFailed
    } else {
        Exit::Fine
    }
}
