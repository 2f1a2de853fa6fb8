//! The patchbench command: reads the command line, dispatches, and chooses the exit code.

mod args;
mod commands;
mod diagnostics;
mod exit;
mod folder;
mod progress;
mod terminal;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use args::Arguments;
use terminal::Terminal;

fn main() -> ExitCode {
    // The matches say in which order options stood, which the parsed arguments do not.
    let matches = Arguments::command().get_matches();
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let mut terminal = Terminal::new(&arguments.global);
    let status = commands::dispatch(arguments, &matches, &mut terminal);
    terminal.finish(status).into()
}
