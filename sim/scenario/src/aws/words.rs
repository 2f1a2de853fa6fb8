//! A runbook as words: the `aws` commands in a text, as a Unix shell, cmd or PowerShell would split
//! them. Prose around them is passed over; so are answers, except for the ids in them.

use std::collections::BTreeMap;

use super::passage::Passage;
use crate::codes;
use crate::problem::Problem;
use crate::read::{Place, Problems};

/// One `aws` command.
#[derive(Debug)]
pub(crate) struct Line {
    /// Without the leading `aws`.
    pub(crate) words: Vec<Passage>,
    /// The variable that takes what the command answers.
    pub(crate) variable: Option<String>,
    pub(crate) place: Place,
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
pub(crate) struct Script {
    pub(crate) said: Vec<Said>,
    /// Lines that are neither a command, a comment, an assignment nor blank.
    pub(crate) passed_over: usize,
}

/// Members of answers that name what a command created.
const ANSWERS: [&str; 4] = ["BaselineId", "WindowId", "WindowTargetId", "WindowTaskId"];

/// Finds the commands of a text.
pub(crate) fn script(problems: &Problems, source: usize, text: &str) -> Script {
    let mut reader = Reader {
        problems,
        source,
        text,
        at: 0,
        values: BTreeMap::new(),
        marks_told: false,
    };
    let mut script = Script {
        said: Vec::new(),
        passed_over: 0,
    };
    while reader.at < text.len() {
        reader.line(&mut script);
    }
    script
}

struct Reader<'t> {
    problems: &'t Problems,
    source: usize,
    text: &'t str,
    at: usize,
    /// Variables with a value that the text gives.
    values: BTreeMap<String, String>,
    /// The first missing continuation mark has been told.
    marks_told: bool,
}

/// Where a command ends besides the end of its line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    Line,
    /// `$( … )`
    Parenthesis,
    /// `` ` … ` ``
    Backtick,
}

impl Ends {
    /// Whether a character ends the command.
    fn closes(self, next: char) -> bool {
        matches!((self, next), (Self::Parenthesis, ')') | (Self::Backtick, '`'))
    }
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn this_line(&self) -> &'t str {
        self.rest().split('\n').next().unwrap_or("")
    }

    fn skip_line(&mut self) {
        self.at = (self.at + self.this_line().len() + 1).min(self.text.len());
    }

    fn line(&mut self, script: &mut Script) {
        let line = self.this_line();
        let trimmed = without_prompt(line.trim_start_matches([' ', '\t', '\u{feff}']));
        let start = self.at + (line.len() - trimmed.len());
        let (variable, ends, command) = captured(trimmed);
        if let Some(offset) = command {
            self.at = start + offset;
            let command = self.command(variable.map(str::to_owned), ends);
            script.said.push(Said::Command(command));
            return;
        }
        if let Some((name, value)) = assignment(trimmed) {
            self.values.insert(name.to_owned(), value.to_owned());
        } else if let Some((member, id)) = answer(trimmed) {
            let id = id.to_owned();
            script.said.push(Said::Answer { member, id });
        } else if !is_comment(trimmed) && !is_bracket(trimmed) {
            script.passed_over += 1;
        }
        self.skip_line();
    }

    /// Reads the words of a command, from `aws` on.
    fn command(&mut self, variable: Option<String>, ends: Ends) -> Line {
        let start = self.at;
        let mut line = Line {
            words: Vec::new(),
            variable,
            place: (self.source, start..start + 3),
        };
        while self.between_words(ends) {
            let before = self.at;
            let word = self.word(ends);
            if self.at == before {
                break;
            }
            line.words.push(word);
        }
        // What stands behind the command on its line is the shell's business.
        self.skip_line();
        if !line.words.is_empty() {
            line.words.remove(0);
        }
        line
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
            self.problems.push(
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
        self.problems.push(problem);
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
        self.problems
            .push(problem.help("write \" or ', as on a keyboard"));
        let end = self.at + length;
        word.push(&self.text[self.at..end], self.at);
        let closing = self.text[end..].chars().next().filter(|next| *next != '\n');
        self.at = end + closing.map_or(0, char::len_utf8);
    }

    /// `$NAME`, `${NAME}` or `%NAME%`: its value, if the text gives one; otherwise it stays `$NAME`.
    fn variable(&mut self, word: &mut Passage) {
        let rest = self.rest();
        let Some((name, length)) = variable(rest) else {
            return self.letter(word);
        };
        let stretch = self.at..self.at + length;
        match self.values.get(name) {
            Some(value) => word.push_for(value, stretch),
            None => word.push_for(&format!("${name}"), stretch),
        }
        self.at += length;
    }
}

/// A line without what a terminal shows before a command.
fn without_prompt(line: &str) -> &str {
    if let Some(rest) = ["$ ", "> ", "% "]
        .iter()
        .find_map(|prompt| line.strip_prefix(prompt))
    {
        return rest.trim_start();
    }
    let drive = line.starts_with("PS ") || line.get(1..3) == Some(":\\");
    match line.split_once('>') {
        Some((before, rest)) if drive && !before.contains("aws ") => rest.trim_start(),
        _ => line,
    }
}

/// A command at the beginning of a line, perhaps captured in a variable: the variable, how the
/// command ends, and where it begins.
fn captured(line: &str) -> (Option<&str>, Ends, Option<usize>) {
    if is_aws(line) {
        return (None, Ends::Line, Some(0));
    }
    let Some((before, after)) = line.split_once('=') else {
        return (None, Ends::Line, None);
    };
    let name = before
        .trim()
        .trim_start_matches("export ")
        .trim_start_matches("local ");
    let name = name.trim_start().trim_start_matches('$');
    let plain = is_variable(name);
    let inner = after.trim_start().trim_start_matches('"');
    let forms = [
        ("$(", Ends::Parenthesis),
        ("(", Ends::Parenthesis),
        ("`", Ends::Backtick),
        ("", Ends::Line),
    ];
    for (open, ends) in forms {
        if let Some(command) = inner.strip_prefix(open).map(str::trim_start).filter(|_| plain)
            && is_aws(command)
        {
            return (Some(name), ends, Some(line.len() - command.len()));
        }
    }
    (None, Ends::Line, None)
}

fn is_aws(line: &str) -> bool {
    line.strip_prefix("aws")
        .is_some_and(|rest| rest.starts_with([' ', '\t']) && !rest.trim().is_empty())
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `NAME=value`, `export NAME=value`, `set NAME=value`, `$NAME = "value"`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (before, after) = line.trim_end().split_once('=')?;
    let name = ["export ", "set ", "SET ", "local "]
        .iter()
        .find_map(|word| before.strip_prefix(word))
        .unwrap_or(before);
    let name = name.trim().trim_start_matches('$');
    let plain = is_variable(name);
    let value = after.trim();
    let value = value.split(" #").next().unwrap_or(value).trim_end();
    let quoted = ['"', '\'']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    let value = quoted.unwrap_or(value);
    (plain && !value.contains("$(")).then_some((name, value))
}

/// The id in a line such as `"WindowId": "mw-0c50858d01EXAMPLE"`.
fn answer(line: &str) -> Option<(&'static str, &str)> {
    let line = line.trim().trim_start_matches(['{', ' ']);
    let rest = line.strip_prefix('"')?;
    let (member, rest) = rest.split_once('"')?;
    let member = ANSWERS.into_iter().find(|known| *known == member)?;
    let value = rest
        .trim_start()
        .strip_prefix(':')?
        .trim_start()
        .strip_prefix('"')?;
    let (id, _) = value.split_once('"')?;
    (!id.is_empty()).then_some((member, id))
}

fn is_comment(line: &str) -> bool {
    let line = line.trim();
    let lower = line.get(..4).map(str::to_ascii_lowercase);
    line.is_empty() || line.starts_with('#') || line.starts_with("::") || lower.as_deref() == Some("rem ")
}

/// Brackets of a printed answer, and marks around code.
fn is_bracket(line: &str) -> bool {
    matches!(line.trim(), "{" | "}" | "[" | "]") || line.starts_with("```")
}

/// The length of a continuation mark with the end of its line; blanks may stand behind the mark.
/// PowerShell's backtick is one, unless it ends what a Unix shell substitutes.
fn continuation(text: &str, ends: Ends) -> Option<usize> {
    let rest = match ends {
        Ends::Backtick => text.strip_prefix(['\\', '^']),
        Ends::Line | Ends::Parenthesis => text.strip_prefix(['\\', '^', '`']),
    }?;
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
    rest[blanks..].starts_with('\n').then_some(1 + blanks + 1)
}

/// The name of a variable at the start of a text, and how long it is written.
fn variable(text: &str) -> Option<(&str, usize)> {
    let name_length = |text: &str| {
        let length = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        length.unwrap_or(text.len())
    };
    let inner = text.get(1..)?;
    let (open, close) = match text.chars().next()? {
        '%' => ("", "%"),
        '$' if inner.starts_with('{') => ("{", "}"),
        '$' => ("", ""),
        _ => return None,
    };
    let inner = inner.strip_prefix(open)?;
    let length = name_length(inner);
    let ends = inner[length..].starts_with(close);
    let begins = inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (ends && begins).then(|| (&inner[..length], 1 + open.len() + length + close.len()))
}
