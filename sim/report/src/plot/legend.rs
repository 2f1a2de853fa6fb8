//! Title and legend above a plot, where they hide nothing of it.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::PlotError;
use super::theme::{LINE, NOTE, TITLE, font};

/// What an entry of the legend looks like.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    /// The band between two percentiles.
    Band,
    /// The line of medians or means.
    Line,
    /// The thin line of one replication.
    Faint,
    /// A line of this colour.
    Stroke(RGBColor),
    /// A vertical line of this colour.
    Upright(RGBColor),
}

/// Height of title and legend in pixels.
const TITLE_HEIGHT: i32 = 40;
const LEGEND_HEIGHT: i32 = 24;
/// Width of a mark with the gap behind it, and the gap behind an entry.
const MARK_WIDTH: i32 = 28;
const GAP: i32 = 26;
/// Where the plot begins, so that the legend stands flush with it.
const LEFT: i32 = 78;

/// Writes title and legend; what is left of the area is for the plot.
pub(super) fn headed<'a, D: DrawingBackend>(
    area: &DrawingArea<D, Shift>,
    title: &str,
    entries: impl IntoIterator<Item = (Mark, &'a str)>,
) -> Result<DrawingArea<D, Shift>, PlotError> {
    area.fill(&WHITE).map_err(PlotError::new)?;
    let (head, rest) = area.split_vertically(TITLE_HEIGHT + LEGEND_HEIGHT);
    head.draw_text(title, &font(TITLE), (LEFT, 14))
        .map_err(PlotError::new)?;
    let middle = TITLE_HEIGHT + LEGEND_HEIGHT / 2;
    let mut x = LEFT;
    for (mark, label) in entries {
        draw_mark(&head, mark, (x, middle))?;
        let (width, height) = head
            .estimate_text_size(label, &font(NOTE))
            .map_err(PlotError::new)?;
        let at = (x + MARK_WIDTH, middle - height as i32 / 2);
        head.draw_text(label, &font(NOTE), at).map_err(PlotError::new)?;
        x += MARK_WIDTH + width as i32 + GAP;
    }
    Ok(rest)
}

fn draw_mark<D: DrawingBackend>(
    area: &DrawingArea<D, Shift>,
    mark: Mark,
    (x, y): (i32, i32),
) -> Result<(), PlotError> {
    match mark {
        Mark::Band => area.draw(&Rectangle::new(
            [(x, y - 5), (x + 20, y + 5)],
            LINE.mix(0.2).filled(),
        )),
        Mark::Line => area.draw(&PathElement::new([(x, y), (x + 20, y)], LINE.stroke_width(2))),
        Mark::Faint => area.draw(&PathElement::new(
            [(x, y), (x + 20, y)],
            LINE.mix(0.35).stroke_width(1),
        )),
        Mark::Stroke(colour) => area.draw(&PathElement::new([(x, y), (x + 20, y)], colour.stroke_width(2))),
        Mark::Upright(colour) => area.draw(&PathElement::new(
            [(x + 10, y - 6), (x + 10, y + 6)],
            colour.stroke_width(2),
        )),
    }
    .map_err(PlotError::new)
}
