//! `patchbench import`

use patchbench_scenario::{Imported, import_cloudformation, import_commands};

use super::init::write_new;
use crate::args::Import;
use crate::diagnostics;
use crate::exit::Exit;
use crate::terminal::Terminal;

pub(crate) fn import(from: &Import, terminal: &mut Terminal) -> Exit {
    let (imported, out) = match from {
        Import::AwsCommands { file, out } => (import_commands(file), out),
        Import::Cloudformation(from) => (import_cloudformation(&from.file, &from.parameters), &from.out),
    };
    tell(&imported, terminal);
    let Some(scenario) = &imported.scenario else {
        return Exit::Invalid;
    };
    if let Some(out) = out {
        return write_new(out, scenario, terminal);
    }
    terminal.answer(scenario);
    Exit::Fine
}

/// Problems, then what was left out.
fn tell(imported: &Imported, terminal: &Terminal) {
    diagnostics::tell_all(&imported.problems, &imported.sources, terminal);
    if !imported.dropped.is_empty() {
        terminal.note("left out:");
    }
    for dropped in &imported.dropped {
        terminal.note(&format!("  {dropped}"));
    }
}
