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

use super::node::{DEEPEST, Data, Node, Pair};
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
        passage,
        text: &passage.text,
        at: 0,
        depth: 0,
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
    passage: &'p Passage,
    text: &'p str,
    at: usize,
    depth: usize,
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
        let mut pairs: Vec<Pair> = vec![self.keyval()?];
        while self.at < self.text.len() {
            self.expect(',', "`,` and the next KEY=VALUE")?;
            let start = self.at;
            let pair = self.keyval()?;
            if pairs.iter().any(|known| known.key == pair.key) {
                let message = format!("`{}` stands twice; the AWS CLI refuses that", pair.key);
                return Err(Mistake::new(start..start + pair.key.len(), message));
            }
            pairs.push(pair);
        }
        Ok(pairs)
    }

    fn keyval(&mut self) -> Result<Pair, Mistake> {
        let (key, place) = self.key()?;
        let from_file = self.text[self.at..].trim_start().starts_with('@');
        if from_file {
            self.expect('@', "`=` or `@=`")?;
        }
        self.equals(&key)?;
        let start = self.at;
        let node = self.value()?;
        if from_file {
            self.from_files.push(start..self.at);
        }
        Ok(Pair { key, place, node })
    }

    fn key(&mut self) -> Result<(String, crate::read::Place), Mistake> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.#/:".contains(c);
        let start = self.at;
        let rest = &self.text[start..];
        let length = rest.find(|c| !allowed(c)).unwrap_or(rest.len());
        if length == 0 {
            let message = format!(
                "a name is expected, as in Key=VALUE, not {}",
                found(self.text, start)
            );
            return Err(Mistake::new(start..start + 1, message));
        }
        self.at += length;
        Ok((
            rest[..length].to_owned(),
            self.passage.place(start..start + length),
        ))
    }

    fn equals(&mut self, key: &str) -> Result<(), Mistake> {
        let start = self.at;
        self.expect('=', &format!("`=` after `{key}`"))
            .map_err(|mistake| {
                let inside = self.depth > 0 && matches!(self.peek(), Some(',' | '}' | ']'));
                if inside {
                    let help =
                        "inside { } and [ ] several values stand in brackets of their own: Values=[A,B]";
                    return mistake.help(help);
                }
                match self.text[start..].chars().next() {
                    Some(' ') => mistake
                        .help("a name has no blanks; a value with blanks needs quotes around the whole word"),
                    _ => mistake,
                }
            })
    }

    fn value(&mut self) -> Result<Node, Mistake> {
        match self.peek() {
            Some('[') => self.list(),
            Some('{') => self.hash(),
            _ => self.csv(),
        }
    }

    fn item(&mut self) -> Result<Node, Mistake> {
        match self.peek() {
            Some('[') => self.list(),
            Some('{') => self.hash(),
            _ => self.scalar(Bare::First),
        }
    }

    /// Values up to the next `key=`; one alone is no list.
    fn csv(&mut self) -> Result<Node, Mistake> {
        let start = self.at;
        let first = self.scalar(Bare::First)?;
        let mut values = vec![first];
        let mut end = self.at;
        loop {
            self.blanks();
            if self.peek() != Some(',') {
                break;
            }
            let comma = self.at;
            self.at += 1;
            self.blanks();
            let Some(value) = self.further() else {
                // What is no value is the next key, or the mistake in its place.
                self.at = comma;
                break;
            };
            values.push(value);
            end = self.at;
        }
        if values.len() == 1 {
            return Ok(values.remove(0));
        }
        Ok(Node::new(self.passage.place(start..end), Data::List(values)))
    }

    /// A further value of a csv, if what comes next is one and no key.
    fn further(&mut self) -> Option<Node> {
        let start = self.at;
        let value = self.scalar(Bare::Further).ok().filter(|_| self.at > start);
        let after = self.text[self.at..].trim_start();
        let ends = after.is_empty() || after.starts_with(',');
        if value.is_none() || !ends {
            self.at = start;
            return None;
        }
        value
    }

    fn scalar(&mut self, bare: Bare) -> Result<Node, Mistake> {
        match self.peek() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote),
            _ => Ok(self.bare(bare)),
        }
    }

    fn bare(&mut self, bare: Bare) -> Node {
        let start = self.at;
        let mut text = String::new();
        let mut letters = self.text[start..].char_indices().peekable();
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
                (']' | '}', Bare::First) => !first || self.depth > 0,
                ('[' | '{', _) | ('=', Bare::First) => first,
                (letter, _) => first && letter.is_whitespace(),
            };
            if stops {
                break;
            }
            text.push(letter);
            end = start + offset + letter.len_utf8();
        }
        self.at = end;
        let kept = text.trim_end().to_owned();
        let part = self.text[start..end].trim_end().len();
        Node::new(self.passage.place(start..start + part), Data::Text(kept))
    }

    fn quoted(&mut self, quote: char) -> Result<Node, Mistake> {
        let start = self.at;
        let mut text = String::new();
        let mut letters = self.text[start + 1..].char_indices().peekable();
        while let Some((offset, letter)) = letters.next() {
            let next = letters.peek().map(|(_, next)| *next);
            if letter == '\\'
                && let Some(escaped) = next.filter(|next| *next == quote || *next == '\\')
            {
                text.push(escaped);
                letters.next();
            } else if letter == quote {
                self.at = start + 1 + offset + 1;
                let place = self.passage.place(start + 1..(start + 1 + offset).max(start + 2));
                return Ok(Node::new(place, Data::Text(text)));
            } else {
                text.push(letter);
            }
        }
        let message = format!("this {quote} has no second one: a closing {quote} is expected");
        Err(Mistake::new(start..start + 1, message))
    }

    fn list(&mut self) -> Result<Node, Mistake> {
        let start = self.enter('[')?;
        let mut items = Vec::new();
        while self.peek() != Some(']') {
            self.still_open(start, ']')?;
            items.push(self.item()?);
            self.separator(']', start)?;
        }
        self.leave();
        Ok(Node::new(self.passage.place(start..self.at), Data::List(items)))
    }

    fn hash(&mut self) -> Result<Node, Mistake> {
        let start = self.enter('{')?;
        let mut pairs: Vec<Pair> = Vec::new();
        while self.peek() != Some('}') {
            self.still_open(start, '}')?;
            let (key, place) = self.key()?;
            self.equals(&key)?;
            let node = self.item()?;
            self.separator('}', start)?;
            if let Some(known) = pairs.iter().position(|known| known.key == key) {
                self.replaced.push(pairs.remove(known));
            }
            pairs.push(Pair { key, place, node });
        }
        self.leave();
        Ok(Node::new(self.passage.place(start..self.at), Data::Map(pairs)))
    }

    fn enter(&mut self, bracket: char) -> Result<usize, Mistake> {
        let start = self.at;
        self.expect(bracket, "a bracket")?;
        self.depth += 1;
        if self.depth > DEEPEST {
            let message = format!("more than {DEEPEST} brackets inside each other");
            return Err(Mistake::new(start..start + 1, message));
        }
        Ok(start)
    }

    fn leave(&mut self) {
        self.at += 1;
        self.depth -= 1;
    }

    fn still_open(&self, start: usize, close: char) -> Result<(), Mistake> {
        if self.at < self.text.len() {
            return Ok(());
        }
        let message = format!("this bracket is not closed: a closing {close} is expected");
        Err(Mistake::new(start..start + 1, message))
    }

    /// A comma, or the closing bracket, which is not consumed.
    fn separator(&mut self, close: char, start: usize) -> Result<(), Mistake> {
        self.blanks();
        self.still_open(start, close)?;
        if self.peek() == Some(close) {
            return Ok(());
        }
        self.expect(',', &format!("`,` or `{close}`"))
    }

    fn expect(&mut self, wanted: char, expected: &str) -> Result<(), Mistake> {
        self.blanks();
        if self.peek() != Some(wanted) {
            let message = format!("{expected} is expected, not {}", found(self.text, self.at));
            return Err(Mistake::new(self.at..self.at + 1, message));
        }
        self.at += 1;
        self.blanks();
        Ok(())
    }

    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }
}
