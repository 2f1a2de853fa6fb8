//! Statements of shells that hold others: loops, functions, branches, and texts for files.

use super::lines::{Ends, beginning, captured};
use super::{Reader, Said};
use crate::codes;
use crate::numbers::counted;
use crate::problem::Problem;
use crate::read::Place;

/// Loops in loops and functions that call each other are not followed deeper, branches in branches not told.
const DEEPEST: usize = 30;

/// Statements of which only some are carried out.
pub(super) struct Branch {
    pub(super) word: &'static str,
    pub(super) place: Place,
    /// What ends it.
    closes: &'static str,
}

/// A function of a script.
pub(super) struct Function {
    body: usize,
    place: Place,
    commands: usize,
    is_called: bool,
}

impl<'t> Reader<'t> {
    /// Reads a statement that begins or ends a block.
    pub(super) fn block(&mut self) -> bool {
        let word = first_word(self.rest());
        if let Some(branch) = self.branches.last()
            && branch.closes == word
        {
            self.branches.pop();
            self.at += word.len();
            return true;
        }
        match word {
            "for" => self.for_loop(),
            "if" | "case" | "while" | "until" => self.branch(word),
            _ => self.definition(),
        }
    }

    /// `if …; then`, `case … in`, `while …; do`, and PowerShell's `if (…) {`.
    fn branch(&mut self, word: &str) -> bool {
        let (word, opens, closes) = match word {
            "if" => ("if", "then", "fi"),
            "case" => ("case", "in", "esac"),
            "while" => ("while", "do", "done"),
            _ => ("until", "do", "done"),
        };
        let line = beginning(self.rest()).trim_end();
        let next = self.rest()[line.len()..].trim_start_matches([' ', '\t', '\r', '\n']);
        let has = |text: &str| text.split([' ', '\t', ';']).any(|part| part == opens);
        let braces = line.ends_with('{');
        if !(has(line) || first_word(next) == opens || braces) || self.branches.len() > DEEPEST {
            return false;
        }
        let place = (self.source, self.at..self.at + word.len());
        self.at += word.len();
        // What is asked is carried out in any case.
        let (_, _, command) = captured(self.rest().trim_start_matches([' ', '\t', '!']));
        if let Some(offset) = command {
            let skip = self.rest().len() - self.rest().trim_start_matches([' ', '\t', '!']).len();
            self.at += skip + offset;
            let command = self.command(None, Ends::Line);
            self.say(command);
        }
        let closes = if braces { "}" } else { closes };
        self.branches.push(Branch { word, place, closes });
        true
    }

    /// `for NAME in WORDS; do … done`: its commands for each of the words.
    fn for_loop(&mut self) -> bool {
        let (start, place) = (self.at, (self.source, self.at..self.at + 3));
        let mut words = beginning(self.rest())[3..].split_whitespace();
        let (Some(name), Some("in")) = (words.next(), words.next()) else {
            return false;
        };
        let behind = |text: &str, word: &str| text.find(word).map_or(0, |at| at + word.len());
        let line = &self.rest()[3..];
        self.at += 3 + behind(line, name);
        self.at += behind(self.rest(), "in");
        let list = self.words(Ends::Line);
        let rest = self.rest().trim_start_matches([' ', '\t', '\r', '\n', ';']);
        if first_word(rest) != "do" || self.depth > DEEPEST {
            self.at = start;
            return false;
        }
        let body = self.text.len() - rest.len() + 2;
        let unknown = list.iter().any(|word| word.text.contains(['$', '*', '`', '{']));
        if unknown || list.is_empty() || self.skips {
            self.skip_body(body, "done");
            if self.skipped > 0 && unknown && !self.skips {
                let commands = counted(self.skipped as u64, "command");
                let message =
                    format!("this text does not say what ${name} goes through: {commands} left out");
                let problem = Problem::warning(codes::IMPORT, message).at(place);
                self.tell(problem.help(format!("write the words themselves: for {name} in a b c; do")));
            }
            return true;
        }
        for word in list {
            self.values.set(name, word.text, None);
            self.follow(body, "done");
        }
        true
    }

    /// Reads statements from a byte on until one that begins with a word; goes behind that.
    fn follow(&mut self, body: usize, end: &str) {
        (self.at, self.line_is_known) = (body, true);
        self.depth += 1;
        let outside = self.branches.len();
        while self.at < self.text.len() {
            let rest = self.rest().trim_start_matches([' ', '\t', '\r', '\n', ';', '&']);
            if first_word(rest) == end && self.branches.len() == outside {
                self.at = self.text.len() - rest.len() + end.len();
                break;
            }
            self.statement();
        }
        self.branches.truncate(outside);
        self.depth -= 1;
    }

    /// Goes through a body without saying anything, and counts its commands.
    fn skip_body(&mut self, body: usize, end: &str) {
        let (skips, skipped) = (std::mem::replace(&mut self.skips, true), self.skipped);
        self.skipped = 0;
        self.follow(body, end);
        self.skips = skips;
        if skips {
            self.skipped += skipped;
        }
    }

    /// `NAME() {` or `function NAME {`: read where it is called.
    fn definition(&mut self) -> bool {
        let line = beginning(self.rest());
        let (start, place) = (self.at, (self.source, self.at..self.at + line.trim_end().len()));
        let Some((head, _)) = line.split_once('{') else {
            return false;
        };
        let named = head.trim().strip_prefix("function ");
        let name = named
            .or_else(|| head.trim_end().strip_suffix("()"))
            .map(str::trim);
        let name = name.map(|name| name.trim_end_matches("()").trim());
        let Some(name) = name.filter(|name| !name.is_empty() && !name.contains([' ', '$', '"', '('])) else {
            return false;
        };
        if self.depth > DEEPEST {
            return false;
        }
        let body = start + head.len() + 1;
        self.skip_body(body, "}");
        let function = Function {
            body,
            place,
            commands: self.skipped,
            is_called: false,
        };
        if !self.skips {
            self.functions.insert(name, function);
        }
        true
    }

    /// A call of a function, perhaps captured in a variable.
    pub(super) fn call(&mut self, (start, line): (usize, &'t str)) -> bool {
        let (variable, call, ends) = match super::capturing(line) {
            Some((name, inner)) => match inner.strip_prefix("$(") {
                Some(inner) => (Some(name), inner, Ends::Parenthesis),
                None => return false,
            },
            None => (None, line, Ends::Line),
        };
        let name = first_word(call);
        let Some(function) = self.functions.get_mut(name) else {
            return false;
        };
        let body = function.body;
        if self.skips {
            self.skipped += function.commands;
            return false;
        }
        function.is_called = true;
        if self.depth > DEEPEST {
            return false;
        }
        self.at = start + (line.len() - call.len()) + name.len();
        let arguments = self.words(ends);
        let behind = self.at;
        let numbers: Vec<String> = (1..=9).map(|number| number.to_string()).collect();
        let before: Vec<Option<String>> = numbers.iter().map(|number| self.values.take(number)).collect();
        for (number, argument) in numbers.iter().zip(arguments) {
            self.values.set(number, argument.text, None);
        }
        let said = self.script.said.len();
        self.follow(body, "}");
        for (number, value) in numbers.iter().zip(before) {
            self.values.take(number);
            if let Some(value) = value {
                self.values.set(number, value, None);
            }
        }
        let answered = self.script.said[said..].iter_mut().rev();
        let mut commands = answered.filter_map(|said| match said {
            Said::Command(line) => Some(line),
            Said::Answer { .. } => None,
        });
        if let Some((variable, command)) = variable.zip(commands.next()) {
            command.variable.get_or_insert_with(|| variable.to_owned());
            self.values.capture(variable);
        }
        self.at = behind;
        true
    }

    /// Functions that nothing calls.
    pub(super) fn told_of_uncalled(&self) {
        for (name, function) in &self.functions {
            if !function.is_called && function.commands > 0 {
                let commands = counted(function.commands as u64, "command");
                let message = format!("nothing in this text calls {name}: {commands} left out");
                let problem = Problem::warning(codes::IMPORT, message).at(function.place.clone());
                self.tell(problem);
            }
        }
    }

    /// `cat > FILE <<EOF`: what commands further down may name as `file://FILE`.
    pub(super) fn heredoc(&mut self) -> bool {
        if !beginning(self.rest()).contains("<<") {
            return false;
        }
        let line = self.this_line();
        let Some((before, mark)) = line.split_once("<<").filter(|(_, mark)| !mark.starts_with('<')) else {
            return false;
        };
        let mark = mark.trim_start_matches('-').trim_start();
        let literal = mark.starts_with(['\'', '"', '\\']);
        let end = mark.split([' ', '\t', '\r', ';', '>']).next().unwrap_or("");
        let end = end.trim_matches(['\'', '"', '\\']);
        if end.is_empty() {
            return false;
        }
        let start = self.at + line.len() + 1;
        let text = self.text.get(start..).unwrap_or("");
        let mut length = 0;
        for line in text.split_inclusive('\n') {
            if line.trim() == end {
                let path = |text: &str| {
                    let path = text.split_once('>')?.1.trim_start_matches('>').trim_start();
                    Some(
                        path.split_whitespace()
                            .next()?
                            .trim_matches(['"', '\''])
                            .to_owned(),
                    )
                };
                if let Some(path) = path(before).or_else(|| path(mark)).filter(|_| !self.skips) {
                    let body = &text[..length];
                    let body = if literal {
                        body.to_owned()
                    } else {
                        self.values.expand(body)
                    };
                    self.script.written.insert(self.values.expand(&path), body);
                }
                self.at = (start + length + line.len() - 1).min(self.text.len());
                return true;
            }
            length += line.len();
        }
        false
    }
}

fn first_word(text: &str) -> &str {
    let end = text.find([' ', '\t', '\n', '\r', ';', ')', '&', '|']);
    &text[..end.unwrap_or(text.len())]
}
