//! Colours and type of plots, in one place. The palette is Okabe and Ito's, which colour-blind
//! readers can tell apart.

use plotters::prelude::*;

/// Medians.
pub(super) const LINE: RGBColor = RGBColor(0, 114, 178);
/// Cutoffs and limits.
pub(super) const LIMIT: RGBColor = RGBColor(213, 94, 0);
/// Ends of windows.
pub(super) const END: RGBColor = RGBColor(90, 90, 90);
/// Approvals.
pub(super) const APPROVAL: RGBColor = RGBColor(0, 158, 115);
/// Text and axes.
pub(super) const INK: RGBColor = RGBColor(40, 40, 40);
/// Grid lines.
pub(super) const GRID: RGBColor = RGBColor(225, 225, 225);

/// Type sizes: title, axis labels, notes.
pub(super) const TITLE: u32 = 19;
pub(super) const LABEL: u32 = 14;
pub(super) const NOTE: u32 = 12;

/// Text in the bundled font.
pub(super) fn font(size: u32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&INK)
}
