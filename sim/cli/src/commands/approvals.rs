//! `patchbench approvals`

use patchbench_model::world::Plan;
use patchbench_report::{approvals_json, approvals_table, approvals_text, to_csv};
use patchbench_study::approvals as approval_rows;

use super::load_scenario;
use crate::args::{Approvals, TableFormat};
use crate::exit::Exit;
use crate::terminal::Terminal;

pub(crate) fn approvals(arguments: &Approvals, terminal: &mut Terminal) -> Exit {
    let scenario = match load_scenario(&arguments.file, &arguments.scenario, terminal) {
        Ok(scenario) => scenario,
        Err(exit) => return exit,
    };
    let plan = Plan::new(&scenario.config);
    if plan.shared_catalog.is_none() {
        terminal.note(&format!(
            "note: the release stream is drawn; these are the patches of replication 0, seed {}",
            scenario.study.seed
        ));
    }
    let rows = approval_rows(&plan, scenario.study.seed);
    match arguments.format {
        TableFormat::Human => terminal.answer(approvals_text(&rows)),
        TableFormat::Json => terminal.answer(format!("{:#}\n", approvals_json(&rows))),
        TableFormat::Csv => terminal.answer(to_csv(&approvals_table(&rows))),
    }
    Exit::Fine
}
