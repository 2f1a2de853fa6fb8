//! What `patchbench schema` takes.

use clap::ValueEnum;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// Scenario files, as TOML or as the same document in JSON
    Scenario,
    /// summary.json of a result folder, which `run --format json` prints, too
    Summary,
}
