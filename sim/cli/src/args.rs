//! What can be typed.

mod cloudformation;
mod export;
mod fit;
mod import;
mod launch;
mod report;
mod schema;
mod shards;
mod shorthand;
mod terraform;

use std::path::PathBuf;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use patchbench_kernel::SimTime;
use patchbench_model::catalog::presets::Preset;
use patchbench_model::clock::from_utc;
use patchbench_study::{MOST, PrecisionTarget, Selector};

pub(crate) use export::{Export, ExportAws};
pub(crate) use fit::Fit;
pub(crate) use import::{HistoryFormat, Import};
pub(crate) use launch::{Launch, LaunchBatch, LaunchFormat, LaunchKubernetes, LaunchSlurm, Shared};
pub(crate) use report::Report;
pub(crate) use schema::SchemaOf;
pub(crate) use shards::{Merge, Missing, ShardOption, Status};
pub(crate) use shorthand::{Shorthand, ShorthandFormat};
pub(crate) use terraform::{RuleBothChoice, Terraform};

/// Simulator and scheduler test bench for AWS Systems Manager Patch Manager.
///
/// Predicts when patches are approved, how a rollout goes and how likely the error threshold stops
/// it, before it happens.
#[derive(Debug, Parser)]
#[command(name = "patchbench", version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 fine, 1 could not finish, 2 wrong command line, 3 invalid scenario, \
4 an assertion failed, no level fits or a repeated result differs, 5 a compared design is worse (--fail-if-worse), 6 parts of shards are missing, 7 shards need another \
round, 130 interrupted."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// No notes, warnings or progress
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Replay a scenario many times and predict approvals, rollout timing and error-threshold stops
    Run(Run),
    /// Compare scenarios, or variants of one, on common random numbers
    Compare(Compare),
    /// Find the least, largest or best level of a setting, or the settings that none dominates
    Fit(Fit),
    /// Vary values of a scenario, and play every combination on common random numbers
    Sweep(Sweep),
    /// Write what an engine needs to play a run or sweep in shards
    Launch {
        /// The engine
        #[command(subcommand)]
        on: Launch,
    },
    /// Make the result of the shards of a run or sweep
    Merge(Merge),
    /// Say which shards are still to be played
    Missing(Missing),
    /// Say how far the shards have come, and when they may be done
    Status(Status),
    /// Draw the page, plots and summary of a result again, as this version draws them
    Report(Report),
    /// Check scenarios: are they valid, and what would surprise
    Check(Check),
    /// When do windows open
    Windows(Windows),
    /// Which patch is approved when, by which rule, and which window installs it first
    Approvals(Approvals),
    /// Write a generated release stream as a file to edit and replay
    Releases(Releases),
    /// Explain why a node has a patch or not, how far a patch came, what a window's opening left, or a
    /// diagnostic code
    Explain(Explain),
    /// Check the program on this machine: closed forms, random worlds, determinism
    Verify(Verify),
    /// Make a scenario of a configuration of AWS
    Import {
        /// What is read
        #[command(subcommand)]
        from: Import,
    },
    /// Make a configuration of AWS of a scenario
    Export {
        /// What is written
        #[command(subcommand)]
        to: Export,
    },
    /// Print a commented scenario to start from, or write it to a file
    Init(Init),
    /// Print the JSON Schema of scenario files or of summary.json
    Schema {
        /// Of what
        #[arg(value_enum)]
        of: SchemaOf,
    },
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// A scenario with changes.
#[derive(Clone, Debug, Args)]
pub(crate) struct ScenarioArguments {
    /// Change a value of the scenario, such as nodes.web.count=80; quote keys with dots or blanks
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The scenario file
    #[arg(required_unless_present = "again")]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) scenario: ScenarioArguments,
    #[command(flatten)]
    pub(crate) factors: FactorArguments,
    /// With --vary: the response to show, as in sweep
    #[arg(long = "metric", value_name = "METRIC", value_parser = Selector::parse, requires = "vary")]
    pub(crate) metrics: Vec<Selector>,
    #[command(flatten)]
    pub(crate) study: StudyArguments,
    /// Play one of many shards only, into a folder of parts (--out) that `merge` makes the result of: 3/16, or
    /// auto where an engine says which
    #[arg(long, value_name = "I/N", value_parser = ShardOption::parse, requires = "out", conflicts_with = "force")]
    pub(crate) shard: Option<ShardOption>,
    /// Folder for the results; reports/ and the name of the scenario file when absent
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace a finished result in that folder
    #[arg(long)]
    pub(crate) force: bool,
    /// Write the history of the first replication, every fact with its cause
    #[arg(long)]
    pub(crate) trace: bool,
    /// Write every table as Parquet, too; takes a build with the feature parquet
    #[arg(long)]
    pub(crate) parquet: bool,
    /// Write the outcomes of the assertions to this file as JUnit XML; it is replaced
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// What to print
    #[arg(long, value_enum, default_value_t = RunFormat::Human)]
    pub(crate) format: RunFormat,
    /// Whether an inconclusive assertion fails
    #[arg(long, value_enum, default_value_t = Inconclusive::Pass)]
    pub(crate) inconclusive: Inconclusive,
    /// Repeat the result of this manifest, or folder of results, and name the first difference
    #[arg(long, value_name = "MANIFEST", conflicts_with_all = ["file", "set", "reps", "seed", "precision", "max_reps", "trace", "parquet", "out", "vary", "shard"])]
    pub(crate) again: Option<PathBuf>,
}

/// How a scenario is studied.
#[derive(Clone, Debug, Args)]
pub(crate) struct StudyArguments {
    /// Number of replications; with --precision: at least so many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) reps: Option<u64>,
    /// Seed of all draws
    #[arg(long, value_name = "SEED")]
    pub(crate) seed: Option<u64>,
    /// Threads; the results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Add replications until 95 % intervals are at most this far to each side: 5% of the estimate (of a
    /// probability: points), 0.01, 0.5d; or METRIC=WIDTH, several times
    #[arg(long, value_name = "WIDTH", value_parser = PrecisionTarget::parse)]
    pub(crate) precision: Vec<PrecisionTarget>,
    /// With --precision: at most so many replications
    #[arg(long, value_name = "N", requires = "precision", default_value_t = MOST, value_parser = clap::value_parser!(u64).range(2..))]
    pub(crate) max_reps: u64,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
compare before.toml after.toml --fail-if-worse --min-effect 0.5d\n  \
compare base.toml --variant wider --set window.Prod.task.patch.max_concurrency=10% \\\n                    \
--variant faster --set window.Prod.task.patch.max_concurrency=20%\n\
The first design is the base. --set before any --variant changes all designs.")]
pub(crate) struct Compare {
    /// The scenario files; the first one is the base
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// A variant of the first file by this name; the --set options after it make it
    #[arg(long = "variant", value_name = "NAME")]
    pub(crate) variants: Vec<String>,
    #[command(flatten)]
    pub(crate) scenario: ScenarioArguments,
    #[command(flatten)]
    pub(crate) study: StudyArguments,
    /// Response to show, such as exposure or stop:task=Prod / patch; several times. The first one ranks the
    /// designs. Without it: time_to_coverage_95, exposure and stop
    #[arg(long = "metric", value_name = "METRIC", value_parser = Selector::parse)]
    pub(crate) metrics: Vec<Selector>,
    /// Figures of patches are about this one alone, by id or knowledge base number
    #[arg(long, value_name = "PATCH")]
    pub(crate) only: Option<String>,
    /// Differences up to this count as none: 0.5d, 5% of the base, 2; or METRIC=WIDTH, several times
    #[arg(long, value_name = "WIDTH", value_parser = PrecisionTarget::parse)]
    pub(crate) min_effect: Vec<PrecisionTarget>,
    /// Exit with 5 if a design is worse than the base in a response that is shown, or fails an assertion
    /// that the base passes; with 4 if it fails another assertion
    #[arg(long)]
    pub(crate) fail_if_worse: bool,
    /// With --fail-if-worse: whether an inconclusive assertion fails
    #[arg(long, value_enum, default_value_t = Inconclusive::Pass)]
    pub(crate) inconclusive: Inconclusive,
    /// Folder for the results; reports/ and the name of the first file with -compare when absent
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace a finished result in that folder
    #[arg(long)]
    pub(crate) force: bool,
    /// Write every table as Parquet, too; takes a build with the feature parquet
    #[arg(long)]
    pub(crate) parquet: bool,
    /// Write the outcomes of all designs' assertions to this file as JUnit XML; it is replaced
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Append the comparison as Markdown to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
    /// What to print
    #[arg(long, value_enum, default_value_t = RunFormat::Human)]
    pub(crate) format: RunFormat,
}

/// What is varied.
#[derive(Clone, Debug, Args)]
pub(crate) struct FactorArguments {
    /// Vary a value: nodes.web.count=50,100 or a range FROM..TO:STEP, such as 0..14, 10%..50%:10%, 2h..8h:30m;
    /// several times for several factors; =@FILE reads one level a line
    #[arg(long, value_name = "PATH=LEVELS")]
    pub(crate) vary: Vec<String>,
    /// A value that goes along with the --vary before it, level by level
    #[arg(long, value_name = "PATH=LEVELS", requires = "vary")]
    pub(crate) zip: Vec<String>,
    /// Keep combinations for which this holds, such as 'cutoff < duration and count * 2 <= 100'
    #[arg(long = "where", value_name = "EXPR")]
    pub(crate) condition: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
sweep fe.toml --vary window.Prod.task.0.max_concurrency=2,4,6,8,9,10,15 --metric fit\n  \
sweep fe.toml --vary baseline.prod.rule.0.approve_after_days=0..14 --vary nodes.web.count=50,100 --list\n  \
sweep fe.toml --vary window.Prod.duration=2..6 --zip window.Prod.cutoff=0,1,1,2,2 --one-at-a-time\n\
A sweep that was interrupted goes on when it is started again; designs that were played are not played again, \
also when factors are added. So a finished sweep of the same scenario in the folder is replaced without --force.")]
pub(crate) struct Sweep {
    /// The scenario file; factors come from its `[sweep]` table without --vary
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) scenario: ScenarioArguments,
    #[command(flatten)]
    pub(crate) factors: FactorArguments,
    /// Instead of all combinations N that cover the levels of each factor evenly (Latin hypercube)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "one_at_a_time")]
    pub(crate) lhs: Option<u64>,
    /// The scenario as it is, then each factor at each of its levels with everything else as it is
    #[arg(long)]
    pub(crate) one_at_a_time: bool,
    /// Refuse more designs than this
    #[arg(long, value_name = "N", default_value_t = Self::MOST_DESIGNS, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub(crate) max_designs: u64,
    /// Say how many designs and runs there are, and how long they would take; play nothing
    #[arg(long)]
    pub(crate) list: bool,
    #[command(flatten)]
    pub(crate) study: StudyArguments,
    /// Response to show, such as fit or stop:task=Prod / patch; several times. Without it:
    /// time_to_coverage_95, exposure and stop
    #[arg(long = "metric", value_name = "METRIC", value_parser = Selector::parse)]
    pub(crate) metrics: Vec<Selector>,
    /// Play one of many shards only, into a folder of parts (--out), as with run
    #[arg(long, value_name = "I/N", value_parser = ShardOption::parse, requires = "out", conflicts_with_all = ["force", "list"])]
    pub(crate) shard: Option<ShardOption>,
    /// Folder for the results; reports/ and the name of the file with -sweep when absent
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace another finished result in that folder
    #[arg(long)]
    pub(crate) force: bool,
    /// Write every table as Parquet, too; takes a build with the feature parquet
    #[arg(long)]
    pub(crate) parquet: bool,
    /// What to print
    #[arg(long, value_enum, default_value_t = SweepFormat::Human)]
    pub(crate) format: SweepFormat,
}

impl Sweep {
    /// Designs of a sweep, unless more are allowed.
    pub(crate) const MOST_DESIGNS: u64 = 100_000;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SweepFormat {
    Human,
    Json,
    Csv,
    Markdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Inconclusive {
    Pass,
    Fail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunFormat {
    Human,
    Json,
    Markdown,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The scenario files
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) scenario: ScenarioArguments,
    /// Treat warnings as errors
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Windows {
    /// A scenario file, for the windows in it
    #[arg(conflicts_with = "schedule", required_unless_present = "schedule")]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) scenario: ScenarioArguments,
    /// A schedule expression such as 'cron(0 16 ? * TUE *)'
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) schedule: Option<String>,
    /// Time zone of the schedule (IANA name); UTC when absent
    #[arg(long, value_name = "ZONE", requires = "schedule")]
    pub(crate) timezone: Option<String>,
    /// Schedule offset in days, 1 to 6
    #[arg(long, value_name = "DAYS", requires = "schedule")]
    pub(crate) offset: Option<u8>,
    /// Start date of the schedule (RFC 3339, or a date for its midnight UTC)
    #[arg(long, value_name = "TIME", requires = "schedule")]
    pub(crate) start: Option<String>,
    /// End date of the schedule (RFC 3339, or a date for its midnight UTC)
    #[arg(long, value_name = "TIME", requires = "schedule")]
    pub(crate) end: Option<String>,
    /// Openings strictly after this instant (RFC 3339, or a date for its midnight UTC); for a scenario
    /// its start when absent
    #[arg(long, value_name = "TIME", required_unless_present = "file")]
    pub(crate) from: Option<String>,
    /// How many openings
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) count: u32,
    /// Only this window of the scenario, by name
    #[arg(long, value_name = "NAME", conflicts_with = "schedule")]
    pub(crate) window: Option<String>,
    /// Also write the openings as a calendar (iCalendar); a calendar of ours is replaced, no other file is
    #[arg(long, value_name = "FILE")]
    pub(crate) ics: Option<PathBuf>,
    /// What to print
    #[arg(long, value_enum, default_value_t = TableFormat::Human)]
    pub(crate) format: TableFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Approvals {
    /// The scenario file
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) scenario: ScenarioArguments,
    /// Ask about one patch that is released then, in place of the scenario's streams (RFC 3339, or a date)
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) release: Option<SimTime>,
    /// Vendor severity of that patch
    #[arg(
        long,
        value_name = "SEVERITY",
        requires = "release",
        default_value = "Critical"
    )]
    pub(crate) severity: String,
    /// Its classification; SecurityUpdates (Windows) or Security when absent
    #[arg(long, value_name = "CLASSIFICATION", requires = "release")]
    pub(crate) classification: Option<String>,
    /// Its product; fits all products when absent
    #[arg(long, value_name = "PRODUCT", requires = "release")]
    pub(crate) product: Option<String>,
    /// What to print
    #[arg(long, value_enum, default_value_t = TableFormat::Human)]
    pub(crate) format: TableFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    Human,
    Json,
    Csv,
}

#[derive(Debug, Args)]
#[command(
    after_help = "The CSV has the columns that [releases.NAME] with kind = \"file\" reads. In a scenario, \
kind = \"preset\" with preset = \"NAME\" draws such a stream anew in each replication."
)]
pub(crate) struct Releases {
    /// A scenario file, for the patches of its replication 0
    #[arg(conflicts_with_all = ["preset", "list"], required_unless_present_any = ["preset", "list"])]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) scenario: ScenarioArguments,
    /// Release as this preset does
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(preset_names()), requires_all = ["from", "to"])]
    pub(crate) preset: Option<String>,
    /// First day of the stream, or instant (RFC 3339)
    #[arg(long, value_name = "DATE", value_parser = instant, requires = "preset")]
    pub(crate) from: Option<SimTime>,
    /// End of the stream, exclusive
    #[arg(long, value_name = "DATE", value_parser = instant, requires = "preset")]
    pub(crate) to: Option<SimTime>,
    /// Use the preset's figures of this year throughout
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i32).range(1970..=2199), requires = "preset")]
    pub(crate) year: Option<i32>,
    /// Product to release for; several times for several products
    #[arg(long = "product", value_name = "NAME", requires = "preset")]
    pub(crate) products: Vec<String>,
    /// Seed of all draws; 42, or the scenario's own, when absent
    #[arg(long, value_name = "SEED")]
    pub(crate) seed: Option<u64>,
    /// Name the presets, or one of them with its figures and sources
    #[arg(
        long,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(preset_names().chain([ALL_PRESETS])),
        num_args = 0..=1,
        default_missing_value = ALL_PRESETS,
        hide_possible_values = true,
        conflicts_with_all = ["preset", "seed", "set", "format"]
    )]
    pub(crate) list: Option<String>,
    /// What to print
    #[arg(long, value_enum, default_value_t = ReleasesFormat::Csv)]
    pub(crate) format: ReleasesFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReleasesFormat {
    Csv,
    Json,
}

/// What `--list` without a name stands for.
const ALL_PRESETS: &str = "all";

fn preset_names() -> impl Iterator<Item = &'static str> {
    Preset::ALL.iter().map(|preset| preset.name)
}

/// An instant, or a date for midnight UTC, within the years that scenarios may have.
fn instant(text: &str) -> Result<SimTime, String> {
    let date = || {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        Some(date.and_time(NaiveTime::MIN).and_utc())
    };
    let minute = || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ").ok();
    let instant = DateTime::parse_from_rfc3339(text).ok();
    instant
        .map(|at| at.to_utc())
        .or_else(|| minute().map(|at| at.and_utc()))
        .or_else(date)
        .filter(|at| (1970..2200).contains(&at.year()))
        .map(from_utc)
        .ok_or_else(|| "write 2026-01-01, or 2026-01-01T17:00:00Z; years 1970 to 2199".to_owned())
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
explain fleet.toml --node web-17 --patch KB5031364   does it have it, since when, why not\n  \
explain fleet.toml --patch KB5031364                 how many nodes have it, who is left and why\n  \
explain fleet.toml --window Prod --on 2024-04-07     what one opening did and left\n  \
explain PB012                                        what a diagnostic code means")]
pub(crate) struct Explain {
    /// The scenario file; or a diagnostic code such as PB012
    #[arg(value_name = "FILE|CODE")]
    pub(crate) subject: PathBuf,
    /// The patch, by id or knowledge base number; without --node over the whole fleet
    #[arg(long, value_name = "PATCH")]
    pub(crate) patch: Option<String>,
    /// The node, by name
    #[arg(long, value_name = "NODE", requires = "patch")]
    pub(crate) node: Option<String>,
    /// The instant to answer for (RFC 3339, or a date for its midnight UTC); the end of the simulated
    /// period when absent
    #[arg(long, value_name = "TIME", requires = "patch")]
    pub(crate) at: Option<String>,
    /// A maintenance window, by name: what one opening did and left
    #[arg(long, value_name = "WINDOW", conflicts_with = "patch")]
    pub(crate) window: Option<String>,
    /// The day of the opening in the window's time zone; the first opening that finds something
    /// approved when absent
    #[arg(long, value_name = "DATE", requires = "window")]
    pub(crate) on: Option<NaiveDate>,
    /// The replication to tell about, from 0
    #[arg(long, value_name = "R", default_value_t = 0)]
    pub(crate) replication: u64,
    /// Seed of all draws
    #[arg(long, value_name = "SEED")]
    pub(crate) seed: Option<u64>,
    #[command(flatten)]
    pub(crate) scenario: ScenarioArguments,
    /// What to print
    #[arg(long, value_enum, default_value_t = ExplainFormat::Human)]
    pub(crate) format: ExplainFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    Human,
    Json,
}

#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 every check holds, 1 one does not.")]
pub(crate) struct Verify {
    /// Replications of each closed form; each has a number of its own when absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=10_000_000))]
    pub(crate) reps: Option<u64>,
    /// Random worlds of each family that the engine and a slow, obvious simulation both play
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) worlds: u32,
    /// Also count over so many independent studies how often 95 % intervals contain the truth
    #[arg(long, value_name = "STUDIES", num_args = 0..=1, default_missing_value = "1000", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) coverage: Option<u64>,
    /// A tenth of the replications and few worlds
    #[arg(long)]
    pub(crate) quick: bool,
    /// Seed of all draws
    #[arg(long, value_name = "SEED", default_value_t = 42)]
    pub(crate) seed: u64,
    /// Threads; the results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// What to print
    #[arg(long, value_enum, default_value_t = RunFormat::Human)]
    pub(crate) format: RunFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// File to write; an existing one is never overwritten. Without it the scenario is printed
    pub(crate) file: Option<PathBuf>,
}
