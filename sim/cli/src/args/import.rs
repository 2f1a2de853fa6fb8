//! Arguments of `patchbench import`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::cloudformation::Cloudformation;
use super::{Shorthand, Terraform};

#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// Read saved JSON answers of `aws ssm describe-…`, `get-…` and `list-…` commands
    #[command(
        after_help = "Answers are told by their members, whatever their files are called: describe-patch-baselines, \
get-patch-baseline, describe-patch-groups, get-default-patch-baseline, describe-maintenance-windows, \
get-maintenance-window, describe-maintenance-window-targets, describe-maintenance-window-tasks, \
get-maintenance-window-task, describe-instance-information, list-tags-for-resource, ec2 describe-tags and \
describe-instances. --print-script prints a script that saves them. AWS is not asked, and no credentials are read."
    )]
    AwsCli {
        /// The folder with the answers: files below it whose names end in .json; or one file
        #[arg(required_unless_present = "print_script")]
        dir: Option<PathBuf>,
        /// File to write; an existing one is never overwritten. Without it the scenario is printed
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Go on although answers, or pages of them, are missing; each is told
        #[arg(long)]
        allow_partial: bool,
        /// Print the shell script that saves the answers by the AWS CLI, and do nothing else
        #[arg(long, conflicts_with_all = ["dir", "out", "allow_partial"])]
        print_script: bool,
    },
    /// Read `aws ssm …` command lines: a runbook, a shell script, or a page that shows them
    #[command(
        after_help = "Read are create-patch-baseline, update-patch-baseline, register-patch-baseline-for-patch-group, \
register-default-patch-baseline, create-maintenance-window, update-maintenance-window, register-target-with-maintenance-window, \
register-task-with-maintenance-window, send-command, add-tags-to-resource, and ec2 create-tags. Nothing is run, \
and AWS is not asked. What the commands do not say is a guess, with a comment in the scenario; what is left out is \
listed on stderr."
    )]
    AwsCommands {
        /// The file with the commands, - for standard input; files that they name are relative to its folder
        file: PathBuf,
        /// File to write; an existing one is never overwritten. Without it the scenario is printed
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Read a CloudFormation template
    Cloudformation(Cloudformation),
    /// Read a plan or state of Terraform or OpenTofu, as `terraform show -json` prints it
    Terraform(Terraform),
    /// Show what the AWS CLI makes of a value in its shorthand
    Shorthand(Shorthand),
    /// Fit times and failure shares of each patch group to saved answers of AWS about past operations
    #[command(
        after_help = "Read are, as JSON and told by their members: list-command-invocations --details, \
get-command-invocation, list-commands, describe-instance-patch-states[-for-patch-group], \
describe-maintenance-window-execution-task-invocations, get-maintenance-window-execution-task[-invocation]; and for the \
patch groups and systems of nodes describe-instance-information, ec2 describe-instances, ec2 describe-tags, \
list-tags-for-resource (in a file named after the node). AWS is not asked. A group with fewer than 30 Scans or Installs is given those of all groups. \
Comments say how many operations a value was made of, and what is assumed; what is left out is listed on stderr."
    )]
    History {
        /// The folder with the answers: files below it whose names end in .json; or one file
        dir: PathBuf,
        /// Put the behaviours into a copy of this scenario, for the pools of their patch groups; write it to the
        /// same folder if the scenario names files
        #[arg(long, value_name = "FILE")]
        scenario: Option<PathBuf>,
        /// File to write; an existing one is never overwritten. Without it the answer is printed
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Count Installs that took no longer than Scans, too: they are left out as if they had found nothing to
        /// install
        #[arg(long)]
        all_installs: bool,
        /// What to print; json are the figures of the fit
        #[arg(long, value_enum, default_value_t = HistoryFormat::Toml)]
        format: HistoryFormat,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HistoryFormat {
    Toml,
    Json,
}
