//! Saved answers of AWS, told by their members, so that files may have any name. Semantics, section 9.1.

use std::collections::BTreeMap;

use super::super::account::place_of;
use super::super::node::{Data, Node};
use super::Gaps;
use super::holds::{self, Comparison, Holds};
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
    /// Lists without an entry: the command, and the file's name without its ending, with their number.
    pub(super) empty: BTreeMap<(&'static str, String), usize>,
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

/// A kind of answer.
struct Kind {
    /// The members that tell it; of a list the one that holds it.
    told_by: &'static [&'static str],
    command: &'static str,
    /// What the answer holds, or each entry of the list.
    holds: &'static Holds,
    read: Read,
}

const fn kind(
    told_by: &'static [&'static str],
    command: &'static str,
    holds: &'static Holds,
    read: Read,
) -> Kind {
    Kind {
        told_by,
        command,
        holds,
        read,
    }
}

/// Records that stand alone. The first that fits counts.
static RECORDS: [Kind; 7] = [
    kind(
        &["WindowTaskId", "TaskArn"],
        "get-maintenance-window-task",
        &holds::TASK,
        Answers::got_task,
    ),
    kind(
        &["WindowTargetId", "Targets"],
        "update-maintenance-window-target",
        &holds::TARGET,
        Answers::target,
    ),
    kind(
        &["WindowId", "Schedule"],
        "get-maintenance-window",
        &holds::WINDOW,
        Answers::window,
    ),
    kind(
        &["BaselineId", "Name"],
        "get-patch-baseline",
        &holds::BASELINE,
        Answers::baseline,
    ),
    kind(
        &["BaselineId", "PatchGroup"],
        "get-patch-baseline-for-patch-group",
        &holds::GROUP,
        Answers::group,
    ),
    kind(
        &["BaselineId", "OperatingSystem"],
        "get-default-patch-baseline",
        &holds::DEFAULT,
        |answers, node| answers.defaults.push(node.clone()),
    ),
    kind(
        &["ReservationId", "Instances"],
        MACHINES,
        &holds::RESERVATION,
        Answers::reservation,
    ),
];

/// Lists of records.
static LISTS: [Kind; 9] = [
    kind(
        &["BaselineIdentities"],
        "describe-patch-baselines",
        &holds::BASELINE_IDENTITY,
        Answers::identity,
    ),
    kind(
        &["Mappings"],
        "describe-patch-groups",
        &holds::MAPPING,
        Answers::mapping,
    ),
    kind(
        &["WindowIdentities"],
        "describe-maintenance-windows",
        &holds::WINDOW,
        Answers::window_identity,
    ),
    kind(&["Targets"], TARGETS, &holds::TARGET, Answers::target),
    kind(&["Tasks"], TASKS, &holds::TASK, Answers::described_task),
    kind(
        &["InstanceInformationList"],
        INFORMATION,
        &holds::INSTANCE,
        Answers::instance,
    ),
    kind(
        &["Reservations"],
        MACHINES,
        &holds::RESERVATION,
        Answers::reservation,
    ),
    kind(&["Tags"], "ec2 describe-tags", &holds::RESOURCE_TAG, Answers::tag),
    kind(&["TagList"], OWN_TAGS, &holds::OWN_TAG, Answers::own_tag),
];

pub(super) const TARGETS: &str = "describe-maintenance-window-targets";
pub(super) const TASKS: &str = "describe-maintenance-window-tasks";
pub(super) const OWN_TAGS: &str = "list-tags-for-resource";
pub(super) const EC2_TAGS: &str = "ec2 describe-tags";
pub(super) const MACHINES: &str = "ec2 describe-instances";
pub(super) const INFORMATION: &str = "describe-instance-information";

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
    pub(super) fn answer(&mut self, gaps: &Gaps<'_>, node: &Node) {
        if let Data::List(items) = &node.data {
            for item in items {
                self.answer(gaps, item);
            }
            return;
        }
        let told = |kind: &&Kind| kind.told_by.iter().all(|member| node.get(member).is_some());
        let comparison = |kind: &Kind| Comparison {
            gaps,
            command: kind.command,
        };
        if let Some(kind) = RECORDS.iter().find(told) {
            *self.read.entry(kind.command).or_default() += 1;
            if comparison(kind).fits(node, kind.holds, "an answer") {
                (kind.read)(self, node);
            }
            return;
        }
        let list = |kind: &&Kind| matches!(node.get(kind.told_by[0]), Some(list) if list.is_list());
        // A list counts before what only has the name of one.
        let Some(kind) = LISTS.iter().find(list).or_else(|| LISTS.iter().find(told)) else {
            self.pass_over(node);
            return;
        };
        *self.read.entry(kind.command).or_default() += 1;
        let Some(list) = node.get(kind.told_by[0]) else {
            return;
        };
        let (comparison, name) = (comparison(kind), kind.told_by[0]);
        if !list.is_list() {
            comparison.fits(list, &Holds::List(kind.holds), name);
            return;
        }
        self.page(kind.command, list.items(), node);
        if list.items().is_empty() {
            *self.empty.entry((kind.command, self.stem.clone())).or_default() += 1;
            if let Some(id) = self.own_id().filter(|_| kind.command == OWN_TAGS) {
                self.tags.entry(id).or_default();
            }
        }
        let entry = format!("an entry of {name}");
        for item in list.items() {
            if comparison.fits(item, kind.holds, &entry) {
                (kind.read)(self, item);
            }
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
            // Without the member it has no tags.
            self.tags.entry(id.clone()).or_default();
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

    /// The resource that was asked for, which only the name of the file can say.
    fn own_id(&self) -> Option<String> {
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
        starts.map(word).find(|word| is_id(&word.as_str()))
    }

    /// A tag of the resource that was asked for.
    fn own_tag(&mut self, node: &Node) {
        if let Some(id) = self.own_id() {
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
