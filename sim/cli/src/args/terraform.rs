//! Arguments of `patchbench import terraform`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(
    after_help = "The file is what `terraform show -json plan.out` or `terraform show -json` prints; OpenTofu's is read, \
too. Read are aws_ssm_patch_baseline, aws_ssm_patch_group, aws_ssm_default_patch_baseline, aws_ssm_maintenance_window, \
its targets and tasks, and the tags of aws_instance. Neither Terraform nor AWS is asked. What the file does not say is a \
guess, with a comment in the scenario; what is left out is listed on stderr."
)]
pub(crate) struct Terraform {
    /// The plan or state, in JSON; - for standard input
    pub(crate) file: PathBuf,
    /// File to write what there is after the plan; an existing one is never overwritten. Without it the scenario is
    /// printed
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// File to write what there is before the plan, for `patchbench compare`
    #[arg(long, value_name = "FILE", requires = "after", conflicts_with = "out")]
    pub(crate) before: Option<PathBuf>,
    /// File to write what there is after the plan
    #[arg(long, value_name = "FILE", requires = "before", conflicts_with = "out")]
    pub(crate) after: Option<PathBuf>,
    /// What becomes of an approval rule with both a delay and a date; the provider sends the date
    #[arg(long, value_enum, default_value_t = RuleBothChoice::DateWins)]
    pub(crate) rule_both: RuleBothChoice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RuleBothChoice {
    #[value(name = "date_wins")]
    DateWins,
    #[value(name = "error")]
    Error,
}
