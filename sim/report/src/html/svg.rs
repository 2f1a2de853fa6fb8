//! Charts as SVG inside a page. Colours come from the style sheet; marks lie in a drawing of their own whose
//! coordinates do not depend on its size, so that it is zoomed by its view box alone, and the script reads
//! values off the paths themselves.

use std::fmt::Write as _;

use crate::chart::{Axis, Chart, Layer, Mark, Paint, Point, Reading};

/// Size of the frame, and the space for labels: at the left of numbers, of names per character and at most;
/// below, above, at the right.
const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 340.0;
const ROW: f64 = 28.0;
const NUMBERS: f64 = 62.0;
const CHARACTER: f64 = 7.3;
const NAMES: f64 = 320.0;
const BELOW: f64 = 50.0;
const ABOVE: f64 = 8.0;
const RIGHT: f64 = 26.0;

/// Coordinates of the marks.
pub(super) const ACROSS: f64 = 10_000.0;
pub(super) const DOWN: f64 = 4_000.0;

/// Labels that fit along the axes.
const LABELS_ACROSS: usize = 9;
const LABELS_UP: usize = 6;

/// Where the parts of a chart lie.
struct Frame<'a> {
    chart: &'a Chart,
    left: f64,
    width: f64,
    height: f64,
}

/// The chart.
pub(super) fn svg(chart: &Chart) -> String {
    let frame = Frame::new(chart);
    let mut text = String::new();
    let (name, height) = (&chart.name, frame.height + ABOVE + BELOW);
    let _ = write!(
        text,
        "<svg class=\"frame\" role=\"img\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" aria-labelledby=\"t-{name} \
         d-{name}\"{}><title id=\"t-{name}\">{}</title><desc id=\"d-{name}\">{}</desc>",
        frame.data(),
        escaped(&chart.title),
        escaped(&chart.about)
    );
    frame.axes(&mut text);
    let _ = write!(
        text,
        "<svg class=\"plot\" x=\"{:.0}\" y=\"{ABOVE:.0}\" width=\"{:.0}\" height=\"{:.0}\" viewBox=\"0 0 {ACROSS} \
         {DOWN}\" preserveAspectRatio=\"none\">",
        frame.left, frame.width, frame.height
    );
    for layer in &chart.layers {
        frame.layer(layer, &mut text);
    }
    text.push_str("</svg>");
    frame.words(&mut text);
    text.push_str("</svg>");
    text
}

impl<'a> Frame<'a> {
    fn new(chart: &'a Chart) -> Self {
        let (left, height) = match &chart.y {
            Axis::Names { names, .. } => {
                let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
                let name = if chart.y.label().is_empty() { 0.0 } else { 20.0 };
                let left = (longest as f64 * CHARACTER + 16.0).clamp(NUMBERS, NAMES) + name;
                (left, ROW * names.len().max(2) as f64)
            }
            _ => (NUMBERS, HEIGHT - ABOVE - BELOW),
        };
        Self {
            chart,
            left,
            width: WIDTH - left - RIGHT,
            height,
        }
    }

    /// What the script has to know of the axes.
    fn data(&self) -> String {
        let [from, to] = self.chart.x.range();
        match &self.chart.x {
            Axis::Time { .. } => format!(" data-x=\"time\" data-from=\"{from:.0}\" data-to=\"{to:.0}\""),
            Axis::Number { format, label, .. } => format!(
                " data-x=\"{}\" data-from=\"{from}\" data-to=\"{to}\" data-label=\"{}\"",
                format.as_str(),
                escaped(label)
            ),
            Axis::Names { .. } => " data-x=\"names\"".to_owned(),
        }
    }

    /// Where a value lies: among the marks, to whole coordinates.
    fn x(&self, value: f64) -> i64 {
        let [from, to] = self.chart.x.range();
        scaled((value - from) / (to - from), ACROSS)
    }

    fn y(&self, value: f64) -> i64 {
        let [from, to] = self.chart.y.range();
        scaled(1.0 - (value - from) / (to - from), DOWN)
    }

    /// Grid and labels; those of the x axis are drawn anew when it is zoomed.
    fn axes(&self, text: &mut String) {
        let (left, top, width, height) = (self.left, ABOVE, self.width, self.height);
        let bottom = top + height;
        text.push_str("<g class=\"axis x\">");
        for (value, label) in self.chart.x.labels_across(LABELS_ACROSS) {
            let x = left + self.x(value) as f64 / ACROSS * width;
            let names = matches!(self.chart.x, Axis::Names { .. });
            if !names {
                let _ = write!(text, "<path d=\"M{x:.1} {top}V{bottom:.0}\"/>");
            }
            let _ = write!(
                text,
                "<text x=\"{x:.1}\" y=\"{:.0}\">{}</text>",
                bottom + 19.0,
                escaped(&label)
            );
        }
        text.push_str("</g><g class=\"axis y\">");
        for (value, label) in self.chart.y.labels(LABELS_UP) {
            let y = top + self.y(value) as f64 / DOWN * height;
            let line = match self.chart.y {
                Axis::Names { .. } => y + height / self.chart.y.range()[1] / 2.0,
                _ => y,
            };
            let _ = write!(
                text,
                "<path d=\"M{left:.0} {line:.1}H{:.0}\"/><text x=\"{:.0}\" y=\"{:.1}\">{}</text>",
                left + width,
                left - 7.0,
                y + 4.0,
                escaped(&label)
            );
        }
        text.push_str("</g>");
        let _ = write!(
            text,
            "<text class=\"name\" x=\"{:.0}\" y=\"{:.0}\">{}</text>",
            left + width / 2.0,
            bottom + 40.0,
            escaped(self.chart.x.label())
        );
        if !self.chart.y.label().is_empty() {
            let middle = top + height / 2.0;
            let _ = write!(
                text,
                "<text class=\"name\" transform=\"translate(13 {middle:.0}) rotate(-90)\">{}</text>",
                escaped(self.chart.y.label())
            );
        }
    }

    fn layer(&self, layer: &Layer, text: &mut String) {
        match layer {
            Layer::Area {
                paint,
                tint,
                width,
                stretches,
                reading,
            } => {
                let paths: Vec<String> = stretches.iter().map(|edges| self.area(edges)).collect();
                let _ = write!(
                    text,
                    "<path class=\"area w{width} {}\"{}{} d=\"{}\"/>",
                    class(*paint),
                    opacity(*tint),
                    self.reading(reading.as_ref()),
                    paths.concat()
                );
            }
            Layer::Line {
                paint,
                tint,
                width,
                dashed,
                points,
                reading,
            } => {
                let _ = write!(
                    text,
                    "<path class=\"line w{width}{} {}\"{}{} d=\"{}\"/>",
                    if *dashed { " dash" } else { "" },
                    class(*paint),
                    opacity(*tint),
                    self.reading(reading.as_ref()),
                    self.path(points)
                );
            }
            Layer::Uprights { paint, dashed, marks } => {
                let classes = format!("mark w2{} {}", if *dashed { " dash" } else { "" }, class(*paint));
                self.marks(&classes, marks, [0, DOWN as i64], text);
            }
            Layer::Strokes {
                paint,
                height: [low, high],
                marks,
            } => {
                let classes = format!("mark w2 {}", class(*paint));
                self.marks(&classes, marks, [self.y(*high), self.y(*low)], text);
            }
            Layer::Bars { paint, tint, bars } => self.bars((*paint, *tint), bars, text),
            // Text would be stretched with the marks.
            Layer::Words { .. } => {}
            Layer::Dots { paint, dots } => {
                let _ = write!(text, "<g class=\"dot {}\">", class(*paint));
                for dot in dots {
                    let d = format!("M{} {}h0", self.x(dot.x), self.y(dot.y));
                    text.push_str(&titled("path", &format!("d=\"{d}\""), &dot.text));
                }
                text.push_str("</g>");
            }
        }
    }

    /// Figures in their places, above the marks.
    fn words(&self, text: &mut String) {
        for layer in &self.chart.layers {
            let Layer::Words { words, on_dark } = layer else {
                continue;
            };
            text.push_str(if *on_dark {
                "<g class=\"values dark\">"
            } else {
                "<g class=\"values\">"
            });
            for word in words {
                let x = self.left + self.x(word.x) as f64 / ACROSS * self.width;
                let y = ABOVE + self.y(word.y) as f64 / DOWN * self.height + 4.0;
                let _ = write!(
                    text,
                    "<text x=\"{x:.0}\" y=\"{y:.0}\">{}</text>",
                    escaped(&word.text)
                );
            }
            text.push_str("</g>");
        }
    }

    fn marks(&self, classes: &str, marks: &[Mark], [from, to]: [i64; 2], text: &mut String) {
        let _ = write!(text, "<g class=\"{classes}\">");
        for mark in marks {
            let d = format!("M{} {from}V{to}", self.x(mark.x));
            text.push_str(&titled("path", &format!("d=\"{d}\""), &mark.text));
        }
        text.push_str("</g>");
    }

    /// Bars that say nothing are one path.
    fn bars(&self, (paint, tint): (Paint, f64), bars: &[crate::chart::Bar], text: &mut String) {
        let _ = write!(text, "<g class=\"bar {}\"{}>", class(paint), opacity(tint));
        let mut silent = String::new();
        for bar in bars {
            let (x, y) = (self.x(bar.x[0]), self.y(bar.y[1]));
            let (width, height) = (self.x(bar.x[1]) - x, self.y(bar.y[0]) - y);
            if bar.text.is_empty() {
                let _ = write!(silent, "M{x} {y}h{width}v{height}h-{width}z");
            } else {
                let size = format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"");
                text.push_str(&titled("rect", &size, &bar.text));
            }
        }
        if !silent.is_empty() {
            let _ = write!(text, "<path d=\"{silent}\"/>");
        }
        text.push_str("</g>");
    }

    /// How the script reads values: their name, their form, and where 0 and 1 lie.
    fn reading(&self, reading: Option<&Reading>) -> String {
        let Some(reading) = reading else {
            return String::new();
        };
        let [zero, one] = reading.lane.unwrap_or([0.0, 1.0]);
        let [from, to] = self.chart.y.range();
        let y = |value: f64| (1.0 - (value - from) / (to - from)) * DOWN;
        format!(
            " data-l=\"{}\" data-f=\"{}\" data-y=\"{:.1} {:.1}\"",
            escaped(&reading.label),
            reading.format.as_str(),
            y(zero),
            y(one)
        )
    }

    fn area(&self, [low, high]: &[Vec<Point>; 2]) -> String {
        let around: Vec<Point> = high.iter().chain(low.iter().rev()).copied().collect();
        format!("{}Z", self.path(&around))
    }

    /// Points as a path, as short as it can be written.
    fn path(&self, points: &[Point]) -> String {
        let mut path = String::new();
        let mut last = None;
        for (x, y) in points {
            let at = (self.x(*x), self.y(*y));
            let _ = match last {
                None => write!(path, "M{} {}", at.0, at.1),
                Some(known) if known == at => Ok(()),
                Some((x, _)) if x == at.0 => write!(path, "V{}", at.1),
                Some((_, y)) if y == at.1 => write!(path, "H{}", at.0),
                Some(_) => write!(path, "L{} {}", at.0, at.1),
            };
            last = Some(at);
        }
        path
    }
}

/// A part of a length in whole coordinates; what lies far outside stays near, so that no number is long.
fn scaled(part: f64, length: f64) -> i64 {
    (part.clamp(-1.0, 2.0) * length).round() as i64
}

/// An element with words.
fn titled(element: &str, attributes: &str, words: &str) -> String {
    if words.is_empty() {
        format!("<{element} {attributes}/>")
    } else {
        let words = escaped(words);
        format!("<{element} {attributes}><title>{words}</title></{element}>")
    }
}

fn opacity(tint: f64) -> String {
    if tint < 1.0 {
        format!(" opacity=\"{tint}\"")
    } else {
        String::new()
    }
}

/// The class of a paint in the style sheet.
pub(super) fn class(paint: Paint) -> String {
    match paint {
        Paint::Main => "main".to_owned(),
        Paint::Limit => "limit".to_owned(),
        Paint::End => "end".to_owned(),
        Paint::Approval => "approval".to_owned(),
        Paint::Window => "window".to_owned(),
        Paint::Harm => "harm".to_owned(),
        Paint::Freeze => "freeze".to_owned(),
        Paint::Ramp(level) => format!("r{level}"),
    }
}

/// Text inside an element or an attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            character if character.is_control() => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped
}
