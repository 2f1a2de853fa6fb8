//! Rounds: what is to be played follows from everything that was played before, never from what happens
//! to be there. Without a precision there is one round.

use std::collections::BTreeMap;
use std::ops::Range;

use patchbench_model::world::Plan;
use patchbench_study::{
    Look, PrecisionReached, ResponseReadings, Study, Sums, Work, from_bytes, overlaps, uncovered,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::job::{Job, JobDesign};
use super::store::{Found, PartFile, Store, header};
use crate::exit::Exit;

/// What a part says of a design.
#[derive(Serialize, Deserialize)]
pub(super) enum PlayedDesign<S> {
    /// All its replications, read off: that is small where sums are not.
    Whole(ResponseReadings),
    /// Some of them.
    Cut(S),
}

/// The sums of a part: by place of the design in the job.
pub(super) type PartSums<S> = Vec<(usize, PlayedDesign<S>)>;

/// What is kept in parts.
pub(in crate::commands) trait Kept: Sums + Serialize + DeserializeOwned {}

impl<T: Sums + Serialize + DeserializeOwned> Kept for T {}

/// A round, with what is there of it.
pub(super) struct Round {
    pub(super) number: u32,
    pub(super) work: Work,
    pub(super) found: Found,
}

/// How far a job has come.
pub(super) struct Standing<S> {
    /// The round that is being played; the last one when all is there.
    pub(super) round: Round,
    /// Rounds before it.
    pub(super) before: Vec<Round>,
    /// Whether nothing is left to play.
    pub(super) complete: bool,
    /// Sums of all rounds that are whole, by design; only where a precision is wanted.
    pub(super) sums: BTreeMap<usize, S>,
    /// How narrow the intervals of each design became, likewise.
    pub(super) reached: BTreeMap<usize, Vec<PrecisionReached>>,
}

impl Round {
    /// Chunks that are not there.
    pub(super) fn open(&self) -> Vec<Range<u64>> {
        uncovered(0..self.work.chunks(), self.found.ranges())
    }

    fn is_sound(&self) -> bool {
        let ranges: Vec<_> = self.found.ranges().collect();
        let found = &self.found;
        let sound = found.wrong.is_empty() && found.different.is_empty();
        sound && self.open().is_empty() && overlaps(&ranges).is_empty()
    }
}

/// Something is wrong, and how the program ends with it.
pub(super) type Failure = (String, Exit);

pub(super) fn unfinished(message: String) -> Failure {
    (message, Exit::CouldNotFinish)
}

/// How far a job has come, by the parts in its folder.
pub(super) fn stand<S: Kept>(job: &Job<'_>, store: &Store) -> Result<Standing<S>, Failure> {
    stand_within(job, store, &|work| 0..work.chunks())
}

/// The same, as far as it is about some chunks. A shard looks at parts of its own chunks alone: thousands of
/// shards that read all parts would be a burden to the disk. What a round plays follows from all of them.
pub(super) fn stand_within<S: Kept>(
    job: &Job<'_>,
    store: &Store,
    within: &dyn Fn(&Work) -> Range<u64>,
) -> Result<Standing<S>, Failure> {
    let (mut sums, mut reached) = (BTreeMap::new(), BTreeMap::new());
    let (mut before, mut number, mut work) = (Vec::new(), 0, job.first_round());
    loop {
        let all = 0..work.chunks();
        let own = if job.is_fixed() {
            within(&work)
        } else {
            all.clone()
        };
        let found = store
            .find(&header(&job.hash, number, all.end), &own)
            .map_err(unfinished)?;
        let round = Round { number, work, found };
        let sound = round.is_sound();
        let next = if sound && !job.is_fixed() {
            add_round(job, store, &round, &mut sums)?;
            next_work(job, &round.work, &sums, &mut reached)?
        } else {
            None
        };
        match next {
            Some(next) => work = next,
            None => {
                return Ok(Standing {
                    round,
                    before,
                    complete: sound,
                    sums,
                    reached,
                });
            }
        }
        number += 1;
        before.push(round);
    }
}

/// Adds the sums of all parts of a round.
fn add_round<S: Kept>(
    job: &Job<'_>,
    store: &Store,
    round: &Round,
    sums: &mut BTreeMap<usize, S>,
) -> Result<(), Failure> {
    for part in &round.found.parts {
        for (place, played) in read_sums::<S>(job, store, round, part)? {
            match played {
                PlayedDesign::Cut(own) => sums.entry(place).or_default().merge(own),
                PlayedDesign::Whole(_) => return Err(unfinished(damaged(store, &part.name))),
            }
        }
    }
    Ok(())
}

/// The sums of one part.
pub(super) fn read_sums<S: Kept>(
    job: &Job<'_>,
    store: &Store,
    round: &Round,
    part: &PartFile,
) -> Result<PartSums<S>, Failure> {
    let wanted = header(&job.hash, round.number, round.work.chunks());
    let broken = || unfinished(damaged(store, &part.name));
    let (_, bytes) = store.read(&wanted, &part.name).map_err(|_| broken())?;
    let sums: PartSums<S> = from_bytes(&bytes).map_err(|_| broken())?;
    let known = sums.iter().all(|(place, _)| *place < job.designs.len());
    if known { Ok(sums) } else { Err(broken()) }
}

fn damaged(store: &Store, name: &str) -> String {
    let path = store.folder.join(name);
    format!("{0} is damaged\n   = help: rm {0}", path.display())
}

/// What the next round plays, if one is needed.
fn next_work<S: Kept>(
    job: &Job<'_>,
    last: &Work,
    sums: &BTreeMap<usize, S>,
    reached: &mut BTreeMap<usize, Vec<PrecisionReached>>,
) -> Result<Option<Work>, Failure> {
    let mut ranges = vec![0..0; job.designs.len()];
    for piece in last.pieces(0..last.chunks()) {
        let (place, played) = (piece.design, piece.replications.end);
        let design = &job.designs[place];
        let own = sums.get(&place).filter(|own| own.replications() == played);
        let lost = || unfinished(format!("parts of design {} do not add up", design.number));
        let look = look(job, design, own.ok_or_else(lost)?)?;
        reached.insert(place, look.reached);
        if let Some(needed) = look.needed {
            ranges[place] = played..needed;
        }
    }
    let next = Work::new(ranges);
    Ok((next.chunks() > 0).then_some(next))
}

fn look<S: Kept>(job: &Job<'_>, design: &JobDesign, sums: &S) -> Result<Look, Failure> {
    let enough = || Look {
        needed: None,
        reached: Vec::new(),
    };
    let Some(precision) = &design.precision else {
        return Ok(enough());
    };
    let scenario = (job.load)(design.number).map_err(|error| (error, Exit::Invalid))?;
    let plan = Plan::new(&scenario.config);
    let study = Study::new(&plan, scenario.study.seed, &scenario.assertions);
    precision
        .look(&sums.responses(&study), sums.replications())
        .map_err(|problem| (problem.to_string(), Exit::WrongCommandLine))
}
