//! The shorthand of the AWS CLI: `Key=tag:Env,Values=[Prod,Stage]`. Semantics, section 9.4.
//!
//! ```text
//! parameter  = keyval ("," keyval)*
//! keyval     = key ("=" | "@=") value           ; "@=" loads the value from a file
//! value      = csv | list | hash | scalar       ; csv at top level only
//! csv        = scalar ("," scalar)+             ; ends where the next `key=` begins
//! list       = "[" [ item ("," item)* [","] ] "]"
//! hash       = "{" [ keyval ("," keyval)* [","] ] "}"
//! item       = scalar | list | hash
//! scalar     = 'single' | "double" | bare       ; in a bare word "\," is a comma
//! ```

use std::ops::Range;

use super::cursor::{Cursor, unclosed};
use super::node::{Data, Members, Node, Pair};
use super::passage::{Mistake, Passage, found};

/// What a shorthand text says.
#[derive(Debug, PartialEq)]
pub(crate) struct Shorthand {
    /// A map.
    pub(crate) node: Node,
    /// Members of inner structures that an equal name after them replaced.
    pub(crate) replaced: Vec<Pair>,
    /// Members whose value is to be loaded from a file (`@=`), as paths of names.
    pub(crate) from_files: Vec<Range<usize>>,
}

/// Reads a parameter: one structure.
pub(crate) fn shorthand(passage: &Passage) -> Result<Shorthand, Mistake> {
    let mut reader = Reader {
        cursor: Cursor::new(passage),
        replaced: Vec::new(),
        from_files: Vec::new(),
    };
    let pairs = reader.parameter()?;
    Ok(Shorthand {
        node: Node::new(passage.all(), Data::Map(pairs)),
        replaced: reader.replaced,
        from_files: reader.from_files,
    })
}

struct Reader<'p> {
    cursor: Cursor<'p>,
    replaced: Vec<Pair>,
    from_files: Vec<Range<usize>>,
}

/// Where a bare word stands: this decides which characters go on with it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bare {
    /// Right after `=`, or in brackets.
    First,
    /// Further values of a csv: a `=` would make it the next key.
    Further,
}

impl Reader<'_> {
    fn parameter(&mut self) -> Result<Vec<Pair>, Mistake> {
        let mut pairs = Members::default();
        pairs.insert(self.keyval()?);
        while self.cursor.at < self.cursor.text.len() {
            self.expect(',', "`,` and the next KEY=VALUE")?;
            let start = self.cursor.at;
            let pair = self.keyval()?;
            if let Some(known) = pairs.insert(pair) {
                let message = format!("`{}` stands twice; the AWS CLI refuses that", known.key);
                return Err(Mistake::new(start..start + known.key.len(), message));
            }
        }
        Ok(pairs.into_pairs())
    }

    fn keyval(&mut self) -> Result<Pair, Mistake> {
        let (key, place) = self.key()?;
        let from_file = self.cursor.rest().trim_start().starts_with('@');
        if from_file {
            self.expect('@', "`=` or `@=`")?;
        }
        self.equals(&key)?;
        let start = self.cursor.at;
        let node = self.value()?;
        if from_file {
            self.from_files.push(start..self.cursor.at);
        }
        Ok(Pair { key, place, node })
    }

    fn key(&mut self) -> Result<(String, crate::read::Place), Mistake> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.#/:".contains(c);
        let start = self.cursor.at;
        let rest = &self.cursor.text[start..];
        let length = rest.find(|c| !allowed(c)).unwrap_or(rest.len());
        if length == 0 {
            let message = format!(
                "a name is expected, as in Key=VALUE, not {}",
                found(self.cursor.text, start)
            );
            return Err(Mistake::new(start..start + 1, message));
        }
        self.cursor.at += length;
        Ok((
            rest[..length].to_owned(),
            self.cursor.passage.place(start..start + length),
        ))
    }

    fn equals(&mut self, key: &str) -> Result<(), Mistake> {
        let start = self.cursor.at;
        self.expect('=', &format!("`=` after `{key}`"))
            .map_err(|mistake| {
                let inside = self.cursor.depth > 0 && matches!(self.cursor.peek(), Some(',' | '}' | ']'));
                if inside {
                    let help =
                        "inside { } and [ ] several values stand in brackets of their own: Values=[A,B]";
                    return mistake.help(help);
                }
                match self.cursor.text[start..].chars().next() {
                    Some(' ') => mistake
                        .help("a name has no blanks; a value with blanks needs quotes around the whole word"),
                    _ => mistake,
                }
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
        let mut values = vec![first];
        let mut end = self.cursor.at;
        loop {
            self.cursor.blanks();
            if self.cursor.peek() != Some(',') {
                break;
            }
            let comma = self.cursor.at;
            self.cursor.at += 1;
            self.cursor.blanks();
            let Some(value) = self.further() else {
                // What is no value is the next key, or the mistake in its place.
                self.cursor.at = comma;
                break;
            };
            values.push(value);
            end = self.cursor.at;
        }
        if values.len() == 1 {
            return Ok(values.remove(0));
        }
        Ok(Node::new(
            self.cursor.passage.place(start..end),
            Data::List(values),
        ))
    }

    /// A further value of a csv, if what comes next is one and no key.
    fn further(&mut self) -> Option<Node> {
        let start = self.cursor.at;
        let value = self.scalar(Bare::Further).ok().filter(|_| self.cursor.at > start);
        let after = self.cursor.rest().trim_start();
        let ends = after.is_empty() || after.starts_with(',');
        if value.is_none() || !ends {
            self.cursor.at = start;
            return None;
        }
        value
    }

    fn scalar(&mut self, bare: Bare) -> Result<Node, Mistake> {
        match self.cursor.peek() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote),
            _ => Ok(self.bare(bare)),
        }
    }

    fn bare(&mut self, bare: Bare) -> Node {
        let start = self.cursor.at;
        let mut text = String::new();
        let mut letters = self.cursor.text[start..].char_indices().peekable();
        let mut end = start;
        while let Some((offset, letter)) = letters.next() {
            let escaped = letter == '\\' && letters.peek().is_some_and(|(_, next)| *next == ',');
            if escaped {
                letters.next();
                text.push(',');
                end = start + offset + 2;
                continue;
            }
            let first = offset == 0;
            let stops = match (letter, bare) {
                ('"' | '\'' | ',', _) | ('=', Bare::Further) => true,
                (']' | '}', Bare::First) => !first || self.cursor.depth > 0,
                ('[' | '{', _) | ('=', Bare::First) => first,
                (letter, _) => first && letter.is_whitespace(),
            };
            if stops {
                break;
            }
            text.push(letter);
            end = start + offset + letter.len_utf8();
        }
        self.cursor.at = end;
        let kept = text.trim_end().to_owned();
        let part = self.cursor.text[start..end].trim_end().len();
        Node::new(self.cursor.passage.place(start..start + part), Data::Text(kept))
    }

    fn quoted(&mut self, quote: char) -> Result<Node, Mistake> {
        let start = self.cursor.at;
        let mut text = String::new();
        let mut letters = self.cursor.text[start + 1..].char_indices().peekable();
        while let Some((offset, letter)) = letters.next() {
            let next = letters.peek().map(|(_, next)| *next);
            if letter == '\\'
                && let Some(escaped) = next.filter(|next| *next == quote || *next == '\\')
            {
                text.push(escaped);
                letters.next();
            } else if letter == quote {
                self.cursor.at = start + 1 + offset + 1;
                let place = self
                    .cursor
                    .passage
                    .place(start + 1..(start + 1 + offset).max(start + 2));
                return Ok(Node::new(place, Data::Text(text)));
            } else {
                text.push(letter);
            }
        }
        let message = format!("this {quote} has no second one: a closing {quote} is expected");
        Err(Mistake::new(start..start + 1, message))
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
            let (key, place) = self.key()?;
            self.equals(&key)?;
            let node = self.item()?;
            self.separator('}', start)?;
            self.replaced.extend(pairs.insert(Pair { key, place, node }));
        }
        self.cursor.leave();
        Ok(Node::new(
            self.cursor.passage.place(start..self.cursor.at),
            Data::Map(pairs.into_pairs()),
        ))
    }

    fn enter(&mut self) -> Result<usize, Mistake> {
        let start = self.cursor.enter()?;
        self.cursor.blanks();
        Ok(start)
    }

    fn still_open(&self, start: usize, close: char) -> Result<(), Mistake> {
        if self.cursor.rest().is_empty() {
            return Err(unclosed(start, close));
        }
        Ok(())
    }

    /// A comma, or the closing bracket, which is not consumed.
    fn separator(&mut self, close: char, start: usize) -> Result<(), Mistake> {
        self.cursor.blanks();
        self.still_open(start, close)?;
        if self.cursor.peek() == Some(close) {
            return Ok(());
        }
        self.expect(',', &format!("`,` or `{close}`"))
    }

    /// Reads a character that must come next, and blanks around it.
    fn expect(&mut self, wanted: char, expected: &str) -> Result<(), Mistake> {
        self.cursor.blanks();
        self.cursor.expect(wanted, expected)?;
        self.cursor.blanks();
        Ok(())
    }
}
