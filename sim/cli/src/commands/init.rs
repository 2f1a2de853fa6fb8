//! `patchbench init`

use std::fs::OpenOptions;
use std::io::{Error, ErrorKind, Write as _};
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
            terminal.problem(&refusal(file, &error));
            Exit::CouldNotFinish
        }
    }
}

/// Why a file is not written.
fn refusal(file: &Path, error: &Error) -> String {
    let shown = file.display();
    let folder = file.parent().unwrap_or(Path::new(""));
    match error.kind() {
        ErrorKind::AlreadyExists => there_already(file),
        ErrorKind::NotFound if !folder.as_os_str().is_empty() => {
            let folder = folder.display();
            format!(
                "error: {shown} cannot be written: there is no folder {folder}\n   = help: make it: mkdir -p {folder}"
            )
        }
        _ => format!("error: {shown} cannot be written: {error}"),
    }
}

/// What is said of a file that would have to be overwritten.
pub(super) fn there_already(file: &Path) -> String {
    let shown = file.display();
    format!("error: {shown} exists: it is not overwritten\n   = help: name another file, or remove it first")
}
