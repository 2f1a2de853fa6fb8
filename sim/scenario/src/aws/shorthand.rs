//! The shorthand of the AWS CLI: `Key=tag:Env,Values=[Prod,Stage]`, read as the CLI reads it, its
//! oddities included. Semantics, section 9.4.
//!
//! ```text
//! parameter  = keyval ("," keyval)*
//! keyval     = [key] ("=" | "@=") value         ; "@=": file://PATH stands for what the file has
//! value      = csv | list | hash | scalar       ; csv at top level only
//! csv        = scalar ("," scalar)+             ; ends where the next `key=` begins
//! list       = "[" [ item ("," item)* [","] ] "]"
//! hash       = "{" [ keyval ("," keyval)* [","] ] "}"
//! item       = scalar | list | hash
//! scalar     = 'single' | "double" | bare       ; in a bare word "\," is a comma; a bare word may be empty
//! ```
//!
//! Only the depth differs: the CLI goes on until Python's stack is full, this stops at [`DEEPEST`].
//!
//! [`DEEPEST`]: super::node::DEEPEST

use std::ops::Range;

use super::bare::{self, Bare};
use super::cursor::{Cursor, unclosed};
use super::node::{Data, Members, Node, Pair};
use super::passage::{Mistake, Passage, found};
use crate::FileReader;
use crate::read::Place;

/// What a shorthand text says.
#[derive(Debug, PartialEq)]
pub(crate) struct Shorthand {
    /// A map.
    pub(crate) node: Node,
    /// Members of inner structures that an equal name after them replaced.
    pub(crate) replaced: Vec<Pair>,
}

/// Reads a parameter: one structure. Files are those that values after `@=` name.
pub(crate) fn shorthand(passage: &Passage, files: &dyn FileReader) -> Result<Shorthand, Mistake> {
    let mut reader = Reader {
        cursor: Cursor::new(passage),
        files,
        loads: false,
        replaced: Vec::new(),
    };
    let pairs = reader.parameter()?;
    Ok(Shorthand {
        node: Node::new(passage.all(), Data::Map(pairs)),
        replaced: reader.replaced,
    })
}

struct Reader<'p> {
    cursor: Cursor<'p>,
    files: &'p dyn FileReader,
    /// Whether the latest name stands before `@=`; the CLI forgets an outer one after an inner one, too.
    loads: bool,
    replaced: Vec<Pair>,
}

/// What comes after the comma of a csv.
enum Further {
    /// A value with another comma behind it, which has been read.
    Value(Node),
    /// The last value of the text.
    Last(Node),
    /// No value: the next name begins at a comma before here.
    Name,
}

impl Reader<'_> {
    fn parameter(&mut self) -> Result<Vec<Pair>, Mistake> {
        let mut pairs = Members::default();
        pairs.insert(self.keyval(Self::value)?);
        while !self.at_end() {
            self.expect(',', "`,` and the next KEY=VALUE")?;
            let start = self.cursor.at;
            let pair = self.keyval(Self::value)?;
            if let Some(known) = pairs.insert(pair) {
                let message = format!("`{}` stands twice; the AWS CLI refuses that", known.key);
                return Err(Mistake::new(start..start + known.key.len().max(1), message));
            }
        }
        Ok(pairs.into_pairs())
    }

    fn keyval(&mut self, value: fn(&mut Self) -> Result<Node, Mistake>) -> Result<Pair, Mistake> {
        let (key, place) = self.key();
        self.blanks();
        self.loads = self.cursor.peek() == Some('@');
        if self.loads {
            self.cursor.at += 1;
            self.blanks();
        }
        self.equals(&key)?;
        let node = value(self)?;
        Ok(Pair { key, place, node })
    }

    /// A name, which may be empty.
    fn key(&mut self) -> (String, Place) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.#/:".contains(c);
        let start = self.cursor.at;
        let rest = self.cursor.rest();
        let length = rest.find(|c| !allowed(c)).unwrap_or(rest.len());
        self.cursor.at += length;
        let place = self.cursor.passage.place(start..start + length.max(1));
        (rest[..length].to_owned(), place)
    }

    fn equals(&mut self, key: &str) -> Result<(), Mistake> {
        if self.cursor.peek() == Some('=') {
            return self.expect('=', "`=`");
        }
        let next = found(self.cursor.text, self.cursor.at);
        if key.is_empty() {
            let message = format!("a name is expected, as in Key=VALUE, not {next}");
            let mistake = Mistake::new(self.cursor.here(), message);
            let json = self.cursor.text.trim_start().starts_with(['{', '[']);
            return Err(if json {
                mistake.help("a text that begins with { or [ is JSON to the AWS CLI, no shorthand")
            } else {
                mistake
            });
        }
        let message = format!("`=` after `{key}` is expected, not {next}");
        let mistake = Mistake::new(self.cursor.here(), message);
        let inside = self.cursor.depth > 0 && matches!(self.cursor.peek(), Some(',' | '}' | ']'));
        let blank = self.cursor.text[..self.cursor.at].ends_with(bare::is_blank);
        Err(match (inside, blank) {
            (true, _) => {
                mistake.help("inside { } and [ ] several values stand in brackets of their own: Values=[A,B]")
            }
            (false, true) => {
                mistake.help("a name has no blanks; a value with blanks needs quotes around the whole word")
            }
            (false, false) => mistake,
        })
    }

    fn value(&mut self) -> Result<Node, Mistake> {
        match self.cursor.peek() {
            Some('[') => self.list(),
            Some('{') => self.hash(),
            _ => self.csv(),
        }
    }

    fn item(&mut self) -> Result<Node, Mistake> {
        match self.cursor.peek() {
            Some('[') => self.list(),
            Some('{') => self.hash(),
            _ => self.scalar(Bare::First),
        }
    }

    /// Values up to the next `key=`; one alone is no list.
    fn csv(&mut self) -> Result<Node, Mistake> {
        let start = self.cursor.at;
        let first = self.scalar(Bare::First)?;
        self.blanks();
        if self.cursor.peek() != Some(',') {
            return Ok(first);
        }
        let mut end = self.cursor.at;
        self.expect(',', "`,`")?;
        let mut values = vec![first];
        loop {
            match self.further()? {
                Further::Value(node) => values.push(node),
                Further::Last(node) => {
                    values.push(node);
                    end = self.cursor.at;
                    break;
                }
                Further::Name => break,
            }
            end = self.cursor.at;
        }
        if values.len() == 1 {
            return Ok(values.remove(0));
        }
        let place = self.cursor.passage.place(start..end);
        Ok(Node::new(place, Data::List(values)))
    }

    /// A further value of a csv, if what comes next is one and no name.
    fn further(&mut self) -> Result<Further, Mistake> {
        if self.at_end() {
            let message = "another value is expected after the comma, not the end";
            return Err(Mistake::new(self.cursor.here(), message));
        }
        let start = self.cursor.at;
        let value = self.scalar(Bare::Further)?;
        if self.cursor.at > start {
            self.blanks();
            if self.at_end() {
                return Ok(Further::Last(value));
            }
            if self.cursor.peek() == Some(',') {
                self.expect(',', "`,`")?;
                return Ok(Further::Value(value));
            }
        }
        // The CLI goes back to the comma nearest to what it cannot read, be it one within the value.
        let until = self.cursor.at + usize::from(self.cursor.peek() == Some(','));
        self.cursor.at = self.cursor.text[..until].rfind(',').unwrap_or(start);
        Ok(Further::Name)
    }

    fn scalar(&mut self, bare: Bare) -> Result<Node, Mistake> {
        let start = self.cursor.at;
        let (text, part) = match self.cursor.peek() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote)?,
            _ => self.bare(bare),
        };
        let text = if self.loads {
            self.loaded(text, start..self.cursor.at)?
        } else {
            text
        };
        Ok(Node::text_at(self.cursor.passage.place(part), text))
    }

    /// A word without quotes, and where it is without the blanks behind it.
    fn bare(&mut self, bare: Bare) -> (String, Range<usize>) {
        let start = self.cursor.at;
        let word = &self.cursor.rest()[..bare::length(self.cursor.rest(), bare)];
        self.cursor.at += word.len();
        let kept = word.trim_end_matches(bare::is_space).len();
        let text = word.replace("\\,", ",");
        let text = text.trim_end_matches(bare::is_space).to_owned();
        (text, start..start + kept)
    }

    /// A text in quotes, and where it is without them.
    fn quoted(&mut self, quote: char) -> Result<(String, Range<usize>), Mistake> {
        let start = self.cursor.at;
        let inner = &self.cursor.rest()[1..];
        let Some(length) = bare::closing(inner, quote) else {
            let message = format!("this {quote} has no second one: a closing {quote} is expected");
            return Err(Mistake::new(start..start + 1, message));
        };
        self.cursor.at = start + 1 + length + 1;
        let text = inner[..length].replace(&format!("\\{quote}"), &quote.to_string());
        Ok((
            text.replace("\\\\", "\\"),
            start + 1..(start + 1 + length).max(start + 2),
        ))
    }

    /// What the file has that a value names; other values stand for themselves.
    fn loaded(&self, text: String, at: Range<usize>) -> Result<String, Mistake> {
        if text.starts_with("fileb://") {
            let message = "the bytes of a file (fileb://) are no text";
            return Err(Mistake::new(at, message).help("write file:// for a file with text"));
        }
        let Some(path) = text.strip_prefix("file://") else {
            return Ok(text);
        };
        match self.files.read(path) {
            Ok(read) => Ok(read.replace("\r\n", "\n").replace('\r', "\n")),
            Err(error) => Err(Mistake::new(at, format!("{path} cannot be read: {error}"))),
        }
    }

    fn list(&mut self) -> Result<Node, Mistake> {
        let start = self.enter()?;
        let mut items = Vec::new();
        while self.cursor.peek() != Some(']') {
            self.still_open(start, ']')?;
            items.push(self.item()?);
            self.separator(']', start)?;
        }
        self.cursor.leave();
        Ok(Node::new(
            self.cursor.passage.place(start..self.cursor.at),
            Data::List(items),
        ))
    }

    fn hash(&mut self) -> Result<Node, Mistake> {
        let start = self.enter()?;
        let mut pairs = Members::default();
        while self.cursor.peek() != Some('}') {
            self.still_open(start, '}')?;
            let pair = self.keyval(Self::item)?;
            self.separator('}', start)?;
            self.replaced.extend(pairs.insert(pair));
        }
        self.cursor.leave();
        Ok(Node::new(
            self.cursor.passage.place(start..self.cursor.at),
            Data::Map(pairs.into_pairs()),
        ))
    }

    fn enter(&mut self) -> Result<usize, Mistake> {
        let start = self.cursor.enter()?;
        self.blanks();
        Ok(start)
    }

    fn still_open(&self, start: usize, close: char) -> Result<(), Mistake> {
        if self.at_end() {
            return Err(unclosed(start, close));
        }
        Ok(())
    }

    /// A comma, or the closing bracket, which is not consumed.
    fn separator(&mut self, close: char, start: usize) -> Result<(), Mistake> {
        self.blanks();
        self.still_open(start, close)?;
        if self.cursor.peek() == Some(close) {
            return Ok(());
        }
        self.expect(',', &format!("`,` or `{close}`"))
    }

    /// Reads a character that must come next, and blanks around it.
    fn expect(&mut self, wanted: char, expected: &str) -> Result<(), Mistake> {
        self.blanks();
        self.cursor.expect(wanted, expected)?;
        self.blanks();
        Ok(())
    }

    fn blanks(&mut self) {
        let rest = self.cursor.rest();
        self.cursor.at += rest.len() - rest.trim_start_matches(bare::is_blank).len();
    }

    fn at_end(&self) -> bool {
        self.cursor.rest().is_empty()
    }
}
