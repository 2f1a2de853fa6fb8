//! Title and legend above a plot, where they hide nothing of it.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::PlotError;
use super::theme::{NOTE, TITLE, colour, font};
use crate::chart::{Chart, Key, Paint};

/// Height of the title, and of a line of the legend, in pixels.
const TITLE_HEIGHT: i32 = 40;
const LINE_HEIGHT: i32 = 24;
/// Width of a mark with the gap behind it, and the gap behind an entry.
const MARK_WIDTH: i32 = 28;
const GAP: i32 = 26;
/// From the edge of the picture to the labels of the axis.
const MARGIN: i32 = 14;

/// Writes title and legend; what is left of the area is for the plot, whose labels are `left` wide. Entries
/// that have no room begin another line.
pub(super) fn headed<D: DrawingBackend>(
    area: &DrawingArea<D, Shift>,
    chart: &Chart,
    left: u32,
) -> Result<DrawingArea<D, Shift>, PlotError> {
    let width = area.dim_in_pixel().0 as i32;
    let x = if left > 120 { MARGIN } else { MARGIN + left as i32 };
    let title = fitting(area, &chart.title, width - x - MARGIN)?;
    let mut lines = vec![Vec::new()];
    let mut end = x;
    for (key, text) in &chart.legend {
        let (text_width, _) = area
            .estimate_text_size(text, &font(NOTE))
            .map_err(PlotError::new)?;
        let entry = MARK_WIDTH + text_width as i32;
        if end > x && end + entry > width - MARGIN {
            lines.push(Vec::new());
            end = x;
        }
        if let Some(line) = lines.last_mut() {
            line.push((end, *key, text));
        }
        end += entry + GAP;
    }
    let (head, rest) = area.split_vertically(TITLE_HEIGHT + LINE_HEIGHT * lines.len() as i32);
    head.draw_text(&title, &font(TITLE), (x, 14))
        .map_err(PlotError::new)?;
    for (index, line) in lines.iter().enumerate() {
        let middle = TITLE_HEIGHT + LINE_HEIGHT * index as i32 + LINE_HEIGHT / 2;
        for (x, key, text) in line {
            draw_key(&head, *key, (*x, middle))?;
            let at = (x + MARK_WIDTH, middle - NOTE as i32 / 2);
            head.draw_text(text, &font(NOTE), at).map_err(PlotError::new)?;
        }
    }
    Ok(rest)
}

/// A title that is not wider than there is room.
fn fitting<D: DrawingBackend>(
    area: &DrawingArea<D, Shift>,
    title: &str,
    room: i32,
) -> Result<String, PlotError> {
    let wide = |text: &str| {
        area.estimate_text_size(text, &font(TITLE))
            .map_err(PlotError::new)
    };
    if wide(title)?.0 as i32 <= room {
        return Ok(title.to_owned());
    }
    let mut kept: Vec<char> = title.chars().collect();
    while kept.len() > 1 {
        kept.truncate(kept.len() - kept.len().div_ceil(20));
        let text: String = kept.iter().chain(std::iter::once(&'…')).collect();
        if wide(&text)?.0 as i32 <= room {
            return Ok(text);
        }
    }
    Ok(String::new())
}

fn draw_key<D: DrawingBackend>(
    area: &DrawingArea<D, Shift>,
    key: Key,
    (x, y): (i32, i32),
) -> Result<(), PlotError> {
    let stroke = |from: i32, to: i32, style: ShapeStyle| PathElement::new([(from, y), (to, y)], style);
    let block = |from: i32, to: i32, style: ShapeStyle| Rectangle::new([(from, y - 5), (to, y + 5)], style);
    let of = |paint: Paint| colour(paint);
    match key {
        Key::Band(paint) => area.draw(&block(x, x + 20, of(paint).mix(0.25).filled())),
        Key::Bar(paint) => area.draw(&block(x, x + 20, of(paint).filled())),
        Key::Line(paint) => area.draw(&stroke(x, x + 20, of(paint).stroke_width(2))),
        Key::Faint(paint) => area.draw(&stroke(x, x + 20, of(paint).mix(0.35).stroke_width(1))),
        Key::Dashed(paint) => [x, x + 8, x + 16]
            .into_iter()
            .try_for_each(|from| area.draw(&stroke(from, from + 5, of(paint).stroke_width(2)))),
        Key::Upright(paint) => area.draw(&PathElement::new(
            [(x + 10, y - 6), (x + 10, y + 6)],
            of(paint).stroke_width(2),
        )),
        Key::Dot(paint) => area.draw(&Circle::new((x + 10, y), 5, of(paint).filled())),
        Key::Ramp => (0..10).try_for_each(|level: u8| {
            let from = x + 2 * i32::from(level);
            area.draw(&block(from, from + 2, of(Paint::Ramp(level)).filled()))
        }),
    }
    .map_err(PlotError::new)
}
