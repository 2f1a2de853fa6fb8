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

use patchbench_kernel::rows::{Width, force_width};

use args::Arguments;
use exit::Exit;
use terminal::Terminal;

fn main() -> ExitCode {
    // The matches say in which order options stood, which the parsed arguments do not.
    let matches = Arguments::command().get_matches();
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let mut terminal = Terminal::new(&arguments.global);
    let status = match arithmetic() {
        Ok(()) => commands::dispatch(arguments, &matches, &mut terminal),
        Err(problem) => {
            terminal.problem(&format!("error: {problem}"));
            Exit::WrongCommandLine
        }
    };
    terminal.finish(status).into()
}

/// Forces the width of vectors that `PATCHBENCH_ARITHMETIC` names, to check that results do not depend on it.
fn arithmetic() -> Result<(), String> {
    let Some(name) = std::env::var_os("PATCHBENCH_ARITHMETIC") else {
        return Ok(());
    };
    let width = match name.to_str() {
        Some("baseline") => Width::Baseline,
        Some("avx2") => Width::Avx2,
        Some("avx512") => Width::Avx512,
        _ => {
            let name = name.to_string_lossy();
            return Err(format!(
                "PATCHBENCH_ARITHMETIC is `{name}`; there are baseline, avx2 and avx512"
            ));
        }
    };
    if force_width(width) {
        Ok(())
    } else {
        Err(format!(
            "this machine has no {}: PATCHBENCH_ARITHMETIC",
            name.to_string_lossy()
        ))
    }
}
