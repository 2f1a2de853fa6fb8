//! `patchbench run`

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::ArgMatches;
use patchbench_model::world::Plan;
use patchbench_report::{
    JunitSuite, Manifest, Origin, Report, ReportFile, design_key, report_files, result_parquet, run_text,
    summary_json, summary_markdown,
};
use patchbench_scenario::{Limits, Override, Scenario};
use patchbench_study::{
    Precision, PrecisionReached, Study, StudyResults, StudySums, Sums, TraceRecord, Verdict,
    trace_replication,
};

use super::shards::{self, Job, JobDesign, Store};
use super::{
    add_parquet, again, check_parquet, load_with, precision, start_threads, sweep, unfinished, write_junit,
};
use crate::args::{Inconclusive, Run, RunFormat};
use crate::exit::Exit;
use crate::folder;
use crate::progress::Bar;
use crate::terminal::Terminal;

/// The scenario file as it was played, kept with its result.
pub(super) const SCENARIO: &str = "scenario.toml";

pub(crate) fn run(arguments: &Run, matches: &ArgMatches, terminal: &mut Terminal) -> Exit {
    if let Some(sweep) = sweep::of(arguments) {
        return sweep::sweep(&sweep, matches, terminal);
    }
    if let Some(manifest) = &arguments.again {
        let ready = start_threads(arguments.study.threads, terminal);
        return ready.map_or_else(|exit| exit, |()| again::again(manifest, terminal));
    }
    let limits = shards::limits(arguments.shard);
    let played = prepared((arguments, &limits), terminal, |ready, terminal| {
        match (arguments.shard, &arguments.out) {
            (Some(shard), Some(out)) => ready.with_job(|job| {
                shards::shard::<StudySums>(job, (&Store::new(out), shard), &shards::typed_words(), terminal)
            }),
            _ => ready.play(terminal),
        }
    });
    played.unwrap_or_else(|exit| exit)
}

/// A run that can be played.
pub(super) struct Ready<'a> {
    arguments: &'a Run,
    file: &'a Path,
    scenario: &'a Scenario,
    wanted: Option<Precision>,
}

/// Reads a run, and goes on with it.
pub(super) fn prepared(
    (arguments, limits): (&Run, &Limits),
    terminal: &mut Terminal,
    go_on: impl FnOnce(&Ready<'_>, &mut Terminal) -> Result<Exit, Exit>,
) -> Result<Exit, Exit> {
    check_parquet(arguments.parquet, terminal)?;
    start_threads(arguments.study.threads, terminal)?;
    let file = arguments.file.as_deref().ok_or(Exit::WrongCommandLine)?;
    let options = study_options(arguments.study.seed, arguments.study.reps);
    let scenario = load_with(file, &arguments.scenario, (options, limits), terminal)?;
    let ready = Ready {
        arguments,
        file,
        wanted: precision(&arguments.study, &scenario),
        scenario: &scenario,
    };
    go_on(&ready, terminal)
}

impl Ready<'_> {
    /// What can be cut into shards.
    pub(super) fn with_job<T>(&self, go_on: impl FnOnce(&Job<'_>) -> T) -> T {
        let (scenario, study) = (self.scenario, self.scenario.study);
        let wanted = self.wanted.as_ref();
        let design = JobDesign {
            number: 0,
            key: design_key(&scenario.hash, study.seed, study.replications, wanted),
            replications: study.replications,
            precision: self.wanted.clone(),
        };
        let load = |_| Ok(scenario.clone());
        go_on(&Job::new("run", vec![design], &load))
    }

    /// Plays all replications in this process.
    fn play(&self, terminal: &mut Terminal) -> Result<Exit, Exit> {
        let out = self.arguments.out.clone();
        // The default folder is the program's own and is replaced; a folder that was named is not.
        let force = self.arguments.force || out.is_none();
        let out = out.unwrap_or_else(|| default_folder(self.file));
        self.conclude((&out, force), terminal, |study, terminal| {
            self.replications(study, terminal)
        })
    }

    fn replications(
        &self,
        study: &Study<'_>,
        terminal: &Terminal,
    ) -> Result<(StudySums, Vec<PrecisionReached>), Exit> {
        let began = Instant::now();
        let replications = self.scenario.study.replications;
        let first = self.wanted.as_ref().map_or(replications, |wanted| wanted.first);
        let bar = Bar::new(first, terminal.quiet());
        let played: (StudySums, _) = match &self.wanted {
            None => (study.play(0..replications, &bar), Vec::new()),
            Some(wanted) => study.play_until_precise(wanted, &bar).map_err(|problem| {
                terminal.problem(&format!("error: {problem}"));
                Exit::WrongCommandLine
            })?,
        };
        bar.finish();
        terminal.note(&format!(
            "{} replications, {:.1} s",
            played.0.replications(),
            began.elapsed().as_secs_f64()
        ));
        Ok(played)
    }

    /// Whether a folder holds a result of this very run, so that another one is the same.
    pub(super) fn is_in(&self, folder: &Path) -> bool {
        let text = std::fs::read(folder.join("manifest.json")).unwrap_or_default();
        let Ok(manifest) = serde_json::from_slice::<serde_json::Value>(&text) else {
            return false;
        };
        let study = self.scenario.study;
        let count = manifest["replications"] == study.replications || self.wanted.is_some();
        let own = manifest["kind"] == "run" && manifest["scenario_hash"] == self.scenario.hash.as_str();
        own && count && manifest["seed"] == study.seed
    }

    /// Makes the result of replications, played here or elsewhere, tells and writes it.
    pub(super) fn conclude(
        &self,
        (out, force): (&Path, bool),
        terminal: &mut Terminal,
        sums: impl FnOnce(&Study<'_>, &Terminal) -> Result<(StudySums, Vec<PrecisionReached>), Exit>,
    ) -> Result<Exit, Exit> {
        let (arguments, scenario) = (self.arguments, self.scenario);
        folder::check_free(out, force).map_err(unfinished(terminal))?;
        let plan = Plan::new(&scenario.config);
        let study = Study::new(&plan, scenario.study.seed, &scenario.assertions);
        let (sums, reached) = sums(&study, terminal)?;
        let results = sums.finish(&study, reached);
        let trace = arguments
            .trace
            .then(|| trace_replication(&plan, results.seed, 0).1);
        let report = Report {
            scenario,
            plan: &plan,
            results: &results,
        };
        // The answer does not wait for tables and plots.
        match arguments.format {
            RunFormat::Human => terminal.answer(run_text(report)),
            RunFormat::Json => terminal.answer(format!("{:#}\n", summary_json(report))),
            RunFormat::Markdown => terminal.answer(summary_markdown(report)),
        }
        let origin = Origin {
            scenario: &self.file.display().to_string(),
            overrides: &arguments.scenario.set,
            precision: self.wanted.as_ref(),
            parquet: arguments.parquet,
        };
        let files = files(report, trace.as_deref(), origin).map_err(unfinished(terminal))?;
        folder::write(out, &files, force).map_err(unfinished(terminal))?;
        terminal.note(&format!("results in {}", out.display()));
        let suite = JunitSuite {
            name: &scenario.name,
            seed: results.seed,
            replications: results.replications,
            scenario_hash: &scenario.hash,
            assertions: &results.assertions,
        };
        let junit = arguments.junit.as_deref();
        write_junit(junit, &[suite], arguments.inconclusive, terminal)?;
        Ok(verdict(&results, arguments.inconclusive))
    }
}

/// Seed and replications from the command line, with the limits that the scenario's own have.
pub(super) fn study_options(seed: Option<u64>, replications: Option<u64>) -> Vec<Override> {
    let seed = seed.map(|seed| Override::of_option("--seed", "study.seed", seed));
    let replications = replications.map(|n| Override::of_option("--reps", "study.replications", n));
    seed.into_iter().chain(replications).collect()
}

/// `reports/<name of the scenario file>`.
fn default_folder(file: &Path) -> PathBuf {
    Path::new("reports").join(file.file_stem().unwrap_or_else(|| "scenario".as_ref()))
}

/// All files of the result folder, the manifest last.
fn files(
    report: Report<'_>,
    trace: Option<&[TraceRecord]>,
    origin: Origin<'_>,
) -> Result<Vec<ReportFile>, String> {
    let mut files = report_files(report, origin, trace).map_err(|error| error.to_string())?;
    let scenario = std::fs::read(origin.scenario).map_err(|error| format!("{}: {error}", origin.scenario))?;
    files.push(ReportFile::new(SCENARIO, scenario));
    add_parquet(&mut files, origin.parquet, || result_parquet(report))?;
    let manifest = Manifest::new(report, origin, trace.is_some(), &files);
    files.push(manifest.to_file());
    Ok(files)
}

fn verdict(results: &StudyResults, inconclusive: Inconclusive) -> Exit {
    let any = |verdict: Verdict| {
        results
            .assertions
            .iter()
            .any(|assertion| assertion.verdict == verdict)
    };
    if any(Verdict::Fail) || (inconclusive == Inconclusive::Fail && any(Verdict::Inconclusive)) {
        Exit::AssertionFailed
    } else {
        Exit::Fine
    }
}
