//! Estimates with their ranges, one below the other.

use super::{Axis, Bar, Chart, Dot, Format, Key, Layer, Paint, label_of, row};

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its name.
    pub(crate) name: String,
    /// From where to where.
    pub(crate) range: [f64; 2],
    /// The estimate.
    pub(crate) value: f64,
    /// Both in words.
    pub(crate) text: String,
    pub(crate) paint: Paint,
}

/// What a chart of rows says about itself.
#[derive(Clone, Debug)]
pub(crate) struct Words<'a> {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) about: &'a str,
    /// What is measured, with its unit.
    pub(crate) axis: String,
    pub(crate) format: Format,
    /// What bars and dots are, by paint.
    pub(crate) legend: Vec<(Key, String)>,
    /// Where a line is drawn: no difference.
    pub(crate) zero: Option<f64>,
    /// Whether the axis begins at zero where all figures are above it.
    pub(crate) from_zero: bool,
}

/// A chart of rows; `None` without any. Rows of the same name share one.
pub(crate) fn intervals(words: Words<'_>, rows: &[Row]) -> Option<Chart> {
    if rows.is_empty() {
        return None;
    }
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&row.name.as_str()) {
            names.push(&row.name);
        }
    }
    let range = range(rows, (words.zero, words.from_zero))?;
    let zero = words.zero.map(|x| Layer::Uprights {
        paint: Paint::End,
        dashed: true,
        marks: vec![super::Mark {
            x,
            text: String::new(),
        }],
    });
    let layers = rows.iter().flat_map(|row| of_row(row, rows, &names));
    Some(Chart {
        name: words.name,
        title: words.title,
        about: words.about.to_owned(),
        legend: words.legend,
        x: Axis::Number {
            from: range[0],
            to: range[1],
            label: words.axis,
            format: words.format,
        },
        y: Axis::Names {
            names: names.iter().map(|name| label_of(name, 40)).collect(),
            label: String::new(),
        },
        layers: zero.into_iter().chain(layers).collect(),
    })
}

/// Where the axis begins and ends, with some room where figures end.
fn range(rows: &[Row], (line, from_zero): (Option<f64>, bool)) -> Option<[f64; 2]> {
    let all = rows
        .iter()
        .flat_map(|row| [row.range[0], row.range[1], row.value])
        .chain(line)
        .chain(from_zero.then_some(0.0))
        .filter(|value| value.is_finite());
    let low = all.clone().min_by(f64::total_cmp)?;
    let high = all.max_by(f64::total_cmp)?;
    let span = if high > low {
        high - low
    } else {
        high.abs().max(1.0)
    };
    let pad = span * 0.05;
    let ends_at_zero = |end: f64| from_zero && line.is_none() && end == 0.0;
    Some([
        if ends_at_zero(low) { 0.0 } else { low - pad },
        if ends_at_zero(high) && low < 0.0 {
            0.0
        } else {
            high + pad
        },
    ])
}

fn of_row(one: &Row, rows: &[Row], names: &[&str]) -> Vec<Layer> {
    let index = names.iter().position(|name| *name == one.name).unwrap_or(0);
    // Rows of one name lie beside each other.
    let same: Vec<&Row> = rows.iter().filter(|row| row.name == one.name).collect();
    let place = same.iter().position(|row| std::ptr::eq(*row, one)).unwrap_or(0);
    let height = 0.7 / same.len() as f64;
    let top = row(index, names.len()) + 0.35 - height * place as f64;
    let middle = top - height / 2.0;
    vec![
        Layer::Bars {
            paint: one.paint,
            tint: 0.35,
            bars: vec![Bar {
                x: one.range,
                y: [middle - height * 0.3, middle + height * 0.3],
                text: one.text.clone(),
            }],
        },
        Layer::Dots {
            paint: one.paint,
            dots: vec![Dot {
                x: one.value,
                y: middle,
                text: one.text.clone(),
            }],
        },
    ]
}
