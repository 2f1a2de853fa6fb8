//! AWS-RunPatchBaseline: the document and its parameters. Semantics, section 7.1.

use super::account::Patching;
use super::node::{Data, Node, Pair};
use super::places::Places;
use super::service::Service;
use crate::codes;
use crate::problem::Problem;
use crate::read::Place;
use crate::suggest::{listing, nearest};

/// Keys of a task's values, and the parameters of the document.
const PLACES: [(&str, &str); 3] = [
    ("operation", "Operation"),
    ("reboot_option", "RebootOption"),
    ("step_timeout", "StepTimeoutSeconds"),
];

impl Service<'_> {
    /// What AWS-RunPatchBaseline is told; the older form of parameters counts only without the newer.
    pub(super) fn task_patching(&mut self, body: &Node) -> Option<Patching> {
        let invocation = body.get("TaskInvocationParameters");
        if let Some(run) = invocation.and_then(|known| known.get("RunCommand")) {
            let timeout = run.get("TimeoutSeconds");
            return self.patching(run.get("Parameters"), timeout, body);
        }
        let old = body.get("TaskParameters");
        let flat = old.map(|old| {
            let pair = |pair: &Pair| Pair {
                node: pair
                    .node
                    .get("Values")
                    .cloned()
                    .unwrap_or_else(|| pair.node.clone()),
                ..pair.clone()
            };
            Node::new(
                old.place.clone(),
                Data::Map(old.pairs().iter().map(pair).collect()),
            )
        });
        self.patching(flat.as_ref(), None, body)
    }

    /// Reads the parameters of the document.
    pub(super) fn patching(
        &mut self,
        parameters: Option<&Node>,
        timeout: Option<&Node>,
        body: &Node,
    ) -> Option<Patching> {
        let empty = Node::new(body.place.clone(), Data::Map(Vec::new()));
        let parameters = parameters.unwrap_or(&empty);
        let mut fine = true;
        for pair in parameters.pairs() {
            fine &= self.parameter(pair);
        }
        let text = |member: &str| Some(parameters.get(member)?.items().first()?.text()?.to_owned());
        let Some(operation) = text("Operation") else {
            let message = "AWS-RunPatchBaseline needs the parameter Operation".to_owned();
            self.error(codes::REQUEST, message, parameters.place.clone());
            return None;
        };
        let mut places = Places::of(parameters, &PLACES);
        places.insert_node("timeout", timeout);
        fine.then(|| Patching {
            operation,
            reboot_option: text("RebootOption"),
            timeout: timeout.and_then(Node::integer),
            step_timeout: text("StepTimeoutSeconds").and_then(|seconds| seconds.parse().ok()),
            places,
        })
    }

    /// Whether a parameter of the document is one, with a value that it takes.
    fn parameter(&mut self, pair: &Pair) -> bool {
        const KNOWN: [&str; 10] = [
            "Operation",
            "RebootOption",
            "SnapshotId",
            "InstallOverrideList",
            "BaselineOverride",
            "AssociationId",
            "StepTimeoutSeconds",
            "PreInstallHookDocName",
            "PostInstallHookDocName",
            "OnExitHookDocName",
        ];
        let value = pair.node.items().first().and_then(Node::text).unwrap_or_default();
        let (name, place) = (pair.key.as_str(), pair.node.place.clone());
        match name {
            "Operation" => return self.one_of(value, &["Scan", "Install"], name, place),
            "RebootOption" => return self.one_of(value, &["RebootIfNeeded", "NoReboot"], name, place),
            "StepTimeoutSeconds" => {
                let seconds = value.parse::<u32>();
                let fits = seconds.is_ok_and(|seconds| (1..=36_000).contains(&seconds));
                if !fits {
                    self.error(
                        codes::REQUEST,
                        format!("{name} takes 1 to 36000, not `{value}`"),
                        place,
                    );
                }
                return fits;
            }
            _ if value.is_empty() && KNOWN.contains(&name) => {}
            _ if name.ends_with("HookDocName") && KNOWN.contains(&name) => {
                let text = format!("parameter {name}: {value} takes no time here, and never fails");
                self.drop(place, text);
            }
            "SnapshotId" | "AssociationId" => self.drop(place, format!("parameter {name}: not simulated")),
            "InstallOverrideList" | "BaselineOverride" => {
                let text =
                    format!("parameter {name}: {value} cannot be read here; the baseline decides alone");
                self.drop(place, text);
            }
            other => {
                let message = format!("AWS-RunPatchBaseline has no parameter `{other}`");
                let problem = Problem::error(codes::REQUEST, message).at(pair.place.clone());
                let problem = problem.note(format!("parameters: {}", listing(KNOWN)));
                self.problems.push(problem.meant(nearest(other, KNOWN)));
                return false;
            }
        }
        true
    }

    fn one_of(&self, value: &str, choices: &[&str], name: &str, place: Place) -> bool {
        if choices.contains(&value) {
            return true;
        }
        let problem = Problem::error(codes::REQUEST, format!("{name} cannot be `{value}`")).at(place);
        let names = || choices.iter().copied();
        self.problems.push(
            problem
                .note(format!("allowed: {}", listing(names())))
                .meant(nearest(value, names())),
        );
        false
    }
}

/// The name of a document, of which an ARN may be given.
pub(super) fn document(name: &str) -> &str {
    name.rsplit_once("document/").map_or(name, |(_, name)| name)
}

/// Whether a document patches by a baseline. With hooks it installs, and reboots when the last hook has run.
pub(super) fn is_patching(document: &str) -> bool {
    matches!(document, "AWS-RunPatchBaseline" | "AWS-RunPatchBaselineWithHooks")
}
