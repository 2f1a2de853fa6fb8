//! The functions of a template, resolved: `Ref`, `Fn::Sub` and the others.

use std::collections::{BTreeMap, BTreeSet};

use super::super::node::{Data, Node, Pair};
use super::conditions::Truth;
use super::origins::{Origin, PSEUDO};
use super::template::{Template, plain};
use crate::codes;
use crate::problem::Problem;
use crate::read::{Place, Problems};
use crate::suggest::nearest;

/// Functions whose value only AWS has.
const NOT_KNOWN: [&str; 7] = [
    "Fn::Cidr",
    "Fn::GetAZs",
    "Fn::GetStackOutput",
    "Fn::ImportValue",
    "Fn::Length",
    "Fn::ToJsonString",
    "Fn::Transform",
];

/// Functions that are known where values are.
const FUNCTIONS: [&str; 9] = [
    "Ref",
    "Fn::Base64",
    "Fn::FindInMap",
    "Fn::GetAtt",
    "Fn::If",
    "Fn::Join",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
];

/// Functions that only conditions have.
pub(super) const OF_CONDITIONS: [&str; 4] = ["Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or"];

/// What the functions of one template may make, in bytes: they could make much of a small text.
const MOST_MADE: usize = 64 << 20;

/// Roughly what a value takes besides its text, in bytes.
pub(super) const VALUE: usize = 64;

/// More problems of functions are not told.
const MOST_TOLD: usize = 100;

/// Resolves functions.
pub(super) struct Resolver<'n> {
    pub(super) problems: &'n Problems,
    pub(super) template: &'n Template<'n>,
    /// Values of pseudo parameters that were given.
    pub(super) given: &'n BTreeMap<String, Node>,
    /// What stands at a place (source and first byte) for something else.
    pub(super) origins: BTreeMap<(usize, usize), Origin>,
    pub(super) truths: BTreeMap<String, Truth>,
    /// Conditions that are being worked out.
    pub(super) open: Vec<String>,
    /// Errors so far, told or not.
    pub(super) failed: usize,
    /// Needed parameters and assumed values that were told.
    pub(super) told: BTreeSet<String>,
    made: usize,
}

impl<'n> Resolver<'n> {
    pub(super) fn new(
        problems: &'n Problems,
        template: &'n Template<'n>,
        given: &'n BTreeMap<String, Node>,
    ) -> Self {
        Self {
            problems,
            template,
            given,
            origins: BTreeMap::new(),
            truths: BTreeMap::new(),
            open: Vec::new(),
            failed: 0,
            told: BTreeSet::new(),
            made: 0,
        }
    }

    /// A value without functions; `None` where it is `AWS::NoValue`, or where an error was told.
    pub(super) fn resolve(&mut self, node: &Node) -> Option<Node> {
        match &node.data {
            Data::List(items) => {
                let items: Vec<Node> = items.iter().filter_map(|item| self.resolve(item)).collect();
                Some(Node::new(node.place.clone(), Data::List(items)))
            }
            Data::Map(pairs) => match pairs.iter().find(|pair| is_function(&pair.key)) {
                Some(function) if pairs.len() == 1 => self.call(node, function),
                Some(function) => {
                    let message = format!("{} stands beside other members", function.key);
                    self.error(
                        codes::REQUEST,
                        message,
                        &function.place,
                        Some("a function is the only member of its map"),
                    )
                }
                None => {
                    let pair = |pair: &Pair| {
                        Some(Pair {
                            node: self.resolve(&pair.node)?,
                            ..pair.clone()
                        })
                    };
                    let pairs = pairs.iter().filter_map(pair).collect();
                    Some(Node::new(node.place.clone(), Data::Map(pairs)))
                }
            },
            Data::Null => {
                let help = "leave the member out, or write the AWS::NoValue of a Ref";
                self.error(
                    codes::REQUEST,
                    "CloudFormation takes no null".to_owned(),
                    &node.place,
                    Some(help),
                )
            }
            _ => self.literal(node),
        }
    }

    /// A value that must be one.
    pub(super) fn value(&mut self, node: &Node) -> Option<Node> {
        let before = self.failed;
        let value = self.resolve(node);
        if value.is_none() && self.failed == before {
            let message = "AWS::NoValue stands where a value is expected".to_owned();
            return self.error(codes::REQUEST, message, &node.place, None);
        }
        value
    }

    /// A value that has no functions.
    fn literal(&mut self, node: &Node) -> Option<Node> {
        for item in node.items() {
            self.literal(item)?;
        }
        let text = node.text().unwrap_or_default();
        if text.contains("{{resolve:") {
            self.mark(
                &node.place,
                Origin::Unknown("the value of a dynamic reference".to_owned()),
            );
        }
        self.made(node.clone())
    }

    fn call(&mut self, node: &Node, function: &Pair) -> Option<Node> {
        let argument = &function.node;
        match function.key.as_str() {
            "Ref" => self.reference(node, argument),
            "Fn::GetAtt" => self.attribute(node, argument),
            "Fn::Sub" => self.substitute(node, argument),
            "Fn::Join" => self.join(node, argument),
            "Fn::Select" => self.select(node, argument),
            "Fn::Split" => self.split(node, argument),
            "Fn::FindInMap" => self.find_in_map(node, argument),
            "Fn::If" => self.choose(node, argument),
            "Fn::Base64" => self.base64(node, argument),
            name if NOT_KNOWN.contains(&name) => {
                Some(self.stand_in(node, name, Origin::Unknown(format!("what {name} gives"))))
            }
            name if OF_CONDITIONS.contains(&name) => {
                let message = format!("{name} stands where a value is expected");
                self.error(
                    codes::REQUEST,
                    message,
                    &function.place,
                    Some("name a condition, and choose by Fn::If"),
                )
            }
            name if name.starts_with("Fn::ForEach") => self.error(
                codes::REQUEST,
                format!("{name}: loops are not run here"),
                &function.place,
                Some("write out what it makes"),
            ),
            name => {
                let meant = nearest(name, FUNCTIONS.into_iter().chain(NOT_KNOWN));
                let help = meant.map(|meant| format!("did you mean `{meant}`?"));
                self.error(
                    codes::REQUEST,
                    format!("CloudFormation has no function `{name}`"),
                    &function.place,
                    help.as_deref(),
                )
            }
        }
    }

    /// Tells an error.
    pub(super) fn error<T>(
        &mut self,
        code: &'static str,
        message: String,
        place: &Place,
        help: Option<&str>,
    ) -> Option<T> {
        self.failed += 1;
        if self.failed <= MOST_TOLD {
            let problem = Problem::error(code, message).at(place.clone());
            self.problems.push(match help {
                Some(help) => problem.help(help),
                None => problem,
            });
        }
        None
    }

    /// Counts what is made; too much is an error.
    pub(super) fn spend(&mut self, bytes: usize, place: &Place) -> Option<()> {
        let fitted = self.made <= MOST_MADE;
        self.made = self.made.saturating_add(bytes);
        if self.made <= MOST_MADE {
            return Some(());
        }
        if fitted {
            let message = format!(
                "the functions of this template make more than {} MiB",
                MOST_MADE >> 20
            );
            return self.error(codes::SIZE, message, place, None);
        }
        self.failed += 1;
        None
    }

    /// What was made of a function.
    fn made(&mut self, node: Node) -> Option<Node> {
        self.spend(size(&node), &node.place)?;
        Some(node)
    }

    fn reference(&mut self, node: &Node, argument: &Node) -> Option<Node> {
        let Some(name) = argument.text() else {
            let message = format!("Ref takes a name, not {}", argument.kind());
            return self.error(codes::REQUEST, message, &argument.place, None);
        };
        self.named(node, name, &argument.place)
    }

    /// What a name refers to: a pseudo parameter, a parameter or a resource.
    pub(super) fn named(&mut self, node: &Node, name: &str, place: &Place) -> Option<Node> {
        if name == "AWS::NoValue" {
            return None;
        }
        if name == "AWS::NotificationARNs" {
            return Some(Node::new(node.place.clone(), Data::List(Vec::new())));
        }
        if let Some((known, value)) = PSEUDO.iter().find(|(known, _)| *known == name) {
            return Some(match self.given.get(name) {
                Some(given) => given.clone(),
                None => self.stand_in(node, value, Origin::Assumed(known)),
            });
        }
        if let Some(parameter) = self.template.parameters.get(name) {
            return match &parameter.value {
                Some(value) => self.literal(value),
                None => Some(self.stand_in(node, name, Origin::Needed(name.to_owned()))),
            };
        }
        self.present(name, place)?;
        Some(self.stand_in(node, name, Origin::Id(name.to_owned())))
    }

    /// Sees to it that there is a resource of this name.
    fn present(&mut self, name: &str, place: &Place) -> Option<()> {
        if !self.open.is_empty() {
            let message =
                format!("a condition cannot depend on `{name}`: it takes parameters and mappings alone");
            return self.error(codes::REFERENCE, message, place, None);
        }
        let Some(resource) = self.template.resources.get(name) else {
            let names = || {
                self.template
                    .parameters
                    .keys()
                    .chain(self.template.resources.keys())
                    .copied()
            };
            let pseudo = PSEUDO.iter().map(|(name, _)| *name).chain(["AWS::NoValue"]);
            let meant = nearest(name, names().chain(pseudo)).filter(|_| self.failed < MOST_TOLD);
            let help = meant.map(|meant| format!("did you mean `{meant}`?"));
            let message = format!("the template has no parameter and no resource `{name}`");
            return self.error(codes::REFERENCE, message, place, help.as_deref());
        };
        let Some(condition) = resource.condition else {
            return Some(());
        };
        if self.named_condition(condition)? {
            return Some(());
        }
        let message = format!("`{name}` is not created: its condition does not hold");
        let help = "choose by Fn::If with the same condition";
        self.error(codes::REFERENCE, message, place, Some(help))
    }

    fn attribute(&mut self, node: &Node, argument: &Node) -> Option<Node> {
        let parts: Option<(String, Node)> = match (&argument.data, argument.items()) {
            (_, [of, name]) => of.text().map(|of| (of.to_owned(), name.clone())),
            (Data::Text(text), _) => text
                .split_once('.')
                .map(|(of, name)| (of.to_owned(), Node::text_at(argument.place.clone(), name))),
            _ => None,
        };
        let Some((of, name)) = parts else {
            let message = "Fn::GetAtt takes a resource and an attribute".to_owned();
            return self.error(
                codes::REQUEST,
                message,
                &argument.place,
                Some("write !GetAtt Resource.Attribute"),
            );
        };
        let name = self.value(&name)?;
        let name = plain(&name).unwrap_or_default();
        self.attribute_of(node, &of, &name, &argument.place)
    }

    pub(super) fn attribute_of(&mut self, node: &Node, of: &str, name: &str, place: &Place) -> Option<Node> {
        self.present(of, place)?;
        let kind = self
            .template
            .resources
            .get(of)
            .map_or("", |resource| resource.kind);
        let id = match kind {
            "AWS::SSM::MaintenanceWindow" => "WindowId",
            "AWS::SSM::MaintenanceWindowTarget" => "WindowTargetId",
            "AWS::SSM::PatchBaseline" => "Id",
            "AWS::EC2::Instance" => "InstanceId",
            _ => "",
        };
        if name == id {
            return Some(self.stand_in(node, of, Origin::Id(of.to_owned())));
        }
        let text = format!("{of}.{name}");
        Some(self.stand_in(node, &text, Origin::Made(format!("the {name} of {of}"))))
    }

    fn select(&mut self, node: &Node, argument: &Node) -> Option<Node> {
        let [index, list] = self.arguments(argument, "Fn::Select takes an index and a list")?;
        let (index, list) = (self.value(&index)?, self.value(&list)?);
        if let Some(origin) = self.unknown(&[&index, &list]) {
            return Some(self.stand_in(node, "Fn::Select", origin));
        }
        let Some(number) = index.integer().and_then(|number| usize::try_from(number).ok()) else {
            return self.error(
                codes::REQUEST,
                "the index of Fn::Select is a whole number from 0".to_owned(),
                &index.place,
                None,
            );
        };
        if let Some(item) = list.items().get(number) {
            return Some(item.clone());
        }
        let count = list.items().len();
        let message = format!("Fn::Select asks for number {number} of {count}, counted from 0");
        self.error(codes::REQUEST, message, &index.place, None)
    }

    fn find_in_map(&mut self, node: &Node, argument: &Node) -> Option<Node> {
        let items = argument.items();
        if !(3..=4).contains(&items.len()) {
            let message = "Fn::FindInMap takes a map, a key and a name".to_owned();
            return self.error(codes::REQUEST, message, &argument.place, None);
        }
        let keys: Vec<Node> = items[..3]
            .iter()
            .map(|item| self.value(item))
            .collect::<Option<_>>()?;
        if let Some(origin) = self.unknown(&[&keys[0], &keys[1], &keys[2]]) {
            return Some(self.stand_in(node, "Fn::FindInMap", origin));
        }
        let names: Vec<String> = keys.iter().map(|key| plain(key).unwrap_or_default()).collect();
        if let Some(value) =
            self.template
                .mappings
                .get(&(names[0].as_str(), names[1].as_str(), names[2].as_str()))
        {
            return self.literal(value);
        }
        if let Some(default) = items.get(3).and_then(|item| item.get("DefaultValue")) {
            return self.resolve(default);
        }
        for key in &keys {
            if let Some(origin) = self.origin(key).cloned() {
                self.tell(&origin, &key.place);
            }
        }
        let message = format!("the mappings have no {}", names.join(", "));
        let known = self.template.mappings.keys().filter(|key| key.0 == names[0]);
        let places: Vec<String> = known
            .take(10)
            .map(|key| format!("{}, {}, {}", key.0, key.1, key.2))
            .collect();
        let help = (!places.is_empty()).then(|| format!("there are: {}", places.join("; ")));
        self.error(codes::REFERENCE, message, &argument.place, help.as_deref())
    }

    fn choose(&mut self, node: &Node, argument: &Node) -> Option<Node> {
        let [condition, then, otherwise] = argument.items() else {
            let message = "Fn::If takes a condition and two values".to_owned();
            return self.error(codes::REQUEST, message, &node.place, None);
        };
        let holds = self.named_condition(condition)?;
        self.resolve(if holds { then } else { otherwise })
    }

    fn base64(&mut self, node: &Node, argument: &Node) -> Option<Node> {
        let value = self.value(argument)?;
        let Some(text) = plain(&value) else {
            return self.error(
                codes::REQUEST,
                format!("Fn::Base64 takes a text, not {}", value.kind()),
                &value.place,
                None,
            );
        };
        let encoded = super::base64::base64(text.as_bytes());
        match self.origin(&value).cloned() {
            Some(origin) => Some(self.stand_in(node, &encoded, origin.within())),
            None => self.made(Node::text_at(node.place.clone(), encoded)),
        }
    }

    /// The arguments of a function that takes so many.
    pub(super) fn arguments<const N: usize>(&mut self, argument: &Node, takes: &str) -> Option<[Node; N]> {
        match <[Node; N]>::try_from(argument.items().to_vec()) {
            Ok(arguments) => Some(arguments),
            Err(_) => self.error(codes::REQUEST, takes.to_owned(), &argument.place, None),
        }
    }

    /// What of several values is not known at all.
    fn unknown(&self, nodes: &[&Node]) -> Option<Origin> {
        let origins = nodes.iter().filter_map(|node| self.origin(node));
        let unknown = origins.filter(|origin| !matches!(origin, Origin::Assumed(_)));
        unknown
            .max_by_key(|origin| origin.rank())
            .cloned()
            .map(Origin::within)
    }
}

fn is_function(key: &str) -> bool {
    key == "Ref" || key.starts_with("Fn::")
}

/// Roughly what a value takes, in bytes.
fn size(node: &Node) -> usize {
    VALUE
        + match &node.data {
            Data::Text(text) | Data::Number(text) => text.len(),
            Data::List(items) => items.iter().map(size).sum(),
            Data::Map(pairs) => pairs.iter().map(|pair| pair.key.len() + size(&pair.node)).sum(),
            Data::Null | Data::Flag(_) => 0,
        }
}
