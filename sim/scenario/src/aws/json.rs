//! JSON with the place of every value.

use super::cursor::{Cursor, unclosed};
use super::node::{Data, Members, Node, Pair};
use super::passage::{Mistake, Passage, found};

/// Reads a JSON text. Where a name occurs twice in an object, the last one counts.
pub(crate) fn json(passage: &Passage) -> Result<Node, Mistake> {
    json_with_replaced(passage).map(|(node, _)| node)
}

/// Reads a JSON text with so many brackets inside each other.
pub(super) fn json_deep(passage: &Passage, deepest: usize) -> Result<Node, Mistake> {
    whole(Cursor {
        deepest,
        ..Cursor::new(passage)
    })
    .map(|(node, _)| node)
}

/// Reads a JSON text; also gives the members that an equal name after them replaced.
pub(super) fn json_with_replaced(passage: &Passage) -> Result<(Node, Vec<Pair>), Mistake> {
    whole(Cursor::new(passage))
}

fn whole(mut reader: Cursor<'_>) -> Result<(Node, Vec<Pair>), Mistake> {
    let node = reader.value()?;
    reader.blanks();
    if reader.at < reader.text.len() {
        let message = format!("the JSON ends before {}", found(reader.text, reader.at));
        return Err(Mistake::new(reader.here(), message));
    }
    Ok((node, reader.replaced))
}

/// Reads values that follow each other, as pages of an answer do that were saved into one file.
pub(crate) fn json_values(passage: &Passage) -> Result<Vec<Node>, Mistake> {
    let mut reader = Cursor::new(passage);
    let mut nodes = Vec::new();
    reader.blanks();
    while reader.at < reader.text.len() {
        nodes.push(reader.value()?);
        reader.blanks();
    }
    Ok(nodes)
}

/// The grammar.
impl Cursor<'_> {
    fn value(&mut self) -> Result<Node, Mistake> {
        self.blanks();
        let start = self.at;
        let data = match self.peek() {
            Some('{') => self.object()?,
            Some('[') => self.array()?,
            Some('"') => Data::Text(self.string()?),
            Some('-' | '0'..='9') => self.number()?,
            _ => self.word()?,
        };
        Ok(Node::new(self.passage.place(start..self.at), data))
    }

    fn object(&mut self) -> Result<Data, Mistake> {
        let start = self.enter()?;
        let mut pairs = Members::default();
        loop {
            self.blanks();
            if pairs.is_empty() && self.peek() == Some('}') {
                break;
            }
            let name = self.at;
            if self.peek() != Some('"') {
                return Err(self.name_expected(start));
            }
            let key = self.string()?;
            let place = self.passage.place(name..self.at);
            self.blanks();
            self.expect(':', "`:` after the name")?;
            let node = self.value()?;
            self.replaced.extend(pairs.insert(Pair { key, place, node }));
            if !self.goes_on('}', start)? {
                break;
            }
        }
        self.leave();
        Ok(Data::Map(pairs.into_pairs()))
    }

    fn array(&mut self) -> Result<Data, Mistake> {
        let start = self.enter()?;
        let mut items = Vec::new();
        loop {
            self.blanks();
            if items.is_empty() && self.peek() == Some(']') {
                break;
            }
            items.push(self.value()?);
            if !self.goes_on(']', start)? {
                break;
            }
        }
        self.leave();
        Ok(Data::List(items))
    }

    /// Whether a comma follows, rather than the closing bracket.
    fn goes_on(&mut self, close: char, start: usize) -> Result<bool, Mistake> {
        self.blanks();
        match self.peek() {
            Some(',') => {
                self.at += 1;
                Ok(true)
            }
            Some(other) if other == close => Ok(false),
            None => Err(unclosed(start, close)),
            Some(other) => Err(Mistake::new(
                self.here(),
                format!("`,` or `{close}` is expected, not `{other}`"),
            )),
        }
    }

    fn name_expected(&self, start: usize) -> Mistake {
        match self.peek() {
            None => unclosed(start, '}'),
            Some('}') => Mistake::new(
                self.here(),
                "another \"name\" is expected after the comma, not `}`",
            )
            .help("JSON has no comma after the last member"),
            Some(other) => {
                let message = format!("a \"name\" in double quotes is expected, not `{other}`");
                let mistake = Mistake::new(self.here(), message);
                match other {
                    '\\' => mistake.help("the shell left the backslashes in: drop them within single quotes"),
                    _ => mistake,
                }
            }
        }
    }

    fn string(&mut self) -> Result<String, Mistake> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.peek() {
                None => {
                    let message = "this text has no closing \"";
                    return Err(Mistake::new(start..start + 1, message));
                }
                Some('"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some('\\') => text.push(self.escape()?),
                Some(letter) => {
                    self.at += letter.len_utf8();
                    text.push(letter);
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Mistake> {
        let start = self.at;
        self.at += 1;
        let plain = match self.peek() {
            Some(letter @ ('"' | '\\' | '/')) => letter,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.code_point(start),
            _ => {
                let message = format!("no such escape: \\ before {}", found(self.text, self.at));
                return Err(Mistake::new(start..start + 1, message));
            }
        };
        self.at += 1;
        Ok(plain)
    }

    /// Four digits behind `\u`, or two such escapes for a character beyond the first plane.
    fn code_point(&mut self, start: usize) -> Result<char, Mistake> {
        let mut units = vec![self.unit(start)?];
        if (0xd800..0xdc00).contains(&units[0]) && self.rest().starts_with("\\u") {
            self.at += 1;
            units.push(self.unit(start)?);
        }
        let mut read = char::decode_utf16(units);
        match (read.next(), read.next()) {
            (Some(Ok(letter)), None) => Ok(letter),
            _ => Err(Mistake::new(start..self.at, "this escape is half a character")),
        }
    }

    fn unit(&mut self, start: usize) -> Result<u16, Mistake> {
        let digits = self.text.get(self.at + 1..self.at + 5);
        let plain = digits.filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = plain.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| {
            Mistake::new(start..start + 2, "four hexadecimal digits are expected after \\u")
        })?;
        self.at += 5;
        Ok(unit)
    }

    fn number(&mut self) -> Result<Data, Mistake> {
        let start = self.at;
        let rest = self.rest();
        let length = rest
            .find(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c)))
            .unwrap_or(rest.len());
        self.at += length;
        let text = &rest[..length];
        match serde_json::from_str::<serde_json::Number>(text) {
            Ok(_) => Ok(Data::Number(text.to_owned())),
            Err(_) => Err(Mistake::new(start..self.at, format!("`{text}` is no number"))),
        }
    }

    fn word(&mut self) -> Result<Data, Mistake> {
        let rest = self.rest();
        for (word, data) in [
            ("true", Data::Flag(true)),
            ("false", Data::Flag(false)),
            ("null", Data::Null),
        ] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(data);
            }
        }
        let message = format!("a value is expected, not {}", found(self.text, self.at));
        let mistake = Mistake::new(self.here(), message);
        Err(match self.peek() {
            Some('\'') => mistake.help("texts stand in double quotes"),
            Some('T' | 'F' | 'N') => mistake.help("write true, false or null"),
            Some(']' | '}') => mistake.help("JSON has no comma after the last value"),
            _ => mistake,
        })
    }
}
