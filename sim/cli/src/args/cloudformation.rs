//! Arguments of `patchbench import cloudformation`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(
    after_help = "Read are AWS::SSM::PatchBaseline, MaintenanceWindow, MaintenanceWindowTarget and \
MaintenanceWindowTask, and the tags of AWS::EC2::Instance, with the template's parameters, mappings, conditions and \
functions. Nothing is created, and AWS is not asked. What the template does not say is a guess, with a comment in the \
scenario; what is left out is listed on stderr."
)]
pub(crate) struct Cloudformation {
    /// The template, in JSON or YAML; - for standard input
    pub(crate) file: PathBuf,
    /// File to write; an existing one is never overwritten. Without it the scenario is printed
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Value of a parameter of the template, or of one such as AWS::Region
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
    pub(crate) parameters: Vec<(String, String)>,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("NAME=VALUE is expected".to_owned()),
    }
}
