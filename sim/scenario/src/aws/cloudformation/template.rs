//! The sections of a template.

use std::collections::BTreeMap;

use super::super::node::{Data, Node, Pair};
use super::origins::PSEUDO;
use crate::codes;
use crate::problem::Problem;
use crate::read::{Place, Problems};
use crate::suggest::{listing, nearest};

const SECTIONS: [&str; 10] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
];

/// Sections that macros take away before CloudFormation sees them.
const OF_MACROS: [&str; 2] = ["Globals", "Transform"];

/// What a resource has besides its properties.
const ATTRIBUTES: [&str; 9] = [
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

/// CloudFormation's own quota of resources in a template.
const MOST_RESOURCES: usize = 500;

/// CloudFormation's own quota of parameters, and of mappings, in a template.
const MOST_PARAMETERS: usize = 200;

/// A template as far as it decides what is patched when.
#[derive(Default)]
pub(super) struct Template<'n> {
    pub(super) parameters: BTreeMap<&'n str, Parameter<'n>>,
    /// By the names of map, key and attribute.
    pub(super) mappings: BTreeMap<(&'n str, &'n str, &'n str), &'n Node>,
    pub(super) conditions: BTreeMap<&'n str, &'n Node>,
    /// By logical ids.
    pub(super) resources: BTreeMap<&'n str, Resource<'n>>,
    /// What is not followed, with its place.
    pub(super) dropped: Vec<(Place, String)>,
}

/// A parameter with the value that it has.
pub(super) struct Parameter<'n> {
    pub(super) kind: &'n str,
    pub(super) value: Option<Node>,
}

impl Parameter<'_> {
    /// Whether its value is a list.
    pub(super) fn is_list(&self) -> bool {
        self.kind.contains("List")
    }

    /// Whether its default is the name of a Systems Manager parameter that has the value.
    pub(super) fn is_stored(&self) -> bool {
        self.kind.starts_with("AWS::SSM::Parameter::Value<")
    }
}

/// A resource, its functions not resolved yet.
pub(super) struct Resource<'n> {
    pub(super) id: &'n str,
    /// Of its logical id.
    pub(super) place: Place,
    pub(super) kind: &'n str,
    pub(super) kind_place: Place,
    pub(super) condition: Option<&'n Node>,
    pub(super) properties: Option<&'n Node>,
}

/// Reads the sections; `given` are values of parameters.
pub(super) fn template<'n>(
    problems: &Problems,
    root: &'n Node,
    given: &BTreeMap<String, Node>,
) -> Option<Template<'n>> {
    if !matches!(root.data, Data::Map(_)) || root.get("Resources").is_none() {
        problems.push(no_template(root));
        return None;
    }
    let mut template = Template::default();
    for pair in root.pairs() {
        template.section(problems, &pair.key, pair, given);
    }
    for (name, node) in given {
        let names = || {
            template
                .parameters
                .keys()
                .copied()
                .chain(PSEUDO.map(|(known, _)| known))
        };
        if !names().any(|known| known == name) {
            let message = format!("the template has no parameter `{name}`");
            let place = (node.place.0, 0..name.len());
            let problem = Problem::error(codes::REFERENCE, message).at(place);
            problems.push(problem.meant(nearest(name, names())));
        }
    }
    Some(template)
}

/// Something else than a template.
fn no_template(root: &Node) -> Problem {
    let message = "this is no CloudFormation template: it has no Resources";
    let problem = Problem::error(codes::IMPORT, message).at(root.place.clone());
    let has = |key: &str| root.get(key).is_some();
    if has("ConfigurationDefinitions") {
        problem.note("it is what `aws ssm-quicksetup create-configuration-manager` takes: a patch policy is not imported; write it as [patch_policy.NAME]")
    } else if has("planned_values") || has("terraform_version") {
        problem.note("it looks like what `terraform show -json` prints")
    } else {
        let meant = nearest("Resources", root.pairs().iter().map(|pair| pair.key.as_str()));
        match meant {
            Some(name) => problem.help(format!("is `{name}` meant to be `Resources`?")),
            None => {
                problem.help("a template has its resources under `Resources`, each with Type and Properties")
            }
        }
    }
}

impl<'n> Template<'n> {
    /// Reads a section; `name` is what it is called or meant to be called.
    fn section(&mut self, problems: &Problems, name: &str, pair: &'n Pair, given: &BTreeMap<String, Node>) {
        let many = pair.node.pairs().len();
        let most = match name {
            "Resources" => MOST_RESOURCES,
            "Parameters" | "Mappings" => MOST_PARAMETERS,
            _ => usize::MAX,
        };
        if many > most {
            let message = format!(
                "{} has {many} entries; CloudFormation takes at most {most}",
                pair.key
            );
            problems.push(Problem::error(codes::SIZE, message).at(pair.place.clone()));
            return;
        }
        match name {
            "Parameters" => each(problems, pair, |pair| {
                let parameter = parameter(problems, pair, given.get(&pair.key));
                self.parameters.insert(&pair.key, parameter);
            }),
            "Mappings" => each(problems, pair, |map| {
                for (top, second) in map
                    .node
                    .pairs()
                    .iter()
                    .flat_map(|top| top.node.pairs().iter().map(move |second| (top, second)))
                {
                    self.mappings
                        .insert((&map.key, &top.key, &second.key), &second.node);
                }
            }),
            "Conditions" => each(problems, pair, |pair| {
                self.conditions.insert(&pair.key, &pair.node);
            }),
            "Resources" => each(problems, pair, |pair| self.resource(problems, pair)),
            "Transform" => {
                let text = "Transform: macros are not run; what they would add or change is not seen";
                self.dropped.push((pair.place.clone(), text.to_owned()));
            }
            known if SECTIONS.contains(&known) || OF_MACROS.contains(&known) => {}
            loop_or_macro if loop_or_macro.starts_with("Fn::") => self.not_run(pair),
            other => {
                let message = format!("a template has no section `{other}`: CloudFormation refuses it");
                let problem = Problem::error(codes::REQUEST, message).at(pair.place.clone());
                let problem = problem.note(format!("sections: {}", listing(SECTIONS)));
                let meant = nearest(other, SECTIONS);
                problems.push(problem.meant(meant));
                if let Some(meant) = meant {
                    self.section(problems, meant, pair, given);
                }
            }
        }
    }

    fn not_run(&mut self, pair: &Pair) {
        let text = format!("{}: macros and loops are not run", pair.key);
        self.dropped.push((pair.place.clone(), text));
    }

    fn resource(&mut self, problems: &Problems, pair: &'n Pair) {
        if pair.key.starts_with("Fn::") {
            return self.not_run(pair);
        }
        let mut properties = pair.node.get("Properties");
        let error = |message: String, place: Place| Problem::error(codes::REQUEST, message).at(place);
        let Some(kind) = pair.node.member("Type") else {
            let message = format!("{} has no Type", pair.key);
            problems.push(
                error(message, pair.place.clone()).help("add Type: AWS::SSM::PatchBaseline, or what it is"),
            );
            return;
        };
        for attribute in pair
            .node
            .pairs()
            .iter()
            .filter(|known| !ATTRIBUTES.contains(&known.key.as_str()))
        {
            let message = format!("a resource has no `{}`", attribute.key);
            let problem = error(message, attribute.place.clone());
            let problem = problem.note(format!("it has: {}", listing(ATTRIBUTES)));
            let meant = nearest(&attribute.key, ATTRIBUTES);
            problems.push(problem.meant(meant));
            if meant == Some("Properties") {
                properties = Some(&attribute.node);
            }
        }
        let kind_place = pair
            .node
            .get("Type")
            .map_or(pair.place.clone(), |node| node.place.clone());
        let resource = Resource {
            id: &pair.key,
            place: pair.place.clone(),
            kind,
            kind_place,
            condition: pair.node.get("Condition"),
            properties,
        };
        self.resources.insert(&pair.key, resource);
    }
}

/// Does something with each entry of a section, which must be a map.
fn each<'n>(problems: &Problems, section: &'n Pair, mut entry: impl FnMut(&'n Pair)) {
    if let Data::Map(pairs) = &section.node.data {
        pairs.iter().for_each(&mut entry);
    } else {
        let message = format!("{} takes NAME: entries, not {}", section.key, section.node.kind());
        problems.push(Problem::error(codes::REQUEST, message).at(section.node.place.clone()));
    }
}

/// A parameter with what is given for it, else its default.
fn parameter<'n>(problems: &Problems, pair: &'n Pair, given: Option<&Node>) -> Parameter<'n> {
    let kind = pair.node.member("Type").unwrap_or_default();
    let mut parameter = Parameter { kind, value: None };
    if kind.is_empty() {
        let message = format!("parameter {} has no Type", pair.key);
        let problem = Problem::error(codes::REQUEST, message).at(pair.place.clone());
        problems.push(problem.help("add Type: String"));
    }
    let default = pair.node.get("Default").filter(|_| !parameter.is_stored());
    let Some(value) = given.or(default) else {
        return parameter;
    };
    let Some(text) = plain(value) else {
        let message = format!(
            "the default of {} is {}: a text is expected",
            pair.key,
            value.kind()
        );
        problems.push(Problem::error(codes::REQUEST, message).at(value.place.clone()));
        return parameter;
    };
    allowed(
        problems,
        pair,
        &parameter,
        &Node::text_at(value.place.clone(), &text),
    );
    parameter.value = Some(value_of(&parameter, value.place.clone(), &text));
    parameter
}

/// The value of a parameter, split where it is a list.
fn value_of(parameter: &Parameter<'_>, place: Place, text: &str) -> Node {
    if !parameter.is_list() {
        return Node::text_at(place, text);
    }
    let parts = text.split(',').map(str::trim).filter(|_| !text.is_empty());
    let items = parts.map(|part| Node::text_at(place.clone(), part)).collect();
    Node::new(place, Data::List(items))
}

/// A value that the parameter does not take is told.
fn allowed(problems: &Problems, pair: &Pair, parameter: &Parameter<'_>, value: &Node) {
    let text = value.text().unwrap_or_default();
    let refuse = |message: String| Problem::error(codes::CHOICE, message).at(value.place.clone());
    if parameter.kind == "Number" && text.parse::<f64>().is_err() {
        problems.push(refuse(format!(
            "parameter {} takes a number, not `{text}`",
            pair.key
        )));
    }
    let Some(list) = pair.node.get("AllowedValues") else {
        return;
    };
    let choices: Vec<String> = list.items().iter().filter_map(plain).collect();
    let parts: Vec<&str> = if parameter.is_list() {
        text.split(',').map(str::trim).collect()
    } else {
        vec![text]
    };
    for part in parts {
        if !choices.iter().any(|choice| choice == part) {
            let names = || choices.iter().map(String::as_str);
            let problem = refuse(format!("parameter {} cannot be `{part}`", pair.key));
            let problem = problem.note(format!("allowed: {}", listing(names())));
            problems.push(problem.meant(nearest(part, names())));
        }
    }
}

/// A scalar as the text that CloudFormation makes of it.
pub(super) fn plain(node: &Node) -> Option<String> {
    match &node.data {
        Data::Text(text) | Data::Number(text) => Some(text.clone()),
        Data::Flag(flag) => Some(flag.to_string()),
        _ => None,
    }
}
