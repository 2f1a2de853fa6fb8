//! What saved answers of AWS say about patching operations. Answers are told by their members, so
//! that files may have any name. Semantics, sections 8.4 and 9.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::super::node::{Data, Node};
use super::super::timestamp::instant;
use super::left::Left;
use super::outcome::{Outcome, outcome};
use crate::codes;
use crate::problem::Problem;
use crate::read::{Place, Problems};

/// What AWS-RunPatchBaseline is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    Scan,
    Install,
}

impl Operation {
    fn of(text: &str) -> Option<Self> {
        match text {
            "Scan" => Some(Self::Scan),
            "Install" => Some(Self::Install),
            _ => None,
        }
    }
}

/// A command on one node, put together from all answers about it.
#[derive(Clone, Debug)]
pub(super) struct Invocation {
    pub(super) place: Place,
    pub(super) document: Option<String>,
    pub(super) outcome: Outcome,
    pub(super) start: Option<DateTime<Utc>>,
    pub(super) end: Option<DateTime<Utc>>,
}

/// What a node reported after a patching operation.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) place: Place,
    pub(super) operation: Operation,
    pub(super) group: Option<String>,
    pub(super) end: DateTime<Utc>,
    pub(super) failed: bool,
}

/// What is known about a command.
#[derive(Clone, Debug, Default)]
pub(super) struct Command {
    pub(super) document: Option<String>,
    pub(super) operation: Option<Operation>,
    /// The task of a maintenance window that sent it.
    task: Option<String>,
}

/// Everything that was read. Each thing is there once, however often it was saved.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// By command and node.
    pub(super) invocations: BTreeMap<(String, String), Invocation>,
    /// By node and start.
    pub(super) states: BTreeMap<(String, DateTime<Utc>), State>,
    pub(super) commands: BTreeMap<String, Command>,
    task_operations: BTreeMap<String, Operation>,
    /// Patch groups by the tags of nodes.
    pub(super) tags: BTreeMap<String, String>,
    /// Nodes that run Windows, or do not.
    pub(super) windows: BTreeMap<String, bool>,
}

impl Answers {
    /// What a command was asked to do.
    pub(super) fn operation(&self, command: &str) -> Option<Operation> {
        let known = self.commands.get(command)?;
        let of_task = || self.task_operations.get(known.task.as_ref()?).copied();
        known.operation.or_else(of_task)
    }
}

/// Reads answers of one file after the other.
pub(super) struct Reader<'p> {
    pub(super) problems: &'p Problems,
    pub(super) answers: Answers,
    pub(super) left: Left,
    /// The file's name without its ending: answers about tags do not say whose they are.
    pub(super) stem: String,
    /// Unreadable values of this file that were told.
    told: usize,
}

/// More unreadable values of one file are only counted.
const MOST_TOLD: usize = 5;

#[allow(clippy::type_complexity, reason = "tables of readers")]
impl<'p> Reader<'p> {
    /// Members that hold records, as lists.
    const LISTS: [(&'static str, fn(&mut Self, &Node)); 10] = [
        ("InstancePatchStates", Self::state),
        ("CommandInvocations", Self::invocation),
        ("Commands", Self::command),
        ("WindowExecutions", Self::execution),
        ("WindowExecutionTaskIdentities", Self::execution),
        ("WindowExecutionTaskInvocationIdentities", Self::task_invocation),
        ("InstanceInformationList", Self::information),
        ("Reservations", Self::reservation),
        ("Tags", Self::tag),
        ("TagList", Self::own_tag),
    ];

    /// Members that tell a record which stands alone; the first that fits counts.
    const RECORDS: [(&'static [&'static str], fn(&mut Self, &Node)); 11] = [
        (&["InstanceId", "OperationStartTime"], Self::state),
        (&["CommandId", "InstanceId", "Status"], Self::invocation),
        (&["Command"], |reader: &mut Self, node| {
            if let Some(command) = node.get("Command") {
                reader.command(command);
            }
        }),
        (&["CommandId", "Parameters"], Self::command),
        (
            &["WindowExecutionId", "TaskExecutionId", "InvocationId"],
            Self::task_invocation,
        ),
        (&["WindowExecutionId", "TaskExecutionId", "TaskArn"], Self::task),
        (&["WindowExecutionId", "Status"], Self::execution),
        (&["InstanceId", "PlatformType"], Self::information),
        (&["Instances", "ReservationId"], Self::reservation),
        (&["InstanceId", "InstanceType"], Self::instance),
        (&["ResourceId", "Key", "Value"], Self::tag),
    ];

    pub(super) fn new(problems: &'p Problems) -> Self {
        Self {
            problems,
            answers: Answers::default(),
            left: Left::default(),
            stem: String::new(),
            told: 0,
        }
    }

    /// Begins another file.
    pub(super) fn file(&mut self, name: &str) {
        let stem = std::path::Path::new(name).file_stem();
        self.stem = stem.map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        self.told = 0;
    }

    /// Reads an answer, or a list of its pages or records.
    pub(super) fn answer(&mut self, node: &Node) {
        if let Data::List(items) = &node.data {
            for item in items {
                self.answer(item);
            }
            return;
        }
        let mut known = false;
        for (member, read) in Self::LISTS {
            let Some(Data::List(items)) = node.get(member).map(|list| &list.data) else {
                continue;
            };
            known = true;
            for item in items {
                read(self, item);
            }
        }
        if known && node.member("NextToken").is_some() {
            self.left.say(
                &node.place,
                "has a NextToken: AWS has further pages, which this answer lacks",
            );
        }
        if known {
            return;
        }
        let fits = |members: &[&str]| members.iter().all(|member| node.get(member).is_some());
        match Self::RECORDS.iter().find(|(members, _)| fits(members)) {
            Some((_, read)) => read(self, node),
            None => self
                .left
                .say(&node.place, "passed over: no answer about patching operations"),
        }
    }

    fn state(&mut self, node: &Node) {
        let (start, end) = (
            self.time(node, "OperationStartTime"),
            self.time(node, "OperationEndTime"),
        );
        let (Ok(start), Ok(end)) = (start, end) else {
            return;
        };
        let operation = node.member("Operation").and_then(Operation::of);
        let (Some(instance), Some(start), Some(end), Some(operation)) =
            (node.member("InstanceId"), start, end, operation)
        else {
            self.left.say(
                &node.place,
                "a patch state without InstanceId, Operation, or its times",
            );
            return;
        };
        let failed = node.get("FailedCount").and_then(Node::integer).unwrap_or(0) > 0;
        let group = node.member("PatchGroup").filter(|group| !group.is_empty());
        let state = State {
            place: node.place.clone(),
            operation,
            group: group.map(str::to_owned),
            end,
            failed: failed && operation == Operation::Install,
        };
        self.answers.states.insert((instance.to_owned(), start), state);
    }

    fn invocation(&mut self, node: &Node) {
        let (Some(command), Some(instance)) = (node.member("CommandId"), node.member("InstanceId")) else {
            self.left
                .say(&node.place, "an invocation without CommandId or InstanceId");
            return;
        };
        let Ok((start, end)) = self.span(node) else { return };
        let Some(outcome) = outcome(node, start.is_some()) else {
            let status = node.member("Status").unwrap_or("");
            let message = format!("`{status}` is no status of an invocation");
            let help = "such as Success, Failed, TimedOut, Cancelled, InProgress";
            self.unreadable(node.get("Status").unwrap_or(node), &message, help);
            return;
        };
        let document = node.member("DocumentName").map(str::to_owned);
        let found = Invocation {
            place: node.place.clone(),
            document,
            outcome,
            start,
            end,
        };
        self.platform(node, instance);
        self.answers
            .invocations
            .entry((command.to_owned(), instance.to_owned()))
            .and_modify(|known| known.merge(&found))
            .or_insert(found);
    }

    /// From the first start of a step to the last end of one.
    fn span(&mut self, node: &Node) -> Result<Span, ()> {
        let plugins = node.get("CommandPlugins").map_or(&[][..], Node::items);
        let mut span = (None, None);
        for plugin in plugins {
            let start = self.time(plugin, "ResponseStartDateTime")?;
            let end = self.time(plugin, "ResponseFinishDateTime")?;
            if start.is_some() && end.is_some() {
                // A step that ends before it starts must not hide behind another one.
                if end < start {
                    return Ok((start, end));
                }
                span = wider(span, (start, end));
            }
        }
        let start = self.time(node, "ExecutionStartDateTime")?;
        let mut end = self.time(node, "ExecutionEndDateTime")?;
        // The end is at times given as the start again; the elapsed time then says more.
        if let (Some(start), Some(at)) = (start, end) {
            let elapsed = node
                .member("ExecutionElapsedTime")
                .and_then(super::elapsed::elapsed);
            end = elapsed
                .and_then(|elapsed| start.checked_add_signed(elapsed))
                .filter(|later| *later > at && at == start)
                .or(end);
        }
        Ok(wider(span, (start, end)))
    }

    /// The step that ran tells the system of the node.
    fn platform(&mut self, node: &Node, instance: &str) {
        let plugins = node.get("CommandPlugins").map_or(&[][..], Node::items);
        let names = plugins.iter().filter_map(|plugin| {
            let span = ["ResponseStartDateTime", "ResponseFinishDateTime"]
                .map(|key| plugin.get(key).and_then(instant));
            (span[0] < span[1]).then_some(plugin.member("Name")?)
        });
        for name in names.chain(node.member("PluginName")) {
            let windows = match name {
                "PatchWindows" => true,
                "PatchLinux" | "PatchMacOS" => false,
                _ => continue,
            };
            self.answers.windows.entry(instance.to_owned()).or_insert(windows);
        }
    }

    fn command(&mut self, node: &Node) {
        let Some(id) = node.member("CommandId") else {
            self.left.say(&node.place, "a command without CommandId");
            return;
        };
        let operation = node.get("Parameters").and_then(operation_in);
        let document = node.member("DocumentName").map(str::to_owned);
        let known = self.answers.commands.entry(id.to_owned()).or_default();
        known.operation = known.operation.or(operation);
        known.document = known.document.take().or(document);
    }

    /// Windows and tasks take as long as all of their nodes together.
    fn execution(&mut self, node: &Node) {
        self.left.say(
            &node.place,
            "executions of windows or tasks, from which nothing follows for single nodes",
        );
    }

    fn task(&mut self, node: &Node) {
        let operation = match node.get("TaskParameters").map(|known| &known.data) {
            Some(Data::List(items)) => items.iter().find_map(operation_in),
            Some(_) => node.get("TaskParameters").and_then(operation_in),
            None => None,
        };
        if let (Some(id), Some(operation)) = (node.member("TaskExecutionId"), operation) {
            self.answers.task_operations.insert(id.to_owned(), operation);
        }
    }

    fn task_invocation(&mut self, node: &Node) {
        let Some(id) = node.member("ExecutionId") else {
            return;
        };
        let parameters = node.member("Parameters").unwrap_or("");
        let said: serde_json::Value = serde_json::from_str(parameters).unwrap_or_default();
        let lists = [&said["parameters"]["Operation"], &said["Operation"]];
        let operation = lists
            .iter()
            .find_map(|list| list.get(0).unwrap_or(list).as_str())
            .and_then(Operation::of);
        let document = said["documentName"].as_str().map(str::to_owned);
        let task = node.member("TaskExecutionId").map(str::to_owned);
        let known = self.answers.commands.entry(id.to_owned()).or_default();
        known.operation = known.operation.or(operation);
        known.document = known.document.take().or(document);
        known.task = known.task.take().or(task);
    }

    fn information(&mut self, node: &Node) {
        if let (Some(instance), Some(platform)) = (node.member("InstanceId"), node.member("PlatformType")) {
            let windows = platform == "Windows";
            self.answers.windows.insert(instance.to_owned(), windows);
        }
    }

    fn reservation(&mut self, node: &Node) {
        let instances = node.get("Instances").map_or(&[][..], Node::items);
        for instance in instances {
            self.instance(instance);
        }
    }

    fn instance(&mut self, node: &Node) {
        let Some(instance) = node.member("InstanceId") else {
            return;
        };
        let described = node.member("Platform").or_else(|| node.member("PlatformDetails"));
        if let Some(platform) = described {
            let windows = platform.to_ascii_lowercase().contains("windows");
            self.answers.windows.insert(instance.to_owned(), windows);
        }
        for tag in node.get("Tags").map_or(&[][..], Node::items) {
            self.group_by_tag(instance, tag);
        }
    }

    fn tag(&mut self, node: &Node) {
        if let Some(resource) = node.member("ResourceId") {
            self.group_by_tag(resource, node);
        }
    }

    /// A tag of the resource that was asked for, which only the name of the file can say.
    fn own_tag(&mut self, node: &Node) {
        let is_id = |word: &&str| {
            let digits = word.strip_prefix("i-").or_else(|| word.strip_prefix("mi-"));
            digits
                .is_some_and(|digits| digits.len() >= 8 && digits.bytes().all(|b| b.is_ascii_alphanumeric()))
        };
        let words = self
            .stem
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        match words.clone().find(is_id) {
            Some(id) => {
                let id = id.to_owned();
                self.group_by_tag(&id, node);
            }
            None => self.left.say(
                &node.place,
                "tags that do not say whose they are: name the file after the node, such as i-0123456789abcdef0.json",
            ),
        }
    }

    fn group_by_tag(&mut self, resource: &str, tag: &Node) {
        let group = tag.member("Value").filter(|value| !value.is_empty());
        let is_group = matches!(tag.member("Key"), Some("Patch Group" | "PatchGroup"));
        if let (Some(group), true) = (group, is_group) {
            self.answers.tags.insert(resource.to_owned(), group.to_owned());
        }
    }

    /// A time, if there is one; an error when it cannot be read, which is told.
    fn time(&mut self, node: &Node, member: &str) -> Result<Option<DateTime<Utc>>, ()> {
        let Some(given) = node.get(member).filter(|given| given.text() != Some("")) else {
            return Ok(None);
        };
        if let Some(at) = instant(given) {
            return Ok(Some(at));
        }
        let help = "times are epoch seconds, or text such as 2021-08-04T11:03:50-07:00";
        self.unreadable(given, &format!("{member} is no instant"), help);
        Err(())
    }

    /// A record that is left out, with the value that is to blame.
    fn unreadable(&mut self, node: &Node, message: &str, help: &str) {
        self.told += 1;
        if self.told > MOST_TOLD {
            self.left
                .say(&node.place, "records with values that cannot be read");
            return;
        }
        let message = format!("{message}: the record is left out");
        let problem = Problem::warning(codes::HISTORY, message).at(node.place.clone());
        self.problems.push(problem.help(help));
    }
}

/// When something began and ended, as far as it is known.
type Span = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

fn wider(a: Span, b: Span) -> Span {
    let start = [a.0, b.0].into_iter().flatten().min();
    (start, a.1.max(b.1))
}

impl Invocation {
    /// Takes in what another answer says about the same invocation: one that was saved later, or one
    /// about another step.
    fn merge(&mut self, other: &Self) {
        (self.start, self.end) = wider((self.start, self.end), (other.start, other.end));
        self.outcome = self.outcome.max(other.outcome);
        if self.document.is_none() {
            self.document.clone_from(&other.document);
        }
    }
}

/// The operation among parameters: a list of texts, or the older form with Values.
fn operation_in(parameters: &Node) -> Option<Operation> {
    let given = parameters.get("Operation")?;
    let list = given.get("Values").unwrap_or(given);
    Operation::of(list.items().first()?.text()?)
}
