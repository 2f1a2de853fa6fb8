//! A place in a passage that moves on as its notation is read.

use std::ops::Range;

use super::node::{DEEPEST, Pair};
use super::passage::{Mistake, Passage, found};

/// Where reading is, and inside how many brackets.
pub(super) struct Cursor<'p> {
    pub(super) passage: &'p Passage,
    pub(super) text: &'p str,
    pub(super) at: usize,
    pub(super) depth: usize,
    /// More brackets inside each other are refused.
    pub(super) deepest: usize,
    /// Members of JSON objects that an equal name after them replaced.
    pub(super) replaced: Vec<Pair>,
}

impl<'p> Cursor<'p> {
    /// The beginning of a passage.
    pub(super) fn new(passage: &'p Passage) -> Self {
        Self {
            passage,
            text: &passage.text,
            at: 0,
            depth: 0,
            deepest: DEEPEST,
            replaced: Vec::new(),
        }
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'p str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn here(&self) -> Range<usize> {
        self.at..self.at + 1
    }

    pub(super) fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// Reads a character that must come next.
    pub(super) fn expect(&mut self, wanted: char, expected: &str) -> Result<(), Mistake> {
        if self.peek() != Some(wanted) {
            let message = format!("{expected} is expected, not {}", found(self.text, self.at));
            return Err(Mistake::new(self.here(), message));
        }
        self.at += 1;
        Ok(())
    }

    /// Reads an opening bracket, and gives its place.
    pub(super) fn enter(&mut self) -> Result<usize, Mistake> {
        let start = self.at;
        self.at += 1;
        self.depth += 1;
        if self.depth > self.deepest {
            let message = format!("more than {} brackets inside each other", self.deepest);
            return Err(Mistake::new(start..start + 1, message));
        }
        Ok(start)
    }

    /// Reads a closing bracket.
    pub(super) fn leave(&mut self) {
        self.at += 1;
        self.depth -= 1;
    }
}

/// A bracket that nothing closes.
pub(super) fn unclosed(start: usize, close: char) -> Mistake {
    let message = format!("this bracket is not closed: a closing {close} is expected");
    Mistake::new(start..start + 1, message)
}
