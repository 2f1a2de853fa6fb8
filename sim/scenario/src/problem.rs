//! Problems with the input: what, where, what was expected, what to do.

use std::fmt::Write as _;
use std::ops::Range;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// For information.
    Note,
    /// Accepted, but probably not meant.
    Warning,
    /// Refused.
    Error,
}

impl Severity {
    /// A word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A place in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Index of the source, see [`Sources`].
    pub source: usize,
    /// Bytes of it.
    pub span: Range<usize>,
    /// What is to be said about the place.
    pub text: Option<String>,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A stable code, see [`crate::codes`].
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// Where; the first place is the one at fault.
    pub labels: Vec<Label>,
    /// What is worth knowing.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
}

impl Problem {
    pub(crate) fn new(code: &'static str, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
        }
    }

    pub(crate) fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message)
    }

    pub(crate) fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message)
    }

    pub(crate) fn at(mut self, place: (usize, Range<usize>)) -> Self {
        self.labels.push(Label {
            source: place.0,
            span: place.1,
            text: None,
        });
        self
    }

    pub(crate) fn saying(mut self, text: impl Into<String>) -> Self {
        if let Some(label) = self.labels.last_mut() {
            label.text = Some(text.into());
        }
        self
    }

    pub(crate) fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    pub(crate) fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    pub(crate) fn meant(self, suggestion: Option<&str>) -> Self {
        match suggestion {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None => self,
        }
    }

    /// The problem as plain text, with the source lines that it is about.
    pub fn render_plain(&self, sources: &Sources) -> String {
        let mut text = format!("{}[{}]: {}\n", self.severity.as_str(), self.code, self.message);
        for label in &self.labels {
            render_label(&mut text, label, sources);
        }
        for note in &self.notes {
            let _ = writeln!(text, "   = note: {note}");
        }
        if let Some(help) = &self.help {
            let _ = writeln!(text, "   = help: {help}");
        }
        text
    }
}

/// Longer source lines are cut around the place.
const LONGEST_LINE: usize = 100;

fn render_label(text: &mut String, label: &Label, sources: &Sources) {
    let (line, column) = sources.line_column(label.source, label.span.start);
    let _ = writeln!(text, "  --> {}:{line}:{column}", sources.name(label.source));
    let shown: Vec<char> = sources.line(label.source, label.span.start).chars().collect();
    let from = if column > LONGEST_LINE - 20 {
        column - LONGEST_LINE / 2
    } else {
        0
    };
    let part: String = shown
        .iter()
        .skip(from)
        .take(LONGEST_LINE)
        .map(|c| if *c == '\t' { ' ' } else { *c })
        .collect();
    let marked = sources.text(label.source).get(label.span.clone()).unwrap_or("");
    let width = marked
        .lines()
        .next()
        .unwrap_or("")
        .chars()
        .count()
        .clamp(1, LONGEST_LINE.saturating_sub(column - 1 - from).max(1));
    let _ = writeln!(text, "{line:>4} | {part}");
    let carets = "^".repeat(width);
    let said = label
        .text
        .as_deref()
        .map_or(String::new(), |said| format!(" {said}"));
    let _ = writeln!(text, "     | {}{carets}{said}", " ".repeat(column - 1 - from));
}

/// The texts that were read, in order.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<(String, String)>,
}

impl Sources {
    pub(crate) fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> usize {
        self.files.push((name.into(), text.into()));
        self.files.len() - 1
    }

    /// Name of a source, as the user gave it.
    pub fn name(&self, source: usize) -> &str {
        self.files.get(source).map_or("", |(name, _)| name)
    }

    /// Text of a source.
    pub fn text(&self, source: usize) -> &str {
        self.files.get(source).map_or("", |(_, text)| text)
    }

    /// Line and column of a byte, both from 1, columns in characters.
    pub fn line_column(&self, source: usize, offset: usize) -> (usize, usize) {
        let before = self.before(source, offset);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }

    /// The line that a byte stands in.
    pub fn line(&self, source: usize, offset: usize) -> &str {
        let start = self.before(source, offset).rfind('\n').map_or(0, |at| at + 1);
        let rest = self.text(source).get(start..).unwrap_or("");
        rest.lines().next().unwrap_or("")
    }

    fn before(&self, source: usize, offset: usize) -> &str {
        let text = self.text(source);
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        &text[..end]
    }
}
