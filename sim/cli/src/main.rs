//! The patchbench command: reads the command line, dispatches, and chooses the exit code.

mod args;
mod commands;
mod diagnostics;
mod exit;
mod folder;
mod progress;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use args::Arguments;
use terminal::Terminal;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut terminal = Terminal::new(&arguments.global);
    let status = commands::dispatch(arguments, &mut terminal);
    terminal.finish(status).into()
}
