//! `patchbench import`

use std::path::Path;

use patchbench_scenario::{
    COLLECTING_SCRIPT, Imported, ImportedHistory, import_aws_cli, import_cloudformation, import_commands,
    import_history,
};

use super::init::{write_new, write_text};
use super::shorthand::shorthand;
use super::terraform::terraform;
use crate::args::{HistoryFormat, Import};
use crate::diagnostics;
use crate::exit::Exit;
use crate::terminal::Terminal;

pub(crate) fn import(from: &Import, terminal: &mut Terminal) -> Exit {
    match from {
        Import::AwsCli {
            dir,
            out,
            allow_partial,
            ..
        } => {
            let Some(dir) = dir else {
                terminal.answer(COLLECTING_SCRIPT);
                return Exit::Fine;
            };
            written(&import_aws_cli(dir, *allow_partial), out.as_deref(), terminal)
        }
        Import::AwsCommands { file, out } => written(&import_commands(file), out.as_deref(), terminal),
        Import::Shorthand(arguments) => shorthand(arguments, terminal),
        Import::Cloudformation(from) => {
            let imported = import_cloudformation(&from.file, &from.parameters);
            written(&imported, from.out.as_deref(), terminal)
        }
        Import::Terraform(from) => terraform(from, terminal),
        Import::History {
            dir,
            scenario,
            out,
            all_installs,
            format,
        } => {
            let history = import_history(dir, scenario.as_deref(), *all_installs);
            answer_history(&history, (scenario.is_some(), out.as_deref()), *format, terminal)
        }
    }
}

/// Tells what an import found, and writes or prints the scenario.
pub(super) fn written(imported: &Imported, out: Option<&Path>, terminal: &mut Terminal) -> Exit {
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
fn answer_history(
    history: &ImportedHistory,
    (in_scenario, out): (bool, Option<&Path>),
    format: HistoryFormat,
    terminal: &mut Terminal,
) -> Exit {
    tell(&history.imported, terminal);
    let (Some(text), Some(json)) = (&history.imported.scenario, &history.json) else {
        return Exit::Invalid;
    };
    if let Some(out) = out {
        let written = if in_scenario {
            write_new(out, text, terminal)
        } else {
            write_text(out, text, "paste it into a scenario", terminal)
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

/// What was read, problems, and what was left out.
pub(super) fn tell(imported: &Imported, terminal: &Terminal) {
    if !imported.read.is_empty() {
        terminal.note(&format!("read: {}", imported.read.join(", ")));
    }
    diagnostics::tell_all(&imported.problems, &imported.sources, terminal);
    if !imported.dropped.is_empty() {
        terminal.note("left out:");
    }
    for dropped in &imported.dropped {
        terminal.note(&format!("  {dropped}"));
    }
}
