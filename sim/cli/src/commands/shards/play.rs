//! Playing one shard into part files.

use std::ops::Range;
use std::time::Instant;

use patchbench_model::world::Plan;
use patchbench_study::{
    DesignSums, Piece, Progress, ResponseReadings, Study, StudySums, Work, to_bytes, uncovered,
};
use rayon::prelude::*;

use super::index::{Which, which};
use super::job::Job;
use super::rounds::{Kept, PartSums, PlayedDesign, Standing, stand_within};
use super::store::{Store, header};
use crate::args::ShardOption;
use crate::commands::shards::tell;
use crate::exit::Exit;
use crate::progress::Bar;
use crate::terminal::Terminal;

/// What a part keeps.
pub(in crate::commands) trait Read: Kept {
    /// What estimates need of all replications of a design, where that is all that is asked for.
    fn read_off(&self, study: &Study<'_>) -> Option<ResponseReadings>;
}

impl Read for StudySums {
    fn read_off(&self, _: &Study<'_>) -> Option<ResponseReadings> {
        None
    }
}

impl Read for DesignSums {
    fn read_off(&self, study: &Study<'_>) -> Option<ResponseReadings> {
        Some(self.read(study))
    }
}

/// Plays a shard of a run ([`StudySums`]) or of a sweep ([`DesignSums`]).
pub(in crate::commands) fn shard<S: Read>(
    job: &Job<'_>,
    (store, option): (&Store, ShardOption),
    words: &[String],
    terminal: &Terminal,
) -> Result<Exit, Exit> {
    let wrong = |problem| tell(terminal, (problem, Exit::WrongCommandLine));
    let planned = store.plan().map_err(wrong)?.map(|plan| plan.shards);
    let variable = |name: &str| std::env::var(name).ok();
    let which = which(option, planned, &variable).map_err(wrong)?;
    let known = planned.is_some();
    let plan = job.plan_in(store, words, Some(which.shards)).map_err(wrong)?;
    if !known {
        store
            .write_plan(&plan)
            .map_err(|problem| tell(terminal, (problem, Exit::CouldNotFinish)))?;
    }
    if let Some(warning) = &which.warning {
        terminal.note(warning);
    }
    let own = |work: &Work| work.shard(which.index, which.shards);
    let standing: Standing<S> = stand_within(job, store, &own).map_err(|failure| tell(terminal, failure))?;
    if standing.complete {
        terminal.note("all parts are there; merge makes the result of them");
        return Ok(Exit::Fine);
    }
    play_open(job, store, &standing, &which, terminal)
}

/// Plays the chunks of a shard that no part has, each stretch of them into a part of its own.
fn play_open<S: Read>(
    job: &Job<'_>,
    store: &Store,
    standing: &Standing<S>,
    which: &Which,
    terminal: &Terminal,
) -> Result<Exit, Exit> {
    let (work, number) = (&standing.round.work, standing.round.number);
    let own = work.shard(which.index, which.shards);
    let open = uncovered(own.clone(), standing.round.found.ranges());
    let name = format!("shard {} of {}", which.index, which.shards);
    if open.is_empty() {
        terminal.note(&format!("{name}: nothing is missing"));
        return Ok(Exit::Fine);
    }
    let (began, mut replications) = (Instant::now(), 0);
    for chunks in open {
        let pieces = work.pieces(chunks.clone());
        let count = pieces
            .iter()
            .map(|piece| piece.replications.end - piece.replications.start)
            .sum();
        let bar = Bar::new(count, terminal.quiet());
        let played = play_pieces::<S>(job, &pieces, &bar);
        bar.finish();
        let sums = played.map_err(|problem| tell(terminal, (problem, Exit::CouldNotFinish)))?;
        write(job, store, (number, work.chunks(), chunks), &sums)
            .map_err(|problem| tell(terminal, (problem, Exit::CouldNotFinish)))?;
        replications += count;
    }
    terminal.note(&format!(
        "{name}: {replications} replications, {:.1} s",
        began.elapsed().as_secs_f64()
    ));
    Ok(Exit::Fine)
}

fn write<S: Kept>(
    job: &Job<'_>,
    store: &Store,
    (round, all, chunks): (u32, u64, Range<u64>),
    sums: &PartSums<S>,
) -> Result<(), String> {
    let bytes = to_bytes(sums)?;
    let mut header = header(&job.hash, round, all);
    (header.from, header.until) = (chunks.start, chunks.end);
    store.write_part(&header, &bytes)
}

fn play_pieces<S: Read>(
    job: &Job<'_>,
    pieces: &[Piece],
    progress: &dyn Progress,
) -> Result<PartSums<S>, String> {
    let play = |piece: &Piece| {
        let design = &job.designs[piece.design];
        let scenario = (job.load)(design.number)?;
        let plan = Plan::new(&scenario.config);
        let study = Study::new(&plan, scenario.study.seed, &scenario.assertions);
        let sums: S = study.play(piece.replications.clone(), progress);
        let whole = piece.whole && design.precision.is_none();
        let readings = whole.then(|| sums.read_off(&study)).flatten();
        let played = match readings {
            Some(readings) => PlayedDesign::Whole(readings),
            None => PlayedDesign::Cut(sums),
        };
        Ok((piece.design, played))
    };
    pieces.par_iter().map(play).collect()
}
