//! What a line of a text is, by its first words.

/// Members of answers that name what a command created.
const ANSWERS: [&str; 4] = ["BaselineId", "WindowId", "WindowTargetId", "WindowTaskId"];

/// Words that may stand before a command without changing what it does.
const BEFORE: [&str; 15] = [
    "if", "elif", "while", "until", "then", "else", "do", "!", "{", "sudo", "time", "command", "env", "exec",
    "nohup",
];

/// More words before a command are not looked at.
const MOST_BEFORE: usize = 20;

/// Words that declare a variable.
const DECLARING: [&str; 7] = ["export", "local", "readonly", "declare", "typeset", "set", "SET"];

/// A line without what a terminal shows before a command.
pub(super) fn without_prompt(line: &str) -> &str {
    if let Some(rest) = ["$ ", "> ", "% "]
        .iter()
        .find_map(|prompt| line.strip_prefix(prompt))
    {
        return rest.trim_start();
    }
    let drive = line.starts_with("PS ") || line.get(1..3) == Some(":\\");
    if let Some((before, rest)) = line.split_once('>')
        && drive
        && !before.contains("aws ")
    {
        return rest.trim_start();
    }
    // user@host:~$ aws …
    match line.split_once("$ ").or_else(|| line.split_once("# ")) {
        Some((before, rest)) if before.contains('@') && !before.contains([' ', '=', '"']) => {
            rest.trim_start()
        }
        _ => line,
    }
}

/// How long what stands before a command is: words such as `sudo`, and values for its surroundings.
pub(super) fn before_command(text: &str) -> usize {
    let mut rest = text;
    for _ in 0..MOST_BEFORE {
        rest = rest.trim_start_matches([' ', '\t']);
        let line = beginning(rest);
        let length = line.find([' ', '\t']).unwrap_or(line.len());
        let word = &line[..length];
        // `a)` begins a branch of `case`, and `1)` a line of a list.
        let label = word.ends_with(')') && !word.contains(['(', '=', '"', '\'']);
        let known = label || BEFORE.contains(&word) || (word.starts_with('-') && rest.len() < text.len());
        let wrapped = ["retry ", "timeout ", "aws-vault exec "];
        let wrapper = wrapped.iter().find_map(|wrapper| line.strip_prefix(wrapper));
        rest = if let Some(inner) = wrapper {
            let end = inner.find([' ', '\t']).unwrap_or(inner.len());
            &rest[line.len() - inner.len() + end..]
        } else if rest.starts_with('(') {
            rest.trim_start_matches('(')
        } else if known || (is_setting(word) && length < line.len()) {
            &rest[length..]
        } else {
            break;
        };
    }
    text.len() - rest.len()
}

/// The beginning of a line.
pub(super) fn beginning(text: &str) -> &str {
    const MOST: usize = 500;
    let line = &text[..text.floor_char_boundary(MOST)];
    line.split('\n').next().unwrap_or("")
}

/// `NAME=value` as a word, whose value is no command.
fn is_setting(word: &str) -> bool {
    let quoted = |value: &str| value.contains(['"', '\'', '$', '(', '`', ';', '&']);
    word.split_once('=')
        .is_some_and(|(name, value)| is_variable(name) && !value.is_empty() && !quoted(value))
}

/// Where a command ends besides the end of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    Line,
    /// `$( … )`
    Parenthesis,
    /// `` ` … ` ``
    Backtick,
}

impl Ends {
    /// Whether a character ends the command.
    pub(super) fn closes(self, next: char) -> bool {
        matches!((self, next), (Self::Parenthesis, ')') | (Self::Backtick, '`'))
    }
}

/// A command at the beginning of a line, perhaps captured in a variable: the variable, how the
/// command ends, and where it begins.
pub(super) fn captured(line: &str) -> (Option<&str>, Ends, Option<usize>) {
    if is_aws(line) {
        return (None, Ends::Line, Some(0));
    }
    let Some((name, inner)) = capturing(line) else {
        return (None, Ends::Line, None);
    };
    let forms = [
        ("$(", Ends::Parenthesis),
        ("(", Ends::Parenthesis),
        ("`", Ends::Backtick),
        ("", Ends::Line),
    ];
    for (open, ends) in forms {
        if let Some(command) = inner.strip_prefix(open).map(str::trim_start)
            && is_aws(command)
        {
            return (Some(name), ends, Some(line.len() - command.len()));
        }
    }
    (None, Ends::Line, None)
}

/// `NAME=…`: the name, and what follows without a quote.
pub(super) fn capturing(line: &str) -> Option<(&str, &str)> {
    let (before, after) = line.split_once('=')?;
    let name = declared(before).trim().trim_start_matches('$');
    let inner = after.trim_start_matches([' ', '\t']).trim_start_matches('"');
    is_variable(name).then_some((name, inner))
}

/// Without the words that declare a variable.
fn declared(before: &str) -> &str {
    let mut rest = before.trim_start();
    while let Some((word, after)) = rest.split_once([' ', '\t'])
        && (DECLARING.contains(&word) || word.starts_with('-'))
    {
        rest = after.trim_start();
    }
    rest
}

/// Whether a text begins with the AWS CLI, and something to do for it.
pub(super) fn is_aws(text: &str) -> bool {
    let Some(end) = text.find([' ', '\t', '\n', '\r']) else {
        return false;
    };
    let (word, rest) = text.split_at(end);
    let program = word.rsplit(['/', '\\']).next().unwrap_or(word);
    let line = rest.split('\n').next().unwrap_or("");
    matches!(program, "aws" | "aws.exe") && !line.trim().is_empty()
}

fn is_variable(name: &str) -> bool {
    let first = name
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    first && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `NAME=value`, `export NAME=value`, `set NAME=value`, `$NAME = "value"`: the name, the value, and whether
/// variables in it stand for themselves.
pub(super) fn assignment(line: &str) -> Option<(&str, &str, bool)> {
    let (before, after) = line.trim_end().split_once('=')?;
    let name = declared(before).trim().trim_start_matches('$');
    let value = after.trim();
    let value = value.split(" #").next().unwrap_or(value).trim_end();
    let quoted = ['"', '\''].iter().find_map(|quote| {
        let inner = value.strip_prefix(*quote)?;
        // A quote of many lines, or what stands behind it, is no part of the value.
        Some((inner.split(*quote).next()?, *quote == '\''))
    });
    let plain = || value.split("; ").next().unwrap_or(value).trim_end_matches(';');
    let (value, literal) = quoted.unwrap_or_else(|| (plain(), false));
    is_variable(name).then_some((name, value, literal))
}

/// The id in a line such as `"WindowId": "mw-0c50858d01EXAMPLE"`.
pub(super) fn answer(line: &str) -> Option<(&'static str, &str)> {
    let line = line.trim().trim_start_matches(['{', ' ']);
    let rest = line.strip_prefix('"')?;
    let (member, rest) = rest.split_once('"')?;
    let member = ANSWERS.into_iter().find(|known| *known == member)?;
    let value = rest
        .trim_start()
        .strip_prefix(':')?
        .trim_start()
        .strip_prefix('"')?;
    let (id, _) = value.split_once('"')?;
    (!id.is_empty()).then_some((member, id))
}

pub(super) fn is_comment(line: &str) -> bool {
    let line = line.trim();
    let lower = line.get(..4).map(str::to_ascii_lowercase);
    line.is_empty() || line.starts_with('#') || line.starts_with("::") || lower.as_deref() == Some("rem ")
}

/// Brackets of a printed answer, and marks around code.
pub(super) fn is_bracket(line: &str) -> bool {
    matches!(line.trim(), "{" | "}" | "[" | "]") || line.starts_with("```")
}

/// The length of a continuation mark with the end of its line; blanks may stand behind the mark.
/// PowerShell's backtick is one, unless it ends what a Unix shell substitutes.
pub(super) fn continuation(text: &str, ends: Ends) -> Option<usize> {
    let rest = match ends {
        Ends::Backtick => text.strip_prefix(['\\', '^']),
        Ends::Line | Ends::Parenthesis => text.strip_prefix(['\\', '^', '`']),
    }?;
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
    rest[blanks..].starts_with('\n').then_some(1 + blanks + 1)
}

/// How long a statement is: until `;`, `&`, a comment or the end of its line, none of them quoted.
pub(super) fn statement_length(text: &str) -> usize {
    let line = text.split('\n').next().unwrap_or("");
    let (mut quote, mut before, mut escaped) = (None, ' ', false);
    for (at, letter) in line.char_indices() {
        match (quote, letter) {
            _ if escaped => escaped = false,
            (None | Some('"'), '\\') => escaped = true,
            (Some(open), _) if letter == open => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, ';' | '&') => return at,
            (None, '#') if before.is_whitespace() => return line.len(),
            _ => {}
        }
        before = letter;
    }
    line.len()
}
