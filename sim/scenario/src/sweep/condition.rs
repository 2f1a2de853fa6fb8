//! `--where 'cutoff < duration and concurrency <= 8'`: which design points are kept.
//!
//! Comparisons, `and`, `or`, `not`, `+ - * /` and parentheses over numbers, percentages, times, dates,
//! texts and names of factors. All arithmetic is exact.

use std::cmp::Ordering;
use std::ops::Range;

use super::range::Wrong;
use super::value::{Value, calculate, compare};
use crate::suggest::{listing, nearest};

/// Longer conditions are refused, and deeper ones, so that reading one never goes too deep.
const LONGEST: usize = 1_000;
const DEEPEST: usize = 50;

/// A condition on the levels of a design point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    text: String,
    root: Node,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Node {
    /// Where it stands in the text.
    span: Range<usize>,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Value(Value),
    /// A factor, by its number.
    Factor(usize),
    Not(Box<Node>),
    And(Box<(Node, Node)>),
    Or(Box<(Node, Node)>),
    Compare(&'static str, Box<(Node, Node)>),
    Calculate(char, Box<(Node, Node)>),
}

/// What a factor may be called in a condition.
pub(crate) struct Name<'n> {
    /// The last part of its path, where no other factor has the same.
    pub(crate) short: Option<&'n str>,
    /// The whole path, which stands in backquotes.
    pub(crate) path: &'n str,
}

impl Condition {
    /// Reads a condition over these factors.
    pub(crate) fn parse(text: &str, names: &[Name<'_>]) -> Result<Self, Vec<Wrong>> {
        if text.len() > LONGEST {
            let message = format!("a condition of {} characters; the limit is {LONGEST}", text.len());
            return Err(vec![Wrong::new(0..text.len(), message)]);
        }
        let tokens = tokens(text).map_err(|wrong| vec![wrong])?;
        let mut reader = Reader {
            text,
            names,
            tokens: &tokens,
            unknown: Vec::new(),
            depth: 0,
        };
        let root = reader.or();
        let unknown = std::mem::take(&mut reader.unknown);
        let left_over = reader.tokens.first().map(|token| token.span.clone());
        match (root, left_over) {
            (Err(wrong), _) => Err(unknown.into_iter().chain([wrong]).collect()),
            (Ok(_), _) if !unknown.is_empty() => Err(unknown),
            (Ok(_), Some(span)) => {
                let message = format!("`{}` is not expected here", &text[span.clone()]);
                Err(vec![
                    Wrong::new(span, message).help("join comparisons by `and` or `or`"),
                ])
            }
            (Ok(root), None) if root.is_truth() => Ok(Self {
                text: text.to_owned(),
                root,
            }),
            (Ok(root), None) => {
                let wrong = Wrong::new(root.span, "a condition compares something");
                Err(vec![wrong.help("write a comparison such as cutoff < duration")])
            }
        }
    }

    /// Its text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds for a design point, given the level of each factor.
    pub(crate) fn holds<'l>(&self, level: &impl Fn(usize) -> &'l str) -> Result<bool, Wrong> {
        self.root.truth(level)
    }
}

impl Node {
    fn is_truth(&self) -> bool {
        // A factor may have true and false as levels.
        matches!(
            self.what,
            What::Not(_)
                | What::And(_)
                | What::Or(_)
                | What::Compare(..)
                | What::Value(Value::Truth(_))
                | What::Factor(_)
        )
    }

    fn truth<'l>(&self, level: &impl Fn(usize) -> &'l str) -> Result<bool, Wrong> {
        match self.worth(level)? {
            Value::Truth(truth) => Ok(truth),
            other => {
                let message = format!("true or false is expected here, not {}", other.kind());
                Err(Wrong::new(self.span.clone(), message)
                    .help("write a comparison such as cutoff < duration"))
            }
        }
    }

    fn worth<'l>(&self, level: &impl Fn(usize) -> &'l str) -> Result<Value, Wrong> {
        let wrong = |message: String| Wrong::new(self.span.clone(), message);
        Ok(match &self.what {
            What::Value(value) => value.clone(),
            What::Factor(factor) => Value::of(level(*factor)),
            What::Not(node) => Value::Truth(!node.truth(level)?),
            What::And(pair) => Value::Truth(pair.0.truth(level)? && pair.1.truth(level)?),
            What::Or(pair) => Value::Truth(pair.0.truth(level)? || pair.1.truth(level)?),
            What::Compare(sign, pair) => {
                let equality = ["==", "!="].contains(sign);
                let (left, right) = (pair.0.worth(level)?, pair.1.worth(level)?);
                let order = compare(&left, &right, equality).map_err(wrong)?;
                Value::Truth(match *sign {
                    "<" => order == Ordering::Less,
                    "<=" => order != Ordering::Greater,
                    ">" => order == Ordering::Greater,
                    ">=" => order != Ordering::Less,
                    "==" => order == Ordering::Equal,
                    _ => order != Ordering::Equal,
                })
            }
            What::Calculate(sign, pair) => {
                let (left, right) = (pair.0.worth(level)?, pair.1.worth(level)?);
                calculate(*sign, &left, &right).map_err(wrong)?
            }
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    span: Range<usize>,
    kind: TokenKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum TokenKind {
    /// A name, keyword, number, time or date.
    Word,
    /// In quotes.
    Quoted,
    /// In backquotes.
    Path,
    Sign(&'static str),
}

/// Longer signs first.
const SIGNS: [&str; 13] = [
    "<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "(", ")", "=",
];

fn tokens(text: &str) -> Result<Vec<Token>, Wrong> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let rest = &text[at..];
        let (length, kind) = match character {
            c if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            '"' | '\'' | '`' => {
                let end = rest[1..]
                    .find(character)
                    .ok_or_else(|| Wrong::new(at..at + 1, format!("{character} is not closed")))?;
                (
                    end + 2,
                    if character == '`' {
                        TokenKind::Path
                    } else {
                        TokenKind::Quoted
                    },
                )
            }
            c if c.is_alphanumeric() || c == '_' => (word_length(rest), TokenKind::Word),
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let sign = sign.ok_or_else(|| {
                    let span = at..at + character.len_utf8();
                    Wrong::new(span, format!("`{character}` has no meaning in a condition"))
                        .help("comparisons are < <= > >= == !=, joined by and, or, not")
                })?;
                (sign.len(), TokenKind::Sign(sign))
            }
        };
        found.push(Token {
            span: at..at + length,
            kind,
        });
        at += length;
    }
    Ok(found)
}

/// A date goes on over its dashes; a name that begins with a letter over dashes within it, too, since keys
/// have them.
fn word_length(rest: &str) -> usize {
    let is_date = rest.len() >= 10
        && rest.is_char_boundary(10)
        && chrono::NaiveDate::parse_from_str(&rest[..10], "%Y-%m-%d").is_ok();
    let within = |c: char| match c {
        '.' | '%' | '_' => true,
        ':' | '+' => is_date,
        '-' => is_date || rest.starts_with(|first: char| first.is_alphabetic()),
        c => c.is_alphanumeric(),
    };
    rest.find(|c| !within(c)).unwrap_or(rest.len())
}

struct Reader<'t> {
    text: &'t str,
    names: &'t [Name<'t>],
    tokens: &'t [Token],
    unknown: Vec<Wrong>,
    /// Parentheses and signs that are open.
    depth: usize,
}

impl Reader<'_> {
    fn or(&mut self) -> Result<Node, Wrong> {
        let mut node = self.and()?;
        while self.keyword("or") {
            node = join(node, self.and()?, What::Or);
        }
        Ok(node)
    }

    fn and(&mut self) -> Result<Node, Wrong> {
        let mut node = self.not()?;
        while self.keyword("and") {
            node = join(node, self.not()?, What::And);
        }
        Ok(node)
    }

    fn not(&mut self) -> Result<Node, Wrong> {
        let start = self.here().start;
        if !self.keyword("not") {
            return self.comparison();
        }
        let node = self.deeper(Self::not)?;
        Ok(Node {
            span: start..node.span.end,
            what: What::Not(Box::new(node)),
        })
    }

    fn comparison(&mut self) -> Result<Node, Wrong> {
        let left = self.sum()?;
        let before = self.here();
        let Some(sign) = self.sign(&["<=", ">=", "==", "!=", "<", ">", "="]) else {
            return Ok(left);
        };
        if sign == "=" {
            return Err(Wrong::new(before, "`=` sets; it does not compare").help("write =="));
        }
        let right = self.sum()?;
        let node = join(left, right, |pair| What::Compare(sign, pair));
        let again = self.here();
        match self.sign(&["<=", ">=", "==", "!=", "<", ">"]) {
            Some(_) => Err(Wrong::new(again, "comparisons do not chain").help("write a < b and b < c")),
            None => Ok(node),
        }
    }

    fn sum(&mut self) -> Result<Node, Wrong> {
        let mut node = self.product()?;
        while let Some(sign) = self.sign(&["+", "-"]) {
            let sign = if sign == "+" { '+' } else { '-' };
            node = join(node, self.product()?, |pair| What::Calculate(sign, pair));
        }
        Ok(node)
    }

    fn product(&mut self) -> Result<Node, Wrong> {
        let mut node = self.atom()?;
        while let Some(sign) = self.sign(&["*", "/"]) {
            let sign = if sign == "*" { '*' } else { '/' };
            node = join(node, self.atom()?, |pair| What::Calculate(sign, pair));
        }
        Ok(node)
    }

    fn atom(&mut self) -> Result<Node, Wrong> {
        let span = self.here();
        if self.sign(&["("]).is_some() {
            let inner = self.deeper(Self::or)?;
            return match self.sign(&[")"]) {
                Some(_) => Ok(inner),
                None => Err(Wrong::new(span, "`(` is not closed")),
            };
        }
        if self.sign(&["-"]).is_some() {
            let zero = Node {
                span: span.clone(),
                what: What::Value(Value::of("0")),
            };
            let atom = self.deeper(Self::atom)?;
            return Ok(join(zero, atom, |pair| What::Calculate('-', pair)));
        }
        let Some((token, rest)) = self.tokens.split_first() else {
            return Err(Wrong::new(span, "something is missing here"));
        };
        self.tokens = rest;
        let text = &self.text[token.span.clone()];
        let what = match token.kind {
            TokenKind::Quoted => What::Value(Value::of(text)),
            TokenKind::Path => self.factor(&text[1..text.len() - 1], &span),
            TokenKind::Word => self.word(text, &span),
            TokenKind::Sign(_) => {
                return Err(Wrong::new(span, format!("`{text}` is not expected here")));
            }
        };
        Ok(Node { span, what })
    }

    /// A factor by its name, or a value.
    fn word(&mut self, text: &str, span: &Range<usize>) -> What {
        let known = self.names.iter().any(|name| name.short == Some(text));
        match Value::of(text) {
            value @ (Value::Amount(..) | Value::Truth(_)) if !known => What::Value(value),
            _ => self.factor(text, span),
        }
    }

    fn factor(&mut self, name: &str, span: &Range<usize>) -> What {
        let same = |factor: &Name<'_>| factor.short == Some(name) || factor.path == name;
        if let Some(found) = self.names.iter().position(same) {
            return What::Factor(found);
        }
        let shown = |factor: &Name<'_>| match factor.short {
            Some(short) => short.to_owned(),
            None => format!("`{}`", factor.path),
        };
        let names: Vec<String> = self.names.iter().map(shown).collect();
        let names = || names.iter().map(String::as_str);
        let wrong = Wrong::new(
            span.clone(),
            format!("there is no factor `{name}`; there is: {}", listing(names())),
        );
        self.unknown.push(match nearest(name, names()) {
            Some(meant) => wrong.help(format!("did you mean {meant}?")),
            None => wrong.help("quote it if it is a text"),
        });
        What::Value(Value::Truth(true))
    }

    fn deeper(&mut self, read: fn(&mut Self) -> Result<Node, Wrong>) -> Result<Node, Wrong> {
        if self.depth == DEEPEST {
            return Err(Wrong::new(
                self.here(),
                format!("nested more than {DEEPEST} deep"),
            ));
        }
        self.depth += 1;
        let node = read(self);
        self.depth -= 1;
        node
    }

    /// Where the next token stands; behind the text when there is none.
    fn here(&self) -> Range<usize> {
        let end = self.text.len();
        self.tokens.first().map_or(end..end, |token| token.span.clone())
    }

    fn keyword(&mut self, word: &str) -> bool {
        let found = self.tokens.first().is_some_and(|token| {
            token.kind == TokenKind::Word && self.text[token.span.clone()].eq_ignore_ascii_case(word)
        });
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    fn sign(&mut self, signs: &[&'static str]) -> Option<&'static str> {
        let TokenKind::Sign(sign) = self.tokens.first()?.kind else {
            return None;
        };
        signs.contains(&sign).then(|| {
            self.tokens = &self.tokens[1..];
            sign
        })
    }
}

fn join(left: Node, right: Node, what: impl FnOnce(Box<(Node, Node)>) -> What) -> Node {
    Node {
        span: left.span.start..right.span.end,
        what: what(Box::new((left, right))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, Name};

    const LEVELS: [&str; 6] = ["4", "1", "\"10%\"", "2h30m", "cron(0 16 ? * TUE *)", "2024-01-09"];

    fn names() -> Vec<Name<'static>> {
        let shorts = ["duration", "cutoff", "max_errors", "delay-time", "schedule"];
        let mut names: Vec<Name<'_>> = shorts
            .iter()
            .map(|short| Name {
                short: Some(short),
                path: short,
            })
            .collect();
        names.push(Name {
            short: None,
            path: "window.a.on",
        });
        names
    }

    #[test]
    fn conditions_calculate_exactly() {
        for (text, holds) in [
            ("cutoff < duration", true),
            ("duration - cutoff >= 3 and not cutoff > 1", true),
            ("duration * 0.1 + 0.2 * cutoff == 0.6", true),
            ("cutoff == 2 or duration == 4", true),
            ("cutoff == 2 or duration == 4 and cutoff == 2", false),
            ("(cutoff == 2 or duration == 4) and cutoff == 1", true),
            ("max_errors == 10% and max_errors / 2 <= 5%", true),
            ("delay-time < 4h", true),
            ("delay-time + 30m == \"3h\"", true),
            ("delay-time / 1h == 2.5", true),
            ("schedule == 'cron(0 16 ? * TUE *)'", true),
            ("schedule != \"rate(7 days)\"", true),
            (
                "`window.a.on` >= 2024-01-01 AND `window.a.on` - 2024-01-01 == 8d",
                true,
            ),
            ("-cutoff == -1", true),
            ("duration / 3 * 3 == duration", true),
        ] {
            let condition = Condition::parse(text, &names()).unwrap();
            assert_eq!(condition.holds(&|factor| LEVELS[factor]), Ok(holds), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_points_into_the_condition() {
        for (text, span, message) in [
            (
                "cutof < duration",
                0..5,
                "there is no factor `cutof`; there is: duration, cutoff, max_errors, delay-time, schedule, `window.a.on`",
            ),
            ("cutoff = 1", 7..8, "`=` sets; it does not compare"),
            ("cutoff <", 8..8, "something is missing here"),
            ("(cutoff < 1", 0..1, "`(` is not closed"),
            ("cutoff < 1)", 10..11, "`)` is not expected here"),
            (
                "cutoff < 1 duration > 2",
                11..19,
                "`duration` is not expected here",
            ),
            ("0 < cutoff < 2", 11..12, "comparisons do not chain"),
            ("cutoff + 1", 0..10, "a condition compares something"),
            ("", 0..0, "something is missing here"),
            ("cutoff ; 1", 7..8, "`;` has no meaning in a condition"),
            ("schedule == 'a", 12..13, "' is not closed"),
        ] {
            let wrong = Condition::parse(text, &names()).unwrap_err();
            assert_eq!(
                (wrong[0].span.clone(), wrong[0].message.as_str()),
                (span, message),
                "{text}"
            );
        }
        assert_eq!(
            Condition::parse("a < b", &names()).unwrap_err().len(),
            2,
            "all unknown names are told"
        );
        let long = format!("cutoff < 1{}", " or cutoff < 1".repeat(100));
        assert!(Condition::parse(&long, &names()).is_err());
        let nested = |deep: usize| format!("{}cutoff < 1{}", "(".repeat(deep), ")".repeat(deep));
        assert!(Condition::parse(&nested(50), &names()).is_ok());
        let wrong = Condition::parse(&nested(490), &names()).unwrap_err();
        assert_eq!(wrong[0].message, "nested more than 50 deep");
    }

    #[test]
    fn values_that_do_not_compare_say_so() {
        for (text, message) in [
            ("cutoff < 4h", "a number is compared with a time"),
            ("max_errors < 2", "a percentage is compared with a number"),
            ("schedule < 'x'", "texts are equal or not; none is less"),
            ("schedule + 1 == 2", "`+` takes numbers and times, not a text"),
            (
                "delay-time * delay-time == 1",
                "`*` cannot stand between a time and a time",
            ),
            ("cutoff / 0 == 1", "a division by zero"),
            (
                "duration and cutoff < 2",
                "true or false is expected here, not a number",
            ),
        ] {
            let condition = Condition::parse(text, &names()).unwrap();
            let wrong = condition.holds(&|factor| LEVELS[factor]).unwrap_err();
            assert_eq!(wrong.message, message, "{text}");
        }
    }
}
