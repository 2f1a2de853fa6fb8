//! Scenario files and release streams: read, checked, resolved.
//!
//! Three stages. A TOML document is read into a tree whose every leaf knows its place (`document`);
//! the sections are read from it, names bound, and every problem collected (`read`); the result is
//! a [`Scenario`] with a validated model configuration. Reading never stops at the first problem,
//! and no input makes it panic.

mod aws;
pub mod codes;
mod csv_file;
mod document;
mod files;
mod leaves;
mod lint;
mod numbers;
mod overrides;
mod problem;
mod read;
mod scenario;
mod schema;
mod suggest;
mod sweep;
mod syntax;
mod yaml;

pub use aws::{
    AwsExport, AwsRequest, COLLECTING_SCRIPT, Imported, ImportedHistory, ParsedShorthand, RuleBoth,
    TerraformChange, export_aws, import_answers_texts, import_aws_cli, import_cloudformation,
    import_cloudformation_text, import_commands, import_commands_text, import_history, import_history_texts,
    import_terraform, import_terraform_change, import_terraform_change_text, import_terraform_text,
    parse_shorthand, terraform_baseline,
};
pub use files::{Directory, FileReader, NoFiles};
pub use leaves::{Leaf, LeafChange, LeafPath, differences, text_leaves};
pub use overrides::Override;
pub use problem::{Label, Problem, Severity, Sources};
pub use read::{duration_of, load_text};
pub use scenario::{
    Assertion, Bound, Estimate, InputFile, Limits, Loaded, Metric, Quantity, Scenario, SettingChoice,
    StudySettings, load, template,
};
pub use schema::scenario_schema;
pub use suggest::nearest;
pub use sweep::{Axis, DesignKind, Factor, FactorOption, ReadSweep, Sweep, SweepRequest, read_sweep};
