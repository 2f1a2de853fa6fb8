//! What `patchbench import shorthand` takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(
    after_help = "The answer is what the AWS CLI's own parser makes of the text, before an operation asks for \
numbers or lists. A text that begins with { or [ is JSON to the AWS CLI, so it is refused here. After @= a value \
file://PATH is what the file has, as UTF-8; PATH is taken as it stands, without ~ and variables. More than 32 \
brackets inside each other are refused.\n\
Exit codes: 3 no shorthand; with --file only if a line is no JSON text."
)]
pub(crate) struct Shorthand {
    /// A value of an option, such as Key=tag:Env,Values=Prod,Stage
    #[arg(allow_hyphen_values = true, required_unless_present = "file")]
    pub(crate) text: Option<String>,
    /// Read many texts, each a JSON text on a line of its own, and answer each on a line (jsonl)
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    pub(crate) file: Option<PathBuf>,
    /// What to print; human when absent, jsonl for --file
    #[arg(long, value_enum)]
    pub(crate) format: Option<ShorthandFormat>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShorthandFormat {
    /// Each value on a line, behind the names that lead to it
    Human,
    /// The value
    Json,
    /// One line: {"value": …}, or {"error": "…"} for a text that is no shorthand
    Jsonl,
}
