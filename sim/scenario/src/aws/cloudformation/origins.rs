//! Values that a template does not give, and what stands for them.

use super::super::node::Node;
use super::intrinsics::Resolver;
use super::template::Parameter;
use crate::Severity;
use crate::codes;
use crate::problem::Problem;
use crate::read::Place;

/// What a value stands for that the template does not give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A pseudo parameter that has the usual value of examples.
    Assumed(&'static str),
    /// The id of a resource, whose logical id stands for it.
    Id(String),
    /// Something that AWS makes up: what it is. A name stands for it.
    Made(String),
    /// What is not known here.
    Unknown(String),
    /// A parameter without a value.
    Needed(String),
}

impl Origin {
    /// Of several in one text, the one that is told.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Assumed(_) => 0,
            Self::Id(_) | Self::Made(_) => 1,
            Self::Unknown(_) => 2,
            Self::Needed(_) => 3,
        }
    }

    /// As part of a longer text.
    pub(super) fn within(self) -> Self {
        match self {
            Self::Id(id) => Self::Made(format!("the id of {id}")),
            other => other,
        }
    }
}

/// Pseudo parameters with the values that AWS's documentation uses in examples.
pub(super) const PSEUDO: [(&str, &str); 6] = [
    ("AWS::AccountId", "123456789012"),
    ("AWS::Partition", "aws"),
    ("AWS::Region", "us-east-1"),
    (
        "AWS::StackId",
        "arn:aws:cloudformation:us-east-1:123456789012:stack/teststack/51af3dc0-da77-11e4-872e-1234567db123",
    ),
    ("AWS::StackName", "teststack"),
    ("AWS::URLSuffix", "amazonaws.com"),
];

impl Resolver<'_> {
    pub(super) fn mark(&mut self, place: &Place, origin: Origin) {
        self.origins.insert((place.0, place.1.start), origin);
    }

    /// What a value stands for.
    pub(super) fn origin(&self, node: &Node) -> Option<&Origin> {
        self.origins.get(&(node.place.0, node.place.1.start))
    }

    /// A text for what is not known.
    pub(super) fn stand_in(&mut self, node: &Node, text: &str, origin: Origin) -> Node {
        self.mark(&node.place, origin);
        Node::text_at(node.place.clone(), text)
    }

    /// Tells a value that a parameter must be given for, or that is assumed; once each.
    pub(super) fn tell(&mut self, origin: &Origin, place: &Place) {
        match origin {
            Origin::Needed(name) => {
                self.failed += 1;
                if !self.told.insert(name.clone()) {
                    return;
                }
                let stored = self
                    .template
                    .parameters
                    .get(name.as_str())
                    .is_some_and(Parameter::is_stored);
                let message = if stored {
                    format!("parameter {name} has its value from Systems Manager, which is not asked")
                } else {
                    format!("parameter {name} has no default, and its value is needed")
                };
                let problem = Problem::error(codes::MISSING, message).at(place.clone());
                self.problems
                    .push(problem.help(format!("add --parameter {name}=VALUE")));
            }
            Origin::Unknown(what) => {
                self.error::<()>(
                    codes::REFERENCE,
                    format!("{what} is not known here"),
                    place,
                    Some("write the value itself into a copy of the template"),
                );
            }
            Origin::Id(id) => self.warn(&format!("the id of {id}"), id, place),
            Origin::Made(what) => self.warn(what, "a name", place),
            Origin::Assumed(name) => {
                if self.told.insert((*name).to_owned()) {
                    let value = PSEUDO
                        .iter()
                        .find(|(known, _)| known == name)
                        .map_or("", |(_, value)| value);
                    let message = format!("{name} is taken to be {value}");
                    let problem = Problem::new(codes::IMPORT, Severity::Note, message).at(place.clone());
                    self.problems
                        .push(problem.help(format!("add --parameter {name}=VALUE")));
                }
            }
        }
    }

    fn warn(&self, what: &str, stands: &str, place: &Place) {
        let message = format!("{what} is not known here: {stands} stands for it");
        self.problems
            .push(Problem::warning(codes::IMPORT, message).at(place.clone()));
    }
}
