//! What no answer says of nodes, their tags, and the targets and tasks of windows.

use std::collections::BTreeSet;

use super::super::account::{Account, Instance, Target, Task, TaskTarget, Window};
use super::super::fleet::asked_for;
use super::super::node::{Data, Node, Pair};
use super::super::places::OBJECT;
use super::Gaps;
use super::answers::Window as Answered;
use super::answers::{Answers, EC2_TAGS, INFORMATION, MACHINES, TARGETS, TASKS, bare};
use crate::codes;
use crate::problem::Problem;
use crate::read::Place;
use crate::suggest::listing;

/// What the answers list, looked up once.
pub(super) struct Listed<'a> {
    answers: &'a Answers,
    /// Windows whose targets no answer lists.
    without_targets: BTreeSet<&'a str>,
    targets: BTreeSet<&'a str>,
}

impl<'a> Listed<'a> {
    pub(super) fn of(answers: &'a Answers) -> Self {
        Self {
            answers,
            without_targets: without(answers, TARGETS).into_iter().map(|(id, _)| id).collect(),
            targets: answers.targets.keys().map(|(_, id)| id.as_str()).collect(),
        }
    }
}

/// Windows whose tasks no answer lists; those that are disabled run none.
pub(super) fn without_tasks(answers: &Answers) -> Vec<(&str, &Answered)> {
    without(answers, TASKS)
}

/// Windows of which no answer of a command says what it lists. An empty list names no window: it counts for
/// that in the name of its file, else for any.
fn without<'a>(answers: &'a Answers, command: &str) -> Vec<(&'a str, &'a Answered)> {
    let keys: BTreeSet<&str> = match command {
        TASKS => answers.tasks.keys().map(|(window, _)| window.as_str()).collect(),
        _ => answers
            .targets
            .keys()
            .map(|(window, _)| window.as_str())
            .collect(),
    };
    let mut named = BTreeSet::new();
    let mut nameless = 0;
    for ((_, file), count) in answers.empty.iter().filter(|((of, _), _)| *of == command) {
        let ids = file.match_indices("mw-").map(|(at, mw)| {
            let digits = file[at + mw.len()..].find(|c: char| !c.is_ascii_alphanumeric());
            &file[at..digits.map_or(file.len(), |digits| at + mw.len() + digits)]
        });
        let before = named.len();
        named.extend(ids.filter(|id| answers.windows.contains_key(*id)));
        nameless += if named.len() == before { *count } else { 0 };
    }
    let counts = |window: &Answered| {
        command != TASKS || window.node.get("Enabled").and_then(Node::flag) != Some(false)
    };
    let windows = answers.windows.iter().map(|(id, window)| (id.as_str(), window));
    let without: Vec<(&str, &Answered)> = windows
        .filter(|(id, window)| counts(window) && !keys.contains(id) && !named.contains(id))
        .collect();
    if nameless >= without.len() {
        return Vec::new();
    }
    without
}

/// The `Targets` of a task, without window targets that nothing says; `None`: nothing is left of it.
pub(super) fn targets(
    gaps: &Gaps<'_>,
    listed: &Listed<'_>,
    (window, task): (&str, &str),
    members: &[Pair],
    known: &dyn Fn(&str) -> bool,
) -> Option<Vec<Pair>> {
    let Some(pair) = members.iter().find(|pair| pair.key == "Targets") else {
        return Some(Vec::new());
    };
    let mut entries = Vec::new();
    let mut absent: Vec<&Node> = Vec::new();
    for entry in pair.node.items() {
        let ids = entry
            .get("Values")
            .filter(|_| entry.member("Key") == Some("WindowTargetIds"));
        let Some(ids) = ids else {
            entries.push(entry.clone());
            continue;
        };
        let unknown = |id: &&Node| id.text().is_some_and(|id| !known(bare(id)));
        absent.extend(ids.items().iter().filter(unknown));
        let kept: Vec<Node> = ids.items().iter().filter(|id| !unknown(id)).cloned().collect();
        if kept.is_empty() && !ids.items().is_empty() {
            continue;
        }
        let values = |pair: &Pair| match pair.key.as_str() {
            "Values" => Pair {
                node: Node::new(ids.place.clone(), Data::List(kept.clone())),
                ..pair.clone()
            },
            _ => pair.clone(),
        };
        let pairs = entry.pairs().iter().map(values).collect();
        entries.push(Node::new(entry.place.clone(), Data::Map(pairs)));
    }
    let left = !entries.is_empty() || absent.is_empty();
    // Those that are refused were told.
    absent.retain(|id| !id.text().is_some_and(|id| listed.targets.contains(bare(id))));
    tell_targets(gaps, listed, (window, task), &absent, left);
    let node = Node::new(pair.node.place.clone(), Data::List(entries));
    left.then(|| vec![Pair { node, ..pair.clone() }])
}

fn tell_targets(
    gaps: &Gaps<'_>,
    listed: &Listed<'_>,
    (window, task): (&str, &str),
    absent: &[&Node],
    left: bool,
) {
    let Some(first) = absent.first() else { return };
    let ids = listing(absent.iter().filter_map(|id| id.text()));
    let assumed = if left {
        "the task reaches its other targets"
    } else {
        "the task is left out"
    };
    let help = format!("save `aws ssm {TARGETS} --window-id {window}`");
    if listed.answers.windows.contains_key(window) && !listed.without_targets.contains(window) {
        let message = format!("task {task} goes to {ids}, which is no target of window {window} any more");
        let problem = Problem::warning(codes::INCOMPLETE, message).at(first.place.clone());
        gaps.problems.push(problem.note(assumed).help(help));
        return;
    }
    let message = format!(
        "no answer is about the targets of window {window}: which nodes task {task} reaches is not known"
    );
    gaps.tell(message, first.place.clone(), &help, assumed);
}

/// Tells what is not known of nodes that something asks for, and whether all of them are known.
pub(super) fn nodes(gaps: &Gaps<'_>, account: &mut Account, answers: &Answers) {
    let groups = account
        .baselines
        .iter()
        .filter(|known| !known.patch_groups.is_empty());
    let group = groups.clone().find_map(|known| known.places.get("patch_groups"));
    let asked = asked_for(account);
    let target = asked
        .iter()
        .find_map(|entries| entries.first()?.places.get(OBJECT));
    let Some(place) = target.or(group) else { return };
    if account.instances.is_empty() {
        let read = |command| answers.read.contains_key(command);
        let message = if read(INFORMATION) || read(MACHINES) {
            "the answers name no node that Patch Manager patches"
        } else {
            "no answer is about the nodes: which there are and what they run is not known"
        };
        gaps.tell(
            message.to_owned(),
            place.clone(),
            &format!("save `aws ssm {INFORMATION}`"),
            "nodes are made up such as targets and patch groups ask for",
        );
        return;
    }
    let by_tag = asked
        .iter()
        .copied()
        .flatten()
        .any(|target| target.key != "InstanceIds");
    let untagged: Vec<&str> = if by_tag || group.is_some() {
        let ids = account.instances.iter().map(|node| node.id.as_str());
        ids.filter(|id| !has_told_tags(answers, id)).collect()
    } else {
        Vec::new()
    };
    tell_tags(gaps, answers, &untagged);
    let of_nodes = [INFORMATION, MACHINES, EC2_TAGS];
    let pages = answers
        .unfinished()
        .any(|(command, _)| of_nodes.contains(&command));
    if untagged.is_empty() && !pages {
        account.whole_fleet = reached(gaps, account, place);
    }
}

/// Whether an answer says which tags a node has.
fn has_told_tags(answers: &Answers, id: &str) -> bool {
    answers.tags.contains_key(id) || (!id.starts_with("mi-") && answers.read.contains_key(EC2_TAGS))
}

fn tell_tags(gaps: &Gaps<'_>, answers: &Answers, untagged: &[&str]) {
    let (managed, machines): (Vec<&str>, Vec<&str>) = untagged.iter().partition(|id| id.starts_with("mi-"));
    for (ids, is_managed) in [(machines, false), (managed, true)] {
        let Some(first) = ids.first() else { continue };
        let node = answers
            .instances
            .get(*first)
            .or_else(|| answers.machines.get(*first));
        let place = node.and_then(|node| Some(node.get("InstanceId")?.place.clone()));
        let help = if is_managed {
            format!(
                "save `aws ssm list-tags-for-resource --resource-type ManagedInstance --resource-id {first}` as list-tags-for-resource-{first}.json"
            )
        } else {
            "save `aws ec2 describe-tags --filters Name=resource-type,Values=instance`".to_owned()
        };
        let message = format!(
            "no answer is about the tags of {}: which targets and patch groups they belong to is not known",
            listing(ids.iter().copied())
        );
        let assumed = "they have none, and others are made up such as targets ask for";
        gaps.tell(message, place.unwrap_or_default(), &help, assumed);
    }
}

/// Tells targets that reach none of the nodes, all of which are known, or list others. Whether a task reaches
/// any: else there would be nothing to simulate.
fn reached(gaps: &Gaps<'_>, account: &Account, place: &Place) -> bool {
    let help = "if AWS has such nodes, save the answers about nodes and their tags again";
    let nodes = Nodes::of(account);
    let tasks = || {
        let windows = account.windows.iter();
        windows.flat_map(|window| window.tasks.iter().map(move |task| (window, task)))
    };
    let reaches = |(window, task): (&Window, &Task)| {
        task.targets.iter().any(|target| match target {
            TaskTarget::Window(index) => nodes.any(&window.targets[*index].entries),
            TaskTarget::Direct(entries) => nodes.any(entries),
        })
    };
    if tasks().next().is_some() && !tasks().any(reaches) {
        gaps.tell(
            "no task reaches any of the nodes that the answers name".to_owned(),
            place.clone(),
            help,
            "others are made up such as targets ask for",
        );
        return false;
    }
    for entries in asked_for(account) {
        let absent = nodes.absent(entries);
        let message = if !absent.is_empty() {
            let absent = listing(absent);
            format!("a target lists {absent}, which the answers about nodes do not name: it is not reached")
        } else if nodes.any(entries) {
            continue;
        } else {
            let asked = listing(
                entries
                    .iter()
                    .flat_map(|target| &target.values)
                    .map(String::as_str),
            );
            format!("the target ({asked}) reaches none of the nodes that the answers name")
        };
        let place: Option<Place> = entries
            .first()
            .and_then(|first| first.places.get(OBJECT).cloned());
        let problem = Problem::warning(codes::MATCHES_NOBODY, message).at(place.unwrap_or_default());
        gaps.problems.push(problem.help(help));
    }
    true
}

/// The nodes of an account, looked up once.
struct Nodes<'a> {
    all: &'a [Instance],
    ids: BTreeSet<&'a str>,
    tags: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Nodes<'a> {
    fn of(account: &'a Account) -> Self {
        let all = account.instances.as_slice();
        let tags = all.iter().flat_map(|node| &node.tags);
        Self {
            all,
            ids: all.iter().map(|node| node.id.as_str()).collect(),
            tags: tags.map(|(key, value)| (key.as_str(), value.as_str())).collect(),
        }
    }

    /// Whether a target reaches any.
    fn any(&self, entries: &[Target]) -> bool {
        // Most targets name one tag.
        if let [target] = entries
            && let Some(key) = target.key.strip_prefix("tag:")
        {
            let has = |value: &String| self.tags.contains(&(key, value.as_str()));
            return target.values.iter().any(has);
        }
        self.all.iter().any(|node| matches(entries, node))
    }

    /// Nodes that a target lists and that are none of these.
    fn absent<'t>(&self, entries: &'t [Target]) -> Vec<&'t str> {
        let ids = entries.iter().filter(|target| target.key == "InstanceIds");
        let ids = ids.flat_map(|target| &target.values).map(String::as_str);
        ids.filter(|id| !self.ids.contains(id)).collect()
    }
}

fn matches(entries: &[Target], node: &Instance) -> bool {
    let tag = |key: &str| node.tags.iter().find(|(known, _)| known == key);
    entries
        .iter()
        .all(|target| match target.key.strip_prefix("tag:") {
            Some(key) => tag(key).is_some_and(|(_, value)| target.values.contains(value)),
            None if target.key == "tag-key" => target.values.iter().all(|key| tag(key).is_some()),
            None => target.values.contains(&node.id),
        })
}
