//! What members of answers hold, as far as they are read here; others may hold anything, and null is
//! absent. What becomes part of a request is checked there. Semantics, section 9.1.

use super::super::node::{Data, Node};
use super::Gaps;
use crate::codes;
use crate::problem::Problem;

/// What a member holds.
pub(super) enum Holds {
    Text,
    Flag,
    List(&'static Holds),
    Structure(&'static [Member]),
}

/// A member of a structure: its name, what it holds, and whether nothing can be made of an answer without it.
pub(super) struct Member(&'static str, Holds, bool);

const fn needed(name: &'static str) -> Member {
    Member(name, Holds::Text, true)
}

const fn text(name: &'static str) -> Member {
    Member(name, Holds::Text, false)
}

const TAG: &[Member] = &[needed("Key"), needed("Value")];
const TAGS: Holds = Holds::List(&Holds::Structure(TAG));
const IDENTITY: &[Member] = &[
    needed("BaselineId"),
    text("BaselineName"),
    text("OperatingSystem"),
    Member("DefaultBaseline", Holds::Flag, false),
];
const MACHINE: &[Member] = &[
    needed("InstanceId"),
    Member("State", Holds::Structure(&[text("Name")]), false),
    text("Platform"),
    text("PlatformDetails"),
    Member("Tags", TAGS, false),
];

pub(super) static BASELINE: Holds = Holds::Structure(&[
    needed("BaselineId"),
    needed("Name"),
    Member("PatchGroups", Holds::List(&Holds::Text), false),
]);
pub(super) static BASELINE_IDENTITY: Holds = Holds::Structure(IDENTITY);
pub(super) static DEFAULT: Holds = Holds::Structure(&[needed("BaselineId"), needed("OperatingSystem")]);
pub(super) static GROUP: Holds = Holds::Structure(&[needed("BaselineId"), needed("PatchGroup")]);
pub(super) static MAPPING: Holds = Holds::Structure(&[
    needed("PatchGroup"),
    Member("BaselineIdentity", Holds::Structure(IDENTITY), true),
]);
pub(super) static WINDOW: Holds = Holds::Structure(&[
    needed("WindowId"),
    text("Name"),
    text("Schedule"),
    Member("Enabled", Holds::Flag, false),
]);
pub(super) static TARGET: Holds = Holds::Structure(&[needed("WindowId"), needed("WindowTargetId")]);
pub(super) static TASK: Holds = Holds::Structure(&[
    needed("WindowId"),
    needed("WindowTaskId"),
    text("TaskArn"),
    text("TaskType"),
    text("Type"),
]);
pub(super) static INSTANCE: Holds = Holds::Structure(&[
    needed("InstanceId"),
    text("PingStatus"),
    text("PlatformType"),
    text("PlatformName"),
    text("PlatformVersion"),
]);
pub(super) static RESERVATION: Holds =
    Holds::Structure(&[Member("Instances", Holds::List(&Holds::Structure(MACHINE)), true)]);
pub(super) static RESOURCE_TAG: Holds =
    Holds::Structure(&[needed("ResourceId"), needed("Key"), needed("Value")]);
pub(super) static OWN_TAG: Holds = Holds::Structure(TAG);

/// Compares answers of a command with what they hold, and tells where they do not.
pub(super) struct Comparison<'p> {
    pub(super) gaps: &'p Gaps<'p>,
    pub(super) command: &'static str,
}

impl Comparison<'_> {
    /// Whether a value is such.
    pub(super) fn fits(&self, node: &Node, holds: &Holds, name: &str) -> bool {
        let (expected, fits) = match holds {
            Holds::Text => ("a text", node.text().is_some()),
            Holds::Flag => ("true or false", node.flag().is_some()),
            Holds::List(_) => ("a list", matches!(node.data, Data::List(_))),
            Holds::Structure(_) => ("a structure", matches!(node.data, Data::Map(_))),
        };
        if !fits {
            let message = format!("{name} takes {expected}, not {}", node.kind());
            let problem = Problem::error(codes::REQUEST, message).at(node.place.clone());
            self.gaps.problems.push(problem.help(self.again()));
            return false;
        }
        match holds {
            Holds::Text | Holds::Flag => true,
            Holds::List(of) => {
                let entry = format!("an entry of {name}");
                let misfits = node.items().iter().filter(|item| !self.fits(item, of, &entry));
                misfits.count() == 0
            }
            Holds::Structure(members) => {
                let misfits = members.iter().filter(|member| !self.has(node, member));
                misfits.count() == 0
            }
        }
    }

    fn has(&self, node: &Node, Member(name, holds, needed): &Member) -> bool {
        match node.get(name) {
            Some(value) => self.fits(value, holds, name),
            None if *needed => {
                // Of a structure the beginning tells, which may go on for many lines.
                let place = (node.place.0, node.place.1.start..node.place.1.start + 1);
                let message = format!("{name} is missing");
                self.gaps
                    .tell(message, place, &self.again(), "what lacks it is left out");
                false
            }
            None => true,
        }
    }

    fn again(&self) -> String {
        let service = if self.command.starts_with("ec2 ") {
            ""
        } else {
            "ssm "
        };
        format!("save it again as `aws {service}{}` prints it", self.command)
    }
}
