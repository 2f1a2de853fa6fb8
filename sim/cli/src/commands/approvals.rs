//! `patchbench approvals`

use patchbench_kernel::SimTime;
use patchbench_model::world::Plan;
use patchbench_report::{announced_text, approvals_json, approvals_table, approvals_text, to_csv};
use patchbench_scenario::Scenario;
use patchbench_study::{Announced, announced_approvals, approvals as approval_rows};

use super::load_scenario;
use crate::args::{Approvals, TableFormat};
use crate::exit::Exit;
use crate::terminal::Terminal;

pub(crate) fn approvals(arguments: &Approvals, terminal: &mut Terminal) -> Exit {
    let scenario = match load_scenario(&arguments.file, &arguments.scenario, terminal) {
        Ok(scenario) => scenario,
        Err(exit) => return exit,
    };
    if let Some(released) = arguments.release {
        return announced(arguments, &scenario, released, terminal);
    }
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

/// When each patch group gets a patch that is only announced.
fn announced(arguments: &Approvals, scenario: &Scenario, released: SimTime, terminal: &mut Terminal) -> Exit {
    let (start, horizon) = (scenario.config.start, scenario.config.horizon);
    if released < start || released > horizon {
        terminal.problem(&format!(
            "error: --release {released} is outside the simulated period, {start} to {horizon}\n   \
             = help: --set start=… and --set horizon=… move it"
        ));
        return Exit::WrongCommandLine;
    }
    let announced = Announced {
        released,
        severity: arguments.severity.clone(),
        classification: arguments.classification.clone(),
        product: arguments.product.clone(),
    };
    let rows = announced_approvals(&scenario.config, &announced);
    match arguments.format {
        TableFormat::Human => terminal.answer(announced_text(&rows, &announced)),
        TableFormat::Json => terminal.answer(format!("{:#}\n", approvals_json(&rows))),
        TableFormat::Csv => terminal.answer(to_csv(&approvals_table(&rows))),
    }
    Exit::Fine
}
