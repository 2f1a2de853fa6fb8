//! Saved answers of AWS, told by their members, so that files may have any name. Semantics, section 9.1.

use std::collections::BTreeMap;

use super::super::account::place_of;
use super::super::node::{Data, Node};
use crate::read::Place;

/// What was read, each object once, by its id.
#[derive(Default)]
pub(super) struct Answers {
    /// Answers of get-patch-baseline.
    pub(super) baselines: BTreeMap<String, Node>,
    /// Entries of describe-patch-baselines.
    pub(super) identities: BTreeMap<String, Node>,
    /// Patch groups with the baseline of each: a node with `PatchGroup`, and the baseline's id.
    pub(super) groups: BTreeMap<(String, String), Node>,
    /// Answers of get-default-patch-baseline.
    pub(super) defaults: Vec<Node>,
    /// Answers of get-maintenance-window, or entries of describe-maintenance-windows.
    pub(super) windows: BTreeMap<String, Window>,
    pub(super) targets: BTreeMap<(String, String), Node>,
    pub(super) tasks: BTreeMap<(String, String), Task>,
    /// Entries of describe-instance-information.
    pub(super) instances: BTreeMap<String, Node>,
    /// Instances of ec2 describe-instances.
    pub(super) machines: BTreeMap<String, Node>,
    pub(super) tags: BTreeMap<String, BTreeMap<String, String>>,
    /// Where the value of each tag stands.
    pub(super) tagged: BTreeMap<String, BTreeMap<String, Place>>,
    /// How many answers of each command were read.
    pub(super) read: BTreeMap<&'static str, usize>,
    /// For each list, whether its last page is there; where a page said that it is not the last.
    pages: BTreeMap<(&'static str, String), Pages>,
    pub(super) dropped: Vec<(Place, String)>,
    /// The file's name without its ending: answers of list-tags-for-resource do not say whose they are.
    stem: String,
}

/// A window, and whether all of it is known.
pub(super) struct Window {
    pub(super) node: Node,
    pub(super) whole: bool,
}

/// What the two commands say about a task.
#[derive(Default)]
pub(super) struct Task {
    /// The answer of get-maintenance-window-task.
    pub(super) got: Option<Node>,
    /// The entry of describe-maintenance-window-tasks.
    pub(super) described: Option<Node>,
}

#[derive(Default)]
struct Pages {
    last: bool,
    /// Where a page says that another follows.
    next: Option<Place>,
}

type Read = fn(&mut Answers, &Node);

/// Records that stand alone: the members that tell them, and the command. The first that fits counts.
const RECORDS: [(&[&str], &str, Read); 6] = [
    (
        &["WindowTaskId", "TaskArn"],
        "get-maintenance-window-task",
        Answers::got_task,
    ),
    (
        &["WindowId", "Schedule"],
        "get-maintenance-window",
        Answers::window,
    ),
    (&["BaselineId", "Name"], "get-patch-baseline", Answers::baseline),
    (
        &["BaselineId", "PatchGroup"],
        "get-patch-baseline-for-patch-group",
        Answers::group,
    ),
    (
        &["BaselineId", "OperatingSystem"],
        "get-default-patch-baseline",
        |answers, node| {
            answers.defaults.push(node.clone());
        },
    ),
    (
        &["ReservationId", "Instances"],
        "ec2 describe-instances",
        Answers::reservation,
    ),
];

/// Lists of records: the member that holds them, and the command.
const LISTS: [(&str, &str, Read); 9] = [
    (
        "BaselineIdentities",
        "describe-patch-baselines",
        Answers::identity,
    ),
    ("Mappings", "describe-patch-groups", Answers::mapping),
    (
        "WindowIdentities",
        "describe-maintenance-windows",
        Answers::window_identity,
    ),
    ("Targets", "describe-maintenance-window-targets", Answers::target),
    (
        "Tasks",
        "describe-maintenance-window-tasks",
        Answers::described_task,
    ),
    (
        "InstanceInformationList",
        "describe-instance-information",
        Answers::instance,
    ),
    ("Reservations", "ec2 describe-instances", Answers::reservation),
    ("Tags", "ec2 describe-tags", Answers::tag),
    ("TagList", "list-tags-for-resource", Answers::own_tag),
];

/// Lists that `import history` reads.
const HISTORY: [&str; 5] = [
    "InstancePatchStates",
    "CommandInvocations",
    "Commands",
    "WindowExecutions",
    "WindowExecutionTaskInvocationIdentities",
];

/// The id itself, of which an ARN may be given.
pub(super) fn bare(id: &str) -> &str {
    id.rsplit_once('/').map_or(id, |(_, id)| id)
}

/// The id that a member holds.
pub(super) fn id_of(node: &Node, member: &str) -> Option<String> {
    node.member(member).map(|id| bare(id).to_owned())
}

impl Answers {
    /// The answers that follow are of this file.
    pub(super) fn file(&mut self, name: &str) {
        let stem = std::path::Path::new(name).file_stem();
        self.stem = stem.map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    }

    /// Reads an answer; a list holds several, such as pages put together.
    pub(super) fn answer(&mut self, node: &Node) {
        if let Data::List(items) = &node.data {
            for item in items {
                self.answer(item);
            }
            return;
        }
        let has = |members: &[&str]| members.iter().all(|member| node.get(member).is_some());
        if let Some((_, command, read)) = RECORDS.iter().find(|(members, ..)| has(members)) {
            *self.read.entry(command).or_default() += 1;
            read(self, node);
            return;
        }
        let list = LISTS.iter().find(|(member, ..)| {
            matches!(
                node.get(member),
                Some(Node {
                    data: Data::List(_),
                    ..
                })
            )
        });
        let Some((member, command, read)) = list else {
            self.pass_over(node);
            return;
        };
        *self.read.entry(command).or_default() += 1;
        let items = node.get(member).map_or(&[][..], Node::items);
        self.page(command, items, node);
        for item in items {
            read(self, item);
        }
    }

    fn pass_over(&mut self, node: &Node) {
        let history = HISTORY.iter().any(|member| node.get(member).is_some());
        let why = if history {
            "of past operations: `patchbench import history` reads it"
        } else {
            "it says nothing about how patching is set up"
        };
        self.dropped
            .push((node.place.clone(), format!("an answer is passed over: {why}")));
    }

    fn page(&mut self, command: &'static str, items: &[Node], node: &Node) {
        let of = items
            .first()
            .and_then(|item| item.member("WindowId"))
            .unwrap_or_default();
        let pages = self.pages.entry((command, of.to_owned())).or_default();
        match node.pair("NextToken").filter(|pair| pair.node.text() != Some("")) {
            Some(pair) => pages.next = Some(pair.place.clone()),
            None => pages.last = true,
        }
    }

    /// Lists whose last page is not there: the command, and where a page says that one follows.
    pub(super) fn unfinished(&self) -> impl Iterator<Item = (&'static str, &Place)> {
        let open = self.pages.iter().filter(|(_, pages)| !pages.last);
        open.filter_map(|((command, _), pages)| Some((*command, pages.next.as_ref()?)))
    }

    fn baseline(&mut self, node: &Node) {
        let Some(id) = id_of(node, "BaselineId") else {
            return;
        };
        for group in node.get("PatchGroups").map_or(&[][..], Node::items) {
            if let Some(name) = group.text() {
                self.groups
                    .entry((name.to_owned(), id.clone()))
                    .or_insert_with(|| group.clone());
            }
        }
        self.baselines.insert(id, node.clone());
    }

    fn identity(&mut self, node: &Node) {
        if let Some(id) = id_of(node, "BaselineId") {
            self.identities.insert(id, node.clone());
        }
    }

    fn mapping(&mut self, node: &Node) {
        let Some(identity) = node.get("BaselineIdentity") else {
            return;
        };
        let (Some(group), Some(id)) = (node.get("PatchGroup"), id_of(identity, "BaselineId")) else {
            return;
        };
        self.groups
            .insert((group.text().unwrap_or_default().to_owned(), id), group.clone());
        self.identity(identity);
    }

    fn group(&mut self, node: &Node) {
        if let (Some(group), Some(id)) = (node.get("PatchGroup"), id_of(node, "BaselineId")) {
            self.groups
                .insert((group.text().unwrap_or_default().to_owned(), id), group.clone());
        }
    }

    fn window(&mut self, node: &Node) {
        if let Some(id) = id_of(node, "WindowId") {
            let node = node.clone();
            self.windows.insert(id, Window { node, whole: true });
        }
    }

    fn window_identity(&mut self, node: &Node) {
        let Some(id) = id_of(node, "WindowId") else { return };
        // Windows of a target are named, and no more.
        let node = (node.get("Schedule").is_some()).then(|| node.clone());
        if let Some(node) = node {
            self.windows.entry(id).or_insert(Window { node, whole: false });
        }
    }

    fn target(&mut self, node: &Node) {
        if let (Some(window), Some(id)) = (id_of(node, "WindowId"), id_of(node, "WindowTargetId")) {
            self.targets.insert((window, id), node.clone());
        }
    }

    fn got_task(&mut self, node: &Node) {
        if let Some(key) = task_key(node) {
            self.tasks.entry(key).or_default().got = Some(node.clone());
        }
    }

    fn described_task(&mut self, node: &Node) {
        if let Some(key) = task_key(node) {
            self.tasks.entry(key).or_default().described = Some(node.clone());
        }
    }

    fn instance(&mut self, node: &Node) {
        if let Some(id) = id_of(node, "InstanceId") {
            self.instances.insert(id, node.clone());
        }
    }

    fn reservation(&mut self, node: &Node) {
        for machine in node.get("Instances").map_or(&[][..], Node::items) {
            let Some(id) = id_of(machine, "InstanceId") else {
                continue;
            };
            for tag in machine.get("Tags").map_or(&[][..], Node::items) {
                self.put_tag(&id, tag);
            }
            self.machines.insert(id, machine.clone());
        }
    }

    fn tag(&mut self, node: &Node) {
        if let Some(id) = id_of(node, "ResourceId") {
            self.put_tag(&id, node);
        }
    }

    /// A tag of the resource that was asked for, which only the name of the file can say.
    fn own_tag(&mut self, node: &Node) {
        let is_id = |word: &&str| {
            let digits = word.strip_prefix("i-").or_else(|| word.strip_prefix("mi-"));
            digits
                .is_some_and(|digits| digits.len() >= 8 && digits.bytes().all(|b| b.is_ascii_alphanumeric()))
        };
        let begins = |(at, _): &(usize, &str)| *at == 0 || self.stem[..*at].ends_with(['-', '_', '.']);
        let starts = self
            .stem
            .match_indices("mi-")
            .chain(self.stem.match_indices("i-"))
            .filter(begins);
        let word = |(at, _): (usize, &str)| {
            let rest = &self.stem[at..];
            let dash = rest.find('-').map_or(0, |dash| dash + 1);
            let end = rest[dash..].find(|c: char| !c.is_ascii_alphanumeric());
            rest[..end.map_or(rest.len(), |end| dash + end)].to_owned()
        };
        let id = starts.map(word).find(|word| is_id(&word.as_str()));
        if let Some(id) = id {
            self.put_tag(&id, node);
            return;
        }
        let why = "tags that do not say whose they are: name the file after the node, such as list-tags-for-resource-mi-0123456789abcdef0.json";
        self.dropped.push((node.place.clone(), why.to_owned()));
    }

    fn put_tag(&mut self, id: &str, tag: &Node) {
        if let (Some(key), Some(value)) = (tag.member("Key"), tag.member("Value")) {
            let tags = self.tags.entry(id.to_owned()).or_default();
            tags.insert(key.to_owned(), value.to_owned());
            let tagged = self.tagged.entry(id.to_owned()).or_default();
            tagged.insert(key.to_owned(), place_of(tag, "Value"));
        }
    }
}

fn task_key(node: &Node) -> Option<(String, String)> {
    Some((id_of(node, "WindowId")?, id_of(node, "WindowTaskId")?))
}
