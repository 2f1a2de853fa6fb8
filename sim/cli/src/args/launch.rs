//! What `patchbench launch` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Missing;

/// The engine that plays the shards.
#[derive(Debug, Subcommand)]
pub(crate) enum Launch {
    /// A script for Slurm: a job array, and a job that merges its parts
    Slurm(LaunchSlurm),
    /// A script for Kubernetes: an Indexed Job, and a Job that merges its parts
    Kubernetes(LaunchKubernetes),
    /// A script for AWS Batch: a job definition, an array job, and a job that merges its parts
    Batch(LaunchBatch),
    /// A driver for Dask in Python, to be started with the scheduler's address
    Dask,
}

/// What is shared out.
#[derive(Clone, Debug, Args)]
pub(crate) struct Shared {
    /// The folder of parts
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Number of shards; as the plan says when absent. A launch that goes on may have another one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=Missing::MOST_SHARDS))]
    pub(crate) shards: Option<u64>,
    /// Folder for the result; result in the folder of parts when absent
    #[arg(long, value_name = "RESULT")]
    pub(crate) out: Option<PathBuf>,
    /// How the program is called where the shards are played
    #[arg(long, value_name = "PATH")]
    pub(crate) program: Option<String>,
    /// Run the script instead of printing it
    #[arg(long)]
    pub(crate) submit: bool,
    /// The command that is cut into shards: run or sweep with everything after it but --shard and --out. A
    /// launch that goes on needs none
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) words: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
launch slurm parts --shards 200 --sbatch=--time=01:00:00 -- sweep fleet.toml --vary nodes.web.count=50..500:50\n  \
launch slurm parts --submit")]
pub(crate) struct LaunchSlurm {
    #[command(flatten)]
    pub(crate) shared: Shared,
    /// A line for `#SBATCH`, such as --partition=short; several times
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    pub(crate) sbatch: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct LaunchKubernetes {
    #[command(flatten)]
    pub(crate) shared: Shared,
    /// Image with the program
    #[arg(long)]
    pub(crate) image: String,
    /// PersistentVolumeClaim that all pods can write; scenario, parts and result lie there
    #[arg(long)]
    pub(crate) claim: String,
    /// Where it is mounted; paths are relative to it
    #[arg(long, default_value = "/work", value_name = "FOLDER")]
    pub(crate) mount: String,
    /// Namespace
    #[arg(long)]
    pub(crate) namespace: Option<String>,
    /// Pods at a time, at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) parallelism: Option<u64>,
    /// CPUs of a pod
    #[arg(long, default_value = "1")]
    pub(crate) cpu: String,
    /// Memory of a pod
    #[arg(long, default_value = "1Gi")]
    pub(crate) memory: String,
    /// What to print
    #[arg(long, value_enum, default_value_t = LaunchFormat::Script, conflicts_with = "submit")]
    pub(crate) format: LaunchFormat,
}

#[derive(Debug, Args)]
pub(crate) struct LaunchBatch {
    #[command(flatten)]
    pub(crate) shared: Shared,
    /// Image with the program
    #[arg(long)]
    pub(crate) image: String,
    /// Job queue
    #[arg(long)]
    pub(crate) queue: String,
    /// EFS file system that all jobs can write; scenario, parts and result lie there
    #[arg(long, value_name = "ID")]
    pub(crate) file_system: String,
    /// Where it is mounted; paths are relative to it
    #[arg(long, default_value = "/work", value_name = "FOLDER")]
    pub(crate) mount: String,
    /// CPUs of a job
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) vcpus: u32,
    /// Memory of a job in MiB
    #[arg(long, default_value_t = 1024, value_name = "MIB", value_parser = clap::value_parser!(u32).range(4..))]
    pub(crate) memory: u32,
    /// What to print
    #[arg(long, value_enum, default_value_t = LaunchFormat::Script, conflicts_with = "submit")]
    pub(crate) format: LaunchFormat,
}

/// What a launch prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LaunchFormat {
    /// A script for a shell
    Script,
    /// The documents alone, in a list
    Json,
}
