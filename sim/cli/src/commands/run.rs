//! `patchbench run`

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::ArgMatches;
use patchbench_model::world::Plan;
use patchbench_report::{
    JunitSuite, Manifest, Origin, Report, ReportFile, report_files, result_parquet, run_text, summary_json,
    summary_markdown,
};
use patchbench_scenario::{Override, Scenario};
use patchbench_study::{Precision, Study, StudyResults, StudySums, TraceRecord, Verdict, trace_replication};

use super::{add_parquet, again, check_parquet, load_with, precision, start_threads, sweep, write_junit};
use crate::args::{Inconclusive, Run, RunFormat};
use crate::exit::Exit;
use crate::folder;
use crate::progress::Bar;
use crate::terminal::Terminal;

/// The scenario file as it was played, kept with its result.
pub(super) const SCENARIO: &str = "scenario.toml";

pub(crate) fn run(arguments: &Run, matches: &ArgMatches, terminal: &mut Terminal) -> Exit {
    if let Some(file) = arguments
        .file
        .as_ref()
        .filter(|_| !arguments.factors.vary.is_empty())
    {
        return sweep::of_run(arguments, file, matches, terminal);
    }
    let ready = check_parquet(arguments.parquet, terminal);
    if let Err(exit) = ready.and_then(|()| start_threads(arguments.study.threads, terminal)) {
        return exit;
    }
    match (&arguments.again, &arguments.file) {
        (Some(manifest), _) => again::again(manifest, terminal),
        (None, Some(file)) => once(arguments, file, terminal),
        (None, None) => Exit::WrongCommandLine,
    }
}

fn once(arguments: &Run, file: &Path, terminal: &mut Terminal) -> Exit {
    let options = study_options(arguments.study.seed, arguments.study.reps);
    let scenario = match load_with(file, &arguments.scenario, options, terminal) {
        Ok(scenario) => scenario,
        Err(exit) => return exit,
    };
    let out = arguments.out.clone().unwrap_or_else(|| default_folder(file));
    // The default folder is the program's own and is replaced; a folder that was named is not.
    let force = arguments.force || arguments.out.is_none();
    if let Err(error) = folder::check_free(&out, force) {
        terminal.problem(&format!("error: {error}"));
        return Exit::CouldNotFinish;
    }
    let plan = Plan::new(&scenario.config);
    let wanted = precision(&arguments.study, &scenario);
    let (results, trace) = match play((&scenario, &plan), wanted.as_ref(), arguments.trace, terminal) {
        Ok(played) => played,
        Err(exit) => return exit,
    };
    let report = Report {
        scenario: &scenario,
        plan: &plan,
        results: &results,
    };
    // The answer does not wait for tables and plots.
    match arguments.format {
        RunFormat::Human => terminal.answer(run_text(report)),
        RunFormat::Json => terminal.answer(format!("{:#}\n", summary_json(report))),
        RunFormat::Markdown => terminal.answer(summary_markdown(report)),
    }
    let files = match files(
        report,
        trace.as_deref(),
        Origin {
            scenario: &file.display().to_string(),
            overrides: &arguments.scenario.set,
            precision: wanted.as_ref(),
            parquet: arguments.parquet,
        },
    ) {
        Ok(files) => files,
        Err(error) => {
            terminal.problem(&format!("error: {error}"));
            return Exit::CouldNotFinish;
        }
    };
    if let Err(error) = folder::write(&out, &files, force) {
        terminal.problem(&format!("error: {error}"));
        return Exit::CouldNotFinish;
    }
    terminal.note(&format!("results in {}", out.display()));
    let suite = JunitSuite {
        name: &scenario.name,
        seed: results.seed,
        replications: results.replications,
        scenario_hash: &scenario.hash,
        assertions: &results.assertions,
    };
    if let Err(exit) = write_junit(
        arguments.junit.as_deref(),
        &[suite],
        arguments.inconclusive,
        terminal,
    ) {
        return exit;
    }
    verdict(&results, arguments.inconclusive)
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

fn play(
    (scenario, plan): (&Scenario, &Plan<'_>),
    precision: Option<&Precision>,
    trace: bool,
    terminal: &Terminal,
) -> Result<(StudyResults, Option<Vec<TraceRecord>>), Exit> {
    let began = Instant::now();
    let (seed, replications) = (scenario.study.seed, scenario.study.replications);
    let bar = Bar::new(
        precision.map_or(replications, |wanted| wanted.first),
        terminal.quiet(),
    );
    let study = Study::new(plan, seed, &scenario.assertions);
    let (sums, reached): (StudySums, _) = match precision {
        None => (study.play(0..replications, &bar), Vec::new()),
        Some(wanted) => study.play_until_precise(wanted, &bar).map_err(|problem| {
            terminal.problem(&format!("error: {problem}"));
            Exit::WrongCommandLine
        })?,
    };
    bar.finish();
    let results = sums.finish(&study, reached);
    terminal.note(&format!(
        "{} replications, {:.1} s",
        results.replications,
        began.elapsed().as_secs_f64()
    ));
    let trace = trace.then(|| trace_replication(plan, seed, 0).1);
    Ok((results, trace))
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
