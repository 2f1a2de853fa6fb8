//! `[nodes.…]`: pools of nodes, or a list of them.

use std::collections::BTreeMap;

use patchbench_kernel::SimTime;
use patchbench_model::fleet::{Behavior, NodePool, PATCH_GROUP_TAGS};
use patchbench_model::ssm::{OperatingSystem, patch_group_of};

use super::baselines::{is_patch_group, no_patch_group, operating_system};
use super::behaviors::{Behaviors, PRESETS, preset, preset_for};
use super::node_csv::read_nodes;
use super::section::{Place, Problems, Section, Tables, text, texts, wrong_type};
use super::settings::BothTags;
use super::values::{integer, sim_time};
use crate::FileReader;
use crate::codes;
use crate::document::{Entry, Item, Value};
use crate::numbers::{counted, grouped, memory};
use crate::problem::{Problem, Sources};
use crate::scenario::Limits;
use crate::suggest::{listing, nearest};

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
    pub(crate) names: NodeNames,
    /// False when some nodes could not be read, so that a name may be one of theirs.
    pub(crate) complete: bool,
    behaviors_complete: bool,
    count: u64,
}

/// Nodes by name.
#[derive(Default)]
pub(crate) struct NodeNames {
    /// Nodes that were listed one by one: their number and place.
    listed: BTreeMap<String, (u32, Place)>,
    /// First node and size of each pool that is counted.
    counted: BTreeMap<String, (u32, u32)>,
}

impl NodeNames {
    /// The number of the node with this name.
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        if let Some((number, _)) = self.listed.get(name) {
            return Some(*number);
        }
        let (pool, number) = name.rsplit_once('-')?;
        let (first, count) = self.counted.get(pool)?;
        let index: u32 = number.parse().ok()?;
        ((1..=*count).contains(&index) && index.to_string() == number).then(|| first + index - 1)
    }

    /// How nodes are called, for a name that none of them has.
    pub(crate) fn hint(&self, name: &str) -> String {
        let pool = name
            .rsplit_once('-')
            .and_then(|(pool, _)| self.counted.get_key_value(pool));
        if let Some((pool, (_, count))) = pool {
            return format!("pool \"{pool}\" has nodes {pool}-1 to {pool}-{count}");
        }
        if self.counted.is_empty() {
            let known = || self.listed.keys().map(String::as_str);
            return match nearest(name, known()) {
                Some(meant) => format!("there is \"{meant}\""),
                None => format!("there is: {}", listing(known())),
            };
        }
        let pools = listing(self.counted.keys().map(String::as_str));
        format!("nodes are called NAME-1, NAME-2, … after their pool: {pools}")
    }

    /// Where a listed node of this name stands.
    pub(crate) fn listed_at(&self, name: &str) -> Option<&Place> {
        self.listed.get(name).map(|(_, place)| place)
    }

    pub(crate) fn list(&mut self, name: &str, number: u32, place: Place) {
        self.listed.insert(name.to_owned(), (number, place));
    }
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
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// Takes in a pool.
    pub(crate) fn push(&mut self, pool: NodePool, place: Place) {
        if pool.names.is_none() {
            let first = u32::try_from(self.count).unwrap_or(u32::MAX);
            self.names.counted.insert(pool.name.clone(), (first, pool.count));
        }
        self.count += u64::from(pool.count);
        self.places.push(place);
        self.pools.push(pool);
    }

    /// Takes in one more node of the last pool.
    pub(crate) fn extend_last(&mut self, name: String) {
        if let Some(pool) = self.pools.last_mut() {
            self.count += 1;
            pool.count += 1;
            pool.names.get_or_insert_default().push(name);
        }
    }
}

/// Reads all pools.
pub(crate) fn nodes(
    context: &NodeContext<'_>,
    tables: &Tables<'_>,
    behaviors: Behaviors,
    sources: &mut Sources,
) -> Nodes {
    let mut nodes = Nodes {
        pools: Vec::new(),
        places: Vec::new(),
        behaviors: behaviors.list,
        names: NodeNames::default(),
        complete: tables.complete,
        behaviors_complete: behaviors.complete,
        count: 0,
    };
    for entry in tables.entries {
        if pool(context, entry, &mut nodes, sources).is_none() {
            nodes.complete = false;
        }
    }
    if nodes.count() > context.limits.max_nodes {
        let place = nodes.places.first().cloned().unwrap_or((0, 0..0));
        context
            .problems
            .push(too_many(nodes.count(), context.limits, place));
        nodes.complete = false;
    } else if nodes.pools.len() as u64 > context.limits.max_listed_nodes {
        let message = format!(
            "{} of unlike nodes; the limit is {}",
            counted(nodes.pools.len() as u64, "pool"),
            grouped(context.limits.max_listed_nodes)
        );
        let place = nodes.places.first().cloned().unwrap_or((0, 0..0));
        let problem = Problem::error(codes::SIZE, message).at(place);
        context.problems.push(
            problem.help("list nodes that are alike (system, product, tags, behavior) one after the other"),
        );
        nodes.complete = false;
    }
    named_twice(context.problems, &nodes);
    nodes
}

fn too_many(count: u64, limits: &Limits, place: Place) -> Problem {
    let message = format!(
        "{} would need about {} of state in each thread; the limit is {} nodes",
        counted(count, "node"),
        memory(count.saturating_mul(4)),
        grouped(limits.max_nodes)
    );
    Problem::error(codes::SIZE, message).at(place)
}

/// A listed node with the name of one that is counted.
fn named_twice(problems: &Problems, nodes: &Nodes) {
    for (pool, place) in nodes.pools.iter().zip(&nodes.places) {
        if pool.names.is_some() {
            continue;
        }
        let begin = format!("{}-", pool.name);
        let alike = nodes
            .names
            .listed
            .range(begin.clone()..)
            .take_while(|(name, _)| name.starts_with(&begin));
        let same = alike.filter(|(name, _)| pool.position_of(name).is_some());
        for (name, (_, listed)) in same.take(20) {
            let message = format!(
                "node \"{name}\" is listed here and counted in pool \"{}\"",
                pool.name
            );
            problems.push(
                Problem::error(codes::DUPLICATE, message)
                    .at(listed.clone())
                    .at(place.clone())
                    .saying(format!("its nodes are {begin}1 to {begin}{}", pool.count))
                    .help("rename the pool or the node"),
            );
        }
    }
}

/// Reads one pool; `None` when it has a problem.
fn pool(context: &NodeContext<'_>, entry: &Entry, nodes: &mut Nodes, sources: &mut Sources) -> Option<()> {
    let problems = context.problems;
    let title = format!("[nodes.{}]", entry.key);
    let section = Section::open(problems, &entry.item, title, Some(entry.place()))?;
    if let Some(item) = section.get("path") {
        return listed_nodes(context, &section, item, nodes, sources);
    }
    let (count, ids) = how_many(problems, &section);
    let os = operating_system(problems, &section);
    let product = section.text("product").map(str::to_owned);
    let applications = section
        .get("applications")
        .map_or_else(|| Some(Vec::new()), |item| texts(problems, item));
    let tags = section
        .get("tags")
        .map_or_else(|| Some(BTreeMap::new()), |item| tags(problems, item));
    let through = section
        .get("patched_through")
        .and_then(|item| sim_time(problems, item));
    let rebooted = section
        .get("rebooted_through")
        .and_then(|item| sim_time(problems, item));
    let behavior = behavior_of(problems, &section, os, nodes);
    let place = entry.place();
    section.close();
    let (count, tags) = (count?, tags?);
    if count as u64 > context.limits.max_nodes {
        problems.push(too_many(count as u64, context.limits, place));
        return None;
    }
    let patch_group = patch_group(context.both_tags, &tags, &place)
        .map_err(|problem| problems.push(problem))
        .ok()?;
    let pool = NodePool {
        name: entry.key.clone(),
        count: count as u32,
        names: ids
            .as_ref()
            .map(|ids| ids.iter().map(|(id, _)| (*id).to_owned()).collect()),
        operating_system: os?,
        product,
        applications: applications?
            .into_iter()
            .map(|(name, _)| name.to_owned())
            .collect(),
        patch_group,
        tags,
        policy_baseline: None,
        behavior: behavior?,
        patched_through: through.unwrap_or(context.start),
        rebooted_through: rebooted,
    };
    if !list(problems, ids.unwrap_or_default(), nodes) {
        return None;
    }
    nodes.push(pool, place);
    Some(())
}

/// Ids with their places.
type Ids<'d> = Vec<(&'d str, Place)>;

/// The number of nodes, and their ids if they are listed.
fn how_many<'d>(problems: &Problems, section: &Section<'d>) -> (Option<i64>, Option<Ids<'d>>) {
    let Some(item) = section.get("ids") else {
        // A billion nodes is a whole number: the size check explains why it is too many.
        let count = section
            .require("count", "count = 60, or ids = [\"i-…\"], or path = \"nodes.csv\"")
            .and_then(|item| integer(problems, item, 1, i64::MAX));
        return (count, None);
    };
    if let Some(count) = section.get("count") {
        let problem =
            Problem::error(codes::UNKNOWN_KEY, "`count` cannot stand beside `ids`").at(count.place());
        problems.push(problem.help("the ids say how many nodes there are: drop count"));
    }
    let ids = ids(problems, item);
    (ids.as_ref().map(|ids| ids.len() as i64), ids)
}

/// Takes in the ids of the next pool, unless one is known.
fn list(problems: &Problems, ids: Ids<'_>, nodes: &mut Nodes) -> bool {
    let first = nodes.count() as u32;
    for (number, (id, at)) in (first..).zip(ids) {
        if let Some(known) = nodes.names.listed_at(id) {
            let problem = Problem::error(codes::DUPLICATE, format!("node \"{id}\" stands twice"));
            problems.push(problem.at(at).at(known.clone()).saying("first here"));
            return false;
        }
        nodes.names.list(id, number, at);
    }
    true
}

/// The ids of nodes that are alike.
fn ids<'d>(problems: &Problems, item: &'d Item) -> Option<Ids<'d>> {
    let ids = texts(problems, item)?;
    let empty = ids.iter().find(|(id, _)| id.trim().is_empty());
    if let Some((_, place)) = empty {
        problems.push(Problem::error(codes::RANGE, "a node without an id").at(place.clone()));
        return None;
    }
    if ids.is_empty() {
        problems.push(Problem::error(codes::RANGE, "`ids` names no node").at(item.place()));
        return None;
    }
    Some(ids)
}

fn listed_nodes(
    context: &NodeContext<'_>,
    section: &Section<'_>,
    item: &Item,
    nodes: &mut Nodes,
    sources: &mut Sources,
) -> Option<()> {
    let path = text(context.problems, item);
    let mut valid = true;
    if let Some(other) = section.entries().iter().find(|entry| entry.key != "path") {
        let message = format!("`{}` cannot stand beside `path`", other.key);
        context.problems.push(
            Problem::error(codes::UNKNOWN_KEY, message)
                .at(other.place())
                .help("a list of nodes says everything itself: move it into a column of the file"),
        );
        valid = false;
    }
    let read = read_nodes(context, (path?, item.place()), nodes, sources);
    (read && valid).then_some(())
}

fn behavior_of(
    problems: &Problems,
    section: &Section<'_>,
    os: Option<OperatingSystem>,
    nodes: &mut Nodes,
) -> Option<usize> {
    let Some(item) = section.get("behavior") else {
        return nodes.behavior(preset_for(os?));
    };
    let name = text(problems, item)?;
    let found = nodes.behavior(name);
    if found.is_none() && nodes.behaviors_complete {
        problems.push(unknown_behavior(name, item.place(), nodes));
    }
    found
}

/// A behaviour that neither the scenario nor the presets have.
pub(crate) fn unknown_behavior(name: &str, place: Place, nodes: &Nodes) -> Problem {
    let known = || {
        let own = nodes.behaviors.iter().map(|behavior| behavior.name.as_str());
        own.chain(PRESETS)
    };
    Problem::error(codes::REFERENCE, format!("there is no behavior \"{name}\""))
        .at(place)
        .note(format!("there is: {}", listing(known())))
        .meant(nearest(name, known()))
}

/// Reads the tags of a pool.
pub(crate) fn tags(problems: &Problems, item: &Item) -> Option<BTreeMap<String, String>> {
    let Value::Table(entries) = &item.value else {
        problems.push(wrong_type(
            item,
            "a table, such as { \"Patch Group\" = \"Front-End Servers\" }",
        ));
        return None;
    };
    let pairs: BTreeMap<String, String> = entries
        .iter()
        .filter_map(|entry| Some((entry.key.clone(), text(problems, &entry.item)?.to_owned())))
        .collect();
    (pairs.len() == entries.len()).then_some(pairs)
}

/// The patch group that tags name; both tag keys with different values follow the setting.
pub(crate) fn patch_group(
    both_tags: BothTags,
    tags: &BTreeMap<String, String>,
    place: &Place,
) -> Result<Option<String>, Problem> {
    let group = match (patch_group_of(tags), both_tags) {
        (Ok(group), _) => group,
        (Err((spaced, _)), BothTags::PreferSpaced) => Some(spaced),
        (Err((_, unspaced)), BothTags::PreferUnspaced) => Some(unspaced),
        (Err((spaced, unspaced)), BothTags::Error) => {
            let [with, without] = PATCH_GROUP_TAGS;
            let message = format!(
                "tags `{with}` = \"{spaced}\" and `{without}` = \"{unspaced}\" name two patch groups"
            );
            return Err(Problem::error(codes::BOTH_TAGS, message)
                .at(place.clone())
                .help("keep one of them, or choose by the setting both_patch_group_tags"));
        }
    };
    match group {
        Some(name) if !is_patch_group(name) => Err(no_patch_group(name, place.clone())),
        group => Ok(group.map(str::to_owned)),
    }
}
