//! CSV with places: every field knows its bytes, every problem its row and column.

use std::ops::Range;

use crate::problem::{Problem, Sources};
use crate::suggest::nearest;

/// At most this many problems of one file are shown.
const MOST: usize = 20;

/// A CSV file that was read, with the columns that it has.
pub(crate) struct CsvFile<'c> {
    pub(crate) source: usize,
    columns: Vec<Option<&'c str>>,
    pub(crate) rows: Vec<Row>,
}

/// A data row.
pub(crate) struct Row {
    pub(crate) fields: Vec<String>,
    /// Where each field's text lies.
    pub(crate) spans: Vec<Range<usize>>,
    /// Line in the file, from 1.
    pub(crate) line: u64,
}

/// Columns of a file: what must be there, what may, and what is passed over.
pub(crate) struct Columns<'c> {
    pub(crate) required: &'c [&'c str],
    pub(crate) optional: &'c [&'c str],
    pub(crate) ignored: &'c [&'c str],
}

/// Collects problems of one file and cuts them off with a count.
pub(crate) struct RowProblems {
    code: &'static str,
    found: Vec<Problem>,
    more: usize,
}

impl RowProblems {
    pub(crate) fn new(code: &'static str) -> Self {
        Self {
            code,
            found: Vec::new(),
            more: 0,
        }
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        if self.found.len() < MOST {
            self.found.push(problem);
        } else {
            self.more += 1;
        }
    }

    pub(crate) fn error(
        &mut self,
        message: impl Into<String>,
        place: (usize, Range<usize>),
        help: Option<String>,
    ) {
        let problem = Problem::error(self.code, message).at(place);
        self.push(match help {
            Some(help) => problem.help(help),
            None => problem,
        });
    }

    pub(crate) fn into_vec(mut self) -> Vec<Problem> {
        if let (Some(last), 1..) = (self.found.last_mut(), self.more) {
            last.notes
                .push(format!("and {} more problems in this file", self.more));
        }
        self.found
    }
}

impl<'c> CsvFile<'c> {
    /// Reads a file; its problems go to `problems`.
    pub(crate) fn read(
        name: &str,
        text: &str,
        columns: &Columns<'c>,
        sources: &mut Sources,
        problems: &mut RowProblems,
    ) -> Option<Self> {
        let source = sources.add(name, text);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let Some(Ok(header)) = records.next() else {
            problems.error(
                format!("{name} is empty"),
                (source, 0..0),
                Some(format!(
                    "the first line names the columns: {}",
                    columns.required.join(",")
                )),
            );
            return None;
        };
        let spans = field_spans(text, 0, header.len());
        let columns = header_columns(&header, &spans, source, columns, problems)?;
        let mut rows = Vec::new();
        for record in records {
            match record {
                Ok(record) => {
                    let position = record
                        .position()
                        .map_or((0, 0), |at| (at.byte() as usize, at.line()));
                    let spans = field_spans(text, position.0, record.len());
                    if record.len() != columns.len() {
                        let message = format!(
                            "this row has {} fields, the header has {}",
                            record.len(),
                            columns.len()
                        );
                        let place = spans
                            .first()
                            .map_or(0..0, |first| first.start..spans[spans.len() - 1].end);
                        problems.error(
                            message,
                            (source, place),
                            Some("a text that contains commas needs quotes".to_owned()),
                        );
                        continue;
                    }
                    rows.push(Row {
                        fields: record.iter().map(str::to_owned).collect(),
                        spans,
                        line: position.1,
                    });
                }
                Err(error) => {
                    let at = error.position().map_or(0, |at| at.byte() as usize);
                    problems.error(format!("the row cannot be read: {error}"), (source, at..at), None);
                }
            }
        }
        Some(Self {
            source,
            columns,
            rows,
        })
    }

    /// The text of a column in a row with its place; `None` when the column or the text is absent.
    pub(crate) fn field<'r>(&self, row: &'r Row, column: &str) -> Option<(&'r str, (usize, Range<usize>))> {
        let index = self.columns.iter().position(|known| *known == Some(column))?;
        let text = row.fields[index].trim();
        (!text.is_empty()).then(|| (text, (self.source, row.spans[index].clone())))
    }

    /// Where a row stands as a whole.
    pub(crate) fn place(&self, row: &Row) -> (usize, Range<usize>) {
        let start = row.spans.first().map_or(0, |span| span.start);
        (
            self.source,
            start..row.spans.last().map_or(start, |span| span.end),
        )
    }
}

fn header_columns<'c>(
    header: &csv::StringRecord,
    spans: &[Range<usize>],
    source: usize,
    columns: &Columns<'c>,
    problems: &mut RowProblems,
) -> Option<Vec<Option<&'c str>>> {
    let mut found: Vec<Option<&'c str>> = Vec::new();
    let known = || columns.required.iter().chain(columns.optional).copied();
    for (index, name) in header.iter().enumerate() {
        let name = name.trim().trim_start_matches('\u{feff}');
        let place = (source, spans.get(index).cloned().unwrap_or(0..0));
        let column = known().find(|known| *known == name);
        if let Some(column) = column
            && found.contains(&Some(column))
        {
            problems.error(format!("column `{name}` stands twice"), place, None);
            continue;
        }
        if column.is_none() && !columns.ignored.contains(&name) {
            let allowed: Vec<&str> = known().collect();
            let problem = Problem::error(problems.code, format!("unknown column `{name}`"))
                .at(place)
                .note(format!("allowed: {}", allowed.join(", ")))
                .meant(nearest(name, allowed.iter().copied()));
            problems.push(problem);
        }
        found.push(column);
    }
    let missing: Vec<&str> = columns
        .required
        .iter()
        .filter(|name| !found.contains(&Some(**name)))
        .copied()
        .collect();
    if missing.is_empty() {
        return Some(found);
    }
    let place = (source, 0..spans.last().map_or(0, |span| span.end));
    problems.error(format!("the header lacks {}", missing.join(", ")), place, None);
    None
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
