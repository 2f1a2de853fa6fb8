//! Resources that refer to each other.

use super::super::node::{Data, Node, Pair};
use super::origins::Origin;
use super::resources::{INSTANCE, Player, TARGET, WINDOW, misspelt};
use super::template::Resource;
use crate::Severity;
use crate::codes;
use crate::problem::Problem;

/// What an id means.
enum Meant {
    /// The resource of this logical id.
    Resource(String),
    /// Nothing of this template.
    Other,
    /// A resource of another kind than is expected, which was told.
    Wrong,
}

impl Player<'_> {
    /// The body with the window that it names; `None` where that is none of this template.
    pub(super) fn in_window(&mut self, resource: &Resource<'_>, body: &Node) -> Option<Node> {
        let id = body.get("WindowId")?;
        match self.meant(id, WINDOW) {
            Meant::Resource(window) => {
                let id = Node::text_at(id.place.clone(), window);
                Some(with(body, "WindowId", &id))
            }
            Meant::Other => {
                let text = id.text().unwrap_or_default();
                let message = format!(
                    "`{text}` is no window of this template: {} is left out",
                    resource.id
                );
                self.warn(message, id);
                None
            }
            Meant::Wrong => None,
        }
    }

    /// The body with the targets that are simulated; `None` where it has others alone.
    pub(super) fn with_targets(&mut self, body: &Node) -> Option<Node> {
        let Some(targets) = body.get("Targets") else {
            return Some(body.clone());
        };
        let entries = targets.items().iter();
        let items: Vec<Node> = entries.filter_map(|target| self.entry(target)).collect();
        if items.is_empty() && !targets.items().is_empty() {
            return None;
        }
        let targets = Node::new(targets.place.clone(), Data::List(items));
        Some(with(body, "Targets", &targets))
    }

    /// An entry of `Targets` with ids resolved.
    fn entry(&mut self, target: &Node) -> Option<Node> {
        let kind = match target.member("Key") {
            Some("WindowTargetIds") => TARGET,
            Some("InstanceIds") => INSTANCE,
            _ => return Some(target.clone()),
        };
        let values = target.get("Values")?;
        let all = values.items().iter();
        let ids: Vec<Node> = all.filter_map(|value| self.id(value, kind)).collect();
        if ids.is_empty() && !values.items().is_empty() {
            return None;
        }
        let values = Node::new(values.place.clone(), Data::List(ids));
        Some(with(target, "Values", &values))
    }

    /// An id among the values of a target, unless it is left out.
    fn id(&mut self, value: &Node, kind: &str) -> Option<Node> {
        match self.meant(value, kind) {
            Meant::Resource(id) => {
                (!self.left_out.contains(&id)).then(|| Node::text_at(value.place.clone(), id))
            }
            // An instance that something else created.
            Meant::Other if kind == INSTANCE => Some(value.clone()),
            Meant::Other => {
                let text = value.text().unwrap_or_default();
                let message = format!("`{text}` is no window target of this template: it is left out");
                self.warn(message, value);
                None
            }
            Meant::Wrong => None,
        }
    }

    fn warn(&self, message: String, at: &Node) {
        let problem = Problem::warning(codes::REFERENCE, message).at(at.place.clone());
        self.resolver.problems.push(problem);
    }

    /// What an id means where a resource of a kind is expected.
    fn meant(&mut self, id: &Node, kind: &str) -> Meant {
        let (name, bare) = match self.resolver.origin(id) {
            Some(Origin::Id(id)) => (id.clone(), false),
            Some(Origin::Made(_) | Origin::Unknown(_) | Origin::Needed(_)) => return Meant::Other,
            Some(Origin::Assumed(_)) | None => (id.text().unwrap_or_default().to_owned(), true),
        };
        let Some(resource) = self.resolver.template.resources.get(name.as_str()) else {
            return Meant::Other;
        };
        if resource.kind != kind {
            // That a type is none is told at the resource.
            if !misspelt(resource.kind) {
                let message = format!("`{name}` is an {}: an {kind} is expected", resource.kind);
                self.resolver
                    .error::<()>(codes::REFERENCE, message, &id.place, None);
            }
            return Meant::Wrong;
        }
        if bare {
            let message = format!("`{name}` is taken for the resource of this name");
            let problem = Problem::new(codes::REFERENCE, Severity::Note, message).at(id.place.clone());
            let problem = problem.note("AWS takes it for an id, which it is not");
            let help = format!("write !Ref {name}, or {{\"Ref\": \"{name}\"}}");
            self.resolver.problems.push(problem.help(help));
        }
        Meant::Resource(name)
    }
}

/// A structure with another value of a member that it has.
fn with(body: &Node, name: &str, value: &Node) -> Node {
    let pairs = body.pairs().iter().map(|pair| Pair {
        node: if pair.key == name { value } else { &pair.node }.clone(),
        ..pair.clone()
    });
    Node::new(body.place.clone(), Data::Map(pairs.collect()))
}
