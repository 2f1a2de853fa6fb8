//! Charts as SVG and PNG files, drawn with a bundled font so that every machine draws the same.

mod draw;
mod legend;
mod marks;
mod theme;

use std::fmt;
use std::sync::Once;

use plotters::prelude::*;
use plotters::style::register_font;
use rayon::prelude::*;

use crate::ReportFile;
use crate::chart::{Axis, Chart};

/// Width of a plot in pixels (SVG: in its own units), and its height but for long lists of names.
const WIDTH: u32 = 1000;
const HEIGHT: u32 = 520;
/// Height of what is not rows, and of a row.
const AROUND_ROWS: u32 = 150;
const ROW: u32 = 30;

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

/// Charts as files below `plots/`.
pub(crate) fn plots<'a>(charts: impl IntoIterator<Item = &'a Chart>) -> Result<Vec<ReportFile>, PlotError> {
    use_bundled_font()?;
    let charts: Vec<&Chart> = charts.into_iter().collect();
    // Drawing takes most of the time of a report. The files keep their order, and so does the first error.
    let drawn: Vec<Result<[ReportFile; 2], PlotError>> = charts.into_par_iter().map(files).collect();
    let mut all = Vec::new();
    for files in drawn {
        all.extend(files?);
    }
    Ok(all)
}

fn files(chart: &Chart) -> Result<[ReportFile; 2], PlotError> {
    let name = &chart.name;
    Ok([
        ReportFile::new(format!("plots/{name}.svg"), svg(chart)?),
        ReportFile::new(format!("plots/{name}.png"), png(chart)?),
    ])
}

fn size(chart: &Chart) -> (u32, u32) {
    match &chart.y {
        Axis::Names { names, .. } => (WIDTH, AROUND_ROWS + ROW * names.len().max(3) as u32),
        _ => (WIDTH, HEIGHT),
    }
}

fn svg(chart: &Chart) -> Result<String, PlotError> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, size(chart)).into_drawing_area();
        draw::draw(chart, &area)?;
        area.present().map_err(PlotError::new)?;
    }
    Ok(text)
}

fn png(chart: &Chart) -> Result<Vec<u8>, PlotError> {
    let (width, height) = size(chart);
    let mut pixels = vec![0; (width * height * 3) as usize];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        draw::draw(chart, &area)?;
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
