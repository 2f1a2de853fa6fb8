//! Variables of shells: how they are written, and which values a text gives them.

use std::collections::{BTreeMap, BTreeSet};

use crate::read::Place;

/// A variable in a text, such as `$NAME`, `${NAME}`, `${NAME:-value}` or `%NAME%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Variable<'t> {
    pub(super) name: &'t str,
    /// How long it is written.
    pub(super) length: usize,
    /// What stands for it where it has no value.
    default: Option<&'t str>,
}

/// The variable at the start of a text.
pub(super) fn variable(text: &str) -> Option<Variable<'_>> {
    let inner = text.get(1..)?;
    match text.chars().next()? {
        '%' => {
            let name = name(inner)?;
            let closed = inner[name.len()..].starts_with('%');
            closed.then_some(Variable {
                name,
                length: name.len() + 2,
                default: None,
            })
        }
        '$' => match inner.strip_prefix('{') {
            Some(inner) => in_braces(inner),
            None => name(inner).map(|name| Variable {
                name,
                length: 1 + name.len(),
                default: None,
            }),
        },
        _ => None,
    }
}

/// The name at the start of a text: of a variable, or the number of an argument.
fn name(text: &str) -> Option<&str> {
    let first = text.chars().next()?;
    if first.is_ascii_digit() {
        return Some(&text[..1]);
    }
    let length = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let name = &text[..length.unwrap_or(text.len())];
    (!name.is_empty()).then_some(name)
}

/// What stands behind `${`. Forms that change the value (`${NAME%.json}`) are not read.
fn in_braces(inner: &str) -> Option<Variable<'_>> {
    let name = name(inner)?;
    let rest = &inner[name.len()..];
    let end = rest.find(['}', '\n'])?;
    let (form, closed) = (&rest[..end], rest[end..].starts_with('}'));
    let default = match form.trim_start_matches(':') {
        "" | "[@]" | "[*]" => None,
        form if form.starts_with('?') => None,
        form => Some(form.strip_prefix(['-', '='])?.trim_matches('"')),
    };
    closed.then_some(Variable {
        name,
        length: 2 + name.len() + end + 1,
        default,
    })
}

/// What a text says about its variables.
#[derive(Default)]
pub(super) struct Values {
    known: BTreeMap<String, String>,
    /// Those that take what a command answers.
    captured: BTreeSet<String>,
    /// Where those got their value that got it in one branch of several.
    branches: BTreeMap<String, Place>,
}

impl Values {
    pub(super) fn set(&mut self, name: &str, value: String, branch: Option<Place>) {
        self.known.insert(name.to_owned(), value);
        self.captured.remove(name);
        match branch {
            Some(place) => self.branches.insert(name.to_owned(), place),
            None => self.branches.remove(name),
        };
    }

    /// It takes what a command answers.
    pub(super) fn capture(&mut self, name: &str) {
        self.known.remove(name);
        self.branches.remove(name);
        self.captured.insert(name.to_owned());
    }

    /// It has a value that the text does not say.
    pub(super) fn forget(&mut self, name: &str) {
        let answered = self.captured.contains(name);
        self.take(name);
        if answered {
            // It no longer stands for what was answered.
            self.set(name, format!("${{{name}}}"), None);
        }
    }

    /// Takes a value away, and returns it.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.known.remove(name)
    }

    /// What a variable stands for; an answer, or what nothing says, as `$NAME`.
    pub(super) fn of(&self, variable: Variable<'_>) -> String {
        let name = variable.name;
        match (self.known.get(name), variable.default) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) if !self.captured.contains(name) => default.to_owned(),
            _ => format!("${name}"),
        }
    }

    /// Where a variable got its value in one branch of several; told once.
    pub(super) fn branch(&mut self, name: &str) -> Option<Place> {
        self.branches.remove(name)
    }

    /// A text with the values of its variables.
    pub(super) fn expand(&self, text: &str) -> String {
        let (mut expanded, mut rest) = (String::new(), text);
        while let Some(at) = rest.find(['$', '%']) {
            expanded.push_str(&rest[..at]);
            rest = &rest[at..];
            let length = if let Some(found) = variable(rest) {
                expanded.push_str(&self.of(found));
                found.length
            } else {
                expanded.push_str(&rest[..1]);
                1
            };
            rest = &rest[length..];
        }
        expanded + rest
    }

    /// What `NAME=$(…)` gives, without the outer marks: a file that is printed, or a part of an answer.
    pub(super) fn substituted(&self, command: &str) -> Option<String> {
        let command = command.trim();
        let file = command.strip_prefix("cat ").or_else(|| command.strip_prefix('<'));
        if let Some(path) = file.map(|path| path.trim().trim_matches(['"', '\'']))
            && !path.contains([' ', '|', '<', '*'])
        {
            return Some(format!("file://{}", self.expand(path)));
        }
        // An id taken out of an answer: `echo "$OUT" | jq -r .WindowId`.
        let mut answers = BTreeSet::new();
        let mut rest = command;
        while let Some(at) = rest.find('$') {
            rest = &rest[at..];
            let found = variable(rest);
            answers.extend(
                found
                    .map(|found| found.name)
                    .filter(|name| self.captured.contains(*name)),
            );
            rest = &rest[found.map_or(1, |found| found.length)..];
        }
        let only = answers.first().filter(|_| answers.len() == 1)?;
        Some(format!("${only}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_in_the_forms_of_shells() {
        for (text, found) in [
            ("$W rest", Some(("W", 2))),
            ("${W}x", Some(("W", 4))),
            ("${W:?no window}", Some(("W", 15))),
            ("${W[@]}", Some(("W", 7))),
            ("$1", Some(("1", 2))),
            ("%W%", Some(("W", 3))),
            ("${W%.json}", None),
            ("${W", None),
            ("$(cat x)", None),
            ("100%", None),
        ] {
            let read = variable(text).map(|found| (found.name, found.length));
            assert_eq!(read, found, "{text}");
        }
    }

    #[test]
    fn values_defaults_and_answers() {
        let mut values = Values::default();
        values.set("A", "web".to_owned(), None);
        values.capture("OUT");
        assert_eq!(values.expand("${A}-$B ${C:-prod} ${OUT:-x}"), "web-$B prod $OUT");
        assert_eq!(
            values.substituted("echo \"$OUT\" | jq -r .WindowId"),
            Some("$OUT".to_owned())
        );
        assert_eq!(
            values.substituted("cat $A.json"),
            Some("file://web.json".to_owned())
        );
        assert_eq!(values.substituted("date +%s"), None);
        values.forget("A");
        values.forget("OUT");
        assert_eq!(values.expand("$A $OUT"), "$A ${OUT}");
    }
}
