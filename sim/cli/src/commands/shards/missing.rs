//! `patchbench missing`

use patchbench_scenario::Limits;
use patchbench_study::{DesignSums, StudySums, missing_shards};

use super::index::list_text;
use super::job::Job;
use super::rounds::{Failure, Kept, Standing, stand};
use super::store::{ShardPlan, Store};
use super::words::{Sharded, command};
use super::{plan_of, tell};
use crate::args::Missing;
use crate::commands::{run, sweep};
use crate::exit::Exit;
use crate::terminal::Terminal;

pub(in crate::commands) fn missing(arguments: &Missing, terminal: &mut Terminal) -> Exit {
    let store = Store::new(&arguments.folder);
    let told = overview(&store, terminal, |overview| {
        let shards = arguments.shards.unwrap_or(overview.plan.shards);
        overview.missing(shards)
    });
    match told {
        Ok(list) if list.is_empty() => Exit::Fine,
        Ok(list) => {
            terminal.answer(list_text(&list) + "\n");
            Exit::PartsMissing
        }
        Err(exit) => exit,
    }
}

/// How far a folder of parts has come.
pub(super) struct Overview {
    pub(super) plan: ShardPlan,
    pub(super) work: patchbench_study::Work,
    /// Number of the round, and chunks of the rounds before.
    pub(super) round: (u32, u64),
    /// Chunks that are not there.
    pub(super) open: Vec<std::ops::Range<u64>>,
    /// Files that are no parts of it.
    pub(super) wrong: usize,
    pub(super) parts: usize,
    pub(super) complete: bool,
    /// Whether the work comes in rounds.
    pub(super) rounds: bool,
}

impl Overview {
    /// Shards, of so many, that are to be played.
    pub(super) fn missing(&self, shards: u64) -> Vec<u64> {
        missing_shards(&self.work, shards, &self.open)
    }
}

/// Looks at a folder of parts. What the scenario would surprise with was told when it was played.
pub(super) fn overview<T>(
    store: &Store,
    terminal: &mut Terminal,
    then: impl FnOnce(&Overview) -> T,
) -> Result<T, Exit> {
    let plan = plan_of(store).map_err(|failure| tell(terminal, failure))?;
    let words = command(&plan.words).map_err(|failure| tell(terminal, failure))?;
    let mut seen = None;
    let mut quiet = terminal.muted();
    let mut look = |found: Result<Overview, Failure>, terminal: &Terminal| {
        let overview = found.map_err(|failure| tell(terminal, failure))?;
        seen = Some(overview);
        Ok(Exit::Fine)
    };
    match words {
        Sharded::Run(arguments) => {
            run::prepared((&arguments, &Limits::sharded()), &mut quiet, |ready, terminal| {
                look(ready.with_job(|job| of::<StudySums>(job, store, plan)), terminal)
            })?
        }
        Sharded::Sweep(arguments, matches) => sweep::prepared(
            (&arguments, &matches, &Limits::sharded()),
            &mut quiet,
            |ready, terminal| look(ready.with_job(|job| of::<DesignSums>(job, store, plan)), terminal),
        )?,
    };
    seen.as_ref().map(then).ok_or(Exit::CouldNotFinish)
}

fn of<S: Kept>(job: &Job<'_>, store: &Store, plan: ShardPlan) -> Result<Overview, Failure> {
    job.check_plan(store, &plan)?;
    let standing: Standing<S> = stand(job, store)?;
    let before = standing.before.iter().map(|round| round.work.chunks()).sum();
    let found = &standing.round.found;
    Ok(Overview {
        plan,
        round: (standing.round.number, before),
        open: standing.round.open(),
        wrong: found.wrong.len() + found.different.len(),
        parts: found.parts.len(),
        complete: standing.complete,
        rounds: !job.is_fixed(),
        work: standing.round.work,
    })
}
