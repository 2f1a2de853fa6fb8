//! `patchbench export`

use std::path::Path;

use patchbench_report::ReportFile;
use patchbench_scenario::{AwsExport, Limits, export_aws};

use super::{load_file, unfinished};
use crate::args::{Export, ExportAws};
use crate::diagnostics;
use crate::exit::Exit;
use crate::folder;
use crate::terminal::Terminal;

pub(crate) fn export(to: &Export, terminal: &mut Terminal) -> Exit {
    let Export::Aws(arguments) = to;
    aws(arguments, terminal).unwrap_or_else(|exit| exit)
}

fn aws(arguments: &ExportAws, terminal: &mut Terminal) -> Result<Exit, Exit> {
    let loaded = load_file(
        &arguments.file,
        &arguments.scenario,
        (Vec::new(), &Limits::default()),
        terminal,
    )?;
    diagnostics::tell(&loaded, terminal);
    let exported = export_aws(&loaded).ok_or(Exit::Invalid)?;
    diagnostics::tell_all(&exported.problems, &loaded.sources, terminal);
    tell_left_out(&exported, terminal);
    match &arguments.out {
        Some(out) => write(&exported, out, arguments.force, terminal)?,
        None => terminal.answer(format!("{:#}\n", exported.as_json())),
    }
    Ok(Exit::Fine)
}

fn tell_left_out(exported: &AwsExport, terminal: &Terminal) {
    if !exported.left_out.is_empty() {
        terminal.note("left out:");
    }
    for line in &exported.left_out {
        terminal.note(&format!("  {line}"));
    }
}

fn write(exported: &AwsExport, out: &Path, force: bool, terminal: &Terminal) -> Result<(), Exit> {
    let files = exported.files().into_iter().map(|(path, text)| ReportFile {
        path,
        bytes: text.into_bytes(),
    });
    let files: Vec<ReportFile> = files.collect();
    folder::write(out, &files, force).map_err(unfinished(terminal))?;
    let shown = out.display();
    terminal.note(&format!(
        "wrote {} requests to {shown}; next: sh {shown}/apply.sh, or patchbench import aws-commands {shown}/apply.sh",
        exported.requests.len()
    ));
    Ok(())
}
