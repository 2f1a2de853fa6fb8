//! What `terraform show -json` prints, of a plan or a state: resources before and after.
//!
//! The format is documented as "JSON Output Format"; OpenTofu prints the same.

use std::collections::{BTreeMap, BTreeSet};

use super::super::node::{Data, Node};
use crate::Severity;
use crate::codes;
use crate::problem::Problem;
use crate::read::{Place, Problems};

/// A resource, or one of its instances where it has `count` or `for_each`.
#[derive(Clone, Debug)]
pub(super) struct Resource<'n> {
    pub(super) address: &'n str,
    /// The modules that it is in, from the outermost.
    pub(super) module: Vec<Step>,
    /// Its type.
    pub(super) kind: &'n str,
    pub(super) name: &'n str,
    /// Rather than a data source.
    pub(super) managed: bool,
    /// Which instance it is: `0`, or `"a"` with its quotes.
    pub(super) key: Option<String>,
    pub(super) values: &'n Node,
    /// What is known only after apply has `true`.
    pub(super) unknown: Option<&'n Node>,
    /// What is sensitive has `true`.
    pub(super) sensitive: Option<&'n Node>,
    pub(super) place: Place,
}

impl<'n> Resource<'n> {
    pub(super) fn id(&self) -> Option<&'n str> {
        self.values.member("id").filter(|id| !id.is_empty())
    }

    /// The resource's own name, with the key of the instance.
    pub(super) fn label(&self) -> String {
        match &self.key {
            Some(key) => format!("{}-{}", self.name, key.trim_matches('"')),
            None => self.name.to_owned(),
        }
    }

    /// Whether a value is known only after apply: all of it, or a part.
    pub(super) fn is_unknown(&self, attribute: &str) -> bool {
        let unknown = self.unknown.and_then(|unknown| unknown.get(attribute));
        unknown.is_some_and(has_true)
    }
}

pub(super) fn has_true(node: &Node) -> bool {
    node.flag() == Some(true)
        || node.items().iter().any(has_true)
        || node.pairs().iter().any(|pair| has_true(&pair.node))
}

/// One part of an address: `name`, or `name[key]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) key: Option<String>,
}

/// The parts of an address. Within brackets and quotes a dot does not end one.
pub(super) fn steps(address: &str) -> Vec<Step> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for letter in address.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '.' if !quoted && depth == 0 => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(letter);
    }
    parts.push(part);
    parts.iter().map(|part| step(part)).collect()
}

fn step(part: &str) -> Step {
    let bracket = part.split_once('[');
    let keyed = bracket.and_then(|(name, rest)| Some((name, rest.strip_suffix(']')?)));
    match keyed {
        Some((name, key)) => Step {
            name: name.to_owned(),
            key: Some(key.to_owned()),
        },
        None => Step {
            name: part.to_owned(),
            key: None,
        },
    }
}

/// The steps of a module's address without the words `module`.
fn modules(address: &str) -> Vec<Step> {
    if address.is_empty() {
        return Vec::new();
    }
    steps(address).into_iter().skip(1).step_by(2).collect()
}

/// A plan or state.
#[derive(Debug)]
pub(super) struct Document<'n> {
    /// `None`: a state, which has no before.
    pub(super) before: Option<Vec<Resource<'n>>>,
    pub(super) after: Vec<Resource<'n>>,
    /// The root module of the configuration, which a plan has.
    pub(super) configuration: Option<&'n Node>,
}

/// Finds the resources, or tells why there are none.
pub(super) fn document<'n>(problems: &Problems, root: &'n Node) -> Option<Document<'n>> {
    let error = |message: String, help: &str, place: &Place| {
        let problem = Problem::error(codes::IMPORT, message).at(place.clone());
        problems.push(problem.help(help));
    };
    if !matches!(root.data, Data::Map(_)) || root.get("format_version").is_none() {
        let (message, help) = stranger(root);
        error(message.to_owned(), help, &first_line(&root.place));
        return None;
    }
    version(problems, root)?;
    let plan = ["planned_values", "resource_changes", "configuration"];
    let document = if plan.iter().any(|member| root.get(member).is_some()) {
        told_of_plan(problems, root);
        of_plan(root)
    } else {
        Document {
            before: None,
            after: values(root.get("values"), None),
            configuration: None,
        }
    };
    let nothing = document.after.is_empty() && document.before.as_ref().is_none_or(Vec::is_empty);
    if nothing {
        let help = "was it printed in the folder of the configuration, with the right workspace?";
        error(
            "there is no resource in it".to_owned(),
            help,
            &first_line(&root.place),
        );
    }
    (!nothing).then_some(document)
}

/// The beginning of a place: a whole document is not shown.
fn first_line(place: &Place) -> Place {
    (place.0, place.1.start..place.1.start + 1)
}

/// Terraform's rule: minor versions add members, major ones change them.
fn version(problems: &Problems, root: &Node) -> Option<()> {
    let given = root.get("format_version")?;
    let text = match &given.data {
        Data::Text(text) | Data::Number(text) => text.as_str(),
        _ => "",
    };
    match text.split('.').next().unwrap_or_default() {
        "1" => {}
        "0" => {
            let message = format!("format_version {text} is of Terraform before 1.0: it is read as 1");
            let problem = Problem::new(codes::FORMAT, Severity::Note, message);
            problems.push(problem.at(given.place.clone()));
        }
        _ => {
            let message = format!("format_version {text} is not known: 1 is");
            let problem = Problem::error(codes::FORMAT, message).at(given.place.clone());
            problems.push(problem.help("a newer patchbench may know it"));
            return None;
        }
    }
    Some(())
}

/// What a JSON text is that `show -json` did not print, and what to do.
fn stranger(root: &Node) -> (&'static str, &'static str) {
    let has = |member: &str| root.get(member).is_some();
    if has("serial") || has("lineage") || (has("version") && has("resources")) {
        let message = "this is a state file as Terraform stores it, which differs between versions";
        let help = "print it: terraform show -json > state.json, or terraform show -json terraform.tfstate > state.json";
        return (message, help);
    }
    if has("@level") || has("@message") {
        let message = "this is the log of `terraform plan -json`, not the plan";
        let help =
            "save the plan: terraform plan -out plan.out, then terraform show -json plan.out > plan.json";
        return (message, help);
    }
    if has("AWSTemplateFormatVersion") || has("Resources") {
        return (
            "this looks like a CloudFormation template",
            "read it with patchbench import cloudformation",
        );
    }
    (
        "this is not what `terraform show -json` prints: it has no format_version",
        "print a plan or state: terraform show -json plan.out > plan.json",
    )
}

fn told_of_plan(problems: &Problems, root: &Node) {
    let warn = |member: &str, wanted: bool, message: &str| {
        let Some(given) = root.get(member).filter(|node| node.flag() == Some(wanted)) else {
            return;
        };
        let problem = Problem::warning(codes::IMPORT, message.to_owned());
        problems.push(problem.at(given.place.clone()));
    };
    warn(
        "errored",
        true,
        "planning ended with an error: the plan is not whole",
    );
    let message = "the plan is not complete: applying it leaves changes for another plan";
    warn("complete", false, message);
}

/// Resource instances of a plan: by address, with the change.
struct Changes<'n> {
    by_address: BTreeMap<&'n str, &'n Node>,
    all: Vec<&'n Node>,
}

impl<'n> Changes<'n> {
    fn new(root: &'n Node) -> Self {
        let all = root.get("resource_changes").map_or(&[][..], Node::items);
        // What a replacement left behind and could not destroy has the same address.
        let all: Vec<&Node> = all
            .iter()
            .filter(|change| change.get("deposed").is_none())
            .collect();
        let known = |change: &&'n Node| Some((change.member("address")?, *change));
        Self {
            by_address: all.iter().filter_map(known).collect(),
            all,
        }
    }

    /// Whether the plan leaves a resource as it is: nothing is said of it, or it is forgotten, not destroyed.
    fn leaves(&self, address: &str) -> bool {
        let Some(change) = self.by_address.get(address) else {
            return true;
        };
        let actions = change.get("change").map(|change| change.member_texts("actions"));
        actions.is_some_and(|actions| actions == ["forget"])
    }
}

fn of_plan(root: &Node) -> Document<'_> {
    let changes = Changes::new(root);
    let prior = root.get("prior_state").and_then(|state| state.get("values"));
    let prior = prior.map(|prior| values(Some(prior), None));
    let mut after = values(root.get("planned_values"), Some(&changes));
    // A plan of a few targets, or of none, says nothing about the others; nor of data sources.
    if root.get("resource_changes").is_some() || root.get("planned_values").is_none() {
        let planned: BTreeSet<&str> = after.iter().map(|known| known.address).collect();
        let stays = prior.iter().flatten().filter(|known| {
            !planned.contains(known.address) && (!known.managed || changes.leaves(known.address))
        });
        let stays: Vec<Resource<'_>> = stays.cloned().collect();
        after.extend(stays);
    }
    let mut before = prior.unwrap_or_else(|| before_changes(&changes));
    sort(&mut before);
    sort(&mut after);
    Document {
        before: Some(before),
        after,
        configuration: root
            .get("configuration")
            .and_then(|configuration| configuration.get("root_module")),
    }
}

/// What was before, by the changes alone.
fn before_changes<'n>(changes: &Changes<'n>) -> Vec<Resource<'n>> {
    let all = changes.all.iter();
    let before = all.filter_map(|node| {
        let change = node.get("change")?;
        let module = node.member("module_address").unwrap_or_default();
        Some(Resource {
            values: change.get("before").filter(|before| !before.pairs().is_empty())?,
            unknown: None,
            sensitive: change.get("before_sensitive"),
            ..resource(node, &modules(module))?
        })
    });
    before.collect()
}

/// The resources of `values`, or of `planned_values` with their changes.
fn values<'n>(values: Option<&'n Node>, changes: Option<&Changes<'n>>) -> Vec<Resource<'n>> {
    let mut all = Vec::new();
    if let Some(root) = values.and_then(|values| values.get("root_module")) {
        module(root, changes, &mut all);
    }
    sort(&mut all);
    all
}

fn module<'n>(node: &'n Node, changes: Option<&Changes<'n>>, all: &mut Vec<Resource<'n>>) {
    let path = modules(node.member("address").unwrap_or_default());
    for known in node.get("resources").map_or(&[][..], Node::items) {
        // Of an instance that waits to be destroyed nothing follows.
        if known.get("deposed_key").is_some() {
            continue;
        }
        let Some(mut resource) = resource(known, &path) else {
            continue;
        };
        let change = changes.and_then(|changes| changes.by_address.get(resource.address));
        let change = change.and_then(|change| change.get("change"));
        resource.unknown = change.and_then(|change| change.get("after_unknown"));
        all.push(resource);
    }
    for child in node.get("child_modules").map_or(&[][..], Node::items) {
        module(child, changes, all);
    }
}

fn resource<'n>(node: &'n Node, module: &[Step]) -> Option<Resource<'n>> {
    let address = node.get("address")?;
    let key = steps(address.text()?).pop().and_then(|last| last.key);
    Some(Resource {
        address: address.text()?,
        module: module.to_vec(),
        kind: node.member("type")?,
        name: node.member("name")?,
        managed: node.member("mode") != Some("data"),
        key,
        values: node.get("values").unwrap_or(node),
        unknown: None,
        sensitive: node.get("sensitive_values"),
        place: address.place.clone(),
    })
}

/// In the order of their addresses, so that what is before and what is after stand in the same order;
/// numbers in them count as numbers.
fn sort(all: &mut [Resource<'_>]) {
    all.sort_by_cached_key(|known| (known.module.len(), natural(known.address)));
}

/// A text as what it is sorted by: its numbers in their order.
fn natural(text: &str) -> Vec<(String, u64)> {
    let mut parts: Vec<(String, u64)> = vec![(String::new(), 0)];
    let mut in_number = false;
    for letter in text.chars() {
        let digit = letter.to_digit(10).map(u64::from);
        if in_number && digit.is_none() {
            parts.push((String::new(), 0));
        }
        in_number = digit.is_some();
        if let Some((words, number)) = parts.last_mut() {
            match digit {
                Some(digit) => *number = number.saturating_mul(10).saturating_add(digit),
                None => words.push(letter),
            }
        }
    }
    parts
}
