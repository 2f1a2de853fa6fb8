//! The only writer to stdout and stderr.

use std::io::{IsTerminal, Write};

use crate::args::{Color, Global};
use crate::exit::Exit;

/// Answers go to stdout; notes and problems to stderr.
pub(crate) struct Terminal {
    quiet: bool,
    /// Whether answers are swallowed, too.
    muted: bool,
    colour: bool,
    /// Stdout was closed by its reader, or could not be written.
    broken: Option<std::io::Error>,
}

impl Terminal {
    pub(crate) fn new(global: &Global) -> Self {
        let choice = match global.color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
        let colour = match global.color {
            Color::Auto => std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
            Color::Always => true,
            Color::Never => false,
        };
        Self {
            quiet: global.quiet,
            muted: false,
            colour,
            broken: None,
        }
    }

    /// One that tells problems only.
    pub(crate) const fn muted(&self) -> Self {
        Self {
            quiet: true,
            muted: true,
            colour: self.colour,
            broken: None,
        }
    }

    /// Whether notes are wanted.
    pub(crate) const fn quiet(&self) -> bool {
        self.quiet
    }

    /// Whether stderr takes colour.
    pub(crate) const fn colour(&self) -> bool {
        self.colour
    }

    /// Part of the answer.
    pub(crate) fn answer(&mut self, text: impl AsRef<[u8]>) {
        if self.broken.is_none()
            && !self.muted
            && let Err(error) = std::io::stdout().lock().write_all(text.as_ref())
        {
            self.broken = Some(error);
        }
    }

    /// Something worth knowing, unless quiet.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// A problem: always told.
    #[expect(
        clippy::unused_self,
        reason = "whoever writes to the screen holds the terminal"
    )]
    pub(crate) fn problem(&self, text: &str) {
        let _ = write!(anstream::stderr(), "{text}");
        if !text.ends_with('\n') {
            let _ = writeln!(anstream::stderr());
        }
    }

    /// Flushes; an answer that could not be written is a failure, but a reader that left early
    /// (`| head`) is none.
    pub(crate) fn finish(mut self, exit: Exit) -> Exit {
        if self.broken.is_none()
            && let Err(error) = std::io::stdout().lock().flush()
        {
            self.broken = Some(error);
        }
        match &self.broken {
            Some(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                self.problem(&format!("error: the answer cannot be written: {error}"));
                Exit::CouldNotFinish
            }
            _ => exit,
        }
    }
}
