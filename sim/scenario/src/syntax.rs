//! What the TOML parser says, in a planner's words, and one message for one cause.

use std::ops::Range;

use crate::codes;
use crate::problem::Problem;

/// At most this many errors of one file are told: what follows is often their consequence.
const MOST: usize = 20;

/// What the parser said, and where.
struct Said<'a> {
    text: &'a str,
    what: &'a str,
    span: Range<usize>,
}

/// A problem as it will be told, with the labels beyond the first one.
struct Told {
    message: String,
    span: Range<usize>,
    help: Option<String>,
    other: Option<(Range<usize>, &'static str)>,
}

/// The problems behind the errors of a parse.
pub(crate) fn syntax_problems(text: &str, source: usize, errors: &[toml::de::Error]) -> Vec<Problem> {
    let mut said: Vec<Said<'_>> = errors
        .iter()
        .map(|error| Said {
            text,
            what: error.message().lines().next().unwrap_or("not valid TOML"),
            span: error.span().unwrap_or(0..0),
        })
        .collect();
    said.sort_by_key(|said| said.span.start);
    let told = match other_format(&said) {
        Some(told) => vec![told],
        None => one_for_each_cause(&said),
    };
    told.into_iter().map(|told| told.problem(source)).collect()
}

impl Told {
    fn new(message: impl Into<String>, span: Range<usize>) -> Self {
        Self {
            message: message.into(),
            span,
            help: None,
            other: None,
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn other(mut self, span: Option<Range<usize>>, text: &'static str) -> Self {
        self.other = span.map(|span| (span, text));
        self
    }

    fn problem(self, source: usize) -> Problem {
        let problem = Problem::error(codes::SYNTAX, self.message).at((source, self.span));
        let problem = match self.other {
            Some((span, text)) => problem.at((source, span)).saying(text),
            None => problem,
        };
        match self.help {
            Some(help) => problem.help(help),
            None => problem,
        }
    }
}

/// A file that is no TOML at all is told so once.
fn other_format(said: &[Said<'_>]) -> Option<Told> {
    let first = said.first()?;
    let start = first.text.len() - first.text.trim_start().len();
    if first.text[start..].starts_with('{') {
        return Some(
            Told::new("this is JSON; scenarios are written in TOML", start..start + 1)
                .help("`patchbench init` writes a scenario to start from"),
        );
    }
    if let Some(lone) = said.iter().find(|said| said.what.starts_with("carriage return")) {
        return Some(
            Told::new("lines end with a carriage return alone", lone.span.clone())
                .help("save the file with the line ends of Unix (LF) or Windows (CRLF)"),
        );
    }
    if first.text.contains('=') {
        return None;
    }
    let colons = colons(said);
    if colons.len() == 1 {
        return None;
    }
    let told = match colons.first() {
        Some(colon) => Told::new(
            "this looks like YAML; scenarios are written in TOML",
            colon.clone(),
        ),
        None => Told::new(
            "this is no TOML: no line has the form `key = value`",
            first.line(),
        ),
    };
    Some(told.help("write `key = value`, and [nodes.web] above the keys of a table"))
}

/// The colons that stand where TOML has `=`, one of a line: a long line may have errors without end, and is
/// looked at once.
fn colons(said: &[Said<'_>]) -> Vec<Range<usize>> {
    let (mut colons, mut looked_until) = (Vec::new(), 0);
    for error in said.iter().filter(|said| said.is_without_value()) {
        if error.span.start >= looked_until {
            looked_until = error.line().end.max(error.span.start + 1);
            colons.extend(error.colon());
        }
    }
    colons
}

/// After a bracket that is not closed everything looks wrong: only the bracket is told. The keys of
/// a table that stands twice stand twice, too. Elsewhere the first error of a line speaks for the
/// line.
fn one_for_each_cause(said: &[Said<'_>]) -> Vec<Told> {
    let unclosed = said
        .iter()
        .any(|said| said.what.starts_with("unclosed array,") || said.what.starts_with("unclosed inline"));
    let mut told: Vec<Told> = Vec::new();
    let (mut told_until, mut twice_until) = (0, 0);
    for error in said {
        let at = error.span.start;
        let repeated = error.what.starts_with("duplicate key");
        if at < told_until || told.len() == MOST || (repeated && at < twice_until) {
            continue;
        }
        told_until = error.line().end.max(at + 1);
        if repeated && error.is_in_header() {
            twice_until = error.text[told_until.min(error.text.len())..]
                .find("\n[")
                .map_or(usize::MAX, |next| told_until + next);
        }
        if unclosed && error.is_about_brackets() {
            told.push(error.unclosed_bracket());
            break;
        }
        told.push(error.told());
    }
    told
}

impl Said<'_> {
    fn token(&self) -> &str {
        self.text.get(self.span.clone()).unwrap_or("").trim()
    }

    /// The line that the error stands in, without its end.
    fn line(&self) -> Range<usize> {
        let at = self.span.start.min(self.text.len());
        let start = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        let end = self.text[at..].find('\n').map_or(self.text.len(), |end| at + end);
        start..end
    }

    /// The place of a colon that stands where a line of TOML has its `=`.
    fn colon(&self) -> Option<Range<usize>> {
        if !self.is_without_value() {
            return None;
        }
        let line = self.line();
        let text = &self.text[line.clone()];
        let at = text.find(':').filter(|_| !text.contains('='))?;
        let place = line.start + at;
        Some(place..place + 1)
    }

    fn is_without_value(&self) -> bool {
        let keyless = ["key with no value", "invalid unquoted key"];
        keyless.iter().any(|what| self.what.starts_with(what))
    }

    fn is_in_header(&self) -> bool {
        self.text[self.line()].trim_start().starts_with('[')
    }

    fn is_about_brackets(&self) -> bool {
        ["array", "inline table", "key-value pairs"]
            .iter()
            .any(|what| self.what.contains(what))
    }

    fn unclosed_bracket(&self) -> Told {
        let open = innermost_open(self.text, self.span.start);
        let (what, close) = match open {
            Some((_, '{')) => ("table", "}"),
            _ => ("list", "]"),
        };
        Told::new(
            format!("a {what} is not closed: `{close}` is missing before this"),
            self.span.clone(),
        )
        .other(open.map(|(at, _)| at..at + 1), "it begins here")
    }

    fn told(&self) -> Told {
        let what = self.what;
        if let Some(colon) = self.colon() {
            return self.colon_for_equals(colon);
        }
        let begins = |starts: &[&str]| starts.iter().any(|start| what.starts_with(start));
        if begins(&["string values must be quoted", "invalid boolean", "missing value"])
            || what == "invalid float, expected `nan`"
            || what == "invalid float, expected `inf`"
        {
            return self.unquoted();
        }
        if begins(&["duplicate key", "cannot extend value"]) {
            return self.twice();
        }
        if what.contains("visible characters") || begins(&["invalid comment character"]) {
            return self.control_character();
        }
        if begins(&[
            "invalid basic string",
            "invalid literal string",
            "invalid multi-line",
        ]) {
            return self.unclosed_text();
        }
        self.told_plainly()
    }

    fn told_plainly(&self) -> Told {
        let span = self.span.clone();
        let line = self.text[self.line()].trim();
        match self.what.split(',').next().unwrap_or(self.what) {
            "key with no value" => match line.split_once(char::is_whitespace) {
                Some((_, rest)) if rest.contains('=') => unquoted_key(span, line),
                Some((key, value)) => {
                    Told::new("a key without `=`", span).help(format!("write {key} = {}", value.trim()))
                }
                None => Told::new("a key without `=` and a value", span)
                    .help("write `key = value`, or [key] for a table"),
            },
            "missing assignment between key-value pairs" => Told::new("`=` is missing here", span)
                .help("a key with blanks needs quotes: \"Patch Group\" = \"Web\""),
            "missing comma between array elements" | "missing comma between key-value pairs" => {
                Told::new("a comma is missing before this", span)
            }
            "extra comma in array" | "extra comma in inline table" => Told::new("one comma too many", span),
            "extra `=`" => Told::new("one `=` too many", span),
            "invalid unquoted key" if line.contains('=') => unquoted_key(span, line),
            "invalid unquoted key" => Told::new("a key with other characters needs quotes", span)
                .help("a key without quotes has letters, digits, - and _; others are written \"like this\""),
            "unclosed table" => {
                Told::new("the header of a table is not closed", span).help(format!("write {line}]"))
            }
            "unclosed array table" => Told::new("the header of a list item is not closed", span)
                .help(format!("write {}]]", line.trim_end_matches(']'))),
            "missing escaped value" => {
                let span = span.start.saturating_sub(1)..span.end.max(span.start + 1);
                Told::new("a backslash that begins no escape", span)
                    .help("put a text with backslashes in 'single quotes', or write each of them twice")
            }
            "unexpected leading zero" => Told::new("a number has no leading zeros", span)
                .help(format!("write {}", self.word().trim_start_matches('0'))),
            "cannot recurse further; max recursion depth met" | "recursion limit" => {
                Told::new("lists and tables are nested more than 80 deep", span)
            }
            "unexpected key or value" => Told::new("this cannot follow a value", span)
                .help("a line holds one key and its value; a text needs quotes, list items need commas"),
            "invalid key-value pair" => Told::new("this line is neither `key = value` nor a [table]", span),
            _ if self.is_date() => Told::new(
                format!(
                    "`{}` is no date or time: expected {}",
                    self.word(),
                    self.what
                        .split_once("expected ")
                        .map_or(self.what, |(_, wanted)| wanted)
                ),
                span,
            )
            .help("write 2024-01-09T16:00:00Z, or 2024-01-09"),
            _ => Told::new(self.what, span),
        }
    }

    fn is_date(&self) -> bool {
        [
            "date", "time", "month", "day ", "hour", "minute", "second", "offset",
        ]
        .iter()
        .any(|what| self.what.contains(what))
    }

    /// The text around the error up to blanks and commas.
    fn word(&self) -> &str {
        let outside = |c: char| c.is_whitespace() || c == ',' || c == '=';
        let at = self.span.start.min(self.text.len());
        let start = self.text[..at].rfind(outside).map_or(0, |end| end + 1);
        let end = self.text[at..]
            .find(outside)
            .map_or(self.text.len(), |end| at + end);
        &self.text[start..end]
    }

    fn colon_for_equals(&self, colon: Range<usize>) -> Told {
        let line = self.line();
        let key = self.text[line.start..colon.start].trim();
        let value = self.text[colon.end..line.end].trim();
        Told::new("`:` where TOML has `=`", colon).help(format!("write {key} = {value}"))
    }

    fn unquoted(&self) -> Told {
        const CURLY: [char; 7] = ['“', '”', '„', '‘', '’', '«', '»'];
        let (token, span) = (self.token(), self.span.clone());
        if token.is_empty() {
            return Told::new("a value is missing here", span).help(
                "a value is a \"text\", a number, true or false, a date, [a list] or { a = \"table\" }",
            );
        }
        if token.starts_with(CURLY) {
            let plain = token.trim_matches(|c| CURLY.contains(&c));
            return Told::new("curly quotes are no quotes in TOML", span)
                .help(format!("write \"{plain}\" with straight ones"));
        }
        let digits = token.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
        let help = match token.to_ascii_lowercase().as_str() {
            lower @ ("true" | "false") => format!("write {lower}"),
            _ if digits > 0 => format!(
                "write the number {} alone, or the text \"{token}\"",
                &token[..digits]
            ),
            _ => format!("write \"{token}\""),
        };
        Told::new(format!("`{token}` is no value: a text needs quotes"), span).help(help)
    }

    /// A key or table that was there before.
    fn twice(&self) -> Told {
        let (key, line) = (self.token(), self.line());
        let (header, duplicate) = (self.is_in_header(), self.what.starts_with("duplicate"));
        let written = self.text[line.clone()].trim();
        let table = written.rfind(']').map_or(written, |end| &written[..=end]);
        let message = match self.what.strip_prefix("cannot extend value of type ") {
            Some(rest) => {
                let kind = rest.split(" with").next().unwrap_or("another kind");
                format!("`{key}` has a value already ({kind}), so that it cannot be a table too")
            }
            None if header => format!("the table {table} stands twice"),
            None => format!("`{key}` stands twice in one table"),
        };
        let first = if header && duplicate {
            let path = table.trim_matches(['[', ']']);
            let before = &self.text[..line.start];
            let found = before.find(table).map(|at| at..at + table.len());
            found.or_else(|| before.find(path).map(|at| at..at + path.len()))
        } else {
            earlier_key(self.text, self.span.start, key)
        };
        let help = match (duplicate, header) {
            (true, true) => "put its keys together in one place",
            (true, false) => "keep one of the two",
            (false, _) => "give one of them another name",
        };
        Told::new(message, self.span.clone())
            .other(first, "first here")
            .help(help)
    }

    fn control_character(&self) -> Told {
        let character = self.text[self.span.start.min(self.text.len())..].chars().next();
        let code = character.map_or(0, u32::from);
        let end = self.span.start + character.map_or(0, char::len_utf8);
        let told = Told::new(
            format!("a control character (U+{code:04X}) cannot stand here"),
            self.span.start..end,
        );
        if code == 0 {
            told.help("is the file a text in UTF-8?")
        } else {
            told.help(format!("delete it; in a text it can be written \\u{code:04X}"))
        }
    }

    fn unclosed_text(&self) -> Told {
        let end = self.span.start.min(self.text.len());
        let before = &self.text[..end];
        let quote = match self.what {
            what if what.starts_with("invalid multi-line basic") => "\"\"\"",
            what if what.starts_with("invalid multi-line") => "'''",
            what if what.starts_with("invalid basic") => "\"",
            _ => "'",
        };
        let start = before.rfind(quote).unwrap_or(end);
        let stop = self.text[start..]
            .find('\n')
            .map_or(self.text.len(), |at| start + at);
        Told::new("a text that begins here is not closed", start..stop).help(match quote.len() {
            1 => format!("end it with {quote} in the same line"),
            _ => format!("end it with {quote}"),
        })
    }
}

/// `Patch Group = …`
fn unquoted_key(span: Range<usize>, line: &str) -> Told {
    let (key, value) = line.split_once('=').unwrap_or((line, ""));
    Told::new("a key with blanks or other characters needs quotes", span).help(format!(
        "write \"{}\" = {}",
        key.trim(),
        value.trim()
    ))
}

/// The bracket that is open at a place, outside texts and comments.
fn innermost_open(text: &str, until: usize) -> Option<(usize, char)> {
    let bytes = &text.as_bytes()[..until.min(text.len())];
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'#' => at += length_until(&bytes[at..], b"\n"),
            quote @ (b'"' | b'\'') => {
                let triple = [quote; 3];
                let end: &[u8] = if bytes[at..].starts_with(&triple) {
                    &triple
                } else {
                    &triple[..1]
                };
                at += end.len();
                at += length_until(&bytes[at..], end);
            }
            bracket @ (b'[' | b'{') => open.push((at, char::from(bracket))),
            b']' | b'}' => {
                open.pop();
            }
            _ => {}
        }
        at += 1;
    }
    open.pop()
}

/// Bytes up to and without the last byte of `end`; escaped quotes do not count.
fn length_until(bytes: &[u8], end: &[u8]) -> usize {
    let mut at = 0;
    while at < bytes.len() && !bytes[at..].starts_with(end) {
        at += if bytes[at] == b'\\' && end[0] == b'"' {
            2
        } else {
            1
        };
    }
    at + end.len() - 1
}

/// The last place before that gives the key a value, within the same table or above it.
fn earlier_key(text: &str, before: usize, key: &str) -> Option<Range<usize>> {
    if key.is_empty() {
        return None;
    }
    let part_of_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '"' | '\'' | '.');
    let found = text[..before].rmatch_indices(key).find(|(at, _)| {
        let (left, right) = (&text[..*at], text[at + key.len()..].trim_start());
        right.starts_with('=') && !left.ends_with(part_of_key)
    });
    found.map(|(at, _)| at..at + key.len())
}
