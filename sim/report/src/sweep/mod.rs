//! Sweeps: one record a design, which files and screens are made from one after the other.

mod json;
mod manifest;
mod markdown;
mod tables;
mod text;

use patchbench_scenario::Sweep;
use patchbench_study::{
    Better, DesignPoint, Designs, Precision, Selector, TalliedResponse, Unselected, headline,
};
use serde::{Deserialize, Serialize};

pub use json::sweep_json;
pub use manifest::{Hashed, SweepManifest, VariedFactor, text_hash};
pub use markdown::sweep_markdown;
pub(crate) use tables::{DESIGN_COLUMNS, DESIGN_DESCRIPTION};
pub use tables::{csv_line, design_columns, design_row, metric_columns, metric_rows, sweep_csv};
pub use text::sweep_text;
pub(crate) use text::{axis_name, factor_words, level_name, ranked};

use crate::chart::sweep_charts;
use crate::csv_table::cell_text;
use crate::html::sweep_page;
use crate::manifest::sha256;
use crate::plot::plots;
use crate::tables::{METRIC_COLUMNS, metric_cells};
use crate::{PlotError, ReportFile};

/// What is kept of a design that was played: its estimates, as `metrics.csv` has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweptDesign {
    /// What it depends on, see [`design_key`].
    pub key: String,
    /// SHA-256 over the scenario's canonical form and its inputs.
    pub scenario_hash: String,
    /// Replications played.
    pub replications: u64,
    /// Rows of `metrics.csv`.
    pub metrics: Vec<Vec<String>>,
}

impl SweptDesign {
    /// What is kept of what so many replications say.
    pub fn new(
        key: String,
        scenario_hash: &str,
        (replications, responses): (u64, &[TalliedResponse]),
    ) -> Self {
        let row = |response: &TalliedResponse| {
            let cells = metric_cells(&response.row());
            cells.iter().map(cell_text).collect()
        };
        Self {
            key,
            scenario_hash: scenario_hash.to_owned(),
            replications,
            metrics: responses.iter().map(row).collect(),
        }
    }

    /// The row of the response that is meant.
    ///
    /// # Errors
    /// When there is none, or when there are several.
    pub fn select(&self, selector: &Selector) -> Result<&[String], Unselected> {
        let key =
            |row: &Vec<String>| [0, 1, 2, 3, 4].map(|column| row.get(column).cloned().unwrap_or_default());
        selector.choose(&self.metrics, key).map(Vec::as_slice)
    }
}

/// What the estimates of a design depend on, in hexadecimal: its scenario, seed, replications or the wanted
/// precision, and the version of the program.
pub fn design_key(
    scenario_hash: &str,
    seed: u64,
    replications: u64,
    precision: Option<&Precision>,
) -> String {
    let precision = precision.map_or_else(String::new, |wanted| {
        let targets: Vec<String> = wanted.targets.iter().map(ToString::to_string).collect();
        format!("{} from {} to {}", targets.join(" "), wanted.first, wanted.most)
    });
    let count = if precision.is_empty() { replications } else { 0 };
    let version = env!("CARGO_PKG_VERSION");
    let text = format!("{version}\n{scenario_hash}\n{seed}\n{count}\n{precision}");
    sha256(text.as_bytes())[..32].to_owned()
}

/// Metrics that are shown when none is asked for: the headline ones.
pub fn headline_metrics(responses: &[TalliedResponse]) -> Vec<Selector> {
    let headline = headline(responses).into_iter();
    headline
        .map(|response| Selector::of(response.key.metric))
        .collect()
}

/// The page and the plots of a sweep; `command` repeats it.
///
/// # Errors
/// When a plot cannot be drawn.
pub fn sweep_pictures(report: SweepReport<'_>, command: &[String]) -> Result<Vec<ReportFile>, PlotError> {
    let charts = sweep_charts(report);
    let mut files = vec![ReportFile::new(
        "report.html",
        sweep_page(report, command, &charts),
    )];
    files.extend(plots(charts.iter().map(|(_, chart)| chart))?);
    Ok(files)
}

/// What a sweep is about.
#[derive(Clone, Copy, Debug)]
pub struct SweepReport<'a> {
    /// Name of the scenario.
    pub scenario: &'a str,
    /// Factors and levels.
    pub sweep: &'a Sweep,
    /// The design points.
    pub designs: &'a Designs<'a>,
    /// Seed of all draws.
    pub seed: u64,
    /// The responses that are shown.
    pub shown: &'a [Shown],
    /// The least and the largest number of replications of a design.
    pub replications: (u64, u64),
}

/// A response that is shown, of all designs.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What was asked for.
    pub selector: Selector,
    /// What it is about, such as `stop (Prod / patch)`, by the first design that has it.
    pub title: String,
    /// Unit of its figures.
    pub unit: String,
    /// Figures by design.
    pub figures: Vec<Figure>,
}

/// The estimates of one response of one design; what is missing is not a number. So small that a hundred
/// thousand designs fit into memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Replications that say anything; none where the design has no such response.
    pub n: u32,
    /// Of these, not reached within the horizon.
    pub censored: u32,
    /// Estimate, both ends of its interval, 5th percentile, median, 95th percentile.
    values: [f64; 6],
}

impl Figure {
    const NONE: Self = Self {
        n: 0,
        censored: 0,
        values: [f64::NAN; 6],
    };

    fn of(row: &[String]) -> Self {
        let column = |name: &str| {
            let place = METRIC_COLUMNS.iter().position(|column| column.name == name);
            place.and_then(|place| row.get(place)).map_or("", String::as_str)
        };
        let number = |name: &str| column(name).parse().unwrap_or(f64::NAN);
        Self {
            n: column("n").parse().unwrap_or(0),
            censored: column("censored").parse().unwrap_or(0),
            values: ["estimate", "low", "high", "p05", "p50", "p95"].map(number),
        }
    }

    fn value(&self, place: usize) -> Option<f64> {
        Some(self.values[place]).filter(|value| !value.is_nan())
    }

    /// Mean, or probability.
    pub fn estimate(&self) -> Option<f64> {
        self.value(0)
    }

    /// Its interval.
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.value(1).zip(self.value(2))
    }

    /// 95th percentile over the replications.
    pub fn p95(&self) -> Option<f64> {
        self.value(5)
    }

    /// The figure that designs are ranked by: the estimate, or the median where anything is censored, or
    /// beyond every figure where the median is.
    pub fn rank(&self) -> Option<f64> {
        let beyond = || (self.censored > 0).then_some(f64::INFINITY);
        self.estimate().or_else(|| self.value(4)).or_else(beyond)
    }
}

impl Shown {
    /// A response without figures yet.
    pub const fn new(selector: Selector) -> Self {
        Self {
            selector,
            title: String::new(),
            unit: String::new(),
            figures: Vec::new(),
        }
    }

    /// What it is about, or what was asked for where no design has it.
    pub fn title(&self) -> &str {
        if self.title.is_empty() {
            &self.selector.metric
        } else {
            &self.title
        }
    }

    /// Takes the figures of the next design.
    pub fn push(&mut self, design: &SweptDesign) {
        let row = design.select(&self.selector).ok();
        if let Some(row) = row.filter(|_| self.title.is_empty()) {
            let parts: Vec<&str> = row[1..5]
                .iter()
                .map(String::as_str)
                .filter(|part| !part.is_empty())
                .collect();
            self.title = match parts.as_slice() {
                [] => row[0].clone(),
                parts => format!("{} ({})", row[0], parts.join(", ")),
            };
            self.unit.clone_from(&row[5]);
        }
        self.figures.push(row.map_or(Figure::NONE, Figure::of));
    }

    /// Which figures are better.
    pub fn better(&self) -> Option<Better> {
        Better::of(&self.selector.metric)
    }

    /// Whether it is a probability or a share.
    pub fn is_share(&self) -> bool {
        crate::compare::is_share(&self.unit)
    }
}

/// The levels of a point as they are shown, factor by factor.
pub(crate) fn labels<'s>(sweep: &'s Sweep, point: &DesignPoint) -> Vec<&'s str> {
    let axes = sweep.axes.iter().zip(point);
    axes.flat_map(|(axis, level)| {
        axis.factors.iter().map(move |factor| match level {
            Some(level) => factor.label(*level),
            None => factor.now_label(),
        })
    })
    .collect()
}
