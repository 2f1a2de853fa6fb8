//! `patchbench merge`: the result of all shards, or what is wrong with them and what mends it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;
use std::path::PathBuf;

use patchbench_model::world::Plan;
use patchbench_report::{PartProblem, SweptDesign, command_text};
use patchbench_scenario::Limits;
use patchbench_study::{
    DesignSums, PrecisionReached, ResponseReadings, Study, StudySums, Sums, missing_shards, overlaps,
    uncovered,
};
use rayon::prelude::*;

use super::index::list_text;
use super::job::Job;
use super::rounds::{Failure, Kept, PlayedDesign, Round, Standing, read_sums, stand};
use super::store::{ShardPlan, Store};
use super::words::{Sharded, command};
use super::{plan_of, tell};
use crate::args::Merge;
use crate::commands::sweep::Journal;
use crate::commands::{run, sweep};
use crate::exit::Exit;
use crate::terminal::Terminal;

pub(in crate::commands) fn merge(arguments: &Merge, terminal: &mut Terminal) -> Exit {
    let store = Store::new(&arguments.folder);
    let out = arguments
        .out
        .clone()
        .unwrap_or_else(|| arguments.folder.join("result"));
    // The folder within that of the parts is the program's own and is replaced.
    let force = arguments.force || arguments.out.is_none();
    merged(&store, (&out, force), terminal).unwrap_or_else(|exit| exit)
}

fn merged(store: &Store, out: (&PathBuf, bool), terminal: &mut Terminal) -> Result<Exit, Exit> {
    let plan = plan_of(store).map_err(|failure| tell(terminal, failure))?;
    let (out, force) = out;
    match command(&plan.words).map_err(|failure| tell(terminal, failure))? {
        Sharded::Run(arguments) => {
            run::prepared((&arguments, &Limits::sharded()), terminal, |ready, terminal| {
                ready.with_job(|job| {
                    let standing = whole::<StudySums>(job, store, &plan);
                    let standing = standing.map_err(|failure| tell(terminal, failure))?;
                    // A merge that an engine starts twice makes the same result.
                    let force = force || ready.is_in(out);
                    ready.conclude((out, force), terminal, |_, terminal| {
                        run_sums(job, store, standing).map_err(|failure| tell(terminal, failure))
                    })
                })
            })
        }
        Sharded::Sweep(arguments, matches) => sweep::prepared(
            (&arguments, &matches, &Limits::sharded()),
            terminal,
            |ready, terminal| {
                ready.with_job(|job| {
                    let standing = whole::<DesignSums>(job, store, &plan);
                    let standing = standing.map_err(|failure| tell(terminal, failure))?;
                    ready.merge((out, force), terminal, |journal, terminal| {
                        fill(job, (store, standing), journal).map_err(|failure| tell(terminal, failure))
                    })
                })
            },
        ),
    }
}

/// What is there, if it is all there is to be.
fn whole<S: Kept>(job: &Job<'_>, store: &Store, plan: &ShardPlan) -> Result<Standing<S>, Failure> {
    job.check_plan(store, plan)?;
    let standing: Standing<S> = stand(job, store)?;
    let problems = problems(&standing.round, store, plan);
    if problems.is_empty() {
        return Ok(standing);
    }
    let begun = !standing.round.found.parts.is_empty() || !standing.round.found.wrong.is_empty();
    if standing.round.number > 0 && !begun {
        return Err((another_round(&standing, store), Exit::AnotherRound));
    }
    Err((problems.join("\nerror: "), Exit::PartsMissing))
}

fn another_round<S>(standing: &Standing<S>, store: &Store) -> String {
    let folder = command_text(&[store.folder.display().to_string()]);
    format!(
        "the wanted precision is not reached: round {} needs {} replications more\n   = help: patchbench launch \
slurm {folder} --submit, or any other engine; merge again when they are played",
        standing.round.number + 1,
        standing.round.work.replications(),
    )
}

/// What is wrong with the parts of a round, each with the command that mends it.
fn problems(round: &Round, store: &Store, plan: &ShardPlan) -> Vec<String> {
    let path = |name: &str| command_text(&[store.folder.join(name).display().to_string()]);
    let mut problems = Vec::new();
    for (name, problem) in &round.found.wrong {
        let what = match problem {
            PartProblem::Damaged => "is damaged".to_owned(),
            PartProblem::Other(what, own, wanted) => {
                format!("is of another {what}: {own}, and this is {wanted}")
            }
        };
        problems.push(format!("{} {what}\n   = help: rm {0}", path(name)));
    }
    for (first, later) in &round.found.different {
        problems.push(format!(
            "{} and {} are of the same chunks and differ: two machines worked out different results, or one of \
them has another build\n   = help: find out which machine is right; then rm the part of the other, and play its \
shard again",
            path(first),
            path(later)
        ));
    }
    let ranges: Vec<Range<u64>> = round.found.ranges().collect();
    let needless = needless(&ranges, round.work.chunks());
    for (before, place) in overlaps(&ranges) {
        let (one, other) = (&round.found.parts[before], &round.found.parts[place]);
        let shorter = if length(&one.chunks) < length(&other.chunks) {
            before
        } else {
            place
        };
        let gone = [before, place].into_iter().find(|place| needless.contains(place));
        problems.push(format!(
            "{} and {} both cover chunks {} to {}\n   = help: rm -f {}",
            path(&one.name),
            path(&other.name),
            other.chunks.start,
            one.chunks.end.min(other.chunks.end),
            path(&round.found.parts[gone.unwrap_or(shorter)].name)
        ));
    }
    problems.extend(gap(round, store, plan));
    problems
}

fn length(chunks: &Range<u64>) -> u64 {
    chunks.end - chunks.start
}

/// Parts without which nothing more is missing, the shortest first.
fn needless(ranges: &[Range<u64>], chunks: u64) -> BTreeSet<usize> {
    let mut gone = BTreeSet::new();
    let open = |gone: &BTreeSet<usize>| {
        let kept = ranges
            .iter()
            .enumerate()
            .filter(|(place, _)| !gone.contains(place));
        uncovered(0..chunks, kept.map(|(_, range)| range.clone()))
    };
    let before = open(&gone);
    let twice: BTreeSet<usize> = overlaps(ranges)
        .into_iter()
        .flat_map(|(one, other)| [one, other])
        .collect();
    let mut order: Vec<usize> = twice.into_iter().collect();
    order.sort_by_key(|place| length(&ranges[*place]));
    // Each look goes through all parts: where there are very many, the rest follows at the next merge.
    for place in order.into_iter().take(1_000) {
        gone.insert(place);
        if open(&gone) != before {
            gone.remove(&place);
        }
    }
    gone
}

/// The shards that are missing, and how to play them here.
fn gap(round: &Round, store: &Store, plan: &ShardPlan) -> Option<String> {
    let open = round.open();
    let missing = missing_shards(&round.work, plan.shards, &open);
    let first = missing.first()?;
    let chunks: u64 = open.iter().map(|range| range.end - range.start).sum();
    let (words, shards) = (command_text(&plan.words), plan.shards);
    let folder = command_text(&[store.folder.display().to_string()]);
    let mut text = format!(
        "{chunks} of {} chunks are missing: shards {} of {shards}\n   = help: ",
        round.work.chunks(),
        list_text(&missing)
    );
    let play = |index: &str| format!("patchbench {words} --shard {index}/{shards} --out {folder}");
    let _ = match missing.len() {
        1 => write!(text, "{}", play(&first.to_string())),
        _ => write!(
            text,
            "here: for i in {}; do {}; done\n   = help: on an engine: patchbench launch slurm {folder}",
            numbers(&missing),
            play("$i")
        ),
    };
    Some(text)
}

/// Numbers for a loop of a shell.
fn numbers(list: &[u64]) -> String {
    let all = list.iter().map(u64::to_string).collect::<Vec<_>>();
    if list.len() > 50 && list.windows(2).all(|pair| pair[0] + 1 == pair[1]) {
        return format!("$(seq {} {})", list[0], list[list.len() - 1]);
    }
    all.join(" ")
}

/// The sums of a run.
fn run_sums(
    job: &Job<'_>,
    store: &Store,
    mut standing: Standing<StudySums>,
) -> Result<(StudySums, Vec<PrecisionReached>), Failure> {
    if !job.is_fixed() {
        let sums = standing.sums.remove(&0).unwrap_or_default();
        return Ok((sums, standing.reached.remove(&0).unwrap_or_default()));
    }
    let mut all = StudySums::default();
    for part in &standing.round.found.parts {
        for (_, played) in read_sums::<StudySums>(job, store, &standing.round, part)? {
            if let PlayedDesign::Cut(sums) = played {
                all.merge(sums);
            }
        }
    }
    let wanted = job.designs[0].replications;
    (all.replications() == wanted)
        .then_some((all, Vec::new()))
        .ok_or_else(|| unequal(wanted))
}

fn unequal(wanted: u64) -> Failure {
    let message = format!("the parts do not add up to {wanted} replications: this is a bug");
    (message, Exit::CouldNotFinish)
}

/// Fills the journal of a sweep. Parts come in the order of their chunks, so that few designs are open at
/// a time.
fn fill(
    job: &Job<'_>,
    (store, standing): (&Store, Standing<DesignSums>),
    journal: &mut Journal,
) -> Result<(), Failure> {
    if !job.is_fixed() {
        let done = standing
            .sums
            .into_iter()
            .map(|(place, sums)| (place, Done::Sums(sums)));
        return add(job, done.collect(), journal);
    }
    let mut open: BTreeMap<usize, DesignSums> = BTreeMap::new();
    for part in &standing.round.found.parts {
        let mut done = Vec::new();
        for (place, played) in read_sums::<DesignSums>(job, store, &standing.round, part)? {
            match played {
                PlayedDesign::Whole(readings) => done.push((place, Done::Read(readings))),
                PlayedDesign::Cut(sums) => {
                    let own = open.entry(place).or_default();
                    own.merge(sums);
                    if own.replications() == job.designs[place].replications {
                        done.extend(open.remove(&place).map(|sums| (place, Done::Sums(sums))));
                    }
                }
            }
        }
        add(job, done, journal)?;
    }
    match open.keys().next() {
        Some(place) => Err(unequal(job.designs[*place].replications)),
        None => Ok(()),
    }
}

/// A design that is whole.
enum Done {
    Sums(DesignSums),
    Read(ResponseReadings),
}

/// Works out the estimates of designs, once, and adds them.
fn add(job: &Job<'_>, done: Vec<(usize, Done)>, journal: &mut Journal) -> Result<(), Failure> {
    let estimate = |(place, done): (usize, Done)| -> Result<SweptDesign, String> {
        let design = &job.designs[place];
        let scenario = (job.load)(design.number)?;
        let plan = Plan::new(&scenario.config);
        let study = Study::new(&plan, scenario.study.seed, &scenario.assertions);
        let readings = match done {
            Done::Sums(sums) => sums.read(&study),
            Done::Read(readings) => readings,
        };
        let responses = study.responses(&readings);
        let played = (readings.replications(), responses.as_slice());
        Ok(SweptDesign::new(design.key.clone(), &scenario.hash, played))
    };
    let estimated: Result<Vec<SweptDesign>, String> = done.into_par_iter().map(estimate).collect();
    for design in estimated.map_err(|problem| (problem, Exit::Invalid))? {
        if !journal.has(&design.key) {
            let path = journal.path();
            let tell = |error| format!("{} cannot be written: {error}", path.display());
            journal
                .add(&design)
                .map_err(|error| (tell(error), Exit::CouldNotFinish))?;
        }
    }
    Ok(())
}
