//! What can be typed after `export`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::ScenarioArguments;

#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// Write a scenario as inputs of the AWS CLI, with a script that makes the requests
    Aws(ExportAws),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exported are baselines with their patch groups and defaults, maintenance windows with their \
targets and tasks, commands of Run Command, and tags of nodes that are given by their ids: a JSON file for each \
request, and apply.sh, which makes the requests in their order. Nothing is run, and AWS is not asked. What AWS has \
no word for is listed on stderr."
)]
pub(crate) struct ExportAws {
    /// The scenario file
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) scenario: ScenarioArguments,
    /// Folder for the files
    #[arg(long, value_name = "DIR", required_unless_present = "format")]
    pub(crate) out: Option<PathBuf>,
    /// Replace an export or a finished result in that folder
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
    /// Print everything as one document instead
    #[arg(long, value_enum, conflicts_with = "out")]
    pub(crate) format: Option<ExportFormat>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    Json,
}
