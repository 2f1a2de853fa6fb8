//! What charts show, whatever draws them: axes, layers of marks, a legend. One description is drawn into
//! files by [`crate::plot`] and into pages by [`crate::html`], so that both show the same.

mod compare;
mod groups;
mod instants;
mod intervals;
mod occupancy;
mod over_time;
mod rates;
mod run;
mod share;
mod stairs;
mod sweep;
pub(crate) mod ticks;
mod timeline;
mod waits;

use chrono::{DateTime, Utc};
use patchbench_kernel::SimTime;
use patchbench_model::clock::to_utc;
use patchbench_model::config::ModelConfig;

pub(crate) use sweep::{SweepSubject, sweep_charts};

pub(crate) use compare::comparison_charts;
pub(crate) use groups::ALL_GROUPS;
use intervals::{Row, intervals};
pub(crate) use run::{Subject, largest_groups, run_charts};

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chart {
    /// Name of its files.
    pub(crate) name: String,
    /// Above it.
    pub(crate) title: String,
    /// What is to be seen, in a sentence; also what a reader hears who does not see.
    pub(crate) about: String,
    /// What its marks mean.
    pub(crate) legend: Vec<(Key, String)>,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    /// From back to front.
    pub(crate) layers: Vec<Layer>,
}

/// A point in units of the axes; times are in milliseconds, as simulated time counts them.
pub(crate) type Point = (f64, f64);

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Axis {
    /// Instants.
    Time {
        from: SimTime,
        to: SimTime,
        label: String,
    },
    /// Numbers.
    Number {
        from: f64,
        to: f64,
        label: String,
        format: Format,
    },
    /// Rows (or columns) with names, the first one at the top (or left); see [`row`].
    Names { names: Vec<String>, label: String },
}

/// How numbers of an axis are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Shares as percent.
    Percent,
    /// Whole numbers.
    Whole,
    /// Numbers with as many decimals as they need.
    Decimal,
}

/// Colours by meaning; [`crate::plot`] and the style sheet of pages each say which they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    /// What a chart is mainly about.
    Main,
    /// Cutoffs, limits, and what is compared with the main line.
    Limit,
    /// Ends, and what stays in the background.
    End,
    /// Approvals.
    Approval,
    /// Windows.
    Window,
    /// Harm: bad patches, and what became worse.
    Harm,
    /// Change freezes.
    Freeze,
    /// From 0, little, to 9, much.
    Ramp(u8),
}

/// What a mark of the legend looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// The band between two percentiles.
    Band(Paint),
    Line(Paint),
    /// A thin, pale line.
    Faint(Paint),
    Dashed(Paint),
    /// A vertical line.
    Upright(Paint),
    Bar(Paint),
    Dot(Paint),
    /// From little to much.
    Ramp,
}

/// Marks of one kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Layer {
    /// Between two edges.
    Area {
        paint: Paint,
        /// Opacity, 0 to 1.
        tint: f64,
        /// Width of the line around it; 0 for none.
        width: u32,
        /// Lower and upper edge of each stretch.
        stretches: Vec<[Vec<Point>; 2]>,
        reading: Option<Reading>,
    },
    Line {
        paint: Paint,
        tint: f64,
        width: u32,
        dashed: bool,
        points: Vec<Point>,
        reading: Option<Reading>,
    },
    /// Lines over the whole height.
    Uprights {
        paint: Paint,
        dashed: bool,
        marks: Vec<Mark>,
    },
    /// Filled rectangles.
    Bars {
        paint: Paint,
        tint: f64,
        bars: Vec<Bar>,
    },
    /// Short vertical strokes from one height to another.
    Strokes {
        paint: Paint,
        height: [f64; 2],
        marks: Vec<Mark>,
    },
    Dots {
        paint: Paint,
        dots: Vec<Dot>,
    },
    /// Figures in the middle of their places.
    Words {
        /// Whether what lies below is dark.
        on_dark: bool,
        words: Vec<Dot>,
    },
}

/// How values under the pointer are read off a line or an area.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    /// What the values are.
    pub(crate) label: String,
    /// How they are written.
    pub(crate) format: Format,
    /// Where 0 and 1 lie, if not where the axis has them: shares that are drawn in a row.
    pub(crate) lane: Option<[f64; 2]>,
}

/// Something at one place of the x axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mark {
    pub(crate) x: f64,
    /// What it is, in words.
    pub(crate) text: String,
}

/// Something from one place to another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bar {
    pub(crate) x: [f64; 2],
    pub(crate) y: [f64; 2],
    pub(crate) text: String,
}

/// Something at one point.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dot {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) text: String,
}

/// Where the middle of a row lies on an axis of names.
pub(crate) fn row(index: usize, rows: usize) -> f64 {
    rows as f64 - index as f64 - 0.5
}

/// An instant on an axis of time.
pub(crate) fn at(time: SimTime) -> f64 {
    time.millis() as f64
}

impl Key {
    /// Its colour; that of a ramp is the darkest.
    pub(crate) fn paint(self) -> Paint {
        match self {
            Self::Band(paint)
            | Self::Line(paint)
            | Self::Faint(paint)
            | Self::Dashed(paint)
            | Self::Upright(paint)
            | Self::Bar(paint)
            | Self::Dot(paint) => paint,
            Self::Ramp => Paint::Ramp(9),
        }
    }
}

impl Axis {
    /// The simulated period.
    pub(crate) fn period(config: &ModelConfig, label: impl Into<String>) -> Self {
        Self::Time {
            from: config.start,
            to: config.horizon,
            label: label.into(),
        }
    }

    /// From where to where.
    pub(crate) fn range(&self) -> [f64; 2] {
        match self {
            Self::Time { from, to, .. } => [at(*from), at(*to)],
            Self::Number { from, to, .. } => [*from, *to],
            Self::Names { names, .. } => [0.0, names.len().max(1) as f64],
        }
    }

    /// What it is, with its unit.
    pub(crate) fn label(&self) -> &str {
        match self {
            Self::Time { label, .. } | Self::Number { label, .. } | Self::Names { label, .. } => label,
        }
    }

    /// Where its labels stand when it goes across: names from left to right.
    pub(crate) fn labels_across(&self, most: usize) -> Vec<(f64, String)> {
        match self {
            Self::Names { names, .. } => {
                let place = |(index, name): (usize, &String)| (index as f64 + 0.5, name.clone());
                names.iter().enumerate().map(place).collect()
            }
            _ => self.labels(most),
        }
    }

    /// Where its labels stand, and what they say; names go down. `most` fit.
    pub(crate) fn labels(&self, most: usize) -> Vec<(f64, String)> {
        match self {
            Self::Time { from, to, .. } => {
                let ticks = ticks::ticks(to_utc(*from), to_utc(*to));
                let label =
                    |at: &DateTime<Utc>| (at.timestamp_millis() as f64, at.format(ticks.format).to_string());
                ticks.at.iter().map(label).collect()
            }
            Self::Number { from, to, format, .. } => {
                let values = ticks::numbers([*from, *to], most, *format);
                values
                    .into_iter()
                    .map(|value| (value, format.text(value)))
                    .collect()
            }
            Self::Names { names, .. } => {
                let label = |(index, name): (usize, &String)| (row(index, names.len()), name.clone());
                names.iter().enumerate().map(label).collect()
            }
        }
    }
}

impl Format {
    /// A number of an axis.
    pub(crate) fn text(self, value: f64) -> String {
        match self {
            Self::Percent => format!("{} %", short(value * 100.0)),
            Self::Whole => format!("{value:.0}"),
            Self::Decimal => short(value),
        }
    }

    /// Its name in pages.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Percent => "percent",
            Self::Whole => "whole",
            Self::Decimal => "decimal",
        }
    }
}

/// A number without needless decimals, thousands apart.
fn short(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        size if size >= 100.0 => 0,
        size if size >= 1.0 => 2,
        _ => 4,
    };
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text.as_str()
    };
    if text == "-0" {
        "0".to_owned()
    } else {
        thousands(text)
    }
}

/// Groups of three digits in front of the point, for numbers of five digits and more.
fn thousands(text: &str) -> String {
    let digits = text.find('.').unwrap_or(text.len());
    let first = usize::from(text.starts_with('-'));
    if digits - first < 5 {
        return text.to_owned();
    }
    let mut grouped = String::new();
    for (index, character) in text.char_indices() {
        if index > first && index < digits && (digits - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(character);
    }
    grouped
}

/// A name that is not longer than a row's label may be; what is left out lies in the middle, since names
/// differ at their ends.
pub(crate) fn label(name: &str) -> String {
    label_of(name, 34)
}

/// The same with so many characters at most.
pub(crate) fn label_of(name: &str, most: usize) -> String {
    let length = name.chars().count();
    if length <= most {
        return name.to_owned();
    }
    let (head, tail) = (most / 2, most - most / 2 - 1);
    let start: String = name.chars().take(head).collect();
    let end: String = name.chars().skip(length - tail).collect();
    format!("{start}…{end}")
}

/// A name as part of a file name.
pub(crate) fn file_part(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    let joined: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
    let name: String = joined.join("-").chars().take(60).collect();
    if name.is_empty() {
        "unnamed".to_owned()
    } else {
        name
    }
}

/// Gives charts whose names are alike names of their own.
pub(crate) fn distinct(charts: &mut [Chart]) {
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for chart in charts {
        let count = seen.entry(chart.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            chart.name = format!("{}-{count}", chart.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_axes_are_short() {
        let shown = [0.0, 0.05, 12.5, 999.9, 12_345.0, -1_234_567.0].map(short);
        assert_eq!(shown, ["0", "0.05", "12.5", "1000", "12,345", "-1,234,567"]);
        assert_eq!(Format::Percent.text(0.125), "12.5 %");
    }

    #[test]
    fn long_names_keep_their_ends() {
        let name = "arn:aws:ssm:eu-central-1:123456789012:maintenancewindow/mw-0c50858d01EXAMPLE";
        let label = label(name);
        assert_eq!(label.chars().count(), 34);
        assert!(label.ends_with("58d01EXAMPLE") && label.contains('…'));
    }
}
