//! The words of the AWS CLI's shorthand: which characters belong to one, and where a quote ends.

/// Where a bare word stands: this decides which characters go on with it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bare {
    /// Right after `=`, or in brackets.
    First,
    /// Further values of a csv: a `=` would make it the next name.
    Further,
}

/// What may stand around separators.
pub(super) fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t'..='\r')
}

/// White space as Python has it: Unicode's, and four separators of old.
pub(super) fn is_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{1c}'..='\u{1f}')
}

/// Characters beyond this one stand in quotes only.
const LAST: char = '\u{ffff}';

fn begins(letter: char) -> bool {
    letter > ' ' && letter <= LAST && !matches!(letter, '"' | '\'' | ',' | '=' | '[' | '{')
}

fn goes_on(letter: char, bare: Bare) -> bool {
    let printed = letter >= ' ' && letter <= LAST && !matches!(letter, '"' | '\'' | ',');
    let stops = match bare {
        Bare::First => matches!(letter, ']' | '}'),
        Bare::Further => letter == '=',
    };
    (printed || is_space(letter)) && !stops
}

/// The length in bytes of the bare word at the start of a text, blanks behind it included.
pub(super) fn length(text: &str, bare: Bare) -> usize {
    let mut escaped = false;
    let mut letters = text.char_indices();
    let end = letters.find(|&(at, letter)| {
        let comma = escaped && letter == ',';
        escaped = letter == '\\';
        let belongs = match at {
            0 => begins(letter),
            _ => goes_on(letter, bare),
        };
        !(belongs || comma)
    });
    end.map_or(text.len(), |(at, _)| at)
}

/// Where the quote closes that was opened before this text: at the first one without a backslash before
/// it. Where there is none, the last one closes, and the backslash before it is one of the value.
pub(super) fn closing(text: &str, quote: char) -> Option<usize> {
    let mut before = ' ';
    let mut last = None;
    for (at, letter) in text.char_indices() {
        if letter == quote {
            if before != '\\' {
                return Some(at);
            }
            last = Some(at);
        }
        before = letter;
    }
    last
}
