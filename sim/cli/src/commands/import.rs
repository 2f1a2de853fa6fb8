//! `patchbench import`

use std::path::{Path, PathBuf};

use patchbench_scenario::{Imported, import_cloudformation, import_commands, import_history};

use super::init::{write_new, write_text};
use crate::args::{HistoryFormat, Import};
use crate::diagnostics;
use crate::exit::Exit;
use crate::terminal::Terminal;

pub(crate) fn import(from: &Import, terminal: &mut Terminal) -> Exit {
    match from {
        Import::AwsCommands { file, out } => written(&import_commands(file), out.as_deref(), terminal),
        Import::Cloudformation(from) => {
            let imported = import_cloudformation(&from.file, &from.parameters);
            written(&imported, from.out.as_deref(), terminal)
        }
        Import::History {
            dir,
            scenario,
            out,
            format,
        } => history(dir, (scenario.as_ref(), out.as_ref()), *format, terminal),
    }
}

/// Tells what an import found, and writes or prints the scenario.
fn written(imported: &Imported, out: Option<&Path>, terminal: &mut Terminal) -> Exit {
    tell(imported, terminal);
    let Some(scenario) = &imported.scenario else {
        return Exit::Invalid;
    };
    if let Some(out) = out {
        return write_new(out, scenario, terminal);
    }
    terminal.answer(scenario);
    Exit::Fine
}

/// A scenario or tables of one go to the file; the answer is these without a file, or the figures.
fn history(
    dir: &Path,
    (scenario, out): (Option<&PathBuf>, Option<&PathBuf>),
    format: HistoryFormat,
    terminal: &mut Terminal,
) -> Exit {
    let history = import_history(dir, scenario.map(PathBuf::as_path));
    tell(&history.imported, terminal);
    let (Some(text), Some(json)) = (&history.imported.scenario, &history.json) else {
        return Exit::Invalid;
    };
    if let Some(out) = out {
        let written = match scenario {
            Some(_) => write_new(out, text, terminal),
            None => write_text(out, text, "paste it into a scenario", terminal),
        };
        if written != Exit::Fine {
            return written;
        }
    }
    match (format, out) {
        (HistoryFormat::Json, _) => terminal.answer(json),
        (HistoryFormat::Toml, None) => terminal.answer(text),
        (HistoryFormat::Toml, Some(_)) => {}
    }
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
