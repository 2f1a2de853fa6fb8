//! The nodes of an imported account: those that it names, and where it names none, such as its
//! targets ask for.

use std::collections::{BTreeMap, BTreeSet};

use super::account::{Account, Baseline, Instance, Platform, Target, TaskTarget};
use super::names::{Names, words};
use crate::read::Place;
use patchbench_model::fleet::PATCH_GROUP_TAGS;

/// Nodes in a pool that nothing counts.
const GUESSED_COUNT: usize = 10;

/// More combinations of tag values are not guessed.
const MOST_COMBINATIONS: usize = 16;

/// A pool of the scenario.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pool {
    pub(super) name: String,
    /// Ids of its nodes, in the order of their names; empty where the number of nodes is guessed.
    pub(super) ids: Vec<String>,
    pub(super) operating_system: String,
    /// What something says of it; else the system is that of a baseline.
    pub(super) platform: Option<Platform>,
    /// Where it is said that it is some Linux.
    pub(super) some_linux: Option<Place>,
    pub(super) tags: BTreeMap<String, String>,
    /// Why it is there, when nothing names its nodes.
    pub(super) guessed: Option<&'static str>,
    /// The patch group is a guess.
    pub(super) guessed_group: bool,
    /// Where its nodes are named.
    pub(super) named: Origin,
    /// Where their tags are said.
    pub(super) tagged: Origin,
    /// Where the patch group of the first node that is in one is said.
    pub(super) grouped: Option<Place>,
}

/// Where something is said, which may be in several places.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) first: Option<Place>,
    starts: BTreeSet<(usize, usize)>,
}

impl Origin {
    fn add(&mut self, place: &Place) {
        self.first.get_or_insert_with(|| place.clone());
        self.starts.insert((place.0, place.1.start));
    }

    /// In how many places it is said beside the first.
    pub(super) fn more(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }
}

impl Pool {
    pub(super) fn count(&self) -> usize {
        if self.ids.is_empty() {
            GUESSED_COUNT
        } else {
            self.ids.len()
        }
    }

    /// The names of its nodes, in order.
    pub(super) fn nodes(&self) -> Vec<String> {
        if self.ids.is_empty() {
            return (1..=self.count())
                .map(|number| format!("{}-{number}", self.name))
                .collect();
        }
        self.ids.clone()
    }
}

/// The fleet.
pub(super) struct Fleet {
    pub(super) pools: Vec<Pool>,
    /// Keys of tags that nothing asks for: they decide nothing.
    pub(super) idle_tags: BTreeSet<String>,
}

const PATCH_GROUP: &str = "Patch Group";

/// What instances of a pool have in common: operating system and product, if they are known, whether it is
/// some Linux, and tags.
type Likeness = (Option<(String, Option<String>)>, bool, BTreeMap<String, String>);

/// Pools while they are found.
#[derive(Default)]
struct Found {
    pools: Vec<Pool>,
    /// The pool of instances that are alike.
    alike: BTreeMap<Likeness, usize>,
    /// Keys of tags that something asks for.
    asked: BTreeSet<String>,
    idle_tags: BTreeSet<String>,
    /// The pool of each node with an id.
    of: BTreeMap<String, usize>,
}

impl Found {
    fn push(&mut self, pool: Pool) -> usize {
        let index = self.pools.len();
        for id in &pool.ids {
            self.of.insert(id.clone(), index);
        }
        self.pools.push(pool);
        index
    }

    /// An instance that the account names, among those that are like it.
    fn place(&mut self, instance: &Instance) {
        let mut tags: BTreeMap<String, String> = instance.tags.iter().cloned().collect();
        tags.retain(|key, _| {
            let asked = self.asked.contains(key);
            if !asked {
                self.idle_tags.insert(key.clone());
            }
            asked
        });
        let platform = instance.platform.as_ref();
        let runs = platform.map(|known| (known.operating_system.clone(), known.product.clone()));
        let key = (runs, instance.some_linux.is_some(), tags);
        let index = match self.alike.get(&key) {
            Some(index) => *index,
            None => self.push(Pool {
                platform: instance.platform.clone(),
                some_linux: instance.some_linux.clone(),
                ..pool(key.2.clone(), Vec::new(), None)
            }),
        };
        self.alike.insert(key, index);
        self.of.insert(instance.id.clone(), index);
        let pool = &mut self.pools[index];
        pool.ids.push(instance.id.clone());
        instance.named.iter().for_each(|place| pool.named.add(place));
        let tagged = pool.tags.keys().filter_map(|key| instance.tagged.get(key));
        tagged.for_each(|place| pool.tagged.add(place));
        let group = || {
            let mut keys = PATCH_GROUP_TAGS.iter();
            keys.find_map(|key| instance.tagged.get(*key).cloned())
        };
        pool.grouped = pool.grouped.take().or_else(group);
    }

    /// Sees to it that a target matches something.
    fn ask(&mut self, entries: &[Target]) {
        let ids = entries.iter().filter(|target| target.key == "InstanceIds");
        let ids: Vec<&String> = ids.flat_map(|target| &target.values).collect();
        let absent = ids.iter().filter(|id| !self.of.contains_key(id.as_str()));
        let absent: Vec<String> = absent.map(|id| (*id).clone()).collect();
        let reached: BTreeSet<usize> = ids
            .iter()
            .filter_map(|id| self.of.get(id.as_str()).copied())
            .collect();
        let matched = |index: usize| {
            (ids.is_empty() || reached.contains(&index)) && has_tags(entries, &self.pools[index])
        };
        if absent.is_empty() && (0..self.pools.len()).any(matched) {
            return;
        }
        if ids.is_empty() || !absent.is_empty() {
            for mut pool in guessed(entries, &absent) {
                for target in entries {
                    let of = if target.key == "InstanceIds" {
                        &mut pool.named
                    } else {
                        &mut pool.tagged
                    };
                    target.places.get("values").iter().for_each(|place| of.add(place));
                }
                self.push(pool);
            }
        }
    }

    /// Something to patch, where no command names a node.
    fn or_groups(&mut self, account: &Account) {
        if !self.pools.is_empty() {
            return;
        }
        let why = Some("no command names any node");
        let groups: BTreeSet<&String> = account
            .baselines
            .iter()
            .flat_map(|baseline| &baseline.patch_groups)
            .collect();
        for group in &groups {
            let tags = [(PATCH_GROUP.to_owned(), (*group).clone())];
            self.push(pool(tags.into(), Vec::new(), why));
        }
        if groups.is_empty() {
            self.push(pool(BTreeMap::new(), Vec::new(), why));
        }
    }
}

/// Finds the pools.
pub(super) fn fleet(account: &Account) -> Fleet {
    let mut found = Found {
        asked: asked_tags(account),
        ..Found::default()
    };
    for instance in &account.instances {
        found.place(instance);
    }
    if !account.whole_fleet {
        for entries in asked_for(account) {
            found.ask(entries);
        }
    }
    found.or_groups(account);
    let mut pools = found.pools;
    if !account.whole_fleet {
        lone_group(account, &mut pools);
    }
    let mut given = Names::default();
    let ids: BTreeSet<String> = pools.iter().flat_map(|pool| &pool.ids).cloned().collect();
    for pool in &mut pools {
        let name = pool_name(pool);
        // Counted nodes are called NAME-1, NAME-2, …: no id may be such a name.
        let taken = pool.ids.is_empty() && ids.iter().any(|id| is_numbered(id, &name));
        pool.name = given.take(&if taken { format!("{name}-nodes") } else { name });
        pool.operating_system = operating_system(account, pool);
    }
    Fleet {
        pools,
        idle_tags: found.idle_tags,
    }
}

fn is_numbered(id: &str, name: &str) -> bool {
    let rest = id.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Keys of tags that targets ask for, and those of patch groups.
fn asked_tags(account: &Account) -> BTreeSet<String> {
    let targets = asked_for(account).into_iter().flatten();
    let keys = targets.flat_map(|target| match target.key.strip_prefix("tag:") {
        Some(key) => vec![key.to_owned()],
        None if target.key == "tag-key" => target.values.clone(),
        None => Vec::new(),
    });
    let groups = PATCH_GROUP_TAGS.iter().map(|key| (*key).to_owned());
    keys.chain(groups).collect()
}

fn pool(tags: BTreeMap<String, String>, ids: Vec<String>, guessed: Option<&'static str>) -> Pool {
    Pool {
        name: String::new(),
        ids,
        operating_system: String::new(),
        platform: None,
        some_linux: None,
        tags,
        guessed,
        guessed_group: false,
        named: Origin::default(),
        tagged: Origin::default(),
        grouped: None,
    }
}

/// All targets of tasks and commands.
pub(super) fn asked_for(account: &Account) -> Vec<&[Target]> {
    let mut all: Vec<&[Target]> = Vec::new();
    for window in &account.windows {
        all.extend(window.targets.iter().map(|target| target.entries.as_slice()));
        for target in window.tasks.iter().flat_map(|task| &task.targets) {
            if let TaskTarget::Direct(entries) = target {
                all.push(entries);
            }
        }
    }
    all.extend(account.commands.iter().map(|command| command.targets.as_slice()));
    all
}

/// Whether the nodes of a pool have the tags that a target asks for.
fn has_tags(entries: &[Target], pool: &Pool) -> bool {
    entries
        .iter()
        .all(|target| match target.key.strip_prefix("tag:") {
            Some(key) => pool
                .tags
                .get(key)
                .is_some_and(|value| target.values.contains(value)),
            None if target.key == "tag-key" => target.values.iter().all(|key| pool.tags.contains_key(key)),
            None => true,
        })
}

/// Pools that a target matches: one for each combination of the values it asks for.
fn guessed(entries: &[Target], ids: &[String]) -> Vec<Pool> {
    let mut combinations: Vec<BTreeMap<String, String>> = vec![BTreeMap::new()];
    for target in entries {
        if let Some(key) = target.key.strip_prefix("tag:") {
            let with = |tags: &BTreeMap<String, String>| {
                let tags = tags.clone();
                target.values.iter().map(move |value| {
                    let mut tags = tags.clone();
                    tags.insert(key.to_owned(), value.clone());
                    tags
                })
            };
            combinations = combinations
                .iter()
                .flat_map(with)
                .take(MOST_COMBINATIONS)
                .collect();
        } else if target.key == "tag-key" {
            for tags in &mut combinations {
                tags.extend(target.values.iter().map(|key| (key.clone(), "any".to_owned())));
            }
        }
    }
    if !ids.is_empty() {
        combinations.truncate(1);
    }
    let why = if ids.is_empty() {
        "such nodes as a target asks for"
    } else {
        "the nodes that a target lists"
    };
    combinations
        .into_iter()
        .map(|tags| pool(tags, ids.to_vec(), Some(why)))
        .collect()
}

/// When one patch group has a baseline and no node is in it, nodes without a group are.
fn lone_group(account: &Account, pools: &mut [Pool]) {
    let groups: Vec<&String> = account
        .baselines
        .iter()
        .flat_map(|baseline| &baseline.patch_groups)
        .collect();
    let grouped = |pool: &Pool| pool.tags.contains_key(PATCH_GROUP) || pool.tags.contains_key("PatchGroup");
    let [group] = groups.as_slice() else { return };
    if pools.iter().any(|pool| group_of(pool) == Some(group)) {
        return;
    }
    for pool in pools.iter_mut().filter(|pool| !grouped(pool)) {
        pool.tags.insert(PATCH_GROUP.to_owned(), (*group).clone());
        pool.guessed_group = true;
    }
}

fn group_of(pool: &Pool) -> Option<&String> {
    pool.tags.get(PATCH_GROUP).or_else(|| pool.tags.get("PatchGroup"))
}

fn pool_name(pool: &Pool) -> String {
    let group = group_of(pool).map(|group| words(group));
    let value = || pool.tags.values().next().map(|value| words(value));
    let name = group.or_else(value).filter(|name| !name.is_empty());
    name.unwrap_or_else(|| "nodes".to_owned())
}

/// What something says of it, else that of the baseline registered for its group, else of the first one; where
/// it is known to be some Linux, of those for Linux.
fn operating_system(account: &Account, pool: &Pool) -> String {
    if let Some(platform) = &pool.platform {
        return platform.operating_system.clone();
    }
    let group = group_of(pool);
    let some_linux = pool.some_linux.is_some();
    let possible = |baseline: &&Baseline| {
        !(some_linux && matches!(baseline.operating_system.as_str(), "WINDOWS" | "MACOS"))
    };
    let mut baselines = account.baselines.iter().filter(possible);
    let registered = baselines
        .clone()
        .find(|baseline| group.is_some_and(|group| baseline.patch_groups.contains(group)));
    let usual = if some_linux {
        "AMAZON_LINUX_2023"
    } else {
        "WINDOWS"
    };
    registered
        .or(baselines.next())
        .map_or_else(|| usual.to_owned(), |baseline| baseline.operating_system.clone())
}
