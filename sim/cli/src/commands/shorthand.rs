//! `patchbench import shorthand`

use std::fmt::Write as _;
use std::path::Path;

use patchbench_scenario::{Directory, FileReader, ParsedShorthand, Severity, parse_shorthand};
use serde_json::{Value, json};

use crate::args::{Shorthand, ShorthandFormat};
use crate::diagnostics;
use crate::exit::Exit;
use crate::terminal::Terminal;

pub(crate) fn shorthand(arguments: &Shorthand, terminal: &mut Terminal) -> Exit {
    match (&arguments.text, &arguments.file) {
        (Some(text), _) => one(text, arguments.format.unwrap_or(ShorthandFormat::Human), terminal),
        (None, Some(file)) => match arguments.format {
            None | Some(ShorthandFormat::Jsonl) => many(file, terminal),
            Some(_) => {
                terminal.problem("error: --file answers in lines: --format jsonl");
                Exit::WrongCommandLine
            }
        },
        (None, None) => Exit::WrongCommandLine,
    }
}

/// Files that a text names are found from here.
fn here() -> Directory {
    Directory::new(".")
}

fn one(text: &str, format: ShorthandFormat, terminal: &mut Terminal) -> Exit {
    let parsed = parse_shorthand(text, &here());
    if format == ShorthandFormat::Jsonl {
        terminal.answer(line(&parsed));
        return if parsed.value.is_some() {
            Exit::Fine
        } else {
            Exit::Invalid
        };
    }
    diagnostics::tell_all(&parsed.problems, &parsed.sources, terminal);
    let Some(value) = &parsed.value else {
        return Exit::Invalid;
    };
    if format == ShorthandFormat::Json {
        terminal.answer(format!("{value:#}\n"));
    } else {
        let mut text = String::new();
        spread(value, "", &mut text);
        terminal.answer(text);
    }
    Exit::Fine
}

/// A text of each line of a file.
fn many(file: &Path, terminal: &mut Terminal) -> Exit {
    let name = file.display().to_string();
    let texts = match here().read(&name) {
        Ok(texts) => texts,
        Err(error) => {
            terminal.problem(&format!("error: {name} cannot be read: {error}"));
            return Exit::Invalid;
        }
    };
    for (number, text) in texts.lines().enumerate() {
        match serde_json::from_str::<String>(text) {
            Ok(text) => terminal.answer(line(&parse_shorthand(&text, &here()))),
            Err(error) => {
                let message = "a line is to be one text in JSON, such as \"Key=tag:Env,Values=Prod\"";
                terminal.problem(&format!(
                    "error: {message}\n  --> {name}:{}:{}\n   = note: {error}",
                    number + 1,
                    error.column().max(1)
                ));
                return Exit::Invalid;
            }
        }
    }
    Exit::Fine
}

/// The answer about one of many texts.
fn line(parsed: &ParsedShorthand) -> String {
    if let Some(value) = &parsed.value {
        return format!("{}\n", json!({ "value": value }));
    }
    let mut errors = parsed
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error);
    let error = errors.next().map_or("", |problem| &problem.message);
    format!("{}\n", json!({ "error": error }))
}

/// Every value without members on a line, behind the names that lead to it.
fn spread(value: &Value, path: &str, text: &mut String) {
    let dot = if path.is_empty() { "" } else { "." };
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (key, value) in members {
                spread(value, &format!("{path}{dot}{key}"), text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, value) in items.iter().enumerate() {
                spread(value, &format!("{path}[{index}]"), text);
            }
        }
        value => {
            let _ = writeln!(text, "{path} = {value}");
        }
    }
}
