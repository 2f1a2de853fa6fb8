//! Explanations as a planner reads them: the answer first, then what led to it.

mod faults;
mod funnel;
mod node;
mod opening;
mod opportunity;
mod steps;
mod verdict;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use patchbench_kernel::SimTime;
use patchbench_scenario::SettingChoice;
use patchbench_study::explain::{Basis, NodeNames};

use crate::weekday_date_time;

pub use funnel::funnel_text;
pub use node::node_text;
pub use opening::opening_text;
pub(crate) use steps::step_lines;
pub(crate) use verdict::verdict_text;

/// Columns of the screen.
const WIDTH: usize = 100;

/// A line of a chain: when, what, and the rules behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) at: Option<SimTime>,
    pub(crate) text: String,
    /// Sections of the semantics.
    pub(crate) sections: Vec<&'static str>,
    /// It belongs to the line above.
    pub(crate) below: bool,
}

impl Line {
    fn new(at: Option<SimTime>, text: impl Into<String>) -> Self {
        Self {
            at,
            text: text.into(),
            ..Self::default()
        }
    }

    /// The same with the sections of the semantics that it may rest on.
    fn resting_on(mut self, sections: &[&'static str]) -> Self {
        self.sections = sections.to_vec();
        self
    }

    /// One more line about the same thing.
    fn below(at: Option<SimTime>, text: impl Into<String>) -> Self {
        Self {
            below: true,
            ..Self::new(at, text)
        }
    }
}

/// Writes lines with their dates in a column of their own.
fn chain(lines: &[Line], text: &mut String) {
    const DATE: usize = 21;
    for line in lines {
        let date = line.at.map_or_else(String::new, weekday_date_time);
        let sections = if line.sections.is_empty() {
            String::new()
        } else {
            format!(" [{}]", line.sections.join(", "))
        };
        let indent = if line.below { 2 } else { 0 };
        let words = format!("{}{sections}", line.text);
        let mut first = true;
        for part in wrap(&words, WIDTH - DATE - 4 - indent) {
            let date = if first { date.as_str() } else { "" };
            let hanging = if first { indent } else { indent + 2 };
            let _ = writeln!(text, "  {date:<DATE$}  {}{part}", " ".repeat(hanging));
            first = false;
        }
    }
}

/// Lines of at most so many characters, broken between words.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            // Continuations hang two columns deeper.
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width - 2 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A paragraph on its own.
fn paragraph(words: &str, text: &mut String) {
    for line in wrap(words, WIDTH + 2) {
        let _ = writeln!(text, "{line}");
    }
}

/// What the numbers in brackets mean, and which rules AWS leaves open.
fn legend(rules: &[Basis], settings: &[SettingChoice], text: &mut String) {
    let rules: BTreeSet<Basis> = rules.iter().copied().collect();
    let changed = |rule: &Basis| setting_of(rule, settings).is_some_and(|choice| !choice.is_default);
    let open: Vec<&Basis> = rules
        .iter()
        .filter(|rule| rule.inferred.is_some() || changed(rule))
        .collect();
    text.push_str("\n[n.n] is the section of the Systems Manager semantics behind a line.\n");
    if open.is_empty() {
        return;
    }
    text.push_str("Inferred, since AWS does not document it:\n");
    for rule in open {
        for (number, line) in wrap(&open_rule(rule, settings), WIDTH - 6).iter().enumerate() {
            let _ = writeln!(text, "{}{line}", if number == 0 { "  " } else { "        " });
        }
    }
}

fn open_rule(rule: &Basis, settings: &[SettingChoice]) -> String {
    let what = rule.inferred.unwrap_or("a rule with a setting");
    let choice = setting_of(rule, settings).map_or_else(String::new, |choice| {
        let default = if choice.is_default {
            ""
        } else {
            ", NOT THE DEFAULT"
        };
        format!(" (setting {} = {}{default})", choice.name, choice.value)
    });
    format!("[{}] {what}{choice}", rule.section)
}

/// The value of the setting behind a rule.
pub(crate) fn setting_of<'s>(rule: &Basis, settings: &'s [SettingChoice]) -> Option<&'s SettingChoice> {
    let name = rule.setting?;
    settings.iter().find(|choice| choice.name == name)
}

/// Settings at other than their default, in one line.
fn changed_settings(settings: &[SettingChoice], text: &mut String) {
    let changed = settings.iter().filter(|choice| !choice.is_default);
    let list: Vec<String> = changed
        .map(|choice| {
            format!(
                "{} = {} (semantics {})",
                choice.name, choice.value, choice.section
            )
        })
        .collect();
    if !list.is_empty() {
        paragraph(
            &format!("settings at other than their default: {}", list.join(", ")),
            text,
        );
    }
}

/// Which history was played.
fn history(replication: u64, seed: u64) -> String {
    format!("replication {replication}, seed {seed}")
}

/// Nodes by name, at most so many runs of neighbours.
fn nodes(names: &NodeNames, most: usize) -> String {
    let one = |(first, last): &(String, String)| {
        if first == last {
            first.clone()
        } else {
            format!("{first} to {last}")
        }
    };
    let mut list: Vec<String> = names.ranges.iter().take(most).map(one).collect();
    if names.ranges.len() > most {
        list.push("…".to_owned());
    }
    list.join(", ")
}

/// `1 node`, `2 nodes`.
fn count(number: impl Into<u64>, what: &str) -> String {
    match number.into() {
        1 => format!("1 {what}"),
        number => format!("{number} {what}s"),
    }
}

/// The time of day of an instant.
fn time(at: SimTime) -> String {
    weekday_date_time(at)
        .split(' ')
        .nth(2)
        .unwrap_or_default()
        .to_owned()
}
