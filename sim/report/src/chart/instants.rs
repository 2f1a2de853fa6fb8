//! Marks of what happens at instants: the patches that are released or approved then.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::SimTime;
use patchbench_model::config::ModelConfig;

use super::{Mark, at, label};
use crate::date_time;

/// Most marks of a row. Of more instants, those that lie next to each other share one, so that the end of a
/// long period is marked as well as its beginning.
pub(super) const MOST: usize = 400;
/// Things of a mark that are named.
const NAMED: usize = 3;

/// Names in the order in which they come, each once.
#[derive(Default)]
struct Names<'a> {
    seen: BTreeSet<&'a str>,
    first: Vec<&'a str>,
}

impl<'a> Names<'a> {
    fn add(&mut self, name: &'a str) {
        if self.seen.insert(name) && self.first.len() < NAMED {
            self.first.push(name);
        }
    }

    /// `KB1, KB2, KB3 and 3 more`
    fn text(&self) -> String {
        let shown: Vec<String> = self.first.iter().map(|name| label(name)).collect();
        let rest = match self.seen.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{}{rest}", shown.join(", "))
    }
}

/// Things by instant within the simulated period: `2024-01-09 18:00Z released: KB1, KB2, KB3 and 3 more`.
pub(super) fn named_instants<'a>(
    config: &ModelConfig,
    things: impl Iterator<Item = (SimTime, &'a str)>,
    what: &str,
) -> Vec<Mark> {
    let mut by_instant = BTreeMap::<SimTime, Vec<&str>>::new();
    for (instant, name) in things.filter(|(instant, _)| within(config, at(*instant))) {
        by_instant.entry(instant).or_default().push(name);
    }
    let few = by_instant.len() <= MOST;
    let period = (config.horizon - config.start).millis().max(1);
    let place = |instant: SimTime| {
        if few {
            instant.millis()
        } else {
            (instant - config.start).millis().min(period - 1) / (period / MOST as i64 + 1)
        }
    };
    let instants: Vec<(SimTime, Vec<&str>)> = by_instant.into_iter().collect();
    instants
        .chunk_by(|one, other| place(one.0) == place(other.0))
        .filter_map(|together| mark(together, what))
        .collect()
}

/// One mark of instants that lie next to each other.
fn mark(together: &[(SimTime, Vec<&str>)], what: &str) -> Option<Mark> {
    let (first, last) = (together.first()?.0, together.last()?.0);
    let mut names = Names::default();
    for name in together.iter().flat_map(|(_, names)| names) {
        names.add(name);
    }
    let when = if first == last {
        date_time(first)
    } else {
        format!("{} to {}", date_time(first), date_time(last))
    };
    Some(Mark {
        x: at(first),
        text: format!("{when} {what}: {}", names.text()),
    })
}

/// Whether something lies in the simulated period.
pub(super) fn within(config: &ModelConfig, x: f64) -> bool {
    (at(config.start)..=at(config.horizon)).contains(&x)
}
