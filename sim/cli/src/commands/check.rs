//! `patchbench check`

use patchbench_scenario::{Limits, Severity};

use super::load_file;
use crate::args::Check;
use crate::diagnostics;
use crate::exit::Exit;
use crate::terminal::Terminal;

pub(crate) fn check(arguments: &Check, terminal: &mut Terminal) -> Exit {
    let mut exit = Exit::Fine;
    for file in &arguments.files {
        let loaded = match load_file(
            file,
            &arguments.scenario,
            (Vec::new(), &Limits::default()),
            terminal,
        ) {
            Ok(loaded) => loaded,
            Err(exit) => return exit,
        };
        diagnostics::tell(&loaded, terminal);
        let count = |severity: Severity| {
            loaded
                .problems
                .iter()
                .filter(|problem| problem.severity == severity)
                .count()
        };
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let verdict = if errors > 0 { "invalid" } else { "valid" };
        terminal.answer(format!(
            "{}: {verdict}, {}, {}\n",
            file.display(),
            number(errors, "error"),
            number(warnings, "warning")
        ));
        if errors > 0 || (arguments.strict && warnings > 0) {
            exit = Exit::Invalid;
        }
    }
    exit
}

fn number(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}
