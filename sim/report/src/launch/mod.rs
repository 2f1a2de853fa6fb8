//! What an engine needs to play shards: a script that submits them, and a job that merges them
//! afterwards. Who starts, watches and repeats them is the engine alone.

mod batch;
mod kubernetes;
mod slurm;

pub use batch::{BatchOptions, batch_documents, batch_script};
pub use kubernetes::{KubernetesOptions, kubernetes_documents, kubernetes_script};
pub use slurm::slurm_script;

use crate::words::command_text;

/// Shards that are to be played, and the merge of their parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The first digits of the hash of the plan.
    pub plan: String,
    /// The program as it is called there.
    pub program: String,
    /// Words of the command that is cut into shards.
    pub words: Vec<String>,
    /// The folder of parts, as the tasks see it.
    pub folder: String,
    /// The folder of the result; the one within the folder of parts when absent.
    pub result: Option<String>,
    /// Number of the round, from 0.
    pub round: u32,
    /// Number of shards.
    pub shards: u64,
    /// Those that are to be played, rising; as text, such as `3,7-9`.
    pub missing: (Vec<u64>, String),
    /// Words of the command that launches the next round, where a precision is wanted.
    pub next_round: Option<Vec<String>>,
}

/// The shell word that ends a text within a script.
const END: &str = "END_OF_JOB";

impl Launch {
    /// Name of the jobs.
    fn name(&self) -> String {
        format!("patchbench-{}", self.plan)
    }

    /// Whether all shards are to be played.
    fn is_whole(&self) -> bool {
        self.missing.0.len() as u64 == self.shards
    }

    /// What a task runs.
    fn shard_command(&self) -> String {
        let mut words = vec![self.program.clone()];
        words.extend(self.words.iter().cloned());
        let own = ["--shard", "auto", "--out", &self.folder];
        words.extend(own.map(str::to_owned));
        command_text(&words)
    }

    /// What the last job runs.
    fn merge_command(&self) -> String {
        let mut words = [&self.program, "merge", &self.folder].map(str::to_owned).to_vec();
        if let Some(result) = &self.result {
            words.extend(["--out".to_owned(), result.clone()]);
        }
        command_text(&words)
    }

    /// Variables of every task: how many shards there are, and which ones, where tasks are always
    /// numbered from 0.
    fn variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![("PATCHBENCH_SHARDS", self.shards.to_string())];
        if !self.is_whole() {
            variables.push(("PATCHBENCH_SHARD_LIST", self.missing.1.clone()));
        }
        variables
    }

    /// What a script says first.
    fn head(&self) -> String {
        let count = self.missing.0.len();
        let what = if self.is_whole() {
            format!("{count} shards")
        } else {
            format!("{count} of {} shards that are missing", self.shards)
        };
        format!(
            "#!/bin/sh\n# {what} of plan {}, and a job that merges them.\n# Start it in this folder: paths are \
relative to it.\nset -eu\n",
            self.plan
        )
    }
}

#[cfg(test)]
mod tests;
