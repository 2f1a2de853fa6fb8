//! `patchbench import terraform`

use std::path::Path;

use patchbench_scenario::{Imported, RuleBoth, import_terraform, import_terraform_change};

use super::import::{tell, written};
use super::init::{there_already, write_new};
use crate::args::{RuleBothChoice, Terraform};
use crate::exit::Exit;
use crate::terminal::Terminal;

pub(super) fn terraform(from: &Terraform, terminal: &mut Terminal) -> Exit {
    let both = match from.rule_both {
        RuleBothChoice::DateWins => RuleBoth::DateWins,
        RuleBothChoice::Error => RuleBoth::Error,
    };
    let (Some(before), Some(after)) = (&from.before, &from.after) else {
        return written(&import_terraform(&from.file, both), from.out.as_deref(), terminal);
    };
    let change = import_terraform_change(&from.file, both);
    for (side, imported) in [("after", &change.after), ("before", &change.before)] {
        tell_side(side, imported, terminal);
    }
    let (Some(earlier), Some(later)) = (&change.before.scenario, &change.after.scenario) else {
        return Exit::Invalid;
    };
    // Both or none.
    if before == after {
        terminal.problem("error: --before and --after name the same file");
        return Exit::WrongCommandLine;
    }
    if let Some(there) = [before, after].into_iter().find(|file| file.exists()) {
        terminal.problem(&there_already(there));
        return Exit::CouldNotFinish;
    }
    let done = write_new(before, earlier, terminal);
    if done != Exit::Fine {
        return done;
    }
    let done = write_new(after, later, terminal);
    if done == Exit::Fine {
        next(before, after, terminal);
    } else {
        // It is this command's own, and of no use alone.
        drop(std::fs::remove_file(before));
    }
    done
}

fn tell_side(side: &str, imported: &Imported, terminal: &Terminal) {
    if !imported.read.is_empty() {
        terminal.note(&format!("{side} the plan:"));
    }
    tell(imported, terminal);
}

fn next(before: &Path, after: &Path, terminal: &Terminal) {
    terminal.note(&format!(
        "next: patchbench compare {} {}",
        before.display(),
        after.display()
    ));
}
