//! `[nodes.…]`: pools of nodes, or a list of them.

use std::collections::BTreeMap;

use patchbench_kernel::SimTime;
use patchbench_model::fleet::{Behavior, NodePool};
use patchbench_model::ssm::{OperatingSystem, patch_group_of};

use super::baselines::operating_system;
use super::behaviors::{PRESETS, preset, preset_for};
use super::node_csv::read_nodes;
use super::section::{Place, Problems, Section, text, texts, wrong_type};
use super::settings::BothTags;
use super::values::{integer, sim_time};
use crate::FileReader;
use crate::codes;
use crate::document::{Entry, Item, Value};
use crate::problem::{Problem, Sources};
use crate::scenario::Limits;
use crate::suggest::nearest;

/// What reading nodes needs besides the document.
pub(crate) struct NodeContext<'a> {
    pub(crate) problems: &'a Problems,
    pub(crate) files: &'a dyn FileReader,
    pub(crate) both_tags: BothTags,
    pub(crate) start: SimTime,
    pub(crate) limits: &'a Limits,
}

/// Pools, the behaviours they use, and where each pool was described.
pub(crate) struct Nodes {
    pub(crate) pools: Vec<NodePool>,
    pub(crate) places: Vec<Place>,
    pub(crate) behaviors: Vec<Behavior>,
}

impl Nodes {
    /// The index of a behaviour: one of the scenario's, else a preset.
    pub(crate) fn behavior(&mut self, name: &str) -> Option<usize> {
        if let Some(index) = self.behaviors.iter().position(|behavior| behavior.name == name) {
            return Some(index);
        }
        self.behaviors.push(preset(name)?);
        Some(self.behaviors.len() - 1)
    }

    /// Number of nodes so far.
    pub(crate) fn count(&self) -> u64 {
        self.pools.iter().map(|pool| u64::from(pool.count)).sum()
    }
}

/// Reads all pools.
pub(crate) fn nodes(
    context: &NodeContext<'_>,
    entries: &[Entry],
    behaviors: Vec<Behavior>,
    sources: &mut Sources,
) -> Nodes {
    let mut nodes = Nodes {
        pools: Vec::new(),
        places: Vec::new(),
        behaviors,
    };
    for entry in entries {
        pool(context, entry, &mut nodes, sources);
    }
    let count = nodes.count();
    if count > context.limits.max_nodes {
        let mebibytes = count.saturating_mul(4) >> 20;
        let message = format!(
            "{count} nodes would need about {mebibytes} MiB of state in each thread; the limit is {} nodes",
            context.limits.max_nodes
        );
        let place = nodes.places.first().cloned().unwrap_or((0, 0..0));
        context
            .problems
            .push(Problem::error(codes::SIZE, message).at(place));
        nodes.pools.clear();
        nodes.places.clear();
    }
    nodes
}

fn pool(context: &NodeContext<'_>, entry: &Entry, nodes: &mut Nodes, sources: &mut Sources) {
    let problems = context.problems;
    let title = format!("[nodes.{}]", entry.key);
    let Some(section) = Section::open(problems, &entry.item, title, Some(entry.place())) else {
        return;
    };
    if let Some(item) = section.get("path") {
        if let Some(path) = text(problems, item) {
            read_nodes(context, (path, item.place()), nodes, sources);
        }
        section.close();
        return;
    }
    // A billion nodes is a whole number: the size check explains why it is too many.
    let count = section
        .require("count", "count = 60, or path = \"nodes.csv\"")
        .and_then(|item| integer(problems, item, 1, i64::MAX));
    let os = operating_system(problems, &section);
    let product = section.text("product").map(str::to_owned);
    let applications = section
        .get("applications")
        .map_or_else(Vec::new, |item| texts(problems, item));
    let tags = section
        .get("tags")
        .map_or_else(BTreeMap::new, |item| tags(problems, item));
    let through = section
        .get("patched_through")
        .and_then(|item| sim_time(problems, item));
    let behavior = behavior_of(problems, &section, os, nodes);
    let place = entry.place();
    section.close();
    let (Some(count), Some(behavior)) = (count, behavior) else {
        return;
    };
    if count as u64 > context.limits.max_nodes {
        let message = format!(
            "{count} nodes would need about {} MiB of state in each thread; the limit is {} nodes",
            (count as u64).saturating_mul(4) >> 20,
            context.limits.max_nodes
        );
        problems.push(Problem::error(codes::SIZE, message).at(place));
        return;
    }
    let patch_group = patch_group(context, &tags, &place);
    nodes.places.push(place);
    nodes.pools.push(NodePool {
        name: entry.key.clone(),
        count: count as u32,
        names: None,
        operating_system: os,
        product,
        applications: applications
            .into_iter()
            .map(|(name, _)| name.to_owned())
            .collect(),
        patch_group,
        tags,
        behavior,
        patched_through: through.unwrap_or(context.start),
    });
}

fn behavior_of(
    problems: &Problems,
    section: &Section<'_>,
    os: OperatingSystem,
    nodes: &mut Nodes,
) -> Option<usize> {
    let Some(item) = section.get("behavior") else {
        return nodes.behavior(preset_for(os));
    };
    let name = text(problems, item)?;
    let found = nodes.behavior(name);
    if found.is_none() {
        problems.push(unknown_behavior(name, item.place(), nodes));
    }
    found
}

/// A behaviour that neither the scenario nor the presets have.
pub(crate) fn unknown_behavior(name: &str, place: Place, nodes: &Nodes) -> Problem {
    let known: Vec<&str> = nodes
        .behaviors
        .iter()
        .map(|behavior| behavior.name.as_str())
        .chain(PRESETS)
        .collect();
    Problem::error(codes::REFERENCE, format!("there is no behavior \"{name}\""))
        .at(place)
        .note(format!("there is: {}", known.join(", ")))
        .meant(nearest(name, known.iter().copied()))
}

fn tags(problems: &Problems, item: &Item) -> BTreeMap<String, String> {
    let Value::Table(entries) = &item.value else {
        problems.push(wrong_type(
            item,
            "tags are a table, such as { \"Patch Group\" = \"Front-End Servers\" }",
        ));
        return BTreeMap::new();
    };
    let pairs = entries
        .iter()
        .filter_map(|entry| Some((entry.key.clone(), text(problems, &entry.item)?.to_owned())));
    pairs.collect()
}

/// The patch group that tags name; both tag keys with different values follow the setting.
pub(crate) fn patch_group(
    context: &NodeContext<'_>,
    tags: &BTreeMap<String, String>,
    place: &Place,
) -> Option<String> {
    match (patch_group_of(tags), context.both_tags) {
        (Ok(group), _) => group.map(str::to_owned),
        (Err((spaced, _)), BothTags::PreferSpaced) => Some(spaced.to_owned()),
        (Err((_, unspaced)), BothTags::PreferUnspaced) => Some(unspaced.to_owned()),
        (Err((spaced, unspaced)), BothTags::Error) => {
            let message = format!(
                "tags `Patch Group` = \"{spaced}\" and `PatchGroup` = \"{unspaced}\" name two patch groups"
            );
            context.problems.push(
                Problem::error(codes::BOTH_TAGS, message)
                    .at(place.clone())
                    .help("keep one of them, or choose by the setting both_patch_group_tags"),
            );
            None
        }
    }
}
