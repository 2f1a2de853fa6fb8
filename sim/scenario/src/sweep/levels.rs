//! The levels of a factor as one text: `2,4,8`, ranges, and values with commas of their own.

use std::collections::BTreeSet;
use std::ops::Range;

use super::MOST_LEVELS;
use super::range::{Wrong, expand};
use crate::numbers::grouped;

/// Levels, each as the value of an override, and all that is wrong with the text.
pub(crate) fn levels(text: &str) -> Result<Vec<String>, Vec<Wrong>> {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for part in split(text).map_err(|one| vec![one])? {
        let inner = &text[part.clone()];
        let start = part.start + inner.len() - inner.trim_start().len();
        let level = inner.trim();
        if level.is_empty() {
            let message = if text.trim().is_empty() {
                "no levels"
            } else {
                "an empty level"
            };
            wrong.push(Wrong::new(part, message).help("levels are separated by commas: 2,4,8"));
        } else if is_range(level) {
            match expand(level) {
                Ok(levels) => found.extend(levels),
                Err(mut one) => {
                    one.span = start + one.span.start..start + one.span.end;
                    wrong.push(one);
                }
            }
        } else {
            found.push(level.to_owned());
        }
    }
    let whole = 0..text.len();
    if found.len() > MOST_LEVELS {
        let (count, most) = (grouped(found.len() as u64), grouped(MOST_LEVELS as u64));
        wrong.push(Wrong::new(whole, format!("{count} levels; the limit is {most}")));
    } else if let Some(twice) = first_double(&found) {
        wrong.push(Wrong::new(whole, format!("the level {twice} stands twice")));
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

/// The first level that stands there twice.
pub(crate) fn first_double(levels: &[String]) -> Option<&String> {
    let mut known = BTreeSet::new();
    levels.iter().find(|level| !known.insert(label(level)))
}

/// One level a line of a file; empty lines and those that begin with `#` are none.
pub(crate) fn lines(text: &str) -> Vec<String> {
    text.trim_start_matches('\u{feff}')
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// A level as it is shown: a text without its quotes.
pub(crate) fn label(level: &str) -> &str {
    for quote in ['"', '\''] {
        let inner = level
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner.filter(|inner| !inner.contains([quote, '\\'])) {
            return inner;
        }
    }
    level
}

/// Whether a level is meant as a range: two dots outside quotes and brackets.
fn is_range(level: &str) -> bool {
    !level.starts_with(['"', '\'', '[', '{', '(']) && level.contains("..") && !level.contains('(')
}

/// Splits at commas outside quotes, brackets, braces and parentheses.
fn split(text: &str) -> Result<Vec<Range<usize>>, Wrong> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut quote: Option<(char, usize)> = None;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if let Some((mark, _)) = quote {
            if character == mark && !escaped {
                quote = None;
            }
            escaped = mark == '"' && character == '\\' && !escaped;
            continue;
        }
        match character {
            // An apostrophe within a word opens nothing.
            '"' | '\'' if begins_value(&text[start..at]) => quote = Some((character, at)),
            '(' | '[' | '{' => open.push((character, at)),
            ')' | ']' | '}' => {
                let matching = open.pop().map(|(opened, _)| closing(opened));
                if matching != Some(character) {
                    let message = format!("`{character}` closes nothing");
                    return Err(Wrong::new(at..at + 1, message).help("quote a level that holds it"));
                }
            }
            ',' if open.is_empty() => {
                parts.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    if let Some((mark, at)) = quote.or(open.first().copied()) {
        return Err(Wrong::new(at..at + 1, format!("`{mark}` is not closed")));
    }
    parts.push(start..text.len());
    Ok(parts)
}

/// Whether a value, or one within a list, begins after this text.
fn begins_value(before: &str) -> bool {
    before
        .trim_end()
        .chars()
        .next_back()
        .is_none_or(|last| "[{(,=".contains(last))
}

const fn closing(opened: char) -> char {
    match opened {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}

#[cfg(test)]
mod tests {
    use super::{label, levels, lines};

    #[test]
    fn commas_separate_levels_outside_quotes_and_brackets() {
        for (text, expected) in [
            ("2,4,8", vec!["2", "4", "8"]),
            (" 2 , 4 ", vec!["2", "4"]),
            ("1,2,4..10:2", vec!["1", "2", "4", "6", "8", "10"]),
            (
                "cron(0 16 ? * TUE *),cron(0 16 ? * MON,WED *),rate(7 days)",
                vec!["cron(0 16 ? * TUE *)", "cron(0 16 ? * MON,WED *)", "rate(7 days)"],
            ),
            ("[\"a\",\"b\"],[]", vec!["[\"a\",\"b\"]", "[]"]),
            ("\"a,b\",'c, d'", vec!["\"a,b\"", "'c, d'"]),
            ("\"a..b\"", vec!["\"a..b\""]),
            ("{ a = 1, b = 2 },x", vec!["{ a = 1, b = 2 }", "x"]),
            ("Owner's,other", vec!["Owner's", "other"]),
            ("\"a \\\" , b\",c", vec!["\"a \\\" , b\"", "c"]),
        ] {
            assert_eq!(levels(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_told_with_its_place() {
        for (text, told) in [
            ("", vec![(0..0, "no levels")]),
            ("1,,2,", vec![(2..2, "an empty level"), (5..5, "an empty level")]),
            (
                "1,3..1,0..x",
                vec![
                    (2..6, "the range ends before it begins"),
                    (10..11, "`x` is no number, percentage, time or date"),
                ],
            ),
            ("cron(0 16", vec![(4..5, "`(` is not closed")]),
            ("a],b", vec![(1..2, "`]` closes nothing")]),
            ("\"a", vec![(0..1, "`\"` is not closed")]),
            ("1..3,2", vec![(0..6, "the level 2 stands twice")]),
            ("2,\"2\"", vec![(0..5, "the level \"2\" stands twice")]),
        ] {
            let wrong = levels(text).unwrap_err();
            let wrong: Vec<_> = wrong
                .iter()
                .map(|one| (one.span.clone(), one.message.as_str()))
                .collect();
            assert_eq!(wrong, told, "{text}");
        }
    }

    #[test]
    fn files_hold_one_level_a_line() {
        assert_eq!(
            lines("\u{feff}# days\ncron(0 1 ? * MON,TUE *)\n\n 2..3 \r\n"),
            ["cron(0 1 ? * MON,TUE *)", "2..3"]
        );
        for (level, shown) in [
            ("\"10%\"", "10%"),
            ("'a'", "a"),
            ("2", "2"),
            ("\"", "\""),
            ("\"a\\n\"", "\"a\\n\""),
        ] {
            assert_eq!(label(level), shown);
        }
    }
}
