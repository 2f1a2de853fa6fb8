//! A chart on any canvas of plotters: title, legend, axes, then its marks.

use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::prelude::*;

use super::PlotError;
use super::legend::headed;
use super::marks::draw_layer;
use super::theme::{GRID, LABEL, NOTE, font};
use crate::chart::{Axis, Chart};

/// A chart's two axes.
pub(super) type Plane<'a, D> = ChartContext<'a, D, Cartesian2d<Scale, Scale>>;

/// An axis whose labels stand where the chart wants them.
pub(super) struct Scale {
    range: [f64; 2],
    labels: Vec<(f64, String)>,
}

impl Scale {
    fn new(axis: &Axis, labels: Vec<(f64, String)>) -> Self {
        Self {
            range: axis.range(),
            labels,
        }
    }
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (start, end): (i32, i32)) -> i32 {
        let [from, to] = self.range;
        let part = (value - from) / (to - from);
        start + (part * f64::from(end - start)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.labels.iter().map(|(at, _)| *at).collect()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.range[0]..self.range[1]
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, value: &f64) -> String {
        let same = |(known, _): &&(f64, String)| known.to_bits() == value.to_bits();
        self.labels
            .iter()
            .find(same)
            .map_or_else(String::new, |(_, text)| text.clone())
    }
}

/// Labels that fit along the axes.
const ACROSS: usize = 10;
const UP: usize = 6;
/// Space for labels at the left: of numbers, and of names at most.
const NUMBERS: u32 = 64;
const NAMES: u32 = 330;

/// Draws it.
pub(super) fn draw<D: DrawingBackend>(chart: &Chart, area: &DrawingArea<D, Shift>) -> Result<(), PlotError> {
    area.fill(&WHITE).map_err(PlotError::new)?;
    let left = left(chart, area)?;
    let rest = headed(area, chart, left)?;
    let mut plane = plane(chart, &rest, left)?;
    for layer in &chart.layers {
        draw_layer(&mut plane, layer)?;
    }
    Ok(())
}

/// Width of the labels at the left.
fn left<D: DrawingBackend>(chart: &Chart, area: &DrawingArea<D, Shift>) -> Result<u32, PlotError> {
    let Axis::Names { names, .. } = &chart.y else {
        return Ok(NUMBERS);
    };
    let mut widest = 0;
    for name in names {
        let (width, _) = area
            .estimate_text_size(name, &font(LABEL))
            .map_err(PlotError::new)?;
        widest = widest.max(width);
    }
    let name = if chart.y.label().is_empty() { 0 } else { 24 };
    Ok((widest + 18).clamp(NUMBERS, NAMES) + name)
}

fn plane<'a, D: DrawingBackend>(
    chart: &Chart,
    area: &'a DrawingArea<D, Shift>,
    left: u32,
) -> Result<Plane<'a, D>, PlotError> {
    let mut plane = ChartBuilder::on(area)
        .margin(14)
        .margin_top(4)
        .x_label_area_size(52)
        .y_label_area_size(left)
        .build_cartesian_2d(
            Scale::new(&chart.x, chart.x.labels_across(ACROSS)),
            Scale::new(&chart.y, chart.y.labels(UP)),
        )
        .map_err(PlotError::new)?;
    // Names of columns are many; a column is no grid line.
    let size = if matches!(chart.x, Axis::Names { .. }) {
        NOTE
    } else {
        LABEL
    };
    let mut mesh = plane.configure_mesh();
    mesh.x_desc(chart.x.label())
        .y_desc(chart.y.label())
        .axis_desc_style(font(LABEL))
        .x_label_style(font(size))
        .y_label_style(font(LABEL))
        .light_line_style(WHITE.mix(0.0))
        .bold_line_style(GRID);
    if matches!(chart.y, Axis::Names { .. }) {
        mesh.disable_y_mesh();
    }
    if matches!(chart.x, Axis::Names { .. }) {
        mesh.disable_x_mesh();
    }
    mesh.draw().map_err(PlotError::new)?;
    Ok(plane)
}
