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

    /// Where the problem belongs among others: errors first, then in the order of the files.
    pub(crate) fn rank(&self) -> (std::cmp::Reverse<Severity>, usize, usize) {
        let (source, start) = self
            .labels
            .first()
            .map_or((0, 0), |label| (label.source, label.span.start));
        (std::cmp::Reverse(self.severity), source, start)
    }

    /// The problem as plain text, with the source lines that it is about.
    pub fn render_plain(&self, sources: &Sources) -> String {
        let mut text = format!(
            "{}[{}]: {}\n",
            self.severity.as_str(),
            self.code,
            printable(&self.message)
        );
        for label in &self.labels {
            render_label(&mut text, label, sources);
        }
        for note in &self.notes {
            let _ = writeln!(text, "   = note: {}", printable(note));
        }
        if let Some(help) = &self.help {
            let _ = writeln!(text, "   = help: {}", printable(help));
        }
        text
    }
}

impl Label {
    /// Whether it speaks of a file as a whole.
    pub fn is_whole_file(&self) -> bool {
        self.span == (0..0)
    }
}

/// Longer source lines are cut around the place.
const LONGEST_LINE: usize = 100;

fn render_label(text: &mut String, label: &Label, sources: &Sources) {
    let (line, column) = sources.line_column(label.source, label.span.start);
    let _ = writeln!(
        text,
        "  --> {}:{line}:{column}",
        printable(sources.name(label.source))
    );
    if label.is_whole_file() {
        return;
    }
    let from = if column > LONGEST_LINE - 20 {
        column - LONGEST_LINE / 2
    } else {
        0
    };
    let (part, blanks) = cut_line(
        sources.line(label.source, label.span.start),
        from,
        column - 1 - from,
    );
    let marked = sources.text(label.source).get(label.span.clone()).unwrap_or("");
    let room = LONGEST_LINE.saturating_sub(column - 1 - from).max(1);
    let marked = visible(marked.lines().next().unwrap_or("")).take(room);
    let carets = "^".repeat(marked.map(columns).sum::<usize>().max(1));
    let said = label
        .text
        .as_deref()
        .map_or(String::new(), |said| format!(" {}", printable(said)));
    let _ = writeln!(text, "{line:>4} | {part}");
    let _ = writeln!(text, "     | {}{carets}{said}", " ".repeat(blanks));
}

/// The part of a line from a character on, and the columns that lie before the `place`-th of it.
fn cut_line(line: &str, from: usize, place: usize) -> (String, usize) {
    let mut shown: Vec<char> = visible(line).skip(from).take(LONGEST_LINE + 1).collect();
    let more = shown.len() > LONGEST_LINE;
    shown.truncate(LONGEST_LINE);
    let before: usize = shown.iter().take(place).map(|c| columns(*c)).sum();
    let mut part = String::new();
    part.extend((from > 0).then_some('…'));
    part.extend(&shown);
    part.extend(more.then_some('…'));
    (part, before + usize::from(from > 0))
}

/// The text without what would act on a terminal instead of being seen: control characters become
/// their pictures, tabs blanks; what reorders text becomes a replacement character.
fn visible(text: &str) -> impl Iterator<Item = char> {
    let seen = |c: char| match c {
        '\t' => ' ',
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c => c,
    };
    text.chars().filter(|c| *c != BYTE_ORDER_MARK).map(seen)
}

fn printable(text: &str) -> String {
    visible(text).collect()
}

/// Columns that a character takes on a terminal: two for the wide ones of East Asia.
fn columns(c: char) -> usize {
    let wide = matches!(u32::from(c),
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f
        | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd);
    if wide { 2 } else { 1 }
}

/// Some programs put it before a text in UTF-8; it counts as no column.
const BYTE_ORDER_MARK: char = '\u{feff}';

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

    /// How many sources there are.
    pub(crate) const fn count(&self) -> usize {
        self.files.len()
    }

    /// Name of a source, as the user gave it.
    pub fn name(&self, source: usize) -> &str {
        self.files.get(source).map_or("", |(name, _)| name)
    }

    /// Text of a source.
    pub fn text(&self, source: usize) -> &str {
        self.files.get(source).map_or("", |(_, text)| text)
    }

    /// Moves the places of a problem onto whole characters of their sources: a place that was worked
    /// out from a part of a text may end inside a character or beyond the text.
    pub(crate) fn fit(&self, problem: &mut Problem) {
        for label in &mut problem.labels {
            let start = self.before(label.source, label.span.start).len();
            let text = self.text(label.source);
            let mut end = label.span.end.clamp(start, text.len());
            while !text.is_char_boundary(end) {
                end += 1;
            }
            label.span = start..end;
        }
    }

    /// Line and column of a byte, both from 1, columns in characters.
    pub fn line_column(&self, source: usize, offset: usize) -> (usize, usize) {
        let before = self.before(source, offset);
        let line = before.matches('\n').count() + 1;
        let in_line = before.rsplit('\n').next().unwrap_or("").chars();
        let column = in_line.filter(|c| *c != BYTE_ORDER_MARK).count() + 1;
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
