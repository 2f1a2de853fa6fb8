//! Small YAML files as documents whose every leaf knows its place.
//!
//! Scalars stay texts, whatever they look like: an id of digits is an id. What could make a small file
//! large or endless (aliases, deep nesting, several documents) is refused.

use std::ops::Range;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, Span};

use crate::codes;
use crate::document::{Entry, Item, Value};
use crate::problem::Problem;

/// Lists and tables nested deeper are refused.
const DEEPEST: usize = 20;

/// Parses a text with one YAML document; the problem is the first thing that is wrong with it.
pub(crate) fn parse(text: &str, source: usize) -> Result<Item, Problem> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        offsets: text
            .char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .collect(),
        source,
    };
    let mut root = None;
    while let Some((event, span)) = reader.next()? {
        match event {
            Event::StreamEnd => break,
            Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(_) => {
                if root.is_some() {
                    return Err(reader.problem("a second document in the file", span));
                }
                root = Some(reader.item(event, span, &Rc::from(""), 0)?);
            }
            _ => {}
        }
    }
    root.ok_or_else(|| Problem::error(codes::SYNTAX, "the file is empty").at((source, 0..0)))
}

struct Reader<'t> {
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
    /// Bytes before each character.
    offsets: Vec<usize>,
    source: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Option<(Event<'t>, Span)>, Problem> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok(found)) => Ok(Some(found)),
            Some(Err(error)) => {
                let at = self.offset(error.marker().index());
                let message = format!("this is no YAML: {}", error.info());
                Err(Problem::error(codes::SYNTAX, message).at((self.source, at..at)))
            }
        }
    }

    /// The item that an event begins.
    fn item(&mut self, event: Event<'t>, span: Span, name: &Rc<str>, depth: usize) -> Result<Item, Problem> {
        if depth > DEEPEST {
            let message = format!("lists and tables are nested more than {DEEPEST} deep");
            return Err(self.problem(message, span));
        }
        let mut place = self.place(span);
        let value = match event {
            Event::Scalar(text, ..) => Value::Text(text.into_owned()),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                while let Some((event, at)) = self.next()? {
                    if event == Event::SequenceEnd {
                        place.end = place.end.max(self.place(at).start);
                        break;
                    }
                    items.push(self.item(event, at, name, depth + 1)?);
                }
                Value::List(items)
            }
            Event::MappingStart(..) => {
                let entries = self.entries(&mut place, depth)?;
                Value::Table(entries)
            }
            Event::Alias(_) => return Err(self.problem("aliases are not read: write the value again", span)),
            _ => return Err(self.problem("a value is missing here", span)),
        };
        Ok(Item {
            name: Rc::clone(name),
            value,
            source: self.source,
            span: place,
        })
    }

    fn entries(&mut self, place: &mut Range<usize>, depth: usize) -> Result<Vec<Entry>, Problem> {
        let mut entries: Vec<Entry> = Vec::new();
        while let Some((event, span)) = self.next()? {
            let key = match event {
                Event::MappingEnd => {
                    place.end = place.end.max(self.place(span).start);
                    break;
                }
                Event::Scalar(key, ..) => key.into_owned(),
                _ => return Err(self.problem("a key is a text", span)),
            };
            if entries.iter().any(|known| known.key == key) {
                return Err(self.problem(format!("`{key}` stands twice in one table"), span));
            }
            let Some((event, at)) = self.next()? else { break };
            let item = self.item(event, at, &Rc::from(key.as_str()), depth + 1)?;
            entries.push(Entry {
                key,
                source: self.source,
                span: self.place(span),
                item,
            });
        }
        Ok(entries)
    }

    fn problem(&self, message: impl Into<String>, span: Span) -> Problem {
        Problem::error(codes::SYNTAX, message).at((self.source, self.place(span)))
    }

    fn place(&self, span: Span) -> Range<usize> {
        self.offset(span.start.index())..self.offset(span.end.index())
    }

    fn offset(&self, characters: usize) -> usize {
        let last = self.offsets.len() - 1;
        self.offsets[characters.min(last)]
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::document::{Item, Value};

    fn shown(item: &Item) -> String {
        match &item.value {
            Value::Text(text) => format!("{text:?}"),
            Value::List(items) => format!("{:?}", items.iter().map(shown).collect::<Vec<_>>()),
            Value::Table(entries) => {
                let one = |entry: &crate::document::Entry| format!("{}={}", entry.key, shown(&entry.item));
                entries.iter().map(one).collect::<Vec<_>>().join(" ")
            }
            _ => "another kind".to_owned(),
        }
    }

    #[test]
    fn scalars_stay_texts_and_know_their_bytes() {
        let text = "# ä comment\npatches:\n  - id: 0123\n    title: 'ü'\n  - {id: true}\n";
        let item = parse(text, 0).unwrap();
        assert_eq!(
            shown(&item),
            r#"patches=["id=\"0123\" title=\"ü\"", "id=\"true\""]"#
        );
        let Value::Table(entries) = &item.value else {
            panic!("a table is expected")
        };
        assert_eq!(&text[entries[0].span.clone()], "patches");
        let Value::List(items) = &entries[0].item.value else {
            panic!("a list is expected")
        };
        let Value::Table(first) = &items[0].value else {
            panic!("a table is expected")
        };
        assert_eq!(&text[first[1].item.span.clone()], "'ü'");
    }

    #[test]
    fn what_is_no_small_document_is_refused_in_words() {
        let (deep, abyss) = ("[".repeat(100), "[".repeat(100_000));
        let bomb = "a: &a [x, x]\nb: &b [*a, *a]\n".to_owned();
        for (text, expected) in [
            ("", "the file is empty"),
            ("# nothing\n", "the file is empty"),
            ("a: [1, 2", "this is no YAML"),
            ("a: 1\na: 2", "stands twice"),
            ("a: 1\n---\nb: 2", "a second document"),
            ("[a]: b", "a key is a text"),
            (&abyss, "this is no YAML"),
            (&deep, "nested more than 20 deep"),
            (&bomb, "aliases are not read"),
        ] {
            let problem = parse(text, 0).expect_err(&text[..text.len().min(30)]);
            assert!(problem.message.contains(expected), "{}", problem.message);
        }
    }
}
