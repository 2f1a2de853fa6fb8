//! `patchbench init`

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use patchbench_scenario::template;

use crate::args::Init;
use crate::exit::Exit;
use crate::terminal::Terminal;

pub(crate) fn init(arguments: &Init, terminal: &mut Terminal) -> Exit {
    let Some(file) = &arguments.file else {
        terminal.answer(template());
        return Exit::Fine;
    };
    write_new(file, template(), terminal)
}

/// Writes a scenario to a file that does not exist yet.
pub(super) fn write_new(file: &Path, scenario: &str, terminal: &Terminal) -> Exit {
    let next = format!("patchbench run {}", file.display());
    write_text(file, scenario, &next, terminal)
}

/// Writes a text to a file that does not exist yet, and says what comes next.
pub(super) fn write_text(file: &Path, text: &str, next: &str, terminal: &Terminal) -> Exit {
    let created = OpenOptions::new().write(true).create_new(true).open(file);
    match created.and_then(|mut created| created.write_all(text.as_bytes())) {
        Ok(()) => {
            terminal.note(&format!("wrote {}; next: {next}", file.display()));
            Exit::Fine
        }
        Err(error) => {
            terminal.problem(&format!("error: {} cannot be written: {error}", file.display()));
            Exit::CouldNotFinish
        }
    }
}
