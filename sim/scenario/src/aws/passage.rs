//! A text taken out of a source, each of whose parts knows where it came from.

use std::ops::Range;

use crate::problem::Problem;
use crate::read::Place;

/// A text with its places: a word without its quotes, a value without its escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Passage {
    pub(crate) text: String,
    source: usize,
    /// Where stretches begin: byte of the text, byte of the source. Rising in both.
    stretches: Vec<(usize, usize)>,
    /// The byte of the source where the passage ends.
    end: usize,
}

impl Passage {
    /// Nothing yet, at a byte of a source.
    pub(crate) const fn at(source: usize, start: usize) -> Self {
        Self {
            text: String::new(),
            source,
            stretches: Vec::new(),
            end: start,
        }
    }

    /// A whole source.
    pub(crate) fn whole(source: usize, text: &str) -> Self {
        Self {
            text: text.to_owned(),
            source,
            stretches: vec![(0, 0)],
            end: text.len(),
        }
    }

    /// Adds what stands at a byte of the source.
    pub(crate) fn push(&mut self, piece: &str, start: usize) {
        if self.stretches.is_empty() || self.end != start {
            self.stretches.push((self.text.len(), start));
        }
        self.text.push_str(piece);
        self.end = start + piece.len();
    }

    /// Adds what stands for a stretch of the source of another length, such as the value of a variable.
    pub(crate) fn push_for(&mut self, piece: &str, stretch: Range<usize>) {
        self.stretches.push((self.text.len(), stretch.start));
        self.text.push_str(piece);
        self.end = stretch.end;
    }

    /// The passage goes on to this byte of the source, with nothing more to read in it.
    pub(crate) fn close(&mut self, end: usize) {
        self.end = end;
        if self.stretches.is_empty() {
            self.stretches.push((0, end));
        }
    }

    /// The place of a part of the text.
    pub(crate) fn place(&self, part: Range<usize>) -> Place {
        let start = self.source_byte(part.start);
        let end = if part.end > part.start {
            self.source_byte(part.end - 1) + 1
        } else {
            start
        };
        (self.source, start..end.max(start + 1))
    }

    /// The place of all of it.
    pub(crate) fn all(&self) -> Place {
        let start = self.stretches.first().map_or(self.end, |(_, start)| *start);
        (self.source, start..self.end.max(start + 1))
    }

    fn source_byte(&self, at: usize) -> usize {
        let after = self.stretches.partition_point(|(begin, _)| *begin <= at);
        match after.checked_sub(1).map(|index| self.stretches[index]) {
            Some(_) if at >= self.text.len() => self.end,
            Some((begin, start)) => start + (at - begin),
            None => self.end,
        }
    }

    /// The rest of the passage from a byte on.
    pub(crate) fn from(&self, at: usize) -> Self {
        let mut rest = Self::at(self.source, self.source_byte(at));
        let mut ends: Vec<usize> = self.stretches.iter().map(|(begin, _)| *begin).collect();
        ends.push(self.text.len());
        for (index, (begin, start)) in self.stretches.iter().enumerate() {
            let (from, until) = ((*begin).max(at), ends[index + 1]);
            if from < until {
                rest.push(&self.text[from..until], start + (from - begin));
            }
        }
        rest.close(self.end);
        rest
    }

    /// The passage with every occurrence of a text replaced by its own ending.
    pub(crate) fn without_before(&self, escape: char, escaped: char) -> Self {
        let mut plain = Self::at(self.source, self.all().1.start);
        let mut letters = self.text.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            if letter == escape && letters.peek().is_some_and(|(_, next)| *next == escaped) {
                continue;
            }
            let mut bytes = [0; 4];
            plain.push(letter.encode_utf8(&mut bytes), self.source_byte(at));
        }
        plain.close(self.end);
        plain
    }
}

/// What is wrong with a value, where in its passage, and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// Bytes of the passage.
    pub(crate) at: Range<usize>,
    /// What stands there is wrong because of this.
    pub(crate) message: String,
    /// What to write.
    pub(crate) help: Option<String>,
}

impl Mistake {
    pub(crate) fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            help: None,
        }
    }

    pub(crate) fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// The mistake as a problem with its place.
    pub(crate) fn problem(self, passage: &Passage, what: &str) -> Problem {
        let message = format!("{what}: {}", self.message);
        let problem = Problem::error(crate::codes::COMMAND_LINE, message).at(passage.place(self.at));
        match self.help {
            Some(help) => problem.help(help),
            None => problem,
        }
    }
}

/// What stands at a place, for messages.
pub(crate) fn found(text: &str, at: usize) -> String {
    text[at..]
        .chars()
        .next()
        .map_or_else(|| "the end".to_owned(), |c| format!("`{c}`"))
}
