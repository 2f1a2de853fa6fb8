//! Plots as SVG and PNG, drawn with a bundled font so that every machine draws the same.

mod compliance;
mod coverage;
mod legend;
mod occupancy;
mod over_time;
mod share;
mod theme;
mod ticks;

use std::fmt;
use std::sync::Once;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::register_font;

use crate::{Report, ReportFile};

/// Size of a plot in pixels (SVG: in its own units).
const SIZE: (u32, u32) = (1000, 520);

/// A plot that could not be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlotError(String);

impl fmt::Display for PlotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a plot cannot be drawn: {}", self.0)
    }
}

impl std::error::Error for PlotError {}

impl PlotError {
    fn new(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// Something that can be drawn on any kind of canvas.
trait Figure {
    /// Name of its files.
    fn name(&self) -> String;

    /// Draws it.
    fn draw<D: DrawingBackend>(&self, area: &DrawingArea<D, Shift>) -> Result<(), PlotError>;
}

/// All plots of a report.
pub(crate) fn plots(report: Report<'_>) -> Result<Vec<ReportFile>, PlotError> {
    use_bundled_font()?;
    let mut files = Vec::new();
    for figure in coverage::figures(report) {
        add(&figure, &mut files)?;
    }
    for figure in compliance::figures(report) {
        add(&figure, &mut files)?;
    }
    for figure in occupancy::figures(report) {
        add(&figure, &mut files)?;
    }
    Ok(files)
}

fn add(figure: &impl Figure, files: &mut Vec<ReportFile>) -> Result<(), PlotError> {
    let name = figure.name();
    files.push(ReportFile::new(format!("plots/{name}.svg"), svg(figure)?));
    files.push(ReportFile::new(format!("plots/{name}.png"), png(figure)?));
    Ok(())
}

fn svg(figure: &impl Figure) -> Result<String, PlotError> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        figure.draw(&area)?;
        area.present().map_err(PlotError::new)?;
    }
    Ok(text)
}

fn png(figure: &impl Figure) -> Result<Vec<u8>, PlotError> {
    let (width, height) = SIZE;
    let mut pixels = vec![0; (width * height * 3) as usize];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, SIZE).into_drawing_area();
        figure.draw(&area)?;
        area.present().map_err(PlotError::new)?;
    }
    let mut bytes = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    image::ImageEncoder::write_image(encoder, &pixels, width, height, image::ColorType::Rgb8)
        .map_err(PlotError::new)?;
    Ok(bytes)
}

fn use_bundled_font() -> Result<(), PlotError> {
    static FONT: &[u8] = include_bytes!("../../fonts/DejaVuSans-subset.ttf");
    static REGISTERED: Once = Once::new();
    let mut failed = false;
    REGISTERED.call_once(|| {
        for style in [FontStyle::Normal, FontStyle::Bold] {
            failed |= register_font("sans-serif", style, FONT).is_err();
        }
    });
    if failed {
        Err(PlotError::new("the bundled font is damaged"))
    } else {
        Ok(())
    }
}

/// A name as part of a file name.
fn file_part(name: &str) -> String {
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
