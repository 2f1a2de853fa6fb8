//! Changes of inputs: as hands, programs and bad disks make them, and as ill will does.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use crate::mutations::{mutated, mutation};
use crate::targets::{Input, Target};

/// Larger inputs are not made.
const LARGEST: usize = 2 << 20;

/// What stands at the edge of what is read.
const EXTREMES: [&str; 52] = [
    "",
    "-1",
    "0",
    "1",
    "361",
    "86400",
    "2147483648",
    "-9223372036854775808",
    "9223372036854775807",
    "18446744073709551616",
    "1e308",
    "1e-400",
    "1e999999999",
    "0.1",
    "NaN",
    "-inf",
    "null",
    "true",
    "{}",
    "[]",
    "[[]]",
    "\"\"",
    "''",
    "\"",
    "\\",
    "\\\"",
    "\\u0000",
    "\\ud800",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "e\u{301}\u{1f469}\u{200d}\u{1f4bb}",
    "\r\n",
    "\u{2028}",
    "9999-12-31T23:59:59Z",
    "0000-01-01T00:00:00Z",
    "-262144-01-01",
    "2024-02-30",
    "1710000000.123",
    "1e20",
    "cron(0/1 * ? * * *)",
    "cron(0 0 31 2 ? *)",
    "cron(0 0 ? * 7#5 *)",
    "cron(0 0 L-31 * ? 2199)",
    "rate(1 minute)",
    "rate(9999999999999999999 days)",
    "at(2199-12-31T23:59:59)",
    "3650d",
    "100%",
    "file://x.json",
    "!Sub '${AWS::Region}${A}'",
    "&a [*a, *a]",
];

const BRACKETS: [(&str, &str); 6] = [
    ("[", "]"),
    ("{\"a\":", "}"),
    ("{a=", "}"),
    ("[[a.", "]]"),
    ("(", ")"),
    ("- ", ""),
];

pub(crate) struct Changer {
    runner: TestRunner,
    words: Vec<String>,
}

impl Changer {
    pub(crate) fn new(seed: u64, words: Vec<String>) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Self {
            runner: TestRunner::new_with_rng(Config::default(), rng),
            words,
        }
    }

    /// A number below `count`, which is not 0.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.runner.rng().next_u64() % count.max(1) as u64) as usize
    }

    /// One of the inputs, changed; where a target reads several texts, some of them together.
    pub(crate) fn next(&mut self, target: &Target, (pool, seeds): (&[Input], usize)) -> Input {
        // What is kept drifts towards what is wrong all over: every second one begins at a seed.
        let among = if self.below(2) == 0 { seeds } else { pool.len() };
        let mut input = pool[self.below(among)].clone();
        if target.several && self.below(2) == 0 {
            for _ in 0..self.below(6) {
                let other = &pool[self.below(pool.len())];
                input.files.extend(other.files.first().cloned());
            }
        }
        if target.name == "cloudformation" && self.below(8) == 0 {
            let text = input.files[0].1.clone();
            let parameter = format!("{}={}\n", self.word_in(&text), self.word());
            input.files.push(("parameters".to_owned(), parameter));
        }
        // Several small changes go further than a large one.
        for _ in 0..[1, 1, 1, 1, 1, 2, 2, 3, 5, 20][self.below(10)] {
            let file = self.below(input.files.len());
            let other = &pool[self.below(pool.len())];
            let changed = self.change(&input.files[file].1, other);
            if changed.len() <= LARGEST {
                input.files[file].1 = changed;
            }
        }
        input
    }

    fn change(&mut self, text: &str, other: &Input) -> String {
        match self.below(20) {
            0..4 => self.by_hand(text),
            4..8 => self.reword(text),
            8..12 => self.reshape(text, other).unwrap_or_else(|| self.reword(text)),
            12 | 13 => self.splice(text, &other.files[0].1),
            14 | 15 => self.repeat(text),
            16 => self.deepen(text),
            17 => self.indent(text),
            18 => self.cut_out(text),
            _ => self.flip(text),
        }
    }

    fn by_hand(&mut self, text: &str) -> String {
        match mutation().new_tree(&mut self.runner) {
            Ok(tree) => mutated(text, &[tree.current()]),
            Err(_) => text.to_owned(),
        }
    }

    fn word(&mut self) -> String {
        if self.words.is_empty() || self.below(3) == 0 {
            EXTREMES[self.below(EXTREMES.len())].to_owned()
        } else {
            let at = self.below(self.words.len());
            self.words[at].clone()
        }
    }

    fn word_in(&mut self, text: &str) -> String {
        let (from, to) = self.a_word(text);
        text[from..to].to_owned()
    }

    /// Where a word of a text stands.
    fn a_word(&mut self, text: &str) -> (usize, usize) {
        let at = self.place(text);
        let apart = |c: char| !(c.is_alphanumeric() || "-_:./%".contains(c));
        let from = text[at..].find(|c| !apart(c)).map_or(at, |skip| at + skip);
        let from = text[..from].rfind(apart).map_or(0, |before| {
            before + text[before..].chars().next().map_or(1, char::len_utf8)
        });
        let to = text[from..].find(apart).map_or(text.len(), |len| from + len);
        (from, to)
    }

    fn reword(&mut self, text: &str) -> String {
        let (from, to) = self.a_word(text);
        format!("{}{}{}", &text[..from], self.word(), &text[to..])
    }

    /// A value of a JSON text in another's place, doubled, nested or gone.
    fn reshape(&mut self, text: &str, other: &Input) -> Option<String> {
        let mut value: Value = serde_json::from_str(text).ok()?;
        let at = self.below(count(&value));
        let wanted = nth(&mut value, at)?;
        match self.below(6) {
            0 => *wanted = Value::String(self.word()),
            1 => *wanted = serde_json::from_str(&self.word()).unwrap_or(Value::Null),
            2 => *wanted = Value::Array(vec![wanted.clone(); self.below(5)]),
            3 => {
                let mut source: Value = serde_json::from_str(&other.files[0].1).ok()?;
                let from = self.below(count(&source));
                *wanted = nth(&mut source, from)?.clone();
            }
            4 => match wanted {
                Value::Object(members) => {
                    let key = members.keys().nth(self.below(members.len()))?.clone();
                    let member = members.shift_remove(&key)?;
                    if self.below(2) == 0 {
                        members.insert(self.word(), member);
                    }
                }
                Value::Array(values) => values.truncate(self.below(values.len() + 1)),
                single => *single = Value::Array(vec![single.clone()]),
            },
            _ => {
                if let Value::Array(values) = wanted
                    && let Some(last) = values.last().cloned()
                {
                    let times = [1, 1, 2, 2, 10, 10, 100, 1_000][self.below(8)];
                    values.extend((0..times).map(|copy| numbered(&last, copy)));
                }
            }
        }
        let longest = 4 << 20;
        Some(value.to_string()).filter(|text| text.len() < longest)
    }

    fn splice(&mut self, text: &str, other: &str) -> String {
        let (from, to) = self.range(other);
        let (start, end) = self.range(text);
        let end = if self.below(2) == 0 { start } else { end };
        format!("{}{}{}", &text[..start], &other[from..to], &text[end..])
    }

    /// Lines many times over, as they are or each with a name of its own.
    fn repeat(&mut self, text: &str) -> String {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let from = self.below(lines.len());
        let to = (from + 1 + self.below(20)).min(lines.len());
        let block = lines.get(from..to).unwrap_or_default().concat();
        let times = [1, 1, 1, 2, 2, 3, 10, 10, 100, 1_000][self.below(10)].min(LARGEST / (block.len() + 8));
        let (_, end) = self.a_word(&block);
        let own = self.below(2) == 0;
        let mut all = lines[..to.min(lines.len())].concat();
        for copy in 0..times {
            if own {
                let _ = write!(all, "{}{copy}{}", &block[..end], &block[end..]);
            } else {
                all += &block;
            }
        }
        all + &lines[to.min(lines.len())..].concat()
    }

    fn deepen(&mut self, text: &str) -> String {
        let (from, to) = self.a_word(text);
        let depth = [2, 2, 10, 33, 100, 129, 1_000, 100_000][self.below(8)];
        let (open, close) = BRACKETS[self.below(BRACKETS.len())];
        let close = if self.below(3) == 0 { "" } else { close };
        let (before, word, after) = (&text[..from], &text[from..to], &text[to..]);
        format!(
            "{before}{}{word}{}{after}",
            open.repeat(depth),
            close.repeat(depth)
        )
    }

    fn indent(&mut self, text: &str) -> String {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let (from, many) = (self.below(lines.len()), 1 + self.below(8));
        let deeper = self.below(2) == 0;
        let changed = lines.iter().enumerate().map(|(at, line)| {
            if !(from..from + many).contains(&at) {
                (*line).to_owned()
            } else if deeper {
                format!("  {line}")
            } else {
                line.strip_prefix("  ").unwrap_or(line).to_owned()
            }
        });
        changed.collect()
    }

    fn cut_out(&mut self, text: &str) -> String {
        let (from, to) = self.range(text);
        format!("{}{}", &text[..from], &text[to..])
    }

    fn flip(&mut self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            if let Some(byte) = bytes.get_mut(at) {
                *byte = (self.runner.rng().next_u64() & 0xff) as u8;
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A boundary of characters.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn range(&mut self, text: &str) -> (usize, usize) {
        let (a, b) = (self.place(text), self.place(text));
        (a.min(b), a.max(b))
    }
}

/// Values in a tree.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(values) => values.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

/// The value at a place in the order of a walk.
fn nth(value: &mut Value, mut at: usize) -> Option<&mut Value> {
    if at == 0 {
        return Some(value);
    }
    at -= 1;
    let mut inner: Vec<&mut Value> = match value {
        Value::Array(values) => values.iter_mut().collect(),
        Value::Object(members) => members.values_mut().collect(),
        _ => return None,
    };
    for value in inner.drain(..) {
        let size = count(value);
        if at < size {
            return nth(value, at);
        }
        at -= size;
    }
    None
}

/// A copy whose texts have numbers of their own, as one id differs from another.
fn numbered(value: &Value, copy: usize) -> Value {
    let mut value = value.clone();
    if let Value::Object(members) = &mut value {
        for member in members.values_mut() {
            if let Value::String(text) = member
                && text.contains('-')
            {
                *text = format!("{text}{copy}");
            }
        }
    }
    value
}
