//! A bar of replications on stderr, when that is a terminal.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use patchbench_study::Progress;

/// A progress bar.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// A bar of this many replications; hidden when nobody would see it.
    pub(crate) fn new(replications: u64, quiet: bool) -> Self {
        let bar = ProgressBar::new(replications);
        let visible = !quiet && std::io::stderr().is_terminal();
        bar.set_draw_target(if visible {
            ProgressDrawTarget::stderr_with_hz(8)
        } else {
            ProgressDrawTarget::hidden()
        });
        let style =
            ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} replications, {eta} left");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// A bar of this many designs.
    pub(crate) fn designs(designs: u64, quiet: bool) -> Self {
        let bar = Self::new(designs, quiet);
        let style = ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} designs, {eta} left");
        if let Ok(style) = style {
            bar.0.set_style(style);
        }
        bar
    }

    /// Takes the bar away.
    pub(crate) fn finish(self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn done(&self, replications: u64) {
        self.0.inc(replications);
    }
}
