//! Colours and type of plots, in one place. The palette is Okabe and Ito's, which colour-blind
//! readers can tell apart; the ramp goes from light to dark, so that it also reads in grey.

use plotters::prelude::*;

use crate::chart::Paint;

/// Text and axes.
pub(super) const INK: RGBColor = RGBColor(40, 40, 40);
/// Grid lines.
pub(super) const GRID: RGBColor = RGBColor(225, 225, 225);

/// From little to much.
const RAMP: [RGBColor; 10] = [
    RGBColor(247, 251, 255),
    RGBColor(228, 239, 249),
    RGBColor(208, 226, 242),
    RGBColor(180, 211, 233),
    RGBColor(147, 195, 223),
    RGBColor(107, 174, 214),
    RGBColor(74, 152, 201),
    RGBColor(42, 125, 184),
    RGBColor(16, 91, 156),
    RGBColor(8, 48, 107),
];

/// The colour of a paint.
pub(super) fn colour(paint: Paint) -> RGBColor {
    match paint {
        Paint::Main => RGBColor(0, 114, 178),
        Paint::Limit => RGBColor(213, 94, 0),
        Paint::End => RGBColor(90, 90, 90),
        Paint::Approval => RGBColor(0, 158, 115),
        Paint::Window => RGBColor(86, 180, 233),
        Paint::Harm => RGBColor(170, 60, 120),
        Paint::Freeze => RGBColor(230, 159, 0),
        Paint::Ramp(level) => RAMP[usize::from(level).min(RAMP.len() - 1)],
    }
}

/// Type sizes: title, axis labels, notes.
pub(super) const TITLE: u32 = 19;
pub(super) const LABEL: u32 = 14;
pub(super) const NOTE: u32 = 12;

/// Text in the bundled font.
pub(super) fn font(size: u32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&INK)
}
