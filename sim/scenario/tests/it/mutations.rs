//! Changes of texts as hands, programs and bad disks make them.

use proptest::prelude::*;
use proptest::sample::Index;

/// One change of a text.
#[derive(Clone, Debug)]
pub(crate) enum Mutation {
    FlipBit(Index, u8),
    DeleteLine(Index),
    RepeatLine(Index, Index),
    SwapLines(Index, Index),
    SwapValues(Index, Index),
    SetValue(Index, &'static str),
    Insert(Index, &'static str),
    CutOff(Index),
}

/// What stands in files that were written by hand or by other programs.
const TOKENS: [&str; 54] = [
    "",
    "\"",
    "'",
    "\"\"\"",
    "[",
    "]",
    "[[",
    "{",
    "}",
    "=",
    ",",
    ".",
    "#",
    "\\",
    "\n",
    "\r",
    "\t",
    "\0",
    "\u{feff}",
    "ß",
    "🪟",
    "nan",
    "inf",
    "-inf",
    "-1",
    "0",
    "1",
    "2",
    "24",
    "1_000",
    "0x7f",
    "1e308",
    "-0.0",
    "0.5",
    "9223372036854775807",
    "99999999999999999999",
    "true",
    "2024-02-29",
    "1970-01-01",
    "2199-12-31T23:59:59Z",
    "\"0s\"",
    "\"1ms\"",
    "\"3650d\"",
    "\"100%\"",
    "\"0%\"",
    "\"WINDOWS\"",
    "\"UBUNTU\"",
    "\"MACOS\"",
    "\"rate(5 minutes)\"",
    "\"cron(30 2 L * ? *)\"",
    "\"at(2024-02-30T00:00:00)\"",
    "\"America/New_York\"",
    "[]",
    "{}",
];

pub(crate) fn mutation() -> impl Strategy<Value = Mutation> {
    let place = any::<Index>;
    let token = proptest::sample::select(TOKENS.as_slice());
    prop_oneof![
        1 => (place(), 0u8..8).prop_map(|(at, bit)| Mutation::FlipBit(at, bit)),
        1 => place().prop_map(Mutation::DeleteLine),
        1 => (place(), place()).prop_map(|(from, to)| Mutation::RepeatLine(from, to)),
        1 => (place(), place()).prop_map(|(a, b)| Mutation::SwapLines(a, b)),
        4 => (place(), place()).prop_map(|(a, b)| Mutation::SwapValues(a, b)),
        6 => (place(), token.clone()).prop_map(|(at, token)| Mutation::SetValue(at, token)),
        2 => (place(), token).prop_map(|(at, token)| Mutation::Insert(at, token)),
        1 => place().prop_map(Mutation::CutOff),
    ]
}

/// The text after all changes.
pub(crate) fn mutated(text: &str, mutations: &[Mutation]) -> String {
    mutations
        .iter()
        .fold(text.to_owned(), |text, mutation| mutation.apply(text))
}

impl Mutation {
    fn apply(&self, text: String) -> String {
        match self {
            Self::FlipBit(at, bit) if !text.is_empty() => {
                let mut bytes = text.into_bytes();
                let index = at.index(bytes.len());
                bytes[index] ^= 1 << bit;
                String::from_utf8_lossy(&bytes).into_owned()
            }
            Self::Insert(at, token) => {
                let (before, after) = text.split_at(boundary(&text, *at));
                format!("{before}{token}{after}")
            }
            Self::CutOff(at) => text[..boundary(&text, *at)].to_owned(),
            _ => self.apply_to_lines(&text),
        }
    }

    fn apply_to_lines(&self, text: &str) -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if lines.is_empty() {
            return text.to_owned();
        }
        let value = |line: &str| {
            line.split_once('=')
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
        };
        let (count, valued): (usize, Vec<usize>) = (
            lines.len(),
            (0..lines.len())
                .filter(|line| lines[*line].contains('='))
                .collect(),
        );
        match self {
            Self::DeleteLine(at) => {
                lines.remove(at.index(count));
            }
            Self::RepeatLine(from, to) => lines.insert(to.index(count), lines[from.index(count)].clone()),
            Self::SwapLines(a, b) => lines.swap(a.index(count), b.index(count)),
            Self::SwapValues(a, b) if !valued.is_empty() => {
                let (a, b) = (valued[a.index(valued.len())], valued[b.index(valued.len())]);
                if let (Some((first, x)), Some((second, y))) = (value(&lines[a]), value(&lines[b])) {
                    lines[a] = format!("{first}={y}");
                    lines[b] = format!("{second}={x}");
                }
            }
            Self::SetValue(at, token) if !valued.is_empty() => {
                let line = valued[at.index(valued.len())];
                if let Some((key, _)) = value(&lines[line]) {
                    lines[line] = format!("{key}= {token}");
                }
            }
            _ => {}
        }
        lines.join("\n") + "\n"
    }
}

/// The character boundary at or before a place.
fn boundary(text: &str, at: Index) -> usize {
    let mut place = at.index(text.len() + 1);
    while !text.is_char_boundary(place) {
        place -= 1;
    }
    place
}
