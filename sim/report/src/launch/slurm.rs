//! Slurm: an array, and a job that depends on it.

use std::fmt::Write as _;

use super::{END, Launch};
use crate::words::command_text;

/// A script that submits the shards as an array, and the merge after it; `options` are further lines of
/// `#SBATCH`, such as `--partition=short`.
pub fn slurm_script(launch: &Launch, options: &[String]) -> String {
    let mut text = launch.head();
    let logs = command_text(&[format!("{}/log", launch.folder)]);
    let own = options
        .iter()
        .fold(String::new(), |text, option| text + "#SBATCH " + option + "\n");
    let output = |name: &str| command_text(&[format!("--output={}/log/{name}", launch.folder)]);
    let (name, list) = (launch.name(), &launch.missing.1);
    let _ = write!(
        text,
        "mkdir -p {logs}\narray=$(sbatch --parsable --job-name={name} --array={list} {} <<'{END}'\n#!/bin/sh\n\
#SBATCH --requeue\n#SBATCH --open-mode=append\n{own}export PATCHBENCH_SHARDS={} \
RAYON_NUM_THREADS=\"${{SLURM_CPUS_PER_TASK:-1}}\"\nexec {}\n{END}\n)\n",
        output("%A_%a.out"),
        launch.shards,
        launch.shard_command(),
    );
    // Not `afterok`: where a task failed the merge would wait for ever, instead of saying what is missing.
    let _ = write!(
        text,
        "sbatch --parsable --job-name={name}-merge --dependency=\"afterany:${{array%%;*}}\" {} <<'{END}'\n#!/bin/sh\n\
#SBATCH --requeue\n#SBATCH --open-mode=append\n{own}{}{END}\n",
        output("merge_%j.out"),
        merge(launch),
    );
    text
}

/// The merge; while a precision is not reached it launches the next round. A merge asks for another round also
/// where all shards of that round have failed: one that left no part is not followed by the same again.
fn merge(launch: &Launch) -> String {
    let merge = launch.merge_command();
    match &launch.next_round {
        None => format!("exec {merge}\n"),
        Some(next) => format!(
            "code=0\n{merge} || code=$?\n# 7: all parts are there, and another round is needed.\n[ \"$code\" -eq 7 ] || \
exit \"$code\"\n# Where this round left no part, the next would not either.\nset -- {}*\n[ -e \"$1\" ] || exit 6\nexec {}\n",
            command_text(&[format!(
                "{}/part-{}-{}-",
                launch.folder, launch.plan, launch.round
            )]),
            command_text(next)
        ),
    }
}
