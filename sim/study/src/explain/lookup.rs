//! Finding what a question names.

use std::fmt;

use chrono::NaiveDate;
use patchbench_model::world::Opening;
use patchbench_scenario::nearest;

use super::Explainer;

/// A name that the scenario does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// What kind of thing was looked for, such as `node`.
    pub what: &'static str,
    /// The name that was given.
    pub name: String,
    /// The nearest known name, if one is near.
    pub meant: Option<String>,
    /// What there is instead.
    pub note: String,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {} `{}`", self.what, self.name)
    }
}

impl std::error::Error for Unknown {}

impl Explainer<'_> {
    /// The number of the node with this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn find_node(&self, name: &str) -> Result<u32, Unknown> {
        self.plan.node_named(name).ok_or_else(|| {
            let names: Vec<String> = (0..self.plan.nodes())
                .map(|node| self.plan.node_name(node))
                .collect();
            let pools = self.plan.config.pools.iter();
            let pools: Vec<String> = pools
                .map(|pool| match pool.count {
                    1 => pool.node_name(0),
                    count => format!("{} to {}", pool.node_name(0), pool.node_name(count - 1)),
                })
                .collect();
            Unknown {
                what: "node",
                name: name.to_owned(),
                meant: nearest(name, names.iter().map(String::as_str)).map(str::to_owned),
                note: format!("the nodes are {}", some(&pools)),
            }
        })
    }

    /// The patches with this id or knowledge base number: one number may stand for the update of
    /// several products.
    ///
    /// # Errors
    /// When there is none.
    pub fn find_patches(&self, name: &str) -> Result<Vec<usize>, Unknown> {
        let patches = &self.catalog.patches;
        if let Some(index) = patches.iter().position(|patch| patch.id == name) {
            return Ok(vec![index]);
        }
        let called = |patch: &&patchbench_model::catalog::Patch| {
            patch.id.eq_ignore_ascii_case(name)
                || patch
                    .kb
                    .as_deref()
                    .is_some_and(|kb| kb.eq_ignore_ascii_case(name))
        };
        let found: Vec<usize> = (0..patches.len())
            .filter(|index| called(&&patches[*index]))
            .collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let kbs = patches.iter().filter_map(|patch| patch.kb.as_deref());
        let known: Vec<&str> = kbs.chain(patches.iter().map(|patch| patch.id.as_str())).collect();
        let ids: Vec<String> = patches.iter().map(|patch| patch.id.clone()).collect();
        Err(Unknown {
            what: "patch",
            name: name.to_owned(),
            meant: nearest(name, known.iter().copied())
                .or_else(|| {
                    known
                        .iter()
                        .copied()
                        .find(|known| !name.is_empty() && known.starts_with(name))
                })
                .map(str::to_owned),
            note: format!("released are {}", some(&ids)),
        })
    }

    /// The window with this name and its opening on a day of its own zone; without a day the opening
    /// that `run` reports on: the first one that finds something approved.
    ///
    /// # Errors
    /// When there is no such window or opening.
    pub fn find_opening(&self, window: &str, on: Option<NaiveDate>) -> Result<(usize, usize), Unknown> {
        let windows = &self.plan.config.windows;
        let Some(index) = windows.iter().position(|known| known.name == window) else {
            let names: Vec<String> = windows.iter().map(|known| known.name.clone()).collect();
            return Err(Unknown {
                what: "window",
                name: window.to_owned(),
                meant: nearest(window, names.iter().map(String::as_str)).map(str::to_owned),
                note: format!("the windows are {}", some(&names)),
            });
        };
        let openings = &self.plan.openings[index];
        let found = match on {
            Some(day) => openings.iter().position(|opening| opening.day == day),
            None => Some(self.plan.profiled[index]).filter(|opening| *opening < openings.len()),
        };
        found.map(|opening| (index, opening)).ok_or_else(|| Unknown {
            what: "opening",
            name: on.map_or_else(|| window.to_owned(), |day| format!("{window} on {day}")),
            meant: None,
            note: around(openings, on),
        })
    }
}

/// The openings next to a day.
fn around(openings: &[Opening], on: Option<NaiveDate>) -> String {
    let after = on.map_or(0, |day| openings.partition_point(|opening| opening.day < day));
    let days: Vec<String> = openings[after.saturating_sub(2)..]
        .iter()
        .take(4)
        .map(|opening| opening.day.to_string())
        .collect();
    if days.is_empty() {
        return "the window does not open within the simulated period".to_owned();
    }
    format!("it opens on {}", days.join(", "))
}

/// The first few of many.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    let more = if names.len() > SHOWN {
        format!(" and {} more", names.len() - SHOWN)
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}
