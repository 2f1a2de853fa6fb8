//! A chart with its title, its legend and what it shows.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

use super::svg::{class, svg};
use crate::chart::{Chart, Key};

/// The figure. What else is to be said of it comes below.
pub(super) fn figure(chart: &Chart, note: Option<Markup>) -> Markup {
    html! {
        figure.chart id={ "chart-" (chart.name) } {
            figcaption { (chart.title) }
            p.about { (chart.about) }
            ul.legend {
                @for (key, text) in &chart.legend {
                    li { (swatch(*key)) (text) }
                }
            }
            div.scroll tabindex="0" role="group" aria-label={ "Chart: " (chart.title) } { (PreEscaped(svg(chart))) }
            @if let Some(note) = note { (note) }
        }
    }
}

fn swatch(key: Key) -> Markup {
    let paint = class(key.paint());
    let marks = match key {
        Key::Band(_) => {
            format!("<rect class=\"{paint}\" opacity=\".3\" y=\"2\" width=\"22\" height=\"10\"/>")
        }
        Key::Bar(_) => format!("<rect class=\"{paint}\" y=\"2\" width=\"22\" height=\"10\"/>"),
        Key::Line(_) => format!("<path class=\"{paint}\" d=\"M0 7H22\"/>"),
        Key::Faint(_) => format!("<path class=\"{paint}\" opacity=\".4\" d=\"M0 7H22\"/>"),
        Key::Dashed(_) => format!("<path class=\"{paint} dash\" d=\"M0 7H22\"/>"),
        Key::Upright(_) => format!("<path class=\"{paint}\" d=\"M11 1V13\"/>"),
        Key::Dot(_) => format!("<circle class=\"{paint}\" cx=\"11\" cy=\"7\" r=\"5\"/>"),
        Key::Ramp => (0..10).fold(String::new(), |mut marks, level| {
            let x = f64::from(level) * 2.2;
            let _ = write!(
                marks,
                "<rect class=\"r{level}\" x=\"{x:.1}\" y=\"2\" width=\"2.3\" height=\"10\"/>"
            );
            marks
        }),
    };
    html! {
        svg.key aria-hidden="true" viewBox="0 0 22 14" { (PreEscaped(marks)) }
    }
}
