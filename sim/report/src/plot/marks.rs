//! The marks of a chart.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::PlotError;
use super::draw::Plane;
use super::theme::{INK, NOTE, colour, font};
use crate::chart::{Layer, Paint, Point};

/// Draws one layer.
pub(super) fn draw_layer<'a, D: DrawingBackend + 'a>(
    plane: &mut Plane<'a, D>,
    layer: &Layer,
) -> Result<(), PlotError> {
    match layer {
        Layer::Area {
            paint,
            tint,
            width,
            stretches,
            ..
        } => area(plane, (*paint, *tint, *width), stretches),
        Layer::Line {
            paint,
            tint,
            width,
            dashed,
            points,
            ..
        } => line(plane, style(*paint, *tint, *width), *dashed, points),
        Layer::Uprights { paint, dashed, marks } => {
            let [bottom, top] = height(plane);
            for mark in marks {
                let points = [(mark.x, bottom), (mark.x, top)];
                line(plane, style(*paint, 1.0, 2), *dashed, &points)?;
            }
            Ok(())
        }
        Layer::Bars { paint, tint, bars } => {
            let fill = colour(*paint).mix(*tint).filled();
            // What is too short to be seen gets a hair's width.
            let edge = colour(*paint).mix(*tint).stroke_width(1);
            for bar in bars {
                let corners = [(bar.x[0], bar.y[0]), (bar.x[1], bar.y[1])];
                add(plane, Rectangle::new(corners, fill))?;
                if !matches!(paint, Paint::Ramp(_) | Paint::Freeze) {
                    let side = [(bar.x[0], bar.y[0]), (bar.x[0], bar.y[1])];
                    add(plane, PathElement::new(side, edge))?;
                }
            }
            Ok(())
        }
        Layer::Strokes {
            paint,
            height: [low, high],
            marks,
        } => {
            for mark in marks {
                let points = [(mark.x, *high), (mark.x, *low)];
                add(plane, PathElement::new(points, colour(*paint).stroke_width(2)))?;
            }
            Ok(())
        }
        Layer::Words { on_dark, words } => {
            let colour: &'static RGBColor = if *on_dark { &WHITE } else { &INK };
            let centre = Pos::new(HPos::Center, VPos::Center);
            for word in words {
                let style = font(NOTE).color(colour).pos(centre);
                add(plane, Text::new(word.text.clone(), (word.x, word.y), style))?;
            }
            Ok(())
        }
        Layer::Dots { paint, dots } => {
            for dot in dots {
                add(plane, Circle::new((dot.x, dot.y), 5, colour(*paint).filled()))?;
            }
            Ok(())
        }
    }
}

fn add<'a, D, E>(plane: &mut Plane<'a, D>, element: E) -> Result<(), PlotError>
where
    D: DrawingBackend + 'a,
    for<'b> &'b E: plotters::element::PointCollection<'b, Point>,
    E: plotters::element::Drawable<D> + 'a,
{
    plane
        .draw_series(std::iter::once(element))
        .map(|_| ())
        .map_err(PlotError::new)
}

fn height<D: DrawingBackend>(plane: &Plane<'_, D>) -> [f64; 2] {
    let range = plane.y_range();
    [range.start, range.end]
}

fn style(paint: Paint, tint: f64, width: u32) -> ShapeStyle {
    colour(paint).mix(tint).stroke_width(width)
}

/// What lies between two edges, with a line along each.
fn area<'a, D: DrawingBackend + 'a>(
    plane: &mut Plane<'a, D>,
    (paint, tint, width): (Paint, f64, u32),
    stretches: &[[Vec<Point>; 2]],
) -> Result<(), PlotError> {
    for [low, high] in stretches {
        let around: Vec<Point> = high.iter().chain(low.iter().rev()).copied().collect();
        add(plane, Polygon::new(around, colour(paint).mix(tint)))?;
        if width > 0 {
            line(plane, style(paint, tint, width), false, low)?;
            line(plane, style(paint, tint, width), false, high)?;
        }
    }
    Ok(())
}

fn line<'a, D: DrawingBackend + 'a>(
    plane: &mut Plane<'a, D>,
    style: ShapeStyle,
    dashed: bool,
    points: &[Point],
) -> Result<(), PlotError> {
    if dashed {
        let dashes = DashedLineSeries::new(points.iter().copied(), 7, 5, style);
        plane.draw_series(dashes).map(|_| ()).map_err(PlotError::new)
    } else {
        let whole = LineSeries::new(points.iter().copied(), style);
        plane.draw_series(whole).map(|_| ()).map_err(PlotError::new)
    }
}
