//! The commands.

mod again;
mod approvals;
mod check;
mod compare;
mod difference;
mod explain;
mod export;
mod fit;
mod import;
mod init;
mod releases;
mod report;
mod run;
mod schema;
mod shards;
mod shorthand;
mod sweep;
mod terraform;
mod verify;
mod windows;

use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{ArgMatches, CommandFactory};
use patchbench_report::{JunitSuite, PARQUET, ParquetError, ReportFile, junit_xml};
use patchbench_scenario::{Limits, Loaded, Override, Scenario, load};
use patchbench_study::{FIRST, Precision};

use crate::args::{Arguments, Command, Inconclusive, ScenarioArguments, StudyArguments};
use crate::diagnostics;
use crate::exit::Exit;
use crate::folder;
use crate::terminal::Terminal;

/// Runs the command that was typed.
pub(crate) fn dispatch(arguments: Arguments, matches: &ArgMatches, terminal: &mut Terminal) -> Exit {
    let own = matches.subcommand().map_or(matches, |(_, own)| own);
    match arguments.command {
        Command::Compare(compare) => compare::compare(&compare, own, terminal),
        Command::Run(run) => run::run(&run, own, terminal),
        Command::Launch { on } => shards::launch(&on, terminal),
        Command::Merge(merge) => shards::merge(&merge, terminal),
        Command::Missing(missing) => shards::missing(&missing, terminal),
        Command::Status(status) => shards::status(&status, terminal),
        Command::Report(arguments) => report::report(&arguments, terminal),
        Command::Fit(fit) => fit::fit(&fit, terminal),
        Command::Sweep(sweep) => sweep::sweep(&sweep, own, terminal),
        Command::Verify(arguments) => verify::verify(&arguments, terminal),
        Command::Check(check) => check::check(&check, terminal),
        Command::Windows(windows) => windows::windows(&windows, terminal),
        Command::Approvals(approvals) => approvals::approvals(&approvals, terminal),
        Command::Releases(releases) => releases::releases(&releases, terminal),
        Command::Explain(explain) => explain::explain(&explain, terminal),
        Command::Export { to } => export::export(&to, terminal),
        Command::Import { from } => import::import(&from, terminal),
        Command::Init(init) => init::init(&init, terminal),
        Command::Schema { of } => schema::schema(of, terminal),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "patchbench", &mut text);
            terminal.answer(text);
            Exit::Fine
        }
        Command::Man => manual(terminal),
    }
}

fn manual(terminal: &mut Terminal) -> Exit {
    let mut text = Vec::new();
    match clap_mangen::Man::new(Arguments::command())
        .render(&mut text)
        .and_then(|()| text.flush())
    {
        Ok(()) => {
            terminal.answer(text);
            Exit::Fine
        }
        Err(error) => {
            terminal.problem(&format!("error: the manual cannot be composed: {error}"));
            Exit::CouldNotFinish
        }
    }
}

/// Reads a scenario and tells its problems.
fn load_scenario(file: &Path, arguments: &ScenarioArguments, terminal: &Terminal) -> Result<Scenario, Exit> {
    load_with(file, arguments, (Vec::new(), &Limits::default()), terminal)
}

/// The same with values that options of their own give.
fn load_with(
    file: &Path,
    arguments: &ScenarioArguments,
    (options, limits): (Vec<Override>, &Limits),
    terminal: &Terminal,
) -> Result<Scenario, Exit> {
    let loaded = load_file(file, arguments, (options, limits), terminal)?;
    diagnostics::tell(&loaded, terminal);
    loaded.scenario.ok_or(Exit::Invalid)
}

fn load_file(
    file: &Path,
    arguments: &ScenarioArguments,
    (options, limits): (Vec<Override>, &Limits),
    terminal: &Terminal,
) -> Result<Loaded, Exit> {
    let mut overrides = set_options(arguments, terminal)?;
    overrides.extend(options);
    Ok(load(file, &overrides, limits))
}

/// The changes that `--set` makes.
fn set_options(arguments: &ScenarioArguments, terminal: &Terminal) -> Result<Vec<Override>, Exit> {
    let change = |text: &String| {
        Override::parse(text).ok_or_else(|| {
            terminal.problem(&format!("error: `--set {text}` is not of the form path=value"));
            Exit::WrongCommandLine
        })
    };
    arguments.set.iter().map(change).collect()
}

/// Uses as many threads as were asked for; once, since a launch reads its command twice.
fn start_threads(threads: Option<u16>, terminal: &Terminal) -> Result<(), Exit> {
    static STARTED: AtomicBool = AtomicBool::new(false);
    let Some(threads) = threads.filter(|_| !STARTED.swap(true, Ordering::Relaxed)) else {
        return Ok(());
    };
    let built = rayon::ThreadPoolBuilder::new()
        .num_threads(usize::from(threads))
        .build_global();
    built.map_err(|error| {
        terminal.problem(&format!("error: {threads} threads cannot be started: {error}"));
        Exit::CouldNotFinish
    })
}

/// The precision that was asked for; at most as many replications as the scenario has room for.
fn precision(study: &StudyArguments, scenario: &Scenario) -> Option<Precision> {
    let most = study.max_reps.min(scenario.most_replications.max(2));
    (!study.precision.is_empty()).then(|| Precision {
        targets: study.precision.clone(),
        first: study.reps.unwrap_or(FIRST).min(most),
        most,
    })
}

/// Refuses Parquet in a build without it, before anything is played.
fn check_parquet(wanted: bool, terminal: &Terminal) -> Result<(), Exit> {
    if !wanted || PARQUET {
        return Ok(());
    }
    terminal.problem(&format!(
        "error: {}\n   = help: build it with `cargo install --path sim/cli --features parquet`",
        ParquetError::NotBuilt
    ));
    Err(Exit::WrongCommandLine)
}

/// Adds the tables as Parquet, if that is wanted.
fn add_parquet(
    files: &mut Vec<ReportFile>,
    wanted: bool,
    tables: impl FnOnce() -> Result<Vec<ReportFile>, ParquetError>,
) -> Result<(), String> {
    if wanted {
        files.extend(tables().map_err(|error| error.to_string())?);
    }
    Ok(())
}

/// Tells why something could not be finished.
fn unfinished(terminal: &Terminal) -> impl Fn(String) -> Exit {
    |error| {
        terminal.problem(&format!("error: {error}"));
        Exit::CouldNotFinish
    }
}

/// Writes assertions as JUnit XML, if that is wanted.
fn write_junit(
    file: Option<&Path>,
    suites: &[JunitSuite<'_>],
    inconclusive: Inconclusive,
    terminal: &Terminal,
) -> Result<(), Exit> {
    let Some(file) = file else { return Ok(()) };
    let text = junit_xml(suites, inconclusive == Inconclusive::Fail);
    let written = text.and_then(|text| folder::write_file(file, text.as_bytes()));
    written.map_err(|error| {
        terminal.problem(&format!("error: {error}"));
        Exit::CouldNotFinish
    })
}
