//! Beyond one machine: shards, and the commands that merge them. Whoever starts, watches and repeats the
//! shards is an engine that teams already run; this is only what it needs to be told, and a merge that
//! takes nobody's word for it that all is there.

mod index;
mod job;
mod launch;
mod merge;
mod missing;
mod planned;
mod play;
mod rounds;
mod status;
mod store;
mod words;

pub(super) use job::{Job, JobDesign};
pub(super) use launch::launch;
pub(super) use merge::merge;
pub(super) use missing::missing;
pub(super) use play::shard;
pub(super) use status::status;
pub(super) use store::Store;
pub(super) use words::typed_words;

use patchbench_scenario::Limits;
use rounds::Failure;

use crate::args::ShardOption;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// How large a study may be that is played here, or shared out.
pub(super) fn limits(shard: Option<ShardOption>) -> Limits {
    match shard {
        Some(_) => Limits::sharded(),
        None => Limits::default(),
    }
}

/// The plan of a folder of parts.
fn plan_of(store: &Store) -> Result<store::ShardPlan, Failure> {
    let wrong = |problem| (problem, Exit::WrongCommandLine);
    store.plan().map_err(wrong)?.ok_or_else(|| {
        let folder = store.folder.display();
        wrong(format!(
            "{folder} holds no plan.json, so it is no folder of parts\n   = help: play a shard into it: patchbench \
run FILE --shard 0/16 --out {folder}"
        ))
    })
}

/// Tells what is wrong.
fn tell(terminal: &Terminal, (problem, exit): Failure) -> Exit {
    terminal.problem(&format!("error: {problem}"));
    exit
}
