//! `patchbench verify`

use patchbench_oracle::Family;
use patchbench_report::{
    VerificationReport, WorldsResult, verification_json, verification_markdown, verification_text,
};
use patchbench_study::Progress as _;
use patchbench_study::verify::{coverage, experiments, repeats};

use super::start_threads;
use crate::args::{RunFormat, Verify};
use crate::exit::Exit;
use crate::progress::Bar;
use crate::terminal::Terminal;

/// Worlds of each family that are judged, and the share of the usual replications, for a quick look.
const QUICK_WORLDS: u32 = 20;
const QUICK: u64 = 10;
/// Replications that stay at least.
const LEAST: u64 = 20;

pub(crate) fn verify(arguments: &Verify, terminal: &mut Terminal) -> Exit {
    if let Err(exit) = start_threads(arguments.threads, terminal) {
        return exit;
    }
    let report = match check(arguments, terminal) {
        Ok(report) => report,
        Err(problem) => {
            terminal.problem(&format!("error: {problem}"));
            return Exit::CouldNotFinish;
        }
    };
    match arguments.format {
        RunFormat::Human => terminal.answer(verification_text(&report)),
        RunFormat::Json => terminal.answer(format!("{:#}\n", verification_json(&report))),
        RunFormat::Markdown => terminal.answer(verification_markdown(&report)),
    }
    if report.holds() {
        Exit::Fine
    } else {
        Exit::CouldNotFinish
    }
}

fn check(arguments: &Verify, terminal: &Terminal) -> Result<VerificationReport, String> {
    let experiments = experiments();
    let replications = |usual: u64| match (arguments.reps, arguments.quick) {
        (Some(reps), _) => reps,
        (None, true) => (usual / QUICK).max(LEAST),
        (None, false) => usual,
    };
    let all = experiments.iter().map(|one| {
        if one.is_exact() {
            1
        } else {
            replications(one.replications)
        }
    });
    let bar = Bar::new(all.sum(), terminal.quiet());
    let mut figures = Vec::new();
    for experiment in &experiments {
        let count = replications(experiment.replications);
        figures.extend(experiment.play(arguments.seed, count, &bar)?);
    }
    bar.finish();
    let worlds = if arguments.quick {
        QUICK_WORLDS.min(arguments.worlds)
    } else {
        arguments.worlds
    };
    let studies = arguments.coverage.unwrap_or(0);
    Ok(VerificationReport {
        seed: arguments.seed,
        figures,
        worlds: judge(worlds, terminal),
        repeats: repeats(arguments.seed, 64)?,
        coverage: match studies {
            0 => Vec::new(),
            studies => {
                // Four sets of studies.
                let bar = Bar::new(4 * studies, terminal.quiet());
                let found = coverage(arguments.seed, studies, &bar);
                bar.finish();
                found?
            }
        },
    })
}

/// The engine against the slow simulation, family by family.
fn judge(worlds: u32, terminal: &Terminal) -> Vec<WorldsResult> {
    let bar = Bar::new(u64::from(worlds) * Family::ALL.len() as u64, terminal.quiet());
    let one = |family: Family| {
        let outcome = family.judge(worlds, &|| bar.done(1));
        WorldsResult {
            family: family.name().to_owned(),
            held_to: family.held_to().to_owned(),
            worlds,
            problem: outcome.err(),
        }
    };
    let results = Family::ALL.into_iter().map(one).collect();
    bar.finish();
    results
}
