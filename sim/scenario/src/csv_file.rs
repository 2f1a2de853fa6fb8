//! CSV with places: every field knows its bytes, every problem its row and column.

use std::ops::Range;

use csv::{ReaderBuilder, StringRecord};

use crate::codes;
use crate::numbers::{counted, grouped};
use crate::problem::{Problem, Severity, Sources};
use crate::read::Place;
use crate::suggest::{listing, nearest};

/// At most this many errors, and as many warnings, of one file are shown.
const MOST: usize = 20;

/// More columns are refused.
const MOST_COLUMNS: usize = 1_000;

/// A CSV file whose header was read.
pub(crate) struct CsvFile<'c> {
    pub(crate) source: usize,
    text: &'c str,
    columns: Vec<Option<&'c str>>,
}

/// A data row.
pub(crate) struct Row {
    fields: StringRecord,
    /// Where it begins in the file.
    start: usize,
}

/// Columns of a file: what must be there, what may, and what is passed over without a word.
pub(crate) struct Columns<'c> {
    pub(crate) required: &'c [&'c str],
    pub(crate) optional: &'c [&'c str],
    pub(crate) ignored: &'c [&'c str],
}

/// Collects problems of one file and cuts them off with a count.
pub(crate) struct RowProblems {
    code: &'static str,
    errors: Shown,
    warnings: Shown,
}

struct Shown {
    found: Vec<Problem>,
    more: u64,
    next: Option<Place>,
}

impl Shown {
    const NOTHING: Self = Self {
        found: Vec::new(),
        more: 0,
        next: None,
    };

    fn push(&mut self, problem: Problem) {
        if self.found.len() < MOST {
            self.found.push(problem);
            return;
        }
        self.more += 1;
        if self.next.is_none() {
            self.next = problem
                .labels
                .first()
                .map(|label| (label.source, label.span.clone()));
        }
    }

    /// What is shown; `what` names the rest.
    fn into_vec(mut self, code: &'static str, severity: Severity, what: &str) -> Vec<Problem> {
        if self.more > 0 {
            let message = format!("{} in this file", counted(self.more, what));
            let problem = Problem::new(code, severity, message);
            self.found.push(match self.next {
                Some(place) => problem.at(place).saying("the next one is here"),
                None => problem,
            });
        }
        self.found
    }
}

impl RowProblems {
    pub(crate) const fn new(code: &'static str) -> Self {
        Self {
            code,
            errors: Shown::NOTHING,
            warnings: Shown::NOTHING,
        }
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        match problem.severity {
            Severity::Error => self.errors.push(problem),
            Severity::Warning | Severity::Note => self.warnings.push(problem),
        }
    }

    pub(crate) fn error(&mut self, message: impl Into<String>, place: Place, help: Option<String>) {
        let problem = Problem::error(self.code, message).at(place);
        self.push(match help {
            Some(help) => problem.help(help),
            None => problem,
        });
    }

    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.found.is_empty()
    }

    pub(crate) fn into_vec(self) -> Vec<Problem> {
        let mut all = self.errors.into_vec(self.code, Severity::Error, "more error");
        all.extend(
            self.warnings
                .into_vec(self.code, Severity::Warning, "more warning"),
        );
        all
    }
}

impl<'c> CsvFile<'c> {
    /// Reads the header of a file with at most so many rows; `named` is where the file was named.
    /// Problems go to `problems`.
    pub(crate) fn open(
        (name, named): (&str, &Place),
        text: &'c str,
        columns: &Columns<'c>,
        most_rows: u64,
        sources: &mut Sources,
        problems: &mut RowProblems,
    ) -> Option<Self> {
        let source = sources.add(name, text);
        if let Some(at) = text.find('\0') {
            let help = "save it as text in UTF-8".to_owned();
            problems.error(
                format!("{name} is no text file"),
                (source, at..at + 1),
                Some(help),
            );
            return None;
        }
        if let Some(rows) = more_rows_than(most_rows, text) {
            let message = format!(
                "{name} has {}; the limit is {}",
                counted(rows, "row"),
                grouped(most_rows)
            );
            let problem = Problem::error(codes::SIZE, message).at(named.clone());
            problems.push(problem.help("keep the rows that the scenario needs"));
            return None;
        }
        let Some(Ok(header)) = reader(text).records().next() else {
            let first = columns.required.join(",");
            let help = format!("the first line names the columns: {first}");
            problems.error(format!("{name} is empty"), (source, 0..0), Some(help));
            return None;
        };
        let spans = field_spans(
            text,
            text.len() - text.trim_start_matches('\u{feff}').len(),
            header.len(),
        );
        let columns = header_columns(&header, &spans, source, columns, problems)?;
        Some(Self {
            source,
            text,
            columns,
        })
    }

    /// Visits the rows that have as many fields as the header; rows without any text are passed
    /// over. Returns how many rows there are.
    pub(crate) fn rows(
        &self,
        problems: &mut RowProblems,
        mut each: impl FnMut(&Row, &mut RowProblems),
    ) -> u64 {
        let mut count = 0;
        for record in reader(self.text).into_records().skip(1) {
            let fields = match record {
                Ok(fields) => fields,
                Err(error) => {
                    let at = error.position().map_or(0, |at| at.byte() as usize);
                    problems.error(
                        format!("the row cannot be read: {error}"),
                        (self.source, at..at),
                        None,
                    );
                    continue;
                }
            };
            if fields.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            count += 1;
            let start = fields.position().map_or(0, |at| at.byte() as usize);
            let row = Row { fields, start };
            if row.fields.len() == self.columns.len() {
                each(&row, problems);
            } else {
                self.other_length(&row, problems);
            }
        }
        count
    }

    fn other_length(&self, row: &Row, problems: &mut RowProblems) {
        let (has, needs) = (row.fields.len(), self.columns.len());
        let help = if row.fields.iter().any(|field| field.contains('\n')) {
            "a quote that opens in this row is not closed in it"
        } else if has < needs {
            "every row has all columns, empty ones too"
        } else {
            "a text that contains commas needs quotes"
        };
        let message = format!(
            "this row has {}, the header has {needs}",
            counted(has as u64, "field")
        );
        problems.error(message, self.row_place(row), Some(help.to_owned()));
    }

    /// The text of a column in a row; `None` when the column or the text is absent.
    pub(crate) fn text<'r>(&self, row: &'r Row, column: &str) -> Option<&'r str> {
        let text = row.fields.get(self.index(column)?)?.trim();
        (!text.is_empty()).then_some(text)
    }

    fn index(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|known| *known == Some(column))
    }

    /// Where a column stands in a row; the whole row when the file lacks the column.
    pub(crate) fn place(&self, row: &Row, column: &str) -> Place {
        let span = self.index(column).and_then(|index| {
            let spans = field_spans(self.text, row.start, row.fields.len());
            spans.get(index).cloned()
        });
        match span {
            Some(span) if !span.is_empty() => (self.source, span),
            _ => self.row_place(row),
        }
    }

    /// Where a row stands as a whole.
    pub(crate) fn row_place(&self, row: &Row) -> Place {
        let spans = field_spans(self.text, row.start, row.fields.len());
        let start = spans.first().map_or(0, |span| span.start);
        (
            self.source,
            start..spans.last().map_or(start, |span| span.end.max(start)),
        )
    }
}

fn reader(text: &str) -> csv::Reader<&[u8]> {
    ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes())
}

/// The number of data rows, if it is larger than allowed. Lines are counted first: that is fast.
fn more_rows_than(most: u64, text: &str) -> Option<u64> {
    let lines = text.bytes().filter(|byte| *byte == b'\n').count() as u64;
    if lines <= most {
        return None;
    }
    let rows = (reader(text).into_byte_records().count() as u64).saturating_sub(1);
    (rows > most).then_some(rows)
}

/// A name in the header.
struct Heading<'h, 'c> {
    name: &'h str,
    column: Option<&'c str>,
    place: Place,
}

fn header_columns<'c>(
    header: &StringRecord,
    spans: &[Range<usize>],
    source: usize,
    columns: &Columns<'c>,
    problems: &mut RowProblems,
) -> Option<Vec<Option<&'c str>>> {
    let whole = (source, spans.first()?.start..spans.last()?.end);
    if let Some((character, name)) = other_separator(header) {
        let help = "save the file with commas between the columns".to_owned();
        let message = format!("the columns are separated by {name} (`{character}`)");
        problems.error(message, whole, Some(help));
        return None;
    }
    if header.len() > MOST_COLUMNS {
        let message = format!(
            "{} columns; the limit is {MOST_COLUMNS}",
            grouped(header.len() as u64)
        );
        problems.push(Problem::error(codes::SIZE, message).at(whole));
        return None;
    }
    let known = || columns.required.iter().chain(columns.optional).copied();
    let heading = |(text, span)| {
        let name = str::trim(text).trim_start_matches('\u{feff}');
        Heading {
            name,
            column: known().find(|known| *known == name),
            place: (source, Range::clone(span)),
        }
    };
    let headings: Vec<Heading<'_, 'c>> = header.iter().zip(spans).map(heading).collect();
    let valid = check_headings(&headings, columns, whole, problems);
    valid.then(|| headings.iter().map(|heading| heading.column).collect())
}

/// Misspelt, missing and repeated columns; what else the file has is only named. A header that
/// lacks several columns belongs to another kind of file: then nothing else is said of it.
fn check_headings(
    headings: &[Heading<'_, '_>],
    columns: &Columns<'_>,
    whole: Place,
    problems: &mut RowProblems,
) -> bool {
    let known = || columns.required.iter().chain(columns.optional).copied();
    let allowed = format!("allowed: {}", listing(known()));
    let is_there = |name: &str| headings.iter().any(|heading| heading.column == Some(name));
    let absent: Vec<&str> = known().filter(|name| !is_there(name)).collect();
    let strange = headings.iter().filter(|heading| {
        heading.column.is_none() && !heading.name.is_empty() && !columns.ignored.contains(&heading.name)
    });
    let (misspelt, unused): (Vec<_>, Vec<_>) = strange
        .map(|heading| (heading, nearest(heading.name, absent.iter().copied())))
        .partition(|(_, meant)| meant.is_some());
    let meant = |name: &str| misspelt.iter().any(|(_, meant)| *meant == Some(name));
    let missing: Vec<&str> = columns
        .required
        .iter()
        .copied()
        .filter(|name| !is_there(name) && !meant(name))
        .collect();
    let names = listing(unused.iter().map(|(heading, _)| heading.name));
    if !missing.is_empty() {
        let message = format!("the header lacks {}", missing.join(", "));
        let problem = Problem::error(problems.code, message)
            .at(whole)
            .note(allowed.clone());
        problems.push(match unused.len() {
            0 => problem,
            _ => problem.note(format!("not known here: {names}")),
        });
        if missing.len() > 1 {
            return false;
        }
    }
    for (heading, meant) in &misspelt {
        let problem = Problem::error(problems.code, format!("unknown column `{}`", heading.name))
            .at(heading.place.clone());
        problems.push(problem.note(allowed.clone()).meant(*meant));
    }
    let mut valid = missing.is_empty() && misspelt.is_empty();
    for (index, heading) in headings.iter().enumerate() {
        let before = || {
            headings[..index]
                .iter()
                .any(|other| other.column == heading.column)
        };
        if heading.column.is_some() && before() {
            problems.error(
                format!("column `{}` stands twice", heading.name),
                heading.place.clone(),
                None,
            );
            valid = false;
        }
    }
    if let (true, Some((first, _))) = (valid, unused.first()) {
        let message = format!("columns that are not used: {names}");
        problems.push(Problem::new(codes::UNUSED, Severity::Note, message).at(first.place.clone()));
    }
    valid
}

/// What separates the columns of a header that seems to have one column only.
fn other_separator(header: &StringRecord) -> Option<(char, &'static str)> {
    let only = header.get(0).filter(|_| header.len() == 1)?;
    [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")]
        .into_iter()
        .find(|(separator, _)| only.contains(*separator))
}

/// Bytes of the fields of the record that begins at `start`, without their quotes.
fn field_spans(text: &str, start: usize, fields: usize) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = start;
    // The csv reader's record may begin before line ends that it passes over.
    while matches!(bytes.get(at), Some(b'\n' | b'\r')) {
        at += 1;
    }
    let mut spans = Vec::with_capacity(fields);
    for _ in 0..fields {
        let quoted = bytes.get(at) == Some(&b'"');
        let begin = at + usize::from(quoted);
        let mut end = begin;
        let mut inside = quoted;
        while let Some(byte) = bytes.get(end) {
            match byte {
                b'"' if inside && bytes.get(end + 1) == Some(&b'"') => end += 1,
                b'"' if inside => inside = false,
                b',' | b'\n' | b'\r' if !inside => break,
                _ => {}
            }
            end += 1;
        }
        let stop = if quoted && end > begin && bytes.get(end - 1) == Some(&b'"') {
            end - 1
        } else {
            end
        };
        spans.push(begin.min(text.len())..stop.min(text.len()));
        at = (end + 1).min(bytes.len());
    }
    spans
}
