//! A runbook as words: the `aws` commands in a text, as a Unix shell, cmd or PowerShell would split
//! them. Prose around them is passed over; so are answers, except for the ids in them. Loops over words that
//! the text gives and functions are followed (`blocks`); branches are read as if all of them held.

mod blocks;
mod lines;
mod variables;

use std::collections::BTreeMap;

use super::passage::Passage;
use crate::codes;
use crate::problem::Problem;
use crate::read::{Place, Problems};
use blocks::{Branch, Function};
use lines::{
    Ends, answer, assignment, before_command, captured, capturing, continuation, is_bracket, is_comment,
    statement_length, without_prompt,
};
use variables::{Values, variable};

/// One `aws` command.
#[derive(Debug)]
pub(crate) struct Line {
    /// Without the leading `aws`.
    pub(crate) words: Vec<Passage>,
    /// The variable that takes what the command answers.
    pub(crate) variable: Option<String>,
    pub(crate) place: Place,
    /// The branch that it stands in, such as `if`, and where that begins.
    pub(crate) branch: Option<(&'static str, Place)>,
}

/// What a runbook says, in order.
#[derive(Debug)]
pub(crate) enum Said {
    Command(Line),
    /// An id in a printed answer, such as `"WindowId": "mw-0c50858d01EXAMPLE"`.
    Answer {
        member: &'static str,
        id: String,
    },
}

/// A runbook, read.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) said: Vec<Said>,
    /// Lines that are neither a command, a comment, an assignment nor blank: how many, and the first.
    pub(crate) passed_over: Option<(u64, Place)>,
    /// Texts that the runbook writes into files, by their paths.
    pub(crate) written: BTreeMap<String, String>,
}

/// Of longer statements that are no commands the rest is not looked at.
const LONGEST: usize = 10_000;

/// More statements are not read than this and the bytes of the text: loops in loops come to many.
const MOST_STATEMENTS: usize = 50_000;

/// Finds the commands of a text.
pub(crate) fn script(problems: &Problems, source: usize, text: &str) -> Script {
    let mut reader = Reader {
        problems,
        source,
        text,
        at: 0,
        line_is_known: true,
        script: Script::default(),
        values: Values::default(),
        functions: BTreeMap::new(),
        branches: Vec::new(),
        statements: 0,
        depth: 0,
        skips: false,
        skipped: 0,
        marks_told: false,
    };
    while reader.at < text.len() {
        reader.statement();
    }
    if !reader.line_is_known {
        reader.pass_over();
    }
    reader.told_of_uncalled();
    reader.script
}

struct Reader<'t> {
    problems: &'t Problems,
    source: usize,
    text: &'t str,
    at: usize,
    /// Something was found on the line.
    line_is_known: bool,
    script: Script,
    values: Values,
    functions: BTreeMap<&'t str, Function>,
    branches: Vec<Branch>,
    statements: usize,
    /// Loops and functions that are being followed.
    depth: usize,
    /// What is read is not said: the body of a function, or of a loop that is not followed.
    skips: bool,
    /// Commands that were not said for that.
    skipped: usize,
    /// The first missing continuation mark has been told.
    marks_told: bool,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn this_line(&self) -> &'t str {
        self.rest().split('\n').next().unwrap_or("")
    }

    fn tell(&self, problem: Problem) {
        if !self.skips {
            self.problems.push(problem);
        }
    }

    /// Goes to the next line.
    fn skip_line(&mut self) {
        self.at = (self.at + self.this_line().len() + 1).min(self.text.len());
    }

    /// Goes behind the statement, to what separates it from the next one.
    fn skip_statement(&mut self) {
        self.at += statement_length(self.rest());
        if self.rest().trim_start_matches([' ', '\t']).starts_with('#') {
            self.at += self.this_line().len();
        }
    }

    /// Reads one statement: up to `;`, `&&` or the end of its line, or whole where it is a command.
    fn statement(&mut self) {
        self.statements += 1;
        let most = MOST_STATEMENTS + self.text.len();
        if self.statements > most {
            if self.statements == most + 1 {
                let message = "the loops of this text come to too many commands";
                let place = (self.source, self.at..self.at);
                self.problems.push(Problem::error(codes::SIZE, message).at(place));
            }
            (self.at, self.line_is_known) = (self.text.len(), true);
            return;
        }
        let begins_line = self.at == 0 || self.text[..self.at].ends_with('\n');
        if begins_line && self.whole_line() {
            return;
        }
        let separators = [' ', '\t', '\r', ';', '&', ')', '|'];
        let rest = self.rest().trim_start_matches(separators);
        self.at = self.text.len() - rest.len();
        if rest.is_empty() || rest.starts_with('\n') {
            self.end_of_line();
            return;
        }
        if rest.starts_with('#') {
            self.at += self.this_line().len();
            return;
        }
        let before = self.at;
        self.line_is_known |= self.known_statement();
        if self.at == before {
            self.skip_statement();
        }
        if self.at == before {
            self.at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }

    /// What is a line of its own: blank ones, comments, answers and brackets. A prompt is skipped.
    fn whole_line(&mut self) -> bool {
        let line = self.this_line();
        let trimmed = without_prompt(line.trim_start_matches([' ', '\t', '\u{feff}']));
        if let Some((member, id)) = answer(trimmed).filter(|_| !self.skips) {
            let id = id.to_owned();
            self.script.said.push(Said::Answer { member, id });
        } else if !(is_comment(trimmed) || is_bracket(trimmed) && self.branches.is_empty()) {
            self.at += line.len() - trimmed.len();
            self.line_is_known = false;
            return false;
        }
        self.skip_line();
        true
    }

    fn end_of_line(&mut self) {
        if !self.line_is_known && !self.skips {
            self.pass_over();
        }
        self.line_is_known = true;
        self.at = (self.at + 1).min(self.text.len());
    }

    /// Counts a line in which nothing was found; one that seems to have a command of patching is told.
    fn pass_over(&mut self) {
        let start = self.text[..self.at].rfind('\n').map_or(0, |end| end + 1);
        let line = &self.text[start..self.at];
        let place = (self.source, start..start + line.trim_end().len().min(200));
        match &mut self.script.passed_over {
            Some((count, _)) => *count += 1,
            none => *none = Some((1, place)),
        }
        if let Some(at) = unread_command(line) {
            let place = (self.source, start + at..start + at + 3);
            let message = "this command is not read: what stands before it on its line is not known";
            let problem = Problem::warning(codes::IMPORT, message).at(place);
            self.tell(problem.help("put it on a line of its own"));
        }
    }

    /// Reads a statement that says something here.
    fn known_statement(&mut self) -> bool {
        if self.block() {
            return true;
        }
        let start = self.at;
        let skip = before_command(self.rest());
        let trimmed = &self.rest()[skip..];
        let trimmed = &trimmed[..trimmed.floor_char_boundary(LONGEST)];
        let trimmed = &trimmed[..statement_length(trimmed)];
        let (variable, ends, command) = captured(trimmed);
        if let Some(offset) = command {
            let ends = if self.rest()[..skip].contains('(') {
                Ends::Parenthesis
            } else {
                ends
            };
            self.at = start + skip + offset;
            let variable = variable.map(str::to_owned);
            let command = self.command(variable, ends);
            self.say(command);
            return true;
        }
        if self.heredoc() || self.call((start + skip, trimmed)) {
            return true;
        }
        if self.assign(trimmed) {
            self.skip_statement();
            return true;
        }
        self.at += skip;
        skip > 0
    }

    fn say(&mut self, command: Line) {
        if self.skips {
            self.skipped += 1;
            return;
        }
        if let Some(name) = &command.variable {
            self.values.capture(name);
        }
        self.script.said.push(Said::Command(command));
    }

    /// `NAME=value`
    fn assign(&mut self, line: &str) -> bool {
        let Some((name, value, literal)) = assignment(line) else {
            return false;
        };
        let branch = self.branches.last().map(|branch| branch.place.clone());
        let substituted = capturing(line).and_then(|(_, inner)| {
            let inner = inner.strip_prefix("$(").or_else(|| inner.strip_prefix('`'))?;
            Some(inner.trim_end().trim_end_matches(['"', ')', '`']))
        });
        match substituted {
            Some(command) => match self.values.substituted(command) {
                Some(value) => self.values.set(name, value, branch),
                None => self.values.forget(name),
            },
            // A list: `(a b c)`.
            None if value.starts_with('(') => {
                let items = value.trim_start_matches('(').trim_end_matches(')').trim();
                self.values.set(name, self.values.expand(items), branch);
            }
            None if literal => self.values.set(name, value.to_owned(), branch),
            None => self.values.set(name, self.values.expand(value), branch),
        }
        true
    }

    /// Reads the words of a command, from `aws` on.
    fn command(&mut self, variable: Option<String>, ends: Ends) -> Line {
        let start = self.at;
        let mut words = self.words(ends);
        if !words.is_empty() {
            words.remove(0);
        }
        let branch = self.branches.last();
        Line {
            words,
            variable,
            place: (self.source, start..start + 3),
            branch: branch.map(|branch| (branch.word, branch.place.clone())),
        }
    }

    /// The words up to the end of a command.
    fn words(&mut self, ends: Ends) -> Vec<Passage> {
        let mut words = Vec::new();
        while self.between_words(ends) {
            let before = self.at;
            if self.several_words(&mut words) {
                continue;
            }
            let word = self.word(ends);
            if self.at == before {
                break;
            }
            words.push(word);
        }
        words
    }

    /// A variable without quotes whose value has blanks: a shell makes several words of it.
    fn several_words(&mut self, words: &mut Vec<Passage>) -> bool {
        let Some(found) = variable(self.rest()) else {
            return false;
        };
        let value = self.values.of(found);
        let after = self.rest()[found.length..].chars().next();
        if !value.contains(' ') || after.is_some_and(|after| !after.is_whitespace() && after != ';') {
            return false;
        }
        let stretch = self.at..self.at + found.length;
        for piece in value.split_whitespace() {
            let mut word = Passage::at(self.source, stretch.start);
            word.push_for(piece.trim_matches(['"', '\'']), stretch.clone());
            words.push(word);
        }
        self.used(found.name);
        self.at = stretch.end;
        true
    }

    /// Tells once of a variable whose value is that of one branch of several.
    fn used(&mut self, name: &str) {
        if let Some(place) = self.values.branch(name).filter(|_| !self.skips) {
            let message = format!("${name} gets its value in a branch: the last value in this text is taken");
            self.tell(Problem::warning(codes::IMPORT, message).at(place));
        }
    }

    /// Skips to the next word; false at the end of the command.
    fn between_words(&mut self, ends: Ends) -> bool {
        loop {
            let rest = self.rest();
            let Some(next) = rest.chars().next() else {
                return false;
            };
            if let Some(length) = continuation(rest, ends) {
                self.at += length;
            } else if next == '\n' {
                if !self.options_follow() {
                    return false;
                }
                self.at += 1;
            } else if next.is_whitespace() {
                self.at += next.len_utf8();
            } else {
                return !(ends.closes(next) || matches!(next, '#' | ';' | '|' | '&' | '>' | '<'));
            }
        }
    }

    /// Whether the next line begins with an option, as where a page lost its continuation marks.
    fn options_follow(&mut self) -> bool {
        let next = self.rest()[1..].split('\n').next().unwrap_or("");
        let option = next.trim_start();
        let follows = option.starts_with("--") && option[2..].starts_with(|c: char| c.is_ascii_lowercase());
        if follows && !self.marks_told {
            self.marks_told = true;
            let at = self.at + 1 + (next.len() - option.len());
            let message = "options on a line of their own are read as part of the command above";
            self.tell(
                Problem::warning(codes::IMPORT, message)
                    .at((self.source, at..at + 2))
                    .note("the line above ends without a continuation mark (\\, in cmd ^)"),
            );
        }
        follows
    }

    /// One word, its quotes and escapes resolved.
    fn word(&mut self, ends: Ends) -> Passage {
        let mut word = Passage::at(self.source, self.at);
        while let Some(next) = self.rest().chars().next() {
            if next.is_whitespace() || matches!(next, ';' | '|' | '&' | '>' | '<') || ends.closes(next) {
                break;
            }
            match next {
                '\'' => self.single_quoted(&mut word),
                '"' => self.double_quoted(&mut word),
                '“' | '”' | '‘' | '’' => self.curly_quoted(next, &mut word),
                '$' | '%' => self.variable(&mut word),
                '\\' | '^' | '`' if continuation(self.rest(), ends).is_some() => break,
                '\\' => {
                    self.at += 1;
                    self.letter(&mut word);
                }
                _ => self.letter(&mut word),
            }
        }
        word.close(self.at);
        word
    }

    fn letter(&mut self, word: &mut Passage) {
        if let Some(letter) = self.rest().chars().next() {
            let mut bytes = [0; 4];
            word.push(letter.encode_utf8(&mut bytes), self.at);
            self.at += letter.len_utf8();
        }
    }

    fn single_quoted(&mut self, word: &mut Passage) {
        let open = self.at;
        self.at += 1;
        let Some(length) = self.rest().find('\'') else {
            return self.unclosed(open, "'", word);
        };
        let (start, end) = (self.at, self.at + length);
        word.push(&self.text[start..end], start);
        self.at = end + 1;
    }

    fn double_quoted(&mut self, word: &mut Passage) {
        let open = self.at;
        self.at += 1;
        // An empty text is a word, too.
        word.push("", self.at);
        loop {
            let rest = self.rest();
            let mut letters = rest.chars();
            match (letters.next(), letters.next()) {
                (None, _) => return self.unclosed(open, "\"", word),
                (Some('"'), _) => {
                    self.at += 1;
                    return;
                }
                (Some('\\'), Some('\n')) => self.at += 2,
                (Some('\\'), Some('"' | '\\' | '$' | '`')) => {
                    self.at += 1;
                    self.letter(word);
                }
                (Some('$' | '%'), _) => self.variable(word),
                _ => self.letter(word),
            }
        }
    }

    /// A quote without end: what stands on its line is taken for the rest of the word.
    fn unclosed(&mut self, open: usize, quote: &str, word: &mut Passage) {
        let line = self.text[open..].split('\n').next().unwrap_or("");
        let message = format!("this {quote} has no second one: a closing {quote} is expected");
        let problem = Problem::error(codes::COMMAND_LINE, message).at((self.source, open..open + 1));
        self.tell(problem);
        word.push_for(&line[1..], open..open + line.len());
        self.at = open + line.len();
    }

    /// Quotes as word processors and web pages make them.
    fn curly_quoted(&mut self, open: char, word: &mut Passage) {
        let at = self.at;
        self.at += open.len_utf8();
        // The end of a long line is not looked for again at each quote.
        let rest = self.rest();
        let length = rest.find(['“', '”', '‘', '’', '\n']).unwrap_or(rest.len());
        let message = format!("{open} is no quote to a shell");
        let problem = Problem::error(codes::COMMAND_LINE, message).at((self.source, at..self.at));
        self.tell(problem.help("write \" or ', as on a keyboard"));
        let end = self.at + length;
        word.push(&self.text[self.at..end], self.at);
        let closing = self.text[end..].chars().next().filter(|next| *next != '\n');
        self.at = end + closing.map_or(0, char::len_utf8);
    }

    /// A variable: its value, if the text gives one; otherwise it stays `$NAME`. Likewise `$(cat FILE)`.
    fn variable(&mut self, word: &mut Passage) {
        let rest = self.rest();
        if let Some(inner) = rest.strip_prefix("$(")
            && let Some((command, _)) = inner.split_once(')')
            && let Some(value) = self.values.substituted(command)
        {
            let length = command.len() + 3;
            word.push_for(&value, self.at..self.at + length);
            self.at += length;
            return;
        }
        let Some(found) = variable(rest) else {
            return self.letter(word);
        };
        let stretch = self.at..self.at + found.length;
        word.push_for(&self.values.of(found), stretch.clone());
        self.used(found.name);
        self.at = stretch.end;
    }
}

/// Where a line has a command of patching, with options.
fn unread_command(line: &str) -> Option<usize> {
    let at = line
        .find("aws ssm ")
        .or_else(|| line.find("aws ec2 create-tags "))?;
    let mut words = line[at..].split_whitespace().skip(1);
    let (service, name) = (words.next()?, words.next()?);
    let known = super::api::OPERATIONS.iter();
    let mut known = known.filter(|known| known.service == service && known.name == name);
    let option = words.next().is_some_and(|word| word.starts_with("--"));
    (known.next().is_some() && option).then_some(at)
}
