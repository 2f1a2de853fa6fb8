//! What `patchbench report` takes.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(
    after_help = "The result is made once more, as `run --again` does. Only if its figures are those of the folder \
are the page, plots, summary.md and calendar.ics replaced, together with the manifest; files that are no part of \
the result stay. Start it where the result was made: scenario files are found from there. A run whose scenario \
reads no other files is drawn from the scenario that its folder keeps, if the file is gone.\n\
Exit codes: 3 no folder of results, 4 its figures differ, and nothing is changed."
)]
pub(crate) struct Report {
    /// The folder of results: of a run, comparison, sweep or search
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Write the page alone to this file, which is replaced, and leave the folder as it is
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}
