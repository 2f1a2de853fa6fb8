//! `aws = "pb-0123.json"`: baselines and windows of a scenario that are objects of AWS in a file of their own.
//!
//! What the file says is put into the table before anything is read, in the scenario's words and with the places
//! that it has in the file. So it can be overridden, varied and changed as if it stood there; keys that do stand
//! there count instead of the file's members.

use std::rc::Rc;

use super::api::{Kind, OPERATIONS};
use super::json::json;
use super::node::{Data, Node, Pair};
use super::passage::Passage;
use super::request::option_name;
use super::shape::{Checker, Member, Notation, Shape};
use super::window::timestamp;
use crate::FileReader;
use crate::codes;
use crate::document::{Entry, Item, Value};
use crate::numbers::grouped;
use crate::problem::{Problem, Severity, Sources};
use crate::read::{Place, Problems, file_problem, wrong_type};
use crate::suggest::listing;

/// The key that names a file.
pub(crate) const KEY: &str = "aws";

/// Files with more bytes hold no baseline or window: AWS's limits keep these far smaller.
const LONGEST: usize = 1 << 20;

/// Members that say nothing about patching, and the name, which the scenario gives.
const IGNORED: [&str; 8] = [
    "Name",
    "BaselineId",
    "WindowId",
    "CreatedDate",
    "ModifiedDate",
    "NextExecutionTime",
    "ClientToken",
    "Tags",
];

/// Keys that a window must have. Where its file cannot be read they are not missing, too.
const STAND_INS: [(&str, &str); 3] = [("schedule", "rate(7 days)"), ("duration", "2"), ("cutoff", "0")];

/// A kind of object that may stand in a file.
struct Object {
    section: &'static str,
    create: Kind,
    /// A member that only the answer of a `get` command has.
    id: &'static str,
    /// Further members of that answer that are read.
    also: [Member; 1],
}

const OBJECTS: [Object; 2] = [
    Object {
        section: "baseline",
        create: Kind::CreateBaseline,
        id: "BaselineId",
        also: [Member::optional(
            "PatchGroups",
            Shape::List(&Shape::Text(1, 256), 0, usize::MAX),
        )],
    },
    Object {
        section: "window",
        create: Kind::CreateWindow,
        id: "WindowId",
        also: [Member::optional("Enabled", Shape::Flag)],
    },
];

/// Puts what files say into the tables that name them.
pub(crate) fn follow(
    document: &mut Item,
    problems: &Problems,
    files: &dyn FileReader,
    sources: &mut Sources,
) {
    let mut follower = Follower {
        problems,
        files,
        sources,
    };
    for object in &OBJECTS {
        for entry in tables(document, object.section) {
            follower.entry(object, entry);
        }
    }
}

/// The named tables of a section.
fn tables<'d>(document: &'d mut Item, section: &str) -> &'d mut [Entry] {
    let Value::Table(sections) = &mut document.value else {
        return &mut [];
    };
    let found = sections.iter_mut().find(|entry| entry.key == section);
    match found.map(|entry| &mut entry.item.value) {
        Some(Value::Table(names)) => names,
        _ => &mut [],
    }
}

struct Follower<'a> {
    problems: &'a Problems,
    files: &'a dyn FileReader,
    sources: &'a mut Sources,
}

impl Follower<'_> {
    fn entry(&mut self, object: &'static Object, table: &mut Entry) {
        let Value::Table(entries) = &mut table.item.value else {
            return;
        };
        let Some(reference) = entries.iter().find(|entry| entry.key == KEY) else {
            return;
        };
        let place = reference.item.place();
        let title = format!("[{}.{}]", object.section, table.key);
        let found = self.members(object, &reference.item, &title);
        let read = found.unwrap_or_else(|| stand_ins(object, &place));
        for entry in read {
            if !entries.iter().any(|known| known.key == entry.key) {
                entries.push(entry);
            }
        }
    }

    /// What the file says, as keys of a table; `None` when that cannot be read, which is told.
    fn members(&mut self, object: &'static Object, reference: &Item, title: &str) -> Option<Vec<Entry>> {
        let Value::Text(path) = &reference.value else {
            self.problems
                .push(wrong_type(reference, "the path of a JSON file"));
            return None;
        };
        let text = match self.files.read(path) {
            Ok(text) => text,
            Err(error) => {
                self.problems.push(file_problem(path, &error, reference.place()));
                return None;
            }
        };
        if text.len() > LONGEST {
            let message = format!(
                "{path} has {} bytes; at most {} are read",
                grouped(text.len() as u64),
                grouped(LONGEST as u64)
            );
            let problem = Problem::error(codes::SIZE, message).at(reference.place());
            self.problems.push(problem);
            return None;
        }
        let source = self.sources.add(path, &text);
        let passage = Passage::whole(source, &text);
        // Problems in the file name the table that it is read for.
        let found = Problems::default();
        let entries = match json(&passage) {
            Ok(node) => members(object, &node, &found),
            Err(mistake) => {
                found.push(mistake.problem(&passage, path));
                None
            }
        };
        let noted = |problem: Problem| problem.note(format!("read for {title}"));
        self.problems
            .extend(found.into_vec().into_iter().map(noted).collect());
        entries
    }
}

/// Keys without which a table would have problems of its own.
fn stand_ins(object: &Object, place: &Place) -> Vec<Entry> {
    if object.section != "window" {
        return Vec::new();
    }
    let value = |text: &str| {
        text.parse()
            .map_or_else(|_| Value::Text(text.to_owned()), Value::Integer)
    };
    let stand_in = |(key, text): &(&str, &str)| entry(key, place.clone(), place.clone(), value(text));
    STAND_INS.iter().map(stand_in).collect()
}

/// The members of an object as keys, each checked as AWS would.
fn members(object: &'static Object, node: &Node, problems: &Problems) -> Option<Vec<Entry>> {
    let operation = OPERATIONS.iter().find(|known| known.kind == object.create)?;
    let (given, known) = (node.pairs(), operation.members);
    let find = |name: &str| {
        known
            .iter()
            .chain(&object.also)
            .find(|member| member.name == name)
    };
    let is_object = node.pair("Name").is_some() || node.pair(object.id).is_some();
    if !is_object {
        let what = if matches!(node.data, Data::Map(_)) {
            "it has no Name"
        } else {
            node.kind()
        };
        let message = format!("this is no {}: {what}", object.section);
        let problem = Problem::error(codes::REQUEST, message).at(node.place.clone());
        problems.push(problem.help(format!(
            "the file holds the input of {}, or the answer of its get command",
            operation.name
        )));
        return None;
    }
    let answer = node.pair(object.id).is_some();
    let mut checker = Checker {
        problems,
        notation: Notation::Json,
        dropped: Vec::new(),
    };
    let (mut entries, mut fine) = (Vec::new(), true);
    for pair in given {
        let empty = answer && pair.node.text() == Some("");
        if IGNORED.contains(&pair.key.as_str()) || pair.node.data == Data::Null || empty {
            continue;
        }
        let Some(member) = find(&pair.key) else {
            fine &= answer;
            unknown(problems, pair, known, answer);
            continue;
        };
        match checker.value(&pair.node, &member.shape, member.name) {
            Some(node) => entries.push(of_member(&Pair { node, ..pair.clone() })),
            None => fine = false,
        }
    }
    fine.then_some(entries)
}

/// A member that nobody knows: in an answer it may be newer than this program.
fn unknown(problems: &Problems, pair: &Pair, members: &'static [Member], answer: bool) {
    let message = format!("unknown member `{}`", pair.key);
    let names = || members.iter().map(|member| member.name);
    let problem = if answer {
        Problem::new(codes::IMPORT, Severity::Note, format!("{message} is passed over"))
    } else {
        Problem::error(codes::REQUEST, message)
            .note(format!("members: {}", listing(names())))
            .meant(crate::suggest::nearest(&pair.key, names()))
    };
    problems.push(problem.at(pair.place.clone()));
}

/// A member as a key: `OperatingSystem` is `operating_system`.
fn of_member(pair: &Pair) -> Entry {
    let (node, place) = (&pair.node, pair.place.clone());
    let item = |key: &str, value: Value| entry(key, place.clone(), node.place.clone(), value);
    let list = |member: &str, of: fn(&Node) -> Item| {
        let items = node.get(member).map_or(&[][..], Node::items);
        Value::List(items.iter().map(of).collect())
    };
    match pair.key.as_str() {
        "GlobalFilters" => item("global_filter", filters(node)),
        "ApprovalRules" => item("rule", list("PatchRules", rule)),
        "StartDate" | "EndDate" => {
            let text = node.text().unwrap_or_default();
            let text = timestamp(text).unwrap_or_else(|| text.to_owned());
            item(&key_of(&pair.key), Value::Text(text))
        }
        "Sources" => {
            let sources = node.items().iter().map(|source| table("source", source));
            item("source", Value::List(sources.collect()))
        }
        _ => item(&key_of(&pair.key), plain(&key_of(&pair.key), node)),
    }
}

fn rule(node: &Node) -> Item {
    let entries = node.pairs().iter().map(|pair| match pair.key.as_str() {
        "PatchFilterGroup" => entry(
            "filter",
            pair.place.clone(),
            pair.node.place.clone(),
            filters(&pair.node),
        ),
        _ => of_member(pair),
    });
    named("rule", node.place.clone(), Value::Table(entries.collect()))
}

/// A filter group in its long form: a list, in which a key may stand twice.
fn filters(group: &Node) -> Value {
    let filter = |node: &Node| {
        let key = node.member("Key").unwrap_or_default();
        let values = node.get("Values");
        let value = values.map_or_else(|| Value::List(Vec::new()), |values| plain(key, values));
        let place = values.map_or_else(|| node.place.clone(), |values| values.place.clone());
        let place_of_key = node
            .get("Key")
            .map_or_else(|| node.place.clone(), |key| key.place.clone());
        named(
            "filter",
            node.place.clone(),
            Value::Table(vec![entry(key, place_of_key, place, value)]),
        )
    };
    let filters = group.get("PatchFilters").map_or(&[][..], Node::items);
    Value::List(filters.iter().map(filter).collect())
}

/// A structure whose members are plain.
fn table(name: &str, node: &Node) -> Item {
    let entries = node.pairs().iter().map(of_member);
    named(name, node.place.clone(), Value::Table(entries.collect()))
}

/// A value that is the same in AWS's words and the scenario's.
fn plain(name: &str, node: &Node) -> Value {
    match &node.data {
        Data::Text(text) => Value::Text(text.clone()),
        Data::Flag(flag) => Value::Flag(*flag),
        Data::Number(text) => text
            .parse()
            .map_or_else(|_| Value::Huge(text.clone()), Value::Integer),
        Data::List(items) => {
            let items = items
                .iter()
                .map(|item| named(name, item.place.clone(), plain(name, item)));
            Value::List(items.collect())
        }
        Data::Map(pairs) => Value::Table(pairs.iter().map(of_member).collect()),
        Data::Null => Value::Table(Vec::new()),
    }
}

fn key_of(member: &str) -> String {
    option_name(member).replace('-', "_")
}

fn entry(key: &str, (source, span): Place, value_place: Place, value: Value) -> Entry {
    Entry {
        key: key.to_owned(),
        source,
        span,
        item: named(key, value_place, value),
    }
}

fn named(name: &str, (source, span): Place, value: Value) -> Item {
    Item {
        name: Rc::from(name),
        value,
        source,
        span,
    }
}
