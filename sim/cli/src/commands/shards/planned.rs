//! Planning a folder of parts before any of its shards is played.

use patchbench_scenario::Limits;

use super::job::Job;
use super::rounds::Failure;
use super::store::Store;
use super::tell;
use super::words::{Sharded, command, name_of, without_flags};
use crate::args::Shared;
use crate::commands::{run, sweep};
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Writes the plan of a command that is to be shared out, or another number of shards into the plan that
/// is there.
pub(super) fn plan_anew(store: &Store, shared: &Shared, terminal: &mut Terminal) -> Result<(), Exit> {
    if shared.words.is_empty() {
        return recount(store, shared).map_err(|failure| tell(terminal, failure));
    }
    let own = |word: &&String| ["--shard", "--out"].contains(&name_of(word));
    if let Some(word) = shared.words.iter().find(own) {
        let problem = format!(
            "{} is for `launch` to say: write the command without it",
            name_of(word)
        );
        return Err(tell(terminal, (problem, Exit::WrongCommandLine)));
    }
    let words = without_flags(shared.words.clone());
    match command(&words).map_err(|failure| tell(terminal, failure))? {
        Sharded::Run(arguments) => {
            run::prepared((&arguments, &Limits::sharded()), terminal, |ready, terminal| {
                let planned = ready.with_job(|job| plan(job, store, (&words, shared.shards)));
                planned.map_err(|failure| tell(terminal, failure))
            })
        }
        Sharded::Sweep(arguments, matches) => {
            let of = (&*arguments, &matches, &Limits::sharded());
            sweep::prepared(of, terminal, |ready, terminal| {
                let planned = ready.with_job(|job| plan(job, store, (&words, shared.shards)));
                planned.map_err(|failure| tell(terminal, failure))
            })
        }
    }?;
    Ok(())
}

fn plan(job: &Job<'_>, store: &Store, (words, shards): (&[String], Option<u64>)) -> Result<Exit, Failure> {
    let known = store
        .plan()
        .map_err(|problem| (problem, Exit::WrongCommandLine))?;
    if known.is_none() && shards.is_none() {
        let message = "how many shards there are to be is not said\n   = help: --shards 16";
        return Err((message.to_owned(), Exit::WrongCommandLine));
    }
    let mut plan = job
        .plan_in(store, words, shards)
        .map_err(|problem| (problem, Exit::WrongCommandLine))?;
    plan.shards = shards.unwrap_or(plan.shards);
    if known.as_ref() != Some(&plan) {
        store
            .write_plan(&plan)
            .map_err(|problem| (problem, Exit::CouldNotFinish))?;
    }
    Ok(Exit::Fine)
}

/// Another number of shards for a plan that is there.
fn recount(store: &Store, shared: &Shared) -> Result<(), Failure> {
    let Some(shards) = shared.shards else {
        return Ok(());
    };
    let mut plan = super::plan_of(store)?;
    if plan.shards != shards {
        plan.shards = shards;
        store
            .write_plan(&plan)
            .map_err(|problem| (problem, Exit::CouldNotFinish))?;
    }
    Ok(())
}
