//! Which response is meant: `--metric NAME`, or `NAME:group=…,severity=…,task=…,sla=…`.

use std::fmt;

use patchbench_scenario::nearest;

use crate::{Keyed, ResponseKey};

/// A choice among the responses of a study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// Name of the metric.
    pub metric: String,
    /// Patch group, by its label; `None`: all together, or the only one.
    pub group: Option<String>,
    /// Vendor severity; `None`: all.
    pub severity: Option<String>,
    /// Window and task (or window); `None`: all together, or the only one.
    pub task: Option<String>,
    /// Deadline; `None`: the only one.
    pub sla: Option<String>,
}

/// Why a choice names no response, or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unselected {
    /// What is wrong.
    pub message: String,
    /// What there is.
    pub note: String,
    /// What may have been meant.
    pub meant: Option<String>,
}

impl fmt::Display for Unselected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        write!(f, "\n   = note: {}", self.note)?;
        match &self.meant {
            Some(meant) => write!(f, "\n   = help: did you mean `{meant}`?"),
            None => Ok(()),
        }
    }
}

impl Selector {
    /// The metric over all groups, severities and tasks.
    pub fn of(metric: &str) -> Self {
        Self {
            metric: metric.to_owned(),
            group: None,
            severity: None,
            task: None,
            sla: None,
        }
    }

    /// Reads `NAME` or `NAME:KEY=VALUE,KEY=VALUE`. A value may hold commas: it goes on until the next
    /// key.
    ///
    /// # Errors
    /// What is wrong with the text, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (metric, slices) = text.split_once(':').unwrap_or((text, ""));
        let mut selector = Self::of(metric.trim());
        if selector.metric.is_empty() {
            return Err(format!("`{text}` names no metric"));
        }
        let mut value_of: Option<&str> = None;
        for part in slices.split(',').filter(|part| !part.trim().is_empty()) {
            let split = part.split_once('=').map(|(key, value)| (key.trim(), value));
            let known = split.filter(|(key, _)| KEYS.contains(key));
            match (known, value_of) {
                (Some((key, value)), _) => {
                    *selector.slice(key) = Some(value.trim().to_owned());
                    value_of = Some(key);
                }
                (None, Some(key)) => {
                    if let Some(value) = selector.slice(key) {
                        value.push(',');
                        value.push_str(part);
                    }
                }
                (None, None) => {
                    return Err(format!(
                        "`{part}` is not of the form KEY=VALUE with {}",
                        KEYS.join(", ")
                    ));
                }
            }
        }
        Ok(selector)
    }

    fn slice(&mut self, key: &str) -> &mut Option<String> {
        match key {
            "group" => &mut self.group,
            "severity" => &mut self.severity,
            "task" => &mut self.task,
            _ => &mut self.sla,
        }
    }

    /// The one response that is meant: where a group, severity or task is not named, that of all
    /// together, or the only one.
    ///
    /// # Errors
    /// When there is none, or when there are several.
    pub fn select<'r, R: Keyed>(&self, responses: &'r [R]) -> Result<&'r R, Unselected> {
        self.choose(responses, |response| slices(response.key()))
    }

    /// The same among whatever has keys: metric, group, severity, task and deadline.
    ///
    /// # Errors
    /// When there is none, or when there are several.
    pub fn choose<'r, T>(&self, all: &'r [T], key: impl Fn(&T) -> [String; 5]) -> Result<&'r T, Unselected> {
        let named: Vec<(&T, [String; 5])> = all
            .iter()
            .map(|one| (one, key(one)))
            .filter(|(_, key)| key[0] == self.metric)
            .collect();
        if named.is_empty() {
            let names = all.iter().map(|one| key(one)[0].clone());
            return Err(unknown_metric(&self.metric, names.collect()));
        }
        let own = || named.iter().filter(|(_, key)| self.allows(key));
        let least = own().map(|(_, key)| self.looseness(key)).min();
        let closest = own().filter(|(_, key)| Some(self.looseness(key)) == least);
        let closest: Vec<&(&T, [String; 5])> = closest.collect();
        match closest.as_slice() {
            [(one, _)] => Ok(one),
            [] => Err(Unselected {
                message: format!("no response {self}"),
                note: format!("there is: {}", keys(named.iter().map(|(_, key)| key))),
                meant: None,
            }),
            several => Err(Unselected {
                message: format!("{self} may be one of {} responses", several.len()),
                note: format!("there is: {}", keys(several.iter().map(|(_, key)| key))),
                meant: several.first().map(|(_, key)| Self::of_slices(key).to_string()),
            }),
        }
    }

    fn of_slices(key: &[String; 5]) -> Self {
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        Self {
            metric: key[0].clone(),
            group: some(&key[1]),
            severity: some(&key[2]),
            task: some(&key[3]),
            sla: some(&key[4]),
        }
    }

    /// The choice of exactly one response.
    pub fn exactly(key: &ResponseKey) -> Self {
        Self::of_slices(&slices(key))
    }

    fn allows(&self, key: &[String; 5]) -> bool {
        let same = |wanted: &Option<String>, own: &str| {
            wanted
                .as_ref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(own))
        };
        same(&self.group, &key[1])
            && same(&self.severity, &key[2])
            && same(&self.task, &key[3])
            && same(&self.sla, &key[4])
    }

    /// How many slices a response has that were not asked for. A severity counts most: of the severities
    /// there may be one only, and yet all were meant.
    fn looseness(&self, key: &[String; 5]) -> u32 {
        let loose = |wanted: &Option<String>, own: &str| u32::from(wanted.is_none() && !own.is_empty());
        4 * loose(&self.severity, &key[2])
            + loose(&self.group, &key[1])
            + loose(&self.task, &key[3])
            + loose(&self.sla, &key[4])
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.metric)?;
        let slices = [&self.group, &self.severity, &self.task, &self.sla];
        let named = KEYS
            .into_iter()
            .zip(slices)
            .filter_map(|(key, slice)| slice.as_ref().map(|value| (key, value)));
        for (number, (key, value)) in named.enumerate() {
            write!(f, "{}{key}={value}", if number == 0 { ':' } else { ',' })?;
        }
        Ok(())
    }
}

/// What a response can be sliced by, in the order of the fields.
const KEYS: [&str; 4] = ["group", "severity", "task", "sla"];

/// What a response is called and sliced by.
fn slices(key: &ResponseKey) -> [String; 5] {
    let own = [&key.group, &key.severity, &key.task, &key.sla].map(Clone::clone);
    let [group, severity, task, sla] = own;
    [key.metric.to_owned(), group, severity, task, sla]
}

fn unknown_metric(metric: &str, mut names: Vec<String>) -> Unselected {
    names.sort_unstable();
    names.dedup();
    Unselected {
        message: format!("there is no metric `{metric}` here"),
        note: format!("metrics: {}", names.join(", ")),
        meant: nearest(metric, names.iter().map(String::as_str)).map(str::to_owned),
    }
}

/// At most so many responses are named.
const NAMED: usize = 8;

fn keys<'k>(keys: impl ExactSizeIterator<Item = &'k [String; 5]>) -> String {
    let more = keys.len().checked_sub(NAMED);
    let names = keys.take(NAMED).map(|key| Selector::of_slices(key).to_string());
    let names = names.collect::<Vec<_>>().join("; ");
    match more {
        Some(more) if more > 0 => format!("{names}; and {more} more"),
        _ => names,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Response;

    fn responses() -> Vec<Response> {
        let key = |metric, group: &str, severity: &str, task: &str| ResponseKey {
            group: group.to_owned(),
            severity: severity.to_owned(),
            ..ResponseKey::overall(metric).of_task(task)
        };
        [
            key("exposure", "", "", ""),
            key("exposure", "", "Critical", ""),
            key("exposure", "Web, old", "", ""),
            key("exposure", "Web, old", "Critical", ""),
            key("stop", "", "", "Prod / patch"),
            key("peak_in_progress", "", "", "Prod"),
            key("peak_in_progress", "", "", "Test"),
        ]
        .into_iter()
        .map(|key| Response::amount(key, "", Vec::new()))
        .collect()
    }

    #[test]
    fn a_metric_alone_is_that_of_all_together_or_the_only_one() {
        let all = responses();
        for (text, expected) in [
            ("exposure", 0),
            ("exposure:severity=critical", 1),
            ("exposure:group=Web, old", 2),
            ("exposure:group=Web, old,severity=Critical", 3),
            ("stop", 4),
            ("peak_in_progress:task=Test", 6),
        ] {
            let selector = Selector::parse(text).unwrap();
            assert_eq!(selector.select(&all), Ok(&all[expected]), "{text}");
        }
    }

    #[test]
    fn what_names_none_or_several_says_what_there_is() {
        let all = responses();
        let wrong = |text: &str| Selector::parse(text).unwrap().select(&all).unwrap_err();
        assert_eq!(wrong("exposre").meant.as_deref(), Some("exposure"));
        assert!(
            wrong("exposure:group=Web")
                .note
                .contains("exposure:group=Web, old")
        );
        assert_eq!(
            wrong("peak_in_progress").meant.as_deref(),
            Some("peak_in_progress:task=Prod")
        );
        assert!(Selector::parse("exposure:colour=red").is_err());
        assert!(Selector::parse(":group=x").is_err());
    }
}
