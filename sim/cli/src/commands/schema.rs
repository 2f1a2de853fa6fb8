//! `patchbench schema`

use patchbench_report::summary_schema;
use patchbench_scenario::scenario_schema;

use crate::args::SchemaOf;
use crate::exit::Exit;
use crate::terminal::Terminal;

pub(crate) fn schema(of: SchemaOf, terminal: &mut Terminal) -> Exit {
    let schema = match of {
        SchemaOf::Scenario => scenario_schema(),
        SchemaOf::Summary => summary_schema(),
    };
    terminal.answer(format!("{schema:#}\n"));
    Exit::Fine
}
