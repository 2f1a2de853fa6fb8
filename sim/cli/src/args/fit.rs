//! What can be typed after `fit`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use patchbench_study::{PrecisionTarget, Selector};

use super::{RunFormat, ScenarioArguments};

#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("wanted").required(true).args(["least", "largest", "best", "pareto"]),
    after_help = "Examples:\n  \
fit fleet.toml --least window.Prod.task.0.max_concurrency=1..60 --assert 'all in time'\n  \
fit fleet.toml --largest baseline.Prod.rule.0.approve_after_days=0..14\n  \
fit fleet.toml --best window.Prod.schedule=@schedules.txt --metric exposure --min-effect 1%\n  \
fit fleet.toml --pareto exposure,stop --vary window.Prod.task.0.max_errors=0,1,5 \\\n                 \
--vary window.Prod.task.0.max_concurrency=2,4,8\n\
LEVELS are values separated by commas, ranges such as 1..60, 2h..8h:30m and 10%..50%:10%, or @FILE with one on each line. \
Exit code 4: no level fits."
)]
pub(crate) struct Fit {
    /// The scenario file
    pub(crate) file: PathBuf,
    /// The smallest of these levels at which the assertions hold
    #[arg(long, value_name = "PATH=LEVELS")]
    pub(crate) least: Option<String>,
    /// The largest of these levels at which the assertions hold
    #[arg(long, value_name = "PATH=LEVELS")]
    pub(crate) largest: Option<String>,
    /// The best of these levels by --metric, in no order
    #[arg(long, value_name = "PATH=LEVELS", requires = "metric")]
    pub(crate) best: Option<String>,
    /// The settings of the --vary options that none dominates in these responses, such as exposure,stop
    #[arg(long, value_name = "METRICS", requires = "vary")]
    pub(crate) pareto: Option<String>,
    /// With --pareto: a factor and its levels; several times
    #[arg(long, value_name = "PATH=LEVELS", conflicts_with_all = ["least", "largest", "best"])]
    pub(crate) vary: Vec<String>,
    /// With --least and --largest: only this assertion; several times
    #[arg(long = "assert", value_name = "NAME", conflicts_with_all = ["best", "pareto"])]
    pub(crate) assertions: Vec<String>,
    /// With --least and --largest: in which share of the replications the assertions are to hold, instead of
    /// their own `in`; bounds of probabilities stay
    #[arg(long = "in", value_name = "SHARE", value_parser = share, conflicts_with_all = ["best", "pareto"])]
    pub(crate) share: Option<f64>,
    /// With --best: the response that is to be good, such as exposure or stop:task=Prod / patch
    #[arg(long, value_name = "METRIC", value_parser = Selector::parse, conflicts_with_all = ["least", "largest", "pareto"])]
    pub(crate) metric: Option<Selector>,
    /// With --best and --pareto: differences up to this count as none: 0.5d, 5% of the first level, 2; or
    /// METRIC=WIDTH, several times
    #[arg(long, value_name = "WIDTH", value_parser = PrecisionTarget::parse, conflicts_with_all = ["least", "largest"])]
    pub(crate) min_effect: Vec<PrecisionTarget>,
    #[command(flatten)]
    pub(crate) scenario: ScenarioArguments,
    /// Number of replications of the scenario
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) reps: Option<u64>,
    /// At most so many replications of a level; 16 times those of the scenario when absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..))]
    pub(crate) max_reps: Option<u64>,
    /// Seed of all draws, the same for all levels
    #[arg(long, value_name = "SEED")]
    pub(crate) seed: Option<u64>,
    /// Threads; the results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Folder for the results; none are written without it
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace a finished result in that folder
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
    /// Write every table as Parquet, too; takes a build with the feature parquet
    #[arg(long, requires = "out")]
    pub(crate) parquet: bool,
    /// What to print
    #[arg(long, value_enum, default_value_t = RunFormat::Human)]
    pub(crate) format: RunFormat,
}

/// A share of the replications: `0.95` or `95%`.
fn share(text: &str) -> Result<f64, String> {
    let percent = text
        .strip_suffix('%')
        .and_then(|percent| percent.trim().parse::<f64>().ok());
    let share = percent
        .map(|percent| percent / 100.0)
        .or_else(|| text.parse().ok());
    share
        .filter(|share| *share > 0.0 && *share <= 1.0)
        .ok_or_else(|| "write a share above 0 and up to 1, such as 0.95 or 95%".to_owned())
}
