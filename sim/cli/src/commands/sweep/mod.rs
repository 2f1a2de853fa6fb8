//! `patchbench sweep`, and `patchbench run` with `--vary`

mod journal;
mod list;
mod parquet;
mod play;
mod write;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::ArgMatches;
use patchbench_report::{SweepManifest, headline_metrics, sweep_csv, sweep_json, sweep_markdown, sweep_text};
use patchbench_scenario::{
    DesignKind, Directory, FactorOption, Limits, Loaded, ReadSweep, Scenario, Sweep as Factors, SweepRequest,
    read_sweep,
};
use patchbench_study::{DesignSums, Designs, DesignsError, Selector};

use super::run::study_options;
use super::shards::{self, Job, JobDesign, Store};
use super::{load_file, set_options};
use crate::args::{FactorArguments, Run, RunFormat, Sweep, SweepFormat};
use crate::diagnostics;
use crate::exit::Exit;
use crate::folder;
use crate::terminal::Terminal;
pub(super) use journal::DESIGNS;
pub(super) use journal::Journal;
use play::{Files, Source, play_all, read_all};
use write::{Figures, Swept, write};

/// `run` with factors is the same as `sweep`.
pub(super) fn of(run: &Run) -> Option<Sweep> {
    let file = run.file.as_ref().filter(|_| !run.factors.vary.is_empty())?;
    Some(Sweep {
        file: file.clone(),
        scenario: run.scenario.clone(),
        factors: run.factors.clone(),
        lhs: None,
        one_at_a_time: false,
        max_designs: Sweep::MOST_DESIGNS,
        list: false,
        study: run.study.clone(),
        metrics: run.metrics.clone(),
        shard: run.shard,
        out: run.out.clone(),
        force: run.force,
        parquet: run.parquet,
        format: match run.format {
            RunFormat::Human => SweepFormat::Human,
            RunFormat::Json => SweepFormat::Json,
            RunFormat::Markdown => SweepFormat::Markdown,
        },
    })
}

pub(super) fn sweep(arguments: &Sweep, matches: &ArgMatches, terminal: &mut Terminal) -> Exit {
    let limits = shards::limits(arguments.shard);
    let played = prepared((arguments, matches, &limits), terminal, |ready, terminal| match (
        arguments.shard,
        &arguments.out,
    ) {
        (Some(shard), Some(out)) => ready.with_job(|job| {
            shards::shard::<DesignSums>(job, (&Store::new(out), shard), &shards::typed_words(), terminal)
        }),
        _ => ready.play(terminal),
    });
    played.unwrap_or_else(|exit| exit)
}

/// A sweep that can be played.
pub(super) struct Ready<'a> {
    arguments: &'a Sweep,
    source: &'a Source<'a>,
    scenario: &'a Scenario,
    read: Vec<JobDesign>,
    request: &'a SweepRequest,
}

/// Reads a sweep and all its designs, and goes on with it.
pub(super) fn prepared(
    (arguments, matches, limits): (&Sweep, &ArgMatches, &Limits),
    terminal: &mut Terminal,
    go_on: impl FnOnce(&Ready<'_>, &mut Terminal) -> Result<Exit, Exit>,
) -> Result<Exit, Exit> {
    super::check_parquet(arguments.parquet, terminal)?;
    super::start_threads(arguments.study.threads, terminal)?;
    let options = study_options(arguments.study.seed, arguments.study.reps);
    let loaded = load_file(
        &arguments.file,
        &arguments.scenario,
        (options.clone(), limits),
        terminal,
    )?;
    diagnostics::tell(&loaded, terminal);
    let scenario = loaded.scenario.as_ref().ok_or(Exit::Invalid)?;
    let request = request(arguments, matches);
    let read = read_factors(&loaded, &request, terminal)?;
    let sweep = read.sweep.as_ref().ok_or(Exit::Invalid)?;
    let designs = design_points(sweep, scenario.study.seed, arguments, &read, terminal)?;
    let mut overrides = set_options(&arguments.scenario, terminal)?;
    overrides.extend(options);
    let source = Source {
        name: arguments.file.display().to_string(),
        text: loaded.sources.text(0),
        files: Files::beside(&arguments.file),
        overrides: &overrides,
        limits,
        study: &arguments.study,
        sweep,
        designs: &designs,
    };
    if arguments.list {
        list::list(&source, scenario.study.replications, threads(arguments), terminal);
        return Ok(Exit::Fine);
    }
    let read = read_all(&source).map_err(|problems| {
        for problem in problems {
            terminal.problem(&problem);
        }
        Exit::Invalid
    })?;
    let ready = Ready {
        arguments,
        source: &source,
        scenario,
        read,
        request: &request,
    };
    go_on(&ready, terminal)
}

impl Ready<'_> {
    fn keys(&self) -> Vec<String> {
        self.read.iter().map(|design| design.key.clone()).collect()
    }

    /// What can be cut into shards.
    pub(super) fn with_job<T>(&self, go_on: impl FnOnce(&Job<'_>) -> T) -> T {
        let load = |design: u64| {
            let scenario = self.source.load(design).scenario;
            scenario.ok_or_else(|| format!("design {design} cannot be read"))
        };
        go_on(&Job::new("sweep", self.read.clone(), &load))
    }

    /// Plays all designs in this process.
    fn play(&self, terminal: &mut Terminal) -> Result<Exit, Exit> {
        let arguments = self.arguments;
        let out = target(arguments, (arguments.out.as_deref(), arguments.force), terminal)?;
        let keys = self.keys();
        self.conclude(&out, terminal, |journal, terminal| {
            play(self.source, &keys, journal, threads(arguments), terminal)
        })
    }

    /// Makes the result of designs that come from elsewhere.
    pub(super) fn merge(
        &self,
        (out, force): (&Path, bool),
        terminal: &mut Terminal,
        fill: impl FnOnce(&mut Journal, &Terminal) -> Result<(), Exit>,
    ) -> Result<Exit, Exit> {
        let out = target(self.arguments, (Some(out), force), terminal)?;
        self.conclude(&out, terminal, fill)
    }

    /// Fills the journal with what it does not have, and writes the result folder from it.
    fn conclude(
        &self,
        out: &Path,
        terminal: &mut Terminal,
        fill: impl FnOnce(&mut Journal, &Terminal) -> Result<(), Exit>,
    ) -> Result<Exit, Exit> {
        let (arguments, source) = (self.arguments, self.source);
        let selectors = selectors(source, arguments, terminal)?;
        let swept = Swept {
            scenario: &self.scenario.name,
            sweep: source.sweep,
            designs: source.designs,
            seed: self.scenario.study.seed,
            parquet: arguments.parquet,
        };
        let words = words(arguments, self.request, self.scenario);
        let mut manifest = SweepManifest::new(
            &source.name,
            self.scenario,
            source.sweep,
            source.designs.len(),
            words,
        );
        manifest.overrides.clone_from(&arguments.scenario.set);
        let keys = self.keys();
        let mut journal = opened(out, &keys, terminal)?;
        fill(&mut journal, terminal)?;
        let put = |error: std::io::Error| {
            terminal.problem(&format!("error: {} cannot be written: {error}", out.display()));
            Exit::CouldNotFinish
        };
        let folder = journal.result_folder().map_err(put)?;
        let written = write(&folder, swept, (&keys, &mut journal), &selectors, manifest);
        let figures = written.map_err(|error| {
            // What was played stays; what is not whole does not.
            let _ = std::fs::remove_dir_all(&folder);
            put(error)
        })?;
        journal.finish(out).map_err(put)?;
        answer(swept, &figures, arguments.format, terminal);
        terminal.note(&format!("results in {}", out.display()));
        Ok(Exit::Fine)
    }
}

/// The journal of a target folder, with what was played before.
fn opened(out: &Path, keys: &[String], terminal: &Terminal) -> Result<Journal, Exit> {
    let journal = Journal::open(out).map_err(|problem| {
        terminal.problem(&format!("error: {problem}"));
        Exit::CouldNotFinish
    })?;
    let known = keys.iter().filter(|key| journal.has(key)).count();
    if known > 0 {
        terminal.note(&format!("{known} of {} designs were played before", keys.len()));
    }
    Ok(journal)
}

/// Plays what is not played yet.
fn play(
    source: &Source<'_>,
    keys: &[String],
    journal: &mut Journal,
    threads: usize,
    terminal: &Terminal,
) -> Result<(), Exit> {
    let began = Instant::now();
    let played = play_all(source, keys, journal, threads, terminal.quiet()).map_err(|problem| {
        terminal.problem(&format!("error: {problem}"));
        Exit::CouldNotFinish
    })?;
    terminal.note(&format!(
        "{played} designs played, {:.1} s",
        began.elapsed().as_secs_f64()
    ));
    Ok(())
}

/// Threads to play on.
fn threads(arguments: &Sweep) -> usize {
    let all = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    arguments.study.threads.map_or_else(all, usize::from)
}

/// What the command line says of factors, in the order in which they stand there.
fn request(arguments: &Sweep, matches: &ArgMatches) -> SweepRequest {
    SweepRequest {
        factors: ordered(&arguments.factors, matches),
        condition: arguments.factors.condition.clone(),
        kind: match (arguments.lhs, arguments.one_at_a_time) {
            (Some(points), _) => Some(DesignKind::LatinHypercube { points }),
            (None, true) => Some(DesignKind::OneAtATime),
            (None, false) => None,
        },
    }
}

fn read_factors(loaded: &Loaded, request: &SweepRequest, terminal: &Terminal) -> Result<ReadSweep, Exit> {
    let read = read_sweep(loaded, request, &Directory::new("."));
    diagnostics::tell_all(&read.problems, &read.sources, terminal);
    if read.sweep.is_none() {
        return Err(Exit::Invalid);
    }
    Ok(read)
}

fn ordered(factors: &FactorArguments, matches: &ArgMatches) -> Vec<FactorOption> {
    let at = |id: &str| -> Vec<usize> { matches.indices_of(id).map_or_else(Vec::new, Iterator::collect) };
    let vary = factors
        .vary
        .iter()
        .cloned()
        .map(FactorOption::Vary)
        .zip(at("vary"));
    let zip = factors.zip.iter().cloned().map(FactorOption::Zip).zip(at("zip"));
    let mut all: Vec<(FactorOption, usize)> = vary.chain(zip).collect();
    all.sort_by_key(|(_, at)| *at);
    all.into_iter().map(|(option, _)| option).collect()
}

fn design_points<'s>(
    sweep: &'s Factors,
    seed: u64,
    arguments: &Sweep,
    read: &ReadSweep,
    terminal: &Terminal,
) -> Result<Designs<'s>, Exit> {
    Designs::new(sweep, seed, arguments.max_designs).map_err(|error| {
        if let DesignsError::Condition(problem) = &error {
            diagnostics::tell_all(std::slice::from_ref(&**problem), &read.sources, terminal);
            return Exit::Invalid;
        }
        let help = match &error {
            DesignsError::TooMany {
                before_condition: false,
                ..
            } => "\n   = help: --max-designs allows more; --lhs N plays N that cover all levels",
            DesignsError::TooMany { .. } => "\n   = help: give fewer levels; --lhs N plays N that cover them",
            _ => "",
        };
        terminal.problem(&format!("error: {error}{help}"));
        Exit::Invalid
    })
}

/// Where the result goes. What is there already may be replaced if it is a sweep of the same scenario,
/// since its designs are used again; or with `--force`.
fn target(
    arguments: &Sweep,
    (out, force): (Option<&Path>, bool),
    terminal: &Terminal,
) -> Result<PathBuf, Exit> {
    let stem = arguments.file.file_stem().unwrap_or_else(|| "scenario".as_ref());
    let default = || Path::new("reports").join(format!("{}-sweep", stem.to_string_lossy()));
    let named = out.is_some();
    let out = out.map_or_else(default, Path::to_owned);
    folder::recover(&out);
    let manifest = std::fs::read_to_string(out.join("manifest.json")).ok();
    let same = manifest
        .and_then(|text| SweepManifest::parse(&text))
        .is_some_and(|manifest| manifest.scenario == arguments.file.display().to_string());
    let force = force || !named || same;
    folder::check_free(&out, force).map_err(|error| {
        terminal.problem(&format!("error: {error}"));
        Exit::CouldNotFinish
    })?;
    Ok(out)
}

/// The responses to show; a name that is none is told before anything is played.
fn selectors(source: &Source<'_>, arguments: &Sweep, terminal: &Terminal) -> Result<Vec<Selector>, Exit> {
    let wrong = |problem: String| {
        terminal.problem(&format!("error: {problem}"));
        Exit::WrongCommandLine
    };
    let first = source.taste(0).map_err(wrong)?;
    for selector in &arguments.metrics {
        selector
            .select(&first)
            .map_err(|problem| wrong(problem.to_string()))?;
    }
    if arguments.metrics.is_empty() {
        return Ok(headline_metrics(&first));
    }
    Ok(arguments.metrics.clone())
}

/// The words of the command line that repeats the sweep.
fn words(arguments: &Sweep, request: &SweepRequest, scenario: &Scenario) -> Vec<String> {
    let mut words = vec!["sweep".to_owned(), arguments.file.display().to_string()];
    let mut option = |name: &str, value: String| words.extend([format!("--{name}"), value]);
    for change in &arguments.scenario.set {
        option("set", change.clone());
    }
    for factor in &request.factors {
        let name = if matches!(factor, FactorOption::Vary(_)) {
            "vary"
        } else {
            "zip"
        };
        option(name, factor.text().to_owned());
    }
    if let Some(condition) = &request.condition {
        option("where", condition.clone());
    }
    if let Some(points) = arguments.lhs {
        option("lhs", points.to_string());
    }
    if arguments.max_designs != Sweep::MOST_DESIGNS {
        option("max-designs", arguments.max_designs.to_string());
    }
    for metric in &arguments.metrics {
        option("metric", metric.to_string());
    }
    option("seed", scenario.study.seed.to_string());
    for target in &arguments.study.precision {
        option("precision", target.to_string());
    }
    if !arguments.study.precision.is_empty() {
        option("max-reps", arguments.study.max_reps.to_string());
    }
    if arguments.study.precision.is_empty() || arguments.study.reps.is_some() {
        option("reps", scenario.study.replications.to_string());
    }
    if arguments.one_at_a_time {
        words.push("--one-at-a-time".to_owned());
    }
    if arguments.parquet {
        words.push("--parquet".to_owned());
    }
    words
}

fn answer(swept: Swept<'_>, figures: &Figures, format: SweepFormat, terminal: &mut Terminal) {
    let report = swept.report(figures);
    match format {
        SweepFormat::Human => terminal.answer(sweep_text(report)),
        SweepFormat::Csv => terminal.answer(sweep_csv(report)),
        SweepFormat::Markdown => terminal.answer(sweep_markdown(report)),
        SweepFormat::Json => {
            let mut text = Vec::new();
            if sweep_json(report, &mut text).is_ok() {
                terminal.answer(text);
            }
        }
    }
}
